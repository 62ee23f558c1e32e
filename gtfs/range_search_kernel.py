"""Compiled: all best ways through a day's patterns for a range of starting times.

Rounds as in RAPTOR [1]_: round ``k`` finds what is reached with ``k`` vehicles. The starting times are taken latest
first and what was found stays in place (rRAPTOR), so a way survives only if it beats every way that begins later.
Inside a round the work is done per trip, from where it is boarded to where it, or one before it in its pattern, was
boarded already [2]_; trips to change to are looked up, not computed beforehand, since the least time for a change is
part of the question. A search against time is the same search on mirrored patterns, see
:func:`gtfs.patterns.mirror`.

A way that must come past certain stops is searched in two layers (as in layered graphs [3]_): before and after.

References
----------
.. [1] D. Delling, T. Pajor, R. F. Werneck: Round-Based Public Transit Routing. Transportation Science 49 (2015).
.. [2] S. Witt: Trip-Based Public Transit Routing. ESA 2015.
.. [3] C. Barrett, R. Jacob, M. Marathe: Formal-Language-Constrained Path Problems. SIAM J. Comput. 30 (2000).
"""

# mypy: disable-error-code="assignment, no-any-return, return-value"
# (to compiled loops NumPy's and Python's numbers are the same)
# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917
# (splitting compiled loops costs what they are written for)

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gtfs.patterns_kernel import Patterns
from routing.compiled import compiled_loop

NEVER = 1_000_000_000
NOWHERE = 32_767
"""The position at which a trip was boarded that was not boarded; no trip has so many calls."""
IMPOSSIBLE = -1

# Columns of ``Desk.segments``: a trip ridden from a position to another, and how one came to it.
TRIP, BOARD, END, LAYER, BEFORE, LEFT, START, SEATED = range(8)
SEGMENT_WIDTH = 8

# What ``Desk.counts`` counts.
SEGMENTS, WAYS, RIDES, IS_FULL = range(4)

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


class Ends(NamedTuple):
    """End legs, walks next to them written out; in the direction of the search.

    Parameters
    ----------
    key
        Number of the leg.
    stop
        Where one boards the first or alights from the last vehicle.
    walk_s
        Between that stop and the leg.
    duration_s, earliest_s, latest_s
        Of the leg.
    """

    key: NDArray[np.int32]
    stop: NDArray[np.int32]
    walk_s: NDArray[np.int64]
    duration_s: NDArray[np.int64]
    earliest_s: NDArray[np.int64]
    latest_s: NDArray[np.int64]


class Limits(NamedTuple):
    """When a way must begin (both inclusive), how many vehicles it takes at most, how long it is, how many layers."""

    from_s: int
    to_s: int
    max_rides: int
    longest_s: int
    layers: int


class Boards(NamedTuple):
    """First vehicles one can take: when a way to it begins at the latest, trip, position, number of the end leg."""

    begin_s: NDArray[np.int64]
    trip: NDArray[np.int32]
    position: NDArray[np.int32]
    start: NDArray[np.int32]


