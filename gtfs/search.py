"""Connections of a service day: end legs given as data, lines and changes on foot in between."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from gtfs.allowed import find_allowed
from gtfs.itinerary import Call, EndLeg, FixedStopId, Itinerary, Leg, LegKind, TripId
from gtfs.query import Query
from gtfs.range_search import (
    Allowed,
    Net,
    Ride,
    Span,
    Way,
    open_net,
    search_arrivals,
    search_first_way,
    search_ways,
    table_of_legs,
)
from gtfs.timetable_model import DayTimetable

__all__ = ["Query", "find_call", "find_first_itinerary", "find_itineraries", "search_every_stop"]


def find_itineraries(day: DayTimetable, query: Query) -> tuple[Itinerary, ...]:
    """All itineraries that no other one in the range beats; by departure, then arrival, then line legs.

    One beats another when it departs no earlier, arrives no later and takes no more line legs, and is better in one of
    the three; of equal ones, one is given. An access leg begins as late as the first vehicle (and its own window)
    allows, an egress leg begins on arrival or when its window opens. End legs at stops the timetable does not know
    are passed over.
    """
    net, allowed = _open(day, query)
    itineraries = (
        _itinerary(day, query, way, is_mirrored=net.is_mirrored)
        for way in search_ways(net, allowed, *_starts_and_ends(day, query, net), _span(query))
    )
    return tuple(sorted(itineraries, key=lambda i: (i.departure_s, i.arrival_s, i.vehicle_count())))


def find_first_itinerary(day: DayTimetable, query: Query) -> Itinerary | None:
    """One that arrives first (or, given ``arrive_by_s``, departs last), with the fewest vehicles of those.

    The window plays no part, and ``longest_s`` counts from the time asked about: waiting for the first vehicle, or
    after the last, is included. Much quicker than :func:`find_itineraries`.
    """
    net, allowed = _open(day, query)
    way = search_first_way(net, allowed, *_starts_and_ends(day, query, net), _span(query))
    return None if way is None else _itinerary(day, query, way, is_mirrored=net.is_mirrored)


def search_every_stop(day: DayTimetable, query: Query) -> npt.NDArray[np.int32]:
    """Earliest arrival by vehicle at each stop of the timetable, ``NEVER`` where one does not get by vehicle."""
    net, allowed = _open(day, query)
    return search_arrivals(net, allowed, _legs(day, query.access, net), _span(query))


def find_call(day: DayTimetable, trip_id: TripId, stop_id: FixedStopId, trip_day_offset: int = 0) -> Call | None:
    """When a trip calls at a stop, on the clock of the day; the first time if it calls twice.

    ``None`` when the trip does not run on the day (or, with offset -1, is not under way any more from the day before)
    or does not call there.
    """
    day_trip = day.find_trip(trip_id, trip_day_offset)
    stop = day.timetable.stop_index.get(stop_id)
    if day_trip is None or stop is None:
        return None
    for position, stop_there in enumerate(day_trip.stops.tolist()):
        if stop_there == stop:
            arrival_s, departure_s = day_trip.times[:, position].tolist()
            return Call(stop_id, arrival_s, departure_s)
    return None


_NET = "net"


def _open(day: DayTimetable, query: Query) -> tuple[Net, Allowed]:
    """What the query is searched on, and what it may use."""
    is_mirrored = query.arrive_by_s is not None
    net_key = (_NET, query.min_change_s, is_mirrored)
    net = day.kept.get(net_key)
    if not isinstance(net, Net):
        day.kept[net_key] = net = open_net(day, query.min_change_s, is_mirrored=is_mirrored)
    return net, find_allowed(day, net, query)


def _span(query: Query) -> Span:
    if query.depart_after_s is not None:
        from_s, to_s = query.depart_after_s, query.depart_after_s + query.window_s
    else:
        arrive_by_s = query.arrive_by_s or 0
        from_s, to_s = -arrive_by_s, query.window_s - arrive_by_s
    return Span(from_s, to_s, query.max_line_legs, query.longest_s, query.via is not None)


def _starts_and_ends(day: DayTimetable, query: Query, net: Net) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Access and egress legs in the direction of the search."""
    access, egress = _legs(day, query.access, net), _legs(day, query.egress, net)
    return (egress, access) if net.is_mirrored else (access, egress)


