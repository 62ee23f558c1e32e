"""Messages to riders are queued here, in the transaction of their cause; :mod:`booking.notice_desk` tells them."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.model import BookingId
from booking.tables import OutboxRow


def queue(
    session: Session,
    kind: str,
    booking_id: UUID | BookingId,
    at: datetime,
    params: Mapping[str, Any] = MappingProxyType({}),
    dedupe_key: str | None = None,
) -> bool:
    """Put a message into the outbox, in the transaction of its cause; the same ``dedupe_key`` is queued once.

    Gives whether it is new.
    """
    row = insert(OutboxRow).values(
        kind=kind,
        booking_id=UUID(str(booking_id)),
        created_at=at,
        attempts=0,
        params=dict(params),
        dedupe_key=dedupe_key,
    )
    queued = row.on_conflict_do_nothing(index_elements=[OutboxRow.dedupe_key]).returning(OutboxRow.id)
    return session.scalar(queued) is not None
