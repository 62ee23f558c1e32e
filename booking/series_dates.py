"""The dates of a standing order: weekdays from one date to another, single dates, holidays, a time of suspension.

Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from booking.district import District, HolidayKind


class HolidayRule(StrEnum):
    """What a series does in holidays of one kind."""

    RIDE = "ride"
    SKIP = "skip"
    ONLY = "only"
    """Rides in these holidays and at no other time."""


@dataclass(frozen=True, slots=True)
class SeriesRule:
    """When a series rides.

    Parameters
    ----------
    weekdays
        Monday is 0.
    single_dates
        Dates that are ridden whatever the weekdays and holidays say.
    last_on
        The last date (inclusive); None for a series without an end.
    wished_s, back_s
        The wished times out and back, in seconds of the service day; a series without way back has no ``back_s``.
    earlier_s, later_s
        How much earlier or later would still do.
    """

    first_on: date
    wished_s: int
    weekdays: frozenset[int] = frozenset()
    single_dates: frozenset[date] = frozenset()
    last_on: date | None = None
    public_holidays: HolidayRule = HolidayRule.SKIP
    school_holidays: HolidayRule = HolidayRule.RIDE
    back_s: int | None = None
    earlier_s: int = 0
    later_s: int = 0
    suspended_from: date | None = None
    suspended_to: date | None = None

    def __post_init__(self) -> None:
        if not self.weekdays and not self.single_dates:
            msg = "a series needs at least one weekday or date"
            raise ValueError(msg)
        if not self.weekdays <= set(range(7)):
            msg = "weekdays are 0 (Monday) to 6 (Sunday)"
            raise ValueError(msg)
        if self.last_on is not None and self.last_on < self.first_on:
            msg = "a series ends after it begins"
            raise ValueError(msg)
        if self.back_s is not None and self.back_s <= self.wished_s:
            msg = "the way back comes after the way out"
            raise ValueError(msg)
        if min(self.earlier_s, self.later_s) < 0:
            msg = "flexibility is not negative"
            raise ValueError(msg)

    def is_suspended(self, on: date) -> bool:
        """Whether the series pauses on a date."""
        if self.suspended_from is None or on < self.suspended_from:
            return False
        return self.suspended_to is None or on <= self.suspended_to

    def rides_on(self, on: date, district: District) -> bool:
        """Whether a date belongs to the series (exceptions and suspension aside)."""
        if on < self.first_on or (self.last_on is not None and on > self.last_on):
            return False
        if on in self.single_dates:
            return True
        is_public = district.holiday_on(on, HolidayKind.PUBLIC) is not None
        is_school = district.holiday_on(on, HolidayKind.SCHOOL) is not None
        return (
            on.weekday() in self.weekdays
            and _allows(self.public_holidays, is_holiday=is_public)
            and _allows(self.school_holidays, is_holiday=is_school)
        )

    def dates(self, district: District, from_on: date, to_on: date) -> Iterator[date]:
        """The dates of the series in a span (both ends inclusive), without those of a suspension."""
        for shift in range((to_on - from_on).days + 1):
            on = from_on + timedelta(days=shift)
            if self.rides_on(on, district) and not self.is_suspended(on):
                yield on


def _allows(rule: HolidayRule, *, is_holiday: bool) -> bool:
    match rule:
        case HolidayRule.RIDE:
            return True
        case HolidayRule.SKIP:
            return not is_holiday
        case HolidayRule.ONLY:
            return is_holiday
