"""What the API takes and gives. Times are RFC 3339, coordinates ``lon, lat``, money euro cents."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from booking.api.alternatives import A_PLACE, ONE_TIME
from booking.api.sentences import sentence
from booking.api.texts import NUMBER, BookingCodeText, Email, Id, Lines, Moment, Name, Phone, Text, Token
from booking.deep_link import deep_link
from booking.fare_model import Fare
from booking.gazetteer import Hit
from booking.model import (
    Answer,
    Booker,
    Booking,
    Contact,
    Door,
    Explanation,
    HeldConnection,
    JourneyLeg,
    LineLeg,
    NoticesTo,
    Offer,
    Party,
    RideLeg,
    WalkLeg,
)

LanguageCode = Literal["de", "de-simple", "en", "uk", "ru", "ar", "fa", "pl", "tr"]
"""The languages of :mod:`booking.languages`."""


class Strict(BaseModel):
    """Input in which a misspelt field is a mistake."""

    model_config = ConfigDict(extra="forbid")


class PlaceSearch(Strict):
    """What somebody typed to name a place."""

    text: Annotated[Name, Field(examples=["Lübz, Markt"])]
    limit: Annotated[int, Field(ge=1, le=20), NUMBER] = 8


class PlaceFound(BaseModel):
    """A place that a text may mean."""

    label: str
    kind: str
    lon: float
    lat: float
    stop_id: str | None
    place: str

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """From a hit of the gazetteer."""
        return cls(label=hit.label, kind=hit.kind, lon=hit.lon, lat=hit.lat, stop_id=hit.stop_id, place=hit.place)


class PlaceIn(Strict):
    """A place of an enquiry: a stop of ours by id, or a point."""

    model_config = ConfigDict(json_schema_extra=A_PLACE)

    stop_id: Id | None = None
    lon: Annotated[float | None, Field(strict=True, allow_inf_nan=False, ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(strict=True, allow_inf_nan=False, ge=-90, le=90)] = None
    label: Annotated[Text, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _is_a_place(self) -> Self:
        if self.stop_id is None and (self.lon is None or self.lat is None):
            msg = "give a stop_id, or lon and lat"
            raise ValueError(msg)
        return self


class PartyIn(Strict):
    """Who travels, by the space they need. Each wheelchair, and each child seat, is taken by one of the persons."""

    persons: Annotated[int, Field(ge=1, le=100), NUMBER] = 1
    wheelchairs: Annotated[int, Field(ge=0, le=100), NUMBER] = 0
    prams: Annotated[int, Field(ge=0, le=100), NUMBER] = 0
    walking_frames: Annotated[int, Field(ge=0, le=100), NUMBER] = 0
    bikes: Annotated[int, Field(ge=0, le=100), NUMBER] = 0
    dogs: Annotated[int, Field(ge=0, le=100, description="That take floor; none on a lap."), NUMBER] = 0
    child_seats: Annotated[int, Field(ge=0, le=100, description="Child seats of the vehicle."), NUMBER] = 0
    luggage: Annotated[int, Field(ge=0, le=100, description="Big pieces."), NUMBER] = 0
    companions: Annotated[
        int, Field(ge=0, le=100, description="Of the persons: who accompanies, for nothing."), NUMBER
    ] = 0
    boarding_extra_s: Annotated[int, Field(ge=0, le=1800, description="More time to board, and to alight."), NUMBER] = 0

    @model_validator(mode="after")
    def _is_a_party(self) -> Self:
        self.party()
        return self

    def party(self) -> Party:
        """The party as the service counts it."""
        return Party(**self.model_dump())


def _each_once(given: object) -> object:
    if isinstance(given, list) and len(given) != len({str(one) for one in given}):
        msg = "give each only once"
        raise ValueError(msg)
    return given


class EnquiryIn(Strict):
    """From where to where, when, who. Give exactly one of ``depart_after`` and ``arrive_by``."""

    model_config = ConfigDict(json_schema_extra=ONE_TIME)

    origin: PlaceIn
    destination: PlaceIn
    depart_after: Moment | None = None
    arrive_by: Moment | None = None
    party: PartyIn = Field(default_factory=PartyIn)
    tickets: Annotated[
        frozenset[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}(:[1-9][0-9]?)?$")]],
        Field(max_length=20, examples=[["deutschlandticket", "child:2"]]),
        BeforeValidator(_each_once),
    ] = frozenset()
    """Tickets and passes of the riders by the ids of the tariff; with a colon, how many of them hold one."""
    to_door: StrictBool = False
    earlier_min: Annotated[int, Field(ge=0, le=720), NUMBER] = 0
    later_min: Annotated[int, Field(ge=0, le=720), NUMBER] = 0
    """Bring the riders to the address, for the tariff's surcharge, where the rules offer it."""

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if (self.depart_after is None) == (self.arrive_by is None):
            msg = "give exactly one of depart_after and arrive_by"
            raise ValueError(msg)
        return self


