from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.graph import RoadGraph
from routing.osm_restrictions import Broken, Needless, Restriction, read_restriction
from tests.driving import seconds
from tests.town import Road, Town

# All roads are untagged and unclassified: 40 km/h, 100 m in 9 s.


class Crossing:
    """A crossroads with a road around its southern half.

    ::

                     N (500, 400)
                     |
      W (0, 0) ----- M (500, 0) ----- E (1000, 0)
      |              |                |
      (0, -400) ---- S (500, -400) -- (1000, -400)
    """

    def __init__(self) -> None:
        self.town = Town()
        self.west = self._road((0, 0), (500, 0))
        self.east = self._road((500, 0), (1000, 0))
        self.north = self._road((500, 0), (500, 400))
        self.south = self._road((500, 0), (500, -400))
        self.around = self._road((0, 0), (0, -400), (500, -400), (1000, -400), (1000, 0))
        self.middle = (500.0, 0.0)

    def _road(self, start: tuple[int, int], *corners: tuple[int, int]) -> Road:
        road = self.town.road("unclassified", start, name=f"{start} {corners}")
        for corner in corners:
            road.to(*corner)
        return road

    def seconds(self, folder: Path, start: tuple[int, int], end: tuple[int, int]) -> float:
        graph, _ = self.town.import_roads(folder)
        return seconds(graph, self.town, start, end)


W, E, N, S = (0, 0), (1000, 0), (500, 400), (500, -400)


def test_without_restrictions_everything_is_straight_on(tmp_path: Path) -> None:
    town = Crossing()
    assert town.seconds(tmp_path, W, E) == pytest.approx(90, abs=0.01)
    assert town.seconds(tmp_path, W, N) == pytest.approx(81, abs=0.01)
    assert town.seconds(tmp_path, W, S) == pytest.approx(81, abs=0.01)


def test_a_forbidden_left_turn_leads_around(tmp_path: Path) -> None:
    town = Crossing()
    town.town.restriction(town.west, town.middle, town.north, restriction="no_left_turn")
    # by the south: 400 + 500 + 400 m to the middle, then 400 m north
    assert town.seconds(tmp_path, W, N) == pytest.approx(153, abs=0.01)
    assert town.seconds(tmp_path, N, W) == pytest.approx(81, abs=0.01)
    assert town.seconds(tmp_path, W, E) == pytest.approx(90, abs=0.01)


def test_only_straight_on_forbids_every_other_way_out(tmp_path: Path) -> None:
    town = Crossing()
    town.town.restriction(town.west, town.middle, town.east, restriction="only_straight_on")
    graph, report = town.town.import_roads(tmp_path)
    assert seconds(graph, town.town, W, E) == pytest.approx(90, abs=0.01)
    assert seconds(graph, town.town, W, N) == pytest.approx(153, abs=0.01)
    assert seconds(graph, town.town, W, S) == pytest.approx(81, abs=0.01)  # around: 400 + 500 m, as long as over M
    assert len(graph.forbidden_sequences()) == 3  # left, right and back
    assert report.turn_restrictions == 1
    assert "1 turn restriction honoured." in report.lines()


