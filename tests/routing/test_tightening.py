"""Narrower windows rule out nothing that could be."""

from dataclasses import replace

from hypothesis import given, settings

from routing.model import Load, Plan, Run
from routing.problem import Problem
from routing.tightening import tighten_request, tightened
from routing.violations import ViolationKind, violations
from tests.strategies import HOUR_S, MadeUpDay, dropoff, made_up_days, pickup, problem_of, ride, shift_of

SIX = 6 * HOUR_S


def window_of(problem: Problem, name: str) -> tuple[int, int, int, int]:
    request = next(request for request in tightened(problem).requests.values() if request.id == name)
    begins, ends = request.pickup_window, request.dropoff_window
    return begins.earliest_s, begins.latest_s, ends.earliest_s, ends.latest_s


def test_a_known_arrival_says_when_to_board() -> None:
    # from town 1 to town 3 it is 1200 s and boarding takes 60; at most 1800 s on board; two seconds are for rounding
    anna = ride("anna", (1, 3), (0, 20 * HOUR_S), (SIX + 3600, SIX + 4200), max_ride_s=1800)
    boards_s, boards_by_s, alights_s, alights_by_s = window_of(problem_of(shift_of(), anna), "anna")
    assert boards_s == SIX + 3600 - 1800 - 60
    assert boards_by_s == SIX + 4200 - 1200 - 60 + 2
    assert (alights_s, alights_by_s) == (SIX + 3600, SIX + 4200)


def test_a_known_departure_says_when_to_alight() -> None:
    anna = ride("anna", (1, 3), (SIX + 900, SIX + 1800), max_ride_s=1500)
    _, _, alights_s, alights_by_s = window_of(problem_of(shift_of(), anna), "anna")
    assert (alights_s, alights_by_s) == (SIX + 900 + 60 + 1200 - 2, SIX + 1800 + 60 + 1500)


def test_the_shifts_say_the_rest() -> None:
    # the only vehicle leaves town 0 at six, ten minutes away, and has to be back half an hour after the drop-off
    anna = ride("anna", (1, 3), (0, 20 * HOUR_S), max_ride_s=9 * HOUR_S)
    boards_s, boards_by_s, alights_s, alights_by_s = window_of(problem_of(shift_of(), anna), "anna")
    assert boards_s == SIX + 600 - 2
    assert alights_by_s == 14 * HOUR_S - 1800 - 60 + 2
    assert boards_by_s == alights_by_s - 1200 - 60 + 2
    assert alights_s == boards_s + 60 + 1200 - 2


def test_only_shifts_that_may_serve_somebody_count() -> None:
    early, late = shift_of("early"), shift_of("late", hours_s=(10 * HOUR_S, 20 * HOUR_S))
    anna = ride("anna", (1, 3), (0, 20 * HOUR_S))
    problem = problem_of((early, late), anna)
    assert tighten_request(replace(anna, shift_ids=frozenset({late.id})), problem) == replace(
        tighten_request(anna, problem_of(late, anna)) or anna, shift_ids=frozenset({late.id})
    )
    assert tighten_request(replace(anna, load=Load(wheelchair=1)), problem) is None
    assert tighten_request(replace(anna, shift_ids=frozenset()), problem) is None


def test_who_can_not_be_served_keeps_the_windows() -> None:
    nobody_is_there = ride("early bird", (1, 3), (0, HOUR_S))
    in_a_hurry = ride("in a hurry", (1, 3), (SIX, SIX + HOUR_S), max_ride_s=600)
    too_late = ride("too late", (1, 3), (SIX, 20 * HOUR_S), (14 * HOUR_S, 15 * HOUR_S))
    problem = problem_of(shift_of(), nobody_is_there, in_a_hurry, too_late)
    assert all(tighten_request(request, problem) is None for request in problem.requests.values())
    assert tightened(problem) == problem


@settings(max_examples=60)
@given(made_up_days(most_shifts=3, most_requests=6, is_under_way=False))
def test_a_plan_that_keeps_the_windows_keeps_the_narrow_ones(day: MadeUpDay) -> None:
    # made-up ways are straight lines, rounded: a detour is faster by rounding at most
    narrow = tightened(day.problem)
    outside = ViolationKind.OUTSIDE_WINDOW
    assert [v for v in violations(day.plan, narrow) if v.kind is outside] == []


def test_the_earliest_that_is_left_can_be_driven() -> None:
    shift = shift_of()
    anna = ride("anna", (1, 3), (0, 20 * HOUR_S))
    problem = tightened(problem_of(shift, anna))
    anna = problem.requests[anna.id]
    start_s = anna.pickup_window.earliest_s + 2
    plan = Plan({shift.id: Run(shift.id, (pickup(anna, start_s), dropoff(anna, start_s + 1260)))})
    assert violations(plan, problem) == ()
