"""After the deadline: an order is taken if a vehicle is on its way there anyway."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from booking.combined import PlacedJourney, find_combined
from booking.day import Day
from booking.direct import find_direct, is_too_short, wish_window
from booking.enquiry_search import EnquirySearch
from booking.model import Explanation, Offer, Reason
from booking.offers import ride_offer
from booking.rulebook_ordering import SoftDeadline
from booking.transfers import find_transfer
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


def ride_on_its_way(search: EnquirySearch) -> Offer | None:
    """A ride for an order that comes too late, in a run that is going anyway; None where there is none."""
    rule = search.rules.orders.soft_deadline
    if not rule.is_on:
        return None
    window = wish_window(search)
    late = replace(search, ignores_deadline=True, only_shifts=_going(search.day, window, rule.within_s))
    times = search.network.artefacts.times
    found = (j for j in _journeys(late, window) if _is_on_the_way(search.day, j.day, times, rule))
    journey = next(found, None)
    if journey is None:
        return None
    why = Explanation(Reason.VEHICLE_ON_ITS_WAY, f"{search.rules.version}/soft_deadline")
    return ride_offer(late, journey, (why,))


def _journeys(late: EnquirySearch, window: TimeWindow) -> Iterator[PlacedJourney]:
    """One after the other: all the way, with a line, over a hub, from area to area."""
    direct = find_direct(late, window)
    if direct is not None:
        yield direct
    if is_too_short(late):
        return
    yield from find_combined(late)
    over_a_hub = find_transfer(late)
    if over_a_hub is not None:
        yield over_a_hub
    if late.rules.joins_areas_without_line:
        across = find_direct(replace(late, rules=replace(late.rules, allows_area_to_area=True)), window)
        if across is not None:
            yield across


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
