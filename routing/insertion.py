"""Putting one request into the runs, exactly: every pair of positions, the true schedule, the true cost.

This is the plain road: it says what an insertion is, and the compiled one is held against it. A pair of positions is
tried in two steps. Whether the *sequence* is feasible (:func:`routing.schedule.start_times`, after loads, breaks and
the shift were looked at), and what it *costs* (:func:`routing.objective.run_totals`), are separate questions.

Most pairs are ruled out by limits that cost a comparison each: what is before the pickup can't be earlier than a sweep
forward says, what is behind the drop-off not later than a sweep backward. Both sweeps hold for any travel times, also
where a detour is faster than the direct way, as it may be where a vehicle turns round at a stop, but not in the road.
For a survey of insertion with such tests see Y. Molenbruch, K. Braekers and A. Caris (2017), Typology and literature
review for dial-a-ride problems, Annals of Operations Research 259, 295-325.
"""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from operator import add, attrgetter, itemgetter, sub

from routing.model import NOTHING, Action, Load, LocationIndex, Plan, Request, RequestId, Run, Shift, Visit
from routing.objective import DEFAULT_WEIGHTS, CostWeights, RunTotals, riders, run_totals, way_totals
from routing.problem import Problem
from routing.schedule import (
    bounds_of,
    drive_s,
    fixed_count,
    start_times,
    window_and_service,
    with_breaks_in_place,
    with_times,
)

COST_DIGITS = 6
"""Costs that are equal to so many decimal digits count as equal."""


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


@dataclass(frozen=True, slots=True)
class SideEffect:
    """What a change of a run does to one of its riders, in seconds.

    Parameters
    ----------
    pickup_shift_s, dropoff_shift_s
        How much later than before; less than zero for earlier.
    ride_longer_s
        How much longer on board; less than zero for shorter.
    """

    request_id: RequestId
    pickup_shift_s: int
    dropoff_shift_s: int
    ride_longer_s: int


def list_insertions(
    request: Request,
    problem: Problem,
    plan: Plan,
    *,
    weights: CostWeights = DEFAULT_WEIGHTS,
    limit: int | None = None,
) -> tuple[Insertion, ...]:
    """The ways to put a request into the runs of a plan, cheapest first.

    The order is that of the added cost rounded to ``COST_DIGITS``, then of the shift's id (as text), then of the
    position of the pickup and of the drop-off among the visits as they were: the first position is before the first
    visit.

    Every visit that is not fixed may be re-timed within its limits, none changes its run or its order, whether its
    shift's order is locked or not. The request need not be in the problem yet. A run whose visits don't keep their own
    limits (a vehicle is late) takes nobody.

    Parameters
    ----------
    limit
        Return at most so many, at least one. The fewer, the fewer schedules have to be worked out.
    """
    problem = problem.with_request(request)
    candidates = [
        candidate
        for run in plan.runs.values()
        if request.shift_ids is None or run.shift_id in request.shift_ids
        if (state := _state_of(run, problem, weights)) is not None
        for candidate in _candidates(request, state, weights)
    ]
    candidates.sort(key=attrgetter("least_cost"))
    found: list[tuple[float, str, int, int, Insertion]] = []
    for candidate in candidates:
        if limit is not None and len(found) >= limit and round(candidate.least_cost, COST_DIGITS) > found[limit - 1][0]:
            break
        insertion = _insert(request, candidate, weights)
        if insertion is not None:
            place = (str(insertion.run.shift_id), candidate.pickup_at, candidate.dropoff_at)
            insort(found, (round(insertion.added_cost, COST_DIGITS), *place, insertion), key=itemgetter(0, 1, 2, 3))
    return tuple(entry[-1] for entry in found[:limit])


def best_insertion(
    request: Request, problem: Problem, plan: Plan, *, weights: CostWeights = DEFAULT_WEIGHTS
) -> Insertion | None:
    """The cheapest way to put a request into a plan, or None where it fits nowhere."""
    insertions = list_insertions(request, problem, plan, weights=weights, limit=1)
    return insertions[0] if insertions else None


def side_effects(before: Run, after: Run, problem: Problem) -> tuple[SideEffect, ...]:
    """What a changed run does to those who ride in it before and after, in the order of their first visits before."""
    old, new = _visits_of_riders(before), _visits_of_riders(after)
    effects = []
    for request_id in old:
        if request_id in new and request_id in problem.requests:
            pickup_shift_s, dropoff_shift_s = (
                new[request_id][action] - old[request_id][action] for action in (Action.PICKUP, Action.DROPOFF)
            )
            effects.append(SideEffect(request_id, pickup_shift_s, dropoff_shift_s, dropoff_shift_s - pickup_shift_s))
    return tuple(effects)


