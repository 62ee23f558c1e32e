"""On-demand services in the form that both programs known to use GTFS-Flex understand alike.

OpenTripPlanner and MOTIS read different parts of the format. What one of them would drop, or take for something else,
is said here in another way that means the same:

* a zone of several polygons (MOTIS drops it) becomes several zones of one, with calls or trips for each,
* a window at a stop (MOTIS takes it for a call at a time) becomes a window at a group of that one stop,
* a trip whose rides follow from pickup_type and drop_off_type only (MOTIS reads neither) becomes a trip for each ride,
* a trip with one call (MOTIS rides from earlier to later calls only) gets a call to board and one to alight,
* a group that holds zones (no part of GTFS) becomes calls at each of them, or a trip for each,
* a trip on which nobody may ride goes,
* boarding without booking, or arranged with the driver, within a window (GTFS forbids it) is to be booked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations, product

from gtfs.flex_model import Boarding, FlexCall, FlexServices, FlexTrip, Place, PlaceKind, StopGroup, Zone


def fit_for_consumers(services: FlexServices) -> FlexServices:
    """The same services in the form both programs understand; what has it already stays as it is."""
    parts = {zone.id: _parts(zone, services.zone_by_id) for zone in services.zones}
    places = {Place(PlaceKind.ZONE, zone_id): _places(found) for zone_id, found in parts.items()}
    for group in services.groups:
        own = Place(PlaceKind.GROUP, group.id)
        of_zones = chain.from_iterable(places[Place(PlaceKind.ZONE, zone_id)] for zone_id in group.zone_ids)
        places[own] = ((own,) if group.stop_ids or not group.zone_ids else ()) + tuple(of_zones)
    groups = {
        group.id: replace(group, zone_ids=()) for group in services.groups if group.stop_ids or not group.zone_ids
    }
    for stop_id in _stops_with_window(services):
        (group_id,) = _free_ids("stop", [stop_id], groups)
        groups[group_id] = StopGroup(group_id, stop_ids=(stop_id,))
        places[Place(PlaceKind.STOP, stop_id)] = (Place(PlaceKind.GROUP, group_id),)
    trip_ids = {trip.id for trip in services.trips}
    return FlexServices(
        tuple(chain.from_iterable(parts.values())),
        tuple(groups.values()),
        services.rules,
        tuple(fitted for trip in services.trips for fitted in _fit_trip(trip, places, trip_ids)),
    )


def _parts(zone: Zone, taken: Collection[str]) -> tuple[Zone, ...]:
    if len(zone.polygons) == 1:
        return (zone,)
    ids = _free_ids(zone.id, range(1, len(zone.polygons) + 1), taken)
    return tuple(replace(zone, id=i, polygons=(polygon,)) for i, polygon in zip(ids, zone.polygons, strict=True))


def _places(zones: tuple[Zone, ...]) -> tuple[Place, ...]:
    return tuple(Place(PlaceKind.ZONE, zone.id) for zone in zones)


def _stops_with_window(services: FlexServices) -> list[str]:
    calls = chain.from_iterable(trip.calls for trip in services.trips)
    found = (call.place.id for call in calls if call.window is not None and call.place.kind is PlaceKind.STOP)
    return [*dict.fromkeys(found)]


def _free_ids(stem: str, endings: Iterable[object], taken: Collection[str]) -> list[str]:
    """An id for each ending of a stem, none of them taken."""
    listed, joint = [*endings], "-"
    while not {f"{stem}{joint}{ending}" for ending in listed}.isdisjoint(taken):
        joint += "-"
    return [f"{stem}{joint}{ending}" for ending in listed]


def _fit_trip(trip: FlexTrip, places: Mapping[Place, tuple[Place, ...]], taken: Collection[str]) -> list[FlexTrip]:
    calls = [_fit_boarding(call) for call in trip.calls]
    if len(calls) == 1 and calls[0].window is not None and _may_both(calls[0]):
        calls = [_boards_only(calls[0]), _alights_only(calls[0])]
    whole = _with_calls(trip, trip.id, [part for call in calls for part in _all_parts(call, places)])
    if any(call.window is None for call in calls):
        return [whole]
    allowed, forbidden = _pairs(whole.calls)
    if allowed and forbidden <= allowed:
        return [whole]
    # A program that does not read the types would find rides that are none.
    rides = [*_rides(calls, places)]
    ids = _free_ids(trip.id, range(1, len(rides) + 1), taken)
    return [_with_calls(trip, trip_id, ride) for trip_id, ride in zip(ids, rides, strict=True)]


def _pairs(calls: Sequence[FlexCall]) -> tuple[set[object], set[object]]:
    """From where to where the order of calls says that one may ride: what their types allow, and what they forbid."""
    allowed: set[object] = set()
    forbidden: set[object] = set()
    for origin, destination in combinations(calls, 2):
        pair = (origin.place, origin.window, destination.place, destination.window)
        (forbidden if Boarding.NONE in {origin.pickup, destination.drop_off} else allowed).add(pair)
    return allowed, forbidden


def _rides(calls: list[FlexCall], places: Mapping[Place, tuple[Place, ...]]) -> Iterator[list[FlexCall]]:
    """Every way of riding from one of the calls to a later one, as calls of its own."""
    for origin, destination in combinations(calls, 2):
        if Boarding.NONE in {origin.pickup, destination.drop_off}:
            continue
        boards, alights = (
            _at_parts(_boards_only(origin), places),
            _at_parts(_alights_only(destination), places),
        )
        if (origin.place, origin.window) == (destination.place, destination.window):
            yield [*boards, *alights]
        else:
            yield from ([board, alight] for board, alight in product(boards, alights))


def _with_calls(trip: FlexTrip, trip_id: str, calls: list[FlexCall]) -> FlexTrip:
    if trip_id != trip.id or len(calls) != len(trip.calls):
        calls = [replace(call, sequence=number) for number, call in enumerate(calls, start=1)]
    return replace(trip, id=trip_id, calls=tuple(calls))


def _fit_boarding(call: FlexCall) -> FlexCall:
    if call.window is None:
        return call
    pickup = Boarding.BOOKED if call.pickup in {Boarding.REGULAR, Boarding.ASK_DRIVER} else call.pickup
    drop_off = Boarding.BOOKED if call.drop_off is Boarding.REGULAR else call.drop_off
    return replace(call, pickup=pickup, drop_off=drop_off)


def _at_parts(call: FlexCall, places: Mapping[Place, tuple[Place, ...]]) -> list[FlexCall]:
    """The call at each part of its place."""
    parts = (call.place,) if call.window is None else places.get(call.place, (call.place,))
    return [replace(call, place=place) for place in parts]


def _all_parts(call: FlexCall, places: Mapping[Place, tuple[Place, ...]]) -> list[FlexCall]:
    """Calls at all parts of its place: all who alight first, then all who board."""
    parts = _at_parts(call, places)
    if len(parts) == 1 or not _may_both(call):
        return parts
    return [*map(_alights_only, parts), *map(_boards_only, parts)]


def _may_both(call: FlexCall) -> bool:
    return Boarding.NONE not in {call.pickup, call.drop_off}


def _boards_only(call: FlexCall) -> FlexCall:
    return replace(call, drop_off=Boarding.NONE, drop_off_rule_id="")


def _alights_only(call: FlexCall) -> FlexCall:
    return replace(call, pickup=Boarding.NONE, pickup_rule_id="")
