from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.graph import RoadGraph
from routing.matrix import as_network, legs_between, part_of_edge, travel_times_between, way_between
from routing.model import LocationIndex
from routing.travel_times import UNREACHABLE_S
from tests.town import Place, Town

# residential without tags: 25 km/h, 100 m in 14.4 s; unclassified: 40 km/h, 100 m in 9 s


def _times(graph: RoadGraph, town: Town, *places: Place) -> tuple[list[list[int]], list[list[int]]]:
    points = [town.lon_lat(*place) for place in places]
    times, _ = travel_times_between(graph, [lon for lon, _ in points], [lat for _, lat in points])
    return times.durations_s.tolist(), times.distances_m.tolist()


def test_stops_in_the_middle_of_a_village_road_share_it(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(1000)
    town.road("unclassified", (1000, 0)).east(1000)
    graph, _ = town.import_roads(tmp_path)
    durations_s, distances_m = _times(graph, town, (250, 5), (750, -5), (1500, 0))
    # 500 m in 72 s; 250 m of village and 500 m of road: 36 + 45 s; 750 + 500 m: 108 + 45 s
    assert durations_s == pytest.approx(np.array([[0, 72, 153], [72, 0, 81], [153, 81, 0]]), abs=1)
    assert distances_m == pytest.approx(np.array([[0, 500, 1250], [500, 0, 750], [1250, 750, 0]]), abs=1)


def test_back_along_a_one_way_street_goes_round_the_block(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", oneway="yes").east(1000).north(1000).west(1000).south(1000)
    town.road("unclassified").west(100)
    graph, _ = town.import_roads(tmp_path)
    durations_s, _ = _times(graph, town, (200, 0), (700, 0))
    # round the block, and on at the junction to the left
    assert durations_s == pytest.approx(np.array([[0, 45], [315 + 4, 0]]), abs=1)


def test_a_way_round_may_be_faster_than_along_the_same_road(tmp_path: Path) -> None:
    town = Town()
    town.road("service").north(1000).east(100).south(1000)  # 15 km/h: one long horseshoe of 2,100 m
    town.road("unclassified").east(100)
    graph, _ = town.import_roads(tmp_path)
    durations_s, distances_m = _times(graph, town, (0, 100), (100, 100))
    # 100 m at 15 km/h, 100 m at 40, 100 m at 15: 24 + 9 + 24 s, not 1,900 m at 15
    assert durations_s[0][1] == pytest.approx(57, abs=1)
    assert distances_m[0][1] == pytest.approx(300, abs=1)


def test_a_stop_far_from_the_road_is_reached_at_walking_pace(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified").east(1000)
    graph, _ = town.import_roads(tmp_path)
    durations_s, distances_m = _times(graph, town, (100, 30), (600, 130))
    # 500 m in 45 s; 100 m more than the free 30 m at 5 km/h: 72 s
    assert durations_s[0][1] == pytest.approx(117, abs=1)
    assert durations_s[1][0] == pytest.approx(117, abs=1)
    assert distances_m[0][1] == pytest.approx(600, abs=1)


def test_two_stops_at_the_same_junction_are_no_drive_apart(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(1000)
    town.road("residential", (1000, 0), name="Quergasse").north(500)
    graph, _ = town.import_roads(tmp_path)
    durations_s, distances_m = _times(graph, town, (1000, -4), (1004, 0), (1000, 250))
    assert durations_s[0][1] == durations_s[1][0] == 0
    assert distances_m[0][1] == 0
    assert durations_s[0][2] == pytest.approx(36, abs=1)


def test_on_a_loop_the_shorter_way_round_is_taken(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified").west(1000)
    town.road("unclassified", name="Wendeschleife").east(100).north(100).west(100).south(100)
    graph, _ = town.import_roads(tmp_path)
    durations_s, _ = _times(graph, town, (-500, 0), (50, 0), (0, 50))
    # straight on into the loop, or to the left
    assert durations_s[0] == pytest.approx([0, 49.5, 49.5 + 4], abs=1)
    assert durations_s[1][2] == pytest.approx(9 + 2, abs=1)


def test_without_a_way_the_duration_is_unreachable_and_the_map_jumps(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified").east(1000)
    graph, _ = town.import_roads(tmp_path)
    one_way = _only_eastwards(graph)
    durations_s, _ = _times(one_way, town, (200, 0), (700, 0))
    assert durations_s == [[0, 45], [UNREACHABLE_S, 0]]
    leg = legs_between(one_way, [town.lon_lat(700, 0), town.lon_lat(200, 0)])[0]
    assert (leg.duration_s, len(leg.points)) == (UNREACHABLE_S, 2)


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, RoadGraph]:
    """Blocks of 200 m with one-way streets, a loop, and classes of all speeds."""
    town = Town()
    classes = ("tertiary", "residential", "service", "unclassified", "living_street")
    for row in range(5):
        for column in range(5):
            start, kind = (200 * column, 200 * row), classes[(row + 2 * column) % 5]
            oneway = "yes" if (row, column) in {(1, 1), (2, 3), (3, 0)} else "no"
            town.road(kind, start, name=f"{row}. Straße", oneway=oneway).east(90).east(110)
            town.road(classes[(column + row) % 5], start, name=f"{column}. Allee").north(200)
    town.road("residential").west(100).to(-150, 50).to(-150, -50).to(-100, 0)
    return town, town.import_roads(tmp_path_factory.mktemp("quarter"))[0]


_PLACES = st.lists(
    st.tuples(st.integers(-200, 1000), st.integers(-100, 1000)).map(lambda place: (float(place[0]), float(place[1]))),
    min_size=2,
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(places=_PLACES)
def test_travel_times_agree_with_the_legs_and_with_times_of_single_pairs(
    quarter: tuple[Town, RoadGraph], places: list[Place]
) -> None:
    town, graph = quarter
    points = [town.lon_lat(*place) for place in places]
    times, snaps = travel_times_between(graph, [lon for lon, _ in points], [lat for _, lat in points])
    network = as_network(graph)
    for number, pair in enumerate(pairwise(points)):
        found = network.time_between(*pair)
        if pair[0] != pair[1]:
            assert found.duration_s == times.duration_s(LocationIndex(number), LocationIndex(number + 1))
    for number, leg in enumerate(legs_between(graph, points)):
        origin, destination = LocationIndex(number), LocationIndex(number + 1)
        assert leg.duration_s == times.duration_s(origin, destination)
        assert leg.distance_m == times.distance_m(origin, destination)
        for snap, point in ((snaps[number], leg.points[0]), (snaps[number + 1], leg.points[-1])):
            assert point == pytest.approx((snap.lon, snap.lat), abs=1e-6)


def test_the_way_of_a_run_follows_the_roads_without_gaps(quarter: tuple[Town, RoadGraph]) -> None:
    town, graph = quarter
    way = way_between(graph, [town.lon_lat(*place) for place in ((50, 5), (730, 410), (730, 410), (-120, 20))])
    metres = [_metres(town, point) for point in way]
    for (east_a, north_a), (east_b, north_b) in pairwise(metres):
        assert 0 < np.hypot(east_a - east_b, north_a - north_b) < 201
    # every point lies on a street of the grid, or on the loop west of it
    assert all(
        min(abs(east % 200), abs(north % 200), 200 - north % 200, 200 - east % 200) < 0.1
        for east, north in metres
        if east > 0
    )


def test_a_leg_names_its_streets_from_the_first_to_the_last(tmp_path: Path) -> None:
    town = Town()
    town.road("residential", name="Dorfstraße").east(500)
    town.road("secondary", (500, 0), ref="L 31").east(3000)
    town.road("residential", (3500, 0), name="Am Markt").north(300)
    graph, _ = town.import_roads(tmp_path)
    leg = legs_between(graph, [town.lon_lat(100, 0), town.lon_lat(3500, 200)])[0]
    assert leg.street_names == ("Dorfstraße", "L 31", "Am Markt")
    expected = [town.lon_lat(*place) for place in ((100, 0), (500, 0), (3500, 0), (3500, 200))]
    assert np.array(leg.points) == pytest.approx(np.array(expected), abs=2e-7)
    assert leg.distance_m == 3600


def test_a_leg_from_a_place_to_itself_stays_there(tmp_path: Path) -> None:
    town = Town()
    town.road("residential", name="Dorfstraße").east(500)
    graph, _ = town.import_roads(tmp_path)
    for east_m in (0, 200):
        leg = legs_between(graph, [town.lon_lat(east_m, 0)] * 2)[0]
        assert (leg.duration_s, leg.distance_m) == (0, 0)
        assert leg.points[0] == leg.points[-1]
        assert way_between(graph, [town.lon_lat(east_m, 0)] * 3) == list(leg.points)
        assert way_between(graph, [town.lon_lat(east_m, 0)]) == []


def test_a_millimetre_back_in_a_one_way_street_is_the_same_place(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", oneway="yes").east(1000).north(1000).west(1000).south(1000)
    graph, _ = town.import_roads(tmp_path)
    leg = legs_between(graph, [town.lon_lat(500.001, 0), town.lon_lat(500, 0)])[0]
    assert (leg.duration_s, leg.distance_m, len(leg.points)) == (0, 0, 2)


def test_a_part_of_an_edge_keeps_its_corners(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(100).north(100)
    graph, _ = town.import_roads(tmp_path)
    begin = 0.25 if graph.edge_points(0)[0] == pytest.approx(town.lon_lat(0, 0), abs=1e-7) else 0.0
    part = part_of_edge(graph, 0, begin, begin + 0.75)
    expected = [town.lon_lat(*place) for place in ((50, 0), (100, 0), (100, 100))]
    assert np.array(part if begin else part[::-1]) == pytest.approx(np.array(expected), abs=2e-7)


def test_every_pair_of_a_grid_is_reachable(quarter: tuple[Town, RoadGraph]) -> None:
    town, graph = quarter
    durations_s, _ = _times(graph, town, *product((0.0, 350.0, 800.0), (0.0, 350.0, 800.0)))
    assert np.max(durations_s) < 3600


def _only_eastwards(graph: RoadGraph) -> RoadGraph:
    edge = int(np.flatnonzero(graph.node_lon[graph.edge_from] < graph.node_lon[graph.edge_to])[0])
    points = np.array(graph.edge_points(edge))
    return RoadGraph(
        node_lon=graph.node_lon,
        node_lat=graph.node_lat,
        edge_from=graph.edge_from[[edge]],
        edge_to=graph.edge_to[[edge]],
        edge_length_m=graph.edge_length_m[[edge]],
        edge_duration_s=graph.edge_duration_s[[edge]],
        edge_way_id=graph.edge_way_id[[edge]],
        edge_name=graph.edge_name[[edge]],
        edge_class=graph.edge_class[[edge]],
        edge_twin=np.array([-1], np.int32),
        geometry_offset=np.array([0, len(points)]),
        geometry_lon=points[:, 0].copy(),
        geometry_lat=points[:, 1].copy(),
        names=graph.names,
        classes=graph.classes,
    )


def _metres(town: Town, point: tuple[float, float]) -> Place:
    north_m = np.radians(point[1] - town.lat) * 6_371_009
    return float(np.radians(point[0] - town.lon) * 6_371_009 * np.cos(np.radians(point[1]))), float(north_m)
