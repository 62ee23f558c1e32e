"""Standing orders."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from booking.api.codes import Code
from booking.api.etags import IfMatch, check_match, etag_of
from booking.api.life_schemas import (
    SeriesChangeIn,
    SeriesDateIn,
    SeriesIn,
    SeriesOut,
    SeriesPauseIn,
    SeriesRuleIn,
)
from booking.api.problems import says
from booking.api.route import READS, REPEATABLE
from booking.api.schemas import CodeIn, EnquiryIn
from booking.api.tools import Tools
from booking.model import BookingCode, Enquiry
from booking.operation import Operation

SAYS = says(
    Code.BOOKING_NOT_FOUND, Code.ORDER_INVALID, Code.NOT_CHANGEABLE, Code.TOO_LATE_TO_CANCEL, Code.NOT_FOUND, Code.STALE
)
CHANGES = REPEATABLE | SAYS


def add_series(router: APIRouter, operation: Operation, tools: Tools) -> None:
    """Rides that come again and again."""

    def template(body: SeriesRuleIn) -> Enquiry:
        at = operation.service_day(body.first_on).at(body.rule().wished_s)
        departs = body.depart_after is not None
        return tools.enquiry(
            EnquiryIn(
                origin=body.origin,
                destination=body.destination,
                party=body.party,
                depart_after=at if departs else None,
                arrive_by=None if departs else at,
            )
        )

    def check(code: str, if_match: str | None) -> None:
        if if_match is not None:
            check_match(if_match, SeriesOut.of(operation.series.get(BookingCode(code))))

    @router.post(
        "/series",
        tags=["series"],
        status_code=HTTPStatus.CREATED,
        dependencies=[tools.books],
        openapi_extra=says(Code.ORDER_INVALID),
    )
    def create(body: SeriesIn) -> SeriesOut:
        """Order rides on weekdays from a date on, or on several single dates, out alone or out and back.

        What can be ordered already is booked now, each date by the nearest offer within the given minutes; the rest
        follows by itself. A date that cannot be booked is `open`, says why, and waits.
        """
        return SeriesOut.of(operation.series.create(body.rule.rule(), template(body.rule), body.people()))

    @router.post(
        "/series/find", tags=["series"], dependencies=[tools.books], openapi_extra=READS | says(Code.BOOKING_NOT_FOUND)
    )
    def find_series(body: CodeIn, response: Response) -> SeriesOut:
        """A standing order with the dates decided so far. The `ETag` may be sent with changes of it (`If-Match`)."""
        found = SeriesOut.of(operation.series.get(BookingCode(body.code)))
        response.headers["ETag"] = etag_of(found)
        return found

    @router.post("/series/skip", tags=["series"], dependencies=[tools.books], openapi_extra=CHANGES)
    def skip(body: SeriesDateIn, if_match: IfMatch = None) -> SeriesOut:
        """Leave out one date; what is booked for it is cancelled."""
        check(body.code, if_match)
        return SeriesOut.of(operation.series.skip(BookingCode(body.code), body.on))

    @router.post("/series/suspend", tags=["series"], dependencies=[tools.books], openapi_extra=CHANGES)
    def suspend(body: SeriesPauseIn, if_match: IfMatch = None) -> SeriesOut:
        """Pause; what is booked meanwhile is cancelled."""
        check(body.code, if_match)
        return SeriesOut.of(operation.series.suspend(BookingCode(body.code), body.from_on, body.to_on))

    @router.post("/series/resume", tags=["series"], dependencies=[tools.books], openapi_extra=CHANGES)
    def resume(body: CodeIn, if_match: IfMatch = None) -> SeriesOut:
        """End a pause."""
        check(body.code, if_match)
        return SeriesOut.of(operation.series.resume(BookingCode(body.code)))

    @router.post("/series/end", tags=["series"], dependencies=[tools.books], openapi_extra=CHANGES)
    def end(body: SeriesDateIn, if_match: IfMatch = None) -> SeriesOut:
        """End a standing order after a date; later dates are cancelled."""
        check(body.code, if_match)
        return SeriesOut.of(operation.series.end(BookingCode(body.code), body.on))

    @router.post("/series/change", tags=["series"], dependencies=[tools.books], openapi_extra=SAYS)
    def change_series(body: SeriesChangeIn, if_match: IfMatch = None) -> SeriesOut:
        """Let another rule hold from a date on: a new standing order with a code of its own.

        Each date is changed in one step; where the new wish cannot be met, the old ride stays (`reason` is `kept`).
        """
        check(body.code, if_match)
        rule = body.rule.rule()
        return SeriesOut.of(operation.series.change(BookingCode(body.code), body.from_on, rule, template(body.rule)))
