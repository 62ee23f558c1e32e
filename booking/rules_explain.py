"""Which rules decide about an enquiry, and why: each with its place in ``rules.toml`` and its values, in sentences.

Pure. Vehicles, roads and timetables are not asked: this is what the rules alone say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from booking.day import service_day_of
from booking.deadlines import desk_hours_on, is_desk_open, ordering_of
from booking.district import District
from booking.fare_model import FareKind
from booking.fares import fare_of
from booking.forms import guide_windows, service_date
from booking.model import Channel, Enquiry, Explanation, Place, StopId, Timing
from booking.rider_classes import classes_of
from booking.rulebook import Rules
from booking.rules import area_pairs, refuse_enquiry
from booking.rules_clock import clock_text, moment_text
from booking.sphere import distance_m
from gtfs.service_day import ServiceDay

ROAD_FACTOR = 1.3
NEAREST_STOPS = 3
Values = dict[str, str | int | float]


class Verdict(StrEnum):
    """What a rule does to an enquiry."""

    FORBIDS = "forbids"
    ALLOWS = "allows"
    SHAPES = "shapes"
    """It neither forbids nor allows, but says how the ride will be."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule says to an enquiry.

    Parameters
    ----------
    key
        Its name within the version: ``lead_min``.
    line
        Of ``rules.toml``; 0 where the rule is not written down because it holds by default.
    """

    key: str
    line: int
    verdict: Verdict
    sentence: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RulesExplanation:
    """Everything the rules say to an enquiry.

    Parameters
    ----------
    against
        What a rider would be told; None where the rules allow a ride.
    """

    version: str
    rulings: tuple[Ruling, ...]
    against: Explanation | None


@dataclass(frozen=True, slots=True)
class _Case:
    """An enquiry with everything its rules ask."""

    enquiry: Enquiry
    district: District
    rules: Rules
    service_day: ServiceDay
    now: datetime

    def ruling(self, key: str, *, ok: bool | None, sentence: str, **values: str | float) -> Ruling:
        verdict = Verdict.SHAPES if ok is None else Verdict.ALLOWS if ok else Verdict.FORBIDS
        return Ruling(key, self.rules.line_of(key), verdict, sentence, values)

    def stops_at(self, place: Place) -> list[StopId]:
        """The stops at a place, nearest first."""
        if place.stop_id is not None:
            return [place.stop_id]
        far = {s.id: distance_m(place.lon, place.lat, s.lon, s.lat) for s in self.district.stops}
        near = [stop for stop, metres in far.items() if metres <= self.rules.ride.max_walk_to_stop_m]
        return sorted(near, key=lambda stop: far[stop])[:NEAREST_STOPS]


def explain_rules(enquiry: Enquiry, district: District, now: datetime) -> RulesExplanation:
    """What the rules of the day say to an enquiry, in the order in which they are asked."""
    service_day = service_day_of(enquiry.wished_at, district.zone)
    rules = district.rulebook.rules_on(service_day.on)
    case = _Case(enquiry, district, rules, service_day, now)
    rulings = (
        *_version(case),
        *_party(case),
        *_deadline(case),
        *_hours(case),
        *_places(case),
        *_line(case),
        *_ride(case),
        *_fare(case),
    )
    return RulesExplanation(rules.version, rulings, refuse_enquiry(enquiry, district, rules, service_day, now))


def _version(case: _Case) -> Iterator[Ruling]:
    rules = case.rules
    sentence = f'Version "{rules.version}" holds on {case.service_day.on}: it begins on {rules.valid_from}.'
    yield case.ruling("name", ok=None, sentence=sentence, name=rules.version, valid_from=str(rules.valid_from))
    days = (case.enquiry.wished_at - case.now).total_seconds() / 86_400
    sentence = f"Rides can be ordered up to {rules.horizon_days} days ahead; this is {max(days, 0):.1f} days ahead."
    yield case.ruling("horizon_days", ok=days <= rules.horizon_days, sentence=sentence, days=rules.horizon_days)


def _party(case: _Case) -> Iterator[Ruling]:
    rules, party, channel = case.rules, case.enquiry.party, case.enquiry.channel
    sentence = f"At most {rules.max_party} persons in one booking; these are {party.persons}."
    yield case.ruling("max_party", ok=party.persons <= rules.max_party, sentence=sentence, max=rules.max_party)
    if channel is not Channel.PHONE:
        limit = rules.max_party_online
        sentence = f"At most {limit} persons without a phone call."
        yield case.ruling("max_party_online", ok=party.persons <= limit, sentence=sentence, max=limit)
        needs = sorted(classes_of(party) & rules.orders.phone.only)
        if rules.orders.phone.only:
            named = ", ".join(sorted(rules.orders.phone.only))
            sentence = f"By phone only: {named}. This party has {', '.join(needs) or 'none of these'}."
            yield case.ruling("phone.only", ok=not needs, sentence=sentence, needs=", ".join(needs))


def _deadline(case: _Case) -> Iterator[Ruling]:
    ordering = ordering_of(case.enquiry, case.district, case.rules)
    day, pickup_s = case.service_day, case.service_day.seconds(case.enquiry.wished_at)
    zone, channel = case.district.zone, case.enquiry.channel.value
    lead_s, latest = ordering.lead_s(day, pickup_s), ordering.latest_rule(day, pickup_s)
    at = clock_text(pickup_s)
    in_time = any(pickup_s in window for window in ordering.orderable(day, case.now))
    general = case.rules.lead_s[case.enquiry.channel]
    key = f"lead_min.{channel}" if lead_s == general else "lead_exception"
    is_late = (case.enquiry.wished_at - case.now).total_seconds() < lead_s
    ahead_min = int((case.enquiry.wished_at - case.now).total_seconds() // 60)
    sentence = (
        f"By {channel}, a pickup at {at} is ordered at least {lead_s // 60} minutes before; "
        f"this order comes {ahead_min} minutes before."
    )
    yield case.ruling(key, ok=not is_late, sentence=sentence, minutes=lead_s // 60)
    if latest is not None:
        deadline_at = ordering.deadline_at(day, pickup_s)
        until = "no time" if deadline_at is None else moment_text(deadline_at, zone)
        sentence = (
            f"Pickups before {clock_text(latest.before_s)} are ordered by {clock_text(latest.order_by_s)}, "
            f"{latest.days_before} day(s) before: until {until}."
        )
        yield case.ruling("latest_order", ok=in_time or is_late, sentence=sentence, until=until)
    if case.enquiry.channel is Channel.PHONE:
        yield _desk(case)
    soft = case.rules.orders.soft_deadline
    if not in_time and soft.is_on:
        sentence = (
            "After the deadline a ride is given if a vehicle that serves somebody within "
            f"{soft.within_s // 60} minutes needs at most {soft.max_extra_s // 60} minutes more for it."
        )
        yield case.ruling("soft_deadline", ok=None, sentence=sentence, max_extra_min=soft.max_extra_s // 60)
    quota = case.rules.orders.late_quota
    if quota.is_on:
        ahead_s = (case.enquiry.wished_at - case.now).total_seconds()
        is_early = ahead_s > quota.early_s
        sentence = (
            f"Of each hour's rides ({quota.rides_per_shift_hour} for each shift on duty) at most "
            f"{quota.early_percent} % are booked more than {quota.early_s // 60} minutes ahead; "
            f"this order is {'' if is_early else 'not '}early."
        )
        yield case.ruling("late_quota", ok=None, sentence=sentence, early_percent=quota.early_percent)


def _desk(case: _Case) -> Ruling:
    on = case.now.astimezone(case.district.zone).date()
    hours = desk_hours_on(case.district, case.rules, on)
    told = "not at all" if hours is None else " to ".join(moment_text(at, case.district.zone) for at in hours)
    binds = case.rules.orders.phone.needs_desk and not case.enquiry.by_staff
    is_open = is_desk_open(case.district, case.rules, case.now)
    sentence = f"The telephone is answered {told}." + (
        "" if binds else " Orders are taken outside of these hours, too."
    )
    return case.ruling("desk_hours", ok=is_open or not binds, sentence=sentence, binds=str(binds).lower())


def _hours(case: _Case) -> Iterator[Ruling]:
    kind = case.district.day_kind(case.service_day.on)
    hours = case.rules.service_hours.get(kind.value)
    if hours is None:
        yield case.ruling("service_hours", ok=False, sentence=f"There is no service on a {kind.value}.")
        return
    wished_s = case.service_day.seconds(case.enquiry.wished_at)
    departs = case.enquiry.timing is Timing.DEPART_AFTER
    ok = hours.from_s <= wished_s < hours.to_s if departs else hours.from_s < wished_s <= hours.to_s
    span = f"{clock_text(hours.from_s)} to {clock_text(hours.to_s)}"
    sentence = f"On a {kind.value} the service runs from {span}; the wish is {clock_text(wished_s)}."
    yield case.ruling(f"service_hours.{kind.value}", ok=ok, sentence=sentence, hours=span)


def _places(case: _Case) -> Iterator[Ruling]:
    ends = [case.stops_at(place) for place in (case.enquiry.origin, case.enquiry.destination)]
    names = case.district.stop_by_id
    reach_m = case.rules.ride.max_walk_to_stop_m
    for place, stops in zip((case.enquiry.origin, case.enquiry.destination), ends, strict=True):
        near = ", ".join(names[stop].name for stop in stops) or "none"
        sentence = f"Stops within {reach_m} m of {place.label}: {near}."
        yield case.ruling("ride.max_walk_to_stop_m", ok=bool(stops), sentence=sentence, metres=reach_m)
    if all(ends):
        yield from _forms(case, ends)


def _forms(case: _Case, ends: list[list[StopId]]) -> Iterator[Ruling]:
    pairs = area_pairs(case.district, case.rules, case.service_day.on)
    day = service_date(case.district, case.service_day.on)
    names = case.district.stop_by_id
    joints = [(o, d, j) for o in ends[0] for d in ends[1] if o != d for j in pairs.joints(o, d)]
    if not joints:
        key = "form" if case.rules.service.forms else "allows_area_to_area"
        sentence = "No form of service joins the two places on this day: " + (
            "rides stay within an area and its hubs." if not case.rules.allows_area_to_area else "see the areas."
        )
        yield case.ruling(key, ok=False, sentence=sentence)
        return
    origin, destination, joint = joints[0]
    form = joint.form
    index = next((i for i, f in enumerate(case.rules.service.forms) if f is form), None)
    key = "allows_area_to_area" if index is None else f"form.{index}"
    named = f'Form "{form.name}"' if form.name else "The free form (any stop, any time)"
    way = f"{names[origin].name} to {names[destination].name}"
    sentence = f"{named} joins {way}, direction {joint.direction.value}."
    yield case.ruling(key, ok=True, sentence=sentence, form=form.name, direction=joint.direction.value)
    guides = [guide for guide in guide_windows(joint, day) if guide.guide_s is not None]
    if guides:
        times = ", ".join(clock_text(guide.guide_s) for guide in guides if guide.guide_s is not None)
        where = "arrive at the hub" if guides[0].is_dropoff else "begin"
        sentence = f"Rides {where} at about {times}."
        yield case.ruling(f"{key}.departures", ok=None, sentence=sentence, times=times)


def _line(case: _Case) -> Iterator[Ruling]:
    rule = case.rules.line_priority
    if not rule.is_on:
        yield case.ruling("line_priority.is_on", ok=True, sentence="Lines have no priority over rides.")
        return
    exempt = sorted(classes_of(case.enquiry.party) & case.rules.exempt_from_lines())
    if exempt:
        sentence = f"Lines have no priority over this party: {', '.join(exempt)}."
        yield case.ruling("line_priority.exempts", ok=True, sentence=sentence, exempt=", ".join(exempt))
        return
    what = {
        "refuse": "no ride is given",
        "feeder_only": "rides only lead to lines and from them",
        "line_first": "the line is shown first",
    }[rule.action.value]
    sentence = (
        f"Where a line departs at most {rule.before_s // 60} minutes before or {rule.after_s // 60} after the ride, "
        f"with at most {rule.max_walk_m} m on foot at each end and {rule.max_extra_s // 60} minutes longer, {what}."
    )
    values: Values = {"before_min": rule.before_s // 60, "after_min": rule.after_s // 60, "action": rule.action.value}
    yield case.ruling("line_priority", ok=None, sentence=sentence, **values)


def _ride(case: _Case) -> Iterator[Ruling]:
    ride, enquiry = case.rules.ride, case.enquiry
    metres = tariff_m(enquiry)
    if not enquiry.party.has_reduced_mobility():
        sentence = f"Ways under {ride.min_distance_m} m are walked; this is about {metres} m."
        ok = metres >= ride.min_distance_m
        yield case.ruling("ride.min_distance_m", ok=ok, sentence=sentence, metres=ride.min_distance_m)
    sentence = (
        f"A ride takes at most {ride.max_detour_factor} times the direct one or {ride.max_detour_s // 60} minutes "
        f"more, never more than {ride.max_ride_s // 60} minutes; "
        f"the promised window is {ride.pickup_window_s // 60} minutes."
    )
    yield case.ruling("ride", ok=None, sentence=sentence, max_ride_min=ride.max_ride_s // 60)


def _fare(case: _Case) -> Iterator[Ruling]:
    enquiry = case.enquiry
    zones = tuple(
        tuple(area.id for area in case.district.areas if area.covers(place.lon, place.lat))
        for place in (enquiry.origin, enquiry.destination)
    )
    fare = fare_of(case.rules, tariff_m(enquiry), (zones[0], zones[1]), enquiry.party, enquiry.tickets)
    told = {FareKind.FULL: "full fare", FareKind.COMPANION: "companion", FareKind.DOOR: "to the door"}
    parts = ", ".join(
        f"{part.persons} x {part.each_ct / 100:.2f} EUR ({part.concession or told[part.kind]})" for part in fare.parts
    )
    sentence = f"The fare is {fare.total_ct / 100:.2f} EUR: {parts}; paid by {', '.join(fare.payments)}."
    if fare.unknown_tickets:
        sentence += f" Not known to the tariff: {', '.join(fare.unknown_tickets)}."
    yield case.ruling("fare", ok=None, sentence=sentence, total_ct=fare.total_ct)
    if enquiry.to_door:
        door_ct = case.rules.fare.door_ct
        sentence = f"Being brought to the door costs {door_ct / 100:.2f} EUR a person more."
        yield case.ruling("fare.door_ct", ok=None, sentence=sentence, door_ct=door_ct)


def tariff_m(enquiry: Enquiry) -> int:
    """How far it is from origin to destination, as the tariff counts it."""
    origin, destination = enquiry.origin, enquiry.destination
    return round(ROAD_FACTOR * distance_m(origin.lon, origin.lat, destination.lon, destination.lat))
