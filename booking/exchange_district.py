"""Stops, areas and shifts of a district's folder as CSV and GeoJSON, out and in.

The folder is the source: what goes out is what stands there, and what comes in is checked by the very reader that
reads the folder (``rufnetz district check``), together with all the other files, before a single byte of it changes.
What came in holds once the artefacts are built anew and the service is started again.
"""

import csv
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping, shape

from booking.district_files import read_district
from booking.district_problems import DistrictError, Problem
from booking.exchange_csv import read_csv, write_csv

TAKES_EFFECT = "after `rufnetz district build` and a new start of server and worker"


class Table(StrEnum):
    """What goes out and comes in."""

    STOPS = "stops"
    AREAS = "areas"
    SHIFTS = "shifts"


class Form(StrEnum):
    """As what."""

    CSV = "csv"
    GEOJSON = "geojson"


FILES = {Table.STOPS: "stops.csv", Table.AREAS: "areas.geojson", Table.SHIFTS: "shifts.csv"}
IDS = {Table.STOPS: "stop_id", Table.AREAS: "id", Table.SHIFTS: "shift_id"}
COLUMNS = {
    Table.STOPS: ("stop_id", "name", "place", "lon", "lat", "accessible", "hub", "fixed_stop_id"),
    Table.AREAS: ("id", "name", "kind", "hubs", "wkt"),
    Table.SHIFTS: (
        "shift_id",
        "vehicle_id",
        "days",
        "start",
        "end",
        "start_stop",
        "end_stop",
        "breaks",
        "charging",
    ),
}

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What coming in would change, by ids; of the changed ones the columns."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A table that is sound: the text of the folder's file, and what it would change."""

    table: Table
    text: str
    difference: Difference


def export_table(folder: Path, table: Table, form: Form) -> str:
    """A table of a folder as text."""
    text = (folder / FILES[table]).read_text(encoding="utf-8-sig")
    rows = _rows(table, text)
    if form is Form.CSV:
        return write_csv(COLUMNS[table], rows)
    if table is Table.AREAS:
        return text
    places = {row["stop_id"]: row for row in _rows(Table.STOPS, (folder / "stops.csv").read_text("utf-8-sig"))}
    features = [_feature(table, row, places) for row in rows]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def read_incoming(folder: Path, table: Table, form: Form, text: str) -> Incoming:
    """Check a table together with the rest of its folder.

    Raises
    ------
    DistrictError
        Something is wrong with it; lines of GeoJSON are numbers of features, counted from 2 like rows below a header.
    """
    new = _file_text(table, form, text)
    with tempfile.TemporaryDirectory(prefix="rufnetz-import-") as made:
        trial = Path(made)
        for path in folder.iterdir():
            if path.name != FILES[table]:
                (trial / path.name).symlink_to(path.resolve())
        (trial / FILES[table]).write_text(new, encoding="utf-8")
        read_district(trial)
    before = _rows(table, (folder / FILES[table]).read_text(encoding="utf-8-sig"))
    return Incoming(table, new, _difference(table, before, _rows(table, new)))


def write_incoming(folder: Path, incoming: Incoming) -> None:
    """Put a sound table in the place of the folder's, whole."""
    target = folder / FILES[incoming.table]
    handle, draft = tempfile.mkstemp(dir=folder, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(incoming.text)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(target.stat().st_mode)
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _rows(table: Table, text: str) -> list[Row]:
    """The rows of the folder's file; empty cells for columns it does not have."""
    if table is not Table.AREAS:
        return [{name: row.get(name, "").strip() for name in COLUMNS[table]} for _, row in read_csv(text)[1]]
    return [_area_row(feature) for feature in json.loads(text)["features"]]


def _area_row(feature: Mapping[str, Any]) -> Row:
    properties = feature["properties"]
    return {
        "id": str(properties.get("id", "")),
        "name": str(properties.get("name", "")),
        "kind": str(properties.get("kind", "area")),
        "hubs": ";".join(properties.get("hubs", ())),
        "wkt": shapely.to_wkt(shape(feature["geometry"]), rounding_precision=7),
    }


def _feature(table: Table, row: Row, stops: Mapping[str, Row]) -> dict[str, Any]:
    at = row if table is Table.STOPS else stops[row["start_stop"]]
    properties = {name: value for name, value in row.items() if name not in {"lon", "lat"}}
    point = {"type": "Point", "coordinates": [float(at["lon"]), float(at["lat"])]}
    return {"type": "Feature", "properties": properties, "geometry": point}


def _file_text(table: Table, form: Form, text: str) -> str:
    """What came in as the text of the folder's file."""
    try:
        if form is Form.CSV:
            header, rows = read_csv(text)
            if table is Table.AREAS:
                return _areas_text(rows)
            # Without protection and with the very same lines, so that problems are told where they stand.
            return _plain_csv(header, [row for _, row in rows]) if "'" in text else text
        if table is Table.AREAS:
            json.loads(text)
            return text
        return _plain_csv(COLUMNS[table], [_row_of(table, feature) for feature in json.loads(text)["features"]])
    except csv.Error as error:
        raise _unreadable(table, f"it is no CSV ({error})") from None
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError):
        raise _unreadable(table, f"it is no {form.value} of this kind") from None


def _unreadable(table: Table, message: str) -> DistrictError:
    remedy = f"get the table as it stands (GET /tables/{table}) and change that"
    return DistrictError([Problem(FILES[table], 0, message, remedy)])


def _row_of(table: Table, feature: Mapping[str, Any]) -> Row:
    row = {name: str(value) for name, value in feature["properties"].items() if value is not None}
    if table is Table.STOPS:
        lon, lat = feature["geometry"]["coordinates"][:2]
        row |= {"lon": f"{float(lon):.7f}", "lat": f"{float(lat):.7f}"}
    return row


def _areas_text(rows: Sequence[tuple[int, Row]]) -> str:
    features = []
    for line, row in rows:
        try:
            geometry = mapping(shapely.from_wkt(row["wkt"]))
        except (shapely.errors.ShapelyError, KeyError):
            remedy = "write POLYGON ((lon lat, lon lat, …)), the first point again at the end"
            problem = Problem(FILES[Table.AREAS], line, '"wkt" is missing or no WKT', remedy)
            raise DistrictError([problem]) from None
        properties: dict[str, Any] = {"id": row.get("id", ""), "name": row.get("name", "")}
        if row.get("kind", "area") == "area":
            properties["hubs"] = [hub.strip() for hub in row.get("hubs", "").split(";") if hub.strip()]
        else:
            properties["kind"] = row["kind"]
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)


def _plain_csv(header: Sequence[str], rows: Sequence[Row]) -> str:
    lines = [",".join(header), *(",".join(_quoted(row.get(name, "")) for name in header) for row in rows)]
    return "\n".join(lines) + "\n"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\r\n') else cell


def _difference(table: Table, before: Sequence[Row], after: Sequence[Row]) -> Difference:
    old, new = ({row[IDS[table]]: row for row in rows} for rows in (before, after))
    changed = {
        one: tuple(name for name in COLUMNS[table] if old[one][name] != new[one][name])
        for one in sorted(old.keys() & new.keys())
        if old[one] != new[one]
    }
    return Difference(tuple(sorted(new.keys() - old.keys())), tuple(sorted(old.keys() - new.keys())), changed)
