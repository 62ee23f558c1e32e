"""Which booking a browser may see without typing its code: a signed cookie, so that no code stands in an address."""

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from booking.model import Booking, BookingCode
from booking.operation import Operation

COOKIE = "rufnetz_booking"
KEPT_S = 20 * 3600
"""WCAG 2.2.1 asks for no warning about time-outs of twenty hours and more."""


class BookingCookie:
    """Writes and reads the cookie of one service."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._is_https = operation.settings.public_url.startswith("https://")
        self._serializer = URLSafeTimedSerializer(
            operation.settings.secret.get_secret_value(), salt="rufnetz.booking.1"
        )

    def set(self, response: Response, code: BookingCode) -> None:
        """Let the browser see a booking."""
        response.set_cookie(
            COOKIE,
            str(self._serializer.dumps(code)),
            max_age=KEPT_S,
            httponly=True,
            secure=self._is_https,
            samesite="lax",
        )

    def clear(self, response: Response) -> None:
        """Let the browser forget it."""
        response.delete_cookie(COOKIE, httponly=True, secure=self._is_https, samesite="lax")

    def read_code(self, request: Request) -> BookingCode | None:
        """The code this browser has, of a booking or of a wish that waits; None if it has none."""
        try:
            return BookingCode(self._serializer.loads(request.cookies.get(COOKIE, ""), max_age=KEPT_S))
        except BadSignature:
            return None

    def find_booking(self, request: Request) -> Booking | None:
        """The booking this browser may see, if any."""
        code = self.read_code(request)
        return None if code is None else self._operation.find_booking(code)
