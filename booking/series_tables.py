"""Tables of standing orders."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.tables import Base


class SeriesRow(Base):
    """A standing order: the rule of its dates. Where it goes and for whom stands in ``series_contact``."""

    __tablename__ = "series"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="dates"),
        CheckConstraint("public_holidays in ('ride', 'skip', 'only')", name="public_holidays"),
        CheckConstraint("school_holidays in ('ride', 'skip', 'only')", name="school_holidays"),
        CheckConstraint("back_s is null or back_s > wished_s", name="back_after_out"),
        CheckConstraint("earlier_s >= 0 and later_s >= 0", name="flexibility"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    weekdays: Mapped[str]
    """Digits of the weekdays, Monday 0: ``024``; empty for single dates only."""
    single_dates: Mapped[str]
    """Further dates, ``YYYY-MM-DD`` with blanks between."""
    first_on: Mapped[date]
    last_on: Mapped[date | None]
    public_holidays: Mapped[str]
    school_holidays: Mapped[str]
    wished_s: Mapped[int]
    back_s: Mapped[int | None]
    earlier_s: Mapped[int]
    later_s: Mapped[int]
    suspended_from: Mapped[date | None]
    suspended_to: Mapped[date | None]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("series.id"), unique=True)
    created_at: Mapped[datetime]

    contact: Mapped["SeriesContactRow | None"] = relationship(lazy="raise", cascade="all, delete-orphan", uselist=False)


class SeriesContactRow(Base):
    """Who travels in a series, who ordered it, and between which places: personal data, deleted with its end."""

    __tablename__ = "series_contact"

    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id", ondelete="cascade"), primary_key=True)
    people: Mapped[dict[str, Any]]
    enquiry: Mapped[dict[str, Any]]


class SeriesDateRow(Base):
    """What became of one date of a series. One row a date: no date is ever booked twice."""

    __tablename__ = "series_date"
    __table_args__ = (
        CheckConstraint("state in ('booked', 'open', 'skipped')", name="state"),
        CheckConstraint("(state = 'booked') = (booking_id is not null)", name="booked_has_booking"),
    )

    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id", ondelete="cascade"), primary_key=True)
    service_on: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str]
    reason: Mapped[str]
    """Why it is open or skipped: a reason of refusals, ``taken``, ``duplicate``, ``exception``, ``suspended``."""
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("booking.id", ondelete="cascade"), unique=True)
    waiting_id: Mapped[UUID | None] = mapped_column(ForeignKey("waiting.id", ondelete="set null"))
    decided_at: Mapped[datetime]
