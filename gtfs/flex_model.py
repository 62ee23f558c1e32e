"""On-demand services as values: where one may board and alight, in which windows, and how a ride is booked.

They say what GTFS-Flex says, whichever of its forms a feed is written in (:mod:`gtfs.flex_reading`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property

Ring = tuple[tuple[float, float], ...]
"""``(lon, lat)`` of a border, the first point repeated as the last one."""
Polygon = tuple[Ring, ...]
"""The outer border, then those of holes."""


class Boarding(IntEnum):
    """How one boards (``pickup_type``) or alights (``drop_off_type``)."""

    REGULAR = 0
    NONE = 1
    BOOKED = 2
    ASK_DRIVER = 3


class BookingType(IntEnum):
    """How early a ride is to be booked."""

    REAL_TIME = 0
    SAME_DAY = 1
    PRIOR_DAYS = 2


class PlaceKind(StrEnum):
    """What a call is at."""

    STOP = "stop"
    GROUP = "group"
    ZONE = "zone"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stop, a group of places or a zone, by its id."""

    kind: PlaceKind
    id: str


@dataclass(frozen=True, slots=True)
class Zone:
    """An area in which one may board and alight anywhere: a feature of ``locations.geojson``.

    Parameters
    ----------
    polygons
        One or more; a multipolygon has more.
    other
        Properties of the feature that have no meaning here.
    """

    id: str
    polygons: tuple[Polygon, ...]
    name: str = ""
    description: str = ""
    other: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.polygons or not all(self.polygons):
            msg = f"zone {self.id!r} has no polygon"
            raise ValueError(msg)
        if any(len(ring) < 4 or ring[0] != ring[-1] for polygon in self.polygons for ring in polygon):
            msg = f"a border of zone {self.id!r} is open or has less than four points"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class StopGroup:
    """Stops at any of which one may board or alight. The draft of GTFS-Flex puts zones into groups as well."""

    id: str
    name: str = ""
    stop_ids: tuple[str, ...] = ()
    zone_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BookingRule:
    """How a ride is booked, and from when to when.

    Days are counted back from the service day of the ride, and times of day are seconds of the day counted to.

    Parameters
    ----------
    min_notice_s, max_notice_s
        With ``SAME_DAY``: a ride is booked at least and at most so long before it, in whole minutes.
    last_days, last_time_s
        With ``PRIOR_DAYS``: a ride is booked so many days before it at the latest, until this time (``None``: until
        that day ends).
    start_days, start_time_s
        A ride is booked so many days before it at the earliest, from this time on (``None``: from the beginning).
    service_id
        With ``PRIOR_DAYS``: only days on which this service runs are counted, such as business days; "" counts all.
    other
        Columns of the row that have no meaning here.
    """

    id: str
    booking_type: BookingType
    min_notice_s: int | None = None
    max_notice_s: int | None = None
    last_days: int | None = None
    last_time_s: int | None = None
    start_days: int | None = None
    start_time_s: int | None = None
    service_id: str = ""
    message: str = ""
    pickup_message: str = ""
    drop_off_message: str = ""
    phone_number: str = ""
    info_url: str = ""
    booking_url: str = ""
    other: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fault = _fault(self)
        if fault:
            msg = f"booking rule {self.id!r}: {fault}"
            raise ValueError(msg)


