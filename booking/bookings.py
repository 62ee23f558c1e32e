"""Confirm an offer: one function, one transaction, one conditional update; the rest goes to the outbox.

What becomes of a booking afterwards is in :mod:`booking.rebooking`.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload, sessionmaker

from booking.day import Day
from booking.day_cache import DayStates
from booking.duplicates import find_duplicates, refuse_duplicates
from booking.enquiry_search import Network
from booking.life_rules import DuplicateRules
from booking.life_tables import BookerRow, BookingLinkRow, CancellationRow
from booking.model import (
    BookedRide,
    Booker,
    Booking,
    BookingCode,
    BookingId,
    BookingState,
    Channel,
    Contact,
    NoticesTo,
    Offer,
)
from booking.rides import insert_request, promised_request, timed_leg
from booking.second_look import Look, SecondLooks, adopted
from booking.store import claim_version, keep_written, load_states, open_service_day, save_runs
from booking.stored_offers import addresses_of, offer_of, without_addresses
from booking.tables import AuditRow, BookingRow, ContactRow, OutboxRow, RideRow, VisitRow
from booking.tokens import OFFERS
from gtfs.service_day import ServiceDay
from routing.model import KINDS_OF_PLACES, Action, Request, RequestId
from routing.violations import Violation, ViolationKind, change_violations, violations

OF_FACTS = {
    ViolationKind.OVERLOADED,
    ViolationKind.BREAK_WITH_RIDERS,
    ViolationKind.BREAK_WRONG_PLACE,
    ViolationKind.RUN_TOO_LONG,
    ViolationKind.OUT_OF_RANGE,
    ViolationKind.WAITS_WHERE_IT_MUST_NOT,
}
"""What drivers may bring about by doing things in another order than planned; nothing else may come of it."""
TRIES = 3
"""How often a writer looks again when somebody else changed the day first."""

CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of booking codes: none that can be mistaken for another on paper or on the phone."""


class PlanBrokenError(RuntimeError):
    """The judge found a violation in a plan we were about to write: a fault of ours, nothing is written."""


def place(offer: Offer, day: Day, network: Network, now: datetime, *, look: Look | None = None) -> Day | None:
    """The day with an offer's rides in it, its promises as windows; None when they no longer fit.

    Pure: the transaction below and a simulated day call the same function. Rides of one offer stand or fall together.

    Parameters
    ----------
    look
        Plans runs anew for a ride that does not fit, if given.
    """
    from_s = not_before_s(day, network, now)
    for request in offer_requests(offer, network, day.service_day):
        placed = insert_request(day, request, network, from_s)
        if placed is None and look is not None:
            placed = look.place(day, request, day.problem(network.artefacts.times, from_s))
        if placed is None:
            return None
        day = placed
    return day


def place_as_found(offer: Offer, day: Day, found: Day | None, network: Network, now: datetime) -> Day | None:
    """The day as a second look planned it for this offer, judged; None if there was none, or it is too late for it."""
    if found is None:
        return None
    after = adopted(found, day, offer_requests(offer, network, day.service_day))
    return None if find_faults(day, after, network, now) else after


def offer_requests(offer: Offer, network: Network, service_day: ServiceDay) -> list[Request]:
    """The engine's requests for the rides of an offer, in order."""
    rules = network.district.rulebook.rules_on(offer.service_on).ride
    return [
        promised_request(offer, index, network.district.stop_index, rules, service_day)
        for index in ride_leg_indices(offer)
    ]


def ride_leg_indices(offer: Offer) -> list[int]:
    """Which legs of an offer are on-demand rides."""
    rides = offer.rides()
    return [index for index, leg in enumerate(offer.legs) if leg in rides]


