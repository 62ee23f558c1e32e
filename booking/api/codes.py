"""Every problem the API tells: its code, its status, and what it means. A code never changes its meaning.

docs/api.md and ``GET /problems`` are made from this list.
"""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem.

    Parameters
    ----------
    title
        The same for every occurrence.
    meaning
        What has happened, and what a program does about it.
    """

    status: HTTPStatus
    title: str
    meaning: str


class Code(StrEnum):
    """The codes of problems."""

    INVALID_INPUT = "invalid_input"
    IN_THE_PAST = "in_the_past"
    SAME_PLACE = "same_place"
    PARTY_TOO_LARGE = "party_too_large"
    ORDER_INVALID = "order_invalid"
    IMPORT_INVALID = "import_invalid"
    KEY_REUSED = "key_reused"
    OFFER_INVALID = "offer_invalid"
    OFFER_EXPIRED = "offer_expired"
    OFFER_TAKEN = "offer_taken"
    DOES_NOT_FIT = "does_not_fit"
    DUPLICATE_BOOKING = "duplicate_booking"
    CALL_FIRST = "call_first"
    TOO_LATE_TO_CANCEL = "too_late_to_cancel"
    TOO_LATE_TO_CHANGE = "too_late_to_change"
    NOT_CHANGEABLE = "not_changeable"
    RULES_CHANGED = "rules_changed"
    KEY_IN_PROGRESS = "key_in_progress"
    ANSWER_LOST = "answer_lost"
    BOOKING_NOT_FOUND = "booking_not_found"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    FORBIDDEN = "forbidden"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    STALE = "stale"
    CONTENT_TOO_LARGE = "content_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    PRECONDITION_REQUIRED = "precondition_required"
    TOO_MANY_REQUESTS = "too_many_requests"
    DAY_BUSY = "day_busy"
    UNAVAILABLE = "unavailable"
    INTERNAL_ERROR = "internal_error"


_S = HTTPStatus

KINDS: dict[Code, Kind] = {
    Code.INVALID_INPUT: Kind(
        _S.UNPROCESSABLE_ENTITY,
        "The input cannot be used",
        "`errors` holds every mistake with its field and a JSON pointer. Correct them; the same call fails again.",
    ),
    Code.IN_THE_PAST: Kind(
        _S.UNPROCESSABLE_ENTITY, "The wished time is over", "Ask for a later time; `alternatives` may help."
    ),
    Code.SAME_PLACE: Kind(
        _S.UNPROCESSABLE_ENTITY, "From and to are the same place", "Ask for a journey between two places."
    ),
    Code.PARTY_TOO_LARGE: Kind(
        _S.UNPROCESSABLE_ENTITY,
        "More persons than any rule allows",
        "Ask for fewer, or with `/groups/offers` for several vehicles.",
    ),
    Code.ORDER_INVALID: Kind(
        _S.UNPROCESSABLE_ENTITY,
        "The parts of the order contradict each other",
        "`detail` says which. Correct them; the same call fails again.",
    ),
    Code.IMPORT_INVALID: Kind(
        _S.UNPROCESSABLE_ENTITY,
        "The file cannot be taken over",
        "`problems` lists all that is wrong with file, line, message and remedy. Nothing was written.",
    ),
    Code.KEY_REUSED: Kind(
        _S.UNPROCESSABLE_ENTITY,
        "The idempotency key belongs to another call",
        "It was sent before with another method, path or body. Take a new key for a new write.",
    ),
    Code.OFFER_INVALID: Kind(
        _S.BAD_REQUEST, "The offer is not ours or was changed", "Ask for offers again and send the token as it came."
    ),
    Code.OFFER_EXPIRED: Kind(_S.GONE, "The time of the offer is over", "Ask for offers again."),
    Code.OFFER_TAKEN: Kind(
        _S.CONFLICT, "Somebody else was first", "`answer` holds what is possible now. Nothing was booked."
    ),
    Code.DOES_NOT_FIT: Kind(
        _S.CONFLICT,
        "What is to be booked does not fit any more",
        "Everything stands as it was. `answer`, where it is given, holds what is possible now.",
    ),
    Code.DUPLICATE_BOOKING: Kind(
        _S.CONFLICT,
        "The same person has a booking that collides with this one",
        "`bookings` holds its code, masked. `allow_duplicate` books all the same.",
    ),
    Code.CALL_FIRST: Kind(
        _S.CONFLICT,
        "The desk has to talk with this person first",
        "They did not come several times lately, see `explanation`. Staff can book all the same.",
    ),
    Code.TOO_LATE_TO_CANCEL: Kind(
        _S.CONFLICT, "The vehicle is on its way", "The booking cannot be cancelled by API any more; have people call."
    ),
    Code.TOO_LATE_TO_CHANGE: Kind(_S.CONFLICT, "Too late for a change", "The booking stands as it was."),
    Code.NOT_CHANGEABLE: Kind(
        _S.CONFLICT, "Not in a state in which this can be done", "Look at it again, then decide."
    ),
    Code.RULES_CHANGED: Kind(
        _S.CONFLICT, "Rules that bookings rest on were changed", "For whoever runs the service: name a new version."
    ),
    Code.KEY_IN_PROGRESS: Kind(
        _S.CONFLICT,
        "The first call with this idempotency key is still being answered",
        "Send the same call with the same key again after the seconds in `Retry-After`.",
    ),
    Code.ANSWER_LOST: Kind(
        _S.CONFLICT,
        "The write was done or begun, and its answer is lost",
        "The service ended in the middle. It is not done a second time: look what there is, then decide.",
    ),
    Code.BOOKING_NOT_FOUND: Kind(_S.NOT_FOUND, "No booking has this code", "Check the code."),
    Code.NOT_FOUND: Kind(_S.NOT_FOUND, "There is no such thing", "`detail` says what was not found."),
    Code.NOT_ALLOWED: Kind(
        _S.UNAUTHORIZED,
        "Login or API key missing or wrong",
        "Log in anew, or send a key that has not expired and was not revoked.",
    ),
    Code.FORBIDDEN: Kind(
        _S.FORBIDDEN, "Not allowed to whoever calls", "`detail` names the scope of the key or the role that is needed."
    ),
    Code.METHOD_NOT_ALLOWED: Kind(
        _S.METHOD_NOT_ALLOWED, "No such method at this address", "The header `Allow` lists those there are."
    ),
    Code.NOT_ACCEPTABLE: Kind(_S.NOT_ACCEPTABLE, "Not available in this form", "`detail` lists the forms there are."),
    Code.STALE: Kind(
        _S.PRECONDITION_FAILED,
        "It has changed since you looked",
        "`If-Match` is not the present ETag. Get it again, look at what is different, then decide anew.",
    ),
    Code.CONTENT_TOO_LARGE: Kind(
        _S.REQUEST_ENTITY_TOO_LARGE, "The body is too large", "`detail` says how large it may be."
    ),
    Code.UNSUPPORTED_MEDIA_TYPE: Kind(
        _S.UNSUPPORTED_MEDIA_TYPE, "The body is not of a type that is read here", "`detail` lists the types."
    ),
    Code.PRECONDITION_REQUIRED: Kind(
        _S.PRECONDITION_REQUIRED,
        "Say which state you have seen",
        "Send the ETag of the thing as `If-Match`, so that nobody's change is lost; `*` is any state.",
    ),
    Code.TOO_MANY_REQUESTS: Kind(
        _S.TOO_MANY_REQUESTS,
        "Too many calls",
        "Wait the seconds in `Retry-After`. An API key has a limit of its own.",
    ),
    Code.DAY_BUSY: Kind(
        _S.SERVICE_UNAVAILABLE, "Many change the same day at once", "Nothing was done. Try again in a moment."
    ),
    Code.UNAVAILABLE: Kind(
        _S.SERVICE_UNAVAILABLE,
        "The service cannot answer at the moment",
        "Nothing was done, or a write with an idempotency key finds out: send it again with the same key.",
    ),
    Code.INTERNAL_ERROR: Kind(
        _S.INTERNAL_SERVER_ERROR,
        "A fault of ours",
        "It is in the log of the service. Send a write again only with the same idempotency key.",
    ),
}


def problem_type(code: Code) -> str:
    """The URI of a kind of problem, relative to the service: ``GET`` tells what it means."""
    return f"/api/v1/problems/{code}"
