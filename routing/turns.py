"""The turn-expanded graph: which edge may follow which, and what the turn costs.

A search for fastest ways that honours turn restrictions goes from edge to edge, not from node to node [1]_. Here the
*states* of the search are directed edges that have been driven to their end; an *arc* is a turn onto the next edge, and
costs the turn and that edge. Of a forbidden sequence of two edges the arc is left out. Longer ones (restrictions that
run over ways) are an automaton [2]_: whoever drives the first edges of such a sequence is in a state of his own, a copy
of the edge that knows what must not follow.

.. [1] R. Geisberger, C. Vetter (2011): Efficient routing in road networks with turn costs. SEA 2011, 100-111.
.. [2] A. V. Aho, M. J. Corasick (1975): Efficient string matching. Communications of the ACM 18(6), 333-340.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from routing import turns_kernel as kernel
from routing.compiled_arrays import as_floats, as_ints, as_longs
from routing.costs import as_costs, edge_costs
from routing.graph import Floats, Ints, LongInts, RoadGraph

Flags = NDArray[np.bool_]


class TurnKind(IntEnum):
    """The kinds of turns, as a driver is told them."""

    STRAIGHT = kernel.STRAIGHT
    RIGHT = kernel.RIGHT
    SHARP_RIGHT = kernel.SHARP_RIGHT
    LEFT = kernel.LEFT
    SHARP_LEFT = kernel.SHARP_LEFT
    U_TURN = kernel.U_TURN


@dataclass(frozen=True, slots=True)
class TurnCosts:
    """Seconds that a turn takes longer than driving on, where three or more streets meet. Traffic drives on the right.

    Assumptions, in the order of size of what open road engines count for a car (2 to 8 s for a turn, 20 s for turning
    round): a bus slows down to 10 to 20 km/h for a turn to the right and in addition often waits for oncoming traffic
    before one to the left. Calibrate with recorded runs.

    Parameters
    ----------
    right_s, left_s
        Turns of 35 to 120 degrees.
    sharp_right_s, sharp_left_s
        Turns of more than 120 degrees.
    u_turn_s
        Turning round. That is done only where an edge leads nowhere else.
    """

    right_s: float = 2.0
    sharp_right_s: float = 4.0
    left_s: float = 4.0
    sharp_left_s: float = 6.0
    u_turn_s: float = 20.0

    def __post_init__(self) -> None:
        if min(self.right_s, self.sharp_right_s, self.left_s, self.sharp_left_s, self.u_turn_s) < 0:
            msg = "turn costs must not be negative"
            raise ValueError(msg)

    def by_kind(self) -> LongInts:
        """Costs in the order of :class:`TurnKind`."""
        seconds = [0.0, self.right_s, self.sharp_right_s, self.left_s, self.sharp_left_s, self.u_turn_s]
        return as_costs(seconds, np.zeros(len(seconds)))


NO_TURN_COSTS = TurnCosts(0, 0, 0, 0, 0)
"""For graphs whose durations hold everything."""


@dataclass(frozen=True, eq=False, slots=True)
class TurnGraph:
    """States and arcs. The first states are the edges of the road graph with their numbers; copies follow.

    Parameters
    ----------
    offset, heads, costs
        The arcs from state ``s`` lie at ``offset[s]`` up to ``offset[s + 1]``.
    state_edge
        The edge that has been driven in a state.
    next_copy
        The next state of the same edge, or -1: a chain that begins at the edge's own number.
    """

    offset: Ints
    heads: Ints
    costs: LongInts
    state_edge: Ints
    next_copy: Ints

    @property
    def state_count(self) -> int:
        """How many states there are; they are numbered from 0."""
        return int(self.state_edge.size)

    @property
    def arc_count(self) -> int:
        """How many arcs there are."""
        return int(self.heads.size)

    def states_of(self, edge: int) -> list[int]:
        """The states in which an edge has been driven."""
        states = [edge]
        while (copy := int(self.next_copy[states[-1]])) >= 0:
            states.append(copy)
        return states


def edge_headings(graph: RoadGraph) -> tuple[Floats, Floats]:
    """Compass directions in degrees in which each edge begins and ends."""
    return kernel.headings(
        as_longs(graph.geometry_offset),
        as_floats(graph.geometry_lon),
        as_floats(graph.geometry_lat),
    )


def expand_turns(graph: RoadGraph, turn_costs: TurnCosts, closed: Flags | None = None) -> TurnGraph:
    """The turns of a road graph.

    Parameters
    ----------
    closed
        Edges that nobody may drive; where a street ends at them, vehicles may turn round.
    """
    is_open = np.ones(graph.edge_count, dtype=np.bool_) if closed is None else ~closed
    out_offset, out_edges = edges_by_node(graph.edge_from, is_open, graph.node_count)
    first, last = edge_headings(graph)
    sequences = graph.forbidden_sequences()
    pairs = [came * graph.edge_count + goes for came, goes in (s for s in sequences if len(s) == 2)]
    edge_cost = edge_costs(graph)
    offset, heads, costs = kernel.expand(
        as_ints(graph.edge_to),
        as_ints(graph.edge_twin),
        edge_cost,
        out_offset,
        out_edges,
        as_costs(graph.node_delay_s, np.zeros(graph.node_count)),
        streets_at_nodes(graph, is_open),
        first,
        last,
        np.unique(np.array(pairs, dtype=np.int64)),
        turn_costs.by_kind(),
    )
    plain = TurnGraph(
        offset, heads, costs, np.arange(graph.edge_count, dtype=np.int32), np.full(graph.edge_count, -1, dtype=np.int32)
    )
    long = [sequence for sequence in sequences if len(sequence) > 2]
    return _with_copies(plain, long) if long else plain


def edges_by_node(node_of_edge: Ints, is_open: Flags, node_count: int) -> tuple[Ints, Ints]:
    """The open edges of each node: ``node_count + 1`` offsets, and the edges in the order of their numbers."""
    edges = np.flatnonzero(is_open)
    order = np.argsort(node_of_edge[edges], kind="stable")
    counts = np.bincount(node_of_edge[edges], minlength=node_count)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int32), edges[order].astype(np.int32)


def streets_at_nodes(graph: RoadGraph, is_open: Flags) -> Ints:
    """How many open streets meet at each node; a pair of twins is one street."""
    is_once = is_open & ((graph.edge_twin < 0) | (graph.edge_twin > np.arange(graph.edge_count)))
    ends = np.concatenate((graph.edge_from[is_once], graph.edge_to[is_once]))
    return np.bincount(ends, minlength=graph.node_count).astype(np.int32)


Edges = tuple[int, ...]


def _with_copies(plain: TurnGraph, forbidden: Sequence[Edges]) -> TurnGraph:
    """Add a state for each beginning of two or more edges of a forbidden sequence, and redirect the arcs."""
    banned = set(forbidden)
    beginnings = sorted({s[:length] for s in forbidden for length in range(2, len(s))})
    number = {beginning: plain.state_count + i for i, beginning in enumerate(beginnings)}
    arcs: dict[int, list[tuple[int, int]]] = {}
    for history in [*((s[0],) for s in forbidden), *beginnings]:
        arcs[number.get(history, history[0])] = [
            (_state_after(number, (*history, head)), cost)
            for head, cost in _arcs_of(plain, history[-1])
            if not any((*history, head)[begin:] in banned for begin in range(len(history)))
        ]
    next_copy = np.concatenate((plain.next_copy, np.full(len(beginnings), -1, dtype=np.int32)))
    for beginning, state in number.items():
        edge = beginning[-1]
        next_copy[state], next_copy[edge] = next_copy[edge], state
    state_edge = np.concatenate((plain.state_edge, np.array([b[-1] for b in beginnings], dtype=np.int32)))
    return _joined(plain, arcs, state_edge, next_copy)


def _arcs_of(graph: TurnGraph, state: int) -> list[tuple[int, int]]:
    part = slice(int(graph.offset[state]), int(graph.offset[state + 1]))
    return list(zip(graph.heads[part].tolist(), graph.costs[part].tolist(), strict=True))


def _state_after(number: dict[Edges, int], history: Edges) -> int:
    """The state that knows the longest end of what was driven that begins a forbidden sequence."""
    for begin in range(len(history) - 1):
        if history[begin:] in number:
            return number[history[begin:]]
    return history[-1]


def _joined(plain: TurnGraph, arcs: dict[int, list[tuple[int, int]]], state_edge: Ints, next_copy: Ints) -> TurnGraph:
    """The graph with the arcs of some states replaced, and those of new states added."""
    tails = np.repeat(np.arange(plain.state_count), np.diff(plain.offset))
    stays = ~np.isin(tails, list(arcs))
    new = [(tail, head, cost) for tail, ends in arcs.items() for head, cost in ends]
    new_tails, new_heads, new_costs = np.array(new, dtype=np.int64).reshape(-1, 3).T
    tails = np.concatenate((tails[stays], new_tails))
    heads = np.concatenate((plain.heads[stays], new_heads)).astype(np.int32)
    costs = np.concatenate((plain.costs[stays], new_costs))
    order = np.argsort(tails, kind="stable")
    counts = np.bincount(tails, minlength=state_edge.size)
    offset = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return TurnGraph(offset, heads[order], costs[order], state_edge, next_copy)
