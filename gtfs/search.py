"""Connections of a service day: end legs given as data, lines and changes on foot in between."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from gtfs.itinerary import Call, EndLeg, FixedStopId, Itinerary, Leg, LegKind, TripId
from gtfs.patterns import DayTrip
from gtfs.range_search import End, Limits, Net, Ride, Way, search_ways
from gtfs.timetable_model import DayTimetable

__all__ = ["Query", "find_call", "find_itineraries"]


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for. Exactly one of ``depart_after_s`` and ``arrive_by_s`` is given.

    Parameters
    ----------
    access, egress
        Ways from the origin to stops and from stops to the destination. The time to change is part of their
        durations; next to a leg that is not on foot, the search may add a walk to another stop.
    depart_after_s
        Itineraries begin from then on, ``window_s`` long (both ends inclusive).
    arrive_by_s
        Itineraries end until then, within ``window_s`` before it (both ends inclusive).
    max_line_legs
        At most so many vehicles, 1 or more.
    min_change_s
        Between two lines at one stop; between two stops on top of the walk (see ``Footpaths.changes``).
    longest_s
        No itinerary lasts longer, waiting included.
    """

    access: tuple[EndLeg, ...]
    egress: tuple[EndLeg, ...]
    depart_after_s: int | None = None
    arrive_by_s: int | None = None
    window_s: int = 7200
    max_line_legs: int = 3
    min_change_s: int = 120
    longest_s: int = 6 * 3600

    def __post_init__(self) -> None:
        if (self.depart_after_s is None) == (self.arrive_by_s is None):
            msg = "a query gives either depart_after_s or arrive_by_s"
            raise ValueError(msg)
        if self.max_line_legs < 1:
            msg = f"an itinerary has one line leg at least, so max_line_legs cannot be {self.max_line_legs}"
            raise ValueError(msg)
        durations = (leg.duration_s for leg in (*self.access, *self.egress))
        if min(self.window_s, self.min_change_s, self.longest_s, *durations) < 0:
            msg = "durations, window_s, min_change_s and longest_s are not negative"
            raise ValueError(msg)


def find_itineraries(day: DayTimetable, query: Query) -> tuple[Itinerary, ...]:
    """All itineraries that no other one in the range beats; by departure, then arrival, then line legs.

    One beats another when it departs no earlier, arrives no later and takes no more line legs, and is better in one of
    the three; of equal ones, one is given. An access leg begins as late as the first vehicle (and its own window)
    allows, an egress leg begins on arrival or when its window opens. End legs at stops the timetable does not know
    are passed over.
    """
    if query.depart_after_s is not None:
        window = (query.depart_after_s, query.depart_after_s + query.window_s)
        ways = _forward_ways(day, query, window)
    else:
        arrive_by_s = query.arrive_by_s or 0
        ways = _backward_ways(day, query, (arrive_by_s - query.window_s, arrive_by_s))
    itineraries = (_itinerary(day, *way) for way in ways)
    return tuple(sorted(itineraries, key=lambda i: (i.departure_s, i.arrival_s, len(i.line_legs()))))


def find_call(day: DayTimetable, trip_id: TripId, stop_id: FixedStopId, trip_day_offset: int = 0) -> Call | None:
    """When a trip calls at a stop, on the clock of the day; the first time if it calls twice.

    ``None`` when the trip does not run on the day (or, with offset -1, is not under way any more from the day before)
    or does not call there.
    """
    day_trip = day.trip_by_id.get((trip_id, trip_day_offset))
    stop = day.timetable.stop_index.get(stop_id)
    if day_trip is None or stop is None:
        return None
    for position, stop_there in enumerate(day_trip.stops.tolist()):
        if stop_there == stop:
            arrival_s, departure_s = day_trip.times[:, position].tolist()
            return Call(stop_id, arrival_s, departure_s)
    return None


_LineRide = tuple[DayTrip, int, int]
"""A trip and the positions of boarding and alighting, in the direction of travel."""
_WholeWay = tuple[EndLeg, list[_LineRide], EndLeg]


def _forward_ways(day: DayTimetable, query: Query, window: tuple[int, int]) -> Iterator[_WholeWay]:
    footpaths = day.timetable.footpaths
    net = Net(day.forward, footpaths.changes(query.min_change_s, False), footpaths.walks(False))
    starts = [_end(day, leg, key) for key, leg in enumerate(query.access) if leg.stop_id in day.timetable.stop_index]
    ends = [_end(day, leg, key) for key, leg in enumerate(query.egress) if leg.stop_id in day.timetable.stop_index]
    for way in search_ways(net, starts, ends, Limits(*window, query.max_line_legs, query.longest_s)):
        rides = [(net.patterns.patterns[r.pattern].trips[r.trip], r.board, r.alight) for r in _rides(way)]
        yield query.access[way.last_ride.start_key], rides[::-1], query.egress[way.end_key]


