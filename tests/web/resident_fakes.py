"""An operation as the pages see it, with made-up answers: the outside of the web part."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from booking.district import Contact as DistrictContact
from booking.district import District, Sources, Stop
from booking.errors import CallFirstError, DuplicateBookingError, OfferExpiredError, OfferInvalidError, OfferTakenError
from booking.gazetteer import Hit
from booking.model import (
    Answer,
    BookedRide,
    Booking,
    BookingCode,
    BookingId,
    BookingState,
    Channel,
    Contact,
    Enquiry,
    Explanation,
    HeldConnection,
    LineLeg,
    Offer,
    OfferId,
    OfferKind,
    Promise,
    Reason,
    Refusal,
    RideLeg,
    StopId,
    WalkLeg,
)
from booking.rulebook import (
    ConnectionRules,
    FareRules,
    Hours,
    LinePriority,
    RideRules,
    Rulebook,
    Rules,
)
from booking.settings import Settings
from gtfs.itinerary import RouteId, TripId
from routing.model import RequestId

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
"""Tuesday, 09:00 in Berlin."""
ZONE = ZoneInfo("Europe/Berlin")
LANGUAGE_CODES = ("de", "de-simple", "en", "uk", "ru", "ar", "fa", "pl", "tr")

STOPS = (
    Stop(StopId("nd"), "Neudrossen, Markt", "Neudrossen", 11.50, 50.01, is_accessible=True, is_hub=False),
    Stop(StopId("ad"), "Altdrossen, Kirche", "Altdrossen", 11.52, 50.02, is_accessible=True, is_hub=False),
    Stop(StopId("hb"), "Hinterburg, Bahnhof", "Hinterburg", 11.60, 50.05, is_accessible=True, is_hub=True),
)


def _rules() -> Rules:
    return Rules(
        version="2026-01",
        valid_from=date(2026, 1, 1),
        source="made up",
        lead_s=dict.fromkeys(Channel, 3600),
        horizon_days=28,
        max_party=8,
        max_party_online=4,
        offer_valid_s=900,
        freeze_s=900,
        allows_area_to_area=False,
        service_hours={"weekday": Hours(5 * 3600, 22 * 3600)},
        desk_hours={"weekday": Hours(6 * 3600, 20 * 3600)},
        line_priority=LinePriority(
            is_on=True, before_s=1800, after_s=1800, max_walk_m=500, max_extra_s=1200, exempts_reduced_mobility=True
        ),
        ride=RideRules(900, 1.5, 900, 3600, 800, 60, 180, 60, 60, 60, 1000),
        connection=ConnectionRules(300, 1800, 600),
        fare=FareRules(200, 12, 900),
    )


def made_up_district(*, is_sample: bool = True) -> District:
    return District(
        id="drossen",
        name="Landkreis Drossen",
        folder=Path(),
        zone=ZONE,
        languages=LANGUAGE_CODES,
        is_sample=is_sample,
        contact=DistrictContact("Drossener Verkehr", "09999 12345", "rufbus@example.org"),
        sources=Sources("roads.osm", "", (), "© OpenStreetMap-Mitwirkende"),
        rulebook=Rulebook((_rules(),)),
        stops=STOPS,
        areas=(),
        vehicles=(),
        shifts=(),
        villages=(),
        destinations=(),
    )


def ride_offer(enquiry: Enquiry, *, number: int = 1, held: bool = False) -> Offer:
    """A ride half an hour after the wish, pickup window of 15 minutes."""
    start = enquiry.wished_at + timedelta(minutes=30 * number)
    connection = HeldConnection(TripId("t"), NOW.date(), StopId("hb"), "RE 8", start + timedelta(minutes=40))
    leg = RideLeg(
        from_label="Neudrossen, Markt",
        to_label="Hinterburg, Bahnhof",
        departure_at=start,
        arrival_at=start + timedelta(minutes=20),
        pickup_stop=StopId("nd"),
        dropoff_stop=StopId("hb"),
        promise=Promise(
            start, start + timedelta(minutes=15), start + timedelta(minutes=18), start + timedelta(minutes=35)
        ),
        max_ride_s=1800,
        distance_m=9000,
        held=connection if held else None,
    )
    return Offer(
        id=OfferId(f"o{number}"),
        kind=OfferKind.COMBINED if held else OfferKind.ON_DEMAND,
        enquiry=enquiry,
        service_on=NOW.date(),
        legs=(leg, line_leg(start + timedelta(minutes=40))) if held else (leg,),
        price_ct=380,
        explanations=(
            Explanation(
                Reason.CONNECTION_HELD, "2026-01/connection", {"line": "RE 8", "hub": "Hinterburg", "minutes": 10}
            )
            if held
            else Explanation(Reason.FITS_THE_WISH),
        ),
        rules_version="2026-01",
        expires_at=NOW + timedelta(minutes=15),
    )


def line_leg(at: datetime) -> LineLeg:
    return LineLeg(
        "Hinterburg, Bahnhof", "Fernstadt", at, at + timedelta(minutes=30), "RE 8", "Küste", TripId("t"), RouteId("r")
    )


def line_offer(enquiry: Enquiry) -> Offer:
    at = enquiry.wished_at + timedelta(minutes=10)
    walk = WalkLeg("Neudrossen", "Hinterburg, Bahnhof", at - timedelta(minutes=5), at, 347)
    offer = ride_offer(enquiry, number=9)
    return replace(offer, kind=OfferKind.LINE, legs=(walk, line_leg(at)))


@dataclass
class FakeOperation:
    accounts = None
    """Pages of the staff's own accounts are tested with the real ones."""

    """The methods of the operation with made-up answers; a test sets what is to come."""

    district: District = field(default_factory=made_up_district)
    settings: Settings = field(
        default_factory=lambda: Settings(
            secret=SecretStr("s" * 40), state_folder=Path("no-state-folder"), public_url="http://testserver"
        )
    )
    refusal: Explanation | None = None
    notes: tuple[Explanation, ...] = ()
    with_line: bool = False
    held: bool = False
    is_taken: bool = False
    must_call: bool = False
    is_twice: bool = False
    is_expired: bool = False
    offers: dict[str, Offer] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    enquiries: list[Enquiry] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)

    def clock(self) -> datetime:
        return NOW

    def today(self) -> date:
        return NOW.date()

    def search_places(self, text: str, *, limit: int = 8) -> tuple[Hit, ...]:
        found = [
            Hit(stop.name, "stop", stop.lon, stop.lat, stop.id, stop.place)
            for stop in STOPS
            if text.casefold() in stop.name.casefold()
        ]
        return tuple(found[:limit])

    def answer(self, enquiry: Enquiry) -> Answer:
        self.enquiries.append(enquiry)
        rides = (ride_offer(enquiry, held=self.held), ride_offer(enquiry, number=2))
        if self.refusal is not None:
            return Answer((), Refusal(self.refusal, enquiry, "2026-01", rides[1:]))
        return Answer((*rides, line_offer(enquiry)) if self.with_line else rides, notes=self.notes)

    def token(self, offer: Offer) -> str:
        self.offers[f"token-{offer.id}"] = offer
        return f"token-{offer.id}"

    def read_token(self, token: str) -> Offer:
        if token not in self.offers:
            msg = "not ours"
            raise OfferInvalidError(msg)
        if self.is_expired:
            msg = "expired"
            raise OfferExpiredError(msg)
        return self.offers[token]

    def confirm(
        self, token: str, contact: Contact, channel: Channel, *, allow_duplicate: bool = True, **_: object
    ) -> Booking:
        self.channels.append(channel)
        offer = self.read_token(token)
        if self.is_taken:
            msg = "taken"
            raise OfferTakenError(msg, self.answer(offer.enquiry))
        if self.is_twice and not allow_duplicate:
            msg = "twice"
            raise DuplicateBookingError(msg, [BookingCode("AB3D-7KPQ")])
        if self.must_call:
            params: dict[str, str | int | datetime] = {"count": 3, "days": 90, "phone": "038855 12345"}
            msg_0 = "call"
            raise CallFirstError(msg_0, Explanation(Reason.CALL_AFTER_NO_SHOWS, "2026-01/no_show", params))
        rides = tuple(BookedRide(RequestId(f"r{i}"), leg, "RB 2") for i, leg in enumerate(offer.rides()))
        booking = Booking(BookingId("b1"), BookingCode("AB3D-7KPQ"), offer, contact, BookingState.CONFIRMED, NOW, rides)
        self.bookings[booking.code] = booking
        return booking

    def find_booking(self, code: BookingCode) -> Booking | None:
        return self.bookings.get(code.upper())

    def cancel(self, code: BookingCode) -> Booking:
        self.bookings[code] = replace(self.bookings[code], state=BookingState.CANCELLED, cancelled_at=NOW)
        return self.bookings[code]


FILLED = {
    "origin": "Neudrossen",
    "destination": "Hinterburg",
    "day": "2026-12-03",
    "timing": "depart_after",
    "hour": "9",
    "minute": "05",
    "persons": "2",
    "wheelchairs": "0",
    "prams": "1",
    "walking_frames": "0",
    "bikes": "0",
}
"""The enquiry form as somebody fills it in."""
