"""How the gazetteer reads words: spelling made equal, abbreviations written out, likeness measured."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_HOUSE_NUMBER = re.compile(r"\d{1,4}[a-z]?")
_ALWAYS = {"str": "strasse", "bhf": "bahnhof", "hbf": "hauptbahnhof"}
_ABBREVIATED = {
    **_ALWAYS,
    "bf": "bahnhof",
    "gr": "gross",
    "kl": "klein",
    "st": "sankt",
    "pl": "platz",
    "abzw": "abzweig",
}
_LETTERS = str.maketrans({"\N{LATIN SMALL LETTER DOTLESS I}": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})


def fold(text: str) -> str:
    """Spelling made equal: small letters without marks; umlauts however written ("Lübz", "Luebz", "Lubz" are one)."""
    lower = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(char for char in lower if not unicodedata.combining(char))
    return plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def words_of(text: str, *, is_typing: bool = False) -> tuple[str, ...]:
    """The words of a text, spelling made equal, usual abbreviations written out.

    Somebody still typing may go on with the last word: there "gr" is not yet "gross" unless a point follows.
    """
    folded = fold(text)
    matches = list(_WORD.finditer(folded))
    words = []
    for i, match in enumerate(matches):
        is_last = i == len(matches) - 1 and folded[match.end() : match.end() + 1] != "."
        words.append(_written_out(match[0], _ALWAYS if is_typing and is_last else _ABBREVIATED))
    return tuple(words)


def _written_out(word: str, abbreviations: dict[str, str]) -> str:
    if word in abbreviations:
        return abbreviations[word]
    return word + "asse" if word.endswith("str") and len(word) > 5 else word


def is_house_number(word: str) -> bool:
    """Whether a word can be a house number."""
    return _HOUSE_NUMBER.fullmatch(word) is not None


def trigrams_of(word: str) -> frozenset[str]:
    """All runs of three letters."""
    return frozenset(word[i : i + 3] for i in range(len(word) - 2))


def edits_between(a: str, b: str, limit: int) -> int:
    """Letters to insert, leave out, exchange or swap with their neighbour; ``limit + 1`` if more than that.

    Optimal string alignment, row by row.
    """
    letters_a, letters_b = set(a), set(b)
    # One edit can do away with one letter that only one of the words has, or with one of length.
    if max(abs(len(a) - len(b)), len(letters_a - letters_b), len(letters_b - letters_a)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        earlier, before, row = before, row, [i]
        for j, y in enumerate(b, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def likeness(typed: str, word: str) -> float:
    """How well a typed word stands for a word, 0 to 1: the word itself, its beginning, a part, a misspelling."""
    if typed == word:
        return 1.0
    share = len(typed) / len(word)
    if word.startswith(typed):
        return 0.8 + 0.15 * share
    if len(typed) >= 4 and typed in word:
        return 0.55 + 0.1 * share
    return _misspelt_likeness(typed, word) if len(typed) >= 3 else 0.0


def _misspelt_likeness(typed: str, word: str) -> float:
    """Likeness of a word with letters wrong; of a long one also if only its beginning was typed."""
    limit = 1 if len(typed) < 6 else 2 if len(typed) < 10 else 3
    edits = edits_between(typed, word, limit)
    if edits <= limit:
        return 0.92 - 0.14 * edits
    if len(word) > len(typed) >= 5:
        limit = max(1, limit - 1)
        edits = edits_between(typed, word[: len(typed)], limit)
        if edits <= limit:
            return 0.75 - 0.14 * edits
    return 0.0