@pytest.mark.parametrize(
    ("tags", "to_north_s"),
    [
        ({"restriction": "no_left_turn", "except": "psv;bicycle"}, 81),
        ({"restriction": "no_left_turn", "except": "bus"}, 81),
        ({"restriction": "no_left_turn", "except": "bicycle"}, 153),
        ({"restriction": "no_left_turn", "restriction:bus": "none"}, 81),
        ({"restriction:psv": "no_left_turn"}, 153),
        ({"restriction:bus": "no_left_turn", "except": "psv"}, 153),
        ({"restriction:hgv": "no_left_turn"}, 81),
        ({"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}, 153),
        ({"restriction:conditional": "no_left_turn @ (weight>7.5)"}, 81),
        ({"restriction": "no_left_turn", "restriction:conditional": "none @ (20:00-06:00)"}, 153),
    ],
)
def test_a_restriction_is_for_us_or_it_is_not(tmp_path: Path, tags: dict[str, str], to_north_s: float) -> None:
    town = Crossing()
    town.town.restriction(town.west, town.middle, town.north, **tags)
    assert town.seconds(tmp_path, W, N) == pytest.approx(to_north_s, abs=0.01)


def test_a_restriction_over_ways_forbids_only_the_whole_sequence(tmp_path: Path) -> None:
    """Two one-way lanes, joined by a short link: turning back over the link is forbidden.

    ::

      (0, 20) <------ (300, 20) <------ (600, 20)
                      | link
      (0, 0) -------> (300, 0) -------> (600, 0)      and a long way round from the east end to the other lane
    """
    town = Town()
    came = town.road("unclassified", (0, 0), name="out", oneway="yes").to(300, 0)
    town.road("unclassified", (300, 0), name="out", oneway="yes").to(600, 0)
    link = town.road("unclassified", (300, 0), name="link").to(300, 20)
    town.road("unclassified", (600, 20), name="home", oneway="yes").to(300, 20)
    goes = town.road("unclassified", (300, 20), name="home", oneway="yes").to(0, 20)
    town.road("unclassified", (600, 0), name="round").to(900, 0).to(900, 20).to(600, 20)
    town.road("unclassified", (0, 20), name="end").to(0, 0)
    side = town.road("unclassified", (300, 20), name="side").to(300, 120)
    town.road("unclassified", (300, 120), name="yard").to(400, 120).to(400, 200).to(300, 200).to(300, 120)
    graph, _ = town.import_roads(tmp_path)
    assert seconds(graph, town, (0, 0), (0, 20)) == pytest.approx(1.8, abs=0.01)  # the end road is two-way
    assert seconds(graph, town, (300, 0), (0, 20)) == pytest.approx(28.8, abs=0.01)
    town.restriction(came, link, goes, restriction="no_u_turn")
    graph, report = town.import_roads(tmp_path)
    assert report.turn_restrictions == 1
    assert [len(sequence) for sequence in graph.forbidden_sequences()] == [3]
    assert seconds(graph, town, (300, 0), (0, 20)) == pytest.approx(28.8, abs=0.01)  # who begins there may
    assert seconds(graph, town, (0, 0), (300, 120)) == pytest.approx(37.8, abs=0.01)  # over the link to the side street
    assert side.tags["name"] == "side"


def _ladder() -> tuple[Town, list[Road]]:
    """A street of four ways, a turn off before the last, and a way around to it.

    A (0, 0) - B (100, 0) - C (200, 0) - D (300, 0) - E (1000, 0); X (300, 100) hangs on D, and a road leads there from
    A over (0, -300), (500, -300) and (500, 100). Yards at B and C, and the end at E, are too far away to turn in.
    """
    town = Town()
    roads = [town.road("unclassified", (100 * i, 0), name=f"street {i}").east(100) for i in range(3)]
    roads.append(town.road("unclassified", (300, 0), name="on").east(700))
    roads.append(town.road("unclassified", (300, 0), name="exit").north(100))
    town.road("unclassified", (0, 0), name="around").to(0, -300).to(500, -300).to(500, 100).to(300, 100)
    for east in (100, 200):
        town.road("unclassified", (east, 0), name=f"yard {east}").north(700)
    return town, roads


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_via_ways_may_be_listed_in_any_order(tmp_path: Path, order: tuple[int, int]) -> None:
    town, roads = _ladder()
    town.restriction(roads[0], [roads[i] for i in order], roads[4], restriction="no_left_turn")
    graph, report = town.import_roads(tmp_path)
    assert [len(sequence) for sequence in graph.forbidden_sequences()] == [4]
    assert report.turn_restrictions == 1
    assert seconds(graph, town, (100, 0), (300, 100)) == pytest.approx(27, abs=0.01)  # begins behind the first way
    # by the road around: 300 + 500 + 400 + 200 m
    assert seconds(graph, town, (0, 0), (300, 100)) == pytest.approx(126, abs=0.01)
    assert seconds(graph, town, (0, 0), (1000, 0)) == pytest.approx(90, abs=0.01)


def test_only_over_ways_forbids_the_other_ways_out_at_their_end(tmp_path: Path) -> None:
    town, roads = _ladder()
    town.restriction(roads[0], roads[1:3], roads[3], restriction="only_straight_on")
    graph, _ = town.import_roads(tmp_path)
    assert seconds(graph, town, (0, 0), (1000, 0)) == pytest.approx(90, abs=0.01)
    assert seconds(graph, town, (0, 0), (300, 100)) == pytest.approx(126, abs=0.01)
    assert seconds(graph, town, (0, 0), (200, 700)) == pytest.approx(81, abs=0.01)  # leaving half way is allowed


def test_ways_that_become_one_edge_shorten_the_sequence(tmp_path: Path) -> None:
    # "one" and "two" have the same name and nothing in between: a single edge. The turn behind them is still forbidden.
    town = Town()
    came = town.road("unclassified", (0, 0), name="came").east(100)
    via = [town.road("unclassified", (100 * i, 0), name="same").east(100) for i in (1, 2)]
    goes = town.road("unclassified", (300, 0), name="goes").north(100)
    town.road("unclassified", (300, 0), name="on").east(100)
    town.road("unclassified", (100, 0), name="yard").north(100)
    town.restriction(came, via, goes, restriction="no_left_turn")
    graph, _ = town.import_roads(tmp_path)
    assert [len(sequence) for sequence in graph.forbidden_sequences()] == [3]
    assert seconds(graph, town, (0, 0), (400, 0)) == pytest.approx(36, abs=0.01)
    # on to the dead end at (400, 0), back, and up: 400 + 100 + 100 m
    assert seconds(graph, town, (0, 0), (300, 100)) == pytest.approx(54, abs=0.01)


def test_a_via_node_stays_a_node_where_nothing_else_meets(tmp_path: Path) -> None:
    town = Town()
    came = town.road("unclassified", (0, 0), name="Chaussee").east(100)
    town.road("unclassified", (100, 0), name="Chaussee").east(100)
    graph, _ = town.import_roads(tmp_path)
    assert graph.node_count == 2
    town.restriction(came, (100, 0), came, restriction="no_u_turn")
    graph, report = town.import_roads(tmp_path)
    assert graph.node_count == 3
    assert report.turn_restrictions == 1
    ((before, after),) = graph.forbidden_sequences()
    assert graph.edge_twin[before] == after


def test_a_road_that_runs_on_forbids_turning_back_from_both_sides(tmp_path: Path) -> None:
    town = Town()
    road = town.road("unclassified", name="Chaussee").east(100).east(100)
    town.restriction(road, (100, 0), road, restriction="no_u_turn")
    graph, _ = town.import_roads(tmp_path)
    assert len(graph.forbidden_sequences()) == 2


def test_a_loop_may_not_be_driven_twice_if_that_is_forbidden(tmp_path: Path) -> None:
    town = Town()
    town.road("unclassified", (-100, 0), name="stem").to(0, 0)
    loop = town.road("unclassified", name="loop", oneway="yes").to(100, 100).to(100, -100).to(0, 0)
    town.restriction(loop, (0, 0), loop, restriction="no_left_turn")
    graph, report = town.import_roads(tmp_path)
    ((before, after),) = graph.forbidden_sequences()
    assert before == after
    assert report.turn_restrictions == 1


def test_no_entry_and_no_exit_have_several_members(tmp_path: Path) -> None:
    town = Crossing()
    members = [("way", road.way_id, "from") for road in (town.west, town.east)]
    via = ("node", town.town.node(*town.middle), "via")
    town.town.relation([*members, via, ("way", town.north.way_id, "to")], type="restriction", restriction="no_entry")
    graph, report = town.town.import_roads(tmp_path)
    assert len(graph.forbidden_sequences()) == 2
    assert report.turn_restrictions == 1
    assert seconds(graph, town.town, W, N) == pytest.approx(153, abs=0.01)


def _without_via(town: Crossing) -> None:
    members = [("way", town.west.way_id, "from"), ("way", town.north.way_id, "to")]
    town.town.relation(members, type="restriction", restriction="no_left_turn")


def _from_missing_way(town: Crossing) -> None:
    via = ("node", town.town.node(*town.middle), "via")
    members = [("way", 999, "from"), via, ("way", town.north.way_id, "to")]
    town.town.relation(members, type="restriction", restriction="no_left_turn")


def _elsewhere(town: Crossing) -> None:
    town.town.restriction(town.west, (1000, 0), town.north, restriction="no_left_turn")


def _of_unknown_kind(town: Crossing) -> None:
    town.town.restriction(town.west, town.middle, town.north, restriction="beware")


def _on_past_the_turn(town: Crossing) -> None:
    town.town.restriction(town.around, (500, -400), town.south, restriction="no_left_turn")


def _via_ways_apart(town: Crossing) -> None:
    lane = town.town.road("unclassified", (5000, 0)).east(10)
    town.town.restriction(town.west, lane, town.north, restriction="no_u_turn")


@pytest.mark.parametrize(
    ("draw", "reason"),
    [
        (_without_via, Broken.MEMBERS),
        (_from_missing_way, Broken.NOT_IN_FILE),
        (_elsewhere, Broken.NO_MEETING),
        (_of_unknown_kind, Broken.KIND),
        (_on_past_the_turn, Broken.AMBIGUOUS),
    ],
)
def test_a_broken_restriction_is_reported_and_harms_nothing(
    tmp_path: Path, draw: Callable[[Crossing], None], reason: Broken
) -> None:
    town = Crossing()
    draw(town)
    graph, report = town.town.import_roads(tmp_path)
    assert report.restrictions_broken == {reason.value: (1,)}
    assert report.turn_restrictions == 0
    assert graph.forbidden_sequences() == []
    assert any(f"cannot be honoured, {reason.value} (relation 1)" in line for line in report.lines())


def test_restrictions_about_closed_roads_or_impossible_turns_are_not_needed(tmp_path: Path) -> None:
    town = Crossing()
    footway = town.town.road("footway", town.middle).to(600, 100)
    entry = town.town.road("unclassified", (400, 100), oneway="yes").to(*town.middle)
    town.town.road("unclassified", (400, 100)).to(0, 0)
    town.town.restriction(town.west, town.middle, footway, restriction="no_left_turn")
    town.town.restriction(town.west, town.middle, entry, restriction="no_left_turn")
    _via_ways_apart(town)  # an island of its own, which is not driven
    _, report = town.town.import_roads(tmp_path)
    assert report.restrictions_needless == {Needless.NOT_DRIVEN.value: 2, Needless.NO_TURN.value: 1}
    assert "2 turn restrictions not needed: about roads that are not driven." in report.lines()


def test_a_restriction_is_read_from_a_relation() -> None:
    members = [("w", 1, "from"), ("n", 7, "via"), ("w", 2, "to"), ("n", 9, "location_hint")]
    found = read_restriction(5, {"restriction": "no_left_turn;no_u_turn"}, members)
    assert found == Restriction(5, ("no_left_turn", "no_u_turn"), (1,), 7, (), (2,))
    assert read_restriction(5, {"restriction": "no_left_turn"}, [*members, ("n", 8, "via")]) is Broken.MEMBERS
    assert read_restriction(5, {"restriction": "no_left_turn"}, [*members, ("w", 8, "via")]) is Broken.MEMBERS
    assert read_restriction(5, {}, members) is Needless.OTHERS


def _grid(missing: set[int], turns: list[tuple[int, int, bool]], *, has_names: bool) -> Town:
    """Four by three junctions 100 m apart; some streets missing, some turns restricted.

    Streets of one name become one edge where nothing turns off; with ``has_names`` every street has its own.
    """
    town = Town()
    starts = [(100 * x, 100 * y) for y in range(3) for x in range(4)]
    spans = [(s, (s[0] + 100, s[1])) for s in starts if s[0] < 300] + [
        (s, (s[0], s[1] + 100)) for s in starts if s[1] < 200
    ]
    roads: dict[tuple[tuple[int, int], tuple[int, int]], Road] = {}
    for number, (start, end) in enumerate(spans):
        if number not in missing:
            roads[start, end] = town.road("unclassified", start, name=str(number) if has_names else "").to(*end)
    for first, second, is_only in turns:
        one, other = (list(roads.items())[number % len(roads)] for number in (first, second))
        shared = set(one[0]) & set(other[0])
        if len(shared) == 1 and one is not other:
            kind = "only_straight_on" if is_only else "no_straight_on"
            town.restriction(one[1], shared.pop(), other[1], restriction=kind)
    return town


@settings(max_examples=25, deadline=None)
@given(
    missing=st.sets(st.integers(0, 16), max_size=7),
    turns=st.lists(st.tuples(st.integers(0, 16), st.integers(0, 16), st.booleans()), max_size=6),
)
def test_joining_streets_changes_no_way(
    tmp_path_factory: pytest.TempPathFactory, missing: set[int], turns: list[tuple[int, int, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("grid")
    joined, apart = _grid(missing, turns, has_names=False), _grid(missing, turns, has_names=True)
    (short, report), (whole, other_report) = joined.import_roads(folder), apart.import_roads(folder)
    assert report.turn_restrictions == other_report.turn_restrictions
    assert short.edge_count <= whole.edge_count
    places = [(100 * x, 100 * y) for y in range(3) for x in range(4)]
    known = [place for place in places if _is_node(short, joined, place) and _is_node(whole, apart, place)]
    for origin in known[:4]:
        for destination in known[-4:]:
            expected_s = seconds(whole, apart, origin, destination)
            assert seconds(short, joined, origin, destination) == pytest.approx(expected_s, abs=0.01)


def _is_node(graph: RoadGraph, town: Town, place: tuple[int, int]) -> bool:
    lon, lat = town.lon_lat(*place)
    return bool(np.hypot(graph.node_lon - lon, graph.node_lat - lat).min() < 1e-7)
