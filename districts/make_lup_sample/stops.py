"""Stops of the on-demand service: one in every village at least, several in towns, all stations, the hubs."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from districts.make_lup_sample.built import Built
from districts.make_lup_sample.facts import HubFact, Place

MIN_SPACING_M = 230.0
FIRST_NUMBER = 1001


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of ours; it lies on the node of the road net whose number it has."""

    id: str
    name: str
    place: str
    node: int
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


def make_stops(built: Built) -> list[Stop]:
    """All stops, by place; ids look like those of the German stop register but are made up."""
    stops: list[Stop] = []
    for place in built.facts.places:
        if not place.is_inside:
            continue
        for site in _sites(built, place):
            number = FIRST_NUMBER + len(stops)
            # Four in five stops of towns and every other one of villages have been rebuilt.
            is_accessible = site.is_hub or (number % 5 != 0 if place.is_town else number % 2 == 0)
            stops.append(
                Stop(
                    id=f"de:13076:{number}",
                    name=f"{place.name}, {site.name}",
                    place=place.name,
                    node=site.node,
                    x=built.net.xs[site.node],
                    y=built.net.ys[site.node],
                    is_accessible=is_accessible,
                    is_hub=site.is_hub,
                )
            )
    return stops


def main_stop(stops: Sequence[Stop], place: str) -> Stop:
    """Where buses call in a place: its hub, else its first stop."""
    own = [stop for stop in stops if stop.place == place]
    return next((stop for stop in own if stop.is_hub), own[0])


def _stop_count(place: Place) -> int:
    """How many stops a place has, apart from its stations."""
    if place.is_town:
        return 3 + place.inhabitants // 1200
    return 1 + (place.inhabitants > 400) + (place.inhabitants > 1000) + (place.inhabitants > 2000)


def _sites(built: Built, place: Place) -> Iterator[_Site]:
    """The central stop, the stations, then the streets farthest from all stops so far."""
    net = built.net
    hubs = [hub for hub in built.facts.hubs if hub.place == place.name]
    sites = [_central_site(place, built.streets[place.name][0], hubs)]
    for station in built.stations:
        if station.place == place.name:
            hub = next((hub for hub in hubs if hub.station == station.name), None)
            sites.append(_Site(hub.name if hub else "Bahnhof", built.station_nodes[station.name], hub is not None))
    yield from sites
    taken = [net.point(site.node) for site in sites]
    names = {site.name for site in sites}
    candidates = _street_nodes(built, place)
    for _ in range(_stop_count(place) - 1):
        free = [candidate for candidate in candidates if candidate[1] not in names]
        if not free:
            return
        node, name = max(free, key=lambda c: (min(math.dist(net.point(c[0]), p) for p in taken), -c[0]))
        if min(math.dist(net.point(node), point) for point in taken) < MIN_SPACING_M:
            return
        yield _Site(name, node, is_hub=False)
        taken.append(net.point(node))
        names.add(name)


def _street_nodes(built: Built, place: Place) -> list[tuple[int, str]]:
    """The nodes of a place where a stop may be, with the name of the street."""
    reachable = set(built.streets[place.name])
    return [
        (node, way.tags["name"])
        for _, way in built.net.ways_in(place.name)
        if way.is_drivable and "name" in way.tags
        for node in way.nodes[1:]
        if node in reachable and math.dist(built.net.point(node), (place.x, place.y)) < place.radius_m
    ]


def _central_site(place: Place, centre: int, hubs: list[HubFact]) -> _Site:
    hub = next((hub for hub in hubs if not hub.station), None)
    if hub:
        return _Site(hub.name, centre, is_hub=True)
    return _Site("Markt" if place.is_town else "Dorfmitte", centre, is_hub=False)
