"""The search against a slow, obvious one that tries everything, on random small timetables."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs.calendar import Calendar
from gtfs.feed import Feed
from gtfs.feed_transfers import TRANSFERS
from gtfs.itinerary import EndLeg, FixedStopId, Itinerary, LegKind
from gtfs.search import Query, find_itineraries
from gtfs.service_day import ServiceDay
from gtfs.timetable import DayTimetable, build_timetable

BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = ServiceDay(date(2026, 3, 11), BERLIN)

STOPS = "abcdef"
NORTH_M = {"a": 0, "b": 90, "c": 5_000, "d": 5_150, "e": 20_000, "f": 40_000}
METRES_PER_DEGREE = 6_371_008.8 * np.pi / 180
WALKS_S = {("a", "b"): 98, ("b", "a"): 98, ("c", "d"): 163, ("d", "c"): 163}
"""Times 1.3 at 1.2 m/s: 97.5 and 162.5 seconds, rounded up."""
SERVICES = {"both": (True, True), "yesterday": (True, False), "today": (False, True)}
"""Whether a service runs on Tuesday and on Wednesday."""
DAY_S = 86_400


@dataclass(frozen=True)
class Stay:
    """A call of a made-up trip."""

    stop: str
    arrival_s: int
    departure_s: int
    can_board: bool
    can_alight: bool


@dataclass(frozen=True)
class Bus:
    """A made-up trip."""

    service: str
    stays: tuple[Stay, ...]


def feed_of(buses: list[Bus]) -> Feed:
    names = [*SERVICES]
    tuesday, wednesday = (WEDNESDAY.on.toordinal() - 1, WEDNESDAY.on.toordinal())
    days = [
        (i, day)
        for i, name in enumerate(names)
        for day, runs in zip((tuesday, wednesday), SERVICES[name], strict=True)
        if runs
    ]
    calendar = Calendar(
        tuple(names),
        np.zeros(3, np.uint8),
        np.zeros(3, np.int32),
        np.zeros(3, np.int32),
        np.array([i for i, _ in days], np.int32),
        np.array([day for _, day in days], np.int32),
        np.ones(len(days), np.bool_),
    )
    calls = [
        (f"t{i}", stay.stop, stay.arrival_s, stay.departure_s, stay.can_board, stay.can_alight)
        for i, bus in enumerate(buses)
        for stay in bus.stays
    ]
    trips = [(f"t{i}", "r", bus.service, "") for i, bus in enumerate(buses)]
    lats = [50 + NORTH_M[stop] / METRES_PER_DEGREE for stop in STOPS]
    call_columns = ["trip_id", "stop_id", "arrival_s", "departure_s", "can_board", "can_alight"]
    frequency_types = {"trip_id": pl.String, "start_s": pl.Int64, "end_s": pl.Int64, "headway_s": pl.Int64}
    return Feed(
        name="random",
        zone=BERLIN,
        stops=pl.DataFrame(
            {"stop_id": [*STOPS], "name": [*STOPS], "lon": [11.0] * 6, "lat": lats, "parent_id": [""] * 6}
        ),
        routes=pl.DataFrame({"route_id": ["r"], "name": ["R"], "route_type": [3]}),
        trips=pl.DataFrame(trips, ["trip_id", "route_id", "service_id", "headsign"], orient="row"),
        calls=pl.DataFrame(calls, call_columns, orient="row"),
        calendar=calendar,
        frequencies=pl.DataFrame(schema=frequency_types),
        transfers=pl.DataFrame(schema=TRANSFERS),
        findings=(),
    )


@dataclass(frozen=True)
class Wish:
    """A random timetable and a query that is about the time its buses run."""

    fleet: list[Bus]
    query: Query


def mostly(usual: object, *others: object) -> st.SearchStrategy[Any]:
    """The usual value nine times as often as all others together."""
    return st.sampled_from([usual] * 9 * len(others) + [*others])


@st.composite
def buses(draw: st.DrawFn, start_s: int) -> Bus:
    """A bus that runs within an hour and a half of a time, which may be midnight."""
    # Short ways along the alphabet make changes worth while; now and then any stops at all, loops included.
    first = draw(st.integers(0, 4))
    stops = [*STOPS[first : first + draw(st.integers(2, 3))]]
    if draw(mostly(False, True)):
        stops = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=5))
    time_s = start_s + 900 * first + 300 * draw(st.integers(0, 6))
    stays = []
    for stop in stops:
        arrival_s = time_s + draw(st.sampled_from([300, 420, 600, 0]))
        time_s = arrival_s + draw(mostly(0, 180))
        stays.append(Stay(stop, arrival_s, time_s, draw(mostly(True, False)), draw(mostly(True, False))))
    return Bus(draw(mostly("both", "yesterday", "today")), tuple(stays))


def behind(bus: Bus, later_s: int, slower_s: int) -> Bus:
    """A bus on the same way, that much later and that much slower on its first part (it may overtake)."""
    first, *others = bus.stays
    moved = [replace(first, arrival_s=first.arrival_s + later_s, departure_s=first.departure_s + later_s)]
    for stay in others:
        arrival_s = max(stay.arrival_s + later_s + slower_s, moved[-1].departure_s)
        moved.append(replace(stay, arrival_s=arrival_s, departure_s=arrival_s + stay.departure_s - stay.arrival_s))
    return replace(bus, stays=tuple(moved))


@st.composite
def end_legs(draw: st.DrawFn, start_s: int, stops: str) -> EndLeg:
    earliest_s = draw(mostly(-7200, start_s, start_s + 900, start_s + 3600))
    return EndLeg(
        FixedStopId(draw(st.sampled_from(stops))),
        draw(st.sampled_from([0, 60, 600])),
        draw(st.sampled_from([LegKind.WALK, LegKind.ON_DEMAND])),
        earliest_s=earliest_s,
        latest_s=draw(mostly(10**8, earliest_s + 900, earliest_s + 3600)),
    )


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    start_s = draw(st.sampled_from([6 * 3600, DAY_S - 2400]))
    asked_s = start_s - draw(st.sampled_from([0, DAY_S])) if start_s > DAY_S // 2 else start_s
    fleet = draw(st.lists(buses(start_s), min_size=8, max_size=16))
    for bus in fleet[: draw(st.integers(0, 5))]:
        fleet.append(behind(bus, draw(st.sampled_from([300, 60, 900])), draw(st.sampled_from([0, -400, -900, 600]))))
    access, egress = (
        draw(st.lists(end_legs(asked_s, stops), min_size=1, max_size=3).map(tuple)) for stops in ("aabc", "ffed")
    )
    at = {"depart_after_s": asked_s - 900 + draw(st.sampled_from([0, 600, 1800]))}
    if draw(st.booleans()):
        at = {"arrive_by_s": asked_s + draw(st.sampled_from([7200, 5400, 3600]))}
    query = Query(
        access,
        egress,
        window_s=draw(mostly(7200, 600, 1800)),
        max_line_legs=draw(mostly(3, 1, 2)),
        min_change_s=draw(mostly(120, 0, 1, 300)),
        longest_s=draw(mostly(6 * 3600, 2400)),
        **at,
    )
    return Wish(fleet, query)


Criteria = tuple[int, int, int]
"""Departure, arrival, line legs."""


def ridden_today(fleet: list[Bus]) -> list[Bus]:
    """The buses on Wednesday's clock: Tuesday's that are under way at midnight, and Wednesday's."""
    today = []
    for bus in fleet:
        on_tuesday, on_wednesday = SERVICES[bus.service]
        if on_wednesday:
            today.append(bus)
        if on_tuesday and bus.stays[-1].arrival_s >= DAY_S:
            moved = (
                replace(stay, arrival_s=stay.arrival_s - DAY_S, departure_s=stay.departure_s - DAY_S)
                for stay in bus.stays
            )
            today.append(replace(bus, stays=tuple(moved)))
    return today


