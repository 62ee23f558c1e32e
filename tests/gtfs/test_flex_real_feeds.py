"""Real and published GTFS-Flex feeds: what they hold, counted by hand in their files, and that nothing is lost."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from gtfs.feed import read_feed
from gtfs.findings import Severity
from gtfs.flex_booking import booking_span
from gtfs.flex_fitting import fit_for_consumers
from gtfs.flex_model import Boarding, BookingRule, BookingType, FlexServices, Place, PlaceKind, RideTime, Window
from gtfs.flex_reading import FlexFeed, read_flex_feed
from gtfs.flex_writing import pack, write_flex_feed
from gtfs.service_day import ServiceDay
from tests.flex_consumers import rides_meant, rides_of_motis, rides_of_otp, without_rules

DATA = Path(__file__).parents[2].parent / "shared" / "data"
VBB = DATA / "gtfsflex_vbb_rufbus"
EXAMPLES = DATA / "gtfsflex_mobilitydata_examples"

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not EXAMPLES.exists(), reason="the real feeds are not beside the project (../shared/data)"),
]

COUNTED = {
    # zones, groups, booking rules, on-demand trips, calls of these
    "FlexExample--on-demand-service.zip": (1, 0, 1, 1, 2),
    "FlexExample--same-day-service.zip": (1, 0, 1, 2, 4),
    "FlexExample--various.zip": (17, 5, 3, 19, 173),
    "deviated-drop-off-route.zip": (17, 0, 1, 13, 468),
    "google-sample-feed-1.zip": (0, 0, 0, 0, 0),
    "on-demand-services-between-multiple-zones-river-valley.zip": (3, 0, 1, 2, 4),
    # Two of its four rows belong to a trip that trips.txt does not have.
    "on-demand-services-between-multiple-zones.zip": (3, 0, 1, 1, 2),
    "on-demand-services-within-a-single-zone.zip": (2, 0, 1, 4, 8),
    "vbb": (0, 2, 3, 8, 8),
}
WITHOUT_LINES = [name for name in COUNTED if name.startswith(("FlexExample--on", "FlexExample--s", "on-", "vbb"))]


@cache
def feed_of(name: str) -> FlexFeed:
    return read_flex_feed(VBB if name == "vbb" else EXAMPLES / name)[0]


def services_of(name: str) -> FlexServices:
    return feed_of(name).services


@pytest.mark.parametrize("name", COUNTED)
def test_every_feed_is_read(name: str) -> None:
    services = services_of(name)
    calls = sum(len(trip.calls) for trip in services.trips)
    counts = (len(services.zones), len(services.groups), len(services.rules), len(services.trips), calls)
    assert counts == COUNTED[name]


@pytest.mark.parametrize("name", COUNTED)
def test_what_is_written_reads_the_same(name: str, tmp_path: Path) -> None:
    feed = feed_of(name)
    if any(group.zone_ids for group in feed.services.groups):
        feed = replace(feed, services=fit_for_consumers(feed.services))
    again = written_again(feed, tmp_path)
    assert again.services == feed.services
    assert tables_of(again) == tables_of(feed)


@pytest.mark.parametrize("name", WITHOUT_LINES)
def test_both_programs_find_the_rides_of_the_feed(name: str) -> None:
    services = services_of(name)
    # Some stops of each group stand for all: pairs of them are many.
    groups = tuple(replace(group, stop_ids=group.stop_ids[:20]) for group in services.groups)
    services = replace(services, groups=groups)
    files = write_flex_feed(replace(feed_of(name), services=fit_for_consumers(services)))
    meant = rides_meant(services)
    assert rides_of_otp(files) == meant
    assert rides_of_motis(files) == without_rules(meant)


def written_again(feed: FlexFeed, folder: Path) -> FlexFeed:
    (folder / "again.zip").write_bytes(pack(write_flex_feed(feed)))
    return read_flex_feed(folder / "again.zip")[0]


def tables_of(feed: FlexFeed) -> Mapping[str, list[dict[str, str]]]:
    """The other files: their rows without blank cells."""
    return {
        file: [{name: cell for name, cell in row.items() if cell is not None} for row in table.iter_rows(named=True)]
        for file, table in sorted(feed.tables.items())
        if not table.is_empty()
    }


def test_the_rufbus_of_the_uckermark() -> None:
    services = services_of("vbb")
    assert [(group.id, len(group.stop_ids)) for group in services.groups] == [
        ("flex-476-477-478-stops", 264),
        ("flex-487-488-stops", 151),
    ]
    assert {(trip.route_id, trip.service_id, trip.calls[0].window) for trip in services.trips} == {
        *((f"flex-{route}", "flex-weekdays", Window(17 * 3600 + 1800, 22 * 3600)) for route in (476, 477, 478)),
        *((f"flex-{route}", "flex-weekends", Window(8 * 3600, 22 * 3600)) for route in (476, 477, 478)),
        *((f"flex-{route}", "flex-weekends", Window(8 * 3600, 20 * 3600)) for route in (487, 488)),
    }
    assert {(rule.booking_type, rule.min_notice_s) for rule in services.rules} == {(BookingType.SAME_DAY, 3600)}
    gartz = services.rule_by_id["flächenrufbus-gartz"]
    assert (gartz.phone_number, gartz.info_url) == ("+49 3332 442 755", "https://uvg-online.com/rufbus-gartz/")
    for trip in services.trips:
        (call,) = trip.calls
        assert (call.pickup, call.drop_off) == (Boarding.BOOKED, Boarding.BOOKED)
        assert call.pickup_rule_id == call.drop_off_rule_id != ""


def test_the_rufbus_of_the_uckermark_has_no_fault_in_its_services() -> None:
    found = read_flex_feed(VBB)[1]
    assert {finding.file for finding in found if finding.severity is not Severity.INFO} == {"stops.txt"}


def test_brown_county_is_booked_a_day_ahead_and_not_before_a_fortnight() -> None:
    services = services_of("on-demand-services-within-a-single-zone.zip")
    rule = services.rules[0]
    assert replace(rule, message="", phone_number="", info_url="") == BookingRule(
        "booking_route_74362",
        BookingType.PRIOR_DAYS,
        last_days=1,
        last_time_s=15 * 3600,
        start_days=14,
        start_time_s=8 * 3600,
    )
    trip = next(trip for trip in services.trips if trip.id == "t_5374945_b_77497_tn_0")
    assert [(call.place, call.window, call.pickup, call.drop_off) for call in trip.calls] == [
        (Place(PlaceKind.ZONE, "area_708"), Window(28_800, 61_200), Boarding.BOOKED, Boarding.NONE),
        (Place(PlaceKind.ZONE, "area_708"), Window(28_800, 61_200), Boarding.NONE, Boarding.BOOKED),
    ]
    assert (trip.mean, trip.safe) == (RideTime(1, 1800), RideTime(1, 3600))
    span = booking_span(rule, ServiceDay(date(2023, 10, 18), ZoneInfo("America/Chicago")), 9 * 3600)
    assert span.earliest_at is not None
    # Chicago is five hours behind in October.
    assert (span.earliest_at.isoformat(), span.latest_at.isoformat()) == (
        "2023-10-04T13:00:00+00:00",
        "2023-10-17T20:00:00+00:00",
    )


def test_the_draft_has_zones_in_stop_id() -> None:
    services = services_of("FlexExample--on-demand-service.zip")
    assert [call.place for call in services.trips[0].calls] == [Place(PlaceKind.ZONE, "area_294")] * 2
    assert services.rules[0].booking_type is BookingType.REAL_TIME
    assert (services.trips[0].mean, services.trips[0].safe) == (RideTime(1, 540), RideTime(1, 1200))


def test_the_draft_has_areas_of_zones() -> None:
    services = services_of("FlexExample--various.zip")
    ada = services.group_by_id["2751430"]
    assert (ada.name, ada.stop_ids, ada.zone_ids) == (
        "ADA + Stoughton + Easton",
        (),
        ("area_255", "area_263", "area_408"),
    )
    # The area 2750375 is in areas.txt, but nothing calls there.
    assert "2750375" not in services.group_by_id
    at_areas = [call for trip in services.trips for call in trip.calls if call.place.kind is PlaceKind.GROUP]
    assert len(at_areas) == 16
    # Nothing says until when on the day before one may book: until it ends.
    assert {(rule.last_days, rule.last_time_s) for rule in services.rules} == {(1, None)}


def test_a_line_that_deviates_has_zones_between_its_stops() -> None:
    trip = services_of("deviated-drop-off-route.zip").trips[0]
    kinds = [call.place.kind for call in trip.calls]
    assert kinds[:4] == [PlaceKind.STOP, PlaceKind.ZONE, PlaceKind.STOP, PlaceKind.ZONE]
    assert (trip.calls[1].pickup, trip.calls[1].drop_off) == (Boarding.NONE, Boarding.ASK_DRIVER)
    assert trip.calls[1].window is not None
    assert trip.calls[1].window.from_s == trip.calls[0].departure_s
    # The line itself stays in the timetable.
    assert read_feed(EXAMPLES / "deviated-drop-off-route.zip").calls.filter(pl.col("trip_id") == trip.id).height == 19
