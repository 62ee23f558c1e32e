"""The first arrival and what every stop is reached at, against the plain search, on random small timetables."""

from dataclasses import replace

from hypothesis import given, settings

from gtfs.itinerary import EndLeg, FixedStopId, LegKind
from gtfs.search import Query, find_first_itinerary, find_itineraries, search_every_stop
from gtfs.search_tables_kernel import NEVER
from gtfs.timetable import build_timetable
from tests.gtfs.plain_search import PlainSearch
from tests.gtfs.test_search_oracle import STOPS, WEDNESDAY, Bus, Stay, Wish, best, feed_of, wishes


@settings(max_examples=60, deadline=None)
@given(wishes())
def test_the_first_arrival_is_the_plain_searchs_with_as_few_vehicles(wish: Wish) -> None:
    day = build_timetable([feed_of(wish.fleet)]).day(WEDNESDAY)
    begin_s = wish.query.depart_after_s or (wish.query.arrive_by_s or 0) - 7200
    for vehicles in (1, 2, 3, 5):
        query = replace(wish.query, depart_after_s=begin_s, arrive_by_s=None, max_line_legs=vehicles)
        found = find_first_itinerary(day, query)
        criteria = None if found is None else (found.arrival_s, found.vehicle_count())
        assert criteria == PlainSearch(day, query.min_change_s).first_arrival(query)


@settings(max_examples=40, deadline=None)
@given(wishes())
def test_the_last_departure_is_that_of_all_itineraries(wish: Wish) -> None:
    day = build_timetable([feed_of(wish.fleet)]).day(WEDNESDAY)
    end_s = wish.query.arrive_by_s or (wish.query.depart_after_s or 0) + 7200
    query = replace(wish.query, depart_after_s=None, arrive_by_s=end_s, window_s=10**6)
    found = find_first_itinerary(day, query)
    ways = [
        (departure_s, -vehicles)
        for departure_s, _, vehicles in best(wish.fleet, query)
        if end_s - departure_s <= query.longest_s  # counts until the time asked about
    ]
    assert (None if found is None else (found.departure_s, -found.vehicle_count())) == max(ways, default=None)


def test_the_longest_time_of_one_connection_counts_from_the_time_asked_about() -> None:
    # A bus from a at 6:00 to d at 6:15, and 40 minutes at most: asked from 5:35 on, or for 6:40, they are just enough.
    bus = Bus("both", (Stay("a", 21_600, 21_600, True, True), Stay("d", 22_500, 22_500, True, True)))
    day = build_timetable([feed_of([bus])]).day(WEDNESDAY)
    access, egress = (
        (EndLeg(FixedStopId(stop), 0, LegKind.WALK, earliest_s=0, latest_s=10**6),) for stop in ("a", "d")
    )
    for after_s, by_s, is_found in (
        (20_100, None, True),
        (20_099, None, False),
        (None, 24_000, True),
        (None, 24_001, False),
    ):
        query = Query(access, egress, depart_after_s=after_s, arrive_by_s=by_s, longest_s=2400)
        assert (find_first_itinerary(day, query) is not None) == is_found


@settings(max_examples=40, deadline=None)
@given(wishes())
def test_every_stop_is_reached_when_an_itinerary_that_ends_there_arrives(wish: Wish) -> None:
    day = build_timetable([feed_of(wish.fleet)]).day(WEDNESDAY)
    begin_s = wish.query.depart_after_s or (wish.query.arrive_by_s or 0) - 7200
    query = replace(wish.query, depart_after_s=begin_s, arrive_by_s=None)
    arrivals = search_every_stop(day, query)
    for stop in STOPS:
        there = EndLeg(FixedStopId(stop), 0, LegKind.WALK, earliest_s=-(10**8))
        found = find_first_itinerary(day, replace(query, egress=(there,)))
        reached_s = int(arrivals[day.timetable.stop_index[FixedStopId(stop)]])
        assert reached_s == (NEVER if found is None else found.arrival_s)


@settings(max_examples=40, deadline=None)
@given(wishes())
def test_without_some_trips_a_day_is_searched_as_if_they_had_never_been(wish: Wish) -> None:
    day = build_timetable([feed_of(wish.fleet)]).day(WEDNESDAY)
    _ = day.forward
    number = day.timetable.trip_index
    cancelled = [(trip, offset) for name, trip in number.items() if name.endswith("1") for offset in (-1, 0)]
    left = [bus for i, bus in enumerate(wish.fleet) if not f"t{i}".endswith("1")]
    found = find_itineraries(day.changed(cancelled), wish.query)
    assert [(i.departure_s, i.arrival_s, i.vehicle_count()) for i in found] == best(left, wish.query)
