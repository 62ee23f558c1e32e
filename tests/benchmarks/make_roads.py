"""A made-up rural extract to measure on: villages, curvy roads between them, and the ballast that real extracts carry.

``--size district`` gives about 50 MB of ``.osm.pbf`` and 150,000 directed edges, ``--size small`` a hundredth of it.
The same size and seed give the same map. Ids are spread as in real extracts: in runs, with gaps, up to many billions.

    uv run python tests/benchmarks/make_roads.py /tmp/district.osm.pbf --size district
"""

import argparse
import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import osmium.osm.mutable
from numpy.typing import NDArray

Point = tuple[float, float]
"""Metres east and north of the south-west corner."""

LON, LAT = 11.0, 53.2
_METRES_PER_DEGREE = 111_195.0
_GRID_M = 2_500.0
_BLOCK_M = 110.0
_ROWS = 6
"""Streets of a village in each direction."""

_NODE_ID, _WAY_ID, _RELATION_ID = 26_000_000, 4_000_000, 1_500
_ID_GAP = 4_000
"""Mean gap between the ids of two features: a district's share of the world's."""

_EDITS = ((1, 9), (1_250_000_000, 1_700_000_000))
"""Versions and times of change (POSIX seconds): extracts have them for every node, and they do not compress well."""

_SYLLABLES = ("Alt", "Buch", "Dam", "Eich", "Gar", "Holt", "Krem", "Lin", "Mühl", "Neu", "Poch", "Ros", "Torn", "Wend")
_ENDINGS = ("beck", "dorf", "feld", "hagen", "hof", "itz", "ow", "rade", "see", "walde", "wiek")
_STREETS = ("Bahnhofstraße", "Gartenweg", "Kirchweg", "Lindenallee", "Am Anger", "Feldstraße", "Mühlenweg", "Zum See")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is drawn."""

    villages_across: int
    buildings_per_village: int
    fields: int


SIZES: Mapping[str, Size] = {"small": Size(3, 100, 100), "district": Size(32, 700, 12_000)}


@dataclass
class Extract:
    """Nodes, ways and relations in flat arrays, in the order of their ids."""

    seed: int
    node_id: "array[int]" = field(default_factory=lambda: array("q"))
    lon: "array[float]" = field(default_factory=lambda: array("d"))
    lat: "array[float]" = field(default_factory=lambda: array("d"))
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    ways: list[tuple[int, Sequence[int], Mapping[str, str]]] = field(default_factory=list)
    relations: list[tuple[list[tuple[str, int, str]], dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = np.random.default_rng(self.seed)
        self._next_node, self._next_way = _NODE_ID, _WAY_ID

    def add_nodes(self, points: NDArray[np.float64]) -> range:
        """Add nodes at places in metres, shape ``(n, 2)``; their ids, which follow each other."""
        first = self._next_node + int(self.chance.integers(1, 2 * _ID_GAP))
        ids = range(first, first + len(points))
        self._next_node = ids.stop
        self.node_id.extend(ids)
        lat = LAT + points[:, 1] / _METRES_PER_DEGREE
        self.lat.extend(lat.tolist())
        self.lon.extend((LON + points[:, 0] / (_METRES_PER_DEGREE * math.cos(math.radians(LAT)))).tolist())
        return ids

    def add_way(self, nodes: Sequence[int], tags: Mapping[str, str]) -> int:
        """Add a way over nodes that are there; its id."""
        self._next_way += int(self.chance.integers(1, 2 * _ID_GAP))
        self.ways.append((self._next_way, nodes, tags))
        return self._next_way

    def add_line(self, points: NDArray[np.float64], tags: Mapping[str, str], *, closed: bool = False) -> int:
        """Add a way with nodes of its own."""
        ids = self.add_nodes(points)
        return self.add_way([*ids, ids[0]] if closed else ids, tags)

    def add_restriction(self, kind: str, came: int, via: tuple[str, int], goes: int, **tags: str) -> None:
        """Add a turn restriction over a node or a way: ``("n", id)``, ``("w", id)``."""
        members = [("w", came, "from"), (*via, "via"), ("w", goes, "to")]
        self.relations.append((members, {"type": "restriction", "restriction": kind, **tags}))

    def write(self, path: Path) -> None:
        """Write the extract; an older file there is replaced."""
        path.unlink(missing_ok=True)
        with osmium.SimpleWriter(str(path)) as writer:
            edits = zip(
                *(self.chance.integers(low, high, len(self.node_id)).tolist() for low, high in _EDITS), strict=True
            )
            for node_id, lon, lat, (edition, at) in zip(self.node_id, self.lon, self.lat, edits, strict=True):
                item = osmium.osm.mutable.Node(
                    id=node_id,
                    version=edition,
                    timestamp=datetime.fromtimestamp(at, UTC),
                    location=(lon, lat),
                    tags=self.node_tags.get(node_id, {}),
                )
                writer.add_node(item)
            for way_id, nodes, way_tags in self.ways:
                writer.add_way(osmium.osm.mutable.Way(id=way_id, version=1, nodes=nodes, tags=way_tags))
            for i, (members, relation_tags) in enumerate(self.relations):
                relation_id = _RELATION_ID + 997 * i
                writer.add_relation(
                    osmium.osm.mutable.Relation(id=relation_id, version=1, members=members, tags=relation_tags)
                )


class Village:
    """A grid of streets, some missing, with a main street from west to east and one from south to north."""

    def __init__(self, extract: Extract, middle: Point, name: str) -> None:
        self._extract, self._chance = extract, extract.chance
        self.middle, self.name = middle, name
        steps = (np.arange(_ROWS) - (_ROWS - 1) / 2) * _BLOCK_M
        east, north = np.meshgrid(steps, steps)
        points = np.column_stack((east.ravel(), north.ravel())) + middle
        self.points = points + self._chance.normal(0, 12, points.shape)
        ids = extract.add_nodes(self.points)
        self.node = np.array(ids).reshape(_ROWS, _ROWS)
        self.main = _ROWS // 2

    def draw(self) -> None:
        """Draw its streets, drives and signals."""
        for row in range(_ROWS):
            self._draw_street([(row, column) for column in range(_ROWS)], is_main=row == self.main)
            self._draw_street([(column, row) for column in range(_ROWS)], is_main=row == self.main)
        for _ in range(10):
            self._draw_drive()
        signal = int(self.node[self.main, self.main])
        if self._chance.random() < 0.1:
            self._extract.node_tags[signal] = {"highway": "traffic_signals"}

    def gate(self, side: int) -> int:
        """The node where the road from a side (0 west, 1 east, 2 south, 3 north) comes in."""
        return int(
            (self.node[self.main, 0], self.node[self.main, -1], self.node[0, self.main], self.node[-1, self.main])[side]
        )

    def place(self, node: int) -> NDArray[np.float64]:
        """Where one of its nodes lies."""
        place: NDArray[np.float64] = self.points[int(np.flatnonzero(self.node.ravel() == node)[0])]
        return place

    def _draw_street(self, cells: list[tuple[int, int]], *, is_main: bool) -> None:
        """A main street is cut at every junction and never missing; others are ways over some blocks."""
        tags = self._tags(is_main=is_main)
        if is_main:
            came = None
            for one, other in pairwise(cells):
                goes = self._extract.add_way(self._block(one, other), tags)
                self._restrict(came, int(self.node[one]), goes)
                came = goes
            return
        run: list[int] = []
        for one, other in pairwise(cells):
            if self._chance.random() < 0.1:
                self._finish(run, tags)
                run = []
                continue
            block = self._block(one, other)
            run = [*run, *block[1:]] if run else block
        self._finish(run, tags)

    def _finish(self, run: list[int], tags: dict[str, str]) -> None:
        if run:
            self._extract.add_way(run, tags)

    def _block(self, one: tuple[int, int], other: tuple[int, int]) -> list[int]:
        """The nodes from one junction to the next, with some between them."""
        first, last = int(self.node[one]), int(self.node[other])
        count = int(self._chance.integers(0, 4))
        if not count:
            return [first, last]
        bent = _between(self._chance, self.place(first), self.place(last), count, 5.0)
        return [first, *self._extract.add_nodes(bent), last]

    def _restrict(self, came: int | None, node: int, goes: int) -> None:
        if came is not None and self._chance.random() < 0.15:
            kind = "no_u_turn" if self._chance.random() < 0.5 else "only_straight_on"
            tags = {"except": "psv"} if self._chance.random() < 0.2 else {}
            self._extract.add_restriction(kind, came, ("n", node), came if kind == "no_u_turn" else goes, **tags)

    def _draw_drive(self) -> None:
        start = int(self._chance.choice(self.node.ravel()))
        end = self.place(start) + self._chance.normal(0, 40, 2)
        ids = self._extract.add_nodes(np.array([self.place(start) / 2 + end / 2, end]))
        self._extract.add_way([start, *ids], {"highway": "service", "service": "driveway"})

    def _tags(self, *, is_main: bool) -> dict[str, str]:
        if is_main:
            return {"highway": "tertiary", "name": "Dorfstraße", "maxspeed": "50", "surface": "asphalt", "lit": "yes"}
        tags = {"highway": "residential", "name": f"{self._chance.choice(_STREETS)}"}
        if self._chance.random() < 0.4:
            tags["maxspeed"] = "30"
        if self._chance.random() < 0.3:
            tags["surface"] = str(self._chance.choice(["asphalt", "paving_stones", "cobblestone", "compacted"]))
        if self._chance.random() < 0.1:
            tags["oneway"] = "yes"
        return tags


def write_roads(path: Path, size: Size, *, seed: int) -> None:
    """Draw an extract and write it; the ending of the file's name says the format."""
    extract = Extract(seed)
    villages = _draw_villages(extract, size)
    for column, row in villages:
        for side, other in ((1, (column + 1, row)), (3, (column, row + 1))):
            if other in villages:
                _draw_link(extract, villages[column, row], villages[other], side)
    for village in villages.values():
        _draw_buildings(extract, village, size.buildings_per_village)
    _draw_fields(extract, size)
    extract.write(path)


