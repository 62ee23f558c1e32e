"""Paper for the day when everything is down: the runs of today and tomorrow as pages that open without a server."""

import os
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from booking.operation import Operation
from web.driver import entries_of
from web.i18n import LANGUAGES
from web.templating import create_templates

DAYS = 2
"""Today and tomorrow."""
_NAME = "fahrten-{}.html"


def write_paper(operation: Operation, folder: Path) -> list[Path]:
    """Write a file for each day, whole or not at all; files of days that are over are deleted.

    They hold names and telephone numbers, so nobody but their owner can read them.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    today = operation.today()
    wanted = {
        folder / _NAME.format(today + timedelta(days=ahead)): today + timedelta(days=ahead) for ahead in range(DAYS)
    }
    for path, on in wanted.items():
        made = path.with_suffix(".new")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_page(operation, on))
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    for path in folder.glob(_NAME.format("*")):
        if path not in wanted:
            path.unlink()
    return [*wanted]


def keep_paper(operation: Operation, folder: Path, every_s: float, told: Callable[[list[Path]], None]) -> None:
    """Write again and again, until somebody ends it."""
    while True:
        told(write_paper(operation, folder))
        time.sleep(every_s)


def _page(operation: Operation, on: date) -> str:
    hubs = {stop.id for stop in operation.district.stops if stop.is_hub}
    now = operation.clock()
    runs = [run for run in operation.day_view(on).runs if any(visit.riders for visit in run.visits)]
    shown = [(run, entries_of(run, hubs, now)) for run in runs]
    template = create_templates(operation.district).env.get_template("driver/paper.html")
    return template.render(language=LANGUAGES["de"], on=on, now=now, runs=shown)
