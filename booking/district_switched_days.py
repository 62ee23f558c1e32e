"""``timetable_days.csv``: days on which the lines run as on another; may be left out."""

from datetime import date
from pathlib import Path

from booking.district import LineDay, SwitchedDay
from booking.district_csv import Columns, Row, read_rows
from booking.district_problems import Problems, nearest

FILE_NAME = "timetable_days.csv"

_YEARS = range(2000, 2100)
_COLUMNS = Columns(("date", "runs_like", "reason"))


def read_switched_days(path: Path, problems: Problems) -> tuple[SwitchedDay, ...]:
    """The switched days in the order of the file; none where there is no file."""
    first: dict[date, int] = {}
    days = []
    for row in read_rows(path, _COLUMNS, problems, may_be_missing=True):
        day = SwitchedDay(row.day("date"), _read_like(row), row.text("reason"), row.line)
        if row.is_sound and any(isinstance(on, date) and on.year not in _YEARS for on in (day.on, day.like)):
            row.add_problem("the year has a wrong digit", "correct it")
        if not row.is_sound:
            continue
        if day.on in first:
            row.add_problem(f"{day.on} already stands in line {first[day.on]}", "keep one of the two")
        elif day.like == day.on:
            row.add_problem(f"{day.on} is to run like itself", "write another day, or remove the row")
        first.setdefault(day.on, row.line)
        days.append(day)
    return tuple(days)


def _read_like(row: Row) -> date | LineDay:
    text = row.text("runs_like")
    if text in set(LineDay):
        return LineDay(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        guess = nearest(text, LineDay)
        remedy = (
            f'write "{guess}" if that is meant' if guess else f"write a date as 2026-11-22, or {', '.join(LineDay)}"
        )
        if text:
            row.add_problem(f'"runs_like" is "{text}", which is neither a date nor a kind of day', remedy)
        return LineDay.NOTHING
