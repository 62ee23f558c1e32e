"""From a point to the road: where a vehicle stops for somebody who stands there.

A point is joined to the nearest place *on* a road, not to the nearest junction: a village road may be a kilometre long,
and its stop half way. Ways begin and end there with the share of the edge that is driven.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.graph import EARTH_RADIUS_M, Floats, LongInts, RoadGraph
from routing.shortest_paths import Ends, as_costs, edge_costs, part_of_costs

FREE_ACCESS_M = 30.0
"""So far from the middle of the road, a stop stands beside it."""

ACCESS_KMH = 5.0
"""What is farther away is reached at this speed: on foot, or by a vehicle over ground that no map shows."""

_CLOSED_CLASSES = frozenset({"motorway", "motorway_link"})
_DETOUR_M = {"service": 15.0, "track": 30.0}
"""Who stands between a street and a drive or track means the street, unless it is so much farther away."""

_END_M = 1.0
"""A place so near to the end of an edge is the node."""

_NO_NODE = -1


@dataclass(frozen=True, slots=True)
class Snap:
    """A place on the road.

    Parameters
    ----------
    node
        The nearer end of the edge.
    edge, fraction
        The place is that part of the edge from its first node: 0 at its first, 1 at its last node.
    distance_m
        From the point that was asked for, as the crow flies.
    lon, lat
        Of the place on the road.
    """

    node: int
    edge: int
    fraction: float
    distance_m: float
    lon: float
    lat: float


class Snapper:
    """Finds places on the roads of a graph. Nobody gets on or off on a motorway."""

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph
        self._lon_0 = float(graph.node_lon.mean())
        self._lat_0 = float(graph.node_lat.mean())
        self._edges = _edges_to_stop_on(graph)
        xy = self._to_metres(graph.geometry_lon, graph.geometry_lat)
        sizes = np.diff(graph.geometry_offset)[self._edges]
        ends = np.cumsum(sizes)
        positions = np.arange(ends[-1]) + np.repeat(graph.geometry_offset[self._edges] - (ends - sizes), sizes)
        self._lines = shapely.linestrings(xy[positions], indices=np.repeat(np.arange(self._edges.size), sizes))
        self._tree = shapely.STRtree(self._lines)
        detours = np.array([_DETOUR_M.get(name, 0.0) for name in graph.classes])
        self._detour_m = detours[graph.edge_class[self._edges]]

    def snap(self, lon: float, lat: float) -> Snap:
        """The place on the road for one point."""
        return self.snap_all([lon], [lat])[0]

    def snap_all(self, lons: Sequence[float], lats: Sequence[float]) -> tuple[Snap, ...]:
        """The places on the road for many points, in their order."""
        if len(lons) == 0:
            return ()
        xy = self._to_metres(np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64))
        points = np.asarray(shapely.points(xy))
        chosen = self._choose_lines(points)
        along_m = shapely.line_locate_point(self._lines[chosen], points)
        length_m = shapely.length(self._lines[chosen])
        along_m = np.where(along_m <= _END_M, 0.0, np.where(along_m >= length_m - _END_M, length_m, along_m))
        fractions = along_m / np.where(length_m > 0, length_m, 1.0)
        places = shapely.line_interpolate_point(self._lines[chosen], along_m)
        distances_m = shapely.distance(places, points)
        lon, lat = self._to_degrees(places)
        return tuple(
            self._snap(int(self._edges[line]), *values)
            for line, *values in zip(
                chosen, fractions.tolist(), distances_m.tolist(), lon.tolist(), lat.tolist(), strict=True
            )
        )

    def _snap(self, edge: int, fraction: float, distance_m: float, lon: float, lat: float) -> Snap:
        node = int(self._graph.edge_from[edge] if fraction < 0.5 else self._graph.edge_to[edge])
        if fraction in {0.0, 1.0}:
            lon, lat = float(self._graph.node_lon[node]), float(self._graph.node_lat[node])
        return Snap(node, edge, fraction, distance_m, lon, lat)

    def _choose_lines(self, points: NDArray[np.object_]) -> LongInts:
        """The nearest line for each point, drives and tracks seen as farther away than they are."""
        (of_point, _), nearest_m = self._tree.query_nearest(points, return_distance=True, all_matches=False)
        reach_m = np.empty(points.size)
        reach_m[of_point] = nearest_m + max(_DETOUR_M.values())
        candidates, lines = self._tree.query(points, predicate="dwithin", distance=reach_m)
        seen_m = shapely.distance(points[candidates], self._lines[lines]) + self._detour_m[lines]
        order = np.lexsort((lines, seen_m, candidates))
        _, first = np.unique(candidates[order], return_index=True)
        chosen: LongInts = lines[order[first]].astype(np.int64)
        return chosen

    def _to_metres(self, lon: Floats, lat: Floats) -> Floats:
        """East and north of the middle of the graph, on the plane that touches the earth there."""
        east = np.radians(lon - self._lon_0) * np.cos(np.radians(self._lat_0)) * EARTH_RADIUS_M
        north = np.radians(lat - self._lat_0) * EARTH_RADIUS_M
        return np.column_stack((east, north))

    def _to_degrees(self, places: NDArray[np.object_]) -> tuple[Floats, Floats]:
        east, north = shapely.get_coordinates(places).T
        lon = self._lon_0 + np.degrees(east / (EARTH_RADIUS_M * np.cos(np.radians(self._lat_0))))
        return lon, self._lat_0 + np.degrees(north / EARTH_RADIUS_M)


def _edges_to_stop_on(graph: RoadGraph) -> LongInts:
    """One edge of each street; all streets where there are only motorways."""
    is_once = (graph.edge_twin < 0) | (graph.edge_twin > np.arange(graph.edge_count))
    is_closed = np.array([name in _CLOSED_CLASSES for name in graph.classes])[graph.edge_class]
    return np.flatnonzero(is_once & ~is_closed) if (is_once & ~is_closed).any() else np.flatnonzero(is_once)


class SnapCosts:
    """What it costs to get from places on edges to the graph's nodes, and between two places on one edge."""

    def __init__(self, graph: RoadGraph, snaps: Sequence[Snap]) -> None:
        self._graph = graph
        self.edges = np.array([snap.edge for snap in snaps], dtype=np.int64)
        self.fractions = np.array([snap.fraction for snap in snaps], dtype=np.float64)
        self._twins = graph.edge_twin[self.edges].astype(np.int64)
        self._has_twin = self._twins >= 0
        self._along = edge_costs(graph, self.edges)
        self._back = edge_costs(graph, self._twins)
        self._done_along = part_of_costs(self._along, self.fractions)
        self._done_back = part_of_costs(self._back, 1 - self.fractions)
        far_m = np.maximum(np.array([snap.distance_m for snap in snaps]) - FREE_ACCESS_M, 0.0)
        self.access = as_costs(far_m / ACCESS_KMH * 3.6, far_m)
        self._is_node = (self.fractions == 0) | (self.fractions == 1)

    def origins(self) -> Ends:
        """The places as beginnings of ways."""
        return self._ends(self._graph.edge_to, self._along - self._done_along, self._back - self._done_back)

    def destinations(self) -> Ends:
        """The places as ends of ways."""
        return self._ends(self._graph.edge_from, self._done_along, self._done_back)

    def _ends(self, node_of_edge: NDArray[np.int32], along: LongInts, back: LongInts) -> Ends:
        nodes = np.column_stack(
            (node_of_edge[self.edges], np.where(self._has_twin, node_of_edge[self._twins], _NO_NODE))
        )
        costs = np.column_stack((along, back))
        at_node = np.where(self.fractions < 0.5, self._graph.edge_from[self.edges], self._graph.edge_to[self.edges])
        nodes[self._is_node] = np.column_stack((at_node, np.full(at_node.size, _NO_NODE)))[self._is_node]
        costs[self._is_node] = 0
        return Ends(nodes.astype(np.int32), costs + self.access[:, np.newaxis])

    def direct(self) -> Floats:
        """Costs between places on the same edge without leaving it, shape ``(n, n)``; infinite for all others."""
        found = np.full((self.edges.size, self.edges.size), np.inf)
        order = np.argsort(self.edges, kind="stable")
        _, start, size = np.unique(self.edges[order], return_index=True, return_counts=True)
        for begin, count in zip(start.tolist(), size.tolist(), strict=True):
            if count > 1:
                members = order[begin : begin + count]
                found[np.ix_(members, members)] = self._direct_on_edge(members)
        return found

    def _direct_on_edge(self, members: LongInts) -> Floats:
        done_along, done_back = self._done_along[members], self._done_back[members]
        along: Floats = np.subtract.outer(done_along, done_along).T.astype(np.float64)
        back: Floats = np.subtract.outer(done_back, done_back).T.astype(np.float64)
        along[along < 0] = np.inf
        back[(back < 0) | ~self._has_twin[members[0]]] = np.inf
        access = self.access[members]
        found: Floats = np.minimum(along, back) + np.add.outer(access, access)
        return found
