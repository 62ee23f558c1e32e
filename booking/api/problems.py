"""Faults as ``application/problem+json`` (RFC 9457): one table from error class to the code of a problem."""

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from booking.api.codes import KINDS, Code, problem_type
from booking.api.texts import PLAIN
from booking.duplicates import masked
from booking.errors import (
    AnswerLostError,
    BookingError,
    BookingNotFoundError,
    CallFirstError,
    DayBusyError,
    DoesNotFitError,
    DuplicateBookingError,
    ForbiddenError,
    InputError,
    KeyInProgressError,
    KeyReusedError,
    NotAllowedError,
    NotChangeableError,
    NotFoundError,
    OfferExpiredError,
    OfferInvalidError,
    OfferTakenError,
    OrderInvalidError,
    PreconditionRequiredError,
    RulesChangedError,
    StaleError,
    TooLateToCancelError,
    TooLateToChangeError,
    TooManyRequestsError,
)

log = logging.getLogger(__name__)

CODES: Mapping[type[BookingError], Code] = {
    OfferInvalidError: Code.OFFER_INVALID,
    OfferExpiredError: Code.OFFER_EXPIRED,
    OfferTakenError: Code.OFFER_TAKEN,
    BookingNotFoundError: Code.BOOKING_NOT_FOUND,
    TooLateToCancelError: Code.TOO_LATE_TO_CANCEL,
    TooLateToChangeError: Code.TOO_LATE_TO_CHANGE,
    NotChangeableError: Code.NOT_CHANGEABLE,
    DoesNotFitError: Code.DOES_NOT_FIT,
    DuplicateBookingError: Code.DUPLICATE_BOOKING,
    CallFirstError: Code.CALL_FIRST,
    OrderInvalidError: Code.ORDER_INVALID,
    DayBusyError: Code.DAY_BUSY,
    RulesChangedError: Code.RULES_CHANGED,
    NotFoundError: Code.NOT_FOUND,
    NotAllowedError: Code.NOT_ALLOWED,
    ForbiddenError: Code.FORBIDDEN,
    StaleError: Code.STALE,
    PreconditionRequiredError: Code.PRECONDITION_REQUIRED,
    KeyReusedError: Code.KEY_REUSED,
    KeyInProgressError: Code.KEY_IN_PROGRESS,
    AnswerLostError: Code.ANSWER_LOST,
    TooManyRequestsError: Code.TOO_MANY_REQUESTS,
    InputError: Code.INVALID_INPUT,
}

STATUS: Mapping[type[BookingError], HTTPStatus] = {error: KINDS[code].status for error, code in CODES.items()}

HTTP_CODES: Mapping[int, Code] = {
    HTTPStatus.NOT_FOUND: Code.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: Code.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_ACCEPTABLE: Code.NOT_ACCEPTABLE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Code.CONTENT_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Code.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNAUTHORIZED: Code.NOT_ALLOWED,
    HTTPStatus.FORBIDDEN: Code.FORBIDDEN,
}
"""What the framework itself refuses."""

DATABASE_AWAY = (OperationalError, InterfaceError, PendingRollbackError, PoolTimeoutError)
RETRY_SOON_S = 2
_FIELD = re.compile(r"[A-Za-z0-9_\[\]-]{1,60}")
_PLAIN_TEXT = "the text holds control characters"


def problem(code: Code, detail: str, *, headers: Mapping[str, str] | None = None, **members: object) -> JSONResponse:
    """A problem with a code for programs and a sentence for people."""
    kind = KINDS[code]
    body = {
        "type": problem_type(code),
        "title": kind.title,
        "status": kind.status,
        "code": code,
        "detail": _clean(detail),
    }
    return JSONResponse(body | members, kind.status, headers, media_type="application/problem+json")


def says(*codes: Code) -> dict[str, Any]:
    """``openapi_extra`` of an endpoint: the problems it may answer with beside those that all have."""
    return {"x-problems": [*codes]}


def error_code(error: BookingError) -> Code:
    """The code of a fault; one that is not in the table is a fault of ours."""
    return next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), Code.INTERNAL_ERROR)


def validation_problem(error: RequestValidationError) -> JSONResponse:
    """Every mistake with the field it is in. The values are not repeated: they may be personal."""
    errors = [_input_error(e["loc"], str(e["type"]), _message(e)) for e in error.errors()]
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors)
    return problem(Code.INVALID_INPUT, f"Please correct: {detail}.", errors=errors)


