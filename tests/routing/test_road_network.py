"""Turns, closures and changes in towns small enough to compute by hand.

``unclassified`` without tags: 40 km/h, 100 m in 9 s; ``residential``: 25 km/h, 100 m in 14.4 s.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from routing.closures import Closure, closed_edges, list_unknown_ways
from routing.graph import RoadGraph, RoadGraphError
from routing.matrix import legs_between
from routing.road_network import RoadNetwork
from routing.road_network_files import read_road_network, write_road_network
from routing.travel_times import UNREACHABLE_S
from routing.turns import NO_TURN_COSTS, TurnCosts, TurnKind, expand_turns
from tests.town import Place, Road, Town

ALWAYS = (date(2026, 1, 1), date(2026, 12, 31))
COSTS = TurnCosts(right_s=1, sharp_right_s=3, left_s=10, sharp_left_s=30, u_turn_s=100)


def crossing(*, east_in_parts: bool = False) -> tuple[Town, dict[str, Road]]:
    """Four streets of 100 m that meet; the block in the north-east can be driven round."""
    town = Town()
    roads = {
        "west": town.road("unclassified", (-100, 0), name="Weststraße").east(100),
        "east": town.road("unclassified", name="Oststraße").east(50).east(50)
        if east_in_parts
        else town.road("unclassified", name="Oststraße").east(100),
        "north": town.road("unclassified", name="Nordstraße").north(100),
        "south": town.road("unclassified", name="Südstraße").south(100),
        "block": town.road("unclassified", (0, 100), name="Am Block").east(100).south(100),
    }
    return town, roads


def seconds(network: RoadNetwork, town: Town, origin: Place, destination: Place) -> int:
    return network.time_between(town.lon_lat(*origin), town.lon_lat(*destination)).duration_s


def build(town: Town, folder: Path, turn_costs: TurnCosts = NO_TURN_COSTS) -> RoadNetwork:
    return RoadNetwork.build(town.import_roads(folder)[0], turn_costs)


def test_turns_cost_by_their_kind(tmp_path: Path) -> None:
    town, _ = crossing()
    network = build(town, tmp_path, COSTS)
    # 50 m on each of two streets: 9 s
    assert seconds(network, town, (-50, 0), (50, 0)) == 9
    assert seconds(network, town, (-50, 0), (0, -50)) == 10
    assert seconds(network, town, (-50, 0), (0, 50)) == 19
    assert seconds(network, town, (0, -50), (50, 0)) == 10


def test_a_sharp_turn_costs_more_than_a_plain_one(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", (-100, 0)).east(100).east(100)
    town.road("unclassified").to(-80, 60)  # 100 m back to the north-west
    network = build(town, tmp_path, COSTS)
    assert seconds(network, town, (-50, 0), (-40, 30)) == 39
    assert seconds(network, town, (-40, 30), (-50, 0)) == 12
    assert seconds(network, town, (50, 0), (-40, 30)) == 10  # 37 degrees are to the right


def test_a_bend_where_no_street_begins_is_no_turn(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", (-100, 0), name="Alte Straße").east(100)
    town.road("unclassified", name="Neue Straße").north(100)
    assert seconds(build(town, tmp_path, COSTS), town, (-50, 0), (0, 50)) == 9


def test_a_forbidden_turn_is_driven_round_the_block(tmp_path: Path) -> None:
    town, roads = crossing()
    town.restriction(roads["west"], (0, 0), roads["north"], restriction="no_left_turn")
    network = build(town, tmp_path, TurnCosts(0, 0, 0, 0, u_turn_s=60))
    # east, round the block and into the street from its other end: 50 + 100 + 200 + 50 m
    assert seconds(network, town, (-50, 0), (0, 50)) == 36
    assert seconds(network, town, (0, 50), (-50, 0)) == 9


def test_only_straight_on_forbids_all_other_turns(tmp_path: Path) -> None:
    town, roads = crossing()
    town.restriction(roads["west"], (0, 0), roads["east"], restriction="only_straight_on")
    network = build(town, tmp_path)
    assert seconds(network, town, (-50, 0), (0, 50)) == 36
    # back to the crossing round the block, then straight on to the south: 50 + 100 + 200 + 100 + 50 m
    assert seconds(network, town, (-50, 0), (0, -50)) == 45


def test_a_restriction_over_a_way_holds_only_for_who_came_that_way(tmp_path: Path) -> None:
    town = Town()
    west = town.road("unclassified", (-100, 0)).east(100)
    middle = town.road("unclassified").east(100)
    north = town.road("unclassified", (100, 0)).north(100)
    town.road("unclassified", (100, 0)).east(100)
    town.road("unclassified").south(100)
    town.restriction(west, middle, north, restriction="no_left_turn")
    network = build(town, tmp_path)
    assert seconds(network, town, (0, -50), (100, 50)) == 18
    # From the west: on to the end of the street in the east, turn round, and then to the right.
    assert seconds(network, town, (-50, 0), (100, 50)) == pytest.approx(4.5 + 9 + 18 + 4.5)
    way = network.find_way(*(network.snapper.snap(*town.lon_lat(*place)) for place in ((-50, 0), (100, 50))))
    assert way is not None
    assert len(way.edges) == 5
    # Who begins within the street in the middle has not come from the west.
    assert seconds(network, town, (50, 0), (100, 50)) == 9


def test_nobody_turns_round_but_at_a_dead_end(tmp_path: Path) -> None:
    town, roads = crossing()
    town.restriction(roads["west"], (0, 0), roads["south"], restriction="no_right_turn")
    network = build(town, tmp_path, TurnCosts(0, 0, 0, 0, u_turn_s=7))
    # None of the streets ahead is a dead end. Round the block: 50 + 400 + 50 m.
    assert seconds(network, town, (-50, 0), (0, -50)) == 45
    # A dead end half way along the street in the east: 50 + 50 + 20, 7 s, 20 + 50 + 50 m.
    town, roads = crossing(east_in_parts=True)
    town.restriction(roads["west"], (0, 0), roads["south"], restriction="no_right_turn")
    town.road("unclassified", (50, 0), name="Stich").south(20)
    network = build(town, tmp_path, TurnCosts(0, 0, 0, 0, u_turn_s=7))
    assert seconds(network, town, (-50, 0), (0, -50)) == pytest.approx(0.09 * 240 + 7, abs=1)


def test_a_stub_is_used_to_turn_round_and_that_costs(tmp_path: Path) -> None:
    town = Town()
    west = town.road("unclassified", (-100, 0)).east(100)
    town.road("unclassified").east(100)
    north = town.road("unclassified").north(100)
    town.restriction(west, (0, 0), north, restriction="no_left_turn")
    network = build(town, tmp_path, TurnCosts(0, 0, 0, 0, u_turn_s=7))
    assert seconds(network, town, (-50, 0), (0, 50)) == 9 + 18 + 7


def test_whoever_stands_in_a_street_leaves_in_either_direction(tmp_path: Path) -> None:
    town, _ = crossing()
    network = build(town, tmp_path, COSTS)
    assert seconds(network, town, (50, 0), (-50, 0)) == 9
    assert seconds(network, town, (-50, 0), (50, 0)) == 9


def test_signals_cost_who_passes_them_but_not_who_begins_or_ends_there(tmp_path: Path) -> None:
    town, _ = crossing()
    town.node(0, 0, highway="traffic_signals")
    graph, _ = town.import_roads(tmp_path)
    middle = int(np.hypot(graph.node_lon - town.lon, graph.node_lat - town.lat).argmin())
    delays = np.zeros(graph.node_count, np.float32)
    delays[middle] = 20
    network = RoadNetwork.build(replace(graph, node_delay_s=delays), NO_TURN_COSTS)
    assert seconds(network, town, (-50, 0), (50, 0)) == 29
    assert seconds(network, town, (-50, 0), (0, 0)) == pytest.approx(4.5, abs=0.5)
    assert seconds(network, town, (0, 0), (50, 0)) == pytest.approx(4.5, abs=0.5)


def test_a_closed_way_is_driven_round_and_opened_again(tmp_path: Path) -> None:
    town, roads = crossing()
    network = build(town, tmp_path)
    closure = Closure("Kanal", *ALWAYS, way_ids=frozenset({roads["north"].way_id}))
    changed = network.with_changes(closed=closed_edges(network.graph, [closure]))
    assert seconds(network, town, (-50, 0), (0, 100)) == pytest.approx(13.5, abs=0.5)
    # east, and round the block from the other side
    assert seconds(changed, town, (-50, 0), (0, 100)) == pytest.approx(4.5 + 27, abs=0.5)
    opened = changed.with_changes(closed=np.zeros(network.graph.edge_count, np.bool_))
    assert seconds(opened, town, (-50, 0), (0, 100)) == pytest.approx(13.5, abs=0.5)


def test_an_area_closes_what_touches_it_and_stops_there_move_to_the_next_open_road(tmp_path: Path) -> None:
    town, _ = crossing()
    network = build(town, tmp_path)
    corners = [town.lon_lat(east, north) for east, north in ((-5, 40), (5, 40), (5, 60), (-5, 60))]
    closure = Closure("Markt", *ALWAYS, area=shapely.Polygon(corners))
    closed = closed_edges(network.graph, [closure])
    assert {network.graph.edge_street(edge) for edge in np.flatnonzero(closed)} == {"Nordstraße"}
    snap = network.with_changes(closed=closed).snapper.snap(*town.lon_lat(0, 60))
    assert snap.distance_m == pytest.approx(40, abs=0.1)


def test_what_a_closure_cuts_off_cannot_be_reached(tmp_path: Path) -> None:
    town = Town()
    roads = [town.road("unclassified", (100 * i, 0)).east(100) for i in range(3)]
    for i in range(4):
        town.road("residential", (100 * i, 0)).north(50)  # so that the ways stay apart
    network = build(town, tmp_path)
    closure = Closure("Brücke", *ALWAYS, way_ids=frozenset({roads[1].way_id}))
    cut = network.with_changes(closed=closed_edges(network.graph, [closure]))
    assert seconds(network, town, (50, 0), (250, 0)) == 18
    assert seconds(cut, town, (50, 0), (250, 0)) == UNREACHABLE_S
    # Where the road ends now, one may turn round.
    assert seconds(cut, town, (50, 0), (0, 25)) < UNREACHABLE_S


def test_a_closure_of_a_way_that_nothing_goes_by_is_told(tmp_path: Path) -> None:
    town, roads = crossing()
    graph, _ = town.import_roads(tmp_path)
    closure = Closure("Kanal", *ALWAYS, way_ids=frozenset({roads["west"].way_id, 999, 998}))
    assert list_unknown_ways(graph, [closure]) == (998, 999)


@pytest.mark.parametrize(
    ("first", "last", "ways", "message"),
    [((2026, 5, 2), (2026, 5, 1), {1}, "end before"), ((2026, 5, 1), (2026, 5, 1), set(), "names ways or an area")],
)
def test_a_closure_that_makes_no_sense_is_refused(
    first: tuple[int, int, int], last: tuple[int, int, int], ways: set[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Closure("?", date(*first), date(*last), frozenset(ways))


def test_all_roads_closed_is_refused(tmp_path: Path) -> None:
    town, _ = crossing()
    network = build(town, tmp_path)
    with pytest.raises(ValueError, match="all roads are closed"):
        network.with_changes(closed=np.ones(network.graph.edge_count, np.bool_))


def test_new_speeds_change_the_way_that_is_taken(tmp_path: Path) -> None:
    town, _ = crossing()
    network = build(town, tmp_path)
    graph = network.graph
    is_east = np.array([graph.edge_street(edge) == "Oststraße" for edge in range(graph.edge_count)])
    jammed = np.where(is_east, 600, graph.edge_duration_s).astype(np.float32)
    assert seconds(network.with_changes(durations_s=jammed), town, (-50, 0), (100, 50)) == 4.5 + 9 + 9 + 4.5
    assert seconds(network, town, (-50, 0), (100, 50)) == 18


def test_a_driver_is_told_turns_streets_metres_and_seconds(tmp_path: Path) -> None:
    town, _ = crossing()
    network = build(town, tmp_path, COSTS)
    leg = legs_between(network, [town.lon_lat(-50, 0), town.lon_lat(20, 100)])[0]
    told = [(step.turn, step.street, step.distance_m, step.duration_s) for step in leg.steps]
    assert told == [
        (None, "Weststraße", 50, 5),
        (TurnKind.LEFT, "Nordstraße", 100, 19),
        (TurnKind.STRAIGHT, "Am Block", 20, 2),
    ]
    assert sum(step.duration_s for step in leg.steps) == leg.duration_s == 26
    assert (leg.steps[1].lon, leg.steps[1].lat) == pytest.approx(town.lon_lat(0, 0), abs=1e-7)


def test_a_turn_round_is_told(tmp_path: Path) -> None:
    town = Town()
    west = town.road("unclassified", (-100, 0), name="West").east(100)
    town.road("unclassified", name="Ost").east(100)
    north = town.road("unclassified", name="Nord").north(100)
    town.restriction(west, (0, 0), north, restriction="no_left_turn")
    network = build(town, tmp_path)
    leg = legs_between(network, [town.lon_lat(-50, 0), town.lon_lat(0, 50)])[0]
    assert [(step.turn, step.street) for step in leg.steps] == [
        (None, "West"),
        (TurnKind.STRAIGHT, "Ost"),
        (TurnKind.U_TURN, "Ost"),
        (TurnKind.RIGHT, "Nord"),
    ]


def test_a_network_is_read_as_it_was_written(tmp_path: Path) -> None:
    town, roads = crossing()
    town.restriction(roads["west"], (0, 0), roads["north"], restriction="no_left_turn")
    graph, _ = town.import_roads(tmp_path)
    closed = closed_edges(graph, [Closure("Kanal", *ALWAYS, way_ids=frozenset({roads["south"].way_id}))])
    network = RoadNetwork.build(graph, COSTS, closed)
    folder = tmp_path / "network"
    folder.mkdir()
    write_road_network(folder, network)
    again = read_road_network(folder, graph)
    everywhere = network.places(graph.node_lon + 1e-4, graph.node_lat)
    for before, after in zip(
        network.times_between(everywhere, everywhere), again.times_between(everywhere, everywhere), strict=True
    ):
        assert np.array_equal(before, after)
    assert again.turn_costs == COSTS
    assert np.array_equal(again.closed, closed)
    assert np.array_equal(again.durations_to_nodes(everywhere), network.durations_to_nodes(everywhere))
    assert seconds(again, town, (-50, 0), (0, 50)) == seconds(network, town, (-50, 0), (0, 50))


def test_a_network_of_other_roads_or_with_a_missing_file_is_refused(tmp_path: Path) -> None:
    town, _ = crossing()
    network = build(town, tmp_path)
    folder = tmp_path / "network"
    folder.mkdir()
    write_road_network(folder, network)
    other = Town()
    other.road("unclassified").east(100)
    with pytest.raises(RoadGraphError, match=r"made for other roads.*rufnetz district build"):
        read_road_network(folder, other.import_roads(tmp_path)[0])
    (folder / "hierarchy_ends.npy").unlink()
    with pytest.raises(RoadGraphError, match="rufnetz district build"):
        read_road_network(folder, network.graph)


def test_copies_of_an_edge_know_what_was_driven_before() -> None:
    graph = _ring()
    turns = expand_turns(graph, NO_TURN_COSTS)
    assert turns.state_count == graph.edge_count + 1
    assert turns.states_of(1) == [1, graph.edge_count]
    assert turns.states_of(0) == [0]


def test_turn_costs_are_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        TurnCosts(left_s=-1)


def _ring() -> RoadGraph:
    """Four one-way streets in a square; from the first over the second nobody goes on to the third."""
    lon, lat = np.array([11.0, 11.001, 11.001, 11.0]), np.array([53.0, 53.0, 53.001, 53.001])
    tails, heads = np.arange(4, dtype=np.int32), np.array([1, 2, 3, 0], np.int32)
    ends = np.column_stack((tails, heads)).ravel()
    zeros = np.zeros(4, np.int32)
    return RoadGraph(
        node_lon=lon,
        node_lat=lat,
        edge_from=tails,
        edge_to=heads,
        edge_length_m=np.full(4, 100, np.float32),
        edge_duration_s=np.full(4, 9, np.float32),
        edge_way_id=np.arange(4),
        edge_name=zeros,
        edge_class=zeros,
        edge_twin=zeros - 1,
        geometry_offset=np.arange(5) * 2,
        geometry_lon=lon[ends],
        geometry_lat=lat[ends],
        names=("",),
        classes=("residential",),
        forbidden_offset=np.array([0, 3]),
        forbidden_edges=np.array([0, 1, 2], np.int32),
    )
