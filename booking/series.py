"""Standing orders: a rule of dates, each date booked by the same path as any other wish once it can be ordered.

Every date is decided once: booked, open with its reason, or skipped. Whoever runs this again, or in two processes at
once, changes nothing. A date that could not be booked waits on the waiting list, and says so.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, selectinload

from booking.bookings import linked_codes
from booking.errors import BookingError, NotChangeableError, OrderInvalidError
from booking.model import IN_THE_PLAN, BookingCode, Enquiry
from booking.people import People
from booking.rebooking import Rebooking, rebook
from booking.series_booking import Undecided, decide_date
from booking.series_dates import SeriesRule
from booking.series_store import Series, Template, dates_of, get_row, rule_of, save_series, series_of, template_of
from booking.series_tables import SeriesContactRow, SeriesDateRow, SeriesRow
from booking.tables import AuditRow, BookingRow
from booking.waiting_tables import WaitingRow

if TYPE_CHECKING:
    from booking.operation import Operation

log = logging.getLogger(__name__)

TRIES = 3


class SeriesDesk:
    """The standing orders of a service."""

    def __init__(self, operation: "Operation") -> None:
        self._operation = operation
        self._asked: dict[date, int] = {}

    def create(self, rule: SeriesRule, enquiry: Enquiry, people: People, *, actor: str = "rider") -> Series:
        """Take a standing order and book what can be ordered already; the rest follows by itself, day by day.

        The time of the enquiry is that of the rule; whether it is a departure or an arrival, it says itself.

        Raises
        ------
        OrderInvalidError
            No date of the rule lies ahead.
        """
        operation = self._operation
        self._refuse_empty(rule)
        with operation.database.sessions.begin() as session:
            row = save_series(session, rule, Template(enquiry, people), operation.clock())
            self._note(session, "series_ordered", actor, row.id)
            code = BookingCode(row.code)
        self.materialise(code)
        return self.get(code)

    def get(self, code: BookingCode) -> Series:
        """A standing order by its code, with all dates decided so far.

        Raises
        ------
        BookingNotFoundError
            There is none.
        """
        with self._operation.database.sessions() as session:
            return series_of(session, get_row(session, code))

    def materialise(self, code: BookingCode) -> None:
        """Decide every date that can be ordered by now and is not decided yet."""
        operation = self._operation
        with operation.database.sessions() as session:
            row = get_row(session, code)
            template = template_of(row)
            decided = {one.service_on for one in dates_of(session, row.id, operation.today())}
        if template is None:
            return
        rule = rule_of(row)
        for on in rule.dates(operation.district, operation.today(), self._last_orderable()):
            if on not in decided:
                self._decide(row, rule, template, on)

    def _decide(self, row: SeriesRow, rule: SeriesRule, template: Template, on: date) -> bool:
        return decide_date(self._operation, Undecided(row.id, on, rule, template, row.replaces_id))

    def _last_orderable(self) -> date:
        today = self._operation.today()
        return today + timedelta(days=self._operation.district.rulebook.rules_on(today).horizon_days)

    def work(self) -> int:
        """One round of the worker: every series up to the horizon; open dates again where a day has changed.

        Gives how many dates were decided anew. A fault with one series does not hold up the others.
        """
        today, decided = self._operation.today(), 0
        runs = or_(SeriesRow.last_on.is_(None), SeriesRow.last_on >= today)
        with self._operation.database.sessions() as session:
            codes = session.scalars(select(SeriesRow.code).where(runs).order_by(SeriesRow.created_at)).all()
            before = self._count_dates(session)
        for code in codes:
            try:
                self.materialise(BookingCode(code))
            except BookingError:
                log.exception("a standing order could not be worked on; the next round tries again")
        decided += self._ask_open_again()
        self.forget_ended()
        with self._operation.database.sessions() as session:
            return decided + self._count_dates(session) - before

    @staticmethod
    def _count_dates(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(SeriesDateRow)) or 0

    def _ask_open_again(self) -> int:
        """Try open dates that are not on the waiting list (out and back belong together) where the day has changed."""
        operation = self._operation
        is_open = (SeriesDateRow.state == "open") & SeriesDateRow.waiting_id.is_(None)
        query = select(SeriesDateRow).where(is_open, SeriesDateRow.service_on >= operation.today())
        with operation.database.sessions() as session:
            rows = session.scalars(query.order_by(SeriesDateRow.service_on, SeriesDateRow.decided_at)).all()
            found = session.scalars(select(SeriesRow).options(selectinload(SeriesRow.contact)))
            series = {row.id: row for row in found}
        versions = {row.service_on: operation.version(row.service_on) for row in rows}
        booked = 0
        for one in rows:
            if self._asked.get(one.service_on) == versions[one.service_on]:
                continue
            row = series[one.series_id]
            template = template_of(row)
            if template is not None:
                booked += self._decide(row, rule_of(row), template, one.service_on)
        self._asked |= versions
        return booked

    def skip(self, code: BookingCode, on: date, *, actor: str = "rider") -> Series:
        """Leave out one date: what is booked for it is cancelled, and nothing will be booked."""
        self._drop(code, lambda day: day == on, "exception", actor, [on])
        return self.get(code)

    def suspend(self, code: BookingCode, from_on: date, to_on: date | None, *, actor: str = "rider") -> Series:
        """Pause from one date to another (both inclusive; without a second one until :meth:`resume`)."""
        if to_on is not None and to_on < from_on:
            msg = "The pause ends before it begins. Please give the dates again."
            raise OrderInvalidError(msg)
        self._update(code, actor, "series_suspended", suspended_from=from_on, suspended_to=to_on)
        self._drop(code, lambda day: day >= from_on and (to_on is None or day <= to_on), "suspended", actor)
        return self.get(code)

    def resume(self, code: BookingCode, *, actor: str = "rider") -> Series:
        """End a pause: dates that were skipped for it are looked at again."""
        with self._operation.database.sessions.begin() as session:
            row = get_row(session, code)
            row.suspended_from = row.suspended_to = None
            session.execute(
                delete(SeriesDateRow).where(
                    SeriesDateRow.series_id == row.id,
                    SeriesDateRow.reason == "suspended",
                    SeriesDateRow.service_on >= self._operation.today(),
                )
            )
            self._note(session, "series_resumed", actor, row.id)
        self.materialise(code)
        return self.get(code)

    def end(self, code: BookingCode, last_on: date, *, actor: str = "rider") -> Series:
        """End a series after a date: later dates are cancelled."""
        with self._operation.database.sessions() as session:
            first_on = get_row(session, code).first_on
        self._update(code, actor, "series_ended", last_on=max(last_on, first_on))
        self._drop(code, lambda day: day > last_on, "ended", actor)
        return self.get(code)

    def change(
        self, code: BookingCode, from_on: date, rule: SeriesRule, enquiry: Enquiry, *, actor: str = "rider"
    ) -> Series:
        """Let another rule, or other places and times, hold from a date on: a new series that follows the old one.

        Each date that both have is changed in one step; where the new wish cannot be met, the old ride stays.

        Raises
        ------
        NotChangeableError
            The series has been followed by another, or has ended.
        """
        operation = self._operation
        new_rule = replace(rule, first_on=max(rule.first_on, from_on))
        self._refuse_empty(new_rule)
        with operation.database.sessions.begin() as session:
            row = session.scalars(
                select(SeriesRow).where(SeriesRow.id == get_row(session, code).id).with_for_update()
            ).one()
            template = template_of(get_row(session, code))
            followed = session.scalar(select(SeriesRow.id).where(SeriesRow.replaces_id == row.id))
            if template is None or followed is not None:
                msg = "This standing order has ended, or another one follows it already. Please change that one."
                raise NotChangeableError(msg)
            new = save_series(session, new_rule, Template(enquiry, template.people), operation.clock(), row.id)
            row.last_on = max(row.first_on, from_on - timedelta(days=1))
            self._note(session, "series_changed", actor, row.id)
            new_code = BookingCode(new.code)
        self.materialise(new_code)
        self._drop(code, lambda day: day >= from_on, "ended", actor)
        return self.get(new_code)

    def _refuse_empty(self, rule: SeriesRule) -> None:
        """Raise where no date of a rule lies within the year ahead."""
        today = self._operation.today()
        from_on = max(today, rule.first_on)
        if not any(True for _ in rule.dates(self._operation.district, from_on, from_on + timedelta(days=366))):
            msg = "No date lies ahead with these weekdays, dates and holidays. Please check them."
            raise OrderInvalidError(msg)

    def _update(self, code: BookingCode, actor: str, action: str, **values: date | None) -> None:
        with self._operation.database.sessions.begin() as session:
            row = get_row(session, code)
            for name, value in values.items():
                setattr(row, name, value)
            self._note(session, action, actor, row.id)

    def _drop(
        self,
        code: BookingCode,
        is_meant: Callable[[date], bool],
        reason: str,
        actor: str,
        also: list[date] | None = None,
    ) -> None:
        """Cancel dates that were decided, and mark them (and ``also`` others) as skipped, each date for itself."""
        with self._operation.database.sessions() as session:
            row = get_row(session, code)
            decided = [one.service_on for one in dates_of(session, row.id, self._operation.today())]
        for on in sorted({*(on for on in decided if is_meant(on)), *(also or [])}):
            for _ in range(TRIES):
                if self._drop_date(row.id, on, reason, actor):
                    break

    def _drop_date(self, series_id: UUID, on: date, reason: str, actor: str) -> bool:
        """Cancel what is booked for a date and mark it; False if somebody has booked it in between."""
        operation = self._operation
        with operation.database.sessions() as session:
            known = session.get(SeriesDateRow, (series_id, on))
            codes = () if known is None else self._codes(session, known.booking_id)
        if codes:
            free_s = operation.life_rules(on).free_cancel_s
            rebook(operation.writer, Rebooking(actor, codes, free_cancel_s=free_s))
        was = None if known is None else known.booking_id
        with operation.database.sessions.begin() as session:
            if known is not None and known.waiting_id is not None:
                _withdraw(session, known.waiting_id)
            return self._mark_skipped(session, (series_id, on), reason, was)

    def _codes(self, session: Session, booking_id: UUID | None) -> tuple[BookingCode, ...]:
        booking = None if booking_id is None else session.get(BookingRow, booking_id)
        if booking is None or booking.state not in IN_THE_PLAN:
            return ()
        return (BookingCode(booking.code), *linked_codes(session, booking.id))

    def _mark_skipped(self, session: Session, key: tuple[UUID, date], reason: str, was: UUID | None) -> bool:
        values: dict[str, object] = {"state": "skipped", "reason": reason, "booking_id": None, "waiting_id": None}
        values["decided_at"] = self._operation.clock()
        row = insert(SeriesDateRow).values(series_id=key[0], service_on=key[1], **values)
        is_as_seen = (SeriesDateRow.state != "booked") | (SeriesDateRow.booking_id == was)
        marked = row.on_conflict_do_update(index_elements=["series_id", "service_on"], set_=values, where=is_as_seen)
        return session.scalar(marked.returning(SeriesDateRow.service_on)) is not None

    def forget_ended(self) -> int:
        """Delete the people and places of series whose last date is over; gives how many."""
        over = select(SeriesRow.id).where(SeriesRow.last_on < self._operation.today())
        with self._operation.database.sessions.begin() as session:
            gone = delete(SeriesContactRow).where(SeriesContactRow.series_id.in_(over))
            return len(session.scalars(gone.returning(SeriesContactRow.series_id)).all())

    def _note(self, session: Session, action: str, actor: str, series_id: UUID) -> None:
        details = {"series": str(series_id)}
        session.add(AuditRow(at=self._operation.clock(), actor=actor, action=action, details=details))


def _withdraw(session: Session, waiting_id: UUID) -> None:
    row = session.get(WaitingRow, waiting_id, options=[selectinload(WaitingRow.contact)])
    if row is not None and row.state == "waiting":
        row.state, row.contact = "withdrawn", None
