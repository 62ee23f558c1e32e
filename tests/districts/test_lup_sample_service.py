"""The service's part of the sample district as it stands in the tree, and the rules its generator follows."""

import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import osmium
import pytest
import shapely

from booking.district import DayKind, District, ShiftPattern
from booking.district_files import read_district
from booking.model import Channel
from districts.make_lup_sample.facts import read_facts
from districts.make_lup_sample.holidays import FIRST_YEAR, LAST_YEAR, easter, make_holidays, public_holidays
from gtfs.feed import Feed, read_feed
from gtfs.itinerary import EndLeg, FixedStopId, Itinerary, LegKind
from gtfs.search import Query, find_itineraries
from gtfs.service_day import ServiceDay
from gtfs.timetable import Timetable, build_timetable

SAMPLE = Path(__file__).parents[2] / "districts" / "lup-sample"
SCHOOL_DAY = date(2026, 9, 8)
SUMMER_TUESDAY = date(2026, 7, 14)
UNITY_DAY = date(2026, 10, 3)


@pytest.fixture(scope="module")
def district() -> District:
    return read_district(SAMPLE)


@pytest.fixture(scope="module")
def feed() -> Feed:
    return read_feed(SAMPLE / "timetable")


@pytest.fixture(scope="module")
def timetable(feed: Feed) -> Timetable:
    return build_timetable([feed])


def test_every_place_has_a_stop_and_there_are_more_than_three_hundred(district: District) -> None:
    assert {village.name for village in district.villages} == {stop.place for stop in district.stops}
    assert len(district.stops) > 300
    assert len({stop.name for stop in district.stops}) == len(district.stops)


