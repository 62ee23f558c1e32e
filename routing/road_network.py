"""The roads as vehicles drive them: the one thing to ask for travel times and ways between places.

A road network is a road graph with the costs of turns, closures, and a hierarchy over it. Any point answers, not only
stops: it is joined to the nearest place on a road within microseconds. Ways honour turn restrictions and turn round
only where a road leads nowhere else; a vehicle that stands somewhere may leave in either direction, as it had time to
turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from routing import road_network_kernel as kernel
from routing.compiled_arrays import as_ints
from routing.costs import MOST, edge_costs, part_of_costs, split_cost
from routing.graph import Floats, Ints, LongInts, RoadGraph, ShortFloats
from routing.hierarchy import Hierarchy, build_hierarchy
from routing.hierarchy_search_kernel import Workspace
from routing.hierarchy_sweep_kernel import LANES, Descents, select
from routing.road_network_kernel import Places, Roads
from routing.road_network_nodes_kernel import fill_nodes
from routing.snapping import Snap, Snapper, make_grid
from routing.snapping_kernel import Grid
from routing.turns import Flags, TurnCosts, TurnGraph, edge_headings, edges_by_node, expand_turns, streets_at_nodes

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RoadTime:
    """Seconds, rounded up, and metres of the fastest way; ``UNREACHABLE_S`` and 0 where there is none."""

    duration_s: int
    distance_m: int


@dataclass(frozen=True, eq=False, slots=True)
class RoadWay:
    """A way on the road.

    Parameters
    ----------
    edges
        In the order of driving; none where it leads from a node to itself.
    begin, end
        Fractions of the first and of the last edge between which it runs.
    ends_at
        For each edge the cost up to its end, the turn onto it included; the last one as if it were driven to its end.
    cost
        Of the whole way.
    """

    edges: tuple[int, ...]
    begin: float
    end: float
    ends_at: LongInts
    cost: int


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """A road graph that has been prepared for questions. Threads may share it, as they share the interpreter's lock.

    Parameters
    ----------
    closed
        Edges that nobody may drive.
    """

    graph: RoadGraph
    turn_costs: TurnCosts
    closed: Flags
    turns: TurnGraph
    hierarchy: Hierarchy
    grid: Grid = field(repr=False)

    @classmethod
    def build(
        cls,
        graph: RoadGraph,
        turn_costs: TurnCosts | None = None,
        closed: Flags | None = None,
        order: Ints | None = None,
    ) -> "RoadNetwork":
        """Prepare a graph; about 4 s for 160,000 directed edges, two thirds of that with a known order of contraction.

        Raises
        ------
        ValueError
            All roads are closed.
        """
        turn_costs = turn_costs or TurnCosts()
        closed = np.zeros(graph.edge_count, dtype=np.bool_) if closed is None else closed
        turns = expand_turns(graph, turn_costs, closed)
        node = graph.edge_to[turns.state_edge]
        if order is not None and order.size != turns.state_count:
            order = None
        hierarchy = build_hierarchy(turns, graph.node_lon[node], graph.node_lat[node], order)
        return cls(graph, turn_costs, closed, turns, hierarchy, make_grid(graph, closed))

    def with_changes(self, *, closed: Flags | None = None, durations_s: ShortFloats | None = None) -> "RoadNetwork":
        """The same roads with other closures or other speeds, within seconds: what is important has not changed.

        Parameters
        ----------
        closed
            Edges that nobody may drive, instead of those so far; see :func:`routing.closures.closed_edges`.
        durations_s
            By edge.
        """
        graph = self.graph if durations_s is None else replace(self.graph, edge_duration_s=durations_s)
        return RoadNetwork.build(
            graph, self.turn_costs, self.closed if closed is None else closed, self.hierarchy.order()
        )

    @cached_property
    def snapper(self) -> Snapper:
        """Joins points to the open roads."""
        return Snapper(self.graph, self.grid)

    def time_between(self, origin: Point, destination: Point) -> RoadTime:
        """How long it takes from one point (``lon, lat``) to another one; access on foot included."""
        return RoadTime(
            *split_cost(
                kernel.cost_between_points(
                    self._roads, self.hierarchy.lists, self.hierarchy.top, self._work, self.grid, *origin, *destination
                )
            )
        )

    def times_between(self, origins: Places, destinations: Places) -> tuple[Ints, Ints]:
        """Seconds, rounded up, and metres from every origin to every destination, access on foot included.

        Returns
        -------
        Two arrays of shape ``(origins, destinations)``; ``UNREACHABLE_S`` and 0 where there is no way.
        """
        lists = self.hierarchy.lists
        ends = kernel.ends_of_places(self._roads, lists, self._work, destinations)
        shape = (origins.edge.size, destinations.edge.size)
        durations_s, distances_m = np.empty(shape, dtype=np.int32), np.empty(shape, dtype=np.int32)
        kernel.fill_table(
            *(self._roads, lists, self._work, select(lists, ends[1]), origins, destinations, *ends),
            *(self._state_of, self._costs_of_coming_back, durations_s, distances_m),
        )
        return durations_s, distances_m

    def durations_to_nodes(self, origins: Places) -> Ints:
        """Seconds, rounded up, from every origin to every node of the graph, of shape ``(origins, nodes)``."""
        durations_s = np.empty((origins.edge.size, self.graph.node_count), dtype=np.int32)
        fill_nodes(*(self._roads, self.hierarchy.lists, self._work, self._descents, self._table, origins, durations_s))
        return durations_s

    def places(self, lons: ArrayLike, lats: ArrayLike) -> Places:
        """The places on the open roads nearest to points."""
        return self.snapper.places(lons, lats)

    def places_at_nodes(self, nodes: Sequence[int]) -> Places:
        """Places that are nodes of the graph."""
        chosen = np.asarray(nodes, dtype=np.int64)
        offset, edges = edges_by_node(
            self.graph.edge_from, np.ones(self.graph.edge_count, np.bool_), self.graph.node_count
        )
        entering, enters = edges_by_node(
            self.graph.edge_to, np.ones(self.graph.edge_count, np.bool_), self.graph.node_count
        )
        leaves = offset[chosen] < offset[chosen + 1]
        edge = np.where(leaves, edges[np.minimum(offset[chosen], edges.size - 1)], 0)
        edge = np.where(leaves, edge, enters[np.minimum(entering[chosen], enters.size - 1)])
        return Places(
            edge.astype(np.int32),
            np.where(leaves, 0.0, 1.0),
            np.zeros(chosen.size),
            self.graph.node_lon[chosen].astype(np.float64),
            self.graph.node_lat[chosen].astype(np.float64),
        )

    def find_way(self, origin: Snap, destination: Snap) -> RoadWay | None:
        """The fastest way between two places on the road, or None where there is none. Access on foot is not in it."""
        cost, before, states, ends_at = kernel.way_between_places(
            *(self._roads, self.hierarchy.lists, self._work, self._state_of),
            *(origin.edge, origin.fraction, destination.edge, destination.fraction),
        )
        if cost >= MOST:
            return None
        edges = self.turns.state_edge[states].tolist()
        if before >= 0:
            edges.insert(0, before)
            ends_at = np.concatenate((part_of_costs(self._roads.edge_cost[[before]], _rest(origin, before)), ends_at))
        if not edges:
            return RoadWay((), 0.0, 0.0, ends_at, 0)
        begin = 0.0 if origin.is_node else 1.0 - _rest(origin, edges[0])
        end = 1.0 if destination.is_node else 1.0 - _rest(destination, edges[-1])
        return RoadWay(tuple(edges), begin, end, ends_at, cost)

    @cached_property
    def _roads(self) -> Roads:
        is_open = ~self.closed
        graph = self.graph
        twin = np.where((graph.edge_twin >= 0) & is_open[graph.edge_twin], graph.edge_twin, -1)
        return Roads(
            edge_from=as_ints(graph.edge_from),
            edge_to=as_ints(graph.edge_to),
            edge_twin=twin.astype(np.int32),
            edge_cost=edge_costs(graph),
            out_offset=(out := edges_by_node(graph.edge_from, is_open, graph.node_count))[0],
            out_edges=out[1],
            in_offset=(into := edges_by_node(graph.edge_to, is_open, graph.node_count))[0],
            in_edges=into[1],
            next_copy=self.turns.next_copy,
            rank_of=self.hierarchy.rank_of,
            arc_offset=self.turns.offset,
            arc_heads=self.turns.heads,
            arc_costs=self.turns.costs,
        )

    @cached_property
    def _work(self) -> Workspace:
        return self.hierarchy.workspace()

    @cached_property
    def _descents(self) -> Descents:
        return self.hierarchy.descents()

    @cached_property
    def _table(self) -> Ints:
        return np.empty((self.turns.state_count, LANES), dtype=np.int32)

    @cached_property
    def _state_of(self) -> Ints:
        return self.hierarchy.state_of()

    @cached_property
    def _costs_of_coming_back(self) -> LongInts:
        return np.full(self.turns.state_count, -1, dtype=np.int64)

    @cached_property
    def streets_at_nodes(self) -> Ints:
        """How many open streets meet at each node."""
        return streets_at_nodes(self.graph, ~self.closed)

    @cached_property
    def headings(self) -> tuple[Floats, Floats]:
        """Compass directions in degrees in which each edge begins and ends."""
        return edge_headings(self.graph)


def _rest(place: Snap, edge: int) -> float:
    """What remains of an edge behind a place on it, or on its twin."""
    return 1.0 - place.fraction if edge == place.edge else place.fraction
