"""One delivery after another: claimed, handed over outside of any transaction, settled.

A crash between handing over and settling leaves a lease that runs out: the message goes out again, never not at all.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, sessionmaker

from booking.calendar_file import write_calendar
from booking.enquiry_search import Network
from booking.model import Booking, Contact
from booking.notice_errors import Failure, SendError
from booking.notice_parcel import Parcel
from booking.notice_reach import choose_channel
from booking.notice_rules import NoticeChannel, NoticeKind
from booking.notice_store import (
    DEAD,
    REPLACED,
    SENT,
    STALE,
    Claimed,
    Usable,
    add_delivery,
    booking_of,
    claim,
    recipients_of,
    settle,
    tried_channels,
)
from booking.notice_texts import render, ride_notes
from booking.notice_validity import stale_at, still_holds
from booking.tables import OutboxRow

log = logging.getLogger(__name__)

Sender = Callable[[Parcel], None]
WITH_CALENDAR = (NoticeKind.CONFIRMED, NoticeKind.CHANGED)


class Sent(StrEnum):
    """What became of one try."""

    OUT = "out"
    CLOSED = "closed"
    FAILED = "failed"
    DOWN = "down"
    """Failed, and whatever comes next would fail as well."""


@dataclass(frozen=True)
class Post:
    """What sending needs to know.

    Parameters
    ----------
    usable
        The channels that are set up and fast enough for a booking.
    """

    sessions: sessionmaker[Session]
    network: Network
    clock: Callable[[], datetime]
    public_url: str
    usable: Usable


def send_next(post: Post, channel: NoticeChannel, sender: Sender, until: datetime | None = None) -> Sent | None:
    """Send what is due most urgently by a channel; None when nothing is due.

    Parameters
    ----------
    until
        Only what was queued before.
    """
    with post.sessions.begin() as session:
        claimed = claim(session, channel, post.network.district.notices, post.clock(), until)
    if claimed is None:
        return None
    try:
        parcel = _parcel(post, claimed)
        if parcel is not None:
            sender(parcel)
    except SendError as error:
        return _failed(post, claimed, error)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it must not stop the messages behind it
        # Its text may hold an address: its kind must do.
        log.error("delivery %d failed by a fault in the program: %s", claimed.id, type(fault).__name__)  # noqa: TRY400
        return _failed(post, claimed, SendError(Failure.FAULT))
    now = post.clock()
    with post.sessions.begin() as session:
        is_mine = settle(session, claimed, now, state=STALE if parcel is None else SENT, settled_at=now, last_error="")
    if not is_mine:
        log.warning("delivery %d took longer than its lease; it may go out twice", claimed.id)
    return Sent.CLOSED if parcel is None else Sent.OUT


def _parcel(post: Post, claimed: Claimed) -> Parcel | None:
    """The message, or None where nobody needs to hear it any more."""
    now, district = post.clock(), post.network.district
    with post.sessions() as session:
        try:
            booking = booking_of(session, post.network, claimed.booking_id)
        except NoResultFound:
            return None
    kind, params = claimed.kind, claimed.params
    if stale_at(kind, params, booking, now, district.zone) <= now or not still_holds(kind, params, booking):
        return None
    return make_parcel(post, claimed, booking, now)


def make_parcel(post: Post, claimed: Claimed, booking: Booking, now: datetime) -> Parcel:
    """A message as it is handed over.

    Raises
    ------
    SendError
        Nobody is to be told any more: the contact was deleted.
    """
    kind, district = claimed.kind, post.network.district
    contact = recipients_of(booking).get(claimed.recipient, Contact(""))
    if contact == Contact(""):
        raise SendError(Failure.NO_RECIPIENT, is_permanent=True)
    text = render(kind, claimed.params, booking, contact, district, post.public_url)
    calendar = ""
    if kind in WITH_CALENDAR:
        calendar = write_calendar(booking, district, lambda ride: ride_notes(ride, booking, contact, district), now)
    return Parcel(f"{claimed.booking_id}.{claimed.id}", contact, text, now, calendar)


def _failed(post: Post, claimed: Claimed, error: SendError) -> Sent:
    """Note a failure: again later, by another channel, or before the dispatcher."""
    now, rules = post.clock(), post.network.district.notices
    is_last = error.is_permanent or claimed.attempts >= rules.attempts
    with post.sessions.begin() as session:
        booking = booking_of(session, post.network, claimed.booking_id)
        if not is_last:
            again_at = now + rules.pause(claimed.attempts)
            pickup_at, zone = booking.rides[0].leg.promise.pickup_from_at, post.network.district.zone
            again_at = rules.may_disturb_at(claimed.channel, claimed.kind, again_at, zone, pickup_at)
            settle(session, claimed, now, next_attempt_at=again_at, last_error=error.reason)
        else:
            _give_up(session, post, claimed, booking, error, now)
    log.warning("delivery %d by %s failed: %s", claimed.id, claimed.channel, error.reason)
    return Sent.DOWN if error.is_down else Sent.FAILED


def _give_up(session: Session, post: Post, claimed: Claimed, booking: Booking, error: SendError, now: datetime) -> None:
    """Go over to the next channel that reaches the person; without one the delivery is dead."""
    # The message first, as everybody locks: a new delivery alone would lock it a little, and two of them each other.
    if session.get(OutboxRow, claimed.outbox_id, with_for_update=True) is None:
        return
    contact = recipients_of(booking).get(claimed.recipient, Contact(""))
    tried = tried_channels(session, claimed.outbox_id, claimed.recipient)
    rules = post.network.district.notices
    other = choose_channel(claimed.kind, contact, rules, post.usable(booking), tried)
    if other is None or other is NoticeChannel.DESK:
        settle(session, claimed, now, state=DEAD, settled_at=now, last_error=error.reason)
        return
    # Only whoever still holds the lease may open another way; the new row comes first, so that the message stays open.
    add_delivery(session, post.network, claimed.outbox_id, claimed.kind, booking, claimed.recipient, other, now)
    if not settle(session, claimed, now, state=REPLACED, settled_at=now, last_error=error.reason):
        session.rollback()
