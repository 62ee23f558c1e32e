"""Artefacts are built once, rebuilt where something changed, and never half there."""

import json
import os
import re
import shutil
import time
from datetime import date
from pathlib import Path

import pytest

from booking.artefact_sources import SourceError
from booking.artefact_store import read_manifest
from booking.artefacts import BuildReport, NotBuiltError, build_artefacts, is_up_to_date, list_outdated, open_artefacts
from booking.district import District
from booking.district_files import DistrictError, read_district
from booking.road_map import iter_graph_features
from gtfs.service_day import ServiceDay
from routing.model import LocationIndex
from routing.osm_features import MapFeature, NamedFeature
from tests.bayreuth import write_bayreuth_district
from tests.heidelberg import MAIN_STATION, write_heidelberg_district
from tests.tiny_district import distance_m, write_tiny_district

ALL = ["roads", "network", "times", "timetable", "map", "gazetteer"]


@pytest.fixture
def district(tmp_path: Path) -> District:
    return read_district(write_tiny_district(tmp_path / "tiny"))


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once")
    build(read_district(write_tiny_district(folder / "tiny")), folder / "artefacts")
    return folder / "artefacts"


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Path:
    """Artefacts of the district, built elsewhere and moved here: nothing in them depends on where they lie."""
    return Path(shutil.copytree(built_once, tmp_path / "artefacts"))


def build(district: District, folder: Path, *, is_forced: bool = False) -> BuildReport:
    return build_artefacts(district, folder, progress=lambda _text: None, is_forced=is_forced)


def rebuilt(report: BuildReport) -> list[str]:
    return [step.name for step in report.steps if step.was_built]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_travel_times_are_those_added_up_by_hand(district: District, built: Path) -> None:
    times = open_artefacts(district, built).times
    assert times.size == 12
    for origin in district.stops:
        for destination in district.stops:
            i, j = district.stop_index[origin.id], district.stop_index[destination.id]
            assert times.distance_m(i, j) == pytest.approx(distance_m(origin.id, destination.id), abs=2)


def test_every_artefact_is_there_and_fits_the_district(district: District, built: Path) -> None:
    artefacts = open_artefacts(district, built)
    assert (artefacts.timetable.first_on, artefacts.timetable.last_on) == (date(2020, 1, 1), date(2035, 12, 31))
    assert len(artefacts.timetable.day(ServiceDay(date(2026, 11, 24), district.zone)).trips) == 64
    assert artefacts.gazetteer.search("lübzow")[0].label == "Lübzow"
    assert artefacts.basemap_path.read_bytes().startswith(b"PMTiles")
    assert artefacts.links.near(district.stops[0].id)
    assert artefacts.roads().node_count >= 12
    assert artefacts.roads() is artefacts.roads()
    assert artefacts.network() is artefacts.network()


def test_a_build_tells_what_it_does_and_what_came_out(district: District, tmp_path: Path) -> None:
    told: list[str] = []
    report = build_artefacts(district, tmp_path / "a", progress=told.append)
    assert [text for text in told if text.startswith("Building")] == [f"Building {name}" for name in ALL]
    assert [step.name for step in report.steps] == ALL
    assert "shortcuts" in report.steps[1].summary
    assert "12 stops" in report.steps[2].summary
    assert "2020-01-01 to 2035-12-31" in report.steps[3].summary


def test_a_second_build_finds_nothing_to_do(district: District, built: Path) -> None:
    before = sorted(path.name for path in built.iterdir())
    began = time.perf_counter()
    assert is_up_to_date(district, built)
    assert time.perf_counter() - began < 0.25, "a few milliseconds; a wide margin for slow machines"
    assert rebuilt(build(district, built)) == []
    assert sorted(path.name for path in built.iterdir()) == before


def test_forced_everything_is_built_anew_and_the_old_is_cleared_away(district: District, built: Path) -> None:
    before = {path.name for path in built.iterdir()}
    assert rebuilt(build(district, built, is_forced=True)) == ALL
    after = {path.name for path in built.iterdir()}
    assert before & after == {"manifest.json"}
    assert len(after) == len(before)


