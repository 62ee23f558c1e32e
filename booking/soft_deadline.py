"""After the deadline: an order is taken if a vehicle is on its way there anyway."""

from dataclasses import replace
from itertools import chain, pairwise

from booking.combined import find_combined
from booking.day import Day
from booking.direct import find_direct, ride_time_s, wish_window
from booking.enquiry_search import EnquirySearch
from booking.lines import line_with_priority, query_lines, walking_ends
from booking.model import Answer, Explanation, Reason
from booking.offers import ride_offer
from booking.rulebook_ordering import SoftDeadline
from routing.model import Action, RequestId, Run, Shift, ShiftId, TimeWindow
from routing.travel_times import TravelTimes


def is_on_the_way(
    before: Run, after: Run, request_id: RequestId, shift: Shift, times: TravelTimes, rule: SoftDeadline
) -> bool:
    """Whether a vehicle that is going anyway can take one more rider without driving much farther.

    Parameters
    ----------
    before, after
        The run without the ride and with it.
    shift
        The run's: it begins and ends where its vehicle stands.
    """
    pickup_s = next(v.start_s for v in after.visits if v.request_id == request_id and v.action is Action.PICKUP)
    is_going = any(
        visit.request_id is not None and abs(visit.start_s - pickup_s) <= rule.within_s for visit in before.visits
    )
    return is_going and drive_s(after, shift, times) - drive_s(before, shift, times) <= rule.max_extra_s


def drive_s(run: Run, shift: Shift, times: TravelTimes) -> int:
    """Seconds that a vehicle drives in a run, from where its shift begins to where it ends."""
    places = [shift.start, *(visit.location for visit in run.visits), shift.end]
    return sum(times.duration_s(one, other) for one, other in pairwise(places) if one != other)


def answer_after_deadline(search: EnquirySearch) -> Answer | None:
    """A ride for an order that comes too late, in a run that is going anyway; None where there is none."""
    rule = search.rules.orders.soft_deadline
    if not rule.is_on or _line_goes_first(search):
        return None
    window = wish_window(search)
    late = replace(search, ignores_deadline=True, only_shifts=_going(search.day, window, rule.within_s))
    journeys = chain([find_direct(late, window)], find_combined(late))
    times = search.network.artefacts.times
    found = (j for j in journeys if j is not None and _is_on_the_way(search.day, j.day, times, rule))
    journey = next(found, None)
    if journey is None:
        return None
    why = Explanation(Reason.VEHICLE_ON_ITS_WAY, f"{search.rules.version}/soft_deadline")
    return Answer((ride_offer(late, journey, (why,)),))


def _line_goes_first(search: EnquirySearch) -> bool:
    origin, destination = search.enquiry.origin, search.enquiry.destination
    lines = query_lines(search, walking_ends(search, origin), walking_ends(search, destination))
    return line_with_priority(search, lines, ride_time_s(search)) is not None


def _going(day: Day, window: TimeWindow, within_s: int) -> frozenset[ShiftId]:
    """The shifts that serve somebody near a window."""
    near = TimeWindow(window.earliest_s - within_s, window.latest_s + within_s)
    return frozenset(
        shift_id
        for shift_id, run in day.plan.runs.items()
        if any(visit.request_id is not None and visit.start_s in near for visit in run.visits)
    )


def _is_on_the_way(before: Day, after: Day, times: TravelTimes, rule: SoftDeadline) -> bool:
    added = after.requests.keys() - before.requests.keys()
    return all(
        is_on_the_way(before.plan.runs[shift_id], run, request_id, after.shifts[shift_id], times, rule)
        for shift_id, run in after.plan.runs.items()
        for request_id in added & run.request_ids()
    )
