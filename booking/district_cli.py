"""``rufnetz district``: making, checking, building and showing a district folder."""

import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from booking.artefact_store import artefact_folder, read_manifest
from booking.artefacts import build_artefacts, list_outdated
from booking.clock import now
from booking.district import DayKind, District
from booking.district_files import DistrictError, read_district
from booking.district_main import is_url
from booking.duty_hours import list_duty_findings
from booking.road_stops import check_stops
from booking.settings import Settings, read_settings
from routing.osm import OsmError, import_roads

console = Console()

Folder = Annotated[Path, typer.Argument(help="The district's folder.", show_default=False)]
StateFolder = Annotated[
    Path | None, typer.Option(help="Where artefacts are kept; RUFNETZ_STATE_FOLDER or ./var if left out.")
]


def new(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.", show_default=False)],
) -> None:
    """Write a district folder to fill in: every file with an example and an explanation."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        console.print(f"{folder} exists and is not empty. Choose another folder.", soft_wrap=True)
        raise typer.Exit(1)
    folder.mkdir(parents=True, exist_ok=True)
    skeleton = resources.files("booking") / "district_skeleton"
    for file in sorted(skeleton.iterdir(), key=lambda f: f.name):
        with resources.as_file(file) as path:
            shutil.copyfile(path, folder / path.name)
    slug = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "my-district"
    main = folder / "district.toml"
    main.write_text(main.read_text(encoding="utf-8").replace('"my-district"', f'"{slug}"', 1), encoding="utf-8")
    console.print(
        f"{folder} is made. Begin with README.md in it, then: rufnetz district check {folder}", soft_wrap=True
    )


def check(folder: Folder) -> None:
    """Read everything and tell all that is wrong, with file, line and remedy; exit code 1 if anything is.

    Stops are looked for on the roads, if the road file is here.
    """
    district = _read(folder)
    console.print(_counts_table(district, now().astimezone(district.zone).date()))
    with _told_problems():
        notes_on_roads = _check_roads(district)
    for note in (*list_notes(district), *map(str, list_duty_findings(district)), *notes_on_roads):
        _say(f"Note: {note}")
    console.print(f"{folder} is in order. Next: rufnetz district build {folder}", soft_wrap=True)


def build(
    folder: Folder,
    state_folder: StateFolder = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Build everything anew, even what is up to date.")] = False,
) -> None:
    """Compute roads, travel times, timetable, place search and map. Only what changed is built again.

    The set in use is replaced in one step at the end; a running service goes on with the old one until it is started
    again.
    """
    district = _read(folder)
    began = time.perf_counter()
    kept_in = _artefact_folder(district, state_folder)
    with _told_problems():
        report = build_artefacts(district, kept_in, progress=_say, is_forced=force)
    table = Table(
        "Artefact", "", "Seconds", "What it holds", title=f"Artefacts of {district.name}", title_justify="left"
    )
    for step in report.steps:
        state = "built" if step.was_built else "up to date"
        table.add_row(step.name, state, f"{step.seconds:.1f}" if step.was_built else "", step.summary)
    console.print(table)
    for note in report.notes:
        _say(f"Note: {note}")
    console.print(f"Done in {time.perf_counter() - began:.1f} s; kept in {kept_in}", soft_wrap=True)


def show(folder: Folder, state_folder: StateFolder = None) -> None:
    """Count what is in a district, and tell which rules hold today and how its artefacts stand."""
    district = _read(folder)
    today = now().astimezone(district.zone).date()
    console.print(_counts_table(district, today))
    kept_in = _artefact_folder(district, state_folder)
    console.print(_artefacts_table(district, kept_in))


def _check_roads(district: District) -> list[str]:
    """Notes about the stops on the roads; a stop that cannot be served is a problem that is raised."""
    source = district.sources.roads
    if not source or is_url(source):
        return ["The stops are not looked for on the roads: these come with rufnetz district build."]
    graph, _ = import_roads(Path(source), district.speeds)
    problems, notes = check_stops(district, graph)
    if problems:
        raise DistrictError(problems)
    return notes


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False, markup=False)


def _read(folder: Path) -> District:
    with _told_problems():
        return read_district(folder)


@contextmanager
def _told_problems() -> Iterator[None]:
    """Print the problems of a district, one a line, and end the command."""
    try:
        yield
    except DistrictError as error:
        for problem in error.problems:
            console.print(str(problem), soft_wrap=True, highlight=False, markup=False)
        count = len(error.problems)
        console.print(f"\n{count} problem{'s' if count > 1 else ''} to put right.", style="bold red")
        raise typer.Exit(1) from None
    except OsmError as error:
        _say(str(error))
        raise typer.Exit(1) from None


def _artefact_folder(district: District, state_folder: Path | None) -> Path:
    settings = read_settings() if state_folder is None else Settings(state_folder=state_folder)
    return artefact_folder(settings, district.id)


def list_notes(district: District) -> list[str]:
    """What is no mistake but may be an oversight."""
    notes = []
    outside = [s.name for s in district.stops if not district.areas_of_stop[s.id] and not s.is_hub]
    if outside:
        notes.append(f"{len(outside)} stops lie in no area and cannot be booked: {_some(outside)}.")
    served = {area for areas in district.areas_of_stop.values() for area in areas}
    empty = [area.name for area in district.areas if area.id not in served]
    if empty:
        notes.append(f"{len(empty)} areas have no stops: {_some(empty)}.")
    used = {shift.vehicle_id for shift in district.shifts}
    idle = [vehicle.name for vehicle in district.vehicles if vehicle.id not in used]
    if idle:
        notes.append(f"{len(idle)} vehicles have no shift: {_some(idle)}.")
    hubs = {hub for area in district.areas for hub in area.hubs}
    unused = [stop.name for stop in district.stops if stop.is_hub and stop.id not in hubs]
    if unused:
        notes.append(f"{len(unused)} hubs belong to no area: {_some(unused)}.")
    return notes


def _some(names: list[str]) -> str:
    return "; ".join(names[:5]) + ("; …" if len(names) > 5 else "")


def _counts_table(district: District, today: date) -> Table:
    rules = district.rulebook.rules_on(today)
    per_day = Counter(kind for shift in district.shifts for kind in shift.days)
    hubs = sum(stop.is_hub for stop in district.stops)
    accessible = sum(stop.is_accessible for stop in district.stops)
    owners = len({vehicle.owner for vehicle in district.vehicles})
    table = Table("What", "How much", title=f"{district.name} ({district.id})", title_justify="left")
    table.add_row("Stops", f"{len(district.stops)}, of them {hubs} hubs and {accessible} accessible")
    table.add_row("Areas", _describe_areas(district))
    table.add_row("Villages and towns", f"{len(district.villages)}")
    table.add_row("Inhabitants", f"{sum(village.inhabitants for village in district.villages):,}")
    table.add_row("Destinations", f"{len(district.destinations)}")
    table.add_row("Vehicles", f"{len(district.vehicles)} of {owners} owner{'s' if owners != 1 else ''}")
    table.add_row("Shifts", ", ".join(f"{kind.value.replace('_', ' ')}: {per_day[kind]}" for kind in DayKind))
    table.add_row("Rules today", f'version "{rules.version}", from {rules.valid_from} ({rules.source})')
    for day in district.switched_days:
        if day.on >= today:
            table.add_row("Switched day", f"{day.on} runs like {day.like} ({day.reason})")
    table.add_row("Languages", ", ".join(district.languages))
    return table


def _describe_areas(district: District) -> str:
    counts = Counter(area for areas in district.areas_of_stop.values() for area in areas)
    if len(district.areas) <= 6:
        return ", ".join(f"{area.name}: {counts[area.id]} stops" for area in district.areas)
    each = [counts[area.id] for area in district.areas]
    return f"{len(each)}, with {min(each)} to {max(each)} stops"


def _artefacts_table(district: District, kept_in: Path) -> Table:
    outdated = set(list_outdated(district, kept_in))
    manifest = read_manifest(kept_in)
    table = Table("Artefact", "State", "What it holds", title=f"Artefacts in {kept_in}", title_justify="left")
    entries = manifest.entries if manifest else {}
    for name in [*entries, *sorted(outdated - set(entries))]:
        state = "up to date" if name not in outdated else "to be built again" if name in entries else "not built"
        table.add_row(name, state, entries[name].summary if name in entries else "")
    return table
