"""How long a bus takes from one node of the road net to another."""

import itertools
import math

import networkx as nx

from districts.make_lup_sample.road_net import RoadNet

TIMETABLE_RESERVE = 1.1
"""Timetables give a bus a tenth more than the bare drive."""
MAX_BUS_KMH = 70.0
WALKING_PACE_KMH = 10.0


class RunningTimes:
    """Times along the fastest roads; the few forbidden turns of the net are left out of account.

    Parameters
    ----------
    net
        The finished roads.
    """

    def __init__(self, net: RoadNet) -> None:
        self._graph: nx.DiGraph[int] = nx.DiGraph()
        for way in net.ways:
            if not way.is_drivable:
                continue
            speed_kmh = min(MAX_BUS_KMH, float(way.tags.get("maxspeed", WALKING_PACE_KMH)))
            for a, b in itertools.pairwise(way.nodes):
                run_s = math.dist(net.point(a), net.point(b)) * 3.6 / speed_kmh
                self._graph.add_edge(a, b, run_s=run_s)
                if not way.is_oneway:
                    self._graph.add_edge(b, a, run_s=run_s)

    def between_s(self, start: int, end: int) -> float:
        """Running time of a bus in seconds."""
        run_s, _ = nx.bidirectional_dijkstra(self._graph, start, end, weight="run_s")
        return float(run_s) * TIMETABLE_RESERVE
