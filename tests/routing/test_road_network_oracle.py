"""Two roads to the same answer: the hierarchy and a plain search over everything that may be driven."""

import math
from itertools import pairwise

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.costs import HUNDREDTH_S, split_cost
from routing.graph import RoadGraph
from routing.matrix import legs_between
from routing.road_network import RoadNetwork
from routing.travel_times import UNREACHABLE_S
from routing.turns import TurnCosts
from tests.made_up_roads import made_up_roads
from tests.turn_oracle import TurnOracle

_POINTS = st.lists(st.tuples(st.floats(10.985, 11.015), st.floats(52.992, 53.008)), min_size=2, max_size=6, unique=True)
_COSTS = st.sampled_from([TurnCosts(), TurnCosts(0, 0, 0, 0, 0), TurnCosts(1, 5, 2, 9, 50)])


def _expected(cost: float) -> tuple[int, int]:
    return (UNREACHABLE_S, 0) if math.isinf(cost) else split_cost(int(cost))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(graph=made_up_roads(), points=_POINTS, turn_costs=_COSTS)
def test_times_and_ways_are_those_of_a_plain_search(
    graph: RoadGraph, points: list[tuple[float, float]], turn_costs: TurnCosts
) -> None:
    network, oracle = RoadNetwork.build(graph, turn_costs), TurnOracle(graph, turn_costs)
    at_nodes = network.places_at_nodes([0, 3, 8])
    some = network.places(*zip(*points, strict=True))
    everywhere = type(some)(*(np.concatenate(columns) for columns in zip(some, at_nodes, strict=True)))
    places = network.snapper.as_snaps(everywhere)
    # Without the walk to the road, so that costs on the road can be compared to the last digit.
    on_road = everywhere._replace(distance_m=np.zeros(everywhere.edge.size))
    durations_s, distances_m = network.times_between(on_road, on_road)
    for i, origin in enumerate(places):
        reached = oracle.costs_from(origin)
        for j, goal in enumerate(places):
            cost = oracle.cost_between(origin, reached, goal)
            assert (int(durations_s[i, j]), int(distances_m[i, j])) == _expected(cost)
            way = network.find_way(origin, goal)
            assert (way is None) == math.isinf(cost)
            if way is None:
                continue
            assert way.cost == cost
            assert oracle.is_allowed(way.edges)
            assert all(graph.edge_to[a] == graph.edge_from[b] for a, b in pairwise(way.edges))
            assert len(way.ends_at) == len(way.edges)
            assert (np.diff(way.ends_at) > 0).all()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(graph=made_up_roads(), points=_POINTS)
def test_one_to_all_and_pairs_agree_with_the_table(graph: RoadGraph, points: list[tuple[float, float]]) -> None:
    network, oracle = RoadNetwork.build(graph), TurnOracle(graph, TurnCosts())
    places = network.places(*zip(*points, strict=True))
    durations_s, distances_m = network.times_between(places, places)
    to_nodes_s = network.durations_to_nodes(places)
    for i, origin in enumerate(network.snapper.as_snaps(places)):
        reached = oracle.costs_from(origin)
        access = network.durations_to_nodes(places)[i].min()
        for node in range(graph.node_count):
            goal = type(origin)(node, 0, 0.0, 0.0, 0.0, 0.0)
            if graph.edge_from[0] != node:
                entering = np.flatnonzero(graph.edge_to == node)
                if entering.size == 0:
                    continue
                goal = type(origin)(node, int(entering[0]), 1.0, 0.0, 0.0, 0.0)
            cost = oracle.cost_between(origin, reached, goal)
            if math.isinf(cost):
                assert to_nodes_s[i, node] == UNREACHABLE_S
                continue
            walked_s = max(origin.distance_m - 30, 0) * 0.72
            assert abs(int(to_nodes_s[i, node]) - (cost // HUNDREDTH_S / 100 + walked_s)) <= 1.01
            assert to_nodes_s[i, node] >= access
        for j, point in enumerate(points):
            found = network.time_between(points[i], point)
            assert (found.duration_s, found.distance_m) == (int(durations_s[i, j]), int(distances_m[i, j]))
    for number, leg in enumerate(legs_between(network, points)):
        assert leg.duration_s == durations_s[number, number + 1]
        assert leg.distance_m == distances_m[number, number + 1]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(graph=made_up_roads(), closed=st.lists(st.integers(0, 60), max_size=4), factor=st.sampled_from([1.0, 2.0]))
def test_changes_are_as_if_the_roads_had_been_prepared_with_them(
    graph: RoadGraph, closed: list[int], factor: float
) -> None:
    is_closed = np.isin(np.arange(graph.edge_count), closed)
    is_closed |= (graph.edge_twin >= 0) & is_closed[graph.edge_twin]
    if is_closed.all():
        is_closed[:] = False
    slower = (graph.edge_duration_s * np.float32(factor)).astype(np.float32)
    network = RoadNetwork.build(graph).with_changes(closed=is_closed, durations_s=slower)
    oracle = TurnOracle(network.graph, TurnCosts(), is_closed)
    places = network.places(graph.node_lon[:5] + 1e-4, graph.node_lat[:5])
    on_road = places._replace(distance_m=np.zeros(5))
    durations_s, _ = network.times_between(on_road, on_road)
    for i, origin in enumerate(network.snapper.as_snaps(places)):
        reached = oracle.costs_from(origin)
        for j, goal in enumerate(network.snapper.as_snaps(places)):
            assert durations_s[i, j] == _expected(oracle.cost_between(origin, reached, goal))[0]
            way = network.find_way(origin, goal)
            assert way is None or not is_closed[list(way.edges)].any()
