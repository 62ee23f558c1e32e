"""The endpoints, all plain ``def``: each calls one method of the operation."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from booking.api.access import gate, is_desk, public_gate
from booking.api.changes_router import add_changes, add_no_shows
from booking.api.codes import Code
from booking.api.dispatch_router import add_dispatch
from booking.api.driver_router import add_driver
from booking.api.etags import IfMatch, check_match, day_etag, etag_of
from booking.api.keys_router import add_keys, add_problem_list
from booking.api.life_schemas import CancelIn
from booking.api.moves_router import add_moves
from booking.api.notices_router import add_notices
from booking.api.pages import Page
from booking.api.privacy_router import add_privacy
from booking.api.problems import error_code, problem, says
from booking.api.returns_router import add_groups, add_returns
from booking.api.route import READS, REPEATABLE, route_class
from booking.api.schemas import (
    AnswerOut,
    BookingOut,
    CodeIn,
    ConfirmIn,
    EnquiryIn,
    OfferOut,
    PlaceFound,
    PlaceIn,
    PlaceSearch,
    answer_out,
)
from booking.api.series_router import add_series
from booking.api.staff_schemas import DayOut, LoginIn, LoginOut, RunOut, ServiceOut, StopOut
from booking.api.tables_router import add_booking_tables, add_tables
from booking.api.texts import Id, ServiceDate
from booking.api.tools import Tools
from booking.api.waiting_router import add_waiting_list
from booking.api_keys import Scope
from booking.errors import NotAllowedError, NotFoundError, OfferTakenError
from booking.model import (
    Answer,
    BookingCode,
    Channel,
    Contact,
    Enquiry,
    Offer,
    Place,
    Reason,
    StopId,
    Timing,
)
from booking.operation import Operation
from routing.model import ShiftId

FAULTS_OF_THE_ENQUIRY = {Reason.IN_THE_PAST, Reason.SAME_PLACE, Reason.PARTY_TOO_LARGE}
"""Refusals that no day and no vehicle could change: the enquiry itself is wrong, so the status says so."""


def create_router(operation: Operation) -> APIRouter:
    """The API of an operation, to be mounted under ``/api/v1``."""
    router = APIRouter(default_response_class=JSONResponse, route_class=route_class(operation))
    tools = Tools(
        partial(_enquiry, operation),
        partial(_answer_out, operation),
        partial(_offer_out, operation),
        staff=Depends(gate(operation, Scope.READ_RUNS)),
        asks=Depends(public_gate(operation, Scope.ENQUIRE)),
        books=Depends(public_gate(operation, Scope.BOOK)),
    )
    _add_service(router, operation)
    _add_offers(router, operation, tools)
    _add_bookings(router, operation, tools)
    _add_staff(router, operation, tools)
    add_returns(router, operation, tools)
    add_groups(router, operation, tools)
    add_changes(router, operation, tools)
    add_no_shows(router, operation, tools)
    add_series(router, operation, tools)
    add_waiting_list(router, operation, tools)
    add_driver(router, operation)
    add_dispatch(router, operation)
    add_moves(router, operation)
    add_privacy(router, operation, tools)
    add_keys(router, operation)
    add_problem_list(router)
    add_tables(router, operation)
    add_booking_tables(router, operation)
    add_notices(router, operation)
    return router


def _add_service(router: APIRouter, operation: Operation) -> None:
    @router.get("/service", tags=["service"])
    def service() -> ServiceOut:
        """Which service this is and what its rules are called today."""
        return ServiceOut.of(operation.district, operation.today())

    @router.get("/stops", tags=["service"])
    def stops(page: Page) -> list[StopOut]:
        """Every stop of the service."""
        return [StopOut.of(stop) for stop in page.take(operation.district.stops, lambda stop: (stop.id,))]

    @router.post("/places/search", tags=["service"], openapi_extra=READS)
    def search_places(search: PlaceSearch) -> list[PlaceFound]:
        """Places a text may mean. A POST, because an address is personal and does not belong into a URL."""
        return [PlaceFound.of(hit) for hit in operation.search_places(search.text, limit=search.limit)]


def _add_offers(router: APIRouter, operation: Operation, tools: Tools) -> None:
    @router.post(
        "/offers",
        response_model=AnswerOut,
        tags=["booking"],
        dependencies=[tools.asks],
        openapi_extra=READS | says(Code.IN_THE_PAST, Code.SAME_PLACE, Code.PARTY_TOO_LARGE),
    )
    def offers(enquiry: EnquiryIn) -> AnswerOut | Response:
        """Offers for an enquiry, best first, or a refusal with its reason. Looking reserves nothing."""
        answer = _answer_out(operation, operation.answer(_enquiry(operation, enquiry)))
        refusal = answer.refusal
        if refusal is None or refusal.explanation.reason not in FAULTS_OF_THE_ENQUIRY:
            return answer
        return problem(
            Code(refusal.explanation.reason),
            refusal.explanation.sentence,
            alternatives=[offer.model_dump(mode="json") for offer in refusal.alternatives],
        )


def _add_bookings(router: APIRouter, operation: Operation, tools: Tools) -> None:
    @router.post(
        "/bookings",
        status_code=HTTPStatus.CREATED,
        response_model=BookingOut,
        tags=["booking"],
        dependencies=[tools.books],
        openapi_extra=REPEATABLE
        | says(
            Code.OFFER_INVALID,
            Code.OFFER_EXPIRED,
            Code.OFFER_TAKEN,
            Code.DUPLICATE_BOOKING,
            Code.CALL_FIRST,
            Code.NOT_FOUND,
        ),
    )
    def confirm(body: ConfirmIn, request: Request) -> BookingOut | Response:
        """Confirm an offer. The same offer confirmed twice gives the same booking."""
        contact = Contact(body.name, body.phone, body.email, body.address, body.language)
        booker = None if body.booker is None else body.booker.value()
        try:
            booking = operation.confirm(
                body.token,
                contact,
                Channel.API,
                booker=booker,
                allow_duplicate=body.allow_duplicate,
                by_staff=is_desk(operation, request),
            )
            return BookingOut.of(booking)
        except OfferTakenError as taken:
            fresh = _answer_out(operation, taken.answer).model_dump(mode="json")
            return problem(error_code(taken), str(taken), answer=fresh)

    @router.post(
        "/bookings/find",
        tags=["booking"],
        dependencies=[tools.books],
        openapi_extra=READS | says(Code.BOOKING_NOT_FOUND),
    )
    def find(body: CodeIn, response: Response) -> BookingOut:
        """The booking with a code, its rides at the times they are planned now.

        The answer's `ETag` may be sent with a change or a cancellation (`If-Match`): nothing is done if the booking is
        not any more what its rider saw.
        """
        found = BookingOut.of(operation.get_booking(BookingCode(body.code)))
        response.headers["ETag"] = etag_of(found)
        return found

    @router.post(
        "/bookings/cancel",
        tags=["booking"],
        dependencies=[tools.books],
        openapi_extra=REPEATABLE
        | says(Code.BOOKING_NOT_FOUND, Code.TOO_LATE_TO_CANCEL, Code.NOT_CHANGEABLE, Code.STALE),
    )
    def cancel(body: CancelIn, if_match: IfMatch = None) -> BookingOut:
        """Cancel a booking by its code, alone or with those made in one step with it. Twice is the same as once.

        Cancelled so late that the rules say so, it is marked (`cancelled_late`).
        """
        if if_match is not None:
            check_match(if_match, BookingOut.of(operation.get_booking(BookingCode(body.code))))
        return BookingOut.of(operation.cancel(BookingCode(body.code), with_linked=body.with_linked))


def _add_staff(router: APIRouter, operation: Operation, tools: Tools) -> None:
    @router.post("/staff/login", tags=["staff"], openapi_extra=READS | says(Code.NOT_ALLOWED))
    def log_in(body: LoginIn, request: Request) -> LoginOut:
        """A token for the ``Authorization: Bearer`` header.

        An account with a second factor needs its `code`, too. Wrong tries make the next one wait (`too_many_requests`).
        """
        address = request.client.host if request.client else ""
        token = operation.log_in(body.name, body.password, code=body.code, address=address)
        if token is None:
            msg = "Name, password or code is wrong."
            raise NotAllowedError(msg)
        return LoginOut(token=token)

    @router.get("/days/{on}", tags=["staff"], dependencies=[tools.staff])
    def day(on: ServiceDate, response: Response) -> DayOut:
        """All runs of a day. The `ETag` is what dispatchers send with changes of the day."""
        response.headers["ETag"] = day_etag(operation, on)
        return DayOut.of(operation.day_view(on))

    @router.get("/days/{on}/runs/{shift_id}", tags=["staff"], dependencies=[tools.staff])
    def run(on: ServiceDate, shift_id: Id, response: Response) -> RunOut:
        """One run, as the driver reads it."""
        response.headers["ETag"] = day_etag(operation, on)
        return RunOut.of(operation.manifest(on, ShiftId(shift_id)))


def _offer_out(operation: Operation, offer: Offer) -> OfferOut:
    token = operation.token(offer) if offer.is_bookable() else None
    return OfferOut.of(offer, token, operation.district.zone, operation.settings.public_url)


def _answer_out(operation: Operation, answer: Answer) -> AnswerOut:
    return answer_out(answer, operation.token, operation.district.zone, operation.settings.public_url)


def _enquiry(operation: Operation, body: EnquiryIn) -> Enquiry:
    departs = body.depart_after is not None
    wished_at = body.depart_after or body.arrive_by
    if wished_at is None:
        msg = "an enquiry without a time"
        raise ValueError(msg)
    return Enquiry(
        origin=_place(operation, body.origin),
        destination=_place(operation, body.destination),
        timing=Timing.DEPART_AFTER if departs else Timing.ARRIVE_BY,
        wished_at=wished_at,
        party=body.party.party(),
        channel=Channel.API,
        tickets=body.tickets,
        to_door=body.to_door,
        earlier_s=body.earlier_min * 60,
        later_s=body.later_min * 60,
    )


def _place(operation: Operation, place: PlaceIn) -> Place:
    if place.stop_id is not None:
        stop = operation.district.stop_by_id.get(StopId(place.stop_id))
        if stop is None:
            msg = f"There is no stop {place.stop_id}. GET /api/v1/stops lists all of them."
            raise NotFoundError(msg)
        return Place(stop.name, stop.lon, stop.lat, stop.id)
    if place.lon is None or place.lat is None:
        msg = "a place without stop and point"
        raise ValueError(msg)
    return Place(place.label or f"{place.lat:.4f}, {place.lon:.4f}", place.lon, place.lat)
