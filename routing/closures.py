"""Roads that are closed for a while: by the numbers of their ways, or by an area drawn around them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from routing.graph import RoadGraph


@dataclass(frozen=True, slots=True)
class Closure:
    """Nobody drives on some roads from one day to another, both included.

    Parameters
    ----------
    reason
        For whoever reads the report.
    way_ids
        Ways of OpenStreetMap, closed from end to end in both directions.
    area
        A polygon or several, in degrees: every stretch from one junction to the next that touches it is closed.
    """

    reason: str
    first_on: date
    last_on: date
    way_ids: frozenset[int] = frozenset()
    area: BaseGeometry | None = None

    def __post_init__(self) -> None:
        if self.first_on > self.last_on:
            msg = "a closure must not end before it begins"
            raise ValueError(msg)
        if not self.way_ids and (self.area is None or self.area.is_empty):
            msg = "a closure names ways or an area"
            raise ValueError(msg)

    def is_in_force(self, on: date) -> bool:
        """Whether the closure holds on a day."""
        return self.first_on <= on <= self.last_on


def closed_edges(graph: RoadGraph, closures: Iterable[Closure]) -> NDArray[np.bool_]:
    """Which edges are closed by any of the closures, by edge."""
    closed = np.zeros(graph.edge_count, dtype=np.bool_)
    for closure in closures:
        closed |= np.isin(graph.edge_way_id, list(closure.way_ids))
        if closure.area is not None:
            closed |= _edges_touching(graph, closure.area)
    return closed


def list_unknown_ways(graph: RoadGraph, closures: Iterable[Closure]) -> tuple[int, ...]:
    """Way numbers of closures that no edge goes by.

    A stretch of several ways of the same kind goes by the number of one of them, so a way may be on the map and yet
    unknown here: then its neighbour, or an area, has to be named.
    """
    known = set(np.unique(graph.edge_way_id).tolist())
    return tuple(sorted({way for closure in closures for way in closure.way_ids} - known))


def _edges_touching(graph: RoadGraph, area: BaseGeometry) -> NDArray[np.bool_]:
    west, south, east, north = area.bounds
    lon, lat = graph.geometry_lon, graph.geometry_lat
    starts = graph.geometry_offset[:-1]
    is_near = (np.minimum.reduceat(lon, starts) <= east) & (np.maximum.reduceat(lon, starts) >= west)
    is_near &= (np.minimum.reduceat(lat, starts) <= north) & (np.maximum.reduceat(lat, starts) >= south)
    touched = np.zeros(graph.edge_count, dtype=np.bool_)
    shapely.prepare(area)
    for edge in np.flatnonzero(is_near).tolist():
        touched[edge] = bool(shapely.intersects(area, shapely.LineString(graph.edge_points(edge))))
    return touched
