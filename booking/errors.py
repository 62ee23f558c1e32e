"""Faults of the service. An expected "no" is a value (a refusal), not one of these.

One table in :mod:`booking.api.problems` turns them into HTTP.
"""

from booking.model import Answer


class BookingError(Exception):
    """Base of every fault that a caller can do something about; its text is a sentence that says what."""


class OfferInvalidError(BookingError):
    """The offer was not made by this service, or was changed on the way."""


class OfferExpiredError(BookingError):
    """The offer was ours, but its time is over."""


class OfferTakenError(BookingError):
    """Somebody else was first; ``answer`` holds what is possible now."""

    def __init__(self, message: str, answer: Answer) -> None:
        super().__init__(message)
        self.answer = answer


class BookingNotFoundError(BookingError):
    """No booking has that id or code."""


class TooLateToCancelError(BookingError):
    """The vehicle is already on its way."""


class DayBusyError(BookingError):
    """Others changed the same day at the same moment, several times over."""


class RulesChangedError(BookingError):
    """The rules that bookings rest on were changed under the same name."""


class NotFoundError(BookingError):
    """There is no such run, day or place."""


class NotAllowedError(BookingError):
    """Login missing or wrong."""
