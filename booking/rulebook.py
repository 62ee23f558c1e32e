"""The operator's rules as dated data: each version holds from a date until the next one begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from booking.model import Channel
from booking.rider_classes import RiderClass
from booking.rulebook_fares import FareRules
from booking.rulebook_forms import ServiceRules
from booking.rulebook_hours import Hours
from booking.rulebook_ordering import OrderRules
from gtfs.line_priority import PriorityAction

__all__ = [
    "ConnectionRules",
    "FareRules",
    "Hours",
    "LinePriority",
    "RideRules",
    "RiderClass",
    "Rulebook",
    "Rules",
]


@dataclass(frozen=True, slots=True)
class LinePriority:
    """When a line is near enough to a wish that it goes before an on-demand ride; see :mod:`gtfs.line_priority`.

    That is where a line serves the wish, departing at most ``before_s`` earlier or ``after_s`` later than the ride
    would, with at most ``max_walk_m`` on foot at each end and ``max_extra_s`` longer on the way.

    Parameters
    ----------
    exempts_reduced_mobility
        Short for wheelchairs and walking frames among ``exempts``.
    min_distance_m
        Wishes that are shorter, measured as for the fare, are exempt.
    exempts
        Who gets a ride all the same.
    """

    is_on: bool
    before_s: int
    after_s: int
    max_walk_m: int
    max_extra_s: int
    exempts_reduced_mobility: bool
    min_distance_m: int = 0
    exempts: frozenset[RiderClass] = frozenset()
    action: PriorityAction = PriorityAction.REFUSE

    def all_exempt(self) -> frozenset[RiderClass]:
        """Everybody who gets a ride all the same."""
        frail = {RiderClass.WHEELCHAIR, RiderClass.WALKING_FRAME} if self.exempts_reduced_mobility else set()
        return self.exempts | frail


@dataclass(frozen=True, slots=True)
class RideRules:
    """How a ride is promised and driven."""

    pickup_window_s: int
    max_detour_factor: float
    max_detour_s: int
    max_ride_s: int
    min_distance_m: int
    boarding_s: int
    boarding_wheelchair_s: int
    boarding_walking_frame_s: int
    boarding_pram_s: int
    boarding_bike_s: int
    max_walk_to_stop_m: int
    boarding_dog_s: int = 0
    boarding_child_seat_s: int = 0
    boarding_luggage_s: int = 0

    def max_ride_time_s(self, direct_s: int) -> int:
        """Longest ride allowed where the direct one takes ``direct_s``: factor and minutes, then the absolute cap.

        The cap never falls below the direct ride itself.
        """
        stretched_s = max(int(direct_s * self.max_detour_factor), direct_s + self.max_detour_s)
        return max(direct_s, min(stretched_s, self.max_ride_s))


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """How a ride meets a line at a hub."""

    min_change_s: int
    max_wait_s: int
    hold_s: int


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the operator's rules.

    Parameters
    ----------
    lead_s
        How long before pickup an order must be in, by channel.
    service_hours, desk_hours
        By kind of day (``weekday``, ``saturday``, ``sunday_or_holiday``); a kind that is missing has none.
    allows_area_to_area
        Whether rides may go from one area to another directly; otherwise only within an area or to a hub of it.
    joins_areas_without_line
        Whether they may do so where no line and no change of vehicle leads from one to the other in time.
    rank_extra_s
        Of the offers that are a burden to the rider by at most so much more than the best one, the one that costs the
        service least comes first.
    freeze_s
        A ride that begins sooner than this is not moved any more.
    lines
        The line of ``rules.toml`` in which each key stands, by its name within the version (``ride.max_ride_min``).
    """

    version: str
    valid_from: date
    source: str
    lead_s: Mapping[Channel, int]
    horizon_days: int
    max_party: int
    max_party_online: int
    offer_valid_s: int
    freeze_s: int
    allows_area_to_area: bool
    service_hours: Mapping[str, Hours]
    desk_hours: Mapping[str, Hours]
    line_priority: LinePriority
    ride: RideRules
    connection: ConnectionRules
    fare: FareRules
    joins_areas_without_line: bool = False
    rank_extra_s: int = 0
    orders: OrderRules = field(default_factory=OrderRules)
    service: ServiceRules = field(default_factory=ServiceRules)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    def exempt_from_lines(self) -> frozenset[RiderClass]:
        """Who gets a ride where a line goes, too."""
        door = self.service.door
        return self.line_priority.all_exempt() | (door.needs if door.is_exempt_from_lines else frozenset())

    def line_of(self, key: str) -> int:
        """The line of a key in ``rules.toml``, else of the table around it, else 0."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return self.lines.get(key, 0)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All versions of the rules, oldest first."""

    versions: tuple[Rules, ...]

    def __post_init__(self) -> None:
        if not self.versions:
            msg = "a district needs at least one version of its rules"
            raise ValueError(msg)
        dates = [rules.valid_from for rules in self.versions]
        if dates != sorted(set(dates)):
            msg = "the versions of the rules must begin on different dates, oldest first"
            raise ValueError(msg)

    def rules_on(self, on: date) -> Rules:
        """The version that holds on a date (the oldest one before all of them)."""
        return next((r for r in reversed(self.versions) if r.valid_from <= on), self.versions[0])
