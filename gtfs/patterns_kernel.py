"""Compiled: trips are sorted into patterns, and the times of a pattern written where a search reads them."""

# mypy: disable-error-code="assignment, no-any-return, return-value"
# (to compiled loops NumPy's and Python's numbers are the same)

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.compiled import compiled_loop

BOARDING_WIDTH = 5
"""What is kept of a boarding: its pattern, its position in it, where the departures there begin, how many there are,
and the number of the first of the trips."""

_ODD = np.uint64(0x9E3779B97F4A7C15)


class DayCalls(NamedTuple):
    """The trips of a day on its clock, and their calls.

    Parameters
    ----------
    trip
        ``(N,)`` index in the timetable.
    day_offset
        ``(N,)`` 0, -1 for a trip of the service day before, 1 for one of the day after.
    sign
        ``(N,)`` trips with different signs are never put into one pattern.
    first_call
        ``(N + 1,)`` the calls of trip ``i`` are ``first_call[i]:first_call[i + 1]``.
    stop, arrival_s, departure_s
        Per call.
    can_board, can_alight
        Per call, 0 or 1.
    """

    trip: NDArray[np.int32]
    day_offset: NDArray[np.int8]
    sign: NDArray[np.int64]
    first_call: NDArray[np.int64]
    stop: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    can_board: NDArray[np.uint8]
    can_alight: NDArray[np.uint8]


class Patterns(NamedTuple):
    """Trips with the same stops side by side, earliest first; none overtakes another in its pattern.

    Parameters
    ----------
    first_position, first_trip
        ``(P + 1,)`` positions and trips of pattern ``p`` are numbered from ``first_position[p]``, ``first_trip[p]`` on.
    first_time
        ``(P + 1,)`` the times of pattern ``p`` begin there.
    stop, can_board, can_alight
        Per position.
    arrivals
        All arrivals of the first trip of a pattern, then those of its second.
    departures
        All departures from the first position of a pattern, then those from its second.
    pattern
        ``(T,)`` of each trip.
    day_trip
        ``(T,)`` index of each trip in the trips of the day.
    sign
        ``(P,)`` what its trips have in common.
    first_boarding
        ``(S + 1,)`` the boardings at stop ``s`` are the rows ``first_boarding[s]:first_boarding[s + 1]``.
    boardings
        ``(B, BOARDING_WIDTH)``.
    """

    first_position: NDArray[np.int32]
    first_trip: NDArray[np.int32]
    first_time: NDArray[np.int64]
    stop: NDArray[np.int32]
    can_board: NDArray[np.uint8]
    can_alight: NDArray[np.uint8]
    arrivals: NDArray[np.int32]
    departures: NDArray[np.int32]
    pattern: NDArray[np.int32]
    day_trip: NDArray[np.int32]
    sign: NDArray[np.int64]
    first_boarding: NDArray[np.int32]
    boardings: NDArray[np.int32]


@compiled_loop
def hash_calls(calls: DayCalls, hashes: NDArray[np.uint64]) -> None:
    """Write a number per trip; with equal stops, flags and signs it is the same, else nearly always another."""
    for i in range(calls.trip.size):
        key = np.uint64(calls.sign[i] + 1) * _ODD
        for c in range(calls.first_call[i], calls.first_call[i + 1]):
            value = (np.uint64(calls.stop[c]) << np.uint64(2)) | np.uint64(2 * calls.can_board[c] + calls.can_alight[c])
            key = (key ^ (value + np.uint64(1))) * _ODD
            key ^= key >> np.uint64(29)
        hashes[i] = key


@compiled_loop
def _may_follow(calls: DayCalls, first: int, second: int) -> bool:
    """Whether two trips have one pattern and the second is nowhere earlier than the first."""
    begin, other = calls.first_call[first], calls.first_call[second]
    count = calls.first_call[first + 1] - begin
    if count != calls.first_call[second + 1] - other or calls.sign[first] != calls.sign[second]:
        return False
    for c in range(count):
        if (
            calls.stop[begin + c] != calls.stop[other + c]
            or calls.can_board[begin + c] != calls.can_board[other + c]
            or calls.can_alight[begin + c] != calls.can_alight[other + c]
            or calls.arrival_s[begin + c] > calls.arrival_s[other + c]
            or calls.departure_s[begin + c] > calls.departure_s[other + c]
        ):
            return False
    return True


