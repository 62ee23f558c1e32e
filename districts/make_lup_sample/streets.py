"""Streets inside a place, grown outwards from the through roads.

A new street leaves an existing one at about a right angle, runs on block by block and ends where it meets another one,
where it would come too near to one, or at the edge of the place. Blocks close by themselves; no two streets cross
without a common node.
"""

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from districts.make_lup_sample.facts import Facts, Place
from districts.make_lup_sample.road_net import RoadNet
from districts.make_lup_sample.street_names import street_names

CLEARANCE_M = 42.0
SNAP_M = 34.0
BLOCK_M = (55.0, 85.0)
TRIES_PER_STREET = 14
MARGIN_M = 400.0
SHORE_M = 25.0


@dataclass(frozen=True, slots=True)
class _Hit:
    """Where a new piece of street meets an old one."""

    way: int
    before: int
    after: int
    x: float
    y: float


class _Segments:
    """The pieces of street of one place, as arrays to measure against."""

    def __init__(self, net: RoadNet, place: Place) -> None:
        self.net = net
        self.rows: list[tuple[int, int, int]] = []
        away = np.hypot(np.array(net.xs) - place.x, np.array(net.ys) - place.y)
        is_near = (away < place.radius_m * 1.4 + MARGIN_M).tolist()
        for number, way in enumerate(net.ways):
            self.rows += [(number, a, b) for a, b in itertools.pairwise(way.nodes) if is_near[a] or is_near[b]]
        self._arrays: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None

    def add(self, way: int, a: int, b: int) -> None:
        """Add a piece."""
        self.rows.append((way, a, b))
        self._arrays = None

    def split(self, hit: _Hit, node: int) -> None:
        """Replace a piece by the two that a new node makes of it."""
        for i, row in enumerate(self.rows):
            if row[0] == hit.way and {row[1], row[2]} == {hit.before, hit.after}:
                self.rows[i] = (hit.way, row[1], node)
                self.rows.append((hit.way, node, row[2]))
                break
        self._arrays = None

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows ``way, node, node`` and their coordinates ``ax, ay, bx, by``."""
        if self._arrays is None:
            xs, ys = self.net.xs, self.net.ys
            ends = [(xs[a], ys[a], xs[b], ys[b]) for _, a, b in self.rows]
            self._arrays = np.array(self.rows, dtype=np.int64), np.array(ends)
        return self._arrays

    def crossing(self, p: tuple[float, float], q: tuple[float, float], node: int) -> _Hit | None:
        """The piece that the way from p to q meets first, leaving out those that end at ``node``."""
        rows, ends = self.arrays()
        ax, ay, bx, by = ends.T
        dx, dy = q[0] - p[0], q[1] - p[1]
        ex, ey = bx - ax, by - ay
        cross = dx * ey - dy * ex
        with np.errstate(divide="ignore", invalid="ignore"):
            along = ((ax - p[0]) * ey - (ay - p[1]) * ex) / cross
            across = ((ax - p[0]) * dy - (ay - p[1]) * dx) / cross
        meets = (np.abs(cross) > 1e-9) & (along > 0) & (along <= 1) & (across >= 0) & (across <= 1)
        meets &= (rows[:, 1] != node) & (rows[:, 2] != node)
        if not meets.any():
            return None
        first = int(np.flatnonzero(meets)[np.argmin(along[meets])])
        at = float(along[first])
        way, before, after = rows[first].tolist()
        return _Hit(way, before, after, p[0] + dx * at, p[1] + dy * at)

    def nearest(self, q: tuple[float, float], ignored: set[int]) -> tuple[float, _Hit | None]:
        """Distance to the nearest piece that touches none of the ignored nodes, and the foot point there."""
        rows, ends = self.arrays()
        ax, ay, bx, by = ends.T
        ex, ey = bx - ax, by - ay
        along = np.clip(((q[0] - ax) * ex + (q[1] - ay) * ey) / np.maximum(ex * ex + ey * ey, 1e-9), 0, 1)
        fx, fy = ax + along * ex, ay + along * ey
        away = np.hypot(fx - q[0], fy - q[1])
        if ignored:
            for node in ignored:
                away[(rows[:, 1] == node) | (rows[:, 2] == node)] = np.inf
        best = int(np.argmin(away))
        if not np.isfinite(away[best]):
            return math.inf, None
        way, before, after = rows[best].tolist()
        return float(away[best]), _Hit(way, before, after, float(fx[best]), float(fy[best]))


class _Grower:
    """Grows the streets of one place."""

    def __init__(self, net: RoadNet, place: Place, water: shapely.Geometry, rng: np.random.Generator) -> None:
        self.net = net
        self.place = place
        self.water = water
        self.rng = rng
        self.segments = _Segments(net, place)
        self.starts: list[tuple[int, float]] = []
        for _, way in net.ways_in(place.name):
            if way.tags.get("junction") != "roundabout":
                self._offer_starts(way.nodes)

    def grow(self, count: int) -> None:
        """Add up to that many streets."""
        names = iter(street_names(count, self.rng))
        done = 0
        for _ in range(count * TRIES_PER_STREET):
            if done == count:
                return
            nodes = self._try_street()
            if nodes:
                self._keep(nodes, next(names))
                done += 1

    def connect(self, x: float, y: float, name: str) -> int:
        """A straight street from the nearest road to a point, and the node there."""
        _, hit = self.segments.nearest((x, y), set())
        if hit is None:
            msg = f"{self.place.name} has no road to join"
            raise ValueError(msg)
        start = self._node_at(hit)
        end = self.net.add_node(x, y)
        (sx, sy), steps = self.net.point(start), max(1, round(math.dist(self.net.point(start), (x, y)) / 60))
        between = [self.net.add_node(sx + (x - sx) * i / steps, sy + (y - sy) * i / steps) for i in range(1, steps)]
        nodes = [start, *between, end]
        way = self._keep(nodes, name)
        self.net.ways[way].tags["highway"] = "unclassified"
        return end

    def _keep(self, nodes: list[int], name: str) -> int:
        tags = {"highway": "residential", "name": name, "maxspeed": "30" if self.place.is_town else "50"}
        way = self.net.add_way(nodes, tags, self.place.name)
        for a, b in pairwise(nodes):
            self.segments.add(way, a, b)
        self._offer_starts(nodes)
        return way

    def _offer_starts(self, nodes: list[int]) -> None:
        """Remember where side streets may leave, with the direction of the street there."""
        for before, node, after in zip(nodes, nodes[1:], nodes[2:], strict=False):
            (ax, ay), (bx, by) = self.net.point(before), self.net.point(after)
            if math.dist(self.net.point(node), (self.place.x, self.place.y)) < self.place.radius_m:
                self.starts.append((node, math.atan2(by - ay, bx - ax)))

    def _try_street(self) -> list[int]:
        if not self.starts:
            return []
        picks = self.rng.integers(len(self.starts), size=3)
        # The innermost of three picks: places grow from their middle.
        node, direction = min(
            (self.starts[int(i)] for i in picks),
            key=lambda start: math.dist(self.net.point(start[0]), (self.place.x, self.place.y)),
        )
        side = 1 if self.rng.random() < 0.5 else -1
        heading = direction + side * math.pi / 2 + self.rng.normal() * 0.08
        return self._walk(node, heading, blocks=int(self.rng.integers(2, 7)))

    def _walk(self, node: int, heading: float, blocks: int) -> list[int]:
        """Lay blocks until something is in the way; the row of nodes, or nothing where no block fits."""
        nodes = [node]
        here = self.net.point(node)
        for _ in range(blocks):
            length = float(self.rng.uniform(*BLOCK_M))
            there = here[0] + length * math.cos(heading), here[1] + length * math.sin(heading)
            hit = self.segments.crossing(here, there, node)
            if hit is None and len(nodes) > 1:
                away, near = self.segments.nearest(there, {node})
                hit = near if away < SNAP_M else None
            if hit is not None:
                return self._join(nodes, here, hit)
            if not self._is_free(here, there, node) or not self._is_inside(there):
                break
            nodes.append(self.net.add_node(*there))
            here = there
            heading += float(self.rng.normal()) * 0.1
        return nodes if len(nodes) > 1 else []

    def _join(self, nodes: list[int], here: tuple[float, float], hit: _Hit) -> list[int]:
        """End the street at an older one, unless that would be a stub, a parallel or a second crossing."""
        is_long = math.dist(here, (hit.x, hit.y)) > 18 and (len(nodes) > 1 or math.dist(here, (hit.x, hit.y)) > 40)
        shorter = here[0] + (hit.x - here[0]) * 0.97, here[1] + (hit.y - here[1]) * 0.97
        if not is_long or self.segments.crossing(here, shorter, nodes[0]) is not None:
            return nodes if len(nodes) > 1 else []
        node = self._node_at(hit)
        if node in nodes or self._shares_a_way(nodes[0], node, len(nodes)):
            return nodes if len(nodes) > 1 else []
        return [*nodes, node]

    def _shares_a_way(self, start: int, end: int, blocks: int) -> bool:
        """Whether a short street would only cut off a corner of one and the same street."""
        return blocks == 1 and math.dist(self.net.point(start), self.net.point(end)) < 40

    def _node_at(self, hit: _Hit) -> int:
        """The nearer end of the piece where that is close, otherwise a new node in it."""
        for node in (hit.before, hit.after):
            if math.dist(self.net.point(node), (hit.x, hit.y)) < 12:
                return node
        node = self.net.add_node(hit.x, hit.y)
        self.net.insert_node(hit.way, hit.before, hit.after, node)
        self.segments.split(hit, node)
        return node

    def _is_free(self, here: tuple[float, float], there: tuple[float, float], node: int) -> bool:
        middle = (here[0] + there[0]) / 2, (here[1] + there[1]) / 2
        ignored = {node}
        return (
            self.segments.nearest(there, ignored)[0] > CLEARANCE_M
            and self.segments.nearest(middle, ignored)[0] > CLEARANCE_M * 0.6
        )

    def _is_inside(self, point: tuple[float, float]) -> bool:
        is_near = math.dist(point, (self.place.x, self.place.y)) < self.place.radius_m
        return is_near and not shapely.contains_xy(self.water, *point)


def grow_streets(
    net: RoadNet, facts: Facts, lakes: Iterable[shapely.Polygon], rng: np.random.Generator
) -> dict[str, int]:
    """Grow the streets of every place; the node of each railway station, by its name."""
    stations = {}
    water = shapely.union_all([lake.buffer(SHORE_M) for lake in lakes])
    shapely.prepare(water)
    for place in facts.places:
        grower = _Grower(net, place, water, rng)
        for station in facts.stations:
            if station.place == place.name:
                name = "Bahnhofstraße" if "Land" not in station.name else "Am Landbahnhof"
                stations[station.name] = grower.connect(station.x, station.y, name)
        grower.grow(_street_count(place))
    return stations


def _street_count(place: Place) -> int:
    if not place.is_inside:
        return min(40, 4 + place.inhabitants // 150)
    return 2 + place.inhabitants // (110 if place.is_town else 95)
