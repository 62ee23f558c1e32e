"""``rufnetz gtfs``: checking timetables."""

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from booking.clock import now
from gtfs.feed_report import check_feed, report_as_json, report_lines
from gtfs.feed_report_html import report_as_html

gtfs_app = typer.Typer(
    help="Check timetables (GTFS).\n\n"
    "FEED is a zip or a folder of text files. Begin with:\n\n"
    "rufnetz gtfs check districts/lup-sample/timetable",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

_ZONE = ZoneInfo("Europe/Berlin")
_STYLES = {"  ERROR": "red", "  WARNING": "yellow", "  INFO": "blue"}


@gtfs_app.callback()
def gtfs() -> None:
    """Keep ``check`` a command of its own: Typer makes an only command the program."""


@gtfs_app.command()
def check(
    feeds: Annotated[list[Path], typer.Argument(help="Zips or folders of GTFS text files.", show_default=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write the report to this file as well, as a page that can be mailed.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The day a calendar must not be over on; today otherwise.", show_default=False
        ),
    ] = None,
) -> None:
    """Read feeds and tell what is wrong with them: file, line, field, what was done about it, and the remedy.

    Services on demand (GTFS-Flex) are welcome. Exit code 1 if a feed cannot be used or anything in it is an error.
    """
    day: date = on.date() if on is not None else now().astimezone(_ZONE).date()
    reports = [check_feed(path, day) for path in feeds]
    if html is not None:
        _write(html, report_as_html(reports))
    if as_json:
        value = {"feeds": [report_as_json(report) for report in reports]}
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    else:
        for number, report in enumerate(reports):
            if number:
                console.print()
            for line in report_lines(report):
                style = next((style for word, style in _STYLES.items() if line.startswith(word)), None)
                console.print(line, markup=False, style=style)
        if html is not None:
            console.print(f"Written to {html}.", markup=False)
    if not all(report.is_good for report in reports):
        raise typer.Exit(1)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        errors.print(f"{path}: {error.strerror}. Choose another path.", markup=False)
        raise typer.Exit(1) from None
