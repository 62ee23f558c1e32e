"""What a plan costs: the figures that insertion and improvement make small.

A cost has no currency. With the default weights, one unit is one second that a vehicle drives; so a weight says how
many seconds of driving something is worth.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from routing.model import Action, LocationIndex, Plan, Request, Run, Shift
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
        For a request that nobody serves. It has to outweigh any detour.
    """

    drive_s: float = 1.0
    drive_m: float = 0.02
    on_board_s: float = 0.25
    unserved: float = 100_000.0

    def __post_init__(self) -> None:
        if min(self.drive_s, self.drive_m, self.on_board_s, self.unserved) < 0:
            msg = "a cost weight is not negative: a plan would be better the longer it takes"
            raise ValueError(msg)

    def of(self, totals: "RunTotals") -> float:
        """The cost of what a run adds up to."""
        return self.drive_s * totals.drive_s + self.drive_m * totals.drive_m + self.on_board_s * totals.on_board_s


DEFAULT_WEIGHTS = CostWeights()


@dataclass(frozen=True, slots=True)
class RunTotals:
    """What a run adds up to: driving from the shift's start to its end, and riders' seconds on board."""

    drive_s: int
    drive_m: int
    on_board_s: int

    def __add__(self, other: "RunTotals") -> "RunTotals":
        return RunTotals(self.drive_s + other.drive_s, self.drive_m + other.drive_m, self.on_board_s + other.on_board_s)

    def __sub__(self, other: "RunTotals") -> "RunTotals":
        return RunTotals(self.drive_s - other.drive_s, self.drive_m - other.drive_m, self.on_board_s - other.on_board_s)


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


def run_totals(run: Run, shift: Shift, problem: Problem) -> RunTotals:
    """What a run adds up to, with the times it has. The problem knows every request that the run serves."""
    way = way_totals((shift.start, *(visit.location for visit in run.visits), shift.end), problem)
    on_board_s = 0
    for visit in run.visits:
        if visit.request_id is not None:
            request = problem.requests[visit.request_id]
            if visit.action is Action.PICKUP:
                on_board_s -= riders(request) * (visit.start_s + request.boarding_s)
            else:
                on_board_s += riders(request) * visit.start_s
    return RunTotals(way.drive_s, way.drive_m, on_board_s)


def run_cost(run: Run, shift: Shift, problem: Problem, weights: CostWeights = DEFAULT_WEIGHTS) -> float:
    """The cost of one run."""
    return weights.of(run_totals(run, shift, problem))


def plan_cost(plan: Plan, problem: Problem, weights: CostWeights = DEFAULT_WEIGHTS) -> float:
    """The cost of all runs and of the requests that are not served."""
    totals = RunTotals(0, 0, 0)
    for shift_id, run in plan.runs.items():
        totals += run_totals(run, problem.shifts[shift_id], problem)
    return weights.of(totals) + weights.unserved * len(plan.unserved)


def drive_m(run: Run, problem: Problem) -> int:
    """The metres of a run, from where the shift starts to where it ends."""
    shift = problem.shifts[run.shift_id]
    return way_totals((shift.start, *(visit.location for visit in run.visits), shift.end), problem).drive_m
