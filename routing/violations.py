"""The judge: what is wrong with a plan, recomputed from its visits and times alone.

Nothing here is shared with the code that makes plans; the rules are written down a second time on purpose.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from routing.model import NOTHING, Action, Break, Load, LocationIndex, Plan, RequestId, Run, Shift, ShiftId, Visit
from routing.problem import Problem
from routing.travel_times import UNREACHABLE_S


class ViolationKind(StrEnum):
    """Everything that can be wrong with a plan, or with the change from one plan to another. A closed list."""

    UNKNOWN_SHIFT = "unknown_shift"
    """A run of a shift that the problem doesn't have."""
    UNKNOWN_REQUEST = "unknown_request"
    """A request that the problem doesn't have."""
    LOST = "lost"
    """A request that is neither served nor counted as unserved."""
    SERVED_AND_UNSERVED = "served_and_unserved"
    """A request that is served, though it is counted as unserved."""
    SERVED_TWICE = "served_twice"
    """A request with more than one pickup or drop-off."""
    NOT_PAIRED = "not_paired"
    """A run with only one end of a request."""
    PICKUP_AFTER_DROPOFF = "pickup_after_dropoff"
    """A drop-off before the pickup."""
    WRONG_LOCATION = "wrong_location"
    """A visit at another place than the request's."""
    OUTSIDE_WINDOW = "outside_window"
    """A visit that begins outside the request's window."""
    WRONG_SHIFT = "wrong_shift"
    """A request in the run of a shift that may not serve it."""
    OVERLOADED = "overloaded"
    """More on board than any layout of the vehicle has room for."""
    RIDE_TOO_LONG = "ride_too_long"
    """More time on board than the request allows."""
    UNREACHABLE = "unreachable"
    """A visit that no way leads to."""
    NOT_ENOUGH_TIME = "not_enough_time"
    """A visit that begins before the vehicle can be there: service and drive take longer."""
    OUTSIDE_SHIFT = "outside_shift"
    """A vehicle that leaves before its shift begins or is back after it ends."""
    RUN_TOO_LONG = "run_too_long"
    """More time from leaving the shift's start to the return than its duration allows."""
    OUT_OF_RANGE = "out_of_range"
    """More metres without charging than the vehicle's range."""
    WAITS_WHERE_IT_MUST_NOT = "waits_where_it_must_not"
    """A wait between two places neither of which a vehicle may wait at."""
    BREAK_MISSING = "break_missing"
    """A break of the shift that is not in the run."""
    BREAK_OUT_OF_ORDER = "break_out_of_order"
    """A break that the shift doesn't have, a second time, or before an earlier one."""
    BREAK_OUTSIDE_WINDOW = "break_outside_window"
    """A break that begins outside its window."""
    BREAK_WITH_RIDERS = "break_with_riders"
    """A break with somebody on board."""
    BREAK_WRONG_PLACE = "break_wrong_place"
    """A break somewhere else than at its place or, if it has none, where the vehicle stands."""
    FIXED_VISIT_CHANGED = "fixed_visit_changed"
    """A change of a visit that could no longer be changed."""
    SETS_OFF_TOO_EARLY = "sets_off_too_early"
    """A change that makes a vehicle set off earlier than it can be told."""
    ORDER_CHANGED = "order_changed"
    """A change that takes a ride out of a run whose order is locked, or puts its rides in another order."""
    DROPPED = "dropped"
    """A change that leaves out a request that was served before."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong, with the figures in words. Times in ``detail`` are seconds of the service day."""

    kind: ViolationKind
    shift_id: ShiftId | None
    request_id: RequestId | None
    detail: str


def violations(plan: Plan, problem: Problem, *, only: Collection[ShiftId] | None = None) -> tuple[Violation, ...]:
    """Everything that is wrong with a plan; nothing for a plan that can be driven and keeps every promise.

    Parameters
    ----------
    only
        The shifts whose runs are looked at, None for all. Who is served, and how often, is counted in all of them.
    """
    found: list[Violation] = []
    for shift_id, run in plan.runs.items():
        if only is not None and shift_id not in only:
            continue
        shift = problem.shifts.get(shift_id)
        if shift is None or run.shift_id != shift_id:
            found.append(_of_run(ViolationKind.UNKNOWN_SHIFT, run, None, f"stands in the plan as {shift_id}"))
            continue
        found.extend(_requests_of_run(run, problem))
        found.extend(_moves_of_run(run, shift, problem))
        found.extend(_waits_of_run(run, shift, problem))
        found.extend(_metres_of_run(run, shift, problem))
        found.extend(_loads_of_run(run, shift, problem))
        found.extend(_breaks_of_run(run, shift))
    for shift_id, shift in problem.shifts.items():
        if shift_id not in plan.runs and (only is None or shift_id in only):
            found.extend(_breaks_of_run(Run(shift_id), shift))
    found.extend(_requests_of_plan(plan, problem))
    return tuple(found)


