"""Pickup and delivery files of Li and Lim: fleet first, then distance."""

from pathlib import Path

import pytest

from routing.instance import UNIT, InstanceError, InstanceFormat
from routing.instance_files import guess_format
from routing.instance_pdptw import read_pdptw
from routing.model import Action, Load, LocationIndex, Plan, RequestId, Run, ShiftId, Visit
from routing.objective import plan_cost
from routing.violations import violations

# two parcels from the west to the east of the depot and back; fetched together the vehicle would be overloaded
LINE = """\
2\t10\t1
0\t0\t0\t0\t0\t1000\t0\t0\t0
1\t-10\t0\t6\t0\t500\t5\t0\t2
2\t10\t0\t-6\t0\t500\t5\t1\t0
3\t5\t0\t-6\t0\t500\t5\t4\t0
4\t-5\t0\t6\t0\t500\t5\t0\t3
"""


@pytest.fixture
def line(tmp_path: Path) -> Path:
    path = tmp_path / "line.txt"
    path.write_bytes(LINE.replace("\n", "\r\n").encode())
    return path


def plan_of(*runs: tuple[int, ...]) -> Plan:
    """Visits in this order as early as can be, on the line of the instance."""
    places = {0: 0, 1: -10, 2: 10, 3: 5, 4: -5}
    pickups = {1: 1, 2: 1, 3: 4, 4: 4}
    made = {}
    for number, order in enumerate(runs, start=1):
        here, clock, visits = 0, 0, []
        for place in order:
            clock += abs(places[place] - here)
            action = Action.PICKUP if place in (1, 4) else Action.DROPOFF
            visits.append(Visit(action, LocationIndex(place), clock * UNIT, RequestId(str(pickups[place]))))
            here, clock = places[place], clock + 5
        made[ShiftId(str(number))] = Run(ShiftId(str(number)), tuple(visits))
    return Plan(made)


def test_partners_find_each_other_in_any_order(line: Path) -> None:
    problem = read_pdptw(line).problem
    assert {(r.id, r.pickup, r.dropoff, r.load) for r in problem.requests.values()} == {
        ("1", 1, 2, Load(seat=6)),
        ("4", 4, 3, Load(seat=6)),
    }
    assert {shift.layouts for shift in problem.shifts.values()} == {(Load(seat=10),)}
    assert guess_format(line) is InstanceFormat.PDPTW


def test_one_vehicle_is_better_than_two_whatever_the_way(line: Path) -> None:
    instance = read_pdptw(line)
    one, two = plan_of((1, 2, 4, 3), ()), plan_of((1, 2), (4, 3))
    for plan in (one, two):
        assert violations(plan, instance.problem) == ()
    assert (instance.cost_of(one), instance.fleet_of(one)) == (10 + 20 + 15 + 10 + 5, 1)
    assert (instance.cost_of(two), instance.fleet_of(two)) == (40 + 20, 2)
    costs = [plan_cost(plan, instance.problem, instance.weights) for plan in (one, two)]
    assert costs[0] < costs[1]
    empty = Plan(plan_of((), ()).runs, frozenset(instance.problem.requests))
    assert costs[1] < plan_cost(empty, instance.problem, instance.weights)


def test_no_ride_is_too_long(line: Path) -> None:
    problem = read_pdptw(line).problem
    assert all(request.max_ride_s >= 1000 * UNIT for request in problem.requests.values())
    assert all(shift.max_duration_s is None for shift in problem.shifts.values())


@pytest.mark.parametrize(
    ("number", "text", "words"),
    [
        (1, "2 10", "line 1: 2 numbers instead of 3"),
        (1, "2 0 1", "line 1: an instance has at least one vehicle with room for one"),
        (3, "1 -10 0 6 0 500 5 0", "line 3: 8 numbers instead of 9"),
        (3, "1 -10 0 6 0 500 5 0 0", "line 3: place 1 must name either its pickup or its delivery"),
        (3, "1 -10 0 6 0 500 5 0 9", "line 3: place 1 belongs to place 9, which is missing; is the file cut off?"),
        (3, "1 -10 0 6 0 500 5 0 3", "line 3: place 1 belongs to place 3, but that one to 4"),
        (3, "1 -10 0 6 500 0 5 0 2", "line 3: the window ends at 0, before it begins at 500"),
        (3, "1 -10 0 6 490 500 5 0 2", "line 4: request 1 can't be dropped off by 500"),
        (4, "2 10 0 6 0 500 5 1 0", "line 4: -6 alight of request 1, but 6 board on line 3"),
        (4, "7 10 0 -6 0 500 5 1 0", "line 4: place 7 stands where place 2 is expected"),
    ],
)
def test_what_contradicts_itself_is_named_with_its_line(line: Path, number: int, text: str, words: str) -> None:
    lines = LINE.splitlines()
    lines[number - 1] = text
    line.write_text("\n".join(lines))
    with pytest.raises(InstanceError) as fault:
        read_pdptw(line)
    assert words in str(fault.value)


def test_a_file_that_is_cut_off_is_said_to_be(line: Path) -> None:
    for count in (1, 3):
        line.write_text("\n".join(LINE.splitlines()[:count]))
        with pytest.raises(InstanceError, match="is the file cut off"):
            read_pdptw(line)
