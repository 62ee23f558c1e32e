"""What runs come to, by hand: towns ten minutes and 9 km apart on a line."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from booking.day import Day
from gtfs.service_day import ServiceDay
from planning.run_figures import RunFigures, figures_of_days
from routing.model import Load, Plan, Run
from routing.schedule import start_times, with_times
from tests.strategies import HOUR_S, dropoff, line_of_towns, pickup, problem_of, ride, shift_of

TUESDAY = ServiceDay(date(2026, 3, 3), ZoneInfo("Europe/Berlin"))


def test_hours_kilometres_and_riders_of_a_day_are_added_up() -> None:
    west, idle = shift_of("west"), shift_of("idle")
    anna = ride("anna", (1, 3), (7 * HOUR_S, 8 * HOUR_S))
    ben = ride("ben", (2, 3), (7 * HOUR_S, 8 * HOUR_S), load=Load(seat=1, wheelchair=1))
    problem = problem_of((west, idle), anna, ben)
    visits = [pickup(anna), pickup(ben), dropoff(ben), dropoff(anna)]
    starts_s = start_times(west, visits, problem, fixed=0)
    assert starts_s is not None
    run = Run(west.id, with_times(visits, starts_s))
    day = Day(TUESDAY, 1, problem.shifts, problem.requests, Plan({west.id: run, idle.id: Run(idle.id)}))
    # Out: 10 min there, a minute's boarding at each of two stops, 20 min with riders, two minutes' alighting, 30 back.
    assert figures_of_days([day], line_of_towns()) == RunFigures(
        out_s=64 * 60, drive_m=54_000, empty_m=36_000, parties=2, loads=3, vehicles=1
    )
    figures = figures_of_days([day], line_of_towns())
    assert figures.empty_share == pytest.approx(2 / 3)
    assert figures.riders_per_hour == pytest.approx(3 * 60 / 64)


def test_a_day_without_riders_drives_nowhere() -> None:
    shift = shift_of("west")
    day = Day(TUESDAY, 0, {shift.id: shift}, {}, Plan({shift.id: Run(shift.id)}))
    figures = figures_of_days([day], line_of_towns())
    assert figures == RunFigures()
    assert figures.riders_per_hour == figures.empty_share == 0.0
