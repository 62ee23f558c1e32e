"""The plan follows what happens: facts and expected times are written into the visits, lateness is noted and told.

One transaction a day. Everything that plans later loads a day in which a vehicle that is late stands where it stands.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from booking import notices
from booking.at_risk import excused_day
from booking.bookings import OF_FACTS, refuse_faults
from booking.day import Day
from booking.driver_events import load_events
from booking.enquiry_search import Network
from booking.lateness import (
    RideLateness,
    ShiftLateness,
    is_worth_telling,
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
from routing.violations import violations

WORTH_WRITING_S = 60
"""Times to come are written anew when one of them moves by so much."""


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

    A ride that is late beyond its promise is noted in an audit entry once for every five minutes. Its rider is told as
    often in the last hour before the pickup; earlier only of half an hour and more.

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
        news = {s for s, run in prediction.runs.items() if _is_news(agreed.plan.runs[s], run)}
        late = _lateness_changes(session, agreed, prediction, news)
        # When a vehicle goes on and what its run says are written together, to the second, or not at all.
        moved = {s: run for s, run in prediction.runs.items() if s in news or s in late.shifts}
        untold = _untold(agreed, prediction, late, now)
        if not moved and not late.rides and not late.shifts and not untold:
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
        _note_late(session, agreed, late, untold, now)
        _tell_late(session, agreed, prediction, untold, now)
    return Followed(tuple(moved), tuple(late.rides), absent)


def is_followed(session: Session, agreed: Day, prediction: Prediction) -> bool:
    """Whether what drivers reported stands in the runs: nothing else may be decided before."""
    if any(_is_news(agreed.plan.runs[s], run) for s, run in prediction.runs.items()):
        return False
    late = _lateness_changes(session, agreed, prediction)
    return not late.rides and not late.shifts


@dataclass(frozen=True, slots=True)
class _Late:
    """Lateness that is not noted yet, and of rides what was noted and told before, in minutes."""

    rides: dict[RequestId, RideLateness]
    shifts: dict[ShiftId, ShiftLateness]
    noted: dict[RequestId, tuple[RideLateness, int]]

    def minutes(self, agreed: Day, ride: RequestId) -> int:
        """How late a ride is now, as riders are told."""
        lateness = self.rides[ride] if ride in self.rides else self.noted[ride][0]
        return told_min(late_s(agreed.requests[ride], lateness))

    def told(self, ride: RequestId) -> int:
        """What its rider was told last."""
        return self.noted.get(ride, (RideLateness(), 0))[1]


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


def _lateness_changes(session: Session, agreed: Day, prediction: Prediction, news: Collection[ShiftId] = ()) -> _Late:
    """What is late by the prediction, as far as it differs from what is noted; of runs that are news by a second."""
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
        before = noted_shifts.get(shift_id, ShiftLateness())
        if _differs(shift_late, before) or (shift_id in news and shift_late != before):
            shifts[shift_id] = shift_late
    return _Late(rides, shifts, noted)


@dataclass(frozen=True, slots=True)
class _News:
    """How late a ride is, and what its rider was told last; minutes."""

    minutes: int
    before: int


def _untold(agreed: Day, prediction: Prediction, late: _Late, now: datetime) -> dict[RequestId, _News]:
    """Which riders hear of lateness now."""
    now_s = agreed.service_day.seconds(now)
    untold = {}
    for ride in {**late.noted, **late.rides}:
        if ride not in agreed.requests or (ride not in late.rides and prediction.is_done(ride, Action.PICKUP)):
            continue
        news = _News(late.minutes(agreed, ride), late.told(ride))
        if is_worth_telling(news.minutes, news.before, agreed.requests[ride].pickup_window.earliest_s - now_s):
            untold[ride] = news
    return untold


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
    found = violations(excused.plan, excused.problem(times, 0))
    refuse_faults([v for v in found if v.kind not in old | OF_FACTS], "following the drivers", agreed)


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


def _note_late(session: Session, agreed: Day, late: _Late, untold: dict[RequestId, _News], now: datetime) -> None:
    on = agreed.service_day.on
    for ride in {**late.rides, **untold}:
        told = untold[ride].minutes if ride in untold else late.told(ride)
        before, _ = late.noted.get(ride, (RideLateness(), 0))
        save_ride_lateness(session, on, ride, late.rides.get(ride, before), told)
        minutes, minutes_before = late.minutes(agreed, ride), told_min(late_s(agreed.requests[ride], before))
        if minutes == minutes_before:
            continue
        details = {"ride": ride, "minutes": minutes, "before": minutes_before}
        session.add(
            AuditRow(
                at=now,
                actor="worker",
                action="delayed",
                service_on=on,
                booking_id=_booking_of(session, ride),
                details=details,
            )
        )
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


def _tell_late(
    session: Session, agreed: Day, prediction: Prediction, untold: dict[RequestId, _News], now: datetime
) -> None:
    """Tell whoever is not in the vehicle yet."""
    for ride, news in untold.items():
        if prediction.is_done(ride, Action.PICKUP):
            continue
        pickup_s = prediction.start_s(ride, Action.PICKUP)
        expected_at = None if pickup_s is None else agreed.service_day.at(pickup_s).isoformat()
        details = {
            "ride": ride,
            "minutes": news.minutes,
            "before": news.before,
            "pickup_at": expected_at,
            "reason": "vehicle",
        }
        key = f"delayed:{ride}:{expected_at}"
        notices.queue(session, "delayed", _booking_id(_booking_of(session, ride)), now, details, key)


def _booking_of(session: Session, ride: RequestId) -> UUID:
    return session.scalars(select(RideRow.booking_id).where(RideRow.id == ride)).one()


def _booking_id(given: UUID) -> BookingId:
    return BookingId(str(given))
