"""What becomes of a ride that hangs on a line when either is late. Pure: news and plan in, decision out.

Line before ride: the vehicle waits if the line is no later than the rules say and nobody else's promise breaks; else a
vehicle fetches the rider later; else the rider is told, with a new offer. Ride before line: if the ride will be there
too late for the line as it really runs, another vehicle takes the rider; else the rider is told, with a new offer.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from booking.day import Day
from booking.lateness import ride_lateness, shift_lateness, starts_of
from booking.model import BookingId, HeldConnection, LineLeg, Offer, RideLeg, WalkLeg
from booking.prediction import Prediction, RunPrediction, go_on
from booking.rulebook import ConnectionRules
from gtfs.service_day import ServiceDay
from routing.fast_insertion import Insertions
from routing.insertion import remove
from routing.model import Action, Plan, Request, RequestId, Run, Shift, ShiftId, TimeWindow
from routing.problem import Problem
from routing.schedule import drive_s, window_and_service
from routing.travel_times import TravelTimes

NEWS_S = 60
"""A line that is less late than this is on time."""


class Decision(StrEnum):
    """What becomes of a held connection."""

    KEPT = "kept"
    WAITS = "waits"
    """The vehicle waits at the hub."""
    OTHER_VEHICLE = "other_vehicle"
    """Another vehicle takes the rider, or the same one later."""
    NEW_OFFER = "new_offer"
    """It cannot be kept: the rider is told, with what is possible instead."""


@dataclass(frozen=True, slots=True)
class HeldRide:
    """A ride that hangs on a line.

    Parameters
    ----------
    is_line_first
        Whether the rider comes by the line and goes on with the ride.
    walk_s
        On foot between the two.
    """

    request_id: RequestId
    booking_id: BookingId
    leg: RideLeg
    held: HeldConnection
    is_line_first: bool
    walk_s: int
    offer: Offer


@dataclass(frozen=True, slots=True)
class LineNews:
    """When a line is due at the hub and when it will really be there; None if it does not come."""

    due_at: datetime
    expected_at: datetime | None

    @property
    def late_s(self) -> int:
        """By how much it is late; 0 for one that does not come."""
        return 0 if self.expected_at is None else int((self.expected_at - self.due_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision and what follows from it.

    Parameters
    ----------
    day
        The day afterwards, None where nothing changes.
    request
        The ride with the windows it has from now on.
    wait_s
        How much longer than planned the vehicle stands at the hub.
    """

    decision: Decision
    reason: str
    day: Day | None = None
    request: Request | None = None
    wait_s: int = 0


def held_ride(request_id: RequestId, booking_id: BookingId, offer: Offer, leg_index: int) -> HeldRide | None:
    """The held ride that a leg of an offer is, or None."""
    leg = offer.legs[leg_index]
    if not isinstance(leg, RideLeg) or leg.held is None:
        return None
    is_line_first = leg.held.hub == leg.pickup_stop
    walk_s = 0
    for other in reversed(offer.legs[:leg_index]) if is_line_first else offer.legs[leg_index + 1 :]:
        if isinstance(other, LineLeg):
            break
        if isinstance(other, WalkLeg):
            walk_s += int((other.arrival_at - other.departure_at).total_seconds())
    return HeldRide(request_id, booking_id, leg, leg.held, is_line_first, walk_s, offer)


@dataclass(frozen=True, slots=True)
class Situation:
    """A day as it stands when a connection is decided.

    Parameters
    ----------
    day, agreed
        As it can be planned, and with nothing but what is agreed.
    from_s
        Nothing before is changed by planning; waiting is no planning.
    last
        What was decided before.
    """

    day: Day
    agreed: Day
    prediction: Prediction
    rules: ConnectionRules
    times: TravelTimes
    from_s: int
    last: Decision | None = None


def decide(ride: HeldRide, news: LineNews, now: Situation) -> Decided | None:
    """What becomes of a held connection; None when the ride is in no run, under way from the hub, or over."""
    if now.prediction.is_done(ride.request_id, Action.PICKUP if ride.is_line_first else Action.DROPOFF):
        return None
    found = [r for r in now.prediction.runs.values() if any(v.request_id == ride.request_id for v in r.visits)]
    if not found:
        return None
    if ride.is_line_first:
        return _line_first(ride, news, now, found[0])
    return _ride_first(ride, news, now, found[0])


