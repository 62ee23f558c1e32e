"""A service day as it really runs: realtime news laid over the timetable, which itself stays as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum

import numpy as np

from gtfs.calendar import Calendar
from gtfs.itinerary import Call, FixedStopId, Leg, RouteId, TripId
from gtfs.patterns import DayTrip
from gtfs.realtime import TripState, TripUpdate
from gtfs.realtime_trips import Instances, NotApplicableError, OtherDayError, RealTrip, begun_at, new_trip, updated
from gtfs.timetable_model import DayTimetable, Route, Timetable

_BUS = 3
_NEVER = ""
"""The service of trips that run only because the news says so; no calendar knows it."""

TripKey = tuple[int, int]
"""Index of a trip in the timetable, and its day offset."""


@dataclass(frozen=True, slots=True)
class Unapplied:
    """News that was left out, and why; without names of persons there is nothing to hide in it."""

    entity_id: str
    reason: str


@dataclass(frozen=True, eq=False)
class RealtimeDay:
    """A day under realtime news.

    Parameters
    ----------
    planned
        The day of the timetable.
    day
        The same with delays, cancellations, other platforms and more trips: to be searched like any other.
    news
        The update of each trip that has one.
    trips
        How each of these trips runs, ``None`` if it does not; one of yesterday may have ended before the day begins.
    unapplied
        What did not fit; news about other days is not among it.
    """

    planned: DayTimetable
    day: DayTimetable
    news: Mapping[TripKey, TripUpdate]
    trips: Mapping[TripKey, RealTrip | None]
    unapplied: tuple[Unapplied, ...] = ()


def apply_realtime(
    planned: DayTimetable,
    updates: Mapping[str, TripUpdate],
    *,
    prefix: str = "",
    measured_after: datetime | None = None,
) -> RealtimeDay:
    """Lay realtime news over a day.

    Parameters
    ----------
    updates
        By entity id; where two are about one trip, the later one holds.
    prefix
        What ids of the feed begin with in a timetable joined from several (``2:``); ids without it are tried as well.
    measured_after
        News about trips that was measured before is left out: it may be hours old in a feed of now.
    """
    instances = Instances(planned, prefix)
    collected = _Collected(instances, {}, {}, [], [])
    for entity_id, update in updates.items():
        try:
            if measured_after is not None and update.measured_at is not None and update.measured_at < measured_after:
                msg = f"it was measured at {update.measured_at.isoformat()}, too long ago"
                raise NotApplicableError(msg)  # noqa: TRY301 - told like the other reasons
            collected.add(update)
        except OtherDayError:
            continue
        except NotApplicableError as error:
            collected.unapplied.append(Unapplied(entity_id, str(error)))
    return collected.finish()


@dataclass(eq=False)
class _Collected:
    """What the news comes to, trip by trip; ``None`` for a trip that does not run."""

    instances: Instances
    trips: dict[TripKey, RealTrip | None]
    news: dict[TripKey, TripUpdate]
    unapplied: list[Unapplied]
    added: list["_NewTrip"]

    def add(self, update: TripUpdate) -> None:
        state = update.trip.state
        if state in (TripState.ADDED, TripState.UNSCHEDULED, TripState.DUPLICATED):
            self._add_new(update)
            return
        trip, offset = self.instances.find(update.trip, update.measured_at)
        key = trip, offset
        if state is TripState.CANCELLED:
            real = None
        elif state is TripState.REPLACED:
            real = new_trip(self.instances, trip, offset, update.calls)
        else:
            planned = self.instances.planned(trip, offset)
            real = updated(self.instances, planned, self.instances.sequences(trip), update)
        self.trips[key], self.news[key] = real, update

    def _add_new(self, update: TripUpdate) -> None:
        """A trip that is not in the timetable, or once more."""
        table, ref = self.instances.timetable.trips, update.trip
        if ref.state is TripState.UNSCHEDULED and ref.trip_id is not None:
            # A run of a trip that is repeated without fixed times is in the timetable if it begins as planned.
            try:
                self.add(replace(update, trip=replace(ref, state=TripState.SCHEDULED)))
            except NotApplicableError:
                pass
            else:
                return
        number = len(table.ids) + len(self.added)
        offset = self._offset(update)
        if ref.state is TripState.DUPLICATED:
            model, model_offset = self.instances.find(replace(ref, start_on=None), None)
            planned = replace(self.instances.planned(model, model_offset), trip=number, day_offset=offset)
            start_s = update.new_start_s if update.new_start_s is not None else ref.start_s
            if start_s is None:
                msg = f"it does not say when trip {ref.trip_id} runs once more"
                raise NotApplicableError(msg)
            planned = begun_at(planned, start_s + self.instances.shift_s(offset))
            real = updated(self.instances, planned, self.instances.sequences(model), replace(update, delay_s=None))
        else:
            model = None
            real = new_trip(self.instances, number, offset, update.calls)
        if real is None:
            msg = "it serves less than two of its stops"
            raise NotApplicableError(msg)
        self.added.append(
            _NewTrip(_new_id(update, number), ref.route_id, update.headsign, model, int(real.day_trip.stops[-1]))
        )
        self.trips[number, offset], self.news[number, offset] = real, update

    def _offset(self, update: TripUpdate) -> int:
        on = update.new_start_on or update.trip.start_on
        offset = 0 if on is None else self.instances.offset_of(on)
        if offset is None:
            msg = f"it is about {on}"
            raise OtherDayError(msg)
        return offset

    def finish(self) -> RealtimeDay:
        planned = self.instances.day
        timetable = _with_new_trips(planned.timetable, self.added) if self.added else planned.timetable
        base = planned if timetable is planned.timetable else _replace_timetable(planned, timetable)
        moved, gone = [], []
        for key, real in self.trips.items():
            if real is not None and _is_under_way(planned, real.day_trip):
                moved.append(real.day_trip)
            else:
                gone.append(key)
        day = base.changed(gone, moved) if self.trips else planned
        return RealtimeDay(planned, day, self.news, self.trips, tuple(self.unapplied))


def _is_under_way(day: DayTimetable, day_trip: DayTrip) -> bool:
    """Whether a trip is one of the day: one of yesterday must run past midnight."""
    service_day = day.service_day
    midnight_s = service_day.seconds(datetime.combine(service_day.on, time(), service_day.zone))
    return day_trip.day_offset >= 0 or bool(day_trip.times[0, -1] >= min(midnight_s, 0))


@dataclass(frozen=True, slots=True)
class _NewTrip:
    """A trip the timetable does not know; ``model`` is the one it repeats."""

    id: TripId
    route_id: RouteId | None
    headsign: str
    model: int | None
    last_stop: int


def _new_id(update: TripUpdate, number: int) -> TripId:
    return update.new_trip_id or update.trip.trip_id or TripId(f"realtime:{number}")


def _replace_timetable(day: DayTimetable, timetable: Timetable) -> DayTimetable:
    """The same day of a timetable with more trips; what was arranged stays arranged."""
    new = DayTimetable(timetable, day.service_day, day.calls, day.base)
    for name in ("forward", "_number"):
        if name in day.__dict__:
            new.__dict__[name] = day.__dict__[name]
    return new


def _with_new_trips(timetable: Timetable, added: Iterable[_NewTrip]) -> Timetable:
    """The timetable with more trips that have no calls and run on no day: they live in the day alone."""
    added = tuple(added)
    table = timetable.trips
    routes, route = _routes(timetable, added)
    signs = [new.headsign or _headsign(timetable, new) for new in added]
    none = np.zeros(len(added), np.int8)
    models = [new.model for new in added]
    trips = replace(
        table,
        ids=table.ids + tuple(new.id for new in added),
        headsigns=table.headsigns + tuple(signs),
        route=np.concatenate([table.route, np.array(route, np.int32)]),
        service=np.concatenate([table.service, none + np.int32(len(timetable.calendar.service_ids))]),
        headsign=np.concatenate([table.headsign, len(table.headsigns) + np.arange(len(added), dtype=np.int32)]),
        first_call=np.concatenate([table.first_call, none + table.first_call[-1]]),
        wheelchair=np.concatenate([table.wheelchair, [0 if m is None else table.wheelchair[m] for m in models]]),
        bikes=np.concatenate([table.bikes, [0 if m is None else table.bikes[m] for m in models]]),
    )
    new = replace(timetable, trips=trips, routes=routes, calendar=_with_never(timetable.calendar))
    for name in ("stop_by_id", "stop_index"):
        if name in timetable.__dict__:
            new.__dict__[name] = timetable.__dict__[name]
    return new


def _routes(timetable: Timetable, added: tuple[_NewTrip, ...]) -> tuple[tuple[Route, ...], list[int]]:
    """The routes, with those of new trips that are unknown, and the route of each new trip."""
    routes = list(timetable.routes)
    index = {route.id: i for i, route in enumerate(routes)}
    found = []
    for new in added:
        if new.model is not None:
            found.append(int(timetable.trips.route[new.model]))
            continue
        route_id = new.route_id or RouteId("")
        if route_id not in index:
            index[route_id] = len(routes)
            routes.append(Route(route_id, str(route_id), _BUS))
        found.append(index[route_id])
    return tuple(routes), found


def _headsign(timetable: Timetable, new: _NewTrip) -> str:
    if new.model is not None:
        return timetable.trips.headsigns[int(timetable.trips.headsign[new.model])]
    return timetable.stops[new.last_stop].name


def _with_never(calendar: Calendar) -> Calendar:
    return replace(
        calendar,
        service_ids=(*calendar.service_ids, _NEVER),
        weekdays=np.append(calendar.weekdays, np.uint8(0)),
        first_day=np.append(calendar.first_day, np.int32(1)),
        last_day=np.append(calendar.last_day, np.int32(0)),
    )


class CallState(StrEnum):
    """What is known of a trip at a stop."""

    AS_PLANNED = "as_planned"
    """No news: the timetable is all there is. That is not the same as on time."""
    EXPECTED = "expected"
    """There is news of the trip."""
    CANCELLED = "cancelled"
    """The trip does not run."""
    SKIPPED = "skipped"
    """The trip runs, but does not serve the stop."""
    UNKNOWN = "unknown"
    """The trip neither is in the timetable of the day nor calls there."""


@dataclass(frozen=True, slots=True)
class RealCall:
    """When a trip comes to a stop and leaves it.

    Parameters
    ----------
    planned
        By the timetable; ``None`` for a trip or a call that is not in it.
    expected
        As things stand, at the platform that is used; ``None`` if it does not come.
    measured_at
        How old the news is.
    """

    state: CallState
    planned: Call | None = None
    expected: Call | None = None
    measured_at: datetime | None = None

    @property
    def delay_s(self) -> int | None:
        """By how much it leaves later than planned, ``None`` where one of the two is not known."""
        if self.planned is None or self.expected is None:
            return None
        return self.expected.departure_s - self.planned.departure_s


def find_real_call(real: RealtimeDay, trip_id: TripId, hub: FixedStopId, trip_day_offset: int = 0) -> RealCall:
    """When a trip will really be at a hub: a stop, or a station with any of its platforms; the first time there."""
    timetable = real.day.timetable
    trip = timetable.trip_index.get(trip_id)
    if trip is None:
        return RealCall(CallState.UNKNOWN)
    key = trip, trip_day_offset
    there = _stops_of(timetable, hub)
    planned = _planned_trip(real, key)
    place = None if planned is None else _first_at(planned, there)
    planned_call = None if planned is None or place is None else _call(timetable, planned, place)
    news = real.news.get(key)
    if news is None:
        state = CallState.UNKNOWN if planned_call is None else CallState.AS_PLANNED
        return RealCall(state, planned_call, planned_call)
    now = real.trips[key]
    if now is None:
        return RealCall(CallState.CANCELLED, planned_call, None, news.measured_at)
    is_planned_trip = planned is not None and news.trip.state is not TripState.REPLACED
    if place is not None and is_planned_trip:
        at = now.positions.index(place) if place in now.positions else None
    else:
        at = _first_at(now.day_trip, there)
    if at is None:
        state = CallState.UNKNOWN if planned_call is None else CallState.SKIPPED
        return RealCall(state, planned_call, None, news.measured_at)
    return RealCall(CallState.EXPECTED, planned_call, _call(timetable, now.day_trip, at), news.measured_at)


def leg_delays(real: RealtimeDay, leg: Leg) -> tuple[int, int] | None:
    """By how many seconds a line leg of the day departs and arrives later than planned.

    ``None`` where there is no news of its trip, or no plan to compare with.
    """
    trip = None if leg.trip_id is None else real.day.timetable.trip_index.get(leg.trip_id)
    if trip is None:
        return None
    key = trip, leg.trip_day_offset
    news, planned, now = real.news.get(key), _planned_trip(real, key), real.trips.get(key)
    if news is None or planned is None or now is None or news.trip.state is TripState.REPLACED:
        return None
    times, stops, index = now.day_trip.times, now.day_trip.stops, real.day.timetable.stop_index
    ends = ((1, leg.from_stop_id, leg.departure_s), (0, leg.to_stop_id, leg.arrival_s))
    delays = []
    for row, stop_id, seconds in ends:
        is_there = (times[row] == seconds) & (stops == (-1 if stop_id is None else index[stop_id]))
        if not is_there.any():
            return None
        position = now.positions[int(np.flatnonzero(is_there)[0])]
        delays.append(seconds - int(planned.times[row, position]))
    return delays[0], delays[1]


def _planned_trip(real: RealtimeDay, key: TripKey) -> DayTrip | None:
    number = real.planned.find_number(*key)
    if number is not None:
        return real.planned.trip(number)
    if key in real.news and key[0] < len(real.planned.timetable.trips.ids):
        # A trip of yesterday that is under way only because it is late.
        return Instances(real.planned).planned(*key)
    return None


def _stops_of(timetable: Timetable, hub: FixedStopId) -> frozenset[int]:
    return frozenset(i for i, stop in enumerate(timetable.stops) if hub in (stop.id, stop.parent_id))


def _first_at(day_trip: DayTrip, stops: frozenset[int]) -> int | None:
    return next((i for i, stop in enumerate(day_trip.stops.tolist()) if stop in stops), None)


def _call(timetable: Timetable, day_trip: DayTrip, position: int) -> Call:
    arrival_s, departure_s = day_trip.times[:, position].tolist()
    return Call(timetable.stops[day_trip.stops[position]].id, arrival_s, departure_s)
