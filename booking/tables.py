"""The tables. What must never be lost stands here and nowhere else.

Times of visits and windows are seconds of the service day, as in the engines; everything else is ``timestamptz``.
Personal data stands in ``contact`` (and ``booker``, ``series_contact``, ``waiting_contact``) alone, so that it can be
deleted without touching a single count.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    MetaData,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from booking.contact_keys import email_key, phone_key


class Base(DeclarativeBase):
    """Declarative base with names for every constraint, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB}  # noqa: RUF012 - SQLAlchemy reads it so


def _key_of_phone(context: Any) -> str:  # noqa: ANN401 - SQLAlchemy's execution context
    return phone_key(context.get_current_parameters()["phone"])


def _key_of_email(context: Any) -> str:  # noqa: ANN401 - SQLAlchemy's execution context
    return email_key(context.get_current_parameters()["email"])


class StopRow(Base):
    """A stop of the district, for maps and evaluations in SQL. The folder is its source."""

    __tablename__ = "stop"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    place: Mapped[str]
    is_hub: Mapped[bool]
    is_accessible: Mapped[bool]
    geom: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326))


class AreaRow(Base):
    """An area of the district, for maps and evaluations in SQL. The folder is its source."""

    __tablename__ = "area"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", srid=4326))


class ServiceDayRow(Base):
    """One row per day of service. Its version decides who was first when two want to change the day."""

    __tablename__ = "service_day"

    on: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


class RuleVersionRow(Base):
    """One version of the operator's rules as it was loaded. Once a booking rests on it, its content stays as it is.

    ``sha256`` is empty where bookings are older than this table: what their rules said is not known.
    """

    __tablename__ = "rule_version"

    name: Mapped[str] = mapped_column(primary_key=True)
    district: Mapped[str]
    valid_from: Mapped[date]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    loaded_at: Mapped[datetime]


