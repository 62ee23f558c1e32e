"""What a timetable is: all trips of all days in compact arrays, and the trips of one service day."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from gtfs.calendar import Calendar, join_calendars
from gtfs.footpaths import Footpaths
from gtfs.itinerary import FixedStopId, RouteId, TripId
from gtfs.patterns import DayCalls, DayTrip, Patterns, arrange, mirror
from gtfs.patterns_change import rearrange
from gtfs.service_day import ServiceDay
from gtfs.transfer_rules import SpecialRules, no_special_rules

_DAYS_KEPT = 8
"""So many service days stay arranged in memory; most enquiries are about today and the days after."""


@dataclass(frozen=True, slots=True)
class FixedStop:
    """A stop or station of the timetable; ``parent_id`` is its station.

    ``wheelchair`` as in GTFS: 0 nothing is known, 1 one can board in a wheelchair, 2 one cannot.
    """

    id: FixedStopId
    name: str
    lon: float
    lat: float
    parent_id: FixedStopId | None = None
    wheelchair: int = 0


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
    wheelchair, bikes
        Per trip, ``int8`` as in GTFS: 0 nothing is known, 1 can be taken along, 2 cannot.
    sequence
        Per call, ``int32``: the feed's ``stop_sequence``, growing along a trip.
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
    wheelchair: npt.NDArray[np.int8]
    bikes: npt.NDArray[np.int8]
    sequence: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Timetable:
    """Everything the feeds of a district say, for all their dates; indices point into these tuples."""

    zone: ZoneInfo
    stops: tuple[FixedStop, ...]
    routes: tuple[Route, ...]
    trips: TripTable
    calendar: Calendar
    footpaths: Footpaths
    rules: SpecialRules = field(default_factory=no_special_rules)

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

    @cached_property
    def trip_index(self) -> dict[TripId, int]:
        """Place of a trip in ``trips`` by its id."""
        return {trip_id: i for i, trip_id in enumerate(self.trips.ids)}

    def with_switched_days(self, days: Mapping[date, date | None]) -> "Timetable":
        """The timetable with some dates running as another does, see :meth:`Calendar.with_switched_days`."""
        return replace(self, calendar=self.calendar.with_switched_days(days)) if days else self

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
        return DayTimetable(self, service_day, self._day_calls(service_day))

    def _day_calls(self, service_day: ServiceDay) -> DayCalls:
        yesterday = service_day.previous()
        # 24 hours, but 23 or 25 when the clocks change.
        shift_s = -service_day.seconds(yesterday.start_at)
        # On the day clocks go back, midnight is an hour before the start of the service day.
        midnight_s = service_day.seconds(datetime.combine(service_day.on, time(), service_day.zone))
        late = self._runs_on(yesterday.on) & (self._last_arrival_s >= shift_s + min(midnight_s, 0))
        late_trips, own_trips = np.flatnonzero(late), np.flatnonzero(self._runs_on(service_day.on))
        table = self.trips
        trips = np.concatenate([late_trips, own_trips])
        begins, counts = table.first_call[trips], table.first_call[trips + 1] - table.first_call[trips]
        first_call = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        calls = np.repeat(begins - first_call[:-1], counts) + np.arange(first_call[-1])
        shifts_s = np.zeros(first_call[-1], np.int32)
        shifts_s[: first_call[late_trips.size]] = shift_s
        return DayCalls(
            trip=trips.astype(np.int32),
            day_offset=np.repeat(np.array([-1, 0], np.int8), [late_trips.size, own_trips.size]),
            sign=self._signs[trips],
            first_call=first_call,
            stop=table.stop[calls],
            arrival_s=table.arrival_s[calls] - shifts_s,
            departure_s=table.departure_s[calls] - shifts_s,
            can_board=table.can_board[calls].astype(np.uint8),
            can_alight=table.can_alight[calls].astype(np.uint8),
        )

    @cached_property
    def _signs(self) -> npt.NDArray[np.int64]:
        return self.rules.signs(self.trips.route)

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
    calls
        Yesterday's trips that are still under way when the day begins (``day_offset`` -1), then the day's own.
    base
        Of a day that was made by a change: from what; saves arranging all trips anew.
    """

    timetable: Timetable
    service_day: ServiceDay
    calls: DayCalls
    base: "ChangedFrom | None" = None

    @cached_property
    def forward(self) -> Patterns:
        """The trips arranged for a search along time."""
        stop_count = len(self.timetable.stops)
        if self.base is None:
            return arrange(self.calls, stop_count)
        return rearrange(self.base.patterns, self.base.stays, arrange(self.base.more, stop_count))

    @cached_property
    def backward(self) -> Patterns:
        """The trips arranged for a search against time."""
        return mirror(self.forward)

    @cached_property
    def kept(self) -> dict[object, object]:
        """Whatever a search computes from the day once and wants to find again."""
        return {}

    @property
    def trips(self) -> tuple[DayTrip, ...]:
        """All trips of the day as values; made for each call, so not for loops."""
        return tuple(map(self.trip, range(self.calls.trip.size)))

    def trip(self, number: int) -> DayTrip:
        """A trip by its place in ``calls``."""
        calls = self.calls
        part = slice(int(calls.first_call[number]), int(calls.first_call[number + 1]))
        return DayTrip(
            int(calls.trip[number]),
            int(calls.day_offset[number]),
            calls.stop[part],
            np.stack([calls.arrival_s[part], calls.departure_s[part]]),
            np.stack([calls.can_board[part], calls.can_alight[part]]).astype(np.bool_),
        )

    def find_trip(self, trip_id: TripId, day_offset: int = 0) -> DayTrip | None:
        """A trip by its id, ``None`` if it does not run on the day (or is over, with offset -1)."""
        trip = self.timetable.trip_index.get(trip_id)
        number = None if trip is None else self.find_number(trip, day_offset)
        return None if number is None else self.trip(number)

    def find_number(self, trip: int, day_offset: int = 0) -> int | None:
        """The place in ``calls`` of a trip of the timetable, ``None`` if it does not run."""
        return self._number.get((trip, day_offset))

    @cached_property
    def _number(self) -> dict[tuple[int, int], int]:
        keys = zip(self.calls.trip.tolist(), self.calls.day_offset.tolist(), strict=True)
        return {key: number for number, key in enumerate(keys)}

    @property
    def trip_by_id(self) -> dict[tuple[TripId, int], DayTrip]:
        """All trips of the day by id and day offset; made for each call, see :meth:`find_trip`."""
        ids = self.timetable.trips.ids
        return {(ids[day_trip.trip], day_trip.day_offset): day_trip for day_trip in self.trips}

    def changed(self, cancelled: Collection[tuple[int, int]], moved: Iterable[DayTrip] = ()) -> "DayTimetable":
        """The day without some trips and with others, which take the place of those with the same trip and day offset.

        Parameters
        ----------
        cancelled
            Trips by their index in the timetable and their day offset.
        """
        new = {(day_trip.trip, day_trip.day_offset): day_trip for day_trip in moved}
        gone = [number for key in {*cancelled, *new} if (number := self._number.get(key)) is not None]
        stays = np.ones(self.calls.trip.size, np.bool_)
        stays[gone] = False
        more = _calls_of(tuple(new.values()), self.timetable._signs)  # noqa: SLF001 - of this module
        base = ChangedFrom(self.forward, stays, more) if "forward" in self.__dict__ else None
        return DayTimetable(self.timetable, self.service_day, _joined(self.calls, stays, more), base)


