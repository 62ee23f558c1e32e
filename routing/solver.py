"""Improving a plan with the routing solver of OR-Tools: a second opinion on runs that came about by insertion.

What comes out of the solver is taken as an order of visits and no more. Times, breaks and loads are worked out again by
the engine's own exact code, what doesn't hold is repaired by exact insertion, and the judge has the last word: the
result is clean and cheaper, or it is the plan that was given.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import combinations_with_replacement

import numpy as np

from routing.insertion import best_insertion, remove
from routing.model import NOTHING, Action, Plan, RequestId, Run, Shift, Visit
from routing.objective import DEFAULT_WEIGHTS, CostWeights, plan_cost, run_cost
from routing.problem import Problem
from routing.schedule import start_times, with_breaks_in_place, with_times
from routing.solver_model import Orders, Rest, SolverModel, rest_of, search_parameters
from routing.violations import change_violations, violations

_LEAST_GAIN = 0.01
"""Less than this is not cheaper but rounding."""


def improve(
    problem: Problem,
    plan: Plan,
    *,
    weights: CostWeights = DEFAULT_WEIGHTS,
    seconds: float | None,
    solutions: int | None = None,
    seed: int,
) -> Plan:
    """A plan that costs less, or the plan that was given.

    Fixed visits stay as they are, riders on board stay in their vehicle, nobody who is served is left out; requests
    that are not served are tried again. The result has no violation that ``plan`` does not have and costs less, or
    it is ``plan`` itself. A run that can't keep its limits any more (a vehicle is late) is left as it is.

    Parameters
    ----------
    seconds
        Time limit of the search, None for none. What is found then depends on the machine.
    solutions
        Limit on the plans that each half of the search accepts on its way, None for none. Without a time limit the
        search ends where no single move makes the plan cheaper, and finds the same on every machine.
    seed
        Order of the requests in the model: with another one the search takes another way.

    Raises
    ------
    ValueError
        If neither limit is given.
    """
    if seconds is None and solutions is None:
        msg = "the search needs a limit: give seconds, or solutions for a result that can be repeated"
        raise ValueError(msg)
    accepts = partial(_is_better, problem, weights, plan)
    best = plan
    inserted = _with_unserved(problem, plan, weights)
    if accepts(inserted, best):
        best = inserted
    seconds_each = None if seconds is None else seconds / 2
    for is_warm in (False, True):
        parameters = search_parameters(seconds_each, solutions, is_warm=is_warm)
        orders = SolverModel(problem, best, weights, np.random.default_rng(seed)).solve(parameters, is_warm=is_warm)
        candidate = None if orders is None else _settled(problem, best, orders, weights)
        if candidate is not None and accepts(candidate, best):
            best = candidate
    return best


def _is_better(problem: Problem, weights: CostWeights, given: Plan, candidate: Plan, best: Plan) -> bool:
    """Whether a candidate is cheaper than the best plan so far, an allowed change of the given, and as clean."""
    return (
        plan_cost(candidate, problem, weights) < plan_cost(best, problem, weights) - _LEAST_GAIN
        and not change_violations(given, candidate, problem)
        and set(violations(candidate, problem)) <= set(violations(given, problem))
    )


def _with_unserved(problem: Problem, plan: Plan, weights: CostWeights) -> Plan:
    """The plan with those put in by insertion whom nobody serves, as far as they fit; the earliest first."""
    return _with_inserted(problem, plan, plan.unserved & problem.requests.keys(), weights)


def _with_inserted(problem: Problem, plan: Plan, request_ids: Iterable[RequestId], weights: CostWeights) -> Plan:
    for request in sorted(
        (problem.requests[request_id] for request_id in request_ids), key=lambda r: (r.pickup_window, r.id)
    ):
        insertion = best_insertion(request, problem, plan, weights=weights)
        if insertion is None:
            plan = Plan(plan.runs, plan.unserved | {request.id})
        else:
            plan = Plan(plan.with_run(insertion.run).runs, plan.unserved - {request.id})
    return plan


def _settled(problem: Problem, plan: Plan, orders: Orders, weights: CostWeights) -> Plan | None:
    """The plan with its runs in another order, with exact times and breaks; None if somebody who is served can't be.

    From a run that can't be driven in its order one request is taken out, or else all that can be; they are inserted
    again wherever they fit.
    """
    runs = dict(plan.runs)
    for shift_id, order in orders.items():
        rest = rest_of(problem, plan.runs[shift_id])
        run = None if rest is None else _drivable(problem, rest, order, weights)
        if rest is None or run is None:
            return None
        runs[shift_id] = _polished(problem, rest, run, weights)
    known = (plan.request_ids() | plan.unserved) & problem.requests.keys()
    served = Plan(runs).request_ids()
    settled = _with_inserted(problem, Plan(runs, plan.unserved - served), known - served, weights)
    return settled if plan.request_ids() <= settled.request_ids() else None


def _drivable(problem: Problem, rest: Rest, order: Sequence[Visit], weights: CostWeights) -> Run | None:
    """The run in this order, or without one request, or with nobody but the riders on board; None if none of them."""
    run = _timed(problem, rest, order, weights)
    if run is not None:
        return run
    pickups = [visit.request_id for visit in order if visit.action is Action.PICKUP]
    thinned = (
        _timed(problem, rest, [visit for visit in order if visit.request_id != request_id], weights)
        for request_id in pickups
    )
    run = next((run for run in thinned if run is not None), None)
    if run is not None:
        return run
    return _timed(problem, rest, [visit for visit in order if visit.request_id in rest.on_board], weights)


def _polished(problem: Problem, rest: Rest, run: Run, weights: CostWeights) -> Run:
    """The run after each of its requests was taken out once and put in again where it costs least.

    The model doesn't count riders' time on board, so it may well let somebody board before another one alights.
    """
    shift = rest.shift
    for request_id in [visit.request_id for visit in run.visits[len(rest.fixed) :] if visit.action is Action.PICKUP]:
        if request_id is not None:
            without = remove(request_id, problem, Plan({shift.id: run}))
            insertion = best_insertion(problem.requests[request_id], problem, without, weights=weights)
            if insertion is not None and (
                run_cost(insertion.run, shift, problem, weights) < run_cost(run, shift, problem, weights)
            ):
                run = insertion.run
    return run


def _timed(problem: Problem, rest: Rest, order: Sequence[Visit], weights: CostWeights) -> Run | None:
    """The cheapest run with these visits in this order, its breaks in between, or None if there is none."""
    shift, best, best_cost = rest.shift, None, float("inf")
    visits = [*rest.fixed, *order]
    gaps, on_board = [], len(rest.on_board)
    for position in range(len(rest.fixed), len(visits) + 1):
        if on_board == 0:
            gaps.append(position)
        if position < len(visits):
            on_board += 1 if visits[position].action is Action.PICKUP else -1
    for positions in combinations_with_replacement(gaps, len(rest.breaks())):
        placed = list(visits)
        for index, position in reversed(list(zip(rest.breaks(), positions, strict=True))):
            placed.insert(position, Visit(Action.BREAK, shift.start, 0, break_index=index))
        in_place = with_breaks_in_place(shift, placed)
        starts_s = start_times(shift, in_place, problem, fixed=len(rest.fixed))
        if starts_s is not None:
            run = Run(shift.id, with_times(in_place, starts_s))
            cost = run_cost(run, shift, problem, weights)
            if cost < best_cost:
                best, best_cost = run, cost
    return best if best is not None and _has_room(problem, shift, best) else None


def _has_room(problem: Problem, shift: Shift, run: Run) -> bool:
    """Whether everybody on board fits in one of the vehicle's layouts at every moment."""
    load = NOTHING
    for visit in run.visits:
        if visit.request_id is not None:
            change = problem.requests[visit.request_id].load
            load = load + change if visit.action is Action.PICKUP else load - change
            if not load.fits_one_of(shift.layouts):
                return False
    return True
