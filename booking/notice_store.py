"""The life of a delivery in the database: planned, claimed, settled. No message is sent here.

``outbox`` row before ``outbox_delivery`` row, whoever locks both: so nobody waits for each other.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, case, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.bookings import find_booking
from booking.enquiry_search import Network
from booking.model import BookedRide, Booking, BookingCode, Contact, Promise
from booking.notice_errors import Failure
from booking.notice_reach import choose_channel
from booking.notice_rules import URGENT, NoticeChannel, NoticeKind, NoticeRules
from booking.notice_tables import OutboxDeliveryRow
from booking.notice_validity import replaces, stale_at, still_holds
from booking.tables import AuditRow, BookingRow, OutboxRow

log = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(minutes=5)
"""Longer than any attempt takes: see :mod:`booking.notice_channels` for their time limits."""
WAITING, SENT, DEAD, TOLD, STALE, REPLACED = "waiting", "sent", "dead", "told", "stale", "replaced"
OPEN = (WAITING, DEAD)
"""States in which somebody has still to be told."""

Usable = Callable[[Booking], frozenset[NoticeChannel]]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that nobody else touches until its lease is over. No personal data: that is looked up."""

    id: int
    outbox_id: int
    booking_id: UUID
    kind: NoticeKind
    params: dict[str, Any]
    recipient: str
    channel: NoticeChannel
    attempts: int
    lease: UUID


def booking_of(session: Session, network: Network, booking_id: UUID) -> Booking:
    """The booking that a message is about."""
    code = session.scalars(select(BookingRow.code).where(BookingRow.id == booking_id)).one()
    booking = find_booking(session, network, BookingCode(code))
    if booking is None:
        msg = "an outbox row without its booking"
        raise ValueError(msg)
    return as_agreed(session, booking)


def as_agreed(session: Session, booking: Booking) -> Booking:
    """A booking whose rides have the windows that are agreed now, where a decision of ours has changed them."""
    ours = (AuditRow.booking_id == UUID(booking.id)) & (AuditRow.action == "promise_changed")
    before: dict[str, dict[str, Any]] = {}
    after: dict[str, dict[str, Any]] = {}
    for details in session.scalars(select(AuditRow.details).where(ours).order_by(AuditRow.id)):
        before.setdefault(details["ride"], details["before"])
        after[details["ride"]] = details["after"]
    if not after:
        return booking
    return replace(booking, rides=tuple(_moved(ride, before, after) for ride in booking.rides))


