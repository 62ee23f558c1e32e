"""The roads while they are being built: nodes in metres, ways over them, turn restrictions."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

DRIVABLE = frozenset({"primary", "secondary", "tertiary", "unclassified", "residential", "living_street"})


@dataclass(slots=True)
class Way:
    """A road as OSM draws it: a row of nodes, tags, and the place it lies in (empty: open country)."""

    nodes: list[int]
    tags: dict[str, str]
    place: str = ""

    @property
    def is_oneway(self) -> bool:
        """Whether it may be driven along its nodes only."""
        return self.tags.get("oneway") == "yes" or self.tags.get("junction") == "roundabout"

    @property
    def is_drivable(self) -> bool:
        """Whether cars may use it."""
        return self.tags["highway"] in DRIVABLE


@dataclass(frozen=True, slots=True)
class Restriction:
    """A turn restriction from one way to another at a node; ways by their number."""

    kind: str
    from_way: int
    via: int
    to_way: int


@dataclass(slots=True)
class RoadNet:
    """A growing road net. Nodes and ways are numbered from 0 in the order they were added."""

    xs: list[float] = field(default_factory=list)
    ys: list[float] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)

    def add_node(self, x: float, y: float) -> int:
        """Add a node, to the decimetre, and return its number."""
        self.xs.append(round(x, 1))
        self.ys.append(round(y, 1))
        return len(self.xs) - 1

    def add_way(self, nodes: Sequence[int], tags: dict[str, str], place: str = "") -> int:
        """Add a way and return its number."""
        self.ways.append(Way(list(nodes), tags, place))
        return len(self.ways) - 1

    def insert_node(self, way: int, before: int, after: int, node: int) -> None:
        """Put a node into a way between two neighbouring nodes of it."""
        nodes = self.ways[way].nodes
        for position, pair in enumerate(itertools.pairwise(nodes)):
            if pair in {(before, after), (after, before)}:
                nodes.insert(position + 1, node)
                return
        msg = f"way {way} has no segment between nodes {before} and {after}"
        raise ValueError(msg)

    def point(self, node: int) -> tuple[float, float]:
        """Where a node lies, in metres."""
        return self.xs[node], self.ys[node]

    def points(self, nodes: Sequence[int]) -> list[tuple[float, float]]:
        """Where a row of nodes lies."""
        return [self.point(node) for node in nodes]

    def length_m(self, nodes: Sequence[int]) -> float:
        """Length along a row of nodes."""
        return sum(math.dist(self.point(a), self.point(b)) for a, b in itertools.pairwise(nodes))

    def ways_in(self, place: str) -> Iterator[tuple[int, Way]]:
        """The ways of a place with their numbers."""
        return ((number, way) for number, way in enumerate(self.ways) if way.place == place)
