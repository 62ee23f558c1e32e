"""Rider and vehicle did not meet: recorded with whose fault it was, corrected by a dispatcher, counted by person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.bookings import with_rides
from booking.contact_keys import contact_hash
from booking.errors import BookingNotFoundError, CallFirstError, NotChangeableError
from booking.life_tables import NoShowRow
from booking.model import BookingId, BookingState, Contact, Explanation
from booking.no_show_rule import refuse_after_no_shows
from booking.notices import queue
from booking.rulebook import Rules
from booking.tables import AuditRow, BookingRow
from booking.tokens import OFFERS

if TYPE_CHECKING:
    from booking.operation import Operation


class Fault(StrEnum):
    """Through whose fault rider and vehicle did not meet."""

    RIDER = "rider"
    DRIVER = "driver"
    SERVICE = "service"
    """The vehicle came outside of the promised window, or to another place."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Standing:
    """How often somebody did not come by their own fault lately, and whether the desk has to talk with them first."""

    count: int
    must_call: bool


class NoShows:
    """No-shows of the service."""

    def __init__(self, operation: "Operation") -> None:
        self._operation = operation

    def record(self, booking_id: BookingId, fault: Fault, actor: str) -> None:
        """Record a no-show, or correct whose fault it was: the last word counts, and both stand in the audit trail.

        Raises
        ------
        BookingNotFoundError
            There is no such booking.
        NotChangeableError
            It was cancelled or changed, or its promised pickup has not begun.
        """
        now = self._operation.clock()
        with self._operation.database.sessions.begin() as session:
            row = session.scalar(with_rides().where(BookingRow.id == _uuid(booking_id)))
            if row is None:
                msg = "There is no such booking."
                raise BookingNotFoundError(msg)
            _refuse_unmet(row, now)
            self._save(session, row, fault, actor, now)
            details = {"fault": fault.value}
            session.add(
                AuditRow(
                    at=now, actor=actor, action="no_show", service_on=row.service_on, booking_id=row.id, details=details
                )
            )
            queue(session, "no_show", row.id, now, details, dedupe_key=f"no_show/{row.id}")

    def _save(self, session: Session, row: BookingRow, fault: Fault, actor: str, now: datetime) -> None:
        who = row.contact
        person = None if who is None else self._person(Contact(who.name, who.phone, who.email))
        first = insert(NoShowRow).values(
            booking_id=row.id,
            service_on=row.service_on,
            fault=fault.value,
            recorded_at=now,
            recorded_by=actor,
            person=person,
        )
        corrected = {"fault": fault.value, "corrected_at": now, "corrected_by": actor}
        session.execute(first.on_conflict_do_update(index_elements=[NoShowRow.booking_id], set_=corrected))

    def standing(self, contact: Contact) -> Standing:
        """How somebody stands with today's no-show policy. Whoever left no contact details has a clean sheet."""
        today = self._operation.today()
        rules = self._operation.district.rulebook.rules_on(today)
        missed_on = self._missed_on(contact)
        since = today - timedelta(days=rules.orders.no_show.within_days)
        return Standing(sum(on > since for on in missed_on), must_call=self._against(missed_on, rules) is not None)

    def check(self, contact: Contact, rules: Rules) -> None:
        """Whether somebody may book without having talked with the desk.

        Raises
        ------
        CallFirstError
            They did not come too often lately.
        """
        if not rules.orders.no_show.max_no_shows:
            return
        against = self._against(self._missed_on(contact), rules)
        if against is not None:
            msg = "Several rides were booked and nobody came. Please call the desk to book."
            raise CallFirstError(msg, against)

    def _against(self, missed_on: Sequence[date], rules: Rules) -> Explanation | None:
        phone = self._operation.district.contact.phone
        return refuse_after_no_shows(missed_on, self._operation.today(), rules, phone=phone, has_override=False)

    def _missed_on(self, contact: Contact) -> tuple[date, ...]:
        """The service days on which somebody did not come by their own fault, as far as they are not forgotten."""
        person = self._person(contact)
        if person is None:
            return ()
        query = select(NoShowRow.service_on).where(NoShowRow.person == person, NoShowRow.fault == Fault.RIDER.value)
        with self._operation.database.sessions() as session:
            return tuple(session.scalars(query))

    def forget(self) -> int:
        """Forget who it was where the time is over; gives how many. The counts by fault stay."""
        today = self._operation.today()
        since = today - timedelta(days=self._operation.district.rulebook.rules_on(today).orders.no_show.within_days)
        over = update(NoShowRow).where(NoShowRow.service_on <= since, NoShowRow.person.is_not(None))
        with self._operation.database.sessions.begin() as session:
            forgotten = session.scalars(over.values(person=None).returning(NoShowRow.booking_id)).all()
        return len(forgotten)

    def _person(self, contact: Contact) -> str | None:
        return contact_hash(contact, self._operation.settings.secret.get_secret_value())


def _uuid(booking_id: BookingId) -> UUID | None:
    try:
        return UUID(booking_id)
    except ValueError:
        return None


def _refuse_unmet(row: BookingRow, now: datetime) -> None:
    """Nobody is missed who had cancelled, or who is not expected yet."""
    promise = OFFERS.validate_python(row.offer).rides()[0].promise
    if row.state != BookingState.CONFIRMED or now < promise.pickup_from_at:
        msg = "Nobody is expected: the booking does not stand, or its pickup has not begun."
        raise NotChangeableError(msg)
