"""Commands of the service that need no pages: the worker, manifests, staff accounts, the database."""

import logging
import signal
import threading
from datetime import date
from types import FrameType
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from booking.commands import DistrictFolder
from booking.database import open_database
from booking.opening import open_operation
from booking.settings import read_settings
from booking.views import RiderView, RunView, VisitView
from booking.worker import work
from routing.model import Action, ShiftId

console = Console()


def run_worker(
    district: DistrictFolder,
    improve_s: Annotated[float, typer.Option(help="Seconds of search for each day that changed.")] = 3.0,
    realtime: Annotated[
        list[str] | None, typer.Option(help="News of lines (GTFS Realtime): an address or a file; may be repeated.")
    ] = None,
) -> None:
    """Run the worker: follow the running day, send notices, re-plan the coming days. Ctrl-C ends it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with open_operation(district, read_settings()) as operation:
        work(operation, stop, improve_s=improve_s, realtime=realtime or ())


def print_manifest(
    district: DistrictFolder,
    shift: Annotated[str | None, typer.Argument(help="A shift; without it all runs with riders are printed.")] = None,
    on: Annotated[str | None, typer.Option("--on", help="The service day, e.g. 2026-12-24; today if left out.")] = None,
) -> None:
    """Print runs as their drivers read them: where, when, who boards and who alights."""
    with open_operation(district, read_settings()) as operation:
        day = operation.today() if on is None else _read_date(on)
        if shift is not None:
            runs = [operation.manifest(day, ShiftId(shift))]
        else:
            runs = [run for run in operation.day_view(day).runs if any(v.riders for v in run.visits)]
        zone = operation.district.zone
        for run in runs:
            console.print(_manifest_table(run, zone))
        if not runs:
            console.print(f"No run of {day} has riders.")


def _read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        msg = f"{text!r} is no date; write it like 2026-12-24."
        raise typer.BadParameter(msg) from fault


def _manifest_table(run: RunView, zone: ZoneInfo) -> Table:
    start, end = (at.astimezone(zone) for at in (run.start_at, run.end_at))
    table = Table(
        "Time",
        "Stop",
        "Who",
        title=f"{run.on}  {run.shift_id}  {run.vehicle_name}  {start:%H:%M}-{end:%H:%M}  {run.drive_m / 1000:.0f} km",
        title_justify="left",
    )
    for visit in run.visits:
        at = visit.arrival_at.astimezone(zone)
        table.add_row(f"{at:%H:%M}", escape(visit.stop_name), escape(_who(visit)))
    return table


def _who(visit: VisitView) -> str:
    if visit.is_break:
        return "break"
    return "\n".join(_rider_line(rider) for rider in visit.riders)


def _rider_line(rider: RiderView) -> str:
    boards = rider.action is Action.PICKUP
    party = rider.party
    needs = {
        "wheelchair": party.wheelchairs,
        "pram": party.prams,
        "walking frame": party.walking_frames,
        "bike": party.bikes,
    }
    extra = "".join(f", {count} {name}" for name, count in needs.items() if count)
    held = f" [{rider.held_line}]" if rider.held_line else ""
    door = f" at {rider.door}" if rider.door else ""
    way = f"→ {rider.other_stop_name}" if boards else f"from {rider.other_stop_name}"
    return f"{'+' if boards else '-'}{party.persons} {rider.name} {rider.phone} {way}{door}{extra}{held}"


def add_staff(
    district: DistrictFolder,
    name: Annotated[str, typer.Argument(help="Login name.")],
    role: Annotated[str, typer.Option(help="dispatcher, driver or planner")] = "dispatcher",
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
) -> None:
    """Create an account, or give an existing one a new password. Its logins end."""
    if len(password) < 10:
        msg = "A password needs at least 10 characters."
        raise typer.BadParameter(msg)
    with open_operation(district, read_settings()) as operation:
        operation.save_staff(name, password, role)
    console.print(f"{name} can log in now.")


def upgrade_database() -> None:
    """Open the database (making a private one where none is given) and bring its schema up to date."""
    database = open_database(read_settings())
    try:
        console.print(f"The database is up to date: {database.engine.url.render_as_string(hide_password=True)}")
    finally:
        database.close()
