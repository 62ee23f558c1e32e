"""What every call of the API has in common, around the endpoint: media types, idempotency keys, ETags."""

import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from booking.api.access import find_caller
from booking.api.etags import tag_answer
from booking.errors import InputError
from booking.idempotency import Attempt, KeptAnswer
from booking.operation import Operation

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEY = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_HEADERS = ("content-type", "etag", "location", "link")
READS = {"x-writes": False}
"""``openapi_extra`` of a POST that changes nothing, or whose answer must not be kept: it takes no idempotency key."""
REPEATABLE = {"x-repeatable": True}
"""``openapi_extra`` of a write that is the same twice as once."""
_KEY = re.compile(r"[!-~]{1,255}")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def route_class(operation: Operation) -> type[APIRoute]:
    """The class of the routes of an operation."""

    class ApiRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            handle, extra = super().get_route_handler(), self.openapi_extra or {}
            takes_json = self.body_field is not None
            takes_key = extra.get("x-writes", True)
            is_repeatable = extra.get("x-repeatable", False)

            async def handle_call(request: Request) -> Response:
                if takes_json:
                    _check_media_type(request)
                if request.method in WRITES and takes_key and KEY in request.headers:
                    return await _handle_once(operation, handle, request, is_repeatable=is_repeatable)
                response = await handle(request)
                if request.method == "GET" and response.status_code == HTTPStatus.OK:
                    return tag_answer(request, response)
                return response

            return handle_call

    return ApiRoute


def _check_media_type(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON as application/json")


async def _handle_once(operation: Operation, handle: Handler, request: Request, *, is_repeatable: bool) -> Response:
    """Answer a write that came with an idempotency key: now, or as it was answered before."""
    key = request.headers[KEY].strip()
    if not _KEY.fullmatch(key):
        msg = f"{KEY} has 1 to 255 visible ASCII characters."
        raise InputError(msg, KEY)
    keys = operation.idempotency
    caller = await run_in_threadpool(find_caller, operation, request)
    call = keys.call(caller.id, key, request.method, f"{request.url.path}?{request.url.query}", await request.body())
    begun = await run_in_threadpool(keys.begin, call, is_repeatable=is_repeatable)
    if isinstance(begun, KeptAnswer):
        return Response(begun.body, begun.status, {**begun.headers, REPLAYED: "true"})
    try:
        with keys.under(begun):
            response = await handle(request)
    except Exception:
        await run_in_threadpool(keys.release, begun)
        raise
    await run_in_threadpool(_keep, operation, begun, response)
    return response


def _keep(operation: Operation, attempt: Attempt, response: Response) -> None:
    """Keep an answer. The endpoint has answered, so this is an outcome; faults are raised, and not kept."""
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    body = bytes(response.body).decode()
    operation.idempotency.keep(attempt, KeptAnswer(response.status_code, headers, body))
