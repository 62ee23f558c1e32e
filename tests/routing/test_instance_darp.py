"""Dial-a-ride files: what is read, what a plan costs, and what is refused with which words."""

from pathlib import Path

import pytest

from routing.instance import UNIT, InstanceError, InstanceFormat
from routing.instance_darp import read_darp
from routing.instance_files import guess_format, read_instance
from routing.model import Action, Load, LocationIndex, Plan, RequestId, Run, ShiftId, Visit
from routing.objective import plan_cost
from routing.violations import ViolationKind, violations

# north three, east four, back five: two riders live on a triangle whose sides are whole numbers
TRIANGLE = """\
2 2 60 3 10
0 0.000 0.000 0 0 0 100
1 0.000 3.000 2 1 0 100
2 4.000 3.000 1 2 10 20
3 4.000 3.000 2 -1 0 40
4 0.000 0.000 1 -2 0 100
"""


@pytest.fixture
def triangle(tmp_path: Path) -> Path:
    path = tmp_path / "triangle.txt"
    path.write_text(TRIANGLE)
    return path


def changed(path: Path, line: int, text: str) -> Path:
    """The file with one of its lines (counted from 1) written anew."""
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines) + "\n")
    return path


def one_by_one() -> tuple[Plan, tuple[int, ...]]:
    """Both riders in one vehicle, one after the other, and the starts of the four visits in minutes."""
    minutes = (3, 9, 11, 17)
    actions = (Action.PICKUP, Action.DROPOFF, Action.PICKUP, Action.DROPOFF)
    visits = tuple(
        Visit(action, LocationIndex(place), minute * UNIT, RequestId(name))
        for action, place, minute, name in zip(actions, (1, 3, 2, 4), minutes, "1122", strict=True)
    )
    return Plan({ShiftId("1"): Run(ShiftId("1"), visits), ShiftId("2"): Run(ShiftId("2"))}), minutes


def test_every_number_of_the_file_has_its_place(triangle: Path) -> None:
    instance = read_darp(triangle)
    problem = instance.problem
    assert (instance.name, instance.format, instance.unit) == ("triangle", InstanceFormat.DARP, UNIT)
    assert instance.places == ("0", "1", "2", "3", "4")
    assert list(problem.shifts) == ["1", "2"]
    shift = problem.shifts[ShiftId("2")]
    assert (shift.start_s, shift.end_s, shift.max_duration_s) == (0, 100 * UNIT, 60 * UNIT)
    assert shift.layouts == (Load(seat=3),)
    assert list(problem.requests) == ["1", "2"]
    request = problem.requests[RequestId("2")]
    assert (request.pickup, request.dropoff, request.load) == (2, 4, Load(seat=2))
    assert (request.pickup_window.earliest_s, request.pickup_window.latest_s) == (10 * UNIT, 20 * UNIT)
    assert (request.boarding_s, request.alighting_s, request.max_ride_s) == (UNIT, UNIT, 10 * UNIT)
    assert problem.times.duration_s(LocationIndex(1), LocationIndex(4)) == 3 * UNIT
    assert problem.times.distance_m(LocationIndex(2), LocationIndex(4)) == 5 * UNIT


def test_a_plan_costs_the_length_of_its_runs(triangle: Path) -> None:
    instance = read_darp(triangle)
    plan, _ = one_by_one()
    assert violations(plan, instance.problem) == ()
    assert instance.cost_of(plan) == 3 + 4 + 0 + 5 + 0
    assert instance.fleet_of(plan) == 1
    assert plan_cost(plan, instance.problem, instance.weights) == 12 * UNIT


def test_leaving_somebody_out_outweighs_every_distance(triangle: Path) -> None:
    instance = read_darp(triangle)
    plan, _ = one_by_one()
    first = Run(ShiftId("1"), plan.runs[ShiftId("1")].visits[:2])
    without = Plan({ShiftId("1"): first, ShiftId("2"): Run(ShiftId("2"))}, frozenset({RequestId("2")}))
    assert instance.cost_of(without) == 12
    assert plan_cost(without, instance.problem, instance.weights) > 10 * plan_cost(
        plan, instance.problem, instance.weights
    )


def test_a_run_that_takes_longer_than_allowed_is_found_by_the_judge(triangle: Path) -> None:
    changed(triangle, 1, "2 2 17 3 10")  # the plan takes 18 minutes
    plan, _ = one_by_one()
    found = violations(plan, read_darp(triangle).problem)
    assert {violation.kind for violation in found} == {ViolationKind.RUN_TOO_LONG}


