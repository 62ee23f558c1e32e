"""Feeds with on-demand services as files, in the adopted form of GTFS-Flex: the same feed gives the same bytes."""

import io
import zipfile
from collections.abc import Collection, Iterable, Mapping

import polars as pl

from gtfs.feed_files import OPTIONAL, REQUIRED
from gtfs.feed_flex import ZONES
from gtfs.flex_calls import call_row
from gtfs.flex_model import FlexServices, StopGroup
from gtfs.flex_reading import FlexFeed
from gtfs.flex_rules import rule_row
from gtfs.flex_trips import mean_cells, trip_row
from gtfs.flex_zones import zones_json

_ORDER = (*REQUIRED, *OPTIONAL)
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time every file in a zip bears: the earliest that a zip can tell."""

Rows = Iterable[Mapping[str, str]]


def text_table(rows: Rows, needed: Collection[str] = ()) -> pl.DataFrame:
    """Rows as a table of text; "" is blank, and so is what a row does not have.

    Columns that are blank all the way are left out, except those that are needed.
    """
    listed = [*rows]
    columns = dict.fromkeys([*(name for row in listed for name in row), *needed])
    cells = {name: [row.get(name) or None for row in listed] for name in columns}
    kept = {name: values for name, values in cells.items() if name in needed or any(values)}
    return pl.DataFrame(kept, schema=dict.fromkeys(kept, pl.String))


def write_flex_feed(feed: FlexFeed) -> Mapping[str, bytes]:
    """The files of a feed by name.

    Groups that hold zones have no form in GTFS: :func:`gtfs.flex_fitting.fit_for_consumers` makes calls of them.

    Raises
    ------
    ValueError
        A group holds zones.
    """
    services = feed.services
    tables = {file: table for file, table in feed.tables.items() if not table.is_empty() or file in REQUIRED}
    for file, rows in _typed_rows(services).items():
        written = text_table(rows, REQUIRED.get(file, ()))
        there = tables.get(file)
        # Beside on-demand trips there may be lines.
        tables[file] = written if there is None or there.is_empty() else pl.concat([there, written], how="diagonal")
    files = {file: _csv(tables[file]) for file in _ORDER if file in tables and (tables[file].width or file in REQUIRED)}
    return {**files, ZONES: zones_json(services.zones)} if services.zones else files


def pack(files: Mapping[str, bytes]) -> bytes:
    """Files as a zip; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, raw in files.items():
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, raw)
    return packed.getvalue()


def _typed_rows(services: FlexServices) -> dict[str, Rows]:
    return {
        "trips.txt": [trip_row(trip) for trip in services.trips],
        "stop_times.txt": [
            {**call_row(trip.id, call), **mean_cells(trip)} for trip in services.trips for call in trip.calls
        ],
        "location_groups.txt": [
            {"location_group_id": group.id, "location_group_name": group.name} for group in services.groups
        ],
        "location_group_stops.txt": [row for group in services.groups for row in _member_rows(group)],
        "booking_rules.txt": [rule_row(rule) for rule in services.rules],
    }


def _member_rows(group: StopGroup) -> Rows:
    if group.zone_ids:
        msg = f"group {group.id!r} holds zones, which GTFS cannot say"
        raise ValueError(msg)
    return [{"location_group_id": group.id, "stop_id": stop_id} for stop_id in group.stop_ids]


def _csv(table: pl.DataFrame) -> bytes:
    return table.write_csv(quote_style="necessary").encode()
