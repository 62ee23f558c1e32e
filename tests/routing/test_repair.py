"""Room is made for one request more, and as few riders as possible are disturbed."""

from dataclasses import replace

from hypothesis import given, settings

from routing.model import Load, Plan, Request, Run, ShiftId, TimeWindow
from routing.objective import DEFAULT_WEIGHTS
from routing.problem import Problem
from routing.repair import Repair, _needed, disturbed, make_room
from routing.solve import Budget, solve
from routing.violations import change_violations, violations
from tests.strategies import HOUR_S, MadeUpDay, dropoff, made_up_days, pickup, problem_of, ride, shift_of

SIX = 6 * HOUR_S
AT_SEVEN = (SIX + HOUR_S, SIX + HOUR_S + 600)


def _repair(problem: Problem, plan: Plan, request: Request) -> Repair | None:
    return make_room(problem, plan, request, weights=DEFAULT_WEIGHTS, seed=1, seconds=None, iterations=1_500)


def test_who_fits_in_disturbs_nobody() -> None:
    anna, ben = ride("anna", (1, 3), AT_SEVEN), ride("ben", (1, 3), AT_SEVEN)
    problem = problem_of((shift_of("west"),), anna)
    plan = solve(problem, weights=DEFAULT_WEIGHTS, seed=0, budget=Budget(iterations=10)).plan
    repair = _repair(problem, plan, ben)
    assert repair is not None
    assert repair.moved == ()
    assert ben.id in repair.plan.request_ids()


def test_a_rider_who_can_walk_leaves_the_only_bus_with_a_ramp_to_one_in_a_wheelchair() -> None:
    bus = shift_of("a-bus", layouts=(Load(seat=1, wheelchair=1), Load(seat=2)))
    taxi = shift_of("taxi", ends=(5, 5), layouts=(Load(seat=4),))
    # Anna and her friend sit in the bus, which has no room for a wheelchair then; the taxi could fetch them in time
    anna = ride("anna", (2, 4), AT_SEVEN, load=Load(seat=2))
    cem = ride("cem", (2, 4), AT_SEVEN, load=Load(wheelchair=1), max_ride_s=1800)
    problem = problem_of((bus, taxi), anna)
    start = AT_SEVEN[0]
    run = replace(solve(problem, weights=DEFAULT_WEIGHTS, seed=0, budget=Budget(iterations=1)).plan.runs[bus.id])
    plan = Plan(
        {
            bus.id: replace(run, visits=(pickup(anna, start), dropoff(anna, start + 60 + 1200))),
            taxi.id: replace(run, shift_id=taxi.id, visits=()),
        }
    )
    assert violations(plan, problem) == ()
    repair = _repair(problem, plan, cem)
    assert repair is not None
    assert repair.moved == (anna.id,)
    assert cem.id in repair.plan.runs[bus.id].request_ids()
    assert anna.id in repair.plan.runs[taxi.id].request_ids()
    assert violations(repair.plan, problem.with_request(cem)) == ()


def test_where_no_vehicle_can_be_in_time_there_is_no_room() -> None:
    anna = ride("anna", (1, 3), AT_SEVEN)
    problem = problem_of((shift_of("west"),), anna)
    plan = solve(problem, weights=DEFAULT_WEIGHTS, seed=0, budget=Budget(iterations=10)).plan
    far = ride("dora", (5, 4), (SIX, SIX + 60))
    assert _repair(problem, plan, far) is None


def test_for_what_it_is_too_late_there_is_no_room() -> None:
    """Somebody whose vehicle broke down, and who should have been there hours ago."""
    problem = problem_of((shift_of("west"),))
    plan = solve(problem, weights=DEFAULT_WEIGHTS, seed=0, budget=Budget(iterations=10)).plan
    late = replace(
        ride("late", (1, 3), AT_SEVEN),
        pickup_window=TimeWindow(SIX + 8 * HOUR_S, SIX + 9 * HOUR_S),
        dropoff_window=TimeWindow(SIX, SIX + 2 * HOUR_S),
    )
    assert _repair(problem, plan, late) is None


def test_a_pickup_that_moves_by_ten_minutes_disturbs_and_one_that_moves_by_four_does_not() -> None:
    anna = ride("anna", (1, 3), AT_SEVEN)
    problem = problem_of((shift_of("west"),), anna)
    plan = solve(problem, weights=DEFAULT_WEIGHTS, seed=0, budget=Budget(iterations=10)).plan
    (run,) = plan.runs.values()

    def moved_by(seconds: int) -> Plan:
        visits = tuple(replace(visit, start_s=visit.start_s + seconds) for visit in run.visits)
        return plan.with_run(replace(run, visits=visits))

    assert disturbed(plan, moved_by(240)) == ()
    assert disturbed(plan, moved_by(600)) == (anna.id,)


def test_only_those_runs_change_between_which_riders_move() -> None:
    """The new ride takes bert's place in the west, bert that of cleo in the middle; what the east did is not needed."""
    names = ("new", "bert", "cleo", "dora", "emil")
    new, bert, cleo, dora, emil = (ride(name, (1, 3), AT_SEVEN) for name in names)

    def plan_of(**runs: tuple[Request, ...]) -> Plan:
        found = {
            ShiftId(name): Run(ShiftId(name), tuple(v for r in riders for v in (pickup(r, SIX), dropoff(r, SIX))))
            for name, riders in runs.items()
        }
        return Plan(found, frozenset())

    before = plan_of(west=(bert,), middle=(cleo,), far=(), east=(dora, emil), away=())
    after = plan_of(west=(new,), middle=(bert,), far=(cleo,), east=(emil,), away=(dora,))
    found = _needed(before, after, new.id)
    assert {shift_id for shift_id, run in found.runs.items() if run != before.runs[shift_id]} == {
        "west",
        "middle",
        "far",
    }
    assert found.request_ids() == after.request_ids()


@settings(deadline=None, max_examples=30)
@given(made_up_days(most_shifts=2, most_requests=6))
def test_a_repaired_day_is_clean_and_nobody_is_lost(day: MadeUpDay) -> None:
    repair = _repair(day.problem, day.plan, day.request)
    if repair is not None:
        problem = day.problem.with_request(day.request)
        assert day.request.id in repair.plan.request_ids()
        assert violations(repair.plan, problem) == ()
        assert change_violations(day.plan, repair.plan, problem) == ()
        assert set(repair.moved) <= day.plan.request_ids()
        for shift_id, run in repair.plan.runs.items():
            before = day.plan.runs[shift_id]
            if [replace(v, start_s=0) for v in run.visits] == [replace(v, start_s=0) for v in before.visits]:
                assert run is before, "where nothing changes, nobody hears of other times"
