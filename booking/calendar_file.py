"""A booking as a calendar file (iCalendar, RFC 5545)."""

from collections.abc import Callable
from datetime import UTC, datetime

from booking.district import District
from booking.model import BookedRide, Booking

LINE_OCTETS = 75
"""RFC 5545 section 3.1: longer lines are folded."""


def write_calendar(booking: Booking, district: District, notes_of: Callable[[BookedRide], str], now: datetime) -> str:
    """One event for each ride: from the earliest pickup to the latest arrival.

    Parameters
    ----------
    notes_of
        What stands below a ride's event, in the rider's language.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Rufnetz//Rufnetz//DE"]
    for ride in booking.rides:
        promise = ride.leg.promise
        lines += [
            "BEGIN:VEVENT",
            f"UID:{ride.request_id}@{district.id}.rufnetz",
            f"DTSTAMP:{_utc(now)}",
            f"DTSTART:{_utc(promise.pickup_from_at)}",
            f"DTEND:{_utc(promise.dropoff_to_at)}",
            f"SUMMARY:{_escaped(f'Rufbus: {ride.leg.from_label} - {ride.leg.to_label}')}",
            f"LOCATION:{_escaped(ride.leg.from_label)}",
            f"DESCRIPTION:{_escaped(notes_of(ride))}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) + "\r\n" for line in lines)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    parts: list[str] = []
    part = ""
    for sign in line:
        # a folded line begins with a blank, which counts
        if len((part + sign).encode()) > LINE_OCTETS:
            parts.append(part)
            part = " "
        part += sign
    return "\r\n".join([*parts, part])
