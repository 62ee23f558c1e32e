"""What a timetable is: all trips of all days in compact arrays, and the trips of one service day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from gtfs.calendar import Calendar, join_calendars
from gtfs.footpaths import Footpaths
from gtfs.itinerary import FixedStopId, RouteId, TripId
from gtfs.patterns import DayTrip, Patterns, arrange
from gtfs.service_day import ServiceDay

_DAYS_KEPT = 8
"""So many service days stay arranged in memory; most enquiries are about today and the days after."""


@dataclass(frozen=True, slots=True)
class FixedStop:
    """A stop or station of the timetable; ``parent_id`` is its station."""

    id: FixedStopId
    name: str
    lon: float
    lat: float
    parent_id: FixedStopId | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A line as passengers know it (``RE 8``); ``route_type`` as in GTFS, extended types included."""

    id: RouteId
    name: str
    route_type: int


@dataclass(frozen=True, eq=False)
class TripTable:
    """All trips of all days in parallel arrays.

    Parameters
    ----------
    ids
        Of the trips.
    headsigns
        Each once; ``headsign`` points here.
    route, service, headsign
        Per trip, ``int32``: index of its route, service and headsign.
    first_call
        ``int64``, one entry more than trips: the calls of trip ``i`` are ``first_call[i]:first_call[i + 1]``.
    stop, arrival_s, departure_s
        Per call, ``int32``.
    can_board, can_alight
        Per call, ``bool``.
    """

    ids: tuple[TripId, ...]
    headsigns: tuple[str, ...]
    route: npt.NDArray[np.int32]
    service: npt.NDArray[np.int32]
    headsign: npt.NDArray[np.int32]
    first_call: npt.NDArray[np.int64]
    stop: npt.NDArray[np.int32]
    arrival_s: npt.NDArray[np.int32]
    departure_s: npt.NDArray[np.int32]
    can_board: npt.NDArray[np.bool_]
    can_alight: npt.NDArray[np.bool_]

    def day_trip(self, trip: int, day_offset: int, shift_s: int) -> DayTrip:
        """A trip with its times moved back by some seconds."""
        calls = slice(int(self.first_call[trip]), int(self.first_call[trip + 1]))
        return DayTrip(
            trip,
            day_offset,
            np.asarray(self.stop[calls]),
            np.stack([self.arrival_s[calls], self.departure_s[calls]]) - np.int32(shift_s),
            np.stack([self.can_board[calls], self.can_alight[calls]]),
        )


@dataclass(frozen=True, eq=False)
class Timetable:
    """Everything the feeds of a district say, for all their dates; indices point into these tuples."""

    zone: ZoneInfo
    stops: tuple[FixedStop, ...]
    routes: tuple[Route, ...]
    trips: TripTable
    calendar: Calendar
    footpaths: Footpaths

    @property
    def first_on(self) -> date | None:
        """The first date with a trip; ``None`` for an empty timetable."""
        return self.calendar.first_on

    @property
    def last_on(self) -> date | None:
        """The last date with a trip; ``None`` for an empty timetable."""
        return self.calendar.last_on

    @cached_property
    def stop_by_id(self) -> dict[FixedStopId, FixedStop]:
        """Stops and stations by id."""
        return {stop.id: stop for stop in self.stops}

    @cached_property
    def stop_index(self) -> dict[FixedStopId, int]:
        """Place of a stop in ``stops`` by its id."""
        return {stop.id: i for i, stop in enumerate(self.stops)}

    def day(self, service_day: ServiceDay) -> "DayTimetable":
        """The trips of a service day; the last few days asked for are kept.

        Raises
        ------
        ValueError
            When the day is in another time zone than the timetable.
        """
        if service_day.zone.key != self.zone.key:
            msg = f"a service day in {service_day.zone.key} cannot be looked up in a timetable in {self.zone.key}"
            raise ValueError(msg)
        return self._day(service_day)

    @cached_property
    def _day(self) -> "Callable[[ServiceDay], DayTimetable]":
        return lru_cache(maxsize=_DAYS_KEPT)(self._open_day)

    def _open_day(self, service_day: ServiceDay) -> "DayTimetable":
        return DayTimetable(self, service_day, tuple(self._day_trips(service_day)))

    def _day_trips(self, service_day: ServiceDay) -> Iterator[DayTrip]:
        yesterday = service_day.previous()
        # 24 hours, but 23 or 25 when the clocks change.
        shift_s = -service_day.seconds(yesterday.start_at)
        # On the day clocks go back, midnight is an hour before the start of the service day.
        midnight_s = service_day.seconds(datetime.combine(service_day.on, time(), service_day.zone))
        late = self._runs_on(yesterday.on) & (self._last_arrival_s >= shift_s + min(midnight_s, 0))
        for trip in np.flatnonzero(late):
            yield self.trips.day_trip(int(trip), -1, shift_s)
        for trip in np.flatnonzero(self._runs_on(service_day.on)):
            yield self.trips.day_trip(int(trip), 0, 0)

    def _runs_on(self, on: date) -> npt.NDArray[np.bool_]:
        return self.calendar.running(on)[self.trips.service]

    @cached_property
    def _last_arrival_s(self) -> npt.NDArray[np.int32]:
        return np.asarray(self.trips.arrival_s[self.trips.first_call[1:] - 1])


@dataclass(frozen=True, eq=False)
class DayTimetable:
    """The trips one can ride on a service day, on its clock.

    Parameters
    ----------
    trips
        Yesterday's trips that are still under way when the day begins (``day_offset`` -1), then the day's own.
    """

    timetable: Timetable
    service_day: ServiceDay
    trips: tuple[DayTrip, ...]

    @cached_property
    def forward(self) -> Patterns:
        """The trips arranged for a search along time."""
        return arrange(self.trips, len(self.timetable.stops))

    @cached_property
    def backward(self) -> Patterns:
        """The trips arranged for a search against time."""
        return arrange((trip.mirrored() for trip in self.trips), len(self.timetable.stops))

    @cached_property
    def trip_by_id(self) -> dict[tuple[TripId, int], DayTrip]:
        """Trips by id and day offset."""
        ids = self.timetable.trips.ids
        return {(ids[day_trip.trip], day_trip.day_offset): day_trip for day_trip in self.trips}


def empty_timetable(zone: ZoneInfo) -> Timetable:
    """A timetable without stops and trips, for a district without lines."""
    numbers = np.empty(0, np.int32)
    flags = np.empty(0, np.bool_)
    trips = TripTable((), (), numbers, numbers, numbers, np.zeros(1, np.int64), numbers, numbers, numbers, flags, flags)
    footpaths = Footpaths(0, numbers, numbers, numbers, numbers)
    return Timetable(zone, (), (), trips, join_calendars([], []), footpaths)
