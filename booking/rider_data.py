"""What a rider may ask of us: all data about their bookings, or that it is deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from booking import privacy
from booking.bookings import linked_codes, read_code
from booking.enquiry_search import Network
from booking.errors import BookingNotFoundError
from booking.life_tables import BookerRow, BookingChangeRow, CancellationRow, NoShowRow
from booking.model import IN_THE_PLAN, BookingCode, Contact
from booking.people import people_of
from booking.privacy import PrivacyReport
from booking.retention import PURPOSES
from booking.series_tables import SeriesContactRow, SeriesRow
from booking.stored_offers import offer_of
from booking.tables import AuditRow, Base, BookingRow, ContactRow, OutboxRow
from booking.tokens import OFFERS
from booking.waiting_tables import WaitingContactRow, WaitingRow
from gtfs.service_day import ServiceDay

if TYPE_CHECKING:
    from booking.operation import Operation

NOT_FOUND = "There is no booking with this code and this phone number or e-mail address. Please check both."
"""The same sentence for either, so that nobody learns which of them was right."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """What became of a request to be forgotten: bookings, how many of them were still to come, and what else ended."""

    bookings: int
    cancelled: int
    standing_orders: int
    wishes: int


class Privacy:
    """Reports, nightly run, and what riders may ask of us. Safe to use from several threads."""

    def __init__(self, operation: "Operation") -> None:
        self._operation = operation
        self._sessions, self._network = operation.database.sessions, operation.network
        self._clock, self._today = operation.clock, operation.today
        self._done_on: date | None = None

    def report(self) -> PrivacyReport:
        """What is kept, what is due, what was deleted lately: counts only."""
        with self._sessions() as session:
            return privacy.report(session, self._network.district, self._today(), self._clock())

    def run(self) -> Mapping[str, int]:
        """Delete what is due, now, whether or not the day's run has been."""
        return privacy.anonymise_now(self._sessions, self._network.district, self._today(), self._clock())

    def run_if_due(self) -> Mapping[str, int] | None:
        """The day's run; None if it was done already, by this worker or another."""
        on = self._today()
        if self._done_on == on:
            return None
        counts = privacy.anonymise_if_due(self._sessions, self._network.district, on, self._clock())
        self._done_on = on
        return counts

    def export(self, code: BookingCode, reached_by: str | None) -> dict[str, Any]:
        """All that is kept about a booking, and about every other of the same contact.

        Parameters
        ----------
        reached_by
            The phone number or e-mail address as it was given (or the name, where neither was); None for staff, who
            have made sure by other means.

        Raises
        ------
        BookingNotFoundError
            There is no booking with both.
        """
        with self._sessions() as session:
            rows = _rows_of_contact(session, code, reached_by)
            return export_rows(session, rows, self._network, self._clock(), with_orders=reached_by is None)

    def delete(self, code: BookingCode, reached_by: str | None, *, actor: str = "rider") -> Deletion:
        """Cancel what is to come of a booking, then make it anonymous, with what was booked in one step with it.

        For staff, who know whom they talk to: every other booking of the same contact as well, and its standing orders
        and wishes on the waiting list end.

        Parameters
        ----------
        reached_by
            As for :meth:`export`.

        Raises
        ------
        BookingNotFoundError
            There is no booking with both.
        TooLateToCancelError
            A vehicle is on its way: nothing is deleted until the ride is over.
        """
        with self._sessions() as session:
            rows = _rows_of_contact(session, code, reached_by)
            contact = _contact_of(rows)
            series = _series_of(session, contact) if reached_by is None else []
            wishes = _wishes_of(session, contact) if reached_by is None else []
        to_come = [row for row in rows if row.state in IN_THE_PLAN and self._is_to_come(row)]
        # The first ride first: if its vehicle is on the way, nothing has been cancelled yet.
        for row in sorted(to_come, key=lambda row: (row.service_on, min(ride.pickup_from_s for ride in row.rides))):
            self._operation.cancel(BookingCode(row.code), actor=actor)
        for standing in series:
            self._operation.series.end(BookingCode(standing.code), self._today(), actor=actor)
        for wish in wishes:
            self._operation.waiting_list.withdraw(BookingCode(wish.code))
        self._forget([row.id for row in rows], [standing.id for standing in series], actor)
        return Deletion(len(rows), len(to_come), len(series), len(wishes))

    def _forget(self, ids: Sequence[UUID], series_ids: Sequence[UUID], actor: str) -> None:
        with self._sessions.begin() as session:
            counts = privacy.anonymise_bookings(session, self._network.district, ids, self._today())
            session.execute(delete(SeriesContactRow).where(SeriesContactRow.series_id.in_(series_ids)))
            now = self._clock()
            session.add_all(
                AuditRow(at=now, actor=actor, action="anonymised", booking_id=booking_id, details={})
                for booking_id in ids
            )
            session.add(AuditRow(at=now, actor=actor, action="deletion", details=counts))

    def _is_to_come(self, row: BookingRow) -> bool:
        """Whether a ride of the booking is not over yet, by the promises."""
        day = ServiceDay(row.service_on, self._network.district.zone)
        return any(day.at(ride.dropoff_to_s) > self._clock() for ride in row.rides if not ride.is_cancelled)


