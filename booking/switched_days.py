"""Switching the calendar of the lines at a day's notice: which day a switched day runs like."""

from collections.abc import Iterable
from datetime import date, timedelta

from booking.district import District, LineDay, SwitchedDay
from booking.district_problems import DistrictError, Problem
from booking.district_switched_days import FILE_NAME
from gtfs.timetable import Timetable

_FARTHEST_DAYS = 200
"""No kind of day is farther away than this: the summer holidays of last year and of this are nearer to any day."""


def switch_days(district: District, timetable: Timetable, today: date) -> Timetable:
    """The timetable with the switched days of a district.

    Rows of days gone by that nobody removed are honoured where they can be and are no fault where not: a newer
    timetable need not know their model any more.

    Raises
    ------
    DistrictError
        A day to come is to run like one on which nothing runs, or of a kind that the timetable does not have nearby.
    """
    days: dict[date, date | None] = {}
    problems = []
    for day in district.switched_days:
        like = _find_day_like(district, timetable, day)
        if like is not None or day.like is LineDay.NOTHING:
            days[day.on] = like
        elif day.on >= today:
            problems.append(_problem(day, timetable))
    if problems:
        raise DistrictError(problems)
    return timetable.with_switched_days(days)


def _find_day_like(district: District, timetable: Timetable, day: SwitchedDay) -> date | None:
    """The day whose trips run on a switched day; None where there is none."""
    if isinstance(day.like, date):
        return day.like if _has_trips(timetable, day.like) else None
    if day.like is LineDay.NOTHING:
        return None
    switched = {other.on for other in district.switched_days}
    return next(
        (
            on
            for on in _nearest_days(day.on)
            if on not in switched and district.line_day(on) is day.like and _has_trips(timetable, on)
        ),
        None,
    )


def _nearest_days(on: date) -> Iterable[date]:
    """The days around a date: the same days of the week before others, near before far, later before earlier."""
    offsets = [offset for offset in range(-_FARTHEST_DAYS, _FARTHEST_DAYS + 1) if offset]
    return (on + timedelta(days=o) for o in sorted(offsets, key=lambda o: (o % 7 != 0, abs(o), -o)))


def _has_trips(timetable: Timetable, on: date) -> bool:
    return bool(timetable.calendar.running(on).any())


def _problem(day: SwitchedDay, timetable: Timetable) -> Problem:
    held = f"the timetable holds from {timetable.first_on} to {timetable.last_on}"
    if isinstance(day.like, date):
        message = f"{day.on} is to run like {day.like}, when nothing runs; {held}"
        return Problem(FILE_NAME, day.line, message, 'write another day, or "nothing" if no line is to run')
    message = f'there is no day of the kind "{day.like}" near {day.on}; {held}'
    return Problem(FILE_NAME, day.line, message, "write a date")
