"""What has a name or a number: places, stations, destinations, and the houses along the streets.

House numbers are odd on the left and even on the right, counted from the street's start.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from districts.make_lup_sample.built import Built
from districts.make_lup_sample.facts import Facts
from districts.make_lup_sample.osm_file import OsmFile
from districts.make_lup_sample.plane import unproject
from districts.make_lup_sample.road_net import RoadNet

PLOT_M = 31.0
FRONT_YARD_M = 13.0


@dataclass(frozen=True, slots=True)
class Address:
    """A house: where it stands and what is written on it."""

    x: float
    y: float
    street: str
    number: int
    place: str
    postcode: str


def add_places(file: OsmFile, facts: Facts) -> None:
    """Add a node for each town and village."""
    for place in facts.places:
        tags = {"place": place.kind, "name": place.name, "population": str(place.inhabitants)}
        file.add_node(*unproject(place.x, place.y), tags)


def add_pois(file: OsmFile, built: Built) -> None:
    """Add the stations, a bus stop in the middle of each place, and the destinations."""
    for station in built.stations:
        tags = {"railway": "station", "public_transport": "station", "name": station.name}
        file.add_node(*unproject(station.x, station.y + FRONT_YARD_M), tags)
    for place in built.facts.places:
        tags = {"highway": "bus_stop", "public_transport": "platform", "name": f"{place.name}, Mitte"}
        file.add_node(*unproject(place.x + FRONT_YARD_M / 2, place.y + FRONT_YARD_M / 2), tags)
    for poi in built.pois:
        file.add_node(poi.lon, poi.lat, {poi.tag[0]: poi.tag[1], "name": poi.name, "addr:city": poi.place})


def add_addresses(file: OsmFile, built: Built, seed: int) -> None:
    """Add a node for each house."""
    for house in make_addresses(built.net, built.facts, np.random.default_rng([seed, 6])):
        tags = {
            "addr:street": house.street,
            "addr:housenumber": str(house.number),
            "addr:postcode": house.postcode,
            "addr:city": house.place,
        }
        file.add_node(*unproject(house.x, house.y), tags)


def make_addresses(net: RoadNet, facts: Facts, rng: np.random.Generator) -> list[Address]:
    """The houses of all places in the district. A street that leads over several ways is counted on."""
    addresses = []
    for place in facts.places:
        if not place.is_inside:
            continue
        counted: dict[str, int] = {}
        for _, way in net.ways_in(place.name):
            street = way.tags.get("name")
            if street is None:
                continue
            for x, y, side in _plots(net.points(way.nodes), rng):
                key = f"{street} {side}"
                number = counted[key] = counted.get(key, -1 if side > 0 else 0) + 2
                addresses.append(Address(x, y, street, number, place.name, place.postcode))
    return addresses


def _plots(points: list[tuple[float, float]], rng: np.random.Generator) -> list[tuple[float, float, int]]:
    """Places of houses beside a street: ``x, y`` and the side, 1 left and -1 right."""
    plots = []
    offset = PLOT_M * 0.6
    for (ax, ay), (bx, by) in pairwise(points):
        length = math.dist((ax, ay), (bx, by))
        while offset < length:
            ux, uy = (bx - ax) / length, (by - ay) / length
            for side in (1, -1):
                if rng.random() < 0.82:
                    away = side * (FRONT_YARD_M + float(rng.uniform(-2, 4)))
                    along = offset + float(rng.uniform(-5, 5))
                    plots.append((ax + ux * along - uy * away, ay + uy * along + ux * away, side))
            offset += PLOT_M
        offset -= length
    return plots
