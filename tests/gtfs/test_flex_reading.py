"""GTFS-Flex as values: the adopted form, what drafts have in its stead, and every fault a row can have."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gtfs import flex_calls, flex_cells, flex_groups, flex_rules, flex_trips, flex_zones
from gtfs.feed import read_feed
from gtfs.feed_remedies import REMEDIES
from gtfs.findings import Fault, Finding
from gtfs.flex_model import (
    Boarding,
    BookingRule,
    BookingType,
    FlexCall,
    FlexServices,
    FlexTrip,
    Place,
    PlaceKind,
    RideTime,
    StopGroup,
    Window,
    Zone,
)
from gtfs.flex_reading import read_flex_feed, read_services
from gtfs.flex_writing import pack, write_flex_feed

WRITE = Callable[..., Path]

BASE = """\
# stops.txt
stop_id,stop_name,stop_lat,stop_lon
a,Altwiek,53.5,11.5
b,Brüelow,53.5,11.6
# routes.txt
route_id,agency_id,route_short_name,route_long_name,route_type
r,vr,R,Rufbus,715
# trips.txt
route_id,service_id,trip_id,trip_headsign,safe_duration_factor,safe_duration_offset
r,daily,t,Dörfer,1.5,600
# location_groups.txt
location_group_id,location_group_name
g,Dörfer
# location_group_stops.txt
location_group_id,stop_id
g,a
g,b
# booking_rules.txt
booking_rule_id,booking_type,prior_notice_duration_min,phone_number
hour,1,60,+49 385 0
"""
CALLS = """\
# stop_times.txt
trip_id,stop_sequence,stop_id,location_group_id,location_id,arrival_time,departure_time,\
start_pickup_drop_off_window,end_pickup_drop_off_window,pickup_type,drop_off_type,pickup_booking_rule_id,\
drop_off_booking_rule_id
"""
TWO = CALLS + "t,1,,g,,,,06:00:00,22:00:00,2,1,hour,\nt,2,,,z,,,06:00:00,25:30:00,1,2,,hour\n"
RING = [[11, 53], [12, 53], [12, 54], [11, 53]]
POLYGON = (((11.0, 53.0), (12.0, 53.0), (12.0, 54.0), (11.0, 53.0)),)


def zone(zone_id: object = "z", kind: str = "Polygon", coordinates: object = None, **properties: object) -> object:
    geometry = {"type": kind, "coordinates": [RING] if coordinates is None else coordinates}
    return {"type": "Feature", "id": zone_id, "properties": properties, "geometry": geometry}


@pytest.fixture
def read(write_feed: WRITE) -> Callable[..., tuple[FlexServices, list[Finding]]]:
    """Reads a feed given as text, with zones; findings that say only that there are on-demand rows are left out."""

    def read_text(text: str, *zones: object) -> tuple[FlexServices, list[Finding]]:
        folder = write_feed(text)
        if zones:
            (folder / "locations.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": zones}))
        feed = read_feed(folder, may_lack_trips=True)
        services, findings = read_services(feed)
        return services, [f for f in (*feed.findings, *findings) if f.code != "on_demand_rows"]

    return read_text


READ = Callable[..., tuple[FlexServices, list[Finding]]]


def told(findings: list[Finding]) -> list[str]:
    return [str(finding) for finding in findings]


def test_a_service_between_stops_and_a_zone(read: READ) -> None:
    services, findings = read(BASE + TWO, zone(stop_name="Land", stop_desc="ringsum", colour="red"))
    assert findings == []
    assert services == FlexServices(
        zones=(Zone("z", (POLYGON,), "Land", "ringsum", {"colour": "red"}),),
        groups=(StopGroup("g", "Dörfer", ("a", "b")),),
        rules=(BookingRule("hour", BookingType.SAME_DAY, min_notice_s=3600, phone_number="+49 385 0"),),
        trips=(
            FlexTrip(
                "t",
                "r",
                "daily",
                (
                    FlexCall(
                        1,
                        Place(PlaceKind.GROUP, "g"),
                        Window(21_600, 79_200),
                        pickup=Boarding.BOOKED,
                        drop_off=Boarding.NONE,
                        pickup_rule_id="hour",
                    ),
                    FlexCall(
                        2,
                        Place(PlaceKind.ZONE, "z"),
                        Window(21_600, 91_800),
                        pickup=Boarding.NONE,
                        drop_off=Boarding.BOOKED,
                        drop_off_rule_id="hour",
                    ),
                ),
                headsign="Dörfer",
                safe=RideTime(1.5, 600),
            ),
        ),
    )


def test_a_feed_of_lines_has_no_services(read: READ) -> None:
    text, _, _ = BASE.partition("# location_groups.txt")
    text += "# stop_times.txt\ntrip_id,stop_sequence,stop_id,arrival_time,departure_time\n"
    text += "t,1,a,6:00:00,6:00:00\nt,2,b,6:09:00,6:09:00\n"
    assert read(text) == (FlexServices(), [])


def test_a_line_to_be_booked_has_all_its_calls(read: READ) -> None:
    rows = CALLS + "t,1,a,,,07:00:00,07:00:00,,,2,2,hour,hour\nt,2,b,,,07:20:00,07:21:00,,,0,0,,\n"
    services, findings = read(BASE + rows)
    assert findings == []
    assert [(c.place.id, c.arrival_s, c.departure_s, c.pickup, c.pickup_rule_id) for c in services.trips[0].calls] == [
        ("a", 25_200, 25_200, Boarding.BOOKED, "hour"),
        ("b", 26_400, 26_460, Boarding.REGULAR, ""),
    ]


def test_windows_may_have_the_name_of_the_draft(read: READ) -> None:
    services, findings = read(BASE + TWO.replace("drop_off_window", "dropoff_window"), zone())
    assert findings == []
    assert [call.window for call in services.trips[0].calls] == [Window(21_600, 79_200), Window(21_600, 91_800)]


def test_zones_and_groups_may_stand_in_stop_id_as_in_the_draft(read: READ) -> None:
    services, findings = read(BASE + TWO.replace(",,g,,", ",g,,,").replace(",,,z,", ",z,,,"), zone())
    assert findings == []
    assert [call.place for call in services.trips[0].calls] == [Place(PlaceKind.GROUP, "g"), Place(PlaceKind.ZONE, "z")]


def test_groups_may_be_areas_as_in_the_draft(read: READ) -> None:
    areas = (
        "# location_groups.txt\n# location_group_stops.txt\n"
        "# areas.txt\narea_id,area_name\ng,Dörfer\nfares,Zone A\n"
        "# stop_areas.txt\narea_id,stop_id\ng,a\ng,z\nfares,b\n"
    )
    services, findings = read(BASE + TWO.replace(",,g,,", ",g,,,") + areas, zone())
    assert findings == []
    # Areas where nothing on demand calls are fare zones.
    assert services.groups == (StopGroup("g", "Dörfer", ("a",), ("z",)),)


def test_groups_may_name_their_members_as_in_an_early_draft(read: READ) -> None:
    groups = "# location_groups.txt\nlocation_group_id,location_group_name,location_id\ng,Dörfer,a\ng,Dörfer,z\n"
    services, findings = read(BASE + TWO + groups + "# location_group_stops.txt\n", zone())
    assert findings == []
    assert services.groups == (StopGroup("g", "Dörfer", ("a",), ("z",)),)


def test_durations_of_the_draft_stand_in_calls_and_count_minutes(read: READ) -> None:
    columns = ",mean_duration_factor,mean_duration_offset,safe_duration_factor,safe_duration_offset"
    rows = TWO.replace("drop_off_booking_rule_id\n", f"drop_off_booking_rule_id{columns}\n")
    rows = rows.replace("hour,\n", "hour,,1,5.0,1,12.5\n").replace(",,hour\n", ",,hour,1,5.0,1,12.5\n")
    services, findings = read(BASE.replace(",1.5,600", ",,") + rows, zone())
    assert findings == []
    assert (services.trips[0].mean, services.trips[0].safe) == (RideTime(1, 300), RideTime(1, 750))


def test_a_zone_may_have_several_polygons_and_holes(read: READ) -> None:
    hole = [[11.5, 53.1], [11.6, 53.1], [11.6, 53.2], [11.5, 53.1]]
    services, findings = read(BASE + TWO, zone("z", "MultiPolygon", [[RING, hole], [RING]]))
    assert findings == []
    assert [len(polygon) for polygon in services.zones[0].polygons] == [2, 1]


FAULTY_ZONES = {
    "a point": (
        zone("z", "Point", [11, 53]),
        "zone 'z' is neither a Polygon nor a MultiPolygon; the zone was left out.",
    ),
    "an open border": (zone("z", coordinates=[RING[:3]]), "a border of zone 'z' is open, too short or no list of"),
    "no number": (zone("z", coordinates=[[["x", 1]] * 4]), "a border of zone 'z' is open, too short or no list of"),
    "no coordinates": (zone("z", coordinates=7), "a border of zone 'z' is open, too short or no list of"),
    "metres": (zone("z", coordinates=[[[4_480_000, 5_900_000]] * 4]), "a border of zone 'z' is open, too short or no"),
    "a list as geometry": ({"type": "Feature", "id": "z", "geometry": [1], "properties": 7}, "zone 'z' is neither"),
    "an object as type": ({"type": "Feature", "id": "z", "geometry": {"type": {}}}, "zone 'z' is neither a Polygon"),
    "no geometry": ({"type": "Feature", "id": "z"}, "zone 'z' is neither a Polygon nor a MultiPolygon"),
    "no id": (zone(None), "a zone has no id; the zone was left out."),
    "no feature": ("z", "a zone has no id; the zone was left out."),
}


@pytest.mark.parametrize("name", FAULTY_ZONES)
def test_a_faulty_zone_is_left_out_and_told(read: READ, name: str) -> None:
    feature, message = FAULTY_ZONES[name]
    services, findings = read(BASE + TWO, feature)
    assert services.zones == ()
    assert message in told(findings)[0]
    # The call there goes with it; the one at the group stays.
    assert [call.place.id for call in services.trips[0].calls] == ["g"]


def test_a_number_as_id_of_a_zone_is_taken_as_text(read: READ) -> None:
    services, findings = read(BASE + TWO.replace(",z,", ",14,"), zone(14), zone("14"))
    assert services.trips[0].calls[1].place == Place(PlaceKind.ZONE, "14")
    assert told(findings) == [
        "locations.geojson, id: the id '14' is no text; its digits were taken as text.",
        "locations.geojson, id: zone '14' is there already; the zone was left out.",
    ]


FAULTY_CALLS = {
    "unknown zone": (("z,,,06", "y,,,06"), "line 3, location_id: 'y' is no usable stop, group or zone of the feed"),
    "two places": ((",,,z,", ",,g,z,"), "line 3, location_id: 'z' stands beside another place"),
    "no place": ((",,,z,", ",,,,"), "line 3, stop_id: the row names no place"),
    "half a window": (
        ("06:00:00,25:30:00", "06:00:00,"),
        "line 3, start_pickup_drop_off_window: a group or zone needs a window with a start and an end",
    ),
    "no window": (
        ("06:00:00,25:30:00", ","),
        "line 3, start_pickup_drop_off_window: a group or zone needs a window with a start and an end",
    ),
    "a window that ends first": (
        ("06:00:00,25:30:00", "06:00:00,05:30:00"),
        "line 3, start_pickup_drop_off_window: a window that starts at '06:00:00' does not end later",
    ),
    "no number": (
        ("t,2,", "t,x,"),
        "line 3, stop_sequence: 'x' is no whole number, 0 or more; it was taken as missing.",
    ),
    "a number twice": (("t,2,", "t,1,"), "line 3, stop_sequence: the trip has '1' already; the row was left out."),
    "unknown trip": (("t,2,", "u,2,"), "line 3, trip_id: trip 'u' is not in trips.txt; the row was left out."),
}


@pytest.mark.parametrize("name", FAULTY_CALLS)
def test_a_faulty_call_is_left_out_and_told(read: READ, name: str) -> None:
    (good, bad), message = FAULTY_CALLS[name]
    services, findings = read(BASE + TWO.replace(good, bad), zone())
    assert [call.place.id for call in services.trips[0].calls] == ["g"]
    assert any(text.startswith(f"stop_times.txt, {message}") for text in told(findings)), told(findings)


MENDED_CALLS = {
    "regular": (
        ("25:30:00,1,2", "25:30:00,1,0"),
        "line 3, drop_off_type: nobody boards or alights unbooked within a window; 2 (to be booked) was assumed.",
    ),
    "odd type": (
        ("25:30:00,1,2", "25:30:00,1,9"),
        "line 3, drop_off_type: '9' is none of 0, 1, 2, 3; 0 was assumed.",
    ),
    "a time beside the window": (
        ("z,,,06", "z,07:00:00,,06"),
        "line 3, arrival_time: '07:00:00' stands beside a window; it was left out.",
    ),
    "unknown rule": (
        (",,hour\n", ",,day\n"),
        "line 3, drop_off_booking_rule_id: 'day' is not in booking_rules.txt; the call was kept without the rule.",
    ),
}


@pytest.mark.parametrize("name", MENDED_CALLS)
def test_a_call_with_a_lesser_fault_is_kept(read: READ, name: str) -> None:
    (good, bad), message = MENDED_CALLS[name]
    services, findings = read(BASE + TWO.replace(good, bad), zone())
    call = services.trips[0].calls[1]
    assert (call.window, call.drop_off, call.arrival_s) == (Window(21_600, 91_800), Boarding.BOOKED, None)
    assert f"stop_times.txt, {message}" in told(findings)


FAULTY_TRIPS = {
    "unknown route": (("r,daily,t", "s,daily,t"), "route_id: route 's' is not in routes.txt"),
    "unknown service": (("r,daily,t", "r,never,t"), "service_id: service 'never' is in no calendar of the feed"),
}


@pytest.mark.parametrize("name", FAULTY_TRIPS)
def test_a_faulty_trip_is_left_out_and_told(read: READ, name: str) -> None:
    (good, bad), message = FAULTY_TRIPS[name]
    services, findings = read(BASE.replace(good, bad) + TWO, zone())
    assert services.trips == ()
    assert f"trips.txt, line 2, {message}; the on-demand trip was left out." in told(findings)


def test_a_trip_without_usable_calls_is_left_out(read: READ) -> None:
    services, findings = read(BASE + CALLS + "t,1,,,nowhere,,,06:00:00,07:00:00,2,2,,\n")
    assert services.trips == ()
    assert "trips.txt, line 2, trip_id: 't' has no usable call; the on-demand trip was left out." in told(findings)


@pytest.mark.parametrize("duration", ["x,600", "0,600", "1,-1", "nan,0"])
def test_an_odd_duration_is_left_out(read: READ, duration: str) -> None:
    services, findings = read(BASE.replace("1.5,600", duration) + TWO, zone())
    assert services.trips[0].safe is None
    assert [finding.code for finding in findings] == ["number_out_of_range"]


def test_members_of_groups_must_exist(read: READ) -> None:
    members = BASE.replace("g,a\ng,b\n", "g,a\ng,a\ng,x\nh,b\n")
    services, findings = read(members + TWO, zone())
    assert services.groups == (StopGroup("g", "Dörfer", ("a",)),)
    assert [(finding.line, finding.code) for finding in findings] == [
        (3, "duplicate_key"),
        (4, "foreign_key_violation"),
        (5, "foreign_key_violation"),
    ]


def test_what_has_no_meaning_here_is_kept_for_writing(write_feed: WRITE, tmp_path: Path) -> None:
    text = (
        (BASE + TWO).replace("trip_headsign,", "trip_headsign,vehicle_kind,").replace(",Dörfer,1.5", ",Dörfer,van,1.5")
    )
    folder = write_feed(text)
    (folder / "locations.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [zone(colour=7)]}))
    feed, _ = read_flex_feed(folder)
    (tmp_path / "again.zip").write_bytes(pack(write_flex_feed(feed)))
    again, _ = read_flex_feed(tmp_path / "again.zip")
    assert again.services == feed.services
    assert again.services.trips[0].other == {"vehicle_kind": "van"}
    assert again.services.zones[0].other == {"colour": 7}


def test_lines_beside_on_demand_services_are_written_again(write_feed: WRITE, tmp_path: Path) -> None:
    lines = "line,1,a,,,06:00:00,06:00:00,,,,,,\nline,2,b,,,06:09:00,06:09:00,,,,,,\n"
    text = (BASE + TWO + lines).replace("r,daily,t,", "r,daily,line,Brüelow,,\nr,daily,t,")
    feed, _ = read_flex_feed(write_feed(text.replace(",z,", ",,").replace(",2,,,,,,06", ",2,,g,,,,06")))
    (tmp_path / "again.zip").write_bytes(pack(write_flex_feed(feed)))
    again = read_feed(tmp_path / "again.zip")
    assert again.trips["trip_id"].to_list() == ["line"]
    assert again.calls["arrival_s"].to_list() == [21_600, 22_140]
    assert read_services(again)[0] == feed.services
    assert len(feed.services.trips[0].calls) == 2


def test_the_same_feed_gives_the_same_bytes(write_feed: WRITE) -> None:
    feed, _ = read_flex_feed(write_feed(BASE + TWO.replace("t,2,,,z", "t,2,,g,")))
    assert pack(write_flex_feed(feed)) == pack(write_flex_feed(feed))


def test_every_kind_of_fault_has_a_remedy() -> None:
    modules = (flex_calls, flex_cells, flex_groups, flex_rules, flex_trips, flex_zones)
    found = [value for module in modules for value in vars(module).values()]
    found += [part for value in found if isinstance(value, dict) for part in value.values()]
    codes = {fault.code for fault in found if isinstance(fault, Fault)}
    assert len(codes) > 20
    assert codes <= REMEDIES.keys()
