"""No body larger than a service of this kind needs: it is refused before it is read whole."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from booking.api.codes import Code
from booking.api.problems import problem

LARGEST_BYTES = 4 * 1024 * 1024
"""A district's areas with every bend of their borders are about 1 MB."""


class BodyLimit:
    """Reads bodies up to a size and hands them on; refuses larger ones with a problem.

    The framework's own limit answers in plain text.
    """

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BYTES) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        messages = await self._read(scope, receive)
        if messages is None:
            refused = problem(Code.CONTENT_TOO_LARGE, f"A body may have at most {self._largest} bytes.")
            await refused(scope, receive, send)
            return

        async def receive_again() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, receive_again, send)

    async def _read(self, scope: Scope, receive: Receive) -> list[Message] | None:
        """What was received, up to the end of the body; None if that is too much."""
        stated = Headers(scope=scope).get("content-length", "0")
        if not stated.isdecimal() or int(stated) > self._largest:
            return None
        messages, size = [await receive()], 0
        while messages[-1]["type"] == "http.request":
            size += len(messages[-1].get("body", b""))
            if size > self._largest:
                return None
            if not messages[-1].get("more_body", False):
                break
            messages.append(await receive())
        return messages
