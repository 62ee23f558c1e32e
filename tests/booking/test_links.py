"""Ways on foot between our stops and fixed stops, and what lies near a point."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.district_files import read_district
from booking.links import MAX_LINK_M, Links, walk_m, walk_s
from booking.model import StopId
from booking.sphere import EARTH_RADIUS_M, SpherePoints, distance_m
from gtfs.feed import read_feed
from gtfs.itinerary import FixedStopId
from gtfs.timetable import FixedStop, build_timetable
from tests.tiny_district import STATION_WALK_M, TOWNS, stop_id, write_tiny_district
from tests.tiny_roads import CENTRE_LAT, lon_east_of_altwiek


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Links:
    folder = write_tiny_district(tmp_path_factory.mktemp("links"))
    return Links(read_district(folder).stops, build_timetable([read_feed(folder / "timetable")]).stops)


def test_a_stop_is_linked_to_what_is_near_with_the_way_on_foot(links: Links) -> None:
    near = {link.fixed_stop_id: link for link in links.near(StopId(stop_id("Altwiek")))}
    assert set(near) == {"bus-altwiek", "station-altwiek"}
    assert near[FixedStopId("bus-altwiek")].walk_s == 0
    station = near[FixedStopId("station-altwiek")]
    assert station.distance_m == pytest.approx(STATION_WALK_M * 1.3, abs=1), "130 m on foot for 100 m straight"
    assert station.walk_s == pytest.approx(STATION_WALK_M * 1.3 / 1.2, abs=1)


def test_a_stop_that_names_its_fixed_stop_is_linked_to_it_and_one_without_lines_to_nothing(links: Links) -> None:
    assert [link.fixed_stop_id for link in links.near(StopId(stop_id("Lübzow")))] == ["station-luebzow"]
    assert links.near(StopId(stop_id("Cramnitz"))) == ()
    assert links.near(StopId(stop_id("Altwiek", "siedlung"))) == (), "500 m are more than a link may have"


def test_a_named_fixed_stop_is_linked_however_far_away_with_all_its_platforms(tmp_path: Path) -> None:
    stops = read_district(write_tiny_district(tmp_path)).stops
    luebzow = next(stop for stop in stops if stop.fixed_stop_id)
    lon = lon_east_of_altwiek(25_000 + 2 * MAX_LINK_M)
    station = FixedStop(FixedStopId("station-luebzow"), "Lübzow", lon, CENTRE_LAT)
    platform = FixedStop(FixedStopId("platform-1"), "Gleis 1", lon, CENTRE_LAT, station.id)
    found = Links(stops, [station, platform]).near(luebzow.id)
    assert [link.fixed_stop_id for link in found] == ["platform-1", "station-luebzow"]
    assert found[0].distance_m == pytest.approx(780, abs=1)


def test_our_stops_near_a_point_come_nearest_first_with_straight_distances(links: Links) -> None:
    near = links.stops_near(lon_east_of_altwiek(5100), CENTRE_LAT, 600)
    assert [(stop.id, far_m) for stop, far_m in near] == [("brueelow-markt", 100), ("brueelow-siedlung", 510)]
    assert links.stops_near(0.0, 0.0, 1000) == ()


def test_fixed_stops_near_a_point_are_found_within_the_distance_asked(links: Links) -> None:
    near = links.fixed_stops_near(lon_east_of_altwiek(60_000), CENTRE_LAT, 10)
    assert [(stop.name, far_m) for stop, far_m in near] == [("Fernstadt Hbf", 0)]


def test_a_district_without_timetable_has_no_links(tmp_path: Path) -> None:
    links = Links(read_district(write_tiny_district(tmp_path)).stops, [])
    assert all(links.near(StopId(stop_id(town))) == () for town in TOWNS)
    assert links.fixed_stops_near(11.0, CENTRE_LAT, 1000) == ()


def test_walking_is_rounded_up_so_that_nobody_is_told_too_little() -> None:
    assert (walk_m(0), walk_s(0)) == (0, 0)
    assert (walk_m(100), walk_s(100)) == (130, 109)


points = st.tuples(st.floats(9, 13), st.floats(52, 55))


def haversine_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    (lon_a, lat_a), (lon_b, lat_b) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    h = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(h))


@given(st.lists(points, max_size=20), points, st.floats(0, 300_000))
def test_points_within_a_distance_are_those_the_haversine_formula_finds(
    places: list[tuple[float, float]], centre: tuple[float, float], max_m: float
) -> None:
    found = SpherePoints([x for x, _ in places], [y for _, y in places]).within(*centre, max_m)
    assert [far_m for far_m, _ in found] == sorted(far_m for far_m, _ in found)
    indices = {i for _, i in found}
    for i, place in enumerate(places):
        far_m = haversine_m(centre, place)
        assert abs(far_m - max_m) < 0.01 or (far_m < max_m) == (i in indices)
    for far_m, i in found:
        assert far_m == pytest.approx(haversine_m(centre, places[i]), abs=0.01)


@given(points, points)
def test_the_distance_of_two_points_is_that_of_the_haversine_formula(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    assert distance_m(*a, *b) == pytest.approx(haversine_m(a, b), abs=0.01)
