"""Compiled: from places on edges to places on edges.

A way begins on an edge, in either direction where the street has two, and ends with having driven an edge. The rest of
its last edge, beyond the place, is then taken off again: ends cost less than nothing. A place at a node begins with any
edge that leaves it and ends with any that enters it.
"""

from typing import NamedTuple, cast

import numpy as np

from routing.compiled import compiled, compiled_loop
from routing.costs import HUNDREDTH_S, MOST, NO_WAY
from routing.graph import Floats, Ints, LongInts
from routing.hierarchy_search_kernel import BEGIN, END, NOTHING, Lists, Workspace, clear, meet, put, unpack_way
from routing.hierarchy_sweep_kernel import LANES, Selection, fill_lane, sweep
from routing.hierarchy_top_kernel import least_cost
from routing.snapping_kernel import Grid, nearest
from routing.travel_times import UNREACHABLE_S
from routing.whole_kernel import whole

FREE_ACCESS_M = 30.0
"""So far from the middle of the road, a stop stands beside it."""

ACCESS_KMH = 5.0
"""What is farther away is reached at this speed: on foot, or by a vehicle over ground that no map shows."""


NO_GOAL = cast("int", np.int64(-1))


class Roads(NamedTuple):
    """What searches need to know of roads and turns: closed edges are in no list.

    Parameters
    ----------
    edge_from, edge_to, edge_twin, edge_cost
        By edge; the twin is -1 where it is closed.
    out_offset, out_edges, in_offset, in_edges
        The edges that leave and enter each node.
    next_copy
        The next state of the same edge, by state.
    rank_of
        The number of each state in the hierarchy.
    arc_offset, arc_heads, arc_costs
        The turns from each state.
    """

    edge_from: Ints
    edge_to: Ints
    edge_twin: Ints
    edge_cost: LongInts
    out_offset: Ints
    out_edges: Ints
    in_offset: Ints
    in_edges: Ints
    next_copy: Ints
    rank_of: Ints
    arc_offset: Ints
    arc_heads: Ints
    arc_costs: LongInts


class Places(NamedTuple):
    """Places on edges: edge, the part of it from its first node, metres from the point asked for, ``lon, lat``."""

    edge: Ints
    fraction: Floats
    distance_m: Floats
    lon: Floats
    lat: Floats


@compiled_loop
def part_of(cost: int, fraction: float) -> int:
    """What a part of an edge costs: the same fraction of its duration and of its length, each rounded."""
    hundredths = cost // HUNDREDTH_S
    decimetres = cost - hundredths * HUNDREDTH_S
    return int(np.rint(hundredths * fraction)) * HUNDREDTH_S + int(np.rint(decimetres * fraction))


@compiled_loop
def access_cost(distance_m: float) -> int:
    """What it costs to reach the road from a point so far away."""
    far_m = max(distance_m - FREE_ACCESS_M, 0.0)
    return int(np.rint(far_m / ACCESS_KMH * 360.0)) * HUNDREDTH_S + int(np.rint(far_m * 10.0))


@compiled_loop
def node_at(roads: Roads, edge: int, fraction: float) -> int:
    """The node that a place is, or -1."""
    if fraction == 0.0:
        return whole(roads.edge_from[edge])
    if fraction == 1.0:
        return whole(roads.edge_to[edge])
    return -1


@compiled_loop
def _put_direction(roads: Roads, lists: Lists, work: Workspace, edge: int, done: float, goal_done: float) -> None:
    """Begin on an edge. A goal behind on the same edge is only reached by coming back: then with the next edges."""
    cost = roads.edge_cost[edge]
    begun = part_of(cost, done)
    if goal_done < 0 or part_of(cost, goal_done) >= begun:
        put(work, lists, BEGIN, whole(roads.rank_of[edge]), cost - begun)
        return
    for arc in range(roads.arc_offset[edge], roads.arc_offset[edge + 1]):
        put(work, lists, BEGIN, whole(roads.rank_of[roads.arc_heads[arc]]), cost - begun + roads.arc_costs[arc])


@compiled_loop
def put_origin(
    roads: Roads, lists: Lists, work: Workspace, edge: int, fraction: float, goal_edge: int, goal_fraction: float
) -> None:
    """Begin at a place. A goal edge of -1 means that ends behind are seen to later."""
    node = node_at(roads, edge, fraction)
    if node >= 0:
        for i in range(roads.out_offset[node], roads.out_offset[node + 1]):
            leaves = roads.out_edges[i]
            put(work, lists, BEGIN, whole(roads.rank_of[leaves]), roads.edge_cost[leaves])
        return
    twin = whole(roads.edge_twin[edge])
    goal_done = goal_back = -1.0  # where a goal within the same street lies, in both directions
    if 0.0 < goal_fraction < 1.0 and (goal_edge == edge or (goal_edge == twin and twin >= 0)):
        goal_done = goal_fraction if goal_edge == edge else 1.0 - goal_fraction
        goal_back = 1.0 - goal_fraction if goal_edge == edge else goal_fraction
    _put_direction(roads, lists, work, edge, fraction, goal_done)
    if twin >= 0:
        _put_direction(roads, lists, work, twin, 1.0 - fraction, goal_back)