def change_violations(before: Plan, after: Plan, problem: Problem) -> tuple[Violation, ...]:
    """Everything that must not become of ``before`` once it has been told to drivers and riders.

    Judged with ``problem.not_before_s``, beside what is wrong with ``after`` by itself (:func:`violations`).
    """
    found: list[Violation] = []
    for shift_id, run in before.runs.items():
        new_run = after.runs.get(shift_id, Run(shift_id))
        if new_run is run:
            continue
        fixed = sum(set_off_s < problem.not_before_s for set_off_s in _set_offs_s(run, problem))
        if run.visits[:fixed] != new_run.visits[:fixed]:
            detail = f"the first {fixed} visits could not be changed any more"
            found.append(_of_run(ViolationKind.FIXED_VISIT_CHANGED, new_run, None, detail))
        for visit, set_off_s in zip(new_run.visits[fixed:], list(_set_offs_s(new_run, problem))[fixed:], strict=True):
            if set_off_s < problem.not_before_s:
                detail = f"would have to set off at {set_off_s}, before {problem.not_before_s}"
                found.append(_of_run(ViolationKind.SETS_OFF_TOO_EARLY, new_run, visit, detail))
    served = _served(after)
    for shift_id in sorted(problem.order_locked & before.runs.keys()):
        new_run = after.runs.get(shift_id, Run(shift_id))
        ends = [end for end in _ends(before.runs[shift_id]) if end[0] in served and end[0] in problem.requests]
        if [end for end in _ends(new_run) if end in ends] != ends:
            detail = f"the {len(ends)} pickups and drop-offs of the run were to stay in it, in their order"
            found.append(_of_run(ViolationKind.ORDER_CHANGED, new_run, None, detail))
    found.extend(
        Violation(ViolationKind.DROPPED, None, request_id, "was served before")
        for request_id in sorted(_served(before) - served)
        if request_id in problem.requests
    )
    return tuple(found)


def _of_run(kind: ViolationKind, run: Run, visit: Visit | None, detail: str) -> Violation:
    return Violation(kind, run.shift_id, visit.request_id if visit else None, detail)


def _served(plan: Plan) -> set[RequestId]:
    return {visit.request_id for run in plan.runs.values() for visit in run.visits if visit.request_id is not None}


def _ends(run: Run) -> list[tuple[RequestId, Action]]:
    """Who boards and alights, in order."""
    return [(visit.request_id, visit.action) for visit in run.visits if visit.request_id is not None]


def _set_offs_s(run: Run, problem: Problem) -> Iterator[int]:
    """When the vehicle leaves for each visit, at the latest."""
    here = problem.shifts[run.shift_id].start
    for visit in run.visits:
        yield visit.start_s - (0 if visit.location == here else problem.times.duration_s(here, visit.location))
        here = visit.location


def _requests_of_plan(plan: Plan, problem: Problem) -> Iterator[Violation]:
    served = _served(plan)
    visits = [visit for run in plan.runs.values() for visit in run.visits if visit.request_id is not None]
    more_than_once = {
        request_id
        for action in (Action.PICKUP, Action.DROPOFF)
        for request_id, count in Counter([v.request_id for v in visits if v.action is action]).items()
        if count > 1 and request_id is not None
    }
    for request_id in sorted(more_than_once):
        yield Violation(ViolationKind.SERVED_TWICE, None, request_id, "has more than one pickup or drop-off")
    for request_id in sorted(problem.requests.keys() - served - plan.unserved):
        yield Violation(ViolationKind.LOST, None, request_id, "is neither served nor counted as unserved")
    for request_id in sorted(plan.unserved & served):
        yield Violation(ViolationKind.SERVED_AND_UNSERVED, None, request_id, "is served, but counted as unserved")
    for request_id in sorted(plan.unserved - problem.requests.keys()):
        yield Violation(ViolationKind.UNKNOWN_REQUEST, None, request_id, "is counted as unserved, but not known")


