"""From when to when a ride may be booked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gtfs.flex_model import BookingRule, BookingType
from gtfs.service_day import ServiceDay

_LOOK_BACK_DAYS = 3 * 366


@dataclass(frozen=True, slots=True)
class BookingSpan:
    """The earliest (``None``: at any time) and the latest time at which a ride may be booked, aware UTC, inclusive."""

    earliest_at: datetime | None
    latest_at: datetime


def booking_span(
    rule: BookingRule, day: ServiceDay, pickup_s: int, counts: Callable[[date], bool] | None = None
) -> BookingSpan:
    """When a ride may be booked.

    Parameters
    ----------
    day, pickup_s
        The service day of the ride and its time on it: days are counted back from the former, notices from the latter.
    counts
        Whether the rule's service runs on a date; asked only if the rule has one.

    Raises
    ------
    ValueError
        The rule counts days of a service, and that is not given or runs too rarely.
    """
    if rule.service_id and counts is None:
        msg = f"booking rule {rule.id!r} counts the days of service {rule.service_id!r}; its calendar is needed"
        raise ValueError(msg)
    asked = counts if rule.service_id else None
    pickup_at = day.at(pickup_s)
    latest_at = pickup_at - timedelta(seconds=rule.min_notice_s or 0)
    if rule.booking_type is BookingType.PRIOR_DAYS:
        last = _days_before(day, rule.last_days or 0, asked)
        latest_at = last.following().start_at if rule.last_time_s is None else last.at(rule.last_time_s)
    earliest_at = None
    if rule.max_notice_s is not None:
        earliest_at = pickup_at - timedelta(seconds=rule.max_notice_s)
    elif rule.start_days is not None:
        earliest_at = _days_before(day, rule.start_days, asked).at(rule.start_time_s or 0)
    return BookingSpan(earliest_at, latest_at)


def _days_before(day: ServiceDay, days: int, counts: Callable[[date], bool] | None) -> ServiceDay:
    """The service day so many days earlier, of all days or of those that count."""
    if counts is None:
        return ServiceDay(day.on - timedelta(days=days), day.zone)
    on = day.on
    for _ in range(days):
        on = _day_that_counts_before(on, counts)
    return ServiceDay(on, day.zone)


def _day_that_counts_before(on: date, counts: Callable[[date], bool]) -> date:
    for back in range(1, _LOOK_BACK_DAYS):
        if counts(on - timedelta(days=back)):
            return on - timedelta(days=back)
    msg = f"the service whose days a booking rule counts does not run in the years before {on}"
    raise ValueError(msg)
