import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from routing import osm_delays, osm_speeds
from routing.osm_access import ROAD_CLASSES
from routing.osm_delays import DELAY_S, delay_at
from routing.osm_speeds import (
    CLASS_KMH,
    ClassSpeed,
    Driven,
    Period,
    SpeedTable,
    driven_kmh,
    durations_in,
    ferry_kmh,
    read_limit,
)
from routing.osm_values import read_duration, read_metres, read_tonnes
from tests.town import PLAIN_SPEEDS, Town


@pytest.mark.parametrize(
    ("text", "limit_kmh"),
    [
        ("50", 50),
        ("30 km/h", 30),
        ("30 mph", 48.28032),
        ("walk", 7),
        ("DE:urban", 50),
        ("DE:rural", 100),
        ("DE:zone30", 30),
        ("DE:zone:30", 30),
        ("DE:30", 30),
        ("DE:walk", 7),
        ("70; 50", 50),
        ("signals", None),
        ("sign", None),
        ("0", None),
        ("", None),
    ],
)
def test_a_limit_is_read_in_kilometres_per_hour(text: str, limit_kmh: float | None) -> None:
    assert read_limit(text) == (None if limit_kmh is None else pytest.approx(limit_kmh))


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"highway": "secondary", "maxspeed": "80"}, 0.85 * 80),
        ({"highway": "secondary", "maxspeed": "100"}, 85),
        ({"highway": "tertiary", "maxspeed": "100"}, 75),
        ({"highway": "tertiary"}, 55),
        ({"highway": "tertiary", "lit": "yes"}, 0.85 * 50),
        ({"highway": "tertiary", "sidewalk": "both"}, 0.85 * 50),
        ({"highway": "tertiary", "sidewalk": "no"}, 55),
        ({"highway": "tertiary", "maxspeed:type": "DE:rural"}, 75),
        ({"highway": "tertiary", "maxspeed": "signals", "source:maxspeed": "DE:urban"}, 0.85 * 50),
        ({"highway": "motorway", "maxspeed": "none"}, 100),
        ({"highway": "primary_link"}, 0.6 * 85),
        ({"highway": "residential", "surface": "sett", "maxspeed": "30"}, 0.85 * 30),
        ({"highway": "residential", "surface": "cobblestone", "maxspeed": "50"}, 30),
        ({"highway": "track", "tracktype": "grade2"}, 20),
        ({"highway": "track", "tracktype": "grade1"}, 30),
        ({"highway": "unclassified", "smoothness": "very_bad"}, 15),
        ({"highway": "living_street"}, 7),
    ],
)
def test_the_lowest_of_limit_class_and_surface_is_driven(tags: dict[str, str], kmh: float) -> None:
    assert driven_kmh(tags, ":forward").kmh == pytest.approx(kmh)


def test_a_limit_for_one_direction_holds_in_that_direction() -> None:
    tags = {"highway": "secondary", "maxspeed": "80", "maxspeed:backward": "60"}
    assert driven_kmh(tags, ":forward").kmh == pytest.approx(68)
    assert driven_kmh(tags, ":backward").kmh == pytest.approx(51)


@pytest.mark.parametrize(
    ("text", "metres"), [("2.8", 2.8), ("2,8 m", 2.8), ("9'6\"", 2.8956), ("9'", 2.7432), ("default", None)]
)
def test_a_height_is_read_in_metres(text: str, metres: float | None) -> None:
    assert read_metres(text) == (None if metres is None else pytest.approx(metres))


def test_a_weight_is_read_in_tonnes() -> None:
    assert read_tonnes("3.5") == pytest.approx(3.5)
    assert read_tonnes("7,5 t") == pytest.approx(7.5)
    assert read_tonnes("3500 kg") is None


def test_every_road_class_has_a_speed() -> None:
    assert {name.removesuffix("_link") for name in ROAD_CLASSES} == set(CLASS_KMH)


def test_the_documented_table_is_the_one_in_use() -> None:
    rows = re.findall(r"^(\w+) +(\d+) +(\d+) +(\d+)$", str(osm_speeds.__doc__), flags=re.MULTILINE)
    assert {name: ClassSpeed(*map(float, values)) for name, *values in rows} == CLASS_KMH


def test_the_documented_delays_are_those_in_use() -> None:
    rows = re.findall(r"^(\w+) +(\d+) +\w", str(osm_delays.__doc__), flags=re.MULTILINE)
    assert {name: float(seconds) for name, seconds in rows} == DELAY_S


