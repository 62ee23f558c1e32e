"""What is wrong with a district folder, said so that the person who fills it in can put it right."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from booking.errors import BookingError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to put right.

    Parameters
    ----------
    line
        Line of the file, counted from 1; 0 where it is about the file as a whole.
    message, remedy
        What is wrong and what to do about it: sentences without a full stop.
    """

    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.message} \N{EM DASH} {self.remedy}."


class DistrictError(BookingError):
    """A district folder has problems; the text lists all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"The district folder has {count}:", *map(str, self.problems)]))


class Problems:
    """Collects problems while files are read, so that a person sees all of them at once."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, file: str, line: int, message: str, remedy: str) -> None:
        """Note a problem."""
        self._found.append(Problem(file, line, message, remedy))

    def raise_if_any(self) -> None:
        """Raise everything that was noted."""
        if self._found:
            raise DistrictError(self._found)

    def __len__(self) -> int:
        return len(self._found)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that somebody most likely meant, if any is close enough."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def meant(word: str, known: Iterable[str]) -> str:
    """A remedy for a word that is not known: the nearest one, else all of them (if they are few)."""
    known = sorted(known)
    guess = nearest(word, known)
    if guess is not None:
        return f'write "{guess}" if that is meant'
    if len(known) > 12:
        return f"known are {len(known)} others; check the spelling"
    return f"known are {', '.join(known)}" if known else "remove it"
