"""Staff accounts and their logins. Passwords are kept as Argon2 hashes, session tokens as SHA-256."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.errors import InputError, SecondFactorNeededError
from booking.login_guard import check_wait, counters_of, forget_failures, note_failure
from booking.second_factor import (
    count_recovery_codes,
    matching_step,
    read_half,
    sign_half,
    switch_off,
    switch_on,
    take_code,
)
from booking.tables import AuditRow, StaffRow, StaffSessionRow
from booking.views import StaffView

SESSION_LENGTH = timedelta(hours=20)
"""A login outlasts the longest shift."""
IDLE_LENGTH = timedelta(hours=8)
"""A login that nobody uses for so long is over: the computer of a desk that was left alone."""
SEEN_EVERY = timedelta(minutes=5)
LEAST_LENGTH = 12
COMMON = {"passwort", "password", "qwertz", "qwerty", "123456", "abcdef", "rufbus", "rufnetz", "hallo", "geheim"}
"""A password that is one of these, over and over or with a few signs more, is none."""


class Role(StrEnum):
    """What somebody of the staff does. Administrators may do what dispatchers may, and manage keys by API."""

    DISPATCHER = "dispatcher"
    DRIVER = "driver"
    PLANNER = "planner"
    ADMIN = "admin"


_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody who wants to log in.

    Parameters
    ----------
    code
        Of the second factor, or a recovery code; empty if none was given.
    address
        Where they are, for counting wrong tries.
    """

    name: str
    password: str
    code: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its owner and the operator see it."""

    name: str
    role: str
    has_second_factor: bool
    recovery_codes: int
    logins: int


def refuse_weak(name: str, password: str) -> None:
    """Let nobody have a password that is soon guessed.

    Raises
    ------
    InputError
        With what to do.
    """
    plain, named = password.casefold(), name.strip().casefold()
    rest = plain
    for word in sorted({*COMMON, *((named,) if len(named) > 2 else ())}, key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(password) < LEAST_LENGTH:
        msg = f"A password needs at least {LEAST_LENGTH} characters: three words without connection are easy to keep."
        raise InputError(msg, "password")
    if len(set(rest)) < 5:
        msg = "This password is soon guessed. Three words without connection are better, and easy to keep."
        raise InputError(msg, "password")


def save_staff(session: Session, name: str, password: str, role: str) -> None:
    """Create an account, or give an existing one a new password and role; its logins end.

    Raises
    ------
    ValueError
        There is no such role.
    """
    values = {"name": name, "password_hash": _HASHER.hash(password), "role": Role(role).value}
    session.execute(insert(StaffRow).values(values).on_conflict_do_update(index_elements=[StaffRow.name], set_=values))
    session.execute(delete(StaffSessionRow).where(StaffSessionRow.staff_name == name))


def log_in(session: Session, tried: Try, now: datetime, secret: str) -> str | None:
    """A session token for the right name, password and code, else None (after the same time).

    Raises
    ------
    SecondFactorNeededError
        The password is right, and the account asks for a code as well.
    TooManyRequestsError
        Too many wrong tries.
    """
    counters = counters_of(tried.name, tried.address, secret)
    check_wait(session, counters, now)
    row = session.get(StaffRow, tried.name)
    try:
        # An unknown name costs as much time as a wrong password, so that names can't be found out.
        _HASHER.verify(_NOBODY if row is None else row.password_hash, tried.password)
    except Argon2Error:
        row = None
    if row is not None and row.totp_secret is not None and not tried.code:
        msg = "This account asks for the code of its second factor as well."
        raise SecondFactorNeededError(msg, sign_half(row.name, now, secret))
    if row is None or not take_code(session, row, tried.code, now):
        note_failure(session, counters, now)
        _note(session, None, "login_failed", now, {})
        return None
    forget_failures(session, counters)
    if _HASHER.check_needs_rehash(row.password_hash):
        row.password_hash = _HASHER.hash(tried.password)
    return _open_session(session, row, now)


def log_in_with_code(session: Session, half: str, code: str, address: str, now: datetime, secret: str) -> str | None:
    """A session token for somebody who knew the password a moment ago and has the right code; else None.

    Raises
    ------
    TooManyRequestsError
        Too many wrong tries.
    """
    name = read_half(half, now, secret)
    if name is None:
        return None
    counters = counters_of(name, address, secret)
    check_wait(session, counters, now)
    row = session.get(StaffRow, name)
    if row is None or not take_code(session, row, code, now):
        note_failure(session, counters, now)
        _note(session, name, "login_failed", now, {"at": "code"})
        return None
    forget_failures(session, counters)
    return _open_session(session, row, now)


def _open_session(session: Session, row: StaffRow, now: datetime) -> str:
    over = (StaffSessionRow.expires_at <= now) | (StaffSessionRow.seen_at <= now - IDLE_LENGTH)
    session.execute(delete(StaffSessionRow).where(over))
    token = secrets.token_urlsafe(32)
    expires_at = now + SESSION_LENGTH
    session.add(StaffSessionRow(token_hash=_digest(token), staff_name=row.name, expires_at=expires_at, seen_at=now))
    _note(session, row.name, "login", now, {})
    return token


def _note(session: Session, name: str | None, action: str, now: datetime, details: dict[str, object]) -> None:
    """In the audit trail; of a wrong try not what was typed, which may be a password in the wrong field."""
    actor = "somebody" if name is None else f"staff {name}"
    session.add(AuditRow(at=now, actor=actor, action=action, service_on=None, booking_id=None, details=details))


def find_staff(session: Session, token: str, now: datetime) -> StaffView | None:
    """Who is logged in with a token, or None."""
    login = session.get(StaffSessionRow, _digest(token))
    if login is None or login.expires_at <= now or login.seen_at <= now - IDLE_LENGTH:
        return None
    row = session.get_one(StaffRow, login.staff_name)
    return StaffView(row.name, row.role)


def note_seen(session: Session, token: str, now: datetime) -> None:
    """That a login is used; noted every few minutes only."""
    seen = update(StaffSessionRow).where(
        StaffSessionRow.token_hash == _digest(token), StaffSessionRow.seen_at <= now - SEEN_EVERY
    )
    session.execute(seen.values(seen_at=now))


def log_out(session: Session, token: str) -> None:
    """End a login; an unknown token is none."""
    session.execute(delete(StaffSessionRow).where(StaffSessionRow.token_hash == _digest(token)))


def log_out_elsewhere(session: Session, name: str, token: str) -> None:
    """End all logins of an account but one."""
    others = delete(StaffSessionRow).where(
        StaffSessionRow.staff_name == name, StaffSessionRow.token_hash != _digest(token)
    )
    session.execute(others)


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """A new password for oneself. ``token`` is that of the login that stays."""

    name: str
    old: str
    new: str
    token: str


def change_password(session: Session, change: PasswordChange, now: datetime, secret: str) -> bool:
    """Give oneself a new password; whether the old one was right. All other logins end.

    Raises
    ------
    InputError
        The new one is soon guessed.
    TooManyRequestsError
        Too many wrong tries: somebody else may sit at the computer.
    """
    counters = counters_of(change.name, "own account", secret)
    check_wait(session, counters, now)
    row = session.get_one(StaffRow, change.name)
    try:
        _HASHER.verify(row.password_hash, change.old)
    except Argon2Error:
        note_failure(session, counters, now)
        return False
    refuse_weak(change.name, change.new)
    row.password_hash = _HASHER.hash(change.new)
    log_out_elsewhere(session, change.name, change.token)
    _note(session, change.name, "password_changed", now, {})
    return True


def switch_second_factor_on(session: Session, name: str, secret: str, code: str, now: datetime) -> tuple[str, ...]:
    """Ask an account for codes from now on if its owner has typed a right one: gives recovery codes, else nothing."""
    row = session.get_one(StaffRow, name)
    step = matching_step(secret, code.replace(" ", ""), now)
    if step is None:
        return ()
    _note(session, name, "second_factor_on", now, {})
    return switch_on(session, row, secret, step)


def take_own_code(session: Session, name: str, code: str, now: datetime, secret: str) -> bool:
    """Whether a code is one of an account's second factor.

    Raises
    ------
    TooManyRequestsError
        Too many wrong codes.
    """
    counters = counters_of(name, "own account", secret)
    check_wait(session, counters, now)
    if take_code(session, session.get_one(StaffRow, name), code, now):
        return True
    note_failure(session, counters, now)
    return False


def switch_second_factor_off(session: Session, name: str, now: datetime, *, actor: str) -> bool:
    """Ask an account for its password alone; whether there is such an account."""
    row = session.get(StaffRow, name)
    if row is None:
        return False
    switch_off(session, row)
    details = {"account": name}
    session.add(
        AuditRow(at=now, actor=actor, action="second_factor_off", service_on=None, booking_id=None, details=details)
    )
    return True


def remove_staff(session: Session, name: str, now: datetime, *, actor: str) -> bool:
    """Delete an account; whether there was one. What it did stays in the audit trail."""
    gone = session.scalar(delete(StaffRow).where(StaffRow.name == name).returning(StaffRow.name)) is not None
    if gone:
        details = {"account": name}
        session.add(
            AuditRow(at=now, actor=actor, action="staff_removed", service_on=None, booking_id=None, details=details)
        )
    return gone


def list_accounts(session: Session, now: datetime) -> Sequence[Account]:
    """All accounts by name."""
    rows = session.scalars(select(StaffRow).order_by(StaffRow.name))
    return [_account(session, row, now) for row in rows]


def find_account(session: Session, name: str, now: datetime) -> Account:
    """The account of somebody who is logged in."""
    return _account(session, session.get_one(StaffRow, name), now)


def _account(session: Session, row: StaffRow, now: datetime) -> Account:
    is_open = (StaffSessionRow.expires_at > now) & (StaffSessionRow.seen_at > now - IDLE_LENGTH)
    logins = session.scalar(select(func.count()).where(StaffSessionRow.staff_name == row.name, is_open)) or 0
    left = count_recovery_codes(session, row.name)
    return Account(row.name, row.role, row.totp_secret is not None, left, logins)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
