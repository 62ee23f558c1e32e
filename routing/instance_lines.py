"""Lines of numbers, as the published instances are written."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import NoReturn

from routing.instance import InstanceError, at_least, at_most
from routing.model import Load, LocationIndex, Request, RequestId, TimeWindow
from routing.travel_times import MatrixTravelTimes

_LARGEST_TIME = 9_000
"""Times in the file's units; with them the engine's stay clear of what it calls unreachable."""


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of one line, and where it stands."""

    path: Path
    number: int
    values: tuple[float, ...]

    def reject(self, what: str) -> NoReturn:
        """Raise an error that says where."""
        msg = f"{self.path}, line {self.number}: {what}"
        raise InstanceError(msg)

    def whole(self, column: int, name: str) -> int:
        """A value that has to be a whole number."""
        value = self.values[column]
        if value != int(value):
            self.reject(f"{name} is {value}; write a whole number")
        return int(value)

    def not_negative(self, column: int, name: str) -> float:
        """A value that has to be zero or more."""
        value = self.values[column]
        if value < 0:
            self.reject(f"{name} is {value:g}; it can't be less than 0")
        return value


@dataclass(frozen=True, slots=True)
class Node:
    """A place where somebody boards or alights, or the depot. Times are in the file's units."""

    line: Line
    x: float
    y: float
    service: float
    load: int
    earliest: float
    latest: float


def read_lines(path: Path) -> list[Line]:
    """All lines that are not empty, as numbers.

    Raises
    ------
    InstanceError
        If there is no such file, it is empty, or something in it is no number.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        msg = f"{path} can't be read: {fault.strerror}. Give the path of an instance file."
        raise InstanceError(msg) from fault
    except UnicodeDecodeError as fault:
        msg = f"{path} is no text; give the instance file itself, unpacked"
        raise InstanceError(msg) from fault
    lines = [_line(path, number, row) for number, row in enumerate(text.splitlines(), start=1) if row.strip()]
    if not lines:
        msg = f"{path} is empty; download it again"
        raise InstanceError(msg)
    return lines


def _line(path: Path, number: int, row: str) -> Line:
    values = []
    for word in row.split():
        try:
            value = float(word)
        except ValueError:
            value = float("nan")
        if not isfinite(value):
            msg = f"{path}, line {number}: {word!r} is no number; is this the right --format?"
            raise InstanceError(msg)
        values.append(value)
    return Line(path, number, tuple(values))


def node_of(line: Line, *, service: int, load: int, window: int) -> Node:
    """A node from the columns of its line; x and y are the second and the third, the window takes two."""
    earliest, latest = line.not_negative(window, "the earliest time"), line.not_negative(window + 1, "the latest time")
    if earliest > latest:
        line.reject(f"the window ends at {latest:g}, before it begins at {earliest:g}; correct one of the two")
    if latest > _LARGEST_TIME:
        line.reject(f"the window ends at {latest:g}; times up to {_LARGEST_TIME} can be read")
    return Node(
        line,
        line.values[1],
        line.values[2],
        line.not_negative(service, "the service time"),
        line.whole(load, "the load"),
        earliest,
        latest,
    )


def request_of(
    number: int, nodes: list[Node], ends: tuple[int, int], times: MatrixTravelTimes, longest_ride: float
) -> Request:
    """The request between two nodes, if it can be served at all.

    Raises
    ------
    InstanceError
        If loads or windows of the two ends contradict each other, the depot's window or the ride limit.
    """
    pickup, dropoff = (nodes[end] for end in ends)
    if pickup.load <= 0:
        pickup.line.reject(f"request {number} takes {pickup.load} places; a pickup takes at least 1")
    if dropoff.load != -pickup.load:
        msg = f"{-dropoff.load} alight of request {number}, but {pickup.load} board on line {pickup.line.number}"
        dropoff.line.reject(f"{msg}; make the two loads the same with opposite signs, or is the file cut off?")
    boarding_s = at_least(pickup.service)
    request = Request(
        id=RequestId(str(number)),
        pickup=LocationIndex(ends[0]),
        dropoff=LocationIndex(ends[1]),
        pickup_window=TimeWindow(at_least(pickup.earliest), at_most(pickup.latest)),
        dropoff_window=TimeWindow(at_least(dropoff.earliest), at_most(dropoff.latest)),
        load=Load(seat=pickup.load),
        boarding_s=boarding_s,
        alighting_s=at_least(dropoff.service),
        max_ride_s=max(0, at_most(pickup.service + longest_ride) - boarding_s),
    )
    _check_windows(request, nodes[0], (pickup, dropoff), times)
    return request


def _check_windows(request: Request, depot: Node, ends: tuple[Node, Node], times: MatrixTravelTimes) -> None:
    """Whether a vehicle that does nothing else could serve the request in time."""
    pickup, dropoff = ends
    direct_s = times.duration_s(request.pickup, request.dropoff)
    boards_s = max(
        at_least(depot.earliest) + times.duration_s(LocationIndex(0), request.pickup),
        request.pickup_window.earliest_s,
        request.dropoff_window.earliest_s - request.max_ride_s - request.boarding_s,
    )
    if boards_s > request.pickup_window.latest_s:
        pickup.line.reject(
            f"request {request.id} can't be picked up by {pickup.latest:g}: the depot opens at {depot.earliest:g}, and "
            f"the drop-off may begin at {dropoff.earliest:g}; widen a window"
        )
    if direct_s > request.max_ride_s:
        dropoff.line.reject(f"the straight way of request {request.id} takes longer than any ride may; raise it")
    alights_s = max(boards_s + request.boarding_s + direct_s, request.dropoff_window.earliest_s)
    if alights_s > request.dropoff_window.latest_s:
        dropoff.line.reject(
            f"request {request.id} can't be dropped off by {dropoff.latest:g}, as its pickup is not before "
            f"{pickup.earliest:g}; widen a window"
        )
    if alights_s + request.alighting_s + times.duration_s(request.dropoff, LocationIndex(0)) > at_most(depot.latest):
        dropoff.line.reject(
            f"no vehicle that drops off request {request.id} is back when the depot closes at {depot.latest:g}; "
            "let the depot close later"
        )
