"""Real feeds: what we make of them against the tables read another way, by hand with polars."""

import time
import zipfile
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from gtfs.feed import FeedError, read_feed
from gtfs.itinerary import EndLeg, FixedStopId, Itinerary, LegKind, TripId
from gtfs.search import Query, find_call, find_itineraries
from gtfs.service_day import ServiceDay
from gtfs.timetable import DayTimetable, Timetable, build_timetable

DATA = Path(__file__).parents[2].parent / "shared" / "data"
VRN = DATA / "heidelberg_vrn" / "vrn_gtfs_cut.zip"
WEDNESDAY = date(2022, 9, 14)

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not VRN.exists(), reason="the real feeds are not beside the project (../shared/data)"),
]


@cache
def timetable() -> Timetable:
    return build_timetable([read_feed(VRN)])


def wednesday() -> DayTimetable:
    return timetable().day(ServiceDay(WEDNESDAY, timetable().zone))


@cache
def table(name: str) -> pl.DataFrame:
    """A text file of the feed as it stands there."""
    with zipfile.ZipFile(VRN) as archive:
        return pl.read_csv(BytesIO(archive.read(name)), infer_schema_length=0)


def services_on(on: date) -> list[str]:
    """By calendar_dates.txt alone: no service of this feed has a weekly rule."""
    assert set(table("calendar.txt").select(pl.concat_str(pl.nth(range(1, 8)))).to_series()) == {"0000000"}
    dates = table("calendar_dates.txt").filter((pl.col("date") == f"{on:%Y%m%d}") & (pl.col("exception_type") == "1"))
    return dates["service_id"].to_list()


def seconds(clock: str) -> int:
    hours, minutes, rest = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def test_the_feed_reads_without_a_finding() -> None:
    feed = read_feed(VRN)
    assert feed.findings == ()
    assert (feed.trips.height, feed.calls.height) == (table("trips.txt").height, table("stop_times.txt").height)
    assert (feed.calendar.first_on, feed.calendar.last_on) == (date(2022, 6, 12), date(2022, 12, 10))


@pytest.mark.parametrize("on", [WEDNESDAY, date(2022, 7, 3), date(2022, 10, 3), date(2022, 12, 10)])
def test_the_trips_of_a_day_are_those_of_its_services(on: date) -> None:
    expected = table("trips.txt").filter(pl.col("service_id").is_in(services_on(on)))["trip_id"]
    day = timetable().day(ServiceDay(on, timetable().zone))
    assert {trip_id for trip_id, offset in day.trip_by_id if offset == 0} == set(expected)


def test_the_trips_of_last_night_are_those_that_pass_midnight() -> None:
    trips = table("trips.txt").filter(pl.col("service_id").is_in(services_on(date(2022, 9, 13))))
    late = table("stop_times.txt").filter(pl.col("arrival_time") >= "24:00:00")["trip_id"]
    expected = trips.filter(pl.col("trip_id").is_in(late.implode()))["trip_id"]
    assert {trip_id for trip_id, offset in wednesday().trip_by_id if offset == -1} == set(expected)


def test_calls_are_those_of_the_file() -> None:
    day = wednesday()
    running = {trip_id for trip_id, offset in day.trip_by_id if offset == 0}
    sample = table("stop_times.txt").filter(pl.col("trip_id").is_in(list(running))).sample(100, seed=1)
    sample = sample.select("trip_id", "stop_id", "arrival_time", "departure_time")
    for trip_id, stop_id, arrival, departure in sample.iter_rows():
        again = table("stop_times.txt").filter((pl.col("trip_id") == trip_id) & (pl.col("stop_id") == stop_id))
        call = find_call(day, TripId(trip_id), FixedStopId(stop_id))
        assert call is not None
        if again.height == 1:
            assert (call.arrival_s, call.departure_s) == (seconds(arrival), seconds(departure))


