from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.graph import RoadGraph
from routing.shortest_paths import Ends, ShortestPaths, as_costs, part_of_costs, split_costs
from routing.travel_times import UNREACHABLE_S
from tests.town import Town


@pytest.fixture
def town() -> Town:
    """A short way over a slow street, a long way round over a fast one."""
    town = Town()
    town.road("service", name="Gasse").east(400)  # 15 km/h: 96 s
    town.road("unclassified", name="Ringstraße").north(200).east(400)  # 40 km/h: 54 s for 600 m
    town.road("unclassified", (400, 200), name="Allee").south(200)  # 18 s
    return town


@pytest.fixture
def graph(town: Town, tmp_path: Path) -> RoadGraph:
    return town.import_roads(tmp_path)[0]


def test_the_fastest_way_is_taken_and_its_distance_given(graph: RoadGraph, town: Town) -> None:
    origin, destination = _node(graph, town, 0, 0), _node(graph, town, 400, 0)
    durations_s, distances_m = ShortestPaths(graph).durations_and_distances(
        Ends.at_nodes([origin, destination]), Ends.at_nodes([origin, destination])
    )
    assert durations_s.tolist() == [[0, 72], [72, 0]]
    assert distances_m.tolist() == [[0, 800], [800, 0]]


def test_a_path_has_its_streets_and_points_in_the_order_of_driving(graph: RoadGraph, town: Town) -> None:
    paths = ShortestPaths(graph)
    path = paths.path(_node(graph, town, 0, 0), _node(graph, town, 400, 0))
    assert path is not None
    assert paths.street_names(path) == ("Ringstraße", "Allee")
    expected = [town.lon_lat(*place) for place in ((0, 0), (0, 200), (400, 200), (400, 0))]
    assert np.array(paths.geometry(path)) == pytest.approx(np.array(expected), abs=1e-7)


def test_from_a_node_to_itself_there_is_nothing_to_drive(graph: RoadGraph) -> None:
    assert ShortestPaths(graph).path(0, 0) == ()


def test_where_there_is_no_way_it_is_said() -> None:
    lonely = _random_graph(np.array([[0, 1, 7.0]]), 3)
    paths = ShortestPaths(lonely)
    durations_s, distances_m = paths.durations_and_distances(Ends.at_nodes([0, 1]), Ends.at_nodes([1, 2]))
    assert durations_s.tolist() == [[7, UNREACHABLE_S], [0, UNREACHABLE_S]]
    assert distances_m.tolist() == [[70, 0], [0, 0]]
    assert paths.path(1, 0) is None


def test_a_way_of_many_hours_is_found() -> None:
    long = _random_graph(np.array([[0, 1, 50_000.0]]), 2)
    assert ShortestPaths(long).path(0, 1) == (0,)


def test_a_place_joined_to_two_nodes_uses_the_better_one(graph: RoadGraph, town: Town) -> None:
    near, far = _node(graph, town, 0, 0), _node(graph, town, 400, 0)
    place = Ends(np.array([[near, far]], np.int32), np.array([as_costs([50, 20], [500, 200])]))
    paths = ShortestPaths(graph)
    targets = Ends.at_nodes([near, far])
    durations_s, distances_m = paths.durations_and_distances(place, targets)
    assert durations_s.tolist() == [[50, 20]]
    assert distances_m.tolist() == [[500, 200]]
    found = paths.find_path(place, targets.one(1))
    assert found is not None
    assert (found.origin_end, found.edges) == (1, ())


def test_durations_are_rounded_up_and_distances_to_the_nearest_metre() -> None:
    durations_s, distances_m = split_costs(as_costs([10.0, 10.01, 0.0], [7.4, 7.6, 0.0]).astype(np.float64))
    assert durations_s.tolist() == [10, 11, 0]
    assert distances_m.tolist() == [7, 8, 0]


def test_a_part_of_a_cost_is_a_part_of_both() -> None:
    assert part_of_costs(as_costs([100], [1000]), np.array([0.25])) == as_costs([25], [250])


_EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 40)), min_size=1, max_size=40)


