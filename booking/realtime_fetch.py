"""Fetch realtime feeds from addresses or files, again and again; what fails leaves the last good one in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from booking.district_main import is_url
from booking.errors import BookingError
from gtfs.realtime import RealtimeError, RealtimeFeed
from gtfs.realtime_reading import read_realtime

_TIMEOUT_S = 10
MOST_BYTES = 64 * 2**20
"""No realtime feed of a country is larger; a server that sends more is mistaken or means harm."""


class RealtimeFetchError(BookingError):
    """A realtime feed that could not be had even once; the text says why and what to do."""


@dataclass(frozen=True)
class Fetched:
    """What is known from a source.

    Parameters
    ----------
    feed
        The last one that could be read.
    fetched_at
        When the source last answered with it, or said that it had not changed.
    is_new
        Whether the last attempt brought another feed than the one before.
    note
        What went wrong at the last attempt; "" if nothing did.
    headers
        What to ask with next time.
    """

    feed: RealtimeFeed = field(repr=False)
    fetched_at: datetime
    is_new: bool = True
    note: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def staleness(self, now: datetime, max_age_s: int) -> str:
        """A sentence about a feed that is too old; "" for one that is not."""
        if not self.feed.is_stale(now, max_age_s):
            return ""
        age_s = self.feed.age_s(now)
        if age_s is None:
            return "The realtime feed does not say when it was made; it is not used."
        return f"The realtime feed is {age_s // 60} min {age_s % 60} s old; at most {max_age_s} s are trusted."


def fetch_realtime(
    source: str, now: datetime, last: Fetched | None = None, headers: Mapping[str, str] | None = None
) -> Fetched:
    """Ask a source for its feed.

    A server is asked with the ``ETag`` and ``Last-Modified`` it gave last time; of a file, its time and size. A
    differential feed is laid over the last one.

    Parameters
    ----------
    source
        An address, or the path of a file.
    last
        What the last attempt gave.
    headers
        More to send, such as a key; never written into a note.

    Raises
    ------
    RealtimeFetchError
        It cannot be had or read, and there is nothing from before.
    """
    name = told_source(source)
    try:
        raw, asked_with = _ask(source, last, headers or {})
    except (httpx2.HTTPError, OSError, _TooLargeError) as error:
        return _failed(f"{name} could not be fetched ({_reason(error)})", last)
    if raw is None and last is not None:
        return replace(last, fetched_at=now, is_new=False, note="")
    try:
        feed = read_realtime(raw or b"")
    except RealtimeError as error:
        return _failed(f"{name}: {error}", last)
    if feed.made_at is None:
        feed = replace(feed, made_at=_modified(asked_with))
    if last is not None:
        feed = last.feed.followed_by(feed)
    return Fetched(feed, now, headers=asked_with)


def told_source(source: str) -> str:
    """A source as it may be shown: without user, password and query, where keys stand."""
    if not is_url(source):
        return source
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


class _TooLargeError(Exception):
    def __str__(self) -> str:
        return f"it is larger than {MOST_BYTES // 2**20} MB"


def _ask(source: str, last: Fetched | None, headers: Mapping[str, str]) -> tuple[bytes | None, Mapping[str, str]]:
    """The bytes, ``None`` if they have not changed; and what to ask with next time."""
    known = last.headers if last is not None else {}
    if not is_url(source):
        return _read(Path(source), known)
    with httpx2.stream(
        "GET", source, headers={**known, **headers}, follow_redirects=True, timeout=_TIMEOUT_S
    ) as response:
        if response.status_code == httpx2.codes.NOT_MODIFIED and last is not None:
            return None, known
        response.raise_for_status()
        raw = bytearray()
        for chunk in response.iter_bytes():
            raw += chunk
            if len(raw) > MOST_BYTES:
                raise _TooLargeError
        given = {
            "If-None-Match": response.headers.get("ETag"),
            "If-Modified-Since": response.headers.get("Last-Modified"),
        }
    return bytes(raw), {key: value for key, value in given.items() if value}


def _read(path: Path, known: Mapping[str, str]) -> tuple[bytes | None, Mapping[str, str]]:
    status = path.stat()
    mark = {"file": f"{status.st_mtime_ns} {status.st_size}"}
    if status.st_size > MOST_BYTES:
        raise _TooLargeError
    return (None, mark) if mark == known else (path.read_bytes(), mark)


def _modified(asked_with: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(asked_with.get("If-Modified-Since", ""))
    except ValueError:
        return None


def _failed(why: str, last: Fetched | None) -> Fetched:
    if last is None:
        message = f"{why.rstrip('.')}. Check the address and the network; connections are told by the timetable alone."
        raise RealtimeFetchError(message)
    return replace(last, is_new=False, note=f"{why.rstrip('.')}; the feed from last time is used.")


def _reason(error: Exception) -> str:
    if isinstance(error, httpx2.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    if isinstance(error, httpx2.TimeoutException):
        return f"no answer within {_TIMEOUT_S} s"
    if isinstance(error, OSError):
        return error.strerror or "it cannot be read"
    return str(error)
