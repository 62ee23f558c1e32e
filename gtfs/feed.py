"""Read a GTFS feed, checked row by row; everything left out is a finding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from gtfs.calendar import Calendar
from gtfs.feed_calendar import read_calendar
from gtfs.feed_calls import read_calls
from gtfs.feed_extras import (
    FEED_INFO,
    SHAPES,
    FareTables,
    read_agencies,
    read_attributions,
    read_fares,
    read_feed_info,
    read_shapes,
    read_translations,
)
from gtfs.feed_files import EXPORT_AGAIN, ON_DEMAND_ONLY, OPTIONAL, REQUIRED, check_files, read_tables
from gtfs.feed_flex import ZONES, FlexTables, is_on_demand, read_flex
from gtfs.feed_stops import PLACES, read_stops
from gtfs.feed_transfers import LEVELS, PATHWAYS, read_levels, read_pathways, read_transfers
from gtfs.feed_trips import read_frequencies, read_routes, read_trips
from gtfs.findings import Fault, FeedError, Finding, FindingList, Severity
from gtfs.text_tables import TextTable, read_files

__all__ = ["Feed", "FeedError", "Finding", "Severity", "read_feed"]


@dataclass(frozen=True, eq=False)
class Feed:
    """One feed as polars tables: every reference resolves, every time is an ``int`` second of the service day.

    Texts are "" where the feed gives none. Tables of files that the feed does not have are empty.

    Parameters
    ----------
    name
        Of the zip or folder.
    zone
        Of its agencies.
    stops
        Stops and stations: ``stop_id, name, lon, lat, parent_id, platform_code, wheelchair_boarding`` (0 unknown, 1
        yes, 2 no; that of the station where the stop has none), ``location_type`` (0 or 1), ``zone_id``.
    places
        Entrances, nodes and boarding areas, with the columns of ``stops`` and ``level_id``; nobody boards there.
    routes
        ``route_id, name, route_type`` (extended types as they stand), ``agency_id, short_name, long_name, color,
        text_color``.
    trips
        ``trip_id, route_id, service_id, headsign, short_name, direction_id`` (-1 unknown), ``block_id, shape_id,
        wheelchair_accessible, bikes_allowed`` (0 unknown, 1 yes, 2 no); every trip has two calls or more.
    calls
        ``trip_id, stop_id, arrival_s, departure_s, can_board, can_alight, pickup_type, drop_off_type, is_timepoint,
        headsign`` ("": the trip's), ``stop_sequence`` (by which realtime feeds mean a call); the calls of a trip stand
        together in the order of travel. Times the feed leaves open are interpolated by distance and no time points.
    frequencies
        ``trip_id, start_s, end_s, headway_s, is_exact``: the trip is repeated from ``start_s``
        (inclusive) to ``end_s``.
    transfers
        ``from_stop_id, to_stop_id, transfer_type`` (0 to 5), ``min_transfer_s`` (null when not given),
        ``from_route_id, to_route_id, from_trip_id, to_trip_id`` ("": any).
    pathways, levels
        Ways within stations (``gtfs.feed_transfers.PATHWAYS``), and their floors.
    agencies, shapes, fares, feed_info, translations, attributions
        See the functions of :mod:`gtfs.feed_extras`.
    flex
        On-demand rows as they stand in the files, if there are any.
    findings
        What was left out and why.
    """

    name: str
    zone: ZoneInfo
    stops: pl.DataFrame
    routes: pl.DataFrame
    trips: pl.DataFrame
    calls: pl.DataFrame
    calendar: Calendar
    frequencies: pl.DataFrame
    transfers: pl.DataFrame
    findings: tuple[Finding, ...]
    agencies: pl.DataFrame = field(default_factory=partial(read_agencies, None))
    places: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=PLACES))
    pathways: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=PATHWAYS))
    levels: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=LEVELS))
    shapes: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=SHAPES))
    feed_info: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=FEED_INFO))
    translations: pl.DataFrame = field(default_factory=partial(read_translations, None))
    attributions: pl.DataFrame = field(default_factory=partial(read_attributions, None))
    fares: FareTables = field(default_factory=FareTables)
    flex: FlexTables | None = None


def read_feed(path: Path, *, may_lack_trips: bool = False) -> Feed:
    """Read a feed from a zip or a folder of text files.

    On-demand rows (GTFS-Flex: a zone or a group of stops with a time window) are no part of the timetable: they are
    kept in ``flex`` as they stand.

    Parameters
    ----------
    may_lack_trips
        Whether a feed of on-demand services alone is welcome; otherwise it is refused.

    Raises
    ------
    FeedError
        When there is no feed at the path, a required file or column is missing, or no trip is usable.
    """
    raws = read_files(path, (*REQUIRED, *OPTIONAL, ZONES))
    check_files(path, raws.keys())
    findings = FindingList()
    texts = {file: raw for file, raw in raws.items() if file != ZONES}
    tables = read_tables(path, texts, findings, may_lack_trips=may_lack_trips)
    feed = _feed(path, tables, raws.get(ZONES), findings)
    has_on_demand = feed.flex is not None and _has_on_demand(feed.flex)
    if feed.trips.is_empty() and not (may_lack_trips and has_on_demand):
        raise FeedError(_no_trip(path, feed.findings, has_on_demand=has_on_demand))
    return feed


def _feed(path: Path, tables: Mapping[str, TextTable], zones: bytes | None, findings: FindingList) -> Feed:
    agencies = read_agencies(tables["agency.txt"])
    zone = _zone(path, tables["agency.txt"])
    stops, places = read_stops(tables["stops.txt"], findings)
    routes = read_routes(tables["routes.txt"], agencies, findings)
    calendar = read_calendar(tables.get("calendar.txt"), tables.get("calendar_dates.txt"), findings)
    trips = read_trips(tables["trips.txt"], routes, frozenset(calendar.service_ids), findings)
    calls = read_calls(tables["stop_times.txt"], tables["trips.txt"].typed["trip_id"], trips, stops, findings)
    flex = read_flex(tables, zones, findings)
    trips = _with_calls(trips, calls, flex, findings)
    place_ids = pl.concat([stops["stop_id"], places["stop_id"]])
    return Feed(
        name=path.name,
        zone=zone,
        stops=stops,
        routes=routes,
        trips=trips,
        calls=calls,
        calendar=calendar,
        frequencies=read_frequencies(tables.get("frequencies.txt"), trips, findings),
        transfers=read_transfers(tables.get("transfers.txt"), stops, routes, trips, findings),
        agencies=agencies,
        places=places,
        pathways=read_pathways(tables.get("pathways.txt"), place_ids, findings),
        levels=read_levels(tables.get("levels.txt"), findings),
        shapes=read_shapes(tables.get("shapes.txt"), findings),
        feed_info=read_feed_info(tables.get("feed_info.txt"), findings),
        translations=read_translations(tables.get("translations.txt")),
        attributions=read_attributions(tables.get("attributions.txt")),
        fares=read_fares(tables.get("fare_attributes.txt"), tables.get("fare_rules.txt"), agencies, findings),
        flex=flex,
        findings=findings.as_tuple(),
    )


def _zone(path: Path, agency: TextTable) -> ZoneInfo:
    names = agency.text["agency_timezone"].unique(maintain_order=True).to_list()
    if len(names) != 1 or names[0] is None:
        found = ", ".join(str(name or "(none)") for name in names) or "(none)"
        msg = (
            f"agency.txt in {path} must give one agency_timezone for all agencies, but gives {found}; "
            "write the same one, such as Europe/Berlin, in every row."
        )
        raise FeedError(msg)
    try:
        return ZoneInfo(names[0])
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        line = agency.line(0)
        msg = f"agency.txt in {path}, line {line}: there is no time zone {names[0]!r}; write one like Europe/Berlin."
        raise FeedError(msg) from error


def _with_calls(
    trips: pl.DataFrame, calls: pl.DataFrame, flex: FlexTables | None, findings: FindingList
) -> pl.DataFrame:
    """The trips that have calls; those that have none and are no on-demand services become a finding."""
    usable = trips.join(calls.select("trip_id").unique(), on="trip_id", how="semi", maintain_order="left")
    lost = trips.join(usable, on="trip_id", how="anti")
    if flex is not None:
        lost = lost.join(flex.trips, on="trip_id", how="anti")
    if lost.height:
        subject = "one trip has" if lost.height == 1 else f"{lost.height} trips have"
        fault = Fault("unusable_trip", f"{subject} less than two usable calls in stop_times.txt", "left out")
        findings.add("trips.txt", "trip_id", fault)
    return usable


def _has_on_demand(flex: FlexTables) -> bool:
    return not flex.stop_times.filter(is_on_demand(flex.stop_times.columns)).is_empty()


def _no_trip(path: Path, findings: tuple[Finding, ...], *, has_on_demand: bool) -> str:
    listed = [finding for finding in findings if finding.line is not None and finding.severity is Severity.ERROR]
    if has_on_demand and not {"trips.txt", "stop_times.txt"} & {finding.file for finding in listed}:
        return ON_DEMAND_ONLY.format(path)
    first = f"the first fault is in {listed[0]}" if listed else "trips.txt and stop_times.txt hold no matching rows"
    return f"{path} has no usable trip; {first.rstrip('.')}. Correct it or {EXPORT_AGAIN}."
