"""Commands for data protection: what is kept and deleted, what riders ask for, counts that may be published."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from booking.commands import DistrictFolder
from booking.model import BookingCode
from booking.opening import open_operation
from booking.settings import read_settings
from booking.statistics import SMALLEST, Dimension, Line

console = Console()
Code = Annotated[str, typer.Argument(help="The booking's code; asked for if left out, so that no history keeps it.")]
NO_CODE = ""
ALL = "*"
"""Stands for a dimension that a total is not broken down by."""


class Form(StrEnum):
    """How statistics are written."""

    CSV = "csv"
    JSON = "json"


def print_report(district: DistrictFolder) -> None:
    """Print for each purpose how long data is kept and how much of it is due, and what was deleted lately."""
    with open_operation(district, read_settings()) as operation:
        report = operation.privacy.report()
    table = Table("Purpose", "Days", "Due now", "Kept")
    for of_purpose in report.purposes:
        due = ", ".join(f"{number} {name}" for name, number in of_purpose.due.items())
        table.add_row(of_purpose.purpose.name, str(of_purpose.days), due, of_purpose.purpose.kept)
    console.print(table)
    for on, counts in report.runs:
        console.print(f"{on}: deleted {_said(counts)}")
    if not report.runs:
        console.print("The anonymiser has not run yet. The worker runs it once a day.")


def run_anonymiser(district: DistrictFolder) -> None:
    """Delete what is due now. The worker does so once a day by itself."""
    with open_operation(district, read_settings()) as operation:
        console.print(f"Deleted {_said(operation.privacy.run())}")


def export_rider(district: DistrictFolder, code: Code = NO_CODE) -> None:
    """Print all that is kept about a booking and every other of the same contact, as JSON.

    Make sure first that it is the rider who asks: nothing but the code is checked here.
    """
    with open_operation(district, read_settings()) as operation:
        kept = operation.privacy.export(_asked(code), None)
    typer.echo(json.dumps(kept, ensure_ascii=False, indent=2))


def delete_rider(
    district: DistrictFolder,
    code: Code = NO_CODE,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,  # noqa: FBT002 - a flag of a command
) -> None:
    """Cancel what is to come of a booking and every other of the same contact, and delete the personal data.

    Make sure first that it is the rider who asks: nothing but the code is checked here.
    """
    booking_code = _asked(code)
    if not yes:
        typer.confirm("Cancel the rides to come and delete name, phone, e-mail and addresses for good?", abort=True)
    with open_operation(district, read_settings()) as operation:
        done = operation.privacy.delete(booking_code, None, actor="staff")
    console.print(f"{done.bookings} bookings made anonymous, {done.cancelled} of them cancelled before.")


def print_statistics(
    district: DistrictFolder,
    first: Annotated[str | None, typer.Option("--from", help="First service day; a year ago if left out.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last service day; yesterday if left out.")] = None,
    by: Annotated[str, typer.Option(help="What to break down by, in this order, joined by commas.")] = (
        "month,village,hour,channel"
    ),
    smallest: Annotated[int, typer.Option("-k", min=2, help="Smaller counts are not published.")] = SMALLEST,
    form: Annotated[Form, typer.Option(help="csv or json")] = Form.CSV,
) -> None:
    """Print how many wishes were served and refused, with every total, fit to be published.

    Small counts are left out, with as many others as it takes to hide them. Publish one breakdown of a period only:
    two of them can be subtracted from each other.
    """
    dimensions = _read_dimensions(by)
    with open_operation(district, read_settings()) as operation:
        last_on = operation.today() - timedelta(days=1) if last is None else _read_date(last)
        first_on = last_on - timedelta(days=365) if first is None else _read_date(first)
        lines = operation.statistics(first_on, last_on, by=dimensions, k=smallest)
    typer.echo(statistics_text(lines, dimensions, form), nl=False)


def statistics_text(lines: Sequence[Line], by: Sequence[Dimension], form: Form) -> str:
    """Lines as CSV or JSON; a count that is not published is an empty cell, or null."""
    rows = [
        {
            **dict(zip(by, (*line.values, *[ALL] * (len(by) - len(line.values))), strict=True)),
            "served": line.served,
            "refused": line.refused,
        }
        for line in lines
    ]
    if form is Form.JSON:
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    target = io.StringIO()
    writer = csv.DictWriter(target, [*by, "served", "refused"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def _asked(code: str) -> BookingCode:
    return BookingCode(code or typer.prompt("Code of the booking"))


def _said(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing"


def _read_dimensions(text: str) -> tuple[Dimension, ...]:
    words = [word.strip() for word in text.split(",")]
    if set(words) - set(Dimension) or len(set(words)) < len(words):
        msg = f"{text!r} is wrong; write each of {', '.join(Dimension)} once at most."
        raise typer.BadParameter(msg)
    return tuple(Dimension(word) for word in words)


def _read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        msg = f"{text!r} is no date; write it like 2026-12-24."
        raise typer.BadParameter(msg) from fault
