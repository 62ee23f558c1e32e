"""Every solver behind the one door: clean plans, never worse, the same for a seed, and the best where that is known."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.model import Action, Load, OwnerCosts, Plan, Request, Run, Shift, Visit
from routing.objective import DEFAULT_WEIGHTS, CostWeights, plan_cost
from routing.problem import Problem
from routing.schedule import start_times, with_times
from routing.search import Search
from routing.search_kernel import TOUCHED
from routing.solve import Budget, Solver, solve
from routing.violations import change_violations, violations
from tests.strategies import (
    HOUR_S,
    MadeUpDay,
    any_travel_times,
    cost_weights,
    made_up_days,
    problem_of,
    ride,
    shift_of,
)

SIX = 6 * HOUR_S
LONG = (SIX, SIX + 6 * HOUR_S)
OWN_SOLVERS = (Solver.JOINED, Solver.SEARCH)


@pytest.mark.parametrize("solver", OWN_SOLVERS)
@settings(deadline=None, max_examples=40)
@given(day=made_up_days(most_shifts=3, most_requests=8), weights=cost_weights(), seed=st.integers(0, 99))
def test_a_solved_day_is_clean_and_no_dearer_and_the_same_again(
    solver: Solver, day: MadeUpDay, weights: CostWeights, seed: int
) -> None:
    problem = day.problem.with_request(day.request)
    plan = Plan(day.plan.runs, day.plan.unserved | {day.request.id})
    budget = Budget(iterations=60)
    solution = solve(problem, weights=weights, seed=seed, budget=budget, start=plan, solver=solver)
    assert set(violations(solution.plan, problem)) <= set(violations(plan, problem))
    assert change_violations(plan, solution.plan, problem) == ()
    assert solution.cost == pytest.approx(plan_cost(solution.plan, problem, weights))
    assert solution.cost <= plan_cost(plan, problem, weights) + 1e-6
    assert solve(problem, weights=weights, seed=seed, budget=budget, start=plan, solver=solver).plan == solution.plan


@settings(deadline=None, max_examples=40)
@given(day=made_up_days(ways=any_travel_times(), most_shifts=2, most_requests=6))
def test_ways_that_are_shorter_with_a_detour_make_no_plan_unclean(day: MadeUpDay) -> None:
    search = Search(day.problem, day.plan, DEFAULT_WEIGHTS, seed=3, budget=Budget(iterations=50))
    search.run()
    assert set(violations(search.best_plan, day.problem)) <= set(violations(day.plan, day.problem))
    assert change_violations(day.plan, search.best_plan, day.problem) == ()


@settings(deadline=None, max_examples=25)
@given(day=made_up_days(most_shifts=1, most_requests=3))
def test_the_search_finds_the_best_of_all_orders(day: MadeUpDay) -> None:
    # without breaks, nothing fixed, one vehicle: all orders can be tried
    (shift,) = (replace(s, breaks=(), range_m=None) for s in day.problem.shifts.values())
    requests = {r.id: replace(r, shift_ids=None) for r in day.problem.requests.values()}
    problem = Problem({shift.id: shift}, requests, day.problem.times)
    best = _cheapest_of_all(problem, shift)
    solution = solve(problem, weights=DEFAULT_WEIGHTS, seed=1, budget=Budget(iterations=300))
    assert solution.cost == pytest.approx(best, abs=1e-6)


def _cheapest_of_all(problem: Problem, shift: Shift) -> float:
    """The cost of the cheapest plan, by trying every subset in every order."""
    requests = list(problem.requests.values())
    costs = []
    for chosen in product((False, True), repeat=len(requests)):
        served = [request for request, is_in in zip(requests, chosen, strict=True) if is_in]
        ends = [(request, action) for request in served for action in (Action.PICKUP, Action.DROPOFF)]
        for order in permutations(ends):
            run = _run(problem, shift, order)
            if run is not None:
                unserved = frozenset(problem.requests) - {request.id for request in served}
                plan = Plan({shift.id: run}, unserved)
                if not violations(plan, problem):
                    costs.append(plan_cost(plan, problem))
    return min(costs)


def _run(problem: Problem, shift: Shift, order: tuple[tuple[Request, Action], ...]) -> Run | None:
    seen = set()
    visits = []
    for request, action in order:
        if action is Action.DROPOFF and request.id not in seen:
            return None
        seen.add(request.id)
        place = request.pickup if action is Action.PICKUP else request.dropoff
        visits.append(Visit(action, place, 0, request.id))
    starts_s = start_times(shift, visits, problem, fixed=0)
    return None if starts_s is None else Run(shift.id, with_times(visits, starts_s))


@pytest.mark.parametrize("solver", list(Solver))
def test_an_empty_day_and_a_day_without_vehicles_are_answered(solver: Solver) -> None:
    shift, anna = shift_of("west"), ride("anna", (0, 1), LONG)
    for problem in (problem_of((shift,)), problem_of((), anna)):
        solution = solve(problem, weights=DEFAULT_WEIGHTS, seed=0, budget=Budget(iterations=10), solver=solver)
        assert solution.plan.unserved == frozenset(problem.requests)
        assert violations(solution.plan, problem) == ()


@pytest.mark.parametrize("solver", OWN_SOLVERS)
def test_who_is_not_worth_the_way_is_left_out_unless_promised(solver: Solver) -> None:
    # the way there and back is 6,000 s; leaving her out costs 100
    far = replace(ride("anna", (4, 5), LONG), unserved_cost=100.0)
    problem = problem_of((shift_of("west"),), far)
    weights = CostWeights(drive_m=0.0, on_board_s=0.0)
    free = solve(problem, weights=weights, seed=0, budget=Budget(iterations=50), solver=solver)
    assert free.plan.unserved == {far.id}
    assert free.cost == 100.0
    served = solve(problem, weights=replace(weights, unserved=1e6), seed=0, budget=Budget(iterations=50), solver=solver)
    assert served.plan.unserved == {far.id}  # her own figure counts, not the weights'


@pytest.mark.parametrize("solver", OWN_SOLVERS)
def test_two_rides_share_one_vehicle_where_a_second_costs(solver: Solver) -> None:
    costs = OwnerCosts(when_used=10_000.0)
    west, east = (replace(shift_of(name), costs=costs) for name in ("west", "east"))
    rides = [ride(name, (1, 3), (SIX, SIX + 2 * HOUR_S)) for name in ("anna", "ben", "cem")]
    problem = problem_of((west, east), *rides)
    solution = solve(problem, weights=DEFAULT_WEIGHTS, seed=2, budget=Budget(iterations=300), solver=solver)
    assert solution.plan.unserved == frozenset()
    assert sum(bool(run.visits) for run in solution.plan.runs.values()) == 1


@pytest.mark.parametrize("seed", range(5))
def test_a_search_for_a_smaller_fleet_knows_what_its_vehicles_cost(seed: int) -> None:
    fleet = tuple(replace(shift_of(f"v{number}"), costs=OwnerCosts(when_used=10_000.0)) for number in range(10))
    dice = np.random.default_rng(seed)
    rides = []
    for number in range(30):
        town, start_s = int(dice.integers(5)), int(dice.integers(7 * HOUR_S, 12 * HOUR_S))
        rides.append(ride(f"r{number}", (town, town + 1), (start_s, start_s + 900), max_ride_s=1200))
    problem = problem_of(fleet, *rides)
    nobody = Plan({}, frozenset(problem.requests))
    search = Search(problem, nobody, DEFAULT_WEIGHTS, seed=seed, budget=Budget(iterations=3000))
    search.run()
    assert search.best_plan.unserved == frozenset()
    assert violations(search.best_plan, problem) == ()
    assert search.best == pytest.approx(search.best_cost)


@pytest.mark.parametrize("solver", OWN_SOLVERS)
def test_the_cheaper_owner_drives(solver: Solver) -> None:
    taxi = replace(shift_of("a-taxi"), costs=OwnerCosts(drive_s_factor=1.4, drive_m_factor=1.4))
    bus = shift_of("bus")
    problem = problem_of((taxi, bus), ride("anna", (1, 3), LONG))
    solution = solve(problem, weights=DEFAULT_WEIGHTS, seed=2, budget=Budget(iterations=60), solver=solver)
    assert solution.plan.runs[bus.id].visits
    assert not solution.plan.runs[taxi.id].visits


@pytest.mark.parametrize("solver", OWN_SOLVERS)
def test_a_ride_given_to_a_vehicle_stays_there_and_a_locked_run_keeps_its_order(solver: Solver) -> None:
    west, east = shift_of("west"), shift_of("east", ends=(5, 5))
    anna = replace(ride("anna", (4, 5), LONG), shift_ids=frozenset({west.id}))
    ben, cem = ride("ben", (5, 4), LONG), ride("cem", (4, 3), LONG)
    problem = replace(problem_of((west, east), anna, ben, cem), order_locked=frozenset({east.id}))
    start = solve(problem, weights=DEFAULT_WEIGHTS, seed=0, budget=Budget(iterations=1), solver=solver).plan
    again = solve(problem, weights=DEFAULT_WEIGHTS, seed=5, budget=Budget(iterations=200), start=start, solver=solver)
    assert anna.id in again.plan.runs[west.id].request_ids()
    order = [visit.request_id for visit in start.runs[east.id].visits]
    kept = [visit.request_id for visit in again.plan.runs[east.id].visits if visit.request_id in order]
    assert kept == order


def test_beginning_anew_notes_the_runs_it_touches_where_there_is_room() -> None:
    # the last step had touched all runs; writing behind them destroyed other arrays' memory
    fleet = tuple(shift_of(f"v{number}") for number in range(3))
    rides = [ride(f"r{number}", (number % 3, 4), LONG) for number in range(12)]
    problem = problem_of(fleet, *rides)
    search = Search(
        problem, Plan({}, frozenset(problem.requests)), DEFAULT_WEIGHTS, seed=1, budget=Budget(iterations=90)
    )
    behind = 7
    room = np.full(len(fleet) + 6, behind, dtype=np.int32)
    search.desk = search.desk._replace(touched=room[: len(fleet)])
    search.run()
    search.desk.counts[TOUCHED] = len(fleet)
    search._begin_anew()
    assert (room[len(fleet) :] == behind).all()


def test_better_plans_are_told_as_they_are_found_each_cheaper_than_the_last() -> None:
    rides = [ride(f"r{number}", (number % 5, (number * 3 + 1) % 5), LONG) for number in range(12) if number % 5 != 2]
    problem = problem_of((shift_of("west", layouts=(Load(seat=4),)), shift_of("east", ends=(5, 5))), *rides)
    told: list[float] = []
    solution = solve(
        problem,
        weights=DEFAULT_WEIGHTS,
        seed=1,
        budget=Budget(iterations=400),
        on_better=lambda plan, cost: told.append(cost if not violations(plan, problem) else -1.0),
    )
    assert told == sorted(told, reverse=True)
    assert len(set(told)) == len(told)
    assert told[-1] == pytest.approx(solution.cost)


def test_a_search_ends_when_its_clock_says_so_and_when_it_is_told() -> None:
    problem = problem_of((shift_of("west"),), ride("anna", (1, 3), LONG), ride("ben", (2, 4), LONG))
    ticks = iter(range(10**9))
    timed = solve(problem, weights=DEFAULT_WEIGHTS, seed=1, budget=Budget(seconds=50, clock=lambda: float(next(ticks))))
    assert timed.plan.unserved == frozenset()
    told = solve(problem, weights=DEFAULT_WEIGHTS, seed=1, budget=Budget(iterations=10**9, is_over=lambda: True))
    assert told.plan.unserved == frozenset()
    assert told.iterations == 0


def test_a_search_without_a_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a limit"):
        Budget()
