"""When a vehicle is where: the exact schedule of a sequence of visits.

What a time means, everywhere in the engine:

* ``start_s`` of a visit is the beginning of service: of boarding (``boarding_s`` long), of alighting
  (``alighting_s``), or of a break (its duration).
* The vehicle leaves ``shift.start`` not before ``shift.start_s`` and is back at ``shift.end`` by ``shift.end_s``.
  It leaves every place as late as it can, so it waits before it drives.
* Two visits in a row at the same location have no drive between them; their services follow one another.
* A ride lasts from the end of boarding to the beginning of alighting: at most ``max_ride_s``.
* A break is taken where the vehicle stands: at the location of the visit before it, or at ``shift.start``.
* A visit is *fixed* when the vehicle sets off towards it before ``problem.not_before_s``. Fixed visits are facts: they
  keep their position and their time and are not tested again. The vehicle sets off towards no other visit before
  ``problem.not_before_s``.

All these are *difference constraints* (lower and upper limits on times and on differences of two times). The least
times that keep the lower limits are found by sweeping forward along the run and raising a pickup whose ride would last
too long, again and again until nothing rises; if some time passes its upper limit there is no schedule (Bellman 1958
and Ford 1956 for longest paths; with *r* rides, *r* + 1 sweeps are enough).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.model import Action, LocationIndex, Request, RequestId, Run, Shift, Visit
from routing.problem import Problem

_NO_STEP_S = -(10**9)
"""Between two fixed visits nothing has to be kept: they are facts."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The constraints on the starts of a sequence of visits, as numbers.

    Every list but ``rides`` has one entry for each visit, in order, and a last one for the arrival at the shift's end.

    Parameters
    ----------
    lower_s, upper_s
        Limits on each start by itself.
    step_s
        Least time from the start of the visit before to this start: service and drive.
    service_s
        How long each visit takes.
    is_break
        Whether the visit is a break.
    rides
        For every ride: position of the pickup, of the drop-off, and the most time between their starts.
    fixed
        How many leading visits are fixed.
    """

    lower_s: list[int]
    upper_s: list[int]
    step_s: list[int]
    service_s: list[int]
    is_break: list[bool]
    rides: list[tuple[int, int, int]]
    fixed: int


def opening_run(shift: Shift) -> Run:
    """The run of a shift with nothing to do: its breaks, as early as they may be, where the shift starts.

    Raises
    ------
    ValueError
        If the breaks don't fit into the shift one after the other.
    """
    visits = []
    ready_s = shift.start_s
    for index, pause in enumerate(shift.breaks):
        start_s = max(ready_s, pause.window.earliest_s)
        ready_s = start_s + pause.duration_s
        if start_s > pause.window.latest_s or ready_s > shift.end_s:
            msg = (
                f"break {index + 1} of shift {shift.id} can't begin before {start_s} s, which is too late for its "
                "window or for the end of the shift: widen the window or shorten the breaks"
            )
            raise ValueError(msg)
        visits.append(Visit(Action.BREAK, shift.start, start_s, break_index=index))
    return Run(shift.id, tuple(visits))


def fixed_count(run: Run, problem: Problem) -> int:
    """How many leading visits can't be changed any more (see :class:`~routing.problem.Problem`)."""
    place = problem.shifts[run.shift_id].start
    for index, visit in enumerate(run.visits):
        if visit.start_s - drive_s(problem, place, visit.location) >= problem.not_before_s:
            return index
        place = visit.location
    return len(run.visits)


def start_times(
    shift: Shift,
    visits: Sequence[Visit],
    problem: Problem,
    *,
    fixed: int,
    requests: Mapping[RequestId, Request] | None = None,
) -> tuple[int, ...] | None:
    """The starts of a sequence of visits, or None where no schedule keeps every limit.

    Drop-offs and breaks begin as early as any schedule allows. A pickup then moves as late as it can without moving
    anything else, so that nobody sits in a waiting vehicle who could have been fetched later.

    Order, loads and who is on board during a break are not looked at: those are properties of the sequence, which
    :mod:`routing.insertion` keeps and :mod:`routing.violations` judges.

    Parameters
    ----------
    visits
        In order. Breaks stand at the location of the visit before them (:func:`with_breaks_in_place`).
    fixed
        How many leading visits are fixed (:func:`fixed_count` of the run they come from). Their ``start_s`` is kept,
        that of the others is not read.
    requests
        Those that the visits are about, if not the problem's.
    """
    bounds = bounds_of(shift, visits, problem, problem.requests if requests is None else requests, fixed)
    starts = earliest_starts(bounds)
    if starts is None:
        return None
    _fetch_later(bounds, starts)
    return tuple(starts[: len(visits)])


def with_times(visits: Sequence[Visit], starts_s: Sequence[int]) -> tuple[Visit, ...]:
    """The same visits at other times."""
    return tuple(
        Visit(v.action, v.location, start_s, v.request_id, v.break_index)
        for v, start_s in zip(visits, starts_s, strict=True)
    )


