import dataclasses
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmnx as ox
import pytest
import shapely
from shapely import Point

from routing.graph import RoadGraph, RoadGraphError, as_multidigraph, read_road_graph, write_road_graph
from tests.driving import seconds_between
from tests.town import Town


@pytest.fixture
def town() -> Town:
    """A square with a diagonal that is slower, a one-way street, a loop and a dead end."""
    town = Town()
    town.road("unclassified", name="Ringstraße").east(1000).north(1000).west(1000).south(1000)
    town.road("service").to(1000, 1000)
    town.road("residential", (1000, 0), name="Gasse", oneway="yes").east(200).north(1000).to(1000, 1000)
    town.road("residential").west(100).to(-150, 50).to(-150, -50).to(-100, 0)
    town.road("track", (0, 1000), tracktype="grade2").north(300)
    return town


@pytest.fixture
def graph(town: Town, tmp_path: Path) -> RoadGraph:
    return town.import_roads(tmp_path)[0]


def test_a_written_graph_is_read_again_from_mapped_files(graph: RoadGraph, tmp_path: Path) -> None:
    folder = tmp_path / "roads"
    folder.mkdir()
    write_road_graph(folder, graph)
    again = read_road_graph(folder)
    assert isinstance(again.edge_from, np.memmap)
    for field in dataclasses.fields(RoadGraph):
        assert np.array_equal(getattr(again, field.name), getattr(graph, field.name)), field.name


def test_roads_that_were_not_built_are_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(RoadGraphError, match="rufnetz district build"):
        read_road_graph(tmp_path)


@pytest.mark.parametrize("damage", ["not numpy", ""])
def test_damaged_roads_are_named_with_a_remedy(graph: RoadGraph, tmp_path: Path, damage: str) -> None:
    write_road_graph(tmp_path, graph)
    (tmp_path / "edge_to.npy").write_text(damage)
    with pytest.raises(RoadGraphError, match="rufnetz district build"):
        read_road_graph(tmp_path)


def test_arrays_of_different_builds_are_noticed(graph: RoadGraph, tmp_path: Path) -> None:
    write_road_graph(tmp_path, graph)
    np.save(tmp_path / "edge_to.npy", graph.edge_to[:-1])
    with pytest.raises(RoadGraphError, match="one entry for each"):
        read_road_graph(tmp_path)


def test_a_graph_without_edges_is_none(graph: RoadGraph) -> None:
    with pytest.raises(ValueError, match="at least one edge"):
        dataclasses.replace(graph, edge_from=np.zeros(0, np.int32))


def test_an_edge_to_a_node_that_is_not_there_is_refused(graph: RoadGraph) -> None:
    with pytest.raises(ValueError, match="beyond the last one"):
        dataclasses.replace(graph, edge_to=graph.edge_to + graph.node_count)


def test_a_graph_drawn_by_hand_has_no_delays_and_no_forbidden_turns(graph: RoadGraph) -> None:
    values = {f.name: getattr(graph, f.name) for f in dataclasses.fields(RoadGraph)}
    for name in ("node_delay_s", "forbidden_offset", "forbidden_edges"):
        del values[name]
    drawn = RoadGraph(**values)
    assert drawn.node_delay_s.tolist() == [0] * graph.node_count
    assert drawn.forbidden_sequences() == []


def test_forbidden_sequences_are_stored_and_read(graph: RoadGraph, tmp_path: Path) -> None:
    edge = 0
    follower = int(np.flatnonzero(graph.edge_from == graph.edge_to[edge])[0])
    last = int(np.flatnonzero(graph.edge_from == graph.edge_to[follower])[-1])
    restricted = dataclasses.replace(
        graph,
        forbidden_offset=np.array([0, 2, 5]),
        forbidden_edges=np.array([edge, follower, edge, follower, last], dtype=np.int32),
    )
    assert restricted.forbidden_sequences() == [(edge, follower), (edge, follower, last)]
    write_road_graph(tmp_path, restricted)
    assert read_road_graph(tmp_path).forbidden_sequences() == restricted.forbidden_sequences()


