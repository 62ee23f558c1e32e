"""Windows as narrow as the other limits leave them, so that a search rules out sooner what can't be.

After J.-F. Cordeau, "A branch-and-cut algorithm for the dial-a-ride problem", Operations Research 54 (2006), section
5.1.1: the ride limit and the direct way tie the two windows of a request to each other, the shifts tie them to the day.
No schedule is lost as long as no detour is faster than the direct way by more than ``_ROUNDING_S``, which is what
rounding to seconds can make of fastest paths. The judge goes by the windows of the problem that was given, and so does
the cost: how near a visit comes to the end of what was promised is no question of what is possible.
"""

from dataclasses import replace

from routing.model import Request, TimeWindow
from routing.problem import Problem
from routing.schedule import drive_s

_ROUNDING_S = 2


def tightened(problem: Problem) -> Problem:
    """The problem with the windows of its requests tightened.

    A request that nobody can serve keeps its windows. A visit that is a fact already, and maybe late, does not follow
    from the windows: leave the requests of fixed visits as they are (:func:`tighten_request` does the others).
    """
    requests = {
        request_id: tighten_request(request, problem) or request for request_id, request in problem.requests.items()
    }
    return replace(problem, requests=requests)


def tighten_request(request: Request, problem: Problem) -> Request | None:
    """The request with its windows tightened, or None if no vehicle could serve it even with nothing else to do."""
    shifts = [
        shift
        for shift in problem.shifts.values()
        if request.shift_ids is None or shift.id in request.shift_ids
        if request.load.fits_one_of(shift.layouts)
    ]
    if not shifts:
        return None
    pickup, dropoff = request.pickup_window, request.dropoff_window
    direct_s = drive_s(problem, request.pickup, request.dropoff)
    least_s = request.boarding_s + max(0, direct_s - _ROUNDING_S)
    most_s = request.boarding_s + request.max_ride_s
    reached_s = min(shift.start_s + drive_s(problem, shift.start, request.pickup) for shift in shifts)
    left_by_s = max(shift.end_s - drive_s(problem, request.dropoff, shift.end) for shift in shifts)
    boards_s = max(pickup.earliest_s, reached_s - _ROUNDING_S, dropoff.earliest_s - most_s)
    alights_by_s = min(dropoff.latest_s, left_by_s - request.alighting_s + _ROUNDING_S)
    boards_by_s = min(pickup.latest_s, alights_by_s - least_s)
    if boards_s > boards_by_s or dropoff.earliest_s > alights_by_s or least_s > most_s:
        return None
    return replace(
        request,
        pickup_window=TimeWindow(boards_s, boards_by_s),
        dropoff_window=TimeWindow(max(dropoff.earliest_s, boards_s + least_s), min(alights_by_s, boards_by_s + most_s)),
    )
