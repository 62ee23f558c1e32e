"""What the compiled search works on: plain arrays, and what their columns mean."""

# mypy: disable-error-code="assignment, no-any-return, return-value"
# (to compiled loops NumPy's and Python's numbers are the same)

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.compiled import compiled_loop

NEVER = 1_000_000_000
NOWHERE = 32_767
"""The position at which a trip was boarded that was not boarded; no trip has so many calls."""
IMPOSSIBLE = -1

# Columns of tables of end legs, in the direction of the search: number of the leg, the stop at which one boards the
# first or alights from the last vehicle, the walk between it and the leg, how long the leg takes, when it can begin.
LEG_KEY, LEG_STOP, LEG_WALK_S, LEG_DURATION_S, LEG_EARLIEST_S, LEG_LATEST_S = range(6)
LEG_WIDTH = 6

# Columns of ``Desk.boards``: first vehicles one can take; when a way to it begins at the latest, the number of the leg.
BOARD_BEGIN_S, BOARD_TRIP, BOARD_POSITION, BOARD_KEY = range(4)
BOARD_WIDTH = 4

# Columns of ``Desk.segments``: a trip ridden from a position to another, and how one came to it.
TRIP, BOARD, END, LAYER, BEFORE, LEFT, START, SEATED = range(8)
SEGMENT_WIDTH = 8

# What ``Desk.counts`` counts.
SEGMENTS, WAYS, RIDES, STARTS, ENDS, BOARDS, IS_FULL = range(7)
COUNT_WIDTH = 7

# Columns of ``Desk.ways``.
BEGIN_S, END_S, START_KEY, END_KEY, FIRST_RIDE, RIDE_COUNT, VEHICLES = range(7)
WAY_WIDTH = 7
# Columns of ``Desk.rides``; ``IS_SEATED``: one stayed seated in the vehicle of the ride before.
RIDE_TRIP, RIDE_BOARD, RIDE_ALIGHT, IS_SEATED = range(4)
RIDE_WIDTH = 4


class Changes(NamedTuple):
    """Changes from line to line in the direction of the search, and what single routes and trips differ in.

    Parameters
    ----------
    first
        ``(S + 1,)`` the changes from stop ``s`` are ``first[s]:first[s + 1]``.
    stop, need_s
        Where one gets to, and how long it takes.
    first_special
        ``(S + 1,)`` likewise for pairs of stops at which rules hold for single routes or trips.
    special_stop, special_need_s
        Where one gets to, and how long it takes where no rule holds, or ``IMPOSSIBLE``.
    first_rule
        One entry more than special pairs.
    rule_from, rule_to
        Shape (rules, 2): route and trip one comes from and changes to, -1 for any; rules that say more come first.
    rule_need_s
        How long it takes, or ``IMPOSSIBLE``.
    route, trip
        ``(P,)`` by pattern: route and trip of the rules (-1 where no rule names them).
    first_seated
        ``(T + 1,)`` by trip; empty when nobody ever stays seated.
    seated_trip
        The trips as which the vehicle goes on.
    """

    first: NDArray[np.int64]
    stop: NDArray[np.int32]
    need_s: NDArray[np.int32]
    first_special: NDArray[np.int64]
    special_stop: NDArray[np.int32]
    special_need_s: NDArray[np.int32]
    first_rule: NDArray[np.int64]
    rule_from: NDArray[np.int32]
    rule_to: NDArray[np.int32]
    rule_need_s: NDArray[np.int32]
    route: NDArray[np.int32]
    trip: NDArray[np.int32]
    first_seated: NDArray[np.int32]
    seated_trip: NDArray[np.int32]


class Allowed(NamedTuple):
    """What may be used: by trip, by stop (to board or alight at), 0 or 1; and the stops one must come past, if any."""

    trip: NDArray[np.uint8]
    stop: NDArray[np.uint8]
    via: NDArray[np.uint8]


