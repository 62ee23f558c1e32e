"""Trips of the lines: the stops they call at, running times along the sample's own roads, departures."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from districts.make_lup_sample.built import Built
from districts.make_lup_sample.countryside import shortest_way
from districts.make_lup_sample.facts import Line, Place
from districts.make_lup_sample.running_times import RunningTimes
from districts.make_lup_sample.stops import Stop, main_stop

RAIL_KMH = 70.0
RAIL_DETOUR = 1.15
DWELL_S = {"rail": 45, "bus": 20, "school": 25, "town": 20}
SERVICES = ("weekday", "saturday", "sunday", "school_day")
MIN_VILLAGE = 60
"""Buses pass through smaller places without calling."""

_OUTSIDE_IDS = {
    "Bad Kleinen": "de:13074:1",
    "Krakow am See": "de:13072:1",
    "Malchow": "de:13071:1",
    "Meyenburg": "de:12070:1",
    "Schwerin": "de:13004:1",
}


@dataclass(frozen=True, slots=True)
class FixedStop:
    """A stop of the timetable and the node of the road net it lies on."""

    id: str
    name: str
    node: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip: the line, the kind of day, and when it calls where (arrival and departure, seconds of the day)."""

    id: str
    line: str
    service: str
    direction: int
    calls: tuple[tuple[FixedStop, int, int], ...]


def make_trips(built: Built, stops: Sequence[Stop]) -> list[Trip]:
    """All trips of all lines."""
    times = RunningTimes(built.net)
    trips = []
    for line in built.facts.lines:
        if line.kind == "rail":
            called = [_station_stop(built, name, stops) for name in line.via]
        elif line.kind == "town":
            called = _town_stops(line.via[0], stops)
        else:
            called = [_bus_stop(built, place, stops) for place in _places_on_the_way(built, line)]
        for direction, sequence in ((0, called), (1, called[::-1])):
            pairs = itertools.pairwise(sequence)
            runs = [_rail_run_s(*pair) if line.kind == "rail" else _bus_run_s(times, *pair) for pair in pairs]
            trips += _trips_of(line, direction, list(zip(sequence, [0.0, *runs], strict=True)))
    return trips


def fixed_stops(trips: Sequence[Trip]) -> list[FixedStop]:
    """The stops that are called at, by id."""
    found = {call[0].id: call[0] for trip in trips for call in trip.calls}
    return [found[stop_id] for stop_id in sorted(found)]


def _rail_run_s(a: FixedStop, b: FixedStop) -> float:
    return math.dist((a.x, a.y), (b.x, b.y)) * RAIL_DETOUR * 3.6 / RAIL_KMH


def _bus_run_s(times: RunningTimes, a: FixedStop, b: FixedStop) -> float:
    return times.between_s(a.node, b.node)


def _station_stop(built: Built, name: str, stops: Sequence[Stop]) -> FixedStop:
    station = built.facts.station(name)
    node = built.station_nodes[name]
    if station.place in _OUTSIDE_IDS:
        return FixedStop(_OUTSIDE_IDS[station.place], name, node, *built.net.point(node))
    return _fixed(next(stop for stop in stops if stop.node == node))


def _places_on_the_way(built: Built, line: Line) -> list[str]:
    """The places a bus calls at: those the line is named after, and the villages its roads lead through."""
    places = built.facts.places
    number = {place.name: i for i, place in enumerate(places)}
    way = [number[line.via[0]]]
    for start, end in itertools.pairwise(line.via):
        way += shortest_way(list(built.links), number[start], number[end])[1:]
    return [places[i].name for i in dict.fromkeys(way) if places[i].name in line.via or _is_called_at(places[i])]


def _is_called_at(place: Place) -> bool:
    return place.is_inside and place.inhabitants >= MIN_VILLAGE


def _bus_stop(built: Built, place: str, stops: Sequence[Stop]) -> FixedStop:
    if place == "Schwerin":
        return _station_stop(built, "Schwerin Hbf", stops)
    if place in _OUTSIDE_IDS:
        node = built.centres[place]
        return FixedStop(_OUTSIDE_IDS[place], f"{place}, Busbahnhof", node, *built.net.point(node))
    return _fixed(main_stop(stops, place))


def _town_stops(town: str, stops: Sequence[Stop]) -> list[FixedStop]:
    """All stops of a town, from the main one on always to the nearest that is left."""
    left = [stop for stop in stops if stop.place == town]
    way = [main_stop(stops, town)]
    left.remove(way[0])
    while left:
        last = way[-1]
        way.append(min(left, key=lambda stop: (math.dist((stop.x, stop.y), (last.x, last.y)), stop.id)))
        left.remove(way[-1])
    return [_fixed(stop) for stop in way]


def _fixed(stop: Stop) -> FixedStop:
    """A stop of ours as one of the timetable: they share pole and id."""
    return FixedStop(stop.id, stop.name, stop.node, stop.x, stop.y)


def _trips_of(line: Line, direction: int, called: list[tuple[FixedStop, float]]) -> list[Trip]:
    trips = []
    for service in SERVICES:
        for count, start_s in enumerate(_departures(line, service, direction), start=1):
            trip_id = f"{line.name}-{service}-{'out' if direction == 0 else 'back'}-{count:02d}"
            trips.append(Trip(trip_id, line.name, service, direction, _calls(line, called, start_s)))
    return trips


def _departures(line: Line, service: str, direction: int) -> list[int]:
    if line.kind == "school":
        starts = [line.first_out_s] if direction == 0 else [line.first_back_s, line.last_s]
        return starts if service == "school_day" else []
    headway_min = {"weekday": line.weekday_min, "saturday": line.weekend_min, "sunday": line.weekend_min}.get(
        service, 0
    )
    first_s = line.first_out_s if direction == 0 else line.first_back_s
    # At weekends the day begins later; departures keep their minute.
    later_s = {"weekday": 0, "saturday": 3600, "sunday": 2 * 3600}.get(service, 0)
    return list(range(first_s + later_s, line.last_s + 1, headway_min * 60)) if headway_min else []


def _calls(line: Line, called: list[tuple[FixedStop, float]], start_s: int) -> tuple[tuple[FixedStop, int, int], ...]:
    """Arrivals and departures in whole minutes; no run takes less than one."""
    calls = []
    clock_s = float(start_s)
    arrival_s = departure_s = start_s
    for i, (stop, run_s) in enumerate(called):
        if i:
            clock_s += run_s
            arrival_s = max(departure_s + 60, round(clock_s / 60) * 60)
            clock_s += DWELL_S[line.kind]
            departure_s = max(arrival_s, round(clock_s / 60) * 60)
        is_last = i == len(called) - 1
        calls.append((stop, arrival_s, arrival_s if is_last else departure_s))
    return tuple(calls)
