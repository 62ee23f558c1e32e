"""What drivers (and dispatchers for them) report: arrived, boarded, alighted, no show, delay, breakdown, position.

A report is kept once however often it is sent, and may come late or out of order: it says itself when it happened.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import CursorResult, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.day import Day
from booking.errors import NotFoundError
from booking.operations_tables import DriverEventRow
from booking.tables import RideRow
from routing.model import Action, RequestId, Run, ShiftId

Call = tuple[RequestId, Action]

POSITION_KEPT = timedelta(hours=2)
"""Where a vehicle was is forgotten after so long: it serves the running shift and nothing else."""


class EventKind(StrEnum):
    """What can be reported."""

    ARRIVED = "arrived"
    """The vehicle stands where the ride begins (or, once the rider is on board, where it ends)."""
    BOARDED = "boarded"
    """The rider is on board, the vehicle may go on."""
    ALIGHTED = "alighted"
    """The rider is out, the vehicle may go on."""
    NO_SHOW = "no_show"
    """The rider did not come, the vehicle goes on."""
    DELAY = "delay"
    """The next visit will be later than planned."""
    BREAKDOWN = "breakdown"
    """The vehicle goes nowhere any more."""
    POSITION = "position"
    """Where the vehicle is."""


class Source(StrEnum):
    """Who reported."""

    DRIVER = "driver"
    DISPATCHER = "dispatcher"


NEEDS_RIDE = {EventKind.ARRIVED, EventKind.BOARDED, EventKind.ALIGHTED, EventKind.NO_SHOW}


@dataclass(frozen=True, slots=True)
class DriverEvent:
    """A report.

    Parameters
    ----------
    id
        Chosen by whoever reports, so that sending again is harmless.
    at
        When it happened, not when it was sent.
    expected_at
        Of a delay: when the next visit (that of ``ride_id``, if given) will begin.
    """

    id: str
    on: date
    shift_id: ShiftId
    kind: EventKind
    at: datetime
    ride_id: RequestId | None = None
    lon: float | None = None
    lat: float | None = None
    expected_at: datetime | None = None
    source: Source = Source.DRIVER

    def __post_init__(self) -> None:
        if self.kind in NEEDS_RIDE and self.ride_id is None:
            msg = f"{self.kind} is about a ride: give its id"
            raise ValueError(msg)
        if self.kind is EventKind.POSITION and (self.lon is None or self.lat is None):
            msg = "a position has lon and lat"
            raise ValueError(msg)


def delayed(event: DriverEvent, day: Day, done: Collection[Call], delay_s: int) -> DriverEvent:
    """A delay against the times the driver sees, as a time: what is planned later must not move it again.

    Parameters
    ----------
    done
        What has happened already: the delay is about the next visit.
    """
    run = day.plan.runs.get(event.shift_id, Run(event.shift_id))
    open_visits = [v for v in run.visits if v.request_id is not None and (v.request_id, v.action) not in done]
    if event.ride_id is not None:
        open_visits = [v for v in open_visits if v.request_id == event.ride_id]
    if not open_visits:
        return event
    nearest = open_visits[0]
    expected_at = day.service_day.at(nearest.start_s + delay_s)
    return DriverEvent(
        event.id,
        event.on,
        event.shift_id,
        event.kind,
        event.at,
        nearest.request_id,
        event.lon,
        event.lat,
        expected_at,
        event.source,
    )


def save_event(session: Session, event: DriverEvent, received_at: datetime) -> bool:
    """Keep a report; whether it is a new one.

    Where it happened is kept of positions, breakdowns and no-shows only.
    """
    has_place = event.kind in {EventKind.POSITION, EventKind.BREAKDOWN, EventKind.NO_SHOW}
    values = {
        "id": event.id,
        "service_on": event.on,
        "shift_id": event.shift_id,
        "kind": event.kind.value,
        "at": event.at,
        "received_at": received_at,
        "source": event.source.value,
        "ride_id": event.ride_id,
        "expected_at": event.expected_at,
        "lon": event.lon if has_place else None,
        "lat": event.lat if has_place else None,
    }
    kept = insert(DriverEventRow).values(values).on_conflict_do_nothing(index_elements=["id"])
    return session.scalar(kept.returning(DriverEventRow.id)) is not None


def is_known_event(session: Session, event_id: str) -> bool:
    """Whether a report has come before."""
    return session.get(DriverEventRow, event_id) is not None


def check_event(session: Session, event: DriverEvent, day: Day) -> None:
    """Raise NotFoundError for a report about a shift or a ride that the day does not have.

    A ride that was cancelled is known: the report may be older than that.
    """
    if event.shift_id not in day.shifts:
        msg = f"There is no shift {event.shift_id} on {event.on}."
        raise NotFoundError(msg)
    if event.ride_id is not None and session.get(RideRow, event.ride_id) is None:
        msg = f"There is no ride {event.ride_id} on {event.on}."
        raise NotFoundError(msg)


def load_events(session: Session, on: date) -> tuple[DriverEvent, ...]:
    """All reports of a service day in the order in which things happened."""
    rows = session.scalars(
        select(DriverEventRow)
        .where(DriverEventRow.service_on == on)
        .order_by(DriverEventRow.at, DriverEventRow.received_at, DriverEventRow.id)
    )
    return tuple(_event(row) for row in rows)


def _event(row: DriverEventRow) -> DriverEvent:
    return DriverEvent(
        id=row.id,
        on=row.service_on,
        shift_id=ShiftId(row.shift_id),
        kind=EventKind(row.kind),
        at=row.at,
        ride_id=None if row.ride_id is None else RequestId(row.ride_id),
        lon=row.lon,
        lat=row.lat,
        expected_at=row.expected_at,
        source=Source(row.source),
    )


def forget_positions(session: Session, now: datetime, over: Sequence[tuple[date, ShiftId]] = ()) -> int:
    """Delete where vehicles were: what is older than hours, and every position of a shift that is over."""
    is_over = [(DriverEventRow.service_on == on) & (DriverEventRow.shift_id == shift_id) for on, shift_id in over]
    gone = session.execute(
        delete(DriverEventRow).where(
            DriverEventRow.kind == EventKind.POSITION.value, or_(DriverEventRow.at < now - POSITION_KEPT, *is_over)
        )
    )
    return cast("CursorResult[object]", gone).rowcount
