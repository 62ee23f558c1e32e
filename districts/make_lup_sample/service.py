"""The service's part of the sample folder: stops, zones, timetable, fleet, shifts, people, destinations, holidays."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from districts.make_lup_sample.built import Built
from districts.make_lup_sample.fleet import make_vehicles, shift_rows, vehicle_rows
from districts.make_lup_sample.gtfs_files import write_gtfs
from districts.make_lup_sample.holidays import make_holidays
from districts.make_lup_sample.plane import unproject
from districts.make_lup_sample.stops import Stop, make_stops
from districts.make_lup_sample.tables import write_csv, write_features
from districts.make_lup_sample.timetable import fixed_stops, make_trips
from districts.make_lup_sample.zones import feature, make_zones, place_feature

TEXTS = Path(__file__).parent / "texts"


def write_service(folder: Path, built: Built) -> None:
    """Write everything but the roads and the map into the folder, which exists."""
    stops = make_stops(built)
    trips = make_trips(built, stops)
    holidays = make_holidays(built.facts)
    write_gtfs(folder / "timetable", built.facts, trips, holidays)
    places = [place for place in built.facts.places if place.is_inside]
    features = [*map(feature, make_zones(built.facts, stops)), *map(place_feature, places)]
    write_features(folder / "areas.geojson", features)
    _write_stops(folder / "stops.csv", stops, {stop.id for stop in fixed_stops(trips)})
    _write_people(folder, built, stops)
    _write_fleet(folder, stops)
    write_csv(
        folder / "holidays.csv",
        ("first_on", "last_on", "kind", "name"),
        [(h.first_on.isoformat(), h.last_on.isoformat(), h.kind, h.name) for h in holidays],
    )
    for name in ("district.toml", "rules.toml"):
        shutil.copyfile(TEXTS / name, folder / name)


def _write_stops(path: Path, stops: Sequence[Stop], called_at: set[str]) -> None:
    header = ("stop_id", "name", "place", "lon", "lat", "accessible", "hub", "fixed_stop_id")
    rows = [
        (
            stop.id,
            stop.name,
            stop.place,
            *_lon_lat(stop.x, stop.y),
            "yes" if stop.is_accessible else "no",
            "yes" if stop.is_hub else "no",
            stop.id if stop.id in called_at else "",
        )
        for stop in stops
    ]
    write_csv(path, header, rows)


def _write_people(folder: Path, built: Built, stops: Sequence[Stop]) -> None:
    write_csv(
        folder / "places.csv",
        ("name", "lon", "lat", "inhabitants", "kind"),
        [
            (place.name, *_lon_lat(place.x, place.y), str(place.inhabitants), place.kind)
            for place in built.facts.places
            if place.is_inside
        ],
    )
    write_csv(folder / "destinations.csv", ("name", "category", "lon", "lat", "place"), _destination_rows(built, stops))


def _destination_rows(built: Built, stops: Sequence[Stop]) -> Iterator[tuple[str, ...]]:
    for poi in built.pois:
        yield poi.name, poi.category, f"{poi.lon:.6f}", f"{poi.lat:.6f}", poi.place
    for stop in stops:
        if stop.is_hub:
            yield stop.name, "hub", *_lon_lat(stop.x, stop.y), stop.place


def _write_fleet(folder: Path, stops: Sequence[Stop]) -> None:
    vehicles = make_vehicles(stops)
    write_csv(
        folder / "fleet.csv",
        ("vehicle_id", "name", "owner", "layouts", "always", "ct_per_hour", "ct_per_km"),
        vehicle_rows(vehicles),
    )
    write_csv(
        folder / "shifts.csv",
        ("shift_id", "vehicle_id", "days", "start", "end", "start_stop", "end_stop", "breaks"),
        shift_rows(vehicles),
    )


def _lon_lat(x: float, y: float) -> tuple[str, str]:
    lon, lat = unproject(x, y)
    return f"{lon:.6f}", f"{lat:.6f}"
