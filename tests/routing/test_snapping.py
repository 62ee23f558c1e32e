from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from routing.graph import RoadGraph, lengths_m
from routing.snapping import Snapper
from tests.town import Place, Town


def test_a_stop_beside_a_long_road_is_joined_half_way(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(1000)
    graph, _ = town.import_roads(tmp_path)
    snap = Snapper(graph).snap(*town.lon_lat(300, 8))
    assert snap.distance_m == pytest.approx(8, abs=0.02)
    assert (snap.lon, snap.lat) == pytest.approx(town.lon_lat(300, 0), abs=2e-7)
    first = graph.node_lon[graph.edge_from[snap.edge]]
    assert snap.fraction == pytest.approx(0.3 if first == graph.node_lon.min() else 0.7, abs=1e-4)
    assert graph.node_lon[snap.node] == graph.node_lon.min()


@pytest.mark.parametrize("east_m", [-40, -0.5, 0, 0.5])
def test_a_place_at_the_end_of_a_road_is_the_node(tmp_path: Path, east_m: float) -> None:
    town = Town()
    town.road("residential").east(1000)
    graph, _ = town.import_roads(tmp_path)
    snap = Snapper(graph).snap(*town.lon_lat(east_m, 5))
    assert snap.fraction in {0.0, 1.0}
    assert (snap.lon, snap.lat) == (graph.node_lon[snap.node], graph.node_lat[snap.node])
    assert (snap.lon, snap.lat) == pytest.approx(town.lon_lat(0, 0), abs=1e-7)
    assert snap.distance_m == pytest.approx(np.hypot(min(east_m, 0), 5), abs=0.6)


@pytest.mark.parametrize(
    ("point", "street"),
    [
        ((500, 12), "Dorfstraße"),  # the drive is 8 m away, the street 12
        ((500, 19), "Hof"),  # the drive is 1 m away, the street 19
        ((500, -28), "Dorfstraße"),  # the track is 12 m away, the street 28
        ((500, -38), "Feldweg"),  # the track is 2 m away, the street 38
    ],
)
def test_the_street_is_meant_unless_a_drive_or_track_is_much_nearer(tmp_path: Path, point: Place, street: str) -> None:
    town = Town()
    town.road("residential", name="Dorfstraße").east(1000)
    town.road("service", name="Hof").north(20).east(1000)
    town.road("track", name="Feldweg", tracktype="grade1").south(40).east(1000)
    graph, _ = town.import_roads(tmp_path)
    assert graph.edge_street(Snapper(graph).snap(*town.lon_lat(*point)).edge) == street


def test_nobody_gets_on_on_a_motorway(tmp_path: Path) -> None:
    town = Town()
    town.road("motorway", oneway="no", name="A 14").east(1000)
    town.road("residential", name="Dorfstraße").north(300).east(1000)
    graph, _ = town.import_roads(tmp_path)
    assert graph.edge_street(Snapper(graph).snap(*town.lon_lat(500, 1)).edge) == "Dorfstraße"


def test_nobody_gets_on_on_a_ferry(tmp_path: Path) -> None:
    town = Town()
    town.road("residential", name="Elbstraße").east(1000)
    town.way((1000, 0), route="ferry", motor_vehicle="yes", name="Fähre Pevestorf").east(400)
    town.road("residential", (1400, 0), name="Am Deich").east(1000)
    graph, _ = town.import_roads(tmp_path)
    assert {graph.edge_street(edge) for edge in range(graph.edge_count)} >= {"Fähre Pevestorf"}
    assert graph.edge_street(Snapper(graph).snap(*town.lon_lat(1350, 0)).edge) == "Am Deich"


def test_where_there_are_only_motorways_they_have_to_do(tmp_path: Path) -> None:
    town = Town()
    town.road("motorway", oneway="no").east(1000)
    graph, _ = town.import_roads(tmp_path)
    assert Snapper(graph).snap(*town.lon_lat(500, 1)).distance_m == pytest.approx(1, abs=0.02)


def test_no_points_give_no_places(tmp_path: Path) -> None:
    town = Town()
    town.road("residential").east(1000)
    assert Snapper(town.import_roads(tmp_path)[0]).snap_all([], []) == ()


def test_the_nearest_place_is_that_of_a_search_along_all_roads(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    town = Town()
    here: Place = (0, 0)
    for _ in range(12):
        corners = [(float(x), float(y)) for x, y in generator.uniform(-1500, 1500, (4, 2)).round()]
        road = town.road("residential", here)
        for corner in corners:
            road.to(*corner)
        here = corners[2]
    graph, _ = town.import_roads(tmp_path)
    lon, lat = (np.array(values) for values in zip(*_points_every_metre(graph), strict=True))
    places = [town.lon_lat(*place) for place in generator.uniform(-1800, 1800, (40, 2))]
    snaps = Snapper(graph).snap_all([place[0] for place in places], [place[1] for place in places])
    for (point_lon, point_lat), snap in zip(places, snaps, strict=True):
        everywhere_m = lengths_m(lon, lat, np.full(lon.size, point_lon), np.full(lat.size, point_lat))
        assert snap.distance_m == pytest.approx(everywhere_m.min(), abs=1.5)


def _points_every_metre(graph: RoadGraph) -> list[Place]:
    shares = np.linspace(0, 1, 3001)[:, np.newaxis]  # no straight of the town is longer than 4.3 km
    return [
        (lon, lat)
        for edge in range(graph.edge_count)
        for begin, end in pairwise(np.array(graph.edge_points(edge)))
        for lon, lat in (begin + shares * (end - begin)).tolist()
    ]
