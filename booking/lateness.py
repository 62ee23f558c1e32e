"""What is late, kept beside what is agreed: how it gets into a day that is loaded, and how it is written.

The windows of a ride, the breaks and the end of a shift stay what was agreed. A vehicle that is late cannot keep them,
and a plan must not say that it can: so far as lateness has been noted (with an audit entry), and no farther, the engine
may exceed them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.day import Day
from booking.district import District
from booking.model import StopId
from booking.operations_tables import RideLatenessRow, ShiftChangeRow
from routing.model import Action, Break, LocationIndex, Plan, Request, RequestId, Run, Shift, ShiftId, TimeWindow, Visit

STEP_S = 300
"""Lateness is told again when it has grown, or shrunk, by so much."""
FAR_STEP_S = 1800
"""The same for riders whose pickup is farther off than ``NEAR_S``: much will change until then."""
NEAR_S = 3600


@dataclass(frozen=True, slots=True)
class RideLateness:
    """When a ride begins and ends outside of what is agreed, and how long it lasts if that is too long."""

    pickup_s: int | None = None
    dropoff_s: int | None = None
    ride_s: int | None = None

    def __bool__(self) -> bool:
        return (self.pickup_s, self.dropoff_s, self.ride_s) != (None, None, None)


@dataclass(frozen=True, slots=True)
class ShiftLateness:
    """How a shift differs from what was agreed.

    Parameters
    ----------
    end_s
        When it ends, if after its end.
    breaks
        When breaks begin that begin outside of their windows, by their numbers.
    free_s, done
        When a vehicle that is held up goes on from the last of so many facts.
    """

    end_s: int | None = None
    breaks: tuple[tuple[int, int], ...] = ()
    free_s: int | None = None
    done: int = 0


def ride_lateness(request: Request, pickup_s: int, dropoff_s: int) -> RideLateness:
    """What of a ride's times is outside of what is agreed."""
    ride_s = dropoff_s - pickup_s - request.boarding_s
    return RideLateness(
        None if pickup_s in request.pickup_window else pickup_s,
        None if dropoff_s in request.dropoff_window else dropoff_s,
        ride_s if ride_s > request.max_ride_s else None,
    )


def late_s(request: Request, lateness: RideLateness) -> int:
    """By how much the later of both ends is late; a ride that begins early is not."""
    pickup = 0 if lateness.pickup_s is None else lateness.pickup_s - request.pickup_window.latest_s
    dropoff = 0 if lateness.dropoff_s is None else lateness.dropoff_s - request.dropoff_window.latest_s
    return max(pickup, dropoff, 0)


