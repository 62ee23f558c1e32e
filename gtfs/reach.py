"""Where one gets to in a time: the earliest arrival at every stop."""

from dataclasses import dataclass

import numpy as np

from gtfs.itinerary import EndLeg, FixedStopId
from gtfs.query import Query
from gtfs.search import search_every_stop
from gtfs.search_tables_kernel import NEVER
from gtfs.timetable_model import DayTimetable


@dataclass(frozen=True, slots=True)
class Reached:
    """A stop and when one can be there at the earliest, in seconds of the service day."""

    stop_id: FixedStopId
    arrival_s: int


def find_reach(day: DayTimetable, query: Query) -> tuple[Reached, ...]:
    """The earliest arrival at every stop one gets to within ``longest_s`` of ``depart_after_s``, earliest first.

    By access leg alone, by vehicle, or by vehicle and a walk from the stop where one alights. The window and the
    egress legs of the query play no part.

    Raises
    ------
    ValueError
        When the query gives no ``depart_after_s``.
    """
    if query.depart_after_s is None:
        msg = "where one gets to is asked for a departure, not for an arrival"
        raise ValueError(msg)
    arrival_s = search_every_stop(day, query).astype(np.int64)
    walks = day.timetable.footpaths.walks(False)
    from_stop = np.repeat(np.arange(arrival_s.size), np.diff(walks.first))
    is_reached = arrival_s[from_stop] < NEVER
    on_foot_s = arrival_s.copy()
    np.minimum.at(on_foot_s, walks.stop[is_reached], (arrival_s[from_stop] + walks.seconds)[is_reached])
    for leg in query.access:
        stop = day.timetable.stop_index.get(leg.stop_id)
        if stop is not None:
            on_foot_s[stop] = min(on_foot_s[stop], _end_of(leg, query.depart_after_s))
    reached = np.flatnonzero(on_foot_s <= query.depart_after_s + query.longest_s)
    order = reached[np.argsort(on_foot_s[reached], kind="stable")]
    return tuple(Reached(day.timetable.stops[stop].id, int(on_foot_s[stop])) for stop in order.tolist())


def _end_of(leg: EndLeg, depart_after_s: int) -> int:
    begin_s = max(leg.earliest_s, depart_after_s)
    return begin_s + leg.duration_s if begin_s <= leg.latest_s else NEVER
