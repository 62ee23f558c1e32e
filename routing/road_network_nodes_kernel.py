"""Compiled: durations from places to all nodes of a graph."""

import numpy as np

from routing.compiled import compiled
from routing.costs import HUNDREDTH_S
from routing.graph import Ints
from routing.hierarchy_search_kernel import Lists, Workspace
from routing.hierarchy_sweep_kernel import LANES, NEVER, Descents, fill_lane_with_durations, sweep_durations
from routing.road_network_kernel import NO_GOAL, Places, Roads, access_cost, node_at, put_origin
from routing.travel_times import UNREACHABLE_S
from routing.whole_kernel import whole


@compiled
def fill_nodes(
    roads: Roads,
    lists: Lists,
    work: Workspace,
    descents: Descents,
    table: Ints,
    origins: Places,
    durations_s: Ints,
) -> None:
    """Seconds, rounded up, from every origin to every node.

    The table has room for ``LANES`` durations of each state, and is kept between calls because fresh memory costs more
    time than the sweep.
    """
    used_in = np.full(table.shape[0], -1, np.int32)
    access = np.zeros(LANES, np.int32)
    soonest = np.empty(LANES, np.int32)
    for batch in range((origins.edge.size + LANES - 1) // LANES):
        first = batch * LANES
        lanes = min(LANES, origins.edge.size - first)
        for lane in range(lanes):
            access[lane] = access_cost(origins.distance_m[first + lane]) // HUNDREDTH_S + 99
            put_origin(
                roads, lists, work, whole(origins.edge[first + lane]), origins.fraction[first + lane], NO_GOAL, 0.0
            )
            fill_lane_with_durations(work, lists, table, used_in, batch, lane)
        sweep_durations(descents, table, used_in, batch)
        for node in range(roads.in_offset.size - 1):
            for lane in range(LANES):
                soonest[lane] = NEVER
            for i in range(roads.in_offset[node], roads.in_offset[node + 1]):
                state = roads.in_edges[i]
                while state >= 0:
                    row = table[roads.rank_of[state]]
                    for lane in range(LANES):
                        if row[lane] < soonest[lane]:  # noqa: PLR1730 - as in sweep
                            soonest[lane] = row[lane]
                    state = roads.next_copy[state]
            for lane in range(lanes):
                seconds = np.uint32(soonest[lane] + access[lane]) // np.uint32(100)
                durations_s[first + lane, node] = seconds if soonest[lane] < NEVER else UNREACHABLE_S
        for lane in range(lanes):
            node = node_at(roads, whole(origins.edge[first + lane]), origins.fraction[first + lane])
            if node >= 0:
                durations_s[first + lane, node] = access[lane] // 100
