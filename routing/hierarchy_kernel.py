"""Compiled: contracting a graph state by state.

Of ``n`` states, list ``s`` holds the arcs that leave state ``s``, and list ``n + s`` those that enter it. All lists lie
in one pool of rows ``end, cost, middle, hops``: list ``l`` in the rows ``start[l]`` up to ``start[l] + count[l]``, with
room for ``room[l]``; a list that is full moves to the end of the pool. A contracted state is taken out of the lists of
its neighbours, its own two lists stay: what they then hold are the arcs that lead up and the arcs that come down.
"""

from typing import cast

import numpy as np

from routing.compiled import compiled, compiled_loop
from routing.graph import Ints, LongInts
from routing.hierarchy_heap_kernel import ABSENT
from routing.hierarchy_ways_round_kernel import (
    COST,
    END,
    FAR,
    HOPS,
    ONE_HOP,
    PATIENCE,
    is_near,
    look_around,
    look_away,
    shortcuts,
)
from routing.whole_kernel import whole

_MIDDLE = 2

# Typed, because for plain constants the compiler would compile whatever they are passed to once more.
_NO_MIDDLE = cast("int", np.int64(-1))


@compiled_loop
def _put(
    number: int,
    end: int,
    cost: int,
    middle: int,
    hops: int,
    start: Ints,
    count: Ints,
    room: Ints,
    pool: LongInts,
    used: int,
) -> int:
    """Add an arc to a list, or make the one to the same end cheaper; returns how much of the pool is in use."""
    first = start[number]
    for row in range(first, first + count[number]):
        if pool[row, END] == end:
            if cost < pool[row, COST]:
                pool[row, COST], pool[row, _MIDDLE], pool[row, HOPS] = cost, middle, hops
            return used
    if count[number] == room[number]:
        for i in range(count[number]):
            for column in range(4):
                pool[used + i, column] = pool[first + i, column]
        start[number] = used
        room[number] = 2 * room[number] + 2
        used += room[number]
    row = start[number] + count[number]
    pool[row, END], pool[row, COST], pool[row, _MIDDLE], pool[row, HOPS] = end, cost, middle, hops
    count[number] += 1
    return used


@compiled_loop
def _take_out(number: int, end: int, start: Ints, count: Ints, pool: LongInts) -> None:
    """Remove the arc to an end from a list."""
    last = start[number] + count[number] - 1
    for row in range(start[number], last + 1):
        if pool[row, END] == end:
            for column in range(4):
                pool[row, column] = pool[last, column]
            count[number] -= 1
            return


