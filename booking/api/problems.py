"""Faults as ``application/problem+json`` (RFC 9457): one table from error class to status code."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from booking.duplicates import masked
from booking.errors import (
    BookingError,
    BookingNotFoundError,
    DayBusyError,
    DoesNotFitError,
    DuplicateBookingError,
    NotAllowedError,
    NotChangeableError,
    NotFoundError,
    OfferExpiredError,
    OfferInvalidError,
    OfferTakenError,
    OrderInvalidError,
    RulesChangedError,
    TooLateToCancelError,
    TooLateToChangeError,
)

STATUS: Mapping[type[BookingError], HTTPStatus] = {
    OfferInvalidError: HTTPStatus.BAD_REQUEST,
    OfferExpiredError: HTTPStatus.GONE,
    OfferTakenError: HTTPStatus.CONFLICT,
    BookingNotFoundError: HTTPStatus.NOT_FOUND,
    TooLateToCancelError: HTTPStatus.CONFLICT,
    TooLateToChangeError: HTTPStatus.CONFLICT,
    NotChangeableError: HTTPStatus.CONFLICT,
    DoesNotFitError: HTTPStatus.CONFLICT,
    DuplicateBookingError: HTTPStatus.CONFLICT,
    OrderInvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    DayBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    RulesChangedError: HTTPStatus.CONFLICT,
    NotFoundError: HTTPStatus.NOT_FOUND,
    NotAllowedError: HTTPStatus.UNAUTHORIZED,
}


def problem(status: HTTPStatus, code: str, detail: str, **members: object) -> JSONResponse:
    """A problem with a code for programs and a sentence for people."""
    body = {"type": f"about:blank#{code}", "title": status.phrase, "status": status, "code": code, "detail": detail}
    return JSONResponse(body | members, status, media_type="application/problem+json")


def error_code(error: BookingError) -> str:
    """``OfferExpiredError`` → ``offer_expired``."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def validation_problem(error: RequestValidationError) -> JSONResponse:
    """Every mistake of the body with the field it is in. The values are not repeated: they may be personal."""
    errors = [
        {"field": ".".join(str(part) for part in e["loc"][1:]) or "body", "message": str(e["msg"])}
        for e in error.errors()
    ]
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_input", f"Please correct: {detail}.", errors=errors)


def install_problems(api: FastAPI) -> None:
    """Answer every fault of the API with a problem."""

    def on_booking_error(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, BookingError):
            raise error
        status = STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
        if isinstance(error, DuplicateBookingError):
            # Whoever types somebody's number must not get codes by which their rides could be seen and cancelled.
            return problem(status, error_code(error), str(error), bookings=[masked(code) for code in error.codes])
        return problem(status, error_code(error), str(error))

    def on_validation(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            raise error
        return validation_problem(error)

    def on_http(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise error
        status = HTTPStatus(error.status_code)
        return problem(status, status.name.lower(), f"{error.detail}. /api/docs lists every call.")

    api.add_exception_handler(BookingError, on_booking_error)
    api.add_exception_handler(RequestValidationError, on_validation)
    api.add_exception_handler(HTTPException, on_http)
