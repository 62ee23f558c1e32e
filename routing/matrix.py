"""Travel times between stops, and the way of a run along the roads."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from routing.graph import RoadGraph, lengths_m
from routing.shortest_paths import Path, ShortestPaths, split_costs
from routing.snapping import Snap, SnapCosts, Snapper
from routing.travel_times import UNREACHABLE_S, MatrixTravelTimes

Point = tuple[float, float]


def travel_times_between(
    graph: RoadGraph, lons: Sequence[float], lats: Sequence[float]
) -> tuple[MatrixTravelTimes, tuple[Snap, ...]]:
    """Durations (whole seconds, rounded up) and distances (metres) between all points.

    Points are joined to the nearest place on a road; what is more than ``FREE_ACCESS_M`` away from it is counted at
    walking pace at both ends. Durations keep the triangle inequality. From a point to itself it takes no time.

    Returns
    -------
    The times, and the place on the road for each point. A large ``Snap.distance_m`` is a point outside the map.
    """
    snapper, paths = _prepare(graph)
    snaps = snapper.snap_all(lons, lats)
    places = SnapCosts(graph, snaps)
    costs = np.minimum(paths.costs(places.origins(), places.destinations()), places.direct())
    np.fill_diagonal(costs, 0)
    return MatrixTravelTimes(*split_costs(costs)), snaps


def way_between(graph: RoadGraph, points: Sequence[Point]) -> list[Point]:
    """The fastest way past all points in their order, for a map; ``lon, lat``.

    It runs on roads only: it begins and ends where the first and the last point are joined to the road. Where there is
    no way it jumps. Fewer than two points have no way between them.
    """
    way = _joined([leg.points for leg in legs_between(graph, points)])
    return way * 2 if len(way) == 1 else way


@dataclass(frozen=True, slots=True)
class RoadLeg:
    """The way from one point to the next.

    Parameters
    ----------
    points
        At least two, ``lon, lat``.
    street_names
        In the order of driving; nameless streets are left out.
    duration_s, distance_m
        As :func:`travel_times_between` has them; ``UNREACHABLE_S`` and 0 where there is no way.
    """

    points: tuple[Point, ...]
    street_names: tuple[str, ...]
    duration_s: int
    distance_m: int


def legs_between(graph: RoadGraph, points: Sequence[Point]) -> tuple[RoadLeg, ...]:
    """The fastest ways from each point to the next, one fewer than there are points."""
    snapper, paths = _prepare(graph)
    snaps = snapper.snap_all([lon for lon, _ in points], [lat for _, lat in points])
    return tuple(_leg(graph, paths, pair) for pair in pairwise(snaps))


@lru_cache(maxsize=2)
def _prepare(graph: RoadGraph) -> tuple[Snapper, ShortestPaths]:
    """What is needed to ask a graph, kept because maps ask again and again."""
    return Snapper(graph), ShortestPaths(graph)


def _leg(graph: RoadGraph, paths: ShortestPaths, pair: tuple[Snap, Snap]) -> RoadLeg:
    origin, destination = pair
    places = SnapCosts(graph, pair)
    direct = float(places.direct()[0, 1])
    found = paths.find_path(places.origins().one(0), places.destinations().one(1))
    if found is None and not np.isfinite(direct):
        jump = ((origin.lon, origin.lat), (destination.lon, destination.lat))
        return RoadLeg(jump, (), UNREACHABLE_S, 0)
    if found is None or direct <= found.cost:
        cost, parts = direct, [_direct_part(graph, origin, destination)]
    else:
        cost, parts = float(found.cost), _parts(graph, pair, found)
    durations_s, distances_m = split_costs(np.array([cost]))
    points = _joined([part_of_edge(graph, *part) for part in parts]) or [(origin.lon, origin.lat)]
    return RoadLeg(
        tuple(points if len(points) > 1 else points * 2),
        paths.street_names([edge for edge, _, _ in parts]),
        int(durations_s[0]),
        int(distances_m[0]),
    )


_Part = tuple[int, float, float]
"""An edge, and the fractions of it between which it is driven."""


def _direct_part(graph: RoadGraph, origin: Snap, destination: Snap) -> _Part:
    twin = int(graph.edge_twin[origin.edge])
    if origin.fraction <= destination.fraction:
        return origin.edge, origin.fraction, destination.fraction
    if twin >= 0:
        return twin, 1 - origin.fraction, 1 - destination.fraction
    # Back in a one-way street, but so little that it costs nothing: the same place.
    return origin.edge, destination.fraction, destination.fraction


def _parts(graph: RoadGraph, pair: tuple[Snap, Snap], path: Path) -> list[_Part]:
    """What is driven of each edge; places at nodes need no part of their own edge."""
    origin, destination = pair
    parts: list[_Part] = [(edge, 0.0, 1.0) for edge in path.edges]
    if 0 < origin.fraction < 1:
        twin = int(graph.edge_twin[origin.edge])
        is_back = path.origin_end == 1
        parts.insert(0, (twin, 1 - origin.fraction, 1.0) if is_back else (origin.edge, origin.fraction, 1.0))
    if 0 < destination.fraction < 1:
        twin = int(graph.edge_twin[destination.edge])
        is_back = path.destination_end == 1
        parts.append(
            (twin, 0.0, 1 - destination.fraction) if is_back else (destination.edge, 0.0, destination.fraction)
        )
    return parts


def part_of_edge(graph: RoadGraph, edge: int, begin: float, end: float) -> list[Point]:
    """The geometry of an edge between two fractions of its length, ``begin <= end``."""
    points = graph.edge_points(edge)
    if (begin, end) == (0.0, 1.0):
        return points
    lon, lat = np.array(points).T
    along_m = np.concatenate(([0.0], np.cumsum(lengths_m(lon[:-1], lat[:-1], lon[1:], lat[1:]))))
    begin_m, end_m = begin * along_m[-1], end * along_m[-1]
    inner_m = along_m[(along_m > begin_m) & (along_m < end_m)]
    chosen_m = np.concatenate(([begin_m], inner_m, [end_m]))
    chosen_lon, chosen_lat = np.interp(chosen_m, along_m, lon), np.interp(chosen_m, along_m, lat)
    return list(zip(chosen_lon.tolist(), chosen_lat.tolist(), strict=True))


def _joined(lines: Sequence[Sequence[Point]]) -> list[Point]:
    """Lines one after the other; a point that comes twice in a row is kept once."""
    points = [point for line in lines for point in line]
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
