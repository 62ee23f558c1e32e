"""On-demand trips: rows of trips.txt with their calls as values and back."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from gtfs.feed_flex import FlexTables
from gtfs.findings import Fault, Severity
from gtfs.flex_calls import FILE as CALLS
from gtfs.flex_calls import Known, read_call
from gtfs.flex_cells import Cells, RowFaults, rows_of
from gtfs.flex_model import FlexCall, FlexTrip, RideTime

FILE = "trips.txt"
_DRAFT_OFFSET_S = 60
"""The draft of GTFS-Flex counts offsets in minutes (in stop_times.txt), GTFS in seconds (in trips.txt)."""
_SAFE = ("safe_duration_factor", "safe_duration_offset")
_MEAN = ("mean_duration_factor", "mean_duration_offset")
_KNOWN = frozenset({
    "trip_id", "route_id", "service_id", "trip_headsign", "trip_short_name", "direction_id", "block_id", "shape_id",
    "wheelchair_accessible", "bikes_allowed", *_SAFE,
})  # fmt: skip
_DIRECTIONS = {0: 0, 1: 1}
_YES_NO = {0: 0, 1: 1, 2: 2}

_OUT = "the on-demand trip was left out"
_TAKEN = Fault("duplicate_key", "{} is there already", _OUT)
_UNKNOWN_TRIP = Fault("foreign_key_violation", "trip {} is not in trips.txt")
_UNKNOWN_ROUTE = Fault("foreign_key_violation", "route {} is not in routes.txt", _OUT)
_UNKNOWN_SERVICE = Fault("foreign_key_violation", "service {} is in no calendar of the feed", _OUT)
_NO_CALLS = Fault("unusable_trip", "{} has no usable call", _OUT)
_TAKEN_SEQUENCE = Fault("duplicate_key", "the trip has {} already")
_NO_DURATION = Fault("number_out_of_range", "{} is no usable number", "the duration was left out", Severity.WARNING)
_MANY_DURATIONS = Fault(
    "several_durations", "calls of one trip give several durations", "the longest was taken", Severity.WARNING
)


def read_trips(
    flex: FlexTables, known: Known, route_ids: frozenset[str], service_ids: frozenset[str], faults: RowFaults
) -> tuple[FlexTrip, ...]:
    """The on-demand trips of a feed, in the order of trips.txt."""
    rows: dict[str, list[Cells]] = {trip_id: [] for trip_id in flex.trips["trip_id"]}
    for cells in rows_of(CALLS, _by_line(flex.stop_times, flex.other_stop_times), faults):
        if cells.text("trip_id") in rows:
            rows[cells.text("trip_id")].append(cells)
        else:
            cells.add_fault("trip_id", _UNKNOWN_TRIP)
    trips: dict[str, FlexTrip] = {}
    for cells in rows_of(FILE, flex.trips, faults):
        trip_id = cells.text("trip_id")
        if trip_id in trips:
            cells.add_fault("trip_id", _TAKEN)
        elif cells.text("route_id") not in route_ids:
            cells.add_fault("route_id", _UNKNOWN_ROUTE)
        elif cells.text("service_id") not in service_ids:
            cells.add_fault("service_id", _UNKNOWN_SERVICE)
        else:
            calls = _read_calls(rows[trip_id], known)
            if not calls:
                cells.add_fault("trip_id", _NO_CALLS)
            else:
                trips[trip_id] = _read_trip(cells, calls, rows[trip_id])
    return tuple(trips.values())


def _by_line(*tables: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(tables, how="diagonal").sort("line", nulls_last=True)


def _read_calls(rows: Iterable[Cells], known: Known) -> tuple[FlexCall, ...]:
    calls: dict[int, FlexCall] = {}
    for cells in rows:
        call = read_call(cells, known)
        if call is not None and call.sequence in calls:
            cells.add_fault("stop_sequence", _TAKEN_SEQUENCE)
        elif call is not None:
            calls[call.sequence] = call
    return tuple(calls[sequence] for sequence in sorted(calls))


def _read_trip(cells: Cells, calls: tuple[FlexCall, ...], rows: list[Cells]) -> FlexTrip:
    return FlexTrip(
        cells.text("trip_id"),
        cells.text("route_id"),
        cells.text("service_id"),
        calls,
        headsign=cells.text("trip_headsign"),
        short_name=cells.text("trip_short_name"),
        direction_id=cells.choice("direction_id", _DIRECTIONS, -1),
        block_id=cells.text("block_id"),
        shape_id=cells.text("shape_id"),
        wheelchair_accessible=cells.choice("wheelchair_accessible", _YES_NO, 0),
        bikes_allowed=cells.choice("bikes_allowed", _YES_NO, 0),
        mean=_longest(rows, _MEAN),
        safe=_read_ride_time(cells, _SAFE, 1) or _longest(rows, _SAFE),
        other=cells.others(_KNOWN),
    )


def _longest(rows: list[Cells], fields: tuple[str, str]) -> RideTime | None:
    """The duration that the calls of a trip give, as in the draft."""
    found = {_read_ride_time(cells, fields, _DRAFT_OFFSET_S) for cells in rows} - {None}
    times = sorted((time for time in found if time is not None), key=lambda time: (time.factor, time.offset_s))
    if len(times) > 1:
        rows[0].add_fault(fields[0], _MANY_DURATIONS)
    return times[-1] if times else None


def _read_ride_time(cells: Cells, fields: tuple[str, str], offset_s: int) -> RideTime | None:
    """A factor and an offset in units of ``offset_s``; one of them may be left out."""
    texts = [cells.text(field) for field in fields]
    if texts == ["", ""]:
        return None
    try:
        factor, offset = float(texts[0] or 1), float(texts[1] or 0)
    except ValueError:
        factor, offset = math.nan, math.nan
    if 0 < factor < math.inf and 0 <= offset < math.inf:
        return RideTime(factor, round(offset * offset_s))
    cells.add_fault(fields[0], _NO_DURATION)
    return None


def trip_row(trip: FlexTrip) -> dict[str, str]:
    """A trip as a row of trips.txt; "" is blank."""
    safe = trip.safe
    return {
        "route_id": trip.route_id,
        "service_id": trip.service_id,
        "trip_id": trip.id,
        "trip_headsign": trip.headsign,
        "trip_short_name": trip.short_name,
        "direction_id": str(trip.direction_id) if trip.direction_id >= 0 else "",
        "block_id": trip.block_id,
        "shape_id": trip.shape_id,
        "wheelchair_accessible": str(trip.wheelchair_accessible or ""),
        "bikes_allowed": str(trip.bikes_allowed or ""),
        "safe_duration_factor": "" if safe is None else str(safe.factor),
        "safe_duration_offset": "" if safe is None else str(safe.offset_s),
        **trip.other,
    }


def mean_cells(trip: FlexTrip) -> Mapping[str, Any]:
    """The average duration as the draft writes it beside each call; GTFS has no place for it."""
    if trip.mean is None:
        return {}
    return dict(zip(_MEAN, (str(trip.mean.factor), str(trip.mean.offset_s / _DRAFT_OFFSET_S)), strict=True))
