"""What is agreed with a rider, changed by a decision: the ride's row, an audit entry and a notice, all or none."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from booking import notices
from booking.day import Day
from booking.enquiry_search import Network
from booking.lateness import RideLateness, ride_lateness, save_ride_lateness
from booking.model import BookingId
from booking.operations_tables import RideLatenessRow
from booking.tables import AuditRow, RideRow
from routing.model import Action, Request, RequestId


def change_promise(
    session: Session, network: Network, day: Day, request: Request, *, reason: str, actor: str, now: datetime
) -> None:
    """Write the windows and places of a ride as they are agreed from now on, and note what they were.

    Parameters
    ----------
    day
        As it is planned from now on: what of the ride lies outside of the new windows all the same is late.
    """
    row = session.get_one(RideRow, request.id)
    before = _windows(row)
    row.pickup_stop = network.district.stops[request.pickup].id
    row.pickup_from_s, row.pickup_to_s = request.pickup_window.earliest_s, request.pickup_window.latest_s
    row.dropoff_from_s, row.dropoff_to_s = request.dropoff_window.earliest_s, request.dropoff_window.latest_s
    row.max_ride_s = request.max_ride_s
    _judge_lateness_anew(session, day, request)
    details = {"ride": request.id, "reason": reason, "before": before, "after": _windows(row)}
    note(session, request.id, "promise_changed", details, actor=actor, now=now, on_day=day)


def _judge_lateness_anew(session: Session, day: Day, request: Request) -> None:
    starts = {
        visit.action: visit.start_s
        for run in day.plan.runs.values()
        for visit in run.visits
        if visit.request_id == request.id
    }
    late = RideLateness()
    if starts:
        late = ride_lateness(request, starts[Action.PICKUP], starts[Action.DROPOFF])
    noted = session.get(RideLatenessRow, request.id)
    save_ride_lateness(session, day.service_day.on, request.id, late, 0 if noted is None else noted.told_min)


def note(
    session: Session, ride: RequestId, action: str, details: dict[str, Any], *, actor: str, now: datetime, on_day: Day
) -> None:
    """An audit entry about a ride."""
    booking_id = session.get_one(RideRow, ride).booking_id
    on = on_day.service_day.on
    session.add(AuditRow(at=now, actor=actor, action=action, service_on=on, booking_id=booking_id, details=details))


def tell(
    session: Session, kind: str, ride: RequestId, day: Day, now: datetime, params: dict[str, Any] | None = None
) -> None:
    """Queue a notice about a ride, once for each time at which it is now planned."""
    row = session.get_one(RideRow, ride)
    at = {
        visit.action: day.service_day.at(visit.start_s).isoformat()
        for run in day.plan.runs.values()
        for visit in run.visits
        if visit.request_id == ride
    }
    told = {"ride": ride, "pickup_at": at.get(Action.PICKUP), "dropoff_at": at.get(Action.DROPOFF), **(params or {})}
    key = f"{kind}:{ride}:{told['pickup_at']}"
    notices.queue(session, kind, BookingId(str(row.booking_id)), now, told, key)


def _windows(row: RideRow) -> dict[str, str | int]:
    return {
        "pickup_stop": row.pickup_stop,
        "pickup_from_s": row.pickup_from_s,
        "pickup_to_s": row.pickup_to_s,
        "dropoff_from_s": row.dropoff_from_s,
        "dropoff_to_s": row.dropoff_to_s,
    }
