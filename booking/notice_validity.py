"""Until when a message is worth telling: nobody is told at night of a ride that ended at noon. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.model import Booking, BookingState
from booking.notice_rules import NoticeKind
from booking.notice_texts import situation

LATE = timedelta(hours=1)
"""A ride that is late is over so long after its promise at the latest, as far as telling goes."""
NO_SHOW_FOR = timedelta(days=2)
NEAR_FOR = timedelta(minutes=5)
_OF_WHAT_WAS = {NoticeKind.CANCELLED, NoticeKind.NO_SHOW}
_OF_OTHERS = {"lapsed", "open_date"}


def stale_at(
    kind: NoticeKind, params: Mapping[str, Any], booking: Booking, created_at: datetime, zone: ZoneInfo
) -> datetime:
    """From when on a message is not told any more."""
    rides = [ride.leg for ride in booking.rides]
    over_at = rides[-1].promise.dropoff_to_at
    match situation(kind, params):
        case "reminder":
            over_at = rides[0].promise.pickup_to_at
        case "near":
            over_at = datetime.fromisoformat(params["pickup_at"]) + NEAR_FOR
        case "delayed" | "connection_waits" | "on_time_again" | "no_vehicle" | "connection_lost":
            over_at += LATE
        case "held":
            over_at = datetime.fromisoformat(params["until"])
        case "open_date":
            over_at = datetime.combine(date.fromisoformat(params["open_on"]) + timedelta(days=1), time(), zone)
        case "no_show" | "no_show_by_us":
            over_at = created_at + NO_SHOW_FOR
        case "weather" | "lines_stopped" if params.get("until_at"):
            over_at = min(over_at, datetime.fromisoformat(params["until_at"]))
    return over_at


def still_holds(kind: NoticeKind, params: Mapping[str, Any], booking: Booking) -> bool:
    """Whether a message fits the booking as it stands: what was changed or cancelled meanwhile is told on its own."""
    what = situation(kind, params)
    if what == "held":
        return booking.state is BookingState.HELD
    if kind in _OF_WHAT_WAS or what in _OF_OTHERS:
        return True
    return booking.state in (BookingState.CONFIRMED, BookingState.HELD)


def replaces(kind: NoticeKind, params: Mapping[str, Any]) -> tuple[NoticeKind, ...]:
    """Kinds of older messages about the same ride, or the same booking, that a newer one makes untrue."""
    if kind in (NoticeKind.DELAYED, NoticeKind.AT_RISK) or (kind is NoticeKind.CHANGED and "ride" in params):
        return (NoticeKind.DELAYED, NoticeKind.AT_RISK, NoticeKind.CHANGED, NoticeKind.NEAR)
    return (NoticeKind.DEGRADED,) if kind is NoticeKind.DEGRADED else ()
