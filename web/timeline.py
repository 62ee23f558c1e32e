"""A day's runs as a picture on a time axis: where everything stands. Values only; a template draws them.

Lengths are pixels, x to the right, y downwards. The axis runs in *elapsed* time, so that an hour is as wide as any
other on the two days a year when clocks change; what is written at its marks is wall-clock time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from booking.model import StopId
from booking.views import DayView, RunView, VisitView
from gtfs.service_day import ServiceDay
from routing.model import Action, ShiftId

HOUR_S = 3600
ROW_PX = 46
"""Height of a run: a bar, above it who boards, below it who alights."""
MIN_TARGET_PX = 24
"""Smallest side of anything that is to be hit with a finger (WCAG 2.2, 2.5.8)."""

DriveTime = Callable[[StopId, StopId], int]
"""Seconds from one stop to another."""


class PieceKind(StrEnum):
    """What a vehicle does while nobody is on board."""

    WAIT = "wait"
    EMPTY_DRIVE = "empty_drive"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a run without riders."""

    kind: PieceKind
    x: float
    width: float
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class VisitMark:
    """A visit within a stretch."""

    x: float
    width: float
    boards: bool
    alights: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a run with riders: from the first one who boards until the vehicle is empty again.

    Parameters
    ----------
    number
        Counted within the run, from 1.
    visit_number
        The first visit, counted within the run, from 1, breaks included.
    hit_x, hit_width
        The area that can be clicked: the stretch itself, or wider where it is too narrow for a finger.
    persons
        Everybody who boards in it.
    """

    number: int
    visit_number: int
    x: float
    width: float
    hit_x: float
    hit_width: float
    from_at: datetime
    to_at: datetime
    from_stop_name: str
    to_stop_name: str
    persons: int
    visits: tuple[VisitMark, ...]
    held_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One run."""

    run: RunView
    y: float
    x: float
    width: float
    pieces: tuple[Piece, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class HourMark:
    """A full hour of the axis."""

    x: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """A day's runs, one row each. ``now_x`` is None while no vehicle of the day is due."""

    width: float
    height: float
    hours: tuple[HourMark, ...]
    rows: tuple[Row, ...]
    now_x: float | None


@dataclass(frozen=True, slots=True)
class Axis:
    """The time axis, from one full hour of the service day to another."""

    service_day: ServiceDay
    from_s: int
    to_s: int
    px_per_hour: int

    def x(self, at: datetime) -> float:
        """Where a moment stands."""
        return self.width_px(self.service_day.seconds(at) - self.from_s)

    def width_px(self, duration_s: int) -> float:
        """How wide a duration is."""
        return round(duration_s * self.px_per_hour / HOUR_S, 1)

    def hours(self) -> tuple[HourMark, ...]:
        """Its full hours."""
        marks = range(self.from_s, self.to_s + 1, HOUR_S)
        return tuple(HourMark(self.width_px(s - self.from_s), self.service_day.at(s)) for s in marks)


NumberedVisits = list[tuple[int, VisitView]]
"""Visits of a run in order, each with its number counted from 1."""


@dataclass(frozen=True, slots=True)
class _Stand:
    """A part of a run whose inside is not looked at: a depot, a break, a stretch."""

    first_stop_id: StopId
    last_stop_id: StopId
    from_at: datetime
    to_at: datetime
    is_break: bool = False


def draw_timeline(
    day: DayView,
    service_day: ServiceDay,
    depots: Mapping[ShiftId, tuple[StopId, StopId]],
    drive_s: DriveTime,
    now: datetime,
    *,
    px_per_hour: int,
) -> Timeline:
    """The picture of a day.

    Parameters
    ----------
    depots
        Where each shift starts and ends.
    """
    if not day.runs:
        return Timeline(0, 0, (), (), None)
    axis = _axis(day, service_day, px_per_hour)
    rows = tuple(_row(run, axis, number * ROW_PX, depots[run.shift_id], drive_s) for number, run in enumerate(day.runs))
    is_due = axis.from_s <= service_day.seconds(now) <= axis.to_s
    return Timeline(
        width=axis.width_px(axis.to_s - axis.from_s),
        height=len(rows) * ROW_PX,
        hours=axis.hours(),
        rows=rows,
        now_x=axis.x(now) if is_due else None,
    )


def _axis(day: DayView, service_day: ServiceDay, px_per_hour: int) -> Axis:
    first_s = min(service_day.seconds(run.start_at) for run in day.runs)
    last_s = max(service_day.seconds(run.end_at) for run in day.runs)
    return Axis(service_day, first_s // HOUR_S * HOUR_S, -(-last_s // HOUR_S) * HOUR_S, px_per_hour)


def _row(run: RunView, axis: Axis, y: float, depots: tuple[StopId, StopId], drive_s: DriveTime) -> Row:
    ridden = [part for part in _parts(run) if not _is_break(part)]
    stretches = tuple(_stretch(number, part, axis) for number, part in enumerate(ridden, start=1))
    x = axis.x(run.start_at)
    return Row(run, y, x, axis.x(run.end_at) - x, tuple(_pieces(run, axis, depots, drive_s)), stretches)


def _parts(run: RunView) -> list[NumberedVisits]:
    """Breaks, each for itself, and stretches: from a boarding into the empty vehicle until it is empty again."""
    parts: list[NumberedVisits] = []
    is_empty = True
    for number, visit in enumerate(run.visits, start=1):
        if is_empty or visit.is_break:
            parts.append([])
        parts[-1].append((number, visit))
        is_empty = visit.is_break or visit.on_board_after == 0
    return parts


def _is_break(part: NumberedVisits) -> bool:
    return part[0][1].is_break


def _stretch(number: int, part: NumberedVisits, axis: Axis) -> Stretch:
    (first_number, first), (_, last) = part[0], part[-1]
    x, end_x = axis.x(first.arrival_at), axis.x(last.departure_at)
    missing = max(0.0, MIN_TARGET_PX - (end_x - x))
    riders = [rider for _, visit in part for rider in visit.riders]
    return Stretch(
        number=number,
        visit_number=first_number,
        x=x,
        width=round(end_x - x, 1),
        hit_x=round(x - missing / 2, 1),
        hit_width=round(end_x - x + missing, 1),
        from_at=first.arrival_at,
        to_at=last.departure_at,
        from_stop_name=first.stop_name,
        to_stop_name=last.stop_name,
        persons=sum(rider.party.persons for rider in riders if rider.action is Action.PICKUP),
        visits=tuple(_visit_mark(visit, axis) for _, visit in part),
        held_lines=tuple(dict.fromkeys(rider.held_line for rider in riders if rider.held_line)),
    )


def _visit_mark(visit: VisitView, axis: Axis) -> VisitMark:
    actions = {rider.action for rider in visit.riders}
    x = axis.x(visit.arrival_at)
    width = round(axis.x(visit.departure_at) - x, 1)
    return VisitMark(x, width, Action.PICKUP in actions, Action.DROPOFF in actions)


def _pieces(run: RunView, axis: Axis, depots: tuple[StopId, StopId], drive_s: DriveTime) -> Iterator[Piece]:
    """What happens while nobody is on board: breaks, and between the rest waiting and driving."""

    def piece(kind: PieceKind, from_at: datetime, to_at: datetime) -> Piece:
        x = axis.x(from_at)
        return Piece(kind, x, round(axis.x(to_at) - x, 1), from_at, to_at)

    stands = _stands(run, depots)
    for here, there in pairwise(stands):
        moving = timedelta(seconds=drive_s(here.last_stop_id, there.first_stop_id))
        # it leaves as late as it can for the next visit; from the last one it drives home at once
        leaves_at = here.to_at if there is stands[-1] else max(here.to_at, there.from_at - moving)
        arrives_at = min(leaves_at + moving, there.from_at)
        for kind, from_at, to_at in (
            (PieceKind.WAIT, here.to_at, leaves_at),
            (PieceKind.EMPTY_DRIVE, leaves_at, arrives_at),
            (PieceKind.WAIT, arrives_at, there.from_at),
        ):
            if from_at < to_at:
                yield piece(kind, from_at, to_at)
        if there.is_break:
            yield piece(PieceKind.BREAK, there.from_at, there.to_at)


def _stands(run: RunView, depots: tuple[StopId, StopId]) -> list[_Stand]:
    start, end = depots
    parts = [
        _Stand(
            part[0][1].stop_id, part[-1][1].stop_id, part[0][1].arrival_at, part[-1][1].departure_at, _is_break(part)
        )
        for part in _parts(run)
    ]
    return [_Stand(start, start, run.start_at, run.start_at), *parts, _Stand(end, end, run.end_at, run.end_at)]
