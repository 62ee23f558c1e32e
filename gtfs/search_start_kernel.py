"""Compiled: a search is prepared: labels cleared, walks next to end legs written out, first vehicles listed."""

# mypy: disable-error-code="assignment, no-any-return, return-value"
# (to compiled loops NumPy's and Python's numbers are the same)
# ruff: noqa: PLR0913, PLR0917
# (compiled loops take arrays, not objects)

import numpy as np
from numpy.typing import NDArray

from gtfs.patterns_kernel import Patterns
from gtfs.search_tables_kernel import (
    BOARD_BEGIN_S,
    BOARD_KEY,
    BOARD_POSITION,
    BOARD_TRIP,
    BOARDS,
    ENDS,
    IS_FULL,
    LEG_DURATION_S,
    LEG_EARLIEST_S,
    LEG_KEY,
    LEG_LATEST_S,
    LEG_STOP,
    LEG_WALK_S,
    LEG_WIDTH,
    NEVER,
    NOWHERE,
    STARTS,
    Allowed,
    Backs,
    Desk,
    Limits,
    first_not_before,
)
from gtfs.way_back_kernel import look_back
from routing.compiled import compiled_loop


@compiled_loop
def prepare(
    patterns: Patterns,
    allowed: Allowed,
    backs: Backs,
    walk_first: NDArray[np.int64],
    walk_stop: NDArray[np.int32],
    walk_s: NDArray[np.int32],
    start_legs: NDArray[np.int64],
    end_legs: NDArray[np.int64],
    limits: Limits,
    desk: Desk,
) -> bool:
    """Make the desk ready for a search; ``False`` when there is no room on it.

    Parameters
    ----------
    walk_first, walk_stop, walk_s
        The walks from stop ``s`` are ``walk_first[s]:walk_first[s + 1]``.
    start_legs, end_legs
        Rows of ``LEG_WIDTH``, with 1 in place of the walk where there may be one next to the leg.
    """
    desk.counts[:] = 0
    desk.counts[STARTS] = _write_out(walk_first, walk_stop, walk_s, start_legs, desk.starts)
    desk.counts[ENDS] = _write_out(walk_first, walk_stop, walk_s, end_legs, desk.ends)
    if desk.counts[STARTS] > desk.starts.shape[0] or desk.counts[ENDS] > desk.ends.shape[0]:
        desk.counts[IS_FULL] = 1
        return False
    look_back(patterns, backs, limits, desk)
    if limits.is_first:
        count = _list_first_boards(patterns, allowed, limits, desk)
    else:
        count = _list_boards(patterns, allowed, limits, desk)
    desk.counts[BOARDS] = count
    if count > desk.boards.shape[0]:
        desk.counts[IS_FULL] = 1
        return False
    rows = limits.layers * limits.label_rounds
    desk.arrival[:rows] = NEVER
    desk.ready[:rows] = NEVER
    desk.boarded[:rows] = NOWHERE
    desk.earliest_trip[:rows] = NEVER
    desk.earliest_at[:rows] = NOWHERE
    desk.best_end[:] = NEVER
    for e in range(desk.counts[ENDS] - 1, -1, -1):
        stop = desk.ends[e, LEG_STOP]
        desk.next_exit[e] = desk.first_exit[stop]
        desk.first_exit[stop] = e
    return True


@compiled_loop
def _write_out(
    walk_first: NDArray[np.int64],
    walk_stop: NDArray[np.int32],
    walk_s: NDArray[np.int32],
    legs: NDArray[np.int64],
    table: NDArray[np.int64],
) -> int:
    """Write legs and walks next to them into a table; returns how many there are, though there be no room."""
    count, room = 0, table.shape[0]
    for i in range(legs.shape[0]):
        if count < room:
            for column in range(LEG_WIDTH):
                table[count, column] = legs[i, column]
            table[count, LEG_WALK_S] = 0
        count += 1
        if not legs[i, LEG_WALK_S]:
            continue
        for w in range(walk_first[legs[i, LEG_STOP]], walk_first[legs[i, LEG_STOP] + 1]):
            if count < room:
                for column in range(LEG_WIDTH):
                    table[count, column] = legs[i, column]
                table[count, LEG_STOP] = walk_stop[w]
                table[count, LEG_WALK_S] = walk_s[w]
            count += 1
    return count


@compiled_loop
def _list_boards(patterns: Patterns, allowed: Allowed, limits: Limits, desk: Desk) -> int:
    """Write the first vehicles one can take; returns how many there are, though there be no room."""
    count, room = 0, desk.boards.shape[0]
    last_use = desk.last_use[limits.max_rides - 1]
    for s in range(desk.counts[STARTS]):
        start = desk.starts[s]
        first_s = max(start[LEG_EARLIEST_S], limits.from_s)
        last_s = min(start[LEG_LATEST_S], limits.to_s)
        stop = start[LEG_STOP]
        if first_s > last_s or not allowed.stop[stop]:
            continue
        lead_s = start[LEG_DURATION_S] + start[LEG_WALK_S]
        for b in range(patterns.first_boarding[stop], patterns.first_boarding[stop + 1]):
            boarding = patterns.boardings[b]
            if last_use[boarding[0]] <= boarding[1]:
                continue
            begin, trip_shift = boarding[2], boarding[4] - boarding[2]
            after = begin + boarding[3]
            i = first_not_before(patterns.departures, begin, after, first_s + lead_s)
            while i < after:
                departure_s = patterns.departures[i]
                is_late = departure_s > last_s + lead_s
                if is_late and start[LEG_LATEST_S] > limits.to_s:
                    break
                if allowed.trip[i + trip_shift]:
                    if count < room:
                        # The leg cannot begin later than its own window says: one waits for the next vehicle.
                        desk.boards[count, BOARD_BEGIN_S] = start[LEG_LATEST_S] if is_late else departure_s - lead_s
                        desk.boards[count, BOARD_TRIP] = i + trip_shift
                        desk.boards[count, BOARD_POSITION] = boarding[1]
                        desk.boards[count, BOARD_KEY] = start[LEG_KEY]
                    count += 1
                    if is_late:
                        break
                i += 1
    return count


@compiled_loop
def _list_first_boards(patterns: Patterns, allowed: Allowed, limits: Limits, desk: Desk) -> int:
    """Write only the very first vehicles; all ways begin at the beginning of the range."""
    count, room = 0, desk.boards.shape[0]
    last_use = desk.last_use[limits.max_rides - 1]
    for s in range(desk.counts[STARTS]):
        start = desk.starts[s]
        first_s = max(start[LEG_EARLIEST_S], limits.from_s)
        stop = start[LEG_STOP]
        if first_s > start[LEG_LATEST_S] or not allowed.stop[stop]:
            continue
        lead_s = start[LEG_DURATION_S] + start[LEG_WALK_S]
        for b in range(patterns.first_boarding[stop], patterns.first_boarding[stop + 1]):
            boarding = patterns.boardings[b]
            if last_use[boarding[0]] <= boarding[1]:
                continue
            begin, trip_shift = boarding[2], boarding[4] - boarding[2]
            after = begin + boarding[3]
            i = first_not_before(patterns.departures, begin, after, first_s + lead_s)
            while i < after and not allowed.trip[i + trip_shift]:
                i += 1
            if i < after:
                if count < room:
                    desk.boards[count, BOARD_BEGIN_S] = limits.from_s
                    desk.boards[count, BOARD_TRIP] = i + trip_shift
                    desk.boards[count, BOARD_POSITION] = boarding[1]
                    desk.boards[count, BOARD_KEY] = start[LEG_KEY]
                count += 1
    return count
