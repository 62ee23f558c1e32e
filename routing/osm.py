"""Import of roads from OpenStreetMap: from a file, or from a place's name through OSMnx.

A file is read once, in its order (nodes, ways, relations); what a minibus may drive is kept in flat arrays and becomes
a :class:`~routing.graph.RoadGraph`. What may be driven is said in :mod:`routing.osm_access`, how fast in
:mod:`routing.osm_speeds`.
"""

from array import array
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
import osmium
import osmium.filter
import osmium.osm

from routing.graph import Ints, LongInts, RoadGraph
from routing.multidigraph import from_multidigraph
from routing.osm_access import (
    ROAD_CLASSES,
    Barrier,
    Directions,
    Dropped,
    Passage,
    Tags,
    is_blocked,
    read_barrier,
    read_directions,
)
from routing.osm_chains import Islands, WayParts, build_graph
from routing.osm_report import ImportReport
from routing.osm_speeds import DESTINATION_SHARE, driven_kmh

SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
"""Endings of file names that can be read."""

_KEYS = ("highway", "barrier", "restriction", "restriction:bus", "restriction:motorcar")
_OSMIUM_ERRORS = (RuntimeError, ValueError, osmium.InvalidLocationError)
"""What osmium raises for the many things that can be wrong with a file."""

_MAX_X, _MAX_Y = 180 * 10**7, 90 * 10**7
"""Coordinates are ten-millionths of a degree; a node that the file does not hold has larger ones."""

_SIDES_FROM = -(2**40)
"""Ids below this are made up for the two sides of a barrier; no file has them."""

_CLASS_NUMBER: Final = {name: number for number, name in enumerate(ROAD_CLASSES)}


class OsmError(ValueError):
    """Roads that cannot be imported; the message names the file and says what to do."""


def import_roads(path: Path) -> tuple[RoadGraph, ImportReport]:
    """Read the roads of an OpenStreetMap extract (``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``).

    Only the largest part within which everything can be reached from everything is kept.

    Raises
    ------
    OsmError
        The file is missing, empty, damaged, no OpenStreetMap file, or has no road that a minibus may drive.
    """
    _check_file(path)
    reader = _Reader()
    processor = osmium.FileProcessor(str(path)).with_locations("flex_mem")
    try:
        for item in processor.with_filter(osmium.filter.KeyFilter(*_KEYS)):
            if isinstance(item, osmium.osm.Way):
                reader.add_way(item)
            elif isinstance(item, osmium.osm.Node):
                reader.add_node(item)
            elif isinstance(item, osmium.osm.Relation):
                reader.add_relation(item)
    except _OSMIUM_ERRORS as error:
        msg = (
            f"{path} is damaged, cut off, or no OpenStreetMap file ({error}). Download or export it again and compare "
            "its size or checksum with the source's."
        )
        raise OsmError(msg) from error
    return reader.finish(path)


def import_roads_from_place(name: str) -> tuple[RoadGraph, ImportReport]:
    """Download the roads of a place (``"Landkreis Ludwigslust-Parchim, Germany"``) with OSMnx; needs a network.

    Barriers, tracks and turn restrictions are not part of what OSMnx downloads: an extract gives better roads.

    Raises
    ------
    OsmError
        No network, no such place, or no roads there.
    """
    import osmnx as ox  # noqa: PLC0415 - takes seconds to import, and only this function needs it

    try:
        downloaded = ox.graph_from_place(name, network_type="drive_service", retain_all=True)
    except Exception as error:  # OSMnx lets errors of several libraries through
        msg = (
            f"The roads of {name!r} could not be downloaded ({error}). Check the spelling and the network, or name an "
            "extract (.osm.pbf) in district.toml instead."
        )
        raise OsmError(msg) from error
    return from_multidigraph(downloaded)


def _check_file(path: Path) -> None:
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        msg = f"{path} {what}. Give the path of an OpenStreetMap extract, for example one of download.geofabrik.de."
        raise OsmError(msg)
    if not path.name.lower().endswith(SUFFIXES):
        msg = f"{path} has an ending that is not known. OpenStreetMap files end in {', '.join(SUFFIXES)}."
        raise OsmError(msg)
    if path.stat().st_size == 0:
        msg = f"{path} is empty. Download or export it again."
        raise OsmError(msg)


