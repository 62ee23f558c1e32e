"""What MOTIS and OpenTripPlanner trip over in GTFS-Flex, tried on the files we write."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtfs.flex_fitting import fit_for_consumers
from gtfs.flex_model import (
    Boarding,
    BookingRule,
    BookingType,
    FlexCall,
    FlexServices,
    FlexTrip,
    Place,
    PlaceKind,
    Polygon,
    RideTime,
    StopGroup,
    Window,
    Zone,
)
from gtfs.flex_reading import FlexFeed
from gtfs.flex_writing import text_table, write_flex_feed
from tests.flex_consumers import rides_meant, rides_of_motis, rides_of_otp, rows_of, without_rules

BOOKED, NONE = Boarding.BOOKED, Boarding.NONE
MORNING, EVENING = Window(6 * 3600, 12 * 3600), Window(17 * 3600, 23 * 3600)
RULE = BookingRule("hour-before", BookingType.SAME_DAY, min_notice_s=3600)


def square(west: float, south: float = 53.0) -> Polygon:
    east, north = west + 1, south + 1
    return (((west, south), (east, south), (east, north), (west, north), (west, south)),)


ONE = Zone("one", (square(11),), name="Dorf")
TWO = Zone("two", (square(13), square(15)), name="Inselreich")
VILLAGES = StopGroup("villages", "Dörfer", ("a", "b"))


def at(kind: PlaceKind, place_id: str, sequence: int = 1, *, board: bool = True, alight: bool = True) -> FlexCall:
    return FlexCall(
        sequence,
        Place(kind, place_id),
        MORNING,
        pickup=BOOKED if board else NONE,
        drop_off=BOOKED if alight else NONE,
        pickup_rule_id=RULE.id if board else "",
        drop_off_rule_id=RULE.id if alight else "",
    )


def services_with(*calls: FlexCall, groups: tuple[StopGroup, ...] = (VILLAGES,)) -> FlexServices:
    return FlexServices((ONE, TWO), groups, (RULE,), (FlexTrip("t", "r", "daily", calls),))


def written(services: FlexServices) -> Mapping[str, bytes]:
    return write_flex_feed(FlexFeed(services, {"stops.txt": text_table([{"stop_id": "a"}, {"stop_id": "b"}])}))


def fitted(services: FlexServices) -> Mapping[str, bytes]:
    return written(fit_for_consumers(services))


INSIDE_ZONE = services_with(at(PlaceKind.ZONE, "one"))
INSIDE_ISLANDS = services_with(at(PlaceKind.ZONE, "two"))
INSIDE_GROUP = services_with(at(PlaceKind.GROUP, "villages"))
AT_STOPS = services_with(at(PlaceKind.STOP, "a", 1, alight=False), at(PlaceKind.STOP, "b", 2, board=False))
ZONE_TO_GROUP = services_with(
    at(PlaceKind.ZONE, "two", 1, alight=False), at(PlaceKind.GROUP, "villages", 2, board=False)
)
MIXED_GROUP = services_with(
    at(PlaceKind.GROUP, "all"), groups=(StopGroup("all", zone_ids=("one", "two"), stop_ids=("a",)),)
)
ALL = {
    "inside a zone": INSIDE_ZONE,
    "inside a zone of two parts": INSIDE_ISLANDS,
    "inside a group": INSIDE_GROUP,
    "between stops": AT_STOPS,
    "from a zone of two parts to a group": ZONE_TO_GROUP,
    "inside a group of stops and zones": MIXED_GROUP,
}


@pytest.mark.parametrize("name", ALL)
def test_both_programs_find_the_rides_that_are_meant(name: str) -> None:
    meant = rides_meant(ALL[name])
    assert meant
    assert rides_of_otp(fitted(ALL[name])) == meant
    assert rides_of_motis(fitted(ALL[name])) == without_rules(meant)


def test_where_only_the_types_say_who_may_ride_there_is_a_trip_for_each_ride() -> None:
    on, off = {"alight": False}, {"board": False}
    # Two places to board and one to alight: nobody rides from the first to the second.
    collecting = services_with(
        at(PlaceKind.ZONE, "one", 1, **on),
        at(PlaceKind.GROUP, "villages", 2, **on),
        at(PlaceKind.ZONE, "one", 3, **off),
    )
    rows = rows_of(fitted(collecting), "stop_times.txt")
    assert [(row["trip_id"], row["location_id"], row["location_group_id"]) for row in rows] == [
        ("t-1", "one", ""),
        ("t-1", "one", ""),
        ("t-2", "", "villages"),
        ("t-2", "one", ""),
    ]


@st.composite
def flexible_services(draw: st.DrawFn) -> FlexServices:
    groups = (VILLAGES, StopGroup("all", zone_ids=("one", "two"), stop_ids=("a",)), StopGroup("b", stop_ids=("b",)))
    places = [(PlaceKind.ZONE, "one"), (PlaceKind.ZONE, "two"), (PlaceKind.STOP, "a"), (PlaceKind.STOP, "b")]
    places += [(PlaceKind.GROUP, group.id) for group in groups]
    trips = []
    for number in range(draw(st.integers(1, 3))):
        calls = tuple(
            replace(
                at(*draw(st.sampled_from(places)), sequence, board=draw(st.booleans()), alight=draw(st.booleans())),
                window=draw(st.sampled_from([MORNING, EVENING])),
            )
            for sequence in range(1, draw(st.integers(1, 4)) + 1)
        )
        trips.append(FlexTrip(f"t{number}", f"r{number}", "daily", calls))
    return FlexServices((ONE, TWO), groups, (RULE,), tuple(trips))


@given(flexible_services())
def test_whatever_the_services_both_programs_find_the_rides_that_are_meant(services: FlexServices) -> None:
    fit = fit_for_consumers(services)
    assert fit_for_consumers(fit) == fit
    assert rides_meant(fit) == rides_meant(services)
    files = written(fit)
    assert rides_of_otp(files) == rides_meant(services)
    assert rides_of_motis(files) == without_rules(rides_meant(services))


def test_without_fitting_motis_would_miss_rides() -> None:
    assert rides_of_motis(written(INSIDE_ZONE)) == set()
    assert rides_of_motis(written(ZONE_TO_GROUP)) == set()
    assert rides_of_motis(written(AT_STOPS)) == set()


@pytest.mark.parametrize("name", ALL)
def test_fitting_twice_is_fitting_once(name: str) -> None:
    once = fit_for_consumers(ALL[name])
    assert fit_for_consumers(once) == once


def test_a_multipolygon_is_written_as_features_of_one_polygon() -> None:
    features = json.loads(fitted(INSIDE_ISLANDS)["locations.geojson"])["features"]
    assert [(f["id"], f["geometry"]["type"]) for f in features] == [
        ("one", "Polygon"),
        ("two-1", "Polygon"),
        ("two-2", "Polygon"),
    ]
    assert {f["properties"]["stop_name"] for f in features[1:]} == {"Inselreich"}


def test_coordinates_are_written_with_a_decimal_point() -> None:
    corner = "[\n       11.0,\n       53.0\n      ]"
    assert corner in fitted(INSIDE_ZONE)["locations.geojson"].decode()
    whole = Zone("whole", ((((11, 53), (12, 53), (12, 54), (11, 53)),),))
    text = written(FlexServices((whole,)))["locations.geojson"].decode()
    assert corner in text


def test_ids_of_features_are_texts_even_where_they_look_like_numbers() -> None:
    files = written(FlexServices((replace(ONE, id="14"),)))
    assert json.loads(files["locations.geojson"])["features"][0]["id"] == "14"


def test_a_window_never_stands_beside_a_stop() -> None:
    rows = rows_of(fitted(AT_STOPS), "stop_times.txt")
    assert [(row["stop_id"], row["location_group_id"]) for row in rows] == [("", "stop-a"), ("", "stop-b")]
    members = rows_of(fitted(AT_STOPS), "location_group_stops.txt")
    assert {"location_group_id": "stop-b", "stop_id": "b"} in members


def test_a_group_of_one_stop_does_not_take_the_name_of_another_group() -> None:
    services = services_with(at(PlaceKind.STOP, "a"), groups=(StopGroup("stop-a", stop_ids=("b",)),))
    assert [(group.id, group.stop_ids) for group in fit_for_consumers(services).groups] == [
        ("stop-a", ("b",)),
        ("stop--a", ("a",)),
    ]


def test_parts_of_zones_and_trips_do_not_take_the_name_of_others() -> None:
    trips = tuple(replace(ZONE_TO_GROUP.trips[0], id=trip_id) for trip_id in ("t", "t-2"))
    services = replace(ZONE_TO_GROUP, zones=(TWO, replace(ONE, id="two-1")), trips=trips)
    fit = fit_for_consumers(services)
    assert [zone.id for zone in fit.zones] == ["two--1", "two--2", "two-1"]
    assert [trip.id for trip in fit.trips] == ["t--1", "t--2", "t-2-1", "t-2-2"]


def test_riding_inside_one_place_is_a_row_to_board_and_a_later_one_to_alight() -> None:
    rows = rows_of(fitted(INSIDE_GROUP), "stop_times.txt")
    told = [(row["stop_sequence"], row["pickup_type"], row["drop_off_type"]) for row in rows]
    assert told == [("1", "2", "1"), ("2", "1", "2")]


def test_the_order_of_rows_says_the_same_as_the_types() -> None:
    # MOTIS does not read pickup_type and drop_off_type: rows in the other order would be rides back.
    there = fitted(ZONE_TO_GROUP)
    assert {ride.destination for ride in rides_of_motis(there)} == {"a", "b"}
    assert rides_of_motis(there) == without_rules(rides_of_otp(there))


def test_the_way_back_is_a_trip_of_its_own() -> None:
    back = services_with(at(PlaceKind.GROUP, "villages", 1, alight=False), at(PlaceKind.ZONE, "one", 2, board=False))
    assert {ride.origin for ride in rides_of_motis(fitted(back))} == {"a", "b"}
    assert {ride.destination for ride in rides_of_motis(fitted(back))} == {square(11)}


def test_where_one_boards_stands_the_booking_rule() -> None:
    # OpenTripPlanner looks at the rule of the boarding side alone.
    for services in ALL.values():
        for row in rows_of(fitted(services), "stop_times.txt"):
            assert (row["pickup_booking_rule_id"] == "hour-before") == (row["pickup_type"] == "2")
            assert (row["drop_off_booking_rule_id"] == "hour-before") == (row["drop_off_type"] == "2")


def test_windows_stand_alone_and_are_to_be_booked() -> None:
    unbooked = replace(at(PlaceKind.ZONE, "one"), pickup=Boarding.ASK_DRIVER, drop_off=Boarding.REGULAR)
    for row in rows_of(fitted(services_with(unbooked)), "stop_times.txt"):
        assert (row["arrival_time"], row["departure_time"]) == ("", "")
        assert (row["start_pickup_drop_off_window"], row["end_pickup_drop_off_window"]) == ("06:00:00", "12:00:00")
        assert row["pickup_type"] in {"1", "2"}
        assert row["drop_off_type"] in {"1", "2"}


def test_exactly_one_place_stands_in_each_row() -> None:
    for services in ALL.values():
        for row in rows_of(fitted(services), "stop_times.txt"):
            assert sum(row.get(name, "") != "" for name in ("stop_id", "location_id", "location_group_id")) == 1


def test_columns_that_every_feed_needs_are_there_even_if_they_are_blank() -> None:
    header = fitted(INSIDE_ZONE)["stop_times.txt"].decode().splitlines()[0].split(",")
    assert {"trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"} <= {*header}


def test_durations_stand_in_trips_and_offsets_are_seconds() -> None:
    trip = replace(INSIDE_ZONE.trips[0], safe=RideTime(1.5, 600))
    row = rows_of(fitted(replace(INSIDE_ZONE, trips=(trip,))), "trips.txt")[0]
    assert (row["safe_duration_factor"], row["safe_duration_offset"]) == ("1.5", "600")


def test_a_line_to_be_booked_keeps_its_times_and_its_rule() -> None:
    stops = [
        FlexCall(
            number,
            Place(PlaceKind.STOP, stop_id),
            arrival_s=time_s,
            departure_s=time_s,
            pickup=BOOKED,
            drop_off=BOOKED,
            pickup_rule_id=RULE.id,
            drop_off_rule_id=RULE.id,
        )
        for number, (stop_id, time_s) in enumerate([("a", 25_200), ("b", 26_100)], start=1)
    ]
    services = services_with(*stops)
    assert fit_for_consumers(services).trips == services.trips
    row = rows_of(fitted(services), "stop_times.txt")[1]
    assert (row["stop_id"], row["arrival_time"], row["pickup_type"], row["drop_off_type"]) == (
        "b",
        "07:15:00",
        "2",
        "2",
    )
    assert row["pickup_booking_rule_id"] == "hour-before"


def test_a_group_of_zones_cannot_be_written_as_it_is() -> None:
    with pytest.raises(ValueError, match="group 'all' holds zones"):
        written(MIXED_GROUP)
