"""Realtime news matched with the trips of a timetable: which trip, which call, which times."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gtfs.itinerary import FixedStopId, TripId
from gtfs.patterns import DayTrip
from gtfs.realtime import CallUpdate, EventTime, StopState, TripRef, TripUpdate
from gtfs.realtime_times import Known, expected_times
from gtfs.service_day import ServiceDay
from gtfs.timetable_model import DayTimetable, Timetable


class NotApplicableError(ValueError):
    """News that does not fit the timetable; the text says why."""


class OtherDayError(NotApplicableError):
    """News about another day."""


@dataclass(frozen=True, slots=True)
class RealTrip:
    """A trip as it really runs.

    Parameters
    ----------
    positions
        For each call, its place in the planned trip.
    """

    day_trip: DayTrip
    positions: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Instances:
    """The trips that could run around a day: yesterday's, the day's own, tomorrow's where the day holds them."""

    day: DayTimetable
    prefix: str = ""
    _runs: dict[int, npt.NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def timetable(self) -> Timetable:
        """The timetable of the day."""
        return self.day.timetable

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """The days there are trips of, the likeliest first."""
        return (0, -1, 1) if bool((self.day.calls.day_offset > 0).any()) else (0, -1)

    def service_day(self, offset: int) -> ServiceDay:
        """The day, the one before (-1) or the one after it (1)."""
        of_day = self.day.service_day
        return of_day if not offset else of_day.previous() if offset < 0 else of_day.following()

    def offset_of(self, on: date) -> int | None:
        """Which of these days a date is."""
        return next((offset for offset in self.offsets if self.service_day(offset).on == on), None)

    def shift_s(self, offset: int) -> int:
        """Seconds from the clock of one of the three days to the clock of the day."""
        return self.day.service_day.seconds(self.service_day(offset).start_at)

    def stop(self, stop_id: FixedStopId) -> int | None:
        """The index of a stop by the id a realtime feed gives it."""
        index = self.timetable.stop_index
        found = index.get(FixedStopId(self.prefix + stop_id)) if self.prefix else None
        return index.get(stop_id) if found is None else found

    def find(self, ref: TripRef, measured_at: datetime | None) -> tuple[int, int]:
        """Index of a trip in the timetable, and its day offset.

        Raises
        ------
        NotApplicableError
            There is no such trip, or it does not run around the day.
        """
        trip = self._trip(ref)
        if trip is None:
            msg = f"trip {ref.trip_id} is not in the timetable"
            raise NotApplicableError(msg)
        if ref.start_on is not None:
            offset = self.offset_of(ref.start_on)
            if offset is None:
                msg = f"it is about {ref.start_on}"
                raise OtherDayError(msg)
            if not self._is_running(trip, offset):
                msg = f"trip {ref.trip_id} does not run on {ref.start_on}"
                raise NotApplicableError(msg)
            return trip, offset
        offsets = [offset for offset in self.offsets if self._is_running(trip, offset)]
        if not offsets:
            msg = f"trip {ref.trip_id} does not run around this day"
            raise OtherDayError(msg)
        if measured_at is None:
            return trip, offsets[0]
        now_s = self.day.service_day.seconds(measured_at)
        return trip, min(offsets, key=lambda offset: self._distance_s(trip, offset, now_s))

    def _trip(self, ref: TripRef) -> int | None:
        if ref.trip_id is None:
            return self._trip_by_start(ref)
        index = self.timetable.trip_index
        names = [self.prefix + ref.trip_id, ref.trip_id]
        if ref.start_s is not None:
            # Repeated trips are written out, see gtfs.frequencies.
            clock = f"{ref.start_s // 3600:02d}:{ref.start_s // 60 % 60:02d}:{ref.start_s % 60:02d}"
            names += [f"{name}@{clock}" for name in names]
        return next((index[TripId(name)] for name in names if TripId(name) in index), None)

    def _trip_by_start(self, ref: TripRef) -> int | None:
        """The only trip of a route that begins at a time."""
        if ref.route_id is None or ref.start_s is None or ref.start_on is None:
            return None
        offset = self.offset_of(ref.start_on)
        routes = [
            i for i, route in enumerate(self.timetable.routes) if route.id in (ref.route_id, self.prefix + ref.route_id)
        ]
        if offset is None or not routes:
            return None
        table = self.timetable.trips
        begins = table.departure_s[table.first_call[:-1]] == ref.start_s
        found = np.flatnonzero(begins & (table.route == routes[0]) & self._running(offset))
        return int(found[0]) if found.size == 1 else None

    def _is_running(self, trip: int, offset: int) -> bool:
        return bool(self._running(offset)[trip])

    def _running(self, offset: int) -> npt.NDArray[np.bool_]:
        if offset not in self._runs:
            table = self.timetable.trips
            self._runs[offset] = self.timetable.calendar.running(self.service_day(offset).on)[table.service]
        return self._runs[offset]

    def _distance_s(self, trip: int, offset: int, now_s: int) -> int:
        table = self.timetable.trips
        first, last = int(table.first_call[trip]), int(table.first_call[trip + 1]) - 1
        shift_s = self.shift_s(offset)
        begin_s, end_s = int(table.departure_s[first]) + shift_s, int(table.arrival_s[last]) + shift_s
        return max(begin_s - now_s, now_s - end_s, 0)

    def planned(self, trip: int, offset: int) -> DayTrip:
        """A trip on the clock of the day, whether or not it is still under way then."""
        table = self.timetable.trips
        part = slice(int(table.first_call[trip]), int(table.first_call[trip + 1]))
        return DayTrip(
            trip,
            offset,
            np.asarray(table.stop[part]),
            np.stack([table.arrival_s[part], table.departure_s[part]]) + np.int32(self.shift_s(offset)),
            np.stack([table.can_board[part], table.can_alight[part]]),
        )

    def sequences(self, trip: int) -> list[int]:
        """The numbers of the calls of a trip in its feed."""
        table = self.timetable.trips
        return list(table.sequence[int(table.first_call[trip]) : int(table.first_call[trip + 1])].tolist())


def updated(instances: Instances, planned: DayTrip, sequences: list[int], update: TripUpdate) -> RealTrip | None:
    """A planned trip as the news has it; ``None`` when it serves less than two of its stops."""
    by_position = dict(_matched(instances, planned, sequences, update.calls))
    known: dict[int, Known] = {}
    stops, flags = planned.stops.copy(), planned.flags.copy()
    skipped = set()
    for position, call in by_position.items():
        if call.state is StopState.SKIPPED:
            skipped.add(position)
            continue
        known[position] = Known(
            _seconds(instances, call.arrival, int(planned.times[0, position])),
            _seconds(instances, call.departure, int(planned.times[1, position])),
        )
        stops[position] = _stop_used(instances, int(stops[position]), call)
        for row, may in enumerate((call.can_board, call.can_alight)):
            if may is not None:
                flags[row, position] = may
    planned_s = planned.times.tolist()
    arrivals_s, departures_s = expected_times(planned_s[0], planned_s[1], known, update.delay_s or 0)
    kept = [position for position in range(stops.size) if position not in skipped]
    if len(kept) < 2:
        return None
    times = np.array([arrivals_s, departures_s], np.int32)
    trip = replace(planned, stops=stops[kept], times=times[:, kept], flags=flags[:, kept])
    return RealTrip(trip, tuple(kept))


def _matched(
    instances: Instances, planned: DayTrip, sequences: list[int], calls: tuple[CallUpdate, ...]
) -> Iterator[tuple[int, CallUpdate]]:
    """The calls of the news with their positions; those that fit nowhere are passed over."""
    place = {sequence: position for position, sequence in enumerate(sequences)}
    stops = planned.stops.tolist()
    following = 0
    for call in calls:
        position = place.get(call.sequence) if call.sequence is not None else None
        if position is None and call.stop_id is not None:
            stop = instances.stop(call.stop_id)
            later = [i for i in range(following, len(stops)) if _is_same_place(instances.timetable, stops[i], stop)]
            exact = [i for i in later if stops[i] == stop]
            position = next(iter(exact or later), None)
        if position is not None:
            following = position + 1
            yield position, call


def _is_same_place(timetable: Timetable, one: int, other: int | None) -> bool:
    """Whether two stops are one, or belong to one station."""
    if other is None:
        return False
    a, b = timetable.stops[one], timetable.stops[other]
    return a.id == b.id or bool({a.id, a.parent_id} & {b.id, b.parent_id} - {None})


def _stop_used(instances: Instances, planned: int, call: CallUpdate) -> int:
    """The stop a call is at: the one assigned, or another platform of the same station under the same number."""
    if call.new_stop_id is not None:
        found = instances.stop(call.new_stop_id)
        return planned if found is None else found
    if call.sequence is not None and call.stop_id is not None:
        given = instances.stop(call.stop_id)
        is_platform = given is not None and instances.timetable.stops[given].parent_id is not None
        if given is not None and is_platform and _is_same_place(instances.timetable, planned, given):
            return given
    return planned


def _seconds(instances: Instances, event: EventTime | None, planned_s: int) -> int | None:
    if event is None:
        return None
    if event.at is not None:
        return instances.day.service_day.seconds(event.at)
    return None if event.delay_s is None else planned_s + event.delay_s


def new_trip(instances: Instances, trip: int, offset: int, calls: tuple[CallUpdate, ...]) -> RealTrip:
    """A trip that lives of its news alone: added, unscheduled or replaced.

    Raises
    ------
    NotApplicableError
        Less than two of its calls have a known stop and a time.
    """
    rows: list[tuple[int, int, int, bool, bool]] = []
    for call in calls:
        named = call.new_stop_id or call.stop_id
        stop = instances.stop(named) if named is not None else None
        given = [event.at for event in (call.arrival, call.departure) if event is not None and event.at is not None]
        if stop is None or not given or call.state is StopState.SKIPPED:
            continue
        arrival_s, departure_s = (instances.day.service_day.seconds(at) for at in (given[0], given[-1]))
        may_board, may_alight = call.can_board is not False, call.can_alight is not False
        rows.append((stop, arrival_s, departure_s, may_board, may_alight))
    if len(rows) < 2:
        msg = "less than two of its calls have a known stop and a time"
        raise NotApplicableError(msg)
    known = {i: Known(arrival_s, departure_s) for i, (_, arrival_s, departure_s, *_) in enumerate(rows)}
    times = expected_times([row[1] for row in rows], [row[2] for row in rows], known)
    day_trip = DayTrip(
        trip,
        offset,
        np.array([row[0] for row in rows], np.int32),
        np.array(times, np.int32),
        np.array([[row[3] for row in rows], [row[4] for row in rows]], np.bool_),
    )
    return RealTrip(day_trip, tuple(range(len(rows))))


def begun_at(planned: DayTrip, start_s: int) -> DayTrip:
    """The same trip beginning at another time."""
    return replace(planned, times=planned.times + np.int32(start_s - int(planned.times[1, 0])))


__all__ = ["Instances", "NotApplicableError", "OtherDayError", "RealTrip", "begun_at", "new_trip", "updated"]
