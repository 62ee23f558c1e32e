"""Travel times between stops, and the way of a run along the roads."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

import numpy as np

from routing.costs import split_cost
from routing.graph import RoadGraph, lengths_m
from routing.road_network import RoadNetwork, RoadWay
from routing.road_network_kernel import access_cost
from routing.snapping import Snap
from routing.travel_times import UNREACHABLE_S, MatrixTravelTimes
from routing.turns import TurnKind
from routing.turns_kernel import turn_kind

Point = tuple[float, float]


def travel_times_between(
    roads: RoadGraph | RoadNetwork, lons: Sequence[float], lats: Sequence[float]
) -> tuple[MatrixTravelTimes, tuple[Snap, ...]]:
    """Durations (whole seconds, rounded up) and distances (metres) between all points.

    Points are joined to the nearest place on a road; what is more than ``FREE_ACCESS_M`` away from it is counted at
    walking pace at both ends. From a point to itself it takes no time.

    A way past a third point may be shorter than the direct one: where a vehicle stops, it may leave the way it came,
    and driving through it may not turn round.

    Parameters
    ----------
    roads
        A graph is prepared first, which takes seconds where it is large.

    Returns
    -------
    The times, and the place on the road for each point. A large ``Snap.distance_m`` is a point outside the map.
    """
    network = as_network(roads)
    places = network.places(lons, lats)
    durations_s, distances_m = network.times_between(places, places)
    np.fill_diagonal(durations_s, 0)
    np.fill_diagonal(distances_m, 0)
    return MatrixTravelTimes(durations_s, distances_m), network.snapper.as_snaps(places)


def way_between(roads: RoadGraph | RoadNetwork, points: Sequence[Point]) -> list[Point]:
    """The fastest way past all points in their order, for a map; ``lon, lat``.

    It runs on roads only: it begins and ends where the first and the last point are joined to the road. Where there is
    no way it jumps. Fewer than two points have no way between them.
    """
    way = _joined([leg.points for leg in legs_between(roads, points)])
    return way * 2 if len(way) == 1 else way


@dataclass(frozen=True, slots=True)
class RoadStep:
    """What a driver is told: turn, and follow a street so far.

    Parameters
    ----------
    turn
        Onto the street; None where the way begins.
    street
        Its name or number; empty where it has none.
    lon, lat
        Where it begins.
    distance_m, duration_s
        Along the street, the turn onto it included. The seconds of all steps are those of the leg on the road.
    """

    turn: TurnKind | None
    street: str
    lon: float
    lat: float
    distance_m: int
    duration_s: int


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
    steps
        For the driver; none where there is nothing to drive.
    """

    points: tuple[Point, ...]
    street_names: tuple[str, ...]
    duration_s: int
    distance_m: int
    steps: tuple[RoadStep, ...] = ()


def legs_between(roads: RoadGraph | RoadNetwork, points: Sequence[Point]) -> tuple[RoadLeg, ...]:
    """The fastest ways from each point to the next, one fewer than there are points."""
    network = as_network(roads)
    snaps = network.snapper.snap_all([lon for lon, _ in points], [lat for _, lat in points])
    return tuple(_leg(network, *pair) for pair in pairwise(snaps))


def as_network(roads: RoadGraph | RoadNetwork) -> RoadNetwork:
    """A network as it is; a graph prepared with the usual costs of turns, and kept because maps ask again and again."""
    return roads if isinstance(roads, RoadNetwork) else _prepare(roads)


@lru_cache(maxsize=2)
def _prepare(graph: RoadGraph) -> RoadNetwork:
    return RoadNetwork.build(graph)


def _leg(network: RoadNetwork, origin: Snap, destination: Snap) -> RoadLeg:
    way = network.find_way(origin, destination)
    if way is None:
        jump = ((origin.lon, origin.lat), (destination.lon, destination.lat))
        return RoadLeg(jump, (), UNREACHABLE_S, 0)
    access = access_cost(origin.distance_m) + access_cost(destination.distance_m)
    parts = _parts(way)
    points = _joined([part_of_edge(network.graph, *part) for part in parts]) or [(origin.lon, origin.lat)]
    names = [network.graph.edge_street(edge) for edge, _, _ in parts]
    return RoadLeg(
        tuple(points if len(points) > 1 else points * 2),
        tuple(name for name, _ in groupby(name for name in names if name)),
        *split_cost(way.cost + access),
        _steps(network, way),
    )


def _parts(way: RoadWay) -> list[tuple[int, float, float]]:
    """The edges of a way, and the fractions between which each is driven."""
    last = len(way.edges) - 1
    return [(edge, way.begin if i == 0 else 0.0, way.end if i == last else 1.0) for i, edge in enumerate(way.edges)]


def _steps(network: RoadNetwork, way: RoadWay) -> tuple[RoadStep, ...]:
    """The edges of a way, as long as they lead straight along one street put together to one step."""
    graph, edges = network.graph, way.edges
    turns = [None, *(_turn(network, came, goes) for came, goes in pairwise(edges))]
    starts = [
        i
        for i in range(len(edges))
        if i == 0 or turns[i] is not TurnKind.STRAIGHT or graph.edge_name[edges[i]] != graph.edge_name[edges[i - 1]]
    ]
    # Rounded where a step ends, so that what is rounded adds up.
    ends = [split_cost(cost) for cost in (*(int(way.ends_at[i - 1]) for i in starts[1:]), way.cost)]
    begins = [(0, 0), *ends]
    steps = []
    for i, (begin_s, begin_m), (end_s, end_m) in zip(starts, begins, ends, strict=False):
        lon, lat = part_of_edge(graph, edges[i], way.begin if i == 0 else 0.0, 1.0)[0]
        steps.append(RoadStep(turns[i], graph.edge_street(edges[i]), lon, lat, end_m - begin_m, end_s - begin_s))
    return tuple(steps)


def _turn(network: RoadNetwork, came: int, goes: int) -> TurnKind:
    """The turn from one edge onto the next; where no third street begins, a bend is no turn."""
    graph = network.graph
    if int(graph.edge_twin[came]) == goes:
        return TurnKind.U_TURN
    if network.streets_at_nodes[graph.edge_to[came]] < 3:
        return TurnKind.STRAIGHT
    first, last = network.headings
    return TurnKind(turn_kind(float(last[came]), float(first[goes])))


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
