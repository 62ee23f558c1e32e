"""The slow and obvious way along roads: Dijkstra over the last edges that were driven, every turn judged by itself.

It shares with the product the arithmetic of costs and nothing else.
"""

import heapq
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.costs import as_costs, edge_costs, part_of_costs
from routing.graph import EARTH_RADIUS_M, RoadGraph
from routing.snapping import Snap
from routing.turns import TurnCosts

History = tuple[int, ...]


class TurnOracle:
    """Ways on a graph, one beginning at a time."""

    def __init__(self, graph: RoadGraph, turn_costs: TurnCosts, closed: NDArray[np.bool_] | None = None) -> None:
        self.graph = graph
        self.turn_costs = turn_costs
        self.is_open = [True] * graph.edge_count if closed is None else (~closed).tolist()
        self.cost = edge_costs(graph).tolist()
        self.forbidden = set(graph.forbidden_sequences())
        self.memory = max([len(sequence) for sequence in self.forbidden], default=2) - 1
        self.leaving: list[list[int]] = [[] for _ in range(graph.node_count)]
        self.streets = [0] * graph.node_count
        for edge in range(graph.edge_count):
            if self.is_open[edge]:
                self.leaving[int(graph.edge_from[edge])].append(edge)
                twin = int(graph.edge_twin[edge])
                if twin < edge:
                    self.streets[int(graph.edge_from[edge])] += 1
                    self.streets[int(graph.edge_to[edge])] += 1

    def costs_from(self, origin: Snap) -> Mapping[int, int]:
        """What it costs to drive each edge to its end; not the beginning of the edge one stands on."""
        queue: list[tuple[int, History]] = []
        if origin.is_node:
            queue = [(self.cost[edge], (edge,)) for edge in self.leaving[origin.node]]
        else:
            for edge, done in self._directions(origin):
                rest = self.cost[edge] - self._part(edge, done)
                queue += [(rest + cost, (edge, goes)[-self.memory :]) for goes, cost in self._turns((edge,))]
        heapq.heapify(queue)
        best: dict[int, int] = {}
        done_: set[History] = set()
        while queue:
            spent, history = heapq.heappop(queue)
            if history in done_:
                continue
            done_.add(history)
            best.setdefault(history[-1], spent)
            for goes, cost in self._turns(history):
                heapq.heappush(queue, (spent + cost, (*history, goes)[-self.memory :]))
        return best

    def cost_between(self, origin: Snap, reached: Mapping[int, int], goal: Snap) -> float:
        """Cost from one place to another, given :meth:`costs_from` of the first; infinite without a way."""
        if origin.is_node and goal.is_node and origin.node == goal.node:
            return 0
        found = [math.inf]
        if goal.is_node:
            enters = [e for e in range(self.graph.edge_count) if self.is_open[e] and self.graph.edge_to[e] == goal.node]
            found += [reached[edge] for edge in enters if edge in reached]
            if not origin.is_node:
                ahead = [(e, done) for e, done in self._directions(origin) if e in enters]
                found += [self.cost[edge] - self._part(edge, done) for edge, done in ahead]
            return min(found)
        for edge, done in self._directions(goal):
            if edge in reached:
                found.append(reached[edge] - self.cost[edge] + self._part(edge, done))
            for begun_edge, begun in [] if origin.is_node else self._directions(origin):
                if begun_edge == edge and self._part(edge, begun) <= self._part(edge, done):
                    found.append(self._part(edge, done) - self._part(edge, begun))
        return min(found)

    def is_allowed(self, edges: History) -> bool:
        """Whether the edges may be driven one after the other."""
        histories = (edges[max(0, i - self.memory) : i] for i in range(1, len(edges)))
        return all(goes in dict(self._turns(history)) for history, goes in zip(histories, edges[1:], strict=True))

    def _part(self, edge: int, fraction: float) -> int:
        return int(part_of_costs(np.array([self.cost[edge]]), fraction)[0])

    def _directions(self, place: Snap) -> list[tuple[int, float]]:
        twin = int(self.graph.edge_twin[place.edge])
        both = [(place.edge, place.fraction), (twin, 1 - place.fraction)]
        return [(edge, done) for edge, done in both if edge >= 0 and self.is_open[edge]]

    def _turns(self, history: History) -> list[tuple[int, int]]:
        """The next edges, and what the turn and the edge cost."""
        came = history[-1]
        node = int(self.graph.edge_to[came])
        twin = int(self.graph.edge_twin[came])
        # A turn back is judged by the edge alone, not by what was driven before.
        single = [goes for goes in self.leaving[node] if (came, goes) not in self.forbidden]
        forward = [goes for goes in single if goes != twin]
        chosen = forward or single
        allowed = [
            goes
            for goes in chosen
            if not any((*history, goes)[begin:] in self.forbidden for begin in range(len(history)))
        ]
        delay = int(as_costs(self.graph.node_delay_s[node], 0))
        return [(goes, self.cost[goes] + delay + self._turn_cost(came, goes, node)) for goes in allowed]

    def _turn_cost(self, came: int, goes: int, node: int) -> int:
        costs = self.turn_costs
        if goes == int(self.graph.edge_twin[came]):
            return int(as_costs(costs.u_turn_s, 0))
        if self.streets[node] < 3:
            return 0
        backwards = self._direction(self.graph.edge_points(came)[::-1])
        (east_0, north_0), (east_1, north_1) = (-x for x in backwards), self._direction(self.graph.edge_points(goes))
        angle = math.degrees(
            math.atan2(east_0 * north_1 - north_0 * east_1, east_0 * east_1 + north_0 * north_1)
        )  # to the left
        if abs(angle) <= 35:
            return 0
        is_sharp = abs(angle) > 120
        if angle > 0:
            return int(as_costs(costs.sharp_left_s if is_sharp else costs.left_s, 0))
        return int(as_costs(costs.sharp_right_s if is_sharp else costs.right_s, 0))

    def _direction(self, points: Sequence[tuple[float, float]]) -> tuple[float, float]:
        """Metres east and north from the first point to the first one that is 15 m away."""
        lon_0, lat_0 = points[0]
        degree_m = math.radians(1) * EARTH_RADIUS_M
        east = north = 0.0
        for lon, lat in points[1:]:
            east, north = (lon - lon_0) * math.cos(math.radians(lat_0)) * degree_m, (lat - lat_0) * degree_m
            if math.hypot(east, north) >= 15:
                break
        return east, north
