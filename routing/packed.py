"""A problem and its runs as arrays, for the compiled functions.

Requests, shifts and breaks are numbered: requests and shifts in the order of their mappings, breaks shift by shift.
What happens at a visit is one number, its *code*: ``2 r`` is the pickup of request ``r``, ``2 r + 1`` its drop-off, and
``2 R + b`` the break ``b``, where ``R`` is the number of requests (and of numbers kept free for more).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from routing.model import (
    KINDS_OF_PLACES,
    Action,
    Load,
    LocationIndex,
    Plan,
    Request,
    RequestId,
    Run,
    Shift,
    ShiftId,
    TimeWindow,
    Visit,
)
from routing.objective import CostWeights, riders
from routing.problem import Problem
from routing.runs_kernel import CODE, LOW, WIDTH, new_sheet, refresh
from routing.schedule import fixed_count
from routing.tightening import tighten_request
from routing.travel_times import MatrixTravelTimes, TravelTimes

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NO_PLACE = -1
"""The place of a break that is taken wherever the vehicle stands."""
NO_LIMIT = 2**60


class PackedProblem(NamedTuple):
    """A problem as arrays; seconds and metres as everywhere.

    Sizes: ``L`` places, ``R`` requests, ``B`` breaks, ``S`` shifts, ``D`` kinds of places on board that anybody uses,
    ``K`` layouts that differ in them, without those that another one of the vehicle includes.

    Parameters
    ----------
    duration, distance
        ``(L, L)``, nothing from a place to itself.
    place, earliest, latest, service, promised
        ``(2 R + B,)`` by code: windows as narrow as all limits leave them; ``promised`` is the end of the window that
        was given.
    limit
        ``(R,)`` most seconds from the start of the pickup to the start of the drop-off.
    load, riders, penalty, allowed
        ``(R, D)``; ``(R,)``; ``(R,)`` cost of leaving out; ``(R, S)`` whether the shift may serve the request.
    shift_from, shift_to, begins, ends, max_duration, range_m
        ``(S,)``.
    cost, cost_group, cost_used
        ``(G, L, L)`` what it costs to drive, for each group of owners with the same costs; ``(S,)`` the group of each
        shift, and what its first rider costs.
    layout_offset, layouts
        ``(S + 1,)`` and ``(K, D)``: the layouts of shift ``s`` are the rows from ``layout_offset[s]`` on.
    recharges
        ``(B,)``.
    no_waiting
        ``(L,)``, or empty if waiting is allowed everywhere.
    weights
        Cost of a second on board, of a second within the margin of a window's end, of a second of short waiting.
    is_timed
        ``(1,)`` whether any of these is more than nothing.
    spans
        Margin before a window's end, longest short wait, time before which nothing can be changed.
    """

    duration: Ints
    distance: Ints
    place: Ints
    earliest: Longs
    latest: Longs
    service: Longs
    promised: Longs
    limit: Longs
    load: Ints
    riders: Longs
    penalty: Floats
    allowed: Flags
    shift_from: Ints
    shift_to: Ints
    begins: Longs
    ends: Longs
    max_duration: Longs
    range_m: Longs
    cost: Floats
    cost_group: Ints
    cost_used: Floats
    layout_offset: Ints
    layouts: Ints
    recharges: Flags
    no_waiting: Flags
    weights: Floats
    is_timed: Flags
    spans: Longs


class PackedRuns(NamedTuple):
    """Runs as arrays, one row a shift, with what is worked out for each position in advance.

    ``C`` is the room for visits in a row. A row has ``count`` visits; the entry after the last is the arrival at the
    shift's end.

    Parameters
    ----------
    row
        ``(S, WIDTH * (C + 1))`` for each visit, side by side: its code; its place; least seconds from the start before
        to this start; least start that keeps every limit (for a fixed visit its time); limit of the start by itself;
        position of the other end of the ride (-1 for none); at a drop-off, most seconds since the start of the pickup;
        end of the service after the least start.
    count, fixed
        ``(S,)`` how many visits there are, and how many of them, at the front, are facts.
    ahead
        ``(S, C + 1)`` the place that the vehicle drives to when it leaves for a visit: the next that is no break where
        it stands.
    late
        ``(S, C + 1)`` greatest start that keeps every limit.
    room
        ``(S, C + 1, D)`` who is on board before each visit.
    drive, timed, least
        ``(S,)`` costs: of driving (with the cost of use); of what depends on times; the least that can depend on them.
    version
        ``(S,)`` a number that a search gives to what the vehicles do: the same visits, the same number.
    stands, is_used
        ``(S,)`` whether positions can't be shifted as they are (a break where the vehicle stands, a limited range);
        whether anybody rides.
    is_open
        ``(S,)`` False for a run that doesn't keep its own limits (a vehicle is late): nothing is changed there.
    where
        ``(R,)`` shift of each request, -1 for nobody.
    """

    row: Longs
    count: Ints  # type: ignore[assignment]  # hides a method of tuples that nobody calls
    fixed: Ints
    ahead: Ints
    late: Longs
    room: Ints
    drive: Floats
    timed: Floats
    least: Floats
    version: NDArray[np.uint64]
    stands: Flags
    is_used: Flags
    is_open: Flags
    where: Ints


class Numbers:
    """Which number stands for which request, shift and break.

    Parameters
    ----------
    shifts, requests
        In the order of their numbers.
    spare
        How many numbers are kept free for requests that come later.
    """

    def __init__(self, shifts: Iterable[Shift], requests: Iterable[Request], spare: int = 0) -> None:
        self.shifts = tuple(shifts)
        self.requests = tuple(requests)
        self.spare = spare
        self.breaks_from = 2 * (len(self.requests) + spare)
        self.of_shift: Mapping[ShiftId, int] = {shift.id: number for number, shift in enumerate(self.shifts)}
        self.of_request: Mapping[RequestId, int] = {request.id: n for n, request in enumerate(self.requests)}
        self.breaks = tuple((shift, index) for shift in self.shifts for index in range(len(shift.breaks)))
        self._of_break = {(shift.id, index): n for n, (shift, index) in enumerate(self.breaks)}

    def code(self, visit: Visit, shift_id: ShiftId) -> int:
        """The code of a visit."""
        if visit.request_id is None:
            return self.breaks_from + self._of_break[shift_id, visit.break_index or 0]
        return 2 * self.of_request[visit.request_id] + (visit.action is Action.DROPOFF)

    def visit(self, code: int, place: int, start_s: int = 0) -> Visit:
        """The visit with a code."""
        if code >= self.breaks_from:
            _, index = self.breaks[code - self.breaks_from]
            return Visit(Action.BREAK, LocationIndex(place), start_s, break_index=index)
        action = Action.DROPOFF if code % 2 else Action.PICKUP
        return Visit(action, LocationIndex(place), start_s, self.requests[code // 2].id)


def pack_problem(
    problem: Problem,
    weights: CostWeights,
    *,
    facts: Collection[RequestId] = (),
    is_exact: bool = False,
    spare: int = 0,
) -> tuple[PackedProblem, Numbers]:
    """A problem as arrays, and which number stands for what.

    Parameters
    ----------
    facts
        Requests with fixed visits. They keep their windows, those of others are narrowed.
    is_exact
        Narrow no windows, as that holds for nearly metric travel times only; leave ``cost`` and ``allowed`` empty, and
        keep every kind of place on board: a request to come may need any.
    spare
        How many numbers are kept free for requests that come later.
    """
    numbers = Numbers(problem.shifts.values(), problem.requests.values(), spare)
    duration, distance = _matrices(problem.times)
    requests, shifts = numbers.requests, numbers.shifts
    pauses = [shift.breaks[index] for shift, index in numbers.breaks]
    narrow = [r if is_exact or r.id in facts else tighten_request(r, problem) or r for r in requests]
    windows = _windows(narrow, spare) + [pause.window for pause in pauses]
    kinds = list(range(len(KINDS_OF_PLACES))) if is_exact else _kinds_on_board(requests)
    of_shifts = [shift.widest_layouts(kinds)[::-1] for shift in shifts]  # most seats first: it mostly has room
    layouts = [layout for of_shift in of_shifts for layout in of_shift]
    part = slice(0) if is_exact else slice(None)
    cost, cost_group = _costs(duration[part, part], distance[part, part], shifts, weights)
    no_waiting = np.zeros(problem.times.size if problem.no_waiting else 0, dtype=np.bool_)
    no_waiting[sorted(problem.no_waiting)] = True
    packed = PackedProblem(
        duration=duration,
        distance=distance,
        place=_ints(
            [place for request in requests for place in (request.pickup, request.dropoff)]
            + [0] * (2 * spare)
            + [NO_PLACE if pause.location is None else pause.location for pause in pauses]
        ),
        earliest=_longs(window.earliest_s for window in windows),
        latest=_longs(window.latest_s for window in windows),
        service=_longs(
            [span for request in requests for span in (request.boarding_s, request.alighting_s)]
            + [0] * (2 * spare)
            + [pause.duration_s for pause in pauses]
        ),
        promised=_longs(w.latest_s for w in _windows(requests, spare) + [pause.window for pause in pauses]),
        limit=_longs([request.boarding_s + request.max_ride_s for request in requests] + [0] * spare),
        load=np.array([_kinds(r.load, kinds) for r in requests] + [[0] * len(kinds)] * spare, dtype=np.int32).reshape(
            len(requests) + spare, len(kinds)
        ),
        riders=_longs([riders(request) for request in requests] + [0] * spare),
        penalty=np.array([weights.of_unserved(request) for request in requests] + [0.0] * spare, dtype=np.float64),
        allowed=_allowed((), ()) if is_exact else _allowed(requests, shifts),
        **_of_shifts(shifts),
        layout_offset=np.cumsum([0, *map(len, of_shifts)]).astype(np.int32),
        cost=cost,
        cost_group=cost_group,
        layouts=np.array(layouts, dtype=np.int32).reshape(len(layouts), len(kinds)),
        recharges=np.array([pause.recharges for pause in pauses], dtype=np.bool_),
        no_waiting=no_waiting,
        weights=np.array([weights.on_board_s, weights.tight_s, weights.short_wait_s], dtype=np.float64),
        is_timed=np.array([weights.on_board_s + weights.tight_s + weights.short_wait_s > 0]),
        spans=_longs((weights.margin_s, weights.usable_wait_s, problem.not_before_s)),
    )
    return packed, numbers


def pack_runs(plan: Plan, problem: Problem, packed: PackedProblem, numbers: Numbers, *, room: int) -> PackedRuns:
    """The runs of a plan as arrays, with space for ``room`` visits in each."""
    size, kinds = len(numbers.shifts), packed.load.shape[1]
    room = max([room, *(len(run.visits) + 2 for run in plan.runs.values())])
    runs = empty_runs(size, len(numbers.requests), kinds, room)
    sheet = new_sheet(room, len(numbers.requests))
    for shift in numbers.shifts:
        row = numbers.of_shift[shift.id]
        run = plan.runs.get(shift.id, Run(shift.id))
        runs.count[row] = len(run.visits)
        runs.fixed[row] = fixed_count(run, problem)
        for position, visit in enumerate(run.visits):
            runs.row[row, WIDTH * position + CODE] = numbers.code(visit, shift.id)
            runs.row[row, WIDTH * position + LOW] = visit.start_s
            if visit.request_id is not None:
                runs.where[numbers.of_request[visit.request_id]] = row
        runs.is_open[row] = refresh(packed, runs, row, sheet)
    return runs


def empty_runs(shifts: int, requests: int, kinds: int, room: int) -> PackedRuns:
    """Arrays for runs, with nothing in them."""
    wide = (shifts, room + 1)
    return PackedRuns(
        row=np.zeros((shifts, WIDTH * (room + 1)), dtype=np.int64),
        count=np.zeros(shifts, dtype=np.int32),
        fixed=np.zeros(shifts, dtype=np.int32),
        ahead=np.zeros(wide, dtype=np.int32),
        late=np.zeros(wide, dtype=np.int64),
        room=np.zeros((*wide, kinds), dtype=np.int32),
        drive=np.zeros(shifts),
        timed=np.zeros(shifts),
        least=np.zeros(shifts),
        version=np.zeros(shifts, dtype=np.uint64),
        stands=np.zeros(shifts, dtype=np.bool_),
        is_used=np.zeros(shifts, dtype=np.bool_),
        is_open=np.ones(shifts, dtype=np.bool_),
        where=np.full(requests, -1, dtype=np.int32),
    )


class _OfShifts(TypedDict):
    shift_from: Ints
    shift_to: Ints
    begins: Longs
    ends: Longs
    max_duration: Longs
    range_m: Longs
    cost_used: Floats


def _of_shifts(shifts: Sequence[Shift]) -> _OfShifts:
    """What has one entry for each shift."""
    return _OfShifts(
        shift_from=_ints(shift.start for shift in shifts),
        shift_to=_ints(shift.end for shift in shifts),
        begins=_longs(shift.start_s for shift in shifts),
        ends=_longs(shift.end_s for shift in shifts),
        max_duration=_longs(NO_LIMIT if s.max_duration_s is None else s.max_duration_s for s in shifts),
        range_m=_longs(NO_LIMIT if shift.range_m is None else shift.range_m for shift in shifts),
        cost_used=np.array([float(shift.costs.when_used) for shift in shifts]),
    )


def _windows(requests: Sequence[Request], spare: int) -> list[TimeWindow]:
    """The windows by code, up to the first break."""
    windows = [window for request in requests for window in (request.pickup_window, request.dropoff_window)]
    return windows + [TimeWindow(0, 0)] * (2 * spare)


def _matrices(times: TravelTimes) -> tuple[Ints, Ints]:
    """Durations and distances, zero from a place to itself.

    They can't be written to, wherever they come from, so that functions are compiled for one type of array only.
    """
    if isinstance(times, MatrixTravelTimes):
        duration, distance = times.durations_s, times.distances_m
    else:
        places = [LocationIndex(place) for place in range(times.size)]
        duration = np.array([[times.duration_s(a, b) for b in places] for a in places], dtype=np.int32)
        distance = np.array([[times.distance_m(a, b) for b in places] for a in places], dtype=np.int32)
    return tuple(_with_zero_diagonal(matrix) for matrix in (duration, distance))  # type: ignore[return-value]


def _costs(duration: Ints, distance: Ints, shifts: Sequence[Shift], weights: CostWeights) -> tuple[Floats, Ints]:
    """What each way costs, once for all owners with the same factors."""
    factors = [(shift.costs.drive_s_factor, shift.costs.drive_m_factor) for shift in shifts]
    groups = sorted(set(factors)) or [(1.0, 1.0)]
    cost = np.empty((len(groups), *duration.shape))
    for group, (drive_s, drive_m) in enumerate(groups):
        np.multiply(duration, weights.drive_s * drive_s, out=cost[group])
        cost[group] += distance * (weights.drive_m * drive_m)
    return cost, _ints(groups.index(factor) for factor in factors)


def _with_zero_diagonal(matrix: Ints) -> Ints:
    whole = np.ascontiguousarray(matrix, dtype=np.int32)
    whole = whole.copy() if whole.diagonal().any() else whole.view()
    if whole.diagonal().any():
        np.fill_diagonal(whole, 0)
    whole.flags.writeable = False
    return whole


def _kinds_on_board(requests: Sequence[Request]) -> list[int]:
    """Which counts of a load anybody has; the others need not be looked at."""
    used = np.array([request.load.counts() for request in requests] or [Load(seat=1).counts()]).any(axis=0)
    return np.flatnonzero(used).tolist()


def _kinds(load: Load, kinds: Sequence[int]) -> list[int]:
    counts = load.counts()
    return [counts[kind] for kind in kinds]


def _allowed(requests: Sequence[Request], shifts: Sequence[Shift]) -> Flags:
    allowed = np.ones((len(requests), len(shifts)), dtype=np.bool_)
    for number, request in enumerate(requests):
        if request.shift_ids is not None:
            allowed[number] = [shift.id in request.shift_ids for shift in shifts]
    return allowed


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int32)


def _longs(values: Iterable[int]) -> Longs:
    return np.array(list(values), dtype=np.int64)
