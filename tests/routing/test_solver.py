"""Improving never makes a plan worse, never breaks it, and finds what is plainly better."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from routing.model import Break, Load, Plan, Run, TimeWindow
from routing.objective import plan_cost
from routing.solver import improve
from routing.violations import change_violations, violations
from tests.strategies import (
    HOUR_S,
    MadeUpDay,
    dropoff,
    made_up_days,
    pause,
    pickup,
    problem_of,
    ride,
    shift_of,
)

SIX = 6 * HOUR_S
LONG = (SIX, SIX + 6 * HOUR_S)


@settings(deadline=None, max_examples=30)
@given(made_up_days(most_shifts=3, most_requests=8))
def test_an_improved_plan_is_clean_and_cheaper_or_the_one_given(day: MadeUpDay) -> None:
    problem = day.problem.with_request(day.request)
    plan = Plan(day.plan.runs, day.plan.unserved | {day.request.id})
    improved = improve(problem, plan, seconds=None, solutions=10, seed=1)
    assert violations(improved, problem) == ()
    assert change_violations(plan, improved, problem) == ()
    assert improved is plan or plan_cost(improved, problem) < plan_cost(plan, problem)
    assert improve(problem, plan, seconds=None, solutions=10, seed=1) == improved


def test_two_vehicles_that_cross_each_other_swap_their_riders() -> None:
    # one stands in town 0, the other in town 5; each was sent to the far end
    west, east = shift_of("west"), shift_of("east", ends=(5, 5))
    anna, ben = ride("anna", (0, 1), LONG), ride("ben", (5, 4), LONG)
    problem = problem_of((west, east), anna, ben)
    crossed = Plan(
        {
            west.id: Run(west.id, (pickup(ben, SIX + 3000), dropoff(ben, SIX + 3660))),
            east.id: Run(east.id, (pickup(anna, SIX + 3000), dropoff(anna, SIX + 3660))),
        }
    )
    assert violations(crossed, problem) == ()
    improved = improve(problem, crossed, seconds=None, solutions=100, seed=0)
    assert improved.runs[west.id].visits == (pickup(anna, SIX), dropoff(anna, SIX + 660))
    assert improved.runs[east.id].visits == (pickup(ben, SIX), dropoff(ben, SIX + 660))


def test_who_is_on_board_stays_and_what_is_fixed_is_kept() -> None:
    west, east = shift_of("west"), shift_of("east", ends=(5, 5))
    anna, ben = ride("anna", (0, 1), LONG), ride("ben", (5, 4), LONG)
    # it is 6:55, and both have just been picked up at the wrong end of the world
    problem = problem_of((west, east), anna, ben, not_before_s=SIX + 3300)
    crossed = Plan(
        {
            west.id: Run(west.id, (pickup(ben, SIX + 3000), dropoff(ben, SIX + 3660))),
            east.id: Run(east.id, (pickup(anna, SIX + 3000), dropoff(anna, SIX + 3660))),
        }
    )
    assert improve(problem, crossed, seconds=None, solutions=100, seed=0) is crossed


def test_a_rider_on_board_is_driven_on_while_the_others_change_vehicles() -> None:
    west, east = shift_of("west"), shift_of("east", ends=(5, 5))
    dani = ride("dani", (0, 2), LONG)
    anna, ben = ride("anna", (2, 1), LONG), ride("ben", (5, 4), LONG)
    problem = problem_of((west, east), dani, anna, ben, not_before_s=SIX + 1)
    plan = Plan(
        {
            west.id: Run(
                west.id,
                (
                    pickup(dani, SIX),
                    dropoff(dani, SIX + 1260),
                    pickup(ben, SIX + 3120),
                    dropoff(ben, SIX + 3780),
                ),
            ),
            east.id: Run(east.id, (pickup(anna, SIX + 1801), dropoff(anna, SIX + 2461))),
        }
    )
    assert violations(plan, problem) == ()
    improved = improve(problem, plan, seconds=None, solutions=100, seed=0)
    assert improved.runs[west.id].visits == (
        pickup(dani, SIX),
        dropoff(dani, SIX + 1260),
        pickup(anna, SIX + 1320),
        dropoff(anna, SIX + 1980),
    )
    assert improved.runs[east.id].request_ids() == {"ben"}


def test_a_request_nobody_serves_is_tried_again() -> None:
    shift = shift_of()
    anna = ride("anna", (1, 2), LONG)
    problem = problem_of(shift, anna)
    improved = improve(
        problem, Plan({shift.id: Run(shift.id)}, frozenset({anna.id})), seconds=None, solutions=1, seed=0
    )
    assert improved.unserved == frozenset()
    assert improved.request_ids() == {"anna"}


def test_riders_who_together_fit_no_layout_are_not_put_together() -> None:
    # shared, the way from 1 to 3 would be driven once; but one layout has the seats and the other the wheelchair
    layouts = (Load(seat=4), Load(seat=1, wheelchair=1))
    fleet = (shift_of("a", layouts=layouts), shift_of("b", layouts=layouts))
    group = ride("group", (1, 3), LONG, load=Load(seat=3))
    cem = ride("cem", (1, 3), LONG, load=Load(wheelchair=1))
    problem = problem_of(fleet, group, cem)
    plan = Plan(
        {
            shift.id: Run(shift.id, (pickup(request, SIX + 600), dropoff(request, SIX + 1860)))
            for shift, request in zip(fleet, (group, cem), strict=True)
        }
    )
    improved = improve(problem, plan, seconds=None, solutions=100, seed=0)
    assert violations(improved, problem) == ()
    small = problem.with_request(replace(group, load=Load(seat=1)))
    assert plan_cost(improve(small, plan, seconds=None, solutions=100, seed=0), small) < plan_cost(plan, small)


def test_breaks_are_taken_in_the_improved_plan() -> None:
    breaks = (Break(TimeWindow(SIX + HOUR_S, SIX + 2 * HOUR_S), 1800),)
    fleet = (shift_of("a", breaks=breaks), shift_of("b", breaks=breaks))
    anna, ben = ride("anna", (1, 3), LONG), ride("ben", (1, 3), LONG)
    problem = problem_of(fleet, anna, ben)
    plan = Plan(
        {
            shift.id: Run(shift.id, (pickup(request, SIX + 600), dropoff(request, SIX + 1860), pause(3, SIX + HOUR_S)))
            for shift, request in zip(fleet, (anna, ben), strict=True)
        }
    )
    improved = improve(problem, plan, seconds=None, solutions=100, seed=0)
    assert violations(improved, problem) == ()
    assert plan_cost(improved, problem) < plan_cost(plan, problem) - 3600


def test_a_late_run_is_left_alone_and_does_not_keep_the_others_from_improving() -> None:
    late, west, east = shift_of("late"), shift_of("west"), shift_of("east", ends=(5, 5))
    anna, ben = ride("anna", (0, 1), LONG), ride("ben", (5, 4), LONG)
    cem = ride("cem", (1, 2), (SIX, SIX + 60), service_s=0)
    problem = problem_of((late, west, east), anna, ben, cem)
    plan = Plan(
        {
            late.id: Run(late.id, (pickup(cem, SIX + 600), dropoff(cem, SIX + 1200))),
            west.id: Run(west.id, (pickup(ben, SIX + 3000), dropoff(ben, SIX + 3660))),
            east.id: Run(east.id, (pickup(anna, SIX + 3000), dropoff(anna, SIX + 3660))),
        }
    )
    improved = improve(problem, plan, seconds=None, solutions=100, seed=0)
    assert improved.runs[late.id] == plan.runs[late.id]
    assert improved.runs[west.id].request_ids() == {"anna"}


def test_a_time_limit_is_kept_and_the_plan_gets_better() -> None:
    west, east = shift_of("west"), shift_of("east", ends=(5, 5))
    anna, ben = ride("anna", (0, 1), LONG), ride("ben", (5, 4), LONG)
    problem = problem_of((west, east), anna, ben)
    crossed = Plan(
        {
            west.id: Run(west.id, (pickup(ben, SIX + 3000), dropoff(ben, SIX + 3660))),
            east.id: Run(east.id, (pickup(anna, SIX + 3000), dropoff(anna, SIX + 3660))),
        }
    )
    improved = improve(problem, crossed, seconds=0.4, seed=0)
    assert plan_cost(improved, problem) < plan_cost(crossed, problem)


def test_a_search_without_a_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a limit"):
        improve(problem_of(shift_of()), Plan({}), seconds=None, seed=0)


def test_nothing_to_do_is_done() -> None:
    shift = shift_of()
    plan = Plan({shift.id: Run(shift.id)})
    assert improve(problem_of(shift), plan, seconds=None, solutions=1, seed=0) is plan
    empty = Plan({})
    assert improve(problem_of(()), empty, seconds=None, solutions=1, seed=0) is empty
