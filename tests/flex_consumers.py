"""The rides that three readers find in a feed: the format's own meaning, MOTIS, and OpenTripPlanner.

The last two look at the written files and share the habits those programs have (read in their code): what they drop,
what they ignore, in which order of calls one may ride.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from gtfs.flex_model import Boarding, FlexCall, FlexServices, Place, PlaceKind

FIRST, LAST = "start_pickup_drop_off_window", "end_pickup_drop_off_window"


class Ride(NamedTuple):
    """From a place to a place: stops by id, areas by their border. ``rule_id`` is that of boarding."""

    route_id: str
    service_id: str
    origin: object
    destination: object
    boards_in: tuple[str, str]
    alights_in: tuple[str, str]
    rule_id: str


def rides_meant(services: FlexServices) -> set[Ride]:
    """The rides that values mean: from an earlier call to a later one, or within the only one."""
    rides = set()
    for trip in services.trips:
        pairs = [(a, b) for i, a in enumerate(trip.calls) for b in trip.calls[i + 1 :]]
        for origin, destination in pairs or [(trip.calls[0], trip.calls[0])]:
            if Boarding.NONE in {origin.pickup, destination.drop_off}:
                continue
            for a, b in product(_atoms(services, origin.place), _atoms(services, destination.place)):
                rides.add(
                    Ride(
                        trip.route_id,
                        trip.service_id,
                        a,
                        b,
                        _window(origin),
                        _window(destination),
                        origin.pickup_rule_id,
                    )
                )
    return rides


def rides_of_motis(files: Mapping[str, bytes]) -> set[Ride]:
    """Rides between windows, from earlier to later rows only, whatever types and booking rules say."""
    zones = dict(_zones_of_motis(files))
    return without_rules(_rides(files, zones, reads_types=False, inside_one_row=False))


def rides_of_otp(files: Mapping[str, bytes]) -> set[Ride]:
    """Rides from earlier to later rows, or within the only one, where the types let one board and alight."""
    features = json.loads(files["locations.geojson"])["features"] if "locations.geojson" in files else []
    zones: dict[str, list[object]] = {}
    for feature in features:
        coordinates = feature["geometry"]["coordinates"]
        parts = [coordinates] if feature["geometry"]["type"] == "Polygon" else coordinates
        zones[feature["id"]] = [_frozen(part) for part in parts]
    return set(_rides(files, zones, reads_types=True, inside_one_row=True))


def without_rules(rides: Iterable[Ride]) -> set[Ride]:
    """The rides of a program that does not look at booking rules."""
    return {ride._replace(rule_id="") for ride in rides}


def rows_of(files: Mapping[str, bytes], name: str) -> list[dict[str, str]]:
    """The rows of a text file, none if it is not there."""
    return [*csv.DictReader(io.StringIO(files.get(name, b"").decode()))]


def _zones_of_motis(files: Mapping[str, bytes]) -> Iterator[tuple[str, list[object]]]:
    """Features that are one polygon, have a text as id, and only coordinates with a decimal point."""

    if "locations.geojson" not in files:
        return
    as_text = json.loads(files["locations.geojson"], parse_float=str, parse_int=lambda digits: f"integer {digits}")
    for feature, told in zip(json.loads(files["locations.geojson"])["features"], as_text["features"], strict=True):
        geometry: dict[str, Any] = feature["geometry"]
        is_good = geometry["type"] == "Polygon" and isinstance(feature["id"], str)
        if is_good and "integer" not in json.dumps(told["geometry"]):
            yield feature["id"], [_frozen(geometry["coordinates"])]


def _rides(
    files: Mapping[str, bytes], zones: Mapping[str, list[object]], *, reads_types: bool, inside_one_row: bool
) -> Iterator[Ride]:
    groups: dict[str, list[object]] = {}
    for row in rows_of(files, "location_group_stops.txt"):
        groups.setdefault(row["location_group_id"], []).append(row["stop_id"])
    trips: dict[str, list[dict[str, str]]] = {}
    for row in rows_of(files, "stop_times.txt"):
        trips.setdefault(row["trip_id"], []).append(row)
    of_trip = {row["trip_id"]: (row["route_id"], row["service_id"]) for row in rows_of(files, "trips.txt")}
    for trip_id, unsorted in trips.items():
        rows = sorted(unsorted, key=lambda row: int(row["stop_sequence"]))
        pairs = [(a, b) for i, a in enumerate(rows) for b in rows[i + 1 :]]
        if inside_one_row and len(rows) == 1:
            pairs = [(rows[0], rows[0])]
        for a, b in pairs:
            if reads_types and "1" in {a["pickup_type"], b["drop_off_type"]}:
                continue
            ends = [
                zones.get(row.get("location_id", ""), []) + groups.get(row.get("location_group_id", ""), [])
                for row in (a, b)
            ]
            for origin, destination in product(*ends):
                route_id, service_id = of_trip[trip_id]
                boards_in, alights_in = ((row[FIRST], row[LAST]) for row in (a, b))
                rule_id = a["pickup_booking_rule_id"]
                yield Ride(route_id, service_id, origin, destination, boards_in, alights_in, rule_id)


def _atoms(services: FlexServices, place: Place) -> list[object]:
    if place.kind is PlaceKind.STOP:
        return [place.id]
    if place.kind is PlaceKind.ZONE:
        return [*services.zone_by_id[place.id].polygons]
    group = services.group_by_id[place.id]
    zones = (services.zone_by_id[zone_id] for zone_id in group.zone_ids)
    return [*group.stop_ids, *(polygon for zone in zones for polygon in zone.polygons)]


def _window(call: FlexCall) -> tuple[str, str]:
    assert call.window is not None
    first, last = (f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in (call.window.from_s, call.window.to_s))
    return first, last


def _frozen(value: Any) -> object:  # noqa: ANN401 - whatever JSON holds
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
