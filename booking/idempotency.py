"""No write is done twice because its answer was lost: idempotency keys.

A call with a key goes through three states, each in the database before the next begins:

``started``
    The key is taken: one row, inserted before anything else is done. A second call with the same key is told that
    the first is under way. After :data:`LEASE` the first is taken for dead and the key can be taken anew.
``written``
    Set by every transaction that commits while the call runs, *in that transaction*
    (:meth:`IdempotencyKeys.note_write`). So whatever the write did and this note are there together or not at all,
    however the process ends. The note holds the number of the attempt: one that was taken for dead and lives on
    cannot commit any more.
``answered``
    The answer is kept, to be given again.

Whoever repeats a call finds one of four things: nothing was written (it is done now), the answer (it comes again), a
call under way, or a write whose answer was lost. Writes that are the same twice as once (confirm an offer, cancel)
are then simply called again: they have an idempotency of their own and give the booking there is. For all others the
caller is told to look: nothing is ever done twice.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, delete, event, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from booking.api_tables import IdempotencyRow
from booking.clock import Clock
from booking.errors import AnswerLostError, KeyInProgressError, KeyReusedError

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=90)
"""Longer than the longest call: a statement is cut off after 20 s, a second look takes 2 s, and all is tried thrice."""
STARTED, WRITTEN, ANSWERED = "started", "written", "answered"


@dataclass(frozen=True, slots=True)
class Call:
    """A call with a key, as the database knows it: hashes, so that nothing can be read out of it."""

    caller: str
    key_hash: str
    call_hash: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that is being done now."""

    call: Call
    number: UUID


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer of a call that was done before."""

    status: int
    headers: Mapping[str, str]
    body: str


_CURRENT: ContextVar[Attempt | None] = ContextVar("idempotency_attempt", default=None)


@dataclass(frozen=True, slots=True)
class IdempotencyKeys:
    """The keys of one installation."""

    sessions: sessionmaker[Session]
    clock: Clock
    secret: str

    def __post_init__(self) -> None:
        if not event.contains(self.sessions, "before_commit", note_write):
            event.listen(self.sessions, "before_commit", note_write)

    def call(self, caller: str, key: str, method: str, address: str, body: bytes) -> Call:
        """A call as the database knows it."""
        said = b"\n".join((method.encode(), address.encode("utf-8", "replace"), body))
        return Call(caller, self._hash(key.encode()), self._hash(said))

    def begin(self, call: Call, *, is_repeatable: bool) -> Attempt | KeptAnswer:
        """Take a key, or give the answer that is kept for it.

        Parameters
        ----------
        is_repeatable
            Whether the write is the same twice as once, so that it may be called again when its answer was lost.

        Raises
        ------
        KeyReusedError, KeyInProgressError, AnswerLostError
            It belongs to another call; to one that is under way; to a write whose answer was lost.
        """
        attempt, now = Attempt(call, uuid4()), self.clock()
        values = {
            "caller": call.caller,
            "key_hash": call.key_hash,
            "call_hash": call.call_hash,
            "attempt": attempt.number,
            "state": STARTED,
            "started_at": now,
        }
        with self.sessions.begin() as session:
            session.execute(delete(IdempotencyRow).where(_is(call), IdempotencyRow.started_at <= now - KEPT))
            new = insert(IdempotencyRow).values(values).on_conflict_do_nothing().returning(IdempotencyRow.attempt)
            if session.scalar(new) is not None:
                return attempt
            row = session.scalars(select(IdempotencyRow).where(_is(call)).with_for_update()).one_or_none()
            if row is None:  # it was released between the two looks
                raise KeyInProgressError(_IN_PROGRESS)
            kept = _judge(row, call, now, is_repeatable=is_repeatable)
            if kept is None:
                row.attempt, row.started_at = attempt.number, now
                return attempt
            return kept

    @contextmanager
    def under(self, attempt: Attempt) -> Iterator[None]:
        """Whatever commits in here notes that the attempt has written."""
        before = _CURRENT.set(attempt)
        try:
            yield
        finally:
            _CURRENT.reset(before)

    def keep(self, attempt: Attempt, answer: KeptAnswer) -> None:
        """Keep the answer of an attempt."""
        values = {
            "state": ANSWERED,
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": answer.body,
        }
        with self.sessions.begin() as session:
            session.execute(update(IdempotencyRow).where(_is_attempt(attempt)).values(values))

    def release(self, attempt: Attempt) -> None:
        """Give a key back after a call that wrote nothing; after one that wrote, its lease ends."""
        with self.sessions.begin() as session:
            unwritten = IdempotencyRow.state == STARTED
            session.execute(delete(IdempotencyRow).where(_is_attempt(attempt), unwritten))
            lapsed = {"started_at": self.clock() - LEASE}
            session.execute(update(IdempotencyRow).where(_is_attempt(attempt)).values(lapsed))

    def forget(self) -> int:
        """Delete what is older than a day; gives how much it was."""
        with self.sessions.begin() as session:
            old = IdempotencyRow.started_at <= self.clock() - KEPT
            return len(session.scalars(delete(IdempotencyRow).where(old).returning(IdempotencyRow.key_hash)).all())

    def _hash(self, said: bytes) -> str:
        return hmac.new(self.secret.encode(), b"idempotency\n" + said, hashlib.sha256).hexdigest()


_IN_PROGRESS = "The first call with this idempotency key is still being answered. Please try again in a moment."


def note_write(session: Session) -> None:
    """Note in a transaction that is about to commit that the attempt under way has written.

    Raises
    ------
    KeyInProgressError
        The attempt was taken for dead and another one has begun: this one must not commit.
    """
    attempt = _CURRENT.get()
    if attempt is None:
        return
    noted = update(IdempotencyRow).where(_is_attempt(attempt)).values(state=WRITTEN)
    if session.scalar(noted.returning(IdempotencyRow.state)) is None:
        raise KeyInProgressError(_IN_PROGRESS)


def _is(call: Call) -> ColumnElement[bool]:
    return and_(IdempotencyRow.caller == call.caller, IdempotencyRow.key_hash == call.key_hash)


def _is_attempt(attempt: Attempt) -> ColumnElement[bool]:
    return and_(_is(attempt.call), IdempotencyRow.attempt == attempt.number)


def _judge(row: IdempotencyRow, call: Call, now: datetime, *, is_repeatable: bool) -> KeptAnswer | None:
    """The answer that is kept; None where the call is to be done now."""
    if row.call_hash != call.call_hash:
        msg = "This idempotency key was sent before with something else. Take a new key for a new write."
        raise KeyReusedError(msg)
    if row.state == ANSWERED and row.status is not None:
        return KeptAnswer(row.status, row.headers, row.body or "")
    if now < row.started_at + LEASE:
        raise KeyInProgressError(_IN_PROGRESS)
    if row.state == WRITTEN and not is_repeatable:
        msg = "This was done, at least in part, and its answer was lost. Please look what there is before trying anew."
        raise AnswerLostError(msg)
    return None
