"""The values of the service: what a resident asks, what we offer, what we refuse and why.

Outside the engines time is an aware UTC ``datetime``; coordinates are ``lon, lat``; money is euro cents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from booking.fare_model import Fare
from gtfs.itinerary import RouteId, TripId
from routing.model import Load, RequestId

StopId = NewType("StopId", str)
AreaId = NewType("AreaId", str)
OfferId = NewType("OfferId", str)
BookingId = NewType("BookingId", str)
BookingCode = NewType("BookingCode", str)
RuleId = NewType("RuleId", str)


class Channel(StrEnum):
    """How an enquiry reaches us."""

    WEB = "web"
    PHONE = "phone"
    API = "api"


class Timing(StrEnum):
    """Which end of the journey the wished time is about."""

    DEPART_AFTER = "depart_after"
    ARRIVE_BY = "arrive_by"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a journey begins or ends: a stop of ours, or any point with a name."""

    label: str
    lon: float
    lat: float
    stop_id: StopId | None = None

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):
            msg = f"lon {self.lon}, lat {self.lat} is no place on earth"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Party:
    """Who travels, by the space they need in the vehicle: never why they need it.

    Parameters
    ----------
    persons
        Everybody. Each wheelchair stays occupied by one of them and takes no seat.
    dogs
        That take floor; a small one on a lap needs no telling.
    child_seats
        How many of the persons sit in a child seat of the vehicle, which stands on a seat.
    luggage
        Big pieces; what fits on a lap needs no telling.
    companions
        How many of the persons accompany another one and travel free.
    boarding_extra_s
        More time to board, and to alight, than the rules give.
    """

    persons: int = 1
    wheelchairs: int = 0
    prams: int = 0
    walking_frames: int = 0
    bikes: int = 0
    dogs: int = 0
    child_seats: int = 0
    luggage: int = 0
    companions: int = 0
    boarding_extra_s: int = 0

    def __post_init__(self) -> None:
        if self.persons < 1:
            msg = "at least one person travels"
            raise ValueError(msg)
        if not 0 <= self.wheelchairs <= self.persons:
            msg = "there are more wheelchairs than persons"
            raise ValueError(msg)
        if min(self.prams, self.walking_frames, self.bikes, self.dogs, self.luggage, self.boarding_extra_s) < 0:
            msg = "counts are not negative"
            raise ValueError(msg)
        if not 0 <= self.child_seats <= self.persons - self.wheelchairs:
            msg = "there are more child seats than persons on a seat"
            raise ValueError(msg)
        if not 0 <= self.companions < self.persons:
            msg = "nobody is left whom the companions could accompany"
            raise ValueError(msg)

    def load(self) -> Load:
        """The party as the engine counts it."""
        return Load(
            seat=self.persons - self.wheelchairs,
            wheelchair=self.wheelchairs,
            pram=self.prams,
            walking_frame=self.walking_frames,
            bike=self.bikes,
            dog=self.dogs,
            child_seat=self.child_seats,
            luggage=self.luggage,
        )

    def has_reduced_mobility(self) -> bool:
        """Whether somebody in the party cannot be expected to walk far."""
        return self.wheelchairs > 0 or self.walking_frames > 0


MOST_FLEXIBLE_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Enquiry:
    """What a resident asks: from where to where, when, who.

    Parameters
    ----------
    tickets
        Tickets and passes that the riders have, by the ids of the tariff's concessions; ``deutschlandticket`` is one
        rider's, ``deutschlandticket:2`` two riders'.
    by_staff
        A member of staff typed it in: the desk answers, and a human has decided.
    to_door
        The rider would like to be brought to the address, for the surcharge of the tariff, where the rules offer it.
    earlier_s, later_s
        How much earlier or later than wished would do as well: "anything that morning" gets a ride more easily.
    """

    origin: Place
    destination: Place
    timing: Timing
    wished_at: datetime
    party: Party = field(default_factory=Party)
    channel: Channel = Channel.WEB
    tickets: frozenset[str] = frozenset()
    by_staff: bool = False
    to_door: bool = False
    earlier_s: int = 0
    later_s: int = 0

    def __post_init__(self) -> None:
        if self.wished_at.tzinfo is None:
            msg = "the wished time needs a time zone"
            raise ValueError(msg)
        if not (0 <= self.earlier_s <= MOST_FLEXIBLE_S and 0 <= self.later_s <= MOST_FLEXIBLE_S):
            msg = f"a wish may be {MOST_FLEXIBLE_S // 3600} hours earlier or later at most"
            raise ValueError(msg)


