from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from gtfs.feed import Feed, FeedError
from gtfs.itinerary import Call, FixedStopId, TripId
from gtfs.search import find_call
from gtfs.service_day import ServiceDay
from gtfs.timetable import DayTimetable, Timetable, build_timetable, empty_timetable, read_timetable, write_timetable

READ = Callable[..., Feed]
BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = date(2026, 3, 11)

FEED = """\
# stops.txt
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
hbf,Fernstadt Hbf,53.5,11.6,1,
hbf-1,Fernstadt Hbf Gleis 1,53.5001,11.6,0,hbf
hbf-2,Fernstadt Hbf Gleis 2,53.504,11.6,0,hbf
a,Altwiek,53.5,11.5,,
# routes.txt
route_id,route_short_name,route_long_name,route_type
re8,RE 8,Altwiek - Fernstadt,2
n1,,Nachtbus,3
# trips.txt
route_id,service_id,trip_id,trip_headsign
re8,daily,t1,Fernstadt
n1,daily,late,
# stop_times.txt
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t1,08:00:00,08:01:00,a,1
t1,08:20:00,08:20:00,hbf-1,2
late,23:40:00,23:40:00,hbf-2,1
late,24:30:00,24:31:00,a,2
"""


def trips_of(day: DayTimetable) -> list[tuple[str, int]]:
    ids = day.timetable.trips.ids
    return [(ids[trip.trip], trip.day_offset) for trip in day.trips]


def call(day: DayTimetable, trip: str, stop: str, offset: int = 0) -> Call | None:
    return find_call(day, TripId(trip), FixedStopId(stop), offset)


def test_a_day_has_its_trips_and_those_still_under_way_from_the_day_before(
    day_of: Callable[..., DayTimetable],
) -> None:
    assert trips_of(day_of(FEED)) == [("late", -1), ("t1", 0), ("late", 0)]


def test_yesterdays_trips_are_on_todays_clock(day_of: Callable[..., DayTimetable]) -> None:
    day = day_of(FEED)
    assert call(day, "late", "a", -1) == Call(FixedStopId("a"), 1800, 1860)
    assert call(day, "late", "hbf-2", -1) == Call(FixedStopId("hbf-2"), -1200, -1200)
    assert call(day, "late", "a") == Call(FixedStopId("a"), 88200, 88260)


def test_a_switched_day_keeps_the_trips_of_the_evening_before(feed_of: READ) -> None:
    timetable = build_timetable([feed_of(FEED)])
    tuesday = date(2026, 3, 10)
    wednesday_off = timetable.with_switched_days({WEDNESDAY: None})
    assert trips_of(wednesday_off.day(ServiceDay(WEDNESDAY, BERLIN))) == [("late", -1)]
    tuesday_off = timetable.with_switched_days({tuesday: None})
    assert trips_of(tuesday_off.day(ServiceDay(WEDNESDAY, BERLIN))) == [("t1", 0), ("late", 0)]


@pytest.mark.parametrize(
    ("on", "arrival_s"),
    [
        (date(2026, 3, 29), 30 * 60 + 3600),  # clocks go forward: the day starts 23 hours after the one before
        (date(2026, 3, 30), 30 * 60),
        (date(2026, 10, 25), 30 * 60 - 3600),  # clocks go back: 25 hours after
    ],
)
def test_when_clocks_change_yesterdays_trips_keep_their_moment(
    day_of: Callable[..., DayTimetable], on: date, arrival_s: int
) -> None:
    day = day_of(FEED, on)
    yesterday = day.service_day.previous()
    found = call(day, "late", "a", -1)
    assert found is not None
    assert found.arrival_s == arrival_s
    assert day.service_day.at(found.arrival_s) == yesterday.at(24 * 3600 + 30 * 60)


def test_a_call_that_does_not_exist_is_none(day_of: Callable[..., DayTimetable]) -> None:
    day = day_of(FEED)
    assert call(day, "t1", "a", -1) is None  # over long before midnight
    assert call(day, "t1", "hbf-2") is None
    assert call(day, "t1", "nowhere") is None
    assert call(day, "t9", "a") is None


def test_a_day_is_kept(feed_of: READ) -> None:
    timetable = build_timetable([feed_of(FEED)])
    day = ServiceDay(WEDNESDAY, BERLIN)
    assert timetable.day(day) is timetable.day(ServiceDay(WEDNESDAY, BERLIN))
    for offset in range(1, 9):
        timetable.day(ServiceDay(date(2026, 4, offset), BERLIN))
    assert timetable.day(day) is timetable.day(day)


def test_a_day_in_another_zone_is_refused(feed_of: READ) -> None:
    with pytest.raises(ValueError, match="cannot be looked up in a timetable in Europe/Berlin"):
        build_timetable([feed_of(FEED)]).day(ServiceDay(WEDNESDAY, ZoneInfo("Europe/Warsaw")))


def test_a_trip_without_a_headsign_shows_its_last_stop(feed_of: READ) -> None:
    trips = build_timetable([feed_of(FEED)]).trips
    assert [trips.headsigns[i] for i in trips.headsign] == ["Fernstadt", "Altwiek"]


