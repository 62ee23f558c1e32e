"""Finding a place by what somebody types: stops, villages, points of interest, streets, addresses.

An index of words in one SQLite file. Typed words are compared with the words that occur, not with whole labels, so that
their order does not matter and one misspelt word does not spoil the others; words that are alike are found through
shared trigrams (SQLite's FTS5), then compared letter by letter.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path

from booking.gazetteer_words import is_house_number, likeness, trigrams_of, words_of
from booking.model import StopId
from booking.sphere import distance_m

MIN_LIKENESS = 0.55
"""So much of what was typed (by letters) must be found in an entry."""
_MAX_CANDIDATES = 150
_MAX_WORDS = 60
_NUMBER_WEIGHT = 4
"""A house number counts as much as a word of so many letters."""
_MISSED_COST = 0.15
"""An entry that answers every word loosely is better than one that answers all but one well."""
_OTHER_SHARE = 0.85
"""A word found in the place of an entry, not in its own name, counts less."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found.

    Parameters
    ----------
    label
        Its name with the place it lies in, as it is shown and may be typed again.
    kind
        ``stop`` (of ours), ``place``, ``poi`` or ``address`` (a street or a house in it).
    """

    label: str
    kind: str
    lon: float
    lat: float
    stop_id: StopId | None
    place: str


@dataclass(frozen=True, slots=True)
class _Entry:
    id: int
    hit: Hit
    name_words: tuple[str, ...]
    other_words: tuple[str, ...]
    bonus: float
    is_street: bool


SAME_PLACE_M = 2000
"""Of two hits with the same label that lie nearer than this, only the better one is shown."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """A typed word, what it weighs, and the words it may stand for (None: those that begin with it)."""

    word: str
    weight: int
    is_number: bool
    alike: Mapping[str, tuple[int, float]] | None

    def like(self, other: str) -> float:
        """Likeness to a word of an entry."""
        if self.alike is None:
            return likeness(self.word, other) if other.startswith(self.word) else 0.0
        known = self.alike.get(other)
        return known[1] if known else 0.0


class Gazetteer:
    """Reads the file that :func:`booking.gazetteer_build.write_gazetteer` writes; may be shared by threads."""

    def __init__(self, path: Path) -> None:
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        # One connection behind a lock: a search takes a few milliseconds, most of them under Python's own lock anyway.
        self._lock = threading.Lock()
        self.close = weakref.finalize(self, self._connection.close)
        """Closes the file; otherwise done when the gazetteer is no longer used."""

    def search(self, text: str, limit: int = 8) -> tuple[Hit, ...]:
        """What the text may mean, best first; empty if nothing is like it."""
        words = words_of(text, is_typing=True)
        if not words or limit < 1:
            return ()
        with self._lock:
            typed = [self._typed(word) for word in words]
            entries = self._candidates(typed)
            numbers = _house_numbers(words)
            houses = self._houses([e.id for e in entries if e.is_street], numbers) if numbers else {}
        scored = []
        for entry in entries:
            score = _score(typed, entry, houses.get(entry.id))
            if score is not None:
                hit = _at_house(entry.hit, houses[entry.id]) if entry.id in houses else entry.hit
                scored.append((-score, hit.label, entry.id, hit))
        return tuple(islice(_without_doubles(hit for *_, hit in sorted(scored)), limit))

    def _typed(self, word: str) -> _Typed:
        is_number = is_house_number(word)
        # A short word or a number is compared with nothing else: it must be the beginning of a word.
        alike = self._alike(word) if len(word) >= 3 and not is_number else None
        return _Typed(word, _NUMBER_WEIGHT if is_number else len(word), is_number, alike)

    def _candidates(self, typed: Sequence[_Typed]) -> list[_Entry]:
        """Entries in which at least one typed word is found, those with the most first."""
        compared = [word for word in typed if word.alike is not None]
        if not compared:
            return self._beginning_with(typed[0].word)
        found = [
            (row_id, i, like * word.weight)
            for i, word in enumerate(compared)
            for row_id, like in (word.alike or {}).values()
        ]
        if not found:
            return []
        values = ",".join("(?,?,?)" for _ in found)
        query = f"""
            WITH found(word_id, position, share) AS (VALUES {values}),
                 best AS (SELECT entry_id, position, max(share) AS share
                          FROM found JOIN posting USING (word_id) GROUP BY entry_id, position),
                 total AS (SELECT entry_id, sum(share) AS share FROM best GROUP BY entry_id)
            SELECT entry.* FROM total JOIN entry ON entry.id = total.entry_id
            ORDER BY total.share DESC, entry.bonus DESC, entry.id LIMIT {_MAX_CANDIDATES}
        """  # noqa: S608 - only question marks and a constant are put in
        return [_entry(row) for row in self._connection.execute(query, [x for row in found for x in row])]

    def _beginning_with(self, typed: str) -> list[_Entry]:
        query = """
            SELECT DISTINCT entry.* FROM word JOIN posting ON posting.word_id = word.id
            JOIN entry ON entry.id = posting.entry_id
            WHERE word.word >= ? AND word.word < ? ORDER BY entry.bonus DESC, entry.id LIMIT ?
        """
        return [_entry(row) for row in self._connection.execute(query, (typed, typed + "\uffff", _MAX_CANDIDATES))]

    def _alike(self, typed: str) -> dict[str, tuple[int, float]]:
        """The words that a typed word may stand for, with their ids and likeness, best first."""
        run = self._connection.execute
        rows: dict[int, str] = dict(
            run("SELECT id, word FROM word WHERE word >= ? AND word < ? LIMIT 400", (typed, typed + "\uffff"))
        )
        any_of = " OR ".join(f'"{trigram}"' for trigram in sorted(trigrams_of(typed)))
        rows |= dict(
            run(
                "SELECT word.id, word.word FROM word_trigram JOIN word ON word.id = word_trigram.rowid "
                "WHERE word_trigram MATCH ? ORDER BY bm25(word_trigram) LIMIT 150",
                (any_of,),
            )
        )
        if len(typed) <= 6:  # one letter wrong in a short word may leave no trigram as it was
            shorter, longer, initial = len(typed) - 1, len(typed) + 1, typed[0]
            rows |= dict(
                run(
                    "SELECT id, word FROM word WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ? LIMIT 400",
                    (initial, initial + "\uffff", shorter, longer),
                )
            )
        likes = ((-likeness(typed, word), row_id, word) for row_id, word in rows.items())
        return {word: (row_id, -like) for like, row_id, word in sorted(likes)[:_MAX_WORDS] if like}

    def _houses(self, street_ids: Sequence[int], numbers: Iterable[str]) -> dict[int, tuple[str, float, float]]:
        """The house with one of the numbers, as written, in each street that has it."""
        numbers = list(numbers)
        marks = ",".join("?" for _ in street_ids), ",".join("?" for _ in numbers)
        query = f"SELECT entry_id, label, lon, lat FROM house WHERE entry_id IN ({marks[0]}) AND number IN ({marks[1]})"  # noqa: S608 - only question marks are put in
        rows = self._connection.execute(query, [*street_ids, *numbers])
        return {entry_id: (label, lon, lat) for entry_id, label, lon, lat in rows}


def _without_doubles(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Hits of which nobody could tell two apart: the same label at the same place, found as a stop and on the map."""
    kept: dict[str, list[Hit]] = {}
    for hit in hits:
        doubles = kept.setdefault(hit.label.casefold(), [])
        if all(distance_m(hit.lon, hit.lat, other.lon, other.lat) > SAME_PLACE_M for other in doubles):
            doubles.append(hit)
            yield hit


