"""Bookings and drivers of the made-up district, for tests of a running day."""

from booking.bookings import ride_leg_indices
from booking.driver_events import DriverEvent, EventKind
from booking.model import Booking, Channel, Contact, OfferKind, Party
from booking.operation import Operation
from routing.model import Action, RequestId, ShiftId, Visit
from tests.tiny_network import enquiry_of, local, service_day

ERIKA = Contact("Erika Beispiel", "0152 28817386", "erika@example.org")
WEST, EAST = ShiftId("west-early"), ShiftId("east-day")


def ride(operation: Operation, origin: str, destination: str, at: str, *, persons: int = 1) -> Booking:
    """Book a ride all the way."""
    wish = enquiry_of(operation.network, origin, destination, at, party=Party(persons))
    offers = [o for o in operation.answer(wish).offers if o.kind is OfferKind.ON_DEMAND]
    return operation.confirm(operation.token(offers[0]), ERIKA, Channel.WEB)


def ride_id(booking: Booking) -> RequestId:
    """The engine's name of its first ride."""
    return RequestId(f"{booking.offer.id}.{ride_leg_indices(booking.offer)[0]}")


def event(
    kind: EventKind, at: str, about: RequestId | None = None, *, name: str = "", shift: ShiftId = WEST, **more: float
) -> DriverEvent:
    """A report of the ordinary Tuesday."""
    return DriverEvent(name or f"{kind}-{at}-{about}", local("12:00").date(), shift, kind, local(at), about, **more)


def times_of(operation: Operation, shift: ShiftId = WEST) -> dict[tuple[str, str], str]:
    """The visits of a run as they stand in the database: local times by ride and action."""
    day = operation._load_day(service_day(operation.network))
    return {key(v): f"{day.service_day.local(v.start_s):%H:%M:%S}" for v in day.plan.runs[shift].visits}


def key(visit: Visit) -> tuple[str, str]:
    """Ride and action."""
    return ("break" if visit.action is Action.BREAK else str(visit.request_id), visit.action.value)
