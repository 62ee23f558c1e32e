import bz2
import gzip
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
import pytest

from routing.graph import RoadGraph
from routing.osm import OsmError, import_roads
from routing.osm_islands import Cause
from tests.driving import seconds
from tests.town import Place, Town

# Untagged roads are driven at 40 (unclassified), 25 (residential), 15 (service) km/h:
# a kilometre takes 90, 144 or 240 s.


def test_a_straight_road_takes_its_length_at_the_speed_of_its_class(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", name="Lange Straße").east(600).east(400)
    graph, report = town.import_roads(tmp_path)
    assert (graph.node_count, graph.edge_count) == (2, 2)
    assert graph.edge_length_m == pytest.approx([1000, 1000], abs=0.02)
    assert graph.edge_duration_s == pytest.approx([90, 90], abs=0.002)
    assert graph.edge_twin.tolist() == [1, 0]
    assert (graph.edge_street(0), graph.highway(0)) == ("Lange Straße", "unclassified")
    assert report.lines() == ("1.0 km of streets from 1 way: 2 junctions and ends, 2 directed edges.",)


def test_ways_of_the_same_kind_become_one_edge_with_all_their_points(tmp_path: Path) -> None:
    town = Town()
    town.road("residential", name="Ring").east(100)
    town.road("residential", (200, 50), name="Ring").to(100, 50).to(100, 0)
    graph, _ = town.import_roads(tmp_path)
    assert graph.edge_count == 2
    expected = [town.lon_lat(*place) for place in ((0, 0), (100, 0), (100, 50), (200, 50))]
    there = graph.edge_points(0)
    assert np.array(there) == pytest.approx(np.array(expected if there[0][1] < there[-1][1] else expected[::-1]))
    assert graph.edge_points(1) == there[::-1]
    assert graph.edge_length_m == pytest.approx([250, 250], abs=0.03)


@pytest.mark.parametrize("other", [{"name": "Gasse"}, {"name": "Ring", "maxspeed": "20"}])
def test_where_name_or_speed_changes_there_is_a_node(tmp_path: Path, other: dict[str, str]) -> None:
    town = Town()
    town.road("residential", name="Ring").east(100)
    town.road("residential", (100, 0), **other).east(100)
    graph, _ = town.import_roads(tmp_path)
    assert (graph.node_count, graph.edge_count) == (3, 4)


def test_speeds_per_direction_survive_joining_ways_drawn_in_opposite_directions(tmp_path: Path) -> None:
    town = Town()
    town.road("tertiary", **{"maxspeed:forward": "60", "maxspeed:backward": "40"}).east(1000)
    town.road("tertiary", (2000, 0), **{"maxspeed:forward": "40", "maxspeed:backward": "60"}).west(1000)
    graph, _ = town.import_roads(tmp_path)
    assert graph.edge_count == 2
    # 60 km/h eastwards, 40 westwards, 85 % of it driven: 2 km in 141.2 and 211.8 s
    assert _seconds(graph, town, (0, 0), (2000, 0)) == 142
    assert _seconds(graph, town, (2000, 0), (0, 0)) == 212


def test_a_one_way_street_makes_the_way_back_longer(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", oneway="yes").east(1000)
    town.road("unclassified", (1000, 0)).north(1000).west(1000).south(1000)
    graph, _ = town.import_roads(tmp_path)
    assert _seconds(graph, town, (0, 0), (1000, 0)) == 90
    assert _seconds(graph, town, (1000, 0), (0, 0)) == 270


def test_a_roundabout_is_driven_one_way_round(tmp_path: Path) -> None:
    town = Town()
    ring = town.road("unclassified", junction="roundabout")
    ring.east(100).north(100).west(100).south(100)
    for start, end in (((0, 0), (-100, 0)), ((100, 0), (200, 0))):
        town.road("unclassified", start).to(*end)
    graph, _ = town.import_roads(tmp_path)
    assert _seconds(graph, town, (-100, 0), (200, 0)) == 27  # 100 + 100 + 100 m
    assert _seconds(graph, town, (200, 0), (-100, 0)) == 45  # 100 + 300 + 100 m


def test_a_bollard_ends_the_road_on_both_sides(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(500).east(500)
    town.road("unclassified").south(1000).east(1000).north(1000)
    free, _ = town.import_roads(tmp_path)
    assert _seconds(free, town, (0, 0), (1000, 0)) == 144
    town.node(500, 0, barrier="bollard")
    cut, report = town.import_roads(tmp_path)
    assert _seconds(cut, town, (0, 0), (1000, 0)) == 270
    assert report.blocking_nodes == 1
    assert "Roads end at 1 barrier." in report.lines()
    assert cut.street_length_m() == pytest.approx(4000, abs=0.1)


def test_a_bollard_in_a_junction_parts_all_roads(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(500)
    town.road("residential", (500, 0)).east(300)
    town.node(500, 0, barrier="block")
    graph, report = town.import_roads(tmp_path)
    assert graph.street_length_m() == pytest.approx(500, abs=0.1)
    assert (report.blocking_nodes, report.islands) == (1, 1)
    assert report.island_length_m == pytest.approx(300, abs=0.1)


def test_what_cannot_be_reached_and_left_is_left_out_and_reported(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(500).east(500)
    town.road("residential", (0, 500)).east(300)
    town.road("residential", (500, 0), oneway="yes").north(100)
    graph, report = town.import_roads(tmp_path)
    assert graph.street_length_m() == pytest.approx(1000, abs=0.1)
    assert graph.node_count == 2  # where the one-way street leaves, nothing is left to meet
    assert report.islands == 2
    assert report.island_length_m == pytest.approx(400, abs=0.1)
    assert "Left out: 0.4 km in 2 parts" in report.lines()[1]
    assert [island.cause for island in report.largest_islands] == [Cause.APART, Cause.NO_WAY_BACK]


def test_ways_left_out_are_counted_by_reason(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(100)
    town.road("footway").north(100)
    town.road("footway").south(100)
    town.road("residential", access="private").west(100)
    _, report = town.import_roads(tmp_path)
    assert sorted(report.dropped.values()) == [1, 2]
    assert "Left out: 2 ways (foot, cycle and other ways without motor traffic)." in report.lines()
    assert "Left out: 1 way (closed to us by access tags)." in report.lines()


def test_a_road_ends_where_its_points_are_not_in_the_file(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(100).east(100).east(100).east(100)
    path = tmp_path / "cut.osm"
    path.write_text(town.osm(without=((300, 0),)), encoding="utf-8")
    graph, report = import_roads(path)
    assert graph.street_length_m() == pytest.approx(200, abs=0.1)
    assert report.missing_nodes == 1


def test_a_loop_at_the_end_of_a_street_is_kept(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(100).to(150, 50).to(200, 0).to(150, -50).to(100, 0)
    graph, _ = town.import_roads(tmp_path)
    assert (graph.node_count, graph.edge_count) == (2, 4)
    assert np.count_nonzero(graph.edge_from == graph.edge_to) == 2


def test_a_ring_without_any_junction_is_one_street(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(100).north(100)
    town.road("residential", (100, 100)).west(100).south(100)
    graph, _ = town.import_roads(tmp_path)
    assert (graph.node_count, graph.edge_count) == (1, 2)
    assert graph.edge_length_m == pytest.approx([400, 400], abs=0.05)


def test_a_bus_lane_against_a_one_way_street_is_used_and_destination_traffic_is_slow(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", oneway="yes", **{"oneway:psv": "no"}).east(1000)
    town.road("unclassified", (1000, 0), motor_vehicle="destination").east(1000)
    graph, _ = town.import_roads(tmp_path)
    assert _seconds(graph, town, (1000, 0), (0, 0)) == 90
    assert _seconds(graph, town, (1000, 0), (2000, 0)) == 180


def _write_gz(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()))


def _write_bz2(path: Path, text: str) -> None:
    path.write_bytes(bz2.compress(text.encode()))


def _write_pbf(path: Path, text: str) -> None:
    source = path.with_name("source.osm")
    source.write_text(text, encoding="utf-8")
    with osmium.SimpleWriter(str(path)) as writer:
        for item in osmium.FileProcessor(str(source)):
            writer.add(item)


@pytest.mark.parametrize(
    ("name", "write"), [("a.osm.gz", _write_gz), ("a.osm.bz2", _write_bz2), ("a.osm.pbf", _write_pbf)]
)
def test_every_format_gives_the_same_roads(tmp_path: Path, name: str, write: Callable[[Path, str], None]) -> None:
    town = Town()
    town.road("residential", name="Straße").east(100).north(50).east(300)
    town.road("service", (100, 50)).north(200)
    expected, report = town.import_roads(tmp_path)
    write(tmp_path / name, town.osm())
    found, found_report = import_roads(tmp_path / name)
    assert found_report == report
    assert found.edge_length_m.tolist() == expected.edge_length_m.tolist()
    assert found.names == expected.names


def test_a_missing_file_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(OsmError, match=r"nowhere\.osm\.pbf does not exist\. Give the path"):
        import_roads(tmp_path / "nowhere.osm.pbf")


def test_a_folder_is_no_extract(tmp_path: Path) -> None:
    with pytest.raises(OsmError, match="is a folder"):
        import_roads(tmp_path)


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "roads.shp"
    path.write_text("x")
    with pytest.raises(OsmError, match=r"OpenStreetMap files end in \.osm\.pbf"):
        import_roads(path)


@pytest.mark.parametrize("name", ["a.osm", "a.osm.pbf", "a.osm.gz"])
def test_an_empty_file_is_called_empty(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(OsmError, match="is empty"):
        import_roads(tmp_path / name)


@pytest.mark.parametrize("name", ["a.osm", "a.osm.pbf", "a.osm.gz", "a.osm.bz2"])
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("<html><body>Please log in</body></html>")
    with pytest.raises(OsmError, match="no OpenStreetMap file"):
        import_roads(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "write"), [("a.osm.gz", _write_gz), ("a.osm.bz2", _write_bz2), ("a.osm.pbf", _write_pbf)]
)
def test_a_file_cut_off_is_refused(tmp_path: Path, name: str, write: Callable[[Path, str], None]) -> None:
    town = Town()
    for i in range(50):
        town.road("residential", (0, 10 * i), name=f"Straße {i * i}").east(100 + i).north(10)
    write(tmp_path / name, town.osm())
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(OsmError, match="cut off"):
        import_roads(tmp_path / name)


@pytest.mark.parametrize("damage", [('lat="53', 'lat="5x'), ('id="2"', 'id="two"'), ('version="0.6"', 'version="0.5"')])
def test_damage_inside_a_file_is_said(tmp_path: Path, damage: tuple[str, str]) -> None:
    town = Town()
    town.road("residential").east(100)
    path = tmp_path / "a.osm"
    path.write_text(town.osm().replace(*damage), encoding="utf-8")
    with pytest.raises(OsmError, match="damaged"):
        import_roads(path)


def test_a_point_that_lies_nowhere_is_as_good_as_missing(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(100).east(100)
    path = tmp_path / "a.osm"
    lon, _ = town.lon_lat(200, 0)
    path.write_text(town.osm().replace(f'lon="{lon:.7f}"', 'lon="199.5"'), encoding="utf-8")
    graph, report = import_roads(path)
    assert report.missing_nodes == 1
    assert graph.street_length_m() == pytest.approx(100, abs=0.1)


def test_a_file_without_roads_is_refused(tmp_path: Path) -> None:
    town = Town()
    town.road("footway").east(100)
    with pytest.raises(OsmError, match=r"no road that a minibus may drive \(ways with a highway tag: 1\)"):
        town.import_roads(tmp_path)


def test_roads_without_their_points_are_said_to_be_cut(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(100)
    path = tmp_path / "cut.osm"
    path.write_text(town.osm(without=((0, 0), (100, 0))), encoding="utf-8")
    with pytest.raises(OsmError, match="points are not in the file"):
        import_roads(path)


def _seconds(graph: RoadGraph, town: Town, origin: Place, destination: Place) -> int:
    """Rounded up, as travel times are."""
    return math.ceil(round(seconds(graph, town, origin, destination), 2))