def _requests_of_run(run: Run, problem: Problem) -> Iterator[Violation]:
    """Whether each visit is what the request asks for, and both ends are there in the right order."""
    picked_up: dict[RequestId, Visit] = {}
    dropped_off: dict[RequestId, Visit] = {}
    for visit in run.visits:
        if visit.request_id is None:
            continue
        request = problem.requests.get(visit.request_id)
        if request is None:
            yield _of_run(ViolationKind.UNKNOWN_REQUEST, run, visit, "is visited, but not known")
            continue
        is_pickup = visit.action is Action.PICKUP
        if is_pickup and request.shift_ids is not None and run.shift_id not in request.shift_ids:
            yield _of_run(ViolationKind.WRONG_SHIFT, run, visit, f"is not for shift {run.shift_id}")
        place = request.pickup if is_pickup else request.dropoff
        window = request.pickup_window if is_pickup else request.dropoff_window
        if visit.location != place:
            yield _of_run(
                ViolationKind.WRONG_LOCATION, run, visit, f"{visit.action} at {visit.location} instead of {place}"
            )
        if visit.start_s not in window:
            limits = f"{window.earliest_s} to {window.latest_s}"
            yield _of_run(ViolationKind.OUTSIDE_WINDOW, run, visit, f"{visit.action} at {visit.start_s}, not {limits}")
        if is_pickup and request.id in dropped_off:
            yield _of_run(ViolationKind.PICKUP_AFTER_DROPOFF, run, visit, "is dropped off before it is picked up")
        if not is_pickup and request.id in picked_up:
            ride_s = visit.start_s - picked_up[request.id].start_s - request.boarding_s
            if ride_s > request.max_ride_s:
                detail = f"rides for {ride_s} s, allowed are {request.max_ride_s} s"
                yield _of_run(ViolationKind.RIDE_TOO_LONG, run, visit, detail)
        (picked_up if is_pickup else dropped_off)[request.id] = visit
    for request_id in sorted(picked_up.keys() ^ dropped_off.keys()):
        only = picked_up.get(request_id) or dropped_off[request_id]
        yield _of_run(ViolationKind.NOT_PAIRED, run, only, f"has only a {only.action} here")


def _moves_of_run(run: Run, shift: Shift, problem: Problem) -> Iterator[Violation]:
    """Whether the vehicle can be at each visit in time, within its shift."""
    here, free_s = shift.start, shift.start_s
    for index, visit in enumerate(run.visits):
        way_s = 0 if visit.location == here else problem.times.duration_s(here, visit.location)
        if way_s >= UNREACHABLE_S:
            yield _of_run(ViolationKind.UNREACHABLE, run, visit, f"no way leads from {here} to {visit.location}")
        elif visit.start_s < free_s + way_s:
            kind = ViolationKind.NOT_ENOUGH_TIME if index else ViolationKind.OUTSIDE_SHIFT
            detail = f"begins at {visit.start_s}, the vehicle can be there at {free_s + way_s}"
            yield _of_run(kind, run, visit, detail)
        here, free_s = visit.location, visit.start_s + _service_s(visit, shift, problem)
    way_s = 0 if here == shift.end else problem.times.duration_s(here, shift.end)
    if way_s >= UNREACHABLE_S:
        yield _of_run(ViolationKind.UNREACHABLE, run, None, f"no way leads from {here} to {shift.end}")
        return
    back_s = free_s + way_s
    if back_s > shift.end_s:
        detail = f"is back at {back_s}, after the end at {shift.end_s}"
        yield _of_run(ViolationKind.OUTSIDE_SHIFT, run, None, detail)
    away_s = back_s - next(_set_offs_s(run, problem), back_s)
    if shift.max_duration_s is not None and away_s > shift.max_duration_s:
        detail = f"is away for {away_s} s, allowed are {shift.max_duration_s} s"
        yield _of_run(ViolationKind.RUN_TOO_LONG, run, None, detail)