def test_every_stop_lies_exactly_on_a_node_of_a_road_for_cars(district: District) -> None:
    drivable = {"primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}
    nodes = {
        (round(node.lon, 6), round(node.lat, 6))
        for way in osmium.FileProcessor(SAMPLE / "roads.osm.pbf").with_locations()
        if isinstance(way, osmium.osm.Way) and way.tags.get("highway") in drivable
        for node in way.nodes
    }
    assert {(stop.lon, stop.lat) for stop in district.stops} <= nodes


def test_every_stop_lies_in_exactly_one_of_forty_four_areas(district: District) -> None:
    assert len(district.areas) == 44
    assert {len(areas) for areas in district.areas_of_stop.values()} == {1}


def test_areas_do_not_overlap(district: District) -> None:
    borders = [area.polygon for area in district.areas]
    together = shapely.union_all(borders).area
    assert sum(border.area for border in borders) == pytest.approx(together, rel=1e-4)


def test_every_area_leads_to_one_to_three_hubs_where_lines_call(district: District, timetable: Timetable) -> None:
    for area in district.areas:
        assert 1 <= len(area.hubs) <= 3
    hubs = [stop for stop in district.stops if stop.is_hub]
    assert len(hubs) == 24
    assert {hub.fixed_stop_id for hub in hubs} <= set(timetable.stop_by_id)
    assert {hub for area in district.areas for hub in area.hubs} == {hub.id for hub in hubs}


def test_the_timetable_is_sound_and_small(feed: Feed, timetable: Timetable) -> None:
    assert feed.findings == ()
    assert timetable.first_on == date(2026, 1, 1)
    assert timetable.last_on == date(2035, 12, 31)
    assert sum(path.stat().st_size for path in (SAMPLE / "timetable").iterdir()) < 1_500_000


def test_times_of_every_trip_increase_from_stop_to_stop(feed: Feed) -> None:
    rows = feed.calls.select("trip_id", "arrival_s", "departure_s").iter_rows()
    for _, calls in itertools.groupby(rows, key=lambda row: row[0]):
        times = list(calls)
        assert all(arrival_s <= departure_s for _, arrival_s, departure_s in times)
        assert all(before[2] < after[1] for before, after in itertools.pairwise(times))


def itineraries(timetable: Timetable, on: date, ends: tuple[str, str], depart_after_s: int) -> tuple[Itinerary, ...]:
    ids = {stop.name: stop.id for stop in timetable.stops}
    access, egress = (EndLeg(FixedStopId(ids[name]), 0, LegKind.WALK) for name in ends)
    query = Query((access,), (egress,), depart_after_s=depart_after_s, window_s=3 * 3600)
    return find_itineraries(timetable.day(ServiceDay(on, ZoneInfo("Europe/Berlin"))), query)


def test_one_can_get_from_the_edge_of_the_district_to_schwerin(timetable: Timetable) -> None:
    found = itineraries(timetable, SCHOOL_DAY, ("Plau am See, Busbahnhof", "Schwerin Hbf"), 7 * 3600)
    assert found
    assert min(way.arrival_s - way.departure_s for way in found) < 3 * 3600


@pytest.mark.parametrize(("on", "runs"), [(SCHOOL_DAY, True), (SUMMER_TUESDAY, False), (UNITY_DAY, False)])
def test_school_buses_run_on_school_days_only(timetable: Timetable, on: date, *, runs: bool) -> None:
    found = itineraries(timetable, on, ("Kreien, Dorfmitte", "Lübz, Busbahnhof"), 6 * 3600)
    assert bool(found) is runs


def test_a_public_holiday_on_a_saturday_runs_as_a_sunday(timetable: Timetable) -> None:
    ends = ("Ludwigslust, Bahnhof", "Parchim, Bahnhof")
    departures = {
        on: [way.departure_s for way in itineraries(timetable, on, ends, 5 * 3600)]
        for on in (UNITY_DAY, UNITY_DAY + timedelta(1), UNITY_DAY + timedelta(7))
    }
    assert departures[UNITY_DAY] == departures[UNITY_DAY + timedelta(1)]
    assert departures[UNITY_DAY] != departures[UNITY_DAY + timedelta(7)]


def test_forty_two_vehicles_are_out_on_weekdays_and_about_half_at_weekends(district: District) -> None:
    assert len(district.vehicles) == 42
    on_duty = {day: {s.vehicle_id for s in district.shifts if day in s.days} for day in DayKind}
    assert len(on_duty[DayKind.WEEKDAY]) == 42
    assert {len(on_duty[DayKind.SATURDAY]), len(on_duty[DayKind.SUNDAY_OR_HOLIDAY])} <= set(range(18, 26))


def stretches_s(shift: ShiftPattern) -> Iterator[int]:
    """The longest that a driver may work at a stretch, for each part between begin, breaks and end."""
    resumed_s = shift.start_s
    for window in shift.breaks:
        yield window.to_s - resumed_s
        resumed_s = window.from_s + window.duration_s
    yield shift.end_s - resumed_s


def test_no_driver_works_longer_than_the_working_hours_act_allows(district: District) -> None:
    for shift in district.shifts:
        presence_s, pause_s = shift.end_s - shift.start_s, sum(window.duration_s for window in shift.breaks)
        assert presence_s - pause_s <= 8.5 * 3600
        assert pause_s >= (30 * 60 if presence_s > 6 * 3600 else 0)
        assert max(stretches_s(shift)) <= 6 * 3600


def test_shifts_cover_the_service_hours_of_every_kind_of_day(district: District) -> None:
    rules = district.rulebook.rules_on(SCHOOL_DAY)
    for day in DayKind:
        hours = rules.service_hours[day]
        own = [shift for shift in district.shifts if day in shift.days]
        for at_s in range(hours.from_s, hours.to_s, 900):
            assert sum(shift.start_s <= at_s < shift.end_s for shift in own) >= 10


def test_the_rules_changed_from_two_hours_to_one_in_march_2025(district: District) -> None:
    before, after = (district.rulebook.rules_on(on) for on in (date(2025, 2, 28), date(2025, 3, 1)))
    assert (before.version, after.version) == ("2024-06", "2025-03")
    assert {before.lead_s[channel] for channel in Channel} == {7200}
    assert {after.lead_s[channel] for channel in Channel} == {3600}


def test_the_surcharge_between_stops_ended_in_june_2024_and_the_one_for_the_door_stayed(district: District) -> None:
    before, after = (district.rulebook.rules_on(on) for on in (date(2024, 5, 31), date(2024, 6, 1)))
    assert (before.version, after.version) == ("2016", "2024-06")
    assert before.fare.base_ct - after.fare.base_ct == 100
    assert after.fare.door_ct == 100
    assert {"deutschlandticket", "seniorenticket", "azubiticket", "pupil_ticket"} <= {
        concession.id for concession in after.fare.concessions
    }


def test_every_place_has_its_polygon_for_rides_to_the_door(district: District) -> None:
    covered = {place.name for place in district.destination_places}
    assert covered == {village.name for village in district.villages}
    for village in district.villages:
        assert any(place.covers(village.lon, village.lat) for place in district.destination_places)


def test_the_inhabitants_of_the_villages_add_up_to_the_district(district: District) -> None:
    # 212,000 to 213,000 by the municipalities' register; villages counted twice would add some 20,000.
    assert 205_000 < sum(village.inhabitants for village in district.villages) < 220_000


def test_destinations_are_of_all_categories(district: District) -> None:
    counts = Counter(destination.category for destination in district.destinations)
    assert set(counts) == {"doctor", "pharmacy", "school", "shop", "office", "work", "hub", "leisure"}


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2026, 4, 5), (2027, 3, 28), (2028, 4, 16), (2030, 4, 21), (2035, 3, 25), (2038, 4, 25)]
)
def test_easter_falls_where_the_almanac_says(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


def test_the_state_has_eleven_public_holidays_a_year() -> None:
    names = [holiday.name for holiday in public_holidays(2026)]
    assert len(names) == 11
    assert "Reformationstag" in names
    assert "Internationaler Frauentag" in names


def test_school_holidays_follow_each_other_without_overlap_until_the_last_year() -> None:
    school = [holiday for holiday in make_holidays(read_facts()) if holiday.kind == "school"]
    assert all(before.last_on < after.first_on for before, after in itertools.pairwise(school))
    summers = {holiday.first_on.year for holiday in school if holiday.name == "Sommerferien"}
    assert summers == set(range(FIRST_YEAR, LAST_YEAR + 1))


def test_files_have_line_feeds_only() -> None:
    texts = [path for path in SAMPLE.rglob("*") if path.suffix in {".csv", ".txt", ".toml", ".geojson"}]
    assert len(texts) > 12
    for path in texts:
        assert b"\r" not in path.read_bytes()


def test_tables_are_sorted_by_their_ids() -> None:
    for name in ("stops.csv", "fleet.csv"):
        with (SAMPLE / name).open(encoding="utf-8", newline="") as file:
            ids = [row[0] for row in csv.reader(file)][1:]
        assert ids == sorted(ids)
