"""Bookings leave the plan and others come, in one step: all of it happens, or nothing.

Confirming several offers, changing a booking and cancelling one are the same writer with one side empty or both full.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.bookings import new_booking_row, not_before_s, place, with_rides
from booking.day import Day
from booking.day_writing import Change, DayWriter
from booking.duplicates import find_duplicates, refuse_duplicates
from booking.enquiry_search import Network
from booking.errors import BookingNotFoundError, TooLateToCancelError
from booking.life_rules import DuplicateRules
from booking.life_tables import BookerRow, BookingChangeRow, BookingLinkRow, CancellationRow
from booking.model import IN_THE_PLAN, Booker, BookingCode, BookingState, Channel, Contact, Offer
from booking.notices import queue
from booking.series_tables import SeriesDateRow
from booking.tables import AuditRow, BookingRow, OutboxRow
from booking.tokens import OFFERS
from routing.insertion import remove
from routing.model import RequestId
from routing.schedule import fixed_count

NOT_FOUND = "There is no booking with this code. Please check the code on your confirmation."


@dataclass(frozen=True, slots=True)
class Coming:
    """An offer that is to become a booking, and for whom.

    Parameters
    ----------
    code
        The code it gets; a new one, or that of the booking whose place it takes, when left out.
    """

    offer: Offer
    contact: Contact
    channel: Channel
    booker: Booker | None = None
    state: BookingState = BookingState.CONFIRMED
    code: BookingCode | None = None


@dataclass(frozen=True, slots=True)
class Rebooking:
    """What leaves and what comes.

    Parameters
    ----------
    leaving
        Codes of bookings in the plan. Each of ``coming`` takes the place of the booking at its position, and its
        code; those that nothing follows are cancelled.
    roles
        What each of ``coming`` is to the others (``out``, ``back``, ``part``, ``day``); empty for a single one.
    duplicates
        The rule by which duplicates are refused, None where the person is known to mean it.
    first
        Looks once more, with the days claimed and before anything is written; raises to call it off.
    also
        Writes more rows in the same transaction, given the ids of the bookings that came.
    may_leave
        Raises when a booking may not leave (any more) by the rules.
    """

    actor: str
    leaving: tuple[BookingCode, ...] = ()
    coming: tuple[Coming, ...] = ()
    roles: tuple[str, ...] = ()
    duplicates: DuplicateRules | None = None
    first: Callable[[Session], None] | None = None
    also: Callable[[Session, Sequence[UUID]], None] | None = None
    may_leave: Callable[[Offer, datetime], None] | None = None
    free_cancel_s: int = 0


def rebook(writer: DayWriter, order: Rebooking) -> tuple[BookingCode, ...] | None:
    """Do it in one transaction; None when what comes does not fit, and then nothing has changed.

    Gives the codes of what came, or of what left where nothing comes. Doing it twice is the same as once: an offer
    that is booked already is its booking, and a booking that has left has left.

    Raises
    ------
    BookingNotFoundError
        No booking has one of the codes.
    TooLateToCancelError
        A vehicle is already on its way to a rider who would leave.
    DuplicateBookingError
        The same person has a booking that collides with what comes.
    DayBusyError
        Others changed the days at the same moment, again and again.
    """
    ons = {coming.offer.service_on for coming in order.coming} | _days_of(writer, order.leaving)

    def look(session: Session, days: Mapping[date, Day], now: datetime) -> Change[tuple[BookingCode, ...] | None]:
        return _look(session, days, now, writer.network, order)

    return writer.write(ons, look)


def _days_of(writer: DayWriter, codes: Sequence[BookingCode]) -> set[date]:
    with writer.sessions() as session:
        query = select(BookingRow.code, BookingRow.service_on).where(BookingRow.code.in_(codes))
        found = {row.code: row.service_on for row in session.execute(query)}
    if set(codes) - set(found):
        raise BookingNotFoundError(NOT_FOUND)
    return set(found.values())


def _look(
    session: Session, days: Mapping[date, Day], now: datetime, network: Network, order: Rebooking
) -> Change[tuple[BookingCode, ...] | None]:
    there = {
        row.offer_id: row
        for row in session.scalars(
            select(BookingRow).where(BookingRow.offer_id.in_([c.offer.id for c in order.coming]))
        )
    }
    if any(row.state not in IN_THE_PLAN for row in there.values()):
        return Change(lambda _: None)
    if order.coming and len(there) == len(order.coming):
        codes = tuple(BookingCode(there[c.offer.id].code) for c in order.coming)
        return Change(lambda _: codes)
    if there and order.leaving:
        return Change(lambda _: None)  # half of a change cannot have been made: these offers were booked on their own
    leaving = _leaving(session, days, order)
    if leaving is None:
        return Change(lambda _: None if order.coming else order.leaving)
    after = dict(days)
    for row in leaving:
        if order.may_leave is not None:
            order.may_leave(OFFERS.validate_python(row.offer), now)
        after[row.service_on] = without_rides(after[row.service_on], row, network, now)
    coming = [c for c in order.coming if c.offer.id not in there]
    if order.duplicates is not None:
        _refuse_duplicates(session, coming, [row.id for row in leaving], order.duplicates)
    for one in coming:
        placed = place(one.offer, after[one.offer.service_on], network, now)
        if placed is None:
            return Change(lambda _: None)
        after[one.offer.service_on] = placed
    changed = {on: day for on, day in after.items() if day is not days[on]}

    def write(session: Session) -> tuple[BookingCode, ...]:
        return _write(session, network, order, leaving, there, now)

    return Change(write, changed)


def _leaving(session: Session, days: Mapping[date, Day], order: Rebooking) -> list[BookingRow] | None:
    """The bookings that leave, in order; None when they have left already."""
    query = with_rides().where(BookingRow.code.in_(order.leaving))
    rows = {row.code: row for row in session.scalars(query)}
    if any(code not in rows or rows[code].service_on not in days for code in order.leaving):
        raise BookingNotFoundError(NOT_FOUND)
    leaving = [rows[code] for code in order.leaving if rows[code].state in IN_THE_PLAN]
    if order.leaving and len(leaving) < (len(order.leaving) if order.coming else 1):
        # what nothing can follow any more, or what has left altogether
        return None
    return leaving


def _refuse_duplicates(session: Session, coming: Sequence[Coming], ignoring: list[UUID], rules: DuplicateRules) -> None:
    for contact in {one.contact for one in coming}:
        offers = [one.offer for one in coming if one.contact == contact]
        refuse_duplicates(find_duplicates(session, contact, offers, rules, ignoring))


def without_rides(day: Day, row: BookingRow, network: Network, now: datetime) -> Day:
    """The day after a booking has left.

    Raises
    ------
    TooLateToCancelError
        A vehicle is already on its way to the rider.
    """
    request_ids = [RequestId(ride.id) for ride in row.rides]
    problem = day.problem(network.artefacts.times, not_before_s(day, network, now))
    for run in day.plan.runs.values():
        fixed = run.visits[: fixed_count(run, problem)]
        if any(visit.request_id in request_ids for visit in fixed):
            msg = "The vehicle is already on its way. Please call us."
            raise TooLateToCancelError(msg)
    plan = day.plan
    for request_id in request_ids:
        plan = remove(request_id, problem, plan)
    return day.changed(plan, {i: r for i, r in day.requests.items() if i not in request_ids})


def _write(
    session: Session,
    network: Network,
    order: Rebooking,
    leaving: Sequence[BookingRow],
    there: Mapping[str, BookingRow],
    now: datetime,
) -> tuple[BookingCode, ...]:
    """The rows of a rebooking whose days are claimed."""
    if order.first is not None:
        order.first(session)
    for index, row in enumerate(leaving):
        is_followed = index < len(order.coming)
        take_out(session, row, BookingState.CHANGED if is_followed else BookingState.CANCELLED, now)
        if not is_followed:
            note_cancellation(session, row, order.actor, now, order.free_cancel_s)
    came: list[BookingRow] = []
    for index, one in enumerate(order.coming):
        known = there.get(one.offer.id)
        if known is not None:
            came.append(known)
            continue
        row = new_booking_row(one.offer, one.contact, one.channel, now, network)
        row.state, row.code = one.state.value, one.code or row.code
        old = leaving[index] if index < len(leaving) else None
        if old is not None:
            _hand_over_code(session, old, row)
        session.add(row)
        session.flush()
        save_booker(session, row.id, one.booker)
        if old is not None:
            _follow(session, old, row, order.actor, now)
        _note_coming(session, row, "confirmed" if old is None else "changed", order.actor, now)
        came.append(row)
    if order.roles:
        _link(session, came, order.roles)
    if order.also is not None:
        order.also(session, [row.id for row in came])
    return tuple(BookingCode(row.code) for row in came) or order.leaving


def take_out(session: Session, row: BookingRow, state: BookingState, now: datetime) -> None:
    """Mark a booking that leaves the plan; what was to be told of one that is followed, or lapsed, is taken back."""
    for ride in row.rides:
        ride.is_cancelled = True
    if state is BookingState.CHANGED or row.state == BookingState.HELD:
        drop_unsent(session, row.id)
    row.state, row.cancelled_at = state.value, now


def drop_unsent(session: Session, booking_id: UUID) -> None:
    """Take back what has not been told yet: it is no longer true. Rows that are being sent right now are left."""
    unsent = select(OutboxRow.id).where(OutboxRow.booking_id == booking_id, OutboxRow.sent_at.is_(None))
    ids = session.scalars(unsent.with_for_update(skip_locked=True)).all()
    if ids:
        session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))


def note_cancellation(session: Session, row: BookingRow, actor: str, now: datetime, free_s: int) -> None:
    """Note that a booking was cancelled, how long before, whether that was late; and tell whoever has to know."""
    offer = OFFERS.validate_python(row.offer)
    before_s = (offer.rides()[0].promise.pickup_from_at - now).total_seconds()
    is_late = before_s < free_s
    session.add(
        CancellationRow(booking_id=row.id, at=now, actor=actor, minutes_before=int(before_s // 60), is_late=is_late)
    )
    queue(session, "cancelled", row.id, now, {"late": is_late})
    session.add(audit(row, "cancelled", actor, now, {"late": is_late}))


def _hand_over_code(session: Session, old: BookingRow, new: BookingRow) -> None:
    """The rider's code stays: the new booking gets it, the old one is filed under it with a number."""
    new.code = old.code
    file_code(session, old)


