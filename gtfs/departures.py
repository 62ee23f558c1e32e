"""What leaves a stop: a departure board."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from gtfs.itinerary import FixedStopId, RouteId, TripId
from gtfs.timetable_model import DayTimetable


@dataclass(frozen=True, slots=True)
class Departure:
    """A line vehicle one can board; seconds of the service day."""

    stop_id: FixedStopId
    departure_s: int
    trip_id: TripId
    route_id: RouteId
    route_name: str
    headsign: str
    trip_day_offset: int = 0


def list_departures(
    day: DayTimetable, stop_ids: Collection[FixedStopId], from_s: int, to_s: int
) -> tuple[Departure, ...]:
    """Everything one can board at some stops, from one second to another (both inclusive), earliest first.

    The last call of a trip is no departure. Stops the timetable does not know are passed over.
    """
    timetable, calls = day.timetable, day.calls
    wanted = [timetable.stop_index[stop_id] for stop_id in stop_ids if stop_id in timetable.stop_index]
    is_departure = calls.can_board.astype(np.bool_)
    is_departure[calls.first_call[1:] - 1] = False
    is_departure &= (calls.departure_s >= from_s) & (calls.departure_s <= to_s)
    found = np.flatnonzero(is_departure & np.isin(calls.stop, wanted))
    numbers = np.searchsorted(calls.first_call, found, side="right") - 1
    order = np.lexsort((numbers, calls.departure_s[found]))
    return tuple(
        _departure(day, call, number)
        for call, number in zip(found[order].tolist(), numbers[order].tolist(), strict=True)
    )


def _departure(day: DayTimetable, call: int, number: int) -> Departure:
    timetable, calls = day.timetable, day.calls
    trip = int(calls.trip[number])
    route = timetable.routes[timetable.trips.route[trip]]
    return Departure(
        stop_id=timetable.stops[calls.stop[call]].id,
        departure_s=int(calls.departure_s[call]),
        trip_id=timetable.trips.ids[trip],
        route_id=route.id,
        route_name=route.name,
        headsign=timetable.trips.headsigns[timetable.trips.headsign[trip]],
        trip_day_offset=int(calls.day_offset[number]),
    )