def _backward_ways(day: DayTimetable, query: Query, window: tuple[int, int]) -> Iterator[_WholeWay]:
    footpaths = day.timetable.footpaths
    net = Net(day.backward, footpaths.changes(query.min_change_s, True), footpaths.walks(True))
    known = day.timetable.stop_index
    starts = [_mirrored(_end(day, leg, key)) for key, leg in enumerate(query.egress) if leg.stop_id in known]
    ends = [_mirrored(_end(day, leg, key)) for key, leg in enumerate(query.access) if leg.stop_id in known]
    limits = Limits(-window[1], -window[0], query.max_line_legs, query.longest_s)
    for way in search_ways(net, starts, ends, limits):
        rides = []
        for ride in _rides(way):
            mirrored = net.patterns.patterns[ride.pattern].trips[ride.trip]
            last = len(mirrored.stops) - 1
            rides.append((mirrored.mirrored(), last - ride.alight, last - ride.board))
        yield query.access[way.end_key], rides, query.egress[way.last_ride.start_key]


def _rides(way: Way) -> Iterator[Ride]:
    """The rides of a way, last first."""
    ride: Ride | None = way.last_ride
    while ride is not None:
        yield ride
        ride = ride.before


def _end(day: DayTimetable, leg: EndLeg, key: int) -> End:
    stop = day.timetable.stop_index[leg.stop_id]
    # On foot the caller offers every stop within reach; a second walk would stretch what is meant by within reach.
    return End(key, stop, leg.duration_s, leg.earliest_s, leg.latest_s, leg.kind is not LegKind.WALK)


def _mirrored(end: End) -> End:
    """The leg as seen when time runs backwards: it begins when it ended."""
    earliest_s, latest_s = -end.latest_s - end.duration_s, -end.earliest_s - end.duration_s
    return End(end.key, end.stop, end.duration_s, earliest_s, latest_s, end.may_walk)


def _itinerary(day: DayTimetable, access: EndLeg, rides: list[_LineRide], egress: EndLeg) -> Itinerary:
    lines = [_line_leg(day, *ride) for ride in rides]
    legs = [_access_leg(day, access, lines[0])]
    legs += _walk_leg(day, legs[0].to_stop_id, lines[0].from_stop_id, legs[0].arrival_s)
    for line, following in pairwise(lines):
        legs.append(line)
        legs += _walk_leg(day, line.to_stop_id, following.from_stop_id, line.arrival_s)
    legs.append(lines[-1])
    legs += _walk_leg(day, lines[-1].to_stop_id, egress.stop_id, lines[-1].arrival_s)
    begin_s = max(legs[-1].arrival_s, egress.earliest_s)
    legs.append(Leg(egress.kind, egress.stop_id, None, begin_s, begin_s + egress.duration_s, end_leg=egress))
    return Itinerary(tuple(legs))


def _line_leg(day: DayTimetable, day_trip: DayTrip, board: int, alight: int) -> Leg:
    timetable = day.timetable
    trips = timetable.trips
    route = timetable.routes[trips.route[day_trip.trip]]
    return Leg(
        kind=LegKind.LINE,
        from_stop_id=timetable.stops[day_trip.stops[board]].id,
        to_stop_id=timetable.stops[day_trip.stops[alight]].id,
        departure_s=int(day_trip.times[1, board]),
        arrival_s=int(day_trip.times[0, alight]),
        trip_id=trips.ids[day_trip.trip],
        route_id=route.id,
        route_name=route.name,
        headsign=trips.headsigns[trips.headsign[day_trip.trip]],
        trip_day_offset=day_trip.day_offset,
    )


def _access_leg(day: DayTimetable, access: EndLeg, first_line: Leg) -> Leg:
    walk_s = _walk_s(day, access.stop_id, first_line.from_stop_id)
    begin_s = min(first_line.departure_s - walk_s - access.duration_s, access.latest_s)
    return Leg(access.kind, None, access.stop_id, begin_s, begin_s + access.duration_s, end_leg=access)


def _walk_leg(
    day: DayTimetable, from_id: FixedStopId | None, to_id: FixedStopId | None, departure_s: int
) -> tuple[Leg, ...]:
    """The walk between two stops, none if they are one."""
    if from_id == to_id:
        return ()
    arrival_s = departure_s + _walk_s(day, from_id, to_id)
    return (Leg(LegKind.WALK, from_id, to_id, departure_s, arrival_s),)


def _walk_s(day: DayTimetable, from_id: FixedStopId | None, to_id: FixedStopId | None) -> int:
    if from_id is None or to_id is None or from_id == to_id:
        return 0
    index = day.timetable.stop_index
    return day.timetable.footpaths.walk_by_pair[index[from_id], index[to_id]]
