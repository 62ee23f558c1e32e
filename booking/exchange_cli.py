"""``rufnetz table``: stops, areas, shifts and bookings as CSV and GeoJSON, out and in, from the command line."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from booking.commands import DistrictFolder
from booking.district_problems import DistrictError, Problem
from booking.exchange_bookings import BOOKING_COLUMNS, booking_row, report_rows
from booking.exchange_csv import write_csv
from booking.exchange_district import TAKES_EFFECT, Form, Table, export_table, read_incoming, write_incoming
from booking.opening import open_operation
from booking.settings import read_settings

console = Console()
OutFile = Annotated[Path | None, typer.Option("--out", help="Where to write it; the screen if left out.")]
InFile = Annotated[Path, typer.Argument(help="The file: .csv or .geojson.", exists=True, dir_okay=False)]
Write = Annotated[bool, typer.Option("--write", help="Without it only what would change is told.")]


def export(
    district: DistrictFolder,
    table: Annotated[Table, typer.Argument(help="Which table.")],
    form: Annotated[Form, typer.Option("--format", help="As what.")] = Form.CSV,
    out: OutFile = None,
) -> None:
    """Write stops, areas or shifts of a district as CSV or GeoJSON."""
    _put(export_table(district, table, form), out)


def take(
    district: DistrictFolder,
    table: Annotated[Table, typer.Argument(help="Which table.")],
    file: InFile,
    *,
    write: Write = False,
) -> None:
    """Check a table with the rest of the folder and tell what would change; with --write put it there, whole."""
    came = read_incoming(district, table, _form(file), _read(file))
    console.print(f"added: {_list(came.difference.added)}\nremoved: {_list(came.difference.removed)}")
    for one, columns in came.difference.changed.items():
        console.print(f"changed: {one} ({', '.join(columns)})", highlight=False)
    if write:
        write_incoming(district, came)
        console.print(f"Written. It holds {TAKES_EFFECT}.")
    else:
        console.print("Nothing was written; --write does.")


def bookings(
    district: DistrictFolder,
    on: Annotated[str, typer.Argument(help="The service day, e.g. 2026-12-24.")],
    out: OutFile = None,
) -> None:
    """Write a day's bookings as CSV, with names and numbers of riders: handle the file accordingly."""
    with open_operation(district, read_settings()) as operation:
        found = operation.exchange.bookings(sorted(operation.exchange.codes(date.fromisoformat(on))))
    _put(write_csv(BOOKING_COLUMNS, [booking_row(booking) for booking in found]), out)


def orders(district: DistrictFolder, file: InFile, *, write: Write = False) -> None:
    """Take a desk's list of orders (CSV): each is answered, and with --write booked, like any other."""
    with open_operation(district, read_settings()) as operation:
        reports = operation.exchange.import_orders(_read(file), apply=write, actor="command line")
    rows = list(report_rows(reports))
    _put(write_csv(list(rows[0]) if rows else ["line"], rows), None)


def _put(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problem = Problem(file.name, 0, "it is no text in UTF-8", 'save the file as "CSV UTF-8 (comma delimited)"')
        raise DistrictError([problem]) from None


def _form(file: Path) -> Form:
    return Form.CSV if file.suffix.lower() == ".csv" else Form.GEOJSON


def _list(ids: tuple[str, ...]) -> str:
    return ", ".join(ids) or "none"
