"""What the operator's rules say to an enquiry. Pure: every answer cites the rule and its version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.district import District
from booking.model import AreaId, Channel, Enquiry, Explanation, Reason, StopId, Timing
from booking.rulebook import Rules
from gtfs.service_day import ServiceDay


@dataclass(frozen=True, slots=True)
class AreaPairs:
    """Which stops may be joined by one ride: both in one area, or one of them a hub of the other's area."""

    areas_of_stop: Mapping[StopId, frozenset[AreaId]]
    hubs_of_area: Mapping[AreaId, tuple[StopId, ...]]
    allows_area_to_area: bool

    def hubs_of_stop(self, stop: StopId) -> tuple[StopId, ...]:
        """The hubs that rides from and to this stop lead to, in a stable order."""
        hubs = (hub for area in sorted(self.areas_of_stop[stop]) for hub in self.hubs_of_area[area])
        return tuple(dict.fromkeys(hub for hub in hubs if hub != stop))

    def may_join(self, one: StopId, other: StopId) -> bool:
        """Whether a ride may go between two stops (in either direction)."""
        if self.areas_of_stop[one] & self.areas_of_stop[other]:
            return True
        # A hub may lie outside of every area and still be led to.
        if one in self.hubs_of_stop(other) or other in self.hubs_of_stop(one):
            return True
        return self.allows_area_to_area and bool(self.areas_of_stop[one]) and bool(self.areas_of_stop[other])

    def is_served(self, stop: StopId) -> bool:
        """Whether the stop lies in an area or is a hub of one."""
        return bool(self.areas_of_stop[stop]) or any(stop in hubs for hubs in self.hubs_of_area.values())


def area_pairs(district: District, rules: Rules) -> AreaPairs:
    """Which stops of a district the rules let one ride join."""
    return AreaPairs(district.areas_of_stop, district.hubs_of_area, rules.allows_area_to_area)


def earliest_pickup_at(rules: Rules, channel: Channel, now: datetime) -> datetime:
    """The earliest pickup that can still be ordered, rounded up to a full minute."""
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
        or _refuse_time(enquiry, rules, now)
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
    if not any(party.load().fits_one_of(vehicle.layouts) for vehicle in district.vehicles):
        return Explanation(Reason.NO_SUITABLE_VEHICLE, _cite(rules, "fleet"), {"phone": district.contact.phone})
    return None


def _refuse_time(enquiry: Enquiry, rules: Rules, now: datetime) -> Explanation | None:
    if enquiry.wished_at < now - timedelta(minutes=1):
        return Explanation(Reason.IN_THE_PAST, _cite(rules, "enquiry"))
    if enquiry.wished_at > now + timedelta(days=rules.horizon_days):
        return Explanation(Reason.TOO_FAR_AHEAD, _cite(rules, "horizon_days"), {"days": rules.horizon_days})
    earliest = earliest_pickup_at(rules, enquiry.channel, now)
    if enquiry.wished_at < earliest:
        return Explanation(
            Reason.TOO_LATE_TO_ORDER,
            _cite(rules, "lead_min"),
            {"lead_min": rules.lead_s[enquiry.channel] // 60, "earliest_at": earliest},
        )
    return None


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
