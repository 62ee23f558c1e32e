"""When a vehicle is where: the exact schedule of a sequence of visits.

What a time means, everywhere in the engine:

* ``start_s`` of a visit is the beginning of service: of boarding (``boarding_s`` long), of alighting
  (``alighting_s``), or of a break (its duration).
* The vehicle leaves ``shift.start`` not before ``shift.start_s`` and is back at ``shift.end`` by ``shift.end_s``.
  It leaves every place as late as it can, so it waits before it drives.
* From leaving ``shift.start`` (the first visit's start minus the drive there, the first visit may be a break) to the
  arrival at ``shift.end`` at most ``shift.max_duration_s`` pass. A run without visits has no such limit.
* Two visits in a row at the same location have no drive between them; their services follow one another.
* Two visits in a row at places of ``problem.no_waiting`` have no wait between them. Where only one of the two is such a
  place, the vehicle waits at the other. Before the first visit and after the last it stands where the shift allows it.
* A ride lasts from the end of boarding to the beginning of alighting: at most ``max_ride_s``.
* A break is taken at its own place; one that has none where the vehicle stands: at the location of the visit before it,
  or at ``shift.start``.
* The metres driven since the start, or since the last break that recharges, stay within ``shift.range_m`` at every
  visit and at the shift's end. That is a property of the sequence, whatever its times.
* A visit is *fixed* when the vehicle sets off towards it (its start minus the drive from the place before) before
  ``problem.not_before_s``. Fixed visits are facts: they keep their position and their time, and nothing that lies
  between facts alone is tested again, be it a window, a drive, a ride, a wait or a range. The vehicle sets off towards
  no other visit before ``problem.not_before_s``.

All these but the range are *difference constraints* (lower and upper limits on times and on differences of two times).
The least times that keep them are found by sweeping forward along the run and raising the earlier end of every *link*
(a ride, a wait that is not allowed, the duration of the shift) whose ends are too far apart, again and again until
nothing rises; if some time passes its upper limit there is no schedule (R. Bellman 1958 and L. R. Ford 1956 for longest
paths: no path uses a link twice, so with *l* links *l* + 1 sweeps are enough). The greatest times are found by the
mirror image, from the upper limits backwards.

The classical scheme for dial-a-ride is the eight-step evaluation of J.-F. Cordeau and G. Laporte (2003), A tabu search
heuristic for the static multi-vehicle dial-a-ride problem, Transportation Research Part B 37, 579-594, which delays
departures by forward time slacks (M. W. P. Savelsbergh 1992); the tests hold it against the sweeps. Whether there is a
schedule under windows, ride limits and a limit on waiting can be told in linear time: J. Tang, Y. Kong, H. Lau and
A. W. H. Ip (2010), A note on "Efficient feasibility testing for dial-a-ride problems", Operations Research Letters 38,
405-407, after B. Hunsaker and M. Savelsbergh (2002); M. Firat and G. J. Woeginger (2011), Analysis of the dial-a-ride
problem of Hunsaker and Savelsbergh, Operations Research Letters 39, 32-35, by shortest paths in the graph of the
difference constraints. Runs are short, and all but a few are settled after one or two sweeps, which are linear, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from routing.model import Action, LocationIndex, Request, RequestId, Run, Shift, Visit
from routing.problem import Problem

_NO_STEP_S = -(10**9)
"""Between two fixed visits nothing has to be kept: they are facts."""


class Link(NamedTuple):
    """The visit at position ``later`` starts at most ``most_s`` after the one at position ``earlier``."""

    earlier: int
    later: int
    most_s: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """The constraints on the starts of a sequence of visits, as numbers.

    Every list but ``links`` and ``rides`` has one entry for each visit, in order, and a last one for the arrival at the
    shift's end.

    Parameters
    ----------
    lower_s, upper_s
        Limits on each start by itself; both are the start of a fixed visit.
    step_s
        Least time from the start of the visit before to this start: service and drive.
    service_s
        How long each visit takes.
    links
        Every limit on how far two starts are apart at most, unless both visits are fixed: first the rides in the order
        of their drop-offs, then pairs between which nobody may wait, then the duration of the shift (from the first
        visit to the last entry).
    rides
        For every ride: position of the pickup and of the drop-off, in the order of the drop-offs; also of fixed ones.
    fixed
        How many leading visits are fixed.
    """

    lower_s: list[int]
    upper_s: list[int]
    step_s: list[int]
    service_s: list[int]
    links: list[Link]
    rides: list[tuple[int, int]]
    fixed: int


@dataclass(frozen=True, slots=True)
class Slack:
    """The earliest and the latest start of a visit in any schedule of its run, with all others moving as they must."""

    earliest_s: int
    latest_s: int

    @property
    def room_s(self) -> int:
        """How much play the visit has, in seconds."""
        return self.latest_s - self.earliest_s


def opening_run(shift: Shift, problem: Problem | None = None) -> Run:
    """The run of a shift with nothing to do: its breaks, as early as they may be, at their places or where it starts.

    Parameters
    ----------
    problem
        Needed for a shift with breaks that have places of their own, or a limit on its duration or range.

    Raises
    ------
    ValueError
        If the breaks, one after the other, and the way to the end don't fit into the shift, or the problem is needed.
    """
    visits = with_breaks_in_place(
        shift, [Visit(Action.BREAK, shift.start, 0, break_index=index) for index in range(len(shift.breaks))]
    )
    ready_s, place, starts_s = shift.start_s, shift.start, []
    for index, (pause, visit) in enumerate(zip(shift.breaks, visits, strict=True)):
        if problem is None and (visit.location != place or shift.max_duration_s is not None):
            msg = f"the breaks of shift {shift.id} depend on how long it takes to drive: give the problem, too"
            raise ValueError(msg)
        way_s = 0 if problem is None else drive_s(problem, place, visit.location)
        start_s = max(ready_s + way_s, pause.window.earliest_s)
        ready_s, place = start_s + pause.duration_s, visit.location
        if start_s > pause.window.latest_s or ready_s > shift.end_s:
            msg = (
                f"break {index + 1} of shift {shift.id} can't begin before {start_s} s, which is too late for its "
                "window or for the end of the shift: widen the window or shorten the breaks"
            )
            raise ValueError(msg)
        starts_s.append(start_s)
    if problem is not None:
        exact_s = start_times(shift, visits, replace(problem, not_before_s=0), fixed=0)
        if exact_s is None:
            msg = (
                f"shift {shift.id} can't be driven even with nobody to serve: its breaks and the way to its end don't "
                "fit into its hours, its duration, its range or its waits: widen a limit or move the breaks"
            )
            raise ValueError(msg)
        starts_s = list(exact_s)
    return Run(shift.id, with_times(visits, starts_s))


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

    Drop-offs and breaks begin as early as any schedule allows. The pickups then begin as late as they all can without
    moving those, so that nobody sits in a waiting vehicle who could have been fetched later.

    Order, loads, who is on board during a break and whether the shift may serve a request are not looked at: those are
    properties of the sequence, which :mod:`routing.insertion` keeps and :mod:`routing.violations` judges.

    Parameters
    ----------
    visits
        In order, each break where it is taken (:func:`with_breaks_in_place`).
    fixed
        How many leading visits are fixed (:func:`fixed_count` of the run they come from). Their ``start_s`` is kept,
        that of the others is not read.
    requests
        Those that the visits are about, if not the problem's.
    """
    if not is_within_range(shift, visits, problem, fixed=fixed):
        return None
    bounds = bounds_of(shift, visits, problem, problem.requests if requests is None else requests, fixed)
    starts = earliest_starts(bounds)
    if starts is None:
        return None
    _fetch_later(bounds, starts)
    return tuple(starts[: len(visits)])


