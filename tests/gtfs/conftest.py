"""Feeds as text: one string with a ``# name.txt`` line before each file."""

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gtfs.feed import Feed, read_feed
from gtfs.service_day import ServiceDay
from gtfs.timetable import DayTimetable, build_timetable

FeedWriter = Callable[..., Path]

BERLIN = ZoneInfo("Europe/Berlin")

DEFAULTS = """\
# agency.txt
agency_id,agency_name,agency_url,agency_timezone
vr,Verkehrsbetrieb Reihendorf,https://example.org,Europe/Berlin
# calendar.txt
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
daily,1,1,1,1,1,1,1,20260101,20261231
"""
"""What most feeds of these tests share; a file in the text of a test replaces the one here."""


def feed_files(text: str) -> dict[str, str]:
    """The files of a feed by name: those in the text, and the defaults it does not mention.

    A file that is left empty in the text is left out of the feed.
    """
    files: dict[str, list[str]] = {}
    for source in (DEFAULTS, text):
        rows: list[str] = []
        for line in source.splitlines():
            if line.startswith("# "):
                rows = files[line.removeprefix("# ").strip()] = []
            else:
                rows.append(line.strip())
    return {name: "\n".join(rows) + "\n" for name, rows in files.items() if any(rows)}


@pytest.fixture
def write_feed(tmp_path: Path) -> FeedWriter:
    """Writes a feed given as text to a folder, or with ``zipped=True`` to a zip, and returns its path."""

    def write(text: str, *, name: str = "feed", zipped: bool = False, inside: str = "") -> Path:
        files = feed_files(text)
        if zipped:
            path = tmp_path / f"{name}.zip"
            with zipfile.ZipFile(path, "w") as archive:
                for file, content in files.items():
                    archive.writestr(inside + file, content)
            return path
        folder = tmp_path / str(len(list(tmp_path.iterdir()))) / name
        folder.mkdir(parents=True)
        for file, content in files.items():
            (folder / file).write_text(content, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def feed_of(write_feed: FeedWriter) -> Callable[..., Feed]:
    """Reads a feed given as text."""

    def read(text: str, *, name: str = "feed") -> Feed:
        return read_feed(write_feed(text, name=name))

    return read


@pytest.fixture
def day_of(feed_of: Callable[..., Feed]) -> Callable[..., DayTimetable]:
    """The timetable of one day (Wednesday, 2026-03-11 unless given) of a feed given as text."""

    def open_day(text: str, on: date = date(2026, 3, 11)) -> DayTimetable:
        return build_timetable([feed_of(text)]).day(ServiceDay(on, BERLIN))

    return open_day
