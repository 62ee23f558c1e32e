"""``areas.geojson``: where the service runs, the hubs each area leads to, and places where rides end at an address."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import shapely
from shapely import Polygon

from booking.district import Area, DestinationPlace, Stop
from booking.district_problems import Problems, meant
from booking.model import AreaId, StopId

_FEATURE = re.compile(r'"type"\s*:\s*"Feature"')
_DESTINATION_PLACE = "destination_place"
_KINDS = ("area", _DESTINATION_PLACE)
_DRAW = "draw it anew in a map program and save it as GeoJSON (EPSG:4326)"


class _Feature:
    """One feature, and where its problems go."""

    def __init__(self, file: str, line: int, values: object, problems: Problems) -> None:
        self.file = file
        self.line = line
        self._problems = problems
        self.values: Mapping[str, object] = values if isinstance(values, dict) else {}
        properties = self.values.get("properties")
        self.properties: Mapping[str, object] = properties if isinstance(properties, dict) else {}

    def add_problem(self, message: str, remedy: str) -> None:
        name = self.properties.get("id") or self.properties.get("name")
        self._problems.add(self.file, self.line, f'area "{name}": {message}' if name else message, remedy)

    def text(self, key: str) -> str:
        value = self.properties.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.add_problem(f'the property "{key}" is missing or not a text', "add it to the properties of the area")
        return ""

    def is_destination_place(self) -> bool:
        """Whether the polygon is no area of the service, but a place with a door service."""
        kind = self.properties.get("kind", "area")
        if kind not in _KINDS:
            self.add_problem(f'the property "kind" is {kind!r}', meant(str(kind), _KINDS))
        return kind == _DESTINATION_PLACE

    def hubs(self, stops: Mapping[StopId, Stop]) -> tuple[StopId, ...]:
        value = self.properties.get("hubs")
        if not isinstance(value, list) or not all(isinstance(hub, str) for hub in value):
            self.add_problem('the property "hubs" is missing or not a list of texts', 'write "hubs": ["stop_id", …]')
            return ()
        for hub in value:
            if not stops:
                break  # the whole table is unsound, which has been said
            if StopId(hub) not in stops:
                self.add_problem(f'its hub "{hub}" is not in stops.csv', meant(hub, stops))
            elif not stops[StopId(hub)].is_hub:
                remedy = 'write yes in the column "hub" of stops.csv, or take it out of the area\'s hubs'
                self.add_problem(f'its hub "{hub}" is not marked as a hub in stops.csv', remedy)
        return tuple(StopId(hub) for hub in value)

    def polygon(self) -> Polygon:
        geometry = self.values.get("geometry")
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if not isinstance(geometry, dict) or kind != "Polygon":
            self.add_problem(f"its geometry is a {kind or 'nothing'}, not a Polygon", "draw one polygon for each area")
            return Polygon()
        rings = geometry.get("coordinates")
        if not isinstance(rings, list) or not rings or not all(self._is_ring(ring) for ring in rings):
            return Polygon()
        polygon = Polygon([point[:2] for point in rings[0]], [[p[:2] for p in ring] for ring in rings[1:]])
        if not polygon.is_valid:
            reason = shapely.is_valid_reason(polygon)
            self.add_problem(f"its border crosses itself or is broken ({reason})", _DRAW)
            return Polygon()
        return polygon

    def _is_ring(self, ring: object) -> bool:
        points = ring if isinstance(ring, list) else []
        is_numbers = all(
            isinstance(p, list) and len(p) >= 2 and all(isinstance(x, (int, float)) for x in p[:2]) for p in points
        )
        if len(points) < 4 or not is_numbers:
            self.add_problem("its border has fewer than four points, or points that are not [lon, lat]", _DRAW)
            return False
        if points[0][:2] != points[-1][:2]:
            self.add_problem("its border is open", "repeat the first point as the last one")
            return False
        if not all(-180 <= p[0] <= 180 and -90 <= p[1] <= 90 for p in points):
            self.add_problem("its border has points that are not on earth", "write [lon, lat] in degrees (EPSG:4326)")
            return False
        return True


def read_areas(
    path: Path, stops: Mapping[StopId, Stop], problems: Problems
) -> tuple[list[tuple[int, Area]], list[tuple[int, DestinationPlace]]]:
    """Areas and destination places, each with the line it begins at."""
    areas: list[tuple[int, Area]] = []
    places: list[tuple[int, DestinationPlace]] = []
    features = _read_features(path, problems)
    for feature in features:
        feature_id, name = feature.text("id"), feature.text("name")
        if feature_id and feature_id in {a.id for _, a in areas} | {p.id for _, p in places}:
            feature.add_problem("another area has the same id", "give every area its own id")
        if feature.is_destination_place():
            places.append((feature.line, DestinationPlace(feature_id, name, feature.polygon())))
        else:
            areas.append((feature.line, Area(AreaId(feature_id), name, feature.polygon(), feature.hubs(stops))))
    if features and not areas:
        problems.add(path.name, 0, "there is no area", "a polygon without a kind, or of the kind area, is needed")
    return areas, places


def _read_features(path: Path, problems: Problems) -> list[_Feature]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = json.loads(text)
    except FileNotFoundError:
        problems.add(path.name, 0, "the file is missing", "draw the areas in a map program and save them as GeoJSON")
        return []
    except UnicodeDecodeError:
        problems.add(path.name, 0, "there is a character that is not UTF-8", "save the file with encoding UTF-8")
        return []
    except json.JSONDecodeError as error:
        remedy = "look for a comma or bracket too many or missing, or save it from the map program again"
        problems.add(path.name, error.lineno, f"this is not JSON ({error.msg})", remedy)
        return []
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        problems.add(path.name, 0, "there is no area", "a FeatureCollection with at least one Polygon is needed")
        return []
    lines = [text.count("\n", 0, match.start()) + 1 for match in _FEATURE.finditer(text)]
    return [
        _Feature(path.name, lines[i] if len(lines) == len(features) else 0, values, problems)
        for i, values in enumerate(features)
    ]
