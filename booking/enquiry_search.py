"""What every step of answering one enquiry looks at: the network, the rules, the day, the wish in engine units."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from booking.artefacts import Artefacts
from booking.day import Day
from booking.day_insertions import DayInsertions, PackedDays
from booking.deadlines import ordering_of
from booking.district import District
from booking.links import walk_m, walk_s
from booking.model import Door, Enquiry, OfferId, Place, StopId, Timing
from booking.rider_classes import classes_of
from booking.rulebook import Hours, Rules
from booking.rulebook_forms import EVERY_PLACE
from booking.rules import AreaPairs, area_pairs
from booking.second_look import Found, Look
from booking.sphere import distance_m
from gtfs.service_day import ServiceDay
from routing.model import DAY_END_S, ShiftId, TimeWindow
from routing.travel_times import UNREACHABLE_S

ROAD_FACTOR = 1.3
"""Length of a way on roads and rails over the straight line, for the tariff."""
NEAREST_STOPS = 3
"""How many stops around an address are tried for a ride."""


@dataclass(frozen=True, repr=False)
class Network:
    """What stays while enquiries are answered: the district and what was built from it."""

    district: District
    artefacts: Artefacts
    packed_days: PackedDays = field(default_factory=PackedDays, compare=False)


DayProvider = Callable[[ServiceDay], Day]
NextOfferId = Callable[[], OfferId]


@dataclass(frozen=True, slots=True)
class StopWalk:
    """A stop of ours and the way between it and the place that was asked for: on foot, or driven to the door.

    Parameters
    ----------
    walk_s
        From the place to the stop or from the stop to the place. A vehicle that fetches somebody from the door leaves
        the stop so much before, hence it is negative where a ride begins at a door.
    """

    stop_id: StopId
    distance_m: int
    walk_s: int
    door: Door | None = None


@dataclass(frozen=True)
class EnquirySearch:
    """One enquiry against one service day.

    Parameters
    ----------
    ignores_deadline
        Rides may begin as soon as runs may be changed at all, however late the order is.
    only_shifts
        Rides are put into these runs only; None: into any.
    look
        What plans runs anew for a ride that does not fit; None while first looking.
    keep_found
        Takes the day that was planned anew for an offer.
    """

    enquiry: Enquiry
    network: Network
    rules: Rules
    day: Day
    now: datetime
    next_offer_id: NextOfferId
    insertions: DayInsertions = field(repr=False, compare=False)
    ignores_deadline: bool = False
    only_shifts: frozenset[ShiftId] | None = None
    look: Look | None = field(default=None, repr=False, compare=False)
    keep_found: Callable[[OfferId, Found], None] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def pairs(self) -> AreaPairs:
        """Which stops one ride may join."""
        return area_pairs(self.network.district, self.rules, self.day.service_day.on)

    @cached_property
    def wished_s(self) -> int:
        """The wished time on the clock of the service day."""
        return self.day.service_day.seconds(self.enquiry.wished_at)

    @cached_property
    def tariff_m(self) -> int:
        """How far it is from origin to destination, as the tariff counts it."""
        origin, destination = self.enquiry.origin, self.enquiry.destination
        return round(ROAD_FACTOR * distance_m(origin.lon, origin.lat, destination.lon, destination.lat))

    @cached_property
    def departs(self) -> bool:
        """Whether the wish is about the departure."""
        return self.enquiry.timing is Timing.DEPART_AFTER

    @cached_property
    def orderable(self) -> tuple[TimeWindow, ...]:
        """When pickups may lie that can be ordered now."""
        if self.ignores_deadline:
            first_s = max(0, self.not_before_s)
            return (TimeWindow(first_s, DAY_END_S),) if first_s <= DAY_END_S else ()
        return ordering_of(self.enquiry, self.network.district, self.rules).orderable(self.day.service_day, self.now)

    @cached_property
    def earliest_s(self) -> int:
        """No ride may begin before this: the order would be too late, or the service not begun."""
        first_s = self.orderable[0].earliest_s if self.orderable else DAY_END_S
        return max(self.hours.from_s, first_s)

    @cached_property
    def hours(self) -> Hours:
        """The service hours of the day."""
        kind = self.network.district.day_kind(self.day.service_day.on)
        return self.rules.service_hours.get(kind.value, Hours(0, 0))

    @cached_property
    def not_before_s(self) -> int:
        """Nothing that a vehicle does before this is changed any more."""
        return self.day.service_day.seconds(self.now) + self.rules.freeze_s

    @cached_property
    def origin_stops(self) -> tuple[StopWalk, ...]:
        """The stops a ride may begin at, nearest first."""
        doors = doors_at(self, self.enquiry.origin, is_pickup=True)
        return (*doors, *self._stops_at(self.enquiry.origin))

    @cached_property
    def destination_stops(self) -> tuple[StopWalk, ...]:
        """The stops a ride may end at, nearest first."""
        doors = doors_at(self, self.enquiry.destination, is_pickup=False)
        return (*doors, *self._stops_at(self.enquiry.destination))

    def _stops_at(self, place: Place) -> tuple[StopWalk, ...]:
        candidates: list[StopWalk] = []
        if place.stop_id is not None and place.stop_id in self.network.district.stop_by_id:
            candidates.append(StopWalk(place.stop_id, 0, 0))
        # Whoever named a stop may still walk to the next one, where more leads to; who cannot walk far is not sent.
        if not (candidates and self.enquiry.party.has_reduced_mobility()):
            near = self.network.artefacts.links.stops_near(place.lon, place.lat, self.rules.ride.max_walk_to_stop_m)
            candidates += (
                StopWalk(stop.id, walk_m(straight_m), walk_s(straight_m))
                for stop, straight_m in near
                if stop.id != place.stop_id
            )
        return tuple(c for c in candidates if self._is_usable(c.stop_id))[:NEAREST_STOPS]

    def _is_usable(self, stop_id: StopId) -> bool:
        needs_ramp = self.enquiry.party.wheelchairs > 0
        return self.pairs.is_served(stop_id) and (
            not needs_ramp or self.network.district.stop_by_id[stop_id].is_accessible
        )

    def shifted(self, shift_s: int) -> "EnquirySearch":
        """The same search for a wish that is so much later (or earlier)."""
        wished_at = self.enquiry.wished_at + timedelta(seconds=shift_s)
        return replace(self, enquiry=replace(self.enquiry, wished_at=wished_at))

    def at(self, seconds: int) -> datetime:
        """The aware datetime of a second of the service day."""
        return self.day.service_day.at(seconds)

    def expires_at(self, first_pickup_s: int) -> datetime:
        """An offer's end: after its validity, and never later than the order must be in."""
        valid = timedelta(seconds=self.rules.offer_valid_s)
        if self.ignores_deadline:
            return min(self.now + valid, self.at(first_pickup_s - self.rules.freeze_s) + valid)
        lead_s = ordering_of(self.enquiry, self.network.district, self.rules).lead_s(
            self.day.service_day, first_pickup_s
        )
        return min(self.now + valid, self.at(first_pickup_s - lead_s) + valid)


