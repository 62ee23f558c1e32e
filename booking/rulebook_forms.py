"""How an area is served, by parameters and not by product names: which rides, in which direction, at which times.

A timetable-bound zone, a corridor to a hub, an area with a raster of departures, a taxi that brings one to the door:
each is a :class:`ServiceForm` with some of its parameters set.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from booking.model import AreaId, StopId
from booking.rider_classes import RiderClass
from booking.rulebook_hours import Hours


class Direction(StrEnum):
    """How a ride lies in its area."""

    WITHIN = "within"
    """Between two stops of the area, neither of them a hub."""
    TO_HUB = "to_hub"
    """To a hub of the area; on a corridor: along the order of its stops."""
    FROM_HUB = "from_hub"
    """From a hub of the area; on a corridor: against the order of its stops."""
    ACROSS = "across"
    """From one area to another."""


USUAL_DIRECTIONS = frozenset({Direction.WITHIN, Direction.TO_HUB, Direction.FROM_HUB})


class SchoolDays(StrEnum):
    """Whether something runs on school days."""

    ANY = "any"
    ONLY = "only"
    NEVER = "never"

    def runs(self, *, is_school_day: bool) -> bool:
        """Whether it runs on such a day."""
        return self is SchoolDays.ANY or (self is SchoolDays.ONLY) == is_school_day


@dataclass(frozen=True, slots=True)
class Departures:
    """Guide times (*Richtzeiten*): rides in these directions begin near them only. What is promised may differ.

    Parameters
    ----------
    guide_times_s
        In order.
    directions, days
        Empty: all.
    earlier_s, later_s
        How far the promised time may lie before and after a guide time.
    is_at_hub
        The guide time holds at the hub: rides to it arrive then. Otherwise it holds where the rider boards.
    """

    guide_times_s: tuple[int, ...]
    directions: frozenset[Direction] = frozenset()
    days: frozenset[str] = frozenset()
    school: SchoolDays = SchoolDays.ANY
    earlier_s: int = 0
    later_s: int = 0
    is_at_hub: bool = False


@dataclass(frozen=True, slots=True)
class ServiceForm:
    """How some areas are served.

    Parameters
    ----------
    areas
        Empty: all areas that no form names.
    days, school, hours
        When it runs, within the service hours. Hours are about the pickup; None: as the service.
    directions
        Which rides there are.
    stop_order
        A corridor: rides between these stops only, the hub last. Empty: any stop to any other.
    departures
        Rides in a direction that some of these name run at their times only.
    door_places
        Destination places in which one may alight at an address; ``*`` stands for all of them.
    """

    name: str = ""
    areas: frozenset[AreaId] = frozenset()
    days: frozenset[str] = frozenset()
    school: SchoolDays = SchoolDays.ANY
    hours: Hours | None = None
    directions: frozenset[Direction] = USUAL_DIRECTIONS
    stop_order: tuple[StopId, ...] = ()
    departures: tuple[Departures, ...] = ()
    door_places: frozenset[str] = frozenset()


EVERY_PLACE = "*"

FREE_FORM = ServiceForm()
"""Any stop to any other of the area and to its hubs, at any time: what holds where the rules name no form."""


@dataclass(frozen=True, slots=True)
class DoorService:
    """Door to door for those who cannot get to a stop.

    Parameters
    ----------
    needs
        Who is fetched from the address and brought to it. Empty: nobody.
    is_exempt_from_lines
        Whether they get a ride where a line goes, too.
    max_m
        How far a door may lie from the nearest stop, straight.
    """

    needs: frozenset[RiderClass] = frozenset()
    is_exempt_from_lines: bool = True
    max_m: int = 2000


@dataclass(frozen=True, slots=True)
class Overflow:
    """Vehicles that drive only where no other fits, at the public fare.

    Parameters
    ----------
    owners
        Whose vehicles these are, as in ``fleet.csv``.
    cost_factor
        A second of their driving counts as so many of the others when rides are placed.
    """

    owners: frozenset[str] = frozenset()
    cost_factor: float = 20.0


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """Everything about how areas are served beside hours."""

    forms: tuple[ServiceForm, ...] = ()
    door: DoorService = field(default_factory=DoorService)
    overflow: Overflow = field(default_factory=Overflow)
