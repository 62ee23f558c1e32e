"""``rufnetz serve`` and ``rufnetz demo``: a district in the browser."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from booking.commands import DistrictFolder
from booking.opening import open_operation
from booking.settings import read_settings
from web.demo import run_demo
from web.paper import keep_paper, write_paper
from web.rehearsal_report import run_rehearsal
from web.server import serve_app

console = Console(highlight=False)


def serve(
    district: DistrictFolder,
    host: Annotated[str | None, typer.Option(help="Address to listen on; RUFNETZ_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; RUFNETZ_PORT otherwise.")] = None,
) -> None:
    """Serve a district: residents' pages, staff pages, API. Run `rufnetz worker` beside it. Ctrl-C ends it."""
    settings = read_settings()
    with open_operation(district, settings) as operation:
        serve_app(operation, host or settings.host, port or settings.port)


def paper(
    district: DistrictFolder,
    folder: Annotated[Path, typer.Argument(help="Where to; on another computer or a stick that stays readable.")],
    every: Annotated[float, typer.Option(min=0, help="Again every so many minutes, until Ctrl-C; 0: once.")] = 0,
) -> None:
    """Write the runs of today and tomorrow as pages that open without a server: for the worst day.

    With names and telephone numbers, readable for you alone. Run it beside the server: rufnetz paper DISTRICT FOLDER
    --every 15
    """

    def tell(files: list[Path]) -> None:
        console.print("\n".join(map(str, files)), soft_wrap=True)

    with open_operation(district, read_settings()) as operation, contextlib.suppress(KeyboardInterrupt):
        if every:
            keep_paper(operation, folder, 60 * every, tell)
        else:
            tell(write_paper(operation, folder))


def demo(
    district: Annotated[Path, typer.Option(help="The district to show.")] = Path("districts/lup-sample"),
    port: Annotated[int, typer.Option(help="Port to listen on; the next free one if it is taken.")] = 8000,
    bookings: Annotated[int, typer.Option(min=0, max=500, help="How many rides to book for the day shown.")] = 40,
) -> None:
    """Show everything: build the district, start database, server and worker, book rides, print the addresses."""
    run_demo(district, read_settings(), port=port, bookings=bookings)


def demo_day(
    district: Annotated[Path, typer.Option(help="The district.")] = Path("districts/lup-sample"),
    requests: Annotated[int, typer.Option(min=1, max=20_000, help="How many wishes the day has.")] = 600,
    seed: Annotated[int, typer.Option(help="The same seed gives the same wishes.")] = 0,
) -> None:
    """Drive a whole day through the public API, on a database that is thrown away, and print what it came to."""
    run_rehearsal(district, read_settings(), requests=requests, seed=seed)
