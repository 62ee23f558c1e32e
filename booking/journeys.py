"""From an enquiry to its answer: lines, rides, both together, or a refusal with the nearest rides that are possible.

Pure: the same functions answer a resident, a dispatcher's caller and a simulated day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from booking.combined import find_combined
from booking.day import service_day_of
from booking.direct import find_direct, is_too_short, ride_time_s, wish_window
from booking.enquiry_search import DayProvider, EnquirySearch, Network, NextOfferId
from booking.lines import line_legs, line_with_priority, query_lines, walking_ends
from booking.model import Answer, Enquiry, Explanation, Offer, Reason, Refusal
from booking.offers import line_offer, ranked, ride_offer
from booking.refusals import allowed_wishes, explain_shift, refuse_ride, time_shifts
from booking.rules import refuse_enquiry
from gtfs.itinerary import Itinerary

MOST_OFFERS = 5
MOST_ALTERNATIVES = 3
LINE_STEP_S = 3600
"""Rides with a line are looked for at full hours from the wish: their search looks two hours ahead anyway."""
ANOTHER_TIME_MAY_HELP = {Reason.NO_VEHICLE_FREE, Reason.AREAS_NOT_CONNECTED, Reason.NO_SUITABLE_VEHICLE}
FITS = Explanation(Reason.FITS_THE_WISH)


@dataclass(frozen=True, slots=True)
class Answerer:
    """What it takes to answer enquiries.

    Parameters
    ----------
    days
        Gives a service day as it stands; called for the day of the wish, and for a neighbouring day when the wish
        lies outside the service hours.
    next_offer_id
        Gives an id that was never given before.
    """

    network: Network
    days: DayProvider
    next_offer_id: NextOfferId

    def answer(self, enquiry: Enquiry, now: datetime) -> Answer:
        """Answer an enquiry: offers, best first, or a refusal with its reason and alternatives."""
        district = self.network.district
        service_day = service_day_of(enquiry.wished_at, district.zone)
        rules = district.rulebook.rules_on(service_day.on)
        against = refuse_enquiry(enquiry, district, rules, service_day, now)
        if against is None:
            return self._search(enquiry, now)
        alternatives: list[Offer] = []
        for wish in allowed_wishes(enquiry, against, district, rules, service_day, now):
            wish_day = service_day_of(wish.wished_at, district.zone)
            if refuse_enquiry(wish, district, district.rulebook.rules_on(wish_day.on), wish_day, now) is None:
                found = self._search(wish, now)
                alternatives += found.offers or (found.refusal.alternatives if found.refusal else ())
        return Answer((), Refusal(against, enquiry, rules.version, tuple(alternatives[:MOST_ALTERNATIVES])))

    def _search(self, enquiry: Enquiry, now: datetime) -> Answer:
        service_day = service_day_of(enquiry.wished_at, self.network.district.zone)
        rules = self.network.district.rulebook.rules_on(service_day.on)
        search = EnquirySearch(enquiry, self.network, rules, self.days(service_day), now, self.next_offer_id)
        return _answer_search(search)


def _answer_search(search: EnquirySearch) -> Answer:
    enquiry = search.enquiry
    lines = query_lines(search, walking_ends(search, enquiry.origin), walking_ends(search, enquiry.destination))
    priority = line_with_priority(search, lines, ride_time_s(search))
    if priority is not None:
        return _line_first(search, priority, lines)
    combined = () if is_too_short(search) else find_combined(search)
    rides = [ride_offer(search, journey, ()) for journey in combined]
    direct = find_direct(search, wish_window(search))
    if direct is not None:
        rides.append(ride_offer(search, direct, (FITS,)))
    later = [it for it in lines if not search.departs or it.departure_s >= search.wished_s]
    by_line = [line_offer(search, line_legs(search, it), FITS) for it in later[:2]]
    if rides:
        return Answer(ranked(search, [*rides, *by_line])[:MOST_OFFERS])
    explanation = refuse_ride(search)
    if by_line:
        return Answer(tuple(by_line), notes=(explanation,))
    alternatives = _alternatives(search) if explanation.reason in ANOTHER_TIME_MAY_HELP else ()
    return Answer((), Refusal(explanation, enquiry, search.rules.version, alternatives))


def _line_first(search: EnquirySearch, priority: Itinerary, lines: Iterable[Itinerary]) -> Answer:
    leg = priority.line_legs()[0]
    params: dict[str, str | int | datetime] = {"line": leg.route_name, "at": search.at(leg.departure_s)}
    note = Explanation(Reason.LINE_HAS_PRIORITY, f"{search.rules.version}/line_priority", params)
    others = [it for it in lines if it is not priority and it.departure_s >= min(search.wished_s, priority.departure_s)]
    offers = [line_offer(search, line_legs(search, it), note) for it in (priority, *others[:2])]
    return Answer(tuple(offers), notes=(note,))


def _alternatives(search: EnquirySearch) -> tuple[Offer, ...]:
    """The nearest journeys around the wish, earlier and later, at most a few."""
    found: list[Offer] = []
    for shift_s in time_shifts(search):
        shifted = search.shifted(shift_s)
        journey = find_direct(shifted, wish_window(shifted))
        if journey is None and shift_s % LINE_STEP_S == 0:
            journey = next(find_combined(shifted), None)
        if journey is not None:
            found.append(ride_offer(search, journey, (explain_shift(search, journey.legs),)))
        if len(found) >= MOST_ALTERNATIVES:
            break
    return ranked(search, found)
