"""CSV files whose mistakes are told by line: missing columns, bad numbers, things a spreadsheet does to a file."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from booking.district_problems import Problems, meant, nearest
from booking.district_units import NotationError

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file: those it must have, and those it may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


class Row:
    """A row of a CSV file, read cell by cell; a mistake is noted and a harmless value given in its place."""

    def __init__(self, file: str, line: int, cells: dict[str, str], problems: Problems) -> None:
        self.file = file
        self.line = line
        self.is_sound = True
        """Whether no problem was noted: what follows from one is not worth telling."""
        self._cells = cells
        self._problems = problems

    def add_problem(self, message: str, remedy: str) -> None:
        """Note a problem at the line of this row."""
        self.is_sound = False
        self._problems.add(self.file, self.line, message, remedy)

    def optional_text(self, column: str) -> str:
        """What the cell says, without spaces around it; may be empty."""
        return self._cells.get(column, "").strip()

    def text(self, column: str) -> str:
        """What the cell says, without spaces around it; not empty."""
        value = self.optional_text(column)
        if not value:
            self.add_problem(f'"{column}" is empty', "fill it in")
        return value

    def number(self, column: str, minimum: float, maximum: float) -> float:
        """A number within a range, both ends included."""
        text = self.text(column)
        if not text:
            return minimum
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isnan(value):
            is_comma = re.fullmatch(r"-?\d+,\d+", text)
            remedy = f"write {text.replace(',', '.')}, with a point" if is_comma else "write digits and a point only"
            self.add_problem(f'"{column}" is "{text}", which is not a number', remedy)
            return minimum
        if not minimum <= value <= maximum:
            self.add_problem(f'"{column}" is {text}', f"it must be between {minimum:g} and {maximum:g}")
            return minimum
        return value

    def whole(self, column: str, minimum: int, maximum: int) -> int:
        """A whole number within a range, both ends included."""
        value = self.number(column, minimum, maximum)
        if value != int(value):
            self.add_problem(f'"{column}" is {value:g}', "write a whole number")
        return int(value)

    def yes_no(self, column: str) -> bool:
        """``yes`` or ``no``."""
        text = self.text(column)
        if text and text not in {"yes", "no"}:
            self.add_problem(f'"{column}" is "{text}"', "write yes or no")
        return text == "yes"

    def choice(self, column: str, kind: type[E]) -> E:
        """One word of a closed list."""
        text = self.text(column)
        if text in set(kind):
            return kind(text)
        if text:
            self.add_problem(f'"{column}" is "{text}"', meant(text, kind))
        return next(iter(kind))

    def day(self, column: str) -> date:
        """A date."""
        text = self.text(column)
        try:
            return date.fromisoformat(text)
        except ValueError:
            if text:
                self.add_problem(f'"{column}" is "{text}", which is not a date', "write year-month-day, as 2026-12-25")
            return date.min

    def parsed(self, column: str, parse: Callable[[str], T]) -> T | None:
        """A cell in a notation of its own; None if it does not follow it."""
        text = self.optional_text(column)
        try:
            return parse(text)
        except NotationError as error:
            self.add_problem(f'in "{column}", {error}', error.remedy)
            return None


def read_rows(path: Path, columns: Columns, problems: Problems, *, may_be_missing: bool = False) -> tuple[Row, ...]:
    """Read the rows of a CSV file (UTF-8, commas); problems with the file as a whole leave it empty."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if not may_be_missing:
            remedy = f"write one with the columns {','.join(columns.required)}"
            problems.add(path.name, 0, "the file is missing", remedy)
        return ()
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        remedy = 'save the file as "CSV UTF-8 (comma delimited)"'
        problems.add(path.name, line, "there is a character that is not UTF-8", remedy)
        return ()
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if not _check_header(path.name, header, columns, problems):
            return ()
        return tuple(_rows(path.name, header, reader, problems))
    except csv.Error as error:
        problems.add(
            path.name, reader.line_num, f"the row cannot be read ({error})", "look for a quotation mark too many"
        )
        return ()


def _check_header(file: str, header: Sequence[str], columns: Columns, problems: Problems) -> bool:
    if len(header) == 1 and ";" in header[0]:
        remedy = 'save the file as "CSV UTF-8 (comma delimited)", or replace every semicolon by a comma'
        problems.add(file, 1, "the columns are separated by semicolons", remedy)
        return False
    known = (*columns.required, *columns.optional)
    unknown = [name for name in header if name not in known]
    for name in (name for name in known if name not in header):
        guess = nearest(name, unknown)
        if guess is not None:
            problems.add(file, 1, f'the column "{guess}" is not known', f'name it "{name}"')
        elif name in columns.required:
            problems.add(file, 1, f'the column "{name}" is missing', f"the columns are {','.join(known)}")
    if duplicates := {name for name in header if header.count(name) > 1 and name}:
        problems.add(file, 1, f"the column {', '.join(sorted(duplicates))} stands there twice", "keep one of them")
        return False
    return all(name in header for name in columns.required)


def _rows(file: str, header: Sequence[str], reader: Iterable[list[str]], problems: Problems) -> Iterable[Row]:
    before = 1
    for cells in reader:
        # a quoted cell may run over several lines; the row is where it begins
        line, before = before + 1, reader.line_num  # type: ignore[attr-defined]  # csv.reader publishes no type
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            message = f"the row has {len(cells)} cells, the header has {len(header)}"
            problems.add(file, line, message, 'put texts that contain a comma in quotation marks, as "Brüel, Markt"')
            # Its id counts, so that whoever refers to it is not told it does not exist; what its cells hold is moot.
            silent = Row(file, line, dict.fromkeys(header, "") | dict(zip(header, cells, strict=False)), Problems())
            silent.is_sound = False
            yield silent
            continue
        yield Row(file, line, dict(zip(header, cells, strict=True)), problems)
