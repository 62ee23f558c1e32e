"""Other libraries on the turn-expanded graph of a road network, asked the same questions as ours.

Weights are hundredths of a second; states are numbered as in :class:`routing.turns.TurnGraph`.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from routing.compiled import compiled_loop
from routing.costs import HUNDREDTH_S, MOST
from routing.graph import LongInts
from routing.hierarchy_search_kernel import BEGIN, END, NOTHING, Lists, Workspace, clear, put
from routing.hierarchy_top_kernel import least_cost
from routing.road_network import RoadNetwork

States = NDArray[np.int64]


@dataclass(frozen=True)
class Peer:
    """A library with a graph loaded.

    Parameters
    ----------
    prepare_s
        CPU seconds from arrays to the first question.
    pair, one_to_all, table
        Hundredths of a second, infinite without a way; None for what the library cannot do.
    """

    name: str
    prepare_s: float
    pair: Callable[[int, int], float]
    one_to_all: Callable[[int], object] | None = None
    table: Callable[[States, States], NDArray[np.float64]] | None = None


@dataclass(frozen=True)
class Arcs:
    """The graph all are given."""

    tails: NDArray[np.int64]
    heads: NDArray[np.int64]
    weights: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    @property
    def states(self) -> int:
        """How many states there are."""
        return int(self.lon.size)


def arcs_of(network: RoadNetwork) -> Arcs:
    """The turn-expanded graph of a network."""
    turns, graph = network.turns, network.graph
    node = graph.edge_to[turns.state_edge]
    tails = np.repeat(np.arange(turns.state_count), np.diff(turns.offset))
    return Arcs(
        tails,
        turns.heads.astype(np.int64),
        turns.costs // HUNDREDTH_S,
        graph.node_lon[node].astype(np.float64),
        graph.node_lat[node].astype(np.float64),
    )


@compiled_loop
def _cost_between(lists: Lists, top: LongInts, work: Workspace, origin: int, goal: int) -> int:
    put(work, lists, BEGIN, origin, NOTHING)
    put(work, lists, END, goal, NOTHING)
    cost = least_cost(work, lists, top)
    clear(work, BEGIN)
    clear(work, END)
    return cost


def ours(network: RoadNetwork, prepare_s: float) -> Peer:
    """The hierarchy, asked from state to state; from door to door it is measured apart."""
    hierarchy = network.hierarchy
    lists, top, work, rank_of = hierarchy.lists, hierarchy.top, hierarchy.workspace(), hierarchy.rank_of.tolist()

    def pair(origin: int, goal: int) -> float:
        cost = _cost_between(lists, top, work, rank_of[origin], rank_of[goal])
        return np.inf if cost >= MOST else float(cost // HUNDREDTH_S)

    return Peer("Rufnetz", prepare_s, pair)


def peers(arcs: Arcs) -> Iterator[Peer]:
    """One after the other, so that only one graph is in memory."""
    yield _routingkit(arcs)
    yield _pandana(arcs)
    yield _scipy(arcs)
    yield _igraph(arcs)
    yield _rustworkx(arcs)
    yield _networkx(arcs)


def _named(name: str) -> str:
    return f"{name} {version(name)}"


def _routingkit(arcs: Arcs) -> Peer:
    import pyroutingkit  # noqa: PLC0415 - each library only where it is measured

    began = time.process_time()
    hierarchy = pyroutingkit.CCH()
    hierarchy.build_topology(
        arcs.tails.astype(np.uint32),
        arcs.heads.astype(np.uint32),
        arcs.lat.astype(np.float32),
        arcs.lon.astype(np.float32),
        arcs.states,
    )
    hierarchy.customize_weights(arcs.weights.astype(np.uint32))

    def as_float(found: NDArray[np.uint32]) -> NDArray[np.float64]:
        return np.where(found >= pyroutingkit.INF_WEIGHT, np.inf, found.astype(np.float64))

    return Peer(
        _named("pyroutingkit"),
        time.process_time() - began,
        lambda a, b: float(as_float(np.asarray(hierarchy.query(a, b)[0]))),
        None,
        lambda a, b: as_float(hierarchy.distances_many_to_many(a.astype(np.uint32), b.astype(np.uint32))),
    )


def _pandana(arcs: Arcs) -> Peer:
    import pandana  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    warnings.filterwarnings("ignore", module="pandana")  # a warning for every pair without a way
    began = time.process_time()
    index = pd.RangeIndex(arcs.states)
    network = pandana.Network(
        pd.Series(arcs.lon, index),
        pd.Series(arcs.lat, index),
        pd.Series(arcs.tails),
        pd.Series(arcs.heads),
        pd.DataFrame({"weight": arcs.weights.astype(np.float64)}),
        twoway=False,
    )

    def as_inf(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(values > 4e6, np.inf, values)

    def table(a: States, b: States) -> NDArray[np.float64]:
        found = network.shortest_path_lengths(np.repeat(a, b.size), np.tile(b, a.size))
        return as_inf(np.array(found)).reshape(a.size, b.size)

    return Peer(
        _named("pandana"),
        time.process_time() - began,
        lambda a, b: float(as_inf(np.array(network.shortest_path_length(a, b)))),
        None,
        table,
    )


def _scipy(arcs: Arcs) -> Peer:
    from scipy.sparse import csr_array  # noqa: PLC0415
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

    began = time.process_time()
    matrix = csr_array((arcs.weights.astype(np.float64), (arcs.tails, arcs.heads)), shape=(arcs.states,) * 2)
    return Peer(
        _named("scipy"),
        time.process_time() - began,
        lambda a, b: float(dijkstra(matrix, indices=a)[b]),
        lambda a: dijkstra(matrix, indices=a),
        lambda a, b: np.stack([dijkstra(matrix, indices=origin)[b] for origin in a]),
    )


def _igraph(arcs: Arcs) -> Peer:
    import igraph  # noqa: PLC0415

    began = time.process_time()
    graph = igraph.Graph(arcs.states, np.column_stack((arcs.tails, arcs.heads)).tolist(), directed=True)
    weights = arcs.weights.tolist()
    return Peer(
        _named("igraph"),
        time.process_time() - began,
        lambda a, b: float(graph.distances(a, b, weights)[0][0]),
        lambda a: graph.distances(a, None, weights),
        # it takes no target twice
        lambda a, b: np.array(graph.distances(a.tolist(), list(dict.fromkeys(b.tolist())), weights), dtype=np.float64),
    )


def _rustworkx(arcs: Arcs) -> Peer:
    import rustworkx  # noqa: PLC0415

    began = time.process_time()
    graph = rustworkx.PyDiGraph()
    graph.add_nodes_from(range(arcs.states))
    graph.add_edges_from(
        list(zip(arcs.tails.tolist(), arcs.heads.tolist(), arcs.weights.astype(float).tolist(), strict=True))
    )

    def from_one(origin: int, goal: int | None = None) -> "dict[int, float]":
        return {
            origin: 0.0,
            **rustworkx.digraph_dijkstra_shortest_path_lengths(graph, origin, float, goal),
        }

    def table(a: States, b: States) -> NDArray[np.float64]:
        rows = (from_one(origin) for origin in a.tolist())
        return np.array([[row.get(goal, np.inf) for goal in b.tolist()] for row in rows])

    return Peer(
        _named("rustworkx"),
        time.process_time() - began,
        lambda a, b: from_one(a, b).get(b, np.inf),
        from_one,
        table,
    )


def _networkx(arcs: Arcs) -> Peer:
    import networkx as nx  # noqa: PLC0415

    began = time.process_time()
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(arcs.states))
    graph.add_weighted_edges_from(zip(arcs.tails.tolist(), arcs.heads.tolist(), arcs.weights.tolist(), strict=True))

    def pair(a: int, b: int) -> float:
        try:
            return float(nx.bidirectional_dijkstra(graph, a, b)[0])
        except nx.NetworkXNoPath:
            return np.inf

    return Peer(
        _named("networkx"),
        time.process_time() - began,
        pair,
        lambda a: nx.single_source_dijkstra_path_length(graph, a),
    )