def _rows_of_contact(session: Session, code: BookingCode, reached_by: str | None) -> list[BookingRow]:
    """The booking and, for riders, what was booked in one step with it; for staff, all of the same contact.

    Anybody can book in the name and with the number of somebody else. So the code of one booking opens no other one.
    """
    loaded = select(BookingRow).options(selectinload(BookingRow.rides), selectinload(BookingRow.contact))
    row = session.scalar(loaded.where(BookingRow.code == read_code(code)))
    if row is None or row.contact is None or not (reached_by is None or is_reached_by(row.contact, reached_by)):
        raise BookingNotFoundError(NOT_FOUND)
    contact = row.contact
    if reached_by is not None:
        codes = linked_codes(session, row.id)
        return [row, *session.scalars(loaded.where(BookingRow.code.in_(codes)).order_by(BookingRow.code))]
    if not (contact.phone or contact.email):
        return [row]  # a name alone may be anybody's
    same = select(ContactRow.booking_id).where(
        ContactRow.name == contact.name, ContactRow.phone == contact.phone, ContactRow.email == contact.email
    )
    return list(session.scalars(loaded.where(BookingRow.id.in_(same)).order_by(BookingRow.booked_at)))


def _contact_of(rows: Sequence[BookingRow]) -> Contact:
    kept = next(row.contact for row in rows if row.contact is not None)
    return Contact(kept.name, kept.phone, kept.email)


def _is_same(one: Contact, other: Contact) -> bool:
    """Whether two orders are by the same contact, whatever else was said of it."""
    return (one.name, one.phone, one.email) == (other.name, other.phone, other.email)


def _series_of(session: Session, contact: Contact) -> list[SeriesRow]:
    """Standing orders of a contact that are not over; a name alone may be anybody's."""
    if not (contact.phone or contact.email):
        return []
    rows = session.scalars(select(SeriesRow).join(SeriesContactRow).options(selectinload(SeriesRow.contact)))
    return [row for row in rows if row.contact is not None and _is_same(people_of(row.contact.people).contact, contact)]


def _wishes_of(session: Session, contact: Contact) -> list[WaitingRow]:
    """Wishes of a contact on the waiting list."""
    if not (contact.phone or contact.email):
        return []
    rows = session.scalars(select(WaitingRow).join(WaitingContactRow).options(selectinload(WaitingRow.contact)))
    return [row for row in rows if row.contact is not None and _is_same(people_of(row.contact.people).contact, contact)]


def is_reached_by(contact: ContactRow, text: str) -> bool:
    """Whether a contact gave this phone number or e-mail address; its name, where it gave neither."""
    given = text.strip()
    if not given:
        return False
    if contact.email and contact.email.casefold() == given.casefold():
        return True
    if contact.phone:
        return bool(phone_digits(given)) and phone_digits(contact.phone) == phone_digits(given)
    return not contact.email and contact.name.casefold() == given.casefold()