def test_new_speeds_change_roads_and_times_and_taking_them_back_does_so_again(district: District, built: Path) -> None:
    speeds = district.folder / "speeds.toml"
    for text in ("driven_share = 0.7\n", "driven_share = 0.6\n"):
        before = open_artefacts(district, built).times.duration_s(LocationIndex(0), LocationIndex(2))
        speeds.write_text(text, encoding="utf-8")
        slower = read_district(district.folder)
        assert list_outdated(slower, built) == ("roads", "network", "times")
        assert rebuilt(build(slower, built)) == ["roads", "network", "times"]
        assert open_artefacts(slower, built).times.duration_s(LocationIndex(0), LocationIndex(2)) > before
    speeds.unlink()
    assert list_outdated(read_district(district.folder), built) == ("roads", "network", "times")


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("stops.csv", '"Altwiek, Markt"', '"Altwiek, Marktplatz"', ["gazetteer"]),
        ("stops.csv", "11.0754179,53.4000000", "11.0754100,53.4000000", ["times", "gazetteer"]),
        ("places.csv", ",350,", ",351,", ["gazetteer"]),
        ("timetable/trips.txt", "Fernstadt Hbf", "Fernstadt", ["timetable"]),
        ("roads.osm", 'v="100"', 'v="70"', ["roads", "network", "times", "map", "gazetteer"]),
        ("district.toml", "made up", "somebody else", ["map"]),
        ("district.toml", "Landkreis Reihendorf", "Kreis Reihendorf", []),
        ("rules.toml", "max_party = 8", "max_party = 7", []),
        ("shifts.csv", "09:00-11:00/30", "09:00-11:00/45", []),
    ],
)
def test_only_what_a_change_touches_is_built_again(
    district: District, built: Path, file: str, old: str, new: str, expected: list[str]
) -> None:
    edit(district.folder / file, old, new)
    changed = read_district(district.folder)
    assert list(list_outdated(changed, built)) == expected
    assert rebuilt(build(changed, built)) == expected
    assert is_up_to_date(changed, built)


def test_a_file_that_was_only_touched_is_not_a_change(district: District, built: Path) -> None:
    os.utime(district.folder / "roads.osm", (0, 0))
    assert is_up_to_date(district, built)


def test_what_is_not_built_names_the_command(district: District, tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError, match=re.escape(f"rufnetz district build {district.folder}")):
        open_artefacts(district, tmp_path / "nowhere")
    assert list(list_outdated(district, tmp_path / "nowhere")) == ALL


def test_artefacts_of_other_stops_are_not_opened_but_an_older_road_file_serves_on(
    district: District, built: Path
) -> None:
    edit(district.folder / "roads.osm", 'v="100"', 'v="70"')
    assert not is_up_to_date(district, built)
    assert open_artefacts(district, built).times.size == 12
    edit(district.folder / "stops.csv", "11.0754179,53.4000000", "11.0754100,53.4000000")
    with pytest.raises(NotBuiltError, match="other stops"):
        open_artefacts(read_district(district.folder), built)


def test_a_build_that_fails_leaves_the_last_one_in_use_and_what_was_finished_is_kept(
    district: District, built: Path
) -> None:
    before = read_manifest(built)
    edit(district.folder / "roads.osm", 'v="100"', 'v="70"')
    edit(district.folder / "timetable" / "stop_times.txt", "arrival_time", "arrival")
    with pytest.raises(SourceError, match="stop_times"):
        build(district, built)
    assert read_manifest(built) == before
    assert open_artefacts(district, built).times.size == 12
    assert not list(built.glob("unfinished-*"))
    edit(district.folder / "timetable" / "stop_times.txt", "arrival", "arrival_time")
    assert rebuilt(build(district, built)) == ["map", "gazetteer"], "roads and times were finished before the fault"


def test_a_manifest_that_cannot_be_read_is_as_if_nothing_was_built(district: District, built: Path) -> None:
    (built / "manifest.json").write_text('{"format": 1, "artef', encoding="utf-8")
    assert not is_up_to_date(district, built)
    assert rebuilt(build(district, built)) == [], "the artefacts themselves are found again"
    (built / "manifest.json").write_text('{"format": 99}', encoding="utf-8")
    assert read_manifest(built) is None


def test_an_artefact_somebody_deleted_is_built_again(district: District, built: Path) -> None:
    manifest = read_manifest(built)
    assert manifest is not None
    (built / manifest.entries["gazetteer"].folder / "gazetteer.sqlite").unlink()
    (built / manifest.entries["gazetteer"].folder / "about.json").unlink()
    (built / manifest.entries["gazetteer"].folder).rmdir()
    assert list_outdated(district, built) == ("gazetteer",)
    with pytest.raises(NotBuiltError):
        open_artefacts(district, built)
    assert rebuilt(build(district, built)) == ["gazetteer"]


