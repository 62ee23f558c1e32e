"""Roads between the places: a Gabriel graph, classed by what it links, drawn with bends.

Two places are linked where no third one lies in the circle between them (Gabriel and Sokal 1969); links that also are
relative-neighbourhood links (Toussaint 1980) become through roads, most of the others farm lanes. Federal roads follow
their real order of towns over these links, so that they lead through villages as real ones do.
"""

import itertools
import math
from dataclasses import dataclass

import networkx as nx
import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray

from districts.make_lup_sample.facts import Facts, Place

STEP_M = 60.0
MAX_LANE_M = 6_500.0
LAKE_CROSSING_M = 250.0
_BENDS = {"primary": 0.45, "secondary": 0.6, "tertiary": 0.8, "unclassified": 1.0}


@dataclass(frozen=True, slots=True)
class Link:
    """A road between two places (by number): its class, its number plate and its course in metres."""

    a: int
    b: int
    highway: str
    ref: str
    course: NDArray[np.float64]


def make_links(facts: Facts, lakes: dict[str, shapely.Polygon], rng: np.random.Generator) -> list[Link]:
    """Every road between places, in a fixed order."""
    places = facts.places
    graph = _neighbours(places, lakes)
    _class_federal_roads(graph, facts)
    _class_county_roads(graph, places)
    _class_the_rest(graph, rng)
    return _draw(graph, places, rng)


def shortest_way(links: list[Link], origin: int, destination: int) -> list[int]:
    """The places a line passes from one place to another, ends included; it prefers the greater roads."""
    slowness = {"primary": 0.85, "secondary": 0.95, "tertiary": 1.15, "unclassified": 1.6}
    graph: nx.Graph[int] = nx.Graph()
    for link in links:
        graph.add_edge(link.a, link.b, cost=course_length_m(link.course) * slowness[link.highway])
    return [int(place) for place in nx.shortest_path(graph, origin, destination, weight="cost")]


def course_length_m(course: NDArray[np.float64]) -> float:
    """Length of a course."""
    return float(np.hypot(*np.diff(course, axis=0).T).sum())


def _neighbours(places: tuple[Place, ...], lakes: dict[str, shapely.Polygon]) -> "nx.Graph[int]":
    points = np.array([(place.x, place.y) for place in places])
    distance = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(places)))
    for a, b in itertools.combinations(range(len(places)), 2):
        others = np.ones(len(places), dtype=bool)
        others[[a, b]] = False
        to_a, to_b = distance[a][others], distance[b][others]
        if np.all(to_a**2 + to_b**2 >= distance[a, b] ** 2):
            is_close = bool(np.all(np.maximum(to_a, to_b) >= distance[a, b]))
            graph.add_edge(a, b, length_m=float(distance[a, b]), is_close=is_close, highway="", ref="")
    _remove_lake_crossings(graph, points, lakes)
    return graph


def _remove_lake_crossings(
    graph: "nx.Graph[int]", points: NDArray[np.float64], lakes: dict[str, shapely.Polygon]
) -> None:
    water = shapely.union_all(list(lakes.values()))
    wet = []
    for a, b in graph.edges:
        inside_m = shapely.LineString([points[a], points[b]]).intersection(water).length
        if inside_m > LAKE_CROSSING_M:
            wet.append((round(inside_m), a, b))
    for _, a, b in sorted(wet, reverse=True):
        data = dict(graph.edges[a, b])
        graph.remove_edge(a, b)
        if not nx.is_connected(graph):
            graph.add_edge(a, b, **data)


def _class_federal_roads(graph: "nx.Graph[int]", facts: Facts) -> None:
    number = {place.name: i for i, place in enumerate(facts.places)}
    for ref, via in facts.federal_roads:
        for start, end in itertools.pairwise(via):
            for a, b in itertools.pairwise(_path(graph, number[start], number[end])):
                if not graph.edges[a, b]["ref"]:
                    graph.edges[a, b].update(highway="primary", ref=ref)


