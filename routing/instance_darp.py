"""Dial-a-ride instances in the format of Cordeau and Laporte.

Line 1 has vehicles, requests, longest duration of a run, capacity and longest ride. Then follows one line for each
place: number, x, y, service time, load, earliest and latest start of service. Place 0 is the depot, 1 to *n* are
pickups, *n* + 1 to 2 *n* their drop-offs; some files have the depot once more at the end, some give 2 *n* for the
number of requests. Times are in minutes, a unit of distance takes a minute, and the cost is the distance of all runs.

References: J.-F. Cordeau, G. Laporte, "A tabu search heuristic for the static multi-vehicle dial-a-ride problem",
Transportation Research B 37 (2003); S. Ropke, J.-F. Cordeau, G. Laporte, "Models and branch-and-cut algorithms for
pickup and delivery problems with time windows", Networks 49 (2007).
"""

from pathlib import Path

from routing.instance import (
    UNIT,
    Instance,
    InstanceFormat,
    at_least,
    at_most,
    distance_bound,
    straight_line_times,
)
from routing.instance_lines import Line, Node, node_of, read_lines, request_of
from routing.model import Load, LocationIndex, Shift, ShiftId, VehicleId
from routing.objective import CostWeights
from routing.problem import Problem

_COLUMNS = 7


def read_darp(path: Path) -> Instance:
    """Read an instance: each place of the file is a location with the same number.

    Raises
    ------
    InstanceError
        If the file is cut off, contradicts itself, or is in another format.
    """
    head, *rows = read_lines(path)
    if len(head.values) != 5:
        head.reject(
            f"{len(head.values)} numbers instead of 5 (vehicles, requests, longest duration, capacity, longest ride); "
            "is this the right --format?"
        )
    vehicles, capacity = head.whole(0, "the number of vehicles"), head.whole(3, "the capacity")
    if vehicles < 1 or capacity < 1:
        head.reject("a dial-a-ride instance has at least one vehicle with room for one")
    count = _request_count(head, rows)
    nodes = [_node(number, row) for number, row in enumerate(rows[: 2 * count + 1])]
    times = straight_line_times([(node.x, node.y) for node in nodes])
    longest = head.not_negative(2, "the longest duration"), head.not_negative(4, "the longest ride")
    requests = [
        request_of(number, nodes, (number, number + count), times, longest[1]) for number in range(1, count + 1)
    ]
    weights = CostWeights(
        drive_s=0, drive_m=1, on_board_s=0, unserved=10 * distance_bound(requests, times, LocationIndex(0))
    )
    fleet = [_shift(number, nodes[0], capacity, at_most(longest[0])) for number in range(1, vehicles + 1)]
    return Instance(
        name=path.stem,
        format=InstanceFormat.DARP,
        problem=Problem({shift.id: shift for shift in fleet}, {request.id: request for request in requests}, times),
        weights=weights,
        unit=UNIT,
        places=tuple(map(str, range(len(nodes)))),
        coordinates=tuple((node.x, node.y) for node in nodes),
    )


def _request_count(head: Line, rows: list[Line]) -> int:
    """How many requests there are: the second number of the head, or half of it."""
    said = head.whole(1, "the number of requests")
    counts_both_ends = said % 2 == 0 and len(rows) in (said + 1, said + 2)
    if said < 1 or not (counts_both_ends or len(rows) in (2 * said + 1, 2 * said + 2)):
        head.reject(
            f"{said} requests need {2 * said + 1} lines of places, with the depot ({said + 1} if that number counts "
            f"both ends), but {len(rows)} follow; is the file cut off?"
        )
    return said // 2 if counts_both_ends else said


def _node(number: int, row: Line) -> Node:
    if len(row.values) != _COLUMNS:
        row.reject(
            f"{len(row.values)} numbers instead of {_COLUMNS} (place, x, y, service, load, earliest, latest); "
            "is the file cut off?"
        )
    if row.values[0] != number:
        row.reject(f"place {row.values[0]:g} stands where place {number} is expected; number them from 0")
    return node_of(row, service=3, load=4, window=5)


def _shift(number: int, depot: Node, capacity: int, max_duration_s: int) -> Shift:
    return Shift(
        id=ShiftId(str(number)),
        vehicle_id=VehicleId(str(number)),
        start=LocationIndex(0),
        end=LocationIndex(0),
        start_s=at_least(depot.earliest),
        end_s=at_most(depot.latest),
        layouts=(Load(seat=capacity),),
        max_duration_s=max_duration_s,
    )