def _house_numbers(typed: Sequence[str]) -> list[str]:
    """House numbers among the typed words; "12 a" is "12a"."""
    numbers = [word for word in typed if is_house_number(word)]
    split = [a + b for a, b in pairwise(typed) if a.isdecimal() and len(b) == 1 and b.isalpha()]
    return [number for number in split if is_house_number(number)] or numbers


def _at_house(street: Hit, house: tuple[str, float, float]) -> Hit:
    label, lon, lat = house
    return replace(street, label=label, lon=lon, lat=lat)


def _score(typed: Sequence[_Typed], entry: _Entry, house: tuple[str, float, float] | None) -> float | None:
    """How well an entry answers what was typed; None if too little of it is found."""
    found = total = 0.0
    missed = 0
    used: set[str] = set()
    for word in typed:
        best, which = 0.0, ""
        for other in entry.name_words:
            like = word.like(other)
            if like > best:
                best, which = like, other
        if word.is_number or (house and len(word.word) == 1):
            best = 1.0 if house or which == word.word else best * 0.5
        if best >= MIN_LIKENESS:
            used.add(which)
        elsewhere = max(map(word.like, entry.other_words), default=0.0) * _OTHER_SHARE if best < 1 else 0.0
        total += word.weight
        found += word.weight * max(best, elsewhere)
        missed += max(best, elsewhere) == 0
    if found < MIN_LIKENESS * total:
        return None
    score = found / total + 0.1 * len(used) / len(entry.name_words) + entry.bonus - _MISSED_COST * missed
    if found > 0.8 * total:  # else it cannot be the whole label
        words = tuple(word.word for word in typed)
        score += 0.15 if words in (entry.name_words, words_of(entry.hit.label, is_typing=True)) else 0.0
    return score


def _entry(row: Sequence[object]) -> _Entry:
    entry_id, label, kind, lon, lat, stop_id, place, name_words, other_words, bonus, is_street = row
    hit = Hit(
        str(label), str(kind), float(str(lon)), float(str(lat)), StopId(str(stop_id)) if stop_id else None, str(place)
    )
    names, others = tuple(str(name_words).split()), tuple(str(other_words).split())
    return _Entry(int(str(entry_id)), hit, names, others, float(str(bonus)), bool(is_street))
