"""The table of deliveries: each message to each recipient, by one channel."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from booking.tables import Base


class OutboxDeliveryRow(Base):
    """One message to one recipient by one channel. No address or number: whom it goes to is looked up when it is sent.

    ``lease`` is held by the worker that is sending it right now; when ``leased_until`` is over, another may try.
    """

    __tablename__ = "outbox_delivery"
    __table_args__ = (
        UniqueConstraint("outbox_id", "recipient", "channel"),
        CheckConstraint("recipient in ('traveller', 'booker')", name="recipient"),
        CheckConstraint("channel in ('email', 'sms', 'voice', 'letter', 'desk')", name="channel"),
        CheckConstraint("state in ('waiting', 'sent', 'dead', 'told', 'stale', 'replaced')", name="state"),
        CheckConstraint("(lease is null) = (leased_until is null)", name="lease"),
        Index("ix_outbox_delivery_waiting", "channel", "next_attempt_at", postgresql_where="state = 'waiting'"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id", ondelete="cascade"))
    recipient: Mapped[str]
    channel: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_attempt_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="", server_default="")
    """A code and a number, never what a server said: it may have repeated an address."""
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
