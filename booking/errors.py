"""Faults of the service. An expected "no" is a value (a refusal), not one of these.

One table in :mod:`booking.api.problems` turns them into HTTP.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # whoever only asks for help does not wait for it
    from collections.abc import Sequence

    from booking.model import Answer, BookingCode


class BookingError(Exception):
    """Base of every fault that a caller can do something about; its text is a sentence that says what."""


class OfferInvalidError(BookingError):
    """The offer was not made by this service, or was changed on the way."""


class OfferExpiredError(BookingError):
    """The offer was ours, but its time is over."""


class OfferTakenError(BookingError):
    """Somebody else was first; ``answer`` holds what is possible now."""

    def __init__(self, message: str, answer: "Answer") -> None:
        super().__init__(message)
        self.answer = answer


class BookingNotFoundError(BookingError):
    """No booking has that id or code."""


class TooLateToCancelError(BookingError):
    """The vehicle is already on its way."""


class TooLateToChangeError(BookingError):
    """The rules allow no change so shortly before the ride, or the vehicle is already on its way."""


class NotChangeableError(BookingError):
    """The booking is cancelled, or not in a state in which this can be done with it."""


class DoesNotFitError(BookingError):
    """What is to be put in does not fit; everything stayed as it was. ``answer`` holds what is possible now."""

    def __init__(self, message: str, answer: "Answer | None" = None) -> None:
        super().__init__(message)
        self.answer = answer


class DuplicateBookingError(BookingError):
    """The same person has booked this, or another journey at the same time, already.

    ``codes`` are those bookings, whole: they are for staff; to everybody else they are shown masked.
    """

    def __init__(self, message: str, codes: "Sequence[BookingCode]") -> None:
        super().__init__(message)
        self.codes = tuple(codes)


class OrderInvalidError(BookingError):
    """The parts of an order contradict each other: back before out, a series without a day."""


class DayBusyError(BookingError):
    """Others changed the same day at the same moment, several times over."""


class RulesChangedError(BookingError):
    """The rules that bookings rest on were changed under the same name."""


class NotFoundError(BookingError):
    """There is no such run, day or place."""


class NotAllowedError(BookingError):
    """Login missing or wrong."""
