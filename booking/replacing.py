"""Rides that lost their vehicle find another: within their promises if there is any way, else as little late as can be.

Pure. Everybody else keeps every promise.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from booking.day import Day
from routing.fast_insertion import Insertions
from routing.model import Action, Plan, Request, RequestId, TimeWindow, Visit
from routing.objective import DEFAULT_WEIGHTS
from routing.repair import make_room
from routing.travel_times import TravelTimes

LATE_STEPS_S = tuple(60 * minutes for minutes in (5, 10, 15, 20, 30, 45, 60, 90, 120))
"""How late a ride may be, tried one after the other, before it is left to a dispatcher."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A day with its displaced rides in other runs.

    Parameters
    ----------
    kept
        Rides that keep their promise.
    widened
        Rides that are later than promised, with the windows they have now.
    unplaced
        Rides that fit nowhere, however late.
    """

    day: Day
    kept: tuple[RequestId, ...]
    widened: tuple[Request, ...]
    unplaced: tuple[RequestId, ...]


def replace_rides(
    day: Day,
    displaced: Sequence[Request],
    times: TravelTimes,
    not_before_s: int,
    *,
    seconds: float = 2.0,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> Replaced:
    """Put rides that no run serves into the runs of a day, the most urgent first.

    Parameters
    ----------
    seconds
        For all of them together; when they are over, rides are only put in where nobody has to move.
    """
    end = clock() + seconds
    plan = Plan(day.plan.runs, day.plan.unserved | {r.id for r in displaced})
    requests = {**day.requests, **{r.id: r for r in displaced}}
    kept: list[RequestId] = []
    widened: list[Request] = []
    unplaced: list[RequestId] = []
    for index, request in enumerate(sorted(displaced, key=lambda r: (r.pickup_window.latest_s, r.id))):
        day = replace(day, plan=plan, requests=requests)
        if request.id in plan.request_ids():
            kept.append(request.id)  # the search for another has placed it
            continue
        problem = day.problem(times, not_before_s)
        share = max(0.0, end - clock()) / (len(displaced) - index)
        room = make_room(problem, plan, request, weights=DEFAULT_WEIGHTS, seed=seed, seconds=share, clock=clock)
        if room is not None:
            plan = room.plan
            kept.append(request.id)
            continue
        late = _least_late(day, request, times, not_before_s)
        if late is None:
            unplaced.append(request.id)
            continue
        plan, told = late
        requests = {**requests, told.id: told}
        widened.append(told)
    return Replaced(day.changed(plan, requests), tuple(kept), tuple(widened), tuple(unplaced))


def _least_late(day: Day, request: Request, times: TravelTimes, not_before_s: int) -> tuple[Plan, Request] | None:
    """The plan with a ride in it as little late as can be, and the windows it is told."""
    for late_s in LATE_STEPS_S:
        later = replace(
            request,
            pickup_window=_later(request.pickup_window, late_s),
            dropoff_window=_later(request.dropoff_window, late_s),
        )
        thinned = Plan(day.plan.runs, day.plan.unserved - {request.id})
        insertion = Insertions(day.problem(times, not_before_s), thinned).best(later)
        if insertion is not None:
            told = narrowed(request, insertion.pickup_s, insertion.dropoff_s)
            return thinned.with_run(insertion.run), told
    return None


def narrowed(request: Request, pickup_s: int, dropoff_s: int) -> Request:
    """A request whose windows reach just as far as its times, in full minutes."""
    return replace(
        request,
        pickup_window=_until(request.pickup_window, pickup_s),
        dropoff_window=_until(request.dropoff_window, dropoff_s),
    )


def _later(window: TimeWindow, late_s: int) -> TimeWindow:
    return TimeWindow(window.earliest_s, window.latest_s + late_s)


def _until(window: TimeWindow, at_s: int) -> TimeWindow:
    return TimeWindow(window.earliest_s, max(window.latest_s, -(-at_s // 60) * 60))


def start_of(visits: Sequence[Visit], ride: RequestId, action: Action) -> int | None:
    """When one end of a ride begins, if it is among some visits."""
    return next((v.start_s for v in visits if v.request_id == ride and v.action is action), None)
