"""Writes an OpenStreetMap file: ids from a made-up range, sorted, without times or names of mappers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import osmium
import osmium.osm.mutable

FIRST_ID = 10**15
"""Ids far above those that OpenStreetMap has given, so that nobody takes our things for real ones."""

GENERATOR = "districts.make_lup_sample"


@dataclass(slots=True)
class OsmFile:
    """Nodes, ways and relations, numbered in the order they are added."""

    nodes: list[tuple[tuple[float, float], dict[str, str]]] = field(default_factory=list)
    ways: list[tuple[list[int], dict[str, str]]] = field(default_factory=list)
    relations: list[tuple[list[tuple[str, int, str]], dict[str, str]]] = field(default_factory=list)

    def add_node(self, lon: float, lat: float, tags: dict[str, str] | None = None) -> int:
        """Add a node; its id."""
        self.nodes.append(((lon, lat), tags or {}))
        return FIRST_ID + len(self.nodes) - 1

    def add_way(self, node_ids: Sequence[int], tags: dict[str, str]) -> int:
        """Add a way over nodes that are there; its id."""
        self.ways.append((list(node_ids), tags))
        return FIRST_ID + len(self.ways) - 1

    def add_line(self, points: Iterable[tuple[float, float]], tags: dict[str, str]) -> int:
        """Add a way with nodes of its own."""
        return self.add_way([self.add_node(lon, lat) for lon, lat in points], tags)

    def add_ring(self, points: Sequence[tuple[float, float]], tags: dict[str, str]) -> int:
        """Add a closed way; the last point is the first one once more."""
        ids = [self.add_node(lon, lat) for lon, lat in points[:-1]]
        return self.add_way([*ids, ids[0]], tags)

    def add_relation(self, members: Sequence[tuple[str, int, str]], tags: dict[str, str]) -> int:
        """Add a relation of members ``(n|w|r, id, role)``; its id."""
        self.relations.append((list(members), tags))
        return FIRST_ID + len(self.relations) - 1

    def write(self, path: Path) -> None:
        """Write the file; the suffix says the format. The same content gives the same bytes."""
        path.unlink(missing_ok=True)
        header = osmium.io.Header()
        header.set("generator", GENERATOR)
        # Uncompressed: another version of zlib would write the same map in other bytes. git compresses it anyway.
        target = osmium.io.File(str(path), "pbf,pbf_compression=none")
        with osmium.SimpleWriter(target, header=header) as writer:
            for i, (location, tags) in enumerate(self.nodes, FIRST_ID):
                writer.add_node(osmium.osm.mutable.Node(id=i, version=1, location=location, tags=tags))
            for i, (nodes, tags) in enumerate(self.ways, FIRST_ID):
                writer.add_way(osmium.osm.mutable.Way(id=i, version=1, nodes=nodes, tags=tags))
            for i, (members, tags) in enumerate(self.relations, FIRST_ID):
                writer.add_relation(osmium.osm.mutable.Relation(id=i, version=1, members=members, tags=tags))