def remove(request_id: RequestId, problem: Problem, plan: Plan) -> Plan:
    """The plan without a request, as when a ride is cancelled; it is not counted as unserved either.

    The rest of its run is re-timed within its limits. If the vehicle has already set off for the request, or the rest
    can't keep its limits (it would have to wait where it must not), all other visits keep their times, as nobody can
    say where it would be otherwise. (A break that was taken at the removed visit then moves in the plan to the visit
    before, which may be too far from the next one: the judge says so.)
    """
    plan = Plan(plan.runs, plan.unserved - {request_id})
    for shift_id, run in plan.runs.items():
        if request_id in run.request_ids():
            plan = plan.with_run(_without(request_id, problem, problem.shifts[shift_id], run))
    return plan


def _visits_of_riders(run: Run) -> dict[RequestId, dict[Action, int]]:
    starts_s: dict[RequestId, dict[Action, int]] = {}
    for visit in run.visits:
        if visit.request_id is not None:
            starts_s.setdefault(visit.request_id, {})[visit.action] = visit.start_s
    return starts_s


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
    """What is worked out once for a run before positions in it are tried; each part when it is first needed.

    Parameters
    ----------
    run
        With a schedule that keeps its limits, ``fixed`` of its visits are facts.
    """

    def __init__(self, run: Run, problem: Problem, fixed: int, weights: CostWeights) -> None:
        self.run = run
        self.problem = problem
        self.fixed = fixed
        self.weights = weights
        self.shift = problem.shifts[run.shift_id]
        self.bounds = bounds_of(self.shift, run.visits, problem, problem.requests, fixed)

    @cached_property
    def totals(self) -> RunTotals:
        """What the run adds up to as it stands."""
        return run_totals(self.run, self.shift, self.problem, self.weights)

    @cached_property
    def least_s(self) -> list[int]:
        """What no start of a visit is below, as long as nothing is put in before it."""
        least_s: list[int] = []
        for lower_s, step_s in zip(self.bounds.lower_s, self.bounds.step_s, strict=True):
            least_s.append(max(lower_s, least_s[-1] + step_s) if least_s else lower_s)
        return least_s

    @cached_property
    def greatest_s(self) -> list[int]:
        """What no start of a visit is above, as long as nothing is put in behind it.

        Nor before it: the way after a break that is taken where the vehicle stands is left out, for it may come to be
        taken elsewhere.
        """
        greatest_s = list(self.bounds.upper_s)
        for index in range(len(greatest_s) - 2, self.fixed - 1, -1):
            step_s = self.bounds.service_s[index] if self.is_moving_break(index) else self.bounds.step_s[index + 1]
            greatest_s[index] = min(greatest_s[index], greatest_s[index + 1] - step_s)
        return greatest_s

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

    @cached_property
    def riders(self) -> list[int]:
        """How many people are on board before each visit and after the last."""
        number = [0]
        for visit in self.run.visits:
            people = 0 if visit.request_id is None else riders(self.problem.requests[visit.request_id])
            number.append(number[-1] + (-people if visit.action is Action.DROPOFF else people))
        return number

    @cached_property
    def least_on_board_s(self) -> int:
        """Riders' seconds on board if nothing is put in and nobody ever waits."""
        facts_s, steps_s = self.least_s[: self.fixed], self.bounds.step_s[self.fixed :]
        clocks_s = [*facts_s[:-1], *accumulate(steps_s, initial=facts_s[-1])] if facts_s else [*accumulate(steps_s)]
        total_s = 0
        for pickup, dropoff in self.bounds.rides:
            ride_s = clocks_s[dropoff] - clocks_s[pickup] - self.bounds.service_s[pickup]
            total_s += (self.riders[pickup + 1] - self.riders[pickup]) * ride_s
        return total_s

    def has_room(self, position: int, request: Request) -> bool:
        """Whether a request fits in beside those who are on board before the visit at a position."""
        return Load(*map(add, self.loads[position], request.load.counts())).fits_one_of(self.shift.layouts)

    def is_moving_break(self, position: int) -> bool:
        """Whether the visit at a position is a break that is taken wherever the vehicle stands."""
        visits = self.run.visits
        return (
            position < len(visits)
            and visits[position].action is Action.BREAK
            and self.shift.breaks[visits[position].break_index or 0].location is None
        )

    def place_before(self, position: int) -> LocationIndex:
        """Where the vehicle stands before it goes to the visit at a position."""
        return self.run.visits[position - 1].location if position else self.shift.start

    def place_driven_to(self, position: int) -> LocationIndex:
        """Where the vehicle drives from before a position: to the first visit there that has a place of its own."""
        for index in range(position, len(self.run.visits)):
            if not self.is_moving_break(index):
                return self.run.visits[index].location
        return self.shift.end


def _state_of(run: Run, problem: Problem, weights: CostWeights) -> _RunState | None:
    """What has to be known of a run, or None if its visits don't keep their limits already."""
    fixed = fixed_count(run, problem)
    if start_times(problem.shifts[run.shift_id], run.visits, problem, fixed=fixed) is None:
        return None
    return _RunState(run, problem, fixed, weights)


