"""Interchangeable layouts along a run: wheelchair, pram or two seats more, whatever stands there at the moment.

The vehicle drives along the line of towns, ten minutes from one to the next, from 06:00 at town 0.
"""

from itertools import pairwise

import pytest

from routing.fast_insertion import Insertions
from routing.insertion import best_insertion, list_insertions
from routing.model import KINDS_OF_PLACES, Load, Plan, Request, Run, Shift
from routing.problem import Problem
from routing.schedule import opening_run
from routing.violations import ViolationKind, violations
from tests.strategies import HOUR_S, dropoff, pickup, problem_of, ride, shift_of

SIX = 6 * HOUR_S
FOUR_AND_ONE_PLACE = (Load(seat=6), Load(seat=4, wheelchair=1), Load(seat=4, pram=1))
"""Where the wheelchair stands, a pram may stand, or two seats be folded down."""


def bus() -> Shift:
    return shift_of(layouts=FOUR_AND_ONE_PLACE)


def wheelchair(ends: tuple[int, int]) -> Request:
    return ride("wheelchair", ends, (SIX, SIX + 1200), load=Load(wheelchair=1), service_s=0)


def pram(ends: tuple[int, int]) -> Request:
    return ride("pram", ends, (SIX, SIX + 2400), load=Load(seat=1, pram=1), service_s=0)


def answers(problem: Problem, plan: Plan, request: Request) -> list[Run]:
    """The runs with the request in them, by the plain road and the compiled one, which agree."""
    plain = list_insertions(request, problem, plan)
    assert Insertions(problem, plan).list_all(request) == plain
    return [insertion.run for insertion in plain]


def test_where_a_wheelchair_left_a_pram_may_board() -> None:
    first, second = wheelchair((0, 2)), pram((2, 4))
    run = Run(
        bus().id,
        (pickup(first, SIX), dropoff(first, SIX + 1200), pickup(second, SIX + 1200), dropoff(second, SIX + 2400)),
    )
    assert violations(Plan({bus().id: run}), problem_of(bus(), first, second)) == ()


def test_the_pram_does_not_board_before_the_wheelchair_has_left() -> None:
    first, second = wheelchair((0, 2)), pram((2, 4))
    run = Run(
        bus().id,
        (pickup(first, SIX), pickup(second, SIX + 1200), dropoff(first, SIX + 1200), dropoff(second, SIX + 2400)),
    )
    (found,) = violations(Plan({bus().id: run}), problem_of(bus(), first, second))
    assert found.kind is ViolationKind.OVERLOADED
    assert found.detail == f"1 seat, 1 wheelchair, 1 pram on board from {SIX + 1200}, no layout has room"


def test_a_pram_is_put_in_behind_the_wheelchair_and_nowhere_else() -> None:
    first, second = wheelchair((0, 2)), pram((2, 4))
    problem = problem_of(bus(), first)
    plan = Plan({bus().id: Run(bus().id, (pickup(first, SIX), dropoff(first, SIX + 1200)))})
    runs = answers(problem, plan, second)
    assert [[visit.request_id for visit in run.visits] for run in runs] == [
        ["wheelchair", "wheelchair", "pram", "pram"]
    ], "before or between there is no room, or no time for both"


def test_a_pram_that_would_overlap_the_wheelchair_is_not_taken() -> None:
    first = wheelchair((0, 3))
    second = ride("pram", (1, 2), (SIX + 600, SIX + 900), load=Load(seat=1, pram=1), service_s=0)
    problem = problem_of(bus(), first)
    plan = Plan({bus().id: Run(bus().id, (pickup(first, SIX), dropoff(first, SIX + 1800)))})
    assert best_insertion(second, problem, plan) is None
    assert Insertions(problem, plan).best(second) is None


@pytest.mark.parametrize(("persons", "is_taken"), [(4, True), (5, False)])
def test_two_seats_are_folded_up_while_the_wheelchair_stands_there(persons: int, is_taken: bool) -> None:  # noqa: FBT001
    first = wheelchair((0, 3))
    group = ride("group", (1, 2), (SIX + 600, SIX + 900), load=Load(seat=persons), service_s=0)
    problem = problem_of(bus(), first)
    plan = Plan({bus().id: Run(bus().id, (pickup(first, SIX), dropoff(first, SIX + 1800)))})
    assert (Insertions(problem, plan).best(group) is not None) is is_taken
    assert (best_insertion(group, problem, plan) is not None) is is_taken


def test_six_ride_on_as_soon_as_the_wheelchair_has_left() -> None:
    first = wheelchair((0, 2))
    group = ride("group", (2, 3), (SIX + 1200, SIX + 1200), load=Load(seat=6), service_s=0)
    problem = problem_of(bus(), first)
    plan = Plan({bus().id: Run(bus().id, (pickup(first, SIX), dropoff(first, SIX + 1200)))})
    (run,) = answers(problem, plan, group)
    assert [visit.request_id for visit in run.visits] == ["wheelchair", "wheelchair", "group", "group"]


@pytest.mark.parametrize("kind", KINDS_OF_PLACES)
def test_each_kind_of_place_is_counted_by_itself(kind: str) -> None:
    # One place of the kind: the second party boards when the first has left, and not a town before.
    shift = shift_of(layouts=(Load(**{kind: 1}),))
    rides = [ride(f"{n}", ends, (SIX, SIX + 7200), load=Load(**{kind: 1})) for n, ends in enumerate([(0, 2), (1, 3)])]
    problem, plan = problem_of(shift), Plan({shift.id: opening_run(shift)})
    for request in rides:
        insertion = Insertions(problem, plan).best(request)
        assert insertion is not None
        problem, plan = problem.with_request(request), plan.with_run(insertion.run)
    visits = plan.runs[shift.id].visits
    assert all(a.request_id == b.request_id for a, b in list(pairwise(visits))[::2])
    assert violations(plan, problem) == ()


def test_a_child_seat_needs_a_seat_and_one_of_the_child_seats() -> None:
    layouts = (Load(seat=3, child_seat=1),)
    assert Load(seat=2, child_seat=1).fits_one_of(layouts)
    assert not Load(seat=2, child_seat=2).fits_one_of(layouts)
    assert not Load(seat=4, child_seat=1).fits_one_of(layouts)


def test_only_layouts_that_differ_in_what_is_needed_are_looked_at() -> None:
    seats, seats_and_prams = [0], [0, 2]
    assert bus().widest_layouts(seats) == [(6,)]
    assert bus().widest_layouts(seats_and_prams) == [(4, 1), (6, 0)]
