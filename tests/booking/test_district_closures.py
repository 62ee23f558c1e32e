"""``closures.toml``: read with its mistakes told by line, and honoured by the build on the days it names."""

import json
from datetime import date
from pathlib import Path

import pytest

from booking.artefacts import build_artefacts, list_outdated, open_artefacts
from booking.district_closures import read_closures
from booking.district_files import DistrictError, read_district
from booking.district_problems import Problems
from tests.tiny_district import write_tiny_district

SQUARE = {"type": "Polygon", "coordinates": [[[11.0, 53.0], [11.1, 53.0], [11.1, 53.1], [11.0, 53.0]]]}
WAYS = """\
[[closure]]
reason = "Brücke"
from = 2026-04-07
to = 2026-04-09
ways = [1]
"""


def problems_of(folder: Path, text: str) -> list[str]:
    (folder / "closures.toml").write_text(text, encoding="utf-8")
    problems = Problems()
    assert read_closures(folder / "closures.toml", problems) == ()
    with pytest.raises(DistrictError) as told:
        problems.raise_if_any()
    return [str(problem) for problem in told.value.problems]


def test_no_file_is_no_closure(tmp_path: Path) -> None:
    assert read_closures(tmp_path / "closures.toml", Problems()) == ()


def test_ways_and_areas_are_read(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {}, "geometry": SQUARE}
    (tmp_path / "fest.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    text = WAYS + '[[closure]]\nreason = "Fest"\nfrom = 2026-08-14\nto = 2026-08-16\narea = "fest.geojson"\n'
    (tmp_path / "closures.toml").write_text(text, encoding="utf-8")
    bridge, fest = read_closures(tmp_path / "closures.toml", Problems())
    assert (bridge.reason, bridge.way_ids, bridge.area) == ("Brücke", frozenset({1}), None)
    assert [bridge.is_in_force(date(2026, 4, day)) for day in (6, 7, 9, 10)] == [False, True, True, False]
    assert fest.area is not None
    assert fest.area.bounds == (11.0, 53.0, 11.1, 53.1)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ways = [1]", "", "line 1: the closure names no roads"),
        ("ways = [1]", 'ways = ["1"]', 'line 5: "ways" holds something that is not a whole number'),
        ("ways = [1]", 'area = "none.geojson"', "line 5: none.geojson cannot be read"),
        ("ways = [1]", 'area = "broken.geojson"', "line 5: broken.geojson is not GeoJSON"),
        ("ways = [1]", 'area = "line.geojson"', "line 5: line.geojson holds something else than polygons"),
        ("ways = [1]", 'area = "bow.geojson"', "line 5: in bow.geojson a border crosses itself"),
        ("to = 2026-04-09", "to = 2026-04-01", "line 4: the closure ends on 2026-04-01, before"),
        ("reason", "raeson", 'write "reason"'),
        ("from = 2026-04-07", 'from = "7 April"', "must be a date"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    (tmp_path / "broken.geojson").write_text("{")
    line = {"type": "LineString", "coordinates": [[11, 53], [12, 53]]}
    (tmp_path / "line.geojson").write_text(json.dumps(line))
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    (tmp_path / "bow.geojson").write_text(json.dumps(bow))
    assert expected in problems_of(tmp_path, WAYS.replace(old, new))[0]


def test_a_build_honours_the_closures_of_its_day(tmp_path: Path) -> None:
    folder, kept_in = write_tiny_district(tmp_path / "tiny"), tmp_path / "artefacts"
    before, within, after = date(2026, 4, 6), date(2026, 4, 7), date(2026, 4, 10)
    build_artefacts(read_district(folder), kept_in, progress=lambda _text: None, on=before)
    (folder / "field.geojson").write_text(json.dumps(SQUARE))
    text = WAYS.replace("ways = [1]", 'ways = [99]\narea = "field.geojson"')
    (folder / "closures.toml").write_text(text, encoding="utf-8")
    district = read_district(folder)
    assert list_outdated(district, kept_in, on=before) == ()
    assert list_outdated(district, kept_in, on=within) == ("network", "times")
    report = build_artefacts(district, kept_in, progress=lambda _text: None, on=within)
    assert any("no road goes by way 99" in note for note in report.notes)
    assert [step.name for step in report.steps if step.was_built] == ["network", "times"]
    assert list_outdated(district, kept_in, on=within) == ()
    assert list_outdated(district, kept_in, on=after) == ("network", "times")
    assert not open_artefacts(district, kept_in).network().closed.any()


def test_stops_that_a_closure_cuts_off_are_told(tmp_path: Path) -> None:
    folder = write_tiny_district(tmp_path / "tiny")
    (folder / "closures.toml").write_text(WAYS, encoding="utf-8")
    with pytest.raises(DistrictError, match="stop "):
        build_artefacts(read_district(folder), tmp_path / "artefacts", progress=lambda _text: None, on=date(2026, 4, 8))
