"""Answering and placing, as residents meet it: the sample district's day fills up with wishes. ``make bench-answers``.

Prints how long one answer takes at the beginning and at the end of the day's bookings, and which share of it the
timetable search has (by leaving the timetable out of a second run of the same wishes).
"""

import argparse
import time
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from booking.artefact_store import artefact_folder
from booking.artefacts import build_artefacts, is_up_to_date, open_artefacts
from booking.district_files import read_district
from booking.enquiry_search import Network
from booking.settings import read_settings
from gtfs.timetable import empty_timetable
from planning.demand import make_wishes
from planning.simulate import Outcome, Simulation, ordinary_day

SAMPLE = Path(__file__).parents[2] / "districts" / "lup-sample"


def note(moments: list[float]) -> None:
    """Write down the CPU time of this process."""
    moments.append(time.process_time())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    district = read_district(SAMPLE)
    folder = artefact_folder(read_settings(), district.id)
    if not is_up_to_date(district, folder):
        build_artefacts(district, folder, progress=print)
    whole = Network(district, open_artefacts(district, folder))
    alone = Network(district, replace(whole.artefacts, timetable=empty_timetable(district.zone)))
    day = ordinary_day(whole)
    wishes = make_wishes(district, day, count=arguments.requests, seed=arguments.seed)
    print(f"lup-sample, {arguments.requests} wishes, seed {arguments.seed}, {day.on}; rufnetz {version('rufnetz')}")
    for name, network in (("rides and lines", whole), ("rides alone", alone)):
        moments = [time.process_time()]
        results = Simulation(network).run(wishes, day, partial(note, moments))
        times = [after - before for before, after in pairwise(moments)]
        rides = sum(r.outcome in (Outcome.RIDE, Outcome.COMBINED) for r in results)
        third = len(times) // 3
        shown = [
            sorted(part)[len(part) * p // 100] * 1000 for part in (times[:third], times[-third:]) for p in (50, 95)
        ]
        print(
            f"{name:<16} {rides:4} rides; CPU ms a wish, first third p50 {shown[0]:.0f} p95 {shown[1]:.0f}, "
            f"last third p50 {shown[2]:.0f} p95 {shown[3]:.0f}"
        )


if __name__ == "__main__":
    main()
