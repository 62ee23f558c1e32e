"""What dispatchers have to look at on a day: risks and what helps, connections, messages that reached nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking.at_risk import Risk
from booking.connections import ConnectionDecision
from booking.cures import Cure
from booking.driver_events import EventKind
from booking.held_connections import Decision
from booking.model import BookingCode
from booking.notice_desk import NoticeView, needs_somebody
from booking.notice_rules import NoticeKind
from booking.notice_tables import OutboxDeliveryRow
from booking.operations_tables import DriverEventRow
from booking.tables import BookingRow, ContactRow, RideRow
from routing.model import RequestId, ShiftId

if TYPE_CHECKING:
    from booking.operation import Operation


@dataclass(frozen=True, slots=True)
class RiderOfRide:
    """Who a ride is for. Personal data."""

    code: BookingCode
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Alerts:
    """What there is to look at on a day.

    Parameters
    ----------
    version
        Of the day that the cures belong to.
    riders, vehicles
        Names of what the others mention.
    connections
        Decisions about lines that are late; not those by which all stays as it was.
    undelivered
        Messages that reached nobody, of all days.
    unsaid
        Confirmations among them: who booked has seen or heard the same, so they come last and do not count.
    """

    on: date
    version: int
    risks: tuple[Risk, ...]
    cures: tuple[Cure, ...]
    connections: tuple[ConnectionDecision, ...]
    undelivered: tuple[NoticeView, ...]
    unsaid: tuple[NoticeView, ...]
    riders: Mapping[RequestId, RiderOfRide]
    vehicles: Mapping[ShiftId, str]


def list_alerts(operation: "Operation", on: date) -> Alerts:
    """What there is to look at on a day, now."""
    dispatch, district = operation.dispatch, operation.district
    # Before all else: whoever applies what was found on an older day is told that there is a newer one.
    version = operation.version(on)
    notices = operation.notices.list("open")
    return Alerts(
        on=on,
        version=version,
        risks=dispatch.risks(on),
        cures=dispatch.cures(on),
        connections=tuple(d for d in dispatch.decisions(on) if d.decision is not Decision.KEPT),
        undelivered=tuple(n for n in notices if n.kind != NoticeKind.CONFIRMED),
        unsaid=tuple(n for n in notices if n.kind == NoticeKind.CONFIRMED),
        riders=riders_of(operation, on),
        vehicles={shift.id: district.vehicle_by_id[shift.vehicle_id].name for shift in district.shifts},
    )


def count_alerts(operation: "Operation", on: date) -> int:
    """How many risks of a day and undelivered messages there are; confirmations do not count."""
    notices = operation.notices.list("open")
    return len(operation.dispatch.risks(on)) + sum(notice.kind != NoticeKind.CONFIRMED for notice in notices)


def day_state(session: Session, on: date, version: int) -> str:
    """A text that is another one as soon as there is something new to see of a day: plan, reports, messages to be told.

    Positions alone are nothing new: what follows from them for anybody is written into the plan.
    """
    events = select(func.count()).where(
        DriverEventRow.service_on == on, DriverEventRow.kind != EventKind.POSITION.value
    )
    undelivered = select(func.count()).select_from(OutboxDeliveryRow).where(needs_somebody())
    return f"{version}-{session.scalar(events)}-{session.scalar(undelivered)}"


def riders_of(operation: "Operation", on: date) -> dict[RequestId, RiderOfRide]:
    """Who the rides of a day are for, also of those that no vehicle drives."""
    query = (
        select(RideRow.id, BookingRow.code, ContactRow.name, ContactRow.phone)
        .join(BookingRow, BookingRow.id == RideRow.booking_id)
        .join(ContactRow, ContactRow.booking_id == BookingRow.id, isouter=True)
        .where(RideRow.service_on == on)
    )
    with operation.database.sessions() as session:
        rows = session.execute(query).all()
    return {
        RequestId(ride_id): RiderOfRide(BookingCode(code), name or "", phone or "")
        for ride_id, code, name, phone in rows
    }
