"""Putting one request into the runs, exactly: every pair of positions, the true schedule, the true cost.

Most pairs are ruled out by limits that cost a comparison each (earliest and latest starts of the visits that are there
already, loads, breaks); the rest get the exact schedule of :mod:`routing.schedule`, those that may be cheapest first.

The limits take for granted that a detour is never faster than the direct way, to within ``_ROUNDING_S``, as it is with
travel times along fastest paths that were rounded to seconds.
"""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import add, attrgetter, itemgetter, sub

from routing.model import NOTHING, Action, Load, LocationIndex, Plan, Request, RequestId, Run, Shift, Visit
from routing.objective import DEFAULT_WEIGHTS, CostWeights, RunTotals, riders, run_totals, way_totals
from routing.problem import Problem
from routing.schedule import (
    Bounds,
    bounds_of,
    drive_s,
    earliest_starts,
    fixed_count,
    latest_starts,
    start_times,
    with_breaks_in_place,
    with_times,
)

_ROUNDING_S = 2
"""A detour over a place may seem a second faster than the direct way; an insertion makes two of them."""

_COST_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Insertion:
    """One way to put a request into a run.

    Parameters
    ----------
    run
        The whole new run, timed.
    added_cost
        What the run costs more than before; less than zero where it only costs less because visits were re-timed.
    pickup_s, dropoff_s
        Start of service at either end.
    """

    run: Run
    added_cost: float
    pickup_s: int
    dropoff_s: int


def list_insertions(
    request: Request,
    problem: Problem,
    plan: Plan,
    *,
    weights: CostWeights = DEFAULT_WEIGHTS,
    limit: int | None = None,
) -> tuple[Insertion, ...]:
    """The ways to put a request into the runs of a plan, cheapest first; equally cheap ones by shift and position.

    Every visit that is not fixed may be re-timed within its limits, none changes its run or its order. The request
    need not be in the problem yet. A run whose visits don't keep their own limits (a vehicle is late) takes nobody.

    Parameters
    ----------
    limit
        Return at most so many, at least one. The fewer, the fewer schedules have to be worked out.
    """
    problem = problem.with_request(request)
    candidates = [
        candidate
        for run in plan.runs.values()
        if (state := _state_of(run, problem)) is not None
        for candidate in _candidates(request, state, weights)
    ]
    candidates.sort(key=attrgetter("least_cost"))
    found: list[tuple[float, str, int, int, Insertion]] = []
    for candidate in candidates:
        if limit is not None and len(found) >= limit and candidate.least_cost > found[limit - 1][0] + _COST_ROUNDING:
            break
        insertion = _insert(request, candidate, weights)
        if insertion is not None:
            place = (str(insertion.run.shift_id), candidate.pickup_at, candidate.dropoff_at)
            insort(found, (insertion.added_cost, *place, insertion), key=itemgetter(0, 1, 2, 3))
    return tuple(entry[-1] for entry in found[:limit])


def best_insertion(
    request: Request, problem: Problem, plan: Plan, *, weights: CostWeights = DEFAULT_WEIGHTS
) -> Insertion | None:
    """The cheapest way to put a request into a plan, or None where it fits nowhere."""
    insertions = list_insertions(request, problem, plan, weights=weights, limit=1)
    return insertions[0] if insertions else None


def remove(request_id: RequestId, problem: Problem, plan: Plan) -> Plan:
    """The plan without a request, as when a ride is cancelled; it is not counted as unserved either.

    The rest of its run is re-timed within its limits. If the vehicle has already set off for the request, all other
    visits keep their times, as nobody can say where it would be otherwise. (A break that was taken at the removed
    visit then moves in the plan to the visit before, which may be too far from the next one: the judge says so.)
    """
    plan = Plan(plan.runs, plan.unserved - {request_id})
    for shift_id, run in plan.runs.items():
        if request_id in run.request_ids():
            plan = plan.with_run(_without(request_id, problem, problem.shifts[shift_id], run))
    return plan


