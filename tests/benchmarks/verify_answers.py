"""Judge an answer to a published instance by the file's own numbers: Euclid in floating point, no code of the product.

Whether a route has a schedule is decided by the least times that keep every lower limit (Bellman 1958): sweep forward,
raise a pickup whose ride would last too long and a start whose route would, again until nothing rises. A route is
refused as soon as a time passes its upper limit by more than ``TOLERANCE``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, inf
from pathlib import Path

TOLERANCE = 1e-6
SETTLED = 1e-9


@dataclass(frozen=True)
class Place:
    """A line of the file."""

    x: float
    y: float
    service: float
    load: int
    earliest: float
    latest: float


@dataclass(frozen=True)
class Raw:
    """The numbers of an instance; place 0 is the depot, ``dropoff_of`` leads from each pickup to its drop-off."""

    name: str
    vehicles: int
    capacity: int
    longest_duration: float
    longest_ride: float
    places: tuple[Place, ...]
    dropoff_of: dict[int, int]
    fleet_first: bool

    def way(self, a: int, b: int) -> float:
        """Straight-line distance, which is also the time it takes."""
        return hypot(self.places[a].x - self.places[b].x, self.places[a].y - self.places[b].y)


def read_raw(path: Path) -> Raw:
    """Read a DARP or Li and Lim file without checking it."""
    head, *rows = [[float(word) for word in line.split()] for line in path.read_text().splitlines() if line.strip()]
    if len(head) == 3:
        places = tuple(Place(r[1], r[2], r[6], int(r[3]), r[4], r[5]) for r in rows)
        pairs = {int(r[0]): int(r[8]) for r in rows[1:] if r[8]}
        return Raw(path.stem, int(head[0]), int(head[1]), inf, inf, places, pairs, fleet_first=True)
    count = (len(rows) - 1) // 2
    places = tuple(Place(r[1], r[2], r[3], int(r[4]), r[5], r[6]) for r in rows[: 2 * count + 1])
    pairs = {pickup: pickup + count for pickup in range(1, count + 1)}
    return Raw(path.stem, int(head[0]), int(head[3]), head[2], head[4], places, pairs, fleet_first=False)


@dataclass(frozen=True)
class Verdict:
    """What an answer costs and what is wrong with it."""

    cost: float
    vehicles: int
    unserved: int
    faults: tuple[str, ...]


def verify(raw: Raw, routes: Sequence[Sequence[int]]) -> Verdict:
    """Judge routes, given as the places between leaving the depot and coming back."""
    routes = [route for route in routes if route]
    visited = [place for route in routes for place in route]
    faults = [f"place {place} is visited twice" for place in {p for p in visited if visited.count(p) > 1}]
    if len(routes) > raw.vehicles:
        faults.append(f"{len(routes)} routes for {raw.vehicles} vehicles")
    pickup_of = {dropoff: pickup for pickup, dropoff in raw.dropoff_of.items()}
    for number, route in enumerate(routes):
        seen: set[int] = set()
        load = 0
        for place in route:
            seen.add(place)
            load += raw.places[place].load
            if place in pickup_of and pickup_of[place] not in seen:
                faults.append(f"route {number}: {place} before its pickup")
            if load > raw.capacity:
                faults.append(f"route {number}: {load} on board after {place}")
        faults += [
            f"route {number}: {p} without its drop-off"
            for p in seen & raw.dropoff_of.keys()
            if raw.dropoff_of[p] not in seen
        ]
        if not has_schedule(raw, route):
            faults.append(f"route {number}: no schedule keeps windows, ride limits and duration")
    cost = sum(raw.way(a, b) for route in routes for a, b in pairwise((0, *route, 0)))
    return Verdict(cost, len(routes), len(raw.dropoff_of.keys() - set(visited)), tuple(faults))


def has_schedule(raw: Raw, route: Sequence[int]) -> bool:
    """Whether the visits of a route can be timed within all limits."""
    stops = (0, *route, 0)
    services = [0.0, *(raw.places[place].service for place in route), 0.0]
    steps = [0.0, *(services[i] + raw.way(a, b) for i, (a, b) in enumerate(pairwise(stops)))]
    times = [raw.places[place].earliest for place in stops]
    latest = [raw.places[place].latest for place in stops]
    position = {place: index for index, place in enumerate(stops) if index not in (0, len(stops) - 1)}
    spans = [(0, len(stops) - 1, raw.longest_duration)]
    for pickup, dropoff in raw.dropoff_of.items():
        if pickup in position and dropoff in position:
            spans.append((position[pickup], position[dropoff], raw.longest_ride + raw.places[pickup].service))
    for _ in range(len(spans) + 2):
        for index in range(1, len(stops)):
            times[index] = max(times[index], times[index - 1] + steps[index])
        if any(time > limit + TOLERANCE for time, limit in zip(times, latest, strict=True)):
            return False
        is_settled = True
        for first, last, span in spans:
            if times[last] - span > times[first] + SETTLED:
                times[first] = times[last] - span
                is_settled = False
        if is_settled:
            return True
    return False
