"""What dispatchers call on the day: expected times, promises at risk and their cures, shifts that end, modes."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from booking.api.access import gate, public_gate
from booking.api.codes import Code
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
from booking.api.etags import DayIfMatch, day_etag, having_seen_day
from booking.api.pages import Page
from booking.api.problems import says
from booking.api.route import READS, REPEATABLE
from booking.api.schemas import CodeIn
from booking.api.texts import Id, ServiceDate
from booking.api_keys import Scope
from booking.disruptions import Ending
from booking.errors import NotFoundError
from booking.model import AreaId, BookingCode, StopId
from booking.operation import Operation
from booking.views import StaffView
from routing.model import RequestId, ShiftId

SEEN = says(Code.NOT_FOUND, Code.STALE, Code.PRECONDITION_REQUIRED)


def add_dispatch(router: APIRouter, operation: Operation) -> None:
    """Add the calls of dispatchers."""
    _add_looking(router, operation)
    _add_changing(router, operation)
    _add_degraded(router, operation)


def _add_looking(router: APIRouter, operation: Operation) -> None:
    staff = Depends(gate(operation, Scope.READ_RUNS))
    asks = Depends(public_gate(operation, Scope.BOOK))

    @router.get("/days/{on}/expected", tags=["dispatch"], dependencies=[staff])
    def expected(on: ServiceDate, response: Response, page: Page) -> list[ExpectedOut]:
        """When every ride of a day will really begin and end."""
        response.headers["ETag"] = day_etag(operation, on)
        everything = ExpectedOut.all_of(operation.dispatch.predict(on), operation.service_day(on))
        return page.take(everything, lambda e: (e.expected_at.isoformat(), e.ride_id, e.action))

    @router.get("/days/{on}/risks", tags=["dispatch"], dependencies=[staff])
    def risks(on: ServiceDate, response: Response, page: Page) -> list[RiskOut]:
        """Promises that will not be kept as things stand, worst first."""
        response.headers["ETag"] = day_etag(operation, on)
        return [RiskOut.of(risk) for risk in page.take_in_order(operation.dispatch.risks(on))]

    @router.get("/days/{on}/cures", tags=["dispatch"], dependencies=[staff])
    def cures(on: ServiceDate, response: Response, page: Page) -> list[CureOut]:
        """What can be done about late rides, each as a difference."""
        response.headers["ETag"] = day_etag(operation, on)
        return [CureOut.of(cure) for cure in page.take_in_order(operation.dispatch.cures(on))]

    @router.get("/days/{on}/connections", tags=["dispatch"], dependencies=[staff])
    def connections(on: ServiceDate, response: Response, page: Page) -> list[DecisionOut]:
        """What was decided about held connections, the newest first."""
        response.headers["ETag"] = day_etag(operation, on)
        return [DecisionOut.of(decision) for decision in page.take_in_order(operation.dispatch.decisions(on))]

    @router.post(
        "/bookings/connections",
        tags=["booking"],
        dependencies=[asks],
        openapi_extra=READS | says(Code.BOOKING_NOT_FOUND),
    )
    def booking_connections(body: CodeIn) -> list[DecisionOut]:
        """What was decided about the lines that a booking hangs on, the newest first."""
        booking = operation.get_booking(BookingCode(body.code))
        return [DecisionOut.of(decision) for decision in operation.dispatch.decisions_of(booking)]


def _add_changing(router: APIRouter, operation: Operation) -> None:
    dispatcher = Depends(gate(operation, Scope.DISPATCH))

    @router.post("/days/{on}/cures/apply", tags=["dispatch"], openapi_extra=SEEN)
    def apply(
        on: ServiceDate, body: CureIn, staff: Annotated[StaffView, dispatcher], if_match: DayIfMatch = None
    ) -> CureOut:
        """Do what a cure says; 404 when it is not possible any more."""
        rides = [RequestId(ride) for ride in body.rides]
        with having_seen_day(operation, on, if_match):
            return CureOut.of(operation.dispatch.apply_cure(on, body.kind, rides, actor=staff.name))

    @router.post("/days/{on}/runs/{shift_id}/end", tags=["dispatch"], openapi_extra=SEEN)
    def end(
        on: ServiceDate,
        shift_id: Id,
        body: EndShiftIn,
        staff: Annotated[StaffView, dispatcher],
        if_match: DayIfMatch = None,
    ) -> ReplacedOut:
        """End a shift before its end and place its riders anew."""
        if body.stop_id is not None and StopId(body.stop_id) not in operation.district.stop_by_id:
            msg = f"There is no stop {body.stop_id}. GET /api/v1/stops lists all of them."
            raise NotFoundError(msg)
        stop = None if body.stop_id is None else StopId(body.stop_id)
        ending = Ending(ShiftId(shift_id), body.at, stop, body.is_stranded)
        with having_seen_day(operation, on, if_match):
            return ReplacedOut.of(operation.dispatch.end_shift(on, ending, actor=staff.name, reason=body.reason))


def _add_degraded(router: APIRouter, operation: Operation) -> None:
    dispatcher = Depends(gate(operation, Scope.DISPATCH))

    @router.get("/degraded-modes", tags=["dispatch"])
    def modes(page: Page) -> list[DegradedOut]:
        """When and where nothing new is booked; for everybody."""
        return [
            DegradedOut.of(mode)
            for mode in page.take(operation.dispatch.degraded_modes(), lambda mode: (str(mode.id),))
        ]

    @router.post("/degraded-modes", tags=["dispatch"], status_code=HTTPStatus.CREATED)
    def switch_on(body: DegradedIn, staff: Annotated[StaffView, dispatcher]) -> DegradedOut:
        """Stop new bookings, keep those there are, tell everybody who is affected."""
        area_id = None if body.area_id is None else AreaId(body.area_id)
        from_at = body.from_at or operation.clock()
        return DegradedOut.of(operation.dispatch.switch_on(body.kind, from_at, body.to_at, area_id, actor=staff.name))

    @router.delete(
        "/degraded-modes/{mode_id}",
        tags=["dispatch"],
        status_code=HTTPStatus.NO_CONTENT,
        openapi_extra=REPEATABLE,
    )
    def switch_off(mode_id: UUID, staff: Annotated[StaffView, dispatcher]) -> None:
        """Allow new bookings again. Switching off twice is the same as once."""
        operation.dispatch.switch_off(mode_id, actor=staff.name)