def file_code(session: Session, row: BookingRow) -> None:
    """Take a booking's code away, so that another may have it; it is filed under code and number."""
    filed = select(BookingRow.code).where(BookingRow.code.startswith(f"{row.code}.", autoescape=True))
    row.code = f"{row.code}.{len(session.scalars(filed).all()) + 1}"
    session.flush()


def save_booker(session: Session, booking_id: UUID, booker: Booker | None) -> None:
    """Note who ordered a booking for somebody else; once noted it stays."""
    if booker is not None:
        who = booker.contact
        values = {
            "name": who.name,
            "phone": who.phone,
            "email": who.email,
            "address": who.address,
            "language": who.language,
            "notices_to": booker.notices_to.value,
        }
        session.execute(insert(BookerRow).values(booking_id=booking_id, **values).on_conflict_do_nothing())


def _follow(session: Session, old: BookingRow, new: BookingRow, actor: str, now: datetime) -> None:
    session.add(BookingChangeRow(old_id=old.id, new_id=new.id, at=now, actor=actor))
    session.execute(update(BookingLinkRow).where(BookingLinkRow.booking_id == old.id).values(booking_id=new.id))
    session.execute(update(SeriesDateRow).where(SeriesDateRow.booking_id == old.id).values(booking_id=new.id))


def _note_coming(session: Session, row: BookingRow, action: str, actor: str, now: datetime) -> None:
    if row.state == BookingState.HELD:
        action = "held"  # whoever holds it tells the rider
    else:
        queue(session, action, row.id, now)
    session.add(audit(row, action, actor, now, {}))


def _link(session: Session, came: Sequence[BookingRow], roles: Sequence[str]) -> None:
    session.flush()
    old = delete(BookingLinkRow).where(BookingLinkRow.booking_id.in_([row.id for row in came]))
    session.execute(old)
    link_id = uuid4()
    session.add_all(
        BookingLinkRow(booking_id=row.id, link_id=link_id, position=index, role=role)
        for index, (row, role) in enumerate(zip(came, roles, strict=True))
    )


def audit(row: BookingRow, action: str, actor: str, now: datetime, details: dict[str, object]) -> AuditRow:
    """An entry of the audit trail about a booking."""
    return AuditRow(at=now, actor=actor, action=action, service_on=row.service_on, booking_id=row.id, details=details)
