"""One date of a standing order is decided: booked, or open with its reason."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.answering import answerer_with, nearest_offer, way_back
from booking.bookings import linked_codes, place, with_rides
from booking.day import Day
from booking.errors import DuplicateBookingError, TooLateToCancelError
from booking.journeys import Answerer
from booking.model import IN_THE_PLAN, Answer, BookingCode, Enquiry, Offer
from booking.notices import queue
from booking.rebooking import Coming, Rebooking, rebook, without_rides
from booking.series_dates import SeriesRule
from booking.series_store import Template
from booking.series_tables import SeriesDateRow
from booking.tables import BookingRow
from booking.waiting_store import HOPELESS

if TYPE_CHECKING:
    from booking.operation import Operation

ACTOR = "series"
TAKEN, DUPLICATE, KEPT = "taken", "duplicate", "kept"
TRIES = 2


@dataclass(frozen=True, slots=True)
class Undecided:
    """A date of a series that is to be decided."""

    series_id: UUID
    on: date
    rule: SeriesRule
    template: Template
    replaces_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Old:
    """What the series that came before has booked on the date: it gives way, or stays where the new does not fit."""

    booking_id: UUID
    codes: tuple[BookingCode, ...]


class _DecidedError(Exception):
    """Somebody else has decided the date; the transaction is rolled back."""


def decide_date(operation: "Operation", what: Undecided) -> bool:
    """Book a date or say why not; gives whether it is booked now. Deciding again changes nothing that stands."""
    service_day = operation.service_day(what.on)
    wished_at = service_day.at(what.rule.wished_s)
    now = operation.clock()
    horizon = timedelta(days=operation.district.rulebook.rules_on(what.on).horizon_days)
    if wished_at <= now or wished_at > now + horizon:
        return False
    enquiry = replace(what.template.enquiry, wished_at=wished_at)
    old = _old(operation, what)
    reason = TAKEN
    try:
        for _ in range(TRIES):
            found = _offers(operation, what, enquiry, old)
            if isinstance(found, str):
                reason = found
                break
            if _book(operation, what, found, old):
                return True
    except DuplicateBookingError:
        reason = DUPLICATE
    except TooLateToCancelError:
        reason = KEPT
    except _DecidedError:
        return False
    with suppress(_DecidedError):
        _leave_open(operation, what, enquiry, old, reason)
    return False


def _old(operation: "Operation", what: Undecided) -> _Old | None:
    if what.replaces_id is None:
        return None
    with operation.database.sessions() as session:
        booking = session.scalar(
            select(BookingRow)
            .join(SeriesDateRow, SeriesDateRow.booking_id == BookingRow.id)
            .where(SeriesDateRow.series_id == what.replaces_id, SeriesDateRow.service_on == what.on)
        )
        if booking is None or booking.state not in IN_THE_PLAN:
            return None
        return _Old(booking.id, (BookingCode(booking.code), *linked_codes(session, booking.id)))


def _offers(operation: "Operation", what: Undecided, enquiry: Enquiry, old: _Old | None) -> tuple[Offer, ...] | str:
    """The nearest offer for the way out, and for the way back after it; else the reason why there is none."""
    rule, now = what.rule, operation.clock()
    altered = {} if old is None else _days_without(operation, old)
    answerer = answerer_with(operation.answerer, altered)
    answer = answerer.answer(enquiry, now)
    out = nearest_offer(answer, enquiry, rule.earlier_s, rule.later_s)
    if out is None:
        return _reason(answer)
    if rule.back_s is None:
        return (out,)
    wish = replace(way_back(out, timedelta()), wished_at=operation.service_day(what.on).at(rule.back_s))
    day = place(out, answerer.days(operation.service_day(out.service_on)), operation.network, now)
    if day is None:
        return TAKEN
    back_answer = _with(answerer, day).answer(wish, now)
    back = nearest_offer(back_answer, wish, rule.earlier_s, rule.later_s)
    if back is None:
        return _reason(back_answer)
    return (out, back) if back.departure_at >= out.arrival_at else TAKEN


def _with(answerer: Answerer, day: Day) -> Answerer:
    return answerer_with(answerer, {day.service_day.on: day})


def _reason(answer: Answer) -> str:
    """Why nothing was booked: the refusal's reason; where a line or a ride farther off was offered, none is free."""
    if answer.refusal is not None:
        return answer.refusal.explanation.reason.value
    return answer.notes[0].reason.value if answer.notes else "no_vehicle_free"


