"""The anonymiser: once a local day it deletes what is kept no longer, purpose by purpose, and notes how much.

What stays are stops, hours, sizes of parties, the space they needed and what became of it, so that no count changes.
Whoever adds a table with personal data adds one line to :data:`ERASURES`, and its purpose to :mod:`booking.retention`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker

from booking.district import District
from booking.life_tables import BookerRow, BookingChangeRow, CancellationRow, NoShowRow
from booking.operations_tables import DegradedModeRow
from booking.privacy_tables import PrivacyRunRow
from booking.retention import PURPOSES, Purpose
from booking.series_tables import SeriesContactRow, SeriesRow
from booking.stored_offers import anonymous, hour_of
from booking.tables import AuditRow, Base, BookingRow, ContactRow, OutboxRow, StaffSessionRow
from booking.tokens import OFFERS
from booking.waiting_tables import WaitingContactRow, WaitingRow

NOT_A_NAME = ("rider", "staff", "dispatcher", "driver", "worker", "system", "web", "phone", "api")
"""Actors of the audit trail that are nobody in particular."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class Before:
    """What is older than this is kept no longer: service days before a date, moments before its beginning."""

    on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Erasure:
    """What one table loses for one purpose.

    Parameters
    ----------
    name
        What is counted, in reports.
    booking_id
        The column that says which booking a row is about: due with it, and deleted when its rider asks for it.
    is_due
        Which rows are due, of those whose booking is (where there is one). No row may be due twice.
    values
        What their columns become; None deletes them.
    """

    name: str
    purpose: str
    table: type[Base]
    booking_id: InstrumentedAttribute[Any] | None = None
    is_due: Callable[[Before], ColumnElement[bool]] = lambda _: true()
    values: Mapping[str, Any] | None = None

    def due(self, before: Before) -> ColumnElement[bool]:
        """The rows that are kept no longer."""
        if self.booking_id is None:
            return self.is_due(before)
        old = select(BookingRow.id).where(BookingRow.service_on < before.on)
        return and_(self.booking_id.in_(old), self.is_due(before))

    def erase(self, session: Session, rows: ColumnElement[bool]) -> int:
        """Delete rows, or what is personal in them; gives how many."""
        change = delete(self.table) if self.values is None else update(self.table).values(**self.values)
        done = session.execute(change.where(rows), execution_options={"synchronize_session": False})
        return cast("CursorResult[object]", done).rowcount


def _names_of_staff(
    name: str, table: type[Base], who: InstrumentedAttribute[Any], at: InstrumentedAttribute[Any]
) -> Erasure:
    """Who did something becomes "staff" when it has been long enough."""
    return Erasure(
        name,
        "audit",
        table,
        is_due=lambda before: and_(at < before.at, who.not_in(NOT_A_NAME)),
        values={who.key: "staff"},
    )


ERASURES: tuple[Erasure, ...] = (
    Erasure("bookers", "journeys", BookerRow, BookerRow.booking_id),
    Erasure("contacts", "journeys", ContactRow, ContactRow.booking_id),
    Erasure(
        "no_shows",
        "journeys",
        NoShowRow,
        NoShowRow.booking_id,
        lambda _: NoShowRow.person.is_not(None),
        {"person": None},
    ),
    Erasure(
        "standing_orders",
        "journeys",
        SeriesContactRow,
        is_due=lambda b: SeriesContactRow.series_id.in_(select(SeriesRow.id).where(SeriesRow.last_on < b.on)),
    ),
    Erasure(
        "wishes",
        "journeys",
        WaitingContactRow,
        is_due=lambda b: WaitingContactRow.waiting_id.in_(select(WaitingRow.id).where(WaitingRow.service_on < b.on)),
    ),
    Erasure("notes", "journeys", AuditRow, AuditRow.booking_id, lambda _: AuditRow.details != {}, {"details": {}}),
    Erasure(
        "names_of_accounts",
        "audit",
        AuditRow,
        is_due=lambda b: and_(AuditRow.at < b.at, AuditRow.booking_id.is_(None), AuditRow.details.has_key("account")),
        values={"details": {}},
    ),
    Erasure("notices", "notices", OutboxRow, OutboxRow.booking_id),
    _names_of_staff("names_of_staff", AuditRow, AuditRow.actor, AuditRow.at),
    _names_of_staff("cancelled_by", CancellationRow, CancellationRow.actor, CancellationRow.at),
    _names_of_staff("changed_by", BookingChangeRow, BookingChangeRow.actor, BookingChangeRow.at),
    _names_of_staff("no_shows_recorded_by", NoShowRow, NoShowRow.recorded_by, NoShowRow.recorded_at),
    _names_of_staff("no_shows_corrected_by", NoShowRow, NoShowRow.corrected_by, NoShowRow.corrected_at),
    _names_of_staff("switched_on_by", DegradedModeRow, DegradedModeRow.switched_on_by, DegradedModeRow.switched_on_at),
    _names_of_staff(
        "switched_off_by", DegradedModeRow, DegradedModeRow.switched_off_by, DegradedModeRow.switched_off_at
    ),
    Erasure("logins", "logins", StaffSessionRow, is_due=lambda b: StaffSessionRow.expires_at < b.at),
)
"""In the order in which they are done; bookings themselves are made anonymous before all of them."""


