"""When a ride may begin and end under the rules: what can be ordered, what a timetable says, what is kept for others.

Every ride goes through :func:`allowed_wishes` before it is placed, so that a form of service is one more window and
nothing else in the search has to know of it.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from booking.enquiry_search import EnquirySearch
from booking.forms import GuideWindow, guide_windows, intersection, service_date
from booking.late_quota import without_full_hours
from booking.model import Explanation, Reason, StopId
from booking.rules import area_pairs
from routing.model import TimeWindow

if TYPE_CHECKING:
    from datetime import datetime

    from booking.rides import RideWish


def allowed_wishes(search: EnquirySearch, wish: "RideWish") -> "tuple[RideWish, ...]":
    """The wish as far as the rules allow it: itself, or parts of it with narrower windows, in order of time."""
    found: dict[RideWish, None] = {}
    for guide in _guides(search, wish.pickup, wish.dropoff):
        for pickup_window in _starts(search, wish.pickup_window):
            narrowed = _narrowed(wish, pickup_window, guide)
            if narrowed is not None:
                found[narrowed] = None
    return tuple(found)


def _guides(search: EnquirySearch, pickup: StopId, dropoff: StopId) -> tuple[GuideWindow, ...]:
    day = service_date(search.network.district, search.day.service_day.on)
    return tuple(
        dict.fromkeys(guide for joint in search.pairs.joints(pickup, dropoff) for guide in guide_windows(joint, day))
    )


def _starts(search: EnquirySearch, window: TimeWindow) -> list[TimeWindow]:
    """The parts of a pickup window that can be ordered now and are not kept for those who order later."""
    parts = [part for orderable in search.orderable if (part := intersection(window, orderable)) is not None]
    quota = search.rules.orders.late_quota
    now_s = search.day.service_day.seconds(search.now)
    return without_full_hours(quota, search.day, now_s, parts) if quota.is_on else parts


def _narrowed(wish: "RideWish", pickup_window: TimeWindow, guide: GuideWindow) -> "RideWish | None":
    if guide.is_dropoff:
        dropoff = intersection(wish.dropoff_window, guide.window)
        return (
            None
            if dropoff is None
            else replace(wish, pickup_window=pickup_window, dropoff_window=dropoff, guide_s=guide.guide_s)
        )
    pickup = intersection(pickup_window, guide.window)
    return None if pickup is None else replace(wish, pickup_window=pickup, guide_s=guide.guide_s)


def refuse_starts(search: EnquirySearch, window: TimeWindow) -> Explanation | None:
    """Which rule about times leaves no ride in the window at which the wish is, or None if none does.

    Parameters
    ----------
    window
        When the wished end of the ride may lie.
    """
    guides = [
        guide
        for origin in search.origin_stops
        for destination in search.destination_stops
        if origin.stop_id != destination.stop_id
        for guide in _guides(search, origin.stop_id, destination.stop_id)
    ]
    if guides and all(guide.guide_s is not None for guide in guides):
        against = _between_departures(search, window, guides)
        if against is not None:
            return against
    quota = search.rules.orders.late_quota
    can_order = any(intersection(window, orderable) for orderable in search.orderable)
    if search.departs and quota.is_on and can_order and not _starts(search, window):
        params = {"opens_at": search.at(window.earliest_s - quota.early_s)}
        return Explanation(Reason.KEPT_FOR_LATE_ORDERS, f"{search.rules.version}/late_quota", params)
    return None


def runs_another_day(search: EnquirySearch) -> bool:
    """Whether rides join the two places on other kinds of day than this."""
    pairs = area_pairs(search.network.district, search.rules)
    return any(
        pairs.may_join(origin.stop_id, destination.stop_id)
        for origin in search.origin_stops
        for destination in search.destination_stops
        if origin.stop_id != destination.stop_id
    )


def _between_departures(search: EnquirySearch, window: TimeWindow, guides: list[GuideWindow]) -> Explanation | None:
    """That the wish lies between two guide times, with the nearest on either side."""
    # A guide time at the other end of the ride than the wish says nothing without the way between them.
    if any(guide.is_dropoff == search.departs or intersection(guide.window, window) for guide in guides):
        return None
    times_s = sorted({guide.guide_s for guide in guides if guide.guide_s is not None})
    params: dict[str, str | int | datetime] = {}
    before_s = [s for s in times_s if s < search.wished_s]
    after_s = [s for s in times_s if s >= search.wished_s]
    if before_s:
        params["before_at"] = search.at(before_s[-1])
    if after_s:
        params["after_at"] = search.at(after_s[0])
    return Explanation(Reason.BETWEEN_DEPARTURES, f"{search.rules.version}/form", params)
