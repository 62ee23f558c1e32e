"""Changes of a booking, and no-shows."""

from http import HTTPStatus

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from booking.api.access import gate
from booking.api.codes import Code
from booking.api.etags import IfMatch, check_match
from booking.api.life_schemas import ChangeEnquiryIn, ChangeIn, NoShowIn, StandingIn, StandingOut
from booking.api.problems import error_code, problem, says
from booking.api.route import READS, REPEATABLE
from booking.api.schemas import AnswerOut, BookingOut
from booking.api.tools import Tools
from booking.api_keys import Scope
from booking.errors import DoesNotFitError
from booking.model import BookingCode, BookingId, Contact
from booking.operation import Operation
from booking.views import StaffView


def add_changes(router: APIRouter, operation: Operation, tools: Tools) -> None:
    """What a booking can be changed to."""

    @router.post(
        "/bookings/change/offers",
        tags=["booking"],
        dependencies=[tools.books],
        openapi_extra=READS | says(Code.BOOKING_NOT_FOUND, Code.NOT_CHANGEABLE, Code.TOO_LATE_TO_CHANGE),
    )
    def change_offers(body: ChangeEnquiryIn) -> AnswerOut:
        """What a booking could be changed to: offers as if it had left. Reserves nothing, changes nothing."""
        return tools.answer(operation.changes.options(BookingCode(body.code), tools.enquiry(body.enquiry)))

    @router.post(
        "/bookings/change",
        tags=["booking"],
        response_model=BookingOut,
        dependencies=[tools.books],
        openapi_extra=says(
            Code.BOOKING_NOT_FOUND,
            Code.OFFER_INVALID,
            Code.OFFER_EXPIRED,
            Code.DOES_NOT_FIT,
            Code.DUPLICATE_BOOKING,
            Code.TOO_LATE_TO_CHANGE,
            Code.NOT_CHANGEABLE,
            Code.STALE,
        ),
    )
    def change(body: ChangeIn, if_match: IfMatch = None) -> BookingOut | Response:
        """Put an offer in the place of a booking, in one step. The code stays the same."""
        if if_match is not None:
            check_match(if_match, BookingOut.of(operation.get_booking(BookingCode(body.code))))
        try:
            changed = operation.changes.change(BookingCode(body.code), body.token, allow_duplicate=body.allow_duplicate)
        except DoesNotFitError as taken:
            fresh = {} if taken.answer is None else {"answer": tools.answer(taken.answer).model_dump(mode="json")}
            return problem(error_code(taken), str(taken), **fresh)
        return BookingOut.of(changed)


def add_no_shows(router: APIRouter, operation: Operation, tools: Tools) -> None:
    """Riders who were not there, vehicles that did not come."""
    staff = tools.staff

    @router.post(
        "/staff/no-shows",
        tags=["staff"],
        status_code=HTTPStatus.NO_CONTENT,
        response_class=Response,
        openapi_extra=REPEATABLE | says(Code.BOOKING_NOT_FOUND),
        response_model=None,
    )
    def record(body: NoShowIn, who: StaffView = staff) -> None:
        """Record that rider and vehicle did not meet, or correct whose fault it was."""
        operation.no_shows.record(BookingId(body.booking_id), body.fault, f"staff {who.name}")

    @router.post(
        "/staff/no-shows/standing",
        tags=["staff"],
        dependencies=[Depends(gate(operation, Scope.DISPATCH))],
        response_class=JSONResponse,
        openapi_extra=READS,
    )
    def standing(body: StandingIn) -> StandingOut:
        """How somebody stands with the no-show policy."""
        found = operation.no_shows.standing(Contact("", body.phone, body.email))
        return StandingOut(count=found.count, must_call=found.must_call)
