"""Until when an order must be in, and which pickups can still be ordered: lead times, early trips, the desk's hours.

Pure. Times of day are seconds of the service day; moments are aware UTC datetimes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.day import FIRST_HOUR, service_day_of
from booking.district import DayKind, District, HolidayKind
from booking.model import Channel, Enquiry
from booking.rulebook import Rules
from booking.rulebook_ordering import LatestOrder
from gtfs.service_day import ServiceDay
from routing.model import DAY_END_S, TimeWindow

_LONGEST_CLOSURE_DAYS = 14
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Ordering:
    """Who orders, and the rules that hold for it.

    Parameters
    ----------
    needs_desk
        The order can be given only while somebody answers the telephone.
    """

    district: District
    rules: Rules
    channel: Channel
    persons: int = 1
    needs_desk: bool = False

    def lead_s(self, service_day: ServiceDay, pickup_s: int) -> int:
        """How long before this pickup the order must be in."""
        kind = self.district.day_kind(service_day.on).value
        fitting = (
            exception.lead_s
            for exception in self.rules.orders.lead_exceptions
            if exception.is_for(self.channel, kind, pickup_s, self.persons)
        )
        return next(fitting, self.rules.lead_s[self.channel])

    def latest_rule(self, service_day: ServiceDay, pickup_s: int) -> LatestOrder | None:
        """The strictest of the rules that want this pickup ordered on an earlier day."""
        kind = self.district.day_kind(service_day.on).value
        fitting = [r for r in self.rules.orders.latest if r.is_for(self.channel, kind, pickup_s, self.persons)]
        return min(fitting, key=lambda rule: self._order_by(rule, service_day), default=None)

    def deadline_at(self, service_day: ServiceDay, pickup_s: int) -> datetime | None:
        """The last moment at which this pickup can be ordered; None if nobody ever answers the telephone."""
        at = service_day.at(pickup_s) - timedelta(seconds=self.lead_s(service_day, pickup_s))
        rule = self.latest_rule(service_day, pickup_s)
        if rule is not None:
            at = min(at, self._order_by(rule, service_day))
        return last_desk_moment(self.district, self.rules, at) if self.needs_desk else at

    def orderable(self, service_day: ServiceDay, now: datetime) -> tuple[TimeWindow, ...]:
        """When on a service day pickups may lie that can be ordered now; none while nobody answers the telephone."""
        if self.needs_desk and not is_desk_open(self.district, self.rules, now):
            return ()
        # Between two of these points nothing changes: the lead time is the same, and so are all rules.
        points = sorted({p for p in self._points(service_day, now) if 0 <= p <= DAY_END_S})
        windows: list[TimeWindow] = []
        for start_s, next_s in zip(points, [*points[1:], DAY_END_S + 1], strict=True):
            if not self._is_in_time(service_day, start_s, now):
                continue
            if windows and windows[-1].latest_s == start_s - 1:
                start_s = windows.pop().earliest_s  # noqa: PLW2901 - the window goes on
            windows.append(TimeWindow(start_s, next_s - 1))
        return tuple(windows)

    def first_pickup_at(self, now: datetime) -> datetime | None:
        """The first pickup that can be ordered, by phone from when the desk opens; None if none is within sight."""
        if self.needs_desk and not is_desk_open(self.district, self.rules, now):
            opens_at = next_desk_opening(self.district, self.rules, now)
            if opens_at is None:
                return None
            now = opens_at
        day = service_day_of(now, self.district.zone)
        for _ in range(self.rules.horizon_days + 2):
            # Each moment belongs to one service day only: from four in the morning to four.
            first_s, last_s = FIRST_HOUR * 3600, FIRST_HOUR * 3600 + _DAY_S - 1
            for window in self.orderable(day, now):
                if window.latest_s >= first_s and window.earliest_s <= last_s:
                    return day.at(max(window.earliest_s, first_s))
            day = day.following()
        return None

    def _points(self, service_day: ServiceDay, now: datetime) -> Iterator[int]:
        now_s = service_day.seconds(now)
        orders = self.rules.orders
        yield from (0, DAY_END_S)
        for lead_s in (self.rules.lead_s[self.channel], *(e.lead_s for e in orders.lead_exceptions)):
            yield full_minute(now, now_s + lead_s)
        for exception in orders.lead_exceptions:
            yield from (exception.from_s, exception.to_s)
        yield from (rule.before_s for rule in orders.latest)

    def _is_in_time(self, service_day: ServiceDay, pickup_s: int, now: datetime) -> bool:
        if full_minute(now, service_day.seconds(now) + self.lead_s(service_day, pickup_s)) > pickup_s:
            return False
        rule = self.latest_rule(service_day, pickup_s)
        return rule is None or now <= self._order_by(rule, service_day)

    def _order_by(self, rule: LatestOrder, service_day: ServiceDay) -> datetime:
        on = service_day.on
        for _ in range(rule.days_before):
            on -= timedelta(days=1)
            while rule.counts_workdays and not _is_workday(self.district, on):
                on -= timedelta(days=1)
        return ServiceDay(on, service_day.zone).at(rule.order_by_s)


def ordering_of(enquiry: Enquiry, district: District, rules: Rules) -> Ordering:
    """Who orders, for an enquiry: staff needs no desk hours, for staff is the desk."""
    needs_desk = enquiry.channel is Channel.PHONE and not enquiry.by_staff and rules.orders.phone.needs_desk
    return Ordering(district, rules, enquiry.channel, enquiry.party.persons, needs_desk)


def full_minute(now: datetime, seconds: int) -> int:
    """Seconds of a day rounded up to a full minute; ``now``, from which they were counted, may have fractions."""
    return -(-(seconds + (1 if now.microsecond else 0)) // 60) * 60


def desk_hours_on(district: District, rules: Rules, on: date) -> tuple[datetime, datetime] | None:
    """From when to when somebody answers the telephone on a date, None for not at all."""
    hours = rules.desk_hours.get(district.day_kind(on).value)
    if hours is None or (on.month, on.day) in rules.orders.phone.closed_on:
        return None
    day = ServiceDay(on, district.zone)
    return day.at(hours.from_s), day.at(hours.to_s)


def is_desk_open(district: District, rules: Rules, at: datetime) -> bool:
    """Whether somebody answers the telephone."""
    return any(opens_at <= at < closes_at for opens_at, closes_at in _desk_days(district, rules, at, -1, 1))


def last_desk_moment(district: District, rules: Rules, at: datetime) -> datetime | None:
    """The last moment up to ``at`` at which somebody answers the telephone; None if there is none for two weeks."""
    days = _desk_days(district, rules, at, -_LONGEST_CLOSURE_DAYS, 1)
    return max((min(at, closes_at) for opens_at, closes_at in days if opens_at <= at), default=None)


def next_desk_opening(district: District, rules: Rules, at: datetime) -> datetime | None:
    """When somebody answers the telephone again, from ``at`` on; None if nobody does for two weeks."""
    days = _desk_days(district, rules, at, -1, _LONGEST_CLOSURE_DAYS)
    return min((max(at, opens_at) for opens_at, closes_at in days if closes_at > at), default=None)


def _desk_days(
    district: District, rules: Rules, at: datetime, first: int, last: int
) -> Iterator[tuple[datetime, datetime]]:
    today = at.astimezone(district.zone).date()
    for offset in range(first, last + 1):
        hours = desk_hours_on(district, rules, today + timedelta(days=offset))
        if hours is not None:
            yield hours


def _is_workday(district: District, on: date) -> bool:
    return district.day_kind(on) is DayKind.WEEKDAY and district.holiday_on(on, HolidayKind.PUBLIC) is None
