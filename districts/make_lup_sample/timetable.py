"""Trips of the lines: the stops they call at, running times along the sample's own roads, departures."""

import itertools
import math
from dataclasses import dataclass

from districts.make_lup_sample.countryside import Link, course_length_m, shortest_way
from districts.make_lup_sample.facts import Facts, Line
from districts.make_lup_sample.stops import Stop, main_stop

RAIL_KMH, BUS_KMH = 70.0, 45.0
RAIL_DETOUR = 1.12
DWELL_S = {"rail": 45, "bus": 20, "school": 25}
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
    """A stop of the timetable."""

    id: str
    name: str
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


def make_trips(facts: Facts, links: list[Link], stops: list[Stop]) -> list[Trip]:
    """All trips of all lines."""
    trips = []
    for line in facts.lines:
        called = _rail_stops(facts, line, stops) if line.kind == "rail" else _bus_stops(facts, line, links, stops)
        for direction, sequence in ((0, called), (1, _reversed(called))):
            trips += _trips_of(line, direction, sequence)
    return trips


def fixed_stops(trips: list[Trip]) -> list[FixedStop]:
    """The stops that are called at, by id."""
    found = {call[0].id: call[0] for trip in trips for call in trip.calls}
    return [found[stop_id] for stop_id in sorted(found)]


def _rail_stops(facts: Facts, line: Line, stops: list[Stop]) -> list[tuple[FixedStop, float]]:
    called = [_station_stop(facts, name, stops) for name in line.via]
    runs = [
        math.dist((a.x, a.y), (b.x, b.y)) * RAIL_DETOUR * 3.6 / RAIL_KMH for a, b in itertools.pairwise(called)
    ]
    return list(zip(called, [0.0, *runs], strict=True))


def _station_stop(facts: Facts, name: str, stops: list[Stop]) -> FixedStop:
    station = facts.station(name)
    if station.place in _OUTSIDE_IDS:
        return FixedStop(_OUTSIDE_IDS[station.place], name, station.x, station.y)
    nearest = min(stops, key=lambda stop: math.dist((stop.x, stop.y), (station.x, station.y)))
    return FixedStop(nearest.id, nearest.name, nearest.x, nearest.y)


def _bus_stops(facts: Facts, line: Line, links: list[Link], stops: list[Stop]) -> list[tuple[FixedStop, float]]:
    """The main stops of all places on the way, with the running time from the stop before."""
    number = {place.name: i for i, place in enumerate(facts.places)}
    way = [number[line.via[0]]]
    for start, end in itertools.pairwise(line.via):
        way += shortest_way(links, number[start], number[end])[1:]
    length_m = {
        frozenset((link.a, link.b)): course_length_m(link.course) for link in links
    }
    called: list[tuple[FixedStop, float]] = []
    run_s = 0.0
    for i, place_number in enumerate(way):
        place = facts.places[place_number]
        if i:
            run_s += length_m[frozenset((way[i - 1], place_number))] * 3.6 / BUS_KMH
        if place.name in line.via or (place.is_inside and place.inhabitants >= MIN_VILLAGE):
            called.append((_bus_stop(facts, place.name, stops), run_s))
            run_s = 0.0
    return called


def _bus_stop(facts: Facts, place: str, stops: list[Stop]) -> FixedStop:
    if place == "Schwerin":
        return _station_stop(facts, "Schwerin Hbf", stops)
    if place in _OUTSIDE_IDS:
        outside = facts.place(place)
        return FixedStop(_OUTSIDE_IDS[place], f"{place}, Busbahnhof", outside.x, outside.y)
    stop = main_stop(stops, place)
    return FixedStop(stop.id, stop.name, stop.x, stop.y)


def _reversed(called: list[tuple[FixedStop, float]]) -> list[tuple[FixedStop, float]]:
    stops = [stop for stop, _ in called]
    runs = [run_s for _, run_s in called]
    return list(zip(stops[::-1], [0.0, *runs[:0:-1]], strict=True))


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
    headway_min = {"weekday": line.weekday_min, "saturday": line.weekend_min, "sunday": line.weekend_min}.get(service, 0)
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
