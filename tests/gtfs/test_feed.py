import zipfile
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gtfs.feed import Feed, FeedError, Finding, read_feed
from gtfs.findings import LISTED_PER_KIND, Severity

WRITE = Callable[..., Path]
READ = Callable[..., Feed]

STOPS = """\
# stops.txt
stop_id,stop_name,stop_lat,stop_lon
a,Altwiek,53.5,11.5
b,Brüelow,53.5,11.6
c,Cramnitz,53.5,11.7
"""
ROUTES = """\
# routes.txt
route_id,agency_id,route_short_name,route_long_name,route_type
re8,vr,RE 8,Altwiek - Cramnitz,2
"""
TRIPS = """\
# trips.txt
route_id,service_id,trip_id,trip_headsign
re8,daily,t1,Cramnitz
"""
STOP_TIMES = """\
# stop_times.txt
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t1,08:00:00,08:00:00,a,1
t1,08:10:00,08:12:00,b,2
t1,08:20:00,08:20:00,c,3
"""
GOOD = STOPS + ROUTES + TRIPS + STOP_TIMES


def calls(feed: Feed, trip_id: str = "t1") -> list[tuple[str, int, int]]:
    return [(s, a, d) for t, s, a, d, *_ in feed.calls.iter_rows() if t == trip_id]


def test_a_folder_and_a_zip_read_the_same(write_feed: WRITE) -> None:
    folder, archive = read_feed(write_feed(GOOD)), read_feed(write_feed(GOOD, zipped=True))
    packed = read_feed(write_feed(GOOD, name="packed", zipped=True, inside="export/gtfs/"))
    for feed in (folder, archive, packed):
        assert calls(feed) == [("a", 28800, 28800), ("b", 29400, 29520), ("c", 30000, 30000)]
        assert feed.zone == ZoneInfo("Europe/Berlin")
        assert feed.findings == ()


def test_coordinates_keep_their_precision(feed_of: READ) -> None:
    feed = feed_of(GOOD.replace("53.5,11.5", "53.50123456,11.51234567"))
    assert feed.stops["lat"][0] == 53.50123456
    assert feed.stops["lon"][0] == 11.51234567


def test_a_byte_order_mark_blanks_and_empty_lines_do_no_harm(write_feed: WRITE) -> None:
    folder = write_feed(GOOD)
    stops = folder / "stops.txt"
    text = stops.read_text().replace("stop_id,stop_name", "stop_id, stop_name").replace("b,Br", "\n b ,Br")
    stops.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    feed = read_feed(folder)
    assert feed.stops["stop_id"].to_list() == ["a", "b", "c"]
    assert feed.findings == ()


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"no timetable at .*nowhere\.zip; check the path"):
        read_feed(tmp_path / "nowhere.zip")


def test_an_empty_folder_is_no_feed(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="holds no GTFS feed"):
        read_feed(tmp_path)


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.95])
def test_a_file_that_is_no_whole_zip_is_refused(write_feed: WRITE, kept: float) -> None:
    path = write_feed(GOOD, zipped=True)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if kept < 1 else int(kept)])
    with pytest.raises(FeedError, match=r"is no zip, or only a part of one .*download the file again"):
        read_feed(path)


def test_a_zip_with_a_damaged_file_inside_is_refused(tmp_path: Path, write_feed: WRITE) -> None:
    path = write_feed(GOOD, zipped=True)
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(path.read_bytes().replace(b"Altwiek", b"Altdorf"))
    with pytest.raises(FeedError, match="CRC"):
        read_feed(damaged)


def test_a_zip_of_something_else_is_no_feed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("beach.jpg", b"")
    with pytest.raises(FeedError, match="holds no GTFS feed"):
        read_feed(tmp_path / "photos.zip")


@pytest.mark.parametrize("file", ["agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"])
def test_a_missing_file_is_named_with_the_remedy(feed_of: READ, file: str) -> None:
    with pytest.raises(FeedError, match=rf"^{file} is missing in .*export the feed again"):
        feed_of(f"{GOOD}# {file}\n")


