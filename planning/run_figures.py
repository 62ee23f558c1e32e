"""What the runs of a day come to: hours, kilometres, how much of it empty, riders carried."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from booking.day import Day
from routing.model import Action, Run, Shift
from routing.travel_times import TravelTimes


@dataclass(frozen=True, slots=True)
class RunFigures:
    """Sums over runs.

    Parameters
    ----------
    out_s
        Seconds from leaving the depot (as late as possible) to the return, of vehicles that carried somebody.
    drive_m, empty_m
        Metres driven; those of them with nobody on board.
    parties, loads
        Rides, and places taken by their parties.
    vehicles
        Vehicles that carried somebody.
    """

    out_s: int = 0
    drive_m: int = 0
    empty_m: int = 0
    parties: int = 0
    loads: int = 0
    vehicles: int = 0

    def __add__(self, other: "RunFigures") -> "RunFigures":
        return RunFigures(
            self.out_s + other.out_s,
            self.drive_m + other.drive_m,
            self.empty_m + other.empty_m,
            self.parties + other.parties,
            self.loads + other.loads,
            self.vehicles + other.vehicles,
        )

    @property
    def riders_per_hour(self) -> float:
        """Riders for each hour that a vehicle is out; 0 if none was."""
        return 3600 * self.loads / self.out_s if self.out_s else 0.0

    @property
    def empty_share(self) -> float:
        """Share of the metres driven with nobody on board; 0 if nobody drove."""
        return self.empty_m / self.drive_m if self.drive_m else 0.0


def figures_of_days(days: Iterable[Day], times: TravelTimes) -> RunFigures:
    """The figures of all runs of some days."""
    total = RunFigures()
    for day in days:
        for run in day.plan.runs.values():
            total += figures_of_run(day, day.shifts[run.shift_id], run, times)
    return total


def figures_of_run(day: Day, shift: Shift, run: Run, times: TravelTimes) -> RunFigures:
    """The figures of one run; all 0 if it carries nobody."""
    if not run.request_ids():
        return RunFigures()
    places = [shift.start, *(visit.location for visit in run.visits), shift.end]
    aboard, drive_m, empty_m, loads = 0, 0, 0, 0
    for visit, (here, there) in zip([None, *run.visits], pairwise(places), strict=True):
        if visit is not None and visit.request_id is not None:
            load = day.requests[visit.request_id].load
            size = load.seat + load.wheelchair
            aboard += size if visit.action is Action.PICKUP else -size
            loads += size if visit.action is Action.PICKUP else 0
        metres = times.distance_m(here, there)
        drive_m += metres
        empty_m += metres if aboard == 0 else 0
    first, last = run.visits[0], run.visits[-1]
    served_s = day.shifts[run.shift_id].breaks[last.break_index or 0].duration_s if last.request_id is None else 0
    if last.request_id is not None:
        served_s = day.requests[last.request_id].alighting_s
    left_s = first.start_s - times.duration_s(shift.start, first.location)
    back_s = last.start_s + served_s + times.duration_s(last.location, shift.end)
    return RunFigures(back_s - left_s, drive_m, empty_m, len(run.request_ids()), loads, 1)
