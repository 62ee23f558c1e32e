"""Telling riders, as the worker does it and the desk sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from booking.errors import NotFoundError
from booking.model import Booking
from booking.notice_gateway import Gateway, short_text, spoken_text
from booking.notice_mail import MailSender
from booking.notice_reach import choose_channel
from booking.notice_rules import NoticeChannel, NoticeKind
from booking.notice_sending import Post, Sender, Sent, send_next
from booking.notice_store import (
    BATCH,
    DEAD,
    OPEN,
    REPLACED,
    TOLD,
    WAITING,
    add_delivery,
    booking_of,
    close_all_stale,
    close_if_done,
    hand_over_letters,
    lock_deliveries,
    plan_deliveries,
    recipients_of,
)
from booking.notice_tables import OutboxDeliveryRow
from booking.notice_timing import queue_near, queue_reminders
from booking.tables import AuditRow, BookingRow, OutboxRow

if TYPE_CHECKING:
    from booking.operation import Operation

MOST_LISTED = 500
ROUND = 200
"""So many at once by one channel; then the worker looks whether it should stop."""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A delivery as the desk sees it. Who it goes to stands in the booking."""

    id: int
    kind: str
    booking_id: UUID
    code: str
    recipient: str
    channel: NoticeChannel
    state: str
    attempts: int
    last_error: str
    created_at: datetime
    next_attempt_at: datetime
    settled_at: datetime | None
    settled_by: str | None


class Notices:
    """Messages of the service.

    Parameters
    ----------
    senders
        What hands messages over, by channel; by the settings when left out.
    """

    def __init__(self, operation: "Operation", senders: Mapping[NoticeChannel, Sender] | None = None) -> None:
        self._operation = operation
        self.senders = dict(_senders(operation) if senders is None else senders)

    @property
    def post(self) -> Post:
        """What sending needs."""
        operation = self._operation
        url = operation.settings.public_url
        return Post(operation.database.sessions, operation.network, operation.clock, url, self.usable)

    def usable(self, booking: Booking) -> frozenset[NoticeChannel]:
        """The channels that are set up and fast enough for a booking."""
        first_at = booking.offer.rides()[0].promise.pickup_from_at
        days_off = (first_at - self._operation.clock()).total_seconds()
        letter = {NoticeChannel.LETTER} if days_off >= self._operation.district.notices.letter_before_s else set()
        return frozenset(self.senders) | letter

    def prepare(self) -> int:
        """Queue what the time brings, decide who is told by what, close what is old. Gives how many were new.

        Short transactions, and nothing is sent.
        """
        operation, sessions = self._operation, self._operation.database.sessions
        now = operation.clock()
        with sessions.begin() as session:
            queue_reminders(session, operation.network, now)
        with sessions.begin() as session:
            queue_near(session, operation.network, operation.service_day(operation.today()), now)
        planned = 0
        while True:
            with sessions.begin() as session:
                looked_at = plan_deliveries(session, operation.network, self.usable, now)
            planned += looked_at
            if looked_at < BATCH:
                break
        with sessions.begin() as session:
            close_all_stale(session, now)
        with sessions.begin() as session:
            hand_over_letters(session, operation.network, now)
        return planned

    def send(self, channel: NoticeChannel) -> int:
        """Send what is due by a channel, until it does not work any more. Gives how many went out."""
        sent = 0
        for _ in range(ROUND):
            result = send_next(self.post, channel, self.senders[channel])
            sent += result is Sent.OUT
            if result is None or result is Sent.DOWN:
                break
        return sent

    def send_all(self) -> int:
        """Send what is due, one channel after another. Gives how many went out."""
        return sum(self.send(channel) for channel in self.senders)

    def list(self, state: str | None = None) -> tuple[NoticeView, ...]:
        """Deliveries, the oldest first.

        Parameters
        ----------
        state
            ``dead`` gives what failed for good, ``desk`` what only a person can tell, ``open`` both of them; any state
            of a delivery gives those in it; None all.
        """
        query = (
            select(OutboxDeliveryRow, OutboxRow, BookingRow.code)
            .join(OutboxRow, OutboxRow.id == OutboxDeliveryRow.outbox_id)
            .join(BookingRow, BookingRow.id == OutboxRow.booking_id)
            .order_by(OutboxDeliveryRow.id)
            .limit(MOST_LISTED)
        )
        if state is not None:
            known = {"dead": is_dead(), "desk": is_of_desk(), "open": needs_somebody()}
            query = query.where(known.get(state, OutboxDeliveryRow.state == state))
        with self._operation.database.sessions() as session:
            return tuple(_view(*row) for row in session.execute(query))

    def retry(self, ids: Sequence[int], actor: str) -> int:
        """Try deliveries again that nobody has got, by whatever channel reaches the person now. Gives how many."""
        with self._operation.database.sessions.begin() as session:
            known = {kind.value for kind in NoticeKind}
            locked = lock_deliveries(session, ids)
            found = [(m, d) for m, d in locked if d.state in OPEN and m.kind in known]
            for message, delivery in found:
                self._retry(session, message, delivery)
                self._note(session, message, delivery, "notice_retried", actor)
        return len(found)

    def _retry(self, session: Session, message: OutboxRow, delivery: OutboxDeliveryRow) -> None:
        operation, now = self._operation, self._operation.clock()
        kind, booking = NoticeKind(message.kind), booking_of(session, operation.network, message.booking_id)
        contact = recipients_of(booking).get(delivery.recipient)
        rules = operation.district.notices
        channel = None if contact is None else choose_channel(kind, contact, rules, self.usable(booking))
        if channel is not None and channel != delivery.channel:
            add_delivery(session, operation.network, message.id, kind, booking, delivery.recipient, channel, now)
            delivery.state, delivery.settled_at = REPLACED, now
        else:
            delivery.state, delivery.attempts, delivery.next_attempt_at = WAITING, 0, now
            delivery.settled_at = None
        delivery.lease = delivery.leased_until = None

    def told(self, delivery_id: int, actor: str) -> NoticeView:
        """Note that a person has told it. Twice is the same as once.

        Raises
        ------
        NotFoundError
            There is no such delivery.
        """
        now = self._operation.clock()
        with self._operation.database.sessions.begin() as session:
            found = lock_deliveries(session, [delivery_id])
            if not found:
                msg = "There is no such notice."
                raise NotFoundError(msg)
            message, delivery = found[0]
            if delivery.state in OPEN:
                delivery.state, delivery.settled_at, delivery.settled_by = TOLD, now, actor
                delivery.lease = delivery.leased_until = None
                self._note(session, message, delivery, "notice_told", actor)
                session.flush()
                close_if_done(session, message, now)
            code = session.scalars(select(BookingRow.code).where(BookingRow.id == message.booking_id)).one()
            return _view(delivery, message, code)

    def _note(self, session: Session, message: OutboxRow, delivery: OutboxDeliveryRow, action: str, actor: str) -> None:
        booking = session.get_one(BookingRow, message.booking_id)
        details = {"notice": delivery.id, "kind": message.kind, "channel": delivery.channel}
        at, on = self._operation.clock(), booking.service_on
        session.add(AuditRow(at=at, actor=actor, action=action, service_on=on, booking_id=booking.id, details=details))