def walks_beside(leg: EndLeg, stop: str) -> int | None:
    """Seconds on foot between an end leg and a stop, ``None`` if one cannot."""
    if leg.stop_id == stop:
        return 0
    return None if leg.kind is LegKind.WALK else WALKS_S.get((leg.stop_id, stop))


def rides(today: list[Bus], from_stop: str, ready_s: int) -> Iterator[tuple[int, Stay]]:
    """Every bus one can board at a stop from a time on: when it leaves, and every later call one can alight at."""
    for bus in today:
        for i, stay in enumerate(bus.stays):
            if stay.stop == from_stop and stay.can_board and stay.departure_s >= ready_s:
                yield from ((stay.departure_s, later) for later in bus.stays[i + 1 :] if later.can_alight)


def onward(today: list[Bus], query: Query, begin_s: int, stay: Stay, legs: int) -> Iterator[Criteria]:
    """Every way to go on after alighting."""
    for egress in query.egress:
        walk_s = walks_beside(egress, stay.stop)
        if walk_s is not None and stay.arrival_s + walk_s <= egress.latest_s:
            yield begin_s, max(stay.arrival_s + walk_s, egress.earliest_s) + egress.duration_s, legs
    if legs == query.max_line_legs:
        return
    for stop in STOPS:
        walk_s = 0 if stop == stay.stop else WALKS_S.get((stay.stop, stop))
        if walk_s is not None:
            for _, after in rides(today, stop, stay.arrival_s + walk_s + query.min_change_s):
                yield from onward(today, query, begin_s, after, legs + 1)


