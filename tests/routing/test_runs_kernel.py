"""The compiled schedule of a run is that of routing.schedule, and its cost that of routing.objective."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.model import Plan, Run
from routing.objective import CostWeights, run_totals
from routing.packed import PackedProblem, PackedRuns, pack_problem, pack_runs
from routing.problem import Problem
from routing.runs_kernel import (
    CODE,
    FAR,
    LOW,
    WIDTH,
    Sheet,
    best_in_run,
    fetch_later,
    insert,
    new_sheet,
    refresh,
    settle,
    throw,
    timed_cost,
    timed_totals,
    write_limits,
)
from routing.schedule import (
    bounds_of,
    earliest_starts,
    fixed_count,
    is_within_range,
    latest_starts,
    start_times,
    with_times,
)
from tests.strategies import (
    HOUR_S,
    MadeUpDay,
    any_travel_times,
    cost_weights,
    dropoff,
    made_up_days,
    pickup,
    problem_of,
    ride,
    shift_of,
)

SIX = 6 * HOUR_S
LONG = (SIX, SIX + 6 * HOUR_S)

days = made_up_days() | made_up_days(ways=any_travel_times())


def pack(problem: Problem, plan: Plan, weights: CostWeights) -> tuple[PackedProblem, PackedRuns, Sheet]:
    """A problem and a plan as arrays, its windows as they are."""
    packed, numbers = pack_problem(problem, weights, is_exact=True)
    packed = packed._replace(cost=np.zeros((1, problem.times.size, problem.times.size)))
    room = 2 * len(numbers.requests) + 4
    return packed, pack_runs(plan, problem, packed, numbers, room=room), new_sheet(room, len(numbers.requests))


@given(days, st.just(CostWeights()) | cost_weights())
def test_starts_and_costs_are_those_of_the_plain_road(day: MadeUpDay, weights: CostWeights) -> None:
    problem = day.problem
    packed, runs, sheet = pack(problem, day.plan, weights)
    for s, run in enumerate(day.plan.runs[shift_id] for shift_id in problem.shifts):
        shift, n, fixed = problem.shifts[run.shift_id], len(run.visits), fixed_count(run, problem)
        for k in range(n):
            sheet.row[WIDTH * k + CODE] = runs.row[s, WIDTH * k + CODE]
            sheet.row[WIDTH * k + LOW] = run.visits[k].start_s if k < fixed else -FAR
        assert write_limits(packed, s, n, fixed, sheet) == is_within_range(shift, run.visits, problem, fixed=fixed)
        bounds = bounds_of(shift, run.visits, problem, problem.requests, fixed)
        least = earliest_starts(bounds)
        assert settle(packed, s, n, fixed, 1, n + 1, sheet.row) == (least is not None)
        if least is None:
            continue
        assert sheet.row[LOW : WIDTH * (n + 1) : WIDTH].tolist() == least
        starts = start_times(shift, run.visits, problem, fixed=fixed)
        assert starts is not None
        fetch_later(packed, n, fixed, sheet)
        assert tuple(sheet.start[:n].tolist()) == starts
        totals = run_totals(Run(shift.id, with_times(run.visits, starts)), shift, problem, weights)
        assert timed_totals(packed, n, sheet) == (totals.on_board_s, totals.tight_s, totals.short_wait_s)
        timed = weights.of(totals) - weights.drive_s * totals.drive_s - weights.drive_m * totals.drive_m
        assert timed_cost(packed, n, fixed, sheet) == pytest.approx(timed, abs=1e-6)


@given(days)
def test_no_schedule_has_a_later_start_than_the_one_kept(day: MadeUpDay) -> None:
    problem = day.problem
    _, runs, _ = pack(problem, day.plan, CostWeights())
    for s, run in enumerate(day.plan.runs[shift_id] for shift_id in problem.shifts):
        shift, fixed = problem.shifts[run.shift_id], fixed_count(run, problem)
        greatest = latest_starts(bounds_of(shift, run.visits, problem, problem.requests, fixed))
        if greatest is not None and runs.is_open[s]:
            kept = runs.late[s, fixed : len(run.visits) + 1].tolist()
            assert all(late >= latest for late, latest in zip(kept, greatest[fixed:], strict=True))


@given(made_up_days(is_under_way=False), st.just(CostWeights()) | cost_weights())
def test_the_search_puts_nobody_where_the_run_would_break_a_limit(day: MadeUpDay, weights: CostWeights) -> None:
    problem = day.problem.with_request(day.request)
    packed, numbers = pack_problem(problem, weights)
    room = 2 * len(numbers.requests) + 4
    runs = pack_runs(day.plan, problem, packed, numbers, room=room)
    sheet = new_sheet(room, len(numbers.requests))
    r = numbers.of_request[day.request.id]
    dice = np.array([1], dtype=np.uint64)
    for s in range(len(numbers.shifts)):
        before = runs.drive[s] + runs.timed[s]
        cost, i, j = best_in_run(packed, runs, s, r, np.inf, sheet, 0.0, dice)
        if i >= 0:
            insert(runs, s, r, i, j)
            assert refresh(packed, runs, s, sheet)
            assert runs.drive[s] + runs.timed[s] - before == pytest.approx(cost, abs=1e-6)


def test_waits_that_are_not_allowed_pull_a_whole_chain_of_visits() -> None:
    # Nobody may wait anywhere, and the last drop-off opens at eight only: all who came before begin just in time.
    shift = shift_of()
    anna = ride("anna", (1, 2), LONG, (SIX + 2 * HOUR_S, SIX + 3 * HOUR_S))
    ben = ride("ben", (1, 2), LONG)
    problem = problem_of(shift, anna, ben, no_waiting=range(6))
    visits = (pickup(ben, SIX + 600), pickup(anna), dropoff(ben), dropoff(anna))
    starts = start_times(shift, visits, problem, fixed=0)
    assert starts == (SIX + 6420, SIX + 6480, SIX + 7140, SIX + 7200)
    packed, runs, _ = pack(problem, Plan({shift.id: Run(shift.id, with_times(visits, starts))}), CostWeights())
    assert runs.is_open[0]
    assert [int(runs.row[0, WIDTH * k + LOW]) for k in range(4)] == list(starts)
    assert packed.no_waiting.all()


def test_random_numbers_lie_between_nought_and_one_and_follow_from_the_seed() -> None:
    drawn = []
    for _ in range(2):
        dice = np.array([12345], dtype=np.uint64)
        drawn.append([throw(dice) for _ in range(2000)])
    assert drawn[0] == drawn[1]
    assert all(0 <= number < 1 for number in drawn[0])
    assert np.mean(drawn[0]) == pytest.approx(0.5, abs=0.02)
