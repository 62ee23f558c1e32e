"""When a line goes before an on-demand ride: the rule against parallel traffic, as operators and funders word it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from gtfs.itinerary import Itinerary, LegKind


class PriorityAction(StrEnum):
    """What a line that serves a wish does to rides."""

    REFUSE = "refuse"
    """No ride is given."""
    FEEDER_ONLY = "feeder_only"
    """Only rides to a line or from one are given; a line that serves a part of the way is enough for that."""
    LINE_FIRST = "line_first"
    """The line is shown first, rides behind it."""


@dataclass(frozen=True, slots=True)
class PriorityRule:
    """When a line is good enough.

    Parameters
    ----------
    before_s, after_s
        By how much it may depart earlier or later than wished; for a wished arrival, how much earlier it may arrive
        (later is no use).
    max_walk_s
        On foot at each end.
    max_extra_s
        By how much its journey may last longer than the ride.
    min_distance_m
        Shorter wishes are exempt.
    exempt
        Classes of riders that always get a ride.
    """

    before_s: int
    after_s: int
    max_walk_s: int
    max_extra_s: int
    min_distance_m: int = 0
    exempt: frozenset[str] = field(default_factory=frozenset)
    action: PriorityAction = PriorityAction.REFUSE

    def __post_init__(self) -> None:
        if min(self.before_s, self.after_s, self.max_walk_s, self.max_extra_s, self.min_distance_m) < 0:
            msg = "times and distances of a priority rule are not negative"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class PriorityWish:
    """What a rider wants, as far as the rule asks.

    Parameters
    ----------
    wished_s
        Departure (``departs``) or arrival, seconds of the service day.
    ride_s
        How long the ride would take, ways to and from its stops included.
    distance_m
        From origin to destination.
    riders
        The classes the party belongs to.
    """

    wished_s: int
    departs: bool
    ride_s: int
    distance_m: int
    riders: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Priority:
    """A line goes first, and the journey that proves it.

    Parameters
    ----------
    offset_s
        By how much it departs (or arrives) later than wished, negative if earlier.
    walk_s
        The longer of the two ways on foot at its ends.
    extra_s
        By how much it lasts longer than the ride, negative if it is quicker.
    """

    action: PriorityAction
    itinerary: Itinerary
    offset_s: int
    walk_s: int
    extra_s: int


def find_priority(rule: PriorityRule, wish: PriorityWish, itineraries: Iterable[Itinerary]) -> Priority | None:
    """Whether a line goes before the ride, and which journey is cited: the one nearest to the wish, then the earliest.

    Journeys with a ride at an end count for :attr:`PriorityAction.FEEDER_ONLY` alone.
    """
    if rule.exempt & wish.riders or wish.distance_m < rule.min_distance_m:
        return None
    found = [_judged(rule, wish, itinerary) for itinerary in itineraries]
    enough = [priority for priority in found if _is_enough(rule, wish, priority)]
    return min(enough, key=lambda priority: (abs(priority.offset_s), priority.itinerary.arrival_s), default=None)


def _judged(rule: PriorityRule, wish: PriorityWish, itinerary: Itinerary) -> Priority:
    at_s = itinerary.departure_s if wish.departs else itinerary.arrival_s
    return Priority(
        action=rule.action,
        itinerary=itinerary,
        offset_s=at_s - wish.wished_s,
        walk_s=max(_walk_s(itinerary), _walk_s(Itinerary(itinerary.legs[::-1]))),
        extra_s=itinerary.arrival_s - itinerary.departure_s - wish.ride_s,
    )


def _is_enough(rule: PriorityRule, wish: PriorityWish, priority: Priority) -> bool:
    kinds = {leg.kind for leg in priority.itinerary.legs}
    if LegKind.LINE not in kinds:
        return False
    if LegKind.ON_DEMAND in kinds and rule.action is not PriorityAction.FEEDER_ONLY:
        return False
    latest_s = rule.after_s if wish.departs else 0
    return (
        -rule.before_s <= priority.offset_s <= latest_s
        and priority.walk_s <= rule.max_walk_s
        and priority.extra_s <= rule.max_extra_s
    )


def _walk_s(itinerary: Itinerary) -> int:
    """Seconds on foot before the first vehicle."""
    walked_s = 0
    for leg in itinerary.legs:
        if leg.kind is not LegKind.WALK:
            break
        walked_s += leg.arrival_s - leg.departure_s
    return walked_s