def test_routes_keep_name_and_type_and_stops_their_station(feed_of: READ) -> None:
    timetable = build_timetable([feed_of(FEED)])
    assert [(r.id, r.name, r.route_type) for r in timetable.routes] == [("re8", "RE 8", 2), ("n1", "Nachtbus", 3)]
    assert timetable.stop_by_id[FixedStopId("hbf-2")].parent_id == "hbf"
    assert timetable.stop_by_id[FixedStopId("hbf")].parent_id is None
    assert (timetable.first_on, timetable.last_on) == (date(2026, 1, 1), date(2026, 12, 31))


def footpaths(timetable: Timetable) -> dict[tuple[str, str], tuple[int, int]]:
    paths = timetable.footpaths
    ids = [stop.id for stop in timetable.stops]
    columns = (paths.from_stop, paths.to_stop, paths.walk_s, paths.change_s)
    return {(ids[a], ids[b]): (int(walk), int(change)) for a, b, walk, change in zip(*columns, strict=True)}


def test_stops_of_a_station_are_joined_on_foot_whatever_their_distance(feed_of: READ) -> None:
    paths = footpaths(build_timetable([feed_of(FEED)]))
    # Platform 1 to 2: 0.0039 degrees of latitude are 433.66 m; times 1.3 at 1.2 m/s are 469.8 s.
    assert paths["hbf-1", "hbf-2"] == (470, -1)
    assert paths["hbf-2", "hbf-1"] == (470, -1)
    assert paths["hbf-1", "hbf-1"] == (0, -1)
    assert ("hbf-1", "a") not in paths


@pytest.mark.parametrize(("lat", "is_near"), [("53.50179", True), ("53.50181", False)])
def test_stops_within_200_m_are_joined_on_foot(feed_of: READ, lat: str, *, is_near: bool) -> None:
    # 200 m are 0.0017986 degrees of latitude.
    text = FEED.replace("a,Altwiek,53.5,11.5,,", f"a,Altwiek,53.5,11.5,,\nb,Altwiek Markt,{lat},11.5,,")
    assert (("a", "b") in footpaths(build_timetable([feed_of(text)]))) == is_near


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("hbf-1,hbf-2,0,", (470, -1)),
        ("hbf-1,hbf-2,1,", (470, 470)),
        ("hbf-1,hbf-2,2,240", (240, 240)),
        ("hbf-1,hbf-2,2,900", (470, 900)),
        ("hbf,hbf,2,300", (300, 300)),
        ("hbf,hbf,2,300\nhbf-1,hbf-2,2,240", (240, 240)),
        ("hbf-1,hbf-2,2,240\nhbf,hbf,2,300", (240, 240)),
        ("hbf-1,hbf-2,3,", None),
    ],
)
def test_transfers_say_how_long_a_change_takes(feed_of: READ, rule: str, expected: tuple[int, int] | None) -> None:
    rules = f"# transfers.txt\nfrom_stop_id,to_stop_id,transfer_type,min_transfer_time\n{rule}\n"
    assert footpaths(build_timetable([feed_of(FEED + rules)])).get(("hbf-1", "hbf-2")) == expected


def test_a_transfer_between_far_stops_is_a_footpath_too(feed_of: READ) -> None:
    rules = "# transfers.txt\nfrom_stop_id,to_stop_id,transfer_type,min_transfer_time\na,hbf-1,2,600\n"
    assert footpaths(build_timetable([feed_of(FEED + rules)]))["a", "hbf-1"] == (600, 600)


def test_frequencies_become_trips(feed_of: READ) -> None:
    frequencies = """\
# frequencies.txt
trip_id,start_time,end_time,headway_secs
t1,06:00:00,07:00:00,1800
t1,23:50:00,24:10:01,1200
"""
    timetable = build_timetable([feed_of(FEED + frequencies)])
    assert set(timetable.trips.ids) == {"late", "t1@06:00:00", "t1@06:30:00", "t1@23:50:00", "t1@24:10:00"}
    day = timetable.day(ServiceDay(WEDNESDAY, BERLIN))
    # The model arrives a minute before it leaves and is under way for 19 minutes.
    assert call(day, "t1@06:30:00", "a") == Call(FixedStopId("a"), 23340, 23400)
    assert call(day, "t1@06:30:00", "hbf-1") == Call(FixedStopId("hbf-1"), 24540, 24540)
    assert call(day, "late", "a") == Call(FixedStopId("a"), 88200, 88260)


def test_a_timetable_read_back_is_the_one_that_was_written(feed_of: READ, tmp_path: Path) -> None:
    written = build_timetable([feed_of(FEED)])
    write_timetable(tmp_path / "built", written)
    read = read_timetable(tmp_path / "built")
    assert (read.stops, read.routes, read.zone) == (written.stops, written.routes, written.zone)
    assert (read.trips.ids, read.trips.headsigns) == (written.trips.ids, written.trips.headsigns)
    for name in ("route", "service", "headsign", "first_call", "stop", "arrival_s", "departure_s", "can_board"):
        mapped = getattr(read.trips, name)
        assert isinstance(mapped, np.memmap)
        assert mapped.tolist() == getattr(written.trips, name).tolist()
    assert footpaths(read) == footpaths(written)
    day = ServiceDay(WEDNESDAY, BERLIN)
    assert trips_of(read.day(day)) == trips_of(written.day(day))


