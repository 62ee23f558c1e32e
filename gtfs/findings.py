"""What is wrong with a timetable feed: faults that end the reading, and rows that were left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

LISTED_PER_KIND = 20
"""So many faulty rows of one kind are named one by one; the rest is counted in one last finding."""


class FeedError(ValueError):
    """A feed that cannot be a timetable; the message names the file and what to do."""


class Severity(StrEnum):
    """How bad a finding is: something is lost or wrong, something looks wrong, something is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault.

    Parameters
    ----------
    code
        As the canonical GTFS validator calls it, where it knows this kind of fault: authors of feeds know these names.
    what
        What is wrong, as half a sentence; ``{}`` stands for what the file has there.
    effect
        What was done about it, as half a sentence.
    """

    code: str
    what: str
    effect: str = "the row was left out"
    severity: Severity = Severity.ERROR

    def about(self, value: str) -> str:
        """What is wrong, with what the file has there."""
        return self.what.replace("{}", repr(value))


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in one row (or, without a line, in a whole file) that did not stop the reading.

    Parameters
    ----------
    file
        Name of the text file in the feed; empty when the finding is about the feed as a whole.
    line
        Line in that file, the header being line 1; ``None`` when the finding sums up many rows.
    field
        The column at fault; may be empty.
    what
        What is wrong, as half a sentence.
    effect
        What was done about it, as half a sentence; may be empty.
    code
        The kind of fault, see :class:`Fault`.
    rows
        How many rows it speaks for.
    """

    file: str
    line: int | None
    field: str
    what: str
    effect: str = ""
    severity: Severity = Severity.ERROR
    code: str = ""
    rows: int = 1

    @property
    def message(self) -> str:
        """A sentence that says what is wrong and what was done about it."""
        return f"{self.what}; {self.effect}." if self.effect else f"{self.what}."

    @property
    def place(self) -> str:
        """Where it is: file, line and field, as far as they are known."""
        line = "" if self.line is None else f"line {self.line}"
        return ", ".join(part for part in (self.file or "the feed", line, self.field) if part)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class FindingList:
    """Collects findings while a feed is read; a thousand faults of one kind are one story, not a thousand."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def add(self, file: str, field: str, fault: Fault) -> None:
        """Add one finding about a whole file."""
        self._findings.append(_finding(file, None, field, fault, fault.what))

    def add_rows(self, file: str, field: str, fault: Fault, rows: Iterable[tuple[int | None, str]]) -> None:
        """Add a finding per faulty row, up to ``LISTED_PER_KIND``, then one that counts the others.

        Parameters
        ----------
        rows
            Line and what is wrong there (:meth:`Fault.about`), in the order of the file.
        """
        others = 0
        for number, (line, what) in enumerate(rows):
            if number < LISTED_PER_KIND:
                self._findings.append(_finding(file, line, field, fault, what))
            else:
                others += 1
        if others:
            what = "1 more row has the same fault" if others == 1 else f"{others} more rows have the same fault"
            self._findings.append(Finding(file, None, field, what, fault.effect, fault.severity, fault.code, others))

    def as_tuple(self) -> tuple[Finding, ...]:
        """All findings in the order they were made."""
        return tuple(self._findings)


def _finding(file: str, line: int | None, field: str, fault: Fault, what: str) -> Finding:
    return Finding(file, line, field, what, fault.effect, fault.severity, fault.code)
