"""A district as GTFS-Flex: the feed says what residents may book, and both programs that use such feeds read it so."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import combinations, product
from pathlib import Path

import gtfs_guru
import pytest
from typer.testing import CliRunner, Result

from booking import export_cli
from booking.commands import export_app
from booking.district import District
from booking.district_files import read_district
from booking.errors import BookingError
from booking.flex_export import ExportOptions, Places, list_export_notes, make_flex_feed
from booking.model import Channel
from booking.rules import area_pairs
from gtfs.feed import Feed, read_feed
from gtfs.findings import Severity
from gtfs.flex_model import BookingType, FlexServices, Window
from gtfs.flex_reading import read_flex_feed, read_services
from gtfs.flex_writing import pack, write_flex_feed
from tests.flex_consumers import Ride, rides_of_motis, rides_of_otp, rows_of, without_rules
from tests.tiny_district import write_tiny_district

SAMPLE = Path(__file__).parents[2] / "districts" / "lup-sample"
URL = "https://rufbus.example.org"
YEAR = ExportOptions(date(2026, 3, 1), date(2027, 2, 28), URL, URL)
AT_CHANGE = replace(YEAR, first_on=date(2025, 2, 1), last_on=date(2025, 4, 30))
"""In it the sample district's rules change, on 1 March."""


@cache
def sample() -> District:
    return read_district(SAMPLE)


@pytest.fixture
def tiny(tmp_path: Path) -> District:
    """Area west with a hub in it and one in area east, area east with a hub in it."""
    district = read_district(write_tiny_district(tmp_path / "tiny"))
    west, east = district.areas
    return replace(district, areas=(replace(west, hubs=(*west.hubs, *east.hubs)), east))


def everywhere(district: District) -> District:
    versions = tuple(replace(rules, allows_area_to_area=True) for rules in district.rulebook.versions)
    return replace(district, rulebook=replace(district.rulebook, versions=versions))


def files_of(district: District, options: ExportOptions) -> Mapping[str, bytes]:
    return write_flex_feed(make_flex_feed(district, options))


def read_back(district: District, options: ExportOptions, folder: Path) -> tuple[Feed, FlexServices]:
    """The exported feed as everybody reads it; faults in it are told by the test."""
    path = folder / "out.zip"
    path.write_bytes(pack(files_of(district, options)))
    feed = read_feed(path, may_lack_trips=True)
    services, findings = read_services(feed)
    assert [str(f) for f in (*feed.findings, *findings) if f.severity is not Severity.INFO] == []
    return feed, services


def pairs_of(rides: set[Ride], service_id: str) -> set[tuple[object, object]]:
    return {(r.origin, r.destination) for r in rides if r.service_id == service_id and r.origin != r.destination}


def pairs_allowed(district: District, on: date) -> set[tuple[object, object]]:
    """The ends of one ride that the rules allow."""
    pairs = area_pairs(district, district.rulebook.rules_on(on))
    joined = [(a.id, b.id) for a, b in combinations(district.stops, 2) if pairs.may_join(a.id, b.id)]
    return {*joined, *((b, a) for a, b in joined)}


def test_in_the_sample_district_one_rides_between_the_stops_the_rules_join() -> None:
    files = files_of(sample(), YEAR)
    allowed = pairs_allowed(sample(), YEAR.first_on)
    assert len(allowed) == 7674
    for kind in ("weekday", "saturday", "sunday_or_holiday"):
        assert pairs_of(rides_of_otp(files), f"{kind}-2026-01") == allowed
        assert pairs_of(rides_of_motis(files), f"{kind}-2026-01") == allowed


def test_every_ride_there_has_a_ride_back() -> None:
    # Both programs ride from earlier to later rows only: the way back must be written, too.
    rides = rides_of_motis(files_of(sample(), YEAR))
    assert {r._replace(origin=r.destination, destination=r.origin) for r in rides} == rides


def test_a_hub_in_another_area_is_reached_in_both_directions(tiny: District) -> None:
    files = files_of(tiny, YEAR)
    allowed = pairs_allowed(tiny, YEAR.first_on)
    assert ("brueelow-markt", "luebzow-markt") in allowed
    assert ("brueelow-markt", "eldehof-markt") not in allowed
    for rides in (rides_of_otp(files), rides_of_motis(files)):
        assert pairs_of(rides, "weekday-2020-01") == allowed
    headsigns = {row["trip_headsign"] for row in rows_of(files, "trips.txt")}
    assert headsigns == {"Reihendorf West", "Reihendorf Ost", "Umstieg: Lübzow, Markt"}