@pytest.mark.parametrize(
    ("offset", "edges", "said"),
    [
        ([0, 1], [0], "grow by 2 or more"),
        ([0], [0, 1], "end with the number"),
        ([], [], "begin with 0"),
        ([0, 2], [0, 10_000], "beyond the last one"),
        ([0, 2], [0, -1], "beyond the last one"),
        ([0, 2], [0, 0], "must join"),
    ],
)
def test_forbidden_sequences_that_cannot_be_are_refused(
    graph: RoadGraph, offset: list[int], edges: list[int], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(
            graph,
            forbidden_offset=np.array(offset, dtype=np.int64),
            forbidden_edges=np.array(edges, dtype=np.int32),
        )


def test_delays_are_one_for_each_node_and_never_negative(graph: RoadGraph) -> None:
    with pytest.raises(ValueError, match="one entry for each"):
        dataclasses.replace(graph, node_delay_s=np.zeros(graph.node_count + 1, dtype=np.float32))
    with pytest.raises(ValueError, match="negative"):
        dataclasses.replace(graph, node_delay_s=np.full(graph.node_count, -1, dtype=np.float32))


def test_the_same_roads_at_other_speeds(graph: RoadGraph) -> None:
    slower = graph.with_durations(graph.edge_duration_s * 2)
    assert slower.edge_duration_s.tolist() == (graph.edge_duration_s * 2).tolist()
    assert slower.edge_from is graph.edge_from


def test_an_edge_runs_from_its_first_node_to_its_last(graph: RoadGraph) -> None:
    for edge in range(graph.edge_count):
        points = graph.edge_points(edge)
        for node, point in ((graph.edge_from[edge], points[0]), (graph.edge_to[edge], points[-1])):
            assert point == (graph.node_lon[node], graph.node_lat[node])


def test_twins_share_their_geometry_in_opposite_directions(graph: RoadGraph) -> None:
    for edge, twin in enumerate(graph.edge_twin.tolist()):
        if twin >= 0:
            assert twin != edge
            assert graph.edge_twin[twin] == edge
            assert graph.edge_points(twin) == graph.edge_points(edge)[::-1]


def test_the_view_has_all_edges_with_the_attributes_of_osmnx(graph: RoadGraph) -> None:
    view = as_multidigraph(graph)
    assert view.graph == {"crs": "epsg:4326", "simplified": True}
    assert (len(view), view.number_of_edges()) == (graph.node_count, graph.edge_count)
    for tail, head, data in view.edges(data=True):
        edge = data["edge"]
        assert (tail, head) == (graph.edge_from[edge], graph.edge_to[edge])
        assert data["length"] / data["travel_time"] * 3.6 == pytest.approx(data["speed_kph"])
        assert list(data["geometry"].coords) == graph.edge_points(edge)
        assert data["oneway"] == (graph.edge_twin[edge] < 0)
        assert data.get("name", "") == graph.edge_street(edge)


def test_streets_at_a_node_are_counted_as_osmnx_counts_them(graph: RoadGraph) -> None:
    view = as_multidigraph(graph)
    counts = {node: data["street_count"] for node, data in view.nodes(data=True)}
    assert counts == ox.stats.count_streets_per_node(view)


def test_osmnx_finds_the_nearest_node_and_edge(graph: RoadGraph, town: Town) -> None:
    view = ox.projection.project_graph(as_multidigraph(graph))
    lon, lat = town.lon_lat(1010, -20)
    point, _ = ox.projection.project_geometry(Point(lon, lat), to_crs=view.graph["crs"])
    x, y = shapely.get_coordinates(point)[0].tolist()
    node = ox.nearest_nodes(view, x, y)
    assert (graph.node_lon[node], graph.node_lat[node]) == pytest.approx(town.lon_lat(1000, 0), abs=1e-7)
    tail, head, key = ox.nearest_edges(view, x, y)
    assert view.has_edge(tail, head, key)


def test_osmnx_makes_tables_of_nodes_and_edges(graph: RoadGraph) -> None:
    nodes, edges = ox.convert.graph_to_gdfs(as_multidigraph(graph))
    assert (len(nodes), len(edges)) == (graph.node_count, graph.edge_count)
    again = ox.convert.graph_from_gdfs(nodes, edges)
    view = as_multidigraph(graph)
    assert nx.get_edge_attributes(again, "length") == nx.get_edge_attributes(view, "length")


def test_osmnx_finds_the_same_fastest_ways(graph: RoadGraph) -> None:
    view = as_multidigraph(graph)
    for origin in range(graph.node_count):
        for destination in range(graph.node_count):
            nodes = ox.routing.shortest_path(view, origin, destination, weight="travel_time")
            assert nodes is not None
            theirs_s = sum(ox.routing.route_to_gdf(view, nodes)["travel_time"]) if len(nodes) > 1 else 0
            assert seconds_between(graph, origin, destination) == pytest.approx(theirs_s, abs=0.05)


def test_osmnx_computes_its_statistics(graph: RoadGraph) -> None:
    statistics: dict[str, Any] = ox.stats.basic_stats(as_multidigraph(graph))
    assert (statistics["n"], statistics["m"]) == (graph.node_count, graph.edge_count)
    assert statistics["street_length_total"] == pytest.approx(graph.street_length_m(), rel=1e-6)
