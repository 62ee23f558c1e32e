"""Ways on foot between our stops and the stops of lines, and what lies near a point."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from booking.district import Stop
from booking.model import StopId
from booking.sphere import SpherePoints, distance_m
from gtfs.itinerary import FixedStopId
from gtfs.timetable import FixedStop

WALK_DETOUR = 1.3
"""A way on foot is so much longer than the straight line."""
WALK_M_PER_S = 1.2
MAX_LINK_M = 300
"""Stops farther apart than this in a straight line are not linked, unless the district's folder says they are one."""


@dataclass(frozen=True, slots=True)
class Link:
    """A way on foot between one of our stops and a stop of a line; ``distance_m`` is the way, not the straight line."""

    fixed_stop_id: FixedStopId
    distance_m: int
    walk_s: int


def walk_m(straight_m: float) -> int:
    """Length of the way on foot for a straight distance."""
    return math.ceil(straight_m * WALK_DETOUR)


def walk_s(straight_m: float) -> int:
    """Seconds on foot for a straight distance."""
    return math.ceil(straight_m * WALK_DETOUR / WALK_M_PER_S)


class Links:
    """What lies near what: our stops, the stops of lines, and any point.

    Parameters
    ----------
    stops
        Ours, in the order of the district.
    fixed_stops
        The timetable's, in its order.
    """

    def __init__(self, stops: Sequence[Stop], fixed_stops: Sequence[FixedStop]) -> None:
        self._stops = tuple(stops)
        self._fixed_stops = tuple(fixed_stops)
        self._stop_points = SpherePoints([stop.lon for stop in stops], [stop.lat for stop in stops])
        self._links = {stop.id: self._links_of(stop) for stop in stops}

    @cached_property
    def _fixed_points(self) -> SpherePoints:
        return SpherePoints([stop.lon for stop in self._fixed_stops], [stop.lat for stop in self._fixed_stops])

    def near(self, stop: StopId) -> tuple[Link, ...]:
        """The stops of lines one can walk to from a stop of ours (and back), nearest first."""
        return self._links[stop]

    def stops_near(self, lon: float, lat: float, max_m: float) -> tuple[tuple[Stop, int], ...]:
        """Our stops within a straight distance of a point, nearest first, with that distance in metres."""
        return tuple((self._stops[i], round(m)) for m, i in self._stop_points.within(lon, lat, max_m))

    def fixed_stops_near(self, lon: float, lat: float, max_m: float) -> tuple[tuple[FixedStop, int], ...]:
        """The stops of lines within a straight distance of a point, nearest first, with that distance in metres."""
        return tuple((self._fixed_stops[i], round(m)) for m, i in self._fixed_points.within(lon, lat, max_m))

    def _links_of(self, stop: Stop) -> tuple[Link, ...]:
        """Links of a stop: the fixed stop it names (with its platforms) wherever it lies, and all that are near."""
        straight_m = {self._fixed_stops[i].id: m for m, i in self._fixed_points.within(stop.lon, stop.lat, MAX_LINK_M)}
        for named in self._named(stop):
            straight_m.setdefault(named.id, distance_m(stop.lon, stop.lat, named.lon, named.lat))
        links = [Link(fixed_id, walk_m(m), walk_s(m)) for fixed_id, m in straight_m.items()]
        return tuple(sorted(links, key=lambda link: (link.walk_s, link.fixed_stop_id)))

    def _named(self, stop: Stop) -> Sequence[FixedStop]:
        if not stop.fixed_stop_id:
            return ()
        return [self._fixed_stops[i] for i in self._by_name.get(stop.fixed_stop_id, ())]

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        """Indices of fixed stops by their own id and by that of the station they belong to."""
        indices: dict[str, list[int]] = {}
        for i, fixed in enumerate(self._fixed_stops):
            for name in {fixed.id, fixed.parent_id} - {"", None}:
                indices.setdefault(str(name), []).append(i)
        return indices