def _without(request_id: RequestId, problem: Problem, shift: Shift, run: Run) -> Run:
    fixed = fixed_count(run, problem)
    rest = with_breaks_in_place(shift, [visit for visit in run.visits if visit.request_id != request_id])
    if all(visit.request_id != request_id for visit in run.visits[:fixed]):
        starts = start_times(shift, rest, problem, fixed=fixed)
        if starts is not None:
            rest = with_times(rest, starts)
    return Run(shift.id, rest)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A pair of positions that may be possible, and the least that it may cost.

    The pickup comes before the visit at ``pickup_at``, the drop-off before the one at ``dropoff_at`` of the run as it
    was; both in the same gap if they are equal.
    """

    state: "_RunState"
    pickup_at: int
    dropoff_at: int
    least_cost: float


class _RunState:
    """What is worked out once for a run before positions in it are tried; each part when it is first needed."""

    def __init__(self, run: Run, problem: Problem, bounds: Bounds, earliest_s: list[int]) -> None:
        self.run = run
        self.problem = problem
        self.shift = problem.shifts[run.shift_id]
        self.bounds = bounds
        self.earliest_s = earliest_s

    @cached_property
    def latest_s(self) -> list[int]:
        """Upper limits on the starts."""
        return latest_starts(self.bounds)

    @cached_property
    def totals(self) -> RunTotals:
        """What the run adds up to as it stands."""
        return run_totals(self.run, self.shift, self.problem)

    @cached_property
    def least_on_board_s(self) -> int:
        """Riders' seconds on board that no schedule of these visits falls short of: nobody waits in the vehicle."""
        fixed = self.bounds.fixed
        clocks_s = [*self.earliest_s[:fixed], *accumulate(self.bounds.step_s[fixed:])]
        total_s = 0
        for pickup, dropoff, _ in self.bounds.rides:
            request_id = self.run.visits[pickup].request_id
            if request_id is not None:
                request = self.problem.requests[request_id]
                end_s = self.earliest_s[dropoff] if pickup < fixed else clocks_s[dropoff]
                ride_s = end_s - clocks_s[pickup] - request.boarding_s - _ROUNDING_S
                total_s += riders(request) * max(0, ride_s)
        return total_s

    @cached_property
    def loads(self) -> list[tuple[int, ...]]:
        """Who is on board before each visit and after the last, as the counts of a load."""
        loads: list[tuple[int, ...]] = [NOTHING.counts()]
        for visit in self.run.visits:
            load = loads[-1]
            if visit.request_id is not None:
                change = sub if visit.action is Action.DROPOFF else add
                load = tuple(map(change, load, self.problem.requests[visit.request_id].load.counts()))
            loads.append(load)
        return loads

    def has_room(self, position: int, request: Request) -> bool:
        """Whether a request fits in beside those who are on board before the visit at a position."""
        return Load(*map(add, self.loads[position], request.load.counts())).fits_one_of(self.shift.layouts)

    def place_before(self, position: int) -> LocationIndex:
        """Where the vehicle stands before it goes to the visit at a position."""
        return self.run.visits[position - 1].location if position else self.shift.start

    def place_driven_to(self, position: int) -> LocationIndex:
        """Where the vehicle drives from before a position: to the first visit from there on that is no break."""
        for visit in self.run.visits[position:]:
            if visit.action is not Action.BREAK:
                return visit.location
        return self.shift.end


def _state_of(run: Run, problem: Problem) -> _RunState | None:
    """What has to be known of a run, or None if its visits don't keep their limits already."""
    fixed = fixed_count(run, problem)
    bounds = bounds_of(problem.shifts[run.shift_id], run.visits, problem, problem.requests, fixed)
    earliest_s = earliest_starts(bounds)
    return None if earliest_s is None else _RunState(run, problem, bounds, earliest_s)


def _candidates(request: Request, state: _RunState, weights: CostWeights) -> Iterator[_Candidate]:
    """The pairs of positions in one run that its limits don't rule out."""
    problem, service_s = state.problem, state.bounds.service_s
    for pickup_at in range(state.bounds.fixed, len(state.run.visits) + 1):
        free_s = state.earliest_s[pickup_at - 1] + service_s[pickup_at - 1] if pickup_at else state.shift.start_s
        free_s = max(free_s, problem.not_before_s)
        if free_s > request.pickup_window.latest_s:
            return
        way_s = drive_s(problem, state.place_before(pickup_at), request.pickup)
        pickup_s = max(free_s + way_s, request.pickup_window.earliest_s)
        if pickup_s <= request.pickup_window.latest_s and state.has_room(pickup_at, request):
            for dropoff_at, ride_s in _dropoffs(request, state, pickup_at, pickup_s):
                yield _Candidate(
                    state, pickup_at, dropoff_at, _least_cost(request, state, (pickup_at, dropoff_at), ride_s, weights)
                )


