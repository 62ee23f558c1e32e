"""Times in which nothing new is booked, in an area or everywhere: lines stand still, or the weather forbids to drive.

What is booked stays booked; everybody who is affected is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from booking import notices
from booking.day import service_day_of
from booking.district import District
from booking.errors import NotFoundError
from booking.model import (
    Answer,
    AreaId,
    BookingId,
    BookingState,
    Enquiry,
    Explanation,
    OfferId,
    OfferKind,
    Reason,
    Refusal,
    StopId,
)
from booking.operations_tables import DegradedModeRow
from booking.tables import AuditRow, BookingRow, RideRow
from gtfs.service_day import ServiceDay


class DegradedKind(StrEnum):
    """Why nothing new is booked."""

    LINES_STOPPED = "lines_stopped"
    """Lines stand still: neither rides nor lines are offered."""
    SEVERE_WEATHER = "severe_weather"
    """No new rides; lines that run are told."""


@dataclass(frozen=True, slots=True)
class DegradedMode:
    """A time in which nothing new is booked.

    Parameters
    ----------
    area_id
        Only rides that touch this area; None for all.
    from_at, to_at
        Half-open; ``to_at`` None for until it is switched off.
    """

    id: UUID
    kind: DegradedKind
    from_at: datetime
    to_at: datetime | None = None
    area_id: AreaId | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether a time lies in it."""
        return self.from_at <= at and (self.to_at is None or at < self.to_at)


def switch_on(
    session: Session,
    district: District,
    kind: DegradedKind,
    from_at: datetime,
    to_at: datetime | None,
    area_id: AreaId | None,
    *,
    actor: str,
    now: datetime,
) -> DegradedMode:
    """Stop new bookings and tell everybody who has one that is affected.

    Raises
    ------
    NotFoundError
        There is no such area.
    """
    if area_id is not None and area_id not in {area.id for area in district.areas}:
        msg = f"There is no area {area_id}."
        raise NotFoundError(msg)
    mode = DegradedMode(uuid4(), kind, from_at, to_at, area_id)
    session.add(
        DegradedModeRow(
            id=mode.id,
            kind=kind.value,
            area_id=area_id,
            from_at=from_at,
            to_at=to_at,
            switched_on_at=now,
            switched_on_by=actor,
        )
    )
    _tell(session, district, mode, actor, now, is_on=True)
    return mode


def switch_off(session: Session, district: District, mode_id: UUID, *, actor: str, now: datetime) -> None:
    """Allow new bookings again and tell everybody who was told. Switching off twice is the same as once.

    Raises
    ------
    NotFoundError
        There never was such a mode.
    """
    row = session.get(DegradedModeRow, mode_id, with_for_update=True)
    if row is None:
        msg = "There is no such degraded mode."
        raise NotFoundError(msg)
    if row.switched_off_at is not None:
        return
    row.switched_off_at, row.switched_off_by = now, actor
    _tell(session, district, _mode(row), actor, now, is_on=False)


def load_modes(session: Session, now: datetime) -> tuple[DegradedMode, ...]:
    """The modes that are switched on and not over, the oldest first."""
    rows = session.scalars(
        select(DegradedModeRow)
        .where(
            DegradedModeRow.switched_off_at.is_(None),
            or_(DegradedModeRow.to_at.is_(None), DegradedModeRow.to_at > now),
        )
        .order_by(DegradedModeRow.switched_on_at, DegradedModeRow.id)
    )
    return tuple(_mode(row) for row in rows)


def _mode(row: DegradedModeRow) -> DegradedMode:
    area_id = None if row.area_id is None else AreaId(row.area_id)
    return DegradedMode(row.id, DegradedKind(row.kind), row.from_at, row.to_at, area_id)


def find_mode(enquiry: Enquiry, modes: Iterable[DegradedMode], district: District) -> DegradedMode | None:
    """The mode that forbids a new ride for an enquiry, if any."""
    ends = ((enquiry.origin.lon, enquiry.origin.lat), (enquiry.destination.lon, enquiry.destination.lat))
    for mode in modes:
        area = next((a for a in district.areas if a.id == mode.area_id), None)
        if mode.holds_at(enquiry.wished_at) and (area is None or any(area.covers(*end) for end in ends)):
            return mode
    return None


def is_booked(session: Session, offer_id: OfferId) -> bool:
    """Whether an offer is a booking already: confirming it again is no new one."""
    return session.scalar(select(BookingRow.id).where(BookingRow.offer_id == offer_id)) is not None


def limited(answer: Answer, enquiry: Enquiry, mode: DegradedMode, district: District, rules_version: str) -> Answer:
    """An answer without anything that has to be booked; lines are still told where they run."""
    params: dict[str, str | int | datetime] = {"phone": district.contact.phone}
    if mode.to_at is not None:
        params["until_at"] = mode.to_at
    explanation = Explanation(Reason.SERVICE_SUSPENDED, f"{rules_version}/degraded_mode", params)
    lines = tuple(o for o in answer.offers if o.kind is OfferKind.LINE)
    if lines and mode.kind is not DegradedKind.LINES_STOPPED:
        return Answer(lines, notes=(explanation,))
    return Answer((), Refusal(explanation, enquiry, rules_version))


def _tell(session: Session, district: District, mode: DegradedMode, actor: str, now: datetime, *, is_on: bool) -> None:
    """An audit entry for the switch, and a notice for every booking that is affected and still to come."""
    area = next((a for a in district.areas if a.id == mode.area_id), None)
    stops = {s.id for s in district.stops if area is None or area.covers(s.lon, s.lat)}
    rows = session.scalars(
        select(BookingRow)
        .where(BookingRow.state == BookingState.CONFIRMED.value)
        .where(BookingRow.service_on >= service_day_of(min(mode.from_at, now), district.zone).on)
        .options(selectinload(BookingRow.rides))
        .order_by(BookingRow.booked_at, BookingRow.id)
    )
    affected = [row for row in rows if any(_is_affected(ride, mode, stops, district, now) for ride in row.rides)]
    state = "on" if is_on else "off"
    details = {"mode": str(mode.id), "kind": mode.kind.value, "area": mode.area_id, "bookings": len(affected)}
    action = f"degraded_{state}"
    session.add(AuditRow(at=now, actor=actor, action=action, service_on=None, booking_id=None, details=details))
    for row in affected:
        params = {"kind": mode.kind.value, "state": state, "until_at": mode.to_at and mode.to_at.isoformat()}
        key = f"degraded:{mode.id}:{state}:{row.id}"
        notices.queue(session, "degraded", BookingId(str(row.id)), now, params, key)


def _is_affected(ride: RideRow, mode: DegradedMode, stops: set[StopId], district: District, now: datetime) -> bool:
    pickup_at = ServiceDay(ride.service_on, district.zone).at(ride.pickup_from_s)
    is_here = ride.pickup_stop in stops or ride.dropoff_stop in stops
    return is_here and not ride.is_cancelled and pickup_at >= now and mode.holds_at(pickup_at)