def _draw_villages(extract: Extract, size: Size) -> dict[tuple[int, int], Village]:
    villages = {}
    for column in range(size.villages_across):
        for row in range(size.villages_across):
            east, north = (np.array([column, row]) + 0.5) * _GRID_M + extract.chance.normal(0, 250, 2)
            name = str(extract.chance.choice(_SYLLABLES)) + str(extract.chance.choice(_ENDINGS))
            place = extract.add_nodes(np.array([[east, north]]))[0]
            extract.node_tags[place] = {"place": "village", "name": name}
            villages[column, row] = Village(extract, (float(east), float(north)), name)
    for village in villages.values():
        village.draw()
    return villages


def _draw_link(extract: Extract, one: Village, other: Village, side: int) -> None:
    """The road between two villages: a way from each junction with a farm road to the next."""
    chance = extract.chance
    first, last = one.gate(side), other.gate(side - 1)
    line = _between(chance, one.place(first), other.place(last), 47, 55.0)
    ids = extract.add_nodes(line)
    nodes = [first, *ids, last]
    cuts = [0, *sorted(chance.choice(np.arange(5, 43), 4, replace=False).tolist()), len(nodes) - 1]
    tags = {"highway": str(chance.choice(["secondary", "tertiary", "unclassified"], p=[0.2, 0.5, 0.3]))}
    tags |= {"surface": "asphalt", "ref": f"L {chance.integers(1, 400)}"}
    if chance.random() < 0.3:
        tags["maxspeed"] = str(chance.choice(["70", "80", "100"]))
    ways = [extract.add_way(nodes[a : b + 1], tags) for a, b in pairwise(cuts)]
    for cut in cuts[1:-1]:
        away = chance.normal(0, 250, 2)
        farm = extract.add_nodes(_between(chance, line[cut - 1], line[cut - 1] + away, 5, 8.0))
        grade = str(chance.choice(["grade1", "grade2", "grade4"]))
        extract.add_way([nodes[cut], *farm], {"highway": "track", "tracktype": grade})
    if chance.random() < 0.5:
        extract.add_restriction("no_u_turn", ways[0], ("w", ways[1]), ways[2])
    if chance.random() < 0.2:
        extract.add_restriction("no_straight_on", ways[3], ("n", nodes[cuts[4]]), ways[4], **{"except": "psv;bicycle"})


