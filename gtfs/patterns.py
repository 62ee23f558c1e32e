"""The trips of one day arranged for a search: trips with the same stops side by side, none overtaking another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Boarding = tuple[int, int, Sequence[int]]
"""A pattern, a position in it, and when its trips leave there, in order."""


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

    def mirrored(self) -> "DayTrip":
        """The trip as seen when time runs backwards: the last call first, boarding where one alighted."""
        return DayTrip(self.trip, self.day_offset, self.stops[::-1], -self.times[::-1, ::-1], self.flags[::-1, ::-1])


@dataclass(frozen=True, slots=True)
class Pattern:
    """Trips with the same stops, earliest first; none overtakes another (which a search relies on).

    Parameters
    ----------
    first_trip
        Number of its first trip; the trips of all patterns are numbered through.
    trips
        In order of time.
    stops, can_board, can_alight
        Per position.
    departures
        Per position, of all trips.
    arrivals
        Per trip, at all positions.
    """

    first_trip: int
    trips: tuple[DayTrip, ...]
    stops: list[int]
    can_board: list[bool]
    can_alight: list[bool]
    departures: list[list[int]]
    arrivals: list[list[int]]


@dataclass(frozen=True, slots=True)
class Patterns:
    """All patterns of a day, and for every stop where one can board what."""

    patterns: tuple[Pattern, ...]
    trip_count: int
    boardings: tuple[tuple[Boarding, ...], ...]


def arrange(day_trips: Iterable[DayTrip], stop_count: int) -> Patterns:
    """Arrange trips into patterns, in the order of their first trips."""
    groups: dict[tuple[bytes, bytes], list[DayTrip]] = {}
    for day_trip in day_trips:
        groups.setdefault((day_trip.stops.tobytes(), day_trip.flags.tobytes()), []).append(day_trip)
    patterns: list[Pattern] = []
    trip_count = 0
    for group in groups.values():
        for lane in _lanes(group):
            patterns.append(_pattern(lane, trip_count))
            trip_count += len(lane)
    boardings: list[list[Boarding]] = [[] for _ in range(stop_count)]
    for number, pattern in enumerate(patterns):
        for position, stop in enumerate(pattern.stops[:-1]):
            if pattern.can_board[position]:
                boardings[stop].append((number, position, pattern.departures[position]))
    return Patterns(tuple(patterns), trip_count, tuple(map(tuple, boardings)))


def _lanes(group: Sequence[DayTrip]) -> list[list[DayTrip]]:
    """The trips parted so that in each lane every trip is at every call no earlier than the one before it."""
    ordered = sorted(group, key=lambda t: (t.times[1, 0], t.times[0, -1], t.day_offset, t.trip))
    lanes: list[list[DayTrip]] = []
    for day_trip in ordered:
        for lane in lanes:
            if (lane[-1].times <= day_trip.times).all():
                lane.append(day_trip)
                break
        else:
            lanes.append([day_trip])
    return lanes


def _pattern(lane: Sequence[DayTrip], first_trip: int) -> Pattern:
    times = np.stack([day_trip.times for day_trip in lane])
    return Pattern(
        first_trip=first_trip,
        trips=tuple(lane),
        stops=lane[0].stops.tolist(),
        can_board=lane[0].flags[0].tolist(),
        can_alight=lane[0].flags[1].tolist(),
        departures=times[:, 1, :].T.tolist(),
        arrivals=times[:, 0, :].tolist(),
    )
