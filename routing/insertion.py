"""Putting one request into the runs, exactly: every pair of positions, the true schedule, the true cost.

Most pairs are ruled out by limits that cost a comparison each (earliest and latest starts of the visits that are there
already, loads, breaks); the rest get the exact schedule of :mod:`routing.schedule`, those that may be cheapest first.

The limits take for granted that a detour is never faster than the direct way, to within ``_ROUNDING_S``, as it is with
travel times along fastest paths that were rounded to seconds.
"""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, replace

from routing.model import Action, LocationIndex, Plan, Request, RequestId, Run, Shift, Visit
from routing.objective import DEFAULT_WEIGHTS, CostWeights, RunTotals, riders, run_totals, way_totals
from routing.problem import Problem
from routing.schedule import (
    Bounds,
    bounds_of,
    drive_s,
    earliest_starts,
    fixed_count,
    latest_starts,
    start_times,
    with_breaks_in_place,
    with_times,
)

_ROUNDING_S = 2
"""A detour over a place may seem a second faster than the direct way; an insertion makes two of them."""

_COST_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Insertion:
    """One way to put a request into a run.

    Parameters
    ----------
    run
        The whole new run, timed.
    added_cost
        What the run costs more than before; less than zero where it only costs less because visits were re-timed.
    pickup_s, dropoff_s
        Start of service at either end.
    """

    run: Run
    added_cost: float
    pickup_s: int
    dropoff_s: int


def list_insertions(
    request: Request,
    problem: Problem,
    plan: Plan,
    *,
    weights: CostWeights = DEFAULT_WEIGHTS,
    limit: int | None = None,
) -> tuple[Insertion, ...]:
    """The ways to put a request into the runs of a plan, cheapest first; equally cheap ones by shift and position.

    Every visit that is not fixed may be re-timed within its limits, none changes its run or its order. The request
    need not be in the problem yet. A run whose visits don't keep their own limits (a vehicle is late) takes nobody.

    Parameters
    ----------
    limit
        Return at most so many. The fewer, the fewer schedules have to be worked out.
    """
    problem = problem.with_request(request)
    candidates = [
        candidate
        for shift_id, run in plan.runs.items()
        for candidate in _candidates(request, problem, _RunState(problem.shifts[shift_id], run, problem), weights)
    ]
    candidates.sort(key=lambda candidate: candidate.least_cost)
    found: list[tuple[float, str, int, int, Insertion]] = []
    for candidate in candidates:
        if limit is not None and len(found) >= limit:
            if limit == 0 or candidate.least_cost > found[limit - 1][0] + _COST_ROUNDING:
                break
        insertion = _insert(request, problem, candidate, weights)
        if insertion is not None:
            key = (insertion.added_cost, str(insertion.run.shift_id), candidate.pickup_at, candidate.dropoff_at)
            insort(found, (*key, insertion), key=lambda entry: entry[:4])
    return tuple(entry[4] for entry in found[:limit])


def best_insertion(
    request: Request, problem: Problem, plan: Plan, *, weights: CostWeights = DEFAULT_WEIGHTS
) -> Insertion | None:
    """The cheapest way to put a request into a plan, or None where it fits nowhere."""
    insertions = list_insertions(request, problem, plan, weights=weights, limit=1)
    return insertions[0] if insertions else None


def remove(request_id: RequestId, problem: Problem, plan: Plan) -> Plan:
    """The plan without a request, as when a ride is cancelled; it is not counted as unserved either.

    The rest of its run is re-timed within its limits. If the vehicle had already set off for the request, all other
    visits keep their times: where it would be otherwise is not known.
    """
    plan = Plan(plan.runs, plan.unserved - {request_id})
    for shift_id, run in plan.runs.items():
        if request_id in run.request_ids():
            plan = plan.with_run(_without(request_id, problem, problem.shifts[shift_id], run))
    return plan


def _without(request_id: RequestId, problem: Problem, shift: Shift, run: Run) -> Run:
    fixed = fixed_count(run, problem)
    rest = with_breaks_in_place(shift, [visit for visit in run.visits if visit.request_id != request_id])
    if all(visit.request_id != request_id for visit in run.visits[:fixed]):
        starts = start_times(shift, rest, problem, fixed=fixed)
        if starts is not None:
            rest = with_times(rest, starts)
    return Run(shift.id, rest)