def test_one_of_the_two_calendar_files_is_enough_and_none_is_not(feed_of: READ) -> None:
    with pytest.raises(FeedError, match=r"calendar\.txt \(or calendar_dates\.txt\) is missing"):
        feed_of(GOOD + "# calendar.txt\n")
    dates = "# calendar.txt\n# calendar_dates.txt\nservice_id,date,exception_type\ndaily,20260311,1\n"
    assert feed_of(GOOD + dates, name="dates-only").trips.height == 1


def test_a_missing_column_is_named_with_its_file(feed_of: READ) -> None:
    with pytest.raises(FeedError, match=r"stops\.txt in .* has no columns stop_lat, stop_lon in its header \(line 1\)"):
        feed_of(GOOD.replace("stop_lat,stop_lon", "y,x"))


def test_a_file_of_no_bytes_is_named(write_feed: WRITE) -> None:
    folder = write_feed(GOOD)
    (folder / "routes.txt").write_bytes(b"")
    with pytest.raises(FeedError, match=r"routes\.txt in .* is empty"):
        read_feed(folder)


def test_text_that_is_not_utf8_is_named_with_its_line(write_feed: WRITE) -> None:
    folder = write_feed(GOOD)
    stops = folder / "stops.txt"
    stops.write_bytes(stops.read_text().encode("latin-1"))
    with pytest.raises(FeedError, match=r"stops\.txt in .* is not UTF-8 text \(line 3\); save the file as UTF-8"):
        read_feed(folder)


def test_an_open_quote_is_named_with_its_file(write_feed: WRITE) -> None:
    folder = write_feed(GOOD)
    (folder / "routes.txt").write_text('route_id,route_type\n"re8,2\n')
    with pytest.raises(FeedError, match=r"routes\.txt in .* check the quotes"):
        read_feed(folder)


@pytest.mark.parametrize(
    ("zones", "message"),
    [
        (["Europe/Berlin", "Europe/Warsaw"], "one agency_timezone for all agencies, but gives Europe/Berlin, Europe/W"),
        (["Mitteleuropa"], r"agency\.txt in .*, line 2: there is no time zone 'Mitteleuropa'"),
        ([""], r"gives \(none\)"),
        ([], r"gives \(none\)"),
    ],
)
def test_a_feed_has_exactly_one_time_zone(feed_of: READ, zones: list[str], message: str) -> None:
    rows = "".join(f"v{i},Betrieb,https://example.org,{zone}\n" for i, zone in enumerate(zones))
    with pytest.raises(FeedError, match=message):
        feed_of(f"{GOOD}# agency.txt\nagency_id,agency_name,agency_url,agency_timezone\n{rows}")


def test_a_feed_without_a_usable_trip_names_the_first_fault(feed_of: READ) -> None:
    with pytest.raises(FeedError, match=r"no usable trip; .*trips\.txt, line 2, service_id: service 'never' is in nei"):
        feed_of(GOOD.replace("re8,daily", "re8,never"))


def test_a_feed_of_on_demand_services_only_is_no_timetable(feed_of: READ) -> None:
    flex = """\
    # stop_times.txt
    trip_id,arrival_time,departure_time,stop_id,location_group_id,stop_sequence,start_pickup_drop_off_window
    t1,,,,villages,1,08:00:00
    t1,,,,villages,2,08:00:00
    """
    without_stops = "# stop_times.txt\ntrip_id,location_id,stop_sequence\nt1,zone,1\n"
    for name, text in (("windows", flex), ("without-stops", without_stops)):
        with pytest.raises(FeedError, match=r"on-demand services only .* leave it out"):
            feed_of(GOOD + "\n".join(line.strip() for line in text.splitlines()), name=name)


