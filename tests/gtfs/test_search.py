"""Hand-made timetables with itineraries worked out by hand.

Towns lie kilometres apart unless a test says otherwise; end legs are on foot and take no time unless they matter.
"""

from collections.abc import Callable

import pytest

from gtfs.itinerary import EndLeg, FixedStopId, Itinerary, LegKind
from gtfs.search import Query, find_itineraries
from gtfs.timetable import DayTimetable

OPEN = Callable[..., DayTimetable]


def clock(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def end(stop: str, minutes: int = 0, kind: LegKind = LegKind.WALK, between: tuple[str, str] | None = None) -> EndLeg:
    window = {} if between is None else {"earliest_s": clock(between[0]), "latest_s": clock(between[1])}
    return EndLeg(FixedStopId(stop), minutes * 60, kind, key=stop, **window)


def told(itinerary: Itinerary) -> str:
    """The itinerary in a line: times, stops, and what is ridden between them."""

    def at(seconds: int) -> str:
        sign = "-" if seconds < 0 else ""
        return f"{sign}{abs(seconds) // 3600:02d}:{abs(seconds) // 60 % 60:02d}"

    words = []
    for leg in itinerary.legs:
        how = leg.route_name or {LegKind.WALK: "walk", LegKind.ON_DEMAND: "ride"}.get(leg.kind, "")
        words.append(f"{leg.from_stop_id or 'home'} {at(leg.departure_s)} {how} {at(leg.arrival_s)}")
    return ", ".join(words)


def feed(trips: str, *, more_stops: str = "", extra: str = "") -> str:
    """A feed of one-line trips: ``id route: stop arrival/departure, stop time, …``; stops a to f lie far apart."""
    stops = "".join(f"{stop},Stadt {stop.upper()},53.5,{11 + 0.1 * i:.1f}\n" for i, stop in enumerate("abcdef"))
    routes, trip_rows, rows = dict[str, str](), "", ""
    for line in filter(None, map(str.strip, trips.splitlines())):
        head, calls = line.split(":", 1)
        trip_id, route = head.split()
        routes[route] = f"{route},{route},3\n"
        trip_rows += f"{route},daily,{trip_id}\n"
        for number, call in enumerate(calls.split(",")):
            stop, times, *kinds = call.split()
            arrival, departure = (times.split("/") * 2)[:2]
            pickup, drop_off = tuple(kinds[0]) if kinds else ("0", "0")
            rows += f"{trip_id},{arrival}:00,{departure}:00,{stop},{number},{pickup},{drop_off}\n"
    return (
        f"# stops.txt\nstop_id,stop_name,stop_lat,stop_lon\n{stops}{more_stops}"
        f"# routes.txt\nroute_id,route_short_name,route_type\n{''.join(routes.values())}"
        f"# trips.txt\nroute_id,service_id,trip_id\n{trip_rows}"
        "# stop_times.txt\ntrip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
        f"{rows}{extra}"
    )


HOURLY = """
    t7 1: a 07:00, b 07:20/07:22, c 07:40
    t8 1: a 08:00, b 08:20/08:22, c 08:40
    t9 1: a 09:00, b 09:20/09:22, c 09:40
    t10 1: a 10:00, b 10:20/10:22, c 10:40
"""


def ask(day: DayTimetable, access: EndLeg, egress: EndLeg, **query: int) -> list[str]:
    """Departing from 08:00 on within two hours, unless the query says otherwise."""
    query = query or {"depart_after_s": clock("08:00")}
    return [told(i) for i in find_itineraries(day, Query((access,), (egress,), **query))]


def test_every_bus_in_the_window_is_an_itinerary(day_of: OPEN) -> None:
    assert ask(day_of(feed(HOURLY)), end("a", 5), end("c", 10)) == [
        "home 08:55 walk 09:00, a 09:00 1 09:40, c 09:40 walk 09:50",
        "home 09:55 walk 10:00, a 10:00 1 10:40, c 10:40 walk 10:50",
    ]


def test_arriving_by_a_time_looks_back(day_of: OPEN) -> None:
    assert ask(day_of(feed(HOURLY)), end("a", 5), end("c", 10), arrive_by_s=clock("09:51")) == [
        "home 07:55 walk 08:00, a 08:00 1 08:40, c 08:40 walk 08:50",
        "home 08:55 walk 09:00, a 09:00 1 09:40, c 09:40 walk 09:50",
    ]


@pytest.mark.parametrize(("from_", "window_min", "buses"), [("07:55", 0, 1), ("07:56", 58, 0), ("07:56", 59, 1)])
def test_both_ends_of_the_window_belong_to_it(day_of: OPEN, from_: str, window_min: int, buses: int) -> None:
    window = {"depart_after_s": clock(from_), "window_s": 60 * window_min}
    assert len(ask(day_of(feed(HOURLY)), end("a", 5), end("c", 10), **window)) == buses


def test_a_leg_says_trip_route_headsign_and_which_end_leg_it_is(day_of: OPEN) -> None:
    access, egress = end("a", 5), end("c", 10)
    query = Query((access,), (egress,), depart_after_s=clock("08:30"), window_s=3600)
    (itinerary,) = find_itineraries(day_of(feed(HOURLY)), query)
    first, line, last = itinerary.legs
    assert (first.end_leg, last.end_leg) == (access, egress)
    assert (first.from_stop_id, first.to_stop_id, last.from_stop_id, last.to_stop_id) == (None, "a", "c", None)
    assert (line.trip_id, line.route_id, line.route_name, line.headsign) == ("t9", "1", "1", "Stadt C")
    assert line.trip_day_offset == 0
    assert (itinerary.departure_s, itinerary.arrival_s) == (clock("08:55"), clock("09:50"))


def test_changing_needs_the_least_time(day_of: OPEN) -> None:
    day = day_of(
        feed("""
        x 1: a 08:10, b 08:30
        early 2: b 08:31, c 08:50
        right 2: b 08:32, c 08:51
        late 2: b 08:33, c 08:52
        """)
    )
    assert ask(day, end("a"), end("c")) == [
        "home 08:10 walk 08:10, a 08:10 1 08:30, b 08:32 2 08:51, c 08:51 walk 08:51"
    ]
    for change_s, leaves in ((0, "08:31"), (60, "08:31"), (61, "08:32"), (121, "08:33")):
        for wish in ({"depart_after_s": clock("08:00")}, {"arrive_by_s": clock("08:52")}):
            (way,) = ask(day, end("a"), end("c"), min_change_s=change_s, **wish)
            assert f"b {leaves} 2" in way


def test_a_change_of_no_minutes_is_refused(day_of: OPEN) -> None:
    day = day_of(feed("x 1: a 08:10, b 08:30\n y 2: b 08:30, c 08:50"))
    assert ask(day, end("a"), end("c")) == []
    assert ask(day, end("a"), end("c"), arrive_by_s=clock("09:00")) == []


def test_a_slow_direct_bus_stands_beside_a_fast_change(day_of: OPEN) -> None:
    day = day_of(
        feed("""
        slow 1: a 08:10, b 08:40, c 09:30
        fast 2: b 08:45, c 09:00
        """)
    )
    assert ask(day, end("a"), end("c")) == [
        "home 08:10 walk 08:10, a 08:10 1 08:40, b 08:45 2 09:00, c 09:00 walk 09:00",
        "home 08:10 walk 08:10, a 08:10 1 09:30, c 09:30 walk 09:30",
    ]
    assert len(ask(day, end("a"), end("c"), depart_after_s=clock("08:00"), max_line_legs=1)) == 1


def test_an_overtaking_express_is_found(day_of: OPEN) -> None:
    day = day_of(
        feed("""
        slow 1: a 08:00, b 08:30, c 09:30
        express 1: a 08:10, b 08:25, c 08:50
        """)
    )
    assert ask(day, end("a"), end("c")) == ["home 08:10 walk 08:10, a 08:10 1 08:50, c 08:50 walk 08:50"]
    assert ask(day, end("a"), end("c"), arrive_by_s=clock("10:00")) == [
        "home 08:10 walk 08:10, a 08:10 1 08:50, c 08:50 walk 08:50"
    ]


def test_after_a_change_the_express_is_taken_though_a_slow_bus_leaves_first(day_of: OPEN) -> None:
    day = day_of(
        feed("""
        x 2: a 07:40, b 07:50
        slow 1: b 08:00, c 08:30, d 09:30
        express 1: b 08:10, c 08:25, d 08:50
        y 3: d 08:55, e 09:30
        """)
    )
    expected = ["home 07:40 walk 07:40, a 07:40 2 07:50, b 08:10 1 08:50, d 08:50 walk 08:50"]
    assert ask(day, end("a"), end("d"), depart_after_s=clock("07:30")) == expected
    assert ask(day, end("a"), end("d"), arrive_by_s=clock("09:30")) == expected
    assert len(ask(day, end("a"), end("e"), depart_after_s=clock("07:30"))) == 1
    assert len(ask(day, end("a"), end("e"), arrive_by_s=clock("09:30"))) == 1


def test_a_ride_on_demand_comes_only_in_its_window(day_of: OPEN) -> None:
    day = day_of(feed(HOURLY))
    ride = end("a", 20, LegKind.ON_DEMAND, between=("08:30", "09:10"))
    assert ask(day, ride, end("c")) == [
        "home 08:40 ride 09:00, a 09:00 1 09:40, c 09:40 walk 09:40",
        # It cannot come later than 09:10, so one waits for the bus of 10:00.
        "home 09:10 ride 09:30, a 10:00 1 10:40, c 10:40 walk 10:40",
    ]


def test_a_ride_on_demand_at_the_far_end_is_waited_for(day_of: OPEN) -> None:
    day = day_of(feed(HOURLY))
    ride = end("c", 20, LegKind.ON_DEMAND, between=("09:00", "09:30"))
    window = {"depart_after_s": clock("07:00"), "window_s": 4 * 3600}
    assert ask(day, end("a"), ride, **window) == [
        # The bus of 07:00 would mean waiting longer for the same ride, that of 09:00 misses it.
        "home 08:00 walk 08:00, a 08:00 1 08:40, c 09:00 ride 09:20"
    ]
    assert ask(day, end("a"), ride, arrive_by_s=clock("10:00"), window_s=4 * 3600) == [
        "home 08:00 walk 08:00, a 08:00 1 08:40, c 09:00 ride 09:20"
    ]


def test_the_best_of_several_end_legs_is_taken(day_of: OPEN) -> None:
    day = day_of(feed(HOURLY))
    access = (end("a", 30, LegKind.ON_DEMAND), end("b", 40, LegKind.ON_DEMAND))
    egress = (end("b", 45, LegKind.ON_DEMAND), end("c", 15, LegKind.ON_DEMAND))
    query = Query(access, egress, depart_after_s=clock("08:00"), window_s=3600)
    assert [told(i) for i in find_itineraries(day, query)] == [
        "home 08:42 ride 09:22, b 09:22 1 09:40, c 09:40 ride 09:55",
    ]


def test_walking_between_platforms_takes_its_time(day_of: OPEN) -> None:
    # c2 lies 111.2 m north of c: 120.5 s on foot, and 2 minutes to change on top.
    day = day_of(
        feed(
            """
            x 1: a 08:10, c 08:30
            early 2: c2 08:34, d 08:50
            right 2: c2 08:35, d 08:51
            """,
            more_stops="c2,Stadt C Markt,53.501,11.2\n",
        )
    )
    expected = ["home 08:10 walk 08:10, a 08:10 1 08:30, c 08:30 walk 08:32, c2 08:35 2 08:51, d 08:51 walk 08:51"]
    assert ask(day, end("a"), end("d")) == expected
    assert ask(day, end("a"), end("d"), arrive_by_s=clock("09:00")) == expected


def test_a_ride_on_demand_may_be_followed_by_a_walk_and_a_walk_not(day_of: OPEN) -> None:
    day = day_of(feed("x 1: c2 08:35, d 08:51", more_stops="c2,Stadt C Markt,53.501,11.2\n"))
    ride = end("c", 20, LegKind.ON_DEMAND)
    expected = ["home 08:12 ride 08:32, c 08:32 walk 08:35, c2 08:35 1 08:51, d 08:51 walk 08:51"]
    assert ask(day, ride, end("d")) == expected
    assert ask(day, ride, end("d"), arrive_by_s=clock("09:00")) == expected
    assert ask(day, end("c", 20), end("d")) == []


def test_a_feed_may_allow_a_quick_change_but_never_below_the_least_time(day_of: OPEN) -> None:
    rules = "# transfers.txt\nfrom_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
    trips = "x 1: a 08:10, c 08:30\n early 2: c2 08:33, d 08:50\n late 2: c2 08:40, d 09:00"
    more = "c2,Stadt C Markt,53.501,11.2\n"
    for rule, leaves in (("", "08:40"), ("c,c2,2,180", "08:33"), ("c,c2,2,60", "08:33"), ("c,c2,2,600", "08:40")):
        day = day_of(feed(trips, more_stops=more, extra=f"{rules}{rule}\n" if rule else ""))
        (way,) = ask(day, end("a"), end("d"))
        assert f"c2 {leaves}" in way
        assert ask(day, end("a"), end("d"), depart_after_s=clock("08:00"), min_change_s=601) == []


def test_a_forbidden_transfer_is_not_made(day_of: OPEN) -> None:
    rules = "# transfers.txt\nfrom_stop_id,to_stop_id,transfer_type\nb,b,3\n"
    trips = "x 1: a 08:10, b 08:30\n y 2: b 08:40, c 08:50"
    assert len(ask(day_of(feed(trips)), end("a"), end("c"))) == 1
    assert ask(day_of(feed(trips, extra=rules)), end("a"), end("c")) == []


def test_nobody_boards_or_alights_where_the_feed_forbids_it(day_of: OPEN) -> None:
    day = day_of(feed("x 1: a 08:10, b 08:30 10, c 08:50 01, d 09:10"))
    assert len(ask(day, end("a"), end("b"))) == 1
    assert len(ask(day, end("a"), end("d"))) == 1
    assert ask(day, end("b"), end("d")) == []
    assert ask(day, end("a"), end("c")) == []
    for access, egress in ((end("b"), end("d")), (end("a"), end("c"))):
        assert ask(day, access, egress, arrive_by_s=clock("09:30")) == []


def test_a_trip_through_midnight_is_ridden_in_the_morning_too(day_of: OPEN) -> None:
    day = day_of(feed("night 9: a 23:40, b 24:10/24:12, c 24:40"))
    assert ask(day, end("b"), end("c"), depart_after_s=0) == [
        "home 00:12 walk 00:12, b 00:12 9 00:40, c 00:40 walk 00:40"
    ]
    assert ask(day, end("a"), end("c"), depart_after_s=clock("23:00")) == [
        "home 23:40 walk 23:40, a 23:40 9 24:40, c 24:40 walk 24:40"
    ]
    query = Query((end("b"),), (end("c"),), depart_after_s=0)
    assert find_itineraries(day, query)[0].line_legs()[0].trip_day_offset == -1


def test_a_trip_of_last_night_and_one_of_today_are_changed_between(day_of: OPEN) -> None:
    day = day_of(feed("night 9: a 23:40, b 24:10\n first 1: b 00:30, c 01:00"))
    early = EndLeg(FixedStopId("a"), 0, LegKind.WALK, earliest_s=-3600)
    (found,) = find_itineraries(day, Query((early,), (end("c"),), depart_after_s=-3600))
    assert [(leg.trip_id, leg.trip_day_offset) for leg in found.line_legs()] == [("night", -1), ("first", 0)]
    assert (found.departure_s, found.arrival_s) == (-20 * 60, 3600)


def test_a_loop_is_left_at_the_second_call_and_boarded_at_the_first(day_of: OPEN) -> None:
    day = day_of(feed("loop 1: a 08:00, b 08:10, c 08:20, a 08:30, d 08:40"))
    assert ask(day, end("b"), end("a")) == ["home 08:10 walk 08:10, b 08:10 1 08:30, a 08:30 walk 08:30"]
    assert ask(day, end("a"), end("d")) == ["home 08:30 walk 08:30, a 08:30 1 08:40, d 08:40 walk 08:40"]


def test_three_lines_are_ridden_and_four_are_not(day_of: OPEN) -> None:
    day = day_of(feed("w 1: a 08:00, b 08:10\n x 2: b 08:20, c 08:30\n y 3: c 08:40, d 08:50\n z 4: d 09:00, e 09:10"))
    for wish in ({"depart_after_s": clock("08:00")}, {"arrive_by_s": clock("09:30")}):
        assert len(ask(day, end("a"), end("d"), **wish)) == 1
        assert ask(day, end("a"), end("e"), **wish) == []
        assert len(ask(day, end("a"), end("e"), max_line_legs=4, **wish)) == 1


def test_an_itinerary_of_more_than_six_hours_is_not_given(day_of: OPEN) -> None:
    day = day_of(feed("x 1: a 08:00, b 08:10\n y 2: b 13:50, c 14:00\n z 2: b 13:51, c 14:01"))
    assert len(ask(day, end("a"), end("c"))) == 1
    day = day_of(feed("x 1: a 08:00, b 08:10\n z 2: b 13:51, c 14:01"))
    assert ask(day, end("a"), end("c")) == []


def test_end_legs_at_unknown_stops_are_passed_over(day_of: OPEN) -> None:
    day = day_of(feed(HOURLY))
    assert ask(day, end("nowhere"), end("c")) == []
    assert ask(day, end("a"), end("nowhere"), arrive_by_s=clock("10:00")) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "either depart_after_s or arrive_by_s"),
        ({"depart_after_s": 0, "arrive_by_s": 0}, "either depart_after_s or arrive_by_s"),
        ({"depart_after_s": 0, "max_line_legs": 0}, "at least"),
        ({"depart_after_s": 0, "window_s": -1}, "not negative"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(query: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Query((), (), **query)
