"""A search prepared: the arrays the compiled one works on, kept from question to question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gtfs.footpaths import Ways, change_needs_s
from gtfs.patterns import Patterns
from gtfs.range_search_kernel import (
    BEGIN_S,
    END_KEY,
    END_S,
    FIRST_RIDE,
    IMPOSSIBLE,
    IS_SEATED,
    RIDE_ALIGHT,
    RIDE_BOARD,
    RIDE_COUNT,
    RIDE_TRIP,
    RIDE_WIDTH,
    SEGMENT_WIDTH,
    START_KEY,
    VEHICLES,
    WAY_WIDTH,
    WAYS,
    Allowed,
    Boards,
    Changes,
    Desk,
    Ends,
    Limits,
    clear,
    clear_exits,
    list_boards,
    list_first_boards,
    search,
)
from gtfs.timetable_model import DayTimetable
from gtfs.transfer_rules import FORBIDDEN, SpecialRules

__all__ = [
    "Allowed",
    "End",
    "Limits",
    "Net",
    "Ride",
    "Way",
    "open_net",
    "search_arrivals",
    "search_first_way",
    "search_ways",
]

_FIRST_ROOM = 4096


class End(NamedTuple):
    """An end leg in the direction of the search, or one with a walk next to it; which one is which knows the caller.

    Parameters
    ----------
    key
        Number of the leg.
    stop
        Index of the stop at which one boards or alights.
    walk_s
        Between that stop and the leg.
    duration_s
        Of the leg alone.
    earliest_s, latest_s
        When it can begin.
    """

    key: int
    stop: int
    walk_s: int
    duration_s: int
    earliest_s: int
    latest_s: int


class Ride(NamedTuple):
    """A trip of the day (by its place in ``DayTimetable.calls``) from one call to another, as one rides it."""

    trip: int
    board: int
    alight: int
    stays_seated: bool
    """Whether one came to it in the vehicle of the ride before it (in time)."""


class Way(NamedTuple):
    """A best way in the direction of the search: when it begins and ends, number of its end legs, rides in order."""

    begin_s: int
    end_s: int
    start_key: int
    end_key: int
    rides: list[Ride]
    vehicles: int


@dataclass(frozen=True, eq=False)
class Net:
    """What a search runs on, in one direction.

    Parameters
    ----------
    desks
        Not in use by another thread, by how many rows they have.
    allowed
        What queries may use, by what they wish for.
    """

    patterns: Patterns
    changes: Changes
    walks: Ways
    is_mirrored: bool
    desks: dict[int, list[Desk]] = field(default_factory=dict)
    allowed: dict[object, Allowed] = field(default_factory=dict)

    @property
    def stop_count(self) -> int:
        """How many stops there are."""
        return self.patterns.first_boarding.size - 1


def open_net(day: DayTimetable, min_change_s: int, *, is_mirrored: bool) -> Net:
    """What searches of a day run on, given the least time for a change."""
    patterns = day.backward if is_mirrored else day.forward
    footpaths = day.timetable.footpaths
    general = footpaths.changes(min_change_s, is_mirrored)
    changes = _changes(day, patterns, general, min_change_s, is_mirrored=is_mirrored)
    return Net(patterns, changes, footpaths.walks(is_mirrored), is_mirrored)


def _changes(day: DayTimetable, patterns: Patterns, general: Ways, min_change_s: int, *, is_mirrored: bool) -> Changes:
    rules = day.timetable.rules
    stop_count = len(day.timetable.stops)
    here, there = (rules.to_stop, rules.from_stop) if is_mirrored else (rules.from_stop, rules.to_stop)
    pairs, first_rule = _pairs(here, there, stop_count)
    general, special_need_s = _parted(general, pairs, stop_count)
    order = np.lexsort((np.arange(here.size), there, here))
    sides = [
        np.ascontiguousarray(np.stack([route, trip], axis=1)[order])
        for route, trip in ((rules.from_route, rules.from_trip), (rules.to_route, rules.to_trip))
    ]
    need_s = change_needs_s(rules.walk_s, rules.change_s, min_change_s)[order]
    routes, trips = _names_of_patterns(day, patterns)
    first_seated, seated_trip = _seats(day, patterns, rules, is_mirrored=is_mirrored)
    return Changes(
        first=general.first,
        stop=general.stop,
        need_s=general.seconds,
        first_special=np.searchsorted(pairs // max(stop_count, 1), np.arange(stop_count + 1)).astype(np.int64),
        special_stop=(pairs % max(stop_count, 1)).astype(np.int32),
        special_need_s=special_need_s,
        first_rule=first_rule,
        rule_from=sides[1] if is_mirrored else sides[0],
        rule_to=sides[0] if is_mirrored else sides[1],
        rule_need_s=np.where(rules.change_s[order] == FORBIDDEN, IMPOSSIBLE, need_s).astype(np.int32),
        route=routes,
        trip=trips,
        first_seated=first_seated,
        seated_trip=seated_trip,
    )


def _pairs(
    here: npt.NDArray[np.int32], there: npt.NDArray[np.int32], stop_count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The pairs of stops that have special rules, as one number each, and where the rules of each begin."""
    keys = np.sort(here.astype(np.int64) * stop_count + there)
    pairs, begins = np.unique(keys, return_index=True)
    return pairs, np.append(begins, keys.size).astype(np.int64)


