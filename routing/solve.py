"""One door to all solvers: a problem and a budget in, the best plan found out."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from routing.budget import Budget
from routing.model import Plan
from routing.objective import CostWeights, plan_cost
from routing.problem import Problem
from routing.schedule import opening_run
from routing.search import Search
from routing.solver import improve
from routing.violations import change_violations, violations

__all__ = ["Budget", "Solution", "Solver", "solve"]


class Solver(StrEnum):
    """The solvers there are."""

    JOINED = "joined"
    """Ruin and recreate, and now and then the best set of all runs seen on the way (set partitioning by CP-SAT)."""
    ORTOOLS = "ortools"
    """OR-Tools' routing model with the settings that measured best."""
    SEARCH = "search"
    """Ruin and recreate alone."""


@dataclass(frozen=True, slots=True)
class Solution:
    """The best plan found, its cost, and what it took."""

    plan: Plan
    cost: float
    iterations: int
    seconds: float


def solve(
    problem: Problem,
    *,
    weights: CostWeights,
    seed: int,
    budget: Budget,
    start: Plan | None = None,
    solver: Solver = Solver.JOINED,
    on_better: Callable[[Plan, float], None] | None = None,
) -> Solution:
    """Find a plan that costs little.

    Fixed visits of ``start`` stay as they are, whoever it serves is served, whoever it doesn't is tried again. The
    result has no violation that ``start`` does not have and costs no more; without a start it has none at all.

    Parameters
    ----------
    start
        The plan to begin with; without one, vehicles with nothing to do.
    on_better
        Is told every better plan and its cost as soon as it is known.

    Raises
    ------
    ValueError
        If the breaks of a shift can't be taken (see :func:`routing.schedule.opening_run`).
    """
    began = budget.clock()
    given = start or Plan(
        {shift.id: opening_run(shift, problem) for shift in problem.shifts.values()}, frozenset(problem.requests)
    )
    if solver is Solver.ORTOOLS:
        plan = improve(
            problem,
            given,
            weights=weights,
            seconds=budget.seconds,
            solutions=budget.iterations,
            seed=seed,
            clock=budget.clock,
            on_better=on_better,
        )
        iterations = budget.iterations or 0
    else:
        search = Search(
            problem,
            given,
            weights,
            seed=seed,
            budget=budget,
            is_joined=solver is Solver.JOINED,
            on_better=on_better,
        )
        search.run()
        plan, iterations = search.best_plan, search.iterations
    if change_violations(given, plan, problem) or not set(violations(plan, problem)) <= set(violations(given, problem)):
        plan = given  # the judge has the last word
    return Solution(plan, plan_cost(plan, problem, weights), iterations, budget.clock() - began)
