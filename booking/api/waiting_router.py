"""The waiting list."""

from http import HTTPStatus

from fastapi import APIRouter

from booking.api.codes import Code
from booking.api.life_schemas import WaitIn, WishOut
from booking.api.problems import says
from booking.api.route import READS, REPEATABLE
from booking.api.schemas import BookingOut, CodeIn
from booking.api.tools import Tools
from booking.model import BookingCode
from booking.operation import Operation


def add_waiting_list(router: APIRouter, operation: Operation, tools: Tools) -> None:
    """Wishes that may still be met."""

    @router.post(
        "/waiting",
        tags=["waiting list"],
        status_code=HTTPStatus.CREATED,
        dependencies=[tools.books],
        openapi_extra=says(Code.ORDER_INVALID),
    )
    def join(body: WaitIn) -> WishOut:
        """Leave a wish that cannot be met now. When a place opens, it is held and whoever waits is told.

        First come, first served. Where waiting will not help (a rule forbids it, or there is a ride right now) the
        answer is `order_invalid`. Name and contact are deleted when nobody waits any more.
        """
        wish = operation.waiting_list.join(
            tools.enquiry(body.enquiry),
            body.people(),
            earlier_s=body.earlier_min * 60,
            later_s=body.later_min * 60,
        )
        return WishOut.of(wish)

    @router.post(
        "/waiting/find",
        tags=["waiting list"],
        dependencies=[tools.books],
        openapi_extra=READS | says(Code.BOOKING_NOT_FOUND),
    )
    def find_wish(body: CodeIn) -> WishOut:
        """How a wish stands. The place that is held for it is found as a booking with the same code."""
        return WishOut.of(operation.waiting_list.get(BookingCode(body.code)))

    @router.post(
        "/waiting/accept",
        tags=["waiting list"],
        dependencies=[tools.books],
        openapi_extra=REPEATABLE | says(Code.BOOKING_NOT_FOUND, Code.OFFER_EXPIRED, Code.NOT_CHANGEABLE),
    )
    def accept(body: CodeIn) -> BookingOut:
        """Say yes to the place that is held."""
        return BookingOut.of(operation.waiting_list.accept(BookingCode(body.code)))

    @router.post(
        "/waiting/withdraw",
        tags=["waiting list"],
        dependencies=[tools.books],
        openapi_extra=REPEATABLE | says(Code.BOOKING_NOT_FOUND, Code.TOO_LATE_TO_CANCEL, Code.NOT_CHANGEABLE),
    )
    def withdraw(body: CodeIn) -> WishOut:
        """Take a wish off the list; a place that is held for it becomes free."""
        return WishOut.of(operation.waiting_list.withdraw(BookingCode(body.code)))
