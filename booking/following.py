"""The plan follows what happens: facts and expected times are written into the visits, lateness is noted and told.

One transaction a day. Everything that plans later loads a day in which a vehicle that is late stands where it stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from booking import notices
from booking.at_risk import excused_day
from booking.bookings import PlanBrokenError
from booking.day import Day
from booking.driver_events import load_events
from booking.enquiry_search import Network
from booking.lateness import (
    RideLateness,
    ShiftLateness,
    late_s,
    load_ride_lateness,
    load_shift_lateness,
    ride_lateness,
    save_ride_lateness,
    save_shift_lateness,
    shift_lateness,
    starts_of,
    told_min,
)
from booking.model import BookingId
from booking.prediction import Prediction, RunPrediction, predict
from booking.sphere import SpherePoints
from booking.store import claim_version, load_agreed_day, save_runs
from booking.tables import AuditRow, RideRow
from gtfs.service_day import ServiceDay
from routing.model import Action, Plan, Request, RequestId, Run, ShiftId, Visit
from routing.violations import ViolationKind, violations

WORTH_WRITING_S = 60
"""Times to come are written anew when one of them moves by so much."""
OF_FACTS = {
    ViolationKind.OVERLOADED,
    ViolationKind.BREAK_WITH_RIDERS,
    ViolationKind.BREAK_WRONG_PLACE,
    ViolationKind.RUN_TOO_LONG,
    ViolationKind.OUT_OF_RANGE,
    ViolationKind.WAITS_WHERE_IT_MUST_NOT,
}
"""What drivers may bring about by doing things in another order than planned; nothing else may come of it."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What following brought: runs with new times, rides that are late now, riders who did not come."""

    runs: tuple[ShiftId, ...]
    late: tuple[RequestId, ...]
    absent: tuple[RequestId, ...]


def prediction_of(session: Session, network: Network, day: Day, now: datetime) -> Prediction:
    """How a day goes on, by what was reported. ``day`` with what is agreed."""
    events = load_events(session, day.service_day.on)
    return predict(day, events, now, network.artefacts.times, stop_points(network) if events else None)


def stop_points(network: Network) -> SpherePoints:
    """The locations of the travel times."""
    stops = network.district.stops
    return SpherePoints([stop.lon for stop in stops], [stop.lat for stop in stops])


def follow_day(
    sessions: sessionmaker[Session], network: Network, service_day: ServiceDay, clock: Callable[[], datetime]
) -> Followed | None:
    """Write what happened and what is expected into the runs of a day; None when nothing is new or somebody was first.

    A ride that is late beyond its promise is noted in an audit entry, and its rider told, once for every five minutes.

    Raises
    ------
    PlanBrokenError
        The day would have a violation that no driver can have brought about.
    """
    with sessions.begin() as session:
        now = clock()
        agreed = load_agreed_day(session, network.district, service_day)
        if not agreed.requests:
            return None
        prediction = prediction_of(session, network, agreed, now)
        moved = {s: run for s, run in prediction.runs.items() if _is_news(agreed.plan.runs[s], run)}
        late = _lateness_changes(session, agreed, prediction)
        if not moved and not late.rides and not late.shifts:
            return None
        followed = agreed.changed(_plan(agreed, moved), _present(agreed, moved))
        _check(agreed, followed, prediction, network)
        if not claim_version(session, service_day.on, agreed.version):
            session.rollback()
            return None
        save_runs(session, network.district, agreed, followed)
        absent = tuple(r for run in moved.values() for r in sorted(run.absent) if r in agreed.requests)
        for ride in absent:
            _note_absent(session, ride, now)
        _note_late(session, agreed, prediction, late, now)
    return Followed(tuple(moved), tuple(late.rides), absent)


@dataclass(frozen=True, slots=True)
class _Late:
    """Lateness that is not noted yet, and what was told before."""

    rides: dict[RequestId, RideLateness]
    shifts: dict[ShiftId, ShiftLateness]
    told: dict[RequestId, int]


def _is_news(before: Run, run: RunPrediction) -> bool:
    if not run.is_tracked:
        return False
    if [_key(v) for v in before.visits] != [_key(v) for v in run.visits]:
        return True
    pairs = list(zip(before.visits, run.visits, strict=True))
    if any(old.start_s != new.start_s for old, new in pairs[: run.done]):
        return True
    return any(abs(old.start_s - new.start_s) >= WORTH_WRITING_S for old, new in pairs[run.done :])


def _key(visit: Visit) -> tuple[object, ...]:
    return visit.action, visit.request_id, visit.break_index


def _plan(day: Day, moved: dict[ShiftId, RunPrediction]) -> Plan:
    runs = {s: Run(s, run.visits) for s, run in moved.items()}
    absent = frozenset().union(*(run.absent for run in moved.values()))
    return Plan({**day.plan.runs, **runs}, day.plan.unserved - absent)


