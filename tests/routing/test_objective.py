"""Costs added up by hand on a line of towns ten minutes (9 km) apart."""

from dataclasses import replace

import pytest
from hypothesis import given

from routing.model import Break, Load, LocationIndex, OwnerCosts, Plan, RequestId, Run, TimeWindow
from routing.objective import CostWeights, RunTotals, drive_m, plan_cost, riders, run_cost, run_totals
from tests.strategies import (
    HOUR_S,
    MadeUpDay,
    cost_weights,
    dropoff,
    made_up_days,
    pause,
    pickup,
    problem_of,
    ride,
    shift_of,
)

SIX = 6 * HOUR_S
ANNA = ride("anna", (1, 3), (SIX, SIX + HOUR_S))
PAIR = ride("pair", (2, 3), (SIX, SIX + HOUR_S), load=Load(seat=1, wheelchair=1))
SHIFT = shift_of()
PROBLEM = problem_of(SHIFT, ANNA, PAIR)
RUN = Run(
    SHIFT.id,
    (pickup(ANNA, SIX + 600), pickup(PAIR, SIX + 1260), dropoff(ANNA, SIX + 1920), dropoff(PAIR, SIX + 1980)),
)


def test_a_run_adds_up_from_the_start_of_the_shift_to_its_end() -> None:
    # three legs out and three back; Anna sits for 1920 - 660 s, each of the pair for 1980 - 1320 s
    assert run_totals(RUN, SHIFT, PROBLEM) == RunTotals(drive_s=3600, drive_m=54_000, on_board_s=1260 + 2 * 660, used=1)
    assert drive_m(RUN, PROBLEM) == 54_000


def test_each_weight_counts_its_own_figure() -> None:
    weights = CostWeights(drive_s=1, drive_m=0.5, on_board_s=0.1, unserved=7)
    assert run_cost(RUN, SHIFT, PROBLEM, weights) == pytest.approx(3600 + 27_000 + 258)
    plan = Plan({SHIFT.id: RUN}, frozenset({RequestId("x"), RequestId("y")}))
    assert plan_cost(plan, PROBLEM, weights) == pytest.approx(3600 + 27_000 + 258 + 14)


def test_an_empty_run_still_drives_to_the_end_of_its_shift() -> None:
    shift = shift_of(ends=(0, 2))
    assert run_totals(Run(shift.id), shift, problem_of(shift)) == RunTotals(1200, 18_000, 0)


@pytest.mark.parametrize(
    ("load", "count"), [(Load(seat=3), 3), (Load(seat=1, wheelchair=2, pram=1), 3), (Load(bike=1), 1)]
)
def test_riders_are_people(load: Load, count: int) -> None:
    assert riders(ride("party", (0, 1), (0, 1), load=load)) == count


def test_a_weight_is_not_negative() -> None:
    with pytest.raises(ValueError, match="not negative"):
        CostWeights(on_board_s=-0.1)


def test_a_visit_close_to_the_end_of_its_window_is_tight() -> None:
    # Anna boards 50 s before the end of her window, alights far from it; the pair boards 120 s before it, alights on it
    anna = ride("anna", (1, 3), (SIX, SIX + 650))
    pair = ride("pair", (2, 3), (SIX, SIX + 1380), (SIX, SIX + 1980), load=Load(seat=2))
    totals = run_totals(RUN, SHIFT, problem_of(SHIFT, anna, pair))
    assert totals.tight_s == 70 + 0 + 120
    weights = CostWeights(0, 0, 0, 0, tight_s=2, margin_s=50)
    assert run_cost(RUN, SHIFT, problem_of(SHIFT, anna, pair), weights) == 2 * 50


def test_a_wait_too_short_for_another_ride_costs() -> None:
    shift = shift_of(breaks=(Break(TimeWindow(SIX, SIX + 6 * HOUR_S), 1800),))
    visits = (
        pickup(ANNA, SIX + 1000),  # before the first visit there is no wait between two
        dropoff(ANNA, SIX + 1000 + 1260 + 500),
        pause(3, SIX + 2760 + 60 + 899),
        pickup(PAIR, SIX + 3719 + 1800 + 600 + 900),
        dropoff(PAIR, SIX + 7019 + 660),
    )
    problem = problem_of(shift, ANNA, PAIR)
    assert run_totals(Run(shift.id, visits), shift, problem).short_wait_s == 500 + 899
    weights = CostWeights(0, 0, 0, 0, short_wait_s=0.5, usable_wait_s=899)
    assert run_cost(Run(shift.id, visits), shift, problem, weights) == 250


def test_an_owner_asks_for_the_way_and_for_the_use() -> None:
    taxi = replace(SHIFT, costs=OwnerCosts(drive_s_factor=2, drive_m_factor=0.5, when_used=400))
    weights = CostWeights(drive_s=1, drive_m=0.5, on_board_s=0)
    assert run_cost(RUN, taxi, PROBLEM, weights) == 2 * 3600 + 13_500 + 400
    shift = replace(taxi, end=LocationIndex(1), breaks=(Break(TimeWindow(SIX, SIX + HOUR_S), 900),))
    idle = Run(shift.id, (pause(0, SIX),))
    assert run_cost(idle, shift, problem_of(shift), weights) == 2 * 600 + 9000 * 0.25


def test_some_are_left_out_more_cheaply_than_others() -> None:
    problem = problem_of(SHIFT, replace(ANNA, unserved_cost=300.0), PAIR)
    nobody = {SHIFT.id: Run(SHIFT.id)}
    assert plan_cost(Plan(nobody, frozenset({ANNA.id})), problem, CostWeights(unserved=7)) == 300
    assert plan_cost(Plan(nobody, frozenset({ANNA.id, PAIR.id})), problem, CostWeights(unserved=7)) == 307


@given(made_up_days(), cost_weights())
def test_a_plan_costs_what_its_runs_and_its_unserved_requests_cost(day: MadeUpDay, weights: CostWeights) -> None:
    runs = sum(
        run_cost(run, day.problem.shifts[shift_id], day.problem, weights) for shift_id, run in day.plan.runs.items()
    )
    unserved = sum(weights.of_unserved(day.problem.requests[request_id]) for request_id in day.plan.unserved)
    assert plan_cost(day.plan, day.problem, weights) == runs + unserved


@given(made_up_days())
def test_totals_add_up_and_are_taken_away_again(day: MadeUpDay) -> None:
    totals = [run_totals(run, day.problem.shifts[run.shift_id], day.problem) for run in day.plan.runs.values()]
    assert sum(totals, RunTotals(0, 0, 0)) - totals[0] == sum(totals[1:], RunTotals(0, 0, 0))
