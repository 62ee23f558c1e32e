"""Commands of telling riders: what nobody has got, tried again, told by hand; letters for the printer."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from booking.commands import DistrictFolder
from booking.notice_letters import write_letters, write_letters_again
from booking.opening import open_operation
from booking.settings import read_settings

ACTOR = "command line"
console = Console()


def print_notices(
    district: DistrictFolder,
    state: Annotated[
        str, typer.Option(help="open (dead, or for the desk), dead, desk, waiting, sent, told, stale, replaced or all.")
    ] = "open",
) -> None:
    """Print messages to riders: those that nobody has got, unless another state is asked for."""
    with open_operation(district, read_settings()) as operation:
        zone = operation.district.zone
        table = Table("Id", "Queued", "What", "Code", "To", "By", "State", "Tries", "Last error")
        for view in operation.notices.list(None if state == "all" else state):
            queued = f"{view.created_at.astimezone(zone):%Y-%m-%d %H:%M}"
            cells = (
                view.kind,
                view.code,
                view.recipient,
                view.channel,
                view.state,
                str(view.attempts),
                view.last_error,
            )
            table.add_row(str(view.id), queued, *cells)
        console.print(table)


def retry(
    district: DistrictFolder,
    ids: Annotated[list[int] | None, typer.Argument(help="As `list` prints them; none for all that are open.")] = None,
) -> None:
    """Try messages again that nobody has got, by whatever reaches the person now."""
    with open_operation(district, read_settings()) as operation:
        wanted = ids or [view.id for view in operation.notices.list("open")]
        console.print(f"Tried again: {operation.notices.retry(wanted, ACTOR)}")


def told(district: DistrictFolder, notice: Annotated[int, typer.Argument(help="As `list` prints it.")]) -> None:
    """Note that a person has told it."""
    with open_operation(district, read_settings()) as operation:
        operation.notices.told(notice, ACTOR)
        console.print("Noted.")


def letters(
    district: DistrictFolder,
    out: Annotated[Path, typer.Option(help="The folder to write to. It will hold names and addresses.")],
    day: Annotated[str | None, typer.Option("--date", help="Only what was queued until the end of this day.")] = None,
    *,
    again: Annotated[bool, typer.Option("--again", help="Write anew what was written on --date, or today.")] = False,
) -> None:
    """Write the letters that wait as PDF files, each once."""
    with open_operation(district, read_settings()) as operation:
        on = None if day is None else _date(day)
        if again:
            written = write_letters_again(operation, out, on or operation.today())
        else:
            written = write_letters(operation, out, on)
        console.print(f"Letters written: {len(written)}")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        msg = f"{text!r} is no date; write it like 2026-12-24."
        raise typer.BadParameter(msg) from fault