def _parted(general: Ways, pairs: npt.NDArray[np.int64], stop_count: int) -> tuple[Ways, npt.NDArray[np.int32]]:
    """The changes between pairs without special rules, and the seconds between those with some, else ``IMPOSSIBLE``."""
    if not pairs.size:
        return general, np.empty(0, np.int32)
    here = np.repeat(np.arange(stop_count), np.diff(general.first))
    keys = here * stop_count + general.stop
    is_special = np.isin(keys, pairs)
    need_s = np.full(pairs.size, IMPOSSIBLE, np.int32)
    need_s[np.searchsorted(pairs, keys[is_special])] = general.seconds[is_special]
    first = np.concatenate([[0], np.cumsum(np.bincount(here[~is_special], minlength=stop_count))]).astype(np.int64)
    return Ways(first, general.stop[~is_special], general.seconds[~is_special]), need_s


def _names_of_patterns(day: DayTimetable, patterns: Patterns) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Route and trip of each pattern, -1 where no rule can tell it from others."""
    trip = day.calls.trip[patterns.day_trip[patterns.first_trip[:-1]]]
    is_trip, is_named = patterns.sign % 2 == 1, patterns.sign > 0
    route = day.timetable.trips.route[trip]
    return np.where(is_named, route, -1).astype(np.int32), np.where(is_trip, trip, -1).astype(np.int32)


def _seats(
    day: DayTimetable, patterns: Patterns, rules: SpecialRules, *, is_mirrored: bool
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """As which trips the vehicle of each goes on, in the direction of the search."""
    number = np.empty(patterns.day_trip.size, np.int64)
    number[patterns.day_trip] = np.arange(patterns.day_trip.size)
    found = []
    for first, second in zip(rules.seated_from.tolist(), rules.seated_to.tolist(), strict=True):
        for day_offset in (-1, 0, 1):
            a, b = (day.find_number(trip, day_offset) for trip in (first, second))
            if a is not None and b is not None and day.trip(a).times[0, -1] <= day.trip(b).times[1, 0]:
                found.append((number[b], number[a]) if is_mirrored else (number[a], number[b]))
    if not found:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    here, there = np.array(sorted(found), np.int64).T
    first_seated = np.searchsorted(here, np.arange(number.size + 1)).astype(np.int32)
    return first_seated, there.astype(np.int32)


def search_ways(net: Net, allowed: Allowed, starts: Sequence[End], ends: Sequence[End], limits: Limits) -> list[Way]:
    """All ways that no other beats in beginning later, ending earlier and taking fewer vehicles.

    Of ways that are equal in all three, one is given. Ways come latest beginning first, then fewest vehicles first.
    """
    if not starts or not ends:
        return []
    start_table = _table(starts)
    boards, count = _list(list_boards, net.patterns, allowed, start_table, limits)
    order = np.argsort(-boards.begin_s[:count], kind="stable")
    return _found(net, allowed, _table(ends), limits, boards, order)


def search_first_way(
    net: Net, allowed: Allowed, starts: Sequence[End], ends: Sequence[End], limits: Limits
) -> Way | None:
    """A way that ends earliest, with the fewest vehicles of those; its beginning is that of the limits."""
    if not starts or not ends:
        return None
    boards, count = _list(list_first_boards, net.patterns, allowed, _table(starts), limits)
    ways = _found(net, allowed, _table(ends), limits, boards, np.arange(count))
    return ways[-1] if ways else None


def search_arrivals(net: Net, allowed: Allowed, starts: Sequence[End], limits: Limits) -> npt.NDArray[np.int32]:
    """Earliest arrival by vehicle at each stop, ``NEVER`` where one does not get."""
    boards, count = _list(list_first_boards, net.patterns, allowed, _table(starts), limits)
    desk = _search(net, allowed, _table([]), limits, boards, np.arange(count))
    arrivals: npt.NDArray[np.int32] = desk.arrival[-1].copy()
    _give_back(net, desk)
    return arrivals


def _list(
    lister: Callable[[Patterns, Allowed, Ends, Limits, Boards], int],
    patterns: Patterns,
    allowed: Allowed,
    starts: Ends,
    limits: Limits,
) -> tuple[Boards, int]:
    """The first vehicles one can take, and how many there are."""
    boards = _boards(_FIRST_ROOM)
    count = lister(patterns, allowed, starts, limits, boards)
    if count > _FIRST_ROOM:
        boards = _boards(count)
        lister(patterns, allowed, starts, limits, boards)
    return boards, count


def _boards(room: int) -> Boards:
    return Boards(np.empty(room, np.int64), *(np.empty(room, np.int32) for _ in range(3)))


def _table(ends: Sequence[End]) -> Ends:
    columns = np.array(ends, np.int64).reshape(-1, len(End._fields)).T
    return Ends(columns[0].astype(np.int32), columns[1].astype(np.int32), *(column.copy() for column in columns[2:]))


def _found(
    net: Net, allowed: Allowed, ends: Ends, limits: Limits, boards: Boards, order: npt.NDArray[np.int64]
) -> list[Way]:
    desk = _search(net, allowed, ends, limits, boards, order)
    ways = [_way(net, row, desk.rides) for row in desk.ways[: desk.counts[WAYS]].tolist()]
    _give_back(net, desk)
    return ways


def _search(
    net: Net, allowed: Allowed, ends: Ends, limits: Limits, boards: Boards, order: npt.NDArray[np.int64]
) -> Desk:
    """The desk with what was found on it; to be given back."""
    desk = _take_desk(net, limits, ends.stop.size)
    while True:
        clear(desk, ends)
        is_done = search(net.patterns, net.changes, allowed, ends, limits, boards, order, desk)
        clear_exits(desk, ends)
        if is_done:
            return desk
        desk = _with_more_room(desk)


def _way(net: Net, row: list[int], all_rides: npt.NDArray[np.int32]) -> Way:
    part = all_rides[row[FIRST_RIDE] : row[FIRST_RIDE] + row[RIDE_COUNT]].tolist()
    trips = [int(net.patterns.day_trip[ride[RIDE_TRIP]]) for ride in part]
    seated = [bool(ride[IS_SEATED]) for ride in part]
    if net.is_mirrored:
        # The last ride of the search is the first in time, and seated is who comes from the ride behind in time.
        last = [_length(net.patterns, ride[RIDE_TRIP]) - 1 for ride in part]
        rides = [
            Ride(trip, end - ride[RIDE_ALIGHT], end - ride[RIDE_BOARD], is_seated)
            for trip, end, ride, is_seated in zip(trips, last, part, [False, *seated[:-1]], strict=True)
        ]
    else:
        rides = [
            Ride(trip, ride[RIDE_BOARD], ride[RIDE_ALIGHT], is_seated)
            for trip, ride, is_seated in zip(trips, part, seated, strict=True)
        ][::-1]
    return Way(row[BEGIN_S], row[END_S], row[START_KEY], row[END_KEY], rides, row[VEHICLES])


def _length(patterns: Patterns, trip: int) -> int:
    pattern = patterns.pattern[trip]
    return int(patterns.first_position[pattern + 1] - patterns.first_position[pattern])


def _take_desk(net: Net, limits: Limits, end_count: int) -> Desk:
    """A desk nobody works at: two threads may search at once."""
    rows = limits.max_rides * limits.layers
    desks = net.desks.setdefault(rows, [])
    try:
        desk = desks.pop()
    except IndexError:
        desk = _new_desk(net, rows, limits.max_rides)
    if desk.next_exit.size < end_count:
        desk = desk._replace(next_exit=np.empty(2 * end_count, np.int32))
    if desk.best_end.size < limits.max_rides:
        desk = desk._replace(best_end=np.empty(limits.max_rides, np.int64))
    return desk


def _give_back(net: Net, desk: Desk) -> None:
    net.desks[desk.boarded.shape[0]].append(desk)


def _new_desk(net: Net, rows: int, max_rides: int) -> Desk:
    return Desk(
        arrival=np.empty((rows, net.stop_count), np.int32),
        ready=np.empty((rows, net.stop_count), np.int32),
        boarded=np.empty((rows, net.patterns.pattern.size), np.int16),
        first_exit=np.full(net.stop_count, -1, np.int32),
        next_exit=np.empty(256, np.int32),
        best_end=np.empty(max_rides, np.int64),
        segments=np.empty((_FIRST_ROOM, SEGMENT_WIDTH), np.int32),
        queue=np.empty((2, _FIRST_ROOM), np.int32),
        ways=np.empty((_FIRST_ROOM // 8, WAY_WIDTH), np.int64),
        rides=np.empty((_FIRST_ROOM, RIDE_WIDTH), np.int32),
        counts=np.zeros(4, np.int64),
    )


def _with_more_room(desk: Desk) -> Desk:
    room = 4 * desk.segments.shape[0]
    return desk._replace(
        segments=np.empty((room, SEGMENT_WIDTH), np.int32),
        queue=np.empty((2, room), np.int32),
        ways=np.empty((room // 8, WAY_WIDTH), np.int64),
        rides=np.empty((room, RIDE_WIDTH), np.int32),
    )
