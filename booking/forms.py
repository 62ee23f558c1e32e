"""What the forms of service say to a ride: whether two stops are joined, in which direction, at which times.

Pure functions over :mod:`booking.rulebook_forms`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from booking.district import District, LineDay
from booking.model import AreaId, StopId
from booking.rulebook import Rules
from booking.rulebook_forms import FREE_FORM, Departures, Direction, ServiceForm
from routing.model import DAY_END_S, TimeWindow


@dataclass(frozen=True, slots=True)
class Joint:
    """One way in which the rules let a ride join two stops."""

    form: ServiceForm
    direction: Direction


@dataclass(frozen=True, slots=True)
class GuideWindow:
    """When a ride may begin (or, with ``is_dropoff``, end), and the guide time it goes by, if any."""

    window: TimeWindow
    guide_s: int | None = None
    is_dropoff: bool = False


@dataclass(frozen=True, slots=True)
class ServiceDate:
    """What the forms ask of a date."""

    day_kind: str
    is_school_day: bool


def service_date(district: District, on: date) -> ServiceDate:
    """What kind of day a date is for the forms of service; a switched day counts as the day it is like."""
    return ServiceDate(district.day_kind(on).value, is_school_day(district, on))


def is_school_day(district: District, on: date) -> bool:
    """Whether there is school, as the timetable sees it: a switched day counts as the day it is like."""
    like = next((day.like for day in district.switched_days if day.on == on), on)
    return (like if isinstance(like, LineDay) else district.line_day(like)) is LineDay.SCHOOL_DAY


def forms_of_areas(
    district: District, rules: Rules, on: date | None = None
) -> Mapping[AreaId, tuple[ServiceForm, ...]]:
    """The forms that serve each area, on a date if one is given; the free form where none is named for an area."""
    forms = rules.service.forms
    named = {area for form in forms for area in form.areas}
    day = None if on is None else service_date(district, on)
    found = {}
    for area in district.areas:
        fitting = [form for form in forms if (area.id in form.areas if form.areas else area.id not in named)]
        running = [form for form in fitting if day is None or runs(form, day)]
        found[area.id] = tuple(running) if fitting else (FREE_FORM,)
    return found


def runs(form: ServiceForm, day: ServiceDate) -> bool:
    """Whether a form of service runs on such a day at all."""
    return (not form.days or day.day_kind in form.days) and form.school.runs(is_school_day=day.is_school_day)


def joint_of(form: ServiceForm, one: StopId, other: StopId, direction: Direction) -> Joint | None:
    """The ride from one stop to the other under a form, or None if it has no such rides.

    Parameters
    ----------
    direction
        As hubs and area say; on a corridor the order of its stops says it.
    """
    order = form.stop_order
    if order:
        if one not in order or other not in order:
            return None
        direction = Direction.TO_HUB if order.index(one) < order.index(other) else Direction.FROM_HUB
    return Joint(form, direction) if direction in form.directions else None


def guide_windows(joint: Joint, day: ServiceDate) -> tuple[GuideWindow, ...]:
    """When rides of a joint may begin (or end), in order of time; empty if it does not run on such a day.

    Hours of the form bind the pickup; they are inclusive at both ends.
    """
    form = joint.form
    if not runs(form, day):
        return ()
    from_s, to_s = (0, DAY_END_S) if form.hours is None else (form.hours.from_s, form.hours.to_s)
    bound = [d for d in form.departures if not d.directions or joint.direction in d.directions]
    if not bound:
        return (GuideWindow(TimeWindow(from_s, to_s)),)
    found = [
        window
        for departures in bound
        if (not departures.days or day.day_kind in departures.days)
        and departures.school.runs(is_school_day=day.is_school_day)
        for window in _windows_of(departures, joint.direction)
        if window.is_dropoff or (window.window.latest_s >= from_s and window.window.earliest_s <= to_s)
    ]
    return tuple(sorted(found, key=lambda found: (found.window, found.is_dropoff)))


def _windows_of(departures: Departures, direction: Direction) -> Iterable[GuideWindow]:
    is_dropoff = departures.is_at_hub and direction is Direction.TO_HUB
    for guide_s in departures.guide_times_s:
        window = TimeWindow(max(0, guide_s - departures.earlier_s), guide_s + departures.later_s)
        yield GuideWindow(window, guide_s, is_dropoff)


def intersection(one: TimeWindow, other: TimeWindow) -> TimeWindow | None:
    """What two windows share, or None."""
    earliest_s, latest_s = max(one.earliest_s, other.earliest_s), min(one.latest_s, other.latest_s)
    return TimeWindow(earliest_s, latest_s) if earliest_s <= latest_s else None