def _promised(ride: HeldRide, day: Day) -> Request:
    """The ride as it was promised when it was booked."""
    seconds, promise = day.service_day.seconds, ride.leg.promise
    return replace(
        day.requests[ride.request_id],
        pickup_window=TimeWindow(seconds(promise.pickup_from_at), seconds(promise.pickup_to_at)),
        dropoff_window=TimeWindow(seconds(promise.dropoff_from_at), seconds(promise.dropoff_to_at)),
    )


def _line_first(ride: HeldRide, news: LineNews, now: Situation, run: RunPrediction) -> Decided:
    if news.expected_at is None:
        return Decided(Decision.NEW_OFFER, "line_cancelled")
    promised, agreed = _promised(ride, now.agreed), now.agreed.requests[ride.request_id]
    service_day = now.day.service_day
    ready_s = service_day.seconds(news.expected_at) + ride.walk_s + now.rules.min_change_s
    planned_s = starts_of(run.visits)[ride.request_id][Action.PICKUP]
    is_late = news.late_s >= NEWS_S
    if now.last is Decision.WAITS and ready_s <= planned_s:
        return _still_waits(ride, promised, ready_s, now, run)
    if ready_s <= planned_s or not is_late:
        # Whoever is ready later than promised must not be fetched earlier by a later planning either.
        earliest_s = max(promised.pickup_window.earliest_s, ready_s if is_late else 0)
        request = _not_before(agreed, min(earliest_s, planned_s))
        return Decided(Decision.KEPT, "line_late_in_time" if is_late else "on_time", None, request)
    if news.late_s <= now.rules.hold_s:
        waiting = _wait(ride, promised, ready_s, now, run)
        if waiting is not None:
            return replace(waiting, wait_s=ready_s - planned_s)
    why = "others_wait" if news.late_s <= now.rules.hold_s else "later_than_held"
    later = _fetched_later(promised, ready_s, now)
    return later if later is not None else Decided(Decision.NEW_OFFER, why)


def _still_waits(ride: HeldRide, promised: Request, ready_s: int, now: Situation, run: RunPrediction) -> Decided:
    """A vehicle that was told to wait: still so long, or less when the line has caught up."""
    agreed = now.agreed.requests[ride.request_id]
    first_s = promised.pickup_window.earliest_s
    until_s = max(ready_s, first_s)
    kind, why = (Decision.WAITS, "within_hold") if until_s > first_s else (Decision.KEPT, "line_caught_up")
    if until_s == agreed.pickup_window.earliest_s:
        return Decided(kind, why, wait_s=until_s - first_s)
    sooner = _wait(ride, promised, until_s, now, run, is_sooner=True)
    if sooner is None:
        return Decided(Decision.WAITS, "within_hold", wait_s=agreed.pickup_window.earliest_s - first_s)
    return replace(sooner, decision=kind, reason=why, wait_s=until_s - first_s)


def _not_before(request: Request, earliest_s: int) -> Request:
    window = TimeWindow(earliest_s, max(earliest_s, request.pickup_window.latest_s))
    return replace(request, pickup_window=window)


