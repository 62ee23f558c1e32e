"""The tables of a running day: what drivers report, how late rides are, shifts that end early, lines awaited."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from booking.tables import Base


class DriverEventRow(Base):
    """Something that happened to a run. Append-only; only positions are deleted, after hours.

    ``id`` is given by whoever reports, so that a report sent twice is kept once.
    """

    __tablename__ = "driver_event"
    __table_args__ = (
        CheckConstraint(
            "kind in ('arrived', 'boarded', 'alighted', 'no_show', 'delay', 'breakdown', 'position')", name="kind"
        ),
        CheckConstraint("source in ('driver', 'dispatcher')", name="source"),
        CheckConstraint("(lon is null) = (lat is null)", name="place"),
        Index("ix_driver_event_service_on_shift_id", "service_on", "shift_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    service_on: Mapped[date]
    shift_id: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    source: Mapped[str]
    ride_id: Mapped[str | None] = mapped_column(ForeignKey("ride.id", ondelete="cascade"), index=True)
    expected_at: Mapped[datetime | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]


class RideLatenessRow(Base):
    """A ride that is, or was, outside of what is agreed: so far the engine's windows reach, and no farther.

    Written together with an audit entry; gone when the vehicle has caught up.
    """

    __tablename__ = "ride_lateness"

    ride_id: Mapped[str] = mapped_column(ForeignKey("ride.id", ondelete="cascade"), primary_key=True)
    service_on: Mapped[date] = mapped_column(index=True)
    pickup_s: Mapped[int | None]
    dropoff_s: Mapped[int | None]
    ride_s: Mapped[int | None]
    told_min: Mapped[int]


class ShiftChangeRow(Base):
    """A shift that is not driven as in the folder: it ended early, or is late for its breaks or its end."""

    __tablename__ = "shift_change"
    __table_args__ = (CheckConstraint("(ends_s is null) = (ends_stop is null)", name="end"),)

    service_on: Mapped[date] = mapped_column(primary_key=True)
    shift_id: Mapped[str] = mapped_column(primary_key=True)
    ends_s: Mapped[int | None]
    ends_stop: Mapped[str | None]
    breaks_taken: Mapped[int | None]
    late_end_s: Mapped[int | None]
    late_breaks: Mapped[dict[str, Any]]
    free_s: Mapped[int | None]
    done: Mapped[int]


class ConnectionDecisionRow(Base):
    """What was decided about a ride that hangs on a line, each time the news changed. Append-only."""

    __tablename__ = "connection_decision"
    __table_args__ = (Index("ix_connection_decision_ride_id_id", "ride_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    service_on: Mapped[date] = mapped_column(index=True)
    ride_id: Mapped[str] = mapped_column(ForeignKey("ride.id", ondelete="cascade"))
    trip_id: Mapped[str]
    trip_on: Mapped[date]
    line_due_at: Mapped[datetime]
    line_expected_at: Mapped[datetime | None]
    decision: Mapped[str]
    reason: Mapped[str]
    details: Mapped[dict[str, Any]]


class DegradedModeRow(Base):
    """A time in which nothing new is booked, in an area or everywhere."""

    __tablename__ = "degraded_mode"
    __table_args__ = (CheckConstraint("kind in ('lines_stopped', 'severe_weather')", name="kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    area_id: Mapped[str | None]
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    switched_on_at: Mapped[datetime]
    switched_on_by: Mapped[str]
    switched_off_at: Mapped[datetime | None]
    switched_off_by: Mapped[str | None]