@dataclass(frozen=True, slots=True)
class PurposeReport:
    """What is kept for a purpose, and what of it is due, by the name of the erasure."""

    purpose: Purpose
    days: int
    due: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PrivacyReport:
    """What is due now, and what was deleted lately (newest first)."""

    purposes: tuple[PurposeReport, ...]
    runs: tuple[tuple[date, Mapping[str, int]], ...]


def anonymise_if_due(
    sessions: sessionmaker[Session], district: District, on: date, now: datetime
) -> Mapping[str, int] | None:
    """The day's run, all of it or nothing; None if it was done already, by whichever worker."""
    with sessions.begin() as session:
        claim = insert(PrivacyRunRow).values(on=on, at=now, counts={}).on_conflict_do_nothing()
        if session.scalar(claim.returning(PrivacyRunRow.on)) is None:
            return None
        counts = anonymise(session, district, on, now)
        session.execute(update(PrivacyRunRow).where(PrivacyRunRow.on == on).values(counts=counts))
    return counts


def anonymise_now(sessions: sessionmaker[Session], district: District, on: date, now: datetime) -> Mapping[str, int]:
    """A run between two days' runs, or instead of today's: what it deletes is added to today's counts."""
    with sessions.begin() as session:
        counts = anonymise(session, district, on, now)
        row = session.get(PrivacyRunRow, on) or PrivacyRunRow(on=on, counts={})
        row.at, row.counts = now, {name: number + row.counts.get(name, 0) for name, number in counts.items()}
        session.add(row)
    return counts


def anonymise(session: Session, district: District, on: date, now: datetime) -> dict[str, int]:
    """Delete what is due on a date. Gives how many rows each erasure changed; doing it again changes nothing."""
    befores = {purpose.name: _before(purpose, district, on, now) for purpose in PURPOSES}
    counts = {"bookings": _anonymise_old_bookings(session, district, befores["journeys"], on)}
    for erasure in ERASURES:
        counts[erasure.name] = erasure.erase(session, erasure.due(befores[erasure.purpose]))
    return counts


def anonymise_bookings(session: Session, district: District, ids: Collection[UUID], on: date) -> dict[str, int]:
    """Make single bookings anonymous now, whatever their age, with all that is kept about them."""
    rows = session.scalars(select(BookingRow).where(BookingRow.id.in_(ids))).all()
    for row in rows:
        _make_anonymous(row, district, on)
    session.flush()
    counts = {"bookings": len(rows)}
    for erasure in ERASURES:
        if erasure.booking_id is not None:
            counts[erasure.name] = erasure.erase(session, erasure.booking_id.in_(ids))
    return counts


def report(session: Session, district: District, on: date, now: datetime, *, runs: int = 7) -> PrivacyReport:
    """What is kept, what is due, what was deleted lately: counts only."""
    purposes = []
    for purpose in PURPOSES:
        before = _before(purpose, district, on, now)
        due = {e.name: _count(session, e, before) for e in ERASURES if e.purpose == purpose.name}
        purposes.append(PurposeReport(purpose, district.retention.days_of(purpose), due))
    rows = session.scalars(select(PrivacyRunRow).order_by(PrivacyRunRow.on.desc()).limit(runs))
    return PrivacyReport(tuple(purposes), tuple((row.on, row.counts) for row in rows))


def _before(purpose: Purpose, district: District, on: date, now: datetime) -> Before:
    days = district.retention.days_of(purpose)
    oldest = on - timedelta(days=days)
    at = datetime.combine(oldest, time(), district.zone).astimezone(UTC)
    return Before(oldest, min(at, now) if days else now)


def _count(session: Session, erasure: Erasure, before: Before) -> int:
    return session.scalar(select(func.count()).select_from(erasure.table).where(erasure.due(before))) or 0


def _anonymise_old_bookings(session: Session, district: District, before: Before, on: date) -> int:
    done = 0
    due = select(BookingRow).where(BookingRow.service_on < before.on, BookingRow.anonymised_on.is_(None)).limit(BATCH)
    while rows := session.scalars(due).all():
        for row in rows:
            _make_anonymous(row, district, on)
        session.flush()
        session.expunge_all()
        done += len(rows)
    return done


def _make_anonymous(row: BookingRow, district: District, on: date) -> None:
    """Nothing in a booking leads to a person any more: its code is gone, its times are full hours, its ends stops."""
    row.code = f"gone-{row.id}"
    row.booked_at = hour_of(row.booked_at)
    row.cancelled_at = None if row.cancelled_at is None else hour_of(row.cancelled_at)
    row.offer = _anonymous_json(row.offer, district)
    row.anonymised_on = on


def _anonymous_json(kept: dict[str, Any], district: District) -> dict[str, Any]:
    try:
        offer = OFFERS.validate_python(kept)
    except ValidationError:
        return {}  # of an older program that we cannot read any more: nothing of it is worth the risk
    return cast("dict[str, Any]", OFFERS.dump_python(anonymous(offer, district), mode="json"))
