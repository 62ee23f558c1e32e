"""Staff accounts and their logins. Passwords are kept as Argon2 hashes, session tokens as SHA-256."""

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.tables import StaffRow, StaffSessionRow
from booking.views import StaffView

SESSION_LENGTH = timedelta(hours=20)
"""A login outlasts the longest shift."""

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")


def save_staff(session: Session, name: str, password: str, role: str) -> None:
    """Create an account, or give an existing one a new password and role; its logins end."""
    values = {"name": name, "password_hash": _HASHER.hash(password), "role": role}
    session.execute(insert(StaffRow).values(values).on_conflict_do_update(index_elements=[StaffRow.name], set_=values))
    session.execute(delete(StaffSessionRow).where(StaffSessionRow.staff_name == name))


def log_in(session: Session, name: str, password: str, now: datetime) -> str | None:
    """A session token for the right name and password, else None (after the same time)."""
    row = session.get(StaffRow, name)
    try:
        # An unknown name costs as much time as a wrong password, so that names can't be found out.
        _HASHER.verify(_NOBODY if row is None else row.password_hash, password)
    except Argon2Error:
        return None
    if row is None:
        return None
    session.execute(delete(StaffSessionRow).where(StaffSessionRow.expires_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(StaffSessionRow(token_hash=_digest(token), staff_name=name, expires_at=now + SESSION_LENGTH))
    return token


def find_staff(session: Session, token: str, now: datetime) -> StaffView | None:
    """Who is logged in with a token, or None."""
    login = session.get(StaffSessionRow, _digest(token))
    if login is None or login.expires_at <= now:
        return None
    row = session.get_one(StaffRow, login.staff_name)
    return StaffView(row.name, row.role)


def log_out(session: Session, token: str) -> None:
    """End a login; an unknown token is none."""
    session.execute(delete(StaffSessionRow).where(StaffSessionRow.token_hash == _digest(token)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
