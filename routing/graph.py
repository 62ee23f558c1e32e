"""The roads as arrays: the one form that is stored, searched and drawn.

A road graph holds numbered nodes (junctions, ends) and directed edges with their geometry. A street for both directions
is a pair of edges that name each other as *twins*.
"""

import json
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import networkx as nx

Floats: TypeAlias = NDArray[np.float64]
ShortFloats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
LongInts: TypeAlias = NDArray[np.int64]

EARTH_RADIUS_M = 6_371_009.0
"""Mean radius, as OSMnx has it, so that lengths agree."""

_WORDS_FILE = "words.json"


class RoadGraphError(ValueError):
    """Stored roads that are missing or were written by another version; the message says what to do."""


@dataclass(frozen=True, eq=False, slots=True)
class RoadGraph:
    """Directed roads between numbered nodes. Arrays may be memory-mapped; nobody writes to them.

    Parameters
    ----------
    node_lon, node_lat
        Degrees, one entry for each node.
    edge_from, edge_to
        Node numbers, one entry for each directed edge.
    edge_length_m, edge_duration_s
        Along the geometry, at the speed that is driven (not the legal limit).
    edge_way_id
        The OpenStreetMap way; the first one where an edge runs over several of the same kind.
    edge_name, edge_class
        Indices into ``names`` (``""`` where the street has none) and ``classes`` (values of ``highway``).
    edge_twin
        The edge that leads back over the same geometry, or -1 in a one-way street.
    geometry_offset
        ``n + 1`` positions: edge ``e`` runs over the points ``geometry_offset[e]`` up to ``geometry_offset[e + 1]`` of
        ``geometry_lon`` and ``geometry_lat``, from its first node to its last, both included.
    node_delay_s
        What a vehicle loses at a node that it passes (signals, level crossings); not where its way begins or ends.
        Zero everywhere if not given.
    forbidden_offset, forbidden_edges
        ``m + 1`` positions of ``m`` sequences of edges that nobody may drive one after the other: sequence ``i`` is
        ``forbidden_edges[forbidden_offset[i]:forbidden_offset[i + 1]]``, two edges for a turn at a node, more where a
        restriction runs over ways. The edges of a sequence join. None if not given.
    """

    node_lon: Floats
    node_lat: Floats
    edge_from: Ints
    edge_to: Ints
    edge_length_m: ShortFloats
    edge_duration_s: ShortFloats
    edge_way_id: LongInts
    edge_name: Ints
    edge_class: Ints
    edge_twin: Ints
    geometry_offset: LongInts
    geometry_lon: Floats
    geometry_lat: Floats
    names: tuple[str, ...]
    classes: tuple[str, ...]
    node_delay_s: ShortFloats = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    forbidden_offset: LongInts = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    forbidden_edges: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int32))

    def __post_init__(self) -> None:
        if self.node_delay_s.size == 0:
            object.__setattr__(self, "node_delay_s", np.zeros(self.node_count, dtype=np.float32))
        self._check_edges()
        self._check_nodes()
        self._check_forbidden()

    def _check_edges(self) -> None:
        edges = self.edge_count
        if edges == 0:
            msg = "a road graph has at least one edge"
            raise ValueError(msg)
        for name in _EDGE_ARRAYS:
            if getattr(self, name).shape != (edges,):
                msg = f"{name} must have one entry for each of the {edges} edges"
                raise ValueError(msg)
        if self.node_lon.shape != self.node_lat.shape or self.geometry_lon.shape != self.geometry_lat.shape:
            msg = "longitudes and latitudes must come in pairs"
            raise ValueError(msg)
        if self.geometry_offset.shape != (edges + 1,) or int(self.geometry_offset[-1]) != self.geometry_lon.size:
            msg = "geometry_offset must have one entry more than there are edges and end with the number of points"
            raise ValueError(msg)
        for name, limit in (("edge_from", self.node_count), ("edge_to", self.node_count), ("edge_twin", edges)):
            if int(getattr(self, name).max()) >= limit:
                msg = f"{name} names a number beyond the last one ({limit - 1})"
                raise ValueError(msg)

    def _check_nodes(self) -> None:
        if self.node_delay_s.shape != self.node_lon.shape:
            msg = f"node_delay_s must have one entry for each of the {self.node_count} nodes"
            raise ValueError(msg)
        if not bool((self.node_delay_s >= 0).all()):
            msg = "node_delay_s must not be negative"
            raise ValueError(msg)

    def _check_forbidden(self) -> None:
        offset, edges = self.forbidden_offset, self.forbidden_edges
        if (
            offset.size == 0
            or int(offset[0]) != 0
            or int(offset[-1]) != edges.size
            or bool((np.diff(offset) < 2).any())
        ):
            msg = "forbidden_offset must begin with 0, end with the number of forbidden_edges, and grow by 2 or more"
            raise ValueError(msg)
        if edges.size == 0:
            return
        if int(edges.min()) < 0 or int(edges.max()) >= self.edge_count:
            msg = f"forbidden_edges names a number beyond the last one ({self.edge_count - 1})"
            raise ValueError(msg)
        follows = np.ones(edges.size, dtype=np.bool_)
        follows[offset[:-1]] = False
        if bool((self.edge_to[edges[:-1]] != self.edge_from[edges[1:]])[follows[1:]].any()):
            msg = "the edges of a forbidden sequence must join"
            raise ValueError(msg)

    @property
    def node_count(self) -> int:
        """How many nodes there are; they are numbered from 0."""
        return int(self.node_lon.size)

    @property
    def edge_count(self) -> int:
        """How many directed edges there are; they are numbered from 0."""
        return int(self.edge_from.size)

    def edge_points(self, edge: int) -> list[tuple[float, float]]:
        """The geometry of an edge in its direction, ``lon, lat``."""
        part = slice(int(self.geometry_offset[edge]), int(self.geometry_offset[edge + 1]))
        return list(zip(self.geometry_lon[part].tolist(), self.geometry_lat[part].tolist(), strict=True))

    def edge_street(self, edge: int) -> str:
        """The name of an edge's street, else its number (``L 31``), else empty."""
        return self.names[int(self.edge_name[edge])]

    def highway(self, edge: int) -> str:
        """The class of an edge's road: a value of ``highway``."""
        return self.classes[int(self.edge_class[edge])]

    def forbidden_sequences(self) -> list[tuple[int, ...]]:
        """The sequences of edges that nobody may drive one after the other."""
        edges, offset = self.forbidden_edges.tolist(), self.forbidden_offset.tolist()
        return [tuple(edges[begin:end]) for begin, end in pairwise(offset)]

    def with_durations(self, durations_s: ShortFloats) -> "RoadGraph":
        """The same roads driven at other speeds, one duration for each edge."""
        return replace(self, edge_duration_s=durations_s)

    def street_length_m(self) -> float:
        """Length of all streets; one for both directions counts once."""
        return float((self.edge_length_m * np.where(self.edge_twin < 0, 1.0, 0.5)).sum())


