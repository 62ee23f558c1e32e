"""The OpenStreetMap file of the made-up district: one road, six side streets, and something to see on a map."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

EARTH_RADIUS_M = 6_371_009
CENTRE_LON = 11.0
CENTRE_LAT = 53.4
TOWN_SPACING_M = 5000


def lon_east_of_altwiek(metres: float) -> float:
    """Longitude that many metres east of Altwiek's market, along its parallel."""
    return CENTRE_LON + math.degrees(metres / (EARTH_RADIUS_M * math.cos(math.radians(CENTRE_LAT))))


def lat_north_of_road(metres: float) -> float:
    """Latitude that many metres north of the road."""
    return CENTRE_LAT + math.degrees(metres / EARTH_RADIUS_M)


class _OsmFile:
    """Nodes and ways with their tags, numbered as they come."""

    def __init__(self) -> None:
        self.nodes: list[str] = []
        self.ways: list[str] = []
        self.relations: list[str] = []

    def node(self, east_m: float, north_m: float, **tags: str) -> int:
        number = len(self.nodes) + 1
        place = f'lat="{lat_north_of_road(north_m):.7f}" lon="{lon_east_of_altwiek(east_m):.7f}"'
        self.nodes.append(f'<node id="{number}" version="1" {place}>{_tags(tags)}</node>')
        return number

    def way(self, refs: Sequence[int], **tags: str) -> int:
        number = len(self.ways) + 1
        members = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        self.ways.append(f'<way id="{number}" version="1">{members}{_tags(tags)}</way>')
        return number

    def square(self, west_m: float, south_m: float, side_m: float, **tags: str) -> int:
        corners = ((0, 0), (1, 0), (1, 1), (0, 1))
        refs = [self.node(west_m + x * side_m, south_m + y * side_m) for x, y in corners]
        return self.way([*refs, refs[0]], **tags)

    def multipolygon(self, outer: int, inner: int, **tags: str) -> None:
        number = len(self.relations) + 1
        members = f'<member type="way" ref="{outer}" role="outer"/><member type="way" ref="{inner}" role="inner"/>'
        tags = {"type": "multipolygon", **tags}
        self.relations.append(f'<relation id="{number}" version="1">{members}{_tags(tags)}</relation>')

    def text(self) -> str:
        body = "\n".join((*self.nodes, *self.ways, *self.relations))
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="made up">\n{body}\n</osm>\n'


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k.replace('__', ':'))} v={quoteattr(v)}/>" for k, v in tags.items())


def roads_osm(towns: Sequence[str], side_street_m: int, station_walk_m: int) -> str:
    """The whole file. The road is ``secondary`` at 100 km/h, side streets ``residential`` at 30."""
    osm = _OsmFile()
    crossings = [osm.node(i * TOWN_SPACING_M, 0) for i in range(len(towns))]
    middles = [osm.node((i + 0.5) * TOWN_SPACING_M, 0) for i in range(len(towns) - 1)]
    for i, middle in enumerate(middles):
        refs = [crossings[i], middle, crossings[i + 1]]
        osm.way(refs, highway="secondary", name="Landstraße", ref="L 1", maxspeed="100")
    for i, town in enumerate(towns):
        _add_town(osm, town, i * TOWN_SPACING_M, crossings[i], side_street_m)
    osm.node(station_walk_m, 0, railway="station", name=f"{towns[0]}, Bahnhof")
    osm.node((len(towns) - 1) * TOWN_SPACING_M, 5, railway="station", name=f"{towns[-1]}, Bahnhof")
    track = [osm.node(x * 1000, -30) for x in (0, 10, 25)]
    osm.way(track, railway="rail", name="Reihenbahn")
    brook = [osm.node(7000, y) for y in (-1500, -200, 1500)]
    osm.way(brook, waterway="stream", name="Reihbach")
    osm.square(12_000, 300, 800, natural="wood", name="Reihenforst")
    shore, island = osm.square(17_000, 300, 600), osm.square(17_200, 500, 100)
    osm.multipolygon(shore, island, natural="water", name="Inselsee")
    return osm.text()


def _add_town(osm: _OsmFile, town: str, east_m: int, crossing: int, side_street_m: int) -> None:
    halfway, end = osm.node(east_m, side_street_m / 2), osm.node(east_m, side_street_m)
    osm.way([crossing, halfway, end], highway="residential", name="Dorfstraße", maxspeed="30")
    osm.node(east_m, side_street_m / 2 + 10, place="village", name=town)
    osm.square(east_m - 300, 20, 600, landuse="residential")
    for i, number in enumerate(("1", "2", "7", "12a")):
        address = {"addr__street": "Dorfstraße", "addr__housenumber": number, "addr__city": town}
        osm.square(east_m + 20, 100 + 50 * i, 12, building="house", **address)
    osm.node(east_m - 40, 40, amenity="pharmacy", name=f"Adler-Apotheke {town}")