def test_rules_may_let_one_ride_from_any_area_to_any_other(tiny: District) -> None:
    district = everywhere(tiny)
    files = files_of(district, YEAR)
    allowed = pairs_allowed(district, YEAR.first_on)
    assert ("brueelow-markt", "eldehof-markt") in allowed
    for rides in (rides_of_otp(files), rides_of_motis(files)):
        assert pairs_of(rides, "weekday-2020-01") == allowed
    assert [row["route_id"] for row in rows_of(files, "routes.txt")] == ["everywhere"]


@pytest.mark.parametrize("options", [YEAR, AT_CHANGE], ids=["a year", "a change of the rules"])
def test_windows_notice_and_horizon_of_each_day_are_those_of_the_rules(options: ExportOptions, tmp_path: Path) -> None:
    feed, services = read_back(sample(), options, tmp_path)
    by_service = {trip.service_id: trip for trip in services.trips}
    on = options.first_on
    while on <= options.last_on:
        rules = sample().rulebook.rules_on(on)
        hours = rules.service_hours[sample().day_kind(on).value]
        (service_id,) = feed.calendar.services_on(on)
        call = by_service[service_id].calls[0]
        assert call.window == Window(hours.from_s, hours.to_s), on
        rule = services.rule_by_id[call.pickup_rule_id]
        assert (rule.booking_type, rule.min_notice_s) == (BookingType.SAME_DAY, rules.lead_s[Channel.WEB]), on
        assert rule.max_notice_s == rules.horizon_days * 86_400
        on += timedelta(days=1)
    assert feed.calendar.services_on(options.last_on + timedelta(days=1)) == frozenset()


def test_nothing_of_the_services_is_lost_when_the_feed_is_read_again(tmp_path: Path) -> None:
    for places in Places:
        options = replace(YEAR, places=places)
        feed = make_flex_feed(sample(), options)
        _, services = read_back(sample(), options, tmp_path)
        assert services == feed.services
        again, _ = read_flex_feed(tmp_path / "out.zip")
        assert write_flex_feed(again) == write_flex_feed(feed)


def test_the_stops_are_those_of_the_district(tmp_path: Path) -> None:
    feed, _ = read_back(sample(), YEAR, tmp_path)
    pairs = area_pairs(sample(), sample().rulebook.versions[-1])
    expected = [
        (stop.id, stop.name, stop.lon, stop.lat, 1 if stop.is_accessible else 2)
        for stop in sample().stops
        if pairs.is_served(stop.id)
    ]
    columns = ("stop_id", "name", "lon", "lat", "wheelchair_boarding")
    assert feed.stops.select(columns).rows() == expected


