"""Insertion is exact: it finds what trying everything finds, in order, and nothing the judge objects to."""

from dataclasses import replace
from itertools import combinations_with_replacement, permutations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.insertion import COST_DIGITS, SideEffect, best_insertion, list_insertions, remove, side_effects
from routing.model import Action, Break, Load, OwnerCosts, Plan, Run, ShiftId, TimeWindow, Visit
from routing.objective import CostWeights, plan_cost
from routing.schedule import fixed_count, opening_run, start_times, with_breaks_in_place, with_times
from routing.travel_times import MatrixTravelTimes
from routing.violations import ViolationKind, change_violations, violations
from tests.strategies import (
    HOUR_S,
    MadeUpDay,
    any_travel_times,
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
LONG = (SIX, SIX + 6 * HOUR_S)


def by_trying_everything(day: MadeUpDay, weights: CostWeights) -> list[tuple[float, str, int, int, Run]]:
    """Every clean run with the request at some pair of positions, with what the plan costs more, in the order told."""
    request, problem = day.request, day.problem.with_request(day.request)
    before = plan_cost(day.plan, day.problem, weights)
    found = []
    for shift_id, run in day.plan.runs.items():
        shift, fixed = problem.shifts[shift_id], fixed_count(run, problem)
        for pickup_at, dropoff_at in combinations_with_replacement(range(fixed, len(run.visits) + 1), 2):
            visits = list(run.visits)
            visits.insert(dropoff_at, dropoff(request))
            visits.insert(pickup_at, pickup(request))
            placed = with_breaks_in_place(shift, visits)
            starts_s = start_times(shift, placed, problem, fixed=fixed)
            if starts_s is not None:
                plan = day.plan.with_run(Run(shift_id, with_times(placed, starts_s)))
                if not violations(plan, problem) and not change_violations(day.plan, plan, problem):
                    added = round(plan_cost(plan, problem, weights) - before, COST_DIGITS)
                    found.append((added, str(shift_id), pickup_at, dropoff_at, plan.runs[shift_id]))
    return sorted(found, key=lambda entry: entry[:4])


@given(made_up_days() | made_up_days(ways=any_travel_times()), st.just(CostWeights()) | cost_weights())
def test_insertion_finds_what_trying_everything_finds(day: MadeUpDay, weights: CostWeights) -> None:
    expected = by_trying_everything(day, weights)
    found = list_insertions(day.request, day.problem, day.plan, weights=weights)
    assert [insertion.run for insertion in found] == [run for *_, run in expected]
    assert [i.added_cost for i in found] == pytest.approx([added for added, *_ in expected], abs=1e-5)
    assert best_insertion(day.request, day.problem, day.plan, weights=weights) == (found[0] if found else None)


def in_all_orders(day: MadeUpDay) -> set[tuple[Visit, ...]]:
    """Every order of the visits of the run and the request in which nobody alights before boarding."""
    (run,) = day.plan.runs.values()
    visits = [*(replace(visit, start_s=0) for visit in run.visits), pickup(day.request), dropoff(day.request)]
    return {
        order
        for order in permutations(visits)
        if order.index(visits[-2]) < order.index(visits[-1])
        and [visit for visit in order if visit in visits[:-2]] == visits[:-2]
    }


@settings(max_examples=50)
@given(made_up_days(most_shifts=1, most_requests=2, is_under_way=False))
def test_in_a_small_run_no_order_of_visits_is_overlooked(day: MadeUpDay) -> None:
    problem = day.problem.with_request(day.request)
    (run,) = day.plan.runs.values()
    shift = problem.shifts[run.shift_id]
    assume(len(run.visits) <= 5)
    expected = set()
    for order in in_all_orders(day):
        placed = with_breaks_in_place(shift, order)
        starts_s = start_times(shift, placed, problem, fixed=0)
        if starts_s is not None:
            after = Run(shift.id, with_times(placed, starts_s))
            if not violations(day.plan.with_run(after), problem):
                expected.add(after)
    assert {insertion.run for insertion in list_insertions(day.request, day.problem, day.plan)} == expected


@given(made_up_days(), st.just(CostWeights()) | cost_weights())
def test_a_limit_gives_the_first_of_all(day: MadeUpDay, weights: CostWeights) -> None:
    found = list_insertions(day.request, day.problem, day.plan, weights=weights)
    for limit in (1, 2, 5):
        assert list_insertions(day.request, day.problem, day.plan, weights=weights, limit=limit) == found[:limit]


@given(made_up_days())
def test_every_insertion_is_judged_clean_and_tells_its_times(day: MadeUpDay) -> None:
    problem = day.problem.with_request(day.request)
    for insertion in list_insertions(day.request, day.problem, day.plan):
        plan = day.plan.with_run(insertion.run)
        assert violations(plan, problem) == ()
        assert change_violations(day.plan, plan, problem) == ()
        times = [visit.start_s for visit in insertion.run.visits if visit.request_id == day.request.id]
        assert times == [insertion.pickup_s, insertion.dropoff_s]


@given(made_up_days())
def test_removing_a_request_the_vehicle_has_not_set_off_for_leaves_a_clean_plan(day: MadeUpDay) -> None:
    fixed = {
        visit.request_id for run in day.plan.runs.values() for visit in run.visits[: fixed_count(run, day.problem)]
    }
    for request_id in day.plan.request_ids() - fixed:
        plan = remove(request_id, day.problem, day.plan)
        kept = {key: request for key, request in day.problem.requests.items() if key != request_id}
        problem = replace(day.problem, requests=kept)
        assert plan.request_ids() == day.plan.request_ids() - {request_id}
        # without the visits in between it may have to wait where it must not
        kinds = {violation.kind for violation in violations(plan, problem)}
        assert kinds <= ({ViolationKind.WAITS_WHERE_IT_MUST_NOT} if problem.no_waiting else set())
        assert change_violations(day.plan, plan, problem) == ()


def test_a_request_on_the_way_costs_no_drive_only_its_own_time_on_board() -> None:
    anna = ride("anna", (1, 4), LONG)
    ben = ride("ben", (2, 3), LONG, service_s=0)
    shift = shift_of()
    problem = problem_of(shift, anna)
    first = best_insertion(anna, problem, Plan({shift.id: Run(shift.id)}))
    assert first is not None
    second = best_insertion(ben, problem, Plan({shift.id: first.run}))
    assert second is not None
    assert [visit.request_id for visit in second.run.visits] == ["anna", "ben", "ben", "anna"]
    assert second.added_cost == pytest.approx(0.25 * 600)


def test_equally_cheap_insertions_come_in_order_of_shift_and_position() -> None:
    fleet = (shift_of("b"), shift_of("a"))
    anna = ride("anna", (1, 2), LONG)
    problem = problem_of(fleet)
    found = list_insertions(anna, problem, Plan({shift.id: opening_run(shift) for shift in fleet}))
    assert [(i.run.shift_id, i.added_cost) for i in found] == [("a", found[0].added_cost), ("b", found[0].added_cost)]


def test_somebody_already_in_the_run_keeps_the_promise() -> None:
    # Anna is promised 6:10 to 6:15 in town 1 and 6:31 to 6:36 in town 3: no detour of ten minutes for Ben
    anna = ride("anna", (1, 3), (SIX + 600, SIX + 900), (SIX + 1860, SIX + 2160))
    ben = ride("ben", (0, 5), (SIX, SIX + 300), load=Load(seat=1))
    shift = shift_of()
    run = Run(shift.id, (pickup(anna, SIX + 600), dropoff(anna, SIX + 1860)))
    insertion = best_insertion(ben, problem_of(shift, anna), Plan({shift.id: run}))
    assert insertion is not None
    assert [(v.request_id, v.start_s - SIX) for v in insertion.run.visits] == [
        ("ben", 0),
        ("anna", 660),
        ("anna", 660 + 1260),
        ("ben", 660 + 1260 + 1260),
    ]
    too_wide = replace(ben, boarding_s=301)
    assert best_insertion(too_wide, problem_of(shift, anna), Plan({shift.id: run})) is None


def test_a_break_moves_with_the_visit_before_it_and_has_nobody_on_board() -> None:
    shift = shift_of(breaks=(Break(TimeWindow(SIX + 1800, SIX + 2400), 1800),))
    anna = ride("anna", (1, 2), (SIX, SIX + 1800), max_ride_s=3 * HOUR_S)
    insertion = best_insertion(anna, problem_of(shift), Plan({shift.id: opening_run(shift)}))
    assert insertion is not None
    assert insertion.run.visits == (
        pickup(anna, SIX + 600),
        dropoff(anna, SIX + 1260),
        pause(2, SIX + 1800),
    )


def test_a_run_that_is_late_takes_nobody() -> None:
    anna, ben = ride("anna", (1, 3), (SIX, SIX + 600)), ride("ben", (2, 3), LONG)
    shift = shift_of()
    late = Plan({shift.id: Run(shift.id, (pickup(anna, SIX + 600), dropoff(anna, SIX + 1860)))})
    hurried = replace(anna, max_ride_s=1199)
    # Anna is on board, and will be for too long; once she is out it doesn't matter any more
    assert best_insertion(ben, problem_of(shift, hurried, not_before_s=SIX + 650), late) is None
    assert best_insertion(ben, problem_of(shift, hurried, not_before_s=SIX + 700), late) is not None


def test_removing_shortens_the_way_of_the_others() -> None:
    shift = shift_of()
    anna, ben = ride("anna", (1, 2), LONG), ride("ben", (3, 4), LONG)
    visits = (
        pickup(anna, SIX + 600),
        dropoff(anna, SIX + 1260),
        pickup(ben, SIX + 1920),
        dropoff(ben, SIX + 2580),
    )
    plan = remove(anna.id, problem_of(shift, anna, ben), Plan({shift.id: Run(shift.id, visits)}))
    assert plan.runs[shift.id].visits == (pickup(ben, SIX + 1800), dropoff(ben, SIX + 2460))


def test_removing_somebody_the_vehicle_has_set_off_for_keeps_the_times_of_the_others() -> None:
    shift = shift_of()
    anna, ben = ride("anna", (1, 2), LONG), ride("ben", (3, 4), LONG)
    visits = (
        pickup(anna, SIX + 600),
        dropoff(anna, SIX + 1260),
        pickup(ben, SIX + 1920),
        dropoff(ben, SIX + 2580),
    )
    problem = problem_of(shift, anna, ben, not_before_s=SIX + 1)
    plan = remove(anna.id, problem, Plan({shift.id: Run(shift.id, visits)}))
    assert plan.runs[shift.id].visits == visits[2:]


def test_removing_forgets_that_a_request_was_not_served() -> None:
    anna = ride("anna", (1, 2), LONG)
    plan = Plan({ShiftId("early"): Run(ShiftId("early"))}, frozenset({anna.id}))
    assert remove(anna.id, problem_of(shift_of(), anna), plan).unserved == frozenset()


def test_a_request_goes_only_into_the_shifts_it_is_for() -> None:
    fleet = (shift_of("a"), shift_of("b"), shift_of("c"))
    anna = replace(ride("anna", (1, 2), LONG), shift_ids=frozenset({ShiftId("c"), ShiftId("b")}))
    plan = Plan({shift.id: opening_run(shift) for shift in fleet})
    found = list_insertions(anna, problem_of(fleet), plan)
    assert [insertion.run.shift_id for insertion in found] == ["b", "c"]


def test_the_vehicle_whose_owner_asks_less_is_taken() -> None:
    usual, taxi = shift_of("a"), replace(shift_of("b"), costs=OwnerCosts(when_used=100))
    anna, ben = ride("anna", (1, 2), LONG), ride("ben", (1, 2), LONG)
    problem = problem_of((usual, taxi))
    plan = Plan({shift.id: opening_run(shift) for shift in (usual, taxi)})
    first, second = list_insertions(anna, problem, plan)
    assert [first.run.shift_id, second.run.shift_id] == ["a", "b"]
    assert second.added_cost == pytest.approx(first.added_cost + 100)
    used = plan.with_run(second.run)
    in_taxi = [i for i in list_insertions(ben, problem.with_request(anna), used) if i.run.shift_id == taxi.id]
    assert in_taxi[0].added_cost == pytest.approx(
        0.25 * (600 + 60 + 60)
    )  # paid for already: a minute each for the other


def test_a_vehicle_that_turns_round_at_a_stop_may_be_faster_than_on_the_direct_way() -> None:
    # from town 1 to town 2 it takes an hour, but two minutes each from 1 to 3 and from 3 to 2
    ways = [[0 if a == b else 120 for b in range(4)] for a in range(4)]
    ways[1][2] = HOUR_S
    anna = ride("anna", (1, 2), (SIX, SIX + HOUR_S), max_ride_s=2 * HOUR_S)
    ben = ride("ben", (3, 2), (SIX, SIX + 600))
    shift = shift_of(hours_s=(SIX, SIX + 2 * HOUR_S))
    problem = problem_of(shift, anna, times=MatrixTravelTimes.from_rows(ways))
    run = Run(shift.id, (pickup(anna, SIX + 120), dropoff(anna, SIX + 180 + HOUR_S)))
    insertion = best_insertion(ben, problem, Plan({shift.id: run}))
    assert insertion is not None
    assert [(visit.request_id, visit.start_s - SIX) for visit in insertion.run.visits] == [
        ("anna", 120),
        ("ben", 300),
        ("ben", 480),
        ("anna", 540),
    ]
    assert insertion.added_cost < -3000


def test_a_break_that_moves_along_saves_the_way_back_to_it() -> None:
    # with the break in town 0 there would be no time to get to town 5; taken behind the ride there is, to the second
    shift = shift_of(
        ends=(0, 5),
        hours_s=(SIX, SIX + 600 + 60 + 2400 + 60 + 1800),
        breaks=(Break(TimeWindow(SIX, SIX + 6 * HOUR_S), 1800),),
    )
    anna = ride("anna", (1, 5), LONG)
    insertion = best_insertion(anna, problem_of(shift), Plan({shift.id: opening_run(shift)}))
    assert insertion is not None
    assert insertion.run.visits == (pickup(anna, SIX + 600), dropoff(anna, SIX + 3060), pause(5, SIX + 3120))
    later = replace(anna, alighting_s=61)
    assert best_insertion(later, problem_of(shift), Plan({shift.id: opening_run(shift)})) is None


@pytest.mark.parametrize(("asks", "shift_id"), [(29, "b"), (31, "a")])
def test_a_little_cheaper_is_cheaper(asks: int, shift_id: str) -> None:
    # Ben is on the way and costs Anna two minutes on board, 30 in all, beside his own ride; the taxi asks for its use
    anna, ben = ride("anna", (1, 4), LONG), ride("ben", (2, 3), LONG)
    fleet = (shift_of("a"), replace(shift_of("b"), costs=OwnerCosts(0, 0, when_used=asks)))
    problem = problem_of(fleet, anna)
    run = Run(ShiftId("a"), (pickup(anna, SIX + 600), dropoff(anna, SIX + 2460)))
    insertion = best_insertion(ben, problem, Plan({ShiftId("a"): run, ShiftId("b"): Run(ShiftId("b"))}))
    assert insertion is not None
    assert insertion.run.shift_id == shift_id
    assert insertion.added_cost == pytest.approx(0.25 * 600 + min(asks, 30))


class TestSideEffects:
    anna, ben = ride("anna", (1, 4), LONG), ride("ben", (2, 3), LONG)
    shift = shift_of()
    problem = problem_of(shift, anna, ben)

    def test_they_tell_what_becomes_of_those_who_ride_already(self) -> None:
        before = Run(self.shift.id, (pickup(self.anna, SIX + 600), dropoff(self.anna, SIX + 2460)))
        insertion = best_insertion(self.ben, problem_of(self.shift, self.anna), Plan({self.shift.id: before}))
        assert insertion is not None
        # Ben's boarding and alighting are on Anna's way: two minutes more for her
        assert side_effects(before, insertion.run, self.problem) == (SideEffect(self.anna.id, 0, 120, 120),)

    def test_whoever_is_not_in_both_runs_is_not_concerned(self) -> None:
        before = Run(self.shift.id, (pickup(self.anna, SIX + 600), dropoff(self.anna, SIX + 2460)))
        after = Run(self.shift.id, (pickup(self.ben, SIX + 1200), dropoff(self.ben, SIX + 1860)))
        assert side_effects(before, after, self.problem) == ()

    @given(made_up_days())
    def test_without_a_change_there_are_none(self, day: MadeUpDay) -> None:
        for run in day.plan.runs.values():
            effects = side_effects(run, run, day.problem)
            assert [effect.request_id for effect in effects] == [
                visit.request_id for visit in run.visits if visit.action is Action.PICKUP
            ]
            assert all(effect == SideEffect(effect.request_id, 0, 0, 0) for effect in effects)
