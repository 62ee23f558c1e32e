"""Insertion is exact: it finds what trying everything finds, in order, and nothing the judge objects to."""

from dataclasses import replace
from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings

from routing.insertion import best_insertion, list_insertions, remove
from routing.model import Break, Load, Plan, Run, ShiftId, TimeWindow
from routing.objective import plan_cost
from routing.schedule import fixed_count, opening_run, start_times, with_breaks_in_place, with_times
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


def by_trying_everything(day: MadeUpDay) -> list[tuple[float, str, Run]]:
    """Every clean run with the request at some pair of positions, with what the plan costs more."""
    request, problem = day.request, day.problem.with_request(day.request)
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
                    added = plan_cost(plan, problem) - plan_cost(day.plan, day.problem)
                    found.append((added, str(shift_id), plan.runs[shift_id]))
    return found


@settings(deadline=None)
@given(made_up_days())
def test_insertion_finds_what_trying_everything_finds(day: MadeUpDay) -> None:
    expected = by_trying_everything(day)
    found = list_insertions(day.request, day.problem, day.plan)
    assert sorted(repr(insertion.run) for insertion in found) == sorted(repr(run) for _, _, run in expected)
    assert [i.added_cost for i in found] == pytest.approx(sorted(added for added, _, _ in expected))
    assert best_insertion(day.request, day.problem, day.plan) == (found[0] if found else None)


@settings(deadline=None)
@given(made_up_days())
def test_a_limit_gives_the_first_of_all(day: MadeUpDay) -> None:
    found = list_insertions(day.request, day.problem, day.plan)
    for limit in (1, 2, 5):
        assert list_insertions(day.request, day.problem, day.plan, limit=limit) == found[:limit]


@settings(deadline=None)
@given(made_up_days())
def test_every_insertion_is_judged_clean_and_tells_its_times(day: MadeUpDay) -> None:
    problem = day.problem.with_request(day.request)
    for insertion in list_insertions(day.request, day.problem, day.plan):
        plan = day.plan.with_run(insertion.run)
        assert violations(plan, problem) == ()
        assert change_violations(day.plan, plan, problem) == ()
        times = [visit.start_s for visit in insertion.run.visits if visit.request_id == day.request.id]
        assert times == [insertion.pickup_s, insertion.dropoff_s]


@settings(deadline=None)
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
        assert violations(plan, problem) == ()
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
    problem = problem_of(shift, replace(anna, max_ride_s=1199), not_before_s=SIX + 700)
    assert best_insertion(ben, problem, late) is None


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
