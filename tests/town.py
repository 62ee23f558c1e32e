"""Made-up towns drawn in metres, written as OpenStreetMap files.

A town lies on a plane: east and north of a market place, in metres. Roads are drawn like a walk::

    town = Town()
    town.road("residential", name="Dorfstraße").east(500).north(200)
    town.road("unclassified", (500, 0)).east(1000)
    graph, report = town.import_roads(tmp_path)

Where two roads have a corner at the same place, they meet; a road passing by without a corner there is a bridge.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Self, cast
from xml.sax.saxutils import quoteattr

from routing.graph import EARTH_RADIUS_M, RoadGraph
from routing.osm import import_roads
from routing.osm_delays import DELAY_S
from routing.osm_report import ImportReport
from routing.osm_speeds import CLASS_KMH, ClassSpeed, SpeedTable

Place = tuple[float, float]
"""Metres east and north of the market place."""

PLAIN_SPEEDS = SpeedTable(
    lateral_m_s2=0,
    classes={
        name: ClassSpeed(speeds.known_kmh, speeds.unknown_kmh, speeds.unknown_kmh) for name, speeds in CLASS_KMH.items()
    },
    delays_s={**DELAY_S, "equal_junction": 0},
)
"""Every road at the speed of its class, so that times can be computed by hand: corners and junctions slow nobody."""


class Town:
    """Collects roads and what stands on them."""

    def __init__(self, lon: float = 11.4, lat: float = 53.5) -> None:
        self.lon = lon
        self.lat = lat
        self._nodes: dict[Place, tuple[int, dict[str, str]]] = {}
        self._roads: list[Road] = []
        self._relations: list[str] = []

    def lon_lat(self, east_m: float, north_m: float) -> tuple[float, float]:
        """Where a place lies on the globe. Distances due east and due north are exact to a millimetre."""
        lat = self.lat + math.degrees(north_m / EARTH_RADIUS_M)
        lon = self.lon + math.degrees(east_m / (EARTH_RADIUS_M * math.cos(math.radians(lat))))
        return lon, lat

    def node(self, east_m: float, north_m: float, **tags: str) -> int:
        """The id of the node at a place; tags are added to it."""
        node_id, known = self._nodes.setdefault((east_m, north_m), (len(self._nodes) + 1, {}))
        known.update(tags)
        return node_id

    def road(self, highway: str, start: Place = (0, 0), /, **tags: str) -> "Road":
        """Begin a road. Tag names with a colon go in as ``**{"maxspeed:type": "DE:urban"}``."""
        return self.way(start, highway=highway, **tags)

    def way(self, start: Place = (0, 0), /, **tags: str) -> "Road":
        """Begin a way of any kind: a ferry."""
        road = Road(self, len(self._roads) + 1, start, tags)
        self._roads.append(road)
        return road

    def restriction(self, came: "Road", via: "Place | Road | Sequence[Road]", goes: "Road", **tags: str) -> int:
        """Add a turn restriction over a place, a road, or several; its id."""
        roads = [via] if isinstance(via, Road) else [road for road in via if isinstance(road, Road)]
        if roads:
            middle = [("way", road.way_id, "via") for road in roads]
        else:
            east_m, north_m = cast("Place", via)
            middle = [("node", self.node(east_m, north_m), "via")]
        members = [("way", came.way_id, "from"), *middle, ("way", goes.way_id, "to")]
        return self.relation(members, type="restriction", **tags)

    def relation(self, members: Sequence[tuple[str, int, str]], **tags: str) -> int:
        """Add a relation of members (type, id, role); its id."""
        number = len(self._relations) + 1
        text = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members)
        self._relations.append(f'<relation id="{number}" version="1">{text}{_tags(tags)}</relation>')
        return number

    def osm(self, *, without: tuple[Place, ...] = ()) -> str:
        """The text of the file, some nodes left out on request."""
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="made up">']
        for place, (node_id, tags) in self._nodes.items():
            if place not in without:
                lon, lat = self.lon_lat(*place)
                lines.append(f'<node id="{node_id}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">{_tags(tags)}</node>')
        for road in self._roads:
            members = "".join(f'<nd ref="{ref}"/>' for ref in road.node_ids)
            lines.append(f'<way id="{road.way_id}" version="1">{members}{_tags(road.tags)}</way>')
        return "\n".join((*lines, *self._relations, "</osm>\n"))

    def write(self, path: Path) -> Path:
        """Write the file as XML."""
        path.write_text(self.osm(), encoding="utf-8")
        return path

    def import_roads(self, folder: Path, speeds: SpeedTable = PLAIN_SPEEDS) -> tuple[RoadGraph, ImportReport]:
        """The roads as the importer reads them."""
        return import_roads(self.write(folder / "town.osm"), speeds)


class Road:
    """A way that is being drawn; every call adds a corner."""

    def __init__(self, town: Town, way_id: int, start: Place, tags: dict[str, str]) -> None:
        self.way_id = way_id
        self.tags = tags
        self.node_ids = [town.node(*start)]
        self._town = town
        self._here = start

    def to(self, east_m: float, north_m: float) -> Self:
        """Go straight to a place."""
        self._here = (east_m, north_m)
        self.node_ids.append(self._town.node(east_m, north_m))
        return self

    def east(self, metres: float) -> Self:
        """Go east."""
        return self.to(self._here[0] + metres, self._here[1])

    def north(self, metres: float) -> Self:
        """Go north."""
        return self.to(self._here[0], self._here[1] + metres)

    def west(self, metres: float) -> Self:
        """Go west."""
        return self.east(-metres)

    def south(self, metres: float) -> Self:
        """Go south."""
        return self.north(-metres)


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
