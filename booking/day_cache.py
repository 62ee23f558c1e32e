"""Service days as they were last read: a day that nobody has changed since need not be read again."""

import threading
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from booking.day import Day
from booking.district import District

DAYS_KEPT = 16

Stamp = tuple[int, int]
"""A day's version and the number of the transaction that wrote it. The version alone would do, if nobody ever restored
a backup under a running server."""


class DayStates(NamedTuple):
    """A day as it was agreed, and as it can be planned: what is known to be late counts as allowed there."""

    agreed: Day
    planned: Day


@dataclass
class DayCache:
    """Days by date, as sessions of one database read them. Safe to use from several threads.

    Every writer raises a day's version in the transaction that changes it, so the stamp says whether what is known
    still holds. A day is a value that nobody changes.
    """

    _days: dict[date, tuple[District, Stamp, DayStates]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, district: District, on: date, stamp: Stamp) -> DayStates | None:
        """The day as it was read under this stamp, None if it was not or is forgotten."""
        known = self._days.get(on)
        return known[2] if known is not None and known[0] is district and known[1] == stamp else None

    def keep(self, district: District, stamp: Stamp, states: DayStates) -> None:
        """Remember a day; with too many, the one that was kept first is forgotten."""
        with self._lock:
            on = states.agreed.service_day.on
            self._days.pop(on, None)
            self._days[on] = (district, stamp, states)
            while len(self._days) > DAYS_KEPT:
                del self._days[next(iter(self._days))]
