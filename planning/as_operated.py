"""Today's service as a yardstick: the same fleet and the same lines, run by a timetable for each zone.

What it assumes, after what the operator's public pages say of the service in Ludwigslust-Parchim:

* zones are bound to a timetable: rides begin near a guide time (*Richtzeit*), every hour in every zone and direction;
* to and from hubs a ride may begin a quarter of an hour before or after its guide time, for the zones' timetables are
  made for the lines that they meet; between two other stops up to ten minutes after it;
* first come, first served: what a rider was told stands to within five minutes, so a later order seldom moves it;
* nobody re-plans, nobody looks twice, and a rider who is refused gets no other time offered;
* the deadline is hard, rides stay within their area and its hubs, and riders are shown what suits them best;
* riders know the timetable: they ask for the next course after (or the last one before) the time they wish for.

Lead times, line priority, hours, ride times and everything else are the district's own rules. Guide times of real zones
are tuned to their lines better than a full hour is; who has the real ones writes them into ``rules.toml`` instead.
"""

from dataclasses import replace

from booking.district import District
from booking.model import Enquiry, Timing
from booking.rulebook import Rulebook, Rules
from booking.rulebook_forms import Departures, Direction, ServiceForm
from booking.rulebook_ordering import SoftDeadline
from gtfs.service_day import ServiceDay

HEADWAY_S = 3600
PROMISE_S = 5 * 60
HUB_S, WITHIN_S = 10 * 60, 10 * 60
"""How far a ride may begin from its guide time."""
ARRIVAL_S = 30 * 60
"""Whoever must be somewhere asks for the last course before, and if that is full for the one before it."""


def as_operated(district: District) -> District:
    """The district with its zones bound to a timetable."""
    versions = tuple(_bound(rules) for rules in district.rulebook.versions)
    return replace(district, rulebook=Rulebook(versions))


def _bound(rules: Rules) -> Rules:
    hours = rules.service_hours.values()
    first_s = min((h.from_s for h in hours), default=0) // HEADWAY_S * HEADWAY_S
    last_s = max((h.to_s for h in hours), default=0)
    guide_times_s = tuple(range(first_s, last_s + 1, HEADWAY_S))
    hub = Departures(guide_times_s, frozenset({Direction.TO_HUB, Direction.FROM_HUB}), earlier_s=HUB_S, later_s=HUB_S)
    within = Departures(guide_times_s, frozenset({Direction.WITHIN}), later_s=WITHIN_S)
    service = replace(rules.service, forms=(ServiceForm("timetable", departures=(hub, within)),))
    return replace(
        rules,
        ride=replace(rules.ride, pickup_window_s=PROMISE_S),
        service=service,
        orders=replace(rules.orders, soft_deadline=SoftDeadline()),
        joins_areas_without_line=False,
        rank_extra_s=0,
    )


def asked_by_timetable(enquiry: Enquiry, service_day: ServiceDay) -> tuple[Enquiry, ...]:
    """What somebody asks who knows the timetable: the first of these that gets a ride is taken."""
    wished_s = service_day.seconds(enquiry.wished_at)
    if enquiry.timing is Timing.ARRIVE_BY:
        return tuple(replace(enquiry, wished_at=service_day.at(wished_s - back_s)) for back_s in (0, ARRIVAL_S))
    next_s = -(-wished_s // HEADWAY_S) * HEADWAY_S
    # A course leaves up to a quarter of an hour early; whoever can take that one need not wait for the next.
    return tuple(replace(enquiry, wished_at=service_day.at(s)) for s in dict.fromkeys((wished_s, next_s)))
