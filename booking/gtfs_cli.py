"""``rufnetz gtfs check``: what is wrong with timetables."""

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from booking.clock import now
from gtfs.feed_report import FeedReport, check_feed
from gtfs.feed_report_html import report_as_html
from gtfs.feed_report_views import report_as_json, report_lines
from gtfs.findings import LISTED_PER_KIND

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

_ZONE = ZoneInfo("Europe/Berlin")
_STYLES = {"  ERROR": "bold red", "  WARNING": "bold yellow", "  INFO": "bold blue"}


def check(
    feeds: Annotated[list[Path], typer.Argument(help="Zips or folders of GTFS text files.", show_default=False)],
    *,
    rows: Annotated[
        int, typer.Option(min=0, max=LISTED_PER_KIND, help="How many rows of each kind are named one by one.")
    ] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    html: Annotated[
        Path | None,
        typer.Option(
            help="Write the report to this file as well, as a page that can be mailed.", metavar="FILE", dir_okay=False
        ),
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The day a calendar must not be over on; today otherwise.", show_default=False
        ),
    ] = None,
) -> None:
    """Read feeds and tell what is wrong with them, for whoever publishes them.

    Each fault with file, line, field, what was done about it, and what to do. Services on demand (GTFS-Flex) are
    welcome.

    Exit code 0 if no feed has an error; 1 if one has: it is refused, something of it had to be left out or changed, or
    it breaks a rule of GTFS that may hinder other programs. The first sentence on a feed says which of these.
    """
    day: date = on.date() if on is not None else now().astimezone(_ZONE).date()
    reports = [check_feed(path, day) for path in feeds]
    if html is not None:
        _write(html, report_as_html(reports))
    if as_json:
        value = {"feeds": [report_as_json(report) for report in reports]}
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    else:
        _print(reports, rows)
        if html is not None:
            console.print(f"Written to {html}.", markup=False)
    if not all(report.is_good for report in reports):
        raise typer.Exit(1)


def _print(reports: Sequence[FeedReport], rows: int) -> None:
    for number, report in enumerate(reports):
        if number:
            console.print()
        for line in report_lines(report, rows):
            style = next((style for word, style in _STYLES.items() if line.startswith(word)), None)
            console.print(line, markup=False, style=style)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        errors.print(f"{path}: {error.strerror}. Choose another path.", markup=False)
        raise typer.Exit(1) from None