@compiled_loop
def _priority(state: int, level: int, start: Ints, count: Ints, pool: LongInts, near: LongInts) -> int:
    """How late a state should be contracted: the deeper what lies below it and the more arcs it adds, the later."""
    states = near.size
    first, last = start[state], start[state] + count[state]
    came_first, came_last = start[states + state], start[states + state] + count[states + state]
    added = hops = removed_hops = 0
    for row in range(first, last):
        removed_hops += pool[row, HOPS]
    for came in range(came_first, came_last):
        removed_hops += pool[came, HOPS]
        tail = pool[came, END]
        look_around(tail, state, start, count, pool, near)
        for row in range(first, last):
            head = pool[row, END]
            cost = pool[came, COST] + pool[row, COST]
            if head != tail and not is_near(head, cost, start, count, pool, near):
                added += 1
                hops += pool[came, HOPS] + pool[row, HOPS]
        look_away(tail, start, count, pool, near)
    removed = last - first + came_last - came_first
    return int(500 * level + 2000 * added // max(removed, 1) + 1000 * hops // max(removed_hops, 1))


@compiled_loop
def _comes_first(state: int, keys: LongInts, start: Ints, count: Ints, pool: LongInts) -> bool:
    """Whether a state is to be contracted before all its neighbours."""
    states = keys.size
    key = keys[state]
    for number in range(state, 2 * states, states):
        for row in range(start[number], start[number] + count[number]):
            other = pool[row, END]
            if keys[other] < key or (keys[other] == key and other < state):
                return False
    return True


@compiled
def contract(offset: Ints, heads: Ints, costs: LongInts, order: Ints) -> tuple[Ints, Ints, Ints, LongInts, Ints]:
    """Contract all states.

    Parameters
    ----------
    offset, heads, costs
        The arcs of the graph: those of state ``s`` at ``offset[s]`` up to ``offset[s + 1]``.
    order
        States in the order of contraction, or empty: then an order is found.

    Returns
    -------
    The level of each state (an arc never joins states of one level); and of all ``2 n`` lists the offsets, ends, costs
    and middle states (-1 where an arc is one of the graph). List ``s``: arcs from ``s`` to states contracted later;
    list ``n + s``: arcs to ``s`` from such.
    """
    states = offset.size - 1
    start, count, room = np.zeros(2 * states, np.int32), np.zeros(2 * states, np.int32), np.ones(2 * states, np.int32)
    for state in range(states):
        room[state] += offset[state + 1] - offset[state]
        for arc in range(offset[state], offset[state + 1]):
            room[states + heads[arc]] += 1
    used = _NO_MIDDLE + 1
    for number in range(2 * states):
        start[number] = used
        used += room[number]
    pool = np.empty((2 * used + 64, 4), np.int64)
    for state in range(states):
        for arc in range(offset[state], offset[state + 1]):
            head, cost = whole(heads[arc]), costs[arc]
            if head != state:
                used = _put(state, head, cost, _NO_MIDDLE, ONE_HOP, start, count, room, pool, used)
                used = _put(states + head, state, cost, _NO_MIDDLE, ONE_HOP, start, count, room, pool, used)
    distance, position = np.full(states, FAR, np.int64), np.full(states, ABSENT, np.int32)
    heap, touched, is_target = np.empty(states, np.int32), np.empty(states, np.int32), np.zeros(states, np.int32)
    found = np.empty((64, 4), np.int64)
    level, keys, is_stale = np.zeros(states, np.int32), np.zeros(states, np.int64), np.ones(states, np.bool_)
    is_given = order.size == states
    remaining = order.copy() if is_given else np.arange(states).astype(np.int32)
    chosen = order.copy() if is_given else np.empty(states, np.int32)
    left = states
    while left > 0:
        # One round: estimate anew what has got new neighbours, then contract whatever comes before all its neighbours.
        taken = left if is_given else 0
        for i in range(0 if is_given else left):
            state = whole(remaining[i])
            if is_stale[state]:
                is_stale[state] = False
                keys[state] = _priority(state, level[state], start, count, pool, distance)
        kept = 0
        for i in range(0 if is_given else left):
            state = whole(remaining[i])
            if _comes_first(state, keys, start, count, pool):
                chosen[taken] = state
                taken += 1
            else:
                remaining[kept] = state
                kept += 1
        for i in range(taken):
            state = whole(chosen[i])
            if count[state] * count[states + state] > found.shape[0]:
                found = np.empty((2 * count[state] * count[states + state], 4), np.int64)
            added = shortcuts(state, PATIENCE, start, count, pool, distance, position, heap, touched, is_target, found)
            for number in range(state, 2 * states, states):
                for row in range(start[number], start[number] + count[number]):
                    other = pool[row, END]
                    _take_out(other if number >= states else states + other, state, start, count, pool)
                    level[other] = max(level[other], level[state] + 1)
                    is_stale[other] = True
            for j in range(added):
                tail, head = found[j, 0], found[j, 1]
                most = 2 * (room[tail] + room[states + head]) + 8
                if used + most > pool.shape[0]:
                    longer = np.empty((pool.shape[0] * 3 // 2 + most, 4), np.int64)
                    longer[:used] = pool[:used]
                    pool = longer
                used = _put(tail, head, found[j, 2], state, found[j, 3], start, count, room, pool, used)
                used = _put(states + head, tail, found[j, 2], state, found[j, 3], start, count, room, pool, used)
        left -= taken
    new_offset = np.zeros(2 * states + 1, np.int32)
    for number in range(2 * states):
        new_offset[number + 1] = new_offset[number] + count[number]
    size = new_offset[2 * states]
    ends, new_costs, middles = np.empty(size, np.int32), np.empty(size, np.int64), np.empty(size, np.int32)
    for number in range(2 * states):
        for i in range(count[number]):
            row = start[number] + i
            arc = new_offset[number] + i
            ends[arc], new_costs[arc], middles[arc] = pool[row, END], pool[row, COST], pool[row, _MIDDLE]
    return level, new_offset, ends, new_costs, middles


@compiled
def renumber(
    state_of: Ints, offset: Ints, ends: Ints, costs: LongInts, middles: Ints
) -> tuple[Ints, Ints, Ints, LongInts, Ints]:
    """The same lists with states numbered anew, each list in the order of its ends.

    Parameters
    ----------
    state_of
        For each new number the old one.

    Returns
    -------
    New numbers by old ones, offsets, ends, costs, middles.
    """
    states = state_of.size
    rank_of = np.empty(states, np.int32)
    for rank in range(states):
        rank_of[state_of[rank]] = rank
    new_offset = np.zeros(2 * states + 1, np.int32)
    new_ends, new_costs, new_middles = (
        np.empty(ends.size, np.int32),
        np.empty(ends.size, np.int64),
        np.empty(ends.size, np.int32),
    )
    arc = 0
    for number in range(2 * states):
        old = state_of[number] if number < states else states + state_of[number - states]
        begin = arc
        for row in range(offset[old], offset[old + 1]):
            end = rank_of[ends[row]]
            place = arc
            while place > begin and new_ends[place - 1] > end:
                new_ends[place], new_costs[place] = new_ends[place - 1], new_costs[place - 1]
                new_middles[place] = new_middles[place - 1]
                place -= 1
            new_ends[place], new_costs[place] = end, costs[row]
            new_middles[place] = rank_of[middles[row]] if middles[row] >= 0 else -1
            arc += 1
        new_offset[number + 1] = arc
    return rank_of, new_offset, new_ends, new_costs, new_middles
