"""Tell riders: the outbox is filled in the transaction of its cause and emptied here, by the worker.

Until a mail went out its row stays: a crash between sending and committing sends it twice, never not at all.
"""

import smtplib
from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from booking.bookings import find_booking
from booking.enquiry_search import Network
from booking.model import Booking, BookingCode, BookingId, BookingState
from booking.settings import Settings
from booking.tables import BookingRow, OutboxRow

BATCH = 50
MOST_ATTEMPTS = 8

Transport = Callable[[EmailMessage], None]


def send_outbox(sessions: sessionmaker[Session], network: Network, settings: Settings, now: datetime) -> int:
    """Send what waits, oldest first. Gives how many mails went out.

    A booking without an e-mail address has nobody to send to: its row is closed. Without a mail server rows with an
    address wait. Two workers never send the same row: each locks the rows it takes and skips locked ones.
    """
    transport = None if settings.smtp_url is None else smtp_transport(settings.smtp_url.get_secret_value())
    sent = 0
    with sessions.begin() as session:
        rows = session.scalars(
            select(OutboxRow)
            .where(OutboxRow.sent_at.is_(None), OutboxRow.attempts < MOST_ATTEMPTS)
            .order_by(OutboxRow.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            booking = _booking(session, network, row)
            if not _addresses(booking):
                row.sent_at = now
            elif transport is not None:
                sent += _send(transport, row, write_notice(row.kind, booking, network, settings), now)
    return sent


def queue(
    session: Session,
    kind: str,
    booking_id: UUID | BookingId,
    at: datetime,
    params: Mapping[str, Any] = MappingProxyType({}),
    dedupe_key: str | None = None,
) -> None:
    """Put a message into the outbox, in the transaction of its cause; the same ``dedupe_key`` is queued once."""
    row = insert(OutboxRow).values(
        kind=kind,
        booking_id=UUID(str(booking_id)),
        created_at=at,
        attempts=0,
        params=dict(params),
        dedupe_key=dedupe_key,
    )
    session.execute(row.on_conflict_do_nothing(index_elements=[OutboxRow.dedupe_key]))


def _booking(session: Session, network: Network, row: OutboxRow) -> Booking:
    code = session.scalars(select(BookingRow.code).where(BookingRow.id == row.booking_id)).one()
    booking = find_booking(session, network, BookingCode(code))
    if booking is None:
        msg = "an outbox row without its booking"
        raise ValueError(msg)
    return booking


def _addresses(booking: Booking) -> list[str]:
    return [contact.email for contact in booking.notice_contacts() if contact.email]


def _send(transport: Transport, row: OutboxRow, message: EmailMessage, now: datetime) -> int:
    row.attempts += 1
    try:
        transport(message)
    except (OSError, smtplib.SMTPException):
        return 0  # the row keeps its place and its count of attempts
    row.sent_at = now
    return 1


def write_notice(kind: str, booking: Booking, network: Network, settings: Settings) -> EmailMessage:
    """The mail for a booking that was confirmed or cancelled, in German (other languages: with the pages' issue)."""
    district = network.district
    is_cancelled = booking.state is BookingState.CANCELLED
    message = EmailMessage()
    message["Subject"] = f"{district.name}: {'storniert' if is_cancelled else 'Ihre Fahrt'}"
    message["From"] = district.contact.email
    message["To"] = ", ".join(_addresses(booking))
    lines = [f"Guten Tag {booking.contact.name},", ""]
    if is_cancelled or kind == "cancelled":
        lines += ["Ihre Fahrt ist storniert. Es kommt kein Fahrzeug."]
    else:
        lines += ["Ihre Fahrt ist bestellt:", ""]
        for ride in booking.rides:
            promise = ride.leg.promise
            start, end = (at.astimezone(district.zone) for at in (promise.pickup_from_at, promise.pickup_to_at))
            lines.append(f"{start:%d.%m.%Y}, Abholung {start:%H:%M} bis {end:%H:%M} Uhr, {ride.leg.from_label}")
            lines.append(f"  nach {ride.leg.to_label}")
        lines += ["", "Bitte seien Sie 5 Minuten früher an der Haltestelle."]
    lines += ["", f"Ihr Code: {booking.code}", f"Fragen: {district.contact.phone}", settings.public_url]
    message.set_content("\n".join(lines))
    return message


def smtp_transport(url: str) -> Transport:
    """Send by SMTP: ``smtp://[user:password@]host[:port]``, or ``smtps://`` for TLS from the first byte."""
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "localhost", parts.scheme == "smtps"

    def send(message: EmailMessage) -> None:
        connect = smtplib.SMTP_SSL if is_tls else smtplib.SMTP
        with connect(host, parts.port or (465 if is_tls else 25), timeout=20) as server:
            if parts.username:
                if not is_tls:
                    server.starttls()
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)

    return send