@pytest.mark.parametrize(
    ("faulty", "field", "message"),
    [
        ("t1,08:10,08:10,b,2", "arrival_time", "'08:10' is no time like 08:15:00; the row was left out."),
        ("t1,08:10:00,08:72:00,b,2", "departure_time", "'08:72:00' is no time like 08:15:00; the row was left out."),
        ("t1,-1:10:00,08:10:00,b,2", "arrival_time", "'-1:10:00' is no time like 08:15:00; the row was left out."),
        ("t1,08:10:00,08:09:00,b,2", "departure_time", "'08:09:00' is before arrival_time; the row was left out."),
        (
            "t1,07:59:00,08:10:00,b,2",
            "arrival_time",
            "'07:59:00' is before the trip left an earlier stop; the row was left out.",
        ),
        ("t1,08:10:00,08:10:00,x,2", "stop_id", "'x' is no usable stop of stops.txt; the row was left out."),
        ("t9,08:10:00,08:10:00,b,2", "trip_id", "trip 't9' is not in trips.txt; the row was left out."),
        ("t1,08:10:00,08:10:00,b,two", "stop_sequence", "'two' is no whole number; the row was left out."),
        ("t1,08:10:00,08:10:00,b,1", "stop_sequence", "the trip has '1' already; the row was left out."),
    ],
)
def test_a_faulty_call_is_left_out_and_said_so(feed_of: READ, faulty: str, field: str, message: str) -> None:
    feed = feed_of(GOOD.replace("t1,08:10:00,08:12:00,b,2", faulty))
    assert calls(feed) == [("a", 28800, 28800), ("c", 30000, 30000)]
    assert [str(finding) for finding in feed.findings] == [f"stop_times.txt, line 3, {field}: {message}"]


def test_a_stop_that_is_nowhere_on_earth_goes_with_its_calls(feed_of: READ) -> None:
    feed = feed_of(GOOD.replace("53.5,11.6", "153.5,11.6"))
    assert feed.stops["stop_id"].to_list() == ["a", "c"]
    assert [str(finding) for finding in feed.findings] == [
        "stops.txt, line 3, stop_lat: '153.5' is no latitude from -90 to 90; the row was left out.",
        "stop_times.txt, line 3, stop_id: 'b' is no usable stop of stops.txt; the row was left out.",
    ]


@pytest.mark.parametrize("place", ["53.5,191.6", "0,0", ",", "north,11.6", "NaN,11.6"])
def test_a_stop_without_a_place_is_left_out(feed_of: READ, place: str) -> None:
    assert feed_of(GOOD.replace("53.5,11.6", place)).stops["stop_id"].to_list() == ["a", "c"]


def test_lines_are_counted_past_empty_lines_and_line_breaks_in_quotes(write_feed: WRITE) -> None:
    folder = write_feed(GOOD)
    (folder / "stops.txt").write_text(
        'stop_id,stop_name,stop_lat,stop_lon\na,"Alt\nwiek",53.5,11.5\n\nb,Brüelow,53.5,11.6\nc,Cramnitz,x,11.7\n'
    )
    assert read_feed(folder).findings[0] == Finding(
        "stops.txt",
        6,
        "stop_lat",
        "'x' is no latitude from -90 to 90",
        "the row was left out",
        Severity.ERROR,
        "number_out_of_range",
    )


def test_a_row_nothing_can_be_read_in_keeps_the_others_in_step(feed_of: READ) -> None:
    feed = feed_of(GOOD.replace("b,Brüelow", "x\n,,x,\nb,Brüelow"))
    places = {row[0]: row[2:4] for row in feed.stops.iter_rows()}
    assert places == {"a": (11.5, 53.5), "b": (11.6, 53.5), "c": (11.7, 53.5)}


def test_many_faults_of_one_kind_are_counted(feed_of: READ) -> None:
    unknown = "".join(f"x{i},08:00:00,08:00:00,a,1\n" for i in range(LISTED_PER_KIND + 5))
    findings = feed_of(GOOD + unknown).findings
    assert len(findings) == LISTED_PER_KIND + 1
    assert str(findings[-1]) == "stop_times.txt, trip_id: 5 more rows have the same fault; the row was left out."


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            GOOD + "# trips.txt\ntrip_id,route_id,service_id\nt1,re8,daily\nt2,re9,daily\n",
            "trips.txt, line 3, route_id",
        ),
        (GOOD + "# trips.txt\ntrip_id,route_id,service_id\nt1,re8,daily\nt1,re8,daily\n", "trips.txt, line 3, trip_id"),
        (GOOD.replace("a,Altwiek", "a,Altwiek,53,11\na,Altwiek"), "stops.txt, line 3, stop_id"),
        (
            GOOD + "# calendar_dates.txt\nservice_id,date,exception_type\ndaily,2026-03-11,2\n",
            "calendar_dates.txt, line",
        ),
        (GOOD + "# calendar_dates.txt\nservice_id,date,exception_type\ndaily,20260311,3\n", "calendar_dates.txt, line"),
        (GOOD + "# transfers.txt\nfrom_stop_id,to_stop_id,transfer_type\na,x,0\n", "transfers.txt, line 2, to_stop_id"),
        (
            GOOD + "# frequencies.txt\ntrip_id,start_time,end_time,headway_secs\nt1,08:00:00,07:00:00,600\n",
            "frequencies.txt, line 2, end_time",
        ),
    ],
)
def test_faults_in_other_files_are_findings_too(feed_of: READ, text: str, finding: str) -> None:
    feed = feed_of(text)
    assert feed.trips.height == 1
    assert [str(found)[: len(finding)] for found in feed.findings] == [finding]


