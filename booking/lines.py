"""Fixed lines in an answer: the line that serves a wish alone, and when it has priority over a ride."""

import math
from collections.abc import Iterable

from booking.enquiry_search import EnquirySearch
from booking.links import WALK_M_PER_S, walk_m, walk_s
from booking.model import JourneyLeg, LineLeg, Place, WalkLeg
from booking.rider_classes import classes_of
from gtfs.itinerary import EndLeg, FixedStopId, Itinerary, Leg, LegKind
from gtfs.line_priority import Priority, PriorityRule, PriorityWish, find_priority
from gtfs.search import Query, find_itineraries


def walking_ends(search: EnquirySearch, place: Place) -> tuple[EndLeg, ...]:
    """The fixed stops within walking distance of a place, as legs for the timetable search."""
    near = search.network.artefacts.links.fixed_stops_near(place.lon, place.lat, search.rules.line_priority.max_walk_m)
    return tuple(EndLeg(stop.id, walk_s(far_m), LegKind.WALK, key=str(walk_m(far_m))) for stop, far_m in near)


def query_lines(search: EnquirySearch, access: tuple[EndLeg, ...], egress: tuple[EndLeg, ...]) -> tuple[Itinerary, ...]:
    """Itineraries around the wished time: from the earliest a line may have priority to two hours on."""
    if not access or not egress:
        return ()
    day = search.network.artefacts.timetable.day(search.day.service_day)
    priority = search.rules.line_priority
    window_s = 2 * 3600
    if search.departs:
        start_s = search.wished_s - priority.before_s
        query = Query(access, egress, depart_after_s=start_s, arrive_by_s=None, window_s=window_s + priority.before_s)
    else:
        query = Query(access, egress, depart_after_s=None, arrive_by_s=search.wished_s, window_s=window_s)
    now_s = search.day.service_day.seconds(search.now)
    return tuple(it for it in find_itineraries(day, query) if it.departure_s >= now_s)


def line_with_priority(search: EnquirySearch, itineraries: Iterable[Itinerary], ride_s: int | None) -> Priority | None:
    """The line journey that goes before a ride, and what that means for rides; or None.

    Parameters
    ----------
    ride_s
        How long the ride would take; None where no ride is possible (a line then needs no priority).
    """
    rule = search.rules.line_priority
    if not rule.is_on or ride_s is None:
        return None
    engine_rule = PriorityRule(
        before_s=rule.before_s,
        after_s=rule.after_s,
        max_walk_s=math.ceil(rule.max_walk_m / WALK_M_PER_S),
        max_extra_s=rule.max_extra_s,
        min_distance_m=rule.min_distance_m,
        exempt=search.rules.exempt_from_lines(),
        action=rule.action,
    )
    wish = PriorityWish(
        wished_s=search.wished_s,
        departs=search.departs,
        ride_s=ride_s,
        distance_m=search.tariff_m,
        riders=classes_of(search.enquiry.party),
    )
    return find_priority(engine_rule, wish, itineraries)


def line_legs(search: EnquirySearch, itinerary: Itinerary) -> tuple[JourneyLeg, ...]:
    """The legs of an itinerary that are walked or travelled by line, as the resident reads them.

    On-demand end legs are left out: whoever placed their rides adds them.
    """
    legs = (journey_leg(search, leg) for leg in itinerary.legs if leg.kind is not LegKind.ON_DEMAND)
    return tuple(leg for leg in legs if leg is not None)


def journey_leg(search: EnquirySearch, leg: Leg) -> JourneyLeg | None:
    """One leg on foot or by line; None for a walk of no length."""
    timetable = search.network.artefacts.timetable
    enquiry = search.enquiry

    def label(stop_id: FixedStopId | None, otherwise: str) -> str:
        return otherwise if stop_id is None else timetable.stop_by_id[stop_id].name

    from_label = label(leg.from_stop_id, enquiry.origin.label)
    to_label = label(leg.to_stop_id, enquiry.destination.label)
    departure_at, arrival_at = search.at(leg.departure_s), search.at(leg.arrival_s)
    if leg.kind is LegKind.WALK:
        if leg.departure_s == leg.arrival_s:
            return None
        distance_m = int(leg.end_leg.key) if leg.end_leg and leg.end_leg.key else _walked_m(leg)
        return WalkLeg(from_label, to_label, departure_at, arrival_at, distance_m)
    if leg.trip_id is None or leg.route_id is None:
        msg = "a line leg without its trip"
        raise ValueError(msg)
    return LineLeg(
        from_label, to_label, departure_at, arrival_at, leg.route_name, leg.headsign, leg.trip_id, leg.route_id
    )


def _walked_m(leg: Leg) -> int:
    """Length of a transfer on foot, from its time."""
    return round((leg.arrival_s - leg.departure_s) * WALK_M_PER_S)
