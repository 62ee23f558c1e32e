"""Pages for everything that went wrong, in the reader's language, with the phone number as the way out."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException

from booking.errors import (
    BookingNotFoundError,
    NotFoundError,
    OfferExpiredError,
    OfferInvalidError,
    TooLateToCancelError,
)
from web.i18n import N_
from web.security import add_security_headers

Page = tuple[int, str, str]
"""Status, heading and sentence."""

NOT_FOUND: Page = (
    404,
    N_("Diese Seite gibt es nicht"),
    N_("Vielleicht ist die Adresse falsch geschrieben. Bitte beginnen Sie noch einmal."),
)
NOT_UNDERSTOOD: Page = (
    422,
    N_("Das haben wir nicht verstanden"),
    N_("Etwas an den Angaben war nicht vollständig. Bitte beginnen Sie noch einmal."),
)
BROKEN: Page = (
    500,
    N_("Das hat nicht geklappt"),
    N_("Bei uns ist ein Fehler passiert. Bitte versuchen Sie es später noch einmal, oder rufen Sie uns an."),
)
PAGES: dict[type[Exception], Page] = {
    OfferInvalidError: (
        400,
        N_("Dieses Angebot ist nicht gültig"),
        N_("Das Angebot stammt nicht von uns oder wurde verändert. Bitte suchen Sie Ihre Fahrt noch einmal."),
    ),
    OfferExpiredError: (
        410,
        N_("Dieses Angebot ist abgelaufen"),
        N_("Angebote gelten nur kurze Zeit. Bitte suchen Sie Ihre Fahrt noch einmal."),
    ),
    BookingNotFoundError: (
        404,
        N_("Diese Buchung gibt es nicht"),
        N_("Bitte prüfen Sie den Code auf Ihrer Bestätigung, oder rufen Sie uns an."),
    ),
    NotFoundError: NOT_FOUND,
    TooLateToCancelError: (
        409,
        N_("Das Fahrzeug ist schon unterwegs"),
        N_("Im Internet können Sie diese Fahrt nicht mehr stornieren. Bitte rufen Sie uns an."),
    ),
}


def add_error_pages(app: FastAPI, templates: Jinja2Templates) -> None:
    """Answer every fault with a page; below ``/api`` with JSON."""

    def show(request: Request, page: Page, headers: Mapping[str, str] | None = None) -> Response:
        status, heading, sentence = page
        context = {"heading": heading, "sentence_text": sentence}
        return templates.TemplateResponse(request, "error.html", context, status_code=status, headers=headers)

    @app.exception_handler(HTTPException)
    def show_http_fault(request: Request, fault: HTTPException) -> Response:
        if _is_api(request):
            return JSONResponse({"detail": fault.detail}, fault.status_code, fault.headers)
        if fault.status_code == HTTPStatus.NOT_FOUND:
            return show(request, NOT_FOUND, fault.headers)
        return show(request, (fault.status_code, *NOT_UNDERSTOOD[1:]), fault.headers)

    @app.exception_handler(RequestValidationError)
    def show_validation_fault(request: Request, fault: RequestValidationError) -> Response:
        if _is_api(request):
            # what was sent is left out: it may hold names and numbers
            found = [
                {key: value for key, value in error.items() if key not in {"input", "ctx"}} for error in fault.errors()
            ]
            return JSONResponse({"detail": jsonable_encoder(found)}, 422)
        return show(request, NOT_UNDERSTOOD)

    @app.exception_handler(Exception)
    def show_broken(request: Request, _fault: Exception) -> Response:
        # this answer is made outside of every middleware
        response = JSONResponse({"detail": "internal error"}, 500) if _is_api(request) else show(request, BROKEN)
        add_security_headers(response.headers, request.url.path)
        return response

    for kind, page in PAGES.items():

        def show_known(request: Request, _fault: Exception, page: Page = page) -> Response:
            if _is_api(request):
                return JSONResponse({"detail": page[1]}, page[0])
            return show(request, page)

        app.add_exception_handler(kind, show_known)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")
