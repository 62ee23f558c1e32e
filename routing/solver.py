"""Improving a plan with the routing solver of OR-Tools: a second opinion on runs that came about by insertion.

The model is an approximation that errs on both sides; what comes out of it is only an order of visits. Times, breaks
and loads are worked out again by the engine's own exact code, what doesn't hold is repaired by exact insertion, and
the judge has the last word: the result is clean and cheaper, or it is the plan that was given.

What the model knows: travel and service times, windows, ride limits, what is on board, interchangeable layouts, breaks
as intervals between visits, the fixed part of every run (each vehicle starts where its last fixed visit ends, with the
riders it has on board). What it doesn't know: riders' time on board as a cost, and that nobody may be on board during
a break.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.insertion import best_insertion
from routing.model import (
    NOTHING,
    Action,
    Load,
    LocationIndex,
    Plan,
    Request,
    RequestId,
    Run,
    Shift,
    ShiftId,
    TimeWindow,
    Visit,
)
from routing.objective import DEFAULT_WEIGHTS, CostWeights, plan_cost, run_cost
from routing.problem import Problem
from routing.schedule import fixed_count, opening_run, start_times, with_breaks_in_place, with_times
from routing.travel_times import UNREACHABLE_S
from routing.violations import change_violations, violations

_COST_SCALE = 100
"""The solver counts in whole numbers: hundredths of a cost."""


@dataclass(frozen=True, slots=True)
class _Start:
    """Where and when the part of a run begins that can still be changed, and with whom on board."""

    shift: Shift
    fixed: tuple[Visit, ...]
    place: LocationIndex
    free_s: int
    on_board: tuple[RequestId, ...]

    @property
    def breaks_taken(self) -> int:
        """How many breaks are fixed."""
        return sum(visit.action is Action.BREAK for visit in self.fixed)


@dataclass(frozen=True, slots=True)
class _Stop:
    """A node of the model: a visit that is still to be made, or where a vehicle starts or ends."""

    place: LocationIndex
    service_s: int = 0
    window: TimeWindow | None = None
    load: Load = NOTHING
    sign: int = 0
    visit: Visit | None = None


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
    that are not served are tried again. The result has no violations and costs less by ``weights``, or it is ``plan``.

    Parameters
    ----------
    seconds
        Time limit of the search, None for none. The result then depends on the machine.
    solutions
        Limit on the plans that each phase of the search accepts, None for none: the same result on every machine.
    seed
        Order of the requests in the model: another seed searches differently.

    Raises
    ------
    ValueError
        If neither limit is given.
    """
    if seconds is None and solutions is None:
        msg = "the search needs a limit: give seconds, or solutions for a result that can be repeated"
        raise ValueError(msg)
    best = _better(plan, _with_unserved(problem, plan, weights), problem, weights, plan)
    for order in _Model(problem, best, weights, seed).orders(seconds, solutions):
        candidate = _settled(problem, best, order, weights)
        if candidate is not None:
            best = _better(best, candidate, problem, weights, plan)
    return best