def visit_slacks(shift: Shift, visits: Sequence[Visit], problem: Problem, *, fixed: int) -> tuple[Slack, ...] | None:
    """The earliest and the latest start of each visit, or None where no schedule keeps every limit.

    Each of the times is reached by some schedule, and all the earliest ones together are one, as are all the latest.
    A fixed visit has its own time twice.

    Parameters
    ----------
    visits, fixed
        As in :func:`start_times`.
    """
    if not is_within_range(shift, visits, problem, fixed=fixed):
        return None
    bounds = bounds_of(shift, visits, problem, problem.requests, fixed)
    earliest_s, latest_s = earliest_starts(bounds), latest_starts(bounds)
    if earliest_s is None or latest_s is None:
        return None
    return tuple(Slack(*times_s) for times_s in zip(earliest_s[: len(visits)], latest_s[: len(visits)], strict=True))


def with_times(visits: Sequence[Visit], starts_s: Sequence[int]) -> tuple[Visit, ...]:
    """The same visits at other times."""
    return tuple(
        Visit(v.action, v.location, start_s, v.request_id, v.break_index)
        for v, start_s in zip(visits, starts_s, strict=True)
    )


def with_breaks_in_place(shift: Shift, visits: Sequence[Visit]) -> tuple[Visit, ...]:
    """The same visits with each break at its place, or at that of the visit before it, or where the shift starts."""
    placed: list[Visit] = []
    place = shift.start
    for visit in visits:
        if visit.action is Action.BREAK:
            own_place = shift.breaks[visit.break_index or 0].location
            place = place if own_place is None else own_place
            stays = visit.location == place
            placed.append(visit if stays else Visit(visit.action, place, visit.start_s, None, visit.break_index))
        else:
            placed.append(visit)
            place = visit.location
    return tuple(placed)


