"""Broken feeds, made by hand: each is told with file, line, field and remedy, and none ends in a traceback."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs.feed_report import FeedReport, check_feed, contents, groups_of, headline
from gtfs.feed_report_html import report_as_html
from gtfs.feed_report_views import report_as_json, report_lines
from gtfs.findings import Severity

WRITE = Callable[..., Path]

ON = date(2026, 3, 11)
GOOD = """\
# stops.txt
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding
a,Altwiek,53.5,11.5,0,,1
b,Brüelow Steig 1,53.5,11.6,0,bs,0
c,Cramnitz,53.5,11.7,0,,0
bs,Brüelow,53.5,11.6,1,,1
# routes.txt
route_id,agency_id,route_short_name,route_long_name,route_type
re8,vr,RE 8,Altwiek - Cramnitz,2
# trips.txt
route_id,service_id,trip_id,trip_headsign
re8,daily,t1,Cramnitz
# stop_times.txt
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t1,08:00:00,08:00:00,a,1
t1,08:10:00,08:12:00,b,2
t1,08:20:00,08:20:00,c,3
# feed_info.txt
feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version,feed_contact_email
Verkehrsbetrieb,https://example.org,de,20260101,20261231,1,fahrplan@example.org
"""


def errors(report: FeedReport) -> list[str]:
    """What our own reading lost, as it is told."""
    return [str(finding) for finding in report.own if finding.severity is Severity.ERROR]


def remedy_of(report: FeedReport, code: str) -> str:
    return next(group.remedy for group in groups_of(report) if group.code == code)


def test_a_feed_without_fault_can_be_used(write_feed: WRITE) -> None:
    report = check_feed(write_feed(GOOD), ON)
    assert report.is_good
    assert (report.own, report.by_rules) == ((), ())
    assert headline(report) == "feed can be used."
    assert contents(report) == (
        "1 agency, 3 stops, 1 station, 1 route, 1 trip, 3 calls; runs from 2026-01-01 to 2026-12-31."
    )
    assert [*report_lines(report, 3)][2] == "  0 errors, 0 warnings, 0 hints."


def test_that_the_timetable_is_over_is_said_at_the_top(write_feed: WRITE) -> None:
    report = check_feed(write_feed(GOOD), date(2027, 3, 1))
    assert report.is_good
    assert contents(report).endswith("ran from 2026-01-01 to 2026-12-31, nothing runs any more.")
    assert "expired_calendar" in {finding.code for finding in report.by_rules}


def test_half_a_zip_is_refused_with_the_remedy(write_feed: WRITE) -> None:
    path = write_feed(GOOD, zipped=True)
    path.write_bytes(path.read_bytes()[:700])
    report = check_feed(path, ON)
    assert not report.is_good
    assert headline(report) == "feed.zip cannot be used."
    assert "is no zip, or only a part of one" in report.refusal
    assert report.refusal.endswith("copy or download the file again and check that it opens as a zip.")


@pytest.mark.parametrize("content", [b"", b"Sehr geehrte Damen und Herren", b"PK\x03\x04"])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "brief.zip"
    path.write_bytes(content)
    report = check_feed(path, ON)
    assert "is no zip" in report.refusal
    assert [*report_lines(report, 3)] == ["brief.zip cannot be used.", f"  {report.refusal}"]


def test_a_path_where_nothing_is_is_refused(tmp_path: Path) -> None:
    assert "check the path" in check_feed(tmp_path / "nowhere", ON).refusal


@pytest.mark.parametrize("file", ["agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"])
def test_a_missing_file_is_named(write_feed: WRITE, file: str) -> None:
    for zipped in (False, True):
        report = check_feed(write_feed(f"{GOOD}# {file}\n", name=file, zipped=zipped), ON)
        assert report.refusal.startswith(f"{file} is missing in ")
        assert report.refusal.endswith("export the feed again, or ask whoever publishes it.")


def test_an_empty_file_is_named(write_feed: WRITE) -> None:
    folder = write_feed(GOOD)
    (folder / "routes.txt").write_bytes(b"")
    assert check_feed(folder, ON).refusal.startswith("routes.txt in ")
    assert "even the header is missing; export the feed again" in check_feed(folder, ON).refusal


def test_a_header_without_rows_is_a_feed_without_trips(write_feed: WRITE) -> None:
    report = check_feed(write_feed(GOOD + "# trips.txt\nroute_id,service_id,trip_id\n"), ON)
    assert "no usable trip" in report.refusal


@pytest.mark.parametrize(("encoding", "line"), [("latin-1", 3), ("utf-16", 1)])
def test_the_wrong_encoding_is_told_with_its_line(write_feed: WRITE, encoding: str, line: int) -> None:
    folder = write_feed(GOOD)
    stops = folder / "stops.txt"
    stops.write_bytes(stops.read_text(encoding="utf-8").encode(encoding))
    refusal = check_feed(folder, ON).refusal
    assert f"is not UTF-8 text (line {line}); save the file as UTF-8." in refusal


def test_a_quotation_mark_that_is_never_closed_is_told_with_its_line(write_feed: WRITE) -> None:
    refusal = check_feed(write_feed(GOOD.replace("c,Cramnitz,", 'c,"Cramnitz,')), ON).refusal
    assert "stops.txt in " in refusal
    assert "(line 4): a quotation mark is never closed; check the quotes and export it again." in refusal


def test_a_comma_too_many_is_told_with_its_line(write_feed: WRITE) -> None:
    report = check_feed(write_feed(GOOD.replace("re8,daily,t1,Cramnitz", "re8,daily,t1,Cramnitz, Markt")), ON)
    assert errors(report) == [
        "trips.txt, line 2: the row has 5 cells, the header 4; the cells at its end were ignored."
    ]
    assert "quotation marks" in remedy_of(report, "invalid_row_length")


def test_empty_cells_at_the_end_of_a_row_do_no_harm(write_feed: WRITE) -> None:
    assert errors(check_feed(write_feed(GOOD.replace("re8,daily,t1,Cramnitz", "re8,daily,t1,Cramnitz,,")), ON)) == []


@pytest.mark.parametrize(
    ("row", "told", "code"),
    [
        (
            "t1,8 Uhr 10,08:12:00,b,2",
            "stop_times.txt, line 3, arrival_time: '8 Uhr 10' is no time like 08:15:00; the row was left out.",
            "invalid_time",
        ),
        (
            "t1,08:10:00,08:09:00,b,2",
            "stop_times.txt, line 3, departure_time: '08:09:00' is before arrival_time; the row was left out.",
            "start_and_end_range_out_of_order",
        ),
        (
            "t1,07:10:00,07:12:00,b,2",
            (
                "stop_times.txt, line 3, arrival_time: '07:10:00' is before the trip left an earlier stop; "
                "the row was left out."
            ),
            "stop_time_with_arrival_before_previous_departure_time",
        ),
    ],
)
def test_bad_times_are_told_with_line_and_field(write_feed: WRITE, row: str, told: str, code: str) -> None:
    report = check_feed(write_feed(GOOD.replace("t1,08:10:00,08:12:00,b,2", row)), ON)
    assert not report.is_good
    assert errors(report) == [told]
    assert remedy_of(report, code)
    # The library sees it too; of one row we speak once.
    assert not [finding for finding in report.by_rules if (finding.file, finding.line) == ("stop_times.txt", 3)]


def test_stops_that_are_each_others_station_are_told(write_feed: WRITE) -> None:
    text = GOOD.replace("53.5,11.5,0,,1", "53.5,11.5,0,c,1").replace("53.5,11.7,0,,0", "53.5,11.7,0,a,0")
    report = check_feed(write_feed(text), ON)
    done = "the stop was kept without a station."
    assert errors(report) == [
        f"stops.txt, line {line}, parent_station: its station '{other}' belongs to it in turn; {done}"
        for line, other in ((2, "c"), (4, "a"))
    ]
    assert remedy_of(report, "cyclic_parent_station").startswith("Leave parent_station of a station empty")


def test_a_stop_that_is_its_own_station_is_told(write_feed: WRITE) -> None:
    report = check_feed(write_feed(GOOD.replace("53.5,11.5,0,,1", "53.5,11.5,0,a,1")), ON)
    assert [finding.code for finding in report.own] == ["cyclic_parent_station"]


def test_a_circle_of_three_stations_is_told(write_feed: WRITE) -> None:
    text = GOOD.replace("53.5,11.5,0,,1", "53.5,11.5,0,b,1").replace("53.5,11.6,0,bs,0", "53.5,11.6,0,c,0")
    report = check_feed(write_feed(text.replace("53.5,11.7,0,,0", "53.5,11.7,0,a,0")), ON)
    assert {(finding.line, finding.code) for finding in report.own if finding.severity is Severity.ERROR} == {
        (2, "cyclic_parent_station"),
        (3, "cyclic_parent_station"),
        (4, "cyclic_parent_station"),
    }


@pytest.mark.parametrize(
    ("place", "told", "code"),
    [
        ("153.5,11.5", "stop_lat: '153.5' is no latitude from -90 to 90", "number_out_of_range"),
        ("53.5,1150", "stop_lon: '1150' is no longitude from -180 to 180", "number_out_of_range"),
        ("0,0", "stop_lat: 0, 0 is in the ocean, not a stop", "point_near_origin"),
        ("11.5,53.5", "stop_lat: stop_lat '11.5' and stop_lon look exchanged", "swapped_coordinates"),
        ('"53,5",11.5', "stop_lat: '53,5' is no latitude from -90 to 90", "number_out_of_range"),
    ],
)
def test_absurd_coordinates_are_told(write_feed: WRITE, place: str, told: str, code: str) -> None:
    report = check_feed(write_feed(GOOD.replace("53.5,11.5", place, 1)), ON)
    assert not report.is_good
    assert errors(report)[0] == f"stops.txt, line 2, {told}; the row was left out."
    assert remedy_of(report, code)


def test_the_cause_comes_before_what_follows_from_it(write_feed: WRITE) -> None:
    report = check_feed(write_feed(GOOD.replace("53.5,11.5", "153.5,11.5", 1)), ON)
    assert [group.code for group in groups_of(report)][:2] == ["number_out_of_range", "foreign_key_violation"]


def test_a_stop_on_another_continent_is_doubted_and_kept(write_feed: WRITE) -> None:
    report = check_feed(write_feed(GOOD.replace("53.5,11.5", "-53.5,11.5", 1)), ON)
    assert report.is_good
    assert [(finding.code, finding.severity) for finding in report.own] == [("stop_far_from_others", Severity.WARNING)]


def test_many_faults_of_a_kind_are_one_story(write_feed: WRITE) -> None:
    unknown = "".join(f"x{i},08:00:00,08:00:00,a,1\n" for i in range(30))
    report = check_feed(write_feed(GOOD.replace("c,3\n", f"c,3\n{unknown}")), ON)
    assert report.lost_rows == 30
    lines = [line.strip() for line in report_lines(report, 3)]
    assert lines[0] == "feed can be used, but 30 rows were wrong and left out or changed."
    at = lines.index("ERROR foreign_key_violation (30 rows)")
    assert lines[at + 1 : at + 7] == [
        "What to do: Add the row that is meant to the other file, or correct the id.",
        "What we did: the row was left out.",
        "stop_times.txt, line 5, trip_id: trip 'x0' is not in trips.txt.",
        "stop_times.txt, line 6, trip_id: trip 'x1' is not in trips.txt.",
        "stop_times.txt, line 7, trip_id: trip 'x2' is not in trips.txt.",
        "… and 27 more",
    ]


def test_a_broken_rule_that_does_not_matter_to_us_is_an_error_and_no_hindrance(write_feed: WRITE) -> None:
    report = check_feed(write_feed(GOOD.replace("RE 8,Altwiek - Cramnitz", ",")), ON)
    assert (report.is_good, report.is_usable, report.lost_rows) == (False, True, 0)
    assert headline(report) == "feed can be used here as it is, but has 1 error that may hinder other programs."
    assert (report_as_json(report)["is_good"], report_as_json(report)["is_usable"]) == (False, True)
    assert [(finding.file, finding.line, finding.code) for finding in report.by_rules] == [
        ("routes.txt", 2, "route_both_short_and_long_name_missing")
    ]


def test_german_customs_are_no_faults(write_feed: WRITE) -> None:
    text = GOOD.replace("Cramnitz,2\n", "Cramnitz,715\n").replace("stop_id,stop_name", "stop_dhid,stop_id,stop_name")
    for stop in ("a,A", "b,B", "c,C", "bs,B"):
        text = text.replace(f"\n{stop}", f"\nx,{stop}")
    assert check_feed(write_feed(text), ON).findings == ()


def test_a_zip_with_a_folder_inside_is_checked_as_well(write_feed: WRITE) -> None:
    packed = write_feed(GOOD.replace("RE 8,Altwiek - Cramnitz", ","), zipped=True, inside="export/gtfs/")
    assert [finding.code for finding in check_feed(packed, ON).by_rules] == ["route_both_short_and_long_name_missing"]


def test_the_librarys_rows_are_told_as_lines(write_feed: WRITE) -> None:
    folder = write_feed(GOOD)
    (folder / "routes.txt").write_text(
        'route_id,agency_id,route_short_name,route_long_name,route_type\nre8,vr,RE 8,"Altwiek\nCramnitz",2\nx,vr,,,2\n'
    )
    found = {finding.code: finding.line for finding in check_feed(folder, ON).by_rules}
    assert found["route_both_short_and_long_name_missing"] == 4


def test_the_report_as_values(write_feed: WRITE) -> None:
    report = check_feed(write_feed(GOOD.replace("53.5,11.5", "153.5,11.5", 1)), ON)
    value = json.loads(json.dumps(report_as_json(report)))
    assert (value["is_good"], value["refusal"], value["first_on"]) == (False, None, "2026-01-01")
    assert value["lost_rows"] == 2
    assert value["findings"][0] == {
        "severity": "error",
        "code": "number_out_of_range",
        "file": "stops.txt",
        "line": 2,
        "field": "stop_lat",
        "rows": 1,
        "what": "'153.5' is no latitude from -90 to 90",
        "effect": "the row was left out",
        "remedy": "Correct the number; coordinates are degrees (EPSG:4326).",
        "found_by": "rufnetz",
    }


def test_the_page_shows_what_a_feed_says_and_never_runs_it(write_feed: WRITE) -> None:
    page = report_as_html([check_feed(write_feed(GOOD.replace("53.5,11.5", "<script>alert(1)</script>,11.5", 1)), ON)])
    assert "<script>" not in page
    assert "&#x27;&lt;script&gt;alert(1)&lt;/script&gt;&#x27; is no latitude from -90 to 90." in page
    assert "<dt>What we did</dt><dd>the row was left out.</dd>" in page


WILD = (
    "",
    "-1",
    "9" * 20,
    "1e400",
    "NaN",
    "inf",
    "ä",
    '"',
    "\0",
    "2026-01-01",
    "25:61:61",
    "999:00:00",
    "a",
    "🚌",
    ",",
)
FILES = ("agency.txt", "calendar.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt", "feed_info.txt")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(FILES),
    st.one_of(
        st.tuples(st.just("cell"), st.integers(0, 60), st.sampled_from(WILD)),
        st.tuples(st.just("byte"), st.integers(0, 500), st.integers(0, 255)),
        st.tuples(st.just("cut"), st.integers(0, 500), st.none()),
    ),
)
def test_no_damage_ends_in_a_traceback(write_feed: WRITE, file: str, damage: tuple[str, int, str | int | None]) -> None:
    folder = write_feed(GOOD)
    raw = (folder / file).read_bytes()
    kind, at, value = damage
    if kind == "cell":
        rows = [line.split(b",") for line in raw.splitlines()]
        row = rows[at % len(rows)]
        row[at % len(row)] = str(value).encode()
        raw = b"\n".join(b",".join(cells) for cells in rows)
    elif kind == "byte":
        assert isinstance(value, int)
        raw = raw[: at % len(raw)] + bytes([value]) + raw[at % len(raw) + 1 :]
    else:
        raw = raw[: at % len(raw)]
    (folder / file).write_bytes(raw)
    report = check_feed(folder, ON)
    assert [*report_lines(report, 3)]
    assert json.dumps(report_as_json(report))
    assert report_as_html([report])
