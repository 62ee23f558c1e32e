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
from booking.errors import InputError
from booking.opening import open_operation
from booking.settings import read_settings
from booking.staff import Role, refuse_weak
from booking.views import RiderView, RunView, VisitView
from booking.worker import work
from routing.model import Action, ShiftId

console = Console()
ACTOR = "command line"


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
        "dog": party.dogs,
        "child seat": party.child_seats,
        "luggage": party.luggage,
        "of them companions": party.companions,
        "s more to board": party.boarding_extra_s,
    }
    extra = "".join(f", {count} {name}" for name, count in needs.items() if count)
    held = f" [{rider.held_line}]" if rider.held_line else ""
    door = f" at {rider.door}" if rider.door else ""
    way = f"→ {rider.other_stop_name}" if boards else f"from {rider.other_stop_name}"
    return f"{'+' if boards else '-'}{party.persons} {rider.name} {rider.phone} {way}{door}{extra}{held}"


def add_staff(
    district: DistrictFolder,
    name: Annotated[str, typer.Argument(help="Login name.")],
    role: Annotated[Role, typer.Option(help="What they do.")] = Role.DISPATCHER,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
) -> None:
    """Create an account, or give an existing one a new password. Its logins end."""
    try:
        refuse_weak(name, password)
    except InputError as weak:
        raise typer.BadParameter(str(weak)) from weak
    with open_operation(district, read_settings()) as operation:
        operation.save_staff(name, password, role.value)
    console.print(f"{name} can log in now.")


def list_staff(district: DistrictFolder) -> None:
    """Print the accounts: who, as what, with a second factor or without, and how often logged in."""
    with open_operation(district, read_settings()) as operation:
        found = operation.accounts.list_all()
    table = Table("name", "role", "second factor", "recovery codes", "logins")
    for account in found:
        factor = "yes" if account.has_second_factor else "no"
        table.add_row(account.name, account.role, factor, str(account.recovery_codes), str(account.logins))
    console.print(table if found else "There are no accounts yet: rufnetz staff add.")


def remove_staff(district: DistrictFolder, name: Annotated[str, typer.Argument(help="Login name.")]) -> None:
    """Delete an account. Its logins end; what it did stays in the audit trail."""
    with open_operation(district, read_settings()) as operation:
        if not operation.accounts.remove(name, actor=ACTOR):
            msg = f"There is no account {name}. rufnetz staff list shows which there are."
            raise typer.BadParameter(msg)
    console.print(f"{name} is deleted.")


def reset_second_factor(district: DistrictFolder, name: Annotated[str, typer.Argument(help="Login name.")]) -> None:
    """Ask an account for its password alone, for somebody who has lost telephone and recovery codes."""
    with open_operation(district, read_settings()) as operation:
        if not operation.accounts.switch_second_factor_off(name, actor=ACTOR):
            msg = f"There is no account {name}. rufnetz staff list shows which there are."
            raise typer.BadParameter(msg)
    console.print(f"{name} logs in with the password alone now, and should set up the second factor again.")


def upgrade_database() -> None:
    """Open the database (making a private one where none is given) and bring its schema up to date."""
    database = open_database(read_settings())
    try:
        console.print(f"The database is up to date: {database.engine.url.render_as_string(hide_password=True)}")
    finally:
        database.close()