def is_dead() -> ColumnElement[bool]:
    """Deliveries that failed for good."""
    return OutboxDeliveryRow.state == DEAD


def is_of_desk() -> ColumnElement[bool]:
    """Deliveries that only a person can make."""
    return and_(OutboxDeliveryRow.channel == NoticeChannel.DESK.value, OutboxDeliveryRow.state == WAITING)


def needs_somebody() -> ColumnElement[bool]:
    """Deliveries that somebody has to look at."""
    return or_(is_dead(), is_of_desk())


def _senders(operation: "Operation") -> dict[NoticeChannel, Sender]:
    settings = operation.settings
    found: dict[NoticeChannel, Sender] = {}
    if settings.smtp_url is not None:
        found[NoticeChannel.EMAIL] = MailSender(settings.smtp_url.get_secret_value(), operation.district)
    if settings.sms_url is not None:
        found[NoticeChannel.SMS] = Gateway(settings.sms_url.get_secret_value(), short_text)
    if settings.voice_url is not None:
        found[NoticeChannel.VOICE] = Gateway(settings.voice_url.get_secret_value(), spoken_text)
    return found


def _view(delivery: OutboxDeliveryRow, message: OutboxRow, code: str) -> NoticeView:
    return NoticeView(
        delivery.id,
        message.kind,
        message.booking_id,
        code,
        delivery.recipient,
        NoticeChannel(delivery.channel),
        delivery.state,
        delivery.attempts,
        delivery.last_error,
        message.created_at,
        delivery.next_attempt_at,
        delivery.settled_at,
        delivery.settled_by,
    )
