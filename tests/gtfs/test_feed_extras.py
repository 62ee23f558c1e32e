"""What a feed says beside stops, trips and times; and values that GTFS lets a feed leave to others."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from gtfs.feed import Feed, read_feed
from gtfs.feed_joining import join_feeds
from gtfs.findings import Severity
from gtfs.service_day import ServiceDay
from gtfs.timetable import Timetable, build_timetable

READ = Callable[..., Feed]
WRITE = Callable[..., Path]

GOOD = """\
# stops.txt
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code,wheelchair_boarding,zone_id,level_id
hbf,Altwiek Hbf,53.5,11.5,1,,,1,,
p1,Altwiek Hbf,53.5,11.5,0,hbf,1,0,A,g
p2,Altwiek Hbf,53.501,11.5,,hbf,2,2,A,g
in,Eingang,53.5005,11.5,2,hbf,,,,g
mid,Unterführung,,,3,hbf,,,,u
b,Brüelow,53.5,11.6,0,,,,B,
c,Cramnitz,53.5,11.7,0,,,2,B,
# routes.txt
route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color
re8,vr,RE 8,Altwiek - Cramnitz,106,003366,FFFFFF
ruf,vr,,Rufbus Brüelow,715,,
# trips.txt
route_id,service_id,trip_id,trip_headsign,trip_short_name,direction_id,block_id,shape_id,wheelchair_accessible,bikes_allowed
re8,daily,t1,Cramnitz,13012,0,u1,s1,1,2
ruf,daily,t2,,,1,u1,,,
# stop_times.txt
trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled,pickup_type,drop_off_type,stop_headsign,timepoint
t1,08:00:00,08:00:00,p1,1,0,0,1,,
t1,,,b,2,2.5,2,3,über Dorf,
t1,08:20:00,08:20:00,c,3,10,1,0,,0
t2,09:00:00,09:00:00,c,1,,,,,
t2,09:10:00,09:10:00,b,2,,,,,
"""


def rows(table: pl.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return table.select(*columns).rows()


def test_stops_have_platform_zone_and_the_wheelchair_boarding_of_their_station(feed_of: READ) -> None:
    stops = feed_of(GOOD).stops
    assert rows(stops, "stop_id", "location_type", "parent_id", "platform_code", "wheelchair_boarding", "zone_id") == [
        ("hbf", 1, "", "", 1, ""),
        ("p1", 0, "hbf", "1", 1, "A"),  # 0, so that of the station
        ("p2", 0, "hbf", "2", 2, "A"),  # what it says itself
        ("b", 0, "", "", 0, "B"),
        ("c", 0, "", "", 2, "B"),
    ]


def test_the_inherited_boarding_reaches_the_timetable(feed_of: READ) -> None:
    timetable = build_timetable([feed_of(GOOD)])
    assert {stop.id: stop.wheelchair for stop in timetable.stops} == {"hbf": 1, "p1": 1, "p2": 2, "b": 0, "c": 2}


def test_entrances_and_nodes_are_places_where_nobody_boards(feed_of: READ) -> None:
    assert rows(feed_of(GOOD).places, "stop_id", "location_type", "parent_id", "lat", "level_id") == [
        ("in", 2, "hbf", 53.5005, "g"),
        ("mid", 3, "hbf", None, "u"),
    ]


def test_routes_and_trips_keep_what_they_are_shown_with(feed_of: READ) -> None:
    feed = feed_of(GOOD)
    assert rows(feed.routes, "route_id", "name", "long_name", "route_type", "agency_id", "color", "text_color") == [
        ("re8", "RE 8", "Altwiek - Cramnitz", 106, "vr", "003366", "FFFFFF"),
        ("ruf", "Rufbus Brüelow", "Rufbus Brüelow", 715, "vr", "", ""),
    ]
    kept = ("trip_id", "short_name", "direction_id", "block_id", "shape_id", "wheelchair_accessible", "bikes_allowed")
    assert rows(feed.trips, *kept) == [("t1", "13012", 0, "u1", "s1", 1, 2), ("t2", "", 1, "u1", "", 0, 0)]


def test_calls_say_who_may_board_and_what_the_sign_shows(feed_of: READ) -> None:
    calls = feed_of(GOOD).calls.filter(pl.col("trip_id") == "t1")
    kept = ("stop_id", "can_board", "can_alight", "pickup_type", "drop_off_type", "is_timepoint", "headsign")
    assert rows(calls, *kept) == [
        ("p1", True, False, 0, 1, True, ""),
        ("b", True, True, 2, 3, False, "über Dorf"),  # an open time is no time point
        ("c", False, True, 1, 0, False, ""),
    ]


@pytest.mark.parametrize(
    ("distances", "open_s"),
    [
        (("0", "2.5", "10"), 28800 + 300),  # a quarter of 20 minutes, in whatever unit the feed measures
        (("0", "", "10"), 28800 + 600),  # not given for all: half the way in a straight line
        (("0", "12", "10"), 28800 + 600),  # goes back
        (("5", "5", "5"), 28800 + 600),  # goes nowhere
        (("0", "0", "10"), 28800),  # the stops are one in the shape
    ],
)
def test_open_times_follow_the_shape_where_it_is_measured(
    feed_of: READ, distances: tuple[str, str, str], open_s: int
) -> None:
    first, between, last = distances
    text = GOOD.replace("p1,1,0,", f"p1,1,{first},").replace("b,2,2.5,", f"b,2,{between},")
    calls = feed_of(text.replace("c,3,10,", f"c,3,{last},")).calls
    assert rows(calls.filter(pl.col("stop_id") == "b"), "arrival_s", "departure_s")[0] == (open_s, open_s)


def test_open_times_lie_between_the_last_departure_and_the_next_arrival(feed_of: READ) -> None:
    text = GOOD.replace("t1,08:00:00,08:00:00", "t1,07:50:00,08:00:00").replace(
        "08:20:00,08:20:00", "08:20:00,08:30:00"
    )
    assert rows(feed_of(text).calls.filter(pl.col("stop_id") == "b"), "arrival_s")[0] == (28800 + 300,)


FREQUENCIES = "# frequencies.txt\ntrip_id,start_time,end_time,headway_secs,exact_times\n"


@pytest.mark.parametrize(("exact", "is_exact"), [("1", True), ("0", False), ("", False)])
def test_trips_repeated_at_exact_times_or_every_so_often_are_written_out(
    feed_of: READ, exact: str, *, is_exact: bool
) -> None:
    feed = feed_of(f"{GOOD}{FREQUENCIES}t2,06:00:00,07:00:01,1800,{exact}\n")
    assert rows(feed.frequencies, "trip_id", "start_s", "end_s", "headway_s", "is_exact") == [
        ("t2", 21600, 25201, 1800, is_exact)
    ]
    # That a time is no promise is told, not hidden.
    assert [(finding.code, finding.severity) for finding in feed.findings] == (
        [] if is_exact else [("frequency_without_exact_times", Severity.INFO)]
    )
    assert set(build_timetable([feed]).trips.ids) == {"t1", "t2@06:00:00", "t2@06:30:00", "t2@07:00:00"}


def test_a_repeated_trip_runs_on_the_days_of_its_model(feed_of: READ) -> None:
    timetable = build_timetable([feed_of(f"{GOOD}{FREQUENCIES}t2,06:00:00,06:30:00,600,1\n")])
    on = ServiceDay(date(2026, 3, 11), timetable.zone)
    assert sorted(timetable.trips.ids[trip.trip] for trip in timetable.day(on).trips if not trip.day_offset) == [
        "t1",
        "t2@06:00:00",
        "t2@06:10:00",
        "t2@06:20:00",
    ]


def test_transfers_of_all_types_are_kept_with_whom_they_are_about(feed_of: READ) -> None:
    transfers = """\
