"""A made-up operation as staff pages see it: a small district, one day with two runs and a spare vehicle.

Times in names and tests are those of the clock on the wall in the district. Nothing here is real.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from fastapi.testclient import TestClient
from pydantic import SecretStr
from shapely import box

from booking.district import Area, BreakWindow, Contact, DayKind, District, ShiftPattern, Sources, Stop, Vehicle
from booking.errors import (
    BookingNotFoundError,
    DuplicateBookingError,
    NotFoundError,
    OfferExpiredError,
    OfferInvalidError,
    OfferTakenError,
    TooLateToCancelError,
)
from booking.gazetteer import Hit
from booking.model import (
    Answer,
    AreaId,
    BookedRide,
    Booking,
    BookingCode,
    BookingId,
    BookingState,
    Channel,
    Enquiry,
    Explanation,
    Offer,
    OfferId,
    OfferKind,
    Party,
    Place,
    Promise,
    Reason,
    Refusal,
    RideLeg,
    StopId,
    Timing,
)
from booking.model import Contact as Person
from booking.rulebook import ConnectionRules, FareRules, Hours, LinePriority, RideRules, Rulebook, Rules
from booking.views import DayView, RiderView, RunView, StaffView, VisitView
from gtfs.service_day import ServiceDay
from routing.model import Action, Load, RequestId, ShiftId, VehicleId
from routing.travel_times import MatrixTravelTimes
from web.app import create_app

ZONE = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 12, 1)
EARLY, LATE, SPARE = ShiftId("früh"), ShiftId("spät"), ShiftId("taxi")
CODE = BookingCode("AB3D-7KPQ")
PASSWORD = "richtig und lang"  # noqa: S105 - of a made-up account
ROLES = {
    "Leitstelle Eins": "dispatcher",
    "Fahrer Zwei": "driver",
    "Planung Drei": "planner",
    "Verwaltung Vier": "admin",
}

_NAMES = ("Neudrossen, Markt", "Altdrossen, Kirche", "Hinterburg, Bahnhof")
STOPS = tuple(
    Stop(
        StopId(f"s{i}"),
        name,
        name.split(",")[0],
        11.50 + i / 20,
        50.01 + i / 50,
        is_accessible=i != 1,
        is_hub=i == 2,
    )
    for i, name in enumerate(_NAMES)
)
DRIVE_S = 600
"""Between any two stops."""


def at(hour: int, minute: int = 0, on: date = TODAY) -> datetime:
    """An aware UTC datetime from a time on the wall."""
    return datetime.combine(on, time(hour, minute), ZONE).astimezone(UTC)


def made_up_district() -> District:
    """Two areas, three stops, three vehicles, three shifts."""
    days = frozenset(DayKind)
    layouts = (Load(seat=6), Load(seat=4, wheelchair=1))
    return District(
        id="drossen",
        name="Landkreis Drossen",
        folder=Path("districts/drossen"),
        zone=ZONE,
        languages=("de", "de-simple", "en", "uk", "ru", "ar", "fa", "pl", "tr"),
        is_sample=True,
        contact=Contact("Drossener Verkehr", "+49 9999 12345", "rufbus@example.org"),
        sources=Sources("roads.osm", "", (), "© OpenStreetMap-Mitwirkende"),
        rulebook=Rulebook((_rules(),)),
        stops=STOPS,
        areas=(Area(AreaId("a"), "Drossen", box(11.48, 50.0, 11.62, 50.07), (StopId("s2"),)),),
        vehicles=tuple(
            Vehicle(VehicleId(f"v{i}"), name, "Drossener Verkehr", layouts, 3200, 55)
            for i, name in enumerate(("Rufbus 1", "Rufbus 2", "Taxi Öztürk"))
        ),
        shifts=(
            ShiftPattern(EARLY, VehicleId("v0"), days, 6 * 3600, 14 * 3600, StopId("s0"), StopId("s0"), ()),
            ShiftPattern(
                LATE,
                VehicleId("v1"),
                days,
                8 * 3600,
                16 * 3600 + 1800,
                StopId("s0"),
                StopId("s2"),
                (BreakWindow(11 * 3600, 12 * 3600, 1800),),
            ),
            ShiftPattern(SPARE, VehicleId("v2"), days, 12 * 3600, 20 * 3600, StopId("s1"), StopId("s1"), ()),
        ),
        villages=(),
        destinations=(),
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


def rider(
    number: int, action: Action, when: datetime, other: str, party: Party | None = None, held: str = ""
) -> RiderView:
    """A made-up rider with a promise of ten minutes to either side."""
    return RiderView(
        request_id=RequestId(f"r{number}"),
        booking_id=BookingId(f"b{number}"),
        code=BookingCode(f"AB3D-7KP{number}"),
        action=action,
        name=f"Erika Beispiel-{number}",
        phone=f"+49 170 000000{number}",
        party=party or Party(),
        promised_from_at=when - timedelta(minutes=10),
        promised_to_at=when + timedelta(minutes=10),
        other_stop_name=other,
        held_line=held,
    )


def visit(stop: int, when: datetime, minutes: int, on_board: int, *riders: RiderView) -> VisitView:
    """A visit of some minutes; without riders it is a break."""
    found = STOPS[stop]
    return VisitView(
        stop_id=found.id,
        stop_name=found.name,
        lon=found.lon,
        lat=found.lat,
        arrival_at=when,
        departure_at=when + timedelta(minutes=minutes),
        riders=riders,
        is_break=not riders,
        on_board_after=on_board,
    )


def run(shift_id: ShiftId, start: datetime, end: datetime, visits: tuple[VisitView, ...], on: date = TODAY) -> RunView:
    """A run of a shift of the made-up district."""
    district = made_up_district()
    pattern = next(shift for shift in district.shifts if shift.id == shift_id)
    vehicle = district.vehicle_by_id[pattern.vehicle_id]
    return RunView(
        on=on,
        shift_id=shift_id,
        vehicle_name=vehicle.name,
        owner=vehicle.owner,
        layouts="seat:6|seat:4+wheelchair:1",
        start_at=start,
        end_at=end,
        start_stop_name=district.stop_by_id[pattern.start_stop].name,
        end_stop_name=district.stop_by_id[pattern.end_stop].name,
        visits=visits,
        drive_m=38_400 if visits else 0,
    )


def made_up_day() -> DayView:
    """Rufbus 1 carries two parties at once and waits for RE 8; Rufbus 2 carries one after a break; the taxi nobody."""
    wheelchair = Party(persons=2, wheelchairs=1)
    board, leave = Action.PICKUP, Action.DROPOFF
    early = (
        visit(0, at(7), 2, 1, rider(1, board, at(7), _NAMES[2])),
        visit(1, at(7, 15), 4, 3, rider(2, board, at(7, 15), _NAMES[2], wheelchair, "RE 8 07:40")),
        visit(
            2,
            at(7, 30),
            5,
            0,
            rider(1, leave, at(7, 30), _NAMES[0]),
            rider(2, leave, at(7, 30), _NAMES[1], wheelchair, "RE 8 07:40"),
        ),
        visit(2, at(9, 5), 1, 1, rider(3, board, at(9, 5), _NAMES[0], held="RE 8 09:00")),
        visit(0, at(9, 20), 1, 0, rider(3, leave, at(9, 20), _NAMES[2])),
    )
    late = (
        visit(0, at(11, 30), 30, 0),
        visit(1, at(12, 30), 1, 4, rider(4, board, at(12, 30), _NAMES[2], Party(persons=4, prams=1))),
        visit(2, at(12, 45), 1, 0, rider(4, leave, at(12, 45), _NAMES[1], Party(persons=4, prams=1))),
    )
    return DayView(
        on=TODAY,
        version=4,
        runs=(
            run(EARLY, at(6), at(14), early),
            run(LATE, at(8), at(16, 30), late),
            run(SPARE, at(12), at(20), ()),
        ),
        bookings=4,
        riders=8,
        refusals={"no_vehicle_free": 2, "too_late_to_order": 5},
    )


def ride_offer(enquiry: Enquiry, number: int = 1) -> Offer:
    """A ride so many half hours after the wish."""
    start = enquiry.wished_at + timedelta(minutes=30 * number)
    leg = RideLeg(
        from_label=_NAMES[0],
        to_label=_NAMES[2],
        departure_at=start,
        arrival_at=start + timedelta(minutes=20),
        pickup_stop=STOPS[0].id,
        dropoff_stop=STOPS[2].id,
        promise=Promise(
            start, start + timedelta(minutes=15), start + timedelta(minutes=18), start + timedelta(minutes=35)
        ),
        max_ride_s=1800,
        distance_m=9000,
    )
    return Offer(
        id=OfferId(f"o{number}"),
        kind=OfferKind.ON_DEMAND,
        enquiry=enquiry,
        service_on=TODAY,
        legs=(leg,),
        price_ct=380,
        explanations=(Explanation(Reason.FITS_THE_WISH),),
        rules_version="2026-01",
        expires_at=at(9, 15),
    )


CALLER = Person("Erika Beispiel-1", "+49 170 0000001")


def made_up_booking(contact: Person = CALLER) -> Booking:
    """A booking of today, 14:30."""
    origin, destination = (Place(stop.name, stop.lon, stop.lat, stop.id) for stop in (STOPS[0], STOPS[2]))
    offer = ride_offer(Enquiry(origin, destination, Timing.DEPART_AFTER, at(14), Party(persons=2), Channel.PHONE))
    rides = tuple(BookedRide(RequestId("r1"), leg, "Rufbus 1") for leg in offer.rides())
    return Booking(BookingId("b1"), CODE, offer, contact, BookingState.CONFIRMED, at(9), rides)


@dataclass
class StaffOperation:
    """The methods of the operation with made-up answers; a test sets what is to come."""

    state_folder: Path = Path("var")
    now: datetime = field(default_factory=lambda: at(9))
    day: DayView = field(default_factory=made_up_day)
    district: District = field(default_factory=made_up_district)
    refusal: Explanation | None = None
    is_taken: bool = False
    is_twice: bool = False
    is_expired: bool = False
    is_too_late: bool = False
    bookings: dict[str, Booking] = field(default_factory=lambda: {CODE: made_up_booking()})
    sessions: dict[str, StaffView] = field(default_factory=dict)
    enquiries: list[Enquiry] = field(default_factory=list)
    offers: dict[str, Offer] = field(default_factory=dict)
    actors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = SimpleNamespace(
            state_folder=self.state_folder, secret=SecretStr("s" * 40), public_url="http://testserver"
        )
        size = len(self.district.stops)
        rows = [[0 if i == j else DRIVE_S for j in range(size)] for i in range(size)]
        self.artefacts = SimpleNamespace(
            times=MatrixTravelTimes.from_rows(rows), basemap_path=self.state_folder / "basemap.pmtiles"
        )

    def clock(self) -> datetime:
        """The time that a test has set."""
        return self.now

    def today(self) -> date:
        """The first of December."""
        return TODAY

    def service_day(self, on: date) -> ServiceDay:
        """A date of the made-up district."""
        return ServiceDay(on, ZONE)

    def day_view(self, on: date) -> DayView:
        """The made-up day; on every other one nobody drives."""
        return self.day if on == self.day.on else DayView(on, 0, (), 0, 0, {})

    def count_alerts(self, on: date) -> int:  # noqa: ARG002 - as the operation's
        """Nothing goes wrong on the made-up day."""
        return 0

    def day_state(self, on: date) -> str:
        """It never changes."""
        return f"{self.day_view(on).version}"

    def manifest(self, on: date, shift_id: ShiftId) -> RunView:
        """A run of that day."""
        found = next((r for r in self.day_view(on).runs if r.shift_id == shift_id), None)
        if found is None:
            msg = "no such run"
            raise NotFoundError(msg)
        return found

    def run_geometry(self, run: RunView) -> list[tuple[float, float]]:
        """A straight line from visit to visit."""
        return [(v.lon, v.lat) for v in run.visits if not v.is_break]

    accounts = SimpleNamespace()
    """Pages of one's own account are tested with the real ones."""

    def log_in(self, name: str, password: str, *, code: str = "", address: str = "") -> str | None:
        """One password for all."""
        assert not code
        assert address
        if password != PASSWORD or name not in ROLES:
            return None
        token = f"token-of-{ROLES[name]}"
        self.sessions[token] = StaffView(name, ROLES[name])
        return token

    def find_staff(self, session_token: str) -> StaffView | None:
        """Who is logged in."""
        return self.sessions.get(session_token)

    def log_out(self, session_token: str) -> None:
        """End a login."""
        self.sessions.pop(session_token, None)

    def search_places(self, text: str, *, limit: int = 8) -> tuple[Hit, ...]:
        """Stops whose names hold the text."""
        found = [
            Hit(stop.name, "stop", stop.lon, stop.lat, stop.id, stop.place)
            for stop in STOPS
            if text.casefold() in stop.name.casefold()
        ]
        return tuple(found[:limit])

    def answer(self, enquiry: Enquiry) -> Answer:
        """Two rides, or what the test wants refused."""
        self.enquiries.append(enquiry)
        rides = (ride_offer(enquiry), ride_offer(enquiry, 2))
        if self.refusal is not None:
            return Answer((), Refusal(self.refusal, enquiry, "2026-01", rides[1:]))
        return Answer(rides)

    def token(self, offer: Offer) -> str:
        """A name for the offer."""
        self.offers[f"token-{offer.id}"] = offer
        return f"token-{offer.id}"

    def read_token(self, token: str) -> Offer:
        """The offer of that name."""
        if self.is_expired:
            msg = "expired"
            raise OfferExpiredError(msg)
        if token not in self.offers:
            msg = "not ours"
            raise OfferInvalidError(msg)
        return self.offers[token]

    def confirm(self, token: str, contact: Person, channel: Channel, *, allow_duplicate: bool = True) -> Booking:
        """Keep the booking; dispatchers book by phone."""
        assert channel is Channel.PHONE
        offer = self.read_token(token)
        if self.is_taken:
            msg = "taken"
            raise OfferTakenError(msg, self.answer(offer.enquiry))
        if self.is_twice and not allow_duplicate:
            msg = "twice"
            raise DuplicateBookingError(msg, [BookingCode(CODE)])
        self.bookings[CODE] = replace(made_up_booking(contact), offer=offer)
        return self.bookings[CODE]

    def get_booking(self, code: BookingCode) -> Booking:
        """The booking with a code."""
        if code not in self.bookings:
            msg = "no such booking"
            raise BookingNotFoundError(msg)
        return self.bookings[code]

    def cancel(self, code: BookingCode, *, actor: str = "rider") -> Booking:
        """Cancel it, unless the test says that the vehicle is on its way."""
        if self.is_too_late:
            msg = "too late"
            raise TooLateToCancelError(msg)
        self.actors.append(actor)
        self.bookings[code] = replace(self.get_booking(code), state=BookingState.CANCELLED, cancelled_at=self.now)
        return self.bookings[code]


@contextmanager
def staff_client(operation: StaffOperation, name: str | None = "Leitstelle Eins") -> Iterator[TestClient]:
    """A browser in German in which somebody has logged in (or nobody)."""
    app = create_app(operation)  # type: ignore[arg-type] # a fake
    with TestClient(app, follow_redirects=False, headers={"Accept-Language": "de"}) as client:
        if name is not None:
            response = client.post("/staff/login", data={"name": name, "password": PASSWORD})
            assert response.status_code == 303
        yield client
