"""The earliest arrival at every stop against asking for one stop after the other, on random days."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs.departures import list_departures
from gtfs.itinerary import EndLeg, FixedStopId, LegKind
from gtfs.query import Query
from gtfs.reach import find_reach
from gtfs.search import find_first_itinerary
from gtfs.timetable import build_timetable
from gtfs.two_days import with_following
from tests.gtfs.test_realtime_agrees import DAY_S, STOPS, WEDNESDAY, Bus, buses, feed_of

LONGEST_S = 3 * 3600


@st.composite
def fleets(draw: st.DrawFn) -> tuple[Bus, ...]:
    return tuple(draw(buses(number)) for number in range(draw(st.integers(2, 10))))


@settings(max_examples=50, deadline=None)
@given(fleets(), st.sampled_from(STOPS), st.sampled_from([8 * 3600, DAY_S - 1800, -1800]))
def test_reach_is_what_one_question_per_stop_finds(fleet: tuple[Bus, ...], origin: str, at_s: int) -> None:
    day = build_timetable([feed_of(fleet)]).day(WEDNESDAY)
    access = EndLeg(FixedStopId(origin), 60, LegKind.WALK, earliest_s=-DAY_S)
    reached = {r.stop_id: r.arrival_s for r in find_reach(day, Query((access,), (), at_s, longest_s=LONGEST_S))}
    expected = {FixedStopId(origin): at_s + 60}
    for stop in (*STOPS, "D"):
        # A ride on demand as egress that takes no time: the search may walk to it from the stop where one alights.
        egress = EndLeg(FixedStopId(stop), 0, LegKind.ON_DEMAND, earliest_s=-DAY_S)
        found = find_first_itinerary(day, Query((access,), (egress,), at_s, longest_s=LONGEST_S))
        if found is not None and stop != origin and found.arrival_s <= at_s + LONGEST_S:
            expected[FixedStopId(stop)] = found.arrival_s
    assert reached == expected


@settings(max_examples=50, deadline=None)
@given(fleets(), st.sampled_from(STOPS))
def test_departures_are_those_one_sees_in_the_trips(fleet: tuple[Bus, ...], stop: str) -> None:
    day = with_following(build_timetable([feed_of(fleet)]).day(WEDNESDAY))
    found = [(d.departure_s, d.trip_id, d.trip_day_offset) for d in list_departures(day, [FixedStopId(stop)], 0, DAY_S)]
    by_hand = [
        (stay.departure_s + DAY_S * offset, bus.id, offset)
        for bus in fleet
        for offset in bus.offsets
        for stay in bus.stays[:-1]
        if stay.stop == stop and 0 <= stay.departure_s + DAY_S * offset <= DAY_S
        if offset == 0 or bus.stays[-1].arrival_s >= DAY_S
    ]
    assert sorted(found) == sorted(by_hand)
    assert [when for when, *_ in found] == sorted(when for when, *_ in found)
