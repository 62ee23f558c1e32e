"""Why there is no database to work with, each as a sentence that says what to do."""

from booking.errors import BookingError


class DatabaseError(BookingError):
    """There is a database, but it cannot be used: down, rights missing, made by another version."""


class DatabaseMissingError(DatabaseError):
    """There is no PostgreSQL with PostGIS; the text holds the line that installs it on this system."""