class OfferKind(StrEnum):
    """What an offer is made of."""

    ON_DEMAND = "on_demand"
    """On-demand all the way."""
    COMBINED = "combined"
    """On-demand and line."""
    LINE = "line"
    """A line alone: nothing to book."""


@dataclass(frozen=True, slots=True)
class Promise:
    """The windows told to the resident for one on-demand ride, aware UTC, both ends inclusive."""

    pickup_from_at: datetime
    pickup_to_at: datetime
    dropoff_from_at: datetime
    dropoff_to_at: datetime


@dataclass(frozen=True, slots=True)
class HeldConnection:
    """The line trip that a ride's promise is tied to, at a hub."""

    trip_id: TripId
    trip_on: date
    """The service day of the trip."""
    hub: StopId
    line_name: str
    line_at: datetime
    """Departure of the trip from the hub (ride before line), or its arrival there (line before ride)."""


@dataclass(frozen=True, slots=True)
class WalkLeg:
    """A way on foot."""

    from_label: str
    to_label: str
    departure_at: datetime
    arrival_at: datetime
    distance_m: int


@dataclass(frozen=True, slots=True)
class LineLeg:
    """A ride on a fixed line."""

    from_label: str
    to_label: str
    departure_at: datetime
    arrival_at: datetime
    line_name: str
    headsign: str
    trip_id: TripId
    route_id: RouteId


@dataclass(frozen=True, slots=True)
class Door:
    """An address at which a ride begins or ends.

    The run is planned by the stop beside it; the drive from there to the door and back is part of the time that
    boarding or alighting takes.

    Parameters
    ----------
    way_s, way_m
        The longer of the two drives between stop and door.
    """

    label: str
    lon: float
    lat: float
    way_s: int
    way_m: int


@dataclass(frozen=True, slots=True)
class RideLeg:
    """An on-demand ride, to be placed in a run. ``departure_at`` and ``arrival_at`` are the planned times."""

    from_label: str
    to_label: str
    departure_at: datetime
    arrival_at: datetime
    pickup_stop: StopId
    dropoff_stop: StopId
    promise: Promise
    max_ride_s: int
    distance_m: int
    held: HeldConnection | None = None
    guide_at: datetime | None = None
    """The time in the zone's timetable that the ride goes by; what is promised may lie a little before or after it."""
    pickup_door: Door | None = None
    dropoff_door: Door | None = None
    """Times and promises of a ride with a door are those at the door."""


JourneyLeg = WalkLeg | LineLeg | RideLeg


class Reason(StrEnum):
    """Why an offer is as it is, or why there is none. A closed list; each has a sentence in every language."""

    # why this offer
    FITS_THE_WISH = "fits_the_wish"
    LINE_HAS_PRIORITY = "line_has_priority"
    CONNECTION_HELD = "connection_held"
    SHIFTED_EARLIER = "shifted_earlier"
    SHIFTED_LATER = "shifted_later"
    VEHICLE_ON_ITS_WAY = "vehicle_on_its_way"
    # why none
    TOO_LATE_TO_ORDER = "too_late_to_order"
    IN_THE_PAST = "in_the_past"
    TOO_FAR_AHEAD = "too_far_ahead"
    OUTSIDE_SERVICE_HOURS = "outside_service_hours"
    NO_SERVICE_THAT_DAY = "no_service_that_day"
    OUTSIDE_SERVICE_AREA = "outside_service_area"
    AREAS_NOT_CONNECTED = "areas_not_connected"
    PARTY_TOO_LARGE = "party_too_large"
    BY_PHONE_ONLY = "by_phone_only"
    NEED_BY_PHONE_ONLY = "need_by_phone_only"
    DESK_CLOSED = "desk_closed"
    BETWEEN_DEPARTURES = "between_departures"
    KEPT_FOR_LATE_ORDERS = "kept_for_late_orders"
    CALL_AFTER_NO_SHOWS = "call_after_no_shows"
    NO_SUITABLE_VEHICLE = "no_suitable_vehicle"
    """The whole fleet has none."""
    NONE_SUITABLE_ON_DUTY = "none_suitable_on_duty"
    """The fleet has some, but none of them drives at that time."""
    NONE_SUITABLE_FREE = "none_suitable_free"
    """Some drive at that time, and all of them are taken; others, which do not suit, may be free."""
    NO_VEHICLE_FREE = "no_vehicle_free"
    TOO_SHORT_TO_RIDE = "too_short_to_ride"
    SAME_PLACE = "same_place"
    NOT_REACHABLE = "not_reachable"
    SERVICE_SUSPENDED = "service_suspended"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A reason with the figures for its sentence and the rule it rests on.

    ``params`` are plain values for the placeholders of the sentence (minutes, counts, names, aware datetimes).
    """

    reason: Reason
    rule: str = ""
    params: Mapping[str, str | int | datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """A journey we would give. On-demand rides in it are promises once it is confirmed."""

    id: OfferId
    kind: OfferKind
    enquiry: Enquiry
    service_on: date
    legs: tuple[JourneyLeg, ...]
    price_ct: int
    explanations: tuple[Explanation, ...]
    rules_version: str
    expires_at: datetime
    fare: Fare | None = None
    added_cost: float = field(default=0.0, compare=False)
    """What it adds to the cost of the day's runs, by the objective of planning; a line adds nothing."""

    @property
    def departure_at(self) -> datetime:
        """When the first leg begins."""
        return self.legs[0].departure_at

    @property
    def arrival_at(self) -> datetime:
        """When the last leg ends."""
        return self.legs[-1].arrival_at

    def rides(self) -> tuple[RideLeg, ...]:
        """The on-demand rides, in order."""
        return tuple(leg for leg in self.legs if isinstance(leg, RideLeg))

    def is_bookable(self) -> bool:
        """Whether there is anything to confirm."""
        return bool(self.rides())