def _between(
    chance: np.random.Generator, start: NDArray[np.float64], end: NDArray[np.float64], count: int, bend_m: float
) -> NDArray[np.float64]:
    """Points between two places on a line that swings from side to side."""
    share = (np.arange(count) + 1) / (count + 1)
    along = end - start
    across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1.0)
    waves = sum(float(chance.normal()) / k * np.sin(np.pi * k * share) * bend_m for k in (1, 2, 3, 5))
    points: NDArray[np.float64] = start + share[:, None] * along + np.asarray(waves)[:, None] * across
    return points


def _draw_buildings(extract: Extract, village: Village, count: int) -> None:
    chance = extract.chance
    middles = np.array(village.middle) + chance.uniform(-400, 400, (count, 2))
    sizes, turns = chance.uniform(4, 12, (count, 2)), chance.uniform(0, np.pi, count)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    kinds = chance.choice(["yes", "house", "garage", "barn"], count).tolist()
    numbers, streets = chance.integers(1, 90, count).tolist(), chance.choice(_STREETS, count).tolist()
    address = {"addr:city": village.name, "addr:postcode": str(chance.integers(19000, 19400))}
    for i in range(count):
        cos, sin = math.cos(turns[i]), math.sin(turns[i])
        ring = middles[i] + (corners * sizes[i]) @ np.array([[cos, sin], [-sin, cos]])
        tags = {"building": kinds[i]}
        if kinds[i] == "house":
            tags |= {"addr:street": streets[i], "addr:housenumber": str(numbers[i]), **address}
        extract.add_line(ring, tags, closed=True)


def _draw_fields(extract: Extract, size: Size) -> None:
    chance = extract.chance
    kinds: Iterable[tuple[str, str]] = (("landuse", "farmland"), ("landuse", "forest"), ("natural", "water"))
    known = list(kinds)
    width_m = size.villages_across * _GRID_M
    for i in range(size.fields):
        count = int(chance.integers(30, 200))
        angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
        radius_m = chance.uniform(80, 500) * (1 + chance.normal(0, 0.06, count))
        ring = chance.uniform(0, width_m, 2) + np.column_stack((np.cos(angle), np.sin(angle))) * radius_m[:, None]
        extract.add_line(ring, dict([known[i % len(known)]]), closed=True)


def main() -> None:
    """Write the file and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="where to write, ending in .osm.pbf")
    parser.add_argument("--size", choices=SIZES, default="district")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    write_roads(arguments.file, SIZES[arguments.size], seed=arguments.seed)
    print(f"{arguments.file}: {arguments.file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
