"""The sample district as it lies in the repository: regenerated to the same bytes, roads that lead everywhere."""

import filecmp
from pathlib import Path

import pytest

from booking.district_files import read_district
from districts.make_lup_sample.generate import generate
from routing.graph import RoadGraph
from routing.osm import import_roads
from routing.osm_features import NamedFeature, NamedKind, iter_features
from routing.osm_report import ImportReport
from routing.snapping import Snapper

COMMITTED = Path(__file__).parents[2] / "districts" / "lup-sample"


@pytest.fixture(scope="module")
def imported() -> tuple[RoadGraph, ImportReport]:
    return import_roads(COMMITTED / "roads.osm.pbf")


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_generator_writes_what_is_committed_to_the_byte(tmp_path: Path) -> None:
    generate(tmp_path)
    names = files_of(COMMITTED)
    assert files_of(tmp_path) == names
    same, different, broken = filecmp.cmpfiles(tmp_path, COMMITTED, names, shallow=False)
    assert (different, broken) == ([], [])
    assert len(same) == len(names)


def test_the_district_is_small_and_in_order() -> None:
    assert sum(path.stat().st_size for path in COMMITTED.rglob("*") if path.is_file()) < 5_000_000
    district = read_district(COMMITTED)
    assert district.is_sample
    assert len(district.vehicles) == 42
    assert len(district.areas) == 44
    assert len(district.stops) >= 300
    assert len({vehicle.layouts for vehicle in district.vehicles}) >= 3
    assert len({vehicle.owner for vehicle in district.vehicles}) >= 3


def test_every_stop_lies_on_a_road_that_may_be_driven(imported: tuple[RoadGraph, ImportReport]) -> None:
    district = read_district(COMMITTED)
    snaps = Snapper(imported[0]).snap_all([s.lon for s in district.stops], [s.lat for s in district.stops])
    assert max(snap.distance_m for snap in snaps) <= 20


def test_nearly_all_streets_hang_together(imported: tuple[RoadGraph, ImportReport]) -> None:
    graph, report = imported
    assert report.island_length_m < 0.03 * report.length_m
    assert graph.street_length_m() > 1_500_000
    assert report.turn_restrictions >= 10


def test_there_are_towns_streets_houses_and_destinations_to_be_found() -> None:
    features = [f for f in iter_features(COMMITTED / "roads.osm.pbf") if isinstance(f, NamedFeature)]
    kinds = {kind: sum(f.kind is kind for f in features) for kind in NamedKind}
    assert all(count > 100 for count in kinds.values()), kinds
