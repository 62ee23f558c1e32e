"""Tables of the waiting list."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.tables import Base


class WaitingRow(Base):
    """A wish that waits for a place, in the order of ``queued_at``; without personal data, for counts."""

    __tablename__ = "waiting"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'held', 'booked', 'withdrawn', 'expired')", name="state"),
        CheckConstraint("(state = 'held') = (held_until is not null)", name="held_until"),
        CheckConstraint("state not in ('held', 'booked') or booking_id is not null", name="held_has_booking"),
        Index("ix_waiting_queue", "service_on", "queued_at", postgresql_where="state = 'waiting'"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    service_on: Mapped[date]
    state: Mapped[str]
    queued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    offers_made: Mapped[int] = mapped_column(default=0)
    persons: Mapped[int]
    books_at_once: Mapped[bool]
    """Whether a place is booked without asking: a series has said yes already."""
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("booking.id", ondelete="cascade"))

    contact: Mapped["WaitingContactRow | None"] = relationship(
        lazy="raise", cascade="all, delete-orphan", uselist=False
    )


class WaitingContactRow(Base):
    """Who waits and what for: personal data, deleted as soon as nobody waits any more."""

    __tablename__ = "waiting_contact"

    waiting_id: Mapped[UUID] = mapped_column(ForeignKey("waiting.id", ondelete="cascade"), primary_key=True)
    people: Mapped[dict[str, Any]]
    enquiry: Mapped[dict[str, Any]]
    earlier_s: Mapped[int]
    later_s: Mapped[int]
