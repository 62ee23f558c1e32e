"""Wrong logins make the next one wait: not at all for one's own typing errors, long for whoever guesses.

Wrong tries are counted for a name from an address, for a name from anywhere, and for an address with any name. The
first limit stops whoever guesses one password, the second whoever guesses it from many computers, the third whoever
tries one password with many names. Guesses of others seldom keep the right person waiting: they come from elsewhere.
Names are counted whether there is such an account or not, so that nobody learns which there are.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.errors import TooManyRequestsError
from booking.staff_tables import LoginFailureRow

FREE_PAIR, FREE_ADDRESS, FREE_NAME = 5, 30, 50
"""So many wrong tries cost no waiting: of a name from an address, of an address, of a name."""
FIRST_WAIT_S, LONGEST_WAIT_S = 15, 15 * 60
"""The first wait; each wrong try more doubles it, up to the longest."""
FORGOTTEN = timedelta(hours=24)


def wait_s(failures: int, free: int) -> int:
    """How long after the last of so many wrong tries the next one has to wait."""
    return 0 if failures < free else min(FIRST_WAIT_S * 2 ** min(failures - free, 20), LONGEST_WAIT_S)


def counters_of(name: str, address: str, secret: str) -> Mapping[str, int]:
    """What a try counts for, and how many wrong ones of each are free. Nobody can read names out of it."""
    named = name.strip().casefold()
    return {
        _hash(secret, "pair", named, address): FREE_PAIR,
        _hash(secret, "address", address): FREE_ADDRESS,
        _hash(secret, "name", named): FREE_NAME,
    }


def check_wait(session: Session, counters: Mapping[str, int], now: datetime) -> None:
    """Let nobody try who has to wait.

    Raises
    ------
    TooManyRequestsError
        With how long.
    """
    rows = session.scalars(select(LoginFailureRow).where(LoginFailureRow.who.in_(counters)))
    left_s = [
        (row.last_at - now).total_seconds() + wait_s(row.failures, counters[row.who])
        for row in rows
        if now - row.last_at < FORGOTTEN
    ]
    longest_s = max(left_s, default=0.0)
    if longest_s > 0:
        msg = "Too many wrong logins. Please wait a little."
        raise TooManyRequestsError(msg, int(longest_s) + 1)


def note_failure(session: Session, counters: Mapping[str, int], now: datetime) -> None:
    """Count a wrong try; what is older than a day is forgotten."""
    session.execute(delete(LoginFailureRow).where(LoginFailureRow.last_at <= now - FORGOTTEN))
    new = insert(LoginFailureRow).values([{"who": who, "failures": 1, "last_at": now} for who in sorted(counters)])
    more = {"failures": LoginFailureRow.failures + 1, "last_at": now}
    session.execute(new.on_conflict_do_update(index_elements=[LoginFailureRow.who], set_=more))


def forget_failures(session: Session, counters: Mapping[str, int]) -> None:
    """Somebody is who they say: their typing errors are no matter. What was tried with other names still counts."""
    mine = [who for who, free in counters.items() if free != FREE_ADDRESS]
    session.execute(delete(LoginFailureRow).where(LoginFailureRow.who.in_(mine)))


def _hash(secret: str, *parts: str) -> str:
    return hmac.new(f"login:{secret}".encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()