def test_ways_are_rounded_up_and_distances_to_the_nearest(triangle: Path) -> None:
    changed(triangle, 3, "1 1.000 1.000 2 1 0 100")  # the square root of two is 1.41421 35...
    times = read_darp(triangle).problem.times
    assert times.duration_s(LocationIndex(0), LocationIndex(1)) == 14143
    assert times.distance_m(LocationIndex(0), LocationIndex(1)) == 14142


def test_the_second_number_may_count_both_ends_and_the_depot_may_stand_twice(triangle: Path, tmp_path: Path) -> None:
    usual = read_darp(triangle).problem
    for number, head in ((1, "2 4 60 3 10"), (2, "2 2 60 3 10")):
        other = tmp_path / f"other{number}"
        other.write_text(TRIANGLE.replace("2 2 60 3 10", head) + "5 0 0 0 0 0 100\n" * (number == 2))
        problem = read_darp(other).problem
        assert (problem.shifts, problem.requests) == (usual.shifts, usual.requests)


def test_the_format_is_seen_from_the_beginning(triangle: Path) -> None:
    assert guess_format(triangle) is InstanceFormat.DARP
    assert read_instance(triangle).problem.requests == read_darp(triangle).problem.requests


@pytest.mark.parametrize(
    ("line", "text", "words"),
    [
        (1, "2 2 60 3", "line 1: 4 numbers instead of 5"),
        (1, "2 3 60 3 10", "line 1: 3 requests need 7 lines of places"),
        (1, "0 2 60 3 10", "line 1: a dial-a-ride instance has at least one vehicle"),
        (1, "2 2 60 3 -10", "line 1: the longest ride is -10"),
        (3, "1 0.000 3.000 2 1 0", "line 3: 6 numbers instead of 7"),
        (3, "1 0.000 x 2 1 0 100", "line 3: 'x' is no number"),
        (3, "7 0.000 3.000 2 1 0 100", "line 3: place 7 stands where place 1 is expected"),
        (3, "1 0.000 3.000 -2 1 0 100", "line 3: the service time is -2"),
        (3, "1 0.000 3.000 2 1 -5 100", "line 3: the earliest time is -5"),
        (3, "1 0.000 3.000 2 1 50 40", "line 3: the window ends at 40, before it begins at 50"),
        (3, "1 0.000 3.000 2 1 0 99999", "line 3: the window ends at 99999; times up to"),
        (3, "1 0.000 3.000 2 0 0 100", "line 3: request 1 takes 0 places"),
        (3, "1 0.000 3.000 2 1.5 0 100", "line 3: the load is 1.5; write a whole number"),
        (3, "1 0.000 3.000 2 1 0 2", "line 3: request 1 can't be picked up by 2"),
        (3, "1 0.000 3.000 2 1 50 60", "line 5: request 1 can't be dropped off by 40"),
        (5, "3 4.000 3.000 2 -2 0 40", "line 5: 2 alight of request 1, but 1 board on line 3"),
        (5, "3 4.000 3.000 2 -1 200 300", "line 3: request 1 can't be picked up by 100"),
        (5, "3 40.000 3.000 2 -1 0 40", "line 5: the straight way of request 1 takes longer than any ride"),
        (6, "4 0.000 0.000 1 -2 90 110", "line 4: request 2 can't be picked up by 20"),
        (2, "0 0.000 0.000 0 0 0 12", "line 5: no vehicle that drops off request 1 is back when the depot closes"),
    ],
)
def test_what_contradicts_itself_is_named_with_its_line(triangle: Path, line: int, text: str, words: str) -> None:
    with pytest.raises(InstanceError, match=r"triangle\.txt") as fault:
        read_darp(changed(triangle, line, text))
    assert words in str(fault.value)


def test_a_file_that_is_cut_off_is_said_to_be(triangle: Path) -> None:
    words = TRIANGLE.split(" ")
    for count in range(len(words)):
        triangle.write_text(" ".join(words[:count]))
        with pytest.raises(InstanceError, match=r"cut off|is empty|instead of"):
            read_darp(triangle)


def test_a_file_that_is_none_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match="can't be read: No such file"):
        read_instance(tmp_path / "nowhere.txt")
    packed = tmp_path / "packed.gz"
    packed.write_bytes(b"\x1f\x8b\x08\x00\xff\xff")
    with pytest.raises(InstanceError, match="is no text"):
        read_instance(packed)
    with pytest.raises(InstanceError, match="is no text"):
        read_darp(packed)
    prose = tmp_path / "prose.txt"
    prose.write_text("once upon a time there was a bus\n")
    with pytest.raises(InstanceError, match=r"--format darp\|pdptw\|json"):
        read_instance(prose)
