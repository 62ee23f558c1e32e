"""ETags: what came with a GET says which state it was; a write says which state its author has seen.

A day's ETag begins with the day's version, which every change of its runs raises: ``"7-9f2c…"``; only the version is
held against ``If-Match``. Everything else has a hash of what was shown.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated

from fastapi import Header
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import Request

from booking.errors import PreconditionRequiredError, StaleError
from booking.operation import Operation
from booking.preconditions import having_seen

_TAGS = r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'
_DAY = re.compile(r'"(\d{1,9})(?:-[0-9a-f]+)?"')
_STALE = "It has changed since you looked at it. Please get it again, then decide anew."

IfMatch = Annotated[
    str | None,
    Header(max_length=500, pattern=_TAGS, description="The ETag of what was seen; refused (412) if it has changed."),
]
DayIfMatch = Annotated[
    str | None,
    Header(
        max_length=500,
        pattern=_TAGS,
        json_schema_extra={"x-required": True},
        description="The ETag of the day as it was seen (`GET /days/{on}` and all below it); `*` is any state. "
        "Without it the call is refused (428).",
    ),
]


@contextmanager
def having_seen_day(operation: Operation, on: date, if_match: str | None) -> Iterator[None]:
    """Let the changes in here happen only to the version of a day that the caller has seen.

    Raises
    ------
    PreconditionRequiredError
        The caller does not say.
    StaleError
        The day has changed since.
    """
    if if_match is None:
        msg = "Send the ETag of the day as If-Match, so that nobody's change is lost; * is any state."
        raise PreconditionRequiredError(msg)
    if if_match.strip() == "*":
        yield
        return
    present = operation.version(on)
    if str(present) not in _DAY.findall(if_match):
        raise StaleError(_STALE)
    with having_seen(on, present):
        yield


def day_etag(operation: Operation, on: date) -> str:
    """The ETag of a day. To be asked before the day is read, so that it is never newer than what is shown."""
    return f'"{operation.version(on)}"'


def etag_of(shown: BaseModel) -> str:
    """The ETag of what is shown."""
    return f'"{_digest(shown.model_dump_json().encode())}"'


def check_match(if_match: str | None, shown: BaseModel) -> None:
    """Hold an ``If-Match``, where one was sent, against what would be shown now.

    Raises
    ------
    StaleError
        They differ.
    """
    if if_match is not None and if_match.strip() != "*" and etag_of(shown) not in if_match:
        raise StaleError(_STALE)


def tag_answer(request: Request, response: Response) -> Response:
    """A GET's answer with its ETag, or 304 if the caller has it already."""
    body = bytes(response.body)
    given = response.headers.get("etag")
    etag = f'"{given.strip(chr(34))}-{_digest(body)}"' if given else f'W/"{_digest(body)}"'
    response.headers["ETag"] = etag
    response.headers.setdefault("Cache-Control", "private, no-cache")
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or etag.removeprefix("W/") in known:
        kept = {name: response.headers[name] for name in ("etag", "cache-control", "link") if name in response.headers}
        return Response(status_code=304, headers=kept)
    return response


def _digest(shown: bytes) -> str:
    return hashlib.sha256(shown).hexdigest()[:20]
