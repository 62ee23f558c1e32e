"""The service day: the only converter between aware datetimes and seconds of the day."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ServiceDay:
    """A date in a time zone; its clock starts at noon minus 12 hours and passes 24:00.

    On all but the two days a year when clocks change, that start is midnight.
    """

    on: date
    zone: ZoneInfo
    start_at: datetime = field(init=False, compare=False)

    def __post_init__(self) -> None:
        noon = datetime.combine(self.on, time(12), self.zone)
        # Subtracting in local time would be wall-clock arithmetic and an hour wrong on the days clocks change.
        object.__setattr__(self, "start_at", noon.astimezone(UTC) - timedelta(hours=12))

    def seconds(self, at: datetime) -> int:
        """Seconds from the start of this day to an aware datetime (negative before it)."""
        if at.tzinfo is None:
            msg = "a datetime without a time zone has no place on a service day"
            raise ValueError(msg)
        return int((at.astimezone(UTC) - self.start_at).total_seconds())

    def at(self, seconds: int) -> datetime:
        """The aware UTC datetime that many seconds after the start of this day."""
        return self.start_at + timedelta(seconds=seconds)

    def local(self, seconds: int) -> datetime:
        """The wall-clock datetime in the zone of the day."""
        return self.at(seconds).astimezone(self.zone)

    def previous(self) -> "ServiceDay":
        """The day before."""
        return ServiceDay(self.on - timedelta(days=1), self.zone)

    def following(self) -> "ServiceDay":
        """The day after."""
        return ServiceDay(self.on + timedelta(days=1), self.zone)
