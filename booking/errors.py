"""Faults of the service. An expected "no" is a value (a refusal), not one of these.

One table in :mod:`booking.api.problems` turns them into HTTP.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # whoever only asks for help does not wait for it
    from collections.abc import Sequence

    from booking.model import Answer, BookingCode, Explanation


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


class CallFirstError(BookingError):
    """The rules want the desk to talk with this person before they book again. ``explanation`` says by which rule."""

    def __init__(self, message: str, explanation: "Explanation") -> None:
        super().__init__(message)
        self.explanation = explanation


class OrderInvalidError(BookingError):
    """The parts of an order contradict each other: back before out, a series without a day."""


class DayBusyError(BookingError):
    """Others changed the same day at the same moment, several times over."""


class RulesChangedError(BookingError):
    """The rules that bookings rest on were changed under the same name."""


class NotFoundError(BookingError):
    """There is no such run, day or place."""


class NotAllowedError(BookingError):
    """Login or API key missing or wrong."""


class SecondFactorNeededError(NotAllowedError):
    """The password is right, and the account asks for a code as well. ``half`` is to be given back with it."""

    def __init__(self, message: str, half: str) -> None:
        super().__init__(message)
        self.half = half


class ForbiddenError(BookingError):
    """Whoever calls is known, and may not do this."""


class StaleError(BookingError):
    """What was to be changed has changed since the caller looked at it."""


class PreconditionRequiredError(BookingError):
    """A change of something shared must say which state of it the caller has seen."""


class KeyReusedError(BookingError):
    """An idempotency key was sent again with something else."""


class KeyInProgressError(BookingError):
    """The first call with an idempotency key has not been answered yet."""


class AnswerLostError(BookingError):
    """The write with an idempotency key was done, or begun, and its answer is lost: it is not done again."""


class TooManyRequestsError(BookingError):
    """A caller asks more often than the limit allows; ``after_s`` says when to try again."""

    def __init__(self, message: str, after_s: int) -> None:
        super().__init__(message)
        self.after_s = after_s


class InputError(BookingError):
    """A parameter or header cannot be used; ``field`` names it."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field
