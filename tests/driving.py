"""The slow and obvious way to drive on a road graph: every turn is looked at, by its last edges."""

import heapq
from itertools import count

import numpy as np

from routing.graph import RoadGraph
from tests.town import Place, Town


def seconds(graph: RoadGraph, town: Town, origin: Place, destination: Place) -> float:
    """The fastest way between two nodes of a town, infinite where there is none.

    Nobody turns back, but at a dead end. Nodes passed cost their delay; forbidden sequences are not driven.
    """
    ends = (node_at(graph, *town.lon_lat(*place)) for place in (origin, destination))
    return seconds_between(graph, *ends)


def seconds_between(graph: RoadGraph, start: int, goal: int) -> float:
    """The same by the numbers of nodes."""
    forbidden = graph.forbidden_sequences()
    memory = max([len(sequence) for sequence in forbidden], default=2)
    order = count()
    queue: list[tuple[float, int, int, tuple[int, ...]]] = [(0.0, next(order), start, ())]
    done: set[tuple[int, tuple[int, ...]]] = set()
    while queue:
        spent_s, _, node, driven = heapq.heappop(queue)
        if node == goal:
            return spent_s
        if (node, driven) in done:
            continue
        done.add((node, driven))
        leaving = np.flatnonzero(graph.edge_from == node).tolist()
        for edge in leaving:
            following = (*driven, edge)
            is_back = bool(driven) and graph.edge_twin[driven[-1]] == edge and len(leaving) > 1
            if is_back or any(following[-len(sequence) :] == sequence for sequence in forbidden):
                continue
            delay_s = float(graph.node_delay_s[node]) if driven else 0.0
            reached_s = spent_s + delay_s + float(graph.edge_duration_s[edge])
            heapq.heappush(queue, (reached_s, next(order), int(graph.edge_to[edge]), following[1 - memory :]))
    return float("inf")


def node_at(graph: RoadGraph, lon: float, lat: float) -> int:
    """The node at a place, where there must be one."""
    away = np.hypot(graph.node_lon - lon, graph.node_lat - lat)
    assert away.min() < 1e-7, "there is no node"
    return int(away.argmin())