class ExplanationOut(BaseModel):
    """A reason, the rule it rests on, and a sentence."""

    reason: str
    rule: str
    params: dict[str, str | int | datetime]
    sentence: str

    @classmethod
    def of(cls, explanation: Explanation, zone: ZoneInfo) -> Self:
        """From an explanation."""
        return cls(
            reason=explanation.reason.value,
            rule=explanation.rule,
            params=dict(explanation.params),
            sentence=sentence(explanation, zone),
        )


class WindowOut(BaseModel):
    """A promised window, both ends inclusive."""

    from_at: datetime
    to_at: datetime


class HeldOut(BaseModel):
    """The line trip a ride is tied to."""

    trip_id: str
    trip_on: date
    hub: str
    line: str
    line_at: datetime

    @classmethod
    def of(cls, held: HeldConnection) -> Self:
        """From a held connection."""
        return cls(trip_id=held.trip_id, trip_on=held.trip_on, hub=held.hub, line=held.line_name, line_at=held.line_at)


class LegOut(BaseModel):
    """What every leg has."""

    origin: str
    destination: str
    departure_at: datetime
    arrival_at: datetime


class WalkOut(LegOut):
    """A way on foot."""

    mode: Literal["walk"] = "walk"
    distance_m: int


class LineOut(LegOut):
    """A ride on a fixed line."""

    mode: Literal["line"] = "line"
    line: str
    headsign: str
    trip_id: str
    route_id: str


class FarePartOut(BaseModel):
    """So many persons pay so much each."""

    kind: Literal["full", "concession", "companion", "door"]
    concession: str
    persons: int
    each_ct: int


class FareOut(BaseModel):
    """What the party pays, by its parts, and the tariff it rests on."""

    total_ct: int
    parts: list[FarePartOut]
    rule: str
    payments: list[str]
    unknown_tickets: list[str]

    @classmethod
    def of(cls, fare: Fare) -> Self:
        """From a fare."""
        return cls(
            total_ct=fare.total_ct,
            parts=[
                FarePartOut(
                    kind=part.kind.value, concession=part.concession, persons=part.persons, each_ct=part.each_ct
                )
                for part in fare.parts
            ],
            rule=fare.rule,
            payments=list(fare.payments),
            unknown_tickets=list(fare.unknown_tickets),
        )


class DoorOut(BaseModel):
    """The address at which a ride begins or ends."""

    label: str
    lon: float
    lat: float

    @classmethod
    def of(cls, door: Door) -> Self:
        """From a door."""
        return cls(label=door.label, lon=door.lon, lat=door.lat)


class RideOut(LegOut):
    """An on-demand ride with its promise."""

    mode: Literal["on_demand"] = "on_demand"
    pickup_stop: str
    dropoff_stop: str
    pickup: WindowOut
    dropoff: WindowOut
    held: HeldOut | None
    vehicle: str = ""
    guide_at: datetime | None = None
    """The time in the zone's timetable that the ride goes by; what is promised may differ."""
    pickup_door: DoorOut | None = None
    dropoff_door: DoorOut | None = None


AnyLegOut = Annotated[WalkOut | LineOut | RideOut, Field(discriminator="mode")]


def leg_out(leg: JourneyLeg, vehicle: str = "") -> WalkOut | LineOut | RideOut:
    """A leg as the API gives it."""
    ends = {
        "origin": leg.from_label,
        "destination": leg.to_label,
        "departure_at": leg.departure_at,
        "arrival_at": leg.arrival_at,
    }
    match leg:
        case WalkLeg():
            return WalkOut(**ends, distance_m=leg.distance_m)
        case LineLeg():
            return LineOut(
                **ends,
                line=leg.line_name,
                headsign=leg.headsign,
                trip_id=leg.trip_id,
                route_id=leg.route_id,
            )
        case RideLeg():
            promise = leg.promise
            return RideOut(
                **ends,
                pickup_stop=leg.pickup_stop,
                dropoff_stop=leg.dropoff_stop,
                pickup=WindowOut(from_at=promise.pickup_from_at, to_at=promise.pickup_to_at),
                dropoff=WindowOut(from_at=promise.dropoff_from_at, to_at=promise.dropoff_to_at),
                held=None if leg.held is None else HeldOut.of(leg.held),
                vehicle=vehicle,
                guide_at=leg.guide_at,
                pickup_door=None if leg.pickup_door is None else DoorOut.of(leg.pickup_door),
                dropoff_door=None if leg.dropoff_door is None else DoorOut.of(leg.dropoff_door),
            )


