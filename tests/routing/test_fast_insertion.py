"""Compiled insertion gives the plain one's answers, to the last digit, for any travel times."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.fast_insertion import Choice, Chosen, End, Insertions
from routing.insertion import COST_DIGITS, best_insertion, list_insertions
from routing.model import (
    Load,
    LocationIndex,
    OwnerCosts,
    Plan,
    Request,
    RequestId,
    Run,
    Shift,
    ShiftId,
    TimeWindow,
    VehicleId,
)
from routing.objective import CostWeights
from routing.problem import Problem
from routing.schedule import opening_run
from routing.travel_times import MatrixTravelTimes
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
weights_of_any_kind = st.just(CostWeights()) | cost_weights()


@given(days, weights_of_any_kind)
def test_all_insertions_are_those_of_the_plain_road(day: MadeUpDay, weights: CostWeights) -> None:
    insertions = Insertions(day.problem, day.plan, weights)
    expected = list_insertions(day.request, day.problem, day.plan, weights=weights)
    assert insertions.list_all(day.request) == expected
    assert insertions.list_all(day.request, limit=2) == expected[:2]
    assert insertions.best(day.request) == (expected[0] if expected else None)


@st.composite
def choices(draw: st.DrawFn, day: MadeUpDay) -> Choice:
    """The request of a day with up to three stops at either end, each with a window of its own."""
    town = st.integers(0, day.problem.times.size - 1).map(LocationIndex)

    def ends(window: TimeWindow) -> st.SearchStrategy[End]:
        later = st.sampled_from((0, 300, 1800)).map(lambda s: TimeWindow(window.earliest_s + s, window.latest_s + s))
        return st.builds(End, town, later, st.sampled_from((0, 60)))

    request = day.request
    pickups = draw(st.lists(ends(request.pickup_window), max_size=3))
    dropoffs = draw(st.lists(ends(request.dropoff_window), max_size=3))
    rides_s = st.none() | st.sampled_from((request.max_ride_s, 3600))
    return Choice(
        id=request.id,
        pickups=tuple(pickups),
        dropoffs=tuple(dropoffs),
        load=request.load,
        max_ride_s=[[draw(rides_s) for _ in dropoffs] for _ in pickups],
        shift_ids=request.shift_ids,
    )


def of_each_plainly(choice: Choice, day: MadeUpDay, weights: CostWeights) -> tuple[Chosen, ...]:
    """The best insertion for each pair of stops, one after the other."""
    found = []
    for a, begin in enumerate(choice.pickups):
        for z, end in enumerate(choice.dropoffs):
            if choice.max_ride_s[a][z] is not None and begin.location != end.location:
                insertion = best_insertion(choice.request(a, z), day.problem, day.plan, weights=weights)
                if insertion is not None:
                    found.append(Chosen(a, z, insertion))
    return tuple(found)


@given(st.data(), days, weights_of_any_kind)
def test_a_choice_of_stops_is_that_of_each_pair_by_itself(
    data: st.DataObject, day: MadeUpDay, weights: CostWeights
) -> None:
    choice = data.draw(choices(day))
    insertions = Insertions(day.problem, day.plan, weights)
    expected = of_each_plainly(choice, day, weights)
    assert insertions.best_of_each(choice) == expected
    first = min(expected, key=lambda c: (round(c.insertion.added_cost, COST_DIGITS), c.pickup, c.dropoff), default=None)
    assert insertions.best_of(choice) == first


@given(days, weights_of_any_kind)
def test_a_changed_run_is_as_good_as_packed_anew(day: MadeUpDay, weights: CostWeights) -> None:
    before = Insertions(day.problem, day.plan, weights)
    first = before.best(day.request)
    if first is None:
        return
    after = before.with_run(first.run, day.request)
    again = replace(day.request, id=RequestId("again"))
    anew = Insertions(day.problem.with_request(day.request), day.plan.with_run(first.run), weights)
    assert after.list_all(again) == anew.list_all(again)
    assert before.best(day.request) == first
    (old,) = (run for run in day.plan.runs.values() if run.shift_id == first.run.shift_id)
    assert after.with_run(old).best(day.request) == first


@given(days, weights_of_any_kind, st.integers(SIX - HOUR_S, SIX + 8 * HOUR_S))
def test_a_plan_at_another_time_is_as_good_as_packed_anew(day: MadeUpDay, weights: CostWeights, later_s: int) -> None:
    now = Insertions(day.problem, day.plan, weights)
    later = now.at(later_s)
    assert later.list_all(day.request) == Insertions(
        replace(day.problem, not_before_s=later_s), day.plan, weights
    ).list_all(day.request)
    assert later.at(day.problem.not_before_s).list_all(day.request) == now.list_all(day.request)


def made_up_district(seed: int, *, vehicles: int, places: int, is_metric: bool) -> tuple[Problem, list[Request]]:
    """A fleet of all sorts and requests on a plane, or anywhere; nobody is served."""
    rng = np.random.default_rng(seed)
    spots = rng.integers(0, 3000, size=(places, 2))
    durations = np.hypot(*(spots[:, None, axis] - spots[None, :, axis] for axis in (0, 1))).round().astype(np.int32)
    if not is_metric:
        durations = rng.integers(0, 2400, size=(places, places)).astype(np.int32)
    times = MatrixTravelTimes(durations, (durations * 15).astype(np.int32))
    shifts = {}
    for number in range(vehicles):
        depot = LocationIndex(int(rng.integers(places)))
        shifts[ShiftId(f"{number}")] = Shift(
            id=ShiftId(f"{number}"),
            vehicle_id=VehicleId(f"{number}"),
            start=depot,
            end=depot,
            start_s=SIX,
            end_s=SIX + 12 * HOUR_S,
            layouts=(Load(seat=8), Load(seat=4, wheelchair=1)),
            max_duration_s=10 * HOUR_S if number % 3 == 0 else None,
            range_m=400_000 if number % 3 == 1 else None,
            costs=OwnerCosts(1.4, 0.7, 900.0) if number % 4 == 0 else OwnerCosts(),
        )
    requests = []
    for number in range(9 * vehicles):
        origin, goal = (LocationIndex(int(place)) for place in rng.choice(places, size=2, replace=False))
        at = int(rng.integers(SIX, SIX + 10 * HOUR_S))
        ride_s = round(1.5 * int(durations[origin, goal])) + 600
        requests.append(
            Request(
                id=RequestId(f"{number}"),
                pickup=origin,
                dropoff=goal,
                pickup_window=TimeWindow(at, at + 1800),
                dropoff_window=TimeWindow(at, at + 1800 + 120 + ride_s),
                load=Load(seat=int(rng.integers(1, 4)), wheelchair=int(rng.random() < 0.1)),
                boarding_s=60,
                alighting_s=30,
                max_ride_s=ride_s,
            )
        )
    no_waiting = frozenset(LocationIndex(int(place)) for place in rng.choice(places, size=places // 4, replace=False))
    return Problem(shifts, {}, times, no_waiting=no_waiting), requests


@pytest.mark.parametrize("is_metric", [True, False])
@pytest.mark.parametrize("not_before_s", [0, SIX + 5 * HOUR_S])
def test_full_runs_are_filled_as_on_the_plain_road(*, is_metric: bool, not_before_s: int) -> None:
    problem, requests = made_up_district(7, vehicles=6, places=40, is_metric=is_metric)
    plan = Plan({shift.id: opening_run(shift, problem) for shift in problem.shifts.values()})
    insertions = Insertions(problem, plan)
    for request in requests[:-10]:
        insertion = insertions.best(request)
        assert insertion == best_insertion(request, insertions.problem, insertions.plan)
        if insertion is not None:
            insertions = insertions.with_run(insertion.run, request)
    assert max(len(run.visits) for run in insertions.plan.runs.values()) >= 10
    problem, plan = replace(insertions.problem, not_before_s=not_before_s), insertions.plan
    later = Insertions(problem, plan)
    for request in requests[-10:]:
        assert later.list_all(request) == list_insertions(request, problem, plan)


def test_two_runs_that_cost_the_same_are_told_apart_by_their_names() -> None:
    fleet = (shift_of("b"), shift_of("a"))
    problem, anna = problem_of(fleet), ride("anna", (1, 2), LONG)
    plan = Plan({shift.id: Run(shift.id) for shift in fleet})
    found = Insertions(problem, plan).best(anna)
    assert found is not None
    assert found.run.shift_id == "a"
    assert found == best_insertion(anna, problem, plan)


def test_the_hub_with_the_shorter_way_is_chosen_in_one_call() -> None:
    # Towns ten minutes apart; the bus stands in town 0, and either of the hubs 1 and 3 will do.
    shift = shift_of()
    insertions = Insertions(problem_of(shift), Plan({shift.id: Run(shift.id)}))
    door = End(LocationIndex(2), TimeWindow(*LONG), 60)
    hubs = tuple(End(LocationIndex(town), TimeWindow(0, SIX + 3 * HOUR_S), 60) for town in (3, 1, 2))
    choice = Choice(RequestId("anna"), (door,), hubs, Load(seat=1), [[3600, 3600, 3600]])
    chosen = insertions.best_of(choice)
    assert chosen is not None
    # 20 minutes to fetch her, 10 on board, 10 back: not 10 more to hub 3 and 30 back.
    assert (chosen.pickup, chosen.dropoff) == (0, 1)
    assert chosen.insertion.added_cost == pytest.approx(2400 + 0.02 * 2400 * 15 + 0.25 * 600)
    # The hub where she stands already is no choice.
    assert [(c.pickup, c.dropoff) for c in insertions.best_of_each(choice)] == [(0, 0), (0, 1)]
    with pytest.raises(ValueError, match="begins and ends at the same location"):
        choice.request(0, 2)


def test_a_pair_of_stops_that_is_no_choice_has_no_request() -> None:
    door, hub = (End(LocationIndex(town), TimeWindow(*LONG), 60) for town in (1, 2))
    choice = Choice(RequestId("anna"), (door,), (hub,), Load(seat=1), [[None]])
    shift = shift_of()
    assert Insertions(problem_of(shift), Plan({shift.id: Run(shift.id)})).best_of(choice) is None
    with pytest.raises(ValueError, match="can't go from its pickup 0 to its drop-off 0"):
        choice.request(0, 0)


def test_a_late_vehicle_takes_nobody_until_its_run_is_mended() -> None:
    shift = shift_of()
    anna, ben = ride("anna", (1, 2), (SIX, SIX + 300)), ride("ben", (1, 2), LONG)
    late = Run(shift.id, (pickup(anna, SIX + 1000), dropoff(anna, SIX + 1660)))
    insertions = Insertions(problem_of(shift, anna), Plan({shift.id: late}))
    assert insertions.best(ben) is None
    assert insertions.with_run(Run(shift.id)).best(ben) is not None


def test_more_requests_than_there_is_space_for_are_packed_anew() -> None:
    shift = shift_of(hours_s=(SIX, SIX + 16 * HOUR_S))
    insertions = Insertions(problem_of(shift), Plan({shift.id: Run(shift.id)}))
    for number in range(20):
        request = ride(f"{number}", (1, 2), (SIX + number * 2400, SIX + number * 2400 + 1800))
        insertion = insertions.best(request)
        assert insertion == best_insertion(request, insertions.problem, insertions.plan)
        assert insertion is not None
        insertions = insertions.with_run(insertion.run, request)
    assert len(insertions.plan.request_ids()) == 20
