"""Compiled: searches in a hierarchy, which only lead up, and the edges of the graph behind what they find.

Directions: 0 searches from the beginning along arcs that lead up, 1 from the end along arcs that come down. In
direction ``d`` a state's arcs are those of list ``d * n + state``. Above a state lie only some hundred others, and arcs
never stay on a level: taken level by level, each is complete when its turn comes. That needs no queue, and is several
times faster than Dijkstra's order with its checks for states reached too late.
"""

from typing import NamedTuple, cast

import numpy as np

from routing.compiled import compiled, compiled_loop
from routing.costs import MOST, NO_WAY
from routing.graph import Ints, LongInts
from routing.whole_kernel import whole

_NONE = -1

# Typed, because for plain constants the compiler would compile whatever they are passed to once more.
BEGIN = cast("int", np.int64(0))
END = cast("int", np.int64(1))
NOTHING = cast("int", np.int64(0))


class Lists(NamedTuple):
    """The arcs of a hierarchy of ``n`` states, numbered by rank: 0 is at the top.

    Parameters
    ----------
    level
        Of each state; the lowest is 0.
    offset
        ``2 n + 1`` positions: list ``s`` holds the arcs from ``s`` up, list ``n + s`` those that come down to ``s``.
    ends, costs, middles
        The other state of each arc, its cost, and the state it passes over (-1: an arc of the graph).
    """

    level: Ints
    offset: Ints
    ends: Ints
    costs: LongInts
    middles: Ints


class Workspace(NamedTuple):
    """Room for one search at a time, by direction and rank; between searches all is as it was at first.

    Parameters
    ----------
    distance
        ``NO_WAY`` where nothing was reached.
    came_from, came_by
        The state and the arc before (-1: a beginning), once :func:`trace` has found them.
    waiting, next_waiting
        For each level the first state whose turn will come, and for each state the next.
    touched, size
        The states that were reached, and how many.
    doors
        Room for the first states of the top that were reached.
    """

    distance: LongInts
    came_from: Ints
    came_by: Ints
    waiting: Ints
    next_waiting: Ints
    touched: Ints
    size: Ints
    doors: Ints


@compiled_loop
def put(work: Workspace, lists: Lists, direction: int, state: int, cost: int) -> None:
    """Let a search begin at a state too, unless it does so at less cost."""
    if work.distance[direction, state] == NO_WAY:
        work.touched[direction, work.size[direction]] = state
        work.size[direction] += 1
        work.next_waiting[direction, state] = work.waiting[direction, lists.level[state]]
        work.waiting[direction, lists.level[state]] = state
    work.distance[direction, state] = min(work.distance[direction, state], cost)


@compiled_loop
def climb(work: Workspace, lists: Lists, direction: int, top: int) -> None:
    """Complete the costs of everything above the states that were put in; no farther than to the ``top`` highest."""
    distance = work.distance[direction]
    waiting, next_waiting, touched = work.waiting[direction], work.next_waiting[direction], work.touched[direction]
    level, offset, ends, costs = lists.level, lists.offset, lists.ends, lists.costs
    count = work.size[direction]
    first_list = direction * distance.size
    if count == 0:
        return
    lowest = level[touched[0]]
    for i in range(count):
        lowest = min(lowest, level[touched[i]])
    for height in range(lowest, waiting.size):
        state = waiting[height]
        waiting[height] = _NONE
        while state != _NONE:
            here = distance[state]
            last = offset[first_list + state + 1] if state >= top else offset[first_list + state]
            for arc in range(offset[first_list + state], last):
                end = ends[arc]
                before = distance[end]
                if before == NO_WAY:
                    touched[count] = end
                    count += 1
                    if end >= top:
                        next_waiting[end] = waiting[level[end]]
                        waiting[level[end]] = end
                # Not "if smaller": nobody, and no processor, can guess which it will be.
                distance[end] = min(before, here + costs[arc])
            state = next_waiting[state]
    work.size[direction] = count


@compiled_loop
def trace(work: Workspace, lists: Lists, direction: int) -> None:
    """Find out how each state was reached. Searches that only ask for the cost do without."""
    first_list = direction * work.distance.shape[1]
    for i in range(work.size[direction]):
        work.came_from[direction, work.touched[direction, i]] = _NONE
    for i in range(work.size[direction]):
        state = work.touched[direction, i]
        here = work.distance[direction, state]
        for arc in range(lists.offset[first_list + state], lists.offset[first_list + state + 1]):
            end = lists.ends[arc]
            if here + lists.costs[arc] == work.distance[direction, end]:
                work.came_from[direction, end] = state
                work.came_by[direction, end] = arc


@compiled_loop
def clear(work: Workspace, direction: int) -> None:
    """Make room for the next search."""
    for i in range(work.size[direction]):
        work.distance[direction, work.touched[direction, i]] = NO_WAY
    work.size[direction] = 0


@compiled_loop
def meet(work: Workspace, lists: Lists) -> tuple[int, int]:
    """The cost of the best way between what was put in in both directions, and the highest state on it, or -1.

    The caller clears.
    """
    climb(work, lists, BEGIN, NOTHING)
    climb(work, lists, END, NOTHING)
    best = MOST  # an end may cost less than nothing, and no way is then a little less than NO_WAY
    where = _NONE
    for i in range(work.size[1]):
        state = work.touched[1, i]
        cost = work.distance[0, state] + work.distance[1, state]
        if cost < best:
            best = cost
            where = state
    return (best if where != _NONE else NO_WAY), where


@compiled_loop
def _find_arc(lists: Lists, number: int, end: int) -> int:
    for arc in range(lists.offset[number], lists.offset[number + 1]):
        if lists.ends[arc] == end:
            return arc
    return -1


@compiled
def _unpack(lists: Lists, tail: int, head: int, arc: int, way: Ints, size: int) -> tuple[Ints, int]:
    """Append the states after ``tail`` up to ``head`` that an arc stands for."""
    states = (lists.offset.size - 1) // 2
    stack = [(tail, head, arc)]
    while len(stack) > 0:
        tail, head, arc = stack.pop()
        middle = whole(lists.middles[arc])
        if middle >= 0:
            stack.append((middle, head, _find_arc(lists, middle, head)))
            stack.append((tail, middle, _find_arc(lists, states + middle, tail)))
            continue
        if size == way.size:
            longer = np.empty(2 * size, np.int32)
            longer[:size] = way
            way = longer
        way[size] = head
        size += 1
    return way, size


@compiled
def unpack_way(work: Workspace, lists: Lists, where: int) -> Ints:
    """All states of a way past the state where the two directions met, from its beginning to its end."""
    trace(work, lists, BEGIN)
    trace(work, lists, END)
    chain = [where]
    while work.came_from[BEGIN, chain[-1]] != _NONE:
        chain.append(whole(work.came_from[BEGIN, chain[-1]]))
    way = np.empty(256, np.int32)
    way[0] = chain[-1]
    size = NOTHING + 1
    for i in range(len(chain) - 1, 0, -1):
        head = chain[i - 1]
        way, size = _unpack(lists, chain[i], head, whole(work.came_by[BEGIN, head]), way, size)
    here = where
    while work.came_from[END, here] != _NONE:
        head = whole(work.came_from[END, here])
        way, size = _unpack(lists, here, head, whole(work.came_by[END, here]), way, size)
        here = head
    return way[:size].copy()