@dataclass(frozen=True, slots=True)
class Refusal:
    """No ride, and why, with the nearest rides that are possible (they may be none)."""

    explanation: Explanation
    enquiry: Enquiry
    rules_version: str
    alternatives: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What an enquiry gets: offers, best first, or a refusal. Never neither.

    Lines that serve the wish stand among the offers as well, so that a refusal means: no ride *and* no line.
    ``notes`` say what holds for the whole answer (a line has priority, for example).
    """

    offers: tuple[Offer, ...]
    refusal: Refusal | None = None
    notes: tuple[Explanation, ...] = ()

    def __post_init__(self) -> None:
        if not self.offers and self.refusal is None:
            msg = "an answer is offers or a refusal with its reason"
            raise ValueError(msg)


class BookingState(StrEnum):
    """The life of a booking."""

    HELD = "held"
    """In the plan and kept for somebody of the waiting list until they say yes."""
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    """Another booking has taken its place, and its code."""
    CANCELLED = "cancelled"


IN_THE_PLAN = (BookingState.HELD, BookingState.CONFIRMED)
"""States of a booking whose rides are driven."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Who travels and how to reach them. Personal data: never logged, never in a URL."""

    name: str
    phone: str = ""
    email: str = ""
    address: str = ""
    """Where letters go: street and town, in lines, without the name."""
    language: str = "de"
    """In which they want to be told things: a code of :mod:`booking.languages`."""


class NoticesTo(StrEnum):
    """Who is told about a journey that somebody ordered for somebody else."""

    TRAVELLER = "traveller"
    BOOKER = "booker"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Booker:
    """Who ordered a journey for somebody else. Personal data as in :class:`Contact`."""

    contact: Contact
    notices_to: NoticesTo = NoticesTo.BOOKER


@dataclass(frozen=True, slots=True)
class BookedRide:
    """One on-demand ride of a booking, as it stands in the plan now."""

    request_id: RequestId
    leg: RideLeg
    vehicle_label: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """A confirmed offer."""

    id: BookingId
    code: BookingCode
    offer: Offer
    contact: Contact
    state: BookingState
    booked_at: datetime
    rides: tuple[BookedRide, ...]
    cancelled_at: datetime | None = None
    cancelled_late: bool = False
    """Whether it was cancelled when the time for free cancelling was over."""
    booker: Booker | None = None
    """Who ordered it, if that is not who travels."""
    linked: tuple[BookingCode, ...] = ()
    """Codes of the bookings made in one step with it: the way back, the other vehicles of a group."""

    def notice_contacts(self) -> tuple[Contact, ...]:
        """Who is to be told about this booking."""
        if self.booker is None:
            return (self.contact,)
        match self.booker.notices_to:
            case NoticesTo.TRAVELLER:
                return (self.contact,)
            case NoticesTo.BOOKER:
                return (self.booker.contact,)
            case NoticesTo.BOTH:
                return (self.contact, self.booker.contact)
