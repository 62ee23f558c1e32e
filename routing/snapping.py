"""From a point to the road: where a vehicle stops for somebody who stands there.

A point is joined to the nearest place *on* a road, not to the nearest junction: a village road may be a kilometre long,
and its stop half way. Ways begin and end there with the share of the edge that is driven.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from routing import snapping_kernel as kernel
from routing.compiled_arrays import as_floats, as_longs
from routing.graph import Ints, RoadGraph
from routing.road_network_kernel import Places
from routing.snapping_kernel import Grid

_CLOSED_CLASSES = frozenset({"motorway", "motorway_link", "ferry"})
_DETOUR_M = {"service": 15.0, "track": 30.0}
"""Who stands between a street and a drive or track means the street, unless it is so much farther away."""

_SIDE_M = 200.0
_MOST_SQUARES = 500_000


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

    @property
    def is_node(self) -> bool:
        """Whether the place is a node, and so on all of its edges."""
        return self.fraction in {0.0, 1.0}


class Snapper:
    """Finds places on the roads of a graph. Nobody gets on or off on a motorway, on a ferry, or on a closed road.

    Parameters
    ----------
    grid
        As :func:`make_grid` made it for the same graph.
    """

    def __init__(self, graph: RoadGraph, grid: Grid | None = None) -> None:
        self._graph = graph
        self.grid = grid or make_grid(graph)

    def snap(self, lon: float, lat: float) -> Snap:
        """The place on the road for one point."""
        return self.snap_all([lon], [lat])[0]

    def snap_all(self, lons: Sequence[float], lats: Sequence[float]) -> tuple[Snap, ...]:
        """The places on the road for many points, in their order."""
        return self.as_snaps(self.places(lons, lats))

    def places(self, lons: ArrayLike, lats: ArrayLike) -> Places:
        """The places on the road for many points, as arrays."""
        return Places(
            *kernel.nearest_of_all(
                self.grid,
                as_floats(lons),
                as_floats(lats),
            )
        )

    def as_snaps(self, places: Places) -> tuple[Snap, ...]:
        """Places one by one; what lies at a node has the position of the node."""
        columns = zip(*(column.tolist() for column in places), strict=True)
        return tuple(self._as_snap(*values) for values in columns)

    def _as_snap(self, edge: int, fraction: float, distance_m: float, lon: float, lat: float) -> Snap:
        graph = self._graph
        node = int(graph.edge_from[edge] if fraction < 0.5 else graph.edge_to[edge])
        if fraction in {0.0, 1.0}:
            lon, lat = float(graph.node_lon[node]), float(graph.node_lat[node])
        return Snap(node, edge, fraction, distance_m, lon, lat)


def make_grid(graph: RoadGraph, closed: NDArray[np.bool_] | None = None) -> Grid:
    """The grid in which places on the open roads of a graph are found.

    Raises
    ------
    ValueError
        All roads are closed.
    """
    edges = _edges_to_stop_on(graph, closed)
    lon_0, lat_0 = float(graph.node_lon.mean()), float(graph.node_lat.mean())
    x, y, dx, dy, before_m, street, length_m, east_m = kernel.cut(
        edges,
        as_longs(graph.geometry_offset),
        as_floats(graph.geometry_lon),
        as_floats(graph.geometry_lat),
        lon_0,
        lat_0,
    )
    west, south = float(np.minimum(x, x + dx).min()), float(np.minimum(y, y + dy).min())
    width, height = float(np.maximum(x, x + dx).max()) - west, float(np.maximum(y, y + dy).max()) - south
    side = max(_SIDE_M, float(np.sqrt(width * height / _MOST_SQUARES)), max(width, height) / _MOST_SQUARES)
    columns, rows = int(width / side) + 1, int(height / side) + 1
    frame = np.array([lon_0, lat_0, east_m, west, south, side, columns, rows])
    square_offset, in_squares = kernel.sort_into_squares(frame, x, y, dx, dy)
    detours = np.array([_DETOUR_M.get(name, 0.0) for name in graph.classes])
    detour_m = detours[graph.edge_class[edges]]
    return Grid(frame, x, y, dx, dy, before_m, street, edges, length_m, detour_m, square_offset, in_squares)


def _edges_to_stop_on(graph: RoadGraph, closed: NDArray[np.bool_] | None) -> Ints:
    """One edge of each open street; motorways and ferries only where there is nothing else."""
    is_open = np.ones(graph.edge_count, dtype=np.bool_) if closed is None else ~closed
    has_open_twin = (graph.edge_twin >= 0) & is_open[graph.edge_twin]
    is_once = is_open & (~has_open_twin | (graph.edge_twin > np.arange(graph.edge_count)))
    if not is_once.any():
        msg = "all roads are closed: nobody can get on or off anywhere"
        raise ValueError(msg)
    is_no_place_to_stop = np.array([name in _CLOSED_CLASSES for name in graph.classes])[graph.edge_class]
    chosen = is_once & ~is_no_place_to_stop
    return np.flatnonzero(chosen if chosen.any() else is_once).astype(np.int32)
