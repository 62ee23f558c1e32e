"""Pickup and delivery instances in the format of Li and Lim.

Line 1 has vehicles, capacity and a speed that is not used. Then follows one line for each place: number, x, y, demand,
earliest and latest start of service, service time, number of the pickup if this is a delivery, number of the delivery
if this is a pickup. Place 0 is the depot. A unit of distance takes a unit of time. The fewer vehicles the better; among
plans with as many vehicles, the shorter the better.

Reference: H. Li, A. Lim, "A metaheuristic for the pickup and delivery problem with time windows", ICTAI 2001.
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
from routing.model import Load, LocationIndex, OwnerCosts, Shift, ShiftId, VehicleId
from routing.objective import CostWeights
from routing.problem import Problem

_COLUMNS = 9


def read_pdptw(path: Path) -> Instance:
    """Read an instance: each place of the file is a location with the same number.

    Raises
    ------
    InstanceError
        If the file is cut off, contradicts itself, or is in another format.
    """
    head, *rows = read_lines(path)
    if len(head.values) != 3:
        head.reject(f"{len(head.values)} numbers instead of 3 (vehicles, capacity, speed); is this the right --format?")
    vehicles, capacity = head.whole(0, "the number of vehicles"), head.whole(1, "the capacity")
    if vehicles < 1 or capacity < 1:
        head.reject("an instance has at least one vehicle with room for one")
    nodes = [_node(number, row) for number, row in enumerate(rows)]
    if not nodes:
        head.reject("no place follows; is the file cut off?")
    times = straight_line_times([(node.x, node.y) for node in nodes])
    longest = nodes[0].latest  # a day long: no limit
    requests = [request_of(pickup, nodes, (pickup, dropoff), times, longest) for pickup, dropoff in _pairs(nodes)]
    when_used = distance_bound(requests, times, LocationIndex(0))
    weights = CostWeights(drive_s=0, drive_m=1, on_board_s=0, unserved=10 * vehicles * when_used)
    costs = OwnerCosts(when_used=when_used)
    fleet = [_shift(number, nodes[0], capacity, costs) for number in range(1, vehicles + 1)]
    return Instance(
        name=path.stem,
        format=InstanceFormat.PDPTW,
        problem=Problem({shift.id: shift for shift in fleet}, {request.id: request for request in requests}, times),
        weights=weights,
        unit=UNIT,
        places=tuple(map(str, range(len(nodes)))),
        coordinates=tuple((node.x, node.y) for node in nodes),
    )


def _node(number: int, row: Line) -> Node:
    if len(row.values) != _COLUMNS:
        row.reject(
            f"{len(row.values)} numbers instead of {_COLUMNS} (place, x, y, demand, earliest, latest, service, pickup, "
            "delivery); is the file cut off?"
        )
    if row.values[0] != number:
        row.reject(f"place {row.values[0]:g} stands where place {number} is expected; number them from 0")
    return node_of(row, service=6, load=3, window=4)


def _pairs(nodes: list[Node]) -> list[tuple[int, int]]:
    """Pickup and delivery of every request."""
    pairs = []
    for number, node in enumerate(nodes[1:], start=1):
        pickup, dropoff = node.line.whole(7, "the pickup"), node.line.whole(8, "the delivery")
        partner = pickup or dropoff
        if (pickup == 0) == (dropoff == 0):
            node.line.reject(f"place {number} must name either its pickup or its delivery, and 0 for the other")
        if not 0 < partner < len(nodes):
            node.line.reject(f"place {number} belongs to place {partner}, which is missing; is the file cut off?")
        back = nodes[partner].line.whole(8 if pickup else 7, "the partner")
        if back != number:
            node.line.reject(f"place {number} belongs to place {partner}, but that one to {back}; correct one")
        if dropoff:
            pairs.append((number, dropoff))
    return pairs


def _shift(number: int, depot: Node, capacity: int, costs: OwnerCosts) -> Shift:
    return Shift(
        id=ShiftId(str(number)),
        vehicle_id=VehicleId(str(number)),
        start=LocationIndex(0),
        end=LocationIndex(0),
        start_s=at_least(depot.earliest),
        end_s=at_most(depot.latest),
        layouts=(Load(seat=capacity),),
        costs=costs,
    )
