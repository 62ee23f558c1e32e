"""Read a GTFS feed: what a timetable needs, checked row by row; everything left out is a finding."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from gtfs.calendar import Calendar
from gtfs.feed_calendar import read_calendar
from gtfs.feed_calls import read_calls
from gtfs.feed_rows import read_frequencies, read_routes, read_stops, read_transfers, read_trips
from gtfs.findings import FeedError, Finding, FindingList
from gtfs.text_tables import TextTable, read_text_tables

__all__ = ["Feed", "FeedError", "Finding", "read_feed"]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_REQUIRED = {
    "agency.txt": ("agency_timezone",),
    "stops.txt": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id", "route_type"),
    "trips.txt": ("trip_id", "route_id", "service_id"),
    "stop_times.txt": ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"),
}
_OPTIONAL = {
    "calendar.txt": ("service_id", *_DAYS, "start_date", "end_date"),
    "calendar_dates.txt": ("service_id", "date", "exception_type"),
    "frequencies.txt": ("trip_id", "start_time", "end_time", "headway_secs"),
    "transfers.txt": ("from_stop_id", "to_stop_id", "transfer_type"),
}
_EXPORT_AGAIN = "export the feed again, or ask whoever publishes it"


@dataclass(frozen=True, eq=False)
class Feed:
    """One feed as polars tables: every reference resolves, every time is an ``int`` second of the service day.

    Parameters
    ----------
    name
        Of the zip or folder.
    zone
        Of its agencies.
    stops
        ``stop_id, name, lon, lat, parent_id`` (empty when there is none).
    routes
        ``route_id, name, route_type``.
    trips
        ``trip_id, route_id, service_id, headsign`` (empty when not given); every trip has two calls or more.
    calls
        ``trip_id, stop_id, arrival_s, departure_s, can_board, can_alight``; the calls of a trip stand together in
        the order of travel. Times the feed leaves open are interpolated by distance.
    frequencies
        ``trip_id, start_s, end_s, headway_s``: the trip is repeated from ``start_s`` (inclusive) to ``end_s``.
    transfers
        ``from_stop_id, to_stop_id, transfer_type, min_transfer_s`` (null when not given); rules for single routes
        and trips are left out.
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


def read_feed(path: Path) -> Feed:
    """Read a feed from a zip or a folder of text files.

    On-demand rows (GTFS-Flex: a zone or a group of stops with a time window) are no part of a timetable: they are
    left out with one finding. A feed of nothing else is refused.

    Raises
    ------
    FeedError
        When there is no feed at the path, a required file or column is missing, or no trip is usable.
    """
    tables = read_text_tables(path, (*_REQUIRED, *_OPTIONAL))
    _check_files(path, tables)
    for file, table in tables.items():
        _check_columns(path, table, {**_REQUIRED, **_OPTIONAL}[file])
    findings = FindingList()
    zone = _zone(path, tables["agency.txt"])
    stops = read_stops(tables["stops.txt"], findings)
    routes = read_routes(tables["routes.txt"], findings)
    calendar = read_calendar(tables.get("calendar.txt"), tables.get("calendar_dates.txt"), findings)
    trips = read_trips(tables["trips.txt"], routes, frozenset(calendar.service_ids), findings)
    calls = read_calls(tables["stop_times.txt"], tables["trips.txt"].typed["trip_id"], trips, stops, findings)
    trips = _with_calls(path, trips, calls, findings)
    return Feed(
        name=path.name,
        zone=zone,
        stops=stops,
        routes=routes,
        trips=trips,
        calls=calls,
        calendar=calendar,
        frequencies=read_frequencies(tables.get("frequencies.txt"), trips, findings),
        transfers=read_transfers(tables.get("transfers.txt"), stops, findings),
        findings=findings.as_tuple(),
    )


def _check_files(path: Path, tables: dict[str, TextTable]) -> None:
    missing = [file for file in _REQUIRED if file not in tables]
    if not {"calendar.txt", "calendar_dates.txt"} & tables.keys():
        missing.append("calendar.txt (or calendar_dates.txt)")
    if len(missing) == len(_REQUIRED) + 1:
        msg = f"{path} holds no GTFS feed: none of its text files is there; check the path."
        raise FeedError(msg)
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        msg = f"{', '.join(missing)} {verb} missing in {path}; {_EXPORT_AGAIN}."
        raise FeedError(msg)


def _check_columns(path: Path, table: TextTable, required: tuple[str, ...]) -> None:
    missing = [column for column in required if column not in table.typed.columns]
    if not missing:
        return
    if table.file == "stop_times.txt" and {"location_id", "location_group_id"} & set(table.typed.columns):
        raise FeedError(_on_demand_only(path))
    word = "column" if len(missing) == 1 else "columns"
    msg = f"{table.file} in {path} has no {word} {', '.join(missing)} in its header (line 1); {_EXPORT_AGAIN}."
    raise FeedError(msg)


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
    except (ZoneInfoNotFoundError, ValueError) as error:
        line = agency.line(0)
        msg = f"agency.txt in {path}, line {line}: there is no time zone {names[0]!r}; write one like Europe/Berlin."
        raise FeedError(msg) from error


def _with_calls(path: Path, trips: pl.DataFrame, calls: pl.DataFrame, findings: FindingList) -> pl.DataFrame:
    usable = trips.join(calls.select("trip_id").unique(), on="trip_id", how="semi", maintain_order="left")
    if usable.is_empty():
        listed = [finding for finding in findings.as_tuple() if finding.line is not None]
        if not listed and any(finding.field == "location_id" for finding in findings.as_tuple()):
            raise FeedError(_on_demand_only(path))
        first = f"the first fault is in {listed[0]}" if listed else "trips.txt and stop_times.txt hold no matching rows"
        msg = f"{path} has no usable trip; {first.rstrip('.')}. Correct it or {_EXPORT_AGAIN}."
        raise FeedError(msg)
    if usable.height < trips.height:
        left_out = trips.height - usable.height
        subject = "one trip" if left_out == 1 else f"{left_out} trips"
        message = f"{subject} without two usable calls in stop_times.txt left out."
        findings.add("trips.txt", None, "trip_id", message)
    return usable


def _on_demand_only(path: Path) -> str:
    return (
        f"{path} has on-demand services only (stop_times.txt gives areas and time windows, no calls at stops), so "
        "there is no timetable in it; leave it out of the district's timetables."
    )
