"""What a connection search takes and returns: access legs as data, itineraries a person would recognise."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

FixedStopId = NewType("FixedStopId", str)
TripId = NewType("TripId", str)
RouteId = NewType("RouteId", str)


class LegKind(StrEnum):
    """How a leg is travelled."""

    WALK = "walk"
    ON_DEMAND = "on_demand"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class EndLeg:
    """A way from the origin to a stop, or from a stop to the destination, given to the search as data.

    Parameters
    ----------
    duration_s
        How long it takes, changing included.
    key
        Whatever the caller needs to recognise the leg in the result.
    earliest_s, latest_s
        When the leg can begin (inclusive); a vehicle that can only come at certain times is an end leg like any other.
    """

    stop_id: FixedStopId
    duration_s: int
    kind: LegKind
    key: str = ""
    earliest_s: int = 0
    latest_s: int = 10**8


@dataclass(frozen=True, slots=True)
class Call:
    """A line vehicle at a stop: seconds of the service day."""

    stop_id: FixedStopId
    arrival_s: int
    departure_s: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of an itinerary. ``trip_id``, ``route_id`` are set on line legs, ``end_leg`` on the first and last."""

    kind: LegKind
    from_stop_id: FixedStopId | None
    to_stop_id: FixedStopId | None
    departure_s: int
    arrival_s: int
    trip_id: TripId | None = None
    route_id: RouteId | None = None
    route_name: str = ""
    headsign: str = ""
    end_leg: EndLeg | None = None
    trip_day_offset: int = 0
    """0, or -1 when the trip belongs to the service day before."""
    stays_seated: bool = False
    """The vehicle of the leg before goes on as this trip; nobody changes."""


@dataclass(frozen=True, slots=True)
class Itinerary:
    """A whole way from origin to destination; legs in order, without gaps of place."""

    legs: tuple[Leg, ...]

    @property
    def departure_s(self) -> int:
        """When the first leg begins."""
        return self.legs[0].departure_s

    @property
    def arrival_s(self) -> int:
        """When the last leg ends."""
        return self.legs[-1].arrival_s

    def line_legs(self) -> tuple[Leg, ...]:
        """The legs travelled by line."""
        return tuple(leg for leg in self.legs if leg.kind is LegKind.LINE)

    def vehicle_count(self) -> int:
        """How many line vehicles one boards."""
        return sum(leg.kind is LegKind.LINE and not leg.stays_seated for leg in self.legs)
