"""Breaks by law, range and owners' costs: from the district's folder to the engine's shift."""

from pathlib import Path

import pytest

from booking.day import open_day
from booking.district import BreakWindow, DayKind, ShiftPattern, Vehicle
from booking.district_files import read_district
from booking.duty_hours import duty_problems, list_duty_findings
from booking.model import StopId
from gtfs.service_day import ServiceDay
from routing.model import Load, ShiftId, VehicleId
from tests.tiny_district import write_tiny_district
from tests.tiny_network import local

H, M = 3600, 60
CAR = Vehicle(VehicleId("car"), "Car", "us", (Load(seat=4),), 0, 0)
LARGE = Vehicle(VehicleId("bus"), "Bus", "us", (Load(seat=8), Load(seat=8, wheelchair=1)), 0, 0)


def shift(hours: float, *breaks: tuple[float, float, int]) -> ShiftPattern:
    """A shift from 6 o'clock with breaks: window in hours after its beginning, minutes."""
    windows = tuple(BreakWindow(int((6 + a) * H), int((6 + b) * H), n * M) for a, b, n in breaks)
    end_s = int((6 + hours) * H)
    return ShiftPattern(
        ShiftId("s"), CAR.id, frozenset({DayKind.WEEKDAY}), 6 * H, end_s, StopId("a"), StopId("a"), windows
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (shift(6), []),
        (shift(6.5), ["ArbZG § 4 asks for 30 minutes"]),
        (shift(6.5, (3, 4, 30)), []),
        (shift(6.5, (3, 4, 15), (5, 5.5, 15)), []),
        (shift(6.5, (3, 4, 10), (4.5, 5, 20)), ["asks for 30 minutes"]),  # 10 minutes are no break
        (shift(9.5, (3, 5, 30)), []),  # 9 hours of work
        (shift(10, (3, 5, 30)), ["asks for 45 minutes"]),
        (shift(10, (3, 5, 45)), ["allows 6"]),  # taken at 3: works from 3:45 to 10
        (shift(10, (4, 5, 45)), []),
        (shift(8, (2, 6.5, 30)), ["allows 6"]),  # taken at 6:30: works 6.5 hours before
        (shift(8, (0.5, 1, 30)), ["allows 6"]),
    ],
)
def test_breaks_are_held_against_the_law_of_working_hours(given: ShiftPattern, said: list[str]) -> None:
    found = [remedy for _, remedy in duty_problems(given, CAR)]
    assert len(found) == len(said)
    assert all(text in remedy for text, remedy in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("given", "is_enough"),
    [
        (shift(4.5), True),
        (shift(5), False),
        (shift(6, (2, 4, 30)), True),
        (shift(6, (2, 4, 15)), False),
        (shift(6, (2, 2.5, 20), (3, 4, 20)), True),
        (shift(6, (1, 1.5, 15), (2, 2.5, 15), (3, 4, 15)), True),
        (shift(6, (1, 5, 30)), False),  # may be taken after 5 hours
    ],
)
def test_a_large_vehicle_needs_breaks_from_driving(given: ShiftPattern, *, is_enough: bool) -> None:
    said = [remedy for _, remedy in duty_problems(given, LARGE)]
    assert [text for text in said if "4.5 hours" in text] == ([] if is_enough else said[-1:])
    assert not any("4.5 hours" in remedy for _, remedy in duty_problems(given, CAR))


def test_findings_name_file_and_line(tmp_path: Path) -> None:
    found = [str(f) for f in list_duty_findings(read_district(write_tiny_district(tmp_path)))]
    assert found[0].startswith('shifts.csv, line 4: shift "east-day": the driver may work 7.2 hours without a break')
    assert found[-1].startswith('shifts.csv, line 5: shift "taxi-evening": the breaks come to 0 minutes')


def test_range_charging_and_owners_costs_come_from_the_folder(tmp_path: Path) -> None:
    folder = write_tiny_district(tmp_path)
    (folder / "fleet.csv").write_text(
        "vehicle_id,name,owner,layouts,ct_per_hour,ct_per_km,range_km,cost_factor,used_min\n"
        "bus-1,Rufbus 1,us,seat:6,3200,55,180,,\n"
        "bus-2,Rufbus 2,us,seat:8,3400,60,,,\n"
        "taxi-1,Taxi 1,Taxi Reihendorf,seat:4,2800,45,,1.4,20\n"
    )
    shifts = (folder / "shifts.csv").read_text().splitlines()
    rows = [shifts[0] + ",charging", shifts[1] + ",06:30-07:30/45", *(row + "," for row in shifts[2:])]
    (folder / "shifts.csv").write_text("\n".join(rows) + "\n")
    district = read_district(folder)
    day = open_day(district, ServiceDay(local("12:00").date(), district.zone))
    bus, taxi = day.shifts[ShiftId("west-early")], day.shifts[ShiftId("taxi-evening")]
    assert bus.range_m == 180_000
    assert [(b.window.earliest_s, b.duration_s, b.recharges, b.location) for b in bus.breaks] == [
        (23400, 2700, True, bus.start),
        (32400, 1800, False, None),
    ]
    assert taxi.range_m is None
    assert (taxi.costs.drive_s_factor, taxi.costs.drive_m_factor, taxi.costs.when_used) == (1.4, 1.4, 1200.0)
    assert bus.costs.drive_s_factor == 1.0
