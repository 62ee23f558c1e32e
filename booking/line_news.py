"""News about lines for the worker: several realtime feeds as one, asked for at most every half minute."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from booking.realtime_fetch import Fetched, RealtimeFetchError, fetch_realtime
from gtfs.realtime import RealtimeFeed, joined_realtime

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=30)
"""Nobody publishes more often, and every question costs the publisher."""


class LineNews:
    """The last news of some sources.

    Parameters
    ----------
    sources
        Addresses, or paths of files.
    """

    def __init__(self, sources: Sequence[str]) -> None:
        self._sources = tuple(sources)
        self._last: dict[str, Fetched] = {}
        self._asked_at: datetime | None = None

    def fetch(self, now: datetime) -> RealtimeFeed | None:
        """What is known now; None when no source could be had even once."""
        if self._asked_at is None or now - self._asked_at >= EVERY:
            self._asked_at = now
            for source in self._sources:
                self._ask(source, now)
        known = [self._last[source].feed for source in self._sources if source in self._last]
        return joined_realtime(known) if known else None

    def _ask(self, source: str, now: datetime) -> None:
        try:
            self._last[source] = fetch_realtime(source, now, self._last.get(source))
        except RealtimeFetchError as error:
            log.warning("%s", error)
            return
        if self._last[source].note:
            log.warning("%s", self._last[source].note)
