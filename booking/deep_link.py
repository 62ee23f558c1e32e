"""A link that opens the booking form with a wish filled in, for trip planners and notice boards.

``/?from=…&to=…&date=2026-03-03&time=10:00&passengers=2`` and more, see docs/api.md. What this service writes into
such links itself are stops, times and counts: an address says where somebody lives and does not belong into a URL.
"""

from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from booking.model import Enquiry, Place, Timing

COUNTS = ("wheelchairs", "prams", "walking_frames", "bikes", "dogs", "child_seats", "luggage", "companions")


def deep_link(public_url: str, enquiry: Enquiry, zone: ZoneInfo) -> str:
    """The address of the form with an enquiry filled in. A place that is no stop is left to whoever opens it."""
    local = enquiry.wished_at.astimezone(zone)
    party = enquiry.party
    values = {
        "from": _stop(enquiry.origin),
        "to": _stop(enquiry.destination),
        "date": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "by": "arrival" if enquiry.timing is Timing.ARRIVE_BY else "",
        "passengers": str(party.persons),
        **{name: str(getattr(party, name) or "") for name in COUNTS},
    }
    return f"{public_url}/?{urlencode({name: value for name, value in values.items() if value})}"


def _stop(place: Place) -> str:
    return place.stop_id or ""
