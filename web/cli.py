"""The command ``rufnetz``: every package's commands under one name."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from booking.cli import DistrictFolder, add_commands
from booking.district_cli import district_app
from booking.errors import BookingError
from booking.export_cli import export_app
from booking.gtfs_cli import gtfs_app
from booking.opening import open_operation
from booking.roads_cli import roads_app
from booking.rules_cli import rules_app
from booking.settings import read_settings
from planning.cli import plan_app
from planning.solve_cli import solve_file
from web.demo import run_demo
from web.rehearsal_report import run_rehearsal
from web.server import serve_app

console = Console(stderr=True)

app = typer.Typer(
    help="Rufnetz: on-demand public transport for rural districts.\n\n"
    "Start with: rufnetz demo. Then: rufnetz district new FOLDER, and build it, and serve it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(district_app, name="district")
app.add_typer(plan_app, name="plan")
app.add_typer(roads_app, name="roads")
app.add_typer(rules_app, name="rules")
app.add_typer(gtfs_app, name="gtfs")
app.add_typer(export_app, name="export")
app.command("solve")(solve_file)
add_commands(app)


@app.command()
def serve(
    district: DistrictFolder,
    host: Annotated[str | None, typer.Option(help="Address to listen on; RUFNETZ_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; RUFNETZ_PORT otherwise.")] = None,
) -> None:
    """Serve a district: residents' pages, staff pages, API. Run `rufnetz worker` beside it. Ctrl-C ends it."""
    settings = read_settings()
    with open_operation(district, settings) as operation:
        serve_app(operation, host or settings.host, port or settings.port)


@app.command()
def demo(
    district: Annotated[Path, typer.Option(help="The district to show.")] = Path("districts/lup-sample"),
    port: Annotated[int, typer.Option(help="Port to listen on; the next free one if it is taken.")] = 8000,
    bookings: Annotated[int, typer.Option(min=0, max=500, help="How many rides to book for the day shown.")] = 40,
) -> None:
    """Show everything: build the district, start database, server and worker, book rides, print the addresses."""
    run_demo(district, read_settings(), port=port, bookings=bookings)


@app.command("demo-day")
def demo_day(
    district: Annotated[Path, typer.Option(help="The district.")] = Path("districts/lup-sample"),
    requests: Annotated[int, typer.Option(min=1, max=20_000, help="How many wishes the day has.")] = 600,
    seed: Annotated[int, typer.Option(help="The same seed gives the same wishes.")] = 0,
) -> None:
    """Drive a whole day through the public API, on a database that is thrown away, and print what it came to."""
    run_rehearsal(district, read_settings(), requests=requests, seed=seed)


def main() -> None:
    """Run the program; a fault that a person can mend is a sentence, not a traceback."""
    try:
        app()
    except BookingError as fault:
        console.print(f"[bold red]rufnetz:[/] {fault}", highlight=False, soft_wrap=True)
        sys.exit(1)
