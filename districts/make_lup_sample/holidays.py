"""Public holidays of Mecklenburg-Vorpommern by rule, school holidays by fact and, later, by pattern."""

from dataclasses import dataclass
from datetime import date, timedelta

from districts.make_lup_sample.facts import Facts

FIRST_YEAR, LAST_YEAR = 2026, 2035


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days off, both ends inclusive; ``kind`` is ``public`` or ``school``."""

    first_on: date
    last_on: date
    kind: str
    name: str


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar.

    References
    ----------
    J. Meeus, Astronomical Algorithms, chapter 8: the anonymous algorithm of 1876.
    """
    golden = year % 19
    century, rest = divmod(year, 100)
    leap_century, century_rest = divmod(century, 4)
    shift = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leap_century - shift + 15) % 30
    weekday = (32 + 2 * century_rest + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def public_holidays(year: int) -> list[Holiday]:
    """The ten days off and the two Christmas days, by the state's holiday law as it stands since 2023."""
    sunday = easter(year)
    days = (
        (date(year, 1, 1), "Neujahr"),
        (date(year, 3, 8), "Internationaler Frauentag"),
        (sunday - timedelta(2), "Karfreitag"),
        (sunday + timedelta(1), "Ostermontag"),
        (date(year, 5, 1), "Tag der Arbeit"),
        (sunday + timedelta(39), "Christi Himmelfahrt"),
        (sunday + timedelta(50), "Pfingstmontag"),
        (date(year, 10, 3), "Tag der Deutschen Einheit"),
        (date(year, 10, 31), "Reformationstag"),
        (date(year, 12, 25), "1. Weihnachtstag"),
        (date(year, 12, 26), "2. Weihnachtstag"),
    )
    return [Holiday(day, day, "public", name) for day, name in days]


def make_holidays(facts: Facts) -> list[Holiday]:
    """All holidays from 2026 to 2035, in the order of their dates."""
    known = [Holiday(h.first_on, h.last_on, "school", h.name) for h in facts.school_holidays]
    last_known = max(h.last_on for h in known)
    later = [
        holiday
        for year in range(last_known.year, LAST_YEAR + 1)
        for holiday in _school_pattern(year)
        if holiday.first_on > last_known
    ]
    public = [holiday for year in range(FIRST_YEAR, LAST_YEAR + 1) for holiday in public_holidays(year)]
    return sorted([*known, *later, *public], key=lambda h: (h.first_on, h.kind, h.name))


def _school_pattern(year: int) -> list[Holiday]:
    """School holidays as they usually lie; real dates differ by days."""
    sunday = easter(year)
    spans = (
        (_monday_from(date(year, 2, 4)), 12, "Winterferien"),
        (sunday - timedelta(6), 10, "Osterferien"),
        (sunday + timedelta(47), 5, "Pfingstferien"),
        (_monday_from(date(year, 7, 5)), 41, "Sommerferien"),
        (_monday_from(date(year, 10, 14)), 6, "Herbstferien"),
        (date(year, 12, 22), 12, "Weihnachtsferien"),
    )
    return [Holiday(first, first + timedelta(days - 1), "school", name) for first, days, name in spans]


def _monday_from(day: date) -> date:
    return day + timedelta(-day.weekday() % 7)
