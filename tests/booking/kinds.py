"""What tests of a booking's life share: orders in the made-up district, and the look at what stands afterwards.

Five kilometres apart, the stops of area west are at most ten minutes from each other.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from booking.bookings import TRIES
from booking.database import Database
from booking.model import Answer, Booking, BookingCode, Channel, Contact, Enquiry, Offer, Party, Timing
from booking.operation import Operation
from booking.store import load_day
from booking.tables import BookingRow, OutboxRow, RideRow, VisitRow
from gtfs.service_day import ServiceDay
from routing.violations import violations
from tests.tiny_network import enquiry_of

ERIKA = Contact("Erika Beispiel", "0152 28817386", "erika@example.org")
MAX = Contact("Max Muster", "0152 28895456")

__all__ = ["ERIKA", "MAX", "TRIES", "UUID", "Sequence", "Timing"]


def ask(
    operation: Operation,
    at: str = "10:00",
    origin: str = "brueelow-markt",
    destination: str = "cramnitz-markt",
    *,
    party: Party | None = None,
) -> Enquiry:
    return enquiry_of(operation.network, origin, destination, at, party=party)


def first(answer: Answer) -> Offer:
    """The best offer that can be booked, near the wish or at another time."""
    offers = answer.offers or (answer.refusal.alternatives if answer.refusal else ())
    return next(offer for offer in offers if offer.is_bookable())


def offer_at(operation: Operation, at: str = "10:00", *stops: str, party: Party | None = None) -> Offer:
    return first(operation.answer(ask(operation, at, *stops, party=party)))


def book(operation: Operation, offer: Offer, contact: Contact = ERIKA) -> Booking:
    return operation.confirm(operation.token(offer), contact, Channel.WEB)


def fill(operation: Operation, at: str, stops: tuple[str, str] = ("brueelow-markt", "cramnitz-markt")) -> list[Booking]:
    """Book parties of four, each with another name, until a party of four finds nothing at its time any more."""
    booked: list[Booking] = []
    while True:
        answer = operation.answer(ask(operation, at, *stops, party=Party(4)))
        offer = next((offer for offer in answer.offers if offer.is_bookable()), None)
        if offer is None:
            return booked
        booked.append(book(operation, offer, Contact(f"Gruppe {len(booked)}")))


def count(database: Database, table: type) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def kinds_told(database: Database, code: BookingCode) -> list[str]:
    """The notices queued for a booking, in order."""
    with database.sessions() as session:
        query = select(OutboxRow.kind).join(BookingRow, BookingRow.id == OutboxRow.booking_id)
        return list(session.scalars(query.where(BookingRow.code == code).order_by(OutboxRow.id)))


def assert_sound(operation: Operation) -> None:
    """What must hold after everything: the judge is content, and rides stand in the plan exactly while they should."""
    with operation.database.sessions() as session:
        rows = session.scalars(select(BookingRow)).all()
        rides = session.scalars(select(RideRow)).all()
        boarded = set(session.scalars(select(VisitRow.ride_id).where(VisitRow.action == "pickup")))
        stands = {row.id for row in rows if row.state in {"held", "confirmed"}}
        assert boarded == {ride.id for ride in rides if ride.booking_id in stands}, "half a journey"
        assert {ride.id for ride in rides if not ride.is_cancelled} == boarded
        for on in {row.service_on for row in rows}:
            _assert_day(operation, on)


def _assert_day(operation: Operation, on: date) -> None:
    with operation.database.sessions() as session:
        day = load_day(session, operation.district, ServiceDay(on, operation.district.zone))
    assert violations(day.plan, day.problem(operation.network.artefacts.times, 0)) == ()
