"""The schedule against two other roads: shortest paths by NetworkX, and the eight steps of Cordeau and Laporte."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.model import Action, LocationIndex, Plan, Request, RequestId, Run, Shift, TimeWindow, Visit
from routing.problem import Problem
from routing.schedule import drive_s, start_times, visit_slacks, with_breaks_in_place, with_times
from routing.travel_times import MatrixTravelTimes
from routing.violations import ViolationKind, violations
from tests.routing.eight_steps import Route, eight_steps
from tests.strategies import HOUR_S, ONE_SEAT, any_travel_times, dropoff, opened_days, pause, pickup, travel_times

ZERO = "time zero"
OF_THE_SEQUENCE = {ViolationKind.OVERLOADED, ViolationKind.BREAK_WITH_RIDERS}
"""What is wrong with a sequence whatever its times; the schedule doesn't look at it."""


@dataclass(frozen=True)
class Sequence:
    """Visits in some order, of which the first ``fixed`` are facts that may have come late."""

    problem: Problem
    shift: Shift
    visits: tuple[Visit, ...]
    fixed: int


@st.composite
def rides(draw: st.DrawFn, name: str, times: MatrixTravelTimes) -> Request:
    """A ride in the morning whose limits leave more or less room."""
    towns = st.integers(0, times.size - 1).map(LocationIndex)
    origin, goal = draw(st.tuples(towns, towns).filter(lambda ends: ends[0] != ends[1]))
    direct_s = times.duration_s(origin, goal)
    earliest_s = 8 * HOUR_S + draw(st.integers(0, 5400))
    dropoff_s = earliest_s + draw(st.sampled_from((0, 1800, 5400)))
    width_s = draw(st.sampled_from((10_000, 3600, 900)))
    return Request(
        id=RequestId(name),
        pickup=origin,
        dropoff=goal,
        pickup_window=TimeWindow(earliest_s, earliest_s + width_s),
        dropoff_window=TimeWindow(dropoff_s, dropoff_s + width_s + direct_s),
        load=ONE_SEAT,
        boarding_s=draw(st.sampled_from((0, 60))),
        alighting_s=draw(st.sampled_from((0, 90))),
        max_ride_s=direct_s + draw(st.sampled_from((5400, 1800, 600, 0))),
    )


@st.composite
def sequences(draw: st.DrawFn, most_rides: int = 4) -> Sequence:
    """Visits in any order in which everybody boards before alighting; breaks stand anywhere in between."""
    times = draw(travel_times() | any_travel_times())
    problem = draw(opened_days(times, most_shifts=1))
    (shift,) = problem.shifts.values()
    requests = [draw(rides(f"ride-{number}", times)) for number in range(draw(st.integers(1, most_rides)))]
    visits: list[Visit] = []
    boarded = set()
    for request in draw(st.permutations(requests * 2)):
        visits.append(dropoff(request) if request.id in boarded else pickup(request))
        boarded.add(request.id)
    gaps = sorted(draw(st.integers(0, len(visits))) for _ in shift.breaks)
    for number, gap in reversed(list(enumerate(gaps))):
        visits.insert(gap, pause(0, 0, number))
    placed = with_breaks_in_place(shift, visits)
    problem = replace(problem, requests={request.id: request for request in requests})
    fixed = draw(st.just(0) | st.integers(0, len(placed)))
    if fixed == 0:
        return Sequence(replace(problem, not_before_s=draw(st.sampled_from((0, 8 * HOUR_S)))), shift, placed, 0)
    facts_s, clock_s, place = [], shift.start_s, shift.start
    for visit in placed:
        clock_s += drive_s(problem, place, visit.location) + draw(st.sampled_from((90, 0, 2400)))
        if visit.request_id is not None:
            clock_s = max(clock_s, problem.requests[visit.request_id].pickup_window.earliest_s)
        facts_s.append(clock_s)
        place = visit.location
    problem = replace(problem, not_before_s=facts_s[fixed - 1] + draw(st.sampled_from((0, 100, 900, -100))))
    return Sequence(problem, shift, with_times(placed, facts_s), fixed)


