"""A district as values: what its folder says, checked. Reading the folder is :mod:`booking.district_files`' task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import shapely
from shapely import Polygon

from booking.model import AreaId, StopId
from booking.notice_rules import DEFAULT_NOTICE_RULES, NoticeRules
from booking.retention import DEFAULT_RETENTION, Retention
from booking.rulebook import Rulebook
from routing.closures import Closure
from routing.model import Load, LocationIndex, ShiftId, VehicleId
from routing.osm_speeds import DEFAULT_SPEEDS, SpeedTable


class DayKind(StrEnum):
    """What kind of day it is for shifts, service hours and timetables."""

    WEEKDAY = "weekday"
    SATURDAY = "saturday"
    SUNDAY_OR_HOLIDAY = "sunday_or_holiday"


class HolidayKind(StrEnum):
    """Kinds of rows in ``holidays.csv``."""

    PUBLIC = "public"
    SCHOOL = "school"


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday, or school holidays, from one date to another (inclusive)."""

    first_on: date
    last_on: date
    kind: HolidayKind
    name: str


class LineDay(StrEnum):
    """What the lines may run like on a switched day, beside a date."""

    SCHOOL_DAY = "school_day"
    SCHOOL_HOLIDAY = "school_holiday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class SwitchedDay:
    """A day on which the lines run as on another, switched at a day's notice: snow, a strike, a bridging day.

    Parameters
    ----------
    like
        The other day, or what kind of day it is: then the nearest such day counts.
    line
        Where it stands in ``timetable_days.csv``.
    """

    on: date
    like: date | LineDay
    reason: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """How residents reach the service."""

    operator: str
    phone: str
    email: str
    address: str = ""
    """Street and town in one line, for the sender's line of letters."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where roads and timetables come from: a path (absolute after loading), a URL, or for roads a place name."""

    roads: str
    roads_place: str
    timetables: tuple[str, ...]
    attribution: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where one may board or alight, real or virtual.

    Parameters
    ----------
    place
        The village or town it lies in.
    fixed_stop_id
        Its id in the timetable, where it is a stop of a line as well; empty: matched by distance.
    """

    id: StopId
    name: str
    place: str
    lon: float
    lat: float
    is_accessible: bool
    is_hub: bool
    fixed_stop_id: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A zone of the service, and the hubs it leads to."""

    id: AreaId
    name: str
    polygon: Polygon
    hubs: tuple[StopId, ...]

    def covers(self, lon: float, lat: float) -> bool:
        """Whether a point lies in the area or on its border."""
        return bool(shapely.intersects_xy(self.polygon, lon, lat))


@dataclass(frozen=True, slots=True)
class DestinationPlace:
    """A town or village in which rides may end at an address, where the rules say so."""

    id: str
    name: str
    polygon: Polygon

    def covers(self, lon: float, lat: float) -> bool:
        """Whether a point lies in the place or on its border."""
        return bool(shapely.intersects_xy(self.polygon, lon, lat))


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle, its interchangeable layouts, its owner and what it costs.

    Parameters
    ----------
    range_m
        How far it goes without charging; None for far enough.
    cost_factor
        What a minute and a kilometre of it cost a planner beside a usual vehicle's: 1.4 for a dear taxi.
    used_s
        What it costs to use it at all, in seconds of driving of a usual vehicle.
    """

    id: VehicleId
    name: str
    owner: str
    layouts: tuple[Load, ...]
    ct_per_hour: int
    ct_per_km: int
    range_m: int | None = None
    cost_factor: float = 1.0
    used_s: int = 0


@dataclass(frozen=True, slots=True)
class BreakWindow:
    """A break of a shift, in local wall-clock time of the service day.

    Parameters
    ----------
    recharges
        The vehicle charges meanwhile, at the stop where the shift begins.
    """

    from_s: int
    to_s: int
    duration_s: int
    recharges: bool = False


@dataclass(frozen=True, slots=True)
class ShiftPattern:
    """A shift that recurs on some kinds of day; times are seconds of the service day.

    Parameters
    ----------
    line
        Where it stands in ``shifts.csv``.
    """

    id: ShiftId
    vehicle_id: VehicleId
    days: frozenset[DayKind]
    start_s: int
    end_s: int
    start_stop: StopId
    end_stop: StopId
    breaks: tuple[BreakWindow, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Village:
    """A place with inhabitants."""

    name: str
    lon: float
    lat: float
    inhabitants: int
    kind: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where people need to get to: a doctor, a school, a shop, an office."""

    name: str
    category: str
    lon: float
    lat: float
    place: str


