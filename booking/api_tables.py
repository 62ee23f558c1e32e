"""The tables of the JSON API: keys of programs, answers that are kept so that no write is done twice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from booking.tables import Base


class ApiKeyRow(Base):
    """A key with which a program calls. Of the key itself only a hash and the first letters are kept.

    ``name`` and ``created_by`` say whose program it is; they should name an organisation rather than a person.
    """

    __tablename__ = "api_key"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(JSONB)
    per_min: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class IdempotencyRow(Base):
    """A write that came with an idempotency key, and its answer once there is one.

    ``body`` holds the answer, which may name places, times and the code of a booking: personal data, for a day.
    Keys and calls are kept as keyed hashes only.
    """

    __tablename__ = "idempotency"
    __table_args__ = (
        CheckConstraint("state in ('started', 'written', 'answered')", name="state"),
        CheckConstraint("(state = 'answered') = (status is not null)", name="answer"),
    )

    caller: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(primary_key=True)
    call_hash: Mapped[str]
    attempt: Mapped[UUID]
    state: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    body: Mapped[str | None]
