"""The CSV files of a district folder as values: stops, fleet, shifts, places, destinations, holidays."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TypeVar

from booking.district import (
    BreakWindow,
    Destination,
    Holiday,
    HolidayKind,
    ShiftPattern,
    Stop,
    Vehicle,
    Village,
)
from booking.district_csv import Columns, Row, read_rows
from booking.district_problems import Problems, meant
from booking.district_units import parse_breaks, parse_clock, parse_days, parse_layout, parse_layouts
from booking.model import StopId
from routing.model import NOTHING, ShiftId, VehicleId

T = TypeVar("T")
Placed = tuple[Row, T]

_STOPS = Columns(("stop_id", "name", "place", "lon", "lat", "accessible", "hub"), ("fixed_stop_id",))
_FLEET = Columns(
    ("vehicle_id", "name", "owner", "layouts", "ct_per_hour", "ct_per_km"),
    ("always", "range_km", "cost_factor", "used_min"),
)
_SHIFTS = Columns(("shift_id", "vehicle_id", "days", "start", "end", "start_stop", "end_stop"), ("breaks", "charging"))
_PLACES = Columns(("name", "lon", "lat", "inhabitants", "kind"))
_DESTINATIONS = Columns(("name", "category", "lon", "lat", "place"))
_HOLIDAYS = Columns(("first_on", "last_on", "kind", "name"))


def _read(path: Path, columns: Columns, read: Callable[[Row], T], problems: Problems) -> list[Placed[T]]:
    return [(row, read(row)) for row in read_rows(path, columns, problems)]


def _check_ids(rows: Sequence[Placed[T]], id_of: Callable[[T], str]) -> None:
    first: dict[str, int] = {}
    for row, value in rows:
        name = id_of(value)
        if name and name in first:
            row.add_problem(f'"{name}" already stands in line {first[name]}', "give every row its own id")
        first.setdefault(name, row.line)


def read_stops(path: Path, problems: Problems) -> list[Placed[Stop]]:
    """Stops with the rows they stand in."""

    def read(row: Row) -> Stop:
        return Stop(
            id=StopId(row.text("stop_id")),
            name=row.text("name"),
            place=row.text("place"),
            lon=row.number("lon", -180, 180),
            lat=row.number("lat", -90, 90),
            is_accessible=row.yes_no("accessible"),
            is_hub=row.yes_no("hub"),
            fixed_stop_id=row.optional_text("fixed_stop_id"),
        )

    before = len(problems)
    rows = _read(path, _STOPS, read, problems)
    _check_ids(rows, lambda stop: stop.id)
    if len(rows) < 2 and len(problems) == before:
        problems.add(path.name, 0, f"there are {len(rows)} stops", "a service needs at least two")
    return rows


def read_vehicles(path: Path, problems: Problems) -> list[Placed[Vehicle]]:
    """Vehicles with the rows they stand in.

    ``layouts`` exclude one another; what stands under ``always`` there is in each of them: child seats on board, floor
    for a dog, a boot.
    """

    def read(row: Row) -> Vehicle:
        always = (row.parsed("always", parse_layout) if row.optional_text("always") else None) or NOTHING
        return Vehicle(
            id=VehicleId(row.text("vehicle_id")),
            name=row.text("name"),
            owner=row.text("owner"),
            layouts=tuple(layout + always for layout in row.parsed("layouts", parse_layouts) or ()),
            ct_per_hour=row.whole("ct_per_hour", 0, 100_000),
            ct_per_km=row.whole("ct_per_km", 0, 10_000),
            range_m=row.whole("range_km", 1, 2_000) * 1000 if row.optional_text("range_km") else None,
            cost_factor=row.number("cost_factor", 0, 100) if row.optional_text("cost_factor") else 1.0,
            used_s=row.whole("used_min", 0, 1440) * 60 if row.optional_text("used_min") else 0,
        )

    rows = _read(path, _FLEET, read, problems)
    _check_ids(rows, lambda vehicle: vehicle.id)
    return rows


def read_shifts(
    path: Path, stops: Sequence[Placed[Stop]], vehicles: Sequence[Placed[Vehicle]], problems: Problems
) -> list[Placed[ShiftPattern]]:
    """Shifts with the rows they stand in, checked against stops and vehicles."""

    def read(row: Row) -> ShiftPattern:
        start_s, end_s = row.parsed("start", parse_clock), row.parsed("end", parse_clock)
        return ShiftPattern(
            id=ShiftId(row.text("shift_id")),
            vehicle_id=VehicleId(row.text("vehicle_id")),
            days=row.parsed("days", parse_days) or frozenset(),
            start_s=0 if start_s is None else start_s,
            end_s=0 if end_s is None else end_s,
            start_stop=StopId(row.text("start_stop")),
            end_stop=StopId(row.text("end_stop")),
            breaks=_breaks(row),
            line=row.line,
        )

    rows = _read(path, _SHIFTS, read, problems)
    _check_ids(rows, lambda shift: shift.id)
    stop_ids = {stop.id for _, stop in stops}
    vehicle_ids = {vehicle.id for _, vehicle in vehicles}  # empty: the whole table is unsound, which has been said
    for row, shift in rows:
        for column, stop_id in (("start_stop", shift.start_stop), ("end_stop", shift.end_stop)):
            if stop_id and stop_ids and stop_id not in stop_ids:
                row.add_problem(f'"{column}" is "{stop_id}", which is not in stops.csv', meant(stop_id, stop_ids))
        if shift.vehicle_id and vehicle_ids and shift.vehicle_id not in vehicle_ids:
            message = f'"vehicle_id" is "{shift.vehicle_id}", which is not in fleet.csv'
            row.add_problem(message, meant(shift.vehicle_id, vehicle_ids))
        _check_times(row, shift)
    _check_overlaps(rows)
    return rows


def _breaks(row: Row) -> tuple[BreakWindow, ...]:
    """Breaks and times of charging in the order in which they begin."""
    charging = (replace(pause, recharges=True) for pause in row.parsed("charging", parse_breaks) or ())
    return tuple(sorted((*(row.parsed("breaks", parse_breaks) or ()), *charging), key=lambda b: (b.from_s, b.to_s)))


def _check_times(row: Row, shift: ShiftPattern) -> None:
    if not shift.end_s:
        return
    if shift.start_s >= shift.end_s:
        row.add_problem(
            "the shift ends before it begins", "after midnight, count on past 24:00: 01:30 is written 25:30"
        )
        return
    for window in shift.breaks:
        # A break that begins at the last moment of its window must still end within the shift.
        if window.from_s < shift.start_s or window.to_s + window.duration_s > shift.end_s:
            row.add_problem("a break may fall outside the shift", "make its window end earlier, or the shift longer")


def _check_overlaps(rows: Sequence[Placed[ShiftPattern]]) -> None:
    for (_, first), (row, second) in combinations(rows, 2):
        is_same = first.vehicle_id == second.vehicle_id and first.days & second.days
        if is_same and first.start_s < second.end_s and second.start_s < first.end_s:
            message = f'vehicle "{second.vehicle_id}" already drives shift "{first.id}" at that time'
            row.add_problem(message, "change the times or the days, or take another vehicle")


def read_villages(path: Path, problems: Problems) -> list[Placed[Village]]:
    """Villages with the rows they stand in."""

    def read(row: Row) -> Village:
        return Village(
            name=row.text("name"),
            lon=row.number("lon", -180, 180),
            lat=row.number("lat", -90, 90),
            inhabitants=row.whole("inhabitants", 0, 50_000_000),
            kind=row.text("kind"),
        )

    return _read(path, _PLACES, read, problems)


def read_destinations(path: Path, problems: Problems) -> list[Placed[Destination]]:
    """Destinations with the rows they stand in."""

    def read(row: Row) -> Destination:
        return Destination(
            name=row.text("name"),
            category=row.text("category"),
            lon=row.number("lon", -180, 180),
            lat=row.number("lat", -90, 90),
            place=row.text("place"),
        )

    return _read(path, _DESTINATIONS, read, problems)


def read_holidays(path: Path, problems: Problems) -> tuple[Holiday, ...]:
    """Holidays; the file may be missing."""
    holidays = []
    for row in read_rows(path, _HOLIDAYS, problems, may_be_missing=True):
        holiday = Holiday(
            first_on=row.day("first_on"),
            last_on=row.day("last_on"),
            kind=row.choice("kind", HolidayKind),
            name=row.text("name"),
        )
        if holiday.first_on > holiday.last_on:
            row.add_problem("the last day is before the first", "exchange them")
        holidays.append(holiday)
    return tuple(holidays)


def list_stop_lines(path: Path) -> dict[StopId, int]:
    """The line each stop stands in, for problems that are only found later; empty if the file cannot be read."""
    return {StopId(row.optional_text("stop_id")): row.line for row in read_rows(path, _STOPS, Problems())}
