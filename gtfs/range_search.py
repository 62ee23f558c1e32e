"""A search prepared: the arrays the compiled one works on, kept from question to question."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gtfs.footpaths import Ways, change_needs_s
from gtfs.patterns import Patterns
from gtfs.range_search_kernel import search
from gtfs.search_start_kernel import prepare
from gtfs.search_tables_kernel import (
    BEGIN_S,
    BOARD_BEGIN_S,
    BOARD_WIDTH,
    BOARDS,
    COUNT_WIDTH,
    END_KEY,
    END_S,
    FIRST_RIDE,
    IMPOSSIBLE,
    IS_SEATED,
    LEG_WIDTH,
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
    Backs,
    Changes,
    Desk,
    Limits,
)
from gtfs.timetable_model import DayTimetable
from gtfs.transfer_rules import FORBIDDEN, SpecialRules
from gtfs.way_back_kernel import count_alightings, write_alightings, write_origins

__all__ = [
    "Allowed",
    "Net",
    "Ride",
    "Span",
    "Way",
    "open_net",
    "search_arrivals",
    "search_first_way",
    "search_ways",
    "table_of_legs",
]

_FIRST_ROOM = 4096


class Span(NamedTuple):
    """When a way must begin in the direction of the search (both inclusive), and what else it must keep to.

    Parameters
    ----------
    max_rides
        So many vehicles at most.
    longest_s
        How long it is at most.
    comes_past_hub
        Whether it must come past a stop that is a ``via`` of what is allowed.
    """

    from_s: int
    to_s: int
    max_rides: int
    longest_s: int
    comes_past_hub: bool


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
        Not in use by another thread, by how many rows of labels they have and for how many rides.
    allowed
        What queries may use, by what they wish for.
    """

    patterns: Patterns
    changes: Changes
    backs: Backs
    walks: Ways
    is_mirrored: bool
    desks: dict[tuple[int, int], list[Desk]] = field(default_factory=dict)
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
    return Net(patterns, changes, _backs(patterns, changes), footpaths.walks(is_mirrored), is_mirrored)


def _backs(patterns: Patterns, changes: Changes) -> Backs:
    first_alighting = np.empty_like(patterns.first_boarding)
    alightings = np.empty((count_alightings(patterns, first_alighting), 2), np.int32)
    write_alightings(patterns, first_alighting.copy(), alightings)
    first_origin = np.empty(first_alighting.size, np.int64)
    origin = np.empty(changes.stop.size + changes.special_stop.size, np.int32)
    write_origins(changes, first_origin.copy(), first_origin, origin)
    seated = np.empty((0, 2), np.int32)
    if changes.first_seated.size:
        here = np.repeat(patterns.pattern, np.diff(changes.first_seated))
        seated = np.unique(np.stack([here, patterns.pattern[changes.seated_trip]], axis=1), axis=0)
    return Backs(first_alighting, alightings, first_origin, origin, seated)


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


def table_of_legs(legs: Iterable[tuple[int, int, bool, int, int, int]]) -> npt.NDArray[np.int64]:
    """End legs for a search: number, stop, whether there may be a walk next to it, duration, when it can begin."""
    return np.array([*legs], np.int64).reshape(-1, LEG_WIDTH)


def search_ways(
    net: Net, allowed: Allowed, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], span: Span
) -> list[Way]:
    """All ways that no other beats in beginning later, ending earlier and taking fewer vehicles.

    Of ways that are equal in all three, one is given. Ways come latest beginning first, then fewest vehicles first.

    Parameters
    ----------
    starts, ends
        End legs in the direction of the search, see :func:`table_of_legs`.
    """
    if not starts.size or not ends.size:
        return []
    desk = _search(net, allowed, starts, ends, _limits(net, span, is_first=False))
    ways = [_way(net, row, desk.rides) for row in desk.ways[: desk.counts[WAYS]].tolist()]
    _give_back(net, desk)
    return ways


def search_first_way(
    net: Net, allowed: Allowed, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], span: Span
) -> Way | None:
    """A way that ends earliest, with the fewest vehicles of those; its beginning is that of the span."""
    if not starts.size or not ends.size:
        return None
    desk = _search(net, allowed, starts, ends, _limits(net, span, is_first=True))
    count = int(desk.counts[WAYS])
    way = _way(net, desk.ways[count - 1].tolist(), desk.rides) if count else None
    _give_back(net, desk)
    return way