class BookingRow(Base):
    """A confirmed offer. ``offer_id`` is unique: confirming twice gives the same booking, not two."""

    __tablename__ = "booking"
    __table_args__ = (CheckConstraint("state in ('held', 'confirmed', 'changed', 'cancelled')", name="state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    offer_id: Mapped[str] = mapped_column(unique=True)
    service_on: Mapped[date] = mapped_column(ForeignKey("service_day.on"), index=True)
    state: Mapped[str]
    channel: Mapped[str]
    persons: Mapped[int]
    rules_version: Mapped[str] = mapped_column(ForeignKey("rule_version.name"), index=True)
    offer: Mapped[dict[str, Any]]
    """Its ends are stops, whatever was asked for: addresses stand in ``contact.places``."""
    booked_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    anonymised_on: Mapped[date | None]
    """Since when nothing leads from here to a person."""

    contact: Mapped["ContactRow | None"] = relationship(lazy="raise", cascade="all, delete-orphan", uselist=False)
    rides: Mapped[list["RideRow"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="RideRow.leg_index"
    )


class ContactRow(Base):
    """Who travels, how to reach them, and between which addresses; no other table of a booking has such data.

    The keys are phone and e-mail address, normalised, to find duplicates by.
    """

    __tablename__ = "contact"

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id", ondelete="cascade"), primary_key=True)
    name: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    address: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default="de", server_default="de")
    phone_key: Mapped[str] = mapped_column(default=_key_of_phone, server_default="", index=True)
    email_key: Mapped[str] = mapped_column(default=_key_of_email, server_default="", index=True)
    places: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Where the journey begins and ends, as it was asked for; see :mod:`booking.stored_offers`."""


class RideRow(Base):
    """One on-demand ride of a booking: the engine's request, with the promise as its windows."""

    __tablename__ = "ride"
    __table_args__ = (
        CheckConstraint("pickup_from_s <= pickup_to_s", name="pickup_window"),
        CheckConstraint("dropoff_from_s <= dropoff_to_s", name="dropoff_window"),
        CheckConstraint("pickup_stop <> dropoff_stop", name="goes_somewhere"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id", ondelete="cascade"), index=True)
    leg_index: Mapped[int]
    service_on: Mapped[date] = mapped_column(ForeignKey("service_day.on"), index=True)
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    pickup_stop: Mapped[str]
    dropoff_stop: Mapped[str]
    pickup_from_s: Mapped[int]
    pickup_to_s: Mapped[int]
    dropoff_from_s: Mapped[int]
    dropoff_to_s: Mapped[int]
    seat: Mapped[int]
    wheelchair: Mapped[int]
    pram: Mapped[int]
    walking_frame: Mapped[int]
    bike: Mapped[int]
    dog: Mapped[int] = mapped_column(default=0, server_default="0")
    child_seat: Mapped[int] = mapped_column(default=0, server_default="0")
    luggage: Mapped[int] = mapped_column(default=0, server_default="0")
    boarding_s: Mapped[int]
    alighting_s: Mapped[int]
    max_ride_s: Mapped[int]
    locked_shift: Mapped[str | None]
    """A dispatcher wants it in the vehicle of this shift."""


class RunRow(Base):
    """The run of a shift on a day, once something stands in it."""

    __tablename__ = "run"

    service_on: Mapped[date] = mapped_column(ForeignKey("service_day.on"), primary_key=True)
    shift_id: Mapped[str] = mapped_column(primary_key=True)
    is_order_locked: Mapped[bool] = mapped_column(default=False, server_default=false())


class VisitRow(Base):
    """One visit of a run. A ride is boarded once and left once: the database itself says so."""

    __tablename__ = "visit"
    __table_args__ = (
        ForeignKeyConstraint(["service_on", "shift_id"], ["run.service_on", "run.shift_id"], ondelete="cascade"),
        UniqueConstraint("ride_id", "action"),
        CheckConstraint("action in ('pickup', 'dropoff', 'break')", name="action"),
        CheckConstraint("(action = 'break') = (ride_id is null)", name="break_has_no_ride"),
    )

    service_on: Mapped[date] = mapped_column(primary_key=True)
    shift_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    stop_id: Mapped[str]
    start_s: Mapped[int]
    ride_id: Mapped[str | None] = mapped_column(ForeignKey("ride.id", ondelete="cascade"))
    break_index: Mapped[int | None]


class RefusalRow(Base):
    """A wish that was refused, without personal data: stops, hour, size, reason.

    ``wish`` is the same for the same wish however often it is asked, so that wishes are counted and not clicks.
    """

    __tablename__ = "refusal"
    __table_args__ = (Index("ix_refusal_service_on_reason", "service_on", "reason"),)

    wish: Mapped[str] = mapped_column(primary_key=True)
    service_on: Mapped[date]
    hour: Mapped[int]
    timing: Mapped[str]
    reason: Mapped[str]
    rule: Mapped[str]
    channel: Mapped[str]
    origin_stop: Mapped[str | None]
    destination_stop: Mapped[str | None]
    persons: Mapped[int]
    wheelchairs: Mapped[int]
    needs: Mapped[str] = mapped_column(default="", server_default="")
    """The kinds of places needed beside seats, as ``wheelchair+dog``."""
    alternatives: Mapped[int]
    clicks: Mapped[int] = mapped_column(default=1)
    first_asked_at: Mapped[datetime]


class OutboxRow(Base):
    """A message that must be told: written in the transaction of its cause, told by the worker.

    Who is told and by what channel stands in ``outbox_delivery`` as soon as it is ``planned_at``; ``sent_at`` is when
    nothing was left to do, ``outcome`` how that came.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_unsent", "id", postgresql_where="sent_at is null"),
        Index("ix_outbox_unplanned", "id", postgresql_where="sent_at is null and planned_at is null"),
        CheckConstraint("outcome in ('told', 'stale', 'nobody')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id", ondelete="cascade"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    params: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    planned_at: Mapped[datetime | None]
    stale_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str | None]


class AuditRow(Base):
    """What was done, by whom, when. Append-only; ids only."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    action: Mapped[str]
    service_on: Mapped[date | None]
    booking_id: Mapped[UUID | None] = mapped_column(index=True)
    details: Mapped[dict[str, Any]]


class StaffRow(Base):
    """A member of staff."""

    __tablename__ = "staff"

    name: Mapped[str] = mapped_column(primary_key=True)
    password_hash: Mapped[str]
    role: Mapped[str]
    totp_secret: Mapped[str | None]
    """Shared with an authenticator app; None for an account without second factor."""
    totp_step: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """The last step a code was taken of: none is taken twice."""


class StaffSessionRow(Base):
    """A login. Only the hash of its token is kept."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_name: Mapped[str] = mapped_column(ForeignKey("staff.name", ondelete="cascade"))
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
