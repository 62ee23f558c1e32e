"""What every answer of the web part carries, and what it refuses, whoever wrote the page."""

import logging
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
DOCS_PATH = "/api/docs"

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; "
    "img-src 'self' data: blob:; "  # icons inside the style sheets, tiles of the map
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DOCS_CONTENT_SECURITY_POLICY = CONTENT_SECURITY_POLICY + "; style-src 'self' 'unsafe-inline'"
"""Swagger UI writes ``style`` attributes; nothing but style is loosened for its page."""

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=()",
}


def add_security_headers(headers: MutableHeaders, path: str) -> None:
    """Add what is missing: a page may set a stricter header of its own."""
    for key, value in SECURITY_HEADERS.items():
        headers.setdefault(key, value)
    if path == DOCS_PATH:
        headers["Content-Security-Policy"] = DOCS_CONTENT_SECURITY_POLICY


class SecurityMiddleware:
    """Security headers on every answer; no forms sent from other sites.

    Browsers say where a request comes from (``Sec-Fetch-Site``, older ones ``Origin``), which protects cookies
    without tokens in forms; programs say nothing and carry no cookies. The order of the questions is that of Go's
    ``http.CrossOriginProtection``. Without cookies the JSON API stays open to other sites.

    Parameters
    ----------
    public_url
        The address readers see, which may not be the one a proxy asks for.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._public_host = urlsplit(public_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_security_headers(MutableHeaders(scope=message), path)
            await send(message)

        if _is_cross_site(scope, self._public_host):
            refused = PlainTextResponse("Dieses Formular kam von einer anderen Website.\n", status_code=403)
            await refused(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


class PrivateAccessLog(logging.Filter):
    """Keeps addresses of readers and query strings out of uvicorn's access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite one record; it is always written."""
        arguments: Any = record.args
        if isinstance(arguments, tuple) and len(arguments) == 5:  # client, method, path, HTTP version, status
            _, method, path, version, status = arguments
            record.args = ("-", method, str(path).partition("?")[0], version, status)
        return True


def keep_access_log_private() -> None:
    """Put the filter on uvicorn's access log, once."""
    logger = logging.getLogger("uvicorn.access")
    if not any(isinstance(present, PrivateAccessLog) for present in logger.filters):
        logger.addFilter(PrivateAccessLog())


def _is_cross_site(scope: Scope, public_host: str) -> bool:
    headers = Headers(scope=scope)
    is_open = scope["path"].startswith("/api/") and "cookie" not in headers
    if scope["method"] in SAFE_METHODS or is_open:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc not in {headers.get("host"), public_host}
