"""Lay the links between places into the road net: open country, built-up ends, roundabouts."""

import math

import numpy as np
import shapely
from numpy.typing import NDArray

from districts.make_lup_sample.countryside import Link
from districts.make_lup_sample.facts import Facts, Place
from districts.make_lup_sample.road_net import RoadNet
from districts.make_lup_sample.street_names import road_to

ROUNDABOUTS = frozenset({"Hagenow", "Lübz", "Parchim", "Wittenburg"})
ROUNDABOUT_RADIUS_M = 16.0
SMOOTHING_M = 8.0
_SPEED_KMH = {"primary": 100, "secondary": 100, "tertiary": 80, "unclassified": 60}


def lay_through_roads(net: RoadNet, facts: Facts, links: list[Link]) -> dict[str, int]:
    """Add every link as up to three ways and return the centre node of each place."""
    arms = _arms(links, len(facts.places))
    hubs = [_centre(net, place, arms[i]) for i, place in enumerate(facts.places)]
    for link in links:
        course = link.course
        start, course = hubs[link.a].join(course, link)
        end, backwards = hubs[link.b].join(course[::-1], link)
        inner = [net.add_node(float(x), float(y)) for x, y in _thin_out(backwards[::-1], facts, link)]
        _add_ways(net, facts, link, [start, *inner, end])
    return {place.name: hub.node for place, hub in zip(facts.places, hubs, strict=True)}


class _Centre:
    """Where the roads of a place meet: one node, or the ring of a roundabout."""

    def __init__(self, node: int, ring: dict[tuple[int, int], int]) -> None:
        self.node = node
        self.ring = ring

    def join(self, course: NDArray[np.float64], link: Link) -> tuple[int, NDArray[np.float64]]:
        """The node a course begins at, and the rest of the course without its first point."""
        if not self.ring:
            return self.node, course[1:]
        away = np.hypot(*(course - course[0]).T) > ROUNDABOUT_RADIUS_M + 10
        return self.ring[link.a, link.b], course[away]


def _arms(links: list[Link], count: int) -> list[list[tuple[float, tuple[int, int]]]]:
    """For each place the directions its roads leave in, with the link."""
    arms: list[list[tuple[float, tuple[int, int]]]] = [[] for _ in range(count)]
    for link in links:
        for place, (first, second) in ((link.a, link.course[:2]), (link.b, link.course[:-3:-1])):
            angle = math.atan2(second[1] - first[1], second[0] - first[0])
            arms[place].append((round(angle, 6), (link.a, link.b)))
    return [sorted(place_arms) for place_arms in arms]


def _centre(net: RoadNet, place: Place, arms: list[tuple[float, tuple[int, int]]]) -> _Centre:
    if place.name not in ROUNDABOUTS or len(arms) < 3:
        return _Centre(net.add_node(place.x, place.y), {})
    ring = {
        link: net.add_node(
            place.x + ROUNDABOUT_RADIUS_M * math.cos(angle), place.y + ROUNDABOUT_RADIUS_M * math.sin(angle)
        )
        for angle, link in arms
    }
    # Sorted by angle, the ring runs anticlockwise, as traffic that keeps right does.
    nodes = list(ring.values())
    tags = {"highway": "primary", "junction": "roundabout", "maxspeed": "50"}
    net.add_way([*nodes, nodes[0]], tags, place.name)
    return _Centre(nodes[0], ring)


def _thin_out(course: NDArray[np.float64], facts: Facts, link: Link) -> NDArray[np.float64]:
    """Drop points in open country that a smooth road does not need; keep those in the places, where streets join."""
    a, b = facts.places[link.a], facts.places[link.b]
    needed = np.zeros(len(course), dtype=bool)
    needed |= np.hypot(*(course - (a.x, a.y)).T) < a.radius_m
    needed |= np.hypot(*(course - (b.x, b.y)).T) < b.radius_m
    if len(course) > 2:
        smooth = shapely.LineString(course).simplify(SMOOTHING_M)
        kept = {(float(x), float(y)) for x, y in smooth.coords}
        needed |= np.array([(float(x), float(y)) in kept for x, y in course])
    return course[needed]


def _add_ways(net: RoadNet, facts: Facts, link: Link, nodes: list[int]) -> None:
    """Split a link where the place-name signs stand and tag the parts."""
    a, b = facts.places[link.a], facts.places[link.b]
    # Two places whose built-up areas nearly touch share the road between them half and half.
    reach = min(1.0, 0.45 * math.hypot(a.x - b.x, a.y - b.y) / max(a.radius_m, b.radius_m))
    leaving = next(i for i, n in enumerate(nodes) if i and (math.dist(net.point(n), (a.x, a.y)) > a.radius_m * reach))
    entering = next(
        i for i in range(len(nodes) - 2, -1, -1) if math.dist(net.point(nodes[i]), (b.x, b.y)) > b.radius_m * reach
    )
    entering = max(entering, leaving)
    ref = {"ref": link.ref} if link.ref else {}
    for part, here, there in ((nodes[: leaving + 1], a, b), (nodes[entering:], b, a)):
        if len(part) > 1:
            name = road_to(there.name) if here.is_town else _village_street(here, link)
            net.add_way(part, {"highway": link.highway, "name": name, "maxspeed": "50", **ref}, here.name)
    if entering > leaving:
        speed = {"maxspeed": str(_SPEED_KMH[link.highway]), "surface": "asphalt"}
        net.add_way(nodes[leaving : entering + 1], {"highway": link.highway, **ref, **speed})


def _village_street(place: Place, link: Link) -> str:
    if link.highway in {"primary", "secondary"} or place.inhabitants < 300:
        return "Dorfstraße"
    return "Hauptstraße" if place.inhabitants > 900 else "Dorfstraße"
