"""Words from closed lists in ``rules.toml``, and the conditions that several rules share."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from booking.district import DayKind
from booking.district_problems import meant
from booking.district_toml import TomlTable
from booking.district_units import parse_clock, parse_span
from booking.model import Channel

W = TypeVar("W", bound=StrEnum)


def read_word(table: TomlTable, key: str, default: W, noun: str) -> W:
    """A word of a list; the default where it is missing or unknown."""
    kind = type(default)
    text = table.text(key, default=default)
    if text in set(kind):
        return kind(text)
    table.add_problem(key, f'"{text}" is {noun}', meant(text, kind))
    return default


def read_words(table: TomlTable, key: str, kind: type[W], noun: str) -> tuple[W, ...]:
    """Words of a list; none where the key is missing."""
    texts = table.texts(key) if table.has(key) else ()
    for text in texts:
        if text not in set(kind):
            table.add_problem(key, f'"{text}" is {noun}', meant(text, kind))
    return tuple(kind(text) for text in texts if text in set(kind))


def read_channels(table: TomlTable) -> frozenset[Channel]:
    """The channels a rule is for; none named: all."""
    return frozenset(read_words(table, "channels", Channel, "no channel"))


def read_days(table: TomlTable) -> frozenset[str]:
    """The kinds of day a rule is for; none named: all."""
    return frozenset(day.value for day in read_words(table, "days", DayKind, "no kind of day"))


def read_whole(table: TomlTable, key: str, bounds: tuple[int, int], default: int) -> int:
    """A whole number within bounds, or the default where the key is missing."""
    return table.whole(key, *bounds) if table.has(key) else default


def read_span(table: TomlTable, key: str) -> tuple[int, int] | None:
    """Two times of day, or None."""
    return table.parsed(key, parse_span) if table.has(key) else None


def read_clock(table: TomlTable, key: str, default_s: int | None = None) -> int:
    """A time of day written as a text; 0 where it is wrong.

    Parameters
    ----------
    default_s
        Where the key is missing; None: it must be there.
    """
    if default_s is not None and not table.has(key):
        return default_s
    found = table.parsed_text(key, parse_clock)
    return 0 if found is None else found


def optional_table(table: TomlTable, key: str) -> TomlTable | None:
    """A table that may be missing."""
    return table.table(key) if table.has(key) else None


def optional_tables(table: TomlTable, key: str) -> tuple[TomlTable, ...]:
    """A list of tables that may be missing."""
    return table.tables(key) if table.has(key) else ()


def check_unique(tables: tuple[TomlTable, ...], key: str, names: Mapping[int, str]) -> None:
    """Tell of names that stand twice in a list of tables."""
    for i, table in enumerate(tables):
        if names[i] and names[i] in [names[j] for j in range(i)]:
            table.add_problem(key, f'"{names[i]}" stands here twice', "give each its own")