def test_open_times_are_filled_in_by_distance(feed_of: READ) -> None:
    # b lies a third of the way from a to d, c two thirds; all on the 53.5th parallel.
    text = GOOD.replace("c,Cramnitz,53.5,11.7", "c,Cramnitz,53.5,11.7\nd,Dößin,53.5,11.8").replace(
        "t1,08:10:00,08:12:00,b,2\nt1,08:20:00,08:20:00,c,3", "t1,,,b,2\nt1,,,c,3\nt1,08:30:00,08:30:00,d,4"
    )
    feed = feed_of(text)
    assert calls(feed) == [("a", 28800, 28800), ("b", 29400, 29400), ("c", 30000, 30000), ("d", 30600, 30600)]
    assert feed.findings == ()


def test_a_call_with_one_time_has_no_stay(feed_of: READ) -> None:
    feed = feed_of(GOOD.replace("08:10:00,08:12:00", ",08:12:00"))
    assert calls(feed)[1] == ("b", 29520, 29520)


def test_a_first_call_without_a_time_is_left_out(feed_of: READ) -> None:
    feed = feed_of(GOOD.replace("t1,08:00:00,08:00:00,a", "t1,,,a"))
    assert [stop for stop, *_ in calls(feed)] == ["b", "c"]
    assert "first and last call of a trip need a time" in feed.findings[0].message


def test_times_pass_midnight(feed_of: READ) -> None:
    feed = feed_of(GOOD.replace("08:10:00,08:12:00", "23:59:00,24:01:00").replace("08:20:00", "25:20:00"))
    assert calls(feed)[1:] == [("b", 86340, 86460), ("c", 91200, 91200)]


def test_calls_stand_in_the_order_of_their_sequence_not_of_the_file(feed_of: READ) -> None:
    rows = STOP_TIMES.splitlines()
    feed = feed_of(STOPS + ROUTES + TRIPS + "\n".join([*rows[:2], *rows[:1:-1]]))
    assert [stop for stop, *_ in calls(feed)] == ["a", "b", "c"]


def test_a_route_is_named_short_else_long_else_by_its_id(feed_of: READ) -> None:
    routes = """\
# routes.txt
route_id,route_short_name,route_long_name,route_type
re8,RE 8,Altwiek - Cramnitz,2
b1,,Bürgerbus,3
b2,,,715
"""
    named = feed_of(GOOD + routes).routes.select("route_id", "name", "route_type")
    assert list(named.iter_rows()) == [
        ("re8", "RE 8", 2),
        ("b1", "Bürgerbus", 3),
        ("b2", "b2", 715),
    ]


def test_on_demand_rows_among_calls_are_left_out_with_one_finding(feed_of: READ) -> None:
    stop_times = """\
# stop_times.txt
trip_id,arrival_time,departure_time,stop_id,location_id,stop_sequence,start_pickup_dropoff_window
t1,08:00:00,08:00:00,a,,1,
t1,,,,zone-1,2,08:00:00
t1,08:20:00,08:20:00,c,,3,
"""
    feed = feed_of(GOOD + stop_times)
    assert [stop for stop, *_ in calls(feed)] == ["a", "c"]
    assert [finding.line for finding in feed.findings] == [None]