def _wait(
    ride: HeldRide, promised: Request, ready_s: int, now: Situation, run: RunPrediction, *, is_sooner: bool = False
) -> Decided | None:
    """The run with the vehicle waiting until the rider is ready, unless somebody else's promise breaks by it.

    Parameters
    ----------
    is_sooner
        It waits already, and for longer: what is to come may begin earlier again.
    """
    day = now.agreed
    requests = {**day.requests, ride.request_id: _not_before(promised, ready_s)}
    problem = replace(day.problem(now.times, 0), requests=requests)
    shift = day.shifts[run.shift_id]
    planned = run.visits
    if is_sooner:
        planned = (*planned[: run.done], *(replace(visit, start_s=0) for visit in planned[run.done :]))
    visits = go_on(shift, planned, run.done, _held_up(run, shift, problem), problem)
    for other, starts in starts_of(visits).items():
        # Later than what is agreed, or than what is noted and told as late.
        if other != ride.request_id and ride_lateness(
            now.day.requests[other], starts[Action.PICKUP], starts[Action.DROPOFF]
        ):
            return None
    last = visits[-1]
    free_s = last.start_s + window_and_service(shift, last, requests)[2]
    after_shift = shift_lateness(shift, visits, free_s + drive_s(problem, last.location, shift.end))
    if after_shift != shift_lateness(shift, run.visits, run.back_s):
        return None
    mine = starts_of(visits)[ride.request_id]
    request = replace(
        requests[ride.request_id],
        dropoff_window=TimeWindow(
            promised.dropoff_window.earliest_s,
            max(promised.dropoff_window.latest_s, -(-mine[Action.DROPOFF] // 60) * 60),
        ),
    )
    after = replace(
        now.day,
        requests={**now.day.requests, request.id: request},
        plan=now.day.plan.with_run(Run(run.shift_id, visits)),
    )
    return Decided(Decision.WAITS, "within_hold", after, request)


def _held_up(run: RunPrediction, shift: Shift, problem: Problem) -> dict[int, int]:
    """No earlier start of the next visit than its vehicle can be there, by what was heard of it."""
    if run.free_s is None:
        return {}
    place = run.visits[run.done - 1].location if run.done else shift.start
    return {run.done: run.free_s + drive_s(problem, place, run.visits[run.done].location)}


def _fetched_later(promised: Request, ready_s: int, now: Situation) -> Decided | None:
    """The ride put into any run after the line has come."""
    latest_s = ready_s + now.rules.max_wait_s
    moved_s = max(0, latest_s - promised.pickup_window.latest_s)
    later = replace(
        promised,
        pickup_window=TimeWindow(ready_s, latest_s),
        dropoff_window=TimeWindow(promised.dropoff_window.earliest_s, promised.dropoff_window.latest_s + moved_s),
    )
    return _elsewhere(later, now, "line_late")


def _ride_first(ride: HeldRide, news: LineNews, now: Situation, run: RunPrediction) -> Decided:
    if news.expected_at is None:
        return Decided(Decision.NEW_OFFER, "line_cancelled")
    request = now.agreed.requests[ride.request_id]
    starts = starts_of(run.visits)[ride.request_id]
    leaves_s = now.day.service_day.seconds(max(news.expected_at, news.due_at))
    deadline_s = leaves_s - now.rules.min_change_s - ride.walk_s - request.alighting_s
    if starts[Action.DROPOFF] <= deadline_s:
        is_saved = starts[Action.DROPOFF] > request.dropoff_window.latest_s
        return Decided(Decision.KEPT, "line_late_too" if is_saved else "on_time")
    if not now.prediction.is_done(ride.request_id, Action.PICKUP):
        earliest_s = min(request.dropoff_window.earliest_s, deadline_s)
        window = TimeWindow(earliest_s, deadline_s)
        moved = _elsewhere(replace(request, dropoff_window=window), now, "ride_late")
        if moved is not None:
            return moved
    return Decided(Decision.NEW_OFFER, "ride_late")


def _elsewhere(request: Request, now: Situation, reason: str) -> Decided | None:
    """The ride in the run where it costs least, taken out of its own first; None where it fits nowhere."""
    if shift_of(now.day, request.id) in now.day.order_locked:
        return None
    problem = now.day.problem(now.times, now.from_s)
    without = remove(request.id, problem, now.day.plan)
    thinned = replace(now.day, plan=Plan(without.runs, without.unserved))
    insertion = Insertions(problem.with_request(request), thinned.plan).best(request)
    if insertion is None:
        return None
    wide = request.pickup_window
    told = replace(
        request, pickup_window=TimeWindow(wide.earliest_s, min(wide.latest_s, -(-insertion.pickup_s // 60) * 60))
    )
    after = replace(thinned, requests={**now.day.requests, told.id: told}, plan=thinned.plan.with_run(insertion.run))
    return Decided(Decision.OTHER_VEHICLE, reason, after, told)


def shift_of(day: Day, ride: RequestId) -> ShiftId | None:
    """The shift that drives a ride."""
    return next((s for s, run in day.plan.runs.items() if ride in run.request_ids()), None)


def trip_day(held: HeldConnection, service_day: ServiceDay) -> ServiceDay:
    """The service day of the trip that a ride hangs on."""
    return ServiceDay(held.trip_on, service_day.zone)
