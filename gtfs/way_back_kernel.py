"""Compiled: a look back from the goal before a search tells where it can help to board and to alight.

Most of what a search by rounds [1]_ does lies in its last rounds, and most of that leads away from the goal. A walk
back from the goal that knows no times, only who calls where, tells how many vehicles one needs at least from a stop,
and how far it can help to ride a pattern with so many more vehicles to come. (Trips of a pattern share their stops, so
this is done per pattern; it is a small part of the search.) Nothing that could be part of a way is left out.

References
----------
.. [1] D. Delling, T. Pajor, R. F. Werneck: Round-Based Public Transit Routing. Transportation Science 49 (2015).
"""

# mypy: disable-error-code="assignment, no-any-return, return-value"
# (to compiled loops NumPy's and Python's numbers are the same)
# ruff: noqa: C901, PLR0912
# (splitting compiled loops costs what they are written for)

import numpy as np
from numpy.typing import NDArray

from gtfs.patterns_kernel import Patterns
from gtfs.search_tables_kernel import ENDS, LEG_STOP, NOWHERE, Backs, Changes, Desk, Limits
from routing.compiled import compiled_loop

LOOK_BACK = 3
"""So many vehicles before the goal are looked at; farther back nearly everything is of use."""


@compiled_loop
def look_back(patterns: Patterns, backs: Backs, limits: Limits, desk: Desk) -> None:
    """Write ``last_use``, ``rides_from`` and ``rides_after`` of the desk for its ends."""
    depth = min(limits.max_rides, LOOK_BACK) if desk.counts[ENDS] else 0
    # From a stop this does not come past, one needs as many vehicles or more.
    desk.rides_from[:] = depth
    desk.rides_after[:] = depth
    desk.last_use[depth : limits.max_rides] = NOWHERE
    stop_count, next_stop = 0, 0
    for e in range(desk.counts[ENDS]):
        stop = desk.ends[e, LEG_STOP]
        if desk.rides_after[stop]:
            desk.rides_after[stop] = 0
            desk.stops[stop_count] = stop
            stop_count += 1
    for left in range(depth):
        last_use = desk.last_use[left]
        for pattern in range(last_use.size):
            last_use[pattern] = desk.last_use[left - 1, pattern] if left else 0
        count = 0
        while next_stop < stop_count:
            stop = desk.stops[next_stop]
            next_stop += 1
            for a in range(backs.first_alighting[stop], backs.first_alighting[stop + 1]):
                pattern, position = backs.alightings[a, 0], backs.alightings[a, 1]
                if position > last_use[pattern]:
                    if last_use[pattern] == (desk.last_use[left - 1, pattern] if left else 0):
                        desk.patterns[count] = pattern
                        count += 1
                    last_use[pattern] = position
        count = _seat(patterns, backs, desk, left, count)
        if left + 1 == depth:
            break
        for k in range(count):
            pattern = desk.patterns[k]
            at = patterns.first_position[pattern]
            begin = desk.last_use[left - 1, pattern] if left else 0
            for position in range(begin, last_use[pattern]):
                stop = patterns.stop[at + position]
                if not patterns.can_board[at + position] or desk.rides_from[stop] < depth:
                    continue
                desk.rides_from[stop] = left + 1
                for o in range(backs.first_origin[stop], backs.first_origin[stop + 1]):
                    origin = backs.origin[o]
                    if desk.rides_after[origin] == depth:
                        desk.rides_after[origin] = left + 1
                        desk.stops[stop_count] = origin
                        stop_count += 1


@compiled_loop
def _seat(patterns: Patterns, backs: Backs, desk: Desk, left: int, count: int) -> int:
    """Let whoever can stay seated ride to the end; returns how many patterns are of more use than with less left."""
    last_use = desk.last_use[left]
    is_news = backs.seated.shape[0] > 0
    while is_news:
        is_news = False
        for s in range(backs.seated.shape[0]):
            pattern, onward = backs.seated[s, 0], backs.seated[s, 1]
            last = patterns.first_position[pattern + 1] - patterns.first_position[pattern] - 1
            if last_use[onward] > 0 and last_use[pattern] < last:
                if last_use[pattern] == (desk.last_use[left - 1, pattern] if left else 0):
                    desk.patterns[count] = pattern
                    count += 1
                last_use[pattern] = last
                is_news = True
    return count


@compiled_loop
def count_alightings(patterns: Patterns, first: NDArray[np.int32]) -> int:
    """Count for every stop where one can alight from what; returns how many alightings there are."""
    first[:] = 0
    for p in range(patterns.first_position.size - 1):
        for at in range(patterns.first_position[p] + 1, patterns.first_position[p + 1]):
            if patterns.can_alight[at]:
                first[patterns.stop[at] + 1] += 1
    for s in range(1, first.size):
        first[s] += first[s - 1]
    return first[first.size - 1]


@compiled_loop
def write_alightings(patterns: Patterns, free: NDArray[np.int32], alightings: NDArray[np.int32]) -> None:
    """Write the alightings; ``free`` is a copy of where those of each stop begin."""
    for p in range(patterns.first_position.size - 1):
        begin = patterns.first_position[p]
        for at in range(begin + 1, patterns.first_position[p + 1]):
            if patterns.can_alight[at]:
                stop = patterns.stop[at]
                alightings[free[stop], 0] = p
                alightings[free[stop], 1] = at - begin
                free[stop] += 1


@compiled_loop
def write_origins(
    changes: Changes, free: NDArray[np.int64], first_origin: NDArray[np.int64], origin: NDArray[np.int32]
) -> None:
    """Write for every stop the stops one can come from to change there.

    Parameters
    ----------
    free
        Room for one number per stop.
    """
    stop_count = first_origin.size - 1
    first_origin[:] = 0
    for s in range(stop_count):
        for c in range(changes.first[s], changes.first[s + 1]):
            first_origin[changes.stop[c] + 1] += 1
        for c in range(changes.first_special[s], changes.first_special[s + 1]):
            first_origin[changes.special_stop[c] + 1] += 1
    for s in range(stop_count):
        first_origin[s + 1] += first_origin[s]
        free[s] = first_origin[s]
    for s in range(stop_count):
        for c in range(changes.first[s], changes.first[s + 1]):
            to = changes.stop[c]
            origin[free[to]] = s
            free[to] += 1
        for c in range(changes.first_special[s], changes.first_special[s + 1]):
            to = changes.special_stop[c]
            origin[free[to]] = s
            free[to] += 1
