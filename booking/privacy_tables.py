"""What the nightly anonymiser leaves behind: counts, and nothing that leads to a person."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from booking.tables import Base


class PrivacyRunRow(Base):
    """One run of the anonymiser: at most one a day, with how much it deleted for each purpose."""

    __tablename__ = "privacy_run"

    on: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    counts: Mapped[dict[str, Any]]
