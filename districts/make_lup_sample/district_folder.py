"""Put all parts of the sample together and write its folder."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from districts.make_lup_sample.addresses import make_addresses
from districts.make_lup_sample.amenities import Amenity, make_amenities
from districts.make_lup_sample.countryside import make_links
from districts.make_lup_sample.facts import Facts, read_facts
from districts.make_lup_sample.fleet import make_fleet
from districts.make_lup_sample.gtfs_files import write_gtfs
from districts.make_lup_sample.holidays import Holiday, make_holidays
from districts.make_lup_sample.landscape import make_landscape
from districts.make_lup_sample.osm_file import MapContent, write_osm
from districts.make_lup_sample.plane import unproject
from districts.make_lup_sample.road_net import RoadNet
from districts.make_lup_sample.stops import Stop, make_stops
from districts.make_lup_sample.streets import grow_streets
from districts.make_lup_sample.tables import write_csv, write_features
from districts.make_lup_sample.through_roads import lay_through_roads
from districts.make_lup_sample.timetable import Trip, fixed_stops, make_trips
from districts.make_lup_sample.traffic import regulate
from districts.make_lup_sample.waters import make_lakes
from districts.make_lup_sample.zones import feature, make_zones

SEED = 13076
TEXTS = Path(__file__).parent / "texts"


def write_district(folder: Path) -> None:
    """Make the whole sample and write it into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = read_facts()
    rng = np.random.default_rng(SEED)
    lakes = make_lakes(facts, rng)
    links = make_links(facts, lakes, rng)
    net = RoadNet()
    centres = lay_through_roads(net, facts, links)
    stations = grow_streets(net, facts, rng)
    regulate(net, facts, rng)
    stops = make_stops(net, facts, centres, stations)
    addresses = make_addresses(net, facts, rng)
    amenities = make_amenities(facts, addresses, rng)
    landscape = make_landscape(net, facts, lakes, rng)
    trips = make_trips(facts, links, stops)
    holidays = make_holidays(facts)
    write_osm(folder / "roads.osm.pbf", MapContent(net, facts, addresses, amenities, stops, landscape))
    write_gtfs(folder / "timetable", facts, trips, holidays)
    write_features(folder / "areas.geojson", map(feature, make_zones(facts, stops)))
    _write_tables(folder, facts, stops, trips, amenities)
    _write_holidays(folder, holidays)
    for text in sorted(TEXTS.iterdir()):
        shutil.copyfile(text, folder / text.name)


def _write_tables(folder: Path, facts: Facts, stops: list[Stop], trips: list[Trip], amenities: list[Amenity]) -> None:
    called = {stop.id for stop in fixed_stops(trips)}
    write_csv(
        folder / "stops.csv",
        ("stop_id", "name", "place", "lon", "lat", "accessible", "hub", "fixed_stop_id"),
        [
            (
                stop.id,
                stop.name,
                stop.place,
                *_lon_lat(stop.x, stop.y),
                _yes_no(value=stop.is_accessible),
                _yes_no(value=stop.is_hub),
                stop.id if stop.id in called else "",
            )
            for stop in stops
        ],
    )
    write_csv(
        folder / "places.csv",
        ("name", "lon", "lat", "inhabitants", "kind"),
        [
            (place.name, *_lon_lat(place.x, place.y), str(place.inhabitants), place.kind)
            for place in facts.places
            if place.is_inside
        ],
    )
    write_csv(
        folder / "destinations.csv", ("name", "category", "lon", "lat", "place"), _destinations(stops, amenities)
    )
    vehicles, shifts = make_fleet(stops)
    write_csv(
        folder / "fleet.csv", ("vehicle_id", "name", "owner", "layouts", "ct_per_hour", "ct_per_km"), vehicles
    )
    write_csv(
        folder / "shifts.csv",
        ("shift_id", "vehicle_id", "days", "start", "end", "start_stop", "end_stop", "breaks"),
        shifts,
    )


def _destinations(stops: list[Stop], amenities: list[Amenity]) -> Iterator[tuple[str, ...]]:
    for amenity in amenities:
        address = amenity.address
        yield amenity.name, amenity.category, *_lon_lat(address.x, address.y), address.place
    for stop in stops:
        if stop.is_hub:
            yield stop.name, "hub", *_lon_lat(stop.x, stop.y), stop.place


def _write_holidays(folder: Path, holidays: list[Holiday]) -> None:
    write_csv(
        folder / "holidays.csv",
        ("first_on", "last_on", "kind", "name"),
        [(h.first_on.isoformat(), h.last_on.isoformat(), h.kind, h.name) for h in holidays],
    )


def _lon_lat(x: float, y: float) -> tuple[str, str]:
    lon, lat = unproject(x, y)
    return f"{lon:.6f}", f"{lat:.6f}"


def _yes_no(*, value: bool) -> str:
    return "yes" if value else "no"
