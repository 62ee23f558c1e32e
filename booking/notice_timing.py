"""Messages that no action causes but the time: reminders, and "your vehicle is near"."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking.enquiry_search import Network
from booking.following import prediction_of
from booking.model import BookingId, BookingState
from booking.notice_rules import NoticeKind, NoticeRules
from booking.notices import queue
from booking.store import load_agreed_day
from booking.tables import BookingRow, OutboxRow, RideRow
from gtfs.service_day import ServiceDay
from routing.model import Action

LATE_S = 3 * 3600
"""Whoever is later than this was told otherwise."""


def reminder_times(pickup_at: datetime, rules: NoticeRules, zone: ZoneInfo) -> dict[str, datetime]:
    """When a rider is reminded, by what the reminder is called.

    Parameters
    ----------
    pickup_at
        The earliest promised pickup.
    """
    times = {}
    if rules.reminder_evening_s is not None:
        hours, rest = divmod(rules.reminder_evening_s, 3600)
        evening_on = pickup_at.astimezone(zone).date() - timedelta(days=1)
        times["evening"] = datetime.combine(evening_on, time(hours, rest // 60), zone)
    if rules.reminder_before_s:
        times["before"] = pickup_at - timedelta(seconds=rules.reminder_before_s)
    return times


def queue_reminders(session: Session, network: Network, now: datetime) -> int:
    """Queue the reminders whose time has come, each once. Gives how many.

    Whoever has booked after a reminder's time needs none; of two that have come meanwhile, the later one is enough.
    """
    zone, rules = network.district.zone, network.district.notices
    today = now.astimezone(zone).date()
    first_s = func.min(RideRow.pickup_from_s)
    rows = session.execute(
        select(BookingRow.id, BookingRow.service_on, BookingRow.booked_at, first_s)
        .join(RideRow, RideRow.booking_id == BookingRow.id)
        .where(BookingRow.state == BookingState.CONFIRMED.value, RideRow.is_cancelled.is_(False))
        .where(BookingRow.service_on.between(today - timedelta(days=1), today + timedelta(days=1)))
        .group_by(BookingRow.id)
        .order_by(BookingRow.id)
    ).all()
    reminded = _reminded(session, [row.id for row in rows])
    queued = 0
    for booking_id, on, booked_at, pickup_s in rows:
        pickup_at = ServiceDay(on, zone).at(pickup_s)
        due = {name: at for name, at in reminder_times(pickup_at, rules, zone).items() if booked_at < at <= now}
        name = max(due, key=lambda n: due[n], default="")
        key = f"reminder/{booking_id}/{name}"
        if name and now < pickup_at and key not in reminded:
            queued += queue(session, NoticeKind.REMINDER, booking_id, now, {}, key)
    return queued


def _reminded(session: Session, ids: Sequence[UUID]) -> set[str | None]:
    reminders = (OutboxRow.booking_id.in_(ids)) & (OutboxRow.kind == NoticeKind.REMINDER.value)
    return set(session.scalars(select(OutboxRow.dedupe_key).where(reminders)))


def queue_near(session: Session, network: Network, service_day: ServiceDay, now: datetime) -> int:
    """Queue "your vehicle is near" for every ride that is expected within the rule's time, each once. Gives how many.

    Expected as things stand (:mod:`booking.prediction`): a vehicle that is late is near when it is near.
    """
    near_s, now_s = network.district.notices.near_s, service_day.seconds(now)
    if not near_s:
        return 0
    rides = {
        ride.id: ride
        for ride in session.scalars(
            select(RideRow)
            .join(BookingRow, BookingRow.id == RideRow.booking_id)
            .where(RideRow.service_on == service_day.on, RideRow.is_cancelled.is_(False))
            .where(RideRow.pickup_from_s <= now_s + near_s, RideRow.pickup_to_s >= now_s - LATE_S)
            .where(BookingRow.state == BookingState.CONFIRMED.value)
        )
    }
    told = select(OutboxRow.dedupe_key).where(OutboxRow.dedupe_key.in_([f"near/{ride}" for ride in rides]))
    known = set(session.scalars(told))
    waiting = {ride for ride in rides if f"near/{ride}" not in known}
    if not waiting:
        return 0
    prediction = prediction_of(session, network, load_agreed_day(session, network.district, service_day), now)
    queued = 0
    for run in prediction.runs.values():
        for visit in run.visits[run.done :]:
            ride = visit.request_id
            is_near = visit.action is Action.PICKUP and now_s <= visit.start_s <= now_s + near_s
            if ride is not None and is_near and ride in waiting:
                params = {"ride": ride, "pickup_at": service_day.at(visit.start_s).isoformat()}
                queued += queue(session, NoticeKind.NEAR, _id(rides[ride]), now, params, f"near/{ride}")
    return queued


def _id(ride: RideRow) -> BookingId:
    return BookingId(str(ride.booking_id))