_EDGE_ARRAYS = tuple(f.name for f in fields(RoadGraph) if f.name.startswith("edge_"))
_ARRAYS = tuple(f.name for f in fields(RoadGraph) if f.name not in {"names", "classes"})


def write_road_graph(folder: Path, graph: RoadGraph) -> None:
    """Write a graph into an existing folder: one ``.npy`` file for each array, words as JSON."""
    for name in _ARRAYS:
        np.save(folder / f"{name}.npy", getattr(graph, name))
    words = {"names": graph.names, "classes": graph.classes}
    (folder / _WORDS_FILE).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")


def read_road_graph(folder: Path) -> RoadGraph:
    """Read what :func:`write_road_graph` wrote, memory-mapped so that processes share it.

    Raises
    ------
    RoadGraphError
        A file is missing or damaged.
    """
    try:
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
        words = json.loads((folder / _WORDS_FILE).read_text(encoding="utf-8"))
        return RoadGraph(**arrays, names=tuple(words["names"]), classes=tuple(words["classes"]))
    except (OSError, EOFError, ValueError, KeyError) as error:
        remedy = "Build them again: rufnetz district build, or rufnetz roads build."
        msg = f"The roads in {folder} cannot be read ({error}). {remedy}"
        raise RoadGraphError(msg) from error


