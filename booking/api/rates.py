"""How often each caller may ask: token buckets in the memory of each server process.

In memory and not in the database, because a limit protects the database: what asks it before every call does not.
With several processes a caller has so many calls in each, so a limit is exact for one and holds up to that factor for
several. Nobody's address is kept: callers without key are told apart by a hash with a secret that dies with the
process.
"""

import hashlib
import ipaddress
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from booking.api.access import ANYBODY, find_caller
from booking.api.problems import DATABASE_AWAY, booking_problem, database_problem
from booking.errors import BookingError, TooManyRequestsError
from booking.operation import Operation

MOST_BUCKETS = 20_000
"""Beyond so many, those that are full again are forgotten."""
LOGIN = "/staff/login"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit after a call.

    Parameters
    ----------
    reset_s
        Seconds until all of it is there again.
    after_s
        Seconds until one more call is allowed; 0 if the call was.
    """

    limit: int
    remaining: int
    reset_s: int
    after_s: int

    def headers(self) -> dict[str, str]:
        """As headers of an answer."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


@dataclass
class Buckets:
    """One bucket a caller: it holds a minute's calls, and fills evenly."""

    now_s: Callable[[], float] = time.monotonic
    _filled: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, caller: str, per_min: int) -> Allowance:
        """Take one call out of a caller's bucket, if there is one in it."""
        now = self.now_s()
        with self._lock:
            held, at = self._filled.get(caller, (float(per_min), now))
            held = min(float(per_min), held + (now - at) * per_min / 60)
            is_allowed = held >= 1
            held -= is_allowed
            self._filled[caller] = (held, now)
            if len(self._filled) > MOST_BUCKETS:
                self._filled = {name: (h, t) for name, (h, t) in self._filled.items() if now - t < 60}
        after_s = 0 if is_allowed else -int(-(1 - held) * 60 // per_min)
        return Allowance(per_min, int(held), -int(-(per_min - held) * 60 // per_min), after_s)


class RateLimit:
    """Answers 429 to whoever asks too often, and tells everybody what is left."""

    def __init__(self, app: ASGIApp, operation: Operation, buckets: Buckets | None = None) -> None:
        self._app = app
        self._operation = operation
        self._buckets = buckets or Buckets()
        self._salt = secrets.token_bytes(16)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            allowance = await run_in_threadpool(self._take, request)
        except BookingError as error:
            refused = booking_problem(error)
            if isinstance(error, LimitReachedError):
                refused.headers.update(error.allowance.headers())
            await refused(scope, receive, send)
            return
        except DATABASE_AWAY as error:  # it knows who calls
            await database_problem(error)(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if allowance is not None and message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(allowance.headers())
            await send(message)

        await self._app(scope, receive, send_on)

    def _take(self, request: Request) -> Allowance | None:
        """Take one call from whoever calls.

        Raises
        ------
        LimitReachedError, NotAllowedError
            There is none left; the key is not valid.
        """
        settings = self._operation.settings
        address = self._address(request)
        if request.url.path.endswith(LOGIN):  # whoever logs in anew may still send the login that is over
            return self._take_one(f"login:{address}", settings.api_logins_per_min)
        try:
            caller = find_caller(self._operation, request)
        except BookingError:
            self._take_one(address, settings.api_per_min)  # guessing keys is limited as well
            raise
        if caller is ANYBODY:
            return self._take_one(address, settings.api_per_min)
        return self._take_one(caller.id, settings.api_key_per_min if caller.per_min is None else caller.per_min)

    def _take_one(self, caller: str, per_min: int) -> Allowance | None:
        if not per_min:
            return None
        allowance = self._buckets.take(caller, per_min)
        if allowance.after_s:
            raise LimitReachedError(allowance)
        return allowance

    def _address(self, request: Request) -> str:
        """Where a caller without a key is, as a hash; a whole IPv6 network of one household is one caller."""
        host = request.client.host if request.client else ""
        try:
            parsed = ipaddress.ip_address(host)
        except ValueError:
            network = host.encode()
        else:
            network = parsed.packed[:8] if parsed.version == 6 else parsed.packed
        return hashlib.blake2b(network, key=self._salt, digest_size=16).hexdigest()


class LimitReachedError(TooManyRequestsError):
    """A bucket is empty."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(
            f"At most {allowance.limit} calls a minute. Please try again in {allowance.after_s} seconds.",
            allowance.after_s,
        )
        self.allowance = allowance