class _Reader:
    """Collects the drivable parts of ways in flat arrays while a file streams by."""

    def __init__(self) -> None:
        self._barriers: dict[int, Barrier] = {}
        self._node_id, self._x, self._y = array("q"), array("l"), array("l")
        self._offset, self._way_id = array("q", [0]), array("q")
        self._forward_kmh, self._backward_kmh = array("d"), array("d")
        self._name, self._class = array("l"), array("l")
        self._names: dict[str, int] = {"": 0}
        self._ways = 0
        self._highways = 0
        self._dropped: Counter[str] = Counter()
        self._missing_nodes = 0
        self._sides = 0
        self._blocking_nodes: set[int] = set()
        self._turn_restrictions = 0

    def add_node(self, node: "osmium.osm.Node") -> None:
        barrier = read_barrier({tag.k: tag.v for tag in node.tags})
        if barrier is not Barrier.NONE:
            self._barriers[node.id] = barrier

    def add_relation(self, relation: "osmium.osm.Relation") -> None:
        tags = {tag.k: tag.v for tag in relation.tags}
        exempt = {word.strip() for word in tags.get("except", "").split(";")}
        if tags.get("type", "restriction").startswith("restriction") and not exempt & {"psv", "bus", "motorcar"}:
            self._turn_restrictions += 1

    def add_way(self, way: "osmium.osm.Way") -> None:
        tags = {tag.k: tag.v for tag in way.tags}
        if "highway" not in tags:
            return
        self._highways += 1
        directions = read_directions(tags)
        if isinstance(directions, Dropped):
            self._dropped[directions.value] += 1
            return
        parts = self._split(way, tags["highway"])
        if not parts:
            self._dropped[Dropped.INCOMPLETE.value] += 1
            return
        self._ways += 1
        attributes = self._attributes(tags, directions)
        for points in parts:
            self._add_part(way.id, points, attributes)

    def finish(self, path: Path) -> tuple[RoadGraph, ImportReport]:
        if not self._ways:
            msg = f"{path} has no road that a minibus may drive (ways with a highway tag: {self._highways:,}). "
            hint = "Many of their points are not in the file: it was cut without them. " if self._missing_nodes else ""
            raise OsmError(msg + hint + "Use an extract of the whole district with its roads.")
        graph, islands = build_graph(self._parts())
        return graph, self._report(graph, islands)

    def _split(self, way: "osmium.osm.Way", road_class: str) -> list[list[tuple[int, int, int]]]:
        """Points of the way in the file, cut where a barrier blocks or a node is missing.

        A blocking node becomes a place of its own on each side, with an id that the file cannot have.
        """
        parts: list[list[tuple[int, int, int]]] = [[]]
        last_id = None
        for node in way.nodes:
            node_id, x, y = node.ref, node.x, node.y
            if abs(x) > _MAX_X or abs(y) > _MAX_Y:
                self._missing_nodes += 1
                parts.append([])
            elif node_id in self._barriers and is_blocked(self._barriers[node_id], road_class):
                self._blocking_nodes.add(node_id)
                parts[-1].append((self._next_side(), x, y))
                parts.append([(self._next_side(), x, y)])
            elif node_id != last_id:
                parts[-1].append((node_id, x, y))
            last_id = node_id
        return [part for part in parts if len(part) > 1]

    def _next_side(self) -> int:
        self._sides += 1
        return _SIDES_FROM - self._sides

    def _attributes(self, tags: Tags, directions: Directions) -> tuple[float, float, int, int]:
        """Speeds (0 where closed), and the numbers of name and class."""
        forward_kmh, backward_kmh = (
            0.0
            if passage is Passage.CLOSED
            else driven_kmh(tags, suffix) * (DESTINATION_SHARE if passage is Passage.DESTINATION else 1.0)
            for passage, suffix in ((directions.forward, ":forward"), (directions.backward, ":backward"))
        )
        name = self._names.setdefault(tags.get("name") or tags.get("ref", ""), len(self._names))
        return forward_kmh, backward_kmh, name, _CLASS_NUMBER[tags["highway"]]

    def _add_part(
        self, way_id: int, points: list[tuple[int, int, int]], attributes: tuple[float, float, int, int]
    ) -> None:
        node_ids, xs, ys = zip(*points, strict=True)
        self._node_id.extend(node_ids)
        self._x.extend(xs)
        self._y.extend(ys)
        self._offset.append(len(self._node_id))
        self._way_id.append(way_id)
        forward_kmh, backward_kmh, name, road_class = attributes
        self._forward_kmh.append(forward_kmh)
        self._backward_kmh.append(backward_kmh)
        self._name.append(name)
        self._class.append(road_class)

    def _parts(self) -> WayParts:
        return WayParts(
            node_id=_long_ints(self._node_id),
            lon=np.asarray(self._x, dtype=np.float64) / 1e7,
            lat=np.asarray(self._y, dtype=np.float64) / 1e7,
            offset=_long_ints(self._offset),
            forward_kmh=np.asarray(self._forward_kmh, dtype=np.float64),
            backward_kmh=np.asarray(self._backward_kmh, dtype=np.float64),
            way_id=_long_ints(self._way_id),
            name=_ints(self._name),
            road_class=_ints(self._class),
            names=tuple(self._names),
            classes=ROAD_CLASSES,
        )

    def _report(self, graph: RoadGraph, islands: Islands) -> ImportReport:
        return ImportReport(
            ways=self._ways,
            nodes=graph.node_count,
            edges=graph.edge_count,
            length_m=graph.street_length_m(),
            dropped=dict(self._dropped),
            blocking_nodes=len(self._blocking_nodes),
            missing_nodes=self._missing_nodes,
            islands=islands.count,
            island_length_m=islands.length_m,
            turn_restrictions=self._turn_restrictions,
        )


def _ints(values: "array[int]") -> Ints:
    return np.asarray(values, dtype=np.int32)


def _long_ints(values: "array[int]") -> LongInts:
    return np.asarray(values, dtype=np.int64)
