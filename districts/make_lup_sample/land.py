"""What covers the land: lakes and rivers, railways, built-up areas, woods and fields."""

import itertools
from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from districts.make_lup_sample.built import Built
from districts.make_lup_sample.osm_file import OsmFile
from districts.make_lup_sample.plane import unproject
from districts.make_lup_sample.road_net import RoadNet
from districts.make_lup_sample.waters import make_rivers

STREET_DEPTH_M = 48.0
"""From the middle of a street to the backs of the gardens."""

SHORE_M = 40.0
ELBE_HALF_M = 130.0
WOOD_SHARE_GRID_M = 1_500.0
MIN_AREA_M2 = 20_000.0
RAIL_STEP_M = 400.0


def add_land(file: OsmFile, built: Built, seed: int) -> None:
    """Add everything but roads and names."""
    rng = np.random.default_rng([seed, 7])
    roads = _road_lines(built.net)
    lakes = _lakes(built, roads)
    for name, shape in lakes:
        _add_areas(file, shape, {"natural": "water", "water": "lake", "name": name})
    rivers = make_rivers(built.facts, rng)
    for name, course in rivers.items():
        _add_line(file, course, {"waterway": "river", "name": name})
    elbe = shapely.LineString(rivers["Elbe"]).buffer(ELBE_HALF_M, cap_style="flat")
    _add_areas(file, elbe, {"natural": "water", "water": "river", "name": "Elbe"})
    _add_railways(file, built)
    villages = _built_up(built)
    for shape in villages:
        _add_areas(file, shape, {"landuse": "residential"})
    taken = shapely.union_all([*villages, *(shape for _, shape in lakes), elbe])
    _add_woods_and_fields(file, built, taken, rng)


def _road_lines(net: RoadNet) -> BaseGeometry:
    return shapely.union_all([shapely.LineString(net.points(way.nodes)) for way in net.ways if way.is_drivable])


def _lakes(built: Built, roads: BaseGeometry) -> list[tuple[str, BaseGeometry]]:
    """Lakes that give way to roads and streets near their shores."""
    shapes = []
    for name, lake in built.lakes.items():
        land = shapely.intersection(roads, lake.buffer(SHORE_M)).buffer(SHORE_M, quad_segs=2)
        shapes.append((name, lake.difference(land).simplify(8)))
    return shapes


def _built_up(built: Built) -> list[BaseGeometry]:
    """The gardens along all streets of a place in one piece, without the gaps between back gardens."""
    shapes = []
    for place in built.facts.places:
        streets = [shapely.LineString(built.net.points(way.nodes)) for _, way in built.net.ways_in(place.name)]
        gardens = shapely.union_all([street.buffer(STREET_DEPTH_M, quad_segs=2) for street in streets])
        shapes.append(gardens.buffer(35, quad_segs=2).buffer(-35, quad_segs=2).simplify(6))
    return shapes


def _add_railways(file: OsmFile, built: Built) -> None:
    """One bent track between neighbouring stations of any line; stations share a node."""
    nodes = {s.name: file.add_node(*unproject(s.x, s.y)) for s in built.stations}
    drawn: set[frozenset[str]] = set()
    for line in built.facts.lines:
        if line.kind != "rail":
            continue
        names = [name for name in line.via if name in nodes]
        for a, b in itertools.pairwise(names):
            if frozenset((a, b)) in drawn:
                continue
            drawn.add(frozenset((a, b)))
            inner = _bent(built, a, b)
            ids = [file.add_node(*unproject(float(x), float(y))) for x, y in inner]
            tags = {"railway": "rail", "usage": "branch", "name": f"{a} - {b}"}
            file.add_way([nodes[a], *ids, nodes[b]], tags)


def _bent(built: Built, a: str, b: str) -> NDArray[np.float64]:
    """A wide curve from one station to another, without its ends."""
    start, end = built.facts.station(a), built.facts.station(b)
    length = float(np.hypot(end.x - start.x, end.y - start.y))
    along = np.linspace(0, 1, max(3, round(length / RAIL_STEP_M)))[1:-1]
    aside = 0.03 * length * np.sin(np.pi * along) ** 2
    normal_x, normal_y = -(end.y - start.y) / length, (end.x - start.x) / length
    return np.column_stack(
        [start.x + (end.x - start.x) * along + normal_x * aside, start.y + (end.y - start.y) * along + normal_y * aside]
    )


