"""``rufnetz serve`` and ``rufnetz demo``: a district in the browser."""

import contextlib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from booking.artefact_store import artefact_folder
from booking.artefacts import open_artefacts
from booking.clock import now
from booking.commands import DistrictFolder
from booking.district_files import read_district
from booking.model import StopId
from booking.opening import open_operation
from booking.settings import read_settings
from web.demo import run_demo
from web.i18n import LANGUAGES
from web.leaflets import Leaflet, file_name, write_leaflet
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


def leaflets(
    district: DistrictFolder,
    folder: Annotated[Path, typer.Argument(help="Where to; a folder for each language is made in it.")],
    language: Annotated[
        list[str] | None,
        typer.Option(help="Again for each: --language de --language ar. All of the district otherwise."),
    ] = None,
    stop: Annotated[list[str] | None, typer.Option(help="Id of a stop; again for each. All of them otherwise.")] = None,
) -> None:
    """Write a leaflet for each stop, as PDF: how to order, when the service runs, which lines leave there.

    One page of A4, for shelters and notice boards, with a QR code that opens the booking form with this stop filled in
    (RUFNETZ_PUBLIC_URL says where). Write them anew when rules or timetable change: rufnetz leaflets DISTRICT FOLDER
    """
    settings, read = read_settings(), read_district(district)
    artefacts = open_artefacts(read, artefact_folder(settings, read.id))
    codes = _known(language or read.languages, read.languages, "language")
    ids = _known(stop or [s.id for s in read.stops], [s.id for s in read.stops], "stop")
    today = now().astimezone(read.zone).date()
    sheets = [(code, read.stop_by_id[StopId(stop_id)]) for code in codes for stop_id in ids]
    for code, at in track(sheets, description="Leaflets", console=console):
        target = folder / code
        target.mkdir(parents=True, exist_ok=True)
        sheet = Leaflet(read, artefacts, at, LANGUAGES[code], today, settings.public_url)
        (target / file_name(at)).write_bytes(write_leaflet(sheet))
    console.print(f"{len(sheets)} leaflets in {folder}", soft_wrap=True)


def _known(wanted: Sequence[str], known: Sequence[str], what: str) -> Sequence[str]:
    for one in wanted:
        if one not in known:
            near = get_close_matches(one, known, 3)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            msg = f"There is no {what} {one} in this district.{hint}"
            raise typer.BadParameter(msg)
    return wanted


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
