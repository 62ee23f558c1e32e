"""Held connections kept: the news of lines laid over the timetable; decisions written and told, once a change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload, sessionmaker

from booking.bookings import not_before_s, refuse_faults, without_known
from booking.day import Day
from booking.enquiry_search import Network
from booking.following import is_followed, prediction_of
from booking.held_connections import (
    NEWS_S,
    Decided,
    Decision,
    HeldRide,
    LineNews,
    Situation,
    decide,
    held_ride,
    shift_of,
    trip_day,
)
from booking.model import BookingId, BookingState, HeldConnection, Offer
from booking.operations_tables import ConnectionDecisionRow
from booking.promises import change_promise, tell
from booking.store import claim_version, load_day, load_states, save_runs
from booking.stored_offers import offer_of
from booking.tables import BookingRow
from gtfs.realtime import RealtimeFeed
from gtfs.realtime_day import CallState, RealtimeDay, apply_realtime, find_real_call
from gtfs.realtime_vehicles import updates_by_vehicles
from gtfs.service_day import ServiceDay
from routing.model import RequestId
from routing.violations import violations

FRESH_S = 300
"""News that is older says nothing about now."""
NOTICES = {Decision.WAITS: "delayed", Decision.OTHER_VEHICLE: "changed", Decision.NEW_OFFER: "at_risk"}

FindOffer = Callable[[HeldRide, datetime], Offer | None]


@dataclass(frozen=True, slots=True)
class ConnectionDecision:
    """A decision as it is kept."""

    at: datetime
    request_id: RequestId
    booking_id: str
    held: HeldConnection
    line_expected_at: datetime | None
    decision: Decision
    reason: str
    details: Mapping[str, Any]


def load_held_rides(session: Session, on: date) -> tuple[HeldRide, ...]:
    """The rides of a day that hang on lines."""
    rows = session.scalars(
        select(BookingRow)
        .where(
            BookingRow.service_on == on,
            BookingRow.state == BookingState.CONFIRMED.value,
            BookingRow.offer != {},  # anonymised, of a program too old to be read
        )
        .options(selectinload(BookingRow.rides), selectinload(BookingRow.contact))
        .order_by(BookingRow.booked_at, BookingRow.id)
    )
    found = []
    for row in rows:
        offer = offer_of(row)
        for ride in row.rides:
            held = held_ride(RequestId(ride.id), BookingId(str(row.id)), offer, ride.leg_index)
            if held is not None and not ride.is_cancelled:
                found.append(held)
    return tuple(found)


def line_news(
    network: Network, rides: tuple[HeldRide, ...], service_day: ServiceDay, feed: RealtimeFeed | None
) -> dict[RequestId, LineNews]:
    """When the lines that rides hang on will really be at their hubs; as due, where nothing is known."""
    days: dict[date, RealtimeDay] = {}
    news = {}
    for ride in rides:
        held = ride.held
        if held.trip_on not in days:
            days[held.trip_on] = _as_it_is(network, trip_day(held, service_day), feed)
        news[ride.request_id] = _news(network, ride, days[held.trip_on])
    return news


def _as_it_is(network: Network, on: ServiceDay, feed: RealtimeFeed | None) -> RealtimeDay:
    day = network.artefacts.timetable.day(on)
    return apply_realtime(day, {} if feed is None else updates_by_vehicles(day, feed))


def _news(network: Network, ride: HeldRide, real: RealtimeDay) -> LineNews:
    held = ride.held
    for link in network.artefacts.links.near(held.hub):
        call = find_real_call(real, held.trip_id, link.fixed_stop_id)
        if call.planned is None:
            continue
        if call.state in (CallState.CANCELLED, CallState.SKIPPED) or call.expected is None:
            return LineNews(held.line_at, None)
        planned, expected = call.planned, call.expected
        late_s = (
            expected.arrival_s - planned.arrival_s if ride.is_line_first else expected.departure_s - planned.departure_s
        )
        on = real.day.service_day
        return LineNews(held.line_at, on.at(on.seconds(held.line_at) + late_s))
    return LineNews(held.line_at, held.line_at)


def keep_connections(
    sessions: sessionmaker[Session],
    network: Network,
    service_day: ServiceDay,
    feed: RealtimeFeed | None,
    clock: Callable[[], datetime],
    find_offer: FindOffer | None = None,
) -> tuple[ConnectionDecision, ...]:
    """Decide about every held connection of a day, each in its own transaction. Gives what is new.

    Parameters
    ----------
    feed
        News of lines; None (or too old) for the timetable alone.
    find_offer
        Gives what is possible instead for a ride that cannot be kept, from a time on.
    """
    now = clock()
    if feed is not None and feed.is_stale(now, FRESH_S):
        feed = None
    with sessions() as session:
        rides = load_held_rides(session, service_day.on)
    if not rides:
        return ()
    news = line_news(network, rides, service_day, feed)
    with sessions() as session:
        situation = _situation(session, network, service_day, now)
        if situation is None:
            return ()
        lasts = _lasts(session, service_day.on)
    new = [ride for ride in rides if _decided_anew(ride, news[ride.request_id], situation, lasts.get(ride.request_id))]
    found = (_keep(sessions, network, service_day, ride, news[ride.request_id], clock, find_offer) for ride in new)
    return tuple(decision for decision in found if decision is not None)


def _keep(
    sessions: sessionmaker[Session],
    network: Network,
    service_day: ServiceDay,
    ride: HeldRide,
    news: LineNews,
    clock: Callable[[], datetime],
    find_offer: FindOffer | None,
) -> ConnectionDecision | None:
    """Decide about one ride; None when nothing is new, or somebody else was first (the next round looks again)."""
    now = clock()
    with sessions() as session:
        decided = _look(session, network, service_day, ride, news, now)
    if decided is None:
        return None
    offer = find_offer(ride, now) if decided.decision is Decision.NEW_OFFER and find_offer is not None else None
    with sessions.begin() as session:
        day = load_day(session, network.district, service_day)
        decided = _look(session, network, service_day, ride, news, now)
        if decided is None:
            return None
        if not claim_version(session, service_day.on, day.version):
            session.rollback()
            return None
        return _write(session, network, day, ride, news, decided, offer, now)


def _look(
    session: Session, network: Network, service_day: ServiceDay, ride: HeldRide, news: LineNews, now: datetime
) -> Decided | None:
    situation = _situation(session, network, service_day, now)
    return None if situation is None else _decided_anew(ride, news, situation, _last(session, ride.request_id))


def _situation(session: Session, network: Network, service_day: ServiceDay, now: datetime) -> Situation | None:
    """The day as it stands, for all its rides; None while reports are not in the runs yet: the next round decides."""
    agreed, day = load_states(session, network.district, service_day)
    prediction = prediction_of(session, network, agreed, now)
    if not is_followed(session, agreed, prediction):
        return None
    rules = network.district.rulebook.rules_on(service_day.on).connection
    return Situation(day, agreed, prediction, rules, network.artefacts.times, not_before_s(day, network, now))


def _decided_anew(
    ride: HeldRide, news: LineNews, situation: Situation, last: ConnectionDecisionRow | None
) -> Decided | None:
    """What becomes of a held connection; None where that is known, or nothing can become of it any more."""
    if ride.request_id not in situation.day.requests:
        return None
    decided = decide(ride, news, replace(situation, last=None if last is None else Decision(last.decision)))
    return decided if decided is not None and _is_new(last, news, decided) else None


def _lasts(session: Session, on: date) -> dict[RequestId, ConnectionDecisionRow]:
    """What was decided last about each ride of a day."""
    rows = session.scalars(
        select(ConnectionDecisionRow).where(ConnectionDecisionRow.service_on == on).order_by(ConnectionDecisionRow.id)
    )
    return {RequestId(row.ride_id): row for row in rows}


def _last(session: Session, ride: RequestId) -> ConnectionDecisionRow | None:
    return session.scalar(
        select(ConnectionDecisionRow)
        .where(ConnectionDecisionRow.ride_id == ride)
        .order_by(ConnectionDecisionRow.id.desc())
        .limit(1)
    )


def _is_new(last: ConnectionDecisionRow | None, news: LineNews, decided: Decided) -> bool:
    """Whether a decision differs from the last one, or rests on another minute; nothing is said of what is on time."""
    if last is None:
        return decided.decision is not Decision.KEPT or abs(news.late_s) >= NEWS_S
    if last.decision == Decision.OTHER_VEHICLE and decided.decision is Decision.KEPT:
        return False  # it is kept because of that
    if last.decision != decided.decision:
        return True
    if last.line_expected_at is None or news.expected_at is None:
        return last.line_expected_at is not news.expected_at
    return abs((last.line_expected_at - news.expected_at).total_seconds()) >= NEWS_S


def _write(
    session: Session,
    network: Network,
    day: Day,
    ride: HeldRide,
    news: LineNews,
    decided: Decided,
    offer: Offer | None,
    now: datetime,
) -> ConnectionDecision:
    after = decided.day or day
    if decided.request is not None and decided.request != day.requests[ride.request_id]:
        reason = f"connection:{decided.reason}"
        change_promise(session, network, after, decided.request, reason=reason, actor="worker", now=now)
    if decided.day is not None:
        _check(day, after, network)
        save_runs(session, network.district, day, after)
    details: dict[str, Any] = {
        "minutes": -(-news.late_s // 60),
        "wait_min": -(-decided.wait_s // 60),
        "shift": shift_of(after, ride.request_id),
    }
    if offer is not None:
        details["offer"] = {"departure_at": offer.departure_at.isoformat(), "arrival_at": offer.arrival_at.isoformat()}
    before = _last(session, ride.request_id)
    row = ConnectionDecisionRow(
        at=now,
        service_on=day.service_day.on,
        ride_id=ride.request_id,
        trip_id=ride.held.trip_id,
        trip_on=ride.held.trip_on,
        line_due_at=news.due_at,
        line_expected_at=news.expected_at,
        decision=decided.decision.value,
        reason=decided.reason,
        details=details,
    )
    session.add(row)
    was_told = before is not None and before.decision != Decision.KEPT
    kind = NOTICES.get(decided.decision) or ("changed" if was_told else None)
    if kind is not None:
        params = {"line": ride.held.line_name, "decision": decided.decision.value, **details}
        expected = None if news.expected_at is None else news.expected_at.isoformat()
        tell(session, kind, ride.request_id, after, now, {**params, "line_expected_at": expected})
    return _value(row, ride)


def _check(before: Day, after: Day, network: Network) -> None:
    """Let the judge look: waiting moves what is fixed, so only the day itself is judged, not the change.

    Raises
    ------
    PlanBrokenError
        A violation that was not there before.
    """
    times = network.artefacts.times
    old = violations(before.plan, before.problem(times, 0))
    refuse_faults(without_known(violations(after.plan, after.problem(times, 0)), old), "keeping a connection", after)


def _value(row: ConnectionDecisionRow, ride: HeldRide) -> ConnectionDecision:
    return ConnectionDecision(
        row.at,
        ride.request_id,
        ride.booking_id,
        ride.held,
        row.line_expected_at,
        Decision(row.decision),
        row.reason,
        row.details,
    )


def list_decisions(session: Session, on: date) -> tuple[ConnectionDecision, ...]:
    """All decisions of a day, the newest first."""
    rides = {ride.request_id: ride for ride in load_held_rides(session, on)}
    rows = session.scalars(
        select(ConnectionDecisionRow)
        .where(ConnectionDecisionRow.service_on == on)
        .order_by(ConnectionDecisionRow.id.desc())
    )
    return tuple(_value(row, rides[RequestId(row.ride_id)]) for row in rows if row.ride_id in rides)


def newest_decisions(session: Session, on: date) -> dict[RequestId, ConnectionDecision]:
    """The decision that holds for each ride."""
    newest: dict[RequestId, ConnectionDecision] = {}
    for decision in list_decisions(session, on):
        newest.setdefault(decision.request_id, decision)
    return newest
