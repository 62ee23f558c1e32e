"""What the map shows beside roads: built-up areas, lakes, woods, fields, rivers, railway tracks. All shapes are invented."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from districts.make_lup_sample.facts import Facts
from districts.make_lup_sample.road_net import RoadNet

PLOT_DEPTH_M = 48.0
SHORE_M = 60.0
WOODS, FIELDS = 330, 420
MIN_AREA_M2 = 20_000


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed or open line with tags."""

    points: tuple[tuple[float, float], ...]
    tags: dict[str, str]


def make_landscape(
    net: RoadNet, facts: Facts, lakes: dict[str, shapely.Polygon], rng: np.random.Generator
) -> list[Shape]:
    """Everything, areas first."""
    built_up = _built_up(net, facts)
    towns = shapely.union_all(list(built_up.values()))
    roads = shapely.union_all([shapely.LineString(net.points(way.nodes)) for way in net.ways if way.is_drivable])
    dry_land = shapely.union_all([towns.buffer(SHORE_M, quad_segs=2), roads.buffer(SHORE_M, quad_segs=2)])
    shapes: list[Shape] = []
    for name, area in built_up.items():
        shapes += _areas(area, {"landuse": "residential", "name": name})
    water = []
    for name, lake in lakes.items():
        parts = sorted(_polygons(lake.difference(dry_land)), key=lambda part: -part.area)
        # The arms a road cuts off stay lakes as well; only the largest part carries the name.
        for part, tags in zip(parts[:2], ({"name": name}, {}), strict=False):
            smooth = part.buffer(-25, quad_segs=2).buffer(25, quad_segs=2)
            water.append(smooth)
            shapes += _areas(smooth, {"natural": "water", "water": "lake", **tags})
    taken = shapely.union_all([towns, *water])
    woods = list(_patches(facts, taken, rng, WOODS, (500, 1900)))
    for wood in woods:
        shapes += _areas(wood, {"landuse": "forest"})
    taken = shapely.union_all([taken, *woods])
    for i, field in enumerate(_patches(facts, taken, rng, FIELDS, (250, 700))):
        shapes += _areas(field, {"landuse": "meadow" if i % 4 == 0 else "farmland"})
    return [*shapes, *_rivers(facts, rng), *_railways(facts)]


def _built_up(net: RoadNet, facts: Facts) -> dict[str, shapely.Geometry]:
    return {
        place.name: shapely.union_all(
            [
                shapely.LineString(net.points(way.nodes)).buffer(PLOT_DEPTH_M, quad_segs=2)
                for _, way in net.ways_in(place.name)
            ]
        )
        .buffer(40, quad_segs=1)
        .buffer(-40, quad_segs=1)
        .simplify(15)
        for place in facts.places
    }


def _patches(
    facts: Facts, taken: shapely.Geometry, rng: np.random.Generator, count: int, radius_m: tuple[float, float]
) -> Iterator[shapely.Polygon]:
    """Wavy patches in open country that overlap nothing, each without holes."""
    shapely.prepare(taken)
    places = np.array([(place.x, place.y) for place in facts.places])
    west, south = places.min(axis=0) - 2_000
    east, north = places.max(axis=0) + 2_000
    earlier: list[shapely.Polygon] = []
    while len(earlier) < count:
        x, y = float(rng.uniform(west, east)), float(rng.uniform(south, north))
        radius = float(rng.uniform(*radius_m))
        waves = rng.normal(size=4) * 0.13
        gap = float(np.hypot(*(places - (x, y)).T).min())
        if not radius * 0.8 < gap < 7_000:
            continue
        patch = _wavy(x, y, radius, waves).difference(taken)
        near = [other for other in earlier if other.distance(patch) < 40]
        patch = patch.difference(shapely.union_all(near).buffer(40, quad_segs=2)).simplify(10)
        part = max(_polygons(patch), key=lambda polygon: polygon.area, default=None)
        if part is not None and part.area > MIN_AREA_M2 and not part.interiors:
            earlier.append(part)
    yield from earlier


def _wavy(x: float, y: float, radius: float, waves: NDArray[np.float64]) -> shapely.Polygon:
    angles = np.linspace(0, 2 * math.pi, 28, endpoint=False)
    reach = radius * (1 + sum(w * np.sin((k + 2) * angles + 5 * w * k) for k, w in enumerate(waves)))
    return shapely.Polygon(np.column_stack([x + reach * np.cos(angles), y + reach * np.sin(angles)])).buffer(0)


def _polygons(geometry: shapely.Geometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(geometry) if isinstance(part, shapely.Polygon) and not part.is_empty]


def _areas(geometry: shapely.Geometry, tags: dict[str, str]) -> Iterator[Shape]:
    """The outer borders of an area's parts; courtyards are too small to matter."""
    for part in _polygons(geometry):
        if part.area > MIN_AREA_M2 / 4:
            yield Shape(tuple((x, y) for x, y in part.exterior.coords), tags)


def _rivers(facts: Facts, rng: np.random.Generator) -> Iterator[Shape]:
    for name, course in facts.rivers:
        points = _through(course)
        wander = rng.normal(size=(len(points), 2)) * 90
        wander[[0, -1]] = 0
        bent = shapely.LineString(np.array(points) + wander).simplify(20)
        yield Shape(tuple(bent.coords), {"waterway": "river", "name": name})


def _railways(facts: Facts) -> Iterator[Shape]:
    """Tracks between neighbouring stations, each laid once however many lines run over it."""
    laid: set[frozenset[str]] = set()
    for line in facts.lines:
        if line.kind != "rail":
            continue
        stations = [facts.station(name) for name in line.via]
        points = [(station.x, station.y) for station in stations]
        padded = [points[0], *points, points[-1]]
        for i, (a, b) in enumerate(itertools.pairwise(stations)):
            section = frozenset((a.name, b.name))
            if section not in laid:
                laid.add(section)
                yield Shape(tuple(_spline(padded[i : i + 4])), {"railway": "rail", "usage": "main", "gauge": "1435"})


def _through(points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    padded = [points[0], *points, points[-1]]
    curve = [points[0]]
    for i in range(len(points) - 1):
        curve += _spline(padded[i : i + 4])[1:]
    return curve


def _spline(control: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The middle piece of a Catmull-Rom curve through four points, ends exact."""
    p0, p1, p2, p3 = (np.array(point) for point in control)
    count = max(2, round(math.dist(control[1], control[2]) / 600))
    curve = []
    for k in range(count + 1):
        t = k / count
        point = 0.5 * (
            2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t * t + (3 * p1 - p0 - 3 * p2 + p3) * t**3
        )
        curve.append((float(point[0]), float(point[1])))
    return curve
