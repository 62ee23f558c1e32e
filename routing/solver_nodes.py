"""What can still be changed of a plan, as the nodes of a routing model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.model import Action, LocationIndex, Plan, Request, RequestId, Run, Shift, TimeWindow, Visit
from routing.problem import Problem
from routing.schedule import drive_s, fixed_count, start_times
from routing.tightening import tighten_request


@dataclass(frozen=True, slots=True)
class Rest:
    """The part of a run that can still be changed: where and when it begins, and with whom on board.

    Parameters
    ----------
    fixed
        The visits before it.
    on_board
        When the boarding of each rider began who is in the vehicle.
    """

    shift: Shift
    fixed: tuple[Visit, ...]
    place: LocationIndex
    free_s: int
    on_board: Mapping[RequestId, int]

    def breaks(self) -> range:
        """The breaks that are still to be taken."""
        return range(sum(visit.action is Action.BREAK for visit in self.fixed), len(self.shift.breaks))


def rest_of(problem: Problem, run: Run) -> Rest | None:
    """What can still be changed of a run, or None if its visits don't keep their limits (the vehicle is late)."""
    shift, fixed = problem.shifts[run.shift_id], run.visits[: fixed_count(run, problem)]
    if start_times(shift, run.visits, problem, fixed=len(fixed)) is None:
        return None
    on_board: dict[RequestId, int] = {}
    place, free_s = shift.start, shift.start_s
    for visit in fixed:
        place, free_s = visit.location, visit.start_s
        if visit.request_id is None:
            free_s += shift.breaks[visit.break_index or 0].duration_s
        elif visit.action is Action.PICKUP:
            on_board[visit.request_id] = visit.start_s
            free_s += problem.requests[visit.request_id].boarding_s
        else:
            on_board.pop(visit.request_id, None)
            free_s += problem.requests[visit.request_id].alighting_s
    return Rest(shift, fixed, place, max(free_s, problem.not_before_s), on_board)


@dataclass(frozen=True, slots=True)
class Node:
    """A visit that is still to be made, or where a vehicle starts or ends; ``sign`` is +1 for boarding, -1, or 0."""

    place: LocationIndex
    window: TimeWindow
    service_s: int = 0
    sign: int = 0
    request: Request | None = None

    def load(self) -> tuple[int, ...]:
        """What comes on board, negative for what leaves."""
        return () if self.request is None else tuple(self.sign * count for count in self.request.load.counts())

    def visit(self) -> Visit:
        """The visit, not timed yet."""
        return Visit(
            Action.PICKUP if self.sign > 0 else Action.DROPOFF, self.place, 0, self.request.id if self.request else None
        )


def end_of_run(problem: Problem, rest: Rest, place: LocationIndex) -> Node:
    """Where a run goes on from or where it ends: between the last fixed visit and the latest return."""
    back_s = rest.shift.end_s
    if rest.fixed and rest.shift.max_duration_s is not None:
        first = rest.fixed[0]
        left_s = first.start_s - drive_s(problem, rest.shift.start, first.location)
        back_s = min(back_s, left_s + rest.shift.max_duration_s)
    return Node(place, TimeWindow(min(rest.free_s, back_s), back_s))


def list_movable(problem: Problem, plan: Plan, rests: Sequence[Rest]) -> list[Request]:
    """The requests of the runs in the model that are not fixed, and those that nobody serves."""
    fixed = {visit.request_id for rest in rests for visit in rest.fixed}
    served = {request_id for rest in rests for request_id in plan.runs[rest.shift.id].request_ids()}
    return [
        problem.requests[request_id]
        for request_id in sorted((served | plan.unserved) - fixed)
        if request_id in problem.requests and ends_of(problem, problem.requests[request_id])
    ]


def dropoff_of_rider(request: Request, boarded_s: int) -> Node:
    """The drop-off of somebody on board."""
    window = request.dropoff_window
    latest_s = min(window.latest_s, boarded_s + request.boarding_s + request.max_ride_s)
    return Node(request.dropoff, TimeWindow(window.earliest_s, latest_s), request.alighting_s, -1, request)


def ends_of(problem: Problem, request: Request) -> tuple[Node, ...]:
    """Pickup and drop-off with tightened windows, or nothing if no vehicle can serve the request."""
    tight = tighten_request(request, problem)
    if tight is None:
        return ()
    return (
        Node(request.pickup, tight.pickup_window, request.boarding_s, 1, request),
        Node(request.dropoff, tight.dropoff_window, request.alighting_s, -1, request),
    )
