"""Zones of the on-demand service: neighbouring places grouped, each stop in exactly one, each with its nearest hubs."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray

from districts.make_lup_sample.facts import Facts, Place
from districts.make_lup_sample.plane import unproject
from districts.make_lup_sample.stops import Stop

ZONES = 44
MARGIN_M = 2_500.0
HUBS = 3
MAX_HUB_M = 22_000.0
"""The second and third hub are left out when they are farther away than this."""
ROUNDS = 30
PLACE_RADIUS_M, PLACE_GROWTH_M = 400.0, 12.0
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
MIN_BORDER_M = 20.0
"""Cells that share less than this of their borders only touch at a corner."""

Points: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone: its border in metres and the stops where its rides meet lines, the nearest first."""

    id: str
    name: str
    border: shapely.Polygon
    hubs: tuple[str, ...]


def make_zones(facts: Facts, stops: Sequence[Stop]) -> list[Zone]:
    """The zones, numbered by the names of their largest places."""
    places = [place for place in facts.places if place.is_inside]
    group_of_place = dict(zip((place.name for place in places), _group(places), strict=True))
    cells = _cells(stops)
    group_of_stop = _connected([group_of_place[stop.place] for stop in stops], cells)
    inhabitants = {place.name: place.inhabitants for place in places}
    members = {group: [s for s, g in zip(stops, group_of_stop, strict=True) if g == group] for group in range(ZONES)}
    largest = {
        group: max((stop.place for stop in own), key=lambda name: (inhabitants[name], name))
        for group, own in members.items()
    }
    zones = []
    for number, group in enumerate(sorted(range(ZONES), key=lambda g: largest[g]), start=1):
        border = _border([cell for cell, g in zip(cells, group_of_stop, strict=True) if g == group])
        hubs = _hubs(members[group], inhabitants, stops)
        zones.append(Zone(f"zone-{number:02d}", f"Zone {number:02d} {largest[group]}", border, hubs))
    return zones


def feature(zone: Zone) -> dict[str, object]:
    """A zone as GeoJSON."""
    ring = [list(unproject(x, y)) for x, y in shapely.geometry.polygon.orient(zone.border).exterior.coords]
    return {
        "type": "Feature",
        "properties": {"id": zone.id, "name": zone.name, "hubs": list(zone.hubs)},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def place_feature(place: Place) -> dict[str, object]:
    """A place in which rides may end at an address, as GeoJSON: a disc that grows with its inhabitants."""
    radius_m = PLACE_RADIUS_M + PLACE_GROWTH_M * math.sqrt(place.inhabitants)
    disc = shapely.Point(place.x, place.y).buffer(radius_m, quad_segs=3)
    ring = [list(unproject(x, y)) for x, y in shapely.geometry.polygon.orient(disc).exterior.coords]
    slug = re.sub(r"[^a-z0-9]+", "-", place.name.lower().translate(_UMLAUTS)).strip("-")
    return {
        "type": "Feature",
        "properties": {"id": f"place-{slug}", "name": place.name, "kind": "destination_place"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _group(places: Sequence[Place]) -> list[int]:
    """Weighted k-means (Lloyd 1982), begun at the towns and then at whatever is farthest from all centres so far."""
    points = np.array([(place.x, place.y) for place in places])
    weights = np.sqrt([place.inhabitants + 50.0 for place in places])
    seeds = [i for i, place in enumerate(places) if place.is_town]
    while len(seeds) < ZONES:
        seeds.append(int(np.argmax(_distances(points, points[seeds]).min(axis=1))))
    centres = points[seeds]
    groups = np.argmin(_distances(points, centres), axis=1)
    for _ in range(ROUNDS):
        sums = np.zeros((ZONES, 3))
        np.add.at(sums, groups, np.column_stack([points * weights[:, None], weights]))
        centres = sums[:, :2] / sums[:, 2:]
        groups = np.argmin(_distances(points, centres), axis=1)
    return [int(group) for group in groups]


def _distances(points: Points, centres: Points) -> Points:
    """Row for each point, column for each centre."""
    return np.asarray(np.hypot(*(points[:, None, :] - centres[None, :, :]).transpose(2, 0, 1)))


def _cells(stops: Sequence[Stop]) -> list[shapely.Polygon]:
    """What is nearer to each stop than to any other, as far as the district reaches."""
    points = shapely.points([(stop.x, stop.y) for stop in stops])
    outline = shapely.concave_hull(shapely.union_all(points), ratio=0.25).buffer(MARGIN_M, quad_segs=4)
    diagram = shapely.voronoi_polygons(shapely.union_all(points), extend_to=outline.envelope)
    cells = list(shapely.get_parts(diagram))
    tree = shapely.STRtree(cells)
    found = []
    for point in points:
        cell = cells[int(tree.query(point, predicate="intersects")[0])]
        inside = shapely.set_precision(cell, 0.1).intersection(shapely.set_precision(outline, 0.1))
        found.append(next(part for part in shapely.get_parts(inside) if part.intersects(point)))
    return found


def _connected(groups: Sequence[int], cells: Sequence[shapely.Polygon]) -> list[int]:
    """Give the parts of a group that are cut off from its largest part to the neighbour with the longest border."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(cells)))
    tree = shapely.STRtree(cells)
    for a, b in sorted((int(a), int(b)) for a, b in tree.query(cells, predicate="intersects").T if a < b):
        border_m = shapely.intersection(cells[a], cells[b]).length
        if border_m > MIN_BORDER_M:
            graph.add_edge(a, b, border_m=border_m)
    result = list(groups)
    for group in range(ZONES):
        own = graph.subgraph([i for i, g in enumerate(result) if g == group])
        parts = sorted(nx.connected_components(own), key=lambda part: (-len(part), min(part)))
        for part in parts[1:]:
            neighbour = _best_neighbour(graph, part, result)
            for i in part:
                result[i] = neighbour
    return result


def _best_neighbour(graph: "nx.Graph[int]", part: set[int], groups: Sequence[int]) -> int:
    shared: dict[int, float] = {}
    for i in sorted(part):
        for j in sorted(graph[i]):
            if j not in part:
                shared[groups[j]] = shared.get(groups[j], 0.0) + graph.edges[i, j]["border_m"]
    return max(shared, key=lambda group: (shared[group], -group))


def _border(cells: Sequence[shapely.Polygon]) -> shapely.Polygon:
    """One polygon without holes around the cells of a group."""
    union = shapely.union_all(list(cells), grid_size=0.1)
    if not isinstance(union, shapely.Polygon) or union.interiors:
        msg = "a zone is in several parts or has a hole: its cells do not hang together"
        raise TypeError(msg)
    return union


def _hubs(own: Sequence[Stop], inhabitants: Mapping[str, int], stops: Sequence[Stop]) -> tuple[str, ...]:
    """The hubs nearest to where the people of a zone live; those inside come first."""
    weights = [inhabitants[stop.place] + 1 for stop in own]
    x = sum(stop.x * w for stop, w in zip(own, weights, strict=True)) / sum(weights)
    y = sum(stop.y * w for stop, w in zip(own, weights, strict=True)) / sum(weights)
    inside = {stop.id for stop in own}
    ranked = sorted(
        (stop.id not in inside, math.dist((stop.x, stop.y), (x, y)), stop.id) for stop in stops if stop.is_hub
    )
    return tuple(stop_id for i, (_, away_m, stop_id) in enumerate(ranked[:HUBS]) if i == 0 or away_m <= MAX_HUB_M)