def _candidates(request: Request, state: _RunState, weights: CostWeights) -> Iterator[_Candidate]:
    """The pairs of positions in one run that its limits don't rule out."""
    problem, service_s = state.problem, state.bounds.service_s
    for pickup_at in range(state.fixed, len(state.run.visits) + 1):
        free_s = state.least_s[pickup_at - 1] + service_s[pickup_at - 1] if pickup_at else state.shift.start_s
        free_s = max(free_s, problem.not_before_s)
        if free_s > request.pickup_window.latest_s:
            return
        way_s = drive_s(problem, state.place_before(pickup_at), request.pickup)
        pickup_s = max(free_s + way_s, request.pickup_window.earliest_s)
        if pickup_s <= request.pickup_window.latest_s and state.has_room(pickup_at, request):
            for dropoff_at, ride_s in _dropoffs(request, state, pickup_at, pickup_s):
                least_cost = _least_cost(request, state, (pickup_at, dropoff_at), ride_s, weights)
                yield _Candidate(state, pickup_at, dropoff_at, least_cost)


def _dropoffs(request: Request, state: _RunState, pickup_at: int, pickup_s: int) -> Iterator[tuple[int, int]]:
    """Positions for the drop-off after a pickup at ``pickup_s`` or later, each with the least seconds of the ride."""
    problem, visits = state.problem, state.run.visits
    clock_s, ride_s, place = pickup_s + request.boarding_s, 0, request.pickup
    last_end_s = request.pickup_window.latest_s + request.boarding_s + request.max_ride_s
    last_start_s = min(request.dropoff_window.latest_s, last_end_s)
    for dropoff_at in range(pickup_at, len(visits) + 1):
        if dropoff_at > pickup_at:
            passed = visits[dropoff_at - 1]
            if passed.action is Action.BREAK or not state.has_room(dropoff_at, request):
                return
            earliest_s, latest_s, service_s = window_and_service(state.shift, passed, problem.requests)
            way_s = drive_s(problem, place, passed.location)
            start_s = max(clock_s + way_s, earliest_s)
            clock_s, ride_s, place = start_s + service_s, ride_s + way_s + service_s, passed.location
            if start_s > latest_s:
                return
        if clock_s > last_start_s or ride_s > request.max_ride_s:
            return
        way_s = drive_s(problem, place, request.dropoff)
        dropoff_s = max(clock_s + way_s, request.dropoff_window.earliest_s)
        if dropoff_s > last_start_s or ride_s + way_s > request.max_ride_s:
            continue
        goes_on_s = dropoff_s + request.alighting_s
        if not state.is_moving_break(dropoff_at):
            goes_on_s += drive_s(problem, request.dropoff, state.place_driven_to(dropoff_at))
        if goes_on_s <= state.greatest_s[dropoff_at]:
            yield dropoff_at, ride_s + way_s


def _least_cost(
    request: Request, state: _RunState, positions: tuple[int, int], ride_s: int, weights: CostWeights
) -> float:
    """What an insertion adds at least: its exact detour, time on board as if nobody ever waited, and no other cost."""
    pickup_at, dropoff_at = positions
    before, first = state.place_before(pickup_at), state.place_driven_to(pickup_at)
    last, after = state.place_before(dropoff_at), state.place_driven_to(dropoff_at)
    gaps: list[tuple[int, tuple[LocationIndex, ...], int]] = [
        (pickup_at, (before, request.pickup, first), request.boarding_s),
        (dropoff_at, (last, request.dropoff, after), request.alighting_s),
    ]
    if pickup_at == dropoff_at:
        services_s = request.boarding_s + request.alighting_s
        gaps = [(pickup_at, (before, request.pickup, request.dropoff, after), services_s)]
    added = RunTotals(0, 0, riders(request) * ride_s + state.least_on_board_s, used=1) - replace(
        state.totals, drive_s=0, drive_m=0
    )
    for position, way, service_s in gaps:
        detour = way_totals(way, state.problem) - way_totals((way[0], way[-1]), state.problem)
        added += replace(detour, on_board_s=state.riders[position] * (detour.drive_s + service_s))
    return weights.of(added, state.shift.costs)


def _insert(request: Request, candidate: _Candidate, weights: CostWeights) -> Insertion | None:
    """The run with the request at a pair of positions, timed, or None if there is no schedule."""
    state = candidate.state
    sequence = _sequence_with(request, candidate)
    starts_s = start_times(state.shift, sequence, state.problem, fixed=state.fixed)
    if starts_s is None:
        return None
    run = Run(state.shift.id, with_times(sequence, starts_s))
    added = run_totals(run, state.shift, state.problem, weights) - state.totals
    return Insertion(
        run=run,
        added_cost=weights.of(added, state.shift.costs),
        pickup_s=starts_s[candidate.pickup_at],
        dropoff_s=starts_s[candidate.dropoff_at + 1],
    )


def _sequence_with(request: Request, candidate: _Candidate) -> tuple[Visit, ...]:
    """The visits of the run with those of the request in between, each break where it is then taken."""
    visits = list(candidate.state.run.visits)
    visits.insert(candidate.dropoff_at, Visit(Action.DROPOFF, request.dropoff, 0, request.id))
    visits.insert(candidate.pickup_at, Visit(Action.PICKUP, request.pickup, 0, request.id))
    return with_breaks_in_place(candidate.state.shift, visits)
