import re

import pytest

from routing import osm_speeds
from routing.osm_access import ROAD_CLASSES
from routing.osm_speeds import CLASS_KMH, driven_kmh, read_limit, read_metres, read_tonnes


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
    assert driven_kmh(tags, ":forward") == pytest.approx(kmh)


def test_a_limit_for_one_direction_holds_in_that_direction() -> None:
    tags = {"highway": "secondary", "maxspeed": "80", "maxspeed:backward": "60"}
    assert driven_kmh(tags, ":forward") == pytest.approx(68)
    assert driven_kmh(tags, ":backward") == pytest.approx(51)


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
    rows = re.findall(r"^(\w+) +(\d+) +(\d+)$", str(osm_speeds.__doc__), flags=re.MULTILINE)
    assert {name: (float(known), float(unknown)) for name, known, unknown in rows} == CLASS_KMH
