"""Rides all the way, from a stop near the origin to a stop near the destination."""

from collections.abc import Iterator

from booking.combined import PlacedJourney, walk_from_stop, walk_to_stop
from booking.enquiry_search import EnquirySearch, StopWalk
from booking.rides import RideWish, boarding_s, direct_s, find_ride
from routing.model import TimeWindow

WISH_WIDTH_S = 30 * 60
"""A ride that begins (or ends) within half an hour of the wish fits it."""


def wish_window(search: EnquirySearch) -> TimeWindow:
    """When the wished end of a ride must lie for the ride to fit the wish."""
    if search.departs:
        return TimeWindow(search.wished_s, search.wished_s + WISH_WIDTH_S)
    return TimeWindow(search.wished_s - WISH_WIDTH_S, search.wished_s)


SLICE_S = 15 * 60
"""Flexible wishes are met in slices of a quarter of an hour, the nearest first."""


def flexible_windows(search: EnquirySearch) -> tuple[TimeWindow, ...]:
    """What the rider stated would do as well, beyond what fits the wish anyway: in slices, nearest first."""
    wished_s, window = search.wished_s, wish_window(search)
    first_s, last_s = wished_s - search.enquiry.earlier_s, wished_s + search.enquiry.later_s
    earlier = (TimeWindow(max(first_s, s - SLICE_S), s) for s in range(window.earliest_s, first_s, -SLICE_S))
    later = (TimeWindow(s, min(last_s, s + SLICE_S)) for s in range(window.latest_s, last_s, SLICE_S))

    def off_s(slice_: TimeWindow) -> int:
        return min(abs(slice_.earliest_s - wished_s), abs(slice_.latest_s - wished_s))

    return tuple(sorted((*earlier, *later), key=off_s))


def joined_stops(search: EnquirySearch) -> Iterator[tuple[StopWalk, StopWalk, int]]:
    """Pairs of stops that the rules and the roads join, nearest first, with the driving time."""
    for origin in search.origin_stops:
        for destination in search.destination_stops:
            if search.pairs.may_join(origin.stop_id, destination.stop_id):
                drive_s = direct_s(search, origin.stop_id, destination.stop_id)
                if drive_s is not None and origin.stop_id != destination.stop_id:
                    yield origin, destination, drive_s


def ride_time_s(search: EnquirySearch) -> int | None:
    """How long the direct ride would take with its walks, None where no ride is possible at all."""
    service_s = boarding_s(search.enquiry.party, search.rules.ride)
    times = (o.walk_s + service_s + drive_s + d.walk_s for o, d, drive_s in joined_stops(search))
    return next(times, None)


def is_too_short(search: EnquirySearch) -> bool:
    """Whether the way is so short that the rules expect the party to walk it."""
    if search.enquiry.party.has_reduced_mobility():
        return False
    index, times = search.network.district.stop_index, search.network.artefacts.times
    shortest = (times.distance_m(index[o.stop_id], index[d.stop_id]) for o, d, _ in joined_stops(search))
    return next(shortest, search.rules.ride.min_distance_m) < search.rules.ride.min_distance_m


def find_direct(search: EnquirySearch, window: TimeWindow) -> PlacedJourney | None:
    """The ride whose wished end lies in the window, from the nearest stops that give one."""
    if is_too_short(search):
        return None
    for origin, destination, drive_s in joined_stops(search):
        wish = _ride_wish(search, window, origin, destination, drive_s)
        ride = None if wish is None else find_ride(search, wish, search.day)
        if ride is not None:
            legs = (*walk_to_stop(search, origin, ride), ride.leg, *walk_from_stop(search, destination, ride))
            return PlacedJourney(legs, ride.day, ride.added_cost)
    return None


def _ride_wish(
    search: EnquirySearch, window: TimeWindow, origin: StopWalk, destination: StopWalk, drive_s: int
) -> RideWish | None:
    rules = search.rules.ride
    longest_s = rules.max_ride_time_s(drive_s) + boarding_s(search.enquiry.party, rules)
    if search.departs:
        pickup_from_s = max(window.earliest_s + origin.walk_s, search.earliest_s)
        pickup_to_s = min(window.latest_s + origin.walk_s, search.hours.to_s)
        dropoff_from_s, dropoff_to_s = pickup_from_s, pickup_to_s + longest_s
    else:
        # Whoever must be somewhere by a time has to alight before and then walk.
        walk_s = destination.walk_s + boarding_s(search.enquiry.party, rules)
        dropoff_from_s, dropoff_to_s = window.earliest_s - walk_s, window.latest_s - walk_s
        pickup_from_s = max(dropoff_from_s - longest_s, search.earliest_s)
        pickup_to_s = min(dropoff_to_s - drive_s, search.hours.to_s)
    if pickup_from_s > pickup_to_s or dropoff_from_s > dropoff_to_s:
        return None
    return RideWish(
        origin.stop_id,
        destination.stop_id,
        TimeWindow(pickup_from_s, pickup_to_s),
        TimeWindow(dropoff_from_s, dropoff_to_s),
        pickup_door=origin.door,
        dropoff_door=destination.door,
    )
