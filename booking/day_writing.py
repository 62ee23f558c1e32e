"""One transaction over one or several service days: both ways of a return, an old booking and the one that replaces it.

Days are opened, locked and claimed in the order of their dates, always: no two writers wait for each other.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from booking.bookings import TRIES, ask_judge
from booking.clock import Clock
from booking.day import Day
from booking.enquiry_search import Network
from booking.errors import DayBusyError
from booking.store import claim_version, load_day, open_service_day, save_runs
from booking.tables import ServiceDayRow
from gtfs.service_day import ServiceDay

T = TypeVar("T")
LOCK_NOT_AVAILABLE = "55P03"
BUSY = "The day is being changed by many at once. Please try again in a moment."


@dataclass(frozen=True)
class Change(Generic[T]):
    """What a look at the days came to.

    Parameters
    ----------
    write
        Writes the rows that belong to the change, once its days are claimed, and gives the result.
    after
        The days that change, as they are to be; without any, nothing is claimed.
    """

    write: Callable[[Session], T]
    after: Mapping[date, Day] = field(default_factory=dict)


Look = Callable[[Session, Mapping[date, Day], datetime], Change[T]]


@dataclass(frozen=True)
class DayWriter:
    """What it takes to change days."""

    sessions: sessionmaker[Session]
    network: Network
    clock: Clock

    def write(self, ons: Iterable[date], look: Look[T]) -> T:
        """Look at days, then write what the look came to, in one transaction; again if somebody was first.

        The first try locks nothing while it looks. Whoever was overtaken locks the days before looking again, so
        that no crowd can overtake twice.

        Raises
        ------
        DayBusyError
            The days could not be had in time.
        """
        dates = sorted(set(ons))
        for attempt in range(TRIES):
            try:
                with self.sessions.begin() as session:
                    done = self._try(session, dates, look, locks_first=attempt > 0)
                    if done is not None:
                        return done[0]
                    session.rollback()
            except OperationalError as fault:
                if getattr(fault.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                    raise
        raise DayBusyError(BUSY)

    def _try(self, session: Session, dates: list[date], look: Look[T], *, locks_first: bool) -> tuple[T] | None:
        """One try: the result, or None when somebody changed one of the days first."""
        for on in dates:
            open_service_day(session, on)
        if locks_first:
            rows = select(ServiceDayRow.on).where(ServiceDayRow.on.in_(dates)).order_by(ServiceDayRow.on)
            session.execute(rows.with_for_update(key_share=True))
        district = self.network.district
        before = {on: load_day(session, district, ServiceDay(on, district.zone)) for on in dates}
        now = self.clock()
        change = look(session, before, now)
        for on, after in change.after.items():
            ask_judge(before[on], after, self.network, now)
        for on in sorted(change.after):
            if not claim_version(session, on, before[on].version):
                return None
        done = change.write(session)
        session.flush()
        for on, after in sorted(change.after.items()):
            save_runs(session, district, before[on], after)
        return (done,)
