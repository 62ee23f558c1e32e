"""Capacity kept for those who order late: a share of each clock hour's rides cannot be booked long before. Pure."""

from collections import Counter
from collections.abc import Iterable

from booking.day import Day
from booking.rulebook_ordering import LateQuota
from routing.model import DAY_END_S, TimeWindow

_HOUR_S = 3600


def early_places(quota: LateQuota, day: Day, hour: int) -> int:
    """How many rides of a clock hour may be booked early; shifts count that are on duty in the middle of the hour."""
    middle_s = hour * _HOUR_S + _HOUR_S // 2
    on_duty = sum(shift.start_s <= middle_s < shift.end_s for shift in day.shifts.values())
    return on_duty * quota.rides_per_shift_hour * quota.early_percent // 100


def full_hours(quota: LateQuota, day: Day, now_s: int) -> frozenset[int]:
    """The clock hours whose early share is booked out. Hours that begin soon enough are nobody's share any more.

    Rides count in the hour in which their promised pickup begins. All of them were booked before now, so for a pickup
    that lies far enough ahead all of them were early.
    """
    if not quota.is_on:
        return frozenset()
    booked = Counter(request.pickup_window.earliest_s // _HOUR_S for request in day.requests.values())
    first_hour = max(0, now_s + quota.early_s) // _HOUR_S
    hours = range(first_hour, DAY_END_S // _HOUR_S + 1)
    return frozenset(hour for hour in hours if booked[hour] >= early_places(quota, day, hour))


def without_full_hours(quota: LateQuota, day: Day, now_s: int, windows: Iterable[TimeWindow]) -> list[TimeWindow]:
    """Pickup windows without the parts that are kept for late orders."""
    full, opens_s = full_hours(quota, day, now_s), now_s + quota.early_s
    kept = list(windows)
    for hour in sorted(full):
        # Within the hour that is being opened, what is near enough is open.
        from_s, to_s = max(hour * _HOUR_S, opens_s + 1), (hour + 1) * _HOUR_S - 1
        if from_s > to_s:
            continue
        closed = TimeWindow(from_s, to_s)
        kept = [part for window in kept for part in _without(window, closed)]
    return kept


def _without(window: TimeWindow, closed: TimeWindow) -> Iterable[TimeWindow]:
    if closed.latest_s < window.earliest_s or closed.earliest_s > window.latest_s:
        yield window
        return
    if window.earliest_s < closed.earliest_s:
        yield TimeWindow(window.earliest_s, closed.earliest_s - 1)
    if window.latest_s > closed.latest_s:
        yield TimeWindow(closed.latest_s + 1, window.latest_s)
