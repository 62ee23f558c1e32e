"""Stops of the on-demand service: one in every village at least, several in towns, all stations, the hubs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from districts.make_lup_sample.facts import Facts, HubFact, Place
from districts.make_lup_sample.road_net import RoadNet

MIN_SPACING_M = 230.0
KERB_M = 3.0


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of ours."""

    id: str
    name: str
    place: str
    x: float
    y: float
    is_accessible: bool
    is_hub: bool


@dataclass(frozen=True, slots=True)
class _Site:
    """A stop without its id."""

    name: str
    node: int
    is_hub: bool


def make_stops(net: RoadNet, facts: Facts, centres: dict[str, int], stations: dict[str, int]) -> list[Stop]:
    """All stops, by place; ids look like those of the German stop register but are made up."""
    stops = []
    for place in facts.places:
        if not place.is_inside:
            continue
        for site in _sites(net, facts, place, centres[place.name], stations):
            x, y = net.point(site.node)
            is_accessible = site.is_hub or (place.is_town and len(stops) % 3 != 0)
            stops.append(
                Stop(
                    f"de:13076:{1001 + len(stops)}",
                    f"{place.name}, {site.name}",
                    place.name,
                    x + KERB_M,
                    y + KERB_M,
                    is_accessible,
                    site.is_hub,
                )
            )
    return stops


def stop_count(place: Place) -> int:
    """How many stops a place has, apart from its stations."""
    if place.is_town:
        return 3 + place.inhabitants // 1200
    return 1 + (place.inhabitants > 400) + (place.inhabitants > 1000) + (place.inhabitants > 2000)


def main_stop(stops: list[Stop], place: str) -> Stop:
    """Where buses call in a place: its hub, else its first stop."""
    own = [stop for stop in stops if stop.place == place]
    return next((stop for stop in own if stop.is_hub), own[0])


def _sites(net: RoadNet, facts: Facts, place: Place, centre: int, stations: dict[str, int]) -> Iterator[_Site]:
    hubs = [hub for hub in facts.hubs if hub.place == place.name]
    sites = [_central_site(place, centre, hubs)]
    for station in facts.stations:
        if station.place == place.name:
            hub = next((hub for hub in hubs if hub.station == station.name), None)
            sites.append(_Site(hub.name if hub else "Bahnhof", stations[station.name], hub is not None))
    yield from sites
    taken = [net.point(site.node) for site in sites]
    names = {site.name for site in sites}
    candidates = [
        (node, way.tags["name"])
        for _, way in net.ways_in(place.name)
        if way.is_drivable and "name" in way.tags
        for node in way.nodes[1:]
        if math.dist(net.point(node), (place.x, place.y)) < place.radius_m
    ]
    for _ in range(stop_count(place) - 1):
        free = [candidate for candidate in candidates if candidate[1] not in names]
        if not free:
            return
        node, name = max(free, key=lambda c: min(math.dist(net.point(c[0]), point) for point in taken))
        if min(math.dist(net.point(node), point) for point in taken) < MIN_SPACING_M:
            return
        yield _Site(name, node, is_hub=False)
        taken.append(net.point(node))
        names.add(name)


def _central_site(place: Place, centre: int, hubs: list[HubFact]) -> _Site:
    hub = next((hub for hub in hubs if not hub.station), None)
    if hub:
        return _Site(hub.name, centre, is_hub=True)
    return _Site("Markt" if place.is_town else "Dorfmitte", centre, is_hub=False)