def drive_s(problem: Problem, origin: LocationIndex, destination: LocationIndex) -> int:
    """Driving time in seconds, none from a place to itself."""
    return 0 if origin == destination else problem.times.duration_s(origin, destination)


def is_within_range(shift: Shift, visits: Sequence[Visit], problem: Problem, *, fixed: int) -> bool:
    """Whether the vehicle's range lasts to every visit that is not fixed and to the shift's end."""
    if shift.range_m is None:
        return True
    driven_m, place = 0, shift.start
    for index, visit in enumerate(visits):
        driven_m += 0 if visit.location == place else problem.times.distance_m(place, visit.location)
        if driven_m > shift.range_m and index >= fixed:
            return False
        if visit.action is Action.BREAK and shift.breaks[visit.break_index or 0].recharges:
            driven_m = 0
        place = visit.location
    driven_m += 0 if place == shift.end else problem.times.distance_m(place, shift.end)
    return driven_m <= shift.range_m


def bounds_of(
    shift: Shift, visits: Sequence[Visit], problem: Problem, requests: Mapping[RequestId, Request], fixed: int
) -> Bounds:
    """The constraints on the starts of a sequence of visits of which the first ``fixed`` are facts."""
    bounds = Bounds([], [], [], [], [], [], fixed)
    place, service_s = shift.start, 0
    for index, visit in enumerate(visits):
        way_s = drive_s(problem, place, visit.location)
        earliest_s, latest_s, next_service_s = window_and_service(shift, visit, requests)
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
        place, service_s = visit.location, next_service_s
    way_s = drive_s(problem, place, shift.end)
    bounds.lower_s.append(shift.start_s + (0 if visits else way_s))
    bounds.upper_s.append(shift.end_s)
    bounds.step_s.append(service_s + way_s)
    bounds.service_s.append(0)
    _add_links(bounds, shift, visits, problem, requests)
    return bounds