def test_a_timetable_in_use_survives_a_new_one_in_its_folder(feed_of: READ, tmp_path: Path) -> None:
    write_timetable(tmp_path, build_timetable([feed_of(FEED)]))
    in_use = read_timetable(tmp_path)
    write_timetable(tmp_path, empty_timetable(BERLIN))
    assert trips_of(in_use.day(ServiceDay(WEDNESDAY, BERLIN))) == [("late", -1), ("t1", 0), ("late", 0)]
    assert read_timetable(tmp_path).stops == ()


def test_an_empty_timetable_has_empty_days(tmp_path: Path) -> None:
    write_timetable(tmp_path, empty_timetable(BERLIN))
    for timetable in (empty_timetable(BERLIN), read_timetable(tmp_path)):
        day = timetable.day(ServiceDay(WEDNESDAY, BERLIN))
        assert day.trips == ()
        assert day.forward.pattern.size == 0
        assert timetable.first_on is None
        assert timetable.last_on is None


def test_a_folder_without_a_whole_timetable_asks_for_a_new_build(feed_of: READ, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"missing or incomplete .*build the district again"):
        read_timetable(tmp_path)
    write_timetable(tmp_path, build_timetable([feed_of(FEED)]))
    array = tmp_path / "trips-stop.npy"
    array.write_bytes(array.read_bytes()[:-8])
    with pytest.raises(FeedError, match=r"missing or incomplete .*build the district again"):
        read_timetable(tmp_path)
    (tmp_path / "timetable.json").write_text('{"format": 0}')
    with pytest.raises(FeedError, match=r"another version of this program; build the district again"):
        read_timetable(tmp_path)


SECOND = """\
# stops.txt
stop_id,stop_name,stop_lat,stop_lon
hbf-1,Fernstadt Bahnhof,53.5002,11.6
a,Ahausen,52.0,10.0
# routes.txt
route_id,route_short_name,route_type
re8,RE 8,2
# trips.txt
route_id,service_id,trip_id
re8,daily,t1
# calendar.txt
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
daily,1,0,0,0,0,0,0,20260101,20261231
# stop_times.txt
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t1,09:00:00,09:00:00,hbf-1,1
t1,11:00:00,11:00:00,a,2
"""


def test_of_two_feeds_the_second_gives_way_where_ids_collide(feed_of: READ) -> None:
    timetable = build_timetable([feed_of(FEED), feed_of(SECOND, name="second")])
    assert timetable.trips.ids == ("t1", "late", "2:t1")
    assert [route.id for route in timetable.routes] == ["re8", "n1", "2:re8"]
    # The second feed's a is another place, its hbf-1 is the same platform.
    assert [stop.id for stop in timetable.stops] == ["hbf", "hbf-1", "hbf-2", "a", "2:a"]
    assert timetable.stop_by_id[FixedStopId("hbf-1")].name == "Fernstadt Hbf Gleis 1"
    # Its service runs on Mondays only, though its id is that of the first feed's daily service.
    assert trips_of(timetable.day(ServiceDay(WEDNESDAY, BERLIN)))[1:] == [("t1", 0), ("late", 0)]
    monday = timetable.day(ServiceDay(date(2026, 3, 9), BERLIN))
    assert trips_of(monday)[1:] == [("t1", 0), ("late", 0), ("2:t1", 0)]
    assert call(monday, "2:t1", "2:a") == Call(FixedStopId("2:a"), 39600, 39600)
    assert call(monday, "2:t1", "hbf-1") == Call(FixedStopId("hbf-1"), 32400, 32400)


def test_a_third_feed_finds_free_ids_as_well(feed_of: READ) -> None:
    feeds = [feed_of(FEED), feed_of(SECOND, name="second"), feed_of(SECOND.replace("52.0", "51.0"), name="third")]
    timetable = build_timetable(feeds)
    assert timetable.trips.ids == ("t1", "late", "2:t1", "3:t1")
    assert [stop.id for stop in timetable.stops] == ["hbf", "hbf-1", "hbf-2", "a", "2:a", "3:a"]


def test_feeds_in_two_time_zones_are_refused(feed_of: READ) -> None:
    warsaw = "# agency.txt\nagency_id,agency_name,agency_url,agency_timezone\nx,X,https://example.org,Europe/Warsaw\n"
    with pytest.raises(FeedError, match=r"second is in the time zone Europe/Warsaw and feed in Europe/Berlin"):
        build_timetable([feed_of(FEED), feed_of(SECOND + warsaw, name="second")])


def test_no_feed_at_all_is_refused() -> None:
    with pytest.raises(FeedError, match="empty timetable"):
        build_timetable([])
