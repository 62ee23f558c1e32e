"""What dispatchers call on the day: expected times, promises at risk and their cures, shifts that end, modes."""

from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from booking.api.dispatch_schemas import (
    CureIn,
    CureOut,
    DecisionOut,
    DegradedIn,
    DegradedOut,
    EndShiftIn,
    ExpectedOut,
    ReplacedOut,
    RiskOut,
)
from booking.api.schemas import CodeIn
from booking.api.staff_gate import DISPATCHER, staff_gate
from booking.disruptions import Ending
from booking.errors import NotFoundError
from booking.model import AreaId, BookingCode, StopId
from booking.operation import Operation
from booking.views import StaffView
from routing.model import RequestId, ShiftId


def add_dispatch(router: APIRouter, operation: Operation) -> None:
    """Add the calls of dispatchers."""
    _add_looking(router, operation)
    _add_changing(router, operation)
    _add_degraded(router, operation)


def _add_looking(router: APIRouter, operation: Operation) -> None:
    staff = Depends(staff_gate(operation))

    @router.get("/days/{on}/expected", tags=["dispatch"], dependencies=[staff])
    def expected(on: date) -> list[ExpectedOut]:
        """When every ride of a day will really begin and end."""
        return ExpectedOut.all_of(operation.dispatch.predict(on), operation.service_day(on))

    @router.get("/days/{on}/risks", tags=["dispatch"], dependencies=[staff])
    def risks(on: date) -> list[RiskOut]:
        """Promises that will not be kept as things stand, worst first."""
        return [RiskOut.of(risk) for risk in operation.dispatch.risks(on)]

    @router.get("/days/{on}/cures", tags=["dispatch"], dependencies=[staff])
    def cures(on: date) -> list[CureOut]:
        """What can be done about late rides, each as a difference."""
        return [CureOut.of(cure) for cure in operation.dispatch.cures(on)]

    @router.get("/days/{on}/connections", tags=["dispatch"], dependencies=[staff])
    def connections(on: date) -> list[DecisionOut]:
        """What was decided about held connections, the newest first."""
        return [DecisionOut.of(decision) for decision in operation.dispatch.decisions(on)]

    @router.post("/bookings/connections", tags=["booking"])
    def booking_connections(body: CodeIn) -> list[DecisionOut]:
        """What was decided about the lines that a booking hangs on, the newest first."""
        booking = operation.get_booking(BookingCode(body.code))
        return [DecisionOut.of(decision) for decision in operation.dispatch.decisions_of(booking)]


def _add_changing(router: APIRouter, operation: Operation) -> None:
    gate = Depends(staff_gate(operation, DISPATCHER))

    @router.post("/days/{on}/cures/apply", tags=["dispatch"])
    def apply(on: date, body: CureIn, staff: Annotated[StaffView, gate]) -> CureOut:
        """Do what a cure says; 404 when it is not possible any more."""
        rides = [RequestId(ride) for ride in body.rides]
        return CureOut.of(operation.dispatch.apply_cure(on, body.kind, rides, actor=staff.name))

    @router.post("/days/{on}/runs/{shift_id}/end", tags=["dispatch"])
    def end(on: date, shift_id: str, body: EndShiftIn, staff: Annotated[StaffView, gate]) -> ReplacedOut:
        """End a shift before its end and place its riders anew."""
        if body.stop_id is not None and StopId(body.stop_id) not in operation.district.stop_by_id:
            msg = f"There is no stop {body.stop_id}. GET /api/v1/stops lists all of them."
            raise NotFoundError(msg)
        stop = None if body.stop_id is None else StopId(body.stop_id)
        ending = Ending(ShiftId(shift_id), body.at, stop, body.is_stranded)
        return ReplacedOut.of(operation.dispatch.end_shift(on, ending, actor=staff.name, reason=body.reason))


def _add_degraded(router: APIRouter, operation: Operation) -> None:
    gate = Depends(staff_gate(operation, DISPATCHER))

    @router.get("/degraded-modes", tags=["dispatch"])
    def modes() -> list[DegradedOut]:
        """When and where nothing new is booked; for everybody."""
        return [DegradedOut.of(mode) for mode in operation.dispatch.degraded_modes()]

    @router.post("/degraded-modes", tags=["dispatch"], status_code=HTTPStatus.CREATED)
    def switch_on(body: DegradedIn, staff: Annotated[StaffView, gate]) -> DegradedOut:
        """Stop new bookings, keep those there are, tell everybody who is affected."""
        area_id = None if body.area_id is None else AreaId(body.area_id)
        from_at = body.from_at or operation.clock()
        return DegradedOut.of(operation.dispatch.switch_on(body.kind, from_at, body.to_at, area_id, actor=staff.name))

    @router.delete("/degraded-modes/{mode_id}", tags=["dispatch"], status_code=HTTPStatus.NO_CONTENT)
    def switch_off(mode_id: UUID, staff: Annotated[StaffView, gate]) -> None:
        """Allow new bookings again. Switching off twice is the same as once."""
        operation.dispatch.switch_off(mode_id, actor=staff.name)