@dataclass(frozen=True, eq=False)
class ChangedFrom:
    """What a changed day was made from: the arranged trips of the day before the change, and what the change was.

    Parameters
    ----------
    stays
        Per trip.
    more
        New trips; they come behind those that stay.
    """

    patterns: Patterns
    stays: npt.NDArray[np.bool_]
    more: DayCalls


def _calls_of(trips: tuple[DayTrip, ...], signs: npt.NDArray[np.int64]) -> DayCalls:
    trip = np.array([t.trip for t in trips], np.int32)
    stops, times, flags = [t.stops for t in trips], [t.times for t in trips], [t.flags for t in trips]
    all_times = np.concatenate([np.empty((2, 0)), *times], axis=1)
    all_flags = np.concatenate([np.empty((2, 0)), *flags], axis=1)
    return DayCalls(
        trip=trip,
        day_offset=np.array([t.day_offset for t in trips], np.int8),
        sign=signs[trip],
        first_call=np.concatenate([[0], np.cumsum([t.stops.size for t in trips])]).astype(np.int64),
        stop=np.concatenate([np.empty(0), *stops]).astype(np.int32),
        arrival_s=all_times[0].astype(np.int32),
        departure_s=all_times[1].astype(np.int32),
        can_board=all_flags[0].astype(np.uint8),
        can_alight=all_flags[1].astype(np.uint8),
    )


def _joined(calls: DayCalls, stays: npt.NDArray[np.bool_], more: DayCalls) -> DayCalls:
    """Some of the trips, and new ones behind them."""
    counts = np.diff(calls.first_call)
    call_stays = np.repeat(stays, counts)
    all_counts = np.concatenate([counts[stays], np.diff(more.first_call)])
    per_trip = dict.fromkeys(("trip", "day_offset", "sign"), stays)
    parts = {
        name: np.concatenate([getattr(calls, name)[per_trip.get(name, call_stays)], getattr(more, name)])
        for name in DayCalls._fields
        if name != "first_call"
    }
    return DayCalls(**parts, first_call=np.concatenate([[0], np.cumsum(all_counts)]).astype(np.int64))


def empty_timetable(zone: ZoneInfo) -> Timetable:
    """A timetable without stops and trips, for a district without lines."""
    numbers = np.empty(0, np.int32)
    flags = np.empty(0, np.bool_)
    kinds = np.empty(0, np.int8)
    trips = TripTable(
        *((), (), numbers, numbers, numbers, np.zeros(1, np.int64), numbers, numbers, numbers, flags, flags),
        *(kinds, kinds, numbers),
    )
    footpaths = Footpaths(0, numbers, numbers, numbers, numbers)
    return Timetable(zone, (), (), trips, join_calendars([], []), footpaths)
