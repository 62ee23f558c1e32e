"""Tables of a booking's life: who ordered it, what it was made with, what became of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from booking.tables import Base


class BookerRow(Base):
    """Who ordered a journey for somebody else. Personal data, like ``contact``, and deleted with it."""

    __tablename__ = "booker"
    __table_args__ = (CheckConstraint("notices_to in ('traveller', 'booker', 'both')", name="notices_to"),)

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("contact.booking_id", ondelete="cascade"), primary_key=True)
    name: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    address: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default="de", server_default="de")
    notices_to: Mapped[str]


class BookingLinkRow(Base):
    """Bookings made in one step have the same ``link_id``: out and back, or the vehicles of one group."""

    __tablename__ = "booking_link"
    __table_args__ = (
        UniqueConstraint("link_id", "position"),
        CheckConstraint("role in ('out', 'back', 'part', 'day')", name="role"),
    )

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id", ondelete="cascade"), primary_key=True)
    link_id: Mapped[UUID]
    position: Mapped[int]
    role: Mapped[str]


class BookingChangeRow(Base):
    """One booking took the place of another. Each is followed, and follows, once at most."""

    __tablename__ = "booking_change"
    __table_args__ = (CheckConstraint("old_id <> new_id", name="another"),)

    old_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id", ondelete="cascade"), primary_key=True)
    new_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id", ondelete="cascade"), unique=True)
    at: Mapped[datetime]
    actor: Mapped[str]


class CancellationRow(Base):
    """A booking was cancelled: by whom, how long before the promised pickup, and whether that was late by the rules."""

    __tablename__ = "cancellation"

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id", ondelete="cascade"), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    minutes_before: Mapped[int]
    is_late: Mapped[bool]


class NoShowRow(Base):
    """A rider and a vehicle did not meet, and through whose fault. Corrected by a dispatcher, counted by person.

    ``person`` is a keyed hash and goes when its time is over; the rest stays for the counts.
    """

    __tablename__ = "no_show"
    __table_args__ = (CheckConstraint("fault in ('rider', 'driver', 'service', 'unknown')", name="fault"),)

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id", ondelete="cascade"), primary_key=True)
    service_on: Mapped[date]
    fault: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    corrected_at: Mapped[datetime | None]
    corrected_by: Mapped[str | None]
    person: Mapped[str | None] = mapped_column(index=True)