def test_a_stop_far_from_every_road_is_told_with_line_distance_and_remedy(district: District, tmp_path: Path) -> None:
    edit(district.folder / "stops.csv", "11.0754179,53.4044966", "11.0754179,53.4089932")
    with pytest.raises(DistrictError) as caught:
        build(read_district(district.folder), tmp_path / "a")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("stops.csv", 5)
    assert '"Brüelow, Siedlung" (brueelow-siedlung) is 500 m from the nearest road' in problem.message
    assert "move it" in problem.remedy


def test_if_all_lons_and_lats_are_exchanged_the_build_says_so(district: District, tmp_path: Path) -> None:
    for name in ("stops.csv", "places.csv", "destinations.csv"):
        path = district.folder / name
        swapped = re.sub(r",(1[\d.]+),(53[\d.]+),", r",\2,\1,", path.read_text(encoding="utf-8"))
        path.write_text(swapped, encoding="utf-8")
    areas = json.loads((district.folder / "areas.geojson").read_text(encoding="utf-8"))
    for feature in areas["features"]:
        feature["geometry"]["coordinates"] = [[[y, x] for x, y in feature["geometry"]["coordinates"][0]]]
    (district.folder / "areas.geojson").write_text(json.dumps(areas), encoding="utf-8")
    with pytest.raises(DistrictError) as caught:
        build(read_district(district.folder), tmp_path / "a")
    assert len(caught.value.problems) == 12
    assert all("look exchanged" in problem.remedy for problem in caught.value.problems)


def test_a_fixed_stop_the_timetable_does_not_know_is_noted(district: District, tmp_path: Path) -> None:
    edit(district.folder / "stops.csv", "station-luebzow", "station-lubzow")
    report = build(read_district(district.folder), tmp_path / "a")
    assert any("stops.csv, line 12" in note and '"station-lubzow"' in note for note in report.notes)


def test_a_timetable_in_another_zone_is_an_error(district: District, tmp_path: Path) -> None:
    edit(district.folder / "timetable" / "agency.txt", "Europe/Berlin", "Europe/London")
    with pytest.raises(DistrictError, match="Europe/London"):
        build(district, tmp_path / "a")


def test_a_district_may_have_no_timetable(district: District, tmp_path: Path) -> None:
    edit(district.folder / "district.toml", '["timetable"]', "[]")
    bare = read_district(district.folder)
    build(bare, tmp_path / "a")
    artefacts = open_artefacts(bare, tmp_path / "a")
    assert artefacts.timetable.stops == ()
    assert artefacts.links.near(bare.stops[0].id) == ()


def test_a_road_graph_alone_gives_streets_and_a_map_too(district: District, built: Path) -> None:
    features = list(iter_graph_features(open_artefacts(district, built).roads()))
    shown = [feature for feature in features if isinstance(feature, MapFeature)]
    streets = [feature for feature in features if isinstance(feature, NamedFeature)]
    assert len(shown) == 11, "five stretches of the road and six side streets, each once"
    assert {feature.cls for feature in shown} == {"secondary", "residential"}
    assert {feature.name for feature in streets} == {"Landstraße", "Dorfstraße"}


@pytest.mark.shared_data
def test_a_district_with_real_roads_and_a_real_timetable_is_built(tmp_path: Path) -> None:
    district = read_district(write_heidelberg_district(tmp_path / "heidelberg"))
    build(district, tmp_path / "a")
    artefacts = open_artefacts(district, tmp_path / "a")
    hub = district.stop_by_id[next(s.id for s in district.stops if s.is_hub)]
    assert hub.id == MAIN_STATION
    assert len(artefacts.links.near(hub.id)) >= 6, "the platforms of the main station"
    villages = [s for s in district.stops if "villages" in district.areas_of_stop[s.id]]
    assert len(villages) >= 20
    index = district.stop_index
    far = [artefacts.times.duration_s(index[hub.id], index[stop.id]) for stop in villages]
    assert all(60 < seconds < 3600 for seconds in far)


@pytest.mark.shared_data
def test_a_district_of_real_countryside_without_timetable_is_built(tmp_path: Path) -> None:
    district = read_district(write_bayreuth_district(tmp_path / "bayreuth"))
    build(district, tmp_path / "a")
    artefacts = open_artefacts(district, tmp_path / "a")
    assert len(district.stops) >= 60
    assert artefacts.times.duration_s(LocationIndex(0), LocationIndex(1)) > 0
    assert artefacts.gazetteer.search("Neudrossenfeld")[0].label == "Neudrossenfeld"
