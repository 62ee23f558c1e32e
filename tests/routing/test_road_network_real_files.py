"""Thousands of pairs on real roads: the hierarchy, SciPy's Dijkstra and RoutingKit on the turn-expanded graph."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.costs import HUNDREDTH_S, MOST
from routing.graph import LongInts
from routing.hierarchy_search_kernel import clear, meet, put
from routing.matrix import legs_between
from routing.osm import import_roads
from routing.road_network import RoadNetwork
from tests.turn_oracle import TurnOracle

pytestmark = pytest.mark.shared_data

SHARED_DATA = Path(__file__).parents[2].parent / "shared" / "data"
FILES = {
    "bayreuth": SHARED_DATA / "north_bayreuth" / "north-bayreuth.osm.gz",
    "heidelberg": SHARED_DATA / "heidelberg_vrn" / "heidelberg.test.pbf",
}


@pytest.fixture(scope="module", params=sorted(FILES))
def network(request: pytest.FixtureRequest) -> RoadNetwork:
    path = FILES[request.param]
    if not path.exists():
        pytest.skip(f"{path.name} is not there: it belongs into ../shared/data beside the project")
    return RoadNetwork.build(import_roads(path)[0])


def test_thousands_of_pairs_cost_what_dijkstra_finds_on_the_expanded_graph(network: RoadNetwork) -> None:
    turns = network.turns
    begins, ends = np.random.default_rng(1).integers(0, turns.state_count, (2, 100))
    matrix = csr_array((turns.costs.astype(np.float64), turns.heads, turns.offset), shape=(turns.state_count,) * 2)
    expected = dijkstra(matrix, indices=begins)[:, ends]  # sums stay below 2**53 and so are exact
    ours = _between_states(network, begins, ends)
    assert np.array_equal(ours < MOST, np.isfinite(expected))
    assert np.array_equal(ours[ours < MOST], expected[np.isfinite(expected)].astype(np.int64))
    assert (ours < MOST).mean() > 0.9


def test_times_from_door_to_door_are_those_of_a_plain_search(network: RoadNetwork) -> None:
    graph = network.graph
    generator = np.random.default_rng(2)
    nodes = generator.integers(0, graph.node_count, 40)
    lons, lats = graph.node_lon[nodes] + generator.normal(0, 2e-3, 40), graph.node_lat[nodes]
    places = network.places(lons, lats)
    on_road = places._replace(distance_m=np.zeros(40))
    durations_s, distances_m = network.times_between(on_road, on_road)
    snaps = network.snapper.as_snaps(places)
    oracle = TurnOracle(network.graph, network.turn_costs)
    for i in range(0, 40, 14):
        reached = oracle.costs_from(snaps[i])
        for j, goal in enumerate(snaps):
            cost = oracle.cost_between(snaps[i], reached, goal)
            assert not math.isinf(cost)
            assert durations_s[i, j] == -(-(int(cost) // HUNDREDTH_S) // 100)
            assert distances_m[i, j] == (int(cost) % HUNDREDTH_S + 5) // 10


def test_ways_on_real_roads_keep_to_the_rules_and_add_up(network: RoadNetwork) -> None:
    graph = network.graph
    generator = np.random.default_rng(3)
    nodes = generator.integers(0, graph.node_count, 60)
    points = list(zip((graph.node_lon[nodes] + 1e-3).tolist(), graph.node_lat[nodes].tolist(), strict=True))
    snaps = network.snapper.snap_all([lon for lon, _ in points], [lat for _, lat in points])
    oracle = TurnOracle(network.graph, network.turn_costs)
    for number, leg in enumerate(legs_between(network, points)):
        way = network.find_way(snaps[number], snaps[number + 1])
        assert way is not None
        assert oracle.is_allowed(way.edges)
        time = network.time_between(points[number], points[number + 1])
        assert (leg.duration_s, leg.distance_m) == (time.duration_s, time.distance_m)
        assert leg.points[0] == pytest.approx((snaps[number].lon, snaps[number].lat), abs=1e-6)
        assert leg.points[-1] == pytest.approx((snaps[number + 1].lon, snaps[number + 1].lat), abs=1e-6)
        walked_s = sum(max(snap.distance_m - 30, 0) * 0.72 for snap in snaps[number : number + 2])
        assert sum(step.duration_s for step in leg.steps) == pytest.approx(leg.duration_s - walked_s, abs=1.1)


def test_durations_are_those_of_routingkit_on_the_expanded_graph(network: RoadNetwork) -> None:
    pyroutingkit = pytest.importorskip("pyroutingkit")
    turns, graph = network.turns, network.graph
    node = graph.edge_to[turns.state_edge]
    tails = np.repeat(np.arange(turns.state_count), np.diff(turns.offset)).astype(np.uint32)
    hierarchy = pyroutingkit.CCH()
    hierarchy.build_topology(
        tails,
        turns.heads.astype(np.uint32),
        graph.node_lat[node].astype(np.float32),
        graph.node_lon[node].astype(np.float32),
        turns.state_count,
    )
    hierarchy.customize_weights((turns.costs // HUNDREDTH_S).astype(np.uint32))
    begins, ends = np.random.default_rng(4).integers(0, turns.state_count, (2, 60))
    theirs = hierarchy.distances_many_to_many(begins.astype(np.uint32), ends.astype(np.uint32)).astype(np.int64)
    ours = _between_states(network, begins, ends)
    is_found = ours < MOST
    assert is_found.mean() > 0.9
    assert np.array_equal(is_found, theirs < pyroutingkit.INF_WEIGHT)
    assert np.array_equal((ours // HUNDREDTH_S)[is_found], theirs[is_found])


def _between_states(network: RoadNetwork, begins: LongInts, ends: LongInts) -> LongInts:
    """Costs from having driven an edge to having driven another one."""
    hierarchy = network.hierarchy
    lists, work, rank_of = hierarchy.lists, hierarchy.workspace(), hierarchy.rank_of.tolist()
    costs = np.empty((begins.size, ends.size), np.int64)
    for i, begin in enumerate(begins.tolist()):
        for j, end in enumerate(ends.tolist()):
            put(work, lists, 0, rank_of[begin], 0)
            put(work, lists, 1, rank_of[end], 0)
            costs[i, j], _ = meet(work, lists)
            clear(work, 0)
            clear(work, 1)
    return costs