def booking_problem(error: BookingError) -> JSONResponse:
    """A fault of the service."""
    code, members, headers = error_code(error), dict[str, object](), dict[str, str]()
    if isinstance(error, DuplicateBookingError):
        # Whoever types somebody's number must not get codes by which their rides could be seen and cancelled.
        members["bookings"] = [masked(code) for code in error.codes]
    if isinstance(error, CallFirstError):
        why = error.explanation
        members["explanation"] = {"reason": why.reason.value, "rule": why.rule, "params": dict(why.params)}
    if isinstance(error, InputError):
        members["errors"] = [{"field": error.field, "message": str(error)}]
    if isinstance(error, NotAllowedError):
        headers["WWW-Authenticate"] = 'Bearer realm="rufnetz"'
    if isinstance(error, TooManyRequestsError):
        headers["Retry-After"] = str(error.after_s)
    elif code in {Code.DAY_BUSY, Code.KEY_IN_PROGRESS}:
        headers["Retry-After"] = str(RETRY_SOON_S)
    return problem(code, str(error), headers=headers, **members)


def http_problem(error: HTTPException) -> JSONResponse:
    """What the framework refuses: no such address, no such method, a body that cannot be read."""
    code = HTTP_CODES.get(error.status_code)
    if code is None:
        code = Code.INVALID_INPUT if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else Code.INTERNAL_ERROR
    return problem(code, f"{error.detail}. /api/docs lists every call.", headers=error.headers)


def allowed_methods(api: FastAPI, path: str) -> list[str]:
    """The methods of an address: the framework's own answer names those of one route only."""
    return sorted(
        method.upper()
        for pattern, methods in api.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path)
        for method in methods
    )


def install_problems(api: FastAPI) -> None:
    """Answer every fault of the API with a problem."""

    def on_booking_error(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, BookingError):
            raise error
        return booking_problem(error)

    def on_validation(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            raise error
        return validation_problem(error)

    def on_http(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise error
        answer = http_problem(error)
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = ", ".join(
                allowed_methods(api, request.scope["path"].removeprefix(request.scope.get("root_path", "")))
            )
        return answer

    def on_database(_request: Request, error: Exception) -> JSONResponse:
        return database_problem(error)

    def on_fault(_request: Request, _error: Exception) -> JSONResponse:
        return problem(Code.INTERNAL_ERROR, "A fault of ours. Nothing that you can mend; please try again later.")

    api.add_exception_handler(BookingError, on_booking_error)
    api.add_exception_handler(RequestValidationError, on_validation)
    api.add_exception_handler(HTTPException, on_http)
    for kind in DATABASE_AWAY:
        api.add_exception_handler(kind, on_database)
    api.add_exception_handler(Exception, on_fault)


def database_problem(error: Exception) -> JSONResponse:
    """What is answered while the database is away or too busy, one of :data:`DATABASE_AWAY`."""
    # The class says enough: the text of a database fault may repeat what was to be written.
    log.error("the database did not answer in time or not at all (%s)", type(error).__name__)
    sentence = "The service cannot answer at the moment. Please try again soon."
    return problem(Code.UNAVAILABLE, sentence, headers={"Retry-After": str(RETRY_SOON_S)})


def _input_error(loc: Sequence[int | str], kind: str, message: str) -> dict[str, str]:
    """One mistake. Names that the caller made up are not repeated as they are: they may be anything."""
    parts = [str(part) if _FIELD.fullmatch(str(part)) else "?" for part in loc[1:]]
    where = str(loc[0]) if loc else "body"
    error = {"field": ".".join(parts) or where, "message": _clean(message)}
    if where == "body" and kind != "json_invalid":
        error["pointer"] = "".join(f"/{part}" for part in ("#", *parts))[1:]
    elif where != "body":
        error["parameter"] = where
    return error


def _message(error: Mapping[str, Any]) -> str:
    is_plain_text = error.get("ctx", {}).get("pattern") == PLAIN
    return _PLAIN_TEXT if is_plain_text else str(error["msg"])


def _clean(text: str) -> str:
    """A text that every reader of UTF-8 takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
