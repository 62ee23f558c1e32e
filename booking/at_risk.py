"""Promises that will not be kept as things stand, found before it is too late to do something about them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from booking.day import Day
from booking.lateness import excused_request, excused_shift, ride_lateness, shift_lateness, starts_of
from booking.model import HeldConnection
from booking.prediction import Prediction, RunPrediction
from routing.model import Action, Plan, RequestId, Run, ShiftId
from routing.travel_times import TravelTimes
from routing.violations import ViolationKind, violations

SERIOUS_MIN = 10
"""So many minutes late, a rider may have given up."""


class RiskKind(StrEnum):
    """What will not be kept."""

    PICKUP_LATE = "pickup_late"
    DROPOFF_LATE = "dropoff_late"
    RIDE_TOO_LONG = "ride_too_long"
    CONNECTION = "connection"
    """The line leaves before the ride is there."""
    OVERLOADED = "overloaded"
    """More on board than the vehicle has room for."""
    SHIFT_END = "shift_end"
    BREAK_LATE = "break_late"
    UNPLACED = "unplaced"
    """A ride that no vehicle drives."""


class Severity(StrEnum):
    """How bad it is."""

    WARNING = "warning"
    SERIOUS = "serious"


SERIOUS = {RiskKind.CONNECTION, RiskKind.OVERLOADED, RiskKind.UNPLACED, RiskKind.BREAK_LATE}


@dataclass(frozen=True, slots=True)
class Risk:
    """A promise (or a law) that will not be kept.

    Parameters
    ----------
    minutes
        By how much, rounded up; 0 where that means nothing.
    expected_at
        When it will happen instead.
    """

    kind: RiskKind
    severity: Severity
    minutes: int
    shift_id: ShiftId | None = None
    request_id: RequestId | None = None
    expected_at: datetime | None = None


def list_risks(
    day: Day,
    prediction: Prediction,
    times: TravelTimes,
    held: Mapping[RequestId, HeldConnection] | None = None,
) -> tuple[Risk, ...]:
    """What will not be kept, worst first.

    Parameters
    ----------
    day
        With what is agreed.
    held
        Rides that hang on a line.
    """
    found = [risk for run in prediction.runs.values() for risk in _of_run(day, run, held or {})]
    found += _overloads(day, prediction, times)
    found += [
        Risk(RiskKind.UNPLACED, Severity.SERIOUS, 0, request_id=ride, expected_at=None)
        for ride in sorted(day.plan.unserved & day.requests.keys())
    ]
    return tuple(sorted(found, key=lambda r: (r.severity is Severity.WARNING, -r.minutes, r.kind, str(r.request_id))))


def _risk(kind: RiskKind, late_s: int, day: Day, at_s: int, run: RunPrediction, ride: RequestId | None = None) -> Risk:
    minutes = -(-late_s // 60)
    is_serious = kind in SERIOUS or minutes >= SERIOUS_MIN
    severity = Severity.SERIOUS if is_serious else Severity.WARNING
    return Risk(kind, severity, minutes, run.shift_id, ride, day.service_day.at(at_s))


def _of_run(day: Day, run: RunPrediction, held: Mapping[RequestId, HeldConnection]) -> Iterator[Risk]:
    shift = day.shifts[run.shift_id]
    pickups = {r: s[Action.PICKUP] for r, s in starts_of(run.visits).items() if Action.PICKUP in s}
    for visit in run.visits[run.done :]:
        at_s, ride = visit.start_s, visit.request_id
        if ride is None:
            window = shift.breaks[visit.break_index or 0].window
            if at_s > window.latest_s:
                yield _risk(RiskKind.BREAK_LATE, at_s - window.latest_s, day, at_s, run)
            continue
        request = day.requests[ride]
        window = request.pickup_window if visit.action is Action.PICKUP else request.dropoff_window
        if at_s > window.latest_s:
            kind = RiskKind.PICKUP_LATE
            if visit.action is Action.DROPOFF:
                is_awaited = ride in held
                kind = RiskKind.CONNECTION if is_awaited else RiskKind.DROPOFF_LATE
            yield _risk(kind, at_s - window.latest_s, day, at_s, run, ride)
        if visit.action is Action.DROPOFF:
            ride_s = at_s - pickups[ride] - request.boarding_s
            if ride_s > request.max_ride_s:
                yield _risk(RiskKind.RIDE_TOO_LONG, ride_s - request.max_ride_s, day, at_s, run, ride)
    if run.back_s > shift.end_s and any(visit.request_id for visit in run.visits):
        yield _risk(RiskKind.SHIFT_END, run.back_s - shift.end_s, day, run.back_s, run)


def _overloads(day: Day, prediction: Prediction, times: TravelTimes) -> list[Risk]:
    excused = excused_day(day, prediction)
    return [
        Risk(RiskKind.OVERLOADED, Severity.SERIOUS, 0, violation.shift_id, violation.request_id)
        for violation in violations(excused.plan, excused.problem(times, 0))
        if violation.kind is ViolationKind.OVERLOADED
    ]


def excused_day(day: Day, prediction: Prediction) -> Day:
    """A day that goes on as predicted and may be as late as that."""
    requests, shifts = dict(day.requests), dict(day.shifts)
    for shift_id, run in prediction.runs.items():
        for ride, starts in starts_of(run.visits).items():
            late = ride_lateness(requests[ride], starts[Action.PICKUP], starts[Action.DROPOFF])
            requests[ride] = excused_request(requests[ride], late)
        late_shift = shift_lateness(shifts[shift_id], run.visits, run.back_s)
        shifts[shift_id] = excused_shift(shifts[shift_id], late_shift)
    plan = Plan({s: Run(s, run.visits) for s, run in prediction.runs.items()}, day.plan.unserved)
    return replace(day, requests=requests, shifts=shifts, plan=plan)
