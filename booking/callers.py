"""Who is on the telephone: what somebody who has called before is known by, and where they usually go."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from booking.booking_search import FoundBooking, found_bookings
from booking.contact_keys import phone_key
from booking.model import IN_THE_PLAN, Enquiry
from booking.stored_offers import offer_of
from booking.tables import BookingRow, ContactRow

MOST_COMING, MOST_JOURNEYS, LOOKED_AT = 10, 5, 60


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose number is known. Personal data.

    Parameters
    ----------
    name, phone, email, language
        As they were given last.
    coming
        Bookings of today and later, the next one first.
    journeys
        What was asked for before, each way once, the latest first.
    """

    name: str
    phone: str
    email: str
    language: str
    coming: tuple[FoundBooking, ...] = ()
    journeys: tuple[Enquiry, ...] = ()


def find_caller(session: Session, phone: str, today: date) -> Caller | None:
    """Who has booked with a number, however it is typed; None where nobody has, or it is none."""
    key = phone_key(phone)
    if not key:
        return None
    rows = session.scalars(
        select(BookingRow)
        .join(ContactRow, ContactRow.booking_id == BookingRow.id)
        .where(ContactRow.phone_key == key)
        .order_by(BookingRow.booked_at.desc(), BookingRow.code)
        .limit(LOOKED_AT)
        .options(selectinload(BookingRow.contact), selectinload(BookingRow.rides))
    ).all()
    contact = next((row.contact for row in rows if row.contact is not None), None)
    if contact is None:
        return None
    coming = [row for row in rows if row.service_on >= today and row.state in IN_THE_PLAN]
    found = sorted(found_bookings(session, coming), key=lambda booking: booking.departure_at)
    journeys = _each_once(offer_of(row).enquiry for row in rows)
    return Caller(
        contact.name,
        contact.phone,
        contact.email,
        contact.language,
        tuple(found)[:MOST_COMING],
        journeys[:MOST_JOURNEYS],
    )


def way_back(enquiry: Enquiry) -> Enquiry:
    """The same journey in the other direction."""
    return replace(enquiry, origin=enquiry.destination, destination=enquiry.origin)


def _each_once(enquiries: Iterable[Enquiry]) -> tuple[Enquiry, ...]:
    found: dict[tuple[str, str], Enquiry] = {}
    for enquiry in enquiries:
        found.setdefault((enquiry.origin.label, enquiry.destination.label), enquiry)
    return tuple(found.values())
