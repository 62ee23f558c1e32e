"""Bookings as a table: a day's bookings out; a desk's list of orders in, each row through enquiry and confirmation."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.contact_keys import email_key
from booking.district import District
from booking.district_problems import DistrictError, Problem, Problems, meant
from booking.exchange_csv import read_csv
from booking.model import Booking, Channel, Contact, Enquiry, Party, Place, RideLeg, StopId, Timing

FILE = "orders"
MOST_ORDERS = 200
"""More at once would keep a caller waiting for longer than connections last."""
COUNTS = (
    "persons",
    "wheelchairs",
    "prams",
    "walking_frames",
    "bikes",
    "dogs",
    "child_seats",
    "luggage",
    "companions",
)
BOOKING_COLUMNS = (
    "code",
    "state",
    "service_on",
    "name",
    "phone",
    "email",
    "origin",
    "destination",
    "departure_at",
    "arrival_at",
    "pickup_stop",
    "dropoff_stop",
    "vehicle",
    *COUNTS,
    "price_ct",
    "booked_at",
)
ORDER_COLUMNS = (
    "ref",
    "from_stop",
    "to_stop",
    "depart_after",
    "arrive_by",
    "name",
    "phone",
    "email",
    *COUNTS,
    "tickets",
)


class Outcome(StrEnum):
    """What became of an order."""

    BOOKED = "booked"
    WOULD_BE_BOOKED = "would_be_booked"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Order:
    """A row of the list, sound: who wants what. ``ref`` is the desk's own word for it."""

    line: int
    ref: str
    enquiry: Enquiry
    contact: Contact


@dataclass(frozen=True, slots=True)
class OrderReport:
    """What became of a row."""

    line: int
    ref: str
    outcome: Outcome
    code: str = ""
    reason: str = ""
    departure_at: datetime | None = None
    price_ct: int | None = None


def booking_row(booking: Booking) -> dict[str, str]:
    """A booking as a row; times are RFC 3339."""
    party, legs = booking.offer.enquiry.party, booking.offer.legs
    rides = [ride.leg for ride in booking.rides] or [leg for leg in legs if isinstance(leg, RideLeg)]
    return {
        "code": booking.code,
        "state": booking.state.value,
        "service_on": booking.offer.service_on.isoformat(),
        "name": booking.contact.name,
        "phone": booking.contact.phone,
        "email": booking.contact.email,
        "origin": booking.offer.enquiry.origin.label,
        "destination": booking.offer.enquiry.destination.label,
        "departure_at": booking.offer.departure_at.isoformat(),
        "arrival_at": booking.offer.arrival_at.isoformat(),
        "pickup_stop": rides[0].pickup_stop if rides else "",
        "dropoff_stop": rides[-1].dropoff_stop if rides else "",
        "vehicle": "+".join(dict.fromkeys(ride.vehicle_label for ride in booking.rides)),
        **{name: str(getattr(party, name)) for name in COUNTS},
        "price_ct": str(booking.offer.price_ct),
        "booked_at": booking.booked_at.isoformat(),
    }


def read_orders(text: str, district: District) -> list[Order]:
    """The orders of a list (CSV).

    Raises
    ------
    DistrictError
        Something is wrong; it holds every problem, so that nothing is booked of a list with a mistake in it.
    """
    problems = Problems()
    try:
        header, rows = read_csv(text)
    except csv.Error as error:
        raise DistrictError([Problem(FILE, 0, f"it is no CSV ({error})", "save it as CSV UTF-8")]) from None
    for name in header:
        if name not in ORDER_COLUMNS:
            problems.add(FILE, 1, f'the column "{name[:40]}" is not known', meant(name[:40], ORDER_COLUMNS))
    for name in ("from_stop", "to_stop", "name"):
        if name not in header:
            problems.add(FILE, 1, f'the column "{name}" is missing', f"the columns are {','.join(ORDER_COLUMNS)}")
    if len(rows) > MOST_ORDERS:
        problems.add(FILE, 0, f"there are {len(rows)} orders", f"send {MOST_ORDERS} at a time at most")
    problems.raise_if_any()
    orders = [_RowReader(line, row, district, problems).order() for line, row in rows]
    problems.raise_if_any()
    return [order for order in orders if order is not None]