def _class_county_roads(graph: "nx.Graph[int]", places: tuple[Place, ...]) -> None:
    """Link neighbouring centres by secondary roads; the plates count up from ``L 01``."""
    centres = [i for i, place in enumerate(places) if place.is_town or place.inhabitants > 1500]
    plate = itertools.count(1)
    for a, b in itertools.combinations(centres, 2):
        middle_x, middle_y = (places[a].x + places[b].x) / 2, (places[a].y + places[b].y) / 2
        radius = math.hypot(places[a].x - middle_x, places[a].y - middle_y)
        if any(math.hypot(places[c].x - middle_x, places[c].y - middle_y) < radius for c in centres if c not in {a, b}):
            continue
        path = _path(graph, a, b)
        unclassed = [(u, v) for u, v in itertools.pairwise(path) if not graph.edges[u, v]["highway"]]
        if unclassed:
            ref = f"L {next(plate):02d}"
            for u, v in unclassed:
                graph.edges[u, v].update(highway="secondary", ref=ref)


def _path(graph: "nx.Graph[int]", start: int, end: int) -> list[int]:
    def cost(_a: int, _b: int, data: dict[str, float | str]) -> float:
        favour = {"primary": 0.8, "secondary": 0.9}.get(str(data["highway"]), 1.0)
        # A power above 1 leads the road over the villages on its way.
        return favour * math.pow(float(data["length_m"]), 1.15)

    return [int(node) for node in nx.shortest_path(graph, start, end, weight=cost)]


def _class_the_rest(graph: "nx.Graph[int]", rng: np.random.Generator) -> None:
    plate = itertools.count(1)
    for a, b, data in sorted(graph.edges(data=True), key=lambda edge: edge[:2]):
        if data["highway"]:
            continue
        if data["is_close"]:
            data.update(highway="tertiary", ref=f"K {next(plate):02d}")
        elif data["length_m"] < MAX_LANE_M and rng.random() < 0.6:
            data.update(highway="unclassified")
        else:
            graph.remove_edge(a, b)


def _draw(graph: "nx.Graph[int]", places: tuple[Place, ...], rng: np.random.Generator) -> list[Link]:
    """Give each link a bent course that crosses no other one and keeps out of other places."""
    straight = {
        (a, b): shapely.LineString([(places[a].x, places[a].y), (places[b].x, places[b].y)])
        for a, b in sorted(tuple(sorted(edge)) for edge in graph.edges)
    }
    lines = dict(straight)
    centres = shapely.points([(place.x, place.y) for place in places])
    radii = np.array([place.radius_m for place in places])
    links = []
    for (a, b), line in straight.items():
        data = graph.edges[a, b]
        waves = rng.normal(size=4) * _BENDS[data["highway"]] * 0.1
        del lines[a, b]
        near = list(shapely.STRtree(list(lines.values())).query(line.buffer(line.length * 0.35)))
        rivals = [list(lines.values())[i] for i in sorted(near)]
        course = _course(line, waves)
        for _ in range(5):
            bent = shapely.LineString(course)
            clear = shapely.distance(bent, centres) > radii
            clear[[a, b]] = True
            if clear.all() and not _crosses_any(bent, rivals):
                break
            waves = waves * 0.5
            course = _course(line, waves)
        else:
            course = _course(line, waves * 0)
        lines[a, b] = shapely.LineString(course)
        links.append(Link(a, b, data["highway"], data["ref"], course))
    return links


def _crosses_any(line: shapely.LineString, rivals: list[shapely.LineString]) -> bool:
    """Whether a line meets another one elsewhere than at a common end."""
    inner = shapely.ops.substring(line, 1.0, line.length - 1.0)
    return bool(shapely.intersects(inner, rivals).any())


def _course(line: shapely.LineString, waves: NDArray[np.float64]) -> NDArray[np.float64]:
    """A straight line bent by a few sine waves that fade out towards both ends."""
    (ax, ay), (bx, by) = line.coords
    length = line.length
    count = max(4, round(length / STEP_M))
    along = np.linspace(0, 1, count + 1)
    fade = np.minimum(1, np.minimum(along, 1 - along) / 0.18)
    fade = fade * fade * (3 - 2 * fade)
    orders = np.arange(1, len(waves) + 1)
    # The k-th wave bends k times as often; dividing by sqrt(k) lets every order lengthen the road.
    offset = fade * length * (np.sin(np.pi * np.outer(along, orders)) @ (waves / orders**0.75))
    normal_x, normal_y = -(by - ay) / length, (bx - ax) / length
    return np.column_stack([ax + (bx - ax) * along + normal_x * offset, ay + (by - ay) * along + normal_y * offset])
