import dataclasses
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import osmnx as ox
import pytest

from routing.graph import RoadGraph, as_multidigraph
from routing.matrix import legs_between, travel_times_between
from routing.model import LocationIndex
from routing.multidigraph import from_multidigraph
from routing.osm import OsmError, import_roads
from routing.osm_report import ImportReport
from routing.osm_restrictions import Broken
from routing.road_network import RoadNetwork
from routing.travel_times import UNREACHABLE_S
from routing.turns import NO_TURN_COSTS

pytestmark = pytest.mark.shared_data

SHARED_DATA = Path(__file__).parents[2].parent / "shared" / "data"
BAYREUTH = SHARED_DATA / "north_bayreuth" / "north-bayreuth.osm.gz"
HEIDELBERG = SHARED_DATA / "heidelberg_vrn" / "heidelberg.test.pbf"


def _import(path: Path) -> tuple[RoadGraph, ImportReport]:
    if not path.exists():
        pytest.skip(f"{path.name} is not there: it belongs into ../shared/data beside the project")
    return import_roads(path)


@pytest.fixture(scope="module")
def bayreuth() -> tuple[RoadGraph, ImportReport]:
    return _import(BAYREUTH)


@pytest.fixture(scope="module")
def heidelberg() -> tuple[RoadGraph, ImportReport]:
    return _import(HEIDELBERG)


def test_rural_roads_come_whole_with_service_roads_and_good_tracks(bayreuth: tuple[RoadGraph, ImportReport]) -> None:
    graph, report = bayreuth
    assert 240_000 < graph.street_length_m() < 270_000
    assert {"service", "track", "unclassified", "primary"} <= {graph.highway(e) for e in range(graph.edge_count)}
    assert report.turn_restrictions + sum(report.restrictions_needless.values()) == 38
    assert sum(map(len, report.restrictions_broken.values())) == 2  # two reach over the border of the extract
    assert report.missing_nodes == 0
    assert report.island_length_m < 0.15 * report.length_m


def test_a_city_comes_whole(heidelberg: tuple[RoadGraph, ImportReport]) -> None:
    graph, report = heidelberg
    assert 1_800_000 < graph.street_length_m() < 1_900_000
    assert report.ways + sum(report.dropped.values()) == 25_365  # all highway ways of the file, and six ferries
    assert report.turn_restrictions > 400
    assert set(report.restrictions_broken) == {Broken.NOT_IN_FILE.value}


@pytest.mark.parametrize("place", ["bayreuth", "heidelberg"])
def test_every_place_can_be_reached_from_every_other(place: str, request: pytest.FixtureRequest) -> None:
    graph, _ = request.getfixturevalue(place)
    generator = np.random.default_rng(7)
    nodes = generator.integers(0, graph.node_count, 60)
    times, _ = travel_times_between(graph, graph.node_lon[nodes].tolist(), graph.node_lat[nodes].tolist())
    assert times.durations_s.max() < 2 * 3600
    assert (times.durations_s < UNREACHABLE_S).all()


@pytest.mark.parametrize("place", ["bayreuth", "heidelberg"])
def test_random_pairs_agree_with_networkx(place: str, request: pytest.FixtureRequest) -> None:
    graph, _ = request.getfixturevalue(place)
    view = as_multidigraph(graph)
    generator = np.random.default_rng(11)
    origins, destinations = generator.integers(0, graph.node_count, (2, 5)).tolist()
    network = RoadNetwork.build(_without_turns(graph), NO_TURN_COSTS)
    durations_s, _ = network.times_between(network.places_at_nodes(origins), network.places_at_nodes(destinations))
    for row, origin in enumerate(origins):
        expected_s = nx.single_source_dijkstra_path_length(view, origin, weight="travel_time")
        for column, destination in enumerate(destinations):
            # hundredths are rounded on every edge, seconds are rounded up
            assert durations_s[row, column] == pytest.approx(expected_s[destination] + 0.5, abs=1)


def _without_turns(graph: RoadGraph) -> RoadGraph:
    """As NetworkX sees it: turns cost nothing and are all allowed, and nothing stands on the road."""
    return dataclasses.replace(
        graph,
        node_delay_s=np.zeros(0, dtype=np.float32),
        forbidden_offset=np.zeros(1, dtype=np.int64),
        forbidden_edges=np.zeros(0, dtype=np.int32),
    )


