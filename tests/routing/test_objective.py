"""Costs added up by hand on a line of towns ten minutes (9 km) apart."""

import pytest
from hypothesis import given

from routing.model import Load, Plan, RequestId, Run
from routing.objective import CostWeights, RunTotals, drive_m, plan_cost, riders, run_cost, run_totals
from tests.strategies import HOUR_S, MadeUpDay, dropoff, made_up_days, pickup, problem_of, ride, shift_of

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
    assert run_totals(RUN, SHIFT, PROBLEM) == RunTotals(drive_s=3600, drive_m=54_000, on_board_s=1260 + 2 * 660)
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


@given(made_up_days())
def test_a_plan_costs_what_its_runs_and_its_unserved_requests_cost(day: MadeUpDay) -> None:
    weights = CostWeights(1, 0.25, 0.5, 1000)  # binary fractions add up without rounding
    runs = sum(
        run_cost(run, day.problem.shifts[shift_id], day.problem, weights) for shift_id, run in day.plan.runs.items()
    )
    assert plan_cost(day.plan, day.problem, weights) == runs + 1000 * len(day.plan.unserved)
