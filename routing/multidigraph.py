"""Roads from an OSMnx graph: the way back from :func:`routing.graph.as_multidigraph`."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

from routing.graph import Floats, Ints, RoadGraph, lengths_m
from routing.osm_report import ImportReport
from routing.osm_speeds import CLASS_KMH, DEFAULT_SPEEDS, SpeedTable, driven_kmh

Point = tuple[float, float]

_OTHER_CLASS = "road"


@dataclass(frozen=True, slots=True)
class _Edge:
    tail: int
    head: int
    points: tuple[Point, ...]
    length_m: float
    duration_s: float
    way_id: int
    name: str
    road_class: str


def from_multidigraph(
    source: "nx.MultiDiGraph[Any]", table: SpeedTable = DEFAULT_SPEEDS
) -> tuple[RoadGraph, ImportReport]:
    """Turn a graph with OSMnx's attributes into a road graph.

    Nodes need ``x`` and ``y`` in degrees. Edges may have ``length`` (metres), ``travel_time`` (seconds) and
    ``geometry``; without them an edge is the straight line, at the speed that its tags (``highway``, ``maxspeed``,
    ``surface`` …) allow. Where OSMnx joined several ways, the first value of each tag counts. Only the largest strongly
    connected part is kept.

    Raises
    ------
    ValueError
        The graph has no edges, its nodes have no place, or it is projected.
    """
    _check(source)
    parts = sorted(nx.strongly_connected_components(source), key=len, reverse=True)
    nodes = [node for node in source if node in parts[0]]
    number = {node: index for index, node in enumerate(nodes)}
    places = [(float(source.nodes[node]["x"]), float(source.nodes[node]["y"])) for node in nodes]
    edges = [
        _read_edge((number[tail], number[head]), places, data, table)
        for tail, head, data in source.edges(data=True)
        if tail in number and head in number
    ]
    if not edges:
        msg = "the graph has no two nodes with a way there and back"
        raise ValueError(msg)
    graph = _build(places, edges)
    left_out = source.number_of_edges() - graph.edge_count
    return graph, ImportReport(
        ways=len(set(graph.edge_way_id.tolist())),
        nodes=graph.node_count,
        edges=graph.edge_count,
        length_m=graph.street_length_m(),
        islands=len(parts) - 1,
        island_length_m=_length_outside(source, number) if left_out else 0.0,
    )


def _check(source: "nx.MultiDiGraph[Any]") -> None:
    if source.number_of_edges() == 0:
        msg = "the graph has no edges"
        raise ValueError(msg)
    if any("x" not in data or "y" not in data for _, data in source.nodes(data=True)):
        msg = "every node of the graph needs its place as x (longitude) and y (latitude)"
        raise ValueError(msg)
    if any(abs(data["x"]) > 180 or abs(data["y"]) > 90 for _, data in source.nodes(data=True)):
        msg = "the graph is projected: give it in degrees (osmnx.project_graph(G, to_latlong=True))"
        raise ValueError(msg)


def _read_edge(ends: tuple[int, int], places: Sequence[Point], data: Mapping[str, Any], table: SpeedTable) -> _Edge:
    tail, head = ends
    tags = {str(key): _first(value) for key, value in data.items() if key != "geometry"}
    tags["highway"] = _road_class(tags.get("highway", _OTHER_CLASS))
    line = data.get("geometry")
    points = tuple((x, y) for x, y, *_ in line.coords) if line is not None else (places[tail], places[head])
    length_m = float(data["length"]) if "length" in data else _length_of(points)
    if "travel_time" in data:
        duration_s = float(data["travel_time"])
    else:
        duration_s = length_m / driven_kmh(tags, ":forward", table).kmh * 3.6
    name, way_id = tags.get("name") or tags.get("ref", ""), tags.get("osmid", "")
    return _Edge(
        tail, head, points, length_m, duration_s, int(way_id) if _is_number(way_id) else -1, name, tags["highway"]
    )


def _first(value: object) -> str:
    """The value of a tag; the first one where OSMnx made a list of several."""
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return str(value)


def _road_class(highway: str) -> str:
    return highway if highway.removesuffix("_link") in CLASS_KMH else _OTHER_CLASS


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _length_of(points: Sequence[Point]) -> float:
    lon, lat = np.array(points, dtype=np.float64).T
    return float(lengths_m(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())


def _length_outside(source: "nx.MultiDiGraph[Any]", inside: Mapping[Hashable, int]) -> float:
    """Length of the edges that were left out; a pair for both directions counts once."""
    streets: dict[tuple[frozenset[Hashable], float], float] = {}
    for tail, head, data in source.edges(data=True):
        if tail not in inside or head not in inside:
            ends = (source.nodes[tail], source.nodes[head])
            length_m = float(data.get("length") or _length_of([(end["x"], end["y"]) for end in ends]))
            streets[frozenset((tail, head)), round(length_m, 1)] = length_m
    return sum(streets.values())


def _build(places: Sequence[Point], edges: Sequence[_Edge]) -> RoadGraph:
    names = tuple(dict.fromkeys(("", *(edge.name for edge in edges))))
    classes = tuple(dict.fromkeys(edge.road_class for edge in edges))
    name_number = {name: index for index, name in enumerate(names)}
    class_number = {name: index for index, name in enumerate(classes)}
    place_lon, place_lat = _columns(places)
    lon, lat = _columns([point for edge in edges for point in edge.points])
    sizes = [len(edge.points) for edge in edges]
    return RoadGraph(
        node_lon=place_lon,
        node_lat=place_lat,
        edge_from=np.array([edge.tail for edge in edges], dtype=np.int32),
        edge_to=np.array([edge.head for edge in edges], dtype=np.int32),
        edge_length_m=np.array([edge.length_m for edge in edges], dtype=np.float32),
        edge_duration_s=np.array([edge.duration_s for edge in edges], dtype=np.float32),
        edge_way_id=np.array([edge.way_id for edge in edges], dtype=np.int64),
        edge_name=np.array([name_number[edge.name] for edge in edges], dtype=np.int32),
        edge_class=np.array([class_number[edge.road_class] for edge in edges], dtype=np.int32),
        edge_twin=_twins(edges),
        geometry_offset=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        geometry_lon=lon,
        geometry_lat=lat,
        names=names,
        classes=classes,
    )


def _columns(points: Sequence[Point]) -> tuple[Floats, Floats]:
    columns = np.array(points, dtype=np.float64).T
    return np.ascontiguousarray(columns[0]), np.ascontiguousarray(columns[1])


def _twins(edges: Sequence[_Edge]) -> Ints:
    """Pair the edges that run over the same points in opposite directions."""
    twins = np.full(len(edges), -1, dtype=np.int32)
    waiting: defaultdict[tuple[int, int, tuple[Point, ...]], list[int]] = defaultdict(list)
    for index, edge in enumerate(edges):
        partners = waiting[edge.head, edge.tail, edge.points[::-1]]
        if partners:
            partner = partners.pop()
            twins[index], twins[partner] = partner, index
        else:
            waiting[edge.tail, edge.head, edge.points].append(index)
    return twins
