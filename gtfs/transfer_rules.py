"""Rules of transfers.txt that hold for single routes or trips: other times, forbidden changes, staying seated."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NOT_GIVEN = -1
FORBIDDEN = -2
"""In place of a time: one cannot change."""
ANY = -1

TIMED, MIN_TIME, IMPOSSIBLE, IN_SEAT = 1, 2, 3, 4
_TRIP_SAYS, _ROUTE_SAYS = 3, 1
"""GTFS: a trip says more than a route, two trips more than a trip and a route, a trip alone more than two routes."""


@dataclass(frozen=True, slots=True)
class TransferRule:
    """A row of transfers.txt, everything by index.

    Parameters
    ----------
    min_transfer_s
        ``NOT_GIVEN`` when the feed is silent.
    from_route, to_route, from_trip, to_trip
        Whom the rule is about, ``ANY`` for all.
    """

    from_stop: int
    to_stop: int
    transfer_type: int
    min_transfer_s: int = NOT_GIVEN
    from_route: int = ANY
    to_route: int = ANY
    from_trip: int = ANY
    to_trip: int = ANY

    @property
    def is_special(self) -> bool:
        """Whether it is about single routes or trips."""
        return max(self.from_route, self.to_route, self.from_trip, self.to_trip) != ANY

    @property
    def weight(self) -> int:
        """The more a rule says, the more it weighs; the heaviest one holds."""
        trips, routes = (self.from_trip, self.to_trip), (self.from_route, self.to_route)
        weights = (
            _TRIP_SAYS if trip != ANY else _ROUTE_SAYS if route != ANY else 0
            for trip, route in zip(trips, routes, strict=True)
        )
        return sum(weights)


@dataclass(frozen=True, eq=False)
class SpecialRules:
    """Rules for single routes and trips as parallel arrays, ``int32``, one row per rule and pair of stops.

    Parameters
    ----------
    from_stop, to_stop
        Rows are sorted by both; of one pair, the rule that says most comes first.
    from_route, to_route, from_trip, to_trip
        Whom the rule is about, ``ANY`` for all.
    walk_s
        Between the stops.
    change_s
        What a change needs, the walk included, ``NOT_GIVEN``, or ``FORBIDDEN``.
    seated_from, seated_to
        Trips from which to which one may stay seated.
    """

    from_stop: npt.NDArray[np.int32]
    to_stop: npt.NDArray[np.int32]
    from_route: npt.NDArray[np.int32]
    to_route: npt.NDArray[np.int32]
    from_trip: npt.NDArray[np.int32]
    to_trip: npt.NDArray[np.int32]
    walk_s: npt.NDArray[np.int32]
    change_s: npt.NDArray[np.int32]
    seated_from: npt.NDArray[np.int32]
    seated_to: npt.NDArray[np.int32]

    def signs(self, route: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """A number per trip, given its route: trips with the same number are the same to every rule."""
        routes = np.union1d(self.from_route, self.to_route)
        trips = np.unique(np.concatenate([self.from_trip, self.to_trip, self.seated_from, self.seated_to]))
        signs = np.where(np.isin(route, routes[routes != ANY]), 2 * route.astype(np.int64) + 2, 0)
        named = trips[trips != ANY].astype(np.int64)
        signs[named] = 2 * named + 1
        return signs

    def walk_between(self, from_stop: int, to_stop: int) -> int | None:
        """Seconds on foot between two stops that have a rule."""
        found = np.flatnonzero((self.from_stop == from_stop) & (self.to_stop == to_stop))
        return int(self.walk_s[found[0]]) if found.size else None


def no_special_rules() -> SpecialRules:
    """A timetable in which all trips are treated alike."""
    return SpecialRules(*(np.empty(0, np.int32) for _ in range(10)))


def make_special_rules(
    rules: Iterable[TransferRule],
    members: Mapping[int, Sequence[int]],
    walk_s: Callable[[int, int], int],
) -> SpecialRules:
    """The rules for single routes and trips, a rule for a station written out for its stops.

    Parameters
    ----------
    members
        The stops of each station, itself included.
    walk_s
        Seconds on foot between two stops.
    """
    rows: list[tuple[int, ...]] = []
    seated: set[tuple[int, int]] = set()
    for rule in rules:
        if not rule.is_special:
            continue
        if rule.transfer_type == IN_SEAT:
            if ANY not in (rule.from_trip, rule.to_trip):
                seated.add((rule.from_trip, rule.to_trip))
            continue
        from_stops, to_stops = (members.get(stop, [stop]) for stop in (rule.from_stop, rule.to_stop))
        for from_stop in from_stops:
            for to_stop in to_stops:
                walk = walk_s(from_stop, to_stop)
                breadth = len(from_stops) * len(to_stops)
                rows.append((from_stop, to_stop, -rule.weight, breadth, *_row(rule, walk)))
    rows.sort()
    columns = np.array(rows, np.int32).reshape(-1, 10).T
    seats = np.array(sorted(seated), np.int32).reshape(-1, 2).T
    return SpecialRules(*(np.ascontiguousarray(column) for column in (*columns[:2], *columns[4:], *seats)))


def _row(rule: TransferRule, walk_s: int) -> tuple[int, ...]:
    change_s = NOT_GIVEN
    if rule.transfer_type == TIMED:
        change_s = walk_s
    elif rule.transfer_type == MIN_TIME:
        change_s = rule.min_transfer_s
    elif rule.transfer_type == IMPOSSIBLE:
        change_s = FORBIDDEN
    return rule.from_route, rule.to_route, rule.from_trip, rule.to_trip, walk_s, change_s
