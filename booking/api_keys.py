"""Keys with which programs call the API: what they may do, until when, how often.

A key is ``rn_`` + eight letters that name it + ``_`` + a secret of 256 bits. Whoever makes it sees it once; the
database keeps its SHA-256, which is enough for a secret that nobody can guess.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from booking.api_tables import ApiKeyRow
from booking.clock import Clock
from booking.errors import NotFoundError
from booking.tables import AuditRow

MARK = "rn_"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_PREFIX_LENGTH = 8
SEEN_EVERY = timedelta(minutes=1)
"""The last use is noted no more often: not every look needs a write."""


class Scope(StrEnum):
    """What a key may be used for."""

    ENQUIRE = "enquire"
    """Ask for offers."""
    BOOK = "book"
    """Book, change, cancel, wait; import bookings."""
    READ_RUNS = "read:runs"
    """See days and runs with their riders."""
    DRIVE = "drive"
    """Report what a driver does."""
    DISPATCH = "dispatch"
    """Change the running day; see bookings."""
    FEEDS = "feeds"
    """Read stops, areas and shifts as tables."""
    ADMIN = "admin"
    """Everything, and API keys and the tables of the district."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is shown: everything but its secret.

    Parameters
    ----------
    per_min
        Calls per minute, if not those of the settings.
    """

    prefix: str
    name: str
    scopes: frozenset[Scope]
    per_min: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def may(self, scopes: Iterable[Scope]) -> bool:
        """Whether it has one of some scopes; ``admin`` has all."""
        return Scope.ADMIN in self.scopes or bool(self.scopes & set(scopes))


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The keys of one installation."""

    sessions: sessionmaker[Session]
    clock: Clock

    def create(
        self,
        name: str,
        scopes: Iterable[Scope],
        *,
        by: str,
        expires_at: datetime | None = None,
        per_min: int | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret text, which nobody can show again."""
        prefix = "".join(secrets.choice(_LETTERS) for _ in range(_PREFIX_LENGTH))
        token = f"{MARK}{prefix}_{secrets.token_urlsafe(32)}"
        row = ApiKeyRow(
            prefix=prefix,
            token_hash=_digest(token),
            name=name,
            scopes=sorted(set(scopes)),
            per_min=per_min,
            created_at=self.clock(),
            created_by=by,
            expires_at=expires_at,
        )
        with self.sessions.begin() as session:
            session.add(row)
            session.add(_audit(by, "api_key_created", prefix, self.clock()))
        return _value(row), token

    def list(self) -> tuple[ApiKey, ...]:
        """All keys there ever were, by their prefixes."""
        with self.sessions() as session:
            return tuple(_value(row) for row in session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.prefix)))

    def get(self, prefix: str) -> ApiKey:
        """The key with a prefix.

        Raises
        ------
        NotFoundError
            There is none.
        """
        with self.sessions() as session:
            row = session.get(ApiKeyRow, prefix)
        if row is None:
            msg = "There is no API key with this prefix."
            raise NotFoundError(msg)
        return _value(row)

    def revoke(self, prefix: str, *, by: str) -> ApiKey:
        """End a key; ending it twice is the same as once.

        Raises
        ------
        NotFoundError
            There is none.
        """
        self.get(prefix)
        with self.sessions.begin() as session:
            ends = update(ApiKeyRow).where(ApiKeyRow.prefix == prefix, ApiKeyRow.revoked_at.is_(None))
            ended = session.scalar(ends.values(revoked_at=self.clock()).returning(ApiKeyRow.prefix))
            if ended is not None:
                session.add(_audit(by, "api_key_revoked", prefix, self.clock()))
        return self.get(prefix)

    def find(self, token: str) -> ApiKey | None:
        """The valid key behind a text, or None. Its use is noted."""
        now = self.clock()
        with self.sessions() as session:
            row = session.scalar(select(ApiKeyRow).where(ApiKeyRow.token_hash == _digest(token)))
            key = None if row is None else _value(row)
        if key is None or not key.is_valid(now):
            return None
        if key.last_used_at is None or now - key.last_used_at >= SEEN_EVERY:
            with self.sessions.begin() as session:
                session.execute(update(ApiKeyRow).where(ApiKeyRow.prefix == key.prefix).values(last_used_at=now))
        return key


def is_api_key(token: str) -> bool:
    """Whether a text looks like a key rather than a login."""
    return token.startswith(MARK)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _audit(actor: str, action: str, prefix: str, now: datetime) -> AuditRow:
    return AuditRow(at=now, actor=actor, action=action, service_on=None, booking_id=None, details={"prefix": prefix})


def _value(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        prefix=row.prefix,
        name=row.name,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        per_min=row.per_min,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
