"""Standing orders."""

from http import HTTPStatus

from fastapi import APIRouter

from booking.api.life_schemas import (
    SeriesChangeIn,
    SeriesDateIn,
    SeriesIn,
    SeriesOut,
    SeriesPauseIn,
    SeriesRuleIn,
)
from booking.api.schemas import CodeIn, EnquiryIn
from booking.api.tools import Tools
from booking.model import BookingCode, Enquiry
from booking.operation import Operation


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

    @router.post("/series", tags=["series"], status_code=HTTPStatus.CREATED)
    def create(body: SeriesIn) -> SeriesOut:
        """Order rides on weekdays from a date on, or on several single dates, out alone or out and back.

        What can be ordered already is booked now, each date by the nearest offer within the given minutes; the rest
        follows by itself. A date that cannot be booked is `open`, says why, and waits.
        """
        return SeriesOut.of(operation.series.create(body.rule.rule(), template(body.rule), body.people()))

    @router.post("/series/find", tags=["series"])
    def find_series(body: CodeIn) -> SeriesOut:
        """A standing order with the dates decided so far."""
        return SeriesOut.of(operation.series.get(BookingCode(body.code)))

    @router.post("/series/skip", tags=["series"])
    def skip(body: SeriesDateIn) -> SeriesOut:
        """Leave out one date; what is booked for it is cancelled."""
        return SeriesOut.of(operation.series.skip(BookingCode(body.code), body.on))

    @router.post("/series/suspend", tags=["series"])
    def suspend(body: SeriesPauseIn) -> SeriesOut:
        """Pause; what is booked meanwhile is cancelled."""
        return SeriesOut.of(operation.series.suspend(BookingCode(body.code), body.from_on, body.to_on))

    @router.post("/series/resume", tags=["series"])
    def resume(body: CodeIn) -> SeriesOut:
        """End a pause."""
        return SeriesOut.of(operation.series.resume(BookingCode(body.code)))

    @router.post("/series/end", tags=["series"])
    def end(body: SeriesDateIn) -> SeriesOut:
        """End a standing order after a date; later dates are cancelled."""
        return SeriesOut.of(operation.series.end(BookingCode(body.code), body.on))

    @router.post("/series/change", tags=["series"])
    def change_series(body: SeriesChangeIn) -> SeriesOut:
        """Let another rule hold from a date on: a new standing order with a code of its own.

        Each date is changed in one step; where the new wish cannot be met, the old ride stays (`reason` is `kept`).
        """
        rule = body.rule.rule()
        return SeriesOut.of(operation.series.change(BookingCode(body.code), body.from_on, rule, template(body.rule)))
