"""What the OpenAPI document says beyond what the endpoints say themselves: problems, headers, keys."""

from collections.abc import Iterator, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from booking.api.codes import KINDS, Code

VERSION = "1.0.0"
"""The version of the interface: a third figure for words, a second for what is new, a first (and a new path) for what
breaks programs."""
WRITES = ("post", "put", "patch", "delete")
TAGS = {
    "service": "What the service is and where it stops; for everybody.",
    "booking": "From the enquiry to the booking, and what becomes of it.",
    "returns": "Out and back in one step.",
    "groups": "Parties that no single vehicle takes.",
    "series": "Standing orders.",
    "waiting list": "Wishes that may still be met.",
    "staff": "For whoever runs the service.",
    "dispatch": "The running day.",
    "driver": "What a driver's device reports.",
    "tables": "Stops, areas, shifts and bookings as CSV and GeoJSON, out and in.",
    "privacy": "What riders may ask about their data.",
    "keys": "API keys.",
}
ABOUT = """\
On-demand public transport: ask, book, change, drive.

Times are RFC 3339 with an offset, coordinates longitude before latitude (WGS 84), money euro cents. Codes of bookings,
names and numbers travel in bodies, never in addresses. Everything that goes wrong is `application/problem+json` with
a stable `code`; `GET /problems` lists them. docs/api.md tells the rest: keys, limits, idempotency, ETags, pages.
"""
PROBLEM_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` is for programs and never changes its meaning, `detail` is for people.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/api/v1/problems/offer_expired"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": [code.value for code in Code]},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Every mistake of the input.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "pointer": {"type": "string", "description": "JSON pointer into the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Where it is, if not in the body."},
                },
            },
        },
        "bookings": {"type": "array", "items": {"type": "string"}, "description": "Masked codes of duplicates."},
        "problems": {
            "type": "array",
            "description": "Every mistake of a file that was to be imported.",
            "items": {
                "type": "object",
                "required": ["file", "line", "message", "remedy"],
                "properties": {
                    "file": {"type": "string"},
                    "line": {"type": "integer", "description": "Counted from 1; 0 is the file as a whole."},
                    "message": {"type": "string"},
                    "remedy": {"type": "string"},
                },
            },
        },
        "alternatives": {"type": "array", "items": {"$ref": "#/components/schemas/OfferOut"}},
        "answer": {"$ref": "#/components/schemas/AnswerOut"},
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Chosen by the caller, new for every write, the same when it is sent again: then the first answer "
    "comes again (`Idempotent-Replayed: true`) and nothing is done twice. Kept for 24 hours.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$", "minLength": 1, "maxLength": 255},
}
LINKS = {
    "booking_offers": ("200", "confirm", "booking_confirm", {"token": "$response.body#/offers/0/token"}),
    "booking_confirm": ("201", "cancel", "booking_cancel", {"code": "$response.body#/code"}),
}
"""Which call follows which, with what of its answer: for programs that read the document, and for its tests."""
RETRY_AFTER = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 0}}}
FOR_ANYBODY = {"booking", "returns", "groups", "series", "waiting list"}
"""Tags of what needs no key unless the settings say so; a key that is sent must have the scope."""
EVERYWHERE = (
    Code.INVALID_INPUT,
    Code.NOT_ALLOWED,
    Code.TOO_MANY_REQUESTS,
    Code.INTERNAL_ERROR,
    Code.UNAVAILABLE,
    Code.DAY_BUSY,
)
WITH_BODY = (Code.CONTENT_TOO_LARGE, Code.UNSUPPORTED_MEDIA_TYPE, Code.NOT_FOUND)
WITH_KEY = (Code.KEY_REUSED, Code.KEY_IN_PROGRESS, Code.ANSWER_LOST)


def operation_id(route: APIRoute) -> str:
    """``series_skip``: a name for programs that are generated."""
    return f"{route.tags[0]}_{route.name}".replace(" ", "_")


def describe(api: FastAPI) -> None:
    """Have the application publish the whole document."""
    api.openapi = partial(document, api)  # type: ignore[method-assign]


def document(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application, made once."""
    if api.openapi_schema is None:
        made = get_openapi(
            title="Rufnetz",
            version=VERSION,
            summary="On-demand public transport for rural districts",
            description=ABOUT,
            routes=api.routes,
            servers=[{"url": "/api/v1"}],
            tags=[{"name": name, "description": said} for name, said in TAGS.items()],
            license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Problem"] = PROBLEM_SCHEMA
        shared: dict[str, Any] = made["components"].setdefault("responses", {})
        for method, operation in _operations(made):
            _complete(method, operation, shared)
        api.openapi_schema = made
    return api.openapi_schema


def _operations(made: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in made["paths"].values():
        for method, operation in path.items():
            if method in {"get", *WRITES}:
                yield method, operation


def _complete(method: str, operation: dict[str, Any], shared: dict[str, Any]) -> None:
    """Add to one operation the headers it takes and the problems it may answer with."""
    for parameter in operation.get("parameters", ()):
        options = parameter["schema"].pop("anyOf", ())
        for option in options:  # what is not sent is not null
            if option != {"type": "null"}:
                parameter["schema"] |= option
        if parameter["schema"].pop("x-required", False):
            # Missing, it is a problem of its own (428) and not one of validation, so the endpoint asks for it itself.
            parameter["required"] = True
    if operation["operationId"] in LINKS:
        status, name, following, body = LINKS[operation["operationId"]]
        operation["responses"][status]["links"] = {name: {"operationId": following, "requestBody": body}}
    codes: list[Code] = [*EVERYWHERE]
    named: list[Code] = operation.pop("x-problems", [])
    if "requestBody" in operation:
        codes += WITH_BODY
    if operation["tags"][0] in FOR_ANYBODY and not operation.get("security"):
        operation["security"] = [{}, {"HTTPBearer": []}]
    if operation.get("security"):
        codes.append(Code.FORBIDDEN)
    if method in WRITES and operation.pop("x-writes", True):
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        codes += WITH_KEY
    if any(p["in"] == "path" or p["name"] == "cursor" for p in operation.get("parameters", ())):
        codes.append(Code.NOT_FOUND)
    _add_problems(operation["responses"], [*codes, *named], shared)


def _add_problems(responses: dict[str, Any], codes: list[Code], shared: dict[str, Any]) -> None:
    """Add what may go wrong, each answer that many operations have in common written once."""
    by_status: dict[HTTPStatus, list[Code]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(KINDS[code].status, []).append(code)
    for status, said in sorted(by_status.items()):
        name = "_or_".join(sorted(said))
        shared[name] = _problem_response(status, sorted(said))
        responses[str(status.value)] = {"$ref": f"#/components/responses/{name}"}


def _problem_response(status: HTTPStatus, codes: list[Code]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": "; ".join(f"`{code}`: {KINDS[code].title}" for code in codes),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        response["headers"] = RETRY_AFTER
    return response