def lengths_m(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Great-circle distances between pairs of points (haversine formula)."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_chord = (
        np.sin((phi_b - phi_a) / 2) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(np.radians(lon_b - lon_a) / 2) ** 2
    )
    distances: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half_chord))
    return distances


def strong_components(tails: Ints, heads: Ints, node_count: int) -> tuple[int, Ints]:
    """Number the parts of a directed graph within which everything can be reached from everything.

    Returns
    -------
    How many parts there are, and the part of each node.
    """
    links = coo_array((np.ones(tails.size, np.int8), (tails, heads)), shape=(node_count, node_count))
    count, labels = connected_components(links, directed=True, connection="strong")
    return int(count), labels.astype(np.int32)


def as_multidigraph(graph: RoadGraph) -> "nx.MultiDiGraph[int]":
    """The graph as NetworkX sees it, with the attributes that OSMnx gives its own graphs.

    Nodes carry ``x``, ``y`` and ``street_count``; edges ``osmid``, ``highway``, ``oneway``, ``reversed``, ``length``,
    ``speed_kph``, ``travel_time``, ``geometry``, their number in the graph as ``edge``, and ``name`` where there is
    one. Node numbers are the graph's own.
    """
    import networkx as nx  # noqa: PLC0415 - half a second that services which only route do not spend

    view: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    streets = _street_counts(graph)
    view.add_nodes_from(
        (node, {"x": lon, "y": lat, "street_count": count})
        for node, (lon, lat, count) in enumerate(
            zip(graph.node_lon.tolist(), graph.node_lat.tolist(), streets.tolist(), strict=True)
        )
    )
    tails, heads, attributes = graph.edge_from.tolist(), graph.edge_to.tolist(), _edge_attributes(graph)
    view.add_edges_from(zip(tails, heads, attributes, strict=True))
    return view


def _street_counts(graph: RoadGraph) -> LongInts:
    """How many streets meet at each node; a pair of twins is one street, a loop counts twice."""
    once = _one_of_each_street(graph)
    ends = np.concatenate((graph.edge_from[once], graph.edge_to[once]))
    return np.bincount(ends, minlength=graph.node_count).astype(np.int64)


def _one_of_each_street(graph: RoadGraph) -> NDArray[np.bool_]:
    keeps: NDArray[np.bool_] = (graph.edge_twin < 0) | (graph.edge_twin > np.arange(graph.edge_count))
    return keeps


def _edge_attributes(graph: RoadGraph) -> list[dict[str, object]]:
    points = np.column_stack((graph.geometry_lon, graph.geometry_lat))
    of_edge = np.repeat(np.arange(graph.edge_count), np.diff(graph.geometry_offset))
    lines = np.asarray(shapely.linestrings(points, indices=of_edge))
    is_first = _one_of_each_street(graph)
    attributes: list[dict[str, object]] = []
    for edge in range(graph.edge_count):
        values: dict[str, object] = {
            "osmid": int(graph.edge_way_id[edge]),
            "highway": graph.highway(edge),
            "oneway": bool(graph.edge_twin[edge] < 0),
            "reversed": not bool(is_first[edge]),
            "length": float(graph.edge_length_m[edge]),
            "travel_time": float(graph.edge_duration_s[edge]),
            "geometry": lines[edge],
            "edge": edge,
        }
        values["speed_kph"] = float(graph.edge_length_m[edge]) / max(float(graph.edge_duration_s[edge]), 1e-6) * 3.6
        if graph.edge_street(edge):
            values["name"] = graph.edge_street(edge)
        attributes.append(values)
    return attributes
