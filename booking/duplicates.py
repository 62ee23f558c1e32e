"""The same person twice: overlapping journeys, or one wish ordered again.

People are told apart by phone number and e-mail address, normalised. Whoever left neither is never a duplicate.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from itertools import combinations
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from booking.contact_keys import email_key, phone_key
from booking.errors import DuplicateBookingError, OrderInvalidError
from booking.life_rules import DuplicateRules
from booking.model import IN_THE_PLAN, BookingCode, Contact, Offer, Place
from booking.sphere import distance_m
from booking.stored_offers import offer_of
from booking.tables import BookingRow, ContactRow

SAME_PLACE_M = 150
"""Two wishes begin at the same place if they begin so near to each other."""


def overlap(one: Offer, other: Offer) -> bool:
    """Whether nobody could make both journeys: they share a moment."""
    return one.departure_at < other.arrival_at and other.departure_at < one.arrival_at


def is_same_wish(one: Offer, other: Offer, rules: DuplicateRules) -> bool:
    """Whether two journeys go the same way on the same day at nearly the same time."""
    return (
        one.service_on == other.service_on
        and _is_near(one.enquiry.origin, other.enquiry.origin)
        and _is_near(one.enquiry.destination, other.enquiry.destination)
        and abs(one.departure_at - other.departure_at) < timedelta(seconds=rules.same_wish_s)
    )


def _is_near(one: Place, other: Place) -> bool:
    if one.stop_id is not None and one.stop_id == other.stop_id:
        return True
    return distance_m(one.lon, one.lat, other.lon, other.lat) <= SAME_PLACE_M


def find_duplicates(
    session: Session,
    contact: Contact,
    offers: Iterable[Offer],
    rules: DuplicateRules,
    ignoring: Collection[UUID] = (),
) -> tuple[BookingCode, ...]:
    """Codes of the same person's bookings that collide with one of the offers, earliest first."""
    wanted = tuple(offers)
    phone, email = phone_key(contact.phone), email_key(contact.email)
    if not wanted or not (phone or email):
        return ()
    is_theirs = [ContactRow.phone_key == phone] if phone else []
    is_theirs += [ContactRow.email_key == email] if email else []
    days = {offer.service_on + timedelta(days=shift) for offer in wanted for shift in (-1, 0, 1)}
    rows = session.scalars(
        select(BookingRow)
        .join(ContactRow, ContactRow.booking_id == BookingRow.id)
        .where(or_(*is_theirs), BookingRow.state.in_(IN_THE_PLAN), BookingRow.service_on.in_(days))
        .where(BookingRow.id.not_in(ignoring), BookingRow.offer_id.not_in([offer.id for offer in wanted]))
        .options(selectinload(BookingRow.contact))
    )
    found = [(offer_of(row), BookingCode(row.code)) for row in rows]
    clashes = (
        (theirs.departure_at, code)
        for theirs, code in found
        if any(overlap(theirs, offer) or is_same_wish(theirs, offer, rules) for offer in wanted)
    )
    return tuple(code for _, code in sorted(clashes))


def refuse_duplicates(codes: tuple[BookingCode, ...]) -> None:
    """Tell of duplicates.

    Raises
    ------
    DuplicateBookingError
        There are some.
    """
    if codes:
        shown = ", ".join(masked(code) for code in codes)
        msg = (
            f"With these contact details a journey at that time is booked already ({shown}). "
            "Please look at that booking first; if a second journey is meant, say so and book again."
        )
        raise DuplicateBookingError(msg, codes)


def refuse_overlap(offers: Iterable[Offer]) -> None:
    """Journeys of one person must come one after the other.

    Raises
    ------
    OrderInvalidError
        Two of them share a moment.
    """
    if any(overlap(one, other) for one, other in combinations(tuple(offers), 2)):
        msg = "These journeys overlap: nobody can make both. Please choose others."
        raise OrderInvalidError(msg)


def masked(code: BookingCode) -> str:
    """A code that whoever has it will recognise, and nobody else can use."""
    return f"{code[:4]}-····"
