"""A change of something shared says which state of it its author has seen; if that is over, nothing is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from booking.errors import StaleError

_SEEN: ContextVar[tuple[date, int] | None] = ContextVar("seen_version", default=None)


@contextmanager
def having_seen(on: date, version: int | None) -> Iterator[None]:
    """Let changes of a day in here succeed only while it has a version; None is any."""
    before = _SEEN.set(None if version is None else (on, version))
    try:
        yield
    finally:
        _SEEN.reset(before)


def check_seen(on: date, version: int) -> None:
    """Ask, in the transaction that is about to change a day from a version, whether its author has seen that one.

    Raises
    ------
    StaleError
        The day has changed since.
    """
    seen = _SEEN.get()
    if seen is not None and seen[0] == on and seen[1] != version:
        msg = f"{on} has changed since you looked at it. Please look again, then decide anew."
        raise StaleError(msg)
