"""Compiled: from many beginnings to many states at once.

From each beginning one search leads up; then one sweep through the states from the top down, each looking at the arcs
that come down to it, completes the costs of all of them (PHAST [1]_), of ``LANES`` beginnings at a time. Where only
some states are asked for, the sweep passes only those above them (RPHAST [2]_).

.. [1] D. Delling, A. V. Goldberg, A. Nowatzyk, R. F. Werneck (2011): PHAST: Hardware-accelerated shortest path trees.
   IPDPS 2011, 921-931.
.. [2] D. Delling, A. V. Goldberg, R. F. Werneck (2011): Faster batched shortest paths in road networks. ATMOS 2011,
   52-63.
"""

from typing import NamedTuple

import numpy as np

from routing.compiled import compiled, compiled_loop
from routing.costs import HUNDREDTH_S, NO_WAY
from routing.graph import Ints, LongInts
from routing.hierarchy_search_kernel import BEGIN, NOTHING, Lists, Workspace, clear, climb

LANES = 64
"""Of fewer, known when compiling, the compiler makes single steps instead of vectors: 16 took longer than 64 do."""

NEVER = 2**30
"""Hundredths of a second, four months: to where no way leads it is that or more, and far from overflowing 32 bits."""


class Selection(NamedTuple):
    """States that a sweep passes, from the top down, and the arcs that come down to them.

    Parameters
    ----------
    index_of
        For each rank its place in the selection, or -1.
    offset, ends, costs
        The arcs that come down to place ``i``: from places ``ends``, at ``offset[i]`` up to ``offset[i + 1]``.
    """

    index_of: Ints
    offset: Ints
    ends: Ints
    costs: LongInts


class Descents(NamedTuple):
    """What comes down to each state, with durations only: half as long, twice as fast.

    Parameters
    ----------
    offset, ends, durations
        The arcs that come down to rank ``r``, in hundredths of a second.
    """

    offset: Ints
    ends: Ints
    durations: Ints


@compiled
def select(lists: Lists, wanted: Ints) -> Selection:
    """Everything above some states (given by rank, in any order, also several times)."""
    states = (lists.offset.size - 1) // 2
    index_of = np.full(states, -1, np.int32)
    stack = np.empty(states, np.int32)
    arcs = 0
    for first in wanted:
        if index_of[first] != -1:
            continue
        index_of[first] = 0
        stack[0] = first
        size = 1
        while size > 0:
            size -= 1
            number = states + stack[size]
            arcs += lists.offset[number + 1] - lists.offset[number]
            for arc in range(lists.offset[number], lists.offset[number + 1]):
                end = lists.ends[arc]
                if index_of[end] == -1:
                    index_of[end] = 0
                    stack[size] = end
                    size += 1
    count = 0
    for rank in range(states):
        if index_of[rank] == 0:
            index_of[rank] = count
            stack[count] = rank
            count += 1
    offset, ends, costs = np.zeros(count + 1, np.int32), np.empty(arcs, np.int32), np.empty(arcs, np.int64)
    arcs = 0
    for i in range(count):
        number = states + stack[i]
        for arc in range(lists.offset[number], lists.offset[number + 1]):
            ends[arcs] = index_of[lists.ends[arc]]
            costs[arcs] = lists.costs[arc]
            arcs += 1
        offset[i + 1] = arcs
    return Selection(index_of, offset, ends, costs)


@compiled_loop
def fill_lane(
    work: Workspace, lists: Lists, selection: Selection, table: LongInts, used_in: Ints, batch: int, lane: int
) -> None:
    """Search up from the beginnings put into direction 0, and write what is reached into a column of the table.

    ``used_in`` tells for each row of the table the last batch that wrote to it.
    """
    climb(work, lists, BEGIN, NOTHING)
    for position in range(work.size[0]):
        state = work.touched[0, position]
        i = selection.index_of[state]
        if i < 0:
            continue
        if used_in[i] != batch:
            used_in[i] = batch
            for other in range(LANES):
                table[i, other] = NO_WAY
        table[i, lane] = work.distance[0, state]
    clear(work, BEGIN)


@compiled_loop
def sweep(selection: Selection, table: LongInts, used_in: Ints, batch: int) -> None:
    """Complete all columns of the table, from the top down."""
    for i in range(selection.offset.size - 1):
        row = table[i]
        if used_in[i] != batch:
            for lane in range(LANES):
                row[lane] = NO_WAY
        for arc in range(selection.offset[i], selection.offset[i + 1]):
            above, cost = table[selection.ends[arc]], selection.costs[arc]
            for lane in range(LANES):
                through = above[lane] + cost
                row[lane] = min(row[lane], through)


@compiled_loop
def fill_lane_with_durations(work: Workspace, lists: Lists, table: Ints, used_in: Ints, batch: int, lane: int) -> None:
    """As :func:`fill_lane`, for a table of durations of all ranks."""
    climb(work, lists, BEGIN, NOTHING)
    for position in range(work.size[0]):
        state = work.touched[0, position]
        if used_in[state] != batch:
            used_in[state] = batch
            for other in range(LANES):
                table[state, other] = NEVER
        table[state, lane] = work.distance[0, state] // HUNDREDTH_S
    clear(work, BEGIN)


@compiled_loop
def sweep_durations(descents: Descents, table: Ints, used_in: Ints, batch: int) -> None:
    """As :func:`sweep`, for all ranks. What was not reached from below begins with the first arc, whatever it costs."""
    for rank in range(descents.offset.size - 1):
        row = table[rank]
        first, last = descents.offset[rank], descents.offset[rank + 1]
        if used_in[rank] != batch:
            if first == last:
                for lane in range(LANES):
                    row[lane] = NEVER
                continue
            above, duration = table[descents.ends[first]], descents.durations[first]
            for lane in range(LANES):
                row[lane] = above[lane] + duration
            first += 1
        for arc in range(first, last):
            above, duration = table[descents.ends[arc]], descents.durations[arc]
            for lane in range(LANES):
                through = np.int32(above[lane] + duration)
                row[lane] = min(row[lane], through)
