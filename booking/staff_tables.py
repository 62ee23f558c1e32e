"""What is kept of logins beside the accounts themselves: sessions, recovery codes, wrong tries."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from booking.tables import Base


class RecoveryCodeRow(Base):
    """A code that stands in for the second factor, once. Only its hash is kept."""

    __tablename__ = "staff_recovery_code"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_name: Mapped[str] = mapped_column(ForeignKey("staff.name", ondelete="cascade"), index=True)


class LoginFailureRow(Base):
    """How often a login failed lately. ``who`` is a keyed hash of a name, an address, or both."""

    __tablename__ = "login_failure"

    who: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