@compiled_loop
def sort_into_patterns(
    calls: DayCalls,
    order: NDArray[np.int64],
    group: NDArray[np.int64],
    last_trip: NDArray[np.int64],
    pattern: NDArray[np.int32],
) -> int:
    """Give every trip the first pattern of its group whose last trip it does not overtake; returns how many there are.

    Parameters
    ----------
    order, group
        Trips, those of one group (equal hashes) together and the earliest first; the group of each.
    last_trip
        Room for one number per trip.
    pattern
        Is written, per trip.
    """
    count = 0
    first_of_group = 0
    for k in range(order.size):
        trip = order[k]
        if k > 0 and group[trip] != group[order[k - 1]]:
            first_of_group = count
        chosen = first_of_group
        while chosen < count and not _may_follow(calls, last_trip[chosen], trip):
            chosen += 1
        if chosen == count:
            count += 1
        last_trip[chosen] = trip
        pattern[trip] = chosen
    return count


@compiled_loop
def write_patterns(calls: DayCalls, patterns: Patterns) -> None:
    """Write stops, flags, arrivals and departures of all patterns; the rest is there already."""
    for p in range(patterns.first_position.size - 1):
        first, after = patterns.first_trip[p], patterns.first_trip[p + 1]
        at, count = patterns.first_position[p], after - first
        length = patterns.first_position[p + 1] - at
        patterns.sign[p] = calls.sign[patterns.day_trip[first]]
        call = calls.first_call[patterns.day_trip[first]]
        for i in range(length):
            patterns.stop[at + i] = calls.stop[call + i]
            patterns.can_board[at + i] = calls.can_board[call + i]
            patterns.can_alight[at + i] = calls.can_alight[call + i]
        time = patterns.first_time[p]
        for t in range(count):
            patterns.pattern[first + t] = p
            call = calls.first_call[patterns.day_trip[first + t]]
            for i in range(length):
                patterns.arrivals[time + t * length + i] = calls.arrival_s[call + i]
                patterns.departures[time + i * count + t] = calls.departure_s[call + i]


@compiled_loop
def mirror_patterns(source: Patterns, target: Patterns) -> None:
    """Write the patterns as seen when time runs backwards: the last call of the last trip first, times negative.

    Patterns keep their numbers. What is counted by pattern is in the target already.
    """
    for p in range(source.first_position.size - 1):
        first, after = source.first_trip[p], source.first_trip[p + 1]
        at, count = source.first_position[p], after - first
        length = source.first_position[p + 1] - at
        for i in range(length):
            target.stop[at + length - 1 - i] = source.stop[at + i]
            target.can_board[at + length - 1 - i] = source.can_alight[at + i]
            target.can_alight[at + length - 1 - i] = source.can_board[at + i]
        time = source.first_time[p]
        for t in range(count):
            back_t = count - 1 - t
            target.day_trip[first + back_t] = source.day_trip[first + t]
            for i in range(length):
                back = length - 1 - i
                target.arrivals[time + back_t * length + back] = -source.departures[time + i * count + t]
                target.departures[time + back * count + back_t] = -source.arrivals[time + t * length + i]


@compiled_loop
def count_boardings(patterns: Patterns) -> int:
    """Count for every stop where one can board what; returns how many boardings there are."""
    first = patterns.first_boarding
    for s in range(first.size):
        first[s] = 0
    for p in range(patterns.first_position.size - 1):
        for at in range(patterns.first_position[p], patterns.first_position[p + 1] - 1):
            if patterns.can_board[at]:
                first[patterns.stop[at] + 1] += 1
    for s in range(1, first.size):
        first[s] += first[s - 1]
    return first[first.size - 1]


@compiled_loop
def write_boardings(patterns: Patterns, free: NDArray[np.int32]) -> None:
    """Write the boardings; ``free`` is a copy of ``first_boarding``."""
    for p in range(patterns.first_position.size - 1):
        begin = patterns.first_position[p]
        count = patterns.first_trip[p + 1] - patterns.first_trip[p]
        for at in range(begin, patterns.first_position[p + 1] - 1):
            if patterns.can_board[at]:
                stop = patterns.stop[at]
                row = patterns.boardings[free[stop]]
                free[stop] += 1
                row[0] = p
                row[1] = at - begin
                row[2] = patterns.first_time[p] + (at - begin) * count
                row[3] = count
                row[4] = patterns.first_trip[p]