def _legs(day: DayTimetable, legs: tuple[EndLeg, ...], net: Net) -> npt.NDArray[np.int64]:
    """The legs at stops of the timetable, next to which there may be walks unless they are walks themselves.

    On foot the caller offers every stop within reach; a second walk would stretch what is meant by within reach.
    """
    stop_index, walk = day.timetable.stop_index, LegKind.WALK
    if net.is_mirrored:
        # When time runs backwards, a leg begins when it ended.
        return table_of_legs(
            (
                *(key, stop_index[leg.stop_id], leg.kind is not walk, leg.duration_s),
                *(-leg.latest_s - leg.duration_s, -leg.earliest_s - leg.duration_s),
            )
            for key, leg in enumerate(legs)
            if leg.stop_id in stop_index
        )
    return table_of_legs(
        (key, stop_index[leg.stop_id], leg.kind is not walk, leg.duration_s, leg.earliest_s, leg.latest_s)
        for key, leg in enumerate(legs)
        if leg.stop_id in stop_index
    )


def _itinerary(day: DayTimetable, query: Query, way: Way, *, is_mirrored: bool) -> Itinerary:
    keys = (way.end_key, way.start_key) if is_mirrored else (way.start_key, way.end_key)
    access, egress = query.access[keys[0]], query.egress[keys[1]]
    lines = [_line_leg(day, ride) for ride in way.rides]
    legs = [_access_leg(day, access, lines[0])]
    legs += _walk_leg(day, legs[0].to_stop_id, lines[0].from_stop_id, legs[0].arrival_s)
    for line, following in pairwise(lines):
        legs.append(line)
        if not following.stays_seated:
            legs += _walk_leg(day, line.to_stop_id, following.from_stop_id, line.arrival_s, following.departure_s)
    legs.append(lines[-1])
    legs += _walk_leg(day, lines[-1].to_stop_id, egress.stop_id, lines[-1].arrival_s)
    begin_s = max(legs[-1].arrival_s, egress.earliest_s)
    legs.append(Leg(egress.kind, egress.stop_id, None, begin_s, begin_s + egress.duration_s, end_leg=egress))
    return Itinerary(tuple(legs))


def _line_leg(day: DayTimetable, ride: Ride) -> Leg:
    timetable, calls = day.timetable, day.calls
    trip = int(calls.trip[ride.trip])
    board, alight = (int(calls.first_call[ride.trip]) + position for position in (ride.board, ride.alight))
    route = timetable.routes[timetable.trips.route[trip]]
    return Leg(
        kind=LegKind.LINE,
        from_stop_id=timetable.stops[calls.stop[board]].id,
        to_stop_id=timetable.stops[calls.stop[alight]].id,
        departure_s=int(calls.departure_s[board]),
        arrival_s=int(calls.arrival_s[alight]),
        trip_id=timetable.trips.ids[trip],
        route_id=route.id,
        route_name=route.name,
        headsign=timetable.trips.headsigns[timetable.trips.headsign[trip]],
        trip_day_offset=int(calls.day_offset[ride.trip]),
        stays_seated=ride.stays_seated,
    )


def _access_leg(day: DayTimetable, access: EndLeg, first_line: Leg) -> Leg:
    walk_s = _walk_s(day, access.stop_id, first_line.from_stop_id)
    begin_s = min(first_line.departure_s - walk_s - access.duration_s, access.latest_s)
    return Leg(access.kind, None, access.stop_id, begin_s, begin_s + access.duration_s, end_leg=access)


def _walk_leg(
    day: DayTimetable,
    from_id: FixedStopId | None,
    to_id: FixedStopId | None,
    departure_s: int,
    latest_s: int = 10**9,
) -> tuple[Leg, ...]:
    """The walk between two stops, none if they are one; never longer than the feed says a change takes."""
    if from_id == to_id:
        return ()
    arrival_s = min(departure_s + _walk_s(day, from_id, to_id), latest_s)
    return (Leg(LegKind.WALK, from_id, to_id, departure_s, arrival_s),)


def _walk_s(day: DayTimetable, from_id: FixedStopId | None, to_id: FixedStopId | None) -> int:
    if from_id is None or to_id is None or from_id == to_id:
        return 0
    timetable = day.timetable
    pair = timetable.stop_index[from_id], timetable.stop_index[to_id]
    walk_s = timetable.footpaths.walk_between(*pair)
    return (timetable.rules.walk_between(*pair) or 0) if walk_s is None else walk_s