def test_without_a_limit_the_speed_depends_on_what_is_built_up() -> None:
    assert driven_kmh({"highway": "tertiary"}, ":forward") == Driven(55, 65, 42.5)
    assert driven_kmh({"highway": "tertiary", "surface": "gravel"}, ":forward") == Driven(30, 30, 30)
    assert driven_kmh({"highway": "tertiary", "maxspeed": "70"}, ":forward") == pytest.approx(Driven(59.5, 59.5, 59.5))


def test_a_district_may_calibrate_everything() -> None:
    table = SpeedTable(
        driven_share=0.5,
        classes={**CLASS_KMH, "primary": ClassSpeed(44, 33, 22)},
        surfaces={"asphalt": 40},
        urban_kmh=60,
    )
    assert driven_kmh({"highway": "primary", "maxspeed": "100"}, ":forward", table).kmh == 44
    assert driven_kmh({"highway": "primary", "maxspeed": "DE:urban"}, ":forward", table).kmh == 30
    assert driven_kmh({"highway": "secondary", "surface": "asphalt"}, ":forward", table).kmh == 40


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"driven_share": 0.0}, "greater than 0"),
        ({"surfaces": {"mud": 0}}, "greater than 0"),
        ({"ferry_wait_s": -1.0}, "not be negative"),
        ({"classes": {"primary": ClassSpeed(1, 1, 1)}}, "keys of CLASS_KMH"),
        ({"delays_s": {}}, "keys of CLASS_KMH and DELAY_S"),
    ],
)
def test_a_table_is_valid_from_birth(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(SpeedTable(), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:20", 1200), ("20", 1200), ("1:05", 3900), ("00:20:30", 1230), ("PT1H5M", 3900), ("PT", None), ("0", None)],
)
def test_a_duration_is_read_in_seconds(text: str, seconds: float | None) -> None:
    assert read_duration(text) == seconds


def test_a_ferry_takes_its_duration_and_half_its_interval() -> None:
    # 10 min on board and 15 min of waiting: 500 m in 1,500 s
    assert ferry_kmh({"duration": "00:10", "interval": "00:30"}, 500) == pytest.approx(1.2)
    # at 10 km/h 180 s on board, and 600 s of waiting
    assert ferry_kmh({}, 500) == pytest.approx(500 / 780 * 3.6)


@pytest.mark.parametrize(
    ("tags", "seconds"),
    [
        ("highway=traffic_signals", 10),
        ("highway=crossing crossing=traffic_signals", 10),
        ("highway=traffic_signals traffic_signals:direction=forward", 5),
        ("highway=crossing crossing=zebra", 1),
        ("highway=crossing crossing=unmarked", 0),
        ("highway=stop", 3),
        ("highway=stop stop=all", 6),
        ("highway=give_way", 1.5),
        ("highway=mini_roundabout", 3),
        ("railway=level_crossing", 8),
        ("railway=level_crossing highway=traffic_signals", 10),
        ("traffic_calming=hump", 3),
        ("traffic_calming=island", 0),
        ("barrier=lift_gate bus=yes", 30),
        ("barrier=gate open=yes", 0),
        ("barrier=cattle_grid", 0),
        ("highway=street_lamp", 0),
    ],
)
def test_what_stands_on_the_road_costs_time(tags: str, seconds: float) -> None:
    assert delay_at(dict(word.split("=", 1) for word in tags.split()), DELAY_S) == seconds


def test_a_period_multiplies_durations_by_class_but_not_those_of_ferries(tmp_path: Path) -> None:
    town = Town()
    town.road("primary", name="Chaussee").east(1000)
    town.road("primary_link", (1000, 0)).east(1000)
    town.road("unclassified", (2000, 0)).east(1000)
    town.way((3000, 0), route="ferry", motor_vehicle="yes", duration="00:05").east(1000)
    graph, _ = town.import_roads(tmp_path)
    rush = Period("rush", frozenset({"weekday"}), 25_200, 28_800, factor=1.5, class_factors={"primary": 2.0})
    table = replace(PLAIN_SPEEDS, periods=(rush,))
    times = durations_in(graph, table, "rush") / graph.edge_duration_s
    expected = {"primary": 2.0, "primary_link": 2.0, "unclassified": 1.5, "ferry": 1.0}
    assert times == pytest.approx(np.array([expected[graph.highway(edge)] for edge in range(graph.edge_count)]))
    with pytest.raises(ValueError, match="there is no period 'night'; known are: rush"):
        durations_in(graph, table, "night")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "has a name"),
        ({"to_s": 0}, "begins before it ends"),
        ({"factor": 0.0}, "greater than 0"),
        ({"class_factors": {"lane": 1.0}}, "unknown names: lane"),
    ],
)
def test_a_period_is_valid_from_birth(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(Period("rush", frozenset(), 25_200, 28_800), **wrong)  # type: ignore[arg-type]
