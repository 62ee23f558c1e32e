"""What the API gives about the service as a whole, and to staff."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from booking.api.schemas import Strict, WindowOut
from booking.api.texts import Id
from booking.district import District, Stop
from booking.views import DayView, RiderView, RunView, VisitView


class ServiceOut(BaseModel):
    """The service of a district."""

    id: str
    name: str
    operator: str
    phone: str
    time_zone: str
    languages: list[str]
    is_sample: bool
    rules_version: str
    today: date

    @classmethod
    def of(cls, district: District, today: date) -> Self:
        """From a district and its running service day."""
        return cls(
            id=district.id,
            name=district.name,
            operator=district.contact.operator,
            phone=district.contact.phone,
            time_zone=district.zone.key,
            languages=list(district.languages),
            is_sample=district.is_sample,
            rules_version=district.rulebook.rules_on(today).version,
            today=today,
        )


class StopOut(BaseModel):
    """A stop of the service."""

    id: str
    name: str
    place: str
    lon: float
    lat: float
    is_accessible: bool
    is_hub: bool

    @classmethod
    def of(cls, stop: Stop) -> Self:
        """From a stop."""
        return cls(
            id=stop.id,
            name=stop.name,
            place=stop.place,
            lon=stop.lon,
            lat=stop.lat,
            is_accessible=stop.is_accessible,
            is_hub=stop.is_hub,
        )


class LoginIn(Strict):
    """Name and password of a member of staff."""

    name: Id
    password: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[str, Field(max_length=40)] = ""


class LoginOut(BaseModel):
    """A token that stands for the login."""

    token: str


class RiderOut(BaseModel):
    """Who boards or alights."""

    booking_id: str
    action: str
    name: str
    phone: str
    persons: int
    wheelchairs: int
    prams: int
    walking_frames: int
    bikes: int
    dogs: int
    child_seats: int
    luggage: int
    companions: int
    boarding_extra_s: int
    promised: WindowOut
    other_stop: str
    held_line: str
    door: str
    is_awaited: bool

    @classmethod
    def of(cls, rider: RiderView) -> Self:
        """From a rider at a visit."""
        return cls(
            booking_id=rider.booking_id,
            action=rider.action.value,
            name=rider.name,
            phone=rider.phone,
            persons=rider.party.persons,
            wheelchairs=rider.party.wheelchairs,
            prams=rider.party.prams,
            walking_frames=rider.party.walking_frames,
            bikes=rider.party.bikes,
            dogs=rider.party.dogs,
            child_seats=rider.party.child_seats,
            luggage=rider.party.luggage,
            companions=rider.party.companions,
            boarding_extra_s=rider.party.boarding_extra_s,
            promised=WindowOut(from_at=rider.promised_from_at, to_at=rider.promised_to_at),
            other_stop=rider.other_stop_name,
            held_line=rider.held_line,
            door=rider.door,
            is_awaited=rider.is_awaited,
        )


class VisitOut(BaseModel):
    """A vehicle at a place at a time."""

    stop_id: str
    stop: str
    lon: float
    lat: float
    arrival_at: datetime
    departure_at: datetime
    is_break: bool
    on_board_after: int
    riders: list[RiderOut]

    @classmethod
    def of(cls, visit: VisitView) -> Self:
        """From a visit."""
        return cls(
            stop_id=visit.stop_id,
            stop=visit.stop_name,
            lon=visit.lon,
            lat=visit.lat,
            arrival_at=visit.arrival_at,
            departure_at=visit.departure_at,
            is_break=visit.is_break,
            on_board_after=visit.on_board_after,
            riders=[RiderOut.of(rider) for rider in visit.riders],
        )


class RunOut(BaseModel):
    """The run of a shift."""

    service_on: date
    shift_id: str
    vehicle: str
    owner: str
    layouts: str
    start_at: datetime
    end_at: datetime
    drive_m: int
    visits: list[VisitOut]

    @classmethod
    def of(cls, run: RunView) -> Self:
        """From a run."""
        return cls(
            service_on=run.on,
            shift_id=run.shift_id,
            vehicle=run.vehicle_name,
            owner=run.owner,
            layouts=run.layouts,
            start_at=run.start_at,
            end_at=run.end_at,
            drive_m=run.drive_m,
            visits=[VisitOut.of(visit) for visit in run.visits],
        )


class DayOut(BaseModel):
    """A service day with all its runs."""

    service_on: date
    version: int
    bookings: int
    riders: int
    refusals: dict[str, int]
    runs: list[RunOut]

    @classmethod
    def of(cls, day: DayView) -> Self:
        """From a day."""
        return cls(
            service_on=day.on,
            version=day.version,
            bookings=day.bookings,
            riders=day.riders,
            refusals=day.refusals,
            runs=[RunOut.of(run) for run in day.runs],
        )
