"""Times as the rules and their explanations write them."""

from datetime import datetime
from zoneinfo import ZoneInfo


def clock_text(seconds: int) -> str:
    """A time of the service day, which may pass 24:00."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def moment_text(at: datetime, zone: ZoneInfo) -> str:
    """A moment as local date and time."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"