class Desk(NamedTuple):
    """What one search works with; a row per layer and round.

    Parameters
    ----------
    arrival
        Earliest arrival by vehicle, per row and stop.
    ready
        Earliest time one can board after a change, per row and stop.
    boarded
        First position at which a trip, or one before it, was boarded, per row and trip.
    first_exit
        Per stop, the first end leg one reaches there, or -1.
    next_exit
        Per end leg, the next one at the same stop, or -1.
    best_end
        Per round.
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
    first_exit: NDArray[np.int32]
    next_exit: NDArray[np.int32]
    best_end: NDArray[np.int64]
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


@compiled_loop
def list_boards(patterns: Patterns, allowed: Allowed, starts: Ends, limits: Limits, boards: Boards) -> int:
    """Write the first vehicles one can take into ``boards``; returns how many there are, though there be no room."""
    count, room = 0, boards.trip.size
    for s in range(starts.stop.size):
        first_s = max(starts.earliest_s[s], limits.from_s)
        last_s = min(starts.latest_s[s], limits.to_s)
        stop = starts.stop[s]
        if first_s > last_s or not allowed.stop[stop]:
            continue
        lead_s = starts.duration_s[s] + starts.walk_s[s]
        for b in range(patterns.first_boarding[stop], patterns.first_boarding[stop + 1]):
            boarding = patterns.boardings[b]
            begin, trip_shift = boarding[2], boarding[4] - boarding[2]
            after = begin + boarding[3]
            i = first_not_before(patterns.departures, begin, after, first_s + lead_s)
            while i < after:
                departure_s = patterns.departures[i]
                is_late = departure_s > last_s + lead_s
                if is_late and starts.latest_s[s] > limits.to_s:
                    break
                if allowed.trip[i + trip_shift]:
                    if count < room:
                        # The leg cannot begin later than its own window says: one waits for the next vehicle.
                        boards.begin_s[count] = starts.latest_s[s] if is_late else departure_s - lead_s
                        boards.trip[count] = i + trip_shift
                        boards.position[count] = boarding[1]
                        boards.start[count] = starts.key[s]
                    count += 1
                    if is_late:
                        break
                i += 1
    return count


@compiled_loop
def list_first_boards(patterns: Patterns, allowed: Allowed, starts: Ends, limits: Limits, boards: Boards) -> int:
    """Write only the very first vehicles; all ways begin at the beginning of the range."""
    count, room = 0, boards.trip.size
    for s in range(starts.stop.size):
        first_s = max(starts.earliest_s[s], limits.from_s)
        stop = starts.stop[s]
        if first_s > starts.latest_s[s] or not allowed.stop[stop]:
            continue
        lead_s = starts.duration_s[s] + starts.walk_s[s]
        for b in range(patterns.first_boarding[stop], patterns.first_boarding[stop + 1]):
            boarding = patterns.boardings[b]
            begin, trip_shift = boarding[2], boarding[4] - boarding[2]
            after = begin + boarding[3]
            i = first_not_before(patterns.departures, begin, after, first_s + lead_s)
            while i < after and not allowed.trip[i + trip_shift]:
                i += 1
            if i < after:
                if count < room:
                    boards.begin_s[count] = limits.from_s
                    boards.trip[count] = i + trip_shift
                    boards.position[count] = boarding[1]
                    boards.start[count] = starts.key[s]
                count += 1
    return count


@compiled_loop
def clear(desk: Desk, ends: Ends) -> None:
    """Make the desk ready for a new search towards these ends."""
    desk.arrival[:] = NEVER
    desk.ready[:] = NEVER
    desk.boarded[:] = NOWHERE
    desk.best_end[:] = NEVER
    desk.counts[:] = 0
    for e in range(ends.stop.size - 1, -1, -1):
        desk.next_exit[e] = desk.first_exit[ends.stop[e]]
        desk.first_exit[ends.stop[e]] = e


@compiled_loop
def clear_exits(desk: Desk, ends: Ends) -> None:
    """Take the ends off the desk."""
    for e in range(ends.stop.size):
        desk.first_exit[ends.stop[e]] = -1


@compiled_loop
def search(
    patterns: Patterns,
    changes: Changes,
    allowed: Allowed,
    ends: Ends,
    limits: Limits,
    boards: Boards,
    order: NDArray[np.int64],
    desk: Desk,
) -> bool:
    """Find all best ways; ``False`` when there was no room left for them on the desk.

    Parameters
    ----------
    order
        The boards, latest beginning first.
    """
    least_end_s = NEVER if ends.stop.size else 0
    for e in range(ends.stop.size):
        least_end_s = min(least_end_s, ends.walk_s[e] + ends.duration_s[e])
    i = 0
    while i < order.size:
        begin_s = boards.begin_s[order[i]]
        desk.counts[SEGMENTS] = 0
        now, count = 0, 0
        while i < order.size and boards.begin_s[order[i]] == begin_s:
            b = order[i]
            layer = _layer_at(patterns, allowed, limits, boards.trip[b], boards.position[b], 0)
            count = _add(
                patterns,
                limits,
                desk,
                0,
                layer,
                boards.trip[b],
                boards.position[b],
                -1,
                0,
                boards.start[b],
                0,
                0,
                count,
            )
            i += 1
        for round_ in range(limits.max_rides):
            count = _ride_all(patterns, changes, allowed, ends, limits, desk, round_, begin_s, least_end_s, now, count)
            now = 1 - now
            if desk.counts[IS_FULL]:
                return False
            if count == 0:
                break
    return True


@compiled_loop
def _layer_at(patterns: Patterns, allowed: Allowed, limits: Limits, trip: int, position: int, layer: int) -> int:
    """The layer of whoever sits in a trip at a position."""
    if layer + 1 < limits.layers:
        stop = patterns.stop[patterns.first_position[patterns.pattern[trip]] + position]
        if allowed.via[stop]:
            return layer + 1
    return layer


@compiled_loop
def _mark(patterns: Patterns, limits: Limits, desk: Desk, round_: int, layer: int, trip: int, position: int) -> None:
    """Remember where a trip is boarded, and thereby all later ones, in all later rounds and lower layers."""
    after = patterns.first_trip[patterns.pattern[trip] + 1]
    for lower in range(layer + 1):
        for later in range(round_, limits.max_rides):
            boarded = desk.boarded[lower * limits.max_rides + later]
            t = trip
            while t < after and boarded[t] > position:
                boarded[t] = position
                t += 1


@compiled_loop
def _add(
    patterns: Patterns,
    limits: Limits,
    desk: Desk,
    round_: int,
    layer: int,
    trip: int,
    position: int,
    before: int,
    left: int,
    start: int,
    is_seated: int,
    queue: int,
    count: int,
) -> int:
    """Put a ride into a queue if it is new; returns how many are in it."""
    boarded = desk.boarded[layer * limits.max_rides + round_]
    end = boarded[trip]
    if end <= position:
        return count
    k = desk.counts[SEGMENTS]
    if k >= desk.segments.shape[0]:
        desk.counts[IS_FULL] = 1
        return count
    _mark(patterns, limits, desk, round_, layer, trip, position)
    desk.counts[SEGMENTS] = k + 1
    segment = desk.segments[k]
    segment[TRIP] = trip
    segment[BOARD] = position
    segment[END] = end
    segment[LAYER] = layer
    segment[BEFORE] = before
    segment[LEFT] = left
    segment[START] = start
    segment[SEATED] = is_seated
    desk.queue[queue, count] = k
    return count + 1


@compiled_loop
def _ride_all(
    patterns: Patterns,
    changes: Changes,
    allowed: Allowed,
    ends: Ends,
    limits: Limits,
    desk: Desk,
    round_: int,
    begin_s: int,
    least_end_s: int,
    now: int,
    count: int,
) -> int:
    """Ride everything in the queue of a round; returns how many rides the next round has."""
    next_count = 0
    best_segment, best_left, best_exit, best_end = -1, 0, 0, 0
    done = 0
    while done < count:
        k = desk.queue[now, done]
        done += 1
        trip, board, layer = desk.segments[k, TRIP], desk.segments[k, BOARD], desk.segments[k, LAYER]
        pattern = patterns.pattern[trip]
        at = patterns.first_position[pattern]
        length = patterns.first_position[pattern + 1] - at
        times = patterns.first_time[pattern] + (trip - patterns.first_trip[pattern]) * length
        end = min(np.int64(desk.segments[k, END]), np.int64(length - 1))
        row = layer * limits.max_rides + round_
        position = board + 1
        while position <= end:
            arrival_s = patterns.arrivals[times + position]
            if arrival_s + least_end_s >= desk.best_end[round_] or arrival_s - begin_s > limits.longest_s:
                break
            stop = patterns.stop[at + position]
            if layer + 1 < limits.layers and allowed.via[stop]:
                layer += 1
                row = layer * limits.max_rides + round_
                end = min(np.int64(desk.boarded[row, trip]), np.int64(length - 1))
                if end < position:
                    break
                if desk.boarded[row, trip] > position:
                    _mark(patterns, limits, desk, round_, layer, trip, position)
            if not patterns.can_alight[at + position] or not allowed.stop[stop]:
                position += 1
                continue
            is_new = arrival_s < desk.arrival[row, stop]
            if is_new:
                for lower in range(layer + 1):
                    for later in range(round_, limits.max_rides):
                        r = lower * limits.max_rides + later
                        if desk.arrival[r, stop] <= arrival_s:
                            break
                        desk.arrival[r, stop] = arrival_s
                if layer == limits.layers - 1:
                    e = desk.first_exit[stop]
                    while e >= 0:
                        there_s = arrival_s + ends.walk_s[e]
                        if there_s <= ends.latest_s[e]:
                            end_s = max(there_s, ends.earliest_s[e]) + ends.duration_s[e]
                            if end_s < desk.best_end[round_] and end_s - begin_s <= limits.longest_s:
                                for later in range(round_, limits.max_rides):
                                    desk.best_end[later] = min(desk.best_end[later], end_s)
                                best_segment, best_left, best_exit, best_end = k, position, e, end_s
                        e = desk.next_exit[e]
            if round_ + 1 < limits.max_rides:
                if is_new:
                    next_count = _change(
                        patterns, changes, allowed, limits, desk, round_, layer, k, position, stop, arrival_s, now,
                        next_count,
                    )  # fmt: skip
                if changes.first_special[stop] < changes.first_special[stop + 1]:
                    next_count = _change_specially(
                        patterns, changes, allowed, limits, desk, round_, layer, k, position, stop, arrival_s, now,
                        next_count,
                    )  # fmt: skip
            position += 1
        if position == length and changes.first_seated.size:
            count = _stay_seated(patterns, changes, allowed, limits, desk, round_, layer, k, now, count)
    if best_segment >= 0:
        _keep(ends, desk, begin_s, best_end, best_exit, best_segment, best_left, round_ + 1)
    return next_count


@compiled_loop
def _change(
    patterns: Patterns,
    changes: Changes,
    allowed: Allowed,
    limits: Limits,
    desk: Desk,
    round_: int,
    layer: int,
    k: int,
    position: int,
    from_stop: int,
    arrival_s: int,
    now: int,
    count: int,
) -> int:
    """Put the trips one can change to into the queue of the next round; returns how many are in it."""
    row = layer * limits.max_rides + round_
    for c in range(changes.first[from_stop], changes.first[from_stop + 1]):
        ready_s = arrival_s + changes.need_s[c]
        if ready_s + 0 >= desk.best_end[round_ + 1]:
            break  # quickest first
        stop = changes.stop[c]
        if ready_s >= desk.ready[row, stop]:
            continue
        for lower in range(layer + 1):
            for later in range(round_, limits.max_rides):
                r = lower * limits.max_rides + later
                if desk.ready[r, stop] <= ready_s:
                    break
                desk.ready[r, stop] = ready_s
        if not allowed.stop[stop]:
            continue
        for b in range(patterns.first_boarding[stop], patterns.first_boarding[stop + 1]):
            count = _board(
                patterns, allowed, limits, desk, round_, layer, k, position, patterns.boardings[b], ready_s, now, count
            )
    return count


@compiled_loop
def _board(
    patterns: Patterns,
    allowed: Allowed,
    limits: Limits,
    desk: Desk,
    round_: int,
    layer: int,
    k: int,
    position: int,
    boarding: NDArray[np.int32],
    ready_s: int,
    now: int,
    count: int,
) -> int:
    """Put the first trip of a pattern into the queue of the next round that leaves when one is ready."""
    begin = boarding[2]
    after = begin + boarding[3]
    i = first_not_before(patterns.departures, begin, after, ready_s)
    shift = boarding[4] - begin
    while i < after and not allowed.trip[i + shift]:
        i += 1
    if i == after:
        return count
    trip = i + shift
    there = _layer_at(patterns, allowed, limits, trip, boarding[1], layer)
    return _add(
        patterns, limits, desk, round_ + 1, there, trip, boarding[1], k, position, desk.segments[k, START], 0,
        1 - now, count,
    )  # fmt: skip


@compiled_loop
def _change_specially(
    patterns: Patterns,
    changes: Changes,
    allowed: Allowed,
    limits: Limits,
    desk: Desk,
    round_: int,
    layer: int,
    k: int,
    position: int,
    from_stop: int,
    arrival_s: int,
    now: int,
    count: int,
) -> int:
    """The same between stops with rules for single routes and trips: it matters what one comes with."""
    here = patterns.pattern[desk.segments[k, TRIP]]
    for c in range(changes.first_special[from_stop], changes.first_special[from_stop + 1]):
        stop = changes.special_stop[c]
        if not allowed.stop[stop]:
            continue
        for b in range(patterns.first_boarding[stop], patterns.first_boarding[stop + 1]):
            there = patterns.boardings[b, 0]
            need_s = changes.special_need_s[c]
            for rule in range(changes.first_rule[c], changes.first_rule[c + 1]):
                if _is_meant(changes, changes.rule_from[rule], here) and _is_meant(
                    changes, changes.rule_to[rule], there
                ):
                    need_s = changes.rule_need_s[rule]
                    break
            if need_s != IMPOSSIBLE:
                count = _board(
                    patterns, allowed, limits, desk, round_, layer, k, position, patterns.boardings[b],
                    arrival_s + need_s, now, count,
                )  # fmt: skip
    return count


@compiled_loop
def _is_meant(changes: Changes, side: NDArray[np.int32], pattern: int) -> bool:
    """Whether one side of a rule is about the trips of a pattern."""
    return (side[0] < 0 or side[0] == changes.route[pattern]) and (side[1] < 0 or side[1] == changes.trip[pattern])


@compiled_loop
def _stay_seated(
    patterns: Patterns,
    changes: Changes,
    allowed: Allowed,
    limits: Limits,
    desk: Desk,
    round_: int,
    layer: int,
    k: int,
    now: int,
    count: int,
) -> int:
    """Put the trips as which a vehicle goes on into the queue of the same round; returns how many are in it."""
    trip = desk.segments[k, TRIP]
    pattern = patterns.pattern[trip]
    last = patterns.first_position[pattern + 1] - patterns.first_position[pattern] - 1
    for s in range(changes.first_seated[trip], changes.first_seated[trip + 1]):
        onward = changes.seated_trip[s]
        if allowed.trip[onward]:
            there = _layer_at(patterns, allowed, limits, onward, 0, layer)
            count = _add(
                patterns, limits, desk, round_, there, onward, 0, k, last, desk.segments[k, START], 1, now, count
            )
    return count


@compiled_loop
def _keep(ends: Ends, desk: Desk, begin_s: int, end_s: int, end: int, segment: int, left: int, vehicles: int) -> None:
    """Write down a way: its times, its ends, its rides from the last to the first."""
    w = desk.counts[WAYS]
    first = desk.counts[RIDES]
    ride = first
    at, alight = segment, left
    while at >= 0:
        if w >= desk.ways.shape[0] or ride >= desk.rides.shape[0]:
            desk.counts[IS_FULL] = 1
            return
        row = desk.rides[ride]
        row[RIDE_TRIP] = desk.segments[at, TRIP]
        row[RIDE_BOARD] = desk.segments[at, BOARD]
        row[RIDE_ALIGHT] = alight
        row[IS_SEATED] = desk.segments[at, SEATED]
        alight = desk.segments[at, LEFT]
        at = desk.segments[at, BEFORE]
        ride += 1
    way = desk.ways[w]
    way[BEGIN_S] = begin_s
    way[END_S] = end_s
    way[START_KEY] = desk.segments[segment, START]
    way[END_KEY] = ends.key[end]
    way[FIRST_RIDE] = first
    way[RIDE_COUNT] = ride - first
    way[VEHICLES] = vehicles
    desk.counts[WAYS] = w + 1
    desk.counts[RIDES] = ride
