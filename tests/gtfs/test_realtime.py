"""Realtime news by hand: what its bytes say, and what a day looks like under it.

One line, RE 1, from Aadorf by Behausen to the station of Cestadt (platforms 1 and 2) and on to Dedorf; a bus, 7, from
Cestadt. Times of the timetable are full five minutes, so that every odd one comes from the news.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from gtfs.itinerary import Call, EndLeg, FixedStopId, LegKind, RouteId, TripId
from gtfs.query import Query
from gtfs.realtime import (
    Alert,
    CallUpdate,
    EventTime,
    Informed,
    RealtimeError,
    RealtimeFeed,
    StopState,
    TripRef,
    TripState,
    TripUpdate,
    VehiclePosition,
    joined_realtime,
)
from gtfs.realtime_day import CallState, RealtimeDay, apply_realtime, find_real_call
from gtfs.realtime_reading import read_realtime
from gtfs.realtime_times import Known, expected_times
from gtfs.realtime_vehicles import updates_by_vehicles
from gtfs.search import find_itineraries
from gtfs.timetable import DayTimetable
from gtfs.two_days import with_following

OPEN = Callable[..., DayTimetable]
NOW = datetime(2026, 3, 11, 7, 0, tzinfo=UTC)
"""08:00 in Berlin."""

FEED = """
# stops.txt
stop_id,stop_name,stop_lat,stop_lon,parent_station,location_type
a,Aadorf,53.0,11.0,,0
b,Behausen,53.1,11.0,,0
C,Cestadt,53.2,11.0,,1
c1,Cestadt Gleis 1,53.2,11.0,C,0
c2,Cestadt Gleis 2,53.2005,11.0,C,0
d,Dedorf,53.3,11.0,,0
x,Exheim,53.2,11.5,,0
# routes.txt
route_id,route_short_name,route_type
re,RE 1,2
bus,7,3
# trips.txt
route_id,service_id,trip_id
re,daily,r8
re,daily,r9
re,daily,r23
bus,daily,b8
bus,daily,shuttle
# stop_times.txt
trip_id,stop_sequence,stop_id,arrival_time,departure_time
r8,10,a,08:00:00,08:00:00
r8,20,b,08:10:00,08:15:00
r8,30,c1,08:30:00,08:35:00
r8,40,d,08:50:00,08:50:00
r9,10,a,09:00:00,09:00:00
r9,20,b,09:10:00,09:15:00
r9,30,c1,09:30:00,09:35:00
r9,40,d,09:50:00,09:50:00
r23,10,a,23:00:00,23:00:00
r23,20,b,23:10:00,23:15:00
r23,30,c1,23:30:00,23:35:00
r23,40,d,23:50:00,23:50:00
b8,1,c2,08:40:00,08:40:00
b8,2,x,09:00:00,09:00:00
shuttle,1,c2,00:00:00,00:00:00
shuttle,2,x,00:10:00,00:10:00
# frequencies.txt
trip_id,start_time,end_time,headway_secs
shuttle,12:00:00,13:00:00,1800
"""


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def at(text: str) -> datetime:
    """A time of 2026-03-11 in Berlin (UTC + 1); past 24:00 it is the next day."""
    return datetime(2026, 3, 10, 23, tzinfo=UTC) + timedelta(seconds=clock(text))


def late(minutes: int, sequence: int, **more: object) -> CallUpdate:
    event = EventTime(delay_s=60 * minutes)
    return CallUpdate(sequence=sequence, **{"arrival": event, "departure": event, **more})  # type: ignore[arg-type]


def news(trip: str, *calls: CallUpdate, on: date | None = date(2026, 3, 11), **more: object) -> TripUpdate:
    state = more.pop("state", TripState.SCHEDULED)
    return TripUpdate(TripRef(TripId(trip), start_on=on, state=state), calls, **more)  # type: ignore[arg-type]


def told(real: RealtimeDay, trip: str, offset: int = 0) -> str:
    """The calls of a trip in a line: stop arrival/departure."""
    day_trip = real.day.find_trip(TripId(trip), offset)
    if day_trip is None:
        return "does not run"

    def shown(seconds: int) -> str:
        sign = "-" if seconds < 0 else ""
        return f"{sign}{abs(seconds) // 3600:02d}:{abs(seconds) // 60 % 60:02d}"

    rows = zip(day_trip.stops.tolist(), *day_trip.times.tolist(), strict=True)
    return ", ".join(
        f"{real.day.timetable.stops[stop].id} {shown(arrival_s)}/{shown(departure_s)}"
        for stop, arrival_s, departure_s in rows
    )


def under(day: DayTimetable, *updates: TripUpdate, **options: object) -> RealtimeDay:
    return apply_realtime(day, {str(i): update for i, update in enumerate(updates)}, **options)  # type: ignore[arg-type]


def test_a_delay_holds_for_all_calls_behind_it(day_of: OPEN) -> None:
    real = under(day_of(FEED), news("r8", late(7, 20)))
    assert told(real, "r8") == "a 08:00/08:00, b 08:17/08:22, c1 08:37/08:42, d 08:57/08:57"
    assert told(real, "r9") == "a 09:00/09:00, b 09:10/09:15, c1 09:30/09:35, d 09:50/09:50"


def test_the_example_of_the_specification() -> None:
    # Twenty stops a minute apart: 300 s from the 3rd on, 60 s from the 8th on, nothing known from the 10th on.
    planned = [60 * number for number in range(1, 21)]
    known = {2: Known(180 + 300, 180 + 300), 7: Known(480 + 60, 480 + 60), 9: Known()}
    arrivals, departures = expected_times(planned, planned, known)
    assert arrivals == departures
    delays = [arrival - scheduled for arrival, scheduled in zip(arrivals, planned, strict=True)]
    # The 5th to 7th cannot be 300 s late where the 8th is known to be reached at 540 s; what follows 600 s is on time.
    assert delays == [0, 0, 300, 540 - 240, 540 - 300, 540 - 360, 540 - 420, 60, 60, *[0] * 11]


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        # the delay shrinks again: by the next known time
        ((late(9, 20), late(2, 40)), "a 08:00/08:00, b 08:19/08:24, c1 08:39/08:44, d 08:52/08:52"),
        # times instead of delays
        (
            (CallUpdate(sequence=20, departure=EventTime(at("08:21"))),),
            "a 08:00/08:00, b 08:10/08:21, c1 08:36/08:41, d 08:56/08:56",
        ),
        # an arrival alone: the stay remains as long
        (
            (CallUpdate(sequence=20, arrival=EventTime(delay_s=240)),),
            "a 08:00/08:00, b 08:14/08:19, c1 08:34/08:39, d 08:54/08:54",
        ),
        # a time beats a delay that contradicts it
        (
            (CallUpdate(sequence=40, arrival=EventTime(at("08:59"), 60)),),
            "a 08:00/08:00, b 08:10/08:15, c1 08:30/08:35, d 08:59/08:59",
        ),
        # skipping a stop does not end the delay
        (
            (late(4, 20), CallUpdate(sequence=30, state=StopState.SKIPPED)),
            "a 08:00/08:00, b 08:14/08:19, d 08:54/08:54",
        ),
        # no data does
        (
            (late(4, 20), CallUpdate(sequence=30, state=StopState.NO_DATA)),
            "a 08:00/08:00, b 08:14/08:19, c1 08:30/08:35, d 08:50/08:50",
        ),
        # early: nobody leaves Aadorf after coming to Behausen
        ((late(-12, 20),), "a 07:58/07:58, b 07:58/08:03, c1 08:18/08:23, d 08:38/08:38"),
        # by stop instead of number; by the station, too
        (
            (CallUpdate(stop_id=FixedStopId("C"), arrival=EventTime(delay_s=180)),),
            "a 08:00/08:00, b 08:10/08:15, c1 08:33/08:38, d 08:53/08:53",
        ),
        # another platform, told as such or by another stop under the same number
        (
            (late(1, 30, new_stop_id=FixedStopId("c2")),),
            "a 08:00/08:00, b 08:10/08:15, c2 08:31/08:36, d 08:51/08:51",
        ),
        (
            (late(1, 30, stop_id=FixedStopId("c2")),),
            "a 08:00/08:00, b 08:10/08:15, c2 08:31/08:36, d 08:51/08:51",
        ),
        # a stop the timetable does not know changes nothing but the time
        (
            (late(1, 30, new_stop_id=FixedStopId("nowhere")),),
            "a 08:00/08:00, b 08:10/08:15, c1 08:31/08:36, d 08:51/08:51",
        ),
    ],
)
def test_news_of_calls(day_of: OPEN, calls: tuple[CallUpdate, ...], expected: str) -> None:
    assert told(under(day_of(FEED), news("r8", *calls)), "r8") == expected


def test_the_delay_of_a_trip_holds_up_to_the_first_call_that_is_known(day_of: OPEN) -> None:
    real = under(day_of(FEED), news("r8", late(1, 40), delay_s=300))
    assert told(real, "r8") == "a 08:05/08:05, b 08:15/08:20, c1 08:35/08:40, d 08:51/08:51"


def test_boarding_can_be_forbidden(day_of: OPEN) -> None:
    real = under(day_of(FEED), news("r8", late(0, 20, can_board=False)))
    trip = real.day.find_trip(TripId("r8"))
    assert trip is not None
    assert trip.flags.tolist() == [[True, False, True, True], [True, True, True, True]]


def test_a_cancelled_trip_does_not_run(day_of: OPEN) -> None:
    real = under(day_of(FEED), news("r8", state=TripState.CANCELLED))
    assert told(real, "r8") == "does not run"
    assert (
        told(
            under(day_of(FEED), news("r8", *(CallUpdate(sequence=s, state=StopState.SKIPPED) for s in (10, 20, 30)))),
            "r8",
        )
        == "does not run"
    )


def test_an_added_trip_is_found_by_the_search_under_its_name(day_of: OPEN) -> None:
    calls = tuple(
        CallUpdate(stop_id=FixedStopId(stop), arrival=EventTime(at(time)), departure=EventTime(at(time)))
        for stop, time in (("a", "07:01"), ("x", "07:33"))
    )
    update = TripUpdate(TripRef(TripId("extra"), RouteId("new"), date(2026, 3, 11), None, TripState.ADDED), calls)
    day = day_of(FEED)
    real = under(day, update, news("r8", late(7, 20)))
    (found,) = find_itineraries(real.day, wish("a", "x", depart_after_s=clock("07:00"), window_s=600))
    (leg,) = found.line_legs()
    assert (leg.trip_id, leg.route_id, leg.headsign, leg.departure_s) == ("extra", "new", "Exheim", clock("07:01"))
    assert day.timetable.trip_index.get(TripId("extra")) is None
    # The day after can still be joined to it.
    assert with_following(real.day).calls.trip.size == real.day.calls.trip.size + 4 + 2


def test_a_replaced_trip_has_the_calls_of_the_news_alone(day_of: OPEN) -> None:
    calls = tuple(
        CallUpdate(stop_id=FixedStopId(stop), arrival=EventTime(at(time)))
        for stop, time in (("a", "08:02"), ("x", "08:44"))
    )
    real = under(day_of(FEED), news("r8", *calls, state=TripState.REPLACED))
    assert told(real, "r8") == "a 08:02/08:02, x 08:44/08:44"


def test_a_duplicated_trip_runs_once_more_at_another_time(day_of: OPEN) -> None:
    update = news(
        "r8",
        state=TripState.DUPLICATED,
        new_trip_id=TripId("r8 again"),
        new_start_on=date(2026, 3, 11),
        new_start_s=clock("08:23"),
    )
    real = under(day_of(FEED), update)
    assert told(real, "r8 again") == "a 08:23/08:23, b 08:33/08:38, c1 08:53/08:58, d 09:13/09:13"
    assert told(real, "r8").startswith("a 08:00")


def test_a_run_of_a_repeated_trip_is_told_by_its_start(day_of: OPEN) -> None:
    ref = TripRef(TripId("shuttle"), start_on=date(2026, 3, 11), start_s=clock("12:30"), state=TripState.UNSCHEDULED)
    real = under(day_of(FEED), TripUpdate(ref, (CallUpdate(sequence=1, departure=EventTime(at("12:33"))),)))
    assert told(real, "shuttle@12:30:00") == "c2 12:30/12:33, x 12:43/12:43"
    assert told(real, "shuttle@12:00:00") == "c2 12:00/12:00, x 12:10/12:10"


def test_a_trip_without_an_id_is_told_by_route_and_start(day_of: OPEN) -> None:
    ref = TripRef(None, RouteId("re"), date(2026, 3, 11), clock("09:00"))
    assert told(under(day_of(FEED), TripUpdate(ref, (late(1, 40),))), "r9").endswith("d 09:51/09:51")


def test_yesterdays_last_train_is_under_way_today_because_it_is_late(day_of: OPEN) -> None:
    day = day_of(FEED)
    assert day.find_trip(TripId("r23"), -1) is None, "by the timetable it ends at 23:50"
    real = under(day, news("r23", late(40, 20), on=date(2026, 3, 10)))
    assert told(real, "r23", -1) == "a -01:00/-01:00, b -00:10/-00:05, c1 00:10/00:15, d 00:30/00:30"
    found = find_real_call(real, TripId("r23"), FixedStopId("C"), -1)
    assert (found.state, found.delay_s) == (CallState.EXPECTED, 2400)


def test_yesterdays_last_train_that_comes_before_midnight_after_all_is_none_of_todays(day_of: OPEN) -> None:
    # By the timetable it is under way at midnight; six minutes early it is not.
    day = day_of(FEED.replace("d,23:50:00,23:50:00", "d,24:05:00,24:05:00"))
    assert day.find_trip(TripId("r23"), -1) is not None
    real = under(day, news("r23", late(-6, 40), on=date(2026, 3, 10)))
    assert told(real, "r23", -1) == "does not run"
    found = find_real_call(real, TripId("r23"), FixedStopId("d"), -1)
    assert (found.state, found.delay_s) == (CallState.EXPECTED, -360), "it ran all the same"


def test_without_a_date_the_run_nearest_in_time_is_meant(day_of: OPEN) -> None:
    update = news("r23", late(40, 20), on=None, measured_at=at("00:05"))
    assert told(under(day_of(FEED), update), "r23", -1).endswith("d 00:30/00:30")
    evening = news("r23", late(5, 20), on=None, measured_at=at("22:55"))
    assert told(under(day_of(FEED), evening), "r23").endswith("d 23:55/23:55")


def test_news_about_tomorrow_is_for_days_that_hold_tomorrow(day_of: OPEN) -> None:
    update = news("r8", late(7, 20), on=date(2026, 3, 12))
    alone = under(day_of(FEED), update)
    assert alone.day is alone.planned
    assert alone.unapplied == ()
    assert told(under(with_following(day_of(FEED)), update), "r8", 1).startswith("a 32:00/32:00, b 32:17/32:22")


def test_ids_of_a_second_feed_have_their_prefix(day_of: OPEN) -> None:
    renamed = FEED.replace("r9,", "2:r9,").replace("daily,r9", "daily,2:r9")
    real = under(day_of(renamed), news("r9", late(7, 20)), prefix="2:")
    assert told(real, "2:r9").endswith("d 09:57/09:57")


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        # at Behausen at 8:21, where it should have left at 8:15
        ({"sequence": 20, "is_at_stop": True}, "a 08:00/08:00, b 08:10/08:21, c1 08:36/08:41, d 08:56/08:56"),
        # on the way there at 8:21, where it should have come at 8:10
        ({"sequence": 20}, "a 08:00/08:00, b 08:21/08:26, c1 08:41/08:46, d 09:01/09:01"),
        ({"stop_id": FixedStopId("b")}, "a 08:00/08:00, b 08:21/08:26, c1 08:41/08:46, d 09:01/09:01"),
        # on the way to Cestadt: perhaps on time
        ({"sequence": 30}, "a 08:00/08:00, b 08:10/08:15, c1 08:30/08:35, d 08:50/08:50"),
    ],
)
def test_where_nobody_predicts_a_vehicle_shows_that_it_is_late(
    day_of: OPEN, seen: dict[str, object], expected: str
) -> None:
    day = day_of(FEED)
    ref = TripRef(TripId("r8"), start_on=date(2026, 3, 11))
    vehicle = VehiclePosition(None, None, ref, measured_at=at("08:21"), **seen)  # type: ignore[arg-type]
    feed = RealtimeFeed(NOW, vehicles={"v": vehicle})
    assert told(apply_realtime(day, updates_by_vehicles(day, feed)), "r8") == expected
    predicted = RealtimeFeed(NOW, {"p": news("r8", late(1, 40))}, {"v": vehicle})
    assert list(updates_by_vehicles(day, predicted)) == ["p"], "a prediction knows more"


def test_what_does_not_fit_is_told_and_the_rest_applied(day_of: OPEN) -> None:
    real = under(
        day_of(FEED),
        news("none", late(1, 10)),
        news("r8", late(1, 20), on=date(2025, 1, 1)),
        news("b8", late(3, 1)),
        news("r9", late(3, 10), measured_at=NOW - timedelta(hours=1)),
        measured_after=NOW - timedelta(minutes=10),
    )
    assert [(u.entity_id, u.reason) for u in real.unapplied] == [
        ("0", "trip none is not in the timetable"),
        ("3", "it was measured at 2026-03-11T06:00:00+00:00, too long ago"),
    ]
    assert told(real, "b8") == "c2 08:43/08:43, x 09:03/09:03"


def wish(origin: str, destination: str, **more: int) -> Query:
    ends = (EndLeg(FixedStopId(stop), 0, LegKind.WALK) for stop in (origin, destination))
    access, egress = ends
    return Query((access,), (egress,), **more)


def test_a_connection_is_missed_and_another_made(day_of: OPEN) -> None:
    day = day_of(FEED)
    query = wish("a", "x", depart_after_s=clock("08:00"), window_s=600)

    def arrivals(real: RealtimeDay) -> list[int]:
        return [i.arrival_s for i in find_itineraries(real.day, query)]

    # Over to platform 2: 56 m in a straight line, 73 m on foot, 61 s; 2 min to change: 08:33:01 is in time for 08:40.
    assert arrivals(under(day)) == [clock("09:00")]
    assert arrivals(under(day, news("r8", late(7, 20)))) == [clock("12:10")], "08:37 is not; at noon the shuttle goes"
    assert arrivals(under(day, news("r8", late(7, 20)), news("b8", late(1, 1)))) == [clock("09:01")]


def test_a_train_that_is_overtaken_does_not_hide_the_one_that_overtakes(day_of: OPEN) -> None:
    real = under(day_of(FEED), news("r8", late(80, 20)))
    assert told(real, "r8") == "a 08:00/08:00, b 09:30/09:35, c1 09:50/09:55, d 10:10/10:10"
    found = find_itineraries(real.day, wish("b", "d", depart_after_s=clock("09:00"), window_s=3600))
    rides = [(i.line_legs()[0].trip_id, i.departure_s, i.arrival_s) for i in found]
    assert rides == [("r9", clock("09:15"), clock("09:50")), ("r8", clock("09:35"), clock("10:10"))]
    back = find_itineraries(real.day, wish("b", "d", arrive_by_s=clock("10:00"), window_s=3600))
    assert [i.line_legs()[0].trip_id for i in back] == ["r9"]


def test_when_a_trip_will_really_be_at_a_hub(day_of: OPEN) -> None:
    day, hub = day_of(FEED), FixedStopId("C")
    planned = Call(FixedStopId("c1"), clock("08:30"), clock("08:35"))

    silent = find_real_call(under(day), TripId("r8"), hub)
    assert (silent.state, silent.planned, silent.expected) == (CallState.AS_PLANNED, planned, planned)

    moved = find_real_call(
        under(day, news("r8", late(6, 30, new_stop_id=FixedStopId("c2")), measured_at=NOW)), TripId("r8"), hub
    )
    assert moved.state is CallState.EXPECTED
    assert moved.expected == Call(FixedStopId("c2"), clock("08:36"), clock("08:41"))
    assert (moved.delay_s, moved.measured_at) == (360, NOW)

    gone = find_real_call(under(day, news("r8", state=TripState.CANCELLED)), TripId("r8"), hub)
    assert (gone.state, gone.planned, gone.expected) == (CallState.CANCELLED, planned, None)

    passing = under(day, news("r8", CallUpdate(sequence=30, state=StopState.SKIPPED)))
    assert find_real_call(passing, TripId("r8"), hub).state is CallState.SKIPPED
    assert find_real_call(under(day), TripId("r8"), FixedStopId("x")).state is CallState.UNKNOWN
    assert find_real_call(under(day), TripId("none"), hub).state is CallState.UNKNOWN


# What the bytes say


def message() -> pb.FeedMessage:
    feed = pb.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = int(NOW.timestamp())
    return feed


def test_trip_updates_are_read(day_of: OPEN) -> None:
    feed = message()
    update = feed.entity.add(id="one").trip_update
    update.trip.trip_id, update.trip.start_date, update.trip.start_time = "r8", "20260311", "08:00:00"
    update.timestamp = int(NOW.timestamp()) - 30
    first = update.stop_time_update.add(stop_sequence=20)
    first.arrival.delay = 420
    second = update.stop_time_update.add(stop_id="c1")
    second.departure.time = int(at("08:44").timestamp())
    second.stop_time_properties.assigned_stop_id = "c2"
    cancelled = feed.entity.add(id="two").trip_update.trip
    cancelled.trip_id, cancelled.schedule_relationship = "r9", pb.TripDescriptor.CANCELED
    read = read_realtime(feed.SerializeToString())
    assert (read.made_at, read.is_differential) == (NOW, False)
    assert read.updates["one"] == TripUpdate(
        TripRef(TripId("r8"), None, date(2026, 3, 11), clock("08:00")),
        (
            CallUpdate(20, arrival=EventTime(delay_s=420)),
            CallUpdate(stop_id=FixedStopId("c1"), departure=EventTime(at("08:44")), new_stop_id=FixedStopId("c2")),
        ),
        measured_at=NOW - timedelta(seconds=30),
    )
    assert read.updates["two"].trip.state is TripState.CANCELLED
    real = apply_realtime(day_of(FEED), read.updates)
    assert told(real, "r8") == "a 08:00/08:00, b 08:17/08:22, c2 08:37/08:44, d 08:59/08:59"
    assert told(real, "r9") == "does not run"


def test_vehicles_are_read() -> None:
    feed = message()
    vehicle = feed.entity.add(id="v").vehicle
    vehicle.trip.trip_id, vehicle.vehicle.id = "r8", "442 117"
    vehicle.position.longitude, vehicle.position.latitude = 11.0, 53.125
    vehicle.current_stop_sequence, vehicle.current_status = 20, pb.VehiclePosition.STOPPED_AT
    (read,) = read_realtime(feed.SerializeToString()).vehicles.values()
    assert read.trip is not None
    assert (read.trip.trip_id, read.vehicle_id, read.lon, read.lat) == ("r8", "442 117", 11.0, 53.125)
    assert (read.sequence, read.is_at_stop, read.measured_at) == (20, True, None)


def test_alerts_are_read_and_found_by_what_they_are_about() -> None:
    feed = message()
    alert = feed.entity.add(id="a").alert
    alert.informed_entity.add(route_id="re", stop_id="b")
    alert.active_period.add(start=int(NOW.timestamp()), end=int(NOW.timestamp()) + 3600)
    alert.cause, alert.effect = pb.Alert.CONSTRUCTION, pb.Alert.DETOUR
    alert.header_text.translation.add(text="Umleitung", language="de")
    (read,) = read_realtime(feed.SerializeToString()).alerts.values()
    assert (read.cause, read.effect, read.header) == ("construction", "detour", {"de": "Umleitung"})
    assert [read.is_shown(NOW + timedelta(minutes=m)) for m in (-1, 0, 60, 61)] == [False, True, True, False]
    assert read.is_about(RouteId("re"), FixedStopId("b"), TripId("r8"))
    assert not read.is_about(RouteId("re"))
    assert not read.is_about(RouteId("bus"), FixedStopId("b"))
    assert Alert((Informed(stop_id=FixedStopId("b")),)).is_about(RouteId("bus"), FixedStopId("b"))


def test_the_age_of_a_feed_is_noticed() -> None:
    feed = RealtimeFeed(NOW)
    assert feed.age_s(NOW + timedelta(seconds=90)) == 90
    assert not feed.is_stale(NOW + timedelta(seconds=90), 90)
    assert feed.is_stale(NOW + timedelta(seconds=91), 90)
    assert RealtimeFeed(None).is_stale(NOW, 90), "who does not say when it was made is not trusted"
    without = message()
    without.header.timestamp = 0
    without.entity.add(id="v").vehicle.timestamp = int(NOW.timestamp())
    assert read_realtime(without.SerializeToString()).made_at == NOW


def test_a_differential_feed_changes_the_one_before() -> None:
    one, two = news("r8"), news("r9")
    before = RealtimeFeed(NOW, {"1": one, "2": two})
    later = RealtimeFeed(NOW, {"3": two}, is_differential=True, deleted=frozenset({"2"}))
    assert before.followed_by(later).updates == {"1": one, "3": two}
    assert before.followed_by(replace_full(later)).updates == {"3": two}


def replace_full(feed: RealtimeFeed) -> RealtimeFeed:
    return RealtimeFeed(feed.made_at, feed.updates)


def test_several_feeds_are_one_as_old_as_the_oldest() -> None:
    earlier = NOW - timedelta(minutes=5)
    joined = joined_realtime([RealtimeFeed(NOW, {"1": news("r8")}), RealtimeFeed(earlier, {"1": news("r9")})])
    assert joined.made_at == earlier
    assert [update.trip.trip_id for update in joined.updates.values()] == ["r8", "r9"]


@pytest.mark.parametrize(
    ("raw", "look"),
    [
        (b"", "there is nothing in it"),
        (b"<!DOCTYPE html><p>Login", "it is a web page or XML"),
        (b'{"header": {}}', "it is JSON"),
        (b"header {\n gtfs_realtime_version", "it is the readable form of protobuf"),
        (bytes(range(200, 256)), "56 bytes that break off or are of another format"),
    ],
)
def test_bytes_that_are_no_feed_are_told_by_what_they_look_like(raw: bytes, look: str) -> None:
    with pytest.raises(RealtimeError, match="no GTFS Realtime feed") as fault:
        read_realtime(raw)
    assert look in str(fault.value)


def test_a_feed_that_breaks_off_is_told() -> None:
    feed = message()
    feed.entity.add(id="one").trip_update.trip.trip_id = "r8"
    with pytest.raises(RealtimeError, match="break off"):
        read_realtime(feed.SerializeToString()[:-3])
