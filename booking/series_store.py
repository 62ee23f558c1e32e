"""Between standing orders as values and their tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from booking.bookings import new_code, read_code
from booking.errors import BookingNotFoundError
from booking.model import BookingCode, BookingState, Enquiry
from booking.people import People, enquiry_json, enquiry_of, people_json, people_of
from booking.series_dates import HolidayRule, SeriesRule
from booking.series_tables import SeriesContactRow, SeriesDateRow, SeriesRow
from booking.tables import BookingRow


@dataclass(frozen=True, slots=True)
class SeriesDate:
    """One date of a series: booked, open (with the reason why), or skipped.

    ``code`` and ``booking_state`` are those of its booking: a date may be booked and cancelled since.
    """

    on: date
    state: str
    reason: str = ""
    code: BookingCode | None = None
    booking_state: BookingState | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A standing order as it stands, with the dates decided so far."""

    id: UUID
    code: BookingCode
    rule: SeriesRule
    dates: tuple[SeriesDate, ...]
    replaces_id: UUID | None


@dataclass(frozen=True, slots=True)
class Template:
    """What is asked for on each date, and for whom. The time of ``enquiry`` is that of its first date."""

    enquiry: Enquiry
    people: People


def save_series(
    session: Session, rule: SeriesRule, template: Template, now: datetime, replaces_id: UUID | None = None
) -> SeriesRow:
    """Write a new series; its dates are decided afterwards."""
    row = SeriesRow(
        id=uuid4(),
        code=new_code(),
        weekdays="".join(str(day) for day in sorted(rule.weekdays)),
        single_dates=" ".join(on.isoformat() for on in sorted(rule.single_dates)),
        first_on=rule.first_on,
        last_on=rule.last_on,
        public_holidays=rule.public_holidays.value,
        school_holidays=rule.school_holidays.value,
        wished_s=rule.wished_s,
        back_s=rule.back_s,
        earlier_s=rule.earlier_s,
        later_s=rule.later_s,
        suspended_from=rule.suspended_from,
        suspended_to=rule.suspended_to,
        replaces_id=replaces_id,
        created_at=now,
        contact=SeriesContactRow(people=people_json(template.people), enquiry=enquiry_json(template.enquiry)),
    )
    session.add(row)
    session.flush()
    return row


def get_row(session: Session, code: BookingCode) -> SeriesRow:
    """The row of a series by its code.

    Raises
    ------
    BookingNotFoundError
        There is none.
    """
    query = select(SeriesRow).where(SeriesRow.code == read_code(code)).options(selectinload(SeriesRow.contact))
    row = session.scalar(query)
    if row is None:
        msg = "There is no standing order with this code. Please check the code on your confirmation."
        raise BookingNotFoundError(msg)
    return row


def rule_of(row: SeriesRow) -> SeriesRule:
    """The rule of a series."""
    return SeriesRule(
        first_on=row.first_on,
        wished_s=row.wished_s,
        weekdays=frozenset(int(digit) for digit in row.weekdays),
        single_dates=frozenset(date.fromisoformat(text) for text in row.single_dates.split()),
        last_on=row.last_on,
        public_holidays=HolidayRule(row.public_holidays),
        school_holidays=HolidayRule(row.school_holidays),
        back_s=row.back_s,
        earlier_s=row.earlier_s,
        later_s=row.later_s,
        suspended_from=row.suspended_from,
        suspended_to=row.suspended_to,
    )


def template_of(row: SeriesRow) -> Template | None:
    """What a series asks for; None when it has ended and its people are forgotten."""
    if row.contact is None:
        return None
    return Template(enquiry_of(row.contact.enquiry), people_of(row.contact.people))


def series_of(session: Session, row: SeriesRow) -> Series:
    """A series with its dates, in order."""
    found = session.execute(
        select(SeriesDateRow, BookingRow.code, BookingRow.state)
        .outerjoin(BookingRow, BookingRow.id == SeriesDateRow.booking_id)
        .where(SeriesDateRow.series_id == row.id)
        .order_by(SeriesDateRow.service_on)
    )
    dates = tuple(
        SeriesDate(
            on=one.service_on,
            state=one.state,
            reason=one.reason,
            code=BookingCode(code) if one.booking_id else None,
            booking_state=BookingState(state) if one.booking_id else None,
        )
        for one, code, state in found
    )
    return Series(row.id, BookingCode(row.code), rule_of(row), dates, row.replaces_id)


def dates_of(session: Session, series_id: UUID, from_on: date, to_on: date | None = None) -> Sequence[SeriesDateRow]:
    """The decided dates of a series in a span, both ends inclusive."""
    query = select(SeriesDateRow).where(SeriesDateRow.series_id == series_id, SeriesDateRow.service_on >= from_on)
    if to_on is not None:
        query = query.where(SeriesDateRow.service_on <= to_on)
    return session.scalars(query.order_by(SeriesDateRow.service_on)).all()
