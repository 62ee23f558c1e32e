"""Roads from an OSMnx graph: the way back from :func:`routing.graph.as_multidigraph`."""

from collections.abc import Hashable, Mapping
from typing import Any

import networkx as nx
import numpy as np

from routing.graph import RoadGraph, lengths_m, strong_components
from routing.osm_report import ImportReport
from routing.osm_speeds import CLASS_KMH, driven_kmh

_DIRECTION = ":forward"
"""OSMnx turns every edge into the direction of driving and leaves tags as they were; only general limits are right."""


def from_multidigraph(source: "nx.MultiDiGraph[Any]") -> tuple[RoadGraph, ImportReport]:
    """Turn a graph with OSMnx's attributes into a road graph.

    Nodes need ``x`` and ``y`` (degrees). Edges may have ``length`` (metres), ``travel_time`` (seconds) and
    ``geometry``; without them it is the straight line, at the speed that its tags ``highway``, ``maxspeed``,
    ``surface`` … allow. Where OSMnx joined several ways, the first value of each tag counts. Only the largest strongly
    connected part is kept.

    Raises
    ------
    ValueError
        The graph has no edges, is projected, or has nodes without place.
    """
    _check(source)
    nodes = sorted(_largest_part(source), key=str)
    kept = source.subgraph(nodes)
    number = {node: index for index, node in enumerate(nodes)}
    graph = _build(kept, number)
    return graph, ImportReport(
        ways=len({int(way_id) for way_id in graph.edge_way_id}),
        nodes=graph.node_count,
        edges=graph.edge_count,
        length_m=float((graph.edge_length_m * np.where(graph.edge_twin < 0, 1.0, 0.5)).sum()),
        islands=nx.number_strongly_connected_components(source) - 1,
        island_length_m=_street_length_m(source) - _street_length_m(kept),
    )