@dataclass(frozen=True)
class District:
    """Everything that makes one district differ from another."""

    id: str
    name: str
    folder: Path
    zone: ZoneInfo
    languages: tuple[str, ...]
    is_sample: bool
    contact: Contact
    sources: Sources
    rulebook: Rulebook
    stops: tuple[Stop, ...]
    areas: tuple[Area, ...]
    vehicles: tuple[Vehicle, ...]
    shifts: tuple[ShiftPattern, ...]
    villages: tuple[Village, ...]
    destinations: tuple[Destination, ...]
    holidays: tuple[Holiday, ...] = field(default=())
    speeds: SpeedTable = DEFAULT_SPEEDS
    closures: tuple[Closure, ...] = ()
    switched_days: tuple[SwitchedDay, ...] = ()
    destination_places: tuple[DestinationPlace, ...] = ()
    retention: Retention = DEFAULT_RETENTION
    notices: NoticeRules = DEFAULT_NOTICE_RULES

    @cached_property
    def stop_index(self) -> Mapping[StopId, LocationIndex]:
        """Number of each stop: its row in ``stops.csv``, and in the travel times."""
        return {stop.id: LocationIndex(i) for i, stop in enumerate(self.stops)}

    @cached_property
    def stop_by_id(self) -> Mapping[StopId, Stop]:
        """Stops by id."""
        return {stop.id: stop for stop in self.stops}

    @cached_property
    def areas_of_stop(self) -> Mapping[StopId, frozenset[AreaId]]:
        """The areas whose polygons cover each stop."""
        return {
            stop.id: frozenset(area.id for area in self.areas if area.covers(stop.lon, stop.lat)) for stop in self.stops
        }

    @cached_property
    def hubs_of_area(self) -> Mapping[AreaId, tuple[StopId, ...]]:
        """The hubs each area leads to."""
        return {area.id: area.hubs for area in self.areas}

    @cached_property
    def vehicle_by_id(self) -> Mapping[VehicleId, Vehicle]:
        """Vehicles by id."""
        return {vehicle.id: vehicle for vehicle in self.vehicles}

    def holiday_on(self, on: date, kind: HolidayKind) -> Holiday | None:
        """The holiday of that kind on a date, if any."""
        return next((h for h in self.holidays if h.kind is kind and h.first_on <= on <= h.last_on), None)

    def line_day(self, on: date) -> LineDay | None:
        """What kind of day a date is for lines; None for a public holiday, which has a timetable of its own kind."""
        if self.holiday_on(on, HolidayKind.PUBLIC):
            return None
        if on.weekday() >= 5:
            return LineDay.SATURDAY if on.weekday() == 5 else LineDay.SUNDAY
        return LineDay.SCHOOL_HOLIDAY if self.holiday_on(on, HolidayKind.SCHOOL) else LineDay.SCHOOL_DAY

    def day_kind(self, on: date) -> DayKind:
        """What kind of day a date is."""
        if on.weekday() == 6 or self.holiday_on(on, HolidayKind.PUBLIC):
            return DayKind.SUNDAY_OR_HOLIDAY
        return DayKind.SATURDAY if on.weekday() == 5 else DayKind.WEEKDAY