def search_arrivals(net: Net, allowed: Allowed, starts: npt.NDArray[np.int64], span: Span) -> npt.NDArray[np.int32]:
    """Earliest arrival by vehicle at each stop, ``NEVER`` where one does not get."""
    limits = _limits(net, span, is_first=True)
    desk = _search(net, allowed, starts, starts[:0], limits)
    arrivals: npt.NDArray[np.int32] = desk.arrival[limits.layers * limits.label_rounds - 1].copy()
    _give_back(net, desk)
    return arrivals


def _limits(net: Net, span: Span, *, is_first: bool) -> Limits:
    # Who stays seated, or comes past the hub on board, goes on in the same round: rounds need labels of their own.
    can_share = is_first and not span.comes_past_hub and not net.changes.first_seated.size
    label_rounds = 1 if can_share else span.max_rides
    return Limits(*span[:4], 2 if span.comes_past_hub else 1, label_rounds, is_first)


def _search(
    net: Net, allowed: Allowed, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], limits: Limits
) -> Desk:
    """The desk with what was found on it; to be given back."""
    desk = _take_desk(net, limits)
    while not _try_to_search(net, allowed, starts, ends, limits, desk):
        desk = _with_more_room(desk)
    return desk


def _try_to_search(
    net: Net,
    allowed: Allowed,
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    limits: Limits,
    desk: Desk,
) -> bool:
    patterns = net.patterns
    if not prepare(patterns, allowed, net.backs, *net.walks, starts, ends, limits, desk):
        return False
    begin_s = desk.boards[: desk.counts[BOARDS], BOARD_BEGIN_S]
    order = np.arange(begin_s.size) if limits.is_first else np.argsort(-begin_s, kind="stable")
    return search(patterns, net.changes, allowed, limits, order, desk)


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


def _take_desk(net: Net, limits: Limits) -> Desk:
    """A desk nobody works at: two threads may search at once."""
    rows = limits.layers * limits.label_rounds
    try:
        return net.desks.setdefault((rows, limits.max_rides), []).pop()
    except IndexError:
        return _new_desk(net, rows, limits.max_rides)


def _give_back(net: Net, desk: Desk) -> None:
    net.desks[desk.arrival.shape[0], desk.last_use.shape[0]].append(desk)


def _new_desk(net: Net, rows: int, max_rides: int) -> Desk:
    return Desk(
        arrival=np.empty((rows, net.stop_count), np.int32),
        ready=np.empty((rows, net.stop_count), np.int32),
        boarded=np.empty((rows, net.patterns.pattern.size), np.int16),
        earliest_trip=np.empty((rows, net.patterns.sign.size), np.int32),
        earliest_at=np.empty((rows, net.patterns.sign.size), np.int16),
        best_end=np.empty(max_rides, np.int64),
        **_tables(_FIRST_ROOM),
        first_exit=np.full(net.stop_count, -1, np.int32),
        last_use=np.empty((max_rides, net.patterns.sign.size), np.int16),
        rides_from=np.empty(net.stop_count, np.uint8),
        rides_after=np.empty(net.stop_count, np.uint8),
        stops=np.empty(net.stop_count, np.int32),
        patterns=np.empty(net.patterns.sign.size, np.int32),
        counts=np.zeros(COUNT_WIDTH, np.int64),
    )


def _with_more_room(desk: Desk) -> Desk:
    return desk._replace(**_tables(4 * desk.segments.shape[0]))


def _tables(room: int) -> dict[str, Any]:
    return {
        "starts": np.empty((room // 4, LEG_WIDTH), np.int64),
        "ends": np.empty((room // 4, LEG_WIDTH), np.int64),
        "next_exit": np.empty(room // 4, np.int32),
        "boards": np.empty((room, BOARD_WIDTH), np.int64),
        "segments": np.empty((room, SEGMENT_WIDTH), np.int32),
        "queue": np.empty((2, room), np.int32),
        "ways": np.empty((room // 8, WAY_WIDTH), np.int64),
        "rides": np.empty((room, RIDE_WIDTH), np.int32),
    }
