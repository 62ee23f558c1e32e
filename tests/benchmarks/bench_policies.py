"""What each part of the service is worth: the same days under one policy after the other. ``make bench-policies``.

First the demand is found at which the service, run as it is operated today (``planning/as_operated.py``), refuses a
wanted share of all wishes with the sample district's fleet; then the very same wishes are asked with insertion alone,
with the runs improved between bookings, with the second look, and with wishes shifted within what riders stated.

Every wish that got neither a ride nor a line counts as refused, whatever the reason: too late to order, outside of the
service hours, no vehicle. Nothing depends on a clock.
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import mean

from booking.artefact_store import artefact_folder
from booking.artefacts import build_artefacts, is_up_to_date, open_artefacts
from booking.district_files import read_district
from booking.enquiry_search import Network
from booking.settings import read_settings
from gtfs.service_day import ServiceDay
from planning.demand import make_wishes
from planning.policies import PolicyName, simulation_of
from planning.run_figures import RunFigures, figures_of_days
from planning.simulate import Outcome, Result, Simulation, ordinary_day

SAMPLE = Path(__file__).parents[2] / "districts" / "lup-sample"
IMPROVE_EVERY = 10
STEP = 50
"""The demand is found to so many wishes."""
BEGIN, END = "<!-- bench-policies: written by make bench-policies -->", "<!-- end of bench-policies -->"


@dataclass(frozen=True, slots=True)
class Day:
    """One simulated day."""

    results: list[Result]
    runs: RunFigures
    violations: int
    seconds: float

    @property
    def refused(self) -> float:
        """Share of all wishes."""
        return sum(result.outcome is Outcome.REFUSED for result in self.results) / len(self.results)


def play(simulation: Simulation, on: ServiceDay, requests: int, seed: int) -> Day:
    """One day of wishes under one policy."""
    began = time.process_time()
    wishes = make_wishes(simulation.network.district, on, count=requests, seed=seed)
    results = simulation.run(wishes, on, lambda: None)
    runs = figures_of_days(simulation.days.values(), simulation.network.artefacts.times)
    return Day(results, runs, simulation.count_violations(), time.process_time() - began)


def find_demand(network: Network, on: ServiceDay, seeds: int, share: float) -> int:
    """The number of wishes, in steps, whose share of refusals comes nearest to the wanted one."""
    found: dict[int, float] = {}
    low, high = STEP, 2000
    while high - low > STEP:
        middle = (low + high) // 2 // STEP * STEP
        days = [
            play(simulation_of(PolicyName.AS_OPERATED, network, IMPROVE_EVERY), on, middle, seed)
            for seed in range(seeds)
        ]
        found[middle] = mean(day.refused for day in days)
        print(f"as operated, {middle} wishes: {100 * found[middle]:.1f} % refused", flush=True)
        low, high = (middle, high) if found[middle] < share else (low, middle)
    return min(found, key=lambda requests: abs(found[requests] - share))


def rows(name: str, days: list[Day]) -> str:
    """A row of the table: means over the seeds, and the range of refusals."""
    refused = [100 * day.refused for day in days]
    served = Counter(result.outcome for day in days for result in day.results)
    shifted = sum(result.is_shifted and result.outcome is not Outcome.REFUSED for day in days for result in day.results)
    parties = sum(day.runs.parties for day in days)
    km = sum(day.runs.drive_m for day in days) / 1000
    count = len(days)
    return (
        f"| {name} | {mean(refused):.1f} ({min(refused):.1f} to {max(refused):.1f}) | "
        f"{served[Outcome.RIDE] / count:.0f} | "
        f"{served[Outcome.COMBINED] / count:.0f} | {served[Outcome.LINE] / count:.0f} | {shifted / count:.0f} | "
        f"{mean(day.runs.riders_per_hour for day in days):.2f} | {km / parties:.1f} | "
        f"{sum(day.violations for day in days)} | {mean(day.seconds for day in days):.0f} |"
    )


def reasons(name: str, days: list[Day]) -> str:
    """Why wishes were refused, of a thousand."""
    asked = sum(len(day.results) for day in days)
    found = Counter(result.reason.value for day in days for result in day.results if result.reason is not None)
    return f"| {name} | " + ", ".join(f"{reason} {1000 * n / asked:.0f}" for reason, n in found.most_common()) + " |"


def main() -> None:
    """Print the tables, and put them into the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, help="wishes a day; found from --share if left out")
    parser.add_argument("--share", type=float, default=0.19, help="what the service refuses as operated")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--into", type=Path, help="document to write the tables into")
    arguments = parser.parse_args()
    district = read_district(SAMPLE)
    folder = artefact_folder(read_settings(), district.id)
    if not is_up_to_date(district, folder):
        build_artefacts(district, folder, progress=print)
    network = Network(district, open_artefacts(district, folder))
    on = ordinary_day(network)
    requests = arguments.requests
    if requests is None:
        requests = find_demand(network, on, arguments.seeds, arguments.share)
    table = [
        (
            f"{requests} wishes for {on.on} in the sample district, {len(district.vehicles)} vehicles, seeds 0 to "
            f"{arguments.seeds - 1}, means (and range); rufnetz {version('rufnetz')}."
        ),
        "",
        (
            "| policy | refused, % of all wishes | rides | ride and line | line | shifted | riders per vehicle-hour "
            "| km per ride | violations | CPU s a day |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    why = ["", "| policy | refused of 1,000 wishes, by reason |", "|---|---|"]
    for name in PolicyName:
        days = [
            play(simulation_of(name, network, IMPROVE_EVERY), on, requests, seed) for seed in range(arguments.seeds)
        ]
        table.append(rows(name, days))
        why.append(reasons(name, days))
        print(table[-1], why[-1], sep="\n", flush=True)
    text = "\n".join([*table, *why])
    print(text)
    if arguments.into is not None:
        head, _, rest = arguments.into.read_text(encoding="utf-8").partition(BEGIN)
        arguments.into.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
