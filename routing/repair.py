"""Room for one more request in a full day, with as few promises touched as can be.

All promises are kept in any case, for they are the windows. But a rider who was told 9:12 and hears that it is 9:20 now
has been disturbed, even within the promise; so the ways to make room are tried in the order in which they disturb:

1. put the request in, nobody changes the vehicle;
2. take one other ride out, put the request in, put that ride in again: its rider may get another vehicle;
3. search (ruin and recreate) in neighbourhoods that grow, until the request is in or the time is over; then everybody
   who need not change is put back.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from routing.budget import Budget
from routing.fast_insertion import Insertions
from routing.insertion import best_insertion, remove
from routing.model import Action, LocationIndex, Plan, Request, RequestId, Run, ShiftId, TimeWindow
from routing.objective import CostWeights, plan_cost
from routing.problem import Problem
from routing.schedule import fixed_count
from routing.search import Search
from routing.search_kernel import Tuning

DISTURBED_S = 300
"""A rider whose pickup moves by more than this has to be told."""

_FIRST_VISITS, _LAST_VISITS = 4.0, 16.0
_AROUND_S = 5400
_STEPS = 400
"""Steps of one neighbourhood before a larger one is tried."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A plan that serves one request more.

    Parameters
    ----------
    moved
        Riders who change the vehicle, or whose pickup moves by more than ``DISTURBED_S``.
    added_cost
        What the plan costs more, without what it cost that the request was not served.
    """

    plan: Plan
    moved: tuple[RequestId, ...]
    added_cost: float


def make_room(
    problem: Problem,
    plan: Plan,
    request: Request,
    *,
    weights: CostWeights,
    seed: int,
    seconds: float | None = 2.0,
    iterations: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Repair | None:
    """A plan that serves the request, too, with few riders disturbed; None if none was found in time.

    Parameters
    ----------
    problem, plan
        The request need not be in them.
    seconds, iterations
        When to give up; with iterations and no seconds the result is the same on every machine.
    """
    end = None if seconds is None else clock() + seconds
    if request.pickup_window.earliest_s > request.dropoff_window.latest_s:
        return None  # what it is too late for, no plan can serve
    problem = problem.with_request(request)
    before = Plan(plan.runs, plan.unserved - {request.id})
    insertions = Insertions(problem, before, weights)
    insertion = insertions.best(request)
    if insertion is not None:
        return _repair(problem, before, before.with_run(insertion.run), weights)
    found = [
        _repair(problem, before, candidate, weights)
        for candidate in _swaps(insertions, request, lambda: end is not None and clock() >= end)
    ]
    if found:
        return min(found, key=lambda repair: (len(repair.moved), repair.added_cost))
    return _searched(problem, before, request, weights, seed, Budget(seconds, iterations, clock), end)


def disturbed(before: Plan, after: Plan) -> tuple[RequestId, ...]:
    """Who is served by another vehicle than before, or picked up at another time by more than ``DISTURBED_S``."""
    old, new = dict(_pickups(before)), dict(_pickups(after))
    return tuple(
        sorted(
            request_id
            for request_id, (shift_id, start_s) in old.items()
            if request_id in new and (new[request_id][0] != shift_id or abs(new[request_id][1] - start_s) > DISTURBED_S)
        )
    )


def _pickups(plan: Plan) -> Iterator[tuple[RequestId, tuple[ShiftId, int]]]:
    for run in plan.runs.values():
        for visit in run.visits:
            if visit.action is Action.PICKUP and visit.request_id is not None:
                yield visit.request_id, (run.shift_id, visit.start_s)


def _repair(problem: Problem, before: Plan, after: Plan, weights: CostWeights) -> Repair:
    added = plan_cost(after, problem, weights) - plan_cost(before, problem, weights)
    return Repair(after, disturbed(before, after), added)


def _swaps(insertions: Insertions, request: Request, is_over: Callable[[], bool]) -> Iterator[Plan]:
    """Plans in which one other ride made place for the request and found another place itself.

    Only rides of the runs that could serve the request at all are taken out: of vehicles that suit it, with both visits
    still open, and not of locked ones.
    """
    problem, plan = insertions.problem, insertions.plan
    for run in plan.runs.values():
        shift = problem.shifts[run.shift_id]
        suits = request.shift_ids is None or run.shift_id in request.shift_ids
        if not suits or run.shift_id in problem.order_locked or not request.load.fits_one_of(shift.layouts):
            continue
        facts = {visit.request_id for visit in run.visits[: fixed_count(run, problem)]}
        here = replace(request, shift_ids=frozenset({run.shift_id}))
        for request_id in sorted(run.request_ids() - facts):
            if is_over():
                return
            other = problem.requests[request_id]
            if not _meet(other, request):
                continue
            thinned = insertions.with_run(remove(request_id, problem, Plan({run.shift_id: run})).runs[run.shift_id])
            first = thinned.best(here)
            if first is not None:
                second = thinned.with_run(first.run).best(other)
                if second is not None:
                    yield plan.with_run(first.run).with_run(second.run)


def _meet(one: Request, other: Request) -> bool:
    """Whether two rides can be under way at the same time, so that one can be in the way of the other."""
    return (
        one.pickup_window.earliest_s <= other.dropoff_window.latest_s
        and other.pickup_window.earliest_s <= one.dropoff_window.latest_s
    )


def _searched(
    problem: Problem,
    before: Plan,
    request: Request,
    weights: CostWeights,
    seed: int,
    budget: Budget,
    end: float | None,
) -> Repair | None:
    """Ruin and recreate in growing neighbourhoods until the request is served."""
    given = Plan(before.runs, before.unserved | {request.id})
    # Whoever rides hours before or after is in nobody's way, and a day of a thousand rides takes long to pack.
    around = TimeWindow(request.pickup_window.earliest_s - _AROUND_S, request.dropoff_window.latest_s + _AROUND_S)
    search = Search(
        problem,
        given,
        weights,
        seed=seed,
        budget=budget,
        is_joined=False,
        around=around,
    )
    visits, steps = _FIRST_VISITS, 0
    while visits <= _LAST_VISITS:
        left = None if end is None else end - budget.clock()
        if (left is not None and left <= 0) or (budget.iterations is not None and steps >= budget.iterations):
            return None
        left_steps = _STEPS if budget.iterations is None else budget.iterations - steps
        # Every step more would move somebody else.
        found = partial(search.serves, request.id)
        search.go_on(Budget(left, min(_STEPS, left_steps), budget.clock, found), Tuning(visits=visits))
        steps += search.iterations
        if request.id in search.best_plan.request_ids():
            served = Plan(search.best_plan.runs, search.best_plan.unserved)
            home = _put_back(problem, before, served, weights)
            return _repair(problem, before, _kept(before, _needed(before, home, request.id)), weights)
        visits *= 2
    return None


def _needed(before: Plan, after: Plan, request_id: RequestId) -> Plan:
    """The plan with all runs as they were that the request can do without.

    A search changes runs here and there. Only those need change between which riders moved, from one to the next, up to
    the run of the request: without the others each rider is still in one run, and runs know nothing of each other.
    """
    old = {rider: shift_id for rider, (shift_id, _) in _pickups(before)}
    new = {rider: shift_id for rider, (shift_id, _) in _pickups(after)}
    linked: dict[ShiftId, set[ShiftId]] = {}
    for rider, shift_id in new.items():
        if old.get(rider, shift_id) != shift_id:
            linked.setdefault(shift_id, set()).add(old[rider])
            linked.setdefault(old[rider], set()).add(shift_id)
    needed, ahead = set[ShiftId](), [new[request_id]]
    while ahead:
        shift_id = ahead.pop()
        if shift_id not in needed:
            needed.add(shift_id)
            ahead.extend(linked.get(shift_id, ()))
    runs = {**before.runs, **{shift_id: after.runs[shift_id] for shift_id in needed}}
    return Plan(runs, before.unserved - Plan(runs).request_ids())


def _kept(before: Plan, after: Plan) -> Plan:
    """The plan with each run as it was in which the same is done in the same order: nobody there hears of new times."""

    def what(run: Run) -> list[tuple[Action, RequestId | None, int | None, LocationIndex]]:
        return [(visit.action, visit.request_id, visit.break_index, visit.location) for visit in run.visits]

    runs = {
        shift_id: before.runs[shift_id] if shift_id in before.runs and what(before.runs[shift_id]) == what(run) else run
        for shift_id, run in after.runs.items()
    }
    return Plan(runs, after.unserved)


def _put_back(problem: Problem, before: Plan, after: Plan, weights: CostWeights) -> Plan:
    """The plan with whoever changed the vehicle back in the old one, as far as that is possible."""
    homes = {request_id: shift_id for request_id, (shift_id, _) in _pickups(before)}
    for request_id, (shift_id, _) in sorted(_pickups(after)):
        home = homes.get(request_id)
        if home is None or home == shift_id:
            continue
        without = remove(request_id, problem, after)
        insertion = best_insertion(
            problem.requests[request_id], problem, Plan({home: without.runs[home]}), weights=weights
        )
        if insertion is not None:
            after = without.with_run(insertion.run)
    return after
