"""What an OpenStreetMap file names and shows: features for a gazetteer and for a basemap, in one reading.

Areas come from closed ways and from multipolygon relations; geometries that the file holds only in part (cut by an
extract's border) are left out.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import osmium
import osmium.filter
import osmium.geom
import osmium.osm

Tags = Mapping[str, str]


class NamedKind(StrEnum):
    """Kinds of named features."""

    PLACE = "place"
    STREET = "street"
    ADDRESS = "address"
    POI = "poi"


@dataclass(frozen=True, slots=True)
class NamedFeature:
    """Something a person may look for by name.

    Parameters
    ----------
    cls
        The value of its main tag: ``village``, ``doctors``, ``residential``; empty for addresses.
    lon, lat
        A point that stands for it: the place itself, a point half way along a street, the middle of a building.
    street, house_number
        Of an address, or where a point of interest has one. A village without street names has its own name here.
    place
        The town or village, where the file says so; else empty.
    """

    kind: NamedKind
    cls: str
    name: str
    lon: float
    lat: float
    street: str = ""
    house_number: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class MapFeature:
    """Something a basemap shows. ``geometry`` is the text of a GeoJSON geometry."""

    layer: str
    cls: str
    name: str
    ref: str
    geometry: str


PLACE_CLASSES = (
    "city",
    "town",
    "village",
    "hamlet",
    "suburb",
    "quarter",
    "neighbourhood",
    "isolated_dwelling",
    "farm",
    "locality",
)
"""Settlements as OpenStreetMap classes them, and localities."""

_STREET_CLASSES = frozenset(
    {
        "primary",
        "secondary",
        "tertiary",
        "unclassified",
        "residential",
        "living_street",
        "pedestrian",
        "service",
        "track",
        "trunk",
        "road",
    }
)
_ROAD_CLASSES = _STREET_CLASSES | {
    "motorway",
    "motorway_link",
    "trunk_link",
    "primary_link",
    "secondary_link",
    "tertiary_link",
    "path",
    "footway",
    "cycleway",
}
_POI_KEYS = ("amenity", "shop", "healthcare", "tourism", "office", "leisure", "railway", "aeroway", "historic", "craft")
_NOT_POI = frozenset(
    {
        "bench",
        "waste_basket",
        "recycling",
        "parking",
        "parking_space",
        "parking_entrance",
        "bicycle_parking",
        "vending_machine",
        "hunting_stand",
        "post_box",
        "telephone",
        "grit_bin",
        "fountain",
        "shelter",
        "information",
        "artwork",
        "motorcycle_parking",
        "garden",
        "pitch",
        "track",
        "swimming_pool",
        "picnic_table",
        "slipway",
        "fishing",
        "viewpoint",
        "level_crossing",
        "crossing",
        "switch",
        "signal",
        "milestone",
        "buffer_stop",
        "platform",
        "rail",
        "boundary_stone",
        "wayside_cross",
        "wayside_shrine",
        "memorial",
        "stone",
        "tram_stop",
        "subway_entrance",
        "tram_crossing",
    }
)
"""Furniture of streets and rails, and what nobody rides to."""
_AREA_CLASSES: Mapping[str, Mapping[str, str]] = {
    "natural": {"water": "water", "wood": "wood", "heath": "heath", "wetland": "wetland", "scrub": "scrub"},
    "landuse": {
        "forest": "wood",
        "residential": "residential",
        "industrial": "industrial",
        "commercial": "commercial",
        "retail": "commercial",
        "farmland": "farmland",
        "farmyard": "farmyard",
        "meadow": "meadow",
        "grass": "meadow",
        "orchard": "orchard",
        "cemetery": "cemetery",
        "allotments": "allotments",
        "basin": "water",
        "reservoir": "water",
        "quarry": "quarry",
    },
    "waterway": {"riverbank": "water", "dock": "water"},
    "leisure": {"park": "park", "nature_reserve": "", "golf_course": "park", "pitch": "park"},
    "amenity": {"school": "school", "hospital": "hospital", "kindergarten": "school"},
}
_LINE_LAYERS: Mapping[str, frozenset[str]] = {
    "waterway": frozenset({"river", "stream", "canal", "ditch", "drain"}),
    "railway": frozenset({"rail", "light_rail", "tram", "narrow_gauge"}),
}
_KEYS = ("place", "highway", "building", "addr:housenumber", *_POI_KEYS, "natural", "landuse", "waterway")


def iter_features(path: Path) -> Iterator[NamedFeature | MapFeature]:
    """Read a file once and yield what it names and shows, in its order.

    Streets come way by way: the same name many times.

    Raises
    ------
    RuntimeError
        As osmium raises it, for a file that cannot be read.
    """
    keys = osmium.filter.KeyFilter(*_KEYS)
    shapes = _Shapes()
    processor = osmium.FileProcessor(str(path)).with_locations("flex_mem").with_areas(keys).with_filter(keys)
    for item in processor:
        tags = {tag.k: tag.v for tag in item.tags}
        if isinstance(item, osmium.osm.Node):
            yield from _node_features(item, tags, shapes)
        elif isinstance(item, osmium.osm.Way):
            yield from _way_features(item, tags, shapes)
        elif isinstance(item, osmium.osm.Area):
            yield from _area_features(item, tags, shapes)


class _Shapes:
    """Geometries as GeoJSON text; None for what the file holds only in part."""

    def __init__(self) -> None:
        self._factory = osmium.geom.GeoJSONFactory()

    def point(self, node: osmium.osm.Node) -> str | None:
        return _or_none(lambda: self._factory.create_point(node))

    def line(self, way: osmium.osm.Way) -> str | None:
        return _or_none(lambda: self._factory.create_linestring(way))

    def area(self, area: osmium.osm.Area) -> str | None:
        return _or_none(lambda: self._factory.create_multipolygon(area))


def _or_none(create: Callable[[], str]) -> str | None:
    try:
        return create()
    except (osmium.InvalidLocationError, RuntimeError, ValueError):
        return None


def _node_features(node: osmium.osm.Node, tags: Tags, shapes: _Shapes) -> Iterator[NamedFeature | MapFeature]:
    lon, lat = node.location.lon, node.location.lat
    yield from _named(tags, lon, lat)
    if tags.get("place") in PLACE_CLASSES and "name" in tags:
        geometry = shapes.point(node)
        if geometry is not None:
            yield MapFeature("place", tags["place"], tags["name"], "", geometry)


def _way_features(way: osmium.osm.Way, tags: Tags, shapes: _Shapes) -> Iterator[NamedFeature | MapFeature]:
    if tags.get("highway") in _STREET_CLASSES and "name" in tags and tags.get("area") != "yes":
        middle = _middle(way)
        if middle is not None:
            yield NamedFeature(NamedKind.STREET, tags["highway"], tags["name"], *middle)
    layer, cls = _line_layer(tags)
    if layer:
        geometry = shapes.line(way)
        if geometry is not None:
            yield MapFeature(layer, cls, tags.get("name", ""), tags.get("ref", ""), geometry)


def _line_layer(tags: Tags) -> tuple[str, str]:
    if tags.get("highway") in _ROAD_CLASSES and tags.get("area") != "yes":
        return "road", tags["highway"].removesuffix("_link")
    if tags.get("waterway") in _LINE_LAYERS["waterway"]:
        return "waterway", tags["waterway"]
    if tags.get("railway") in _LINE_LAYERS["railway"]:
        return "rail", tags["railway"]
    return "", ""


def _area_features(area: osmium.osm.Area, tags: Tags, shapes: _Shapes) -> Iterator[NamedFeature | MapFeature]:
    centre = _centre(area)
    if centre is not None:
        yield from _named(tags, *centre)
    layer, cls = _area_layer(tags)
    if layer:
        geometry = shapes.area(area)
        if geometry is not None:
            yield MapFeature(layer, cls, tags.get("name", ""), "", geometry)


def _area_layer(tags: Tags) -> tuple[str, str]:
    if tags.get("building", "no") != "no":
        return "building", "building"
    for key, classes in _AREA_CLASSES.items():
        cls = classes.get(tags.get(key, ""), "")
        if cls:
            return "area", cls
    return "", ""


def _named(tags: Tags, lon: float, lat: float) -> Iterator[NamedFeature]:
    """A point of interest with an address is both."""
    name = tags.get("name", "")
    town = tags.get("addr:city", "")
    village = tags.get("addr:place", "")
    street = tags.get("addr:street", "") or village
    number = tags.get("addr:housenumber", "")
    suburb = tags.get("addr:suburb", "") or tags.get("addr:hamlet", "")
    if name and tags.get("place") in PLACE_CLASSES:
        yield NamedFeature(NamedKind.PLACE, tags["place"], name, lon, lat)
    if name:
        cls = next((tags[key] for key in _POI_KEYS if key in tags and tags[key] not in _NOT_POI), "")
        if cls and tags.get("railway", "station") in {"station", "halt"}:  # not the crossings and signals of a station
            yield NamedFeature(NamedKind.POI, cls, name, lon, lat, street, number, town)
    if number and street:
        yield NamedFeature(NamedKind.ADDRESS, "", "", lon, lat, street, number, town or suburb or village)


def _middle(way: osmium.osm.Way) -> tuple[float, float] | None:
    node = way.nodes[len(way.nodes) // 2]
    return (node.lon, node.lat) if node.location.valid() else None


def _centre(area: osmium.osm.Area) -> tuple[float, float] | None:
    """The mean of the corners of the first outer ring: near enough for a building or a site."""
    ring = next(iter(area.outer_rings()), None)
    corners = [(n.lon, n.lat) for n in ring if n.location.valid()] if ring is not None else []
    if not corners:
        return None
    corners = corners[:-1] or corners
    return sum(c[0] for c in corners) / len(corners), sum(c[1] for c in corners) / len(corners)


def properties_text(feature: MapFeature) -> str:
    """The properties of a map feature as the text of a JSON object, without empty ones."""
    values = {"cls": feature.cls, "name": feature.name, "ref": feature.ref}
    return json.dumps({key: value for key, value in values.items() if value}, ensure_ascii=False)
