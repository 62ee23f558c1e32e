"""The endpoints, all plain ``def``: each calls one method of the operation."""

from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, Header, Response
from fastapi.responses import JSONResponse

from booking.api.changes_router import add_changes, add_no_shows
from booking.api.dispatch_router import add_dispatch
from booking.api.driver_router import add_driver
from booking.api.life_schemas import CancelIn
from booking.api.problems import error_code, problem
from booking.api.returns_router import add_groups, add_returns
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
from booking.api.tools import Tools
from booking.api.waiting_router import add_waiting_list
from booking.errors import NotAllowedError, NotFoundError, OfferTakenError
from booking.model import (
    Answer,
    BookingCode,
    Channel,
    Contact,
    Enquiry,
    Offer,
    Party,
    Place,
    Reason,
    StopId,
    Timing,
)
from booking.operation import Operation
from booking.views import StaffView
from routing.model import ShiftId

STAFF_COOKIE = "rufnetz_staff"
FAULTS_OF_THE_ENQUIRY = {Reason.IN_THE_PAST, Reason.SAME_PLACE, Reason.PARTY_TOO_LARGE}
"""Refusals that no day and no vehicle could change: the enquiry itself is wrong, so the status says so."""


def create_router(operation: Operation) -> APIRouter:
    """The API of an operation, to be mounted under ``/api/v1``."""
    router = APIRouter(default_response_class=JSONResponse)
    _add_service(router, operation)
    _add_offers(router, operation)
    _add_bookings(router, operation)
    staff = _require_staff(operation)
    _add_staff(router, operation, staff)
    tools = Tools(partial(_enquiry, operation), partial(_answer_out, operation), partial(_offer_out, operation), staff)
    add_returns(router, operation, tools)
    add_groups(router, operation, tools)
    add_changes(router, operation, tools)
    add_no_shows(router, operation, tools)
    add_series(router, operation, tools)
    add_waiting_list(router, operation, tools)
    add_driver(router, operation)
    add_dispatch(router, operation)
    return router


def _add_service(router: APIRouter, operation: Operation) -> None:
    @router.get("/service", tags=["service"])
    def service() -> ServiceOut:
        """Which service this is and what its rules are called today."""
        return ServiceOut.of(operation.district, operation.today())

    @router.get("/stops", tags=["service"])
    def stops() -> list[StopOut]:
        """Every stop of the service."""
        return [StopOut.of(stop) for stop in operation.district.stops]

    @router.post("/places/search", tags=["service"])
    def search_places(search: PlaceSearch) -> list[PlaceFound]:
        """Places a text may mean. A POST, because an address is personal and does not belong into a URL."""
        return [PlaceFound.of(hit) for hit in operation.search_places(search.text, limit=search.limit)]


def _add_offers(router: APIRouter, operation: Operation) -> None:
    @router.post(
        "/offers",
        response_model=AnswerOut,
        tags=["booking"],
        responses={422: {"description": "The enquiry is wrong in itself; `alternatives` may help."}},
    )
    def offers(enquiry: EnquiryIn) -> AnswerOut | Response:
        """Offers for an enquiry, best first, or a refusal with its reason. Looking reserves nothing."""
        answer = _answer_out(operation, operation.answer(_enquiry(operation, enquiry)))
        refusal = answer.refusal
        if refusal is None or refusal.explanation.reason not in FAULTS_OF_THE_ENQUIRY:
            return answer
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            refusal.explanation.reason,
            refusal.explanation.sentence,
            alternatives=[offer.model_dump(mode="json") for offer in refusal.alternatives],
        )


def _add_bookings(router: APIRouter, operation: Operation) -> None:
    @router.post(
        "/bookings",
        status_code=HTTPStatus.CREATED,
        response_model=BookingOut,
        tags=["booking"],
        responses={
            400: {"description": "The offer is not ours or was changed."},
            409: {
                "description": "Somebody else was first (`answer` holds fresh offers), or the same person has booked "
                "this, or another journey at that time, already (`bookings`; `allow_duplicate` books all the same).",
                "model": None,
            },
            410: {"description": "The offer has expired."},
        },
    )
    def confirm(body: ConfirmIn) -> BookingOut | Response:
        """Confirm an offer. The same offer confirmed twice gives the same booking."""
        contact = Contact(body.name, body.phone, body.email)
        booker = None if body.booker is None else body.booker.value()
        try:
            return BookingOut.of(
                operation.confirm(body.token, contact, Channel.API, booker=booker, allow_duplicate=body.allow_duplicate)
            )
        except OfferTakenError as taken:
            fresh = _answer_out(operation, taken.answer).model_dump(mode="json")
            return problem(HTTPStatus.CONFLICT, error_code(taken), str(taken), answer=fresh)

    @router.post("/bookings/find", tags=["booking"])
    def find(body: CodeIn) -> BookingOut:
        """The booking with a code, its rides at the times they are planned now."""
        return BookingOut.of(operation.get_booking(BookingCode(body.code)))

    @router.post("/bookings/cancel", tags=["booking"])
    def cancel(body: CancelIn) -> BookingOut:
        """Cancel a booking by its code, alone or with those made in one step with it. Twice is the same as once.

        Cancelled so late that the rules say so, it is marked (`cancelled_late`).
        """
        return BookingOut.of(operation.cancel(BookingCode(body.code), with_linked=body.with_linked))


def _require_staff(operation: Operation) -> Any:  # noqa: ANN401 - what Depends gives
    def require_staff(
        rufnetz_staff: Annotated[str | None, Cookie()] = None, authorization: Annotated[str | None, Header()] = None
    ) -> StaffView:
        token = rufnetz_staff
        if authorization is not None and authorization.lower().startswith("bearer "):
            token = authorization[7:]
        found = None if token is None else operation.find_staff(token)
        if found is None:
            msg = "Please log in: POST name and password to /api/v1/staff/login."
            raise NotAllowedError(msg)
        return found

    return Depends(require_staff)


def _add_staff(router: APIRouter, operation: Operation, staff: Any) -> None:  # noqa: ANN401 - what Depends gives
    @router.post("/staff/login", tags=["staff"])
    def log_in(body: LoginIn) -> LoginOut:
        """A token for the ``Authorization: Bearer`` header."""
        token = operation.log_in(body.name, body.password)
        if token is None:
            msg = "Name or password is wrong."
            raise NotAllowedError(msg)
        return LoginOut(token=token)

    @router.get("/days/{on}", tags=["staff"], dependencies=[staff])
    def day(on: date) -> DayOut:
        """All runs of a day."""
        return DayOut.of(operation.day_view(on))

    @router.get("/days/{on}/runs/{shift_id}", tags=["staff"], dependencies=[staff])
    def run(on: date, shift_id: str) -> RunOut:
        """One run, as the driver reads it."""
        return RunOut.of(operation.manifest(on, ShiftId(shift_id)))


def _offer_out(operation: Operation, offer: Offer) -> OfferOut:
    token = operation.token(offer) if offer.is_bookable() else None
    return OfferOut.of(offer, token, operation.district.zone)


def _answer_out(operation: Operation, answer: Answer) -> AnswerOut:
    return answer_out(answer, operation.token, operation.district.zone)


def _enquiry(operation: Operation, body: EnquiryIn) -> Enquiry:
    party = body.party
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
        party=Party(party.persons, party.wheelchairs, party.prams, party.walking_frames, party.bikes),
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
