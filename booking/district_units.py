"""The small notations of a district folder: times of day, days, layouts, breaks. Text in, values out.

Every function raises :class:`NotationError` whose text is the message and whose ``remedy`` says how to write it.
"""

import re
from collections.abc import Sequence

from booking.district import BreakWindow, DayKind
from booking.district_problems import meant
from routing.model import DAY_END_S, KINDS_OF_PLACES, Load

_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)")
_WORDS = {
    word: kind
    for kind in KINDS_OF_PLACES
    for name in (kind, kind.replace("_", " "))
    for word in (name, name if kind == "luggage" else f"{name}s")
}
"""How kinds of places may be written: ``child_seat``, ``child seat`` and ``child seats``."""


class NotationError(ValueError):
    """A text does not follow its notation."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def parse_clock(text: str) -> int:
    """``HH:MM`` as seconds of the service day; may pass 24:00 up to 30:00."""
    match = _CLOCK.fullmatch(text.strip())
    seconds = int(match[1]) * 3600 + int(match[2]) * 60 if match else DAY_END_S + 1
    if seconds > DAY_END_S:
        message = f'"{text}" is not a time of day'
        raise NotationError(
            message, "write hours and minutes as 07:30; after midnight of the same service day as 25:30"
        )
    return seconds


def parse_span(texts: Sequence[str]) -> tuple[int, int]:
    """Two clock times, the second later than the first."""
    if len(texts) != 2:
        message = f"{len(texts)} times stand where a beginning and an end belong"
        raise NotationError(message, 'write two times, as ["05:00", "22:00"]')
    from_s, to_s = parse_clock(texts[0]), parse_clock(texts[1])
    if from_s >= to_s:
        message = f"{texts[0]} to {texts[1]} ends before it begins"
        raise NotationError(message, "after midnight, count on past 24:00: 01:30 is written 25:30")
    return from_s, to_s


def parse_days(text: str) -> frozenset[DayKind]:
    """Kinds of day joined by ``+``."""
    days = set()
    for word in text.split("+"):
        if word.strip() not in set(DayKind):
            message = f'"{word.strip()}" is not a kind of day'
            raise NotationError(message, meant(word.strip(), DayKind))
        days.add(DayKind(word.strip()))
    return frozenset(days)


def parse_layouts(text: str) -> tuple[Load, ...]:
    """Layouts joined by ``|``, each as :func:`parse_layout` reads it: ``8 seats | 6 seats + 1 wheelchair``."""
    return tuple(parse_layout(part) for part in text.split("|"))


def parse_layout(text: str) -> Load:
    """Kinds of places with their counts, joined by ``+``: ``6 seats + 1 wheelchair`` or ``seat:6+wheelchair:1``."""
    counts: dict[str, int] = {}
    for item in text.split("+"):
        name, count = _parse_places(item)
        if name not in _WORDS:
            message = f'"{name}" is not a kind of place in a vehicle'
            raise NotationError(message, meant(name, KINDS_OF_PLACES))
        if not count.isdecimal() or _WORDS[name] in counts:
            message = f'"{item.strip()}" is not a kind of place with a count'
            raise NotationError(message, "write each kind once with its count, as 4 seats + 1 wheelchair")
        counts[_WORDS[name]] = int(count)
    if not any(counts.values()):
        message = f'the layout "{text}" has no places'
        raise NotationError(message, "write at least one, as 4 seats")
    return Load(**counts)


def _parse_places(item: str) -> tuple[str, str]:
    """Name and count, whichever of the two stands first."""
    if ":" in item:
        name, _, count = item.partition(":")
    else:
        count, _, name = item.strip().partition(" ")
        if not count.isdecimal():
            count, name = "", item
    return " ".join(name.lower().split()), count.strip()


def parse_breaks(text: str) -> tuple[BreakWindow, ...]:
    """Breaks joined by ``;``, each ``HH:MM-HH:MM/minutes``: the window of its begin, and how long it lasts."""
    breaks = []
    for item in text.split(";") if text.strip() else ():
        match = re.fullmatch(r"([\d:]+)-([\d:]+)/(\d+)", item.strip())
        if not match or int(match[3]) == 0:
            message = f'"{item.strip()}" is not a break'
            remedy = "write when it may begin and its minutes, as 10:30-13:00/30; several breaks joined by a semicolon"
            raise NotationError(message, remedy)
        from_s, to_s = parse_span((match[1], match[2]))
        breaks.append(BreakWindow(from_s, to_s, int(match[3]) * 60))
    return tuple(breaks)
