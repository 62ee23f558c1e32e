"""Wishes of the waiting list as values, and how they are decided in their table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from booking.bookings import read_code
from booking.errors import BookingNotFoundError
from booking.model import BookingCode, Enquiry, Reason
from booking.people import People, enquiry_of, people_of
from booking.waiting_tables import WaitingContactRow, WaitingRow

HOPELESS = {
    Reason.LINE_HAS_PRIORITY,
    Reason.TOO_LATE_TO_ORDER,
    Reason.IN_THE_PAST,
    Reason.TOO_FAR_AHEAD,
    Reason.OUTSIDE_SERVICE_HOURS,
    Reason.NO_SERVICE_THAT_DAY,
    Reason.OUTSIDE_SERVICE_AREA,
    Reason.AREAS_NOT_CONNECTED,
    Reason.PARTY_TOO_LARGE,
    Reason.BY_PHONE_ONLY,
    Reason.TOO_SHORT_TO_RIDE,
    Reason.SAME_PLACE,
    Reason.NOT_REACHABLE,
}
"""Reasons that no other rider's cancellation will take away."""


class WishState(StrEnum):
    """The life of a wish on the waiting list."""

    WAITING = "waiting"
    HELD = "held"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish on the waiting list. ``code`` becomes the code of the booking."""

    code: BookingCode
    service_on: date
    state: WishState
    expires_at: datetime
    held_until: datetime | None
    ahead: int
    """How many wishes of that day are asked before this one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wish with all that is needed to ask for it again."""

    id: UUID
    code: BookingCode
    enquiry: Enquiry
    people: People
    earlier_s: int
    later_s: int
    books_at_once: bool


def find_wish(session: Session, code: BookingCode) -> WaitingRow:
    """The row of a wish.

    Raises
    ------
    BookingNotFoundError
        There is none.
    """
    row = session.scalar(select(WaitingRow).where(WaitingRow.code == read_code(code)))
    if row is None:
        msg = "There is no wish with this code on the waiting list."
        raise BookingNotFoundError(msg)
    return row


def decide(session: Session, wish_id: UUID, only_if: ColumnElement[bool], values: Mapping[str, object]) -> bool:
    """Change a wish if nobody else has decided about it first."""
    changed = update(WaitingRow).where(WaitingRow.id == wish_id, only_if).values(dict(values)).returning(WaitingRow.id)
    return session.scalar(changed.execution_options(synchronize_session=False)) is not None


def forget(session: Session, wish_id: UUID) -> None:
    """Delete who waits and what for."""
    session.execute(
        delete(WaitingContactRow)
        .where(WaitingContactRow.waiting_id == wish_id)
        .execution_options(synchronize_session=False)
    )


def waiting_of(rows: Iterable[WaitingRow]) -> Iterator[Waiting]:
    """Wishes with their people; those that are forgotten already are left out."""
    for row in rows:
        if row.contact is not None:
            yield Waiting(
                row.id,
                BookingCode(row.code),
                enquiry_of(row.contact.enquiry),
                people_of(row.contact.people),
                row.contact.earlier_s,
                row.contact.later_s,
                row.books_at_once,
            )
