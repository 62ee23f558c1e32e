"""Journeys, departures and reach as people and as programs read them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from booking.journey_places import JourneyPlace
from booking.journey_search import Journeys, JourneyWish
from booking.links import WALK_M_PER_S
from gtfs.departures import Departure
from gtfs.itinerary import FixedStopId, Itinerary, Leg, LegKind
from gtfs.reach import Reached
from gtfs.realtime import Alert, RealtimeFeed
from gtfs.realtime_day import RealtimeDay, leg_delays
from gtfs.timetable import DayTimetable

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_Json = dict[str, Any]


def told_day(at: datetime) -> str:
    """A date with its weekday."""
    return f"{_DAYS[at.weekday()]} {at:%Y-%m-%d}"


def journey_lines(wish: JourneyWish, found: Journeys, news: RealtimeFeed) -> Iterator[str]:
    """What was found, line by line; behind each journey the notices about it."""
    yield f"{wish.origin.label} → {wish.destination.label}"
    asked = f"arriving until {wish.at:%H:%M}" if wish.arrives else f"departing from {wish.at:%H:%M} on"
    yield f"{told_day(wish.at)}, {asked}"
    if found.walk_s <= 30 * 60:
        yield f"All the way on foot: {found.walk_m} m, {_minutes(found.walk_s)}"
    if found.next is not None:
        yield ""
        yield f"None within {_minutes(wish.window_s)}; the {'one before' if wish.arrives else 'next one'} is:"
    for number, itinerary in enumerate(found.itineraries or ([found.next] if found.next else []), start=1):
        yield ""
        yield from _itinerary_lines(found.real, itinerary, wish, f"{number:>2}) ")
        for alert in _alerts(found.real.day, itinerary, news):
            yield f"      ! {_text(alert.header) or _text(alert.description)}"


def _itinerary_lines(real: RealtimeDay, itinerary: Itinerary, wish: JourneyWish, head: str) -> Iterator[str]:
    day = real.day
    changes = max(itinerary.vehicle_count() - 1, 0)
    told = "no change" if not changes else f"{changes} change{'s' if changes > 1 else ''}"
    span = f"{clock(day, itinerary.departure_s)} to {clock(day, itinerary.arrival_s)}"
    yield f"{head}{span}, {_minutes(itinerary.arrival_s - itinerary.departure_s)}, {told}"
    for leg in itinerary.legs:
        if leg.kind is LegKind.WALK and leg.departure_s == leg.arrival_s:
            continue
        from_name = _name(day, leg.from_stop_id, wish.origin.label)
        to_name = _name(day, leg.to_stop_id, wish.destination.label)
        how = _line(leg) if leg.kind is LegKind.LINE else f"on foot, {_minutes(leg.arrival_s - leg.departure_s)}"
        late = [f" ({seconds / 60:+.0f})" for seconds in leg_delays(real, leg) or ()] or ["", ""]
        begin, end = f"{clock(day, leg.departure_s)}{late[0]}", f"{clock(day, leg.arrival_s)}{late[1]}"
        yield f"      {begin} {from_name} → {end} {to_name}  [{how}]"


def _line(leg: Leg) -> str:
    line = f"{leg.route_name} to {leg.headsign}" if leg.headsign else leg.route_name
    return f"{line}, stay seated" if leg.stays_seated else line


def departure_lines(place: JourneyPlace, at: datetime, day: DayTimetable, found: tuple[Departure, ...]) -> list[str]:
    """A departure board."""
    lines = [f"{place.label}, {told_day(at)} from {at:%H:%M} on", ""]
    width = max((len(departure.route_name) for departure in found), default=0)
    several = len({departure.stop_id for departure in found}) > 1
    for departure in found:
        stop = f"  (stop {departure.stop_id})" if several else ""
        lines.append(
            f"{clock(day, departure.departure_s)}  {departure.route_name:<{width}}  {departure.headsign}{stop}"
        )
    return lines


def reach_lines(place: JourneyPlace, at: datetime, day: DayTimetable, found: tuple[Reached, ...]) -> list[str]:
    """Stops with minutes; of stops with one name, the quickest."""
    at_s = day.service_day.seconds(at)
    quickest: dict[str, int] = {}
    for reached in found:
        quickest.setdefault(day.timetable.stop_by_id[reached.stop_id].name, reached.arrival_s - at_s)
    lines = [f"From {place.label}, {told_day(at)}, departing from {at:%H:%M} on", ""]
    return lines + [f"{-(-seconds // 60):>4} min  {name}" for name, seconds in quickest.items()]


def _alerts(day: DayTimetable, itinerary: Itinerary, news: RealtimeFeed) -> tuple[Alert, ...]:
    """The notices about the lines, trips and stops of a journey that are to be shown while it lasts."""
    begin_at, end_at = (day.service_day.at(seconds) for seconds in (itinerary.departure_s, itinerary.arrival_s))
    calls = [
        (leg.route_id, stop_id, leg.trip_id)
        for leg in itinerary.line_legs()
        for stop_id in (leg.from_stop_id, leg.to_stop_id)
    ]
    return tuple(
        alert
        for alert in news.alerts.values()
        if any(alert.is_shown(at) for at in (begin_at, end_at)) and any(alert.is_about(*call) for call in calls)
    )


def _text(by_language: Mapping[str, str]) -> str:
    return next(iter(by_language.values()), "")


def journeys_as_json(wish: JourneyWish, found: Journeys, news: RealtimeFeed) -> _Json:
    """What was found, as values that ``json`` can write."""
    day = found.real.day
    return {
        "realtime": None
        if news.made_at is None
        else {
            "made_at": news.made_at.isoformat(),
            "trips": len(found.real.news),
            "unapplied": len(found.real.unapplied),
        },
        "from": _place_as_json(wish.origin),
        "to": _place_as_json(wish.destination),
        "arrive_by" if wish.arrives else "depart_after": wish.at.isoformat(),
        "range_s": wish.window_s,
        "service_day": day.service_day.on.isoformat(),
        "walk": {"distance_m": found.walk_m, "duration_s": found.walk_s},
        "itineraries": [_itinerary_as_json(found.real, itinerary, news) for itinerary in found.itineraries],
        "next": _itinerary_as_json(found.real, found.next, news) if found.next is not None else None,
    }


def _itinerary_as_json(real: RealtimeDay, itinerary: Itinerary, news: RealtimeFeed) -> _Json:
    return {
        **_times(real.day, itinerary.departure_s, itinerary.arrival_s),
        "vehicles": itinerary.vehicle_count(),
        "legs": [_leg_as_json(real, leg) for leg in itinerary.legs],
        "alerts": [
            {"header": dict(alert.header), "description": dict(alert.description), "effect": alert.effect}
            for alert in _alerts(real.day, itinerary, news)
        ],
    }


def _leg_as_json(real: RealtimeDay, leg: Leg) -> _Json:
    day = real.day
    delays = leg_delays(real, leg)
    value: _Json = {
        "kind": str(leg.kind),
        "from": _stop_as_json(day, leg.from_stop_id),
        "to": _stop_as_json(day, leg.to_stop_id),
        **_times(day, leg.departure_s, leg.arrival_s),
    }
    if leg.kind is LegKind.WALK:
        known_m = int(leg.end_leg.key) if leg.end_leg is not None and leg.end_leg.key else 0
        return value | {"distance_m": known_m or round((leg.arrival_s - leg.departure_s) * WALK_M_PER_S)}
    return value | {
        "route_id": leg.route_id,
        "route_name": leg.route_name,
        "headsign": leg.headsign,
        "trip_id": leg.trip_id,
        "trip_on": _trip_on(day, leg.trip_day_offset),
        "stays_seated": leg.stays_seated,
        "departure_delay_s": None if delays is None else delays[0],
        "arrival_delay_s": None if delays is None else delays[1],
    }


def departures_as_json(place: JourneyPlace, at: datetime, day: DayTimetable, found: tuple[Departure, ...]) -> _Json:
    """A departure board, as values that ``json`` can write."""
    return {
        "at": _place_as_json(place),
        "from_time": at.isoformat(),
        "service_day": day.service_day.on.isoformat(),
        "departures": [
            {
                "stop": _stop_as_json(day, departure.stop_id),
                "departure": iso(day, departure.departure_s),
                "departure_s": departure.departure_s,
                "route_id": departure.route_id,
                "route_name": departure.route_name,
                "headsign": departure.headsign,
                "trip_id": departure.trip_id,
                "trip_on": _trip_on(day, departure.trip_day_offset),
            }
            for departure in found
        ],
    }


def reach_as_json(place: JourneyPlace, at: datetime, day: DayTimetable, found: tuple[Reached, ...]) -> _Json:
    """Stops in reach, as values that ``json`` can write."""
    at_s = day.service_day.seconds(at)
    return {
        "from": _place_as_json(place),
        "depart_after": at.isoformat(),
        "service_day": day.service_day.on.isoformat(),
        "stops": [
            {**_reached_as_json(day, reached, at_s), "stop": _stop_as_json(day, reached.stop_id)} for reached in found
        ],
    }


def reach_as_geojson(at: datetime, day: DayTimetable, found: tuple[Reached, ...]) -> _Json:
    """Stops in reach as points, for a map."""
    at_s = day.service_day.seconds(at)
    features = []
    for reached in found:
        stop = day.timetable.stop_by_id[reached.stop_id]
        properties = {"stop_id": stop.id, "name": stop.name, **_reached_as_json(day, reached, at_s)}
        geometry = {"type": "Point", "coordinates": [stop.lon, stop.lat]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def _reached_as_json(day: DayTimetable, reached: Reached, at_s: int) -> _Json:
    duration_s = reached.arrival_s - at_s
    return {
        "arrival": iso(day, reached.arrival_s),
        "arrival_s": reached.arrival_s,
        "duration_s": duration_s,
        "minutes": -(-duration_s // 60),
    }


def _times(day: DayTimetable, departure_s: int, arrival_s: int) -> _Json:
    return {
        "departure": iso(day, departure_s),
        "arrival": iso(day, arrival_s),
        "departure_s": departure_s,
        "arrival_s": arrival_s,
        "duration_s": arrival_s - departure_s,
    }


def _place_as_json(place: JourneyPlace) -> _Json:
    return {"name": place.label, "lon": place.lon, "lat": place.lat, "stop_ids": [w.stop.id for w in place.stops]}


def _stop_as_json(day: DayTimetable, stop_id: FixedStopId | None) -> _Json | None:
    if stop_id is None:
        return None
    stop = day.timetable.stop_by_id[stop_id]
    return {"stop_id": stop.id, "name": stop.name, "lon": stop.lon, "lat": stop.lat}


def _trip_on(day: DayTimetable, day_offset: int) -> str:
    """The service day a trip belongs to."""
    service_day = day.service_day
    on = {-1: service_day.previous(), 0: service_day, 1: service_day.following()}[day_offset].on
    return on.isoformat()


def _name(day: DayTimetable, stop_id: FixedStopId | None, otherwise: str) -> str:
    return otherwise if stop_id is None else day.timetable.stop_by_id[stop_id].name


def clock(day: DayTimetable, seconds: int) -> str:
    """The time on the wall, without seconds where there are none."""
    at = day.service_day.local(seconds)
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def iso(day: DayTimetable, seconds: int) -> str:
    """The time with its offset."""
    return day.service_day.local(seconds).isoformat()


def _minutes(seconds: int) -> str:
    hours, minutes = divmod(-(-seconds // 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
