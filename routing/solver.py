"""Improving a plan with the routing solver of OR-Tools: a second opinion on runs that came about by insertion.

What comes out of the solver is taken as an order of visits and no more. Times, breaks and loads are worked out again by
the engine's own exact code, what doesn't hold is repaired by exact insertion, and the judge has the last word: the
result is clean and cheaper, or it is the plan that was given.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from routing.insertion import best_insertion, remove
from routing.model import NOTHING, Action, Plan, RequestId, Run, Shift, Visit
from routing.objective import DEFAULT_WEIGHTS, CostWeights, plan_cost, run_cost
from routing.problem import Problem
from routing.schedule import start_times, with_breaks_in_place, with_times
from routing.solver_model import Orders, SolverModel
from routing.solver_nodes import Rest, rest_of
from routing.solver_parameters import Start, Way, search_parameters
from routing.violations import change_violations, violations

_LEAST_GAIN = 0.01
"""Less than this is not cheaper but rounding."""

_FIRST_SHARE, _ITERATED_SHARE = 0.85, 0.9
"""Shares of the time for the first descent at most, and for iterated search of what is left then."""

_DESCENTS, _LONGEST_ITERATED_S = 30, 60.0
"""How long one iterated search lasts, beside the descents before it and at most: as it can't be stopped, whoever ends
the search waits for it."""

_SHOW_EVERY_S = 1.0
"""Working out exact times for every order on the way would take longer than finding it."""

_WALL_FACTOR = 20
"""By the wall clock a search may take so many times as long as by the clock that counts, on a busy machine."""


def improve(
    problem: Problem,
    plan: Plan,
    *,
    weights: CostWeights = DEFAULT_WEIGHTS,
    seconds: float | None,
    solutions: int | None = None,
    seed: int,
    clock: Callable[[], float] = time.perf_counter,
    on_better: Callable[[Plan, float], None] | None = None,
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
        Limit on the plans that each part of the search accepts on its way, None for none. Without a time limit the
        search ends where no single move makes the plan cheaper, and finds the same on every machine.
    seed
        Order of the requests in the model: with another one the search takes another way.
    clock
        What the seconds are measured with: the wall clock, or the processor's.
    on_better
        Is told every better plan and its cost, at most about once a second.

    Raises
    ------
    ValueError
        If neither limit is given.
    """
    if seconds is None and solutions is None:
        msg = "the search needs a limit: give seconds, or solutions for a result that can be repeated"
        raise ValueError(msg)
    search = _Search(problem, weights, plan, plan, seed, seconds, solutions, clock, on_better)
    search.run()
    return search.best