@settings(max_examples=40)
@given(edges=_EDGES)
def test_durations_and_paths_are_those_of_networkx(edges: list[tuple[int, int, int]]) -> None:
    graph = _random_graph(np.array(edges, dtype=np.float64), 8)
    oracle = _as_digraph(graph)
    paths = ShortestPaths(graph)
    places = Ends.at_nodes(range(8))
    durations_s, distances_m = paths.durations_and_distances(places, places)
    expected = dict(nx.all_pairs_dijkstra_path_length(oracle))
    for origin in range(8):
        for destination in range(8):
            found_s, path = int(durations_s[origin, destination]), paths.path(origin, destination)
            assert found_s == expected[origin].get(destination, UNREACHABLE_S)
            if path is None:
                assert found_s == UNREACHABLE_S
                continue
            chosen = list(path)
            assert graph.edge_duration_s[chosen].sum() == found_s
            assert graph.edge_length_m[chosen].sum() == distances_m[origin, destination]
            assert all(graph.edge_to[a] == graph.edge_from[b] for a, b in pairwise(chosen))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_grid_towns_agree_with_networkx(tmp_path: Path, seed: int) -> None:
    generator = np.random.default_rng(seed)
    town = Town()
    for row in range(6):
        for column in range(6):
            for step in ((1, 0), (0, 1)):
                if generator.random() < 0.85:
                    road_class = str(generator.choice(["unclassified", "residential", "service", "tertiary"]))
                    oneway = "yes" if generator.random() < 0.2 else "no"
                    road = town.road(road_class, (100 * column, 100 * row), oneway=oneway)
                    road.to(100 * (column + step[0]), 100 * (row + step[1]))
    graph, _ = town.import_roads(tmp_path)
    everywhere = Ends.at_nodes(range(graph.node_count))
    durations_s, _ = ShortestPaths(graph).durations_and_distances(everywhere, everywhere)
    for origin, reached in nx.all_pairs_dijkstra_path_length(_as_digraph(graph)):
        for destination, expected_s in reached.items():
            assert expected_s - 0.2 <= durations_s[origin, destination] < expected_s + 1.2


def _as_digraph(graph: RoadGraph) -> "nx.DiGraph[int]":
    """Durations as the edges have them, the fastest of parallel edges."""
    oracle: nx.DiGraph[int] = nx.DiGraph()
    oracle.add_nodes_from(range(graph.node_count))
    for tail, head, duration_s in zip(
        graph.edge_from.tolist(), graph.edge_to.tolist(), graph.edge_duration_s.tolist(), strict=True
    ):
        if duration_s < oracle.get_edge_data(tail, head, {"weight": np.inf})["weight"]:
            oracle.add_edge(tail, head, weight=duration_s)
    return oracle


def _random_graph(edges: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", node_count: int) -> RoadGraph:
    """Edges (from, to, whole seconds) at 36 km/h between nodes in a row; every edge is a one-way street."""
    tails, heads = edges[:, 0].astype(np.int32), edges[:, 1].astype(np.int32)
    lon = np.linspace(11, 11.01, node_count)
    ends = np.column_stack((tails, heads)).ravel()
    zeros = np.zeros(len(edges), np.int32)
    return RoadGraph(
        node_lon=lon,
        node_lat=np.full(node_count, 53.0),
        edge_from=tails,
        edge_to=heads,
        edge_length_m=(edges[:, 2] * 10).astype(np.float32),
        edge_duration_s=edges[:, 2].astype(np.float32),
        edge_way_id=np.arange(len(edges)),
        edge_name=zeros,
        edge_class=zeros,
        edge_twin=zeros - 1,
        geometry_offset=np.arange(len(edges) + 1) * 2,
        geometry_lon=lon[ends],
        geometry_lat=np.full(ends.size, 53.0),
        names=("",),
        classes=("residential",),
    )


def _node(graph: RoadGraph, town: Town, east_m: float, north_m: float) -> int:
    lon, lat = town.lon_lat(east_m, north_m)
    return int(np.hypot(graph.node_lon - lon, graph.node_lat - lat).argmin())