def _dropoffs(request: Request, state: _RunState, pickup_at: int, pickup_s: int) -> Iterator[tuple[int, int]]:
    """Positions for the drop-off after a pickup at ``pickup_s`` or later, each with the least seconds of the ride."""
    problem, visits, earliest_s, latest_s = state.problem, state.run.visits, state.earliest_s, state.latest_s
    clock_s, ride_s, place = pickup_s + request.boarding_s, 0, request.pickup
    last_end_s = request.pickup_window.latest_s + request.boarding_s + request.max_ride_s
    last_start_s = min(request.dropoff_window.latest_s, last_end_s)
    for dropoff_at in range(pickup_at, len(visits) + 1):
        if dropoff_at > pickup_at:
            passed = dropoff_at - 1
            way_s = drive_s(problem, place, visits[passed].location)
            start_s = max(clock_s + way_s, earliest_s[passed])
            if (
                visits[passed].action is Action.BREAK
                or start_s > latest_s[passed] + _ROUNDING_S
                or not state.has_room(dropoff_at, request)
            ):
                return
            service_s = state.bounds.service_s[passed]
            clock_s, ride_s, place = start_s + service_s, ride_s + way_s + service_s, visits[passed].location
        if clock_s > last_start_s or ride_s > request.max_ride_s:
            return
        way_s = drive_s(problem, place, request.dropoff)
        dropoff_s = max(clock_s + way_s, request.dropoff_window.earliest_s)
        if dropoff_s > last_start_s or ride_s + way_s > request.max_ride_s:
            continue
        goes_on_s = dropoff_s + request.alighting_s
        if not state.bounds.is_break[dropoff_at]:
            goes_on_s += drive_s(problem, request.dropoff, state.place_driven_to(dropoff_at))
        if goes_on_s <= latest_s[dropoff_at] + _ROUNDING_S:
            yield dropoff_at, ride_s + way_s


def _least_cost(
    request: Request, state: _RunState, positions: tuple[int, int], ride_s: int, weights: CostWeights
) -> float:
    """What an insertion adds at least: its exact detour, and riders' time on board as if nobody ever waited."""
    pickup_at, dropoff_at = positions
    before, first = state.place_before(pickup_at), state.place_driven_to(pickup_at)
    last, after = state.place_before(dropoff_at), state.place_driven_to(dropoff_at)
    old_ways: list[tuple[LocationIndex, ...]] = [(before, first), (last, after)]
    new_ways: list[tuple[LocationIndex, ...]] = [(before, request.pickup, first), (last, request.dropoff, after)]
    if pickup_at == dropoff_at:
        old_ways, new_ways = [(before, after)], [(before, request.pickup, request.dropoff, after)]
    added = RunTotals(0, 0, riders(request) * ride_s + state.least_on_board_s - state.totals.on_board_s)
    for way in new_ways:
        added += way_totals(way, state.problem)
    for way in old_ways:
        added -= way_totals(way, state.problem)
    return weights.of(added)


def _insert(request: Request, candidate: _Candidate, weights: CostWeights) -> Insertion | None:
    """The run with the request at a pair of positions, timed, or None if there is no schedule."""
    state = candidate.state
    visits = list(state.run.visits)
    visits.insert(candidate.dropoff_at, Visit(Action.DROPOFF, request.dropoff, 0, request.id))
    visits.insert(candidate.pickup_at, Visit(Action.PICKUP, request.pickup, 0, request.id))
    placed = with_breaks_in_place(state.shift, visits)
    starts_s = start_times(state.shift, placed, state.problem, fixed=state.bounds.fixed)
    if starts_s is None:
        return None
    run = Run(state.shift.id, with_times(placed, starts_s))
    return Insertion(
        run=run,
        added_cost=weights.of(run_totals(run, state.shift, state.problem) - state.totals),
        pickup_s=starts_s[candidate.pickup_at],
        dropoff_s=starts_s[candidate.dropoff_at + 1],
    )
