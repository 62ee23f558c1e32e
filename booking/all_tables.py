"""Every table of the service: whoever needs the whole schema (migrations, tests) imports ``Base`` from here."""

from booking import life_tables, operations_tables, series_tables, waiting_tables
from booking.tables import Base

__all__ = ["Base", "life_tables", "operations_tables", "series_tables", "waiting_tables"]
