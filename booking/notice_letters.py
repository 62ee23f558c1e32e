"""The letters of a day, written for the printer of the desk."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import select

from booking.notice_letter import LetterWriter
from booking.notice_rules import NoticeChannel
from booking.notice_sending import make_parcel, send_next
from booking.notice_store import SENT, booking_of, claimed_of
from booking.notice_tables import OutboxDeliveryRow
from booking.tables import OutboxRow

if TYPE_CHECKING:
    from booking.operation import Operation


def write_letters(operation: "Operation", folder: Path, on: date | None = None) -> list[Path]:
    """Write every letter that waits, and note that it was written.

    Parameters
    ----------
    on
        Only what was queued until the end of this day.
    """
    writer = LetterWriter(folder, operation.district)
    until = None if on is None else _ends(operation, on)
    operation.notices.prepare()
    while send_next(operation.notices.post, NoticeChannel.LETTER, writer, until) is not None:
        pass
    return writer.written


def write_letters_again(operation: "Operation", folder: Path, on: date) -> list[Path]:
    """Write the letters anew that were written on a day: the printer was out of paper."""
    writer, ends = LetterWriter(folder, operation.district), _ends(operation, on)
    query = (
        select(OutboxDeliveryRow, OutboxRow)
        .join(OutboxRow, OutboxRow.id == OutboxDeliveryRow.outbox_id)
        .where(OutboxDeliveryRow.channel == NoticeChannel.LETTER.value, OutboxDeliveryRow.state == SENT)
        .where(OutboxDeliveryRow.settled_at >= ends - timedelta(days=1), OutboxDeliveryRow.settled_at < ends)
        .order_by(OutboxDeliveryRow.id)
    )
    with operation.database.sessions() as session:
        for delivery, message in session.execute(query):
            booking = booking_of(session, operation.network, message.booking_id)
            claimed = claimed_of(delivery, message, uuid4())
            writer(make_parcel(operation.notices.post, claimed, booking, operation.clock()))
    return writer.written


def _ends(operation: "Operation", on: date) -> datetime:
    return datetime.combine(on + timedelta(days=1), time(), operation.district.zone)
