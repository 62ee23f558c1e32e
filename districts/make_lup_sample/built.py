"""The made-up countryside, finished: what the map file and the service's tables are both written from."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np
import shapely

from districts.make_lup_sample.countryside import Link, make_links
from districts.make_lup_sample.facts import Facts, Station, read_facts
from districts.make_lup_sample.pois import Poi, make_pois
from districts.make_lup_sample.road_net import RoadNet
from districts.make_lup_sample.streets import grow_streets
from districts.make_lup_sample.through_roads import lay_through_roads
from districts.make_lup_sample.traffic import directed_graph, regulate
from districts.make_lup_sample.waters import make_lakes

SEED = 2026
_RANK = ("primary", "secondary", "tertiary", "unclassified", "residential", "living_street")


@dataclass(frozen=True, slots=True)
class Built:
    """The finished countryside.

    Parameters
    ----------
    net
        All roads; nodes in metres in the plane of :mod:`districts.make_lup_sample.plane`.
    links
        The roads between places as they were drawn.
    centres
        The node in the middle of each place.
    streets
        For each place the nodes one can drive to and away from, those of its greatest road first.
    pois
        Destinations inside the district.
    stations
        The railway stations, and in ``station_nodes`` the node of the street that leads to each.
    lakes
        Shapes in metres; no road leads through them.
    """

    facts: Facts
    net: RoadNet
    links: tuple[Link, ...]
    centres: Mapping[str, int]
    streets: Mapping[str, tuple[int, ...]]
    pois: tuple[Poi, ...]
    stations: tuple[Station, ...]
    station_nodes: Mapping[str, int]
    lakes: Mapping[str, shapely.Polygon]


def build(seed: int = SEED) -> Built:
    """Build everything; each part draws from its own random numbers, so that one can change without the others."""
    facts = read_facts()
    net = RoadNet()
    lakes = make_lakes(facts, np.random.default_rng([seed, 1]))
    links = make_links(facts, lakes, np.random.default_rng([seed, 2]))
    centres = lay_through_roads(net, facts, links)
    station_nodes = grow_streets(net, facts, lakes.values(), np.random.default_rng([seed, 3]))
    regulate(net, facts, np.random.default_rng([seed, 4]))
    streets = _streets(net, facts, centres)
    pois = make_pois(net, facts, streets, np.random.default_rng([seed, 5]))
    return Built(facts, net, tuple(links), centres, streets, tuple(pois), facts.stations, station_nodes, lakes)


def _streets(net: RoadNet, facts: Facts, centres: dict[str, int]) -> dict[str, tuple[int, ...]]:
    reachable = max(nx.strongly_connected_components(directed_graph(net)), key=len)
    found: dict[str, tuple[int, ...]] = {}
    for place in facts.places:
        ways = [way for _, way in net.ways_in(place.name) if way.is_drivable]
        ways.sort(key=lambda way: _RANK.index(way.tags["highway"]))
        nodes = itertools.chain([centres[place.name]], *(way.nodes for way in ways))
        found[place.name] = tuple(dict.fromkeys(node for node in nodes if node in reachable))
    return found
