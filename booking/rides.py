"""One on-demand ride: found by exact insertion into the day's runs, told to the resident as a promise."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from booking.day import Day
from booking.enquiry_search import EnquirySearch, Network
from booking.model import Door, HeldConnection, Offer, Party, Promise, RideLeg, StopId
from booking.ride_windows import allowed_wishes
from booking.rulebook import RideRules
from booking.second_look import planned_times
from gtfs.service_day import ServiceDay
from routing.insertion import Insertion
from routing.model import LocationIndex, Request, RequestId, TimeWindow
from routing.objective import plan_cost
from routing.travel_times import UNREACHABLE_S


@dataclass(frozen=True, slots=True)
class RideWish:
    """A ride between two stops, with the windows it must keep (seconds of the service day).

    Parameters
    ----------
    guide_s
        The time in the zone's timetable that it goes by, if it goes by any.
    """

    pickup: StopId
    dropoff: StopId
    pickup_window: TimeWindow
    dropoff_window: TimeWindow
    guide_s: int | None = None
    pickup_door: Door | None = None
    dropoff_door: Door | None = None


@dataclass(frozen=True, slots=True)
class PlacedRide:
    """A ride that fits: its leg with the promise, and the day as it would be with it."""

    leg: RideLeg
    day: Day
    pickup_s: int
    dropoff_s: int
    added_cost: float


def boarding_s(party: Party, rules: RideRules) -> int:
    """Time a party needs to board, or to alight: everything it brings is secured one after the other."""
    return (
        rules.boarding_s
        + rules.boarding_wheelchair_s * party.wheelchairs
        + rules.boarding_walking_frame_s * party.walking_frames
        + rules.boarding_pram_s * party.prams
        + rules.boarding_bike_s * party.bikes
        + rules.boarding_dog_s * party.dogs
        + rules.boarding_child_seat_s * party.child_seats
        + rules.boarding_luggage_s * party.luggage
        + party.boarding_extra_s
    )


def door_s(door: Door | None) -> int:
    """How long it takes to drive from the stop to a door and back."""
    return 0 if door is None else 2 * door.way_s


def _way_s(door: Door | None) -> int:
    return 0 if door is None else door.way_s


def direct_s(search: EnquirySearch, pickup: StopId, dropoff: StopId) -> int | None:
    """Driving time of the direct way between two stops, None where there is none."""
    index = search.network.district.stop_index
    duration_s = search.network.artefacts.times.duration_s(index[pickup], index[dropoff])
    return None if duration_s >= UNREACHABLE_S else duration_s


def find_ride(
    search: EnquirySearch, wish: RideWish, day: Day, *, held: HeldConnection | None = None
) -> PlacedRide | None:
    """The cheapest way to put a ride into the day's runs at a time that the rules allow, or None.

    The promise is a window that begins at the planned minute, as wide as the rules say, inside the windows wished.
    """
    drive_s = direct_s(search, wish.pickup, wish.dropoff)
    if drive_s is None or wish.pickup == wish.dropoff:
        return None
    requests = [(allowed, _request(search, allowed, drive_s, day)) for allowed in allowed_wishes(search, wish)]
    insertions = search.insertions.of(day, search.network.artefacts.times, search.not_before_s)
    found = [(insertions.best(request), request, allowed) for allowed, request in requests]
    best = min(
        ((insertion, request, allowed) for insertion, request, allowed in found if insertion is not None),
        key=lambda candidate: candidate[0].added_cost,
        default=None,
    )
    if best is not None:
        insertion, request, allowed = best
        planned_s = (insertion.pickup_s, insertion.dropoff_s)
        promised = _promised(request, planned_s, search.rules.ride.pickup_window_s)
        leg = _leg(search, allowed, promised, planned_s, held)
        return PlacedRide(leg, _with_insertion(day, promised, insertion), *planned_s, insertion.added_cost)
    return _look_again(search, requests, day, held)


def _look_again(
    search: EnquirySearch, requests: list[tuple[RideWish, Request]], day: Day, held: HeldConnection | None
) -> PlacedRide | None:
    """The ride in runs that are planned anew for it, if this search may do so."""
    if search.look is None:
        return None
    problem = day.problem(search.network.artefacts.times, search.not_before_s)
    for allowed, request in requests:
        after = search.look.place(day, request, problem)
        if after is not None:
            planned_s = planned_times(after, request.id)
            promised = _promised(request, planned_s, search.rules.ride.pickup_window_s)
            leg = _leg(search, allowed, promised, planned_s, held)
            added = plan_cost(after.plan, problem.with_request(request)) - plan_cost(day.plan, problem)
            return PlacedRide(leg, _with_request(after, promised), *planned_s, added)
    return None


def _request(search: EnquirySearch, wish: RideWish, drive_s: int, day: Day) -> Request:
    district, rules = search.network.district, search.rules.ride
    service_s = boarding_s(search.enquiry.party, rules)
    return Request(
        id=RequestId(f"wish.{len(day.requests)}"),
        pickup=district.stop_index[wish.pickup],
        dropoff=district.stop_index[wish.dropoff],
        pickup_window=wish.pickup_window,
        dropoff_window=wish.dropoff_window,
        load=search.enquiry.party.load(),
        boarding_s=service_s + door_s(wish.pickup_door),
        alighting_s=service_s + door_s(wish.dropoff_door),
        max_ride_s=rules.max_ride_time_s(drive_s),
        shift_ids=search.only_shifts,
    )


def _promised(request: Request, planned_s: tuple[int, int], width_s: int) -> Request:
    """The request with its promise as its windows, so that no second ride of a journey moves the first out of it."""
    pickup_s, dropoff_s = planned_s
    pickup, dropoff = request.pickup_window, request.dropoff_window
    from_s = max(pickup.earliest_s, pickup_s // 60 * 60)
    latest_s = min(dropoff.latest_s, -(-(dropoff_s + width_s) // 60) * 60)
    return replace(
        request,
        pickup_window=TimeWindow(from_s, min(pickup.latest_s, from_s + width_s)),
        dropoff_window=TimeWindow(max(dropoff.earliest_s, from_s), latest_s),
    )


def _leg(
    search: EnquirySearch, wish: RideWish, promised: Request, planned_s: tuple[int, int], held: HeldConnection | None
) -> RideLeg:
    pickup_s, dropoff_s = planned_s
    stops, times = search.network.district.stop_by_id, search.network.artefacts.times
    pickup, dropoff = promised.pickup_window, promised.dropoff_window
    # What is told is when the vehicle is at the door, not when it passes the stop that the run is planned by.
    to_pickup_s, to_dropoff_s = _way_s(wish.pickup_door), _way_s(wish.dropoff_door)
    return RideLeg(
        from_label=stops[wish.pickup].name if wish.pickup_door is None else wish.pickup_door.label,
        to_label=stops[wish.dropoff].name if wish.dropoff_door is None else wish.dropoff_door.label,
        departure_at=search.at(pickup_s + to_pickup_s),
        arrival_at=search.at(dropoff_s + to_dropoff_s),
        pickup_stop=wish.pickup,
        dropoff_stop=wish.dropoff,
        promise=Promise(
            pickup_from_at=search.at(pickup.earliest_s + to_pickup_s),
            pickup_to_at=search.at(pickup.latest_s + to_pickup_s),
            dropoff_from_at=search.at(dropoff.earliest_s + to_dropoff_s),
            dropoff_to_at=search.at(dropoff.latest_s + to_dropoff_s),
        ),
        max_ride_s=promised.max_ride_s,
        distance_m=times.distance_m(promised.pickup, promised.dropoff),
        held=held,
        guide_at=None if wish.guide_s is None else search.at(wish.guide_s),
        pickup_door=wish.pickup_door,
        dropoff_door=wish.dropoff_door,
    )


def promised_request(
    offer: Offer, leg_index: int, stop_index: Mapping[StopId, LocationIndex], rules: RideRules, service_day: ServiceDay
) -> Request:
    """The engine's request for a ride of an offer: the promise as its windows, an id that follows from the offer's."""
    leg = offer.legs[leg_index]
    if not isinstance(leg, RideLeg):
        msg = f"leg {leg_index} of the offer is no on-demand ride"
        raise TypeError(msg)
    service_s = boarding_s(offer.enquiry.party, rules)
    promise, seconds = leg.promise, service_day.seconds
    to_pickup_s, to_dropoff_s = _way_s(leg.pickup_door), _way_s(leg.dropoff_door)
    return Request(
        id=RequestId(f"{offer.id}.{leg_index}"),
        pickup=stop_index[leg.pickup_stop],
        dropoff=stop_index[leg.dropoff_stop],
        pickup_window=TimeWindow(
            seconds(promise.pickup_from_at) - to_pickup_s, seconds(promise.pickup_to_at) - to_pickup_s
        ),
        dropoff_window=TimeWindow(
            seconds(promise.dropoff_from_at) - to_dropoff_s, seconds(promise.dropoff_to_at) - to_dropoff_s
        ),
        load=offer.enquiry.party.load(),
        boarding_s=service_s + door_s(leg.pickup_door),
        alighting_s=service_s + door_s(leg.dropoff_door),
        max_ride_s=leg.max_ride_s,
    )


def timed_leg(leg: RideLeg, pickup_s: int, dropoff_s: int, service_day: ServiceDay) -> RideLeg:
    """A ride at the times its run is planned for now; at a door, when the vehicle is there."""
    return replace(
        leg,
        departure_at=service_day.at(pickup_s + _way_s(leg.pickup_door)),
        arrival_at=service_day.at(dropoff_s + _way_s(leg.dropoff_door)),
    )


def insert_request(day: Day, request: Request, network: Network, not_before_s: int) -> Day | None:
    """The day with a request in its cheapest place, or None where it fits nowhere."""
    insertion = network.packed_days.of(day, network.artefacts.times, not_before_s).best(request)
    return None if insertion is None else _with_insertion(day, request, insertion)


def _with_request(day: Day, request: Request) -> Day:
    return replace(day, requests={**day.requests, request.id: request})


def _with_insertion(day: Day, request: Request, insertion: Insertion) -> Day:
    return day.changed(day.plan.with_run(insertion.run), {**day.requests, request.id: request})