def _add_links(
    bounds: Bounds, shift: Shift, visits: Sequence[Visit], problem: Problem, requests: Mapping[RequestId, Request]
) -> None:
    """Fill ``links`` and ``rides``."""
    pickups: dict[RequestId, int] = {}
    for index, visit in enumerate(visits):
        if visit.request_id is None:
            continue
        if visit.action is Action.PICKUP:
            pickups[visit.request_id] = index
        elif visit.request_id in pickups:
            request, pickup = requests[visit.request_id], pickups[visit.request_id]
            bounds.rides.append((pickup, index))
            if index >= bounds.fixed:
                bounds.links.append(Link(pickup, index, request.boarding_s + request.max_ride_s))
    if problem.no_waiting:
        is_strict = [visit.location in problem.no_waiting for visit in visits]
        bounds.links.extend(
            Link(index - 1, index, bounds.step_s[index])
            for index in range(max(1, bounds.fixed), len(visits))
            if is_strict[index - 1] and is_strict[index]
        )
    if shift.max_duration_s is not None and visits:
        way_s = drive_s(problem, shift.start, visits[0].location)
        bounds.links.append(Link(0, len(visits), shift.max_duration_s - way_s))


def earliest_starts(bounds: Bounds) -> list[int] | None:
    """The least starts that keep every constraint, the arrival at the shift's end last, or None."""
    starts, upper_s, step_s = list(bounds.lower_s), bounds.upper_s, bounds.step_s
    for _ in range(len(bounds.links) + 2):
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
        for earlier, later, most_s in bounds.links:
            least_s = starts[later] - most_s
            if least_s > starts[earlier]:
                starts[earlier] = least_s
                is_settled = False
        if is_settled:
            return starts
    return None


def latest_starts(bounds: Bounds) -> list[int] | None:
    """The greatest starts that keep every constraint, the arrival at the shift's end last, or None."""
    starts, lower_s, step_s = list(bounds.upper_s), bounds.lower_s, bounds.step_s
    for _ in range(len(bounds.links) + 2):
        clock_s = starts[-1]
        if clock_s < lower_s[-1]:
            return None
        for index in range(len(starts) - 2, -1, -1):
            clock_s = min(starts[index], clock_s - step_s[index + 1])
            starts[index] = clock_s
            if clock_s < lower_s[index]:
                return None
        is_settled = True
        for earlier, later, most_s in bounds.links:
            greatest_s = starts[earlier] + most_s
            if greatest_s < starts[later]:
                starts[later] = greatest_s
                is_settled = False
        if is_settled:
            return starts
    return None


def _fetch_later(bounds: Bounds, starts: list[int]) -> None:
    """Move the pickups as late as they all can while the other visits keep their least starts.

    From the last pickup to the first, each as late as the next visit allows; then from the first to the last, each back
    to where nobody waits in front of it who must not. The result is the greatest there is.
    """
    pickups = sorted(pickup for pickup, _ in bounds.rides if pickup >= bounds.fixed)
    for pickup in reversed(pickups):
        starts[pickup] = min(bounds.upper_s[pickup], starts[pickup + 1] - bounds.step_s[pickup + 1])
    without_wait = {link.later: link for link in bounds.links if link.later == link.earlier + 1}
    for pickup in pickups:
        if pickup in without_wait:
            starts[pickup] = min(starts[pickup], starts[pickup - 1] + without_wait[pickup].most_s)


def window_and_service(shift: Shift, visit: Visit, requests: Mapping[RequestId, Request]) -> tuple[int, int, int]:
    """Earliest start, latest start and duration of service of a visit."""
    if visit.request_id is None:
        pause = shift.breaks[visit.break_index or 0]
        return pause.window.earliest_s, pause.window.latest_s, pause.duration_s
    request = requests[visit.request_id]
    if visit.action is Action.PICKUP:
        return request.pickup_window.earliest_s, request.pickup_window.latest_s, request.boarding_s
    return request.dropoff_window.earliest_s, request.dropoff_window.latest_s, request.alighting_s
