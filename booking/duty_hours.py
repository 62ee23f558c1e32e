"""Whether the breaks of a shift are enough by law: a driver's, told with the line of the shift.

ArbZG § 4: a break of 30 minutes where work lasts more than 6 hours, of 45 where it lasts more than 9; in parts of at
least 15 minutes; nobody works more than 6 hours without one. The break is fixed beforehand, as a window. Charging is
none unless it is written as a break, too: whoever has to plug in is at work.

FPersV § 1 binds only vehicles built for more than 9 persons with their driver, on lines of up to 50 km: after 4.5 hours
of driving 30 minutes, or twice 20, or three times 15 (where stops are more than 3 km apart on average, as in the
country). A Rufbus does not drive all the time; whoever is on duty for 4.5 hours without such a break may have to.
"""

from collections.abc import Iterator, Sequence

from booking.district import BreakWindow, District, ShiftPattern, Vehicle
from booking.district_problems import Problem

_MINUTE = 60
_HOUR = 3600
LEAST_PART_S = 15 * _MINUTE
LONGEST_WITHOUT_S = 6 * _HOUR
"""By ArbZG: the longest work without a break."""
LONGEST_DRIVE_S = 9 * _HOUR // 2
"""By FPersV: the longest driving without a break."""
LARGE = 9
"""Vehicles for more persons than that, the driver among them, are under FPersV."""


def list_duty_findings(district: District) -> tuple[Problem, ...]:
    """Every shift whose breaks are not enough. A shift that two drivers share is none of the law's business."""
    return tuple(
        Problem("shifts.csv", shift.line, f'shift "{shift.id}": {message}', remedy)
        for shift in district.shifts
        for message, remedy in duty_problems(shift, district.vehicle_by_id.get(shift.vehicle_id))
    )


def duty_problems(shift: ShiftPattern, vehicle: Vehicle | None) -> Iterator[tuple[str, str]]:
    """What is wrong with the breaks of a shift, and what to do about it."""
    parts = [b for b in shift.breaks if not b.recharges and b.duration_s >= LEAST_PART_S]
    taken_s = sum(part.duration_s for part in parts)
    worked_s = shift.end_s - shift.start_s - taken_s
    needed_s = 45 * _MINUTE if worked_s > 9 * _HOUR else 30 * _MINUTE if worked_s > 6 * _HOUR else 0
    if taken_s < needed_s:
        yield (
            f"the breaks come to {taken_s // _MINUTE} minutes for {worked_s / _HOUR:.1f} hours of work",
            f"ArbZG § 4 asks for {needed_s // _MINUTE} minutes, in parts of at least 15",
        )
    elif longest_without_s(shift, parts) > LONGEST_WITHOUT_S:
        yield (
            f"the driver may work {longest_without_s(shift, parts) / _HOUR:.1f} hours without a break",
            "ArbZG § 4 allows 6: move a window, make it narrower, or add a break",
        )
    if vehicle is not None and is_large(vehicle) and not _has_driving_breaks(shift, parts):
        yield (
            "the vehicle has more than 9 places with the driver's, and FPersV's breaks are missing",
            "within 4.5 hours give 30 minutes, or 2 breaks of 20, or 3 of 15",
        )


def longest_without_s(shift: ShiftPattern, parts: Sequence[BreakWindow]) -> int:
    """The longest time without a break that the windows allow, in the worst case."""
    longest_s, free_s = 0, shift.start_s
    for part in parts:
        longest_s = max(longest_s, part.to_s - free_s)
        free_s = part.from_s + part.duration_s
    return max(longest_s, shift.end_s - free_s)


def is_large(vehicle: Vehicle) -> bool:
    """Whether a vehicle is built for more than 9 persons, the driver among them."""
    return max(layout.seat + layout.wheelchair for layout in vehicle.layouts) + 1 > LARGE


def _has_driving_breaks(shift: ShiftPattern, parts: Sequence[BreakWindow]) -> bool:
    """Whether no more than 4.5 hours lie between full breaks, which may come in two or three parts."""
    free_s, begun_s, count = shift.start_s, 0, 0
    for part in parts:
        if part.to_s - free_s > LONGEST_DRIVE_S:
            return False
        begun_s, count = (begun_s + part.duration_s, count + 1) if part.duration_s < 30 * _MINUTE else (30 * _MINUTE, 1)
        is_full = begun_s >= 30 * _MINUTE and (count == 1 or begun_s >= (40 if count == 2 else 45) * _MINUTE)
        if is_full:
            free_s, begun_s, count = part.from_s + part.duration_s, 0, 0
    return shift.end_s - free_s <= LONGEST_DRIVE_S