def limits(sequence: Sequence) -> Iterator[tuple[int | str, int | str, int]]:
    """Every rule as: the second time is at most so many seconds after the first. The last number is the arrival."""
    problem, shift, visits, fixed = sequence.problem, sequence.shift, sequence.visits, sequence.fixed
    ways_s = [
        drive_s(problem, before, visit.location)
        for before, visit in zip([shift.start, *(v.location for v in visits)], visits, strict=False)
    ]
    services_s, windows, boards = [], [], {}
    for index, visit in enumerate(visits):
        if visit.request_id is None:
            taken = shift.breaks[visit.break_index or 0]
            services_s.append(taken.duration_s)
            windows.append(taken.window)
            continue
        request = problem.requests[visit.request_id]
        if visit.action is Action.PICKUP:
            boards[request.id] = index
            services_s.append(request.boarding_s)
            windows.append(request.pickup_window)
        else:
            services_s.append(request.alighting_s)
            windows.append(request.dropoff_window)
            if index >= fixed:
                yield boards[request.id], index, request.boarding_s + request.max_ride_s
    for index, visit in enumerate(visits):
        if index < fixed:
            yield ZERO, index, visit.start_s
            yield index, ZERO, -visit.start_s
            continue
        yield ZERO, index, windows[index].latest_s
        yield index, ZERO, -windows[index].earliest_s
        yield index, ZERO, -problem.not_before_s - ways_s[index]
        if index == 0:
            yield index, ZERO, -shift.start_s - ways_s[index]
            continue
        least_s = services_s[index - 1] + ways_s[index]
        yield index, index - 1, -least_s
        if {visit.location, visits[index - 1].location} <= problem.no_waiting:
            yield index - 1, index, least_s
    arrival = len(visits)
    yield arrival, arrival - 1, -services_s[-1] - drive_s(problem, visits[-1].location, shift.end)
    yield ZERO, arrival, shift.end_s
    if shift.max_duration_s is not None:
        yield 0, arrival, shift.max_duration_s - ways_s[0]


def by_shortest_paths(arcs: list[tuple[int | str, int | str, int]]) -> tuple[list[int], list[int]] | None:
    """The least and the greatest times that keep all limits, or None."""
    graph: nx.DiGraph[int | str] = nx.DiGraph()
    for first, second, most_s in arcs:
        if not graph.has_edge(first, second) or graph.edges[first, second]["weight"] > most_s:
            graph.add_edge(first, second, weight=most_s)
    try:
        greatest_s = nx.single_source_bellman_ford_path_length(graph, ZERO)
        least_s = nx.single_source_bellman_ford_path_length(graph.reverse(), ZERO)
    except nx.NetworkXUnbounded:
        return None
    positions = range(len(graph) - 1)
    return [-int(least_s[k]) for k in positions], [int(greatest_s[k]) for k in positions]


def is_in_range(sequence: Sequence) -> bool:
    """Whether no stretch between two chargings that has a leg in the future is too long."""
    shift, times = sequence.shift, sequence.problem.times
    if shift.range_m is None:
        return True
    places = [shift.start, *(visit.location for visit in sequence.visits), shift.end]
    driven_m = 0
    for index in range(1, len(places)):
        here, there = places[index - 1], places[index]
        driven_m += times.distance_m(here, there) if here != there else 0
        if driven_m > shift.range_m and index > sequence.fixed:
            return False
        if index <= len(sequence.visits) and sequence.visits[index - 1].request_id is None:
            charges = shift.breaks[sequence.visits[index - 1].break_index or 0].recharges
            driven_m = 0 if charges else driven_m
    return True


@settings(max_examples=400)
@given(sequences())
def test_the_schedule_is_what_shortest_paths_find(sequence: Sequence) -> None:
    problem, shift, visits, fixed = sequence.problem, sequence.shift, sequence.visits, sequence.fixed
    arcs = list(limits(sequence))
    expected = by_shortest_paths(arcs) if is_in_range(sequence) else None
    starts_s = start_times(shift, visits, problem, fixed=fixed)
    slacks = visit_slacks(shift, visits, problem, fixed=fixed)
    if expected is None:
        assert starts_s is None
        assert slacks is None
        return
    assert slacks is not None
    assert [slack.earliest_s for slack in slacks] == expected[0][:-1]
    assert [slack.latest_s for slack in slacks] == expected[1][:-1]
    assert [slack.room_s for slack in slacks[:fixed]] == [0] * fixed
    # everything but the pickups as early as it can be, then the pickups as late as they can be
    early = [k for k, visit in enumerate(visits) if visit.action is not Action.PICKUP]
    late_pickups = by_shortest_paths([*arcs, *((ZERO, k, expected[0][k]) for k in early)])
    assert late_pickups is not None
    assert starts_s == tuple(late_pickups[1][:-1])