def test_the_direct_buses_between_two_stops_are_those_of_the_file() -> None:
    stop_times = table("stop_times.txt")
    running = table("trips.txt").filter(pl.col("service_id").is_in(services_on(WEDNESDAY)))
    rows = stop_times.filter(pl.col("trip_id").is_in(running["trip_id"].implode())).with_columns(
        pl.col("stop_sequence").cast(pl.Int32)
    )
    # The two ends of the village bus 757, in the direction that has more trips.
    village_bus = running.filter(pl.col("route_id") == "vrn-33-757-1")["trip_id"]
    ends = (
        rows.filter(pl.col("trip_id").is_in(village_bus.implode()))
        .sort("stop_sequence")
        .group_by("trip_id")
        .agg(pl.col("stop_id").first().alias("from"), pl.col("stop_id").last().alias("to"))
        .group_by("from", "to")
        .len()
        .sort("len", "from", "to")
    )
    origin, destination, _ = ends.row(-1)
    direct = rows.filter(pl.col("stop_id") == origin).join(
        rows.filter(pl.col("stop_id") == destination), on="trip_id", suffix="_to"
    )
    direct = direct.filter(pl.col("stop_sequence") < pl.col("stop_sequence_to"))
    expected = {(seconds(r["departure_time"]), seconds(r["arrival_time_to"])) for r in direct.iter_rows(named=True)}
    legs = (
        EndLeg(FixedStopId(origin), 0, LegKind.WALK, latest_s=2 * 86400),
        EndLeg(FixedStopId(destination), 0, LegKind.WALK),
    )
    found: tuple[Itinerary, ...] = find_itineraries(
        wednesday(), Query(legs[:1], legs[1:], depart_after_s=0, window_s=30 * 3600, max_line_legs=1)
    )
    best = {one for one in expected if not any(o != one and o[0] >= one[0] and o[1] <= one[1] for o in expected)}
    assert {(i.departure_s, i.arrival_s) for i in found} == best
    assert len(best) > 5
    assert {i.line_legs()[0].route_name for i in found} <= {"757", "RNV 39A", "RNV 24", "RNV 5", "RNV 20", "RNV 30"}


def _random_legs(rng: np.random.Generator, kind: LegKind) -> tuple[EndLeg, ...]:
    stops = timetable().stops
    centre = stops[int(rng.integers(len(stops)))]
    nearest = sorted(stops, key=lambda s: (s.lon - centre.lon) ** 2 + (s.lat - centre.lat) ** 2)[:10]
    return tuple(EndLeg(stop.id, int(rng.integers(300, 2400)), kind) for stop in nearest)


def test_departing_and_arriving_searches_agree_and_are_quick() -> None:
    rng = np.random.default_rng(7)
    day = wednesday()
    took_s = []
    for _ in range(8):
        access, egress = _random_legs(rng, LegKind.ON_DEMAND), _random_legs(rng, LegKind.ON_DEMAND)
        begin_s = int(rng.integers(6, 20)) * 3600
        find_itineraries(day, Query(access, egress, depart_after_s=begin_s))
        start = time.process_time()
        found = find_itineraries(day, Query(access, egress, depart_after_s=begin_s))
        took_s.append(time.process_time() - start)
        for itinerary in found:
            # Searched backwards from its own arrival, each itinerary turns up again or something as good.
            query = Query(access, egress, arrive_by_s=itinerary.arrival_s, window_s=0)
            back = find_itineraries(day, query)
            criteria = [(i.departure_s, len(i.line_legs())) for i in back]
            assert any(d >= itinerary.departure_s and n <= len(itinerary.line_legs()) for d, n in criteria)
    # 20 ms were measured on an idle core in 2026; the bound leaves room for slow machines.
    assert sorted(took_s)[len(took_s) // 2] < 0.2


@pytest.mark.parametrize(
    ("name", "trips"),
    [
        ("gtfsflex_mobilitydata_examples/FlexExample--various.zip", 1552),
        ("gtfsflex_mobilitydata_examples/deviated-drop-off-route.zip", 13),
        ("gtfsflex_mobilitydata_examples/google-sample-feed-1.zip", 11),
    ],
)
def test_feeds_with_lines_and_on_demand_services_keep_their_lines(name: str, trips: int) -> None:
    feed = read_feed(DATA / name)
    assert feed.trips.height == trips
    assert all(finding.line is None for finding in feed.findings)
    built = build_timetable([feed])
    assert built.first_on is not None
    assert built.day(ServiceDay(built.first_on, built.zone)).trips


@pytest.mark.parametrize(
    "name",
    [
        "gtfsflex_vbb_rufbus",
        "gtfsflex_mobilitydata_examples/FlexExample--on-demand-service.zip",
        "gtfsflex_mobilitydata_examples/FlexExample--same-day-service.zip",
        "gtfsflex_mobilitydata_examples/on-demand-services-between-multiple-zones-river-valley.zip",
        "gtfsflex_mobilitydata_examples/on-demand-services-between-multiple-zones.zip",
        "gtfsflex_mobilitydata_examples/on-demand-services-within-a-single-zone.zip",
    ],
)
def test_feeds_of_on_demand_services_only_say_so(name: str) -> None:
    with pytest.raises(FeedError, match=r"on-demand services only .* leave it out"):
        read_feed(DATA / name)