@compiled_loop
def _put_end(roads: Roads, lists: Lists, work: Workspace, edge: int, cost: int) -> None:
    state = edge
    while state >= 0:
        put(work, lists, END, whole(roads.rank_of[state]), cost)
        state = whole(roads.next_copy[state])


@compiled_loop
def put_destination(roads: Roads, lists: Lists, work: Workspace, edge: int, fraction: float) -> None:
    """End at a place."""
    node = node_at(roads, edge, fraction)
    if node >= 0:
        for i in range(roads.in_offset[node], roads.in_offset[node + 1]):
            _put_end(roads, lists, work, whole(roads.in_edges[i]), NOTHING)
        return
    cost = roads.edge_cost[edge]
    _put_end(roads, lists, work, edge, part_of(cost, fraction) - cost)
    twin = whole(roads.edge_twin[edge])
    if twin >= 0:
        cost = roads.edge_cost[twin]
        _put_end(roads, lists, work, twin, part_of(cost, 1.0 - fraction) - cost)


@compiled_loop
def _put_both(
    roads: Roads, lists: Lists, work: Workspace, edge: int, fraction: float, goal_edge: int, goal_fraction: float
) -> bool:
    """Begin at a place and end at another one; False where both are the same node and there is nothing to search."""
    node = node_at(roads, edge, fraction)
    if node >= 0 and node == node_at(roads, goal_edge, goal_fraction):
        return False
    put_origin(roads, lists, work, edge, fraction, goal_edge, goal_fraction)
    put_destination(roads, lists, work, goal_edge, goal_fraction)
    return True


@compiled_loop
def cost_between_points(
    roads: Roads,
    lists: Lists,
    top: LongInts,
    work: Workspace,
    grid: Grid,
    lon: float,
    lat: float,
    goal_lon: float,
    goal_lat: float,
) -> int:
    """The cost from a point to another one, access included; ``NO_WAY`` where there is none."""
    edge, fraction, distance_m, _, _ = nearest(grid, lon, lat)
    goal_edge, goal_fraction, goal_distance_m, _, _ = nearest(grid, goal_lon, goal_lat)
    cost = NOTHING
    if _put_both(roads, lists, work, edge, fraction, goal_edge, goal_fraction):
        cost = least_cost(work, lists, top)
    clear(work, BEGIN)
    clear(work, END)
    if cost >= MOST:
        return NO_WAY
    return cost + access_cost(distance_m) + access_cost(goal_distance_m)


@compiled_loop
def _edge_before(roads: Roads, edge: int, done: float, state: int, label: int) -> int:
    """Whether a way whose search began in a state at some cost really begins on an edge: -1 no, 0 yes, 1 before it."""
    cost = roads.edge_cost[edge]
    rest = cost - part_of(cost, done)
    if state == edge and label == rest:
        return 0
    for arc in range(roads.arc_offset[edge], roads.arc_offset[edge + 1]):
        if roads.arc_heads[arc] == state and label == rest + roads.arc_costs[arc]:
            return 1
    return -1


@compiled
def way_between_places(
    roads: Roads,
    lists: Lists,
    work: Workspace,
    state_of: Ints,
    edge: int,
    fraction: float,
    goal_edge: int,
    goal_fraction: float,
) -> tuple[int, int, Ints, LongInts]:
    """A way between places on the road, without access.

    Returns
    -------
    Its cost; the edge it begins on where that is left and only then the states follow, else -1; the states; and the
    cost up to the end of each.
    """
    cost, where = NOTHING, NO_GOAL
    if _put_both(roads, lists, work, edge, fraction, goal_edge, goal_fraction):
        cost, where = meet(work, lists)
    way = np.empty(0, np.int32)
    ends_at = np.empty(0, np.int64)
    before = -1
    if where >= 0:
        way = unpack_way(work, lists, where)
        ends_at = np.empty(way.size, np.int64)
        ends_at[0] = work.distance[0, way[0]]
        for i in range(way.size):
            way[i] = state_of[way[i]]
            if i > 0:
                cheapest = NO_WAY
                for arc in range(roads.arc_offset[way[i - 1]], roads.arc_offset[way[i - 1] + 1]):
                    if roads.arc_heads[arc] == way[i]:
                        cheapest = min(cheapest, roads.arc_costs[arc])
                ends_at[i] = ends_at[i - 1] + cheapest
        if node_at(roads, edge, fraction) < 0:
            twin = whole(roads.edge_twin[edge])
            first = whole(way[0])
            along = _edge_before(roads, edge, fraction, first, ends_at[0])
            if along == 1:
                before = edge
            elif along == -1 and _edge_before(roads, twin, 1.0 - fraction, first, ends_at[0]) == 1:
                before = twin
    clear(work, BEGIN)
    clear(work, END)
    return cost, before, way, ends_at