def with_breaks_in_place(shift: Shift, visits: Sequence[Visit]) -> tuple[Visit, ...]:
    """The same visits with each break at the location of the visit before it, or where the shift starts."""
    placed: list[Visit] = []
    place = shift.start
    for visit in visits:
        if visit.action is Action.BREAK and visit.location != place:
            placed.append(Visit(visit.action, place, visit.start_s, None, visit.break_index))
        else:
            placed.append(visit)
            place = visit.location
    return tuple(placed)


def drive_s(problem: Problem, origin: LocationIndex, destination: LocationIndex) -> int:
    """Driving time in seconds, none from a place to itself."""
    return 0 if origin == destination else problem.times.duration_s(origin, destination)


def bounds_of(
    shift: Shift, visits: Sequence[Visit], problem: Problem, requests: Mapping[RequestId, Request], fixed: int
) -> Bounds:
    """The constraints on the starts of a sequence of visits of which the first ``fixed`` are facts."""
    bounds = Bounds([], [], [], [], [], [], fixed)
    pickups: dict[RequestId, int] = {}
    place, service_s = shift.start, 0
    for index, visit in enumerate(visits):
        way_s = drive_s(problem, place, visit.location)
        earliest_s, latest_s, next_service_s = _window_and_service(shift, visit, requests)
        if index < fixed:
            bounds.lower_s.append(visit.start_s)
            bounds.upper_s.append(visit.start_s)
            bounds.step_s.append(_NO_STEP_S)
        else:
            set_off_s = problem.not_before_s if index else max(shift.start_s, problem.not_before_s)
            bounds.lower_s.append(max(earliest_s, set_off_s + way_s))
            bounds.upper_s.append(latest_s)
            bounds.step_s.append(service_s + way_s)
        bounds.service_s.append(next_service_s)
        bounds.is_break.append(visit.action is Action.BREAK)
        if visit.request_id is not None:
            if visit.action is Action.PICKUP:
                pickups[visit.request_id] = index
            elif visit.request_id in pickups:
                request = requests[visit.request_id]
                bounds.rides.append((pickups[visit.request_id], index, request.boarding_s + request.max_ride_s))
        place, service_s = visit.location, next_service_s
    way_s = drive_s(problem, place, shift.end)
    bounds.lower_s.append(shift.start_s + (0 if visits else way_s))
    bounds.upper_s.append(shift.end_s)
    bounds.step_s.append(service_s + way_s)
    bounds.service_s.append(0)
    bounds.is_break.append(False)
    return bounds


def earliest_starts(bounds: Bounds) -> list[int] | None:
    """The least starts that keep every constraint, the arrival at the shift's end last, or None."""
    starts, upper_s, step_s = list(bounds.lower_s), bounds.upper_s, bounds.step_s
    for _ in range(len(bounds.rides) + 2):
        clock_s = starts[0]
        if clock_s > upper_s[0]:
            return None
        for index in range(1, len(starts)):
            clock_s += step_s[index]
            if clock_s < starts[index]:
                clock_s = starts[index]
            else:
                starts[index] = clock_s
            if clock_s > upper_s[index]:
                return None
        is_settled = True
        for pickup, dropoff, limit_s in bounds.rides:
            least_s = starts[dropoff] - limit_s
            if least_s > starts[pickup]:
                starts[pickup] = least_s
                is_settled = False
        if is_settled:
            return starts
    return None


def latest_starts(bounds: Bounds) -> list[int]:
    """Upper limits on the starts, whatever else is put into the run; the arrival at the shift's end last.

    They are necessary, not sufficient. The way after a break is left out, for the break moves with the visit before it.
    """
    latest_s = list(bounds.upper_s)
    for pickup, dropoff, limit_s in bounds.rides:
        latest_s[dropoff] = min(latest_s[dropoff], latest_s[pickup] + limit_s)
    for index in range(len(latest_s) - 2, -1, -1):
        step_s = bounds.service_s[index] if bounds.is_break[index] else bounds.step_s[index + 1]
        latest_s[index] = min(latest_s[index], latest_s[index + 1] - step_s)
    return latest_s


def _fetch_later(bounds: Bounds, starts: list[int]) -> None:
    """Move pickups as late as the next visit allows, from the last to the first."""
    for pickup, _, _ in sorted(bounds.rides, reverse=True):
        if pickup >= bounds.fixed:
            starts[pickup] = min(bounds.upper_s[pickup], starts[pickup + 1] - bounds.step_s[pickup + 1])


def _window_and_service(shift: Shift, visit: Visit, requests: Mapping[RequestId, Request]) -> tuple[int, int, int]:
    """Earliest start, latest start and duration of service of a visit."""
    if visit.request_id is None:
        pause = shift.breaks[visit.break_index or 0]
        return pause.window.earliest_s, pause.window.latest_s, pause.duration_s
    request = requests[visit.request_id]
    if visit.action is Action.PICKUP:
        return request.pickup_window.earliest_s, request.pickup_window.latest_s, request.boarding_s
    return request.dropoff_window.earliest_s, request.dropoff_window.latest_s, request.alighting_s