def _present(day: Day, moved: dict[ShiftId, RunPrediction]) -> dict[RequestId, Request]:
    absent = frozenset().union(*(run.absent for run in moved.values()))
    return {r: request for r, request in day.requests.items() if r not in absent}


def _lateness_changes(session: Session, agreed: Day, prediction: Prediction) -> _Late:
    """What is late by the prediction, as far as it differs from what is noted."""
    on = agreed.service_day.on
    noted, noted_shifts = load_ride_lateness(session, on), load_shift_lateness(session, on)
    rides: dict[RequestId, RideLateness] = {}
    shifts: dict[ShiftId, ShiftLateness] = {}
    for shift_id, run in prediction.runs.items():
        if not run.is_tracked:
            continue
        for ride, starts in starts_of(run.visits).items():
            request = agreed.requests[ride]
            now_late = ride_lateness(request, starts[Action.PICKUP], starts[Action.DROPOFF])
            if now_late != noted.get(ride, (RideLateness(), 0))[0]:
                rides[ride] = now_late
        shift_late = shift_lateness(agreed.shifts[shift_id], run.visits, run.back_s, run.free_s, run.done)
        if _differs(shift_late, noted_shifts.get(shift_id, ShiftLateness())):
            shifts[shift_id] = shift_late
    return _Late(rides, shifts, {ride: told for ride, (_, told) in noted.items()})


def _differs(one: ShiftLateness, other: ShiftLateness) -> bool:
    """Whether two states of a shift differ by more than seconds of when its vehicle goes on."""
    if one.free_s is None or other.free_s is None or one.done != other.done:
        return one != other
    moved = abs(one.free_s - other.free_s) >= WORTH_WRITING_S
    return moved or (one.end_s, one.breaks) != (other.end_s, other.breaks)


def _check(agreed: Day, followed: Day, prediction: Prediction, network: Network) -> None:
    """Let the judge look at the day as it will be loaded."""
    excused = excused_day(followed, prediction)
    times = network.artefacts.times
    old = {v.kind for v in violations(agreed.plan, agreed.problem(times, 0))}
    found = {v.kind for v in violations(excused.plan, excused.problem(times, 0))} - old - OF_FACTS
    if found:
        kinds = ", ".join(sorted(kind.value for kind in found))
        msg = f"following the drivers of {agreed.service_day.on} would break the plan ({kinds})"
        raise PlanBrokenError(msg)


def _note_absent(session: Session, ride: RequestId, now: datetime) -> None:
    row = session.get_one(RideRow, ride)
    row.is_cancelled = True
    details = {"ride": ride}
    session.add(
        AuditRow(
            at=now,
            actor="driver",
            action="no_show",
            service_on=row.service_on,
            booking_id=row.booking_id,
            details=details,
        )
    )
    notices.queue(session, "no_show", _booking_id(row.booking_id), now, details, f"no_show:{ride}")


def _note_late(session: Session, agreed: Day, prediction: Prediction, late: _Late, now: datetime) -> None:
    on = agreed.service_day.on
    for ride, lateness in late.rides.items():
        request = agreed.requests[ride]
        minutes, before = told_min(late_s(request, lateness)), late.told.get(ride, 0)
        save_ride_lateness(session, on, ride, lateness, minutes)
        if minutes == before:
            continue
        is_picked_up = prediction.is_done(ride, Action.PICKUP)
        pickup_s = prediction.start_s(ride, Action.PICKUP)
        booking_id = _booking_of(session, ride)
        expected_at = None if pickup_s is None else agreed.service_day.at(pickup_s).isoformat()
        details = {"ride": ride, "minutes": minutes, "before": before, "pickup_at": expected_at, "reason": "vehicle"}
        session.add(
            AuditRow(
                at=now, actor="worker", action="delayed", service_on=on, booking_id=booking_id, details=dict(details)
            )
        )
        if not is_picked_up:
            key = f"delayed:{ride}:{expected_at}"
            notices.queue(session, "delayed", _booking_id(booking_id), now, details, key)
    for shift_id, shift_late in late.shifts.items():
        save_shift_lateness(session, on, shift_id, shift_late)
        session.add(
            AuditRow(
                at=now,
                actor="worker",
                action="shift_late",
                service_on=on,
                booking_id=None,
                details={
                    "shift": shift_id,
                    "end_s": shift_late.end_s,
                    "breaks": [list(b) for b in shift_late.breaks],
                    "free_s": shift_late.free_s,
                },
            )
        )


def _booking_of(session: Session, ride: RequestId) -> UUID:
    return session.scalars(select(RideRow.booking_id).where(RideRow.id == ride)).one()


def _booking_id(given: UUID) -> BookingId:
    return BookingId(str(given))
