"""What personal data the service keeps, what for, and for how many days. Data: a district may say otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_DAYS = 10 * 366


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something personal data is kept for.

    Parameters
    ----------
    name
        As in ``[retention_days]`` of ``district.toml``.
    days
        How long after its occasion (the service day, the sending, the entry) it is kept where a district says nothing.
    kept, needed_for
        What is kept, and why, for whoever asks.
    """

    name: str
    days: int
    kept: str
    needed_for: str


PURPOSES = (
    Purpose(
        "journeys",
        92,
        "name, phone, e-mail, addresses, booking code, minute of the wish; what was noted about the booking",
        "carrying out the ride; questions, complaints and lost property afterwards",
    ),
    Purpose("notices", 30, "which message went to whom and when", "proving that a rider was told"),
    Purpose("audit", 365, "the name of the member of staff who did something", "finding out who promised what"),
    Purpose("logins", 0, "sessions of staff whose time is over", "nothing any more"),
)
"""A table with personal data needs a purpose here and an erasure of that name in :mod:`booking.privacy`."""

NOT_ERASED: Mapping[str, str] = {
    "area": "geography of the service",
    "stop": "geography of the service",
    "service_day": "a counter of changes",
    "run": "which shift has visits",
    "visit": "when a vehicle was at a stop; leads to a person by way of the booking only, while that is kept",
    "ride": "stops, windows and space needed; leads to a person by way of the booking only, while that is kept",
    "refusal": "stops, hour, size, space needed and reason: kept without personal data from the start",
    "privacy_run": "counts",
    "outbox_delivery": "by what channel a message went; goes with the message",
    "api_key": "programs that call the API, and which member of staff let them",
    "idempotency": "answers to writes of the API, deleted after 24 hours by the worker",
    "rule_version": "the rules of the service",
    "booking_link": "which bookings were made in one step",
    "driver_event": "what a vehicle did when; where it was is deleted after hours, by the running day",
    "ride_lateness": "how late a ride was",
    "shift_change": "shifts that were not driven as planned",
    "connection_decision": "what was decided about a ride that hangs on a line",
    "series": "dates of a standing order; who and where stands in series_contact",
    "series_date": "what became of one date of a standing order",
    "waiting": "that somebody waited; who and where stands in waiting_contact",
    "staff": "accounts of staff, for as long as they work there",
    "staff_recovery_code": "keyed hashes of codes; go with the account",
    "login_failure": "counts of wrong logins by a keyed hash, deleted after a day by the next wrong login",
}
"""Tables that no purpose empties, and why not."""


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days a district keeps what, where it differs from the default."""

    days: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if unknown := set(self.days) - {purpose.name for purpose in PURPOSES}:
            msg = f"nothing is kept for {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        if any(not 0 <= days <= LONGEST_DAYS for days in self.days.values()):
            msg = f"data is kept for 0 to {LONGEST_DAYS} days"
            raise ValueError(msg)

    def days_of(self, purpose: Purpose) -> int:
        """How long data is kept for a purpose."""
        return self.days.get(purpose.name, purpose.days)


DEFAULT_RETENTION = Retention()
