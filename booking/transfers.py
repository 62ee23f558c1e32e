"""Two rides that meet at a hub, where none goes all the way and no line goes in time; by two vehicles or by one."""

from dataclasses import replace
from itertools import islice

from booking.combined import ABSURD_FACTOR, ABSURD_S, PlacedJourney, walk_from_stop, walk_to_stop
from booking.day import Day
from booking.direct import wish_window
from booking.enquiry_search import EnquirySearch, StopWalk
from booking.model import StopId
from booking.rides import PlacedRide, RideWish, boarding_s, direct_s, find_ride
from routing.model import TimeWindow

HUBS_TRIED = 3


def transfer_hubs(search: EnquirySearch) -> list[StopId]:
    """The hubs to which rides lead from the origin and from which they lead to the destination, shortest way first."""
    if not search.origin_stops or not search.destination_stops:
        return []
    origin, destination = search.origin_stops[0].stop_id, search.destination_stops[0].stop_id
    ways = []
    for hub in search.pairs.hubs_of_stop(origin):
        may_go = search.pairs.may_join(origin, hub) and search.pairs.may_join(hub, destination)
        if hub in (origin, destination) or hub not in search.pairs.hubs_of_stop(destination) or not may_go:
            continue
        there_s, on_s = direct_s(search, origin, hub), direct_s(search, hub, destination)
        if there_s is not None and on_s is not None:
            ways.append((there_s + on_s, hub))
    return [hub for _, hub in sorted(ways)]


def find_transfer(search: EnquirySearch) -> PlacedJourney | None:
    """Two rides over the hub that is least out of the way."""
    for hub in islice(transfer_hubs(search), HUBS_TRIED):
        origin, destination = search.origin_stops[0], search.destination_stops[0]
        found = (_leaving if search.departs else _arriving)(search, origin, destination, hub)
        if found is None or _is_absurd(search, origin, destination, *found[:2]):
            continue
        first, second, day = found
        legs = (
            *walk_to_stop(search, origin, first),
            first.leg,
            second.leg,
            *walk_from_stop(search, destination, second),
        )
        return PlacedJourney(legs, day, first.added_cost + second.added_cost)
    return None


def _leaving(
    search: EnquirySearch, origin: StopWalk, destination: StopWalk, hub: StopId
) -> tuple[PlacedRide, PlacedRide, Day] | None:
    """The first ride as wished, the second when the first has certainly arrived."""
    window = wish_window(search)
    from_s = max(window.earliest_s + origin.walk_s, search.earliest_s)
    to_s = min(window.latest_s + origin.walk_s, search.hours.to_s)
    first = _ride(search, (origin, None), hub, (from_s, to_s), search.day)
    if first is None:
        return None
    service_s = boarding_s(search.enquiry.party, search.rules.ride)
    connection = search.rules.connection
    ready_s = search.day.service_day.seconds(first.leg.promise.dropoff_to_at) + service_s + connection.min_change_s
    second = _ride(search, (None, destination), hub, (ready_s, ready_s + connection.max_wait_s), first.day)
    return None if second is None else (first, second, second.day)


def _arriving(
    search: EnquirySearch, origin: StopWalk, destination: StopWalk, hub: StopId
) -> tuple[PlacedRide, PlacedRide, Day] | None:
    """The second ride as wished, the first so that it has certainly arrived before."""
    service_s = boarding_s(search.enquiry.party, search.rules.ride)
    connection, window = search.rules.connection, wish_window(search)
    off_s = destination.walk_s + service_s
    by_s = (window.earliest_s - off_s, window.latest_s - off_s)
    second = _ride(search, (None, destination), hub, by_s, search.day, is_dropoff=True)
    if second is None:
        return None
    leaves_s = search.day.service_day.seconds(second.leg.promise.pickup_from_at)
    deadline_s = leaves_s - connection.min_change_s - service_s
    by_s = (deadline_s - connection.max_wait_s, deadline_s)
    first = _ride(search, (origin, None), hub, by_s, second.day, is_dropoff=True)
    if first is None:
        return None
    # Rides stand in the day in the order in which they are ridden.
    requests = dict(first.day.requests)
    for request_id in second.day.requests.keys() - search.day.requests.keys():
        requests[request_id] = requests.pop(request_id)
    return first, second, replace(first.day, requests=requests)


def _ride(
    search: EnquirySearch,
    ends: tuple[StopWalk | None, StopWalk | None],
    hub: StopId,
    window_s: tuple[int, int],
    day: Day,
    *,
    is_dropoff: bool = False,
) -> PlacedRide | None:
    """The ride between an end and the hub whose pickup (or drop-off) lies in a window."""
    pickup, dropoff = (hub if end is None else end.stop_id for end in ends)
    drive_s = direct_s(search, pickup, dropoff)
    if drive_s is None:
        return None
    longest_s = search.rules.ride.max_ride_time_s(drive_s) + boarding_s(search.enquiry.party, search.rules.ride)
    if is_dropoff:
        pickup_s = (max(window_s[0] - longest_s, search.earliest_s), min(window_s[1] - drive_s, search.hours.to_s))
        dropoff_s = (max(window_s[0], pickup_s[0]), window_s[1])
    else:
        pickup_s = (max(window_s[0], search.earliest_s), min(window_s[1], search.hours.to_s))
        dropoff_s = (pickup_s[0], pickup_s[1] + longest_s)
    if pickup_s[0] > pickup_s[1] or dropoff_s[0] > dropoff_s[1]:
        return None
    doors = [None if end is None else end.door for end in ends]
    wish = RideWish(
        pickup, dropoff, TimeWindow(*pickup_s), TimeWindow(*dropoff_s), pickup_door=doors[0], dropoff_door=doors[1]
    )
    return find_ride(search, wish, day)


def _is_absurd(
    search: EnquirySearch, origin: StopWalk, destination: StopWalk, first: PlacedRide, second: PlacedRide
) -> bool:
    drive_s = direct_s(search, origin.stop_id, destination.stop_id)
    return drive_s is not None and second.dropoff_s - first.pickup_s > ABSURD_FACTOR * drive_s + ABSURD_S
