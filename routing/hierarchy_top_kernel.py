"""Compiled: costs past the top of a hierarchy, looked up in a table.

Nearly all arcs that a search passes join the highest states of all, and every search passes much the same ones. Costs
between these states are therefore known beforehand [1]_: a search only climbs to its *doors*, the first states of the
top that it reaches, and what lies between two doors is one number in a table.

.. [1] P. Sanders, D. Schultes (2006): Engineering highway hierarchies. ESA 2006, 804-816 (distance tables).
"""

import numpy as np

from routing.compiled import compiled, compiled_loop
from routing.costs import MOST, NO_WAY
from routing.graph import LongInts
from routing.hierarchy_search_kernel import BEGIN, END, NOTHING, Lists, Workspace, climb
from routing.whole_kernel import whole

TOP = 1536
"""How many states the table covers: 18 MB, filled within 100 ms."""


@compiled
def costs_within_top(lists: Lists, top: int) -> LongInts:
    """Costs from each of the highest states to each of them.

    State by state from the top down: whoever leaves a state for a higher one, or comes from there, passes one of its
    own arcs first or last.
    """
    states = (lists.offset.size - 1) // 2
    table = np.full((2, top, top), NO_WAY, np.int64)  # [0, a, b] and [1, b, a] are from a to b
    for state in range(top):
        for direction in range(2):
            row = table[direction, state]
            number = direction * states + state
            for arc in range(lists.offset[number], lists.offset[number + 1]):
                cost = lists.costs[arc]
                further = table[direction, lists.ends[arc]]
                for other in range(state):
                    through = further[other] + cost
                    if through < row[other]:  # noqa: PLR1730 - min() keeps the compiler from using vectors
                        row[other] = through
        for direction in range(2):
            table[direction, state, state] = 0
            for other in range(state):
                table[1 - direction, other, state] = table[direction, state, other]
    costs: LongInts = table[0].copy()
    return costs


@compiled_loop
def _find_doors(work: Workspace, lists: Lists, direction: int, top: int) -> int:
    """Note the doors of a search; returns how many. Those reached cheaper by a detour over another one are left out."""
    states = (lists.offset.size - 1) // 2
    distance, touched, doors = work.distance[direction], work.touched[direction], work.doors[direction]
    found = NOTHING
    for i in range(work.size[direction]):
        door = touched[i]
        if door >= top:
            continue
        here = distance[door]
        number = (1 - direction) * states + door
        is_detour = False
        for arc in range(lists.offset[number], lists.offset[number + 1]):
            is_detour |= distance[lists.ends[arc]] + lists.costs[arc] < here
        if not is_detour:
            doors[found] = door
            found += 1
    return found


@compiled_loop
def least_cost(work: Workspace, lists: Lists, top: LongInts) -> int:
    """The cost of the best way between what was put in in both directions. The caller clears."""
    size = whole(top.shape[0])
    climb(work, lists, BEGIN, size)
    climb(work, lists, END, size)
    doors, goal_doors = _find_doors(work, lists, BEGIN, size), _find_doors(work, lists, END, size)
    distance, goal_distance = work.distance[0], work.distance[1]
    best = MOST  # an end may cost less than nothing, and no way is then a little less than NO_WAY
    for i in range(work.size[1]):
        state = work.touched[1, i]
        best = min(best, distance[state] + goal_distance[state])
    for i in range(doors):
        row, here = top[work.doors[0, i]], distance[work.doors[0, i]]
        for j in range(goal_doors):
            goal = work.doors[1, j]
            best = min(best, here + row[goal] + goal_distance[goal])
    return best if best < MOST else NO_WAY
