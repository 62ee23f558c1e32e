"""Realtime news laid over a day against a timetable built from a feed in which everything was changed by hand.

The other road is as plain as can be: each changed trip is taken out of its date and put in again as a trip of its own,
with the times that walking along its calls one by one gives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs.calendar import Calendar
from gtfs.feed import Feed
from gtfs.feed_transfers import TRANSFERS
from gtfs.itinerary import EndLeg, FixedStopId, LegKind, RouteId, TripId
from gtfs.realtime import CallUpdate, EventTime, StopState, TripRef, TripState, TripUpdate
from gtfs.realtime_day import apply_realtime
from gtfs.search import Query, find_itineraries
from gtfs.service_day import ServiceDay
from gtfs.timetable import DayTimetable, build_timetable

BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = ServiceDay(date(2026, 3, 11), BERLIN)
DAYS = {0: WEDNESDAY, -1: WEDNESDAY.previous()}
DAY_S = 86_400

STOPS = ("a", "b", "c", "d1", "d2", "e")
"""d1 and d2 are platforms of one station, all others lie far apart."""
NORTH = {"a": 50.0, "b": 50.1, "c": 50.2, "d1": 50.3, "d2": 50.3005, "e": 50.4}


@dataclass(frozen=True)
class Stay:
    stop: str
    arrival_s: int
    departure_s: int
    may_board: bool = True
    may_alight: bool = True


@dataclass(frozen=True)
class Bus:
    """A trip and the dates it runs on, as day offsets."""

    id: str
    offsets: frozenset[int]
    stays: tuple[Stay, ...]


def feed_of(buses: Sequence[Bus]) -> Feed:
    dates = [(i, offset) for i, bus in enumerate(buses) for offset in sorted(bus.offsets)]
    count = len(buses)
    calendar = Calendar(
        tuple(bus.id for bus in buses),
        np.zeros(count, np.uint8),
        np.zeros(count, np.int32),
        np.zeros(count, np.int32),
        np.array([i for i, _ in dates], np.int32),
        np.array([DAYS[offset].on.toordinal() for _, offset in dates], np.int32),
        np.ones(len(dates), np.bool_),
    )
    calls = [
        (bus.id, stay.stop, stay.arrival_s, stay.departure_s, stay.may_board, stay.may_alight, 10 * (number + 1))
        for bus in buses
        for number, stay in enumerate(bus.stays)
    ]
    columns = ["trip_id", "stop_id", "arrival_s", "departure_s", "can_board", "can_alight", "stop_sequence"]
    stops = [(stop, stop, 11.0, NORTH[stop], "D" if stop.startswith("d") else "") for stop in STOPS]
    stops.append(("D", "D", 11.0, 50.3, ""))
    return Feed(
        name="random",
        zone=BERLIN,
        stops=pl.DataFrame(stops, ["stop_id", "name", "lon", "lat", "parent_id"], orient="row"),
        routes=pl.DataFrame({"route_id": ["r"], "name": ["R"], "route_type": [3]}),
        trips=pl.DataFrame(
            [(bus.id, "r", bus.id, "") for bus in buses],
            {"trip_id": pl.String, "route_id": pl.String, "service_id": pl.String, "headsign": pl.String},
            orient="row",
        ),
        calls=pl.DataFrame(calls, columns, orient="row"),
        calendar=calendar,
        frequencies=pl.DataFrame(
            schema={"trip_id": pl.String, "start_s": pl.Int64, "end_s": pl.Int64, "headway_s": pl.Int64}
        ),
        transfers=pl.DataFrame(schema=TRANSFERS),
        findings=(),
    )


@st.composite
def buses(draw: st.DrawFn, number: int) -> Bus:
    """Buses on few ways, so that some share one and overtake each other once they are late."""
    stops = draw(st.sampled_from([("a", "b", "c"), ("a", "b", "d1", "e"), ("c", "d2", "e"), ("b", "c", "d1"), "aba"]))
    start_s = draw(st.sampled_from([8 * 3600, DAY_S - 1800])) + 300 * draw(st.integers(0, 8))
    stays = []
    time_s = start_s
    for stop in stops:
        arrival_s = time_s + draw(st.sampled_from([300, 600]))
        time_s = arrival_s + draw(st.sampled_from([0, 0, 120]))
        stays.append(Stay(stop, arrival_s, time_s))
    return Bus(f"t{number}", draw(st.sampled_from([frozenset({0}), frozenset({0, -1}), frozenset({-1})])), tuple(stays))


def event(offset: int, planned_s: int, delay_s: int, *, as_time: bool) -> EventTime:
    return EventTime(at=DAYS[offset].at(planned_s + delay_s)) if as_time else EventTime(delay_s=delay_s)


@st.composite
def call_updates(draw: st.DrawFn, bus: Bus, offset: int) -> tuple[CallUpdate, ...]:
    updates = []
    is_unique = len({stay.stop for stay in bus.stays}) == len(bus.stays)
    for number, stay in enumerate(bus.stays):
        kind = draw(st.sampled_from(["", "", "late", "late", "half", "skipped", "silent", "platform"]))
        if not kind:
            continue
        by_stop = is_unique and draw(st.booleans())
        named: dict[str, object] = {"stop_id": FixedStopId(stay.stop)} if by_stop else {"sequence": 10 * (number + 1)}
        delay_s = draw(st.sampled_from([0, 60, 300, 900, 2400, -120]))
        arrival = event(offset, stay.arrival_s, delay_s, as_time=draw(st.booleans()))
        departure = event(offset, stay.departure_s, delay_s + 30, as_time=draw(st.booleans()))
        if kind == "skipped":
            updates.append(CallUpdate(**named, state=StopState.SKIPPED))
        elif kind == "silent":
            updates.append(CallUpdate(**named, state=StopState.NO_DATA))
        elif kind == "half":
            updates.append(
                CallUpdate(**named, **draw(st.sampled_from([{"arrival": arrival}, {"departure": departure}])))
            )
        elif kind == "platform" and stay.stop.startswith("d"):
            other = FixedStopId("d2" if stay.stop == "d1" else "d1")
            updates.append(CallUpdate(**named, arrival=arrival, departure=departure, new_stop_id=other))
        else:
            updates.append(CallUpdate(**named, arrival=arrival, departure=departure))
    return tuple(updates)


@st.composite
def trip_updates(draw: st.DrawFn, fleet: Sequence[Bus]) -> Mapping[str, TripUpdate]:
    instances = [(bus, offset) for bus in fleet for offset in sorted(bus.offsets)]
    news: dict[str, TripUpdate] = {}
    for bus, offset in draw(st.lists(st.sampled_from(instances), max_size=6, unique_by=lambda i: (i[0].id, i[1]))):
        ref = TripRef(TripId(bus.id), RouteId("r"), DAYS[offset].on)
        kind = draw(st.sampled_from(["late", "late", "late", "cancelled", "replaced", "added"]))
        key = f"{bus.id} {offset} {kind}"
        if kind == "cancelled":
            news[key] = TripUpdate(replace(ref, state=TripState.CANCELLED))
        elif kind == "late":
            delay_s = draw(st.sampled_from([None, None, 180, 1200]))
            news[key] = TripUpdate(ref, draw(call_updates(bus, offset)), delay_s)
        else:
            stops = draw(st.sampled_from([("a", "c", "e"), ("b", "d2", "e"), ("a", "e")]))
            time_s = bus.stays[0].departure_s
            calls = []
            for stop in stops:
                time_s += draw(st.sampled_from([240, 700]))
                at = EventTime(at=DAYS[offset].at(time_s))
                calls.append(CallUpdate(stop_id=FixedStopId(stop), arrival=at, departure=at))
            state = TripState.ADDED if kind == "added" else TripState.REPLACED
            name = TripId(f"new {bus.id} {offset}") if kind == "added" else ref.trip_id
            news[key] = TripUpdate(replace(ref, trip_id=name, state=state), tuple(calls))
    return news


def changed(fleet: Sequence[Bus], news: Mapping[str, TripUpdate]) -> list[Bus]:
    """The fleet as the news has it, each changed trip on its own."""
    by_id = {bus.id: bus for bus in fleet}
    own = []
    for update in news.values():
        assert update.trip.start_on is not None
        assert update.trip.trip_id is not None
        offset = 0 if update.trip.start_on == WEDNESDAY.on else -1
        if update.trip.state is TripState.ADDED:
            stays = listed(update, offset)
        else:
            bus = by_id[update.trip.trip_id]
            by_id[bus.id] = replace(bus, offsets=bus.offsets - {offset})
            if update.trip.state is TripState.CANCELLED:
                continue
            stays = listed(update, offset) if update.trip.state is TripState.REPLACED else late(bus, update, offset)
        if len(stays) >= 2:
            own.append(Bus(f"own{len(own)}", frozenset({offset}), tuple(stays)))
    return [*by_id.values(), *own]


def listed(update: TripUpdate, offset: int) -> list[Stay]:
    stays = []
    for call in update.calls:
        assert call.arrival is not None
        assert call.arrival.at is not None
        assert call.stop_id is not None
        time_s = DAYS[offset].seconds(call.arrival.at)
        stays.append(Stay(call.stop_id, time_s, time_s))
    return stays


def late(bus: Bus, update: TripUpdate, offset: int) -> list[Stay]:
    """Call by call: what the news says, else the delay so far; then no guess beyond the next certain time."""
    said = {}
    for call in update.calls:
        number = next(
            n for n, stay in enumerate(bus.stays) if call.sequence == 10 * (n + 1) or call.stop_id == stay.stop
        )
        said[number] = call
    times: list[list[int]] = []
    certain: list[list[bool]] = []
    delay_s = update.delay_s or 0
    for number, stay in enumerate(bus.stays):
        call = said.get(number)
        row, sure = [], []
        if call is not None and call.state is StopState.NO_DATA:
            delay_s = 0
        for planned_s, told in (
            (stay.arrival_s, call.arrival if call else None),
            (stay.departure_s, call.departure if call else None),
        ):
            if told is not None:
                at_s = planned_s + told.delay_s if told.delay_s is not None else None
                at_s = DAYS[offset].seconds(told.at) if told.at is not None else at_s
                assert at_s is not None
                delay_s = at_s - planned_s
            row.append(planned_s + delay_s)
            sure.append(told is not None)
        times.append(row)
        certain.append(sure)
    flat, flat_sure = [t for row in times for t in row], [s for row in certain for s in row]
    for i, is_sure in enumerate(flat_sure):
        following = [flat[j] for j in range(i + 1, len(flat)) if flat_sure[j]]
        if not is_sure and following:
            flat[i] = min(flat[i], following[0])
    real = [max(flat[: i + 1]) for i in range(len(flat))]
    stays = []
    for number, stay in enumerate(bus.stays):
        call = said.get(number)
        if call is not None and call.state is StopState.SKIPPED:
            continue
        stop = call.new_stop_id if call is not None and call.new_stop_id else stay.stop
        stays.append(replace(stay, stop=stop, arrival_s=real[2 * number], departure_s=real[2 * number + 1]))
    return stays


@dataclass(frozen=True)
class Case:
    fleet: tuple[Bus, ...]
    news: Mapping[str, TripUpdate]
    query: Query


@st.composite
def cases(draw: st.DrawFn) -> Case:
    fleet = tuple(draw(buses(number)) for number in range(draw(st.integers(4, 12))))
    at_s = draw(st.sampled_from([8 * 3600, -3600, DAY_S - 3600]))
    ends = (
        EndLeg(FixedStopId(stop), 60, LegKind.WALK, earliest_s=-DAY_S)
        for stop in draw(st.sampled_from(["ae", "be", "ac"]))
    )
    access, egress = ends
    when = {"depart_after_s": at_s} if draw(st.booleans()) else {"arrive_by_s": at_s + 7200}
    return Case(fleet, draw(trip_updates(fleet)), Query((access,), (egress,), window_s=7200, **when))


def trips_of(day: DayTimetable) -> list[tuple[object, ...]]:
    return sorted(
        (trip.day_offset, *trip.stops.tolist(), *trip.times.ravel().tolist(), *trip.flags.ravel().tolist())
        for trip in day.trips
    )


@settings(max_examples=200, deadline=None)
@given(cases())
def test_a_day_with_news_is_the_day_of_a_feed_that_was_changed_likewise(case: Case) -> None:
    planned = build_timetable([feed_of(case.fleet)]).day(WEDNESDAY)
    assert planned.forward is not None, "arranged before the news comes, as in a process that has been running"
    real = apply_realtime(planned, case.news)
    other = build_timetable([feed_of(changed(case.fleet, case.news))]).day(WEDNESDAY)
    assert trips_of(real.day) == trips_of(other)
    assert {u.reason for u in real.unapplied} <= {"it serves less than two of its stops"}
    found, expected = (
        [(i.departure_s, i.arrival_s, i.vehicle_count()) for i in find_itineraries(day, case.query)]
        for day in (real.day, other)
    )
    assert found == expected


@settings(max_examples=50, deadline=None)
@given(cases())
def test_news_leaves_the_planned_day_as_it_was(case: Case) -> None:
    planned = build_timetable([feed_of(case.fleet)]).day(WEDNESDAY)
    before = trips_of(planned)
    apply_realtime(planned, case.news)
    assert trips_of(planned) == before
