"""Why there is no ride, and which wishes near it could be met."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from booking.combined import hub_itineraries
from booking.deadlines import ordering_of
from booking.direct import is_too_short, joined_stops, wish_window
from booking.district import District
from booking.enquiry_search import EnquirySearch
from booking.model import Enquiry, Explanation, JourneyLeg, Place, Reason, RideLeg, Timing
from booking.ride_windows import refuse_starts, runs_another_day
from booking.rides import boarding_s
from booking.rulebook import Rules
from booking.rules import too_late
from booking.sphere import distance_m
from booking.transfers import transfer_hubs
from gtfs.itinerary import LegKind
from gtfs.service_day import ServiceDay
from routing.model import TimeWindow

STEP_S = 30 * 60
STEPS = 4
"""Wishes are shifted by half an hour, at most two hours to either side."""


def refuse_ride(search: EnquirySearch) -> Explanation:
    """The reason why no ride was found although no rule forbids the enquiry as such."""
    for place, stops in (
        (search.enquiry.origin, search.origin_stops),
        (search.enquiry.destination, search.destination_stops),
    ):
        if not stops:
            return _outside(search, place)
    version = search.rules.version
    if is_too_short(search):
        return Explanation(Reason.TOO_SHORT_TO_RIDE, f"{version}/ride.min_distance_m")
    if not any(True for _ in joined_stops(search)):
        return _not_joined(search)
    window = wish_window(search)
    return refuse_starts(search, window) or _too_late_to_arrive(search) or _no_vehicle(search, window)


def _too_late_to_arrive(search: EnquirySearch) -> Explanation | None:
    """That whoever is to be there by a time would have to leave before a ride can still be ordered."""
    if search.departs or not search.orderable:
        return None
    boards_s = boarding_s(search.enquiry.party, search.rules.ride)
    pickups_s = [search.wished_s - d.walk_s - drive_s - boards_s for _, d, drive_s in joined_stops(search)]
    if max(pickups_s) >= search.orderable[0].earliest_s:
        return None
    ordering = ordering_of(search.enquiry, search.network.district, search.rules)
    return too_late(ordering, search.day.service_day, max(0, *pickups_s), search.now)


def _not_joined(search: EnquirySearch) -> Explanation:
    version = search.rules.version
    meets_line = any(leg.kind is LegKind.ON_DEMAND for it in hub_itineraries(search) for leg in it.legs)
    if meets_line or transfer_hubs(search):
        return _no_vehicle(search, wish_window(search))  # there would be a way, if somebody drove the rider to a hub
    may_join = any(
        search.pairs.may_join(o.stop_id, d.stop_id) for o in search.origin_stops for d in search.destination_stops
    )
    if not may_join and runs_another_day(search):
        return Explanation(Reason.NO_SERVICE_THAT_DAY, f"{version}/form")
    return Explanation(Reason.NOT_REACHABLE if may_join else Reason.AREAS_NOT_CONNECTED, f"{version}/areas")


def _no_vehicle(search: EnquirySearch, window: TimeWindow) -> Explanation:
    version = search.rules.version
    load = search.enquiry.party.load()
    on_duty = [s for s in search.day.shifts.values() if s.start_s <= window.latest_s and s.end_s >= window.earliest_s]
    suits = [load.fits_one_of(shift.layouts) for shift in on_duty]
    if not any(suits):
        # That the fleet has one at all, the rules of the enquiry itself have looked at before.
        params = {"phone": search.network.district.contact.phone}
        return Explanation(Reason.NONE_SUITABLE_ON_DUTY, f"{version}/shifts", params)
    reason = Reason.NO_VEHICLE_FREE if all(suits) else Reason.NONE_SUITABLE_FREE
    return Explanation(reason, f"{version}/runs")


def _outside(search: EnquirySearch, place: Place) -> Explanation:
    nearest = min(
        (s for s in search.network.district.stops if search.pairs.is_served(s.id)),
        key=lambda s: distance_m(place.lon, place.lat, s.lon, s.lat),
        default=None,
    )
    params: dict[str, str | int | datetime] = {"place": place.label}
    if nearest is not None:
        metres = distance_m(place.lon, place.lat, nearest.lon, nearest.lat)
        params |= {"stop": nearest.name, "km": max(1, round(metres / 1000))}
    return Explanation(Reason.OUTSIDE_SERVICE_AREA, f"{search.rules.version}/areas", params)


def time_shifts(search: EnquirySearch) -> Iterator[int]:
    """How many seconds a wish that could not be met may be shifted: a little later, a little earlier, and so on."""
    latest_s = wish_window(search).latest_s
    for step in range(1, STEPS + 1):
        for shift_s in (step * STEP_S, -step * STEP_S):
            if not search.departs and shift_s > 0:
                continue  # whoever must be there by a time is not helped by arriving later
            if search.departs and latest_s + shift_s < search.earliest_s:
                continue
            yield shift_s


def explain_shift(search: EnquirySearch, legs: Sequence[JourneyLeg]) -> Explanation:
    """How far a journey lies from the wish, at the worst the promise allows."""
    if search.departs:
        first = legs[0]
        at = first.promise.pickup_to_at if isinstance(first, RideLeg) else first.departure_at
    else:
        at = legs[-1].arrival_at
    late_s = search.day.service_day.seconds(at) - search.wished_s
    reason = Reason.SHIFTED_LATER if late_s > 0 else Reason.SHIFTED_EARLIER
    return Explanation(reason, f"{search.rules.version}/runs", {"minutes": -(-abs(late_s) // 60)})


def allowed_wishes(
    enquiry: Enquiry, against: Explanation, district: District, rules: Rules, service_day: ServiceDay, now: datetime
) -> tuple[Enquiry, ...]:
    """The nearest wishes that the rule which forbids this one would allow; empty when no other time helps."""
    if against.reason in (Reason.IN_THE_PAST, Reason.TOO_LATE_TO_ORDER):
        earliest_at = ordering_of(enquiry, district, rules).first_pickup_at(now)
        return () if earliest_at is None else (_departing(enquiry, earliest_at),)
    if against.reason not in (Reason.OUTSIDE_SERVICE_HOURS, Reason.NO_SERVICE_THAT_DAY):
        return ()
    wishes = []
    for day in (service_day, service_day.following()):
        hours = rules.service_hours.get(district.day_kind(day.on).value)
        if hours is not None:
            last_at = (day.at(hours.to_s) - timedelta(minutes=minutes) for minutes in (30, 60))
            wishes += [at for at in (*last_at, day.at(hours.from_s)) if at > now]
    wishes.sort(key=lambda at: abs(at - enquiry.wished_at))
    return tuple(_departing(enquiry, at) for at in wishes[:3])


def _departing(enquiry: Enquiry, at: datetime) -> Enquiry:
    return replace(enquiry, timing=Timing.DEPART_AFTER, wished_at=at, earlier_s=0, later_s=0)
