"""``rufnetz plan``: try a service on a made-up day."""

from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from booking.artefact_store import artefact_folder
from booking.artefacts import build_artefacts, is_up_to_date, open_artefacts
from booking.commands import DistrictFolder
from booking.district_files import read_district
from booking.enquiry_search import Network
from booking.settings import read_settings
from gtfs.service_day import ServiceDay
from planning.demand import make_wishes
from planning.policies import PolicyName, simulation_of
from planning.report import RunInfo, summarise, total_figures, write_report
from planning.simulate import ordinary_day

console = Console(highlight=False)


def run_plan(
    district: DistrictFolder,
    requests: Annotated[int, typer.Option(min=1, max=100_000, help="How many wishes the day has.")] = 400,
    seed: Annotated[int, typer.Option(help="The same seed gives the same day, to the byte.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report; the planners' page shows it if left out.")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="The service day; an ordinary Tuesday if left out.")] = None,
    policy: Annotated[
        PolicyName, typer.Option(help="How hard the service tries: each has one part more than the one before.")
    ] = PolicyName.FULL,
    improve_every: Annotated[
        int, typer.Option(min=1, help="Re-plan after so many rides, where the policy improves runs.")
    ] = 10,
) -> None:
    """Draw a day of wishes from the villages' inhabitants and send it through the functions that answer residents.

    Writes villages.csv, wishes.csv, summary.json and report.html.
    """
    settings = read_settings()
    found = read_district(district)
    artefacts_at = artefact_folder(settings, found.id)
    if not is_up_to_date(found, artefacts_at):
        build_artefacts(found, artefacts_at, progress=console.print)
    network = Network(found, open_artefacts(found, artefacts_at))
    service_day = ordinary_day(network) if on is None else ServiceDay(_read_date(on), found.zone)
    wishes = make_wishes(found, service_day, count=requests, seed=seed)
    simulation = simulation_of(policy, network, improve_every)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(f"{requests} wishes for {service_day.on}", total=requests)
        results = simulation.run(wishes, service_day, lambda: bar.advance(task))
    info = RunInfo(
        district_id=found.id,
        district_name=found.name,
        on=service_day.on,
        requests=requests,
        seed=seed,
        policy=policy.value,
        rules_version=found.rulebook.rules_on(service_day.on).version,
        program=f"rufnetz {version('rufnetz')}",
        violations=simulation.count_violations(),
    )
    folder = out or settings.state_folder / "reports" / f"{found.id}-{service_day.on}-{requests}-{seed}"
    write_report(folder, info, found, results)
    figures = summarise(info, total_figures(results))
    console.print(
        f"{figures['asked']} asked = {figures['served']} served + {figures['refused']} refused; "
        f"{figures['violations']} violations; {folder / 'report.html'}",
        soft_wrap=True,
    )


def _read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        msg = f"{text!r} is no date; write it like 2026-12-24."
        raise typer.BadParameter(msg) from fault
