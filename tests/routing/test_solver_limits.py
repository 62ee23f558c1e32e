"""OR-Tools keeps the newer limits of shifts and requests, and knows what owners ask."""

from dataclasses import replace

import pytest

from routing.model import Break, Load, LocationIndex, OwnerCosts, Plan, Run, TimeWindow
from routing.objective import CostWeights, plan_cost
from routing.problem import Problem
from routing.schedule import opening_run
from routing.solver import improve
from routing.violations import violations
from tests.strategies import HOUR_S, dropoff, pickup, problem_of, ride, shift_of

SIX = 6 * HOUR_S
LONG = (SIX, SIX + 6 * HOUR_S)
WAYS = CostWeights(drive_s=1, drive_m=0, on_board_s=0)


def empty(problem: Problem) -> Plan:
    runs = {shift.id: opening_run(shift, problem) for shift in problem.shifts.values()}
    return Plan(runs, frozenset(problem.requests))


def improved(problem: Problem, weights: CostWeights = WAYS) -> Plan:
    plan = improve(problem, empty(problem), weights=weights, seconds=None, solutions=100, seed=0)
    assert violations(plan, problem) == ()
    return plan


def test_a_run_is_no_longer_than_it_may_be() -> None:
    # there and back again takes one vehicle 2 h; neither may be out so long
    fleet = tuple(replace(shift_of(name), max_duration_s=5400) for name in ("a", "b"))
    anna = ride("anna", (0, 2), (SIX, SIX + 600))
    ben = ride("ben", (2, 0), (SIX + 5400, SIX + 6000))
    plan = improved(problem_of(fleet, anna, ben))
    assert plan.unserved == frozenset()
    assert [len(run.visits) for run in plan.runs.values()] == [2, 2]
    one = improved(problem_of(tuple(replace(shift, max_duration_s=None) for shift in fleet), anna, ben))
    assert sorted(len(run.visits) for run in one.runs.values()) == [0, 4]


def test_who_needs_a_certain_vehicle_gets_it() -> None:
    near, far = shift_of("near"), shift_of("far", ends=(5, 5))
    anna = replace(ride("anna", (0, 1), LONG), shift_ids=frozenset({far.id}))
    plan = improved(problem_of((near, far), anna))
    assert plan.runs[far.id].request_ids() == {"anna"}
    nobody = improved(problem_of(near, replace(anna, shift_ids=frozenset({far.id}))))
    assert nobody.unserved == {"anna"}


def test_the_cheaper_owner_drives_even_from_further_away() -> None:
    taxi, bus = shift_of("taxi"), shift_of("bus", ends=(1, 1))
    taxi = replace(taxi, costs=OwnerCosts(drive_s_factor=3))
    anna = ride("anna", (0, 1), LONG)
    plan = improved(problem_of((taxi, bus), anna))
    assert plan.runs[bus.id].request_ids() == {"anna"}


@pytest.mark.parametrize(("when_used", "runs_used"), [(0.0, 2), (10_000.0, 1)])
def test_a_vehicle_that_costs_something_by_itself_is_spared(when_used: float, runs_used: int) -> None:
    fleet = tuple(
        replace(shift_of(name, ends=(town, town)), costs=OwnerCosts(when_used=when_used))
        for name, town in (("west", 0), ("east", 5))
    )
    anna, ben = ride("anna", (0, 1), LONG), ride("ben", (5, 4), LONG)
    plan = improved(problem_of(fleet, anna, ben))
    assert plan.unserved == frozenset()
    assert sum(bool(run.visits) for run in plan.runs.values()) == runs_used


def test_a_vehicle_that_has_to_go_home_anyway_takes_somebody_with_it() -> None:
    # west ends where it starts, south ends in town 5: it drives there with or without a rider
    fleet = tuple(
        replace(shift_of(name, ends=ends), costs=OwnerCosts(when_used=100))
        for name, ends in (("west", (0, 0)), ("south", (0, 5)))
    )
    anna = ride("anna", (0, 5), LONG)
    plan = improved(problem_of(fleet, anna))
    assert plan.runs[fleet[1].id].request_ids() == {"anna"}


def test_a_ride_that_is_worth_less_than_its_way_is_left_out() -> None:
    # to town 5 and back instead of town 1 and back: 4800 s more
    anna, ben = ride("anna", (4, 5), LONG), ride("ben", (0, 1), LONG)
    plan = improved(problem_of(shift_of(), replace(anna, unserved_cost=4700), ben))
    assert plan.unserved == {"anna"}
    plan = improved(problem_of(shift_of(), replace(anna, unserved_cost=4900), ben))
    assert plan.unserved == frozenset()


def test_a_locked_order_stays_and_others_go_in_between() -> None:
    shift = shift_of()
    anna, ben, cem = ride("anna", (4, 5), LONG), ride("ben", (0, 1), LONG), ride("cem", (1, 4), LONG)
    problem = replace(problem_of(shift, anna, ben, cem), order_locked=frozenset({shift.id}))
    starts_s = SIX + 2400, SIX + 3060, SIX + 6120, SIX + 6780
    visits = (
        pickup(anna, starts_s[0]),
        dropoff(anna, starts_s[1]),
        pickup(ben, starts_s[2]),
        dropoff(ben, starts_s[3]),
    )
    plan = Plan({shift.id: Run(shift.id, visits)}, frozenset({cem.id}))
    assert violations(plan, problem) == ()
    better = improve(problem, plan, weights=WAYS, seconds=None, solutions=100, seed=0)
    assert better.unserved == frozenset()
    ends = [(visit.request_id, visit.action) for visit in better.runs[shift.id].visits if visit.request_id != "cem"]
    assert ends == [(visit.request_id, visit.action) for visit in visits]
    free = improve(replace(problem, order_locked=frozenset()), plan, weights=WAYS, seconds=None, solutions=100, seed=0)
    assert plan_cost(free, problem, WAYS) < plan_cost(better, problem, WAYS)


def test_a_vehicle_charges_at_its_place_before_it_is_empty() -> None:
    # 9 km from town to town: 36 km there and back are too far without the charger in town 2
    charging = Break(TimeWindow(SIX, SIX + 4 * HOUR_S), 1800, location=LocationIndex(2), recharges=True)
    shift = replace(shift_of(breaks=(charging,)), range_m=60_000)
    anna, ben = ride("anna", (0, 3), (SIX, SIX + HOUR_S)), ride("ben", (3, 0), (SIX + 3 * HOUR_S, SIX + 5 * HOUR_S))
    plan = improved(problem_of(shift, anna, ben))
    assert plan.unserved == frozenset()
    assert [str(visit.action) for visit in plan.runs[shift.id].visits][2] == "break"


def test_better_plans_are_told_on_the_way_and_time_may_be_over_at_once() -> None:
    west, east = shift_of("west"), shift_of("east", ends=(5, 5))
    anna, ben = ride("anna", (0, 1), LONG), ride("ben", (5, 4), LONG, load=Load(seat=2))
    problem = problem_of((west, east), anna, ben)
    told: list[float] = []
    plan = improve(
        problem,
        empty(problem),
        weights=WAYS,
        seconds=0.5,
        seed=0,
        on_better=lambda better, cost: told.append(cost - plan_cost(better, problem, WAYS)),
    )
    assert told
    assert set(told) == {0.0}
    assert plan.unserved == frozenset()
    clock = iter([0.0] + [float("inf")] * 1000)
    first = improve(problem, plan, weights=WAYS, seconds=60, seed=0, clock=lambda: next(clock))
    assert violations(first, problem) == ()
