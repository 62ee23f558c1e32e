"""Journeys by line alone, as ``rufnetz gtfs`` is asked for them: from a point in time, over midnight if need be."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from booking.journey_places import JourneyError, JourneyPlace, check_date
from booking.links import walk_m, walk_s
from booking.sphere import distance_m
from gtfs.departures import Departure, list_departures
from gtfs.itinerary import EndLeg, FixedStopId, Itinerary
from gtfs.query import Query
from gtfs.reach import Reached, find_reach
from gtfs.realtime import RealtimeFeed
from gtfs.realtime_day import RealtimeDay, apply_realtime
from gtfs.realtime_vehicles import updates_by_vehicles
from gtfs.search import find_first_itinerary, find_itineraries
from gtfs.service_day import ServiceDay
from gtfs.timetable import DayTimetable, Timetable
from gtfs.two_days import with_following

LONGEST_S = 6 * 3600
"""Nobody is shown a journey that lasts longer."""
OVERLOOK_S = 3600
"""Journeys so much outside the time asked for still keep out those that they beat: nobody wants to set out at 10:20 for
what can be reached by setting out at 10:38."""
NEXT_WITHIN_S = 24 * 3600
"""How far the next journey is looked for when there is none in the time asked for."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How one wants to travel; see :class:`gtfs.query.Query`."""

    max_line_legs: int = 5
    min_change_s: int = 120
    needs_wheelchair: bool = False
    needs_bike: bool = False
    via: FixedStopId | None = None


@dataclass(frozen=True, slots=True)
class JourneyWish:
    """From where to where, when, and how.

    Parameters
    ----------
    at
        Departure (or arrival, with ``arrives``), aware.
    window_s
        How much later one may begin (or how much earlier arrive).
    """

    origin: JourneyPlace
    destination: JourneyPlace
    at: datetime
    arrives: bool
    window_s: int
    manner: Manner


@dataclass(frozen=True)
class Journeys:
    """What was found.

    Parameters
    ----------
    real
        The day on whose clock the itineraries are.
    itineraries
        All that are best in the time asked for.
    next
        Where there are none: the one that comes next.
    walk_m, walk_s
        The whole way on foot.
    """

    real: RealtimeDay
    itineraries: tuple[Itinerary, ...]
    next: Itinerary | None
    walk_m: int
    walk_s: int


def find_journeys(timetable: Timetable, wish: JourneyWish, news: RealtimeFeed) -> Journeys:
    """The best journeys by line, as the news has them.

    Raises
    ------
    JourneyError
        The timetable does not hold on that day, or both places are one.
    """
    check_date(wish.at, timetable)
    access, egress = wish.origin.end_legs(timetable), wish.destination.end_legs(timetable)
    here, there = (
        {walk.stop.id for walk in place.stops if not walk.walk_s} for place in (wish.origin, wish.destination)
    )
    if here & there:
        message = f'"{wish.origin.label}" and "{wish.destination.label}" are one place. Write two different ones.'
        raise JourneyError(message)
    real, query = _day_and_query(timetable, wish, news, (access, egress), wish.window_s + OVERLOOK_S + LONGEST_S)
    wider = replace(query, window_s=wish.window_s + OVERLOOK_S)
    found = tuple(itinerary for itinerary in find_itineraries(real.day, wider) if _is_asked_for(itinerary, query))
    following = None
    if not found:
        real, query = _day_and_query(timetable, wish, news, (access, egress), NEXT_WITHIN_S)
        following = find_first_itinerary(real.day, replace(query, longest_s=NEXT_WITHIN_S))
    far_m = distance_m(wish.origin.lon, wish.origin.lat, wish.destination.lon, wish.destination.lat)
    return Journeys(real, found, following, walk_m(far_m), walk_s(far_m))


_EndLegs = tuple[EndLeg, ...]


def _day_and_query(
    timetable: Timetable, wish: JourneyWish, news: RealtimeFeed, ends: tuple[_EndLegs, _EndLegs], reach_s: int
) -> tuple[RealtimeDay, Query]:
    """What is asked, and a day on which everything lies that can be part of the answer."""
    before_s, after_s = (reach_s, 0) if wish.arrives else (0, reach_s)
    real = _as_it_is(day_around(timetable, wish.at, before_s, after_s), news)
    return real, _query(wish, *ends, real.day.service_day.seconds(wish.at))


def _is_asked_for(itinerary: Itinerary, query: Query) -> bool:
    if query.depart_after_s is not None:
        return itinerary.departure_s <= query.depart_after_s + query.window_s
    return itinerary.arrival_s >= (query.arrive_by_s or 0) - query.window_s


def _query(wish: JourneyWish, access: tuple[EndLeg, ...], egress: tuple[EndLeg, ...], at_s: int) -> Query:
    return Query(
        access,
        egress,
        depart_after_s=None if wish.arrives else at_s,
        arrive_by_s=at_s if wish.arrives else None,
        window_s=wish.window_s,
        longest_s=LONGEST_S,
        **asdict(wish.manner),
    )


def day_around(timetable: Timetable, at: datetime, before_s: int, after_s: int) -> DayTimetable:
    """A day with all trips from so many seconds before a time to so many after it."""
    first = ServiceDay((at - timedelta(seconds=before_s)).astimezone(timetable.zone).date(), timetable.zone)
    day = timetable.day(first)
    ends_at = timetable.day(first.following()).service_day.start_at
    return with_following(day) if at + timedelta(seconds=after_s) >= ends_at else day


def _as_it_is(day: DayTimetable, news: RealtimeFeed) -> RealtimeDay:
    return apply_realtime(day, updates_by_vehicles(day, news))


def find_departures(
    timetable: Timetable, news: RealtimeFeed, place: JourneyPlace, at: datetime, window_s: int
) -> tuple[DayTimetable, tuple[Departure, ...]]:
    """What leaves the stops of a place from a time on; and the day on whose clock it does.

    Raises
    ------
    JourneyError
        The timetable does not hold on that day.
    """
    check_date(at, timetable)
    day = _as_it_is(day_around(timetable, at, 0, window_s), news).day
    at_s = day.service_day.seconds(at)
    return day, list_departures(day, [walk.stop.id for walk in place.stops], at_s, at_s + window_s)


def find_isochrone(
    timetable: Timetable, news: RealtimeFeed, manner: Manner, start: tuple[JourneyPlace, datetime], within_s: int
) -> tuple[DayTimetable, tuple[Reached, ...]]:
    """The stops one gets to within a time, earliest first; and the day on whose clock that is.

    Parameters
    ----------
    start
        Where from, and when.

    Raises
    ------
    JourneyError
        The timetable does not hold on that day.
    """
    place, at = start
    check_date(at, timetable)
    day = _as_it_is(day_around(timetable, at, 0, within_s), news).day
    at_s = day.service_day.seconds(at)
    query = Query(place.end_legs(timetable), (), depart_after_s=at_s, longest_s=within_s, **asdict(manner))
    return day, find_reach(day, query)
