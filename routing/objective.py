"""What a plan costs: the figures that insertion and improvement make small.

A cost has no currency. With the default weights, one unit is one second that a usual vehicle drives; so a weight says
how many seconds of driving something is worth. In a planner's words a plan costs

* what its vehicles drive, by time and by distance, each vehicle at its owner's rate, and what an owner asks for the use
  of a vehicle at all;
* the riders' time on board;
* the risk of lateness: visits planned close to the end of their windows;
* waits too short for another ride: they take room away from later riders without giving the driver a rest;
* those who are left out.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from routing.model import USUAL_COSTS, Action, LocationIndex, OwnerCosts, Plan, Request, Run, Shift, Visit
from routing.problem import Problem


@dataclass(frozen=True, slots=True)
class CostWeights:
    """How much each thing counts. All weights are zero or more.

    Parameters
    ----------
    drive_s
        For a second that a vehicle drives: the driver's time that is not free for the next ride.
    drive_m
        For a metre that a vehicle drives: fuel and wear. With the default, a kilometre is worth 20 s.
    on_board_s
        For a second that one rider sits in the vehicle, from the end of boarding to the beginning of alighting. With
        the default a vehicle drives at most a minute out of its way to spare one rider four.
    unserved
        For a request that nobody serves and that has no ``unserved_cost`` of its own. It has to outweigh any detour.
    tight_s
        For a second by which a pickup or a drop-off begins later than ``margin_s`` before the end of its window, once
        for each visit whatever the party: what is planned close to the end comes too late when a road is slow.
    margin_s
        How long before the end of a window a visit begins to be tight.
    short_wait_s
        For a second of a wait between two consecutive visits of a run, breaks included, that is shorter than
        ``usable_wait_s``; the wait before the first visit and after the last is none.
    usable_wait_s
        From how many seconds on a wait costs nothing: long enough for another ride to be put in.
    """

    drive_s: float = 1.0
    drive_m: float = 0.02
    on_board_s: float = 0.25
    unserved: float = 100_000.0
    tight_s: float = 0.0
    margin_s: int = 120
    short_wait_s: float = 0.0
    usable_wait_s: int = 900

    def __post_init__(self) -> None:
        if min(astuple(self)) < 0:
            msg = "a cost weight is not negative: a plan would be better the longer it takes"
            raise ValueError(msg)

    def of(self, totals: "RunTotals", costs: OwnerCosts = USUAL_COSTS) -> float:
        """The cost of what a run adds up to, with the vehicle of an owner who asks ``costs``.

        The terms are added up in the order of the fields of :class:`RunTotals`.
        """
        return (
            self.drive_s * costs.drive_s_factor * totals.drive_s
            + self.drive_m * costs.drive_m_factor * totals.drive_m
            + self.on_board_s * totals.on_board_s
            + self.tight_s * totals.tight_s
            + self.short_wait_s * totals.short_wait_s
            + costs.when_used * totals.used
        )

    def of_unserved(self, request: Request) -> float:
        """The cost of leaving out a request."""
        return self.unserved if request.unserved_cost is None else request.unserved_cost


DEFAULT_WEIGHTS = CostWeights()


@dataclass(frozen=True, slots=True)
class RunTotals:
    """What a run adds up to. A difference of two may have negative figures.

    Parameters
    ----------
    drive_s, drive_m
        Driving from the shift's start to its end.
    on_board_s
        Riders' seconds on board.
    tight_s
        Seconds by which visits begin later than the margin before the end of their windows.
    short_wait_s
        Seconds of waits between visits that are too short for another ride.
    used
        1 if the run serves anybody, else 0.
    """

    drive_s: int
    drive_m: int
    on_board_s: int
    tight_s: int = 0
    short_wait_s: int = 0
    used: int = 0

    def __add__(self, other: "RunTotals") -> "RunTotals":
        return RunTotals(*(a + b for a, b in zip(self._figures(), other._figures(), strict=True)))

    def __sub__(self, other: "RunTotals") -> "RunTotals":
        return RunTotals(*(a - b for a, b in zip(self._figures(), other._figures(), strict=True)))

    def _figures(self) -> tuple[int, ...]:
        return (self.drive_s, self.drive_m, self.on_board_s, self.tight_s, self.short_wait_s, self.used)


def riders(request: Request) -> int:
    """How many people travel: everybody on a seat or in a wheelchair, at least one."""
    return max(1, request.load.seat + request.load.wheelchair)


def way_totals(places: Iterable[LocationIndex], problem: Problem) -> RunTotals:
    """What the way through some places adds up to; nothing is driven from a place to itself."""
    seconds = metres = 0
    before: LocationIndex | None = None
    for place in places:
        if before is not None and place != before:
            seconds += problem.times.duration_s(before, place)
            metres += problem.times.distance_m(before, place)
        before = place
    return RunTotals(seconds, metres, 0)


def run_totals(run: Run, shift: Shift, problem: Problem, weights: CostWeights = DEFAULT_WEIGHTS) -> RunTotals:
    """What a run adds up to, with the times it has. The problem knows every request that the run serves.

    Parameters
    ----------
    weights
        For ``margin_s`` and ``usable_wait_s``.
    """
    way = way_totals((shift.start, *(visit.location for visit in run.visits), shift.end), problem)
    on_board_s = tight_s = short_wait_s = used = 0
    before: Visit | None = None
    service_s = 0
    for visit in run.visits:
        if before is not None:
            wait_s = visit.start_s - before.start_s - service_s - _drive_s(before.location, visit.location, problem)
            short_wait_s += wait_s if 0 < wait_s < weights.usable_wait_s else 0
        if visit.request_id is None:
            service_s = shift.breaks[visit.break_index or 0].duration_s
        else:
            request = problem.requests[visit.request_id]
            is_pickup = visit.action is Action.PICKUP
            window = request.pickup_window if is_pickup else request.dropoff_window
            service_s = request.boarding_s if is_pickup else request.alighting_s
            on_board_s += riders(request) * (-visit.start_s - request.boarding_s if is_pickup else visit.start_s)
            tight_s += max(0, visit.start_s - window.latest_s + weights.margin_s)
            used = 1
        before = visit
    return RunTotals(way.drive_s, way.drive_m, on_board_s, tight_s, short_wait_s, used)


def run_cost(run: Run, shift: Shift, problem: Problem, weights: CostWeights = DEFAULT_WEIGHTS) -> float:
    """The cost of one run."""
    return weights.of(run_totals(run, shift, problem, weights), shift.costs)


def plan_cost(plan: Plan, problem: Problem, weights: CostWeights = DEFAULT_WEIGHTS) -> float:
    """The cost of all runs and of the requests that are not served; those the problem doesn't know cost the usual."""
    cost = sum(run_cost(run, problem.shifts[shift_id], problem, weights) for shift_id, run in plan.runs.items())
    for request_id in sorted(plan.unserved):
        request = problem.requests.get(request_id)
        cost += weights.unserved if request is None else weights.of_unserved(request)
    return cost


def drive_m(run: Run, problem: Problem) -> int:
    """The metres of a run, from where the shift starts to where it ends."""
    shift = problem.shifts[run.shift_id]
    return way_totals((shift.start, *(visit.location for visit in run.visits), shift.end), problem).drive_m


def _drive_s(origin: LocationIndex, destination: LocationIndex, problem: Problem) -> int:
    return 0 if origin == destination else problem.times.duration_s(origin, destination)
