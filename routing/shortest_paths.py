"""Fastest ways between places on a road graph.

Everything is computed in *costs*: one integer that holds a duration in hundredths of a second and a length in
decimetres, ``duration * 2**26 + length``. Costs add up without rounding, and the smallest is the fastest way and, of
equally fast ones, the shortest: one search gives durations and the distances that belong to them, and the triangle
inequality holds to the last digit.

The search is Dijkstra's [1]_ as SciPy has it; all that callers know is :class:`ShortestPaths`.

.. [1] E. W. Dijkstra (1959): A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.graph import Floats, Ints, LongInts, RoadGraph
from routing.travel_times import UNREACHABLE_S

_ONE_HUNDREDTH_S = 2**26
"""The cost of a hundredth of a second; lengths below it reach to 6,700 km."""

_MAX_TABLE_ENTRIES = 4_000_000
"""Searches run in batches whose table of nodes does not grow beyond this (32 MB)."""

_NO_NODE = -1
_FIRST_GUESS = 2 * 3600 * 100 * _ONE_HUNDREDTH_S
"""A way is first looked for within two hours, which keeps the search small, and then without a bound."""


def as_costs(durations_s: ArrayLike, lengths_m: ArrayLike) -> LongInts:
    """Costs of durations and lengths, each rounded to its unit."""
    hundredths = np.rint(np.asarray(durations_s, dtype=np.float64) * 100).astype(np.int64)
    decimetres = np.rint(np.asarray(lengths_m, dtype=np.float64) * 10).astype(np.int64)
    return hundredths * _ONE_HUNDREDTH_S + decimetres


def part_of_costs(costs: LongInts, fractions: Floats) -> LongInts:
    """What a part of each edge costs: the same fraction of its duration and of its length."""
    hundredths, decimetres = np.divmod(costs, _ONE_HUNDREDTH_S)
    return as_costs(hundredths * fractions / 100, decimetres * fractions / 10)


def edge_costs(graph: RoadGraph, edges: LongInts | slice = slice(None)) -> LongInts:
    """The cost of each edge, or of some; at least a hundredth of a second."""
    return as_costs(np.maximum(graph.edge_duration_s[edges], 0.01), graph.edge_length_m[edges])


def split_costs(costs: Floats) -> tuple[Ints, Ints]:
    """Durations in seconds, rounded up, and distances in metres; ``UNREACHABLE_S`` and 0 where a cost is infinite."""
    is_found = np.isfinite(costs)
    whole = np.where(is_found, costs, 0).astype(np.int64)
    hundredths, decimetres = np.divmod(whole, _ONE_HUNDREDTH_S)
    durations_s = np.where(is_found, -(-hundredths // 100), UNREACHABLE_S)
    return durations_s.astype(np.int32), ((decimetres + 5) // 10).astype(np.int32)


@dataclass(frozen=True, eq=False, slots=True)
class Ends:
    """Places at which ways begin, or at which they end.

    A place on an edge is joined to the graph by up to two nodes.

    Parameters
    ----------
    nodes
        Shape ``(n, 2)``; -1 where a place has only one node.
    costs
        Shape ``(n, 2)``: from the place to the node where ways begin, from the node to the place where they end.
    """

    nodes: Ints
    costs: LongInts

    @classmethod
    def at_nodes(cls, nodes: Sequence[int]) -> "Ends":
        """Places that are nodes."""
        joined = np.full((len(nodes), 2), _NO_NODE, dtype=np.int32)
        joined[:, 0] = nodes
        return cls(joined, np.zeros((len(nodes), 2), dtype=np.int64))

    def __len__(self) -> int:
        return int(self.nodes.shape[0])

    def one(self, place: int) -> "Ends":
        """One place of them."""
        return Ends(self.nodes[place : place + 1], self.costs[place : place + 1])

    def joins(self, place: int) -> list["Join"]:
        """The nodes of one place."""
        columns = zip(self.nodes[place].tolist(), self.costs[place].tolist(), strict=True)
        return [Join(end, node, cost) for end, (node, cost) in enumerate(columns) if node != _NO_NODE]


class Join(NamedTuple):
    """One node of a place: which of its two, its number, and the cost between them."""

    end: int
    node: int
    cost: int


@dataclass(frozen=True, slots=True)
class Path:
    """The edges of a fastest way, and by which node of the two places it begins and ends (0 or 1)."""

    origin_end: int
    destination_end: int
    edges: tuple[int, ...]
    cost: int


class ShortestPaths:
    """Fastest ways on a road graph. Preparing it takes milliseconds; it may be shared by threads."""

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph
        costs = edge_costs(graph)
        order = np.lexsort((costs, graph.edge_to, graph.edge_from))
        tails, heads = graph.edge_from[order], graph.edge_to[order]
        is_cheapest = np.ones(order.size, dtype=np.bool_)
        is_cheapest[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
        self._edges = order[is_cheapest]  # of parallel edges a fastest way uses only the cheapest
        self._heads = heads[is_cheapest].astype(np.int32)
        counts = np.bincount(tails[is_cheapest], minlength=graph.node_count)
        self._starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        self._costs = costs[self._edges].astype(np.float64)

    def durations_and_distances(self, origins: Ends, destinations: Ends) -> tuple[Ints, Ints]:
        """Seconds (rounded up) and metres from every origin to every destination.

        Returns
        -------
        Two arrays of shape ``(origins, destinations)``; ``UNREACHABLE_S`` and 0 where there is no way.
        """
        return split_costs(self.costs(origins, destinations))

    def costs(self, origins: Ends, destinations: Ends) -> Floats:
        """Costs from every origin to every destination; infinite where there is no way."""
        node_count = self._graph.node_count
        links = self._with_places(origins)
        found = np.full((len(origins), len(destinations)), np.inf)
        batch = max(1, _MAX_TABLE_ENTRIES // links.shape[0])
        for begin in range(0, len(origins), batch):
            rows = slice(begin, min(begin + batch, len(origins)))
            table = dijkstra(links, indices=np.arange(rows.start, rows.stop) + node_count)
            for column in (0, 1):
                nodes, added = destinations.nodes[:, column], destinations.costs[:, column]
                reached = np.where(nodes == _NO_NODE, np.inf, table[:, nodes] + added)
                np.minimum(found[rows], reached, out=found[rows])
        return found

    def find_path(self, origin: Ends, destination: Ends) -> Path | None:
        """The fastest way between two places, or None. Only the first place of each is looked at."""
        begins, ends = origin.joins(0), destination.joins(0)
        for limit in (_FIRST_GUESS, np.inf):
            path = self._search(begins, ends, limit)
            if path is not None:
                return path
        return None

    def path(self, first_node: int, last_node: int) -> tuple[int, ...] | None:
        """The edges of the fastest way between two nodes (none from a node to itself), or None where there is none."""
        found = self.find_path(Ends.at_nodes([first_node]), Ends.at_nodes([last_node]))
        return None if found is None else found.edges

    def geometry(self, edges: Sequence[int]) -> list[tuple[float, float]]:
        """The points of a way, ``lon, lat``; points that edges share come once."""
        points: list[tuple[float, float]] = []
        for edge in edges:
            added = self._graph.edge_points(edge)
            points.extend(added[1:] if points and points[-1] == added[0] else added)
        return points

    def street_names(self, edges: Sequence[int]) -> tuple[str, ...]:
        """The streets of a way in the order of driving; each once in a row, nameless ones left out."""
        names: list[str] = []
        for name in map(self._graph.edge_street, edges):
            if name and (not names or names[-1] != name):
                names.append(name)
        return tuple(names)

    def _links(self, starts: Ints, heads: Ints, costs: Floats) -> "csr_array[np.float64]":
        size = starts.size - 1
        return csr_array((costs, heads, starts), shape=(size, size))

    def _with_places(self, origins: Ends) -> "csr_array[np.float64]":
        """The graph with a further node for each origin: one search each, however many nodes it is joined to."""
        is_joined = origins.nodes != _NO_NODE
        starts = self._starts[-1] + np.cumsum(is_joined.sum(axis=1))
        return self._links(
            np.concatenate((self._starts, starts)).astype(np.int32),
            np.concatenate((self._heads, origins.nodes[is_joined])),
            np.concatenate((self._costs, origins.costs[is_joined].astype(np.float64))),
        )

    def _search(self, begins: list[Join], ends: list[Join], limit: float) -> Path | None:
        links = self._links(self._starts, self._heads, self._costs)
        sources = [begin.node for begin in begins]
        table, before = dijkstra(links, indices=sources, return_predecessors=True, limit=limit)
        cost, row, end = min(
            (float(table[row, end.node]) + begin.cost + end.cost, row, end)
            for row, begin in enumerate(begins)
            for end in ends
        )
        if cost > limit or cost == np.inf:  # beyond the limit another pair of nodes might be better
            return None
        return Path(begins[row].end, end.end, self._unpack(before[row], end.node), int(cost))

    def _unpack(self, before: NDArray[np.int32], last: int) -> tuple[int, ...]:
        """Follow the predecessors back to where the search began."""
        edges: list[int] = []
        head, tail = last, int(before[last])
        while tail >= 0:
            edges.append(self._cheapest_edge(tail, head))
            head, tail = tail, int(before[tail])
        return tuple(reversed(edges))

    def _cheapest_edge(self, tail: int, head: int) -> int:
        begin, end = int(self._starts[tail]), int(self._starts[tail + 1])
        return int(self._edges[begin + int(np.searchsorted(self._heads[begin:end], head))])