@settings(max_examples=200)
@given(sequences())
def test_the_judge_agrees_with_the_schedule(sequence: Sequence) -> None:
    problem, visits = replace(sequence.problem, not_before_s=0), sequence.visits
    starts_s = start_times(sequence.shift, visits, problem, fixed=0)
    slacks = visit_slacks(sequence.shift, visits, problem, fixed=0)
    if starts_s is None or slacks is None:
        assert starts_s is None
        assert slacks is None
        return
    for times_s in (starts_s, [slack.earliest_s for slack in slacks], [slack.latest_s for slack in slacks]):
        assert kinds_of(sequence, times_s) <= OF_THE_SEQUENCE
    for index, slack in enumerate(slacks):
        for time_s in (slack.earliest_s - 1, slack.latest_s + 1):
            assert not kinds_of(sequence, [*starts_s[:index], time_s, *starts_s[index + 1 :]]) <= OF_THE_SEQUENCE


@settings(max_examples=200)
@given(sequences(most_rides=2), st.data())
def test_what_the_judge_accepts_has_a_schedule(sequence: Sequence, data: st.DataObject) -> None:
    problem = replace(sequence.problem, not_before_s=0)
    starts_s, clock_s, place = [], sequence.shift.start_s, sequence.shift.start
    for visit in sequence.visits:
        clock_s += drive_s(problem, place, visit.location)
        if visit.request_id is not None:
            request = problem.requests[visit.request_id]
            is_pickup = visit.action is Action.PICKUP
            clock_s = max(clock_s, (request.pickup_window if is_pickup else request.dropoff_window).earliest_s)
        clock_s += data.draw(st.sampled_from((0, 60, 600)))
        starts_s.append(clock_s)
        clock_s += 90
        place = visit.location
    if kinds_of(sequence, starts_s) <= OF_THE_SEQUENCE:
        slacks = visit_slacks(sequence.shift, sequence.visits, problem, fixed=0)
        assert slacks is not None
        assert all(s.earliest_s <= start_s <= s.latest_s for s, start_s in zip(slacks, starts_s, strict=True))


def kinds_of(sequence: Sequence, starts_s: list[int] | tuple[int, ...]) -> set[ViolationKind]:
    run = Run(sequence.shift.id, with_times(sequence.visits, starts_s))
    return {violation.kind for violation in violations(Plan({sequence.shift.id: run}), sequence.problem)}


def route_of(sequence: Sequence) -> Route:
    """The sequence as a route from depot to depot; breaks are stops like others."""
    problem, shift = sequence.problem, sequence.shift
    windows, services_s, boards, limited = [TimeWindow(shift.start_s, shift.end_s)], [0], {}, []
    for position, visit in enumerate(sequence.visits, start=1):
        if visit.request_id is None:
            taken = shift.breaks[visit.break_index or 0]
            windows.append(taken.window)
            services_s.append(taken.duration_s)
            continue
        request = problem.requests[visit.request_id]
        if visit.action is Action.PICKUP:
            boards[request.id] = position
            windows.append(request.pickup_window)
            services_s.append(request.boarding_s)
        else:
            limited.append((boards[request.id], position, request.max_ride_s))
            windows.append(request.dropoff_window)
            services_s.append(request.alighting_s)
    windows.append(TimeWindow(shift.start_s, shift.end_s))
    places = [shift.start, *(visit.location for visit in sequence.visits), shift.end]
    return Route(
        earliest_s=[window.earliest_s for window in windows],
        latest_s=[window.latest_s for window in windows],
        service_s=[*services_s, 0],
        travel_s=[drive_s(problem, a, b) for a, b in pairwise(places)],
        rides=limited,
        max_duration_s=shift.max_duration_s,
    )


def without_the_new(sequence: Sequence) -> Sequence:
    """The sequence under the limits that the eight steps know."""
    shift = replace(sequence.shift, range_m=None)
    problem = replace(sequence.problem, not_before_s=0, no_waiting=frozenset(), shifts={shift.id: shift})
    return Sequence(problem, shift, sequence.visits, 0)


@settings(max_examples=300)
@given(sequences())
def test_whatever_the_eight_steps_find_has_a_schedule(sequence: Sequence) -> None:
    sequence = without_the_new(sequence)
    begins_s = eight_steps(route_of(sequence))
    if begins_s is not None:
        slacks = visit_slacks(sequence.shift, sequence.visits, sequence.problem, fixed=0)
        assert slacks is not None
        assert all(s.earliest_s <= begin_s <= s.latest_s for s, begin_s in zip(slacks, begins_s[1:-1], strict=True))