class _RowReader:
    """Reads one row; what is wrong is noted."""

    def __init__(self, line: int, row: dict[str, str], district: District, problems: Problems) -> None:
        self._line, self._district, self._problems = line, district, problems
        self._row = {name: value.strip() for name, value in row.items()}

    def order(self) -> Order | None:
        """The order; None where something is wrong."""
        before = len(self._problems)
        origin, destination = self._stop("from_stop"), self._stop("to_stop")
        timing, wished_at = self._time(self._district.zone)
        party = self._party()
        name = self._row.get("name", "")
        if not name or any(ord(sign) < 32 for value in self._row.values() for sign in value):
            self._note("the name is missing, or a cell holds control characters", "write who travels, in one line")
        if self._row.get("email") and not email_key(self._row["email"]):
            self._note("the e-mail address cannot be one", "correct it or leave it empty")
        if len(self._problems) > before or origin is None or destination is None or wished_at is None or party is None:
            return None
        enquiry = Enquiry(
            origin,
            destination,
            timing,
            wished_at,
            party,
            Channel.PHONE,
            frozenset(self._row.get("tickets", "").split()),
            by_staff=True,
        )
        contact = Contact(name[:200], self._row.get("phone", "")[:50], self._row.get("email", "")[:200])
        return Order(self._line, self._row.get("ref", "")[:100], enquiry, contact)

    def _note(self, message: str, remedy: str) -> None:
        self._problems.add(FILE, self._line, message, remedy)

    def _stop(self, column: str) -> Place | None:
        stop_id = self._row.get(column, "")
        stop = self._district.stop_by_id.get(StopId(stop_id))
        if stop is None:
            self._note(f'"{column}" is no stop of ours', meant(stop_id[:100], self._district.stop_by_id))
            return None
        return Place(stop.name, stop.lon, stop.lat, stop.id)

    def _time(self, zone: ZoneInfo) -> tuple[Timing, datetime | None]:
        departs, arrives = self._row.get("depart_after", ""), self._row.get("arrive_by", "")
        timing = Timing.DEPART_AFTER if departs else Timing.ARRIVE_BY
        try:
            at = datetime.fromisoformat(departs or arrives)
        except ValueError:
            at = None
        if bool(departs) == bool(arrives) or at is None or not 2000 <= at.year < 2100:
            remedy = "give exactly one of depart_after and arrive_by, as 2026-03-03 10:00 (local) or with an offset"
            self._note("the time is missing or cannot be read", remedy)
            return timing, None
        return timing, at if at.tzinfo else at.replace(tzinfo=zone)

    def _party(self) -> Party | None:
        texts = {name: self._row.get(name) or ("1" if name == "persons" else "0") for name in COUNTS}
        counts = {name: int(text) for name, text in texts.items() if re.fullmatch(r"\d{1,2}", text)}
        if len(counts) < len(COUNTS):
            self._note("the counts of persons and baggage cannot be", "write whole numbers")
            return None
        try:
            return Party(**counts)
        except ValueError as fault:
            self._note(str(fault), "write whole numbers, each wheelchair and child seat taken by one of the persons")
            return None


def report_rows(reports: Sequence[OrderReport]) -> Iterator[dict[str, str]]:
    """Reports as rows of a table."""
    for one in reports:
        yield {
            "line": str(one.line),
            "ref": one.ref,
            "outcome": one.outcome.value,
            "code": one.code,
            "reason": one.reason,
            "departure_at": "" if one.departure_at is None else one.departure_at.isoformat(),
            "price_ct": "" if one.price_ct is None else str(one.price_ct),
        }
