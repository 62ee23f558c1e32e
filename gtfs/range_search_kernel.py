"""Compiled: all best ways through a day's patterns for a range of starting times.

Rounds as in RAPTOR [1]_: round ``k`` finds what is reached with ``k`` vehicles. The starting times are taken latest
first and what was found stays in place (rRAPTOR), so a way survives only if it beats every way that begins later.
Inside a round the work is done per trip, from where it is boarded to where it, or one before it in its pattern, was
boarded already [2]_; trips to change to are looked up, not computed beforehand, since the least time for a change is
part of the question. A search against time is the same search on mirrored patterns, see
:func:`gtfs.patterns.mirror`.

Where all ways begin at one time, what a round found holds for later ones too, and all rounds share a row of labels.
What leads nowhere is not followed, see :mod:`gtfs.way_back_kernel`.

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

import numpy as np
from numpy.typing import NDArray

from gtfs.patterns_kernel import Patterns
from gtfs.search_tables_kernel import (
    BEFORE,
    BEGIN_S,
    BOARD,
    BOARD_BEGIN_S,
    BOARD_KEY,
    BOARD_POSITION,
    BOARD_TRIP,
    END,
    END_KEY,
    END_S,
    ENDS,
    FIRST_RIDE,
    IMPOSSIBLE,
    IS_FULL,
    IS_SEATED,
    LAYER,
    LEFT,
    LEG_DURATION_S,
    LEG_EARLIEST_S,
    LEG_KEY,
    LEG_LATEST_S,
    LEG_STOP,
    LEG_WALK_S,
    NEVER,
    RIDE_ALIGHT,
    RIDE_BOARD,
    RIDE_COUNT,
    RIDE_TRIP,
    RIDES,
    SEATED,
    SEGMENTS,
    START,
    START_KEY,
    TRIP,
    VEHICLES,
    WAYS,
    Allowed,
    Changes,
    Desk,
    Limits,
    first_not_before,
)
from routing.compiled import compiled_loop


@compiled_loop
def search(
    patterns: Patterns, changes: Changes, allowed: Allowed, limits: Limits, order: NDArray[np.int64], desk: Desk
) -> bool:
    """Find all best ways; ``False`` when there was no room left for them on the desk.

    Parameters
    ----------
    order
        The boards of the desk, latest beginning first.
    """
    is_done = _search(patterns, changes, allowed, limits, order, desk)
    for e in range(desk.counts[ENDS]):
        desk.first_exit[desk.ends[e, LEG_STOP]] = -1
    return is_done


@compiled_loop
def _search(
    patterns: Patterns, changes: Changes, allowed: Allowed, limits: Limits, order: NDArray[np.int64], desk: Desk
) -> bool:
    least_end_s = NEVER if desk.counts[ENDS] else 0
    for e in range(desk.counts[ENDS]):
        least_end_s = min(least_end_s, desk.ends[e, LEG_WALK_S] + desk.ends[e, LEG_DURATION_S])
    i = 0
    while i < order.size:
        begin_s = desk.boards[order[i], BOARD_BEGIN_S]
        desk.counts[SEGMENTS] = 0
        now, count = 0, 0
        while i < order.size and desk.boards[order[i], BOARD_BEGIN_S] == begin_s:
            board = desk.boards[order[i]]
            trip, position = board[BOARD_TRIP], board[BOARD_POSITION]
            layer = _layer_at(patterns, allowed, limits, trip, position, 0)
            count = _add(
                patterns.pattern[trip], patterns.first_trip[patterns.pattern[trip] + 1], limits.label_rounds,
                desk.boarded, desk.earliest_trip, desk.earliest_at, desk.segments, desk.queue[0], desk.counts, 0, layer,
                trip, position, -1, 0, board[BOARD_KEY], 0, count,
            )  # fmt: skip
            i += 1
        for round_ in range(limits.max_rides):
            count = _ride_all(patterns, changes, allowed, limits, desk, round_, begin_s, least_end_s, now, count)
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
def _mark(
    pattern: int,
    after: int,
    label_rounds: int,
    boarded: NDArray[np.int16],
    earliest_trip: NDArray[np.int32],
    earliest_at: NDArray[np.int16],
    label: int,
    layer: int,
    trip: int,
    position: int,
) -> None:
    """Remember where a trip is boarded, and thereby all later ones, in all later rounds and lower layers.

    Parameters
    ----------
    after
        The first trip behind those of the pattern.
    label
        The round, or 0 if rounds share their labels.
    """
    for lower in range(layer + 1):
        for later in range(label, label_rounds):
            row = lower * label_rounds + later
            t = trip
            while t < after and boarded[row, t] > position:
                boarded[row, t] = position
                t += 1
            if trip <= earliest_trip[row, pattern]:
                earliest_trip[row, pattern] = trip
                earliest_at[row, pattern] = boarded[row, trip]


@compiled_loop
def _add(
    pattern: int,
    after: int,
    label_rounds: int,
    boarded: NDArray[np.int16],
    earliest_trip: NDArray[np.int32],
    earliest_at: NDArray[np.int16],
    segments: NDArray[np.int32],
    queue: NDArray[np.int32],
    counts: NDArray[np.int64],
    label: int,
    layer: int,
    trip: int,
    position: int,
    before: int,
    left: int,
    start: int,
    is_seated: int,
    count: int,
) -> int:
    """Put a ride into a queue if it is new; returns how many are in it."""
    end = boarded[layer * label_rounds + label, trip]
    if end <= position:
        return count
    k = counts[SEGMENTS]
    if k >= segments.shape[0]:
        counts[IS_FULL] = 1
        return count
    _mark(pattern, after, label_rounds, boarded, earliest_trip, earliest_at, label, layer, trip, position)
    counts[SEGMENTS] = k + 1
    segment = segments[k]
    segment[TRIP] = trip
    segment[BOARD] = position
    segment[END] = end
    segment[LAYER] = layer
    segment[BEFORE] = before
    segment[LEFT] = left
    segment[START] = start
    segment[SEATED] = is_seated
    queue[count] = k
    return count + 1


@compiled_loop
def _ride_all(
    patterns: Patterns,
    changes: Changes,
    allowed: Allowed,
    limits: Limits,
    desk: Desk,
    round_: int,
    begin_s: int,
    least_end_s: int,
    now: int,
    count: int,
) -> int:
    """Ride everything in the queue of a round; returns how many rides the next round has."""
    label_rounds = limits.label_rounds
    label, next_label = min(round_, label_rounds - 1), min(round_ + 1, label_rounds - 1)
    rides_left = limits.max_rides - 1 - round_
    last_use, next_last_use = desk.last_use[rides_left], desk.last_use[max(rides_left - 1, 0)]
    next_queue = desk.queue[1 - now]
    next_count = 0
    best_segment, best_left, best_exit, best_end = -1, 0, 0, 0
    done = 0
    while done < count:
        k = desk.queue[now, done]
        done += 1
        trip, board, layer = desk.segments[k, TRIP], desk.segments[k, BOARD], desk.segments[k, LAYER]
        start = desk.segments[k, START]
        pattern = patterns.pattern[trip]
        at = patterns.first_position[pattern]
        length = patterns.first_position[pattern + 1] - at
        times = patterns.first_time[pattern] + (trip - patterns.first_trip[pattern]) * length
        last = min(np.int64(last_use[pattern]), np.int64(length - 1))
        end = min(np.int64(desk.segments[k, END]), last)
        row = layer * label_rounds + label
        position = board + 1
        while position <= end:
            arrival_s = patterns.arrivals[times + position]
            if arrival_s + least_end_s >= desk.best_end[label] or arrival_s - begin_s > limits.longest_s:
                break
            stop = patterns.stop[at + position]
            if layer + 1 < limits.layers and allowed.via[stop]:
                layer += 1
                row = layer * label_rounds + label
                end = min(np.int64(desk.boarded[row, trip]), last)
                if end < position:
                    break
                if desk.boarded[row, trip] > position:
                    _mark(
                        pattern, patterns.first_trip[pattern + 1], label_rounds,
                        desk.boarded, desk.earliest_trip, desk.earliest_at,
                        label, layer, trip, position,
                    )  # fmt: skip
            if desk.rides_after[stop] > rides_left or not patterns.can_alight[at + position] or not allowed.stop[stop]:
                position += 1
                continue
            is_new = arrival_s < desk.arrival[row, stop]
            if is_new:
                for lower in range(layer + 1):
                    for later in range(label, label_rounds):
                        r = lower * label_rounds + later
                        if desk.arrival[r, stop] <= arrival_s:
                            break
                        desk.arrival[r, stop] = arrival_s
                if layer == limits.layers - 1:
                    e = desk.first_exit[stop]
                    while e >= 0:
                        there_s = arrival_s + desk.ends[e, LEG_WALK_S]
                        if there_s <= desk.ends[e, LEG_LATEST_S]:
                            end_s = max(there_s, desk.ends[e, LEG_EARLIEST_S]) + desk.ends[e, LEG_DURATION_S]
                            if end_s < desk.best_end[label] and end_s - begin_s <= limits.longest_s:
                                for later in range(label, label_rounds):
                                    desk.best_end[later] = min(desk.best_end[later], end_s)
                                best_segment, best_left, best_exit, best_end = k, position, e, end_s
                        e = desk.next_exit[e]
            if rides_left:
                if is_new:
                    best_next_s = desk.best_end[next_label]
                    next_row = layer * label_rounds + next_label
                    for c in range(changes.first[stop], changes.first[stop + 1]):
                        ready_s = arrival_s + changes.need_s[c]
                        if ready_s >= best_next_s:
                            break  # quickest first
                        to = changes.stop[c]
                        if desk.rides_from[to] > rides_left or ready_s >= desk.ready[row, to]:
                            continue
                        for lower in range(layer + 1):
                            for later in range(label, label_rounds):
                                r = lower * label_rounds + later
                                if desk.ready[r, to] <= ready_s:
                                    break
                                desk.ready[r, to] = ready_s
                        if not allowed.stop[to]:
                            continue
                        for b in range(patterns.first_boarding[to], patterns.first_boarding[to + 1]):
                            boarding = patterns.boardings[b]
                            if next_last_use[boarding[0]] <= boarding[1]:
                                continue
                            begin = boarding[2]
                            after = begin + boarding[3]
                            shift = boarding[4] - begin
                            first = desk.earliest_trip[next_row, boarding[0]] - shift
                            if (
                                limits.layers == 1
                                and desk.earliest_at[next_row, boarding[0]] <= boarding[1]
                                and (first <= begin or patterns.departures[first - 1] < ready_s)
                            ):
                                continue  # no trip before the earliest one boarded already waits for one
                            i = first_not_before(patterns.departures, begin, after, ready_s)
                            while i < after and not allowed.trip[i + shift]:
                                i += 1
                            if i == after:
                                continue
                            there = layer
                            if limits.layers > 1:
                                there = _layer_at(patterns, allowed, limits, i + shift, boarding[1], layer)
                            if desk.boarded[there * label_rounds + next_label, i + shift] > boarding[1]:
                                next_count = _add(
                                    boarding[0], boarding[4] + boarding[3], label_rounds, desk.boarded,
                                    desk.earliest_trip, desk.earliest_at, desk.segments, next_queue, desk.counts,
                                    next_label, there, i + shift, boarding[1], k, position, start, 0, next_count,
                                )  # fmt: skip
                if changes.first_special[stop] < changes.first_special[stop + 1]:
                    next_count = _change_specially(
                        patterns, changes, allowed, limits, desk, next_label, next_last_use, layer, k, position, stop,
                        arrival_s, next_queue, next_count,
                    )  # fmt: skip
            position += 1
        if position == length and changes.first_seated.size:
            count = _stay_seated(
                patterns, changes, allowed, limits, desk, label, last_use, layer, k, desk.queue[now], count
            )
    if best_segment >= 0:
        _keep(desk, begin_s, best_end, best_exit, best_segment, best_left, round_ + 1)
    return next_count


@compiled_loop
def _change_specially(
    patterns: Patterns,
    changes: Changes,
    allowed: Allowed,
    limits: Limits,
    desk: Desk,
    label: int,
    last_use: NDArray[np.int16],
    layer: int,
    k: int,
    position: int,
    from_stop: int,
    arrival_s: int,
    queue: NDArray[np.int32],
    count: int,
) -> int:
    """Change between stops with rules for single routes and trips: it matters what one comes with.

    Parameters
    ----------
    label, last_use, queue, count
        Of the next round.
    """
    here = patterns.pattern[desk.segments[k, TRIP]]
    for c in range(changes.first_special[from_stop], changes.first_special[from_stop + 1]):
        stop = changes.special_stop[c]
        if not allowed.stop[stop]:
            continue
        for b in range(patterns.first_boarding[stop], patterns.first_boarding[stop + 1]):
            boarding = patterns.boardings[b]
            if last_use[boarding[0]] <= boarding[1]:
                continue
            need_s = changes.special_need_s[c]
            for rule in range(changes.first_rule[c], changes.first_rule[c + 1]):
                if _is_meant(changes, changes.rule_from[rule], here) and _is_meant(
                    changes, changes.rule_to[rule], boarding[0]
                ):
                    need_s = changes.rule_need_s[rule]
                    break
            if need_s == IMPOSSIBLE:
                continue
            begin = boarding[2]
            after = begin + boarding[3]
            shift = boarding[4] - begin
            i = first_not_before(patterns.departures, begin, after, arrival_s + need_s)
            while i < after and not allowed.trip[i + shift]:
                i += 1
            if i < after:
                there = _layer_at(patterns, allowed, limits, i + shift, boarding[1], layer)
                count = _add(
                    boarding[0], boarding[4] + boarding[3], limits.label_rounds,
                    desk.boarded, desk.earliest_trip, desk.earliest_at,
                    desk.segments, queue, desk.counts, label, there, i + shift, boarding[1], k, position,
                    desk.segments[k, START], 0, count,
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
    label: int,
    last_use: NDArray[np.int16],
    layer: int,
    k: int,
    queue: NDArray[np.int32],
    count: int,
) -> int:
    """Put the trips as which a vehicle goes on into the queue of the same round; returns how many are in it."""
    trip = desk.segments[k, TRIP]
    pattern = patterns.pattern[trip]
    last = patterns.first_position[pattern + 1] - patterns.first_position[pattern] - 1
    for s in range(changes.first_seated[trip], changes.first_seated[trip + 1]):
        onward = changes.seated_trip[s]
        if allowed.trip[onward] and last_use[patterns.pattern[onward]] > 0:
            there = _layer_at(patterns, allowed, limits, onward, 0, layer)
            count = _add(
                patterns.pattern[onward], patterns.first_trip[patterns.pattern[onward] + 1], limits.label_rounds,

                desk.boarded, desk.earliest_trip, desk.earliest_at, desk.segments, queue,
                desk.counts, label, there, onward, 0,
                k, last, desk.segments[k, START], 1, count,
            )  # fmt: skip
    return count


@compiled_loop
def _keep(desk: Desk, begin_s: int, end_s: int, end: int, segment: int, left: int, vehicles: int) -> None:
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
    way[END_KEY] = desk.ends[end, LEG_KEY]
    way[FIRST_RIDE] = first
    way[RIDE_COUNT] = ride - first
    way[VEHICLES] = vehicles
    desk.counts[WAYS] = w + 1
    desk.counts[RIDES] = ride
