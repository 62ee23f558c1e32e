"""Finding a booking with whatever a caller can say: a name, a telephone number, a code, or parts of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, selectinload

from booking.model import BookingCode, BookingState, Party
from booking.stored_offers import offer_of
from booking.tables import BookingRow, ContactRow, VisitRow
from routing.model import RequestId, ShiftId

MOST = 50
LEAST_LETTERS, LEAST_DIGITS = 2, 4


@dataclass(frozen=True, slots=True)
class FoundBooking:
    """A booking as a dispatcher recognises it. Personal data.

    Parameters
    ----------
    shift_id
        Who drives its first ride; None where nobody does.
    """

    code: BookingCode
    state: BookingState
    on: date
    name: str
    phone: str
    origin: str
    destination: str
    departure_at: datetime
    party: Party
    ride_id: RequestId
    shift_id: ShiftId | None


def search_bookings(session: Session, text: str, today: date) -> tuple[FoundBooking, ...]:
    """Bookings that match: those to come first, the nearest first; then those that are over, the newest first.

    Every word has to stand in the name; or the digits in the number; or the text begins the code. At most ``MOST``.
    """
    conditions = _conditions(text)
    if not conditions:
        return ()
    days_off = func.abs(BookingRow.service_on - today)
    rows = session.scalars(
        select(BookingRow)
        .join(ContactRow, ContactRow.booking_id == BookingRow.id)
        .where(or_(*conditions))
        .order_by(case((BookingRow.service_on >= today, 0), else_=1), days_off, BookingRow.booked_at, BookingRow.code)
        .limit(MOST)
        .options(selectinload(BookingRow.contact), selectinload(BookingRow.rides))
    ).all()
    return found_bookings(session, rows)


def found_bookings(session: Session, rows: Sequence[BookingRow]) -> tuple[FoundBooking, ...]:
    """Bookings with who drives them. Their contacts and rides have to be loaded."""
    rides = [ride.id for row in rows for ride in row.rides]
    driven = session.execute(select(VisitRow.ride_id, VisitRow.shift_id).where(VisitRow.ride_id.in_(rides)))
    shifts = {ride_id: ShiftId(shift_id) for ride_id, shift_id in driven if ride_id is not None}
    return tuple(_found(row, shifts) for row in rows)


def _conditions(text: str) -> Sequence[ColumnElement[bool]]:
    words = text.split()
    digits = "".join(c for c in text if c.isdigit()).removeprefix("0049").lstrip("0")
    letters = "".join(c for c in text.upper() if c.isalnum())
    found: list[ColumnElement[bool]] = []
    if words and sum(map(len, words)) >= LEAST_LETTERS:
        found.append(and_(*(ContactRow.name.icontains(word, autoescape=True) for word in words)))
    if len(digits) >= LEAST_DIGITS:
        found.append(ContactRow.phone_key.contains(digits, autoescape=True))
    if len(letters) >= LEAST_LETTERS:
        found.append(func.replace(BookingRow.code, "-", "").startswith(letters, autoescape=True))
    return found


def _found(row: BookingRow, shifts: dict[str, ShiftId]) -> FoundBooking:
    offer, first = offer_of(row), row.rides[0].id
    contact = row.contact
    return FoundBooking(
        code=BookingCode(row.code),
        state=BookingState(row.state),
        on=row.service_on,
        name="" if contact is None else contact.name,
        phone="" if contact is None else contact.phone,
        origin=offer.enquiry.origin.label,
        destination=offer.enquiry.destination.label,
        departure_at=offer.departure_at,
        party=offer.enquiry.party,
        ride_id=RequestId(first),
        shift_id=shifts.get(first),
    )