def told_min(seconds: int) -> int:
    """Lateness as riders are told: full steps of five minutes, rounded up."""
    return -(-seconds // STEP_S) * STEP_S // 60


def is_worth_telling(minutes: int, before: int, until_pickup_s: int) -> bool:
    """Whether a rider hears of lateness again.

    Parameters
    ----------
    minutes, before
        How late the ride is, as riders are told, and what its rider was told last (0: on time).
    until_pickup_s
        From now to the begin of the time that was promised for the pickup.
    """
    if until_pickup_s <= NEAR_S:
        return minutes != before
    return abs(minutes - before) * 60 >= FAR_STEP_S or (minutes == 0 and before > 0)


def shift_lateness(
    shift: Shift, visits: tuple[Visit, ...], back_s: int, free_s: int | None = None, done: int = 0
) -> ShiftLateness:
    """What of a run's times is outside of its shift."""
    breaks = tuple(
        (v.break_index, v.start_s)
        for v in visits
        if v.break_index is not None and v.start_s not in shift.breaks[v.break_index].window
    )
    held = (None, 0) if free_s is None else (free_s, done)
    return ShiftLateness(back_s if back_s > shift.end_s else None, breaks, *held)


def excused_request(request: Request, lateness: RideLateness) -> Request:
    """A request that may be as late as it is."""
    return replace(
        request,
        pickup_window=_reaching(request.pickup_window, lateness.pickup_s),
        dropoff_window=_reaching(request.dropoff_window, lateness.dropoff_s),
        max_ride_s=max(request.max_ride_s, lateness.ride_s or 0),
    )


def excused_shift(shift: Shift, lateness: ShiftLateness) -> Shift:
    """A shift that may be as late as it is."""
    late = dict(lateness.breaks)
    breaks = tuple(
        Break(_reaching(pause.window, late.get(number)), pause.duration_s, pause.location, pause.recharges)
        for number, pause in enumerate(shift.breaks)
    )
    return replace(shift, breaks=breaks, end_s=max(shift.end_s, lateness.end_s or 0))


def held_up(day: Day, shift_id: ShiftId, lateness: ShiftLateness) -> Day:
    """A day in which a vehicle stays where its last fact is until it goes on: what is done there takes so long.

    A vehicle without facts begins its shift later.
    """
    free_s, run, shift = lateness.free_s, day.plan.runs.get(shift_id), day.shifts[shift_id]
    if free_s is None or run is None or lateness.done > len(run.visits):
        return day
    if lateness.done == 0:
        later = replace(shift, start_s=max(shift.start_s, min(free_s, shift.end_s - 1)))
        return replace(day, shifts={**day.shifts, shift_id: later})
    last = run.visits[lateness.done - 1]
    took_s = free_s - last.start_s
    if last.break_index is not None:
        breaks = list(shift.breaks)
        breaks[last.break_index] = replace(breaks[last.break_index], duration_s=took_s)
        return replace(day, shifts={**day.shifts, shift_id: replace(shift, breaks=tuple(breaks))})
    request = day.requests.get(last.request_id) if last.request_id is not None else None
    if request is None:
        return day
    name = "boarding_s" if last.action is Action.PICKUP else "alighting_s"
    longer = replace(request, **{name: max(took_s, getattr(request, name))})
    return replace(day, requests={**day.requests, request.id: longer})


def _reaching(window: TimeWindow, time_s: int | None) -> TimeWindow:
    if time_s is None:
        return window
    return TimeWindow(min(window.earliest_s, time_s), max(window.latest_s, time_s))


def with_lateness(session: Session, day: Day) -> Day:
    """A day that may be as late as was noted."""
    if day.version == 0:
        return day
    rides = load_ride_lateness(session, day.service_day.on)
    late_shifts = {s: late for s, late in load_shift_lateness(session, day.service_day.on).items() if s in day.shifts}
    shifts = {s: excused_shift(shift, late_shifts[s]) if s in late_shifts else shift for s, shift in day.shifts.items()}
    requests = {
        r: excused_request(request, rides[r][0]) if r in rides else request for r, request in day.requests.items()
    }
    day = replace(day, shifts=shifts, requests=requests)
    for shift_id, late in late_shifts.items():
        day = held_up(day, shift_id, late)
    return day


def with_ended_shifts(session: Session, day: Day, district: District) -> Day:
    """An opened day with the shifts that ended before their end."""
    shifts, plan = dict(day.shifts), day.plan
    for row in _changes(session, day.service_day.on):
        shift = shifts.get(ShiftId(row.shift_id))
        if shift is not None and row.ends_s is not None and row.ends_stop is not None:
            # A stop that was taken out of the folder meanwhile: the shift ends where it began.
            end = district.stop_index.get(StopId(row.ends_stop), shift.start)
            shifts[shift.id] = ended_shift(shift, row.ends_s, end, row.breaks_taken or 0)
            plan = Plan({**plan.runs, shift.id: Run(shift.id)}, plan.unserved)
    return replace(day, shifts=shifts, plan=plan)


def has_ended(session: Session, on: date, shift_id: ShiftId) -> bool:
    """Whether a shift was ended before its end."""
    row = session.get(ShiftChangeRow, (on, shift_id))
    return row is not None and row.ends_s is not None


def ended_shift(shift: Shift, ends_s: int, end: LocationIndex, breaks_taken: int) -> Shift:
    """A shift that ends at a place, with only those breaks that were taken."""
    ends_s = max(ends_s, shift.start_s + 1)
    return replace(shift, end=end, end_s=ends_s, breaks=shift.breaks[:breaks_taken], range_m=None)


def load_ride_lateness(session: Session, on: date) -> dict[RequestId, tuple[RideLateness, int]]:
    """What is late on a day, and what was told of it in minutes."""
    rows = session.scalars(select(RideLatenessRow).where(RideLatenessRow.service_on == on))
    return {
        RequestId(row.ride_id): (RideLateness(row.pickup_s, row.dropoff_s, row.ride_s), row.told_min) for row in rows
    }


def save_ride_lateness(session: Session, on: date, ride: RequestId, lateness: RideLateness, told: int) -> None:
    """Note how late a ride is; a ride that is not late any more has no row."""
    if not lateness:
        session.execute(delete(RideLatenessRow).where(RideLatenessRow.ride_id == ride))
        return
    values = {
        "service_on": on,
        "pickup_s": lateness.pickup_s,
        "dropoff_s": lateness.dropoff_s,
        "ride_s": lateness.ride_s,
        "told_min": told,
    }
    session.execute(
        insert(RideLatenessRow)
        .values(ride_id=ride, **values)
        .on_conflict_do_update(index_elements=[RideLatenessRow.ride_id], set_=values)
    )


def load_shift_lateness(session: Session, on: date) -> dict[ShiftId, ShiftLateness]:
    """Which shifts are late for their breaks or their end."""
    return {ShiftId(row.shift_id): _shift_lateness(row) for row in _changes(session, on)}


def save_shift_lateness(session: Session, on: date, shift_id: ShiftId, lateness: ShiftLateness) -> None:
    """Note how late a shift is for its breaks and its end."""
    values = {
        "late_end_s": lateness.end_s,
        "late_breaks": {str(n): at_s for n, at_s in lateness.breaks},
        "free_s": lateness.free_s,
        "done": lateness.done,
    }
    session.execute(
        insert(ShiftChangeRow)
        .values(service_on=on, shift_id=shift_id, **values)
        .on_conflict_do_update(index_elements=["service_on", "shift_id"], set_=values)
    )


def save_shift_end(
    session: Session,
    on: date,
    shift_id: ShiftId,
    ends_s: int,
    stop: StopId,
    breaks_taken: int,
    late_breaks: Sequence[tuple[int, int]],
) -> None:
    """Note that a shift ends before its end, and which of the breaks that were taken were late."""
    values = {
        "ends_s": ends_s,
        "ends_stop": stop,
        "breaks_taken": breaks_taken,
        "late_end_s": None,
        "late_breaks": {str(n): at_s for n, at_s in late_breaks},
        "free_s": None,
        "done": 0,
    }
    session.execute(
        insert(ShiftChangeRow)
        .values(service_on=on, shift_id=shift_id, **values)
        .on_conflict_do_update(index_elements=["service_on", "shift_id"], set_=values)
    )


def _changes(session: Session, on: date) -> list[ShiftChangeRow]:
    rows = session.scalars(select(ShiftChangeRow).where(ShiftChangeRow.service_on == on))
    return list(rows)


def _shift_lateness(row: ShiftChangeRow) -> ShiftLateness:
    breaks = tuple((int(n), int(at_s)) for n, at_s in sorted(row.late_breaks.items()))
    return ShiftLateness(row.late_end_s, breaks, row.free_s, row.done)


def starts_of(run_visits: tuple[Visit, ...]) -> Mapping[RequestId, dict[Action, int]]:
    """When each ride of a run begins and ends."""
    starts: dict[RequestId, dict[Action, int]] = {}
    for visit in run_visits:
        if visit.request_id is not None:
            starts.setdefault(visit.request_id, {})[visit.action] = visit.start_s
    return starts