def _days_without(operation: "Operation", old: _Old) -> dict[date, Day]:
    altered: dict[date, Day] = {}
    with operation.database.sessions() as session:
        for row in session.scalars(with_rides().where(BookingRow.code.in_(old.codes))):
            if row.state in IN_THE_PLAN:
                day = altered.get(row.service_on) or operation.answerer.days(operation.service_day(row.service_on))
                altered[row.service_on] = without_rides(day, row, operation.network, operation.clock())
    return altered


def _book(operation: "Operation", what: Undecided, offers: Sequence[Offer], old: _Old | None) -> bool:
    people = what.template.people
    coming = tuple(Coming(offer, people.contact, offer.enquiry.channel, people.booker) for offer in offers)

    def decide(session: Session, ids: Sequence[UUID]) -> None:
        if old is not None:
            _forget_old(session, what)
        _save(session, operation, what, "booked", "", booking_id=ids[0])

    order = Rebooking(
        ACTOR,
        leaving=() if old is None else old.codes,
        coming=coming,
        roles=("out", "back") if len(coming) > 1 else (),
        duplicates=operation.life_rules(offers[0].service_on).duplicates,
        also=decide,
    )
    return rebook(operation.writer, order) is not None


def _leave_open(operation: "Operation", what: Undecided, enquiry: Enquiry, old: _Old | None, reason: str) -> None:
    """Say that a date could not be booked; a wish that may still be met goes on the waiting list."""
    with operation.database.sessions.begin() as session:
        known = session.get(SeriesDateRow, (what.series_id, what.on))
        if known is not None:
            return
        if old is not None:
            # The old ride is better than none: it stays, and belongs to the new series now.
            _forget_old(session, what)
            _save(session, operation, what, "booked", KEPT, booking_id=old.booking_id)
            _tell(session, operation, what, reason)
            return
        may_wait = what.rule.back_s is None and reason != DUPLICATE and reason not in {r.value for r in HOPELESS}
        waiting_id = None
        if may_wait:
            rule, people = what.rule, what.template.people
            wish = operation.waiting_list.add(
                session, enquiry, people, earlier_s=rule.earlier_s, later_s=rule.later_s, books_at_once=True
            )
            waiting_id = wish.id
        _save(session, operation, what, "open", reason, waiting_id=waiting_id)
        _tell(session, operation, what, reason)


def _forget_old(session: Session, what: Undecided) -> None:
    """The date leaves the series that came before: each booking belongs to one series."""
    session.execute(
        delete(SeriesDateRow).where(SeriesDateRow.series_id == what.replaces_id, SeriesDateRow.service_on == what.on)
    )


def _save(
    session: Session,
    operation: "Operation",
    what: Undecided,
    state: str,
    reason: str,
    *,
    booking_id: UUID | None = None,
    waiting_id: UUID | None = None,
) -> None:
    """Write what became of a date; only an open one may still become booked."""
    values: dict[str, object] = {"state": state, "reason": reason, "booking_id": booking_id, "waiting_id": waiting_id}
    values["decided_at"] = operation.clock()
    row = insert(SeriesDateRow).values(series_id=what.series_id, service_on=what.on, **values)
    saved = row.on_conflict_do_update(
        index_elements=["series_id", "service_on"], set_=values, where=SeriesDateRow.state == "open"
    ).returning(SeriesDateRow.series_id)
    if session.scalar(saved.execution_options(synchronize_session=False)) is None:
        raise _DecidedError


def _tell(session: Session, operation: "Operation", what: Undecided, reason: str) -> None:
    """Tell of an open date by the latest booking of the series; whoever orders the series sees it at once."""
    ids = (what.series_id, what.replaces_id) if what.replaces_id is not None else (what.series_id,)
    booking_id = session.scalar(
        select(SeriesDateRow.booking_id)
        .where(SeriesDateRow.series_id.in_(ids), SeriesDateRow.booking_id.is_not(None))
        .order_by(SeriesDateRow.decided_at.desc())
        .limit(1)
    )
    if booking_id is not None:
        params = {"open_on": what.on.isoformat(), "reason": reason}
        key = f"series/{what.series_id}/{what.on}"
        queue(session, "waiting_list", booking_id, operation.clock(), params, dedupe_key=key)
