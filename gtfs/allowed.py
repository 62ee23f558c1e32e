"""Which trips and stops a query may use."""

from typing import Final

import numpy as np
import numpy.typing as npt

from gtfs.itinerary import FixedStopId
from gtfs.query import Query
from gtfs.range_search import Allowed, Net
from gtfs.timetable_model import DayTimetable, Timetable

_YES: Final = 1
_SILENT: Final = 0
_KEPT: Final = 64
"""So many combinations of wishes are remembered for a day."""

_Flags = npt.NDArray[np.uint8]


def find_allowed(day: DayTimetable, net: Net, query: Query) -> Allowed:
    """What a query may use, in the numbers of a net; kept with the net, since few people wish for anything rare."""
    key = (
        query.needs_wheelchair,
        query.needs_bike,
        query.trusts_silence,
        query.only_routes,
        query.without_routes,
        query.via,
    )
    found = net.allowed.get(key)
    if found is None:
        if len(net.allowed) >= _KEPT:
            net.allowed.clear()
        net.allowed[key] = found = _allowed(day, net, query)
    return found


def _allowed(day: DayTimetable, net: Net, query: Query) -> Allowed:
    of_timetable = _allowed_trips(day.timetable, query)
    trips = of_timetable[day.calls.trip[net.patterns.day_trip]]
    return Allowed(trips.astype(np.uint8), _allowed_stops(day.timetable, query), _via(day.timetable, query.via))


def _allowed_trips(timetable: Timetable, query: Query) -> npt.NDArray[np.bool_]:
    """Per trip of the timetable."""
    trips = timetable.trips
    is_allowed = np.ones(trips.route.size, np.bool_)
    if query.needs_wheelchair:
        is_allowed &= _says_yes(trips.wheelchair, query)
    if query.needs_bike:
        is_allowed &= _says_yes(trips.bikes, query)
    if query.only_routes is not None or query.without_routes:
        wanted = [
            (query.only_routes is None or route.id in query.only_routes) and route.id not in query.without_routes
            for route in timetable.routes
        ]
        is_allowed &= np.array(wanted, np.bool_)[trips.route]
    return is_allowed


def _allowed_stops(timetable: Timetable, query: Query) -> _Flags:
    if not query.needs_wheelchair:
        return np.ones(len(timetable.stops), np.uint8)
    return _says_yes(np.array([stop.wheelchair for stop in timetable.stops], np.int8), query).astype(np.uint8)


def _says_yes(said: npt.NDArray[np.int8], query: Query) -> npt.NDArray[np.bool_]:
    is_yes: npt.NDArray[np.bool_] = said == _YES
    return is_yes | (said == _SILENT) if query.trusts_silence else is_yes


def _via(timetable: Timetable, hub: FixedStopId | None) -> _Flags:
    is_hub = [hub is not None and hub in (stop.id, stop.parent_id) for stop in timetable.stops]
    return np.array(is_hub, np.uint8)
