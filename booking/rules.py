"""What the operator's rules say to an enquiry. Pure: every answer cites the rule and its version."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import product

from booking.deadlines import Ordering, is_desk_open, next_desk_opening, ordering_of
from booking.district import District
from booking.forms import Joint, forms_of_areas, joint_of
from booking.model import AreaId, Channel, Enquiry, Explanation, Reason, StopId, Timing
from booking.rider_classes import classes_of
from booking.rulebook import Rules
from booking.rulebook_forms import FREE_FORM, Direction, ServiceForm
from gtfs.service_day import ServiceDay


@dataclass(frozen=True, slots=True)
class AreaPairs:
    """Which stops may be joined by one ride, and under which form of service.

    Both in one area, or one of them a hub of the other's area; from area to area where the rules say so.

    Parameters
    ----------
    forms_of_area
        The forms that serve each area; the free form for an area that is missing.
    """

    areas_of_stop: Mapping[StopId, frozenset[AreaId]]
    hubs_of_area: Mapping[AreaId, tuple[StopId, ...]]
    allows_area_to_area: bool
    forms_of_area: Mapping[AreaId, tuple[ServiceForm, ...]] = field(default_factory=dict)

    def hubs_of_stop(self, stop: StopId) -> tuple[StopId, ...]:
        """The hubs that rides from and to this stop lead to, in a stable order."""
        hubs = (hub for area in sorted(self.areas_of_stop[stop]) for hub in self.hubs_of_area[area])
        return tuple(dict.fromkeys(hub for hub in hubs if hub != stop))

    def may_join(self, one: StopId, other: StopId) -> bool:
        """Whether a ride may go from one stop to the other."""
        return next(self.joints(one, other), None) is not None

    def joints(self, one: StopId, other: StopId) -> Iterator[Joint]:
        """The forms of service under which a ride may go from one stop to the other, each with its direction."""
        here, there = self.areas_of_stop[one], self.areas_of_stop[other]
        for area in sorted(here | there):
            direction = self._direction(area, one, other)
            if direction is not None:
                yield from self._joints_in(area, one, other, direction)
        if here & there:
            return
        for area, next_area in product(sorted(here), sorted(there)):
            forms = [self._crossing_forms(a) for a in (area, next_area)]
            if all(forms):
                yield from (Joint(form, Direction.ACROSS) for form in forms[0])

    def _direction(self, area: AreaId, one: StopId, other: StopId) -> Direction | None:
        hubs = self.hubs_of_area[area]  # a hub may lie outside of every area and still be led to
        begins, ends = area in self.areas_of_stop[one], area in self.areas_of_stop[other]
        if begins and other in hubs:
            return Direction.TO_HUB
        if ends and one in hubs:
            return Direction.FROM_HUB
        return Direction.WITHIN if begins and ends else None

    def _joints_in(self, area: AreaId, one: StopId, other: StopId, direction: Direction) -> Iterator[Joint]:
        for form in self.forms_of_area.get(area, (FREE_FORM,)):
            joint = joint_of(form, one, other, direction)
            if joint is not None:
                yield joint

    def _crossing_forms(self, area: AreaId) -> list[ServiceForm]:
        forms = self.forms_of_area.get(area, (FREE_FORM,))
        return [f for f in forms if not f.stop_order and (self.allows_area_to_area or Direction.ACROSS in f.directions)]

    def is_served(self, stop: StopId) -> bool:
        """Whether the stop lies in an area or is a hub of one."""
        return bool(self.areas_of_stop[stop]) or any(stop in hubs for hubs in self.hubs_of_area.values())


def area_pairs(district: District, rules: Rules, on: date | None = None) -> AreaPairs:
    """Which stops of a district the rules let one ride join, on a date or (without one) ever."""
    forms = forms_of_areas(district, rules, on) if rules.service.forms else {}
    return AreaPairs(district.areas_of_stop, district.hubs_of_area, rules.allows_area_to_area, forms)


def earliest_pickup_at(rules: Rules, channel: Channel, now: datetime) -> datetime:
    """The earliest pickup by the general lead time alone, rounded up to a full minute; see :mod:`booking.deadlines`."""
    earliest = now + timedelta(seconds=rules.lead_s[channel])
    floor = earliest.replace(second=0, microsecond=0)
    return floor if floor == earliest else floor + timedelta(minutes=1)


def refuse_enquiry(
    enquiry: Enquiry, district: District, rules: Rules, service_day: ServiceDay, now: datetime
) -> Explanation | None:
    """The first rule that forbids any ride for this enquiry, or None. Stops, roads and vehicles come later."""
    return (
        _refuse_place(enquiry, rules)
        or _refuse_party(enquiry, district, rules)
        or _refuse_time(enquiry, district, rules, service_day, now)
        or _refuse_hours(enquiry, district, rules, service_day)
    )


def _cite(rules: Rules, name: str) -> str:
    return f"{rules.version}/{name}"


def _refuse_place(enquiry: Enquiry, rules: Rules) -> Explanation | None:
    one, other = enquiry.origin, enquiry.destination
    if (one.lon, one.lat) == (other.lon, other.lat) or (one.stop_id is not None and one.stop_id == other.stop_id):
        return Explanation(Reason.SAME_PLACE, _cite(rules, "enquiry"))
    return None


def _refuse_party(enquiry: Enquiry, district: District, rules: Rules) -> Explanation | None:
    party = enquiry.party
    if party.persons > rules.max_party:
        return Explanation(Reason.PARTY_TOO_LARGE, _cite(rules, "max_party"), {"max": rules.max_party})
    if enquiry.channel is not Channel.PHONE and party.persons > rules.max_party_online:
        return Explanation(
            Reason.BY_PHONE_ONLY,
            _cite(rules, "max_party_online"),
            {"max": rules.max_party_online, "phone": district.contact.phone},
        )
    if enquiry.channel is not Channel.PHONE and classes_of(party) & rules.orders.phone.only:
        params = {"phone": district.contact.phone}
        return Explanation(Reason.NEED_BY_PHONE_ONLY, _cite(rules, "phone.only"), params)
    if not any(party.load().fits_one_of(vehicle.layouts) for vehicle in district.vehicles):
        return Explanation(Reason.NO_SUITABLE_VEHICLE, _cite(rules, "fleet"), {"phone": district.contact.phone})
    return None


def _refuse_time(
    enquiry: Enquiry, district: District, rules: Rules, service_day: ServiceDay, now: datetime
) -> Explanation | None:
    if enquiry.wished_at < now - timedelta(minutes=1):
        return Explanation(Reason.IN_THE_PAST, _cite(rules, "enquiry"))
    if enquiry.wished_at > now + timedelta(days=rules.horizon_days):
        return Explanation(Reason.TOO_FAR_AHEAD, _cite(rules, "horizon_days"), {"days": rules.horizon_days})
    ordering = ordering_of(enquiry, district, rules)
    windows = ordering.orderable(service_day, now)
    if not windows and ordering.needs_desk and not is_desk_open(district, rules, now):
        return _desk_closed(district, rules, now)
    wished_s = service_day.seconds(enquiry.wished_at)
    return None if any(wished_s in window for window in windows) else too_late(ordering, service_day, wished_s, now)


def _desk_closed(district: District, rules: Rules, now: datetime) -> Explanation:
    params: dict[str, str | int | datetime] = {"phone": district.contact.phone}
    opens_at = next_desk_opening(district, rules, now)
    if opens_at is not None:
        params["opens_at"] = opens_at
    return Explanation(Reason.DESK_CLOSED, _cite(rules, "desk_hours"), params)


def too_late(ordering: Ordering, service_day: ServiceDay, pickup_s: int, now: datetime) -> Explanation:
    """That a pickup should have been ordered earlier: until when, and what can still be had."""
    rules = ordering.rules
    lead_s, latest = ordering.lead_s(service_day, pickup_s), ordering.latest_rule(service_day, pickup_s)
    params: dict[str, str | int | datetime] = {"lead_min": lead_s // 60}
    earliest_at = ordering.first_pickup_at(now)
    if earliest_at is not None:
        params["earliest_at"] = earliest_at
    if latest is None and not ordering.needs_desk:
        is_general = lead_s == rules.lead_s[ordering.channel]
        key = "lead_min" if is_general else "lead_exception"
        return Explanation(Reason.TOO_LATE_TO_ORDER, _cite(rules, key), params)
    deadline_at = ordering.deadline_at(service_day, pickup_s)
    if deadline_at is not None:
        params["latest_at"] = deadline_at
    key = "desk_hours" if latest is None else "latest_order"
    return Explanation(Reason.TOO_LATE_TO_ORDER, _cite(rules, key), params)


def _refuse_hours(enquiry: Enquiry, district: District, rules: Rules, service_day: ServiceDay) -> Explanation | None:
    hours = rules.service_hours.get(district.day_kind(service_day.on).value)
    wished_s = service_day.seconds(enquiry.wished_at)
    rule = _cite(rules, "service_hours")
    if hours is None:
        return Explanation(Reason.NO_SERVICE_THAT_DAY, rule)
    # The last order of the evening may arrive when the service ends; the first one leaves when it begins.
    is_inside = (
        hours.from_s <= wished_s < hours.to_s
        if enquiry.timing is Timing.DEPART_AFTER
        else hours.from_s < wished_s <= hours.to_s
    )
    if is_inside:
        return None
    bounds = {"from_at": service_day.at(hours.from_s), "to_at": service_day.at(hours.to_s)}
    return Explanation(Reason.OUTSIDE_SERVICE_HOURS, rule, bounds)
