"""How long roads take: bends, villages, ferries, and what stands on the road; computed by hand in made-up towns."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.graph import RoadGraph
from routing.osm_curves import SLOWEST_KMH, TANGENT_M, bends
from routing.osm_delays import DELAY_S
from routing.osm_islands import Cause
from routing.osm_speeds import CLASS_KMH, DEFAULT_SPEEDS, ClassSpeed
from tests.driving import node_at, seconds
from tests.town import PLAIN_SPEEDS, Town

BENDY = replace(PLAIN_SPEEDS, lateral_m_s2=2.0)


def test_a_bend_is_driven_as_fast_as_riders_bear(tmp_path: Path) -> None:
    # A right angle between long lines: an arc with tangents of 30 m, so of radius 30 m: sqrt(2 * 30) m/s.
    town = Town()
    town.road("tertiary", maxspeed="100").east(1000).north(1000)
    graph, _ = town.import_roads(tmp_path, BENDY)
    bend_m_s = math.sqrt(2.0 * TANGENT_M)
    expected_s = 2 * (970 / (75 / 3.6) + 30 / bend_m_s)
    assert graph.edge_duration_s == pytest.approx([expected_s, expected_s], abs=0.05)
    straight, _ = town.import_roads(tmp_path)
    assert straight.edge_duration_s == pytest.approx([2000 / (75 / 3.6)] * 2, abs=0.05)


def test_an_arc_drawn_with_many_corners_is_driven_at_the_speed_of_its_radius() -> None:
    radius_m, scale = 60.0, 1 / 111_195.08  # degrees of a metre at the equator, where a plane will do
    angles = np.radians(np.arange(0, 91, 10))
    lon, lat = radius_m * np.cos(angles) * scale, radius_m * np.sin(angles) * scale
    kmh, tangent_m = bends(lon, lat, np.array([0, angles.size]), 2.0)
    assert np.isinf(kmh[[0, -1]]).all()
    # The arc runs within the corners, at the middle of the lines: its radius is that times cos(5 degrees).
    inscribed_m = radius_m * math.cos(math.radians(5))
    assert kmh[1:-1] == pytest.approx(np.full(8, 3.6 * math.sqrt(2 * inscribed_m)), rel=1e-3)
    assert tangent_m[1:-1] == pytest.approx(np.full(8, radius_m * math.sin(math.radians(5))), rel=1e-3)


@given(
    corners=st.lists(
        st.tuples(st.floats(-0.01, 0.01, allow_subnormal=False), st.floats(-0.01, 0.01, allow_subnormal=False)),
        min_size=2,
        max_size=8,
    )
)
def test_every_line_has_speeds_that_are_possible(corners: list[tuple[float, float]]) -> None:
    lon, lat = np.array(corners).T
    kmh, tangent_m = bends(lon, lat, np.array([0, lon.size]), 2.0)
    assert (kmh >= SLOWEST_KMH).all()
    assert (tangent_m >= 0).all()
    assert (tangent_m <= TANGENT_M).all()


def test_points_drawn_twice_bend_nothing(tmp_path: Path) -> None:
    lon, lat = np.array([0.0, 0.001, 0.001, 0.002]), np.zeros(4)
    kmh, _ = bends(lon, lat, np.array([0, 4]), 2.0)
    assert np.isinf(kmh).all()
    town = Town()
    town.road("unclassified").to(100, 0).to(100.001, 0).to(200, 0)
    graph, _ = town.import_roads(tmp_path, BENDY)
    assert graph.edge_duration_s == pytest.approx([18, 18], abs=0.01)


def test_an_untagged_road_is_slower_in_a_village_and_faster_outside(tmp_path: Path) -> None:
    # A secondary road from 0 to 3,000 m with points every 100 m; a residential street leaves it at 1,000 m.
    town = Town()
    road = town.road("secondary", name="Chaussee")
    for _ in range(30):
        road.east(100)
    town.road("residential", (1000, 0), name="Dorfstraße").north(300)
    table = replace(PLAIN_SPEEDS, classes={**CLASS_KMH, "secondary": ClassSpeed(90, 60, 72)})
    graph, _ = town.import_roads(tmp_path, table)
    # Built up from 900 m to 1,100 m, at 85 % of 50 km/h; elsewhere 72 km/h = 20 m/s.
    village_s = 200 / (42.5 / 3.6)
    assert seconds(graph, town, (0, 0), (3000, 0)) == pytest.approx(2800 / 20 + village_s, abs=0.05)
    # Nodes stand at both borders, so that half of an edge takes half of its time.
    assert seconds(graph, town, (900, 0), (1100, 0)) == pytest.approx(village_s, abs=0.02)
    assert seconds(graph, town, (1100, 0), (3000, 0)) == pytest.approx(1900 / 20, abs=0.02)


def test_without_any_dwelling_nothing_is_known_about_villages(tmp_path: Path) -> None:
    town = Town()
    town.road("secondary").east(1000)
    graph, _ = town.import_roads(tmp_path, DEFAULT_SPEEDS)
    assert graph.edge_duration_s == pytest.approx([1000 / (65 / 3.6)] * 2, abs=0.01)


def test_a_tagged_limit_holds_in_a_village_and_outside(tmp_path: Path) -> None:
    town = Town()
    town.road("secondary", maxspeed="80").east(500).east(500)
    town.road("residential", (500, 0)).north(300)
    graph, _ = town.import_roads(tmp_path, DEFAULT_SPEEDS)
    assert seconds(graph, town, (0, 0), (1000, 0)) == pytest.approx(1000 / (68 / 3.6), abs=0.01)


def test_a_ferry_takes_its_duration_and_its_waiting(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", name="Westufer").east(1000)
    ferry = town.way((1000, 0), route="ferry", motor_vehicle="yes", name="Fähre Pevestorf", duration="00:05")
    ferry.tags["interval"] = "00:20"
    ferry.east(400)
    town.road("unclassified", (1400, 0), name="Ostufer").east(1000)
    graph, report = town.import_roads(tmp_path)
    assert seconds(graph, town, (0, 0), (2400, 0)) == pytest.approx(90 + 300 + 600 + 90, abs=0.05)
    assert report.ferries == ("Fähre Pevestorf",)
    assert "1 ferry: Fähre Pevestorf." in report.lines()
    assert "ferry" in {graph.highway(edge) for edge in range(graph.edge_count)}


def test_a_ferry_for_people_on_foot_joins_nothing(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", name="Westufer").east(1000)
    town.way((1000, 0), route="ferry", foot="yes", bicycle="yes").east(400)
    town.road("unclassified", (1400, 0), name="Ostufer").east(900)
    graph, report = town.import_roads(tmp_path)
    assert graph.street_length_m() == pytest.approx(1000, abs=0.1)
    assert report.ferries == ()
    assert "Left out: 1 way (ferries that are not said to take vehicles)." in report.lines()
    (island,) = report.largest_islands
    assert (island.street, island.cause) == ("Ostufer", Cause.APART)


def test_signals_cost_time_where_they_are_passed(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", name="Chaussee").east(1000).east(1000)
    town.node(1000, 0, highway="traffic_signals")
    graph, report = town.import_roads(tmp_path)
    assert _delay(graph, town, 1000, 0) == DELAY_S["signals"]
    assert seconds(graph, town, (0, 0), (2000, 0)) == pytest.approx(190, abs=0.05)
    assert seconds(graph, town, (0, 0), (1000, 0)) == pytest.approx(90, abs=0.05)
    assert report.delayed_nodes == 1


def test_a_gate_that_we_may_open_costs_the_opening(tmp_path: Path) -> None:
    town = Town()
    town.road("service", name="Hof").east(300).east(300)
    town.node(300, 0, barrier="gate", bus="yes")
    graph, report = town.import_roads(tmp_path)
    assert seconds(graph, town, (0, 0), (600, 0)) == pytest.approx(144 + 30, abs=0.05)
    assert report.blocking_nodes == 0


def test_priority_to_the_right_costs_time_where_lesser_streets_meet(tmp_path: Path) -> None:
    table = replace(PLAIN_SPEEDS, delays_s=DELAY_S)
    town = Town()
    town.road("residential", name="A").east(100).east(100).east(100)
    town.road("residential", (100, 0), name="B").north(100)
    town.road("service", (200, 0), name="Einfahrt").north(100)
    town.road("tertiary", (300, 0), name="Chaussee").north(100)
    town.road("tertiary", (300, 0), name="Chaussee").south(100)
    graph, _ = town.import_roads(tmp_path, table)
    delays_s = [_delay(graph, town, *place) for place in ((100, 0), (200, 0), (300, 0), (0, 0))]
    assert delays_s == [2, 0, 0, 0]


def test_islands_are_named_by_street_and_place_and_say_why(tmp_path: Path) -> None:
    town = Town()
    town.road("residential", name="Hauptstraße").east(500).east(1000).east(500)
    town.road("residential", (0, 1000), name="Insel").east(300)
    town.road("residential", (300, 1000), name="Strand").east(100)
    town.road("residential", (500, 0), name="Hinein", oneway="yes").south(200)
    town.road("residential", (1500, -100), oneway="yes").to(1500, 0)
    town.road("residential", (2000, 0), name="").east(5)
    for i in range(12):
        town.road("residential", (i * 100, 5000), name=f"Klein {i}").north(10 + i)
    town.node(100, 1100, place="village", name="Fischdorf")
    town.node(0, 80_000, place="village", name="Fernab")
    _, report = town.import_roads(tmp_path)
    described = [
        (island.street, island.place, round(island.length_m), island.cause) for island in report.largest_islands
    ]
    assert described[:4] == [
        ("Insel", "Fischdorf", 400, Cause.APART),
        ("Hinein", "Fischdorf", 200, Cause.NO_WAY_BACK),
        ("", "Fischdorf", 100, Cause.NO_WAY_THERE),
        ("Klein 11", "Fischdorf", 21, Cause.APART),
    ]
    assert (report.islands, len(report.largest_islands)) == (15, 10)
    lines = report.lines()
    assert lines[2].startswith("Left out: Insel near Fischdorf, 400 m (lon 11.4")
    assert lines[2].endswith("): no road leads there.")
    assert "Left out: unnamed roads near Fischdorf, 100 m" in lines[4]
    assert "Left out: 5 shorter parts." in lines


def _delay(graph: RoadGraph, town: Town, east_m: float, north_m: float) -> float:
    return float(graph.node_delay_s[node_at(graph, *town.lon_lat(east_m, north_m))])
