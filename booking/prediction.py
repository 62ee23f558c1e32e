"""When everything that is still to come of a day will really happen. Pure: reports, plan and clock in, times out.

* What drivers have reported are *facts*. A fact begins so long before the report as boarding takes in the plan, and
  never before the vehicle could be there by the table of travel times: a run of facts can be driven by the table, and a
  vehicle that was faster is planned as if it had not been.
* What is not reported has not happened. Behind the facts the rest of a run follows in the order of the plan, by the
  exact schedule (:mod:`routing.schedule`), with every limit kept that still can be kept.
* A vehicle whose times still hold keeps them: nobody is told another time because a driver was a minute early.
* A vehicle that is overdue is late by now at least, as long as something was heard of it: one whose telephone has no
  network keeps the lateness it had when it was last heard of.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from booking.day import Day
from booking.driver_events import Call, DriverEvent, EventKind
from booking.sphere import SpherePoints
from routing.model import Action, Break, LocationIndex, Request, RequestId, Run, Shift, ShiftId, TimeWindow, Visit
from routing.problem import Problem
from routing.schedule import bounds_of, drive_s, earliest_starts, start_times, with_breaks_in_place, with_times
from routing.travel_times import TravelTimes

HEARD_S = 15 * 60
"""A vehicle nothing was heard of for so long may be on time or not: nobody knows."""
FAR_S = 10**7
"""Later than anything."""

_ENDS_A_VISIT = {EventKind.BOARDED, EventKind.ALIGHTED, EventKind.NO_SHOW}


@dataclass(frozen=True, slots=True)
class RunPrediction:
    """How a run goes on.

    Parameters
    ----------
    visits
        What was done, in the order in which it was done, then what is to come, with the times that are expected.
    done
        How many of them are facts.
    back_s
        When the vehicle is back at the end of its shift.
    actual_s
        When facts began, by the reports alone.
    absent
        Riders who did not come: their visits are not in the run any more.
    is_tracked
        Whether anything was reported of this run.
    free_s
        The vehicle does not go on from its last fact before this, though by the table it could; None if it can.
    """

    shift_id: ShiftId
    visits: tuple[Visit, ...]
    done: int
    back_s: int
    actual_s: Mapping[Call, int] = field(default_factory=dict)
    absent: frozenset[RequestId] = frozenset()
    is_tracked: bool = False
    free_s: int | None = None

    def on_board(self) -> frozenset[RequestId]:
        """Who sits in the vehicle."""
        calls = [(v.request_id, v.action) for v in self.visits[: self.done] if v.request_id is not None]
        return frozenset(r for r, a in calls if a is Action.PICKUP) - {r for r, a in calls if a is Action.DROPOFF}


@dataclass(frozen=True, slots=True)
class Prediction:
    """How a day goes on."""

    runs: Mapping[ShiftId, RunPrediction]

    def start_s(self, request_id: RequestId, action: Action) -> int | None:
        """When a pickup or drop-off begins, or began; None for a ride that is in no run."""
        for run in self.runs.values():
            for visit in run.visits:
                if visit.request_id == request_id and visit.action is action:
                    return visit.start_s
        return None

    def is_done(self, request_id: RequestId, action: Action) -> bool:
        """Whether a pickup or drop-off has happened."""
        return any((request_id, action) in run.actual_s for run in self.runs.values())


@dataclass(frozen=True, slots=True)
class _Reports:
    """What the reports of one shift come to."""

    facts: Mapping[Call, int]
    arrived: Mapping[RequestId, list[int]]
    absent: Mapping[RequestId, int]
    expected: tuple[RequestId | None, int] | None
    place: tuple[float, float, int] | None
    heard_s: int
    is_empty: bool


def predict(
    day: Day, events: Iterable[DriverEvent], now: datetime, times: TravelTimes, points: SpherePoints | None = None
) -> Prediction:
    """How the runs of a day go on.

    Parameters
    ----------
    day
        With the windows that are agreed (:func:`booking.store.load_agreed_day`).
    events
        In any order.
    points
        The locations of the travel times; without them positions say nothing.
    """
    now_s = day.service_day.seconds(now)
    by_shift: dict[ShiftId, list[DriverEvent]] = {}
    for event in sorted(events, key=lambda e: (e.at, e.id)):
        by_shift.setdefault(event.shift_id, []).append(event)
    problem = day.problem(times, 0)
    return Prediction(
        {
            shift_id: _run(run, by_shift.get(shift_id, []), day, problem, now_s, points)
            for shift_id, run in day.plan.runs.items()
        }
    )


def _run(
    run: Run, events: Sequence[DriverEvent], day: Day, problem: Problem, now_s: int, points: SpherePoints | None
) -> RunPrediction:
    mine = run.request_ids()
    # A report about a ride that another vehicle drives meanwhile says where this one is, and nothing of the ride.
    about = [e for e in events if e.ride_id is None or e.ride_id in mine or e.ride_id not in day.requests]
    reports = _read(about, day)
    shift = day.shifts[run.shift_id]
    if reports.is_empty:
        return RunPrediction(run.shift_id, run.visits, 0, _back_s(shift, run.visits, problem))
    visits, done = _facts_first(run, shift, reports, problem)
    seen = _Seen(reports, shift, problem, now_s, points)
    least = _least_starts(visits, done, seen)
    free_s = _free_s(visits, done, least, seen)
    visits = go_on(shift, visits, done, least, problem)
    here = {(v.request_id, v.action) for v in visits[:done] if v.request_id is not None}
    return RunPrediction(
        run.shift_id,
        visits,
        done,
        _back_s(shift, visits, problem),
        {call: at_s for call, at_s in reports.facts.items() if call in here},
        frozenset(reports.absent) & mine,
        is_tracked=True,
        free_s=free_s,
    )


def _free_s(visits: Sequence[Visit], done: int, least: Mapping[int, int], seen: "_Seen") -> int | None:
    """When a vehicle that is held up goes on, so that nothing is put in between by whoever looks at the table alone."""
    if done == len(visits) or done not in least:
        return None
    place = visits[done - 1].location if done else seen.shift.start
    free_s = least[done] - drive_s(seen.problem, place, visits[done].location)
    could_s = seen.shift.start_s
    if done:
        could_s = visits[done - 1].start_s + _service_s(visits[done - 1], seen.shift, seen.problem.requests)
    return free_s if free_s > max(seen.now_s, could_s) else None


def _read(events: Sequence[DriverEvent], day: Day) -> _Reports:
    """The last word of each kind; ``events`` in the order in which they happened."""
    facts: dict[Call, int] = {}
    arrived: dict[RequestId, list[int]] = {}
    absent: dict[RequestId, int] = {}
    expected: tuple[RequestId | None, int] | None = None
    place: tuple[float, float, int] | None = None
    for event in events:
        at_s, ride = day.service_day.seconds(event.at), event.ride_id
        if event.kind in _ENDS_A_VISIT:
            # What was said before about the way to this visit is over, and the vehicle may have left any other.
            expected, place = None, None
            arrived = {r: came for r, came in arrived.items() if r == ride}
        request = day.requests.get(ride) if ride is not None else None
        if event.kind is EventKind.BOARDED and ride is not None and request is not None:
            facts.setdefault((ride, Action.PICKUP), at_s - request.boarding_s)
            absent.pop(ride, None)
        elif event.kind is EventKind.ALIGHTED and ride is not None and request is not None:
            facts.setdefault((ride, Action.DROPOFF), at_s - request.alighting_s)
        elif event.kind is EventKind.ARRIVED and ride is not None:
            arrived.setdefault(ride, []).append(at_s)
        elif event.kind is EventKind.NO_SHOW and ride is not None and (ride, Action.PICKUP) not in facts:
            absent[ride] = at_s
        elif event.kind is EventKind.DELAY and event.expected_at is not None:
            expected = ride, day.service_day.seconds(event.expected_at)
        if event.lon is not None and event.lat is not None:
            place = event.lon, event.lat, at_s
    for ride, action in list(facts):
        if action is Action.DROPOFF and ride in day.requests:
            # Whoever alighted has boarded before: a report of it that says otherwise, or is lost, is no matter.
            latest_s = facts[ride, action] - day.requests[ride].boarding_s
            boarded_s = facts.get((ride, Action.PICKUP), _planned_s(day, ride))
            facts[ride, Action.PICKUP] = min(boarded_s, latest_s)
            absent.pop(ride, None)
    heard_s = max((day.service_day.seconds(event.at) for event in events), default=0)
    return _Reports(facts, arrived, absent, expected, place, heard_s, not events)


def _planned_s(day: Day, ride: RequestId) -> int:
    for run in day.plan.runs.values():
        for visit in run.visits:
            if visit.request_id == ride and visit.action is Action.PICKUP:
                return visit.start_s
    return FAR_S


def _facts_first(run: Run, shift: Shift, reports: _Reports, problem: Problem) -> tuple[tuple[Visit, ...], int]:
    """The visits of a run, the facts in front, each at a time at which the vehicle can be there by the table."""
    kept = [v for v in run.visits if v.request_id not in reports.absent]
    last = max((i for i, v in enumerate(kept) if _fact_s(v, reports) is not None), default=-1)
    done: list[tuple[int, int, Visit]] = []
    for index, visit in enumerate(kept):
        at_s = _fact_s(visit, reports)
        if at_s is None and visit.action is Action.BREAK and index < last:
            at_s = visit.start_s
        if at_s is not None:
            done.append((at_s, index, visit))
    done.sort(key=lambda entry: entry[:2])
    indices = {index for _, index, _ in done}
    order = [visit for _, _, visit in done] + [v for i, v in enumerate(kept) if i not in indices]
    placed = with_breaks_in_place(shift, order)
    starts: list[int] = []
    place, free_s = shift.start, shift.start_s
    for visit, (at_s, _, _) in zip(placed, done, strict=False):
        starts.append(max(at_s, free_s + drive_s(problem, place, visit.location)))
        place, free_s = visit.location, starts[-1] + _service_s(visit, shift, problem.requests)
    starts += [visit.start_s for visit in placed[len(done) :]]
    return with_times(placed, starts), len(done)


def _fact_s(visit: Visit, reports: _Reports) -> int | None:
    return None if visit.request_id is None else reports.facts.get((visit.request_id, visit.action))


@dataclass(frozen=True, slots=True)
class _Seen:
    """Everything that is known of a vehicle now."""

    reports: _Reports
    shift: Shift
    problem: Problem
    now_s: int
    points: SpherePoints | None


def _least_starts(visits: Sequence[Visit], done: int, seen: _Seen) -> dict[int, int]:
    """What the reports say about how early visits to come can begin, by their position."""
    coming = [i for i in range(done, len(visits)) if visits[i].request_id is not None]
    if not coming:
        return {}
    first, reports = coming[0], seen.reports
    found = {first: _next_s(visits[first], seen)}
    if reports.absent and first > done:
        found[done] = max(reports.absent.values())  # until then the driver waited: no break was taken meanwhile
    if reports.expected is not None:
        about, expected_s = reports.expected
        later = next((i for i in coming if visits[i].request_id == about), None)
        if later is not None:
            found[later] = max(found.get(later, 0), expected_s)
    return found


def _next_s(visit: Visit, seen: _Seen) -> int:
    """How early the next visit can begin by all that is known of the vehicle, beside what it has done."""
    reports, least = seen.reports, [0]
    arrived_s = _arrived_s(visit, reports)
    if arrived_s is not None:
        least.append(arrived_s)
    if seen.now_s - reports.heard_s <= HEARD_S:
        # A vehicle that has arrived is boarding: that it is not done yet says that it will take until now at least.
        service_s = 0 if arrived_s is None else _service_s(visit, seen.shift, seen.problem.requests)
        least.append(seen.now_s - service_s)
    if arrived_s is None and reports.place is not None and seen.points is not None:
        lon, lat, at_s = reports.place
        least.append(at_s + drive_s(seen.problem, nearest_location(lon, lat, seen.points), visit.location))
    if reports.absent and arrived_s is None and (reports.place is None or seen.points is None):
        # Nothing newer is known of where the vehicle is than where nobody came.
        absent, at_s = max(reports.absent.items(), key=lambda item: item[1])
        if absent in seen.problem.requests:
            least.append(at_s + drive_s(seen.problem, seen.problem.requests[absent].pickup, visit.location))
    return max(least)


def _arrived_s(visit: Visit, reports: _Reports) -> int | None:
    """When the vehicle came to a visit that is not done yet."""
    if visit.request_id is None:
        return None
    came = reports.arrived.get(visit.request_id, [])
    boarded_s = reports.facts.get((visit.request_id, Action.PICKUP))
    if visit.action is Action.DROPOFF:
        came = [at_s for at_s in came if boarded_s is not None and at_s > boarded_s]
    return min(came, default=None)


def nearest_location(lon: float, lat: float, points: SpherePoints) -> LocationIndex:
    """The location nearest to a point."""
    return LocationIndex(int(points.nearest([lon], [lat])[1][0]))


def go_on(
    shift: Shift, visits: tuple[Visit, ...], done: int, least: Mapping[int, int], problem: Problem
) -> tuple[Visit, ...]:
    """The visits with the times at which those to come will begin.

    Parameters
    ----------
    done
        How many leading visits are facts.
    least
        No earlier start than these, by position.
    """
    if done == len(visits):
        return visits
    shift = replace(shift, range_m=None)
    first_s = {visits[i].break_index: at_s for i, at_s in least.items()}
    loose = replace(shift, breaks=tuple(_from(p, first_s.get(n, 0)) for n, p in enumerate(shift.breaks)), end_s=FAR_S)
    requests = {r: _bounded(problem.requests[r], visits, done, least, {}) for r in _riders(visits)}
    bounds = bounds_of(loose, visits, problem, requests, done)
    earliest = _earliest(loose, visits, problem, requests, done)
    coming = range(done, len(visits))
    # Each in its time, and each after the one before: a break may be somewhere else now, where more of the way is left.
    if all(
        earliest[i] <= visits[i].start_s <= _latest_s(shift, visits[i], problem)
        and (i == 0 or visits[i].start_s >= visits[i - 1].start_s + bounds.step_s[i])
        for i in coming
    ):
        return visits
    late = {i: max(earliest[i], _latest_s(shift, visits[i], problem)) for i in coming}
    requests = {r: _bounded(problem.requests[r], visits, done, least, late) for r in _riders(visits)}
    windows = zip(shift.breaks, loose.breaks, strict=True)
    loose = replace(loose, breaks=tuple(_until(p, q, n, visits, late) for n, (p, q) in enumerate(windows)))
    starts = start_times(loose, visits, problem, fixed=done, requests=requests)
    if starts is None:
        requests = {r: replace(request, max_ride_s=FAR_S) for r, request in requests.items()}
        starts = start_times(loose, visits, problem, fixed=done, requests=requests)
    return with_times(visits, earliest[: len(visits)] if starts is None else starts)


def _riders(visits: Iterable[Visit]) -> set[RequestId]:
    return {v.request_id for v in visits if v.request_id is not None}


def _earliest(
    shift: Shift, visits: Sequence[Visit], problem: Problem, requests: Mapping[RequestId, Request], done: int
) -> list[int]:
    """The earliest starts however late they are; a ride that gets too long because of it is too long."""
    starts = earliest_starts(bounds_of(shift, visits, problem, requests, done))
    if starts is None:
        loose = {r: replace(request, max_ride_s=FAR_S) for r, request in requests.items()}
        starts = earliest_starts(bounds_of(replace(shift, max_duration_s=None), visits, problem, loose, done))
    if starts is None:
        msg = f"the run of {shift.id} has no times at all"
        raise ValueError(msg)
    return starts


def _bounded(
    request: Request, visits: Sequence[Visit], done: int, least: Mapping[int, int], late: Mapping[int, int]
) -> Request:
    """A request that may begin as late as it must, and not before what is known of the vehicle."""
    windows = {Action.PICKUP: request.pickup_window, Action.DROPOFF: request.dropoff_window}
    for index in range(done, len(visits)):
        visit = visits[index]
        if visit.request_id == request.id:
            earliest_s = max(windows[visit.action].earliest_s, least.get(index, 0))
            windows[visit.action] = TimeWindow(earliest_s, max(earliest_s, late.get(index, FAR_S)))
    return replace(request, pickup_window=windows[Action.PICKUP], dropoff_window=windows[Action.DROPOFF])


def _from(pause: Break, least_s: int) -> Break:
    """A break that may begin as late as it must, and not before what is known of the vehicle."""
    return replace(pause, window=TimeWindow(max(pause.window.earliest_s, least_s), FAR_S))


def _until(pause: Break, loose: Break, number: int, visits: Sequence[Visit], late: Mapping[int, int]) -> Break:
    latest_s = max((s for i, s in late.items() if visits[i].break_index == number), default=pause.window.latest_s)
    earliest_s = loose.window.earliest_s
    return replace(pause, window=TimeWindow(earliest_s, max(latest_s, pause.window.latest_s, earliest_s)))


def _latest_s(shift: Shift, visit: Visit, problem: Problem) -> int:
    if visit.request_id is None:
        return shift.breaks[visit.break_index or 0].window.latest_s
    request = problem.requests[visit.request_id]
    return (request.pickup_window if visit.action is Action.PICKUP else request.dropoff_window).latest_s


def _service_s(visit: Visit, shift: Shift, requests: Mapping[RequestId, Request]) -> int:
    if visit.request_id is None:
        return shift.breaks[visit.break_index or 0].duration_s
    request = requests[visit.request_id]
    return request.boarding_s if visit.action is Action.PICKUP else request.alighting_s


def _back_s(shift: Shift, visits: Sequence[Visit], problem: Problem) -> int:
    if not visits:
        return shift.start_s
    last = visits[-1]
    return last.start_s + _service_s(last, shift, problem.requests) + drive_s(problem, last.location, shift.end)
