"""Collects what matters for roads while a file streams by, in flat arrays."""

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from routing.graph import Floats, Ints, LongInts, lengths_m
from routing.osm_access import (
    FERRY_CLASS,
    ROAD_CLASSES,
    Barrier,
    Directions,
    Dropped,
    Passage,
    Tags,
    is_blocked,
    is_closed_at_times,
    read_barrier,
    read_class,
    read_directions,
)
from routing.osm_chains import Extract
from routing.osm_delays import DELAY_KEYS, delay_at
from routing.osm_features import PLACE_CLASSES
from routing.osm_pieces import WayParts
from routing.osm_restrictions import RESTRICTION_KEYS, Broken, Needless, Restriction, read_restriction
from routing.osm_speeds import SpeedTable, driven_kmh, ferry_kmh

if TYPE_CHECKING:
    from collections.abc import Iterable

    import osmium.osm

    from routing.osm_islands import PlaceName

KEYS = ("route", "place", *DELAY_KEYS, *RESTRICTION_KEYS)
"""Nothing without one of these matters for roads."""

_MAX_X, _MAX_Y = 180 * 10**7, 90 * 10**7
"""Coordinates are ten-millionths of a degree; a node that the file does not hold has larger ones."""

_SIDES_FROM = -(2**40)
"""Ids below this are made up for the two sides of a barrier; no file has them."""

_CLASSES = (*ROAD_CLASSES, FERRY_CLASS)
_CLASS_NUMBER: Final = {name: number for number, name in enumerate(_CLASSES)}
_CLOSED = (0.0, 0.0, 0.0)
_FERRY = (1.0, 1.0, 1.0)
"""Stands for a ferry's speed until its length is known."""

_OWN_TAGS = frozenset({"name", "ref", "loc_name", "old_name", "short_name", "note", "source", "wikidata", "width"})
"""Tags that say nothing about driving, and have so many values that nothing would be found again with them."""

_Point = tuple[int, int, int]
"""Id and coordinates of a node."""

Speeds = tuple[float, float, float]


