"""Whoever did not come several times books by a talk with the desk: a question, not a lock. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from booking.model import Explanation, Reason
from booking.rulebook import Rules


def refuse_after_no_shows(
    no_shows_on: Iterable[date], today: date, rules: Rules, *, phone: str, has_override: bool
) -> Explanation | None:
    """Why somebody has to call before the next booking, or None.

    Parameters
    ----------
    no_shows_on
        The service days on which this rider did not come, rides that were the service's fault left out.
    has_override
        A member of staff has talked to the rider and books, or has lifted the rule for this person.
    """
    policy = rules.orders.no_show
    if has_override or not policy.max_no_shows:
        return None
    first_on = today - timedelta(days=policy.within_days)
    count = sum(first_on < on <= today for on in no_shows_on)
    if count < policy.max_no_shows:
        return None
    params: dict[str, str | int | datetime] = {"count": count, "days": policy.within_days, "phone": phone}
    return Explanation(Reason.CALL_AFTER_NO_SHOWS, f"{rules.version}/no_show", params)
