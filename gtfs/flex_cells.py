"""The cells of rows about on-demand services: read one by one, what is wrong with them collected."""

import re
from collections.abc import Iterator, Mapping

import polars as pl

from gtfs.findings import Fault, Finding, FindingList, Severity

_TIME = re.compile(r"(\d{1,3}):([0-5]?\d):([0-5]?\d)")

_MOST_DIGITS = 9

_NO_NUMBER = Fault("invalid_integer", "{} is no whole number, 0 or more", "it was taken as missing")
_NO_TIME = Fault("invalid_time", "{} is no time like 08:15:00", "it was taken as missing")


class RowFaults:
    """Collects what is wrong in single rows; a fault that many rows have becomes one story."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, Fault], list[tuple[int | None, str]]] = {}

    def add(self, file: str, line: int | None, field: str, fault: Fault, value: str = "") -> None:
        """Note a fault of one row."""
        self._rows.setdefault((file, field, fault), []).append((line, fault.about(value)))

    def as_tuple(self) -> tuple[Finding, ...]:
        """All of them as findings."""
        findings = FindingList()
        for (file, field, fault), rows in self._rows.items():
            findings.add_rows(file, field, fault, sorted(rows, key=lambda row: row[0] or 0))
        return findings.as_tuple()


class Cells:
    """One row of a text file.

    Parameters
    ----------
    cells
        By column; ``None`` where blank, and ``line``.
    """

    def __init__(self, file: str, cells: Mapping[str, str | int | None], faults: RowFaults) -> None:
        self._file = file
        self._cells = cells
        self._faults = faults

    def add_fault(self, field: str, fault: Fault) -> None:
        """Note that a cell is wrong."""
        line = self._cells["line"]
        self._faults.add(self._file, line if isinstance(line, int) else None, field, fault, self.text(field))

    def text(self, *fields: str) -> str:
        """The first of some cells that is not blank; "" if all are."""
        return next((str(self._cells[name]) for name in fields if self._cells.get(name) is not None), "")

    def whole(self, field: str) -> int | None:
        """A whole number, 0 or more."""
        text = self.text(field)
        if text == "":
            return None
        if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
            return int(text)
        self.add_fault(field, _NO_NUMBER)
        return None

    def choice(self, field: str, allowed: Mapping[int, int], default: int) -> int:
        """A number out of few; a blank is the default, and so is what GTFS does not know."""
        text = self.text(field)
        if text == "":
            return default
        if text.isascii() and len(text) == 1 and text.isdecimal() and int(text) in allowed:
            return allowed[int(text)]
        numbers = ", ".join(map(str, allowed))
        fault = Fault("unexpected_enum_value", f"{{}} is none of {numbers}", f"{default} was assumed", Severity.WARNING)
        self.add_fault(field, fault)
        return default

    def time_s(self, *fields: str) -> int | None:
        """A time of day in seconds, from the first of some cells that is not blank."""
        field = next((name for name in fields if self._cells.get(name) is not None), fields[0])
        text = self.text(field)
        found = _TIME.fullmatch(text)
        if found:
            hours, minutes, seconds = map(int, found.groups())
            return hours * 3600 + minutes * 60 + seconds
        if text:
            self.add_fault(field, _NO_TIME)
        return None

    def others(self, known: frozenset[str]) -> dict[str, str]:
        """The cells of other columns that are not blank."""
        return {
            name: str(value)
            for name, value in self._cells.items()
            if value is not None and name not in known and name != "line"
        }


def rows_of(file: str, table: pl.DataFrame, faults: RowFaults) -> Iterator[Cells]:
    """The rows of a table of text that has the column ``line``."""
    for cells in table.iter_rows(named=True):
        yield Cells(file, cells, faults)


def time_text(seconds: int | None) -> str:
    """Seconds of the service day as GTFS writes them; "" for none."""
    if seconds is None:
        return ""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"