def _waits_of_run(run: Run, shift: Shift, problem: Problem) -> Iterator[Violation]:
    """Whether the vehicle waits only where it may: at one of the two places between which there is time."""
    for visit, following in pairwise(run.visits):
        if visit.location in problem.no_waiting and following.location in problem.no_waiting:
            stays = visit.location == following.location
            way_s = 0 if stays else problem.times.duration_s(visit.location, following.location)
            wait_s = following.start_s - visit.start_s - _service_s(visit, shift, problem) - way_s
            if wait_s > 0:
                detail = f"would have to wait for {wait_s} s at {visit.location} or {following.location}"
                yield _of_run(ViolationKind.WAITS_WHERE_IT_MUST_NOT, run, following, detail)


def _metres_of_run(run: Run, shift: Shift, problem: Problem) -> Iterator[Violation]:
    """Whether the vehicle gets from one charging to the next; a stretch that is too long is told once."""
    if shift.range_m is None:
        return
    stretches: list[list[LocationIndex]] = [[shift.start]]
    for visit in run.visits:
        stretches[-1].append(visit.location)
        pause = _break_at(visit, shift)
        if pause is not None and pause.recharges:
            stretches.append([visit.location])
    stretches[-1].append(shift.end)
    for stretch in stretches:
        metres = sum(problem.times.distance_m(a, b) for a, b in pairwise(stretch) if a != b)
        if metres > shift.range_m:
            detail = f"drives {metres} m from {stretch[0]} without charging, its range is {shift.range_m} m"
            yield _of_run(ViolationKind.OUT_OF_RANGE, run, None, detail)


def _break_at(visit: Visit, shift: Shift) -> Break | None:
    """The break that is taken at a visit, if it is one that the shift has."""
    number = visit.break_index
    if visit.action is not Action.BREAK or number is None or not 0 <= number < len(shift.breaks):
        return None
    return shift.breaks[number]


def _service_s(visit: Visit, shift: Shift, problem: Problem) -> int:
    if visit.action is Action.BREAK:
        pause = _break_at(visit, shift)
        return 0 if pause is None else pause.duration_s
    request = problem.requests.get(visit.request_id) if visit.request_id is not None else None
    if request is None:
        return 0
    return request.boarding_s if visit.action is Action.PICKUP else request.alighting_s


def _loads_of_run(run: Run, shift: Shift, problem: Problem) -> Iterator[Violation]:
    """Whether everybody on board fits at every moment, and nobody is on board during a break."""
    on_board: dict[RequestId, Load] = {}
    for visit in run.visits:
        if visit.action is Action.BREAK and on_board:
            detail = f"{len(on_board)} parties are on board during a break at {visit.start_s}"
            yield _of_run(ViolationKind.BREAK_WITH_RIDERS, run, visit, detail)
        elif visit.action is Action.DROPOFF and visit.request_id is not None:
            on_board.pop(visit.request_id, None)
        elif visit.request_id is not None and visit.request_id in problem.requests:
            on_board[visit.request_id] = problem.requests[visit.request_id].load
            load = sum(on_board.values(), NOTHING)
            if not load.fits_one_of(shift.layouts):
                detail = f"{_words(load.as_dict())} on board from {visit.start_s}, no layout has room"
                yield _of_run(ViolationKind.OVERLOADED, run, visit, detail)


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _breaks_of_run(run: Run, shift: Shift) -> Iterator[Violation]:
    """Whether every break of the shift is taken, in order, in its window, where it belongs."""
    here, expected = shift.start, 0
    for visit in run.visits:
        if visit.action is Action.BREAK:
            number = -1 if visit.break_index is None else visit.break_index
            if not expected <= number < len(shift.breaks):
                yield _of_run(ViolationKind.BREAK_OUT_OF_ORDER, run, visit, f"break {number} at {visit.start_s}")
            else:
                for missed in range(expected, number):
                    yield _of_run(ViolationKind.BREAK_MISSING, run, None, f"break {missed} is not taken")
                expected = number + 1
                window = shift.breaks[number].window
                if visit.start_s not in window:
                    detail = f"break {number} at {visit.start_s}, not {window.earliest_s} to {window.latest_s}"
                    yield _of_run(ViolationKind.BREAK_OUTSIDE_WINDOW, run, visit, detail)
            pause = _break_at(visit, shift)
            place = here if pause is None or pause.location is None else pause.location
            if visit.location != place:
                detail = f"break {number} at {visit.location} instead of {place}"
                yield _of_run(ViolationKind.BREAK_WRONG_PLACE, run, visit, detail)
        here = visit.location
    for missed in range(expected, len(shift.breaks)):
        yield _of_run(ViolationKind.BREAK_MISSING, run, None, f"break {missed} is not taken")
