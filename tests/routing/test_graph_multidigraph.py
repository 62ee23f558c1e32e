from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from shapely import LineString

from routing.graph import RoadGraph, as_multidigraph
from routing.multidigraph import from_multidigraph
from routing.osm import OsmError, import_roads_from_place
from tests.town import Town

# A place on the equator, where 0.001 degrees are 111.195 m whichever way one goes.
STEP_M = 111.195


def _square() -> "nx.MultiDiGraph[int]":
    source: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326")
    for node, (x, y) in {10: (0.0, 0.0), 20: (0.001, 0.0), 30: (0.001, 0.001)}.items():
        source.add_node(node, x=x, y=y)
    for tail, head in ((10, 20), (20, 10), (20, 30), (30, 20)):
        source.add_edge(tail, head, highway="unclassified", osmid=7, name="Weg")
    return source


def test_edges_without_length_time_and_geometry_are_straight_at_the_speed_of_their_tags() -> None:
    graph, report = from_multidigraph(_square())
    assert (graph.node_count, graph.edge_count) == (3, 4)
    assert graph.edge_length_m == pytest.approx([STEP_M] * 4, abs=0.01)
    assert graph.edge_duration_s == pytest.approx([STEP_M / 40 * 3.6] * 4, abs=0.01)
    assert graph.edge_way_id.tolist() == [7] * 4
    assert {graph.edge_street(edge) for edge in range(4)} == {"Weg"}
    assert report.length_m == pytest.approx(2 * STEP_M, abs=0.02)


def test_what_osmnx_knows_of_an_edge_is_kept() -> None:
    source = _square()
    line = LineString([(0.001, 0.0), (0.0012, 0.0005), (0.001, 0.001)])
    source.add_edge(
        20, 30, length=150.0, travel_time=9.0, geometry=line, highway=["primary", "secondary"], osmid=[4, 5]
    )
    graph, _ = from_multidigraph(source)
    edge = int(np.flatnonzero(graph.edge_length_m == 150)[0])
    assert graph.edge_duration_s[edge] == 9
    assert (graph.highway(edge), graph.edge_way_id[edge]) == ("primary", 4)
    assert graph.edge_points(edge) == list(line.coords)
    assert graph.edge_twin[edge] == -1


def test_twins_are_found_among_parallel_edges() -> None:
    source = _square()
    bend = [(0.0, 0.0), (0.0005, 0.0005), (0.001, 0.0)]
    source.add_edge(10, 20, highway="service", geometry=LineString(bend))
    source.add_edge(20, 10, highway="service", geometry=LineString(bend[::-1]))
    graph, _ = from_multidigraph(source)
    for edge, twin in enumerate(graph.edge_twin.tolist()):
        assert graph.edge_points(twin) == graph.edge_points(edge)[::-1]


def test_only_the_part_that_hangs_together_is_kept() -> None:
    source = _square()
    source.add_node(40, x=0.002, y=0.001)
    source.add_edge(30, 40, highway="residential", length=100.0)
    graph, report = from_multidigraph(source)
    assert graph.edge_count == 4
    assert report.islands == 1
    assert report.island_length_m == pytest.approx(100)


def test_an_unknown_class_is_some_road() -> None:
    source = _square()
    for _, _, data in source.edges(data=True):
        data["highway"] = "ladder"
    graph, _ = from_multidigraph(source)
    assert set(graph.classes) == {"road"}


def test_there_and_back_is_the_same_graph(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", name="Ringstraße").east(1000).north(1000).west(1000).south(1000)
    town.road("residential", (1000, 0), oneway="yes").east(200).north(1000).to(1000, 1000)
    graph, _ = town.import_roads(tmp_path)
    again, _ = from_multidigraph(as_multidigraph(graph))
    assert _streets(again) == _streets(graph)


def _streets(graph: RoadGraph) -> list[tuple[list[tuple[float, float]], float, float, str, bool]]:
    return sorted(
        (
            graph.edge_points(edge),
            float(graph.edge_length_m[edge]),
            float(graph.edge_duration_s[edge]),
            graph.edge_street(edge),
            bool(graph.edge_twin[edge] < 0),
        )
        for edge in range(graph.edge_count)
    )


def test_graphs_that_are_no_roads_are_refused() -> None:
    with pytest.raises(ValueError, match="no edges"):
        from_multidigraph(nx.MultiDiGraph())
    placeless = _square()
    del placeless.nodes[10]["x"]
    with pytest.raises(ValueError, match="needs its place"):
        from_multidigraph(placeless)
    projected = _square()
    projected.nodes[10]["x"] = 661_000.0
    with pytest.raises(ValueError, match="projected"):
        from_multidigraph(projected)
    one_way: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    one_way.add_nodes_from([(1, {"x": 0.0, "y": 0.0}), (2, {"x": 0.001, "y": 0.0})])
    one_way.add_edge(1, 2, highway="residential")
    with pytest.raises(ValueError, match="no two nodes with a way there and back"):
        from_multidigraph(one_way)


def test_without_a_network_a_place_says_what_else_can_be_done() -> None:
    with pytest.raises(OsmError, match=r"extract \(\.osm\.pbf\)"):
        import_roads_from_place("Altwiek, Landkreis Reihendorf")
