"""A service day in memory: its shifts, its requests, its plan. What the database keeps, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.district import District, ShiftPattern, Vehicle
from booking.rulebook_forms import Overflow
from gtfs.service_day import ServiceDay
from routing.model import (
    Break,
    OwnerCosts,
    Plan,
    Request,
    RequestId,
    Shift,
    ShiftId,
    TimeWindow,
)
from routing.objective import DEFAULT_WEIGHTS
from routing.problem import Problem
from routing.schedule import opening_run
from routing.travel_times import TravelTimes

FIRST_HOUR = 4
"""A wish before four in the morning belongs to the service day before: 00:40 on Sunday is Saturday 24:40."""

OVERFLOW_WHEN_USED = 10_000.0
"""Seconds of driving that it costs to take a first ride into an overflow vehicle: no other drives so far for one."""


@dataclass(frozen=True, slots=True)
class Day:
    """A service day as it stands.

    Parameters
    ----------
    version
        Counts every change; a writer that saw an older one has to look again.
    """

    service_day: ServiceDay
    version: int
    shifts: Mapping[ShiftId, Shift]
    requests: Mapping[RequestId, Request]
    plan: Plan
    order_locked: frozenset[ShiftId] = frozenset()
    """Shifts whose rides a dispatcher wants to stay in their run and in their order."""

    def changed(self, plan: Plan, requests: Mapping[RequestId, Request]) -> "Day":
        """The day after a change."""
        return replace(self, version=self.version + 1, plan=plan, requests=requests)

    def problem(self, times: TravelTimes, not_before_s: int) -> Problem:
        """The day as the engine takes it."""
        return Problem(self.shifts, self.requests, times, not_before_s, self.order_locked & self.shifts.keys())


def service_day_of(at: datetime, zone: ZoneInfo) -> ServiceDay:
    """The service day an aware datetime belongs to."""
    local = at.astimezone(zone)
    on = local.date() - timedelta(days=1) if local.hour < FIRST_HOUR else local.date()
    return ServiceDay(on, zone)


def shifts_on(district: District, on: date) -> dict[ShiftId, Shift]:
    """The shifts that are driven on a date."""
    kind, overflow = district.day_kind(on), district.rulebook.rules_on(on).service.overflow
    return {pattern.id: _shift(district, pattern, overflow) for pattern in district.shifts if kind in pattern.days}


def open_day(district: District, service_day: ServiceDay) -> Day:
    """A day on which nothing is booked yet: every run holds its breaks only."""
    shifts = shifts_on(district, service_day.on)
    return Day(
        service_day=service_day,
        version=0,
        shifts=shifts,
        requests={},
        plan=Plan({shift.id: opening_run(shift) for shift in shifts.values()}),
    )


def overflow_costs(overflow: Overflow) -> OwnerCosts:
    """What a vehicle costs that drives only where no other fits: far more than any detour of another."""
    return OwnerCosts(overflow.cost_factor, overflow.cost_factor, OVERFLOW_WHEN_USED)


def owner_costs(vehicle: Vehicle) -> OwnerCosts:
    """What a vehicle costs beside others, as the district's folder says."""
    return OwnerCosts(vehicle.cost_factor, vehicle.cost_factor, DEFAULT_WEIGHTS.drive_s * vehicle.used_s)


def _shift(district: District, pattern: ShiftPattern, overflow: Overflow) -> Shift:
    vehicle = district.vehicle_by_id[pattern.vehicle_id]
    start = district.stop_index[pattern.start_stop]
    return Shift(
        id=pattern.id,
        vehicle_id=pattern.vehicle_id,
        start=start,
        end=district.stop_index[pattern.end_stop],
        start_s=pattern.start_s,
        end_s=pattern.end_s,
        layouts=vehicle.layouts,
        breaks=tuple(
            Break(TimeWindow(b.from_s, b.to_s), b.duration_s, start if b.recharges else None, b.recharges)
            for b in pattern.breaks
        ),
        range_m=vehicle.range_m,
        costs=overflow_costs(overflow) if vehicle.owner in overflow.owners else owner_costs(vehicle),
    )
