"""Out and back in one step, and groups in several vehicles."""

from http import HTTPStatus

from fastapi import APIRouter, Request

from booking.api.access import is_desk
from booking.api.codes import Code
from booking.api.life_schemas import (
    BackIn,
    BookingsOut,
    GroupAnswerOut,
    GroupIn,
    ReturnAnswerOut,
    ReturnEnquiryIn,
    ReturnIn,
    ReturnOut,
    RoundTripOut,
)
from booking.api.problems import says
from booking.api.route import READS, REPEATABLE
from booking.api.schemas import AnswerOut, BookingOut, EnquiryIn
from booking.api.tools import Tools
from booking.model import Channel
from booking.operation import Operation

TAKEN = says(
    Code.CALL_FIRST,
    Code.OFFER_INVALID,
    Code.OFFER_EXPIRED,
    Code.DOES_NOT_FIT,
    Code.DUPLICATE_BOOKING,
    Code.ORDER_INVALID,
    Code.NOT_FOUND,
)


def add_returns(router: APIRouter, operation: Operation, tools: Tools) -> None:
    """Journeys there and back."""

    @router.post(
        "/returns/offers", tags=["returns"], dependencies=[tools.asks], openapi_extra=READS | says(Code.ORDER_INVALID)
    )
    def round_trips(body: ReturnEnquiryIn) -> ReturnAnswerOut:
        """Ways out, and for the best of them the ways back as they would be if it were booked. Reserves nothing."""
        enquiry = tools.enquiry(body.enquiry)
        answer, trips = operation.returns.answer(enquiry, stay=body.stay(), back_at=body.back_at)
        return ReturnAnswerOut(
            answer=tools.answer(answer),
            round_trips=[RoundTripOut(out=tools.offer(trip.out), back=tools.answer(trip.back)) for trip in trips],
        )

    @router.post(
        "/returns/back",
        tags=["returns"],
        dependencies=[tools.asks],
        openapi_extra=READS | says(Code.OFFER_INVALID, Code.OFFER_EXPIRED, Code.ORDER_INVALID),
    )
    def ways_back(body: BackIn) -> AnswerOut:
        """Ways back for one offer, as they would be if it were booked. Reserves nothing."""
        out = operation.read_token(body.out_token)
        return tools.answer(operation.returns.options(out, stay=body.stay(), back_at=body.back_at))

    @router.post(
        "/returns",
        tags=["returns"],
        status_code=HTTPStatus.CREATED,
        dependencies=[tools.books],
        openapi_extra=REPEATABLE | TAKEN,
    )
    def confirm_return(body: ReturnIn, request: Request) -> ReturnOut:
        """Book both ways in one step, or neither. Each has a code of its own and can be cancelled alone.

        The same two offers confirmed twice give the same bookings.
        """
        out, back = operation.returns.confirm(
            body.out_token,
            body.back_token,
            body.contact(),
            Channel.API,
            booker=body.ordered_by(),
            allow_duplicate=body.allow_duplicate,
            by_staff=is_desk(operation, request),
        )
        return ReturnOut(out=BookingOut.of(out), back=BookingOut.of(back))


def add_groups(router: APIRouter, operation: Operation, tools: Tools) -> None:
    """Parties that no single vehicle takes."""

    @router.post("/groups/offers", tags=["groups"], dependencies=[tools.asks], openapi_extra=READS)
    def group_offers(body: EnquiryIn) -> GroupAnswerOut:
        """Offers for a group: for all together, or in parts of several vehicles, each as if those before rode.

        A group that the rules leave to the phone, or that cannot be carried, gets one refusal that says so.
        """
        return GroupAnswerOut(parts=[tools.answer(part) for part in operation.groups.options(tools.enquiry(body))])

    @router.post(
        "/groups", tags=["groups"], status_code=HTTPStatus.CREATED, dependencies=[tools.books], openapi_extra=TAKEN
    )
    def confirm_group(body: GroupIn, request: Request) -> BookingsOut:
        """Book all parts in one step, or none."""
        booked = operation.groups.confirm(
            tuple(body.tokens),
            body.contact(),
            Channel.API,
            booker=body.ordered_by(),
            by_staff=is_desk(operation, request),
        )
        return BookingsOut(bookings=[BookingOut.of(one) for one in booked])
