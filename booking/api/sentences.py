"""Every reason as an English sentence. The pages have their own, in the resident's language."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from booking.model import Explanation, Reason

SENTENCES: Mapping[Reason, str] = {
    Reason.FITS_THE_WISH: "This journey fits your wish.",
    Reason.LINE_HAS_PRIORITY: "Line {line} leaves at {at} and serves your wish: where a line goes, no ride is given.",
    Reason.CONNECTION_HELD: "The ride and {line} meet at {hub}.",
    Reason.SHIFTED_EARLIER: "Nothing is possible at your time; this journey is up to {minutes} minutes earlier.",
    Reason.SHIFTED_LATER: "Nothing is possible at your time; this journey is up to {minutes} minutes later.",
    Reason.TOO_LATE_TO_ORDER: "A ride must be ordered {lead_min} minutes ahead.",
    Reason.VEHICLE_ON_ITS_WAY: "The order is late, but a vehicle is on its way there anyway.",
    Reason.IN_THE_PAST: "The time you asked for is over. Please give a time to come.",
    Reason.TOO_FAR_AHEAD: "A ride can be ordered at most {days} days ahead.",
    Reason.OUTSIDE_SERVICE_HOURS: "On that day the service runs from {from_at} to {to_at}.",
    Reason.NO_SERVICE_THAT_DAY: "There is no service on that day.",
    Reason.OUTSIDE_SERVICE_AREA: "No stop of the service is within walking distance of {place}.",
    Reason.AREAS_NOT_CONNECTED: "No single ride goes between these two areas; change at a hub.",
    Reason.PARTY_TOO_LARGE: "At most {max} persons can be carried together.",
    Reason.BY_PHONE_ONLY: "More than {max} persons can be booked by phone only: {phone}.",
    Reason.NEED_BY_PHONE_ONLY: "What you take with you can be booked by phone only: {phone}.",
    Reason.DESK_CLOSED: "Nobody answers the telephone now.",
    Reason.BETWEEN_DEPARTURES: "There is no departure here at that time.",
    Reason.KEPT_FOR_LATE_ORDERS: "The last places are kept for late orders; ask again from {opens_at} on.",
    Reason.CALL_AFTER_NO_SHOWS: "After {count} rides that nobody came to in {days} days, please call {phone} to book.",
    Reason.NO_SUITABLE_VEHICLE: "No vehicle of the service can take what you need. Please call {phone}.",
    Reason.NONE_SUITABLE_ON_DUTY: "No vehicle on duty at that time can take what you need. Please call {phone}.",
    Reason.NONE_SUITABLE_FREE: "Every vehicle that can take what you need is taken at that time.",
    Reason.NO_VEHICLE_FREE: "Every vehicle is taken at that time.",
    Reason.TOO_SHORT_TO_RIDE: "The way is so short that no ride is given.",
    Reason.SAME_PLACE: "Origin and destination are the same place.",
    Reason.NOT_REACHABLE: "No road that our vehicles may use joins the two places.",
    Reason.SERVICE_SUSPENDED: "No new rides can be booked at the moment. Please call {phone}.",
}


_TIMED = {Reason.TOO_LATE_TO_ORDER, Reason.DESK_CLOSED, Reason.BETWEEN_DEPARTURES}
_FURTHER: Mapping[str, str] = {
    "latest_at": "This one could be ordered until {latest_at}.",
    "earliest_at": "The earliest that can be ordered is at {earliest_at}.",
    "opens_at": "Call again from {opens_at} on.",
    "before_at": "The one before is at about {before_at}.",
    "after_at": "The next one is at about {after_at}.",
}
"""Said after the sentences of these reasons, each where its figure is there."""


def sentence(explanation: Explanation, zone: ZoneInfo) -> str:
    """The sentence of a reason, its figures filled in, times in local time."""
    shown = {
        name: f"{value.astimezone(zone):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value
        for name, value in explanation.params.items()
    }
    said = SENTENCES[explanation.reason].format(**shown)
    for name, more in _FURTHER.items():
        if name in shown and explanation.reason in _TIMED:
            said += " " + more.format(**shown)
    if explanation.reason is Reason.CONNECTION_HELD and "minutes" in shown:
        said += f" If the line is late, the vehicle waits up to {shown['minutes']} minutes."
    return said
