"""The on-demand services of a feed (GTFS-Flex), as they stand in the files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from gtfs.findings import Fault, FindingList
from gtfs.text_tables import TextTable

ZONES = "locations.geojson"
WINDOW_STARTS = ("start_pickup_drop_off_window", "start_pickup_dropoff_window")
"""The adopted name of GTFS-Flex and the one of its draft, both seen in real feeds."""

_RULES = ("pickup_booking_rule_id", "drop_off_booking_rule_id")


@dataclass(frozen=True, eq=False)
class FlexTables:
    """Rows about on-demand services, all columns of the file as text with nulls where blank, and ``line`` of the file.

    Nothing in them is checked; whoever makes services of them does. Names of columns are those in the file, which may
    be those of the draft of GTFS-Flex.

    Parameters
    ----------
    stop_times
        On-demand rows, and rows of lines that name a booking rule.
    trips
        Rows of trips.txt that these belong to.
    other_stop_times
        The other rows of these trips.
    location_groups, location_group_stops
        Or what the draft has in their stead, areas.txt and stop_areas.txt.
    locations
        The FeatureCollection of zones, without features when the feed has none.
    """

    stop_times: pl.DataFrame
    trips: pl.DataFrame
    other_stop_times: pl.DataFrame
    location_groups: pl.DataFrame
    location_group_stops: pl.DataFrame
    booking_rules: pl.DataFrame
    locations: Mapping[str, Any]


def is_on_demand(columns: list[str]) -> pl.Expr:
    """Whether a row of stop_times.txt (as text) is no call at a stop at a time."""
    conditions = [pl.col(name).is_not_null() for name in WINDOW_STARTS if name in columns]
    without_stop = pl.col("stop_id").is_null() if "stop_id" in columns else pl.lit(value=True)
    conditions += [
        without_stop & pl.col(name).is_not_null() for name in ("location_id", "location_group_id") if name in columns
    ]
    return pl.any_horizontal(conditions) if conditions else pl.lit(value=False)


def read_flex(tables: Mapping[str, TextTable], zones: bytes | None, findings: FindingList) -> FlexTables | None:
    """The on-demand rows of a feed; ``None`` when it has none."""
    stop_times = tables["stop_times.txt"]
    columns = stop_times.text.columns
    has_rule = [pl.col(name).is_not_null() for name in _RULES if name in columns]
    rows = stop_times.text.filter(pl.any_horizontal(is_on_demand(columns), *has_rule))
    if rows.is_empty() and "booking_rules.txt" not in tables:
        return None
    trips = tables["trips.txt"].text
    of_trips = stop_times.text.join(rows.select("trip_id"), on="trip_id", how="semi", maintain_order="left")
    groups, members = ("location_groups.txt", "location_group_stops.txt")
    if groups not in tables:
        groups, members = ("areas.txt", "stop_areas.txt")
    return FlexTables(
        stop_times=_with_lines(stop_times, rows),
        trips=_with_lines(tables["trips.txt"], trips.join(rows.select("trip_id"), on="trip_id", how="semi")),
        other_stop_times=_with_lines(stop_times, of_trips.join(rows.select("row"), on="row", how="anti")),
        location_groups=_whole(tables.get(groups), "location_group_id"),
        location_group_stops=_whole(tables.get(members), "location_group_id"),
        booking_rules=_whole(tables.get("booking_rules.txt"), "booking_rule_id"),
        locations=_locations(zones, findings),
    )


def _whole(table: TextTable | None, id_column: str) -> pl.DataFrame:
    if table is None:
        return pl.DataFrame(schema={id_column: pl.String, "line": pl.Int64})
    return _with_lines(table, table.text)


def _with_lines(table: TextTable, rows: pl.DataFrame) -> pl.DataFrame:
    lines = pl.Series("line", [table.line(row) for row in rows["row"]], pl.Int64)
    return rows.drop("row").with_columns(lines)


def _locations(raw: bytes | None, findings: FindingList) -> Mapping[str, Any]:
    empty: Mapping[str, Any] = {"type": "FeatureCollection", "features": []}
    if raw is None:
        return empty
    try:
        found = json.loads(raw.decode("utf-8-sig"))
        features = found["features"]
    except (ValueError, TypeError, KeyError) as error:
        findings.add(ZONES, "", _no_zones(str(error)))
        return empty
    if not isinstance(features, list):
        findings.add(ZONES, "features", _no_zones("features is no list"))
        return empty
    return dict(found)


def _no_zones(why: str) -> Fault:
    return Fault("malformed_json", f"it is no GeoJSON FeatureCollection ({why})", "its zones were left out")
