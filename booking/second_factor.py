"""The second factor of a login: codes that change every 30 seconds (TOTP, RFC 6238), and recovery codes on paper."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from booking.staff_tables import RecoveryCodeRow
from booking.tables import StaffRow

ISSUER = "Rufnetz"
STEP_S = 30
NEIGHBOURS = (-1, 0, 1)
"""Codes of the step before and after are taken, too: clocks differ, and typing takes time."""
RECOVERY_CODES = 8
HALF_LENGTH = timedelta(minutes=5)
"""Between password and code."""
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_secret() -> str:
    """A secret to be shared with an authenticator app."""
    return pyotp.random_base32()


def address_of(secret: str, name: str, service: str) -> str:
    """The secret as an authenticator app reads it (``otpauth://…``)."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=f"{ISSUER} {service}")


def matching_step(secret: str, code: str, now: datetime, after: int = 0) -> int | None:
    """The step that a code belongs to; None for a wrong one, or one not later than ``after``: a code counts once."""
    step = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    for number in (step + shift for shift in NEIGHBOURS):
        if number > after and hmac.compare_digest(totp.generate_otp(number).encode(), code.encode()):
            return number
    return None


def switch_on(session: Session, row: StaffRow, secret: str, step: int) -> tuple[str, ...]:
    """Ask this account for codes from now on; gives its recovery codes, which nobody can see again."""
    row.totp_secret, row.totp_step = secret, step
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.staff_name == row.name))
    codes = tuple("".join(secrets.choice(_LETTERS) for _ in range(12)) for _ in range(RECOVERY_CODES))
    session.add_all(RecoveryCodeRow(code_hash=_digest(row.name, code), staff_name=row.name) for code in codes)
    return tuple(f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes)


def switch_off(session: Session, row: StaffRow) -> None:
    """Ask this account for its password alone."""
    row.totp_secret, row.totp_step = None, 0
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.staff_name == row.name))


def take_code(session: Session, row: StaffRow, typed: str, now: datetime) -> bool:
    """Whether a code is right: one of the app, or a recovery code, which is used up by that."""
    code = "".join(c for c in typed.upper() if c.isalnum())
    if row.totp_secret is None:
        return True
    step = matching_step(row.totp_secret, code, now, row.totp_step)
    if step is not None:
        row.totp_step = step
        return True
    used = delete(RecoveryCodeRow).where(RecoveryCodeRow.code_hash == _digest(row.name, code))
    return session.scalar(used.returning(RecoveryCodeRow.code_hash)) is not None


def count_recovery_codes(session: Session, name: str) -> int:
    """How many recovery codes are left."""
    return session.scalar(select(func.count()).where(RecoveryCodeRow.staff_name == name)) or 0


def sign_half(name: str, now: datetime, secret: str) -> str:
    """That somebody knew the password a moment ago, as text to be given back with the code."""
    until = int((now + HALF_LENGTH).timestamp())
    said = f"{until}:{name}"
    return f"{urlsafe_b64encode(said.encode()).decode()}.{_mac(said, secret)}"


def read_half(half: str, now: datetime, secret: str) -> str | None:
    """Who that was; None if it is not ours or its time is over."""
    encoded, _, mac = half.partition(".")
    try:
        said = urlsafe_b64decode(encoded.encode()).decode()
    except ValueError:
        return None
    until, _, name = said.partition(":")
    is_ours = hmac.compare_digest(_mac(said, secret).encode(), mac.encode())
    return name if is_ours and until.isdigit() and now.timestamp() < int(until) else None


def _mac(said: str, secret: str) -> str:
    return hmac.new(f"half-login:{secret}".encode(), said.encode(), hashlib.sha256).hexdigest()


def _digest(name: str, code: str) -> str:
    # 12 of 32 letters cannot be guessed, so that a slow hash is not needed.
    return hashlib.sha256(f"{name}\0{code}".encode()).hexdigest()