@dataclass
class _Search:
    """One improvement: what was given, the best plan so far, and how much time is left."""

    problem: Problem
    weights: CostWeights
    given: Plan
    best: Plan
    seed: int
    seconds: float | None
    solutions: int | None
    clock: Callable[[], float]
    on_better: Callable[[Plan, float], None] | None
    shown_at: float = 0.0

    def run(self) -> None:
        """Descend from one start and, if that comes to an end in time, from the other; then search on from there.

        Without a time limit a last descent from the best plan follows. Else iterated search does, again and again with
        another seed, if it has the time to descend twice; guided search from the best plan has the rest.
        """
        self.began = self.clock()
        if self.given.request_ids():  # else the solver's own starts are better and sooner there
            self._keep(_with_unserved(self.problem, self.best, self.weights))
        costs = {Start.ONE_BY_ONE: self._go(Start.ONE_BY_ONE, Way.DESCENT, self._share(_FIRST_SHARE))}
        if self._left() > self._share(1 - _FIRST_SHARE) or self.seconds is None or self.best.unserved:
            costs[Start.PARALLEL] = self._go(Start.PARALLEL, Way.DESCENT, self._left() / 2)
        winner = min(costs, key=lambda start: costs[start])
        if self.seconds is None:
            self._go(winner, Way.DESCENT, self._left(), is_warm=True)
        else:
            descent_s, cost = self.seconds - self._left(), costs[winner]
            longest_s = min(_LONGEST_ITERATED_S, max(1.0, _DESCENTS * descent_s))
            while self._left() > 2 * descent_s and cost < float("inf"):
                cost = self._go(winner, Way.ITERATED, min(self._left() * _ITERATED_SHARE, longest_s))
                self.seed += 1
            self._go(winner, Way.GUIDED, self._left(), is_warm=True)
        if self.best.unserved:
            self._keep(_with_unserved(self.problem, self.best, self.weights))

    def _share(self, share: float) -> float:
        return float("inf") if self.seconds is None else self.seconds * share

    def _left(self) -> float:
        return float("inf") if self.seconds is None else self.seconds - (self.clock() - self.began)

    def _go(self, start: Start, way: Way, seconds: float, *, is_warm: bool = False) -> float:
        """Search for some seconds of the clock; returns the cost by the model, without end if nothing was found."""
        if seconds <= 0:
            return float("inf")
        end = self.clock() + seconds
        # iterated search can't be stopped from outside: its limit has to be the wall clock's
        wall_s = None if self.seconds is None else seconds * (1 if way is Way.ITERATED else _WALL_FACTOR)
        rng = np.random.default_rng(self.seed)
        promised = self.given.request_ids()
        model = SolverModel(self.problem, self.best, self.weights, promised=promised, rng=rng)
        found = model.solve(
            search_parameters(start, way, seconds=wall_s, solutions=self.solutions),
            way=way,
            is_warm=is_warm,
            is_over=None if self.seconds is None else lambda: self.clock() >= end,
            on_orders=None if self.on_better is None else self._show,
        )
        if found is None:
            return float("inf")
        cost, orders = found
        self._take(orders)
        return cost

    def _show(self, orders: Orders) -> None:
        """Take an order on the way, if the last one is some time ago."""
        if self.clock() >= self.shown_at + _SHOW_EVERY_S:
            self._take(orders)
            self.shown_at = self.clock()

    def _take(self, orders: Orders) -> None:
        candidate = _settled(self.problem, self.best, orders, self.weights, self.given.request_ids())
        if candidate is not None:
            self._keep(candidate)

    def _keep(self, candidate: Plan) -> None:
        """Keep a candidate if it is cheaper than the best plan, an allowed change of the given one, and as clean."""
        cost = plan_cost(candidate, self.problem, self.weights)
        if (
            cost < plan_cost(self.best, self.problem, self.weights) - _LEAST_GAIN
            and not change_violations(self.given, candidate, self.problem)
            and set(violations(candidate, self.problem)) <= set(violations(self.given, self.problem))
        ):
            self.best = candidate
            if self.on_better is not None:
                self.on_better(candidate, cost)


def _with_unserved(problem: Problem, plan: Plan, weights: CostWeights) -> Plan:
    """The plan with those put in by insertion whom nobody serves, as far as they fit and are worth it."""
    return _with_inserted(problem, plan, plan.unserved & problem.requests.keys(), weights)


def _with_inserted(
    problem: Problem,
    plan: Plan,
    request_ids: Iterable[RequestId],
    weights: CostWeights,
    *,
    promised: Collection[RequestId] = (),
) -> Plan:
    """The plan with some requests put in, the earliest first, as far as they fit and are promised or worth it."""
    for request in sorted(
        (problem.requests[request_id] for request_id in request_ids), key=lambda r: (r.pickup_window, r.id)
    ):
        insertion = best_insertion(request, problem, plan, weights=weights)
        if insertion is None or (request.id not in promised and insertion.added_cost >= weights.of_unserved(request)):
            plan = Plan(plan.runs, plan.unserved | {request.id})
        else:
            plan = Plan(plan.with_run(insertion.run).runs, plan.unserved - {request.id})
    return plan


def _settled(
    problem: Problem, plan: Plan, orders: Orders, weights: CostWeights, promised: Collection[RequestId]
) -> Plan | None:
    """The plan with its runs in another order, with exact times and breaks; None if somebody promised can't be served.

    From a run that can't be driven in its order one request is taken out, or else all that can be; they are inserted
    again wherever they fit.
    """
    runs = dict(plan.runs)
    counts_more_than_ways = max(weights.on_board_s, weights.tight_s, weights.short_wait_s) > 0
    for shift_id, order in orders.items():
        is_polished = counts_more_than_ways and shift_id not in problem.order_locked
        rest = rest_of(problem, plan.runs[shift_id])
        run = None if rest is None else _drivable(problem, rest, order, weights)
        if rest is None or run is None:
            return None
        runs[shift_id] = _polished(problem, rest, run, weights) if is_polished else run
    known = (plan.request_ids() | plan.unserved) & problem.requests.keys()
    served = Plan(runs).request_ids()
    others = Plan(runs, plan.unserved - served)
    settled = _with_inserted(problem, others, known - served, weights, promised=promised)
    return settled if settled.request_ids().issuperset(promised) else None


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
