"""``closures.toml``: roads that are closed for a while; may be left out."""

from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from booking.district_problems import Problems
from booking.district_toml import TomlTable, read_toml
from routing.closures import Closure

FILE_NAME = "closures.toml"

_DRAW = "draw one or more polygons in a map program and save them as GeoJSON (EPSG:4326)"


def read_closures(path: Path, problems: Problems) -> tuple[Closure, ...]:
    """Read the closures; none where there is no file, and only the sound ones where there are problems."""
    if not path.exists():
        return ()
    document = read_toml(path, problems)
    if document is None:
        return ()
    tables = document.tables("closure")
    document.finish()
    found = (_read_closure(table, path.parent, problems) for table in tables)
    return tuple(closure for closure in found if closure is not None)


def _read_closure(table: TomlTable, folder: Path, problems: Problems) -> Closure | None:
    before = len(problems)
    reason = table.text("reason")
    first_on, last_on = table.day("from"), table.day("to")
    ways = table.wholes("ways") if table.has("ways") else ()
    area = _read_area(table, folder) if table.has("area") else None
    table.finish()
    if len(problems) > before:
        return None
    if first_on > last_on:
        table.add_problem("to", f"the closure ends on {last_on}, before it begins on {first_on}", "exchange the dates")
        return None
    if not ways and area is None:
        remedy = 'add ways = [26513453] with the numbers of OpenStreetMap ways, or area = "file.geojson"'
        table.add_problem("", "the closure names no roads", remedy)
        return None
    return Closure(reason, first_on, last_on, frozenset(ways), area)


def _read_area(table: TomlTable, folder: Path) -> BaseGeometry | None:
    """The polygons of a GeoJSON file; None (and a problem) where there are none."""
    name = table.text("area")
    if not name:
        return None
    try:
        found = shapely.from_geojson((folder / name).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        table.add_problem("area", f"{name} cannot be read", "put the file into the district's folder, or correct it")
        return None
    except shapely.errors.GEOSException:
        table.add_problem("area", f"{name} is not GeoJSON", _DRAW)
        return None
    parts = [part for part in shapely.get_parts(shapely.get_parts(found)) if not part.is_empty]
    if not parts or any(part.geom_type != "Polygon" for part in parts):
        table.add_problem("area", f"{name} holds something else than polygons, or nothing", _DRAW)
        return None
    if not all(part.is_valid for part in parts):
        table.add_problem("area", f"in {name} a border crosses itself", _DRAW)
        return None
    return shapely.MultiPolygon(parts)
