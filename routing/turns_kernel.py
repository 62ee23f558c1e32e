"""Compiled: directions of edges, and the turns from each edge onto the next."""

import numpy as np

from routing.compiled import compiled
from routing.graph import EARTH_RADIUS_M, Floats, Ints, LongInts

STRAIGHT, RIGHT, SHARP_RIGHT, LEFT, SHARP_LEFT, U_TURN = range(6)

_STRAIGHT_DEGREES = 35.0
_SHARP_DEGREES = 120.0
_LOOK_BACK_M = 15.0
_DEGREE_M = float(np.radians(1.0)) * EARTH_RADIUS_M


@compiled
def headings(offset: LongInts, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Compass directions in degrees in which edges begin and end.

    They are taken over the first and last 15 m, so that a rounded corner or a short bend does not hide where a street
    leads.
    """
    edges = offset.size - 1
    first = np.zeros(edges)
    last = np.zeros(edges)
    for edge in range(edges):
        begin = offset[edge]
        end = offset[edge + 1] - 1
        east_m = np.cos(np.radians(lat[begin])) * _DEGREE_M
        for way in range(2):
            here, step, stop = (begin, 1, end) if way == 0 else (end, -1, begin)
            point = here
            x = y = 0.0
            while point != stop and np.hypot(x, y) < _LOOK_BACK_M:
                point += step
                x = (lon[point] - lon[here]) * east_m * step
                y = (lat[point] - lat[here]) * _DEGREE_M * step
            (first if way == 0 else last)[edge] = np.degrees(np.arctan2(x, y))
    return first, last


@compiled
def turn_kind(came_degrees: float, goes_degrees: float) -> int:
    """The kind of a turn from one compass direction to another; a turn onto the twin edge is for the caller to know."""
    angle = (goes_degrees - came_degrees + 180.0) % 360.0 - 180.0
    if abs(angle) <= _STRAIGHT_DEGREES:
        return STRAIGHT
    if angle > 0:
        return SHARP_RIGHT if angle > _SHARP_DEGREES else RIGHT
    return SHARP_LEFT if angle < -_SHARP_DEGREES else LEFT


@compiled
def expand(
    edge_to: Ints,
    edge_twin: Ints,
    edge_cost: LongInts,
    out_offset: Ints,
    out_edges: Ints,
    node_cost: LongInts,
    streets: Ints,
    first: Floats,
    last: Floats,
    forbidden: LongInts,
    turn_costs: LongInts,
) -> tuple[Ints, Ints, LongInts]:
    """The turns from every edge, as arcs from edge to edge.

    Parameters
    ----------
    out_offset, out_edges
        The open edges that leave each node.
    node_cost
        What passing a node costs.
    streets
        How many streets meet at a node; below three, nobody turns off.
    forbidden
        Sorted ``edge * edges + next_edge``.
    turn_costs
        By kind of turn.

    Returns
    -------
    Offsets, next edges, and the cost of the turn and of the next edge together. An edge leads onto its twin only where
    it leads nowhere else.
    """
    edges = edge_to.size
    room = 0
    for edge in range(edges):
        room += out_offset[edge_to[edge] + 1] - out_offset[edge_to[edge]]
    offset = np.zeros(edges + 1, np.int32)
    heads = np.empty(room, np.int32)
    costs = np.empty(room, np.int64)
    count = 0
    for edge in range(edges):
        node = edge_to[edge]
        back = False
        for position in range(out_offset[node], out_offset[node + 1]):
            goes = out_edges[position]
            key = edge * edges + goes
            found = np.searchsorted(forbidden, key)
            if found < forbidden.size and forbidden[found] == key:
                continue
            if goes == edge_twin[edge]:
                back = True
                continue
            cost = edge_cost[goes] + node_cost[node]
            if streets[node] > 2:
                cost += turn_costs[turn_kind(last[edge], first[goes])]
            heads[count] = goes
            costs[count] = cost
            count += 1
        if back and count == offset[edge]:
            goes = edge_twin[edge]
            heads[count] = goes
            costs[count] = edge_cost[goes] + node_cost[node] + turn_costs[U_TURN]
            count += 1
        offset[edge + 1] = count
    return offset, heads[:count].copy(), costs[:count].copy()
