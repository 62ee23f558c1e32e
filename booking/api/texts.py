"""What may stand in a text, an id, a time of a body: what a database, a mail header and a clock can hold."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints, WithJsonSchema

PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""No control characters: a line end in a name would be a second header of a mail."""

Text = Annotated[str, StringConstraints(pattern=PLAIN)]
"""One line of text."""
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
Phone = Annotated[str, Field(max_length=50, pattern=PLAIN)]
Email = Annotated[str, Field(max_length=200, pattern=PLAIN)]
Lines = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$")]
"""Some lines of text."""
Id = Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN)]
"""An id as a district names its stops, shifts and areas."""
Token = Annotated[str, Field(min_length=1, max_length=8192, pattern=r"^[!-~]+$")]
"""A signed offer."""
BookingCodeText = Annotated[
    str, Field(min_length=1, max_length=20, pattern=r"^[0-9A-Za-z][0-9A-Za-z .-]*$", examples=["7KQM-2X9C"])
]
"""A code as people type it."""


def _is_number(given: object) -> object:
    """``8.0`` is a whole number in JSON, ``"8"`` and ``true`` are not."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        msg = "give a number"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reads this one
    return given


NUMBER = BeforeValidator(_is_number)
"""Stands after the bounds of a whole number, which are then seen in its schema."""

FIRST_YEAR, LAST_YEAR = 2000, 2099
_YEAR = r"20\d\d"
_DATE = (
    rf"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
    r"|20([02468][048]|[13579][26])-02-29)"
)
_MOMENT = rf"^{_DATE}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,6}})?(Z|[+-](0\d|1[0-3]):[0-5]\d)$"


def _is_text(given: object) -> object:
    """Numbers are refused: whether they are seconds or milliseconds is anybody's guess."""
    if isinstance(given, date) or (isinstance(given, str) and not given.lstrip("+-").replace(".", "").isdecimal()):
        return given
    msg = "write it as a text, as 2026-03-03T10:00:00+01:00 or 2026-03-03"
    raise ValueError(msg)


def _moment_of_our_time(at: datetime) -> datetime:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        msg = f"give a time between the years {FIRST_YEAR} and {LAST_YEAR}"
        raise ValueError(msg)
    return at.astimezone(UTC)


def _date_of_our_time(on: date) -> date:
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        msg = f"give a date between the years {FIRST_YEAR} and {LAST_YEAR}"
        raise ValueError(msg)
    return on


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_is_text),
    AfterValidator(_moment_of_our_time),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "pattern": _MOMENT, "examples": ["2026-03-03T10:00:00+01:00"]}
    ),
]
"""A time that every clock here can reckon with: RFC 3339 with an offset, in the years 2000 to 2099."""
ServiceDate = Annotated[
    date,
    BeforeValidator(_is_text),
    AfterValidator(_date_of_our_time),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DATE}$", "examples": ["2026-03-03"]}),
]
"""A date in the years 2000 to 2099."""
