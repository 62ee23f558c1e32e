"""The booking form opened by a link that says what to fill in (docs/api.md). None of it is trusted.

Whatever cannot be read is left as on a first visit: a person looks at the form before anything is asked.
"""

import re
from collections.abc import Mapping
from datetime import date

from booking.deep_link import COUNTS
from booking.model import Place, StopId, Timing
from booking.operation import Operation
from web.forms import MAX_TEXT, EnquiryForm, place_json

NAMES = frozenset({"from", "to", "date", "time", "by", "passengers", *COUNTS})
_POINT = re.compile(r"(-?\d{1,3}(?:\.\d{1,8})?),(-?\d{1,2}(?:\.\d{1,8})?)")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def prefilled_form(form: EnquiryForm, query: Mapping[str, str], operation: Operation) -> EnquiryForm:
    """The form of a first visit with what a link says filled in."""
    said = {name: value.strip() for name, value in query.items() if name in NAMES}
    filled = form.model_copy()
    for name, end in (("from", "origin"), ("to", "destination")):
        text, place = _read_place(said.get(name, ""), operation)
        setattr(filled, end, text)
        setattr(filled, f"{end}_choice", "" if place is None else place_json(place))
    if _is_date(said.get("date", "")):
        filled.day = said["date"]
    if clock := _CLOCK.fullmatch(said.get("time", "")):
        filled.hour, filled.minute = f"{int(clock[1]):02d}", clock[2]
    if said.get("by") == "arrival":
        filled.timing = Timing.ARRIVE_BY.value
    for name, count in (("passengers", "persons"), *((count, count) for count in COUNTS)):
        if re.fullmatch(r"\d{1,2}", said.get(name, "")):
            setattr(filled, count, str(int(said[name])))
    return filled


def _read_place(text: str, operation: Operation) -> tuple[str, Place | None]:
    """What the field shows, and the place it stands for: a stop by its id, a point as ``lon,lat``, or any name."""
    stop = operation.district.stop_by_id.get(StopId(text))
    if stop is not None:
        return stop.name, Place(stop.name, stop.lon, stop.lat, stop.id)
    point = _POINT.fullmatch(text)
    if point and abs(float(point[1])) <= 180 and abs(float(point[2])) <= 90:
        lon, lat = float(point[1]), float(point[2])
        label = f"{lat:.4f}, {lon:.4f}"
        return label, Place(label, lon, lat)
    return text[:MAX_TEXT], None


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
