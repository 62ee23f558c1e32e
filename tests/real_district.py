"""What the districts made from real OpenStreetMap files have in common: finding the files, writing the folder."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import shapely

from tests.tiny_district import RULES

SHARED_DATA = Path(__file__).parents[1].parent / "shared" / "data"


@dataclass(frozen=True)
class RealStop:
    """A row of stops.csv, and the area it is to lie in."""

    id: str
    name: str
    place: str
    lon: float
    lat: float
    area: str
    is_hub: bool = False
    fixed_stop_id: str = ""


def shared_file(*parts: str) -> Path:
    """A file of the shared data, or the end of the test."""
    path = SHARED_DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared data are not there: {path}")
    return path


def write_folder(
    folder: Path,
    main: dict[str, str],
    stops: Sequence[RealStop],
    area_hubs: dict[str, list[str]],
    depots: dict[str, int],
) -> Path:
    """Write a district folder.

    Parameters
    ----------
    main
        ``id``, ``name``, ``roads``, ``timetables`` (as TOML), ``valid_from`` of the rules.
    area_hubs
        The hubs of each area; its border is drawn around its stops.
    depots
        How many vehicles stand at which stop.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "district.toml").write_text(
        f'id = "{main["id"]}"\nname = "{main["name"]}"\ntime_zone = "Europe/Berlin"\nlanguages = ["de"]\n'
        f'[contact]\noperator = "Probebetrieb"\nphone = "0"\nemail = "rufbus@example.org"\n'
        f'[sources]\nroads = "{main["roads"]}"\ntimetables = {main["timetables"]}\n'
        'attribution = "OpenStreetMap contributors"\n',
        encoding="utf-8",
    )
    (folder / "rules.toml").write_text(RULES.replace("2020-01-01", main["valid_from"]), encoding="utf-8")
    _write_csv(
        folder / "stops.csv",
        "stop_id,name,place,lon,lat,accessible,hub,fixed_stop_id",
        [(s.id, s.name, s.place, s.lon, s.lat, "yes", "yes" if s.is_hub else "no", s.fixed_stop_id) for s in stops],
    )
    _write_areas(folder / "areas.geojson", stops, area_hubs)
    _write_fleet(folder, depots)
    middles = {s.place: [t for t in stops if t.place == s.place] for s in stops}
    _write_csv(
        folder / "places.csv",
        "name,lon,lat,inhabitants,kind",
        [(place, *_middle(them), 400 * len(them), "village") for place, them in middles.items()],
    )
    _write_csv(folder / "destinations.csv", "name,category,lon,lat,place", [])
    return folder


def _middle(stops: Sequence[RealStop]) -> tuple[float, float]:
    return sum(stop.lon for stop in stops) / len(stops), sum(stop.lat for stop in stops) / len(stops)


def _write_csv(path: Path, header: str, rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def _write_areas(path: Path, stops: Sequence[RealStop], area_hubs: dict[str, list[str]]) -> None:
    features = []
    for area, hubs in area_hubs.items():
        hull = shapely.MultiPoint([(s.lon, s.lat) for s in stops if s.area == area]).convex_hull.buffer(0.003)
        geometry = {"type": "Polygon", "coordinates": [list(hull.exterior.coords)]}
        features.append(
            {"type": "Feature", "properties": {"id": area, "name": area, "hubs": hubs}, "geometry": geometry}
        )
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=1), encoding="utf-8")


def _write_fleet(folder: Path, depots: dict[str, int]) -> None:
    vehicles, shifts = [], []
    for depot, count in depots.items():
        for _ in range(count):
            name = f"bus-{len(vehicles) + 1}"
            vehicles.append((name, name, "Probebetrieb", "seat:6|seat:4+wheelchair:1|seat:5+pram:1", 3200, 55))
            days = "weekday+saturday+sunday_or_holiday"
            early = "09:00-11:00/30", "17:00-19:00/30"
            shifts.append((f"{name}-early", name, days, "05:00", "14:00", depot, depot, early[0]))
            shifts.append((f"{name}-late", name, days, "14:00", "23:00", depot, depot, early[1]))
    _write_csv(folder / "fleet.csv", "vehicle_id,name,owner,layouts,ct_per_hour,ct_per_km", vehicles)
    _write_csv(folder / "shifts.csv", "shift_id,vehicle_id,days,start,end,start_stop,end_stop,breaks", shifts)