# transfers.txt
from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id,to_route_id,from_trip_id,to_trip_id
p1,p2,,,,,,
p1,p2,1,,re8,ruf,,
p1,p2,2,180,,,,
p2,p1,3,,,,t1,t2
,,4,,,,t1,t2
c,c,5,,,,t1,t2
"""
    feed = feed_of(GOOD + transfers)
    assert feed.findings == ()
    kept = ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_s", "from_route_id", "from_trip_id")
    assert rows(feed.transfers, *kept) == [
        ("p1", "p2", 0, None, "", ""),
        ("p1", "p2", 1, None, "re8", ""),
        ("p1", "p2", 2, 180, "", ""),
        ("p2", "p1", 3, None, "", "t1"),
        ("", "", 4, None, "", "t1"),
        ("c", "c", 5, None, "", "t1"),
    ]


EXTRAS = """\
# agency.txt
agency_id,agency_name,agency_url,agency_timezone,agency_lang,agency_phone
vr,Verkehrsbetrieb Reihendorf,https://example.org,Europe/Berlin,de,+49 385 0
# shapes.txt
shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled
s1,53.5,11.7,20,10
s1,53.5,11.5,1,0
s1,53.5,11.6,7,
# feed_info.txt
feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version
Verkehrsbetrieb,https://example.org,de,20260101,20261231,2026-1
# translations.txt
table_name,field_name,language,translation,record_id,field_value
stops,stop_name,en,Altwiek Central,hbf,
routes,route_long_name,en,On-demand bus,,Rufbus Brüelow
# attributions.txt
organization_name,is_producer,is_operator,route_id,attribution_url
Landkreis,1,0,re8,https://example.org
# fare_attributes.txt
fare_id,price,currency_type,payment_method,transfers,transfer_duration
kurz,2.40,EUR,0,0,
lang,5.05,EUR,1,,7200
# fare_rules.txt
fare_id,route_id,origin_id,destination_id
kurz,,A,A
lang,re8,A,B
"""


def test_agencies_publisher_translations_and_attributions_are_read(feed_of: READ) -> None:
    feed = feed_of(GOOD + EXTRAS)
    assert feed.findings == ()
    assert rows(feed.agencies, "agency_id", "name", "lang", "phone") == [
        ("vr", "Verkehrsbetrieb Reihendorf", "de", "+49 385 0")
    ]
    assert rows(feed.feed_info, "publisher_name", "version", "start_on", "end_on") == [
        ("Verkehrsbetrieb", "2026-1", date(2026, 1, 1), date(2026, 12, 31))
    ]
    assert rows(feed.translations, "table_name", "language", "translation", "record_id", "field_value") == [
        ("stops", "en", "Altwiek Central", "hbf", ""),
        ("routes", "en", "On-demand bus", "", "Rufbus Brüelow"),
    ]
    assert rows(feed.attributions, "organization_name", "route_id", "is_producer", "is_operator", "url") == [
        ("Landkreis", "re8", True, False, "https://example.org")
    ]


def test_points_of_a_shape_stand_in_their_order(feed_of: READ) -> None:
    assert rows(feed_of(GOOD + EXTRAS).shapes, "shape_id", "sequence", "lon", "distance") == [
        ("s1", 1, 11.5, 0.0),
        ("s1", 7, 11.6, None),
        ("s1", 20, 11.7, 10.0),
    ]


def test_fares_are_whole_cents(feed_of: READ) -> None:
    fares = feed_of(GOOD + EXTRAS).fares
    assert rows(fares.attributes, "fare_id", "price_ct", "is_paid_before", "transfers", "transfer_duration_s") == [
        ("kurz", 240, False, 0, None),
        ("lang", 505, True, None, 7200),
    ]
    assert rows(fares.rules, "fare_id", "route_id", "origin_id", "destination_id", "contains_id") == [
        ("kurz", "", "A", "A", ""),
        ("lang", "re8", "A", "B", ""),
    ]


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("2.40,EUR", "zwei,EUR", "fare_attributes.txt, line 2, price: 'zwei' is no price like 2.40"),
        ("2.40,EUR", "1e400,EUR", "fare_attributes.txt, line 2, price: '1e400' is no price like 2.40"),
        ("lang,re8,A,B", "weit,re8,A,B", "fare_rules.txt, line 3, fare_id: fare 'weit' is not in fare_attributes.txt"),
        ("s1,53.5,11.5,1,0", "s1,253.5,11.5,1,0", "shapes.txt, line 3, shape_pt_lat: '253.5' is no place on earth"),
        ("s1,53.5,11.5,1,0", "s1,53.5,11.5,eins,0", "shapes.txt, line 3, shape_pt_sequence: 'eins' is no whole number"),
        ("de,20260101", "de,1.1.2026", "feed_info.txt, line 2, feed_start_date: '1.1.2026' is no date like 20260131"),
    ],
)
def test_what_is_wrong_beside_the_timetable_is_told_and_costs_no_trip(
    feed_of: READ, old: str, new: str, finding: str
) -> None:
    feed = feed_of(GOOD + EXTRAS.replace(old, new))
    assert feed.trips.height == 2
    assert next(str(found).split(";")[0] for found in feed.findings) == finding


@pytest.mark.parametrize("file", ["shapes.txt", "translations.txt", "fare_attributes.txt", "attributions.txt"])
def test_a_file_beside_the_timetable_that_is_no_table_is_left_out(write_feed: WRITE, file: str) -> None:
    folder = write_feed(GOOD + EXTRAS)
    (folder / file).write_bytes(b"\xff\xfe")
    feed = read_feed(folder)
    assert feed.trips.height == 2
    assert (feed.findings[0].file, feed.findings[0].code) == (file, "unusable_file")
    assert feed.findings[0].message.endswith("save the file as UTF-8; the file was left out.")


def test_extras_of_two_feeds_are_kept_apart(feed_of: READ) -> None:
    first, second = feed_of(GOOD + EXTRAS), feed_of(GOOD + EXTRAS.replace("2.40", "2.60"), name="second")
    both = join_feeds([first, second])
    assert both.fares.attributes["price_ct"].to_list() == [240, 505, 260, 505]
    assert both.fares.attributes["fare_id"].n_unique() == 4
    assert both.shapes["shape_id"].n_unique() == 2
    assert set(both.trips["shape_id"]) == {"s1", "2:s1", ""}
    assert set(both.translations["record_id"]) <= {*both.stops["stop_id"], ""}


PATHWAYS = """\
# levels.txt
level_id,level_index,level_name
g,0,Bahnsteig
u,-1,Unterführung
# pathways.txt
pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,length,traversal_time
w1,p1,mid,2,1,,40
w2,mid,p2,1,1,60,
w3,in,p1,1,0,24,
"""


def walk_s(timetable: Timetable, origin: str, end: str) -> int | None:
    ids = [str(stop.id) for stop in timetable.stops]
    return timetable.footpaths.walk_between(ids.index(origin), ids.index(end))


def test_levels_and_pathways_are_read(feed_of: READ) -> None:
    feed = feed_of(GOOD + PATHWAYS)
    assert feed.findings == ()
    assert rows(feed.levels, "level_id", "level_index", "name") == [
        ("g", 0.0, "Bahnsteig"),
        ("u", -1.0, "Unterführung"),
    ]
    assert rows(feed.pathways, "from_stop_id", "to_stop_id", "mode", "is_bidirectional", "length_m", "traversal_s") == [
        ("p1", "mid", 2, True, None, 40),
        ("mid", "p2", 1, True, 60.0, None),
        ("in", "p1", 1, False, 24.0, None),
    ]


def test_platforms_are_as_far_apart_as_pathways_say(feed_of: READ) -> None:
    # 0.001 degrees of latitude are 111.19 m, times 1.3 at 1.2 m/s 120.5 s; by the subway 40 s and 60 m at 1.2 m/s.
    assert walk_s(build_timetable([feed_of(GOOD)]), "p1", "p2") == 121
    timetable = build_timetable([feed_of(GOOD + PATHWAYS, name="pathways")])
    assert walk_s(timetable, "p1", "p2") == walk_s(timetable, "p2", "p1") == 90
    assert walk_s(timetable, "p1", "b") is None


def test_a_pathway_of_one_direction_is_walked_in_that_direction(feed_of: READ) -> None:
    text = GOOD + PATHWAYS.replace("w2,mid,p2,1,1,60,", "w2,mid,p2,1,0,60,")
    timetable = build_timetable([feed_of(text)])
    assert (walk_s(timetable, "p1", "p2"), walk_s(timetable, "p2", "p1")) == (90, 121)


def test_of_two_pathways_the_quicker_counts(feed_of: READ) -> None:
    text = GOOD + PATHWAYS + "w4,p1,mid,5,1,,15\nw5,p1,mid,4,1,,70\n"
    assert walk_s(build_timetable([feed_of(text)]), "p1", "p2") == 65


def test_a_boarding_area_is_at_its_platform(feed_of: READ) -> None:
    text = GOOD.replace("b,Brüelow,53.5", "p2n,Nord,,,4,p2,,,,\nb,Brüelow,53.5") + PATHWAYS.replace(
        "mid,p2,", "mid,p2n,"
    )
    assert walk_s(build_timetable([feed_of(text)]), "p1", "p2") == 90


def test_transfers_have_the_last_word_over_pathways(feed_of: READ) -> None:
    transfers = "# transfers.txt\nfrom_stop_id,to_stop_id,transfer_type,min_transfer_time\np1,p2,2,60\n"
    assert walk_s(build_timetable([feed_of(GOOD + PATHWAYS + transfers)]), "p1", "p2") == 60
