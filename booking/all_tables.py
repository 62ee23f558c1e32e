"""Every table of the service: whoever needs the whole schema (migrations, tests) imports ``Base`` from here."""

from booking import (
    api_tables,
    life_tables,
    notice_tables,
    operations_tables,
    privacy_tables,
    series_tables,
    staff_tables,
    waiting_tables,
)
from booking.tables import Base

__all__ = [
    "Base",
    "api_tables",
    "life_tables",
    "notice_tables",
    "operations_tables",
    "privacy_tables",
    "series_tables",
    "staff_tables",
    "waiting_tables",
]