def everything(fleet: list[Bus], query: Query) -> Iterator[Criteria]:
    """Every way there is, by trying all buses at all stops."""
    today = ridden_today(fleet)
    for access in query.access:
        for stop in STOPS:
            walk_s = walks_beside(access, stop)
            if walk_s is None:
                continue
            for departure_s, after in rides(today, stop, access.earliest_s + access.duration_s + walk_s):
                begin_s = min(departure_s - walk_s - access.duration_s, access.latest_s)
                yield from onward(today, query, begin_s, after, 1)


def best(fleet: list[Bus], query: Query) -> list[Criteria]:
    """Those ways in the window that no other beats."""

    def is_asked_for(way: Criteria) -> bool:
        if query.depart_after_s is not None:
            is_in_window = 0 <= way[0] - query.depart_after_s <= query.window_s
        else:
            assert query.arrive_by_s is not None
            is_in_window = 0 <= query.arrive_by_s - way[1] <= query.window_s
        return is_in_window and way[1] - way[0] <= query.longest_s

    ways = {way for way in everything(fleet, query) if is_asked_for(way)}

    def beats(one: Criteria, other: Criteria) -> bool:
        return one != other and one[0] >= other[0] and one[1] <= other[1] and one[2] <= other[2]

    return sorted(way for way in ways if not any(beats(other, way) for other in ways))


def check(itinerary: Itinerary, day: DayTimetable, query: Query) -> None:
    """That every leg exists and follows the one before it in place and time."""
    first, *_, last = itinerary.legs
    assert first.end_leg in query.access
    assert last.end_leg in query.egress
    assert first.end_leg is not None
    assert last.end_leg is not None
    for leg in (first, last):
        assert leg.end_leg is not None
        assert leg.end_leg.earliest_s <= leg.departure_s <= leg.end_leg.latest_s
        assert leg.arrival_s - leg.departure_s == leg.end_leg.duration_s
    for before, after in pairwise(itinerary.legs):
        assert before.to_stop_id == after.from_stop_id
        assert before.arrival_s <= after.departure_s
    for before, after in pairwise(itinerary.line_legs()):
        assert after.departure_s - before.arrival_s >= query.min_change_s
    for leg in itinerary.line_legs():
        assert leg.trip_id is not None
        trip = day.trip_by_id[leg.trip_id, leg.trip_day_offset]
        stops = [day.timetable.stops[i].id for i in trip.stops]
        boards = [i for i, stop in enumerate(stops) if stop == leg.from_stop_id and trip.times[1, i] == leg.departure_s]
        alights = [i for i, stop in enumerate(stops) if stop == leg.to_stop_id and trip.times[0, i] == leg.arrival_s]
        assert any(i < j and trip.flags[0, i] and trip.flags[1, j] for i in boards for j in alights)


@settings(max_examples=150, deadline=None)
@given(wishes())
def test_the_search_finds_what_trying_everything_finds(wish: Wish) -> None:
    day = build_timetable([feed_of(wish.fleet)]).day(WEDNESDAY)
    found = find_itineraries(day, wish.query)
    for itinerary in found:
        check(itinerary, day, wish.query)
    assert [(i.departure_s, i.arrival_s, len(i.line_legs())) for i in found] == best(wish.fleet, wish.query)