def _moved(ride: BookedRide, before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> BookedRide:
    """A ride with its windows moved by as much as they were: those of a ride to a door are told as at the door."""
    if ride.request_id not in after:
        return ride
    old, new, promise = before[ride.request_id], after[ride.request_id], ride.leg.promise
    ends = ("pickup_from", "pickup_to", "dropoff_from", "dropoff_to")
    moved = {
        f"{end}_at": getattr(promise, f"{end}_at") + timedelta(seconds=new[f"{end}_s"] - old[f"{end}_s"])
        for end in ends
    }
    return replace(ride, leg=replace(ride.leg, promise=Promise(**moved)))


def recipients_of(booking: Booking) -> dict[str, Contact]:
    """Who is told about a booking, by what they are to it."""
    told = booking.notice_contacts()
    if booking.booker is None:
        return {"traveller": told[0]}
    both = {"traveller": booking.contact, "booker": booking.booker.contact}
    if booking.booker.notices_to == "both":
        return both
    return {booking.booker.notices_to.value: told[0]}


def plan_deliveries(session: Session, network: Network, usable: Usable, now: datetime) -> int:
    """Decide who is told of new messages, and by what; close what nobody needs to hear. Gives how many were looked at.

    Parameters
    ----------
    usable
        The channels that are set up and fast enough for a booking.
    """
    rows = session.scalars(
        select(OutboxRow)
        .where(OutboxRow.sent_at.is_(None), OutboxRow.planned_at.is_(None))
        .order_by(OutboxRow.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        try:
            with session.begin_nested():
                _plan(session, network, row, usable, now)
        except Exception as fault:  # noqa: BLE001 - one message must not keep the others from being told
            log.error("notice %d cannot be planned: %s", row.id, type(fault).__name__)  # noqa: TRY400
            row.planned_at = now
            session.flush()
            session.add(
                OutboxDeliveryRow(
                    outbox_id=row.id,
                    recipient="traveller",
                    channel=NoticeChannel.DESK.value,
                    state=WAITING,
                    next_attempt_at=now,
                    last_error=Failure.FAULT,
                )
            )
    return len(rows)


def _plan(session: Session, network: Network, row: OutboxRow, usable: Usable, now: datetime) -> None:
    kind, booking = NoticeKind(row.kind), booking_of(session, network, row.booking_id)
    row.planned_at = now
    row.stale_at = stale_at(kind, row.params, booking, row.created_at, network.district.zone)
    if row.stale_at <= now or not still_holds(kind, row.params, booking):
        row.sent_at, row.outcome = now, "stale"
        return
    _close_older(session, row, kind, now)
    rules, can = network.district.notices, usable(booking)
    for recipient, contact in recipients_of(booking).items():
        channel = choose_channel(kind, contact, rules, can)
        if channel is not None:
            add_delivery(session, network, row.id, kind, booking, recipient, channel, now)
    session.flush()
    close_if_done(session, row, now)


def add_delivery(
    session: Session,
    network: Network,
    outbox_id: int,
    kind: NoticeKind,
    booking: Booking,
    recipient: str,
    channel: NoticeChannel,
    now: datetime,
) -> None:
    """Let somebody be told by a channel, as soon as it may disturb."""
    rules, pickup_at = network.district.notices, booking.rides[0].leg.promise.pickup_from_at
    at = rules.may_disturb_at(channel, kind, now, network.district.zone, pickup_at)
    values = {"outbox_id": outbox_id, "recipient": recipient, "channel": channel.value}
    row = insert(OutboxDeliveryRow).values(**values, state=WAITING, next_attempt_at=at)
    again = {"state": WAITING, "next_attempt_at": at, "attempts": 0, "settled_at": None, "settled_by": None}
    session.execute(row.on_conflict_do_update(index_elements=list(values), set_=again))


def _close_older(session: Session, row: OutboxRow, kind: NoticeKind, now: datetime) -> None:
    """What this message makes untrue is not told any more."""
    kinds = replaces(kind, row.params)
    if not kinds:
        return
    older = (
        select(OutboxRow)
        .where(OutboxRow.booking_id == row.booking_id, OutboxRow.id < row.id, OutboxRow.sent_at.is_(None))
        .where(OutboxRow.kind.in_([k.value for k in kinds]))
    )
    if "ride" in row.params:
        older = older.where(OutboxRow.params["ride"].astext == row.params["ride"])
    for old in session.scalars(older.with_for_update(skip_locked=True)).all():
        close_stale(session, old, now)


def close_stale(session: Session, row: OutboxRow, now: datetime) -> None:
    """Nobody is told of this message any more."""
    open_ones = (OutboxDeliveryRow.outbox_id == row.id) & OutboxDeliveryRow.state.in_(OPEN)
    values = {"state": STALE, "settled_at": now, "lease": None, "leased_until": None}
    session.execute(update(OutboxDeliveryRow).where(open_ones).values(**values))
    row.sent_at, row.outcome = now, "stale"


def close_all_stale(session: Session, now: datetime) -> int:
    """Close what has become old. Gives how many messages."""
    over = (OutboxRow.sent_at.is_(None)) & (OutboxRow.stale_at <= now)
    rows = session.scalars(select(OutboxRow).where(over).limit(BATCH).with_for_update(skip_locked=True)).all()
    for row in rows:
        close_stale(session, row, now)
    return len(rows)


def hand_over_letters(session: Session, network: Network, now: datetime) -> int:
    """Letters that nobody has printed, and that would come too late now, are for the desk. Gives how many.

    That is when half of the time is left that a letter is given.
    """
    soon_on = (now + timedelta(seconds=network.district.notices.letter_before_s / 2)).astimezone(network.district.zone)
    waits = (OutboxDeliveryRow.channel == NoticeChannel.LETTER.value) & (OutboxDeliveryRow.state == WAITING)
    ids = session.scalars(
        select(OutboxDeliveryRow.id)
        .join(OutboxRow, OutboxRow.id == OutboxDeliveryRow.outbox_id)
        .join(BookingRow, BookingRow.id == OutboxRow.booking_id)
        .where(waits, BookingRow.service_on <= soon_on.date())
        .limit(BATCH)
    ).all()
    found = [pair for pair in lock_deliveries(session, ids) if pair[1].state == WAITING and pair[1].lease is None]
    for message, delivery in found:
        booking, kind = booking_of(session, network, message.booking_id), NoticeKind(message.kind)
        add_delivery(session, network, message.id, kind, booking, delivery.recipient, NoticeChannel.DESK, now)
        delivery.state, delivery.settled_at = REPLACED, now
    return len(found)


def claim(
    session: Session, channel: NoticeChannel, rules: NoticeRules, now: datetime, until: datetime | None = None
) -> Claimed | None:
    """Take the most urgent delivery of a channel that is due, for as long as a lease lasts.

    An attempt is counted when it begins: a message on which workers die is dead one day, too.

    Parameters
    ----------
    until
        Only what was queued before.
    """
    urgent = case((OutboxRow.kind.in_([kind.value for kind in URGENT]), 0), else_=1)
    is_free = or_(OutboxDeliveryRow.leased_until.is_(None), OutboxDeliveryRow.leased_until <= now)
    query = (
        select(OutboxDeliveryRow, OutboxRow)
        .join(OutboxRow, OutboxRow.id == OutboxDeliveryRow.outbox_id)
        .where(OutboxDeliveryRow.channel == channel.value, OutboxDeliveryRow.state == WAITING, is_free)
        .where(OutboxDeliveryRow.next_attempt_at <= now)
        .order_by(urgent, OutboxDeliveryRow.next_attempt_at, OutboxDeliveryRow.id)
        .limit(1)
        .with_for_update(of=OutboxDeliveryRow, skip_locked=True)
    )
    if until is not None:
        query = query.where(OutboxRow.created_at < until)
    while (found := session.execute(query).first()) is not None:
        delivery, message = found
        if delivery.attempts >= rules.attempts:
            delivery.state, delivery.settled_at, delivery.last_error = DEAD, now, Failure.WORKER_ENDED
            delivery.lease = delivery.leased_until = None
            session.flush()
            continue
        delivery.lease, delivery.leased_until = uuid4(), now + LEASE
        delivery.attempts += 1
        return claimed_of(delivery, message, delivery.lease)
    return None


def claimed_of(delivery: OutboxDeliveryRow, message: OutboxRow, lease: UUID) -> Claimed:
    """A delivery as a value."""
    return Claimed(
        delivery.id,
        message.id,
        message.booking_id,
        NoticeKind(message.kind),
        dict(message.params),
        delivery.recipient,
        NoticeChannel(delivery.channel),
        delivery.attempts,
        lease,
    )


def settle(session: Session, claimed: Claimed, now: datetime, **values: object) -> bool:
    """Write what became of a claimed delivery.

    False when the lease was over and somebody else has it, or it is gone.
    """
    message = session.get(OutboxRow, claimed.outbox_id, with_for_update=True)
    if message is None:
        return False
    mine = and_(OutboxDeliveryRow.id == claimed.id, OutboxDeliveryRow.lease == claimed.lease)
    done = {"lease": None, "leased_until": None, **values}
    written = session.scalar(update(OutboxDeliveryRow).where(mine).values(**done).returning(OutboxDeliveryRow.id))
    message.attempts = max(message.attempts, claimed.attempts)
    session.flush()
    close_if_done(session, message, now)
    return written is not None


def close_if_done(session: Session, row: OutboxRow, now: datetime) -> None:
    """Note that nothing is left to do about a message, if so."""
    mine = OutboxDeliveryRow.outbox_id == row.id
    if row.sent_at is None and not session.scalar(select(exists().where(mine, OutboxDeliveryRow.state.in_(OPEN)))):
        states = set(session.scalars(select(OutboxDeliveryRow.state).where(mine)))
        row.sent_at = now
        row.outcome = "told" if states & {SENT, TOLD} else "stale" if states else "nobody"


def tried_channels(session: Session, outbox_id: int, recipient: str) -> tuple[NoticeChannel, ...]:
    """Channels by which somebody was tried to be told of a message."""
    mine = (OutboxDeliveryRow.outbox_id == outbox_id) & (OutboxDeliveryRow.recipient == recipient)
    return tuple(NoticeChannel(text) for text in session.scalars(select(OutboxDeliveryRow.channel).where(mine)))


def lock_deliveries(session: Session, ids: Iterable[int]) -> list[tuple[OutboxRow, OutboxDeliveryRow]]:
    """Deliveries with their messages, both locked, in the order in which everybody locks."""
    wanted = list(ids)
    messages = select(OutboxDeliveryRow.outbox_id).where(OutboxDeliveryRow.id.in_(wanted))
    rows = session.scalars(
        select(OutboxRow).where(OutboxRow.id.in_(messages)).order_by(OutboxRow.id).with_for_update()
    ).all()
    by_id = {row.id: row for row in rows}
    deliveries = session.scalars(
        select(OutboxDeliveryRow)
        .where(OutboxDeliveryRow.id.in_(wanted))
        .order_by(OutboxDeliveryRow.id)
        .with_for_update()
    ).all()
    return [(by_id[d.outbox_id], d) for d in deliveries if d.outbox_id in by_id]