@pytest.mark.parametrize("places", Places)
def test_the_library_of_rules_finds_nothing(places: Places, tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    for district, options in ((sample(), YEAR), (sample(), AT_CHANGE), (everywhere(sample()), YEAR)):
        path.write_bytes(pack(files_of(district, replace(options, places=places))))
        notices = gtfs_guru.validate(str(path), country_code="DE", date=f"{options.first_on}").notices
        # Extended route types are the custom in Germany.
        told = [(n.severity, n.code, n.field) for n in notices if n.severity != "INFO" and n.field != "route_type"]
        assert told == []


def test_areas_may_be_written_as_zones(tiny: District) -> None:
    files = files_of(tiny, replace(YEAR, places=Places.ZONES))
    features = json.loads(files["locations.geojson"])["features"]
    assert [(f["id"], f["geometry"]["type"], f["properties"]) for f in features] == [
        ("area-west", "Polygon", {"stop_name": "Reihendorf West"}),
        ("area-east", "Polygon", {"stop_name": "Reihendorf Ost"}),
    ]
    assert [row["stop_id"] for row in rows_of(files, "stops.txt")] == ["luebzow-markt"]
    assert rides_of_motis(files) == without_rules(rides_of_otp(files))
    west, east = (next(iter(_rings(feature))) for feature in features)
    assert pairs_of_zones(rides_of_motis(files)) == {
        (west, west),
        (east, east),
        (west, "luebzow-markt"),
        ("luebzow-markt", west),
    }


def test_zones_may_all_be_joined(tiny: District) -> None:
    files = files_of(everywhere(tiny), replace(YEAR, places=Places.ZONES))
    west, east = (next(iter(_rings(f))) for f in json.loads(files["locations.geojson"])["features"])
    assert pairs_of_zones(rides_of_motis(files)) == {*product((west, east), (west, east))}


def _rings(feature: Mapping[str, object]) -> list[object]:
    return [json.dumps(feature["geometry"]["coordinates"])]  # type: ignore[index]


def pairs_of_zones(rides: set[Ride]) -> set[tuple[object, object]]:
    """Ends of rides on weekdays; borders as JSON."""

    def shown(end: object) -> object:
        return end if isinstance(end, str) else json.dumps(end)

    return {(shown(r.origin), shown(r.destination)) for r in rides if r.service_id == "weekday-2020-01"}


def test_hours_may_pass_midnight(tiny: District) -> None:
    rows = rows_of(files_of(tiny, YEAR), "stop_times.txt")
    of_saturday = {row["end_pickup_drop_off_window"] for row in rows if "saturday" in row["trip_id"]}
    assert of_saturday == {"25:00:00"}


def test_public_holidays_are_driven_like_sundays() -> None:
    rows = [tuple(row.values()) for row in rows_of(files_of(sample(), YEAR), "calendar_dates.txt")]
    # Good Friday, and the Day of German Unity, a Saturday in 2026.
    for service_id, day, change in (
        ("weekday-2026-01", "20260403", "2"),
        ("sunday_or_holiday-2026-01", "20260403", "1"),
        ("saturday-2026-01", "20261003", "2"),
        ("sunday_or_holiday-2026-01", "20261003", "1"),
    ):
        assert (service_id, day, change) in rows


def test_no_ride_takes_longer_than_the_feed_says() -> None:
    trip = make_flex_feed(sample(), YEAR).services.trips[0]
    ride = sample().rulebook.versions[-1].ride
    assert trip.safe is not None
    # A ride of 40 minutes may take 60: half as long again, and an hour at most.
    assert (trip.safe.factor, trip.safe.offset_s) == (1.0, 1200)
    for direct_s in range(0, 7200, 60):
        assert ride.max_ride_time_s(direct_s) <= trip.safe.factor * direct_s + trip.safe.offset_s


def test_the_rule_says_in_words_what_has_no_field() -> None:
    rule = make_flex_feed(sample(), YEAR).services.rules[0]
    assert rule.message == (
        "Online bestellen bis 60 Minuten vor der Fahrt, höchstens 28 Tage im Voraus. "
        "Telefonisch bis 60 Minuten vor der Fahrt unter +49 3871 000000 (Mo-Fr 6:00-18:00, Sa 6:00-18:00). "
        "Die Fahrt beginnt und endet an Haltestellen. Mehr als 4 Personen nur telefonisch. "
        "Keine Fahrt, wo bis 30 Minuten vorher oder 30 Minuten nachher eine Linie fährt."
    )
    assert (rule.phone_number, rule.booking_url) == ("+49 3871 000000", URL)


def test_a_district_without_german_speaks_english(tiny: District) -> None:
    rule = make_flex_feed(replace(tiny, languages=("pl", "en")), YEAR).services.rules[0]
    assert rule.message.startswith("Book online up to 60 minutes before the ride, at most 28 days ahead.")


def test_without_a_page_the_notice_is_that_of_the_phone(tiny: District) -> None:
    rules = replace(tiny.rulebook.versions[0], lead_s={Channel.WEB: 3600, Channel.PHONE: 7200, Channel.API: 3600})
    district = replace(tiny, rulebook=replace(tiny.rulebook, versions=(rules,)))
    assert make_flex_feed(district, YEAR).services.rules[0].min_notice_s == 3600
    rule = make_flex_feed(district, replace(YEAR, booking_url="")).services.rules[0]
    assert (rule.min_notice_s, rule.booking_url) == (7200, "")
    assert rule.message.startswith("Telefonisch bis 120 Minuten")


def test_a_ride_without_notice_is_booked_in_real_time(tiny: District) -> None:
    rules = replace(tiny.rulebook.versions[0], lead_s=dict.fromkeys(Channel, 0))
    district = replace(tiny, rulebook=replace(tiny.rulebook, versions=(rules,)))
    rule = make_flex_feed(district, YEAR).services.rules[0]
    assert (rule.booking_type, rule.min_notice_s, rule.max_notice_s) == (BookingType.REAL_TIME, None, None)


def test_days_without_service_have_no_trips(tiny: District) -> None:
    rules = tiny.rulebook.versions[0]
    rules = replace(rules, service_hours={"weekday": rules.service_hours["weekday"]})
    district = replace(tiny, rulebook=replace(tiny.rulebook, versions=(rules,)))
    assert {row["service_id"] for row in rows_of(files_of(district, YEAR), "trips.txt")} == {"weekday-2020-01"}


def test_what_whoever_publishes_should_know_is_told(tiny: District) -> None:
    assert list_export_notes(sample(), YEAR) == []
    late = replace(YEAR, booking_url="", first_on=date(2030, 1, 1), last_on=date(2030, 12, 31))
    notes = list_export_notes(replace(tiny, areas=tiny.areas[1:]), late)
    assert notes == [
        "The feed names no page to book on, only the phone; give it with --url.",
        "The public holidays in holidays.csv end on 2026-12-26: others are written as ordinary days.",
        "6 stops lie in no area and are no hub of one; they are not in the feed.",
    ]


@pytest.fixture(autouse=True)
def _wide_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_cli.console, "_width", 200)
    monkeypatch.delenv("RUFNETZ_PUBLIC_URL", raising=False)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(export_app, ["flex", *(str(argument) for argument in arguments)])