def _add_woods_and_fields(file: OsmFile, built: Built, taken: BaseGeometry, rng: np.random.Generator) -> None:
    """Cut the country along its roads and edges of fields, and make some of the pieces woods."""
    shapely.prepare(taken)
    for kind, piece in _parcels(built, rng):
        free = shapely.difference(piece, taken) if shapely.intersects(taken, piece) else piece
        tags = {"natural": "wood"} if kind == "wood" else {"landuse": kind}
        _add_areas(file, free, tags)


def _parcels(built: Built, rng: np.random.Generator) -> Iterator[tuple[str, BaseGeometry]]:
    """Voronoi cells around scattered points; neighbouring cells of woods grow together into forests."""
    xs = [place.x for place in built.facts.places]
    ys = [place.y for place in built.facts.places]
    left, right, low, high = min(xs) - 3_000, max(xs) + 3_000, min(ys) - 3_000, max(ys) + 3_000
    grid_x, grid_y = np.meshgrid(np.arange(left, right, WOOD_SHARE_GRID_M), np.arange(low, high, WOOD_SHARE_GRID_M))
    points = np.column_stack([grid_x.ravel(), grid_y.ravel()])
    points += rng.uniform(-0.42, 0.42, points.shape) * WOOD_SHARE_GRID_M
    cells = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=shapely.box(left, low, right, high))
    frame = shapely.box(left, low, right, high)
    places = shapely.STRtree(shapely.points(xs, ys))
    phases = rng.uniform(0, 2 * np.pi, 6)
    by_kind: dict[str, list[BaseGeometry]] = {"wood": [], "farmland": [], "meadow": []}
    for cell in sorted(shapely.get_parts(cells), key=lambda c: (round(c.centroid.x), round(c.centroid.y))):
        x, y = cell.centroid.x / 9_000, cell.centroid.y / 9_000
        waves = np.sin(x + phases[0]) + np.sin(1.3 * y + phases[1]) + np.sin(0.9 * (x + y) + phases[2])
        mood = float(waves) + 0.9 * float(rng.normal())
        is_far = places.query(cell.centroid.buffer(1_100), predicate="intersects").size == 0
        kind = "wood" if is_far and mood > 0.6 else "meadow" if mood < -1.9 else "farmland"
        by_kind[kind].append(shapely.intersection(cell, frame))
    for piece in _rounded(shapely.union_all(by_kind["wood"])):
        yield "wood", piece
    woods = shapely.union_all(list(_rounded(shapely.union_all(by_kind["wood"]))))
    for kind in ("farmland", "meadow"):
        for cell in by_kind[kind]:
            yield kind, cell.difference(woods).buffer(-12, quad_segs=1)


def _rounded(shape: BaseGeometry) -> list[BaseGeometry]:
    """The parts of a shape with their corners taken off."""
    soft = shape.buffer(-180, quad_segs=3).buffer(180, quad_segs=3).simplify(15)
    return list(shapely.get_parts(soft))


def _add_line(file: OsmFile, course: NDArray[np.float64], tags: dict[str, str]) -> None:
    file.add_line([unproject(float(x), float(y)) for x, y in course], tags)


def _add_areas(file: OsmFile, shape: BaseGeometry, tags: dict[str, str]) -> None:
    """Add the polygons of a shape: as closed ways, or as multipolygons where they have holes."""
    for part in shapely.get_parts(shape):
        if not isinstance(part, shapely.Polygon) or part.area < MIN_AREA_M2:
            continue
        holes = [ring for ring in part.interiors if shapely.Polygon(ring).area >= MIN_AREA_M2]
        if not holes:
            file.add_ring(_lonlats(part.exterior), tags)
            continue
        members = [("w", file.add_ring(_lonlats(part.exterior), {}), "outer")]
        members += [("w", file.add_ring(_lonlats(hole), {}), "inner") for hole in holes]
        file.add_relation(members, {"type": "multipolygon", **tags})


def _lonlats(ring: shapely.LinearRing) -> list[tuple[float, float]]:
    return [unproject(x, y) for x, y in ring.coords]