def doors_at(search: EnquirySearch, place: Place, *, is_pickup: bool) -> tuple[StopWalk, ...]:
    """The stop nearest to an address by which a ride to or from its door is planned; empty where there is no such ride.

    The kerb of that stop does not matter: nobody gets on or off there.
    """
    if place.stop_id is not None:
        return ()
    door_rules, pairs = search.rules.service.door, search.pairs
    near = search.network.artefacts.links.stops_near(place.lon, place.lat, door_rules.max_m)
    stop = next((stop for stop, _ in near if pairs.is_served(stop.id)), None)
    if stop is None or not may_use_door(search, place, stop.id, is_pickup=is_pickup):
        return ()
    roads = search.network.artefacts.network()
    here, there = (stop.lon, stop.lat), (place.lon, place.lat)
    ways = (roads.time_between(here, there), roads.time_between(there, here))
    way_s, way_m = max(way.duration_s for way in ways), max(way.distance_m for way in ways)
    if way_s >= UNREACHABLE_S:
        return ()
    door = Door(place.label, place.lon, place.lat, way_s, way_m)
    return (StopWalk(stop.id, 0, -way_s if is_pickup else way_s, door),)


def may_use_door(search: EnquirySearch, place: Place, stop: StopId, *, is_pickup: bool) -> bool:
    """Whether the rules let this party be fetched from an address or brought to it."""
    if needs_door(search):
        return True
    if is_pickup or not search.enquiry.to_door:
        return False
    forms = (form for area in search.pairs.areas_of_stop[stop] for form in search.pairs.forms_of_area.get(area, ()))
    allowed = {door_place for form in forms for door_place in form.door_places}
    named = [p for p in search.network.district.destination_places if p.id in allowed or EVERY_PLACE in allowed]
    return any(p.covers(place.lon, place.lat) for p in named)


def needs_door(search: EnquirySearch) -> bool:
    """Whether somebody in the party is one of those who are driven from door to door."""
    return bool(classes_of(search.enquiry.party) & search.rules.service.door.needs)
