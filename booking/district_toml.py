"""TOML files whose mistakes are told by line: misspelt keys, wrong types, numbers out of range."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from booking.district_problems import Problems, meant, nearest
from booking.district_units import NotationError

KeyPath = tuple[str | int, ...]
T = TypeVar("T")

_HEADER = re.compile(r"^\s*(\[\[|\[)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every table and key of a TOML text; ``[[x]]`` count as ``("x", 0)``, ``("x", 1)``.

    Keys within inline tables are not listed: their line is that of the key they stand in.
    """
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    open_quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if open_quote:
            open_quote = "" if open_quote in line else open_quote
            continue
        if header := _HEADER.match(line):
            table = _table_path(_split(header[2]), counts, is_array=header[1] == "[[")
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_split(key[1])), number)
            value = line[key.end() :]
            open_quote = next((q for q in ('"""', "'''") if value.count(q) == 1), "")
    return lines


def _split(dotted: str) -> list[str]:
    parts = re.findall(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""", dotted)
    return [part.strip("\"'") for part in parts]


def _table_path(names: Sequence[str], counts: dict[KeyPath, int], *, is_array: bool) -> KeyPath:
    path: KeyPath = ()
    for i, name in enumerate(names):
        path = (*path, name)
        if is_array and i == len(names) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def find_line(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """The line of a key, else of the nearest table around it, else 0."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 0


class TomlTable:
    """A table of a TOML file, read key by key; a mistake is noted and a harmless value given in its place."""

    def __init__(
        self, file: str, values: Mapping[str, object], path: KeyPath, lines: Mapping[KeyPath, int], problems: Problems
    ) -> None:
        self.file = file
        self.path = path
        self.is_absent = False
        self._values = values
        self._lines = lines
        self._problems = problems
        self._known: dict[str, None] = {}
        self._unsound: set[str] = set()
        self._missing: list[tuple[str, str]] = []

    def add_problem(self, key: str, message: str, remedy: str) -> None:
        """Note a problem at the line of a key (or of the table, if the key is empty or missing)."""
        self._unsound.add(key)
        path = (*self.path, key) if key else self.path
        self._problems.add(self.file, find_line(self._lines, path), message, remedy)

    def has(self, key: str) -> bool:
        """Whether the key is there; it counts as known."""
        self._known[key] = None
        return key in self._values

    def is_sound(self, key: str) -> bool:
        """Whether the key is there and nothing is wrong with it: what follows from a mistake is not worth telling."""
        return key in self._values and key not in self._unsound

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty, unless the default is."""
        value = self._value(key, str, "a text in quotation marks", default, "")
        if default is None and not value.strip() and key in self._values and isinstance(self._values[key], str):
            self.add_problem(key, f'"{key}" is empty', "fill it in")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value: list[object] = self._value(key, list, 'a list of texts, as ["de", "en"]', None, [])
        if not all(isinstance(item, str) for item in value):
            self.add_problem(key, f'"{key}" holds something that is not a text', "put each item in quotation marks")
            return ()
        return tuple(str(item) for item in value)

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        value: list[object] = self._value(key, list, "a list of whole numbers, as [26513453, 26513454]", None, [])
        if not all(isinstance(item, int) and not isinstance(item, bool) for item in value):
            self.add_problem(
                key, f'"{key}" holds something that is not a whole number', "write each without quotation marks"
            )
            return ()
        return tuple(item for item in value if isinstance(item, int))

    def yes_no(self, key: str, *, default: bool | None = None) -> bool:
        """``true`` or ``false``."""
        return self._value(key, bool, "true or false, without quotation marks", default, fallback=False)

    def whole(self, key: str, minimum: int, maximum: int) -> int:
        """A whole number within a range, both ends included."""
        value = self._value(key, int, "a whole number without quotation marks", None, minimum)
        return int(self._in_range(key, value, minimum, maximum))

    def number(self, key: str, minimum: float, maximum: float) -> float:
        """A number within a range, both ends included."""
        value: float = self._value(key, (int, float), "a number without quotation marks", None, minimum)
        return self._in_range(key, value, minimum, maximum)

    def day(self, key: str) -> date:
        """A date."""
        return self._value(key, date, "a date as 2026-03-01, without quotation marks", None, date.min)

    def parsed(self, key: str, parse: Callable[[tuple[str, ...]], T]) -> T | None:
        """A list of texts in a notation of its own; None if it does not follow it."""
        before = len(self._problems)
        texts = self.texts(key)
        if len(self._problems) > before or key not in self._values:
            return None
        try:
            return parse(texts)
        except NotationError as error:
            self.add_problem(key, f'in "{key}", {error}', error.remedy)
            return None

    def parsed_text(self, key: str, parse: Callable[[str], T]) -> T | None:
        """A text in a notation of its own; None if it does not follow it."""
        before = len(self._problems)
        text = self.text(key)
        if len(self._problems) > before or key not in self._values:
            return None
        try:
            return parse(text)
        except NotationError as error:
            self.add_problem(key, f'in "{key}", {error}', error.remedy)
            return None

    def table(self, key: str) -> "TomlTable":
        """A table within this one; empty if it is missing."""
        value: Mapping[str, object] = self._value(key, dict, f"a table: its own part [{self._dotted(key)}]", None, {})
        table = TomlTable(self.file, value, (*self.path, key), self._lines, self._problems)
        table.is_absent = not isinstance(self._values.get(key), dict)
        return table

    def tables(self, key: str) -> tuple["TomlTable", ...]:
        """The tables of a list of tables."""
        value: list[object] = self._value(key, list, f"tables, each beginning with [[{key}]]", None, [])
        if not all(isinstance(item, dict) for item in value):
            self.add_problem(key, f'"{key}" is not a list of tables', f"begin each with [[{key}]]")
            return ()
        return tuple(
            TomlTable(self.file, item, (*self.path, key, i), self._lines, self._problems)
            for i, item in enumerate(value)
            if isinstance(item, dict)
        )

    def lines_within(self) -> dict[str, int]:
        """The lines of everything within this table, by dotted names: ``ride.max_ride_min``, ``form.0.name``.

        The table itself is the empty name.
        """
        depth = len(self.path)
        return {
            ".".join(str(part) for part in path[depth:]): line
            for path, line in self._lines.items()
            if path[:depth] == self.path
        }

    def finish(self) -> None:
        """Tell of keys that are missing and of keys nobody asked for. To be called once, after the last read."""
        if self.is_absent:  # the table around it has said so; one problem is enough
            return
        unknown = [key for key in self._values if key not in self._known]
        misspelt = {}
        for key, kind in self._missing:
            guess = nearest(key, unknown)
            if guess is None:
                self.add_problem("", f'"{self._dotted(key)}" is missing', f"add it; it is {kind}")
            else:
                misspelt[guess] = key
        for key in unknown:
            if key in misspelt:
                self.add_problem(key, f'"{key}" is not a setting here', f'write "{misspelt[key]}"')
            else:
                self.add_problem(key, f'"{key}" is not a setting here', meant(key, self._known))

    def _dotted(self, key: str) -> str:
        return ".".join([str(part) for part in self.path if isinstance(part, str)] + [key])

    def _value(self, key: str, kind: type[T] | tuple[type, ...], wanted: str, default: T | None, fallback: T) -> T:
        self._known[key] = None
        if key not in self._values:
            if default is None:
                self._missing.append((key, wanted))
            return fallback if default is None else default
        value = self._values[key]
        # True is an int and a datetime is a date to Python, but not to the person who writes the file.
        is_wrong_kind = (isinstance(value, bool) and kind is not bool) or isinstance(value, datetime)
        if is_wrong_kind or not isinstance(value, kind):
            self.add_problem(key, f'"{key}" is {value!r}', f"it must be {wanted}")
            return fallback
        return value  # type: ignore[return-value]  # a tuple of types says less to mypy than to isinstance

    def _in_range(self, key: str, value: float, minimum: float, maximum: float) -> float:
        if not minimum <= value <= maximum:
            self.add_problem(key, f'"{key}" is {value}', f"it must be between {minimum} and {maximum}")
            return minimum
        return value


def read_toml(path: Path, problems: Problems) -> TomlTable | None:
    """Read a TOML file; None (and a problem) if it is missing or not TOML."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = tomllib.loads(text)
    except FileNotFoundError:
        problems.add(path.name, 0, "the file is missing", "rufnetz district new FOLDER writes one to start from")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        problems.add(path.name, line, "there is a character that is not UTF-8", "save the file with encoding UTF-8")
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"^(.*?) \(at line (\d+)", str(error))
        message, line = (match[1], int(match[2])) if match else (str(error), text.count("\n") + 1)
        remedy = "texts stand in quotation marks, dates as 2026-03-01, lists in [ ], tables begin with [name]"
        problems.add(path.name, line, f"this is not TOML ({message[:1].lower()}{message[1:]})", remedy)
    else:
        return TomlTable(path.name, values, (), key_lines(text), problems)
    return None
