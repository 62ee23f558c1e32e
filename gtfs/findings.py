"""What is wrong with a timetable feed: faults that end the reading, and rows that were left out."""

from collections.abc import Iterable
from dataclasses import dataclass

LISTED_PER_KIND = 20
"""So many faulty rows of one kind are named one by one; the rest is counted in one last finding."""


class FeedError(ValueError):
    """A feed that cannot be a timetable; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in one row (or, without a line, in a whole file) that did not stop the reading.

    Parameters
    ----------
    file
        Name of the text file in the feed.
    line
        Line in that file, the header being line 1; ``None`` when the finding sums up many rows.
    field
        The column at fault.
    message
        A sentence that says what is wrong and what was done about it.
    """

    file: str
    line: int | None
    field: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}, {self.field}: {self.message}"


class FindingList:
    """Collects findings while a feed is read; a thousand faults of one kind are one story, not a thousand."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def add(self, file: str, line: int | None, field: str, message: str) -> None:
        """Add one finding."""
        self._findings.append(Finding(file, line, field, message))

    def add_rows(self, file: str, field: str, faults: Iterable[tuple[int | None, str]], effect: str) -> None:
        """Add a finding per faulty row, up to ``LISTED_PER_KIND``, then one that counts the others.

        Parameters
        ----------
        faults
            Line and what is wrong there, in the order of the file.
        effect
            What was done with each of the rows, as half a sentence.
        """
        others = 0
        for number, (line, what) in enumerate(faults):
            if number < LISTED_PER_KIND:
                self.add(file, line, field, f"{what}; {effect}.")
            else:
                others += 1
        if others:
            self.add(file, None, field, f"{others} more rows have the same fault; {effect}.")

    def as_tuple(self) -> tuple[Finding, ...]:
        """All findings in the order they were made."""
        return tuple(self._findings)
