"""A shift ends before its end: a breakdown, a driver who falls ill. Its riders are placed anew around all promises."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from booking.bookings import TRIES, ask_judge, not_before_s
from booking.day import Day
from booking.driver_events import DriverEvent, EventKind, Source, load_events, save_event
from booking.enquiry_search import Network
from booking.errors import DayBusyError, NotFoundError
from booking.following import follow_day, is_followed, stop_points
from booking.lateness import ended_shift, save_shift_end, shift_lateness
from booking.model import StopId
from booking.prediction import Prediction, RunPrediction, nearest_location, predict
from booking.promises import change_promise, note, tell
from booking.replacing import LATE_STEPS_S, Replaced, replace_rides, start_of
from booking.store import claim_version, load_day, load_states, open_service_day, save_runs
from booking.tables import AuditRow, RideRow, RunRow
from gtfs.service_day import ServiceDay
from routing.model import Action, LocationIndex, Plan, Request, RequestId, Run, ShiftId, TimeWindow, Visit
from routing.problem import Problem
from routing.repair import DISTURBED_S
from routing.schedule import drive_s, window_and_service

BUSY = "The day is being changed by many at once. Please try again in a moment."


@dataclass(frozen=True, slots=True)
class Ending:
    """How a shift is to end.

    Parameters
    ----------
    at
        Whoever is on board by then is still carried to the end; None for now.
    stop
        Where; None for where the vehicle was seen last.
    is_stranded
        The vehicle goes nowhere any more: whoever is on board waits there for another.
    """

    shift_id: ShiftId
    at: datetime | None = None
    stop: StopId | None = None
    is_stranded: bool = False


@dataclass(frozen=True, slots=True)
class _Ended:
    """A day in which a shift has ended, and whom it leaves behind."""

    day: Day
    displaced: tuple[Request, ...]
    there: tuple[RequestId, ...]
    stop: StopId
    ends_s: int
    late_breaks: tuple[tuple[int, int], ...]


def end_shift(
    sessions: sessionmaker[Session],
    network: Network,
    service_day: ServiceDay,
    ending: Ending,
    clock: Callable[[], datetime],
    *,
    actor: str,
    reason: str,
    seconds: float = 2.0,
) -> Replaced:
    """End a shift and place its riders anew; the search runs outside of the transaction that writes.

    Whoever cannot be placed within the promise is as little late as can be, which is noted and told; whoever cannot be
    placed at all is noted, told that a dispatcher looks for a way, and tried again by every round of the worker.

    Raises
    ------
    NotFoundError
        That shift is not driven that day.
    DayBusyError
        Others changed the day at the same moment, three times over.
    """
    for _ in range(TRIES):
        planned = _plan_end(sessions, network, service_day, ending, clock, seconds)
        if planned is None:
            continue
        day, ended, replaced, now = planned
        with sessions.begin() as session:
            open_service_day(session, service_day.on)  # a shift may end before anybody has booked
            if claim_version(session, service_day.on, day.version):
                _write(_Writing(session, network, day, replaced, reason, actor, now), ended, ending.shift_id)
                return replaced
            session.rollback()
    raise DayBusyError(BUSY)


def preview_end(
    sessions: sessionmaker[Session],
    network: Network,
    service_day: ServiceDay,
    ending: Ending,
    clock: Callable[[], datetime],
    *,
    seconds: float = 2.0,
) -> tuple[Replaced, int]:
    """What would become of the riders of a shift if it ended, and the version of the day that was looked at.

    Raises
    ------
    NotFoundError, DayBusyError
        As :func:`end_shift`.
    """
    for _ in range(TRIES):
        planned = _plan_end(sessions, network, service_day, ending, clock, seconds)
        if planned is not None:
            return planned[2], planned[0].version
    raise DayBusyError(BUSY)


def _plan_end(
    sessions: sessionmaker[Session],
    network: Network,
    service_day: ServiceDay,
    ending: Ending,
    clock: Callable[[], datetime],
    seconds: float,
) -> tuple[Day, _Ended, Replaced, datetime] | None:
    """The day as it is, without the rest of the run, with its riders elsewhere; None if it was overtaken by reports."""
    follow_day(sessions, network, service_day, clock)
    now = clock()
    with sessions() as session:
        agreed, day = load_states(session, network.district, service_day)
        events = load_events(session, service_day.on)
        prediction = predict(agreed, events, now, network.artefacts.times, stop_points(network))
        if not is_followed(session, agreed, prediction):
            return None
    if ending.shift_id not in day.shifts:
        msg = f"There is no shift {ending.shift_id} on {service_day.on}."
        raise NotFoundError(msg)
    seen = [e for e in events if e.shift_id == ending.shift_id and e.lon is not None and e.lat is not None]
    place = None
    if ending.stop is not None:
        place = network.district.stop_index[ending.stop]
    elif seen and ending.is_stranded:
        last = max(seen, key=lambda e: (e.kind is EventKind.BREAKDOWN, e.at))
        place = nearest_location(last.lon or 0.0, last.lat or 0.0, stop_points(network))
    ended = _end(day, agreed, prediction, ending, place, network, now)
    from_s = not_before_s(day, network, now)
    replaced = replace_rides(ended.day, ended.displaced, network.artefacts.times, from_s, seconds=seconds)
    ask_judge(ended.day, replaced.day, network, now)
    return day, ended, replaced, now


def _end(
    day: Day,
    agreed: Day,
    prediction: Prediction,
    ending: Ending,
    place: LocationIndex | None,
    network: Network,
    now: datetime,
) -> _Ended:
    """The day without the rest of a run."""
    run, shift = prediction.runs[ending.shift_id], day.shifts[ending.shift_id]
    problem = day.problem(network.artefacts.times, 0)
    now_s = day.service_day.seconds(now)
    ends_s = now_s if ending.at is None else max(now_s, day.service_day.seconds(ending.at))
    ends_s = min(ends_s, shift.end_s)  # no shift gets longer by being ended
    if place is None:
        place = run.visits[run.done - 1].location if run.done else shift.start
    requests = {r: request for r, request in day.requests.items() if r not in run.absent}
    kept, stranded = _kept(run, problem, ends_s, place, now_s, is_stranded=ending.is_stranded)
    if all(v.request_id is None for v in kept):
        kept = ()  # it drove nobody: its run is empty, and an empty run has no breaks and goes nowhere
    served = {v.request_id for v in kept}
    displaced = []
    for ride in dict.fromkeys(v.request_id for v in run.visits if v.request_id is not None):
        if ride in served:
            continue
        request = replace(agreed.requests[ride], shift_ids=None)  # whoever locked it to this vehicle has lost it, too
        if ride in stranded:
            last_s = max(request.dropoff_window.latest_s, now_s)
            request = replace(request, pickup=place, pickup_window=TimeWindow(now_s, last_s))
        displaced.append(request)
    ended_at = place
    if kept:
        last = kept[-1]
        free_s = last.start_s + window_and_service(shift, last, requests)[2]
        ends_s = max(ends_s, free_s + drive_s(problem, last.location, place))
    else:
        ended_at = shift.start
    late_breaks = shift_lateness(agreed.shifts[shift.id], kept, 0).breaks
    over = ended_shift(shift, ends_s, ended_at, sum(v.action is Action.BREAK for v in kept))
    plan = Plan({**day.plan.runs, shift.id: Run(shift.id, kept)}, day.plan.unserved | {r.id for r in displaced})
    requests |= {r.id: r for r in displaced}
    open_ones = day.order_locked - {shift.id}
    ended = replace(day, shifts={**day.shifts, shift.id: over}, requests=requests, plan=plan, order_locked=open_ones)
    there = tuple(r for r in sorted(run.on_board() & served) if ending.is_stranded and r is not None)
    return _Ended(ended, tuple(displaced), there, network.district.stops[ended_at].id, over.end_s, late_breaks)


def _kept(
    run: RunPrediction, problem: Problem, ends_s: int, place: LocationIndex, now_s: int, *, is_stranded: bool
) -> tuple[tuple[Visit, ...], frozenset[RequestId]]:
    """The visits that are still driven, and who is stranded on board."""
    shift, on_board = problem.shifts[run.shift_id], run.on_board()
    done, coming = run.visits[: run.done], run.visits[run.done :]
    if is_stranded:
        there = [r for r in sorted(on_board) if problem.requests[r].dropoff == place]
        stranded = on_board - set(there)
        facts = [v for v in done if v.request_id not in stranded]
        free_s = max((v.start_s + window_and_service(shift, v, problem.requests)[2] for v in facts), default=now_s)
        for ride in there:
            # The vehicle broke down where they wanted to go.
            facts.append(Visit(Action.DROPOFF, place, max(now_s, free_s), ride))
            free_s = facts[-1].start_s + problem.requests[ride].alighting_s
        return tuple(facts), frozenset(stranded)
    in_time = set(on_board)
    for visit in coming:
        if visit.action is Action.DROPOFF and visit.request_id is not None:
            service_s = problem.requests[visit.request_id].alighting_s
            if visit.start_s + service_s + drive_s(problem, visit.location, place) <= ends_s:
                in_time.add(visit.request_id)
    rest = [
        v
        for v in coming
        if (v.request_id in in_time)
        or (v.break_index is not None and v.start_s + shift.breaks[v.break_index].duration_s <= ends_s)
    ]
    return (*done, *rest), frozenset()


def place_unplaced(
    sessions: sessionmaker[Session],
    network: Network,
    service_day: ServiceDay,
    clock: Callable[[], datetime],
    *,
    seconds: float = 2.0,
) -> Replaced | None:
    """Try again to place rides that no vehicle drives; None when there are none, or none could be placed."""
    now = clock()
    with sessions() as session:
        day = load_day(session, network.district, service_day)
    from_s = not_before_s(day, network, now)
    latest_s = max(LATE_STEPS_S)
    displaced = [
        day.requests[r]
        for r in sorted(day.plan.unserved & day.requests.keys())
        if day.requests[r].pickup_window.latest_s + latest_s >= from_s
    ]
    if not displaced:
        return None
    replaced = replace_rides(day, displaced, network.artefacts.times, from_s, seconds=seconds)
    placed = [request for request in displaced if request.id not in replaced.unplaced]
    if not placed:
        return None
    ask_judge(day, replaced.day, network, now)
    with sessions.begin() as session:
        if not claim_version(session, service_day.on, day.version):
            session.rollback()
            return None
        writing = _Writing(session, network, day, replaced, "no vehicle", "worker", now)
        writing.save(placed)
    return replaced


@dataclass(frozen=True, slots=True)
class _Writing:
    """What it takes to write displaced rides into their new runs."""

    session: Session
    network: Network
    before: Day
    replaced: Replaced
    reason: str
    actor: str
    now: datetime

    def save(self, displaced: Sequence[Request]) -> None:
        """Windows that changed, runs, notices."""
        after = self.replaced.day
        widened = {request.id for request in self.replaced.widened}
        for request in displaced:
            is_moved = request.pickup != self.before.requests[request.id].pickup
            if request.id in widened or is_moved:
                agreed = after.requests[request.id]
                if is_moved:
                    agreed = _as_told(agreed, after)
                change_promise(
                    self.session, self.network, after, agreed, reason=self.reason, actor=self.actor, now=self.now
                )
        save_runs(self.session, self.network.district, self.before, after)
        for request in displaced:
            self._tell(request.id, is_late=request.id in widened)

    def _tell(self, ride: RequestId, *, is_late: bool) -> None:
        """Whoever is late, not placed, or fetched at another time than before is told so."""
        after, params = self.replaced.day, {"reason": self.reason}
        if ride in self.replaced.unplaced:
            details = {"ride": ride, **params}
            note(self.session, ride, "unplaced", details, actor=self.actor, now=self.now, on_day=after)
            tell(self.session, "at_risk", ride, after, self.now, params)
            return
        before_s = start_of(_visits(self.before), ride, Action.PICKUP)
        after_s = start_of(_visits(after), ride, Action.PICKUP)
        if is_late:
            tell(self.session, "delayed", ride, after, self.now, params)
        elif before_s is None or after_s is None or abs(after_s - before_s) > DISTURBED_S:
            tell(self.session, "changed", ride, after, self.now, params)


def _write(writing: _Writing, ended: _Ended, shift_id: ShiftId) -> None:
    """The end of a shift and all that follows from it."""
    session, day, now = writing.session, writing.before, writing.now
    on, replaced = day.service_day.on, writing.replaced
    breaks_taken = len(ended.day.shifts[shift_id].breaks)
    save_shift_end(session, on, shift_id, ended.ends_s, ended.stop, breaks_taken, ended.late_breaks)
    session.execute(update(RideRow).where(RideRow.id.in_([r.id for r in ended.displaced])).values(locked_shift=None))
    run = (RunRow.service_on == on) & (RunRow.shift_id == shift_id)
    session.execute(update(RunRow).where(run).values(is_order_locked=False))
    for ride in ended.there:
        # They are where they wanted to go: said once, so that nobody waits for the report of it.
        arrived = DriverEvent(f"ended:{ride}", on, shift_id, EventKind.ALIGHTED, now, ride, source=Source.DISPATCHER)
        save_event(session, arrived, now)
    writing.save(ended.displaced)
    details = {
        "shift": shift_id,
        "reason": writing.reason,
        "ends_s": ended.ends_s,
        "stop": ended.stop,
        "kept": list(replaced.kept),
        "widened": sorted(request.id for request in replaced.widened),
        "unplaced": list(replaced.unplaced),
    }
    session.add(
        AuditRow(at=now, actor=writing.actor, action="shift_ended", service_on=on, booking_id=None, details=details)
    )


def _as_told(request: Request, day: Day) -> Request:
    """A ride that begins elsewhere now: its pickup is promised for the full minute in which it is planned."""
    pickup_s = start_of(_visits(day), request.id, Action.PICKUP)
    if pickup_s is None:
        return request
    return replace(request, pickup_window=TimeWindow(request.pickup_window.earliest_s, -(-pickup_s // 60) * 60))


def _visits(day: Day) -> tuple[Visit, ...]:
    return tuple(visit for run in day.plan.runs.values() for visit in run.visits)