class OfferOut(BaseModel):
    """A journey we would give. ``token`` is what confirms it; a line alone has none."""

    token: str | None
    kind: Literal["on_demand", "combined", "line"]
    departure_at: datetime
    arrival_at: datetime
    legs: list[AnyLegOut]
    price_ct: int
    fare: FareOut | None
    explanations: list[ExplanationOut]
    rules_version: str
    expires_at: datetime
    deep_link: str
    """Opens the booking form with the wish filled in, for somebody who would rather book there."""

    @classmethod
    def of(cls, offer: Offer, token: str | None, zone: ZoneInfo, public_url: str = "") -> Self:
        """From an offer and its signed text."""
        return cls(
            token=token,
            kind=offer.kind.value,
            departure_at=offer.departure_at,
            arrival_at=offer.arrival_at,
            legs=[leg_out(leg) for leg in offer.legs],
            price_ct=offer.price_ct,
            fare=None if offer.fare is None else FareOut.of(offer.fare),
            explanations=[ExplanationOut.of(e, zone) for e in offer.explanations],
            rules_version=offer.rules_version,
            expires_at=offer.expires_at,
            deep_link=deep_link(public_url, offer.enquiry, zone),
        )


class RefusalOut(BaseModel):
    """No ride, and why, with the nearest ones that are possible."""

    explanation: ExplanationOut
    alternatives: list[OfferOut]


class AnswerOut(BaseModel):
    """Offers, best first, or a refusal; ``notes`` hold for the whole answer."""

    offers: list[OfferOut]
    refusal: RefusalOut | None
    notes: list[ExplanationOut]


class BookerIn(Strict):
    """Who orders a journey for somebody else, and who of the two is told about it."""

    name: Name
    phone: Phone = ""
    email: Email = ""
    language: LanguageCode = "de"
    """In which they want to be told about it."""
    address: Lines = ""
    """Where letters go, for whom nothing else reaches: street and town, in lines."""
    notices_to: NoticesTo = NoticesTo.BOOKER

    def value(self) -> Booker:
        """As a value."""
        return Booker(Contact(self.name, self.phone, self.email, self.address, self.language), self.notices_to)


class ConfirmIn(Strict):
    """The offer to confirm and who travels.

    A journey that collides with another one of the same phone number or e-mail address is refused unless
    ``allow_duplicate`` says that it is meant.
    """

    token: Token
    name: Name
    phone: Phone = ""
    email: Email = ""
    language: LanguageCode = "de"
    """In which they want to be told about it."""
    address: Lines = ""
    """Where letters go, for whom nothing else reaches: street and town, in lines."""
    booker: BookerIn | None = None
    allow_duplicate: StrictBool = False


class CodeIn(Strict):
    """The code of a booking. It travels in the body, never in a URL."""

    code: BookingCodeText


class BookingOut(BaseModel):
    """A booking as it stands. ``linked`` are the codes of those made in one step with it.

    A place that is ``held`` waits for whoever is on the waiting list to accept it.
    """

    id: str
    code: str
    state: Literal["held", "confirmed", "changed", "cancelled"]
    service_on: date
    legs: list[AnyLegOut]
    price_ct: int
    fare: FareOut | None
    booked_at: datetime
    cancelled_at: datetime | None
    cancelled_late: bool = False
    linked: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, booking: Booking) -> Self:
        """From a booking; its rides at the times they are planned now."""
        now_planned = iter(booking.rides)
        legs: list[WalkOut | LineOut | RideOut] = []
        for leg in booking.offer.legs:
            if isinstance(leg, RideLeg):
                ride = next(now_planned)
                legs.append(leg_out(ride.leg, ride.vehicle_label))
            else:
                legs.append(leg_out(leg))
        return cls(
            id=booking.id,
            code=booking.code,
            state=booking.state.value,
            service_on=booking.offer.service_on,
            legs=legs,
            price_ct=booking.offer.price_ct,
            fare=None if booking.offer.fare is None else FareOut.of(booking.offer.fare),
            booked_at=booking.booked_at,
            cancelled_at=booking.cancelled_at,
            cancelled_late=booking.cancelled_late,
            linked=list(booking.linked),
        )


def answer_out(answer: Answer, token_of: Callable[[Offer], str], zone: ZoneInfo, public_url: str = "") -> AnswerOut:
    """An answer with its offers signed."""

    def offer_out(offer: Offer) -> OfferOut:
        return OfferOut.of(offer, token_of(offer) if offer.is_bookable() else None, zone, public_url)

    refusal = answer.refusal
    return AnswerOut(
        offers=[offer_out(offer) for offer in answer.offers],
        refusal=None
        if refusal is None
        else RefusalOut(
            explanation=ExplanationOut.of(refusal.explanation, zone),
            alternatives=[offer_out(offer) for offer in refusal.alternatives],
        ),
        notes=[ExplanationOut.of(note, zone) for note in answer.notes],
    )
