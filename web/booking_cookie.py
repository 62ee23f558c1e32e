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

    def find_booking(self, request: Request) -> Booking | None:
        """The booking this browser may see, if any."""
        try:
            code = self._serializer.loads(request.cookies.get(COOKIE, ""), max_age=KEPT_S)
        except BadSignature:
            return None
        return self._operation.find_booking(BookingCode(code))