def test_the_command_writes_the_same_bytes_again(tmp_path: Path) -> None:
    (tmp_path / "out.zip").write_bytes(b"of yesterday")
    result = run(SAMPLE, tmp_path / "out.zip", "--from", "2026-03-01", "--url", f"{URL}/")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out.zip").read_bytes() == pack(files_of(sample(), YEAR))
    assert "44 routes, 467 stops, 87 groups, 390 trips, 1 booking rule; from 2026-03-01 to 2027-02-28." in result.output
    assert f"Next: rufnetz gtfs check {tmp_path / 'out.zip'}" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["out.zip"]


def test_the_command_takes_the_first_day_and_how_many(tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    assert run(write_tiny_district(tmp_path / "tiny"), out, "--from", "2026-03-02", "--days", "7").exit_code == 0
    with zipfile.ZipFile(out) as archive:
        info = archive.read("feed_info.txt").decode()
        agency = archive.read("agency.txt").decode()
    assert ",20260302,20260308," in info
    # Without --url it is the operator's address in the timetable.
    assert "https://example.org" in agency


def test_the_public_address_is_the_page_to_book_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUFNETZ_PUBLIC_URL", "https://fahren.example.org")
    assert run(write_tiny_district(tmp_path / "tiny"), tmp_path / "out.zip").exit_code == 0
    rule = read_flex_feed(tmp_path / "out.zip")[0].services.rules[0]
    assert rule.booking_url == "https://fahren.example.org"


def test_what_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    tiny = write_tiny_district(tmp_path / "tiny")
    wrong = {
        "let it end in .zip": (tiny, tmp_path / "out"),
        "begin it with https://": (tiny, tmp_path / "out.zip", "--url", "rufbus.example.org"),
        "check that the folder is there": (tiny, tmp_path / "nowhere" / "out.zip"),
        "there is no such folder": (tmp_path / "nobody", tmp_path / "out.zip"),
    }
    for sentence, arguments in wrong.items():
        result = run(*arguments)
        assert result.exit_code == 1
        assert isinstance(result.exception, BookingError)
        assert sentence in str(result.exception)
    rules = (tiny / "rules.toml").read_text()
    hours = '\nweekday = ["05:00", "23:00"]\nsaturday = ["06:00", "25:00"]\nsunday_or_holiday = ["07:00", "22:00"]\n'
    (tiny / "rules.toml").write_text(rules.replace(hours, "\n"))
    assert "the rules give no service hours" in str(run(tiny, tmp_path / "out.zip").exception)
    (tiny / "rules.toml").write_text(rules)
    (tiny / "timetable" / "agency.txt").write_text("agency_id,agency_name,agency_timezone\nvr,V,Europe/Berlin\n")
    result = run(tiny, tmp_path / "out.zip")
    assert "give the page where residents book with --url" in str(result.exception)
    assert not [*tmp_path.glob("*.zip")]


def test_the_help_says_what_the_choices_mean() -> None:
    text = " ".join(CliRunner().invoke(export_app, ["flex", "--help"]).output.replace("│", " ").split())
    for words in ("MOTIS or OpenTripPlanner", "docs/gtfs-flex.md", "from door to door", "RUFNETZ_PUBLIC_URL"):
        assert words in text