def test_stops_between_junctions_agree_with_a_graph_that_is_cut_there(bayreuth: tuple[RoadGraph, ImportReport]) -> None:
    """The other road to the same answer: put a node into the NetworkX graph at every stop."""
    graph, _ = bayreuth
    generator = np.random.default_rng(3)
    nodes = generator.integers(0, graph.node_count, 12)
    lons = (graph.node_lon[nodes] + generator.normal(0, 0.003, 12)).tolist()
    lats = (graph.node_lat[nodes] + generator.normal(0, 0.002, 12)).tolist()
    network = RoadNetwork.build(_without_turns(graph), NO_TURN_COSTS)
    times, snaps = travel_times_between(network, lons, lats)
    view = as_multidigraph(graph)
    for number, snap in enumerate(snaps):
        for edge, done in ((snap.edge, snap.fraction), (int(graph.edge_twin[snap.edge]), 1 - snap.fraction)):
            if edge >= 0:
                whole_s, stop = float(graph.edge_duration_s[edge]), graph.node_count + number
                view.add_edge(int(graph.edge_from[edge]), stop, travel_time=done * whole_s)
                view.add_edge(stop, int(graph.edge_to[edge]), travel_time=(1 - done) * whole_s)
    far_s = [max(snap.distance_m - 30, 0) / 5 * 3.6 for snap in snaps]
    edges = [{snap.edge, int(graph.edge_twin[snap.edge])} for snap in snaps]
    for row in range(12):
        lengths_s = nx.single_source_dijkstra_path_length(view, graph.node_count + row, weight="travel_time")
        for column in range(12):
            if edges[row] & edges[column]:
                continue  # two stops on one edge: computed by hand in test_matrix
            expected_s = lengths_s[graph.node_count + column] + far_s[row] + far_s[column]
            found_s = times.duration_s(LocationIndex(row), LocationIndex(column))
            assert found_s == pytest.approx(expected_s + 0.5, abs=1.5)


def test_legs_on_real_roads_hang_together(heidelberg: tuple[RoadGraph, ImportReport]) -> None:
    graph, _ = heidelberg
    nodes = np.random.default_rng(2).integers(0, graph.node_count, 8)
    points = list(zip((graph.node_lon[nodes] + 1e-3).tolist(), graph.node_lat[nodes].tolist(), strict=True))
    legs = legs_between(graph, points)
    assert all(np.allclose(a.points[-1], b.points[0], rtol=0, atol=1e-6) for a, b in pairwise(legs))
    assert all(leg.street_names for leg in legs)


def test_osmnx_works_on_real_roads(bayreuth: tuple[RoadGraph, ImportReport]) -> None:
    graph, report = bayreuth
    view = as_multidigraph(graph)
    projected = ox.projection.project_graph(view)
    some = [0, graph.node_count // 2, graph.node_count - 1]
    xs, ys = ([projected.nodes[node][key] for node in some] for key in ("x", "y"))
    assert ox.nearest_nodes(projected, xs, ys).tolist() == some
    nodes, edges = ox.convert.graph_to_gdfs(view)
    assert (len(nodes), len(edges)) == (report.nodes, report.edges)
    assert ox.routing.shortest_path(view, some[0], some[1], weight="travel_time")
    statistics = ox.stats.basic_stats(view)
    assert statistics["street_length_total"] == pytest.approx(report.length_m, rel=0.001)
    again, _ = from_multidigraph(view)
    assert again.street_length_m() == pytest.approx(graph.street_length_m(), rel=1e-6)


@pytest.mark.parametrize("path", [BAYREUTH, HEIDELBERG], ids=lambda path: path.name)
def test_a_download_that_broke_off_is_refused(path: Path, tmp_path: Path) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} is not there: it belongs into ../shared/data beside the project")
    broken = tmp_path / path.name
    broken.write_bytes(path.read_bytes()[:300_000])
    with pytest.raises(OsmError, match="cut off"):
        import_roads(broken)
