"""What staff see of a day: runs with their visits, riders and promises. Values for pages and API alike."""

from dataclasses import dataclass
from datetime import date, datetime

from booking.model import BookingCode, BookingId, Party, StopId
from routing.model import Action, RequestId, ShiftId


@dataclass(frozen=True, slots=True)
class RiderView:
    """Who boards or alights at a visit. Personal data: for dispatchers and the driver of the run only."""

    request_id: RequestId
    booking_id: BookingId
    code: BookingCode
    action: Action
    name: str
    phone: str
    party: Party
    promised_from_at: datetime
    promised_to_at: datetime
    other_stop_name: str
    """Where the rider goes to (when boarding) or came from (when alighting)."""
    held_line: str = ""
    """The line connection that hangs on this ride: "RE 8 10:12", late "RE 8 10:12 +6 min"; empty if none."""
    is_awaited: bool = False
    """Whether the vehicle has to wait for that line."""
    door: str = ""
    """The address at which the rider boards or alights instead of at the stop; empty for the stop."""
    reported_at: datetime | None = None
    """When the driver reported that they got on (or off), or that they did not come."""
    is_absent: bool = False
    """They did not come, says the report."""


@dataclass(frozen=True, slots=True)
class VisitView:
    """A vehicle at a place at a time, with who boards and who alights; a break has no riders and ``is_break``."""

    stop_id: StopId
    stop_name: str
    lon: float
    lat: float
    arrival_at: datetime
    departure_at: datetime
    riders: tuple[RiderView, ...]
    is_break: bool = False
    on_board_after: int = 0
    """Persons on board when the vehicle leaves."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as the dispatcher sees it and the driver reads it (then it is the manifest)."""

    on: date
    shift_id: ShiftId
    vehicle_name: str
    owner: str
    layouts: str
    start_at: datetime
    end_at: datetime
    start_stop_name: str
    end_stop_name: str
    visits: tuple[VisitView, ...]
    drive_m: int
    """Length of the way, from and back to the depot."""


@dataclass(frozen=True, slots=True)
class DayView:
    """All runs of a service day and its counts."""

    on: date
    version: int
    runs: tuple[RunView, ...]
    bookings: int
    riders: int
    refusals: dict[str, int]
    """Count by reason."""


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff who is logged in."""

    name: str
    role: str
