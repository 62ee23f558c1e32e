"""On-demand and line together: a ride to the hub, a ride from the hub, or both, each exactly placed.

The timetable search gets the rides as end legs with a careful duration; only what it finds is then placed exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from booking.day import Day
from booking.enquiry_search import EnquirySearch, StopWalk
from booking.lines import journey_leg, query_lines, walking_ends
from booking.model import HeldConnection, JourneyLeg, StopId, WalkLeg
from booking.rides import PlacedRide, RideWish, boarding_s, direct_s, find_ride
from gtfs.itinerary import EndLeg, FixedStopId, Itinerary, Leg, LegKind
from routing.model import TimeWindow

HUBS_TRIED = 4
ITINERARIES_TRIED = 6
ABSURD_FACTOR, ABSURD_S = 3, 3600
"""Nobody is sent on a journey that lasts longer than three times the drive and an hour."""
CAREFUL_DETOUR_S = 600
"""A ride to or from a hub is searched as if it took this much longer than the direct way, if the rules allow it."""


@dataclass(frozen=True, slots=True)
class PlacedJourney:
    """A journey with its rides placed, and the day as it would be with them."""

    legs: tuple[JourneyLeg, ...]
    day: Day
    added_cost: float


@dataclass(frozen=True, slots=True)
class HubEnd:
    """A ride between a stop near the rider and a hub, then the way on foot to a stop of the line."""

    near: StopWalk
    hub: StopId
    fixed_stop_id: FixedStopId
    hub_walk_s: int
    hub_walk_m: int
    drive_s: int


def find_combined(search: EnquirySearch) -> Iterator[PlacedJourney]:
    """Journeys with a line and at least one ride, in the order of the timetable search."""
    itineraries, ends = _itineraries(search)
    wanted = (it for it in itineraries if _is_wanted(search, it))
    for itinerary in islice(wanted, ITINERARIES_TRIED):
        journey = _place(search, itinerary, ends)
        if journey is not None:
            yield journey


def hub_itineraries(search: EnquirySearch) -> tuple[Itinerary, ...]:
    """Journeys with a line and rides as they would be, none placed yet; those without a ride among them."""
    return _itineraries(search)[0]


def _itineraries(search: EnquirySearch) -> tuple[tuple[Itinerary, ...], dict[str, HubEnd]]:
    """What the timetable search finds with rides as end legs, and these by their keys."""
    origins = {_key("access", end): end for end in _hub_ends(search, search.origin_stops, to_hub=True)}
    targets = {_key("egress", end): end for end in _hub_ends(search, search.destination_stops, to_hub=False)}
    access = walking_ends(search, search.enquiry.origin) + _end_legs(search, origins)
    egress = walking_ends(search, search.enquiry.destination) + _end_legs(search, targets)
    return query_lines(search, access, egress), {**origins, **targets}


def _is_wanted(search: EnquirySearch, itinerary: Itinerary) -> bool:
    """Whether an itinerary has a ride, fits the wish and is no absurd detour against driving all the way."""
    if not any(leg.kind is LegKind.ON_DEMAND for leg in itinerary.legs):
        return False
    if search.departs and itinerary.departure_s < search.wished_s:
        return False
    drives = (direct_s(search, o.stop_id, d.stop_id) for o in search.origin_stops for d in search.destination_stops)
    drive_s = next((s for s in drives if s is not None), None)
    return drive_s is None or itinerary.arrival_s - itinerary.departure_s <= ABSURD_FACTOR * drive_s + ABSURD_S


def _key(end: str, hub_end: HubEnd) -> str:
    return f"{end}|{hub_end.near.stop_id}|{hub_end.hub}|{hub_end.fixed_stop_id}"


def _hub_ends(search: EnquirySearch, stops: tuple[StopWalk, ...], *, to_hub: bool) -> list[HubEnd]:
    """Rides between the nearest stop and the hubs it leads to, shortest drive first."""
    if not stops:
        return []
    near = stops[0]
    # Whoever is carried to the hub by the destination is there, and from the hub by the origin no line is needed.
    other = search.enquiry.destination if to_hub else search.enquiry.origin
    reach_m = search.rules.ride.max_walk_to_stop_m
    at_other_end = {s.id for s, _ in search.network.artefacts.links.stops_near(other.lon, other.lat, reach_m)}
    drives = []
    for hub in search.pairs.hubs_of_stop(near.stop_id):
        if hub in at_other_end or not search.pairs.may_join(*((near.stop_id, hub) if to_hub else (hub, near.stop_id))):
            continue
        drive_s = direct_s(search, near.stop_id, hub) if to_hub else direct_s(search, hub, near.stop_id)
        if drive_s is not None:
            drives.append((drive_s, hub))
    return [
        HubEnd(near, hub, FixedStopId(link.fixed_stop_id), link.walk_s, link.distance_m, drive_s)
        for drive_s, hub in sorted(drives)[:HUBS_TRIED]
        for link in search.network.artefacts.links.near(hub)
    ]


def _end_legs(search: EnquirySearch, ends: dict[str, HubEnd]) -> tuple[EndLeg, ...]:
    rules = search.rules
    service_s = boarding_s(search.enquiry.party, rules.ride)
    legs = []
    for key, end in ends.items():
        spare_s = min(CAREFUL_DETOUR_S, rules.ride.max_ride_time_s(end.drive_s) - end.drive_s)
        duration_s = (
            abs(end.near.walk_s)
            + 2 * service_s
            + end.drive_s
            + spare_s
            + end.hub_walk_s
            + rules.connection.min_change_s
        )
        legs.append(
            EndLeg(
                end.fixed_stop_id,
                duration_s,
                LegKind.ON_DEMAND,
                key,
                earliest_s=search.earliest_s,
                latest_s=search.hours.to_s,
            )
        )
    return tuple(legs)


def _place(search: EnquirySearch, itinerary: Itinerary, ends: dict[str, HubEnd]) -> PlacedJourney | None:
    """Place the rides of an itinerary one after the other; both or neither."""
    day, cost = search.day, 0.0
    legs: list[JourneyLeg] = []
    for index, leg in enumerate(itinerary.legs):
        if leg.kind is not LegKind.ON_DEMAND or leg.end_leg is None:
            found = journey_leg(search, leg)
            legs += [found] if found is not None else []
            continue
        end = ends[leg.end_leg.key]
        is_access = index == 0
        ride = (_ride_to_hub if is_access else _ride_from_hub)(search, end, _meeting(itinerary, is_access), day)
        if ride is None:
            return None
        legs += _legs_to_hub(search, end, ride) if is_access else _legs_from_hub(search, end, ride, leg)
        day, cost = ride.day, cost + ride.added_cost
    return PlacedJourney(tuple(legs), day, cost)


@dataclass(frozen=True, slots=True)
class _Meeting:
    """The line that a ride meets, and the way on foot that the timetable search put between them."""

    line: Leg
    walk_s: int


def _meeting(itinerary: Itinerary, is_access: bool) -> _Meeting:  # noqa: FBT001 - one private caller
    legs = itinerary.legs[1:] if is_access else itinerary.legs[-2::-1]
    walk_s = 0
    for leg in legs:
        if leg.kind is LegKind.LINE:
            return _Meeting(leg, walk_s)
        walk_s += leg.arrival_s - leg.departure_s
    msg = "an itinerary without a line"
    raise ValueError(msg)


def _ride_to_hub(search: EnquirySearch, end: HubEnd, meeting: _Meeting, day: Day) -> PlacedRide | None:
    rules, line = search.rules, meeting.line
    deadline_s = line.departure_s - rules.connection.min_change_s - end.hub_walk_s - meeting.walk_s
    first_s = max(deadline_s - rules.connection.max_wait_s, 0)
    longest_s = rules.ride.max_ride_time_s(end.drive_s) + 2 * boarding_s(search.enquiry.party, rules.ride)
    pickup_from_s = max(search.earliest_s, first_s - longest_s)
    if search.departs:
        pickup_from_s = max(pickup_from_s, search.wished_s + end.near.walk_s)
    pickup_to_s = min(deadline_s - end.drive_s, search.hours.to_s)
    if pickup_from_s > pickup_to_s:
        return None
    # Arriving is what the promise is about; the vehicle has stopped by then, and the rider still has to get out.
    alighted_s = boarding_s(search.enquiry.party, rules.ride)
    dropoff = TimeWindow(min(max(first_s, pickup_from_s), deadline_s - alighted_s), deadline_s - alighted_s)
    pickup = TimeWindow(pickup_from_s, pickup_to_s)
    wish = RideWish(end.near.stop_id, end.hub, pickup, dropoff, pickup_door=end.near.door)
    return find_ride(search, wish, day, held=_held(search, end.hub, line, line.departure_s))


def _ride_from_hub(search: EnquirySearch, end: HubEnd, meeting: _Meeting, day: Day) -> PlacedRide | None:
    rules, line = search.rules, meeting.line
    ready_s = line.arrival_s + meeting.walk_s + end.hub_walk_s + rules.connection.min_change_s
    pickup_from_s, pickup_to_s = max(ready_s, search.earliest_s), ready_s + rules.connection.max_wait_s
    dropoff_to_s = pickup_to_s + rules.ride.max_ride_time_s(end.drive_s)
    if not search.departs:
        dropoff_to_s = min(dropoff_to_s, search.wished_s - end.near.walk_s)
    dropoff_from_s = pickup_from_s + end.drive_s
    if pickup_from_s > pickup_to_s or dropoff_from_s > dropoff_to_s:
        return None
    pickup, dropoff = TimeWindow(pickup_from_s, pickup_to_s), TimeWindow(dropoff_from_s, dropoff_to_s)
    wish = RideWish(end.hub, end.near.stop_id, pickup, dropoff, dropoff_door=end.near.door)
    return find_ride(search, wish, day, held=_held(search, end.hub, line, line.arrival_s))


def _held(search: EnquirySearch, hub: StopId, line: Leg, line_s: int) -> HeldConnection:
    if line.trip_id is None:
        msg = "a line leg without its trip"
        raise ValueError(msg)
    trip_day = search.day.service_day.previous() if line.trip_day_offset else search.day.service_day
    return HeldConnection(line.trip_id, trip_day.on, hub, line.route_name, search.at(line_s))


def _legs_to_hub(search: EnquirySearch, end: HubEnd, ride: PlacedRide) -> list[JourneyLeg]:
    legs = walk_to_stop(search, end.near, ride)
    legs.append(ride.leg)
    if end.hub_walk_m:
        from_s = ride.dropoff_s + boarding_s(search.enquiry.party, search.rules.ride)
        legs.append(_hub_walk(search, end, from_s, ride.leg.to_label, _fixed_name(search, end)))
    return legs


def _legs_from_hub(search: EnquirySearch, end: HubEnd, ride: PlacedRide, leg: Leg) -> list[JourneyLeg]:
    legs: list[JourneyLeg] = []
    if end.hub_walk_m:
        legs.append(_hub_walk(search, end, leg.departure_s, _fixed_name(search, end), ride.leg.from_label))
    legs.append(ride.leg)
    return legs + walk_from_stop(search, end.near, ride)


def _hub_walk(search: EnquirySearch, end: HubEnd, from_s: int, from_label: str, to_label: str) -> WalkLeg:
    return WalkLeg(from_label, to_label, search.at(from_s), search.at(from_s + end.hub_walk_s), end.hub_walk_m)


def _fixed_name(search: EnquirySearch, end: HubEnd) -> str:
    return search.network.artefacts.timetable.stop_by_id[end.fixed_stop_id].name


def walk_to_stop(search: EnquirySearch, near: StopWalk, ride: PlacedRide) -> list[JourneyLeg]:
    """The way on foot to the stop where a ride begins; empty when the rider is there already."""
    if not near.distance_m:
        return []
    start_s = ride.pickup_s - near.walk_s
    label = search.enquiry.origin.label
    return [WalkLeg(label, ride.leg.from_label, search.at(start_s), search.at(ride.pickup_s), near.distance_m)]


def walk_from_stop(search: EnquirySearch, near: StopWalk, ride: PlacedRide) -> list[JourneyLeg]:
    """The way on foot from the stop where a ride ends; empty when the rider is there already."""
    if not near.distance_m:
        return []
    start_s = ride.dropoff_s + boarding_s(search.enquiry.party, search.rules.ride)
    label = search.enquiry.destination.label
    return [WalkLeg(ride.leg.to_label, label, search.at(start_s), search.at(start_s + near.walk_s), near.distance_m)]
