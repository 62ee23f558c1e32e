"""What a driver's telephone calls: reports of a run, as often and as late as the network allows."""

from typing import Annotated

from fastapi import APIRouter, Depends

from booking.api.access import gate
from booking.api.dispatch_schemas import EventIn, EventOut
from booking.api.route import REPEATABLE
from booking.api.texts import Id, ServiceDate
from booking.api_keys import Scope
from booking.driver_events import Source
from booking.operation import Operation
from booking.staff import Role
from booking.views import StaffView
from routing.model import ShiftId


def add_driver(router: APIRouter, operation: Operation) -> None:
    """Add the calls of drivers."""
    driver = Depends(gate(operation, Scope.DRIVE, Scope.DISPATCH))

    @router.post("/days/{on}/runs/{shift_id}/events", tags=["driver"], openapi_extra=REPEATABLE)
    def report(on: ServiceDate, shift_id: Id, body: EventIn, staff: Annotated[StaffView, driver]) -> EventOut:
        """Report what happened. Sending it again changes nothing; it may be hours old."""
        source = Source.DRIVER if staff.role == Role.DRIVER else Source.DISPATCHER
        event = body.event(on, ShiftId(shift_id), source)
        delay_s = None if body.delay_min is None else 60 * body.delay_min
        return EventOut(is_new=operation.dispatch.report(event, delay_s=delay_s))
