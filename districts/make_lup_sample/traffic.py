"""One-way streets, living streets, turn restrictions and farm tracks."""

import itertools
import math
from collections import Counter

import networkx as nx
import numpy as np
import shapely

from districts.make_lup_sample.facts import Facts
from districts.make_lup_sample.road_net import Restriction, RoadNet, Way

ONEWAY_SHARE = 0.1
LIVING_STREET_SHARE = 0.06
RESTRICTIONS_PER_TOWN = 2
TRACKS_PER_PLACE = 2


def regulate(net: RoadNet, facts: Facts, rng: np.random.Generator) -> None:
    """Add traffic rules to the towns and tracks around all places; every road stays reachable both ways."""
    towns = [place.name for place in facts.places if place.is_town]
    _add_oneways(net, towns, rng)
    for town in towns:
        _add_restrictions(net, town)
    _add_tracks(net, facts, rng)


def directed_graph(net: RoadNet) -> "nx.DiGraph[int]":
    """The drivable net as it may be driven."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    for way in net.ways:
        if way.is_drivable:
            for a, b in itertools.pairwise(way.nodes):
                graph.add_edge(a, b)
                if not way.is_oneway:
                    graph.add_edge(b, a)
    return graph


def _usage(net: RoadNet) -> Counter[int]:
    """In how many ways each node stands."""
    return Counter(node for way in net.ways for node in set(way.nodes))


def _add_oneways(net: RoadNet, towns: list[str], rng: np.random.Generator) -> None:
    usage = _usage(net)
    oneways: list[Way] = []
    for town in towns:
        for _, way in net.ways_in(town):
            if way.tags["highway"] != "residential":
                continue
            chance = rng.random()
            if chance < ONEWAY_SHARE and min(usage[way.nodes[0]], usage[way.nodes[-1]]) > 1:
                way.tags["oneway"] = "yes"
                oneways.append(way)
            elif chance > 1 - LIVING_STREET_SHARE:
                way.tags["highway"] = "living_street"
                del way.tags["maxspeed"]
    while oneways:
        reachable = max(nx.strongly_connected_components(directed_graph(net)), key=len)
        cut_off = [way for way in oneways if not reachable.issuperset(way.nodes)]
        if not cut_off:
            return
        for way in cut_off:
            del way.tags["oneway"]
        oneways = [way for way in oneways if way not in cut_off]


def _add_restrictions(net: RoadNet, town: str) -> None:
    """Forbid the left turn out of a side street onto a through road, where the side street has another way out."""
    usage = _usage(net)
    through = [
        (number, way)
        for number, way in net.ways_in(town)
        if way.tags["highway"] in {"primary", "secondary"} and "junction" not in way.tags
    ]
    done = 0
    for number, way in through:
        inner = set(way.nodes[2:-2])
        side = next(
            (
                (i, street)
                for i, street in net.ways_in(town)
                if street.tags["highway"] == "residential"
                and not street.is_oneway
                and street.nodes[0] in inner
                and usage[street.nodes[0]] == 2
                and usage[street.nodes[-1]] > 1
            ),
            None,
        )
        if side is None or done == RESTRICTIONS_PER_TOWN:
            continue
        from_way, street = side
        via = street.nodes[0]
        cut = way.nodes.index(via)
        rest = net.add_way(way.nodes[cut:], dict(way.tags), town)
        del way.nodes[cut + 1 :]
        ahead, back = net.ways[rest].nodes[1], way.nodes[-2]
        to_way = rest if _turn(net, street.nodes[1], via, ahead) > _turn(net, street.nodes[1], via, back) else number
        net.restrictions.append(Restriction("no_left_turn", from_way, via, to_way))
        done += 1


def _turn(net: RoadNet, before: int, via: int, after: int) -> float:
    """Angle of a turn, positive to the left."""
    (ax, ay), (bx, by), (cx, cy) = net.points([before, via, after])
    turn = math.atan2(cy - by, cx - bx) - math.atan2(by - ay, bx - ax)
    return math.remainder(turn, 2 * math.pi)


def _add_tracks(net: RoadNet, facts: Facts, rng: np.random.Generator) -> None:
    """Lead farm tracks on from dead ends into the fields, where they meet no road."""
    roads = shapely.STRtree([shapely.LineString(net.points(way.nodes)) for way in net.ways])
    usage = _usage(net)
    for place in facts.places:
        ends = [
            way.nodes
            for _, way in net.ways_in(place.name)
            if usage[way.nodes[-1]] == 1 and way.tags["highway"] == "residential"
        ]
        for nodes in ends[:TRACKS_PER_PLACE]:
            (ax, ay), (x, y) = net.points(nodes[-2:])
            heading = math.atan2(y - ay, x - ax)
            course = [(x, y)]
            for _ in range(int(rng.integers(3, 8))):
                heading += float(rng.normal()) * 0.15
                x, y = x + 110 * math.cos(heading), y + 110 * math.sin(heading)
                course.append((x, y))
            beyond = shapely.LineString(
                [(course[0][0] + math.cos(heading), course[0][1] + math.sin(heading)), *course[1:]]
            )
            if not roads.query(beyond, predicate="intersects").size:
                net.add_way([nodes[-1], *(net.add_node(*point) for point in course[1:])], {"highway": "track"})
