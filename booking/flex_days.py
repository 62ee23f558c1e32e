"""The service days of an exported feed: which version of the rules holds when, and what kind of day a date is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from booking.district import DayKind, District
from booking.rulebook import Hours, Rules

_WEEKDAYS = {
    DayKind.WEEKDAY: (0, 1, 2, 3, 4),
    DayKind.SATURDAY: (5,),
    DayKind.SUNDAY_OR_HOLIDAY: (6,),
}
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ADDED, _REMOVED = "1", "2"


@dataclass(frozen=True, slots=True)
class ServiceDays:
    """The days of one kind within the time of one version of the rules, and the hours driven on them.

    Parameters
    ----------
    first_on, last_on
        Both days belong to it.
    """

    id: str
    rules: Rules
    kind: DayKind
    hours: Hours
    first_on: date
    last_on: date


def list_service_days(district: District, first_on: date, last_on: date) -> tuple[ServiceDays, ...]:
    """All kinds of day on which anything is driven from one date to another (inclusive), by version of the rules."""
    found = []
    for rules, begins_on, ends_on in _versions(district, first_on, last_on):
        kinds = {district.day_kind(on) for on in _days(begins_on, ends_on)}
        for kind in DayKind:
            hours = rules.service_hours.get(kind.value)
            if hours is not None and kind in kinds:
                found.append(ServiceDays(f"{kind.value}-{rules.version}", rules, kind, hours, begins_on, ends_on))
    return tuple(found)


def calendar_row(days: ServiceDays) -> dict[str, str]:
    """The weekly rule of a kind of day, as a row of calendar.txt."""
    return {
        "service_id": days.id,
        **{name: "1" if number in _WEEKDAYS[days.kind] else "0" for number, name in enumerate(_NAMES)},
        "start_date": f"{days.first_on:%Y%m%d}",
        "end_date": f"{days.last_on:%Y%m%d}",
    }


def exception_rows(days: ServiceDays, district: District) -> Iterator[dict[str, str]]:
    """Where public holidays break the weekly rule, as rows of calendar_dates.txt."""
    for on in _days(days.first_on, days.last_on):
        is_driven, by_rule = district.day_kind(on) is days.kind, on.weekday() in _WEEKDAYS[days.kind]
        if is_driven != by_rule:
            exception = _ADDED if is_driven else _REMOVED
            yield {"service_id": days.id, "date": f"{on:%Y%m%d}", "exception_type": exception}


def _versions(district: District, first_on: date, last_on: date) -> Iterator[tuple[Rules, date, date]]:
    """The versions of the rules that hold in a period, each with its first and last day in it."""
    on = first_on
    while on <= last_on:
        rules = district.rulebook.rules_on(on)
        later = [other.valid_from for other in district.rulebook.versions if other.valid_from > on]
        ends_on = min([last_on, *(begins - timedelta(days=1) for begins in later)])
        yield rules, on, ends_on
        on = ends_on + timedelta(days=1)


def _days(first_on: date, last_on: date) -> Iterator[date]:
    for number in range((last_on - first_on).days + 1):
        yield first_on + timedelta(days=number)