def _fault(rule: BookingRule) -> str:
    """What contradicts itself in a rule, if anything."""
    is_same_day, is_prior_days = (rule.booking_type is kind for kind in (BookingType.SAME_DAY, BookingType.PRIOR_DAYS))
    notices = [notice for notice in (rule.min_notice_s, rule.max_notice_s) if notice is not None]
    faults = {
        "min_notice_s is for same-day booking, and needed there": (rule.min_notice_s is not None) != is_same_day,
        "max_notice_s is for same-day booking": rule.max_notice_s is not None and not is_same_day,
        "a notice is a number of whole minutes, 0 or more": any(s < 0 or s % 60 for s in notices),
        "max_notice_s is less than min_notice_s": notices != sorted(notices),
        "last_days is for booking on days before, and needed there": (rule.last_days is not None) != is_prior_days,
        "last_time_s is for booking on days before": rule.last_time_s is not None and not is_prior_days,
        "service_id is for booking on days before": rule.service_id != "" and not is_prior_days,
        "start_days is not for booking in real time, and not beside max_notice_s": rule.start_days is not None
        and (rule.booking_type is BookingType.REAL_TIME or rule.max_notice_s is not None),
        "start_time_s needs start_days": rule.start_time_s is not None and rule.start_days is None,
        "days and times are 0 or more": any(
            value is not None and value < 0
            for value in (rule.last_days, rule.last_time_s, rule.start_days, rule.start_time_s)
        ),
        "start_days is less than last_days": rule.start_days is not None and rule.start_days < (rule.last_days or 0),
    }
    return next((text for text, is_wrong in faults.items() if is_wrong), "")


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when a vehicle may come, in seconds of the service day, inclusive."""

    from_s: int
    to_s: int

    def __post_init__(self) -> None:
        if not 0 <= self.from_s < self.to_s:
            msg = f"a window from {self.from_s} to {self.to_s} does not end after it begins"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class RideTime:
    """How long a ride takes beside the way by car: ``factor`` times as long, and ``offset_s`` more."""

    factor: float
    offset_s: int


@dataclass(frozen=True, slots=True)
class FlexCall:
    """A row of stop_times.txt: a place with a window, or a stop with times.

    Parameters
    ----------
    sequence
        Orders the calls of a trip; one rides from an earlier call to a later one (or within an only one).
    window, arrival_s, departure_s
        The window without times, or the times without a window; times may be missing in the middle of a trip.
    pickup_rule_id, drop_off_rule_id
        "" where there is none.
    headsign
        "": the trip's.
    other
        Columns of the row that have no meaning here.
    """

    sequence: int
    place: Place
    window: Window | None = None
    arrival_s: int | None = None
    departure_s: int | None = None
    pickup: Boarding = Boarding.REGULAR
    drop_off: Boarding = Boarding.REGULAR
    pickup_rule_id: str = ""
    drop_off_rule_id: str = ""
    headsign: str = ""
    other: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        has_time = self.arrival_s is not None or self.departure_s is not None
        if self.window is not None and has_time:
            msg = f"call {self.sequence} at {self.place.id!r} has both a window and a time"
            raise ValueError(msg)
        if self.window is None and self.place.kind is not PlaceKind.STOP:
            msg = f"call {self.sequence} at {self.place.kind} {self.place.id!r} needs a window"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class FlexTrip:
    """A trip on which at least one call is on demand or is to be booked, with all its calls in their order.

    Parameters
    ----------
    direction_id
        0, 1, or -1 for unknown.
    wheelchair_accessible, bikes_allowed
        0 unknown, 1 yes, 2 no.
    mean, safe
        How long rides take on average, and in all but 5 of 100 cases; ``None`` where the feed does not say.
    other
        Columns of the row that have no meaning here.
    """

    id: str
    route_id: str
    service_id: str
    calls: tuple[FlexCall, ...]
    headsign: str = ""
    short_name: str = ""
    direction_id: int = -1
    block_id: str = ""
    shape_id: str = ""
    wheelchair_accessible: int = 0
    bikes_allowed: int = 0
    mean: RideTime | None = None
    safe: RideTime | None = None
    other: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sequences = [call.sequence for call in self.calls]
        if not sequences or sequences != sorted(set(sequences)):
            msg = f"the calls of trip {self.id!r} are missing or out of order"
            raise ValueError(msg)


@dataclass(frozen=True)
class FlexServices:
    """The on-demand services of a feed, each part in the order of the feed."""

    zones: tuple[Zone, ...] = ()
    groups: tuple[StopGroup, ...] = ()
    rules: tuple[BookingRule, ...] = ()
    trips: tuple[FlexTrip, ...] = ()

    @cached_property
    def zone_by_id(self) -> Mapping[str, Zone]:
        """Zones by id."""
        return {zone.id: zone for zone in self.zones}

    @cached_property
    def group_by_id(self) -> Mapping[str, StopGroup]:
        """Groups by id."""
        return {group.id: group for group in self.groups}

    @cached_property
    def rule_by_id(self) -> Mapping[str, BookingRule]:
        """Booking rules by id."""
        return {rule.id: rule for rule in self.rules}
