"""What a driver's telephone calls: reports of a run, as often and as late as the network allows."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends

from booking.api.dispatch_schemas import EventIn, EventOut
from booking.api.staff_gate import DISPATCHER, DRIVER, staff_gate
from booking.driver_events import Source
from booking.operation import Operation
from booking.views import StaffView
from routing.model import ShiftId


def add_driver(router: APIRouter, operation: Operation) -> None:
    """Add the calls of drivers."""
    gate = Depends(staff_gate(operation, DRIVER, DISPATCHER))

    @router.post("/days/{on}/runs/{shift_id}/events", tags=["driver"])
    def report(on: date, shift_id: str, body: EventIn, staff: Annotated[StaffView, gate]) -> EventOut:
        """Report what happened. Sending it again changes nothing; it may be hours old."""
        source = Source.DRIVER if staff.role == DRIVER else Source.DISPATCHER
        event = body.event(on, ShiftId(shift_id), source)
        delay_s = None if body.delay_min is None else 60 * body.delay_min
        return EventOut(is_new=operation.dispatch.report(event, delay_s=delay_s))
