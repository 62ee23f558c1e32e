"""Who decided what and when, to be looked up. Of riders, an entry says the code of their booking and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.bookings import read_code
from booking.model import BookingCode
from booking.tables import AuditRow, BookingRow
from gtfs.service_day import ServiceDay

PAGE = 100


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One decision.

    Parameters
    ----------
    id
        Grows with time: the page before this one ends there.
    service_on
        The day it is about, where it is about one.
    """

    id: int
    at: datetime
    actor: str
    action: str
    service_on: date | None
    code: BookingCode | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries are looked for; what is left empty is not asked.

    Parameters
    ----------
    about
        The service day they are about.
    on
        The day on which they were made.
    by_people
        Without those of the service's own programs.
    before_id
        Only older ones.
    """

    about: date | None = None
    on: ServiceDay | None = None
    code: BookingCode | None = None
    action: str = ""
    by_people: bool = False
    before_id: int | None = None


PROGRAMS = ("worker", "waiting list", "improver", "series")


def list_entries(session: Session, query: AuditQuery) -> tuple[AuditEntry, ...]:
    """What was decided, the newest first; at most ``PAGE``."""
    found = select(AuditRow, BookingRow.code).join(BookingRow, BookingRow.id == AuditRow.booking_id, isouter=True)
    if query.about is not None:
        found = found.where(AuditRow.service_on == query.about)
    if query.on is not None:
        begins = query.on.at(0)
        found = found.where(AuditRow.at >= begins, AuditRow.at < begins + timedelta(days=1))
    if query.code is not None:
        found = found.where(BookingRow.code == read_code(query.code))
    if query.action:
        found = found.where(AuditRow.action == query.action)
    if query.by_people:
        found = found.where(AuditRow.actor.not_in(PROGRAMS))
    if query.before_id is not None:
        found = found.where(AuditRow.id < query.before_id)
    entries = []
    for row, code in session.execute(found.order_by(AuditRow.id.desc()).limit(PAGE)):
        about = None if row.booking_id is None else BookingCode(code)
        entries.append(AuditEntry(row.id, row.at, row.actor, row.action, row.service_on, about, row.details))
    return tuple(entries)


def list_actions(session: Session) -> Sequence[str]:
    """The names of all decisions there are, for choosing from."""
    return session.scalars(select(AuditRow.action).distinct().order_by(AuditRow.action)).all()
