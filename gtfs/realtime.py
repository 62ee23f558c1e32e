"""What a realtime feed (GTFS Realtime) says, as values: trips, vehicles, alerts. Times are aware UTC datetimes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from gtfs.itinerary import FixedStopId, RouteId, TripId


class RealtimeError(ValueError):
    """Bytes that are no realtime feed; the message says what they look like and what to do."""


class TripState(StrEnum):
    """How a trip relates to the timetable."""

    SCHEDULED = "scheduled"
    ADDED = "added"
    UNSCHEDULED = "unscheduled"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    """It runs with other stops and times: those of the update and no others."""
    DUPLICATED = "duplicated"
    """The same trip once more, at another time."""


class StopState(StrEnum):
    """How a call relates to the timetable."""

    SCHEDULED = "scheduled"
    SKIPPED = "skipped"
    NO_DATA = "no_data"
    UNSCHEDULED = "unscheduled"


@dataclass(frozen=True, slots=True)
class TripRef:
    """Which trip is meant; what the feed leaves open is ``None``.

    Parameters
    ----------
    start_on
        The service day.
    start_s
        First departure on the clock of that day: tells the runs of a repeated trip apart.
    """

    trip_id: TripId | None = None
    route_id: RouteId | None = None
    start_on: date | None = None
    start_s: int | None = None
    state: TripState = TripState.SCHEDULED


@dataclass(frozen=True, slots=True)
class EventTime:
    """When a vehicle comes or goes: a time, or a delay against the timetable; the time counts if both are given."""

    at: datetime | None = None
    delay_s: int | None = None


@dataclass(frozen=True, slots=True)
class CallUpdate:
    """News about one call of a trip.

    Parameters
    ----------
    sequence, stop_id
        Which call: by its number in the feed, by its stop, or both.
    new_stop_id
        The stop (mostly: the platform) used instead.
    can_board, can_alight
        ``None`` where nothing changes.
    """

    sequence: int | None = None
    stop_id: FixedStopId | None = None
    arrival: EventTime | None = None
    departure: EventTime | None = None
    state: StopState = StopState.SCHEDULED
    new_stop_id: FixedStopId | None = None
    can_board: bool | None = None
    can_alight: bool | None = None


@dataclass(frozen=True, slots=True)
class TripUpdate:
    """News about one trip.

    Parameters
    ----------
    delay_s
        Of the whole trip, up to the first call the feed says more about.
    measured_at
        When the progress of the vehicle was measured.
    new_trip_id, headsign
        Of a duplicated or added trip.
    """

    trip: TripRef
    calls: tuple[CallUpdate, ...] = ()
    delay_s: int | None = None
    measured_at: datetime | None = None
    new_trip_id: TripId | None = None
    new_start_on: date | None = None
    new_start_s: int | None = None
    headsign: str = ""


@dataclass(frozen=True, slots=True)
class VehiclePosition:
    """Where a vehicle is.

    Parameters
    ----------
    sequence, stop_id
        The call it stands at (``is_at_stop``) or is on the way to.
    """

    lon: float | None
    lat: float | None
    trip: TripRef | None = None
    vehicle_id: str = ""
    label: str = ""
    sequence: int | None = None
    stop_id: FixedStopId | None = None
    is_at_stop: bool = False
    measured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Informed:
    """Whom an alert is about: everything given must fit; ``None`` and "" stand for all."""

    agency_id: str = ""
    route_id: RouteId | None = None
    route_type: int | None = None
    trip_id: TripId | None = None
    stop_id: FixedStopId | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A notice to passengers.

    Parameters
    ----------
    periods
        When it is to be shown, from and to; an open end is ``None``. No period: as long as it is in the feed.
    cause, effect, severity
        As the specification names them, in lower case.
    header, description, url
        By language; "" where none is given.
    """

    informed: tuple[Informed, ...] = ()
    periods: tuple[tuple[datetime | None, datetime | None], ...] = ()
    cause: str = ""
    effect: str = ""
    severity: str = ""
    header: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    url: Mapping[str, str] = field(default_factory=dict)

    def is_shown(self, at: datetime) -> bool:
        """Whether it is to be shown at a time."""
        return not self.periods or any(
            (begin is None or begin <= at) and (end is None or at <= end) for begin, end in self.periods
        )

    def is_about(
        self,
        route_id: RouteId | None = None,
        stop_id: FixedStopId | None = None,
        trip_id: TripId | None = None,
        route_type: int | None = None,
        agency_id: str = "",
    ) -> bool:
        """Whether it is about what is given: a route, a stop, a trip, or a ride of a trip from a stop."""
        given = Informed(agency_id, route_id, route_type, trip_id, stop_id)
        names = ("agency_id", "route_id", "route_type", "trip_id", "stop_id")
        return any(
            all(getattr(who, name) in (None, "", getattr(given, name)) for name in names) for who in self.informed
        )


@dataclass(frozen=True, slots=True)
class RealtimeFeed:
    """A realtime feed at one moment; entities by their id in the feed.

    Parameters
    ----------
    made_at
        When the feed was made, or the newest of its entities measured; ``None`` if nothing says so.
    is_differential
        It holds only what changed since the feed before.
    deleted
        Ids of entities that a differential feed takes back.
    """

    made_at: datetime | None = None
    updates: Mapping[str, TripUpdate] = field(default_factory=dict)
    vehicles: Mapping[str, VehiclePosition] = field(default_factory=dict)
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    is_differential: bool = False
    deleted: frozenset[str] = frozenset()

    def age_s(self, now: datetime) -> int | None:
        """Seconds since it was made; ``None`` if nothing says when."""
        return None if self.made_at is None else round((now - self.made_at).total_seconds())

    def is_stale(self, now: datetime, max_age_s: int) -> bool:
        """Whether it is older than it may be; so is one that does not say when it was made."""
        age_s = self.age_s(now)
        return age_s is None or age_s > max_age_s

    def followed_by(self, later: "RealtimeFeed") -> "RealtimeFeed":
        """What holds after a later feed: that one, or, if it is differential, this one with its changes."""
        if not later.is_differential:
            return later
        gone = later.deleted
        return replace(
            later,
            updates={key: value for key, value in {**self.updates, **later.updates}.items() if key not in gone},
            vehicles={key: value for key, value in {**self.vehicles, **later.vehicles}.items() if key not in gone},
            alerts={key: value for key, value in {**self.alerts, **later.alerts}.items() if key not in gone},
            is_differential=False,
            deleted=frozenset(),
        )


def joined_realtime(feeds: Iterable[RealtimeFeed]) -> RealtimeFeed:
    """Several feeds as one (many operators publish trips, vehicles and alerts apart); as old as the oldest."""
    joined = RealtimeFeed()
    ages: list[datetime | None] = []
    for number, feed in enumerate(feeds):
        ages.append(feed.made_at)
        joined = replace(
            joined,
            updates={**joined.updates, **{f"{number}:{key}": value for key, value in feed.updates.items()}},
            vehicles={**joined.vehicles, **{f"{number}:{key}": value for key, value in feed.vehicles.items()}},
            alerts={**joined.alerts, **{f"{number}:{key}": value for key, value in feed.alerts.items()}},
        )
    known = [at for at in ages if at is not None]
    return replace(joined, made_at=min(known) if known and len(known) == len(ages) else None)