@compiled
def ends_of_places(roads: Roads, lists: Lists, work: Workspace, places: Places) -> tuple[Ints, Ints, LongInts]:
    """The ends of each place: offsets, ranks, costs."""
    offset = np.zeros(places.edge.size + 1, np.int32)
    ranks, costs = np.empty(8 * places.edge.size + 64, np.int32), np.empty(8 * places.edge.size + 64, np.int64)
    for place in range(places.edge.size):
        put_destination(roads, lists, work, whole(places.edge[place]), places.fraction[place])
        count = work.size[1]
        if offset[place] + count > ranks.size:
            longer, longer_costs = (
                np.empty(2 * ranks.size + count, np.int32),
                np.empty(2 * ranks.size + count, np.int64),
            )
            longer[: ranks.size], longer_costs[: ranks.size] = ranks, costs
            ranks, costs = longer, longer_costs
        for i in range(count):
            rank = work.touched[1, i]
            ranks[offset[place] + i], costs[offset[place] + i] = rank, work.distance[1, rank]
            work.waiting[1, lists.level[rank]] = -1
        offset[place + 1] = offset[place] + count
        clear(work, END)
    return offset, ranks[: offset[-1]].copy(), costs[: offset[-1]].copy()


@compiled_loop
def _cost_of_coming_back(roads: Roads, lists: Lists, work: Workspace, edge: int) -> int:
    """What it costs from the end of an edge until it has been driven once more."""
    for arc in range(roads.arc_offset[edge], roads.arc_offset[edge + 1]):
        put(work, lists, BEGIN, whole(roads.rank_of[roads.arc_heads[arc]]), roads.arc_costs[arc])
    _put_end(roads, lists, work, edge, NOTHING)
    cost, _ = meet(work, lists)
    clear(work, BEGIN)
    clear(work, END)
    return cost


@compiled
def fill_table(
    roads: Roads,
    lists: Lists,
    work: Workspace,
    selection: Selection,
    origins: Places,
    destinations: Places,
    end_offset: Ints,
    end_ranks: Ints,
    end_costs: LongInts,
    state_of: Ints,
    back: LongInts,
    durations_s: Ints,
    distances_m: Ints,
) -> None:
    """Seconds, rounded up, and metres from every origin to every destination, ``UNREACHABLE_S`` and 0 without a way.

    Parameters
    ----------
    selection
        Holds all ends.
    back
        By state: the cost of coming back to it, or -1 where that is not known yet.
    """
    table = np.empty((selection.offset.size - 1, LANES), np.int64)
    used_in = np.full(table.shape[0], -1, np.int32)
    nodes, goal_nodes = np.empty(origins.edge.size, np.int32), np.empty(destinations.edge.size, np.int32)
    access, goal_access = np.empty(origins.edge.size, np.int64), np.empty(destinations.edge.size, np.int64)
    for i in range(origins.edge.size):
        nodes[i] = node_at(roads, whole(origins.edge[i]), origins.fraction[i])
        access[i] = access_cost(origins.distance_m[i])
    for j in range(destinations.edge.size):
        goal_nodes[j] = node_at(roads, whole(destinations.edge[j]), destinations.fraction[j])
        goal_access[j] = access_cost(destinations.distance_m[j])
    row = np.empty(LANES, np.int64)
    for batch in range((origins.edge.size + LANES - 1) // LANES):
        first = batch * LANES
        lanes = min(LANES, origins.edge.size - first)
        for lane in range(lanes):
            put_origin(
                roads, lists, work, whole(origins.edge[first + lane]), origins.fraction[first + lane], NO_GOAL, 0.0
            )
            fill_lane(work, lists, selection, table, used_in, batch, lane)
        sweep(selection, table, used_in, batch)
        for j in range(destinations.edge.size):
            for lane in range(lanes):
                row[lane] = NO_WAY
            for end in range(end_offset[j], end_offset[j + 1]):
                place = selection.index_of[end_ranks[end]]
                for lane in range(lanes):
                    cost = table[place, lane] + end_costs[end]
                    if cost < 0:  # the end lies behind the beginning on the same edge
                        state = whole(state_of[end_ranks[end]])
                        if back[state] < 0:
                            back[state] = _cost_of_coming_back(roads, lists, work, state)
                        cost += back[state]
                    row[lane] = min(row[lane], cost)
            for lane in range(lanes):
                i = first + lane
                cost = row[lane]
                if nodes[i] >= 0 and nodes[i] == goal_nodes[j]:
                    cost = 0
                if cost >= MOST:
                    durations_s[i, j], distances_m[i, j] = UNREACHABLE_S, 0
                    continue
                cost += access[i] + goal_access[j]
                hundredths = cost // HUNDREDTH_S
                durations_s[i, j] = (hundredths + 99) // 100
                distances_m[i, j] = (cost - hundredths * HUNDREDTH_S + 5) // 10
