"""The trips of one day arranged for a search: trips with the same stops side by side, none overtaking another."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gtfs.patterns_kernel import (
    BOARDING_WIDTH,
    DayCalls,
    Patterns,
    count_boardings,
    hash_calls,
    mirror_patterns,
    sort_into_patterns,
    write_boardings,
    write_patterns,
)

__all__ = ["DayCalls", "DayTrip", "Patterns", "arrange", "mirror", "with_boardings"]


@dataclass(frozen=True, slots=True)
class DayTrip:
    """A trip on the clock of the day it is searched on.

    Parameters
    ----------
    trip
        Index in the timetable.
    day_offset
        0, or -1 for a trip of the service day before.
    stops
        Index of the stop of each call.
    times
        Shape (2, calls): arrivals and departures in seconds.
    flags
        Shape (2, calls): whether one may board, whether one may alight.
    """

    trip: int
    day_offset: int
    stops: npt.NDArray[np.int32]
    times: npt.NDArray[np.int32]
    flags: npt.NDArray[np.bool_]


def arrange(calls: DayCalls, stop_count: int) -> Patterns:
    """Arrange the trips of a day into patterns, in the order of their first trips."""
    pattern, pattern_count = _pattern_of_trips(calls)
    trips = _in_order_of_time(calls, pattern)
    trip_counts = np.bincount(pattern, minlength=pattern_count)
    first_trip = _starts(trip_counts)
    call_counts = np.diff(calls.first_call)
    lengths = call_counts[trips[first_trip[:-1]]]
    first_position, first_time = _starts(lengths), _starts(lengths * trip_counts)
    patterns = Patterns(
        first_position=first_position.astype(np.int32),
        first_trip=first_trip.astype(np.int32),
        first_time=first_time,
        stop=np.empty(first_position[-1], np.int32),
        can_board=np.empty(first_position[-1], np.uint8),
        can_alight=np.empty(first_position[-1], np.uint8),
        arrivals=np.empty(first_time[-1], np.int32),
        departures=np.empty(first_time[-1], np.int32),
        pattern=np.empty(trips.size, np.int32),
        day_trip=trips.astype(np.int32),
        sign=np.empty(pattern_count, np.int64),
        first_boarding=np.zeros(stop_count + 1, np.int32),
        boardings=np.empty((0, BOARDING_WIDTH), np.int32),
    )
    write_patterns(calls, patterns)
    return with_boardings(patterns)


def mirror(patterns: Patterns) -> Patterns:
    """The patterns as seen when time runs backwards: the last call first, boarding where one alighted."""
    mirrored = patterns._replace(
        stop=np.empty_like(patterns.stop),
        can_board=np.empty_like(patterns.can_board),
        can_alight=np.empty_like(patterns.can_alight),
        arrivals=np.empty_like(patterns.arrivals),
        departures=np.empty_like(patterns.departures),
        day_trip=np.empty_like(patterns.day_trip),
        first_boarding=np.zeros_like(patterns.first_boarding),
        boardings=np.empty((0, BOARDING_WIDTH), np.int32),
    )
    mirror_patterns(patterns, mirrored)
    return with_boardings(mirrored)


def _pattern_of_trips(calls: DayCalls) -> tuple[npt.NDArray[np.int32], int]:
    """The pattern of each trip, and how many patterns there are."""
    hashes = np.empty(calls.trip.size, np.uint64)
    hash_calls(calls, hashes)
    _, first_seen, group = np.unique(hashes, return_index=True, return_inverse=True)
    group = np.argsort(np.argsort(first_seen))[group]
    pattern = np.empty(calls.trip.size, np.int32)
    order = _in_order_of_time(calls, group)
    count = sort_into_patterns(calls, order, group, np.empty(calls.trip.size, np.int64), pattern)
    return pattern, count


def _in_order_of_time(calls: DayCalls, group: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """The trips group by group, the earliest of each first."""
    leaves, comes = calls.departure_s[calls.first_call[:-1]], calls.arrival_s[calls.first_call[1:] - 1]
    return np.lexsort((calls.trip, calls.day_offset, comes, leaves, group))


def with_boardings(patterns: Patterns) -> Patterns:
    """The patterns with their boardings, which are worked out from the rest."""
    count = count_boardings(patterns)
    patterns = patterns._replace(boardings=np.empty((count, BOARDING_WIDTH), np.int32))
    write_boardings(patterns, patterns.first_boarding.copy())
    return patterns


def _starts(counts: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Where each part begins if parts of these sizes lie side by side, and where the last ends."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