class RoadReader:
    """Takes nodes, ways and relations in the order of a file."""

    def __init__(self, table: SpeedTable) -> None:
        self._table = table
        self._barriers: dict[int, Barrier] = {}
        self._delay_of_node: dict[int, float] = {}
        self._places: list[PlaceName] = []
        self._node_id, self._x, self._y = array("q"), array("l"), array("l")
        self._offset, self._way_id = array("q", [0]), array("q")
        self._forward_kmh, self._backward_kmh = array("d"), array("d")
        self._name, self._class = array("l"), array("l")
        self._names: dict[str, int] = {"": 0}
        self._highways = array("q")
        self._known: dict[tuple[tuple[str, str], ...], tuple[Speeds, Speeds] | Dropped] = {}
        self._restrictions: list[Restriction] = []
        self._sides = 0
        self.ways = 0
        self.ferries: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.closed_at_times = 0
        self.missing_nodes = 0
        self.blocking_nodes: set[int] = set()
        self.needless: Counter[Needless] = Counter()
        self.broken: dict[Broken, list[int]] = {}

    @property
    def highways(self) -> int:
        """How many ways with a class were seen."""
        return len(self._highways)

    def add_node(self, node: "osmium.osm.Node") -> None:
        """Take a node: a barrier, a signal, a place."""
        tags = {tag.k: tag.v for tag in node.tags}
        barrier = read_barrier(tags)
        if barrier is not Barrier.NONE:
            self._barriers[node.id] = barrier
        delay_s = delay_at(tags, self._table.delays_s)
        if delay_s > 0:
            self._delay_of_node[node.id] = delay_s
        if tags.get("place") in PLACE_CLASSES and "name" in tags:
            self._places.append((tags["name"], node.location.lon, node.location.lat))

    def add_relation(self, relation: "osmium.osm.Relation") -> None:
        """Take a relation, which may be a turn restriction."""
        tags = {tag.k: tag.v for tag in relation.tags}
        if not tags.get("type", "restriction").startswith("restriction") or not any(
            k in tags for k in RESTRICTION_KEYS
        ):
            return
        members = [(member.type, member.ref, member.role) for member in relation.members]
        found = read_restriction(relation.id, tags, members)
        if isinstance(found, Needless):
            self.needless[found] += 1
        elif isinstance(found, Broken):
            self.broken.setdefault(found, []).append(relation.id)
        else:
            self._restrictions.append(found)

    def add_way(self, way: "osmium.osm.Way") -> None:
        """Take a way, and keep of it what may be driven."""
        tags = {tag.k: tag.v for tag in way.tags}
        road_class = read_class(tags)
        if not road_class:
            return
        self._highways.append(way.id)
        driven = self._read(tags)
        if isinstance(driven, Dropped):
            self.dropped[driven.value] += 1
            return
        parts = self._split(way, road_class)
        if not parts:
            self.dropped[Dropped.INCOMPLETE.value] += 1
            return
        self.ways += 1
        self.closed_at_times += is_closed_at_times(tags)
        name = self._names.setdefault(tags.get("name") or tags.get("ref", ""), len(self._names))
        if road_class == FERRY_CLASS:
            self.ferries[tags.get("name") or f"way {way.id}"] += 1
            length_m = sum(_length_m(points) for points in parts)
            kmh = ferry_kmh(tags, length_m, self._table)
            forward, backward = ((kmh, kmh, kmh) if speeds != _CLOSED else _CLOSED for speeds in driven)
            driven = forward, backward
        for points in parts:
            self._add_part(way.id, points, driven, (name, _CLASS_NUMBER[road_class]))

    def finish(self) -> Extract:
        """Everything that was read."""
        parts = WayParts(
            node_id=_long_ints(self._node_id),
            lon=_degrees(self._x),
            lat=_degrees(self._y),
            offset=_long_ints(self._offset),
            forward_kmh=np.asarray(self._forward_kmh, dtype=np.float64).reshape(-1, 3),
            backward_kmh=np.asarray(self._backward_kmh, dtype=np.float64).reshape(-1, 3),
            way_id=_long_ints(self._way_id),
            name=_ints(self._name),
            road_class=_ints(self._class),
            names=tuple(self._names),
            classes=_CLASSES,
        )
        return Extract(parts, self._delay_of_node, self._restrictions, _long_ints(self._highways), self._places)

    def _split(self, way: "osmium.osm.Way", road_class: str) -> list[list[_Point]]:
        """Points of the way in the file, cut where a barrier blocks or a node is missing.

        A blocking node becomes a place of its own on each side, with an id that the file cannot have.
        """
        parts: list[list[_Point]] = [[]]
        last_id = None
        for node in way.nodes:
            node_id, x, y = node.ref, node.x, node.y
            if abs(x) > _MAX_X or abs(y) > _MAX_Y:
                self.missing_nodes += 1
                parts.append([])
            elif node_id in self._barriers and is_blocked(self._barriers[node_id], road_class):
                self.blocking_nodes.add(node_id)
                parts[-1].append((self._next_side(), x, y))
                parts.append([(self._next_side(), x, y)])
            elif node_id != last_id:
                parts[-1].append((node_id, x, y))
            last_id = node_id
        return [part for part in parts if len(part) > 1]

    def _next_side(self) -> int:
        self._sides += 1
        return _SIDES_FROM - self._sides

    def _read(self, tags: Tags) -> tuple[Speeds, Speeds] | Dropped:
        """Speeds along and against a way, 0 where it is closed, or why it is left out; kept, as tags come again."""
        key = tuple((key, value) for key, value in tags.items() if key not in _OWN_TAGS)
        if key not in self._known:
            directions = read_directions(tags)
            self._known[key] = directions if isinstance(directions, Dropped) else self._speeds(tags, directions)
        return self._known[key]

    def _speeds(self, tags: Tags, directions: Directions) -> tuple[Speeds, Speeds]:
        forward, backward = (
            self._speeds_in_one_direction(tags, passage, suffix)
            for passage, suffix in ((directions.forward, ":forward"), (directions.backward, ":backward"))
        )
        return forward, backward

    def _speeds_in_one_direction(self, tags: Tags, passage: Passage, suffix: str) -> Speeds:
        if passage is Passage.CLOSED:
            return _CLOSED
        if read_class(tags) == FERRY_CLASS:
            return _FERRY
        share = self._table.destination_share if passage is Passage.DESTINATION else 1.0
        kmh, open_kmh, built_up_kmh = driven_kmh(tags, suffix, self._table)
        return kmh * share, open_kmh * share, built_up_kmh * share

    def _add_part(
        self, way_id: int, points: list[_Point], driven: tuple[Speeds, Speeds], name_and_class: tuple[int, int]
    ) -> None:
        node_ids, xs, ys = zip(*points, strict=True)
        self._node_id.extend(node_ids)
        self._x.extend(xs)
        self._y.extend(ys)
        self._offset.append(len(self._node_id))
        self._way_id.append(way_id)
        self._forward_kmh.extend(driven[0])
        self._backward_kmh.extend(driven[1])
        name, road_class = name_and_class
        self._name.append(name)
        self._class.append(road_class)


def _length_m(points: list[_Point]) -> float:
    _, xs, ys = zip(*points, strict=True)
    lon, lat = _degrees(xs), _degrees(ys)
    return float(lengths_m(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())


def _degrees(values: "Iterable[int]") -> Floats:
    return np.asarray(values, dtype=np.float64) / 1e7


def _ints(values: "array[int]") -> Ints:
    return np.asarray(values, dtype=np.int32)


def _long_ints(values: "array[int]") -> LongInts:
    return np.asarray(values, dtype=np.int64)