def confirm_offer(
    sessions: sessionmaker[Session],
    network: Network,
    offer: Offer,
    contact: Contact,
    channel: Channel,
    clock: Callable[[], datetime],
    *,
    looks: SecondLooks | None = None,
    duplicates: DuplicateRules | None = None,
) -> BookingCode | None:
    """Confirm an offer in one transaction; None when its rides no longer fit.

    1. A booking of this offer exists already (a double click): it is the answer.
    2. Load the day, insert the rides again with the promises as windows, ask the judge.
    3. Claim the day's version. Somebody was first: look again, at most three times.
    4. Write booking, rides, visits, audit entry and outbox row; commit.

    Parameters
    ----------
    duplicates
        Refuse whoever has such a journey already, while nobody else can book that day; None for whoever means it.

    Raises
    ------
    DuplicateBookingError
        The same person has a booking that collides with this one.
    """
    service_day = ServiceDay(offer.service_on, network.district.zone)
    for _ in range(TRIES):
        with sessions.begin() as session:
            code = session.scalar(select(BookingRow.code).where(BookingRow.offer_id == offer.id))
            if code is not None:
                return BookingCode(code)
            open_service_day(session, service_day.on)
            states = load_states(session, network.district, service_day)
            day, now = states.planned, clock()
            placed = place_as_found(
                offer, day, None if looks is None else looks.found.find(offer.id, day), network, now
            )
            if placed is None:
                placed = place(offer, day, network, now, look=None if looks is None else Look(looks.limits))
                if placed is None:
                    return None
                ask_judge(day, placed, network, now)
            if claim_version(session, service_day.on, day.version):
                if duplicates is not None:
                    refuse_duplicates(find_duplicates(session, contact, (offer,), duplicates))
                row = new_booking_row(offer, contact, channel, now, network)
                session.add(row)
                session.flush()
                shifts = save_runs(session, network.district, day, placed)
                note_change(session, row, "confirmed", channel.value, now, {"shifts": list(shifts)})
                new = {r: placed.requests[r] for r in placed.requests.keys() - states.agreed.requests.keys()}
                agreed = states.agreed.changed(placed.plan, {**states.agreed.requests, **new})
                planned = replace(placed, version=agreed.version)
                keep_written(session, network.district, DayStates(agreed, planned))
                return BookingCode(row.code)
            session.rollback()
    return None


def ask_judge(before: Day, after: Day, network: Network, now: datetime) -> None:
    """Let the judge compare a day before and after a change.

    Raises
    ------
    PlanBrokenError
        The change would bring a violation that was not there before, or touch what is fixed.
    """
    refuse_faults(find_faults(before, after, network, now), "the change", after)


def refuse_faults(faults: Iterable[Violation], what: str, day: Day) -> None:
    """Raise PlanBrokenError if there are any, with all that is needed to find out why."""
    told = sorted({f"{v.kind.value} in {v.shift_id}, ride {v.request_id}: {v.detail}" for v in faults})
    if told:
        msg = f"{what} of {day.service_day.on} would break the plan ({'; '.join(told)})"
        raise PlanBrokenError(msg)


def without_known(found: Iterable[Violation], old: Iterable[Violation]) -> list[Violation]:
    """What of ``found`` was not there before.

    What drivers have brought about in a run is nobody's fault who changes that run afterwards, however much it is.
    """
    known = set(old)
    facts = {(v.kind, v.shift_id) for v in known if v.kind in OF_FACTS}
    return [v for v in found if v not in known and (v.kind, v.shift_id) not in facts]


def find_faults(before: Day, after: Day, network: Network, now: datetime) -> list[Violation]:
    """What the judge has against a change."""
    times = network.artefacts.times
    problem = after.problem(times, not_before_s(after, network, now))
    # A run that nobody touched is neither better nor worse than it was.
    changed = {shift_id for shift_id, run in after.plan.runs.items() if before.plan.runs.get(shift_id) is not run}
    changed |= before.plan.runs.keys() - after.plan.runs.keys()
    old = violations(before.plan, before.problem(times, 0), only=changed)
    new = without_known(violations(after.plan, problem, only=changed), old)
    return [*new, *change_violations(before.plan, after.plan, problem)]


def not_before_s(day: Day, network: Network, now: datetime) -> int:
    """Nothing that a vehicle does before this second of the day is changed any more."""
    rules = network.district.rulebook.rules_on(day.service_day.on)
    return day.service_day.seconds(now) + rules.freeze_s


def new_booking_row(offer: Offer, contact: Contact, channel: Channel, now: datetime, network: Network) -> BookingRow:
    """The rows of a booking that is confirmed now."""
    service_day = ServiceDay(offer.service_on, network.district.zone)
    booking_id = uuid4()
    return BookingRow(
        id=booking_id,
        code=new_code(),
        offer_id=offer.id,
        service_on=offer.service_on,
        state=BookingState.CONFIRMED.value,
        channel=channel.value,
        persons=offer.enquiry.party.persons,
        rules_version=offer.rules_version,
        offer=OFFERS.dump_python(without_addresses(offer, network.district), mode="json"),
        booked_at=now,
        contact=ContactRow(
            booking_id=booking_id,
            name=contact.name,
            phone=contact.phone,
            email=contact.email,
            places=addresses_of(offer, network.district),
            address=contact.address,
            language=contact.language,
        ),
        rides=[
            _ride_row(request, index, network, service_day)
            for index, request in zip(ride_leg_indices(offer), offer_requests(offer, network, service_day), strict=True)
        ],
    )