def phone_digits(phone: str) -> str:
    """The digits of a phone number, with a German country code read as 0."""
    kept = "".join(sign for sign in phone if sign.isdecimal())
    if kept.startswith("0049"):
        return "0" + kept.removeprefix("0049")
    return "0" + kept.removeprefix("49") if phone.strip().startswith("+49") else kept


def export_rows(
    session: Session, rows: Sequence[BookingRow], network: Network, now: datetime, *, with_orders: bool
) -> dict[str, Any]:
    """All that is kept about some bookings, as JSON that programs can read.

    Parameters
    ----------
    with_orders
        And standing orders and wishes of their contact.
    """
    district = network.district
    contact = _contact_of(rows)
    series = _series_of(session, contact) if with_orders else []
    wishes = _wishes_of(session, contact) if with_orders else []
    return {
        "service": district.name,
        "operator": district.contact.operator,
        "exported_at": now.isoformat(),
        "kept_for": [
            {
                "purpose": purpose.name,
                "days": district.retention.days_of(purpose),
                "kept": purpose.kept,
                "needed_for": purpose.needed_for,
            }
            for purpose in PURPOSES
        ],
        "bookings": [_booking_json(session, row, network) for row in rows],
        "standing_orders": [
            {**_columns_json(row), **_columns_json(row.contact)} for row in series if row.contact is not None
        ],
        "wishes": [{**_columns_json(row), **_columns_json(row.contact)} for row in wishes if row.contact is not None],
    }


def _booking_json(session: Session, row: BookingRow, network: Network) -> dict[str, Any]:
    contact = row.contact
    offer = offer_of(row)
    journeys = next(purpose for purpose in PURPOSES if purpose.name == "journeys")
    kept_until = row.service_on + timedelta(days=network.district.retention.days_of(journeys))
    notices = session.scalars(select(OutboxRow).where(OutboxRow.booking_id == row.id).order_by(OutboxRow.id))
    notes = session.scalars(select(AuditRow).where(AuditRow.booking_id == row.id).order_by(AuditRow.id))
    return {
        "id": str(row.id),
        "code": row.code,
        "state": row.state,
        "channel": row.channel,
        "service_on": row.service_on.isoformat(),
        "booked_at": row.booked_at.isoformat(),
        "cancelled_at": None if row.cancelled_at is None else row.cancelled_at.isoformat(),
        "kept_until": kept_until.isoformat(),
        "contact": None if contact is None else {name: getattr(contact, name) for name in _CONTACT},
        "offer": OFFERS.dump_python(offer, mode="json"),
        "rides": [_columns_json(ride) for ride in row.rides],
        "life": [
            {"what": table.__tablename__, **_columns_json(found)}
            for table, key in _LIFE
            for found in session.scalars(select(table).where(key == row.id))
        ],
        "notices": [_columns_json(notice) for notice in notices],
        "notes": [_columns_json(note) for note in notes],
    }


_CONTACT = ("name", "phone", "email", "address", "language")
_LIFE: tuple[tuple[type[Base], Any], ...] = (
    (BookerRow, BookerRow.booking_id),
    (BookingChangeRow, BookingChangeRow.new_id),
    (CancellationRow, CancellationRow.booking_id),
    (NoShowRow, NoShowRow.booking_id),
)
"""What else is kept about a booking, each with the column that names it."""
_WHO_ACTED = ("actor", "recorded_by", "corrected_by")
_NOT_FOR_RIDERS = ("person",)
"""A keyed hash says nothing to anybody."""


def _columns_json(row: Base) -> dict[str, Any]:
    """Every column of a row, so that nothing is forgotten when one is added; staff stay out of what riders get."""
    values = {c.key: getattr(row, c.key) for c in row.__table__.columns if c.key not in _NOT_FOR_RIDERS}
    for key in _WHO_ACTED:
        if values.get(key) is not None and values[key] not in privacy.NOT_A_NAME:
            values[key] = "staff"
    return {
        key: value if isinstance(value, str | int | dict | bool | None) else str(value) for key, value in values.items()
    }
