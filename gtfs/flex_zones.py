"""Zones of on-demand services: features of locations.geojson as values and back."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gtfs.feed_flex import ZONES
from gtfs.findings import Fault, Severity
from gtfs.flex_cells import RowFaults
from gtfs.flex_model import Polygon, Ring, Zone

_OUT = "the zone was left out"
_NO_ID = Fault("missing_required_field", "a zone has no id", _OUT)
_ID_NUMBER = Fault("malformed_json", "the id {} is no text", "its digits were taken as text", Severity.WARNING)
_TAKEN_ID = Fault("duplicate_geo_json_key", "zone {} is there already", _OUT)
_NO_POLYGON = Fault("unsupported_geometry_type", "zone {} is neither a Polygon nor a MultiPolygon", _OUT)
_NO_BORDER = Fault(
    "invalid_geometry", "a border of zone {} is open, too short or no list of [lon, lat] in degrees", _OUT
)
_NAMED = ("stop_name", "stop_desc")


def read_zones(collection: Mapping[str, Any], faults: RowFaults) -> tuple[Zone, ...]:
    """The zones of a feed; what is no area is left out."""
    zones: dict[str, Zone] = {}
    for feature in collection["features"]:
        values = feature if isinstance(feature, dict) else {}
        zone_id = _read_id(values, faults)
        if zone_id in zones:
            faults.add(ZONES, None, "id", _TAKEN_ID, zone_id)
        elif zone_id:
            zone = _read_zone(zone_id, values, faults)
            zones |= {} if zone is None else {zone_id: zone}
    return tuple(zones.values())


def _read_id(feature: Mapping[str, Any], faults: RowFaults) -> str:
    value = feature.get("id")
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, (int, float)):
        faults.add(ZONES, None, "id", _ID_NUMBER, str(value))
        return str(value)
    faults.add(ZONES, None, "id", _NO_ID)
    return ""


def _read_zone(zone_id: str, feature: Mapping[str, Any], faults: RowFaults) -> Zone | None:
    geometry, properties = _object(feature, "geometry"), _object(feature, "properties")
    kind, coordinates = str(geometry.get("type")), geometry.get("coordinates")
    if kind not in {"Polygon", "MultiPolygon"}:
        faults.add(ZONES, None, "geometry", _NO_POLYGON, zone_id)
        return None
    try:
        parts: Any = [coordinates] if kind == "Polygon" else coordinates
        polygons = tuple(_polygon(rings) for rings in parts)
        return Zone(
            zone_id,
            polygons,
            str(properties.get("stop_name") or ""),
            str(properties.get("stop_desc") or ""),
            {name: value for name, value in properties.items() if name not in _NAMED},
        )
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        faults.add(ZONES, None, "geometry", _NO_BORDER, zone_id)
        return None


def _object(feature: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = feature.get(key)
    return value if isinstance(value, dict) else {}


def _polygon(rings: Iterable[Iterable[Any]]) -> Polygon:
    return tuple(_ring(ring) for ring in rings)


def _ring(points: Iterable[Any]) -> Ring:
    # A third coordinate is a height.
    ring = tuple((float(point[0]), float(point[1])) for point in points)
    if not all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in ring):
        msg = "a coordinate is not on the globe"
        raise ValueError(msg)
    return ring


def zones_json(zones: Iterable[Zone]) -> bytes:
    """The file locations.geojson; coordinates always have a decimal point, as some programs read no others."""
    collection = {"type": "FeatureCollection", "features": [_feature(zone) for zone in zones]}
    return json.dumps(collection, ensure_ascii=False, indent=1).encode() + b"\n"


def _feature(zone: Zone) -> dict[str, Any]:
    rings = [[[[float(lon), float(lat)] for lon, lat in ring] for ring in polygon] for polygon in zone.polygons]
    is_one = len(rings) == 1
    named = {key: text for key, text in zip(_NAMED, (zone.name, zone.description), strict=True) if text}
    return {
        "type": "Feature",
        "id": zone.id,
        "properties": {**named, **zone.other},
        "geometry": {"type": "Polygon" if is_one else "MultiPolygon", "coordinates": rings[0] if is_one else rings},
    }
