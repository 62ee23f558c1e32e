"""Pages for everything that went wrong, in the reader's language, with the phone number as the way out.

The JSON API is an application of its own and answers its faults itself (:mod:`booking.api.problems`).
"""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException

from booking.api.problems import STATUS, http_problem
from booking.errors import (
    BookingError,
    BookingNotFoundError,
    DayBusyError,
    OfferExpiredError,
    OfferInvalidError,
    TooLateToCancelError,
)
from web.i18n import N_
from web.security import add_security_headers

Page = tuple[str, str]
"""Heading and sentence."""

NOT_FOUND: Page = (
    N_("Diese Seite gibt es nicht"),
    N_("Vielleicht ist die Adresse falsch geschrieben. Bitte beginnen Sie noch einmal."),
)
NOT_UNDERSTOOD: Page = (
    N_("Das haben wir nicht verstanden"),
    N_("Etwas an den Angaben war nicht vollständig. Bitte beginnen Sie noch einmal."),
)
BROKEN: Page = (
    N_("Das hat nicht geklappt"),
    N_("Bei uns ist ein Fehler passiert. Bitte versuchen Sie es später noch einmal, oder rufen Sie uns an."),
)
PAGES: Mapping[type[BookingError], Page] = {
    OfferInvalidError: (
        N_("Dieses Angebot ist nicht gültig"),
        N_("Das Angebot stammt nicht von uns oder wurde verändert. Bitte suchen Sie Ihre Fahrt noch einmal."),
    ),
    OfferExpiredError: (
        N_("Dieses Angebot ist abgelaufen"),
        N_("Angebote gelten nur kurze Zeit. Bitte suchen Sie Ihre Fahrt noch einmal."),
    ),
    BookingNotFoundError: (
        N_("Diese Buchung gibt es nicht"),
        N_("Bitte prüfen Sie den Code auf Ihrer Bestätigung, oder rufen Sie uns an."),
    ),
    TooLateToCancelError: (
        N_("Das Fahrzeug ist schon unterwegs"),
        N_("Im Internet können Sie diese Fahrt nicht mehr stornieren. Bitte rufen Sie uns an."),
    ),
    DayBusyError: (
        N_("Gerade bestellen sehr viele"),
        N_("Bitte versuchen Sie es gleich noch einmal, oder rufen Sie uns an."),
    ),
}


def add_error_pages(app: FastAPI, templates: Jinja2Templates) -> None:
    """Answer every fault with a page."""

    def show(request: Request, status: int, page: Page, headers: Mapping[str, str] | None = None) -> Response:
        heading, sentence = page
        context = {"heading": heading, "sentence_text": sentence}
        return templates.TemplateResponse(request, "error.html", context, status_code=status, headers=headers)

    @app.exception_handler(HTTPException)
    def show_http_fault(request: Request, fault: HTTPException) -> Response:
        if request.url.path.startswith("/api/"):  # an address that not even the API's own application knows
            return http_problem(fault)
        page = NOT_FOUND if fault.status_code == HTTPStatus.NOT_FOUND else NOT_UNDERSTOOD
        return show(request, fault.status_code, page, fault.headers)

    @app.exception_handler(RequestValidationError)
    def show_validation_fault(request: Request, _fault: RequestValidationError) -> Response:
        return show(request, HTTPStatus.UNPROCESSABLE_ENTITY, NOT_UNDERSTOOD)

    @app.exception_handler(BookingError)
    def show_booking_fault(request: Request, fault: BookingError) -> Response:
        status = STATUS.get(type(fault), HTTPStatus.BAD_REQUEST)
        page = PAGES.get(type(fault), NOT_FOUND if status is HTTPStatus.NOT_FOUND else NOT_UNDERSTOOD)
        return show(request, status, page)

    @app.exception_handler(Exception)
    def show_broken(request: Request, _fault: Exception) -> Response:
        response = show(request, HTTPStatus.INTERNAL_SERVER_ERROR, BROKEN)
        # this answer is made outside of every middleware
        add_security_headers(response.headers, request.url.path)
        return response