def _ride_row(request: Request, leg_index: int, network: Network, service_day: ServiceDay) -> RideRow:
    stops = network.district.stops
    return RideRow(
        id=request.id,
        leg_index=leg_index,
        service_on=service_day.on,
        pickup_stop=stops[request.pickup].id,
        dropoff_stop=stops[request.dropoff].id,
        pickup_from_s=request.pickup_window.earliest_s,
        pickup_to_s=request.pickup_window.latest_s,
        dropoff_from_s=request.dropoff_window.earliest_s,
        dropoff_to_s=request.dropoff_window.latest_s,
        boarding_s=request.boarding_s,
        alighting_s=request.alighting_s,
        max_ride_s=request.max_ride_s,
        **dict(zip(KINDS_OF_PLACES, request.load.counts(), strict=True)),
    )


def note_change(
    session: Session, row: BookingRow, kind: str, actor: str, now: datetime, details: dict[str, object]
) -> None:
    """Tell the rider and note in the audit trail what was done to a booking."""
    session.add(OutboxRow(kind=kind, booking_id=row.id, created_at=now))
    session.add(
        AuditRow(at=now, actor=actor, action=kind, service_on=row.service_on, booking_id=row.id, details=details)
    )


def new_code() -> BookingCode:
    """A booking code that nobody can guess: 8 of 32 letters are 10^12 codes."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(8))
    return BookingCode(f"{letters[:4]}-{letters[4:]}")


def read_code(text: str) -> BookingCode:
    """A code as people type it (small letters, spaces, without the dash) as it stands in the database."""
    letters = "".join(c for c in text.upper() if c.isalnum())
    return BookingCode(f"{letters[:4]}-{letters[4:]}")


def with_rides() -> Select[BookingRow]:
    """Bookings with their rides and contacts."""
    return select(BookingRow).options(selectinload(BookingRow.rides), selectinload(BookingRow.contact))


def find_booking(session: Session, network: Network, code: BookingCode) -> Booking | None:
    """The booking with a code, its rides at the times they are planned now."""
    row = session.scalar(with_rides().where(BookingRow.code == code))
    if row is None:
        return None
    contact = row.contact
    cancelled_late = session.scalar(select(CancellationRow.is_late).where(CancellationRow.booking_id == row.id))
    offer = offer_of(row)
    return Booking(
        id=BookingId(str(row.id)),
        code=BookingCode(row.code),
        offer=offer,
        contact=Contact("") if contact is None else contact_of(contact),
        state=BookingState(row.state),
        booked_at=row.booked_at,
        cancelled_at=row.cancelled_at,
        rides=tuple(_booked_ride(session, network, offer, ride) for ride in row.rides),
        cancelled_late=bool(cancelled_late),
        booker=find_booker(session, row.id),
        linked=linked_codes(session, row.id),
    )


def contact_of(row: ContactRow | BookerRow) -> Contact:
    """Who travels, or who ordered, as a value."""
    return Contact(row.name, row.phone, row.email, row.address, row.language)


def find_booker(session: Session, booking_id: UUID) -> Booker | None:
    """Who ordered a booking for somebody else."""
    row = session.get(BookerRow, booking_id)
    return None if row is None else Booker(contact_of(row), NoticesTo(row.notices_to))


def linked_codes(session: Session, booking_id: UUID) -> tuple[BookingCode, ...]:
    """The codes of the other bookings that were made in one step with this one, in their order."""
    link = select(BookingLinkRow.link_id).where(BookingLinkRow.booking_id == booking_id).scalar_subquery()
    codes = session.scalars(
        select(BookingRow.code)
        .join(BookingLinkRow, BookingLinkRow.booking_id == BookingRow.id)
        .where(BookingLinkRow.link_id == link, BookingRow.id != booking_id)
        .order_by(BookingLinkRow.position)
    )
    return tuple(BookingCode(code) for code in codes)


def _booked_ride(session: Session, network: Network, offer: Offer, ride: RideRow) -> BookedRide:
    leg = offer.rides()[ride_leg_indices(offer).index(ride.leg_index)]
    visits = {v.action: v for v in session.scalars(select(VisitRow).where(VisitRow.ride_id == ride.id))}
    if not visits:
        return BookedRide(RequestId(ride.id), leg)
    service_day = ServiceDay(ride.service_on, network.district.zone)
    pickup, dropoff = visits[Action.PICKUP], visits[Action.DROPOFF]
    shift = next((s for s in network.district.shifts if s.id == pickup.shift_id), None)
    vehicle = "" if shift is None else network.district.vehicle_by_id[shift.vehicle_id].name
    return BookedRide(RequestId(ride.id), timed_leg(leg, pickup.start_s, dropoff.start_s, service_day), vehicle)