class Backs(NamedTuple):
    """How one comes to where, for a look back from the goal that knows no times.

    Parameters
    ----------
    first_alighting
        ``(S + 1,)`` the alightings at stop ``s`` are the rows ``first_alighting[s]:first_alighting[s + 1]``.
    alightings
        Shape (alightings, 2): pattern, and position in it.
    first_origin, origin
        Likewise the stops one comes from on foot (the stop itself among them) to change to a line.
    seated
        Shape (pairs, 2): patterns of which the vehicle of a trip goes on as a trip of the other.
    """

    first_alighting: NDArray[np.int32]
    alightings: NDArray[np.int32]
    first_origin: NDArray[np.int64]
    origin: NDArray[np.int32]
    seated: NDArray[np.int32]


class Limits(NamedTuple):
    """What a way must keep to.

    Parameters
    ----------
    from_s, to_s
        When it begins, both inclusive.
    max_rides
        So many vehicles at most.
    longest_s
        How long it is at most.
    layers
        2 if it must come past certain stops, else 1.
    label_rounds
        So many rounds have labels of their own: all, or one if all ways begin at the same time.
    is_first
        Whether all ways begin at ``from_s``, each with the first vehicle there is.
    """

    from_s: int
    to_s: int
    max_rides: int
    longest_s: int
    layers: int
    label_rounds: int
    is_first: bool


class Desk(NamedTuple):
    """What one search works with; labels have a row per layer and round with labels of its own.

    Parameters
    ----------
    arrival
        Earliest arrival by vehicle, per row and stop.
    ready
        Earliest time one can board after a change, per row and stop.
    boarded
        First position at which a trip, or one before it, was boarded, per row and trip.
    earliest_trip, earliest_at
        The earliest trip boarded of a pattern, and the first position at which that one was; per row and pattern.
    best_end
        Per round with labels of its own.
    starts, ends
        End legs, walks next to them written out: rows of ``LEG_WIDTH``.
    boards
        Rows of ``BOARD_WIDTH``.
    first_exit
        Per stop, the first end leg one reaches there, or -1.
    next_exit
        Per end leg, the next one at the same stop, or -1.
    last_use
        Per number of vehicles one takes after it, and pattern: the last position at which it can help to alight, 0 for
        none.
    rides_from
        Per stop, how many vehicles one needs at least who boards there.
    rides_after
        Per stop, how many vehicles one needs at least who alights there.
    stops, patterns
        Room for a look back to write down where it has been.
    segments
        Rows of ``SEGMENT_WIDTH``, for one starting time.
    queue
        Shape (2, segments): the segments of this round and of the next.
    ways, rides
        What was found: rows of ``WAY_WIDTH`` and ``RIDE_WIDTH``, the rides of a way last first.
    counts
        What is in use of the arrays above.
    """

    arrival: NDArray[np.int32]
    ready: NDArray[np.int32]
    boarded: NDArray[np.int16]
    earliest_trip: NDArray[np.int32]
    earliest_at: NDArray[np.int16]
    best_end: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    boards: NDArray[np.int64]
    first_exit: NDArray[np.int32]
    next_exit: NDArray[np.int32]
    last_use: NDArray[np.int16]
    rides_from: NDArray[np.uint8]
    rides_after: NDArray[np.uint8]
    stops: NDArray[np.int32]
    patterns: NDArray[np.int32]
    segments: NDArray[np.int32]
    queue: NDArray[np.int32]
    ways: NDArray[np.int64]
    rides: NDArray[np.int32]
    counts: NDArray[np.int64]


@compiled_loop
def first_not_before(times: NDArray[np.int32], begin: int, after: int, time_s: int) -> int:
    """The first place in a sorted part of an array with a time that is not earlier."""
    while begin < after:
        middle = (begin + after) >> 1
        if times[middle] < time_s:
            begin = middle + 1
        else:
            after = middle
    return begin
