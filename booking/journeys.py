"""From an enquiry to its answer: lines, rides, both together, or a refusal with the nearest rides that are possible.

Pure: the same functions answer a resident, a dispatcher's caller and a simulated day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from booking.combined import find_combined, hub_itineraries
from booking.day import service_day_of
from booking.day_insertions import DayInsertions
from booking.direct import find_direct, flexible_windows, is_too_short, joined_stops, ride_time_s, wish_window
from booking.enquiry_search import DayProvider, EnquirySearch, Network, NextOfferId
from booking.lines import line_legs, line_with_priority, query_lines, walking_ends
from booking.model import Answer, Enquiry, Explanation, Offer, Reason, Refusal
from booking.offers import fits_stated, line_offer, ranked, ride_offer
from booking.policy import FULL, Policy
from booking.refusals import allowed_wishes, explain_shift, refuse_ride, time_shifts
from booking.rules import refuse_enquiry
from booking.second_look import FoundDays, Look
from booking.soft_deadline import ride_on_its_way
from booking.transfers import find_transfer
from gtfs.itinerary import Itinerary, LegKind
from gtfs.line_priority import Priority, PriorityAction

MOST_OFFERS = 5
MOST_ALTERNATIVES = 3
LINE_STEP_S = 3600
"""Rides with a line are looked for at full hours from the wish: their search looks two hours ahead anyway."""
ANOTHER_TIME_MAY_HELP = {
    Reason.NO_VEHICLE_FREE,
    Reason.AREAS_NOT_CONNECTED,
    Reason.BETWEEN_DEPARTURES,
    Reason.TOO_LATE_TO_ORDER,
    Reason.KEPT_FOR_LATE_ORDERS,
    Reason.NONE_SUITABLE_FREE,
    Reason.NONE_SUITABLE_ON_DUTY,
}
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
    found
        Takes what second looks found, for whoever confirms.
    """

    network: Network
    days: DayProvider
    next_offer_id: NextOfferId
    policy: Policy = FULL
    found: FoundDays = field(default_factory=FoundDays)

    def answer(self, enquiry: Enquiry, now: datetime) -> Answer:
        """Answer an enquiry: offers, best first, or a refusal with its reason and alternatives."""
        district = self.network.district
        service_day = service_day_of(enquiry.wished_at, district.zone)
        rules = district.rulebook.rules_on(service_day.on)
        against = refuse_enquiry(enquiry, district, rules, service_day, now)
        search = self._search(enquiry, now)
        if against is None:
            answer = self._answer_search(search)
            is_too_late = answer.refusal is not None and answer.refusal.explanation.reason is Reason.TOO_LATE_TO_ORDER
            on_its_way = ride_on_its_way(search) if is_too_late else None
            return answer if on_its_way is None else Answer((on_its_way,))
        if against.reason is Reason.TOO_LATE_TO_ORDER and (left := _after_deadline(search, against)) is not None:
            return left
        alternatives: list[Offer] = []
        if self.policy.shifts_wishes:
            for wish in allowed_wishes(enquiry, against, district, rules, service_day, now):
                wish_day = service_day_of(wish.wished_at, district.zone)
                if refuse_enquiry(wish, district, district.rulebook.rules_on(wish_day.on), wish_day, now) is None:
                    found = self._answer_search(self._search(wish, now))
                    alternatives += found.offers or (found.refusal.alternatives if found.refusal else ())
        return with_stated_flexibility(Refusal(against, enquiry, rules.version, tuple(alternatives)))

    def _search(self, enquiry: Enquiry, now: datetime) -> EnquirySearch:
        service_day = service_day_of(enquiry.wished_at, self.network.district.zone)
        rules = self.network.district.rulebook.rules_on(service_day.on)
        insertions = DayInsertions(self.network.packed_days)
        return EnquirySearch(enquiry, self.network, rules, self.days(service_day), now, self.next_offer_id, insertions)

    def _answer_search(self, search: EnquirySearch) -> Answer:
        answer, feeds_only = _at_first_sight(search)
        if answer.refusal is None:
            return answer
        return self._answer_otherwise(search, answer.refusal.explanation, feeds_only=feeds_only)

    def _answer_otherwise(self, search: EnquirySearch, against: Explanation, *, feeds_only: bool) -> Answer:
        """What is possible where nothing fits as things stand: at another time, by other runs; else a refusal."""
        refusal = Refusal(against, search.enquiry, search.rules.version)
        if against.reason not in ANOTHER_TIME_MAY_HELP:
            return Answer((), refusal)
        limits = self.policy.second_look
        again = None
        if limits is not None:
            again = replace(search, look=Look(limits), keep_found=self.found.keep)
        rides = _flexible_rides(search, feeds_only=feeds_only) if self.policy.shifts_wishes else []
        if not rides and again is not None:
            rides = self._look_again(again, feeds_only=feeds_only)
        if not rides and not feeds_only:
            rides = self._across(search, again)
        if rides:
            return Answer(ranked(search, rides)[:MOST_OFFERS])
        alternatives = _alternatives(search, feeds_only=feeds_only) if self.policy.shifts_wishes else ()
        return with_stated_flexibility(replace(refusal, alternatives=alternatives))

    def _look_again(self, again: EnquirySearch, *, feeds_only: bool) -> list[Offer]:
        """Rides for which other runs of the time are planned anew: as wished, else within what the rider stated."""
        direct = None if feeds_only else find_direct(again, wish_window(again))
        if direct is not None:
            return [ride_offer(again, direct, (FITS,))]
        if not is_too_short(again):
            combined = next(find_combined(again), None)
            if combined is not None:
                return [ride_offer(again, combined, ())]
        return _flexible_rides(again, feeds_only=feeds_only) if self.policy.shifts_wishes else []

    def _across(self, search: EnquirySearch, again: EnquirySearch | None) -> list[Offer]:
        """A ride from one area to another, where the rules allow it for want of a line or of a ride to its hub.

        Parameters
        ----------
        again
            The same search with what is left of its second look.
        """
        if not search.rules.joins_areas_without_line or any(True for _ in joined_stops(search)):
            return []
        rules = replace(search.rules, allows_area_to_area=True)
        searches = [replace(one, rules=rules) for one in (search, again) if one is not None]
        for across in searches:
            direct = find_direct(across, wish_window(across))
            if direct is not None:
                return [ride_offer(across, direct, (FITS,))]
        return _flexible_rides(searches[0], feeds_only=False) if self.policy.shifts_wishes else []


def _after_deadline(search: EnquirySearch, against: Explanation) -> Answer | None:
    """What is left when a wish comes too late, or None.

    Lines need no order. By a soft deadline, so much of the wished time as can still be ordered counts as well, and
    rides that a vehicle on its way takes.
    """
    if not search.rules.orders.soft_deadline.is_on:
        by_line = _by_line(search, _lines(search))
        return Answer(by_line, notes=(against,)) if by_line else None
    in_time, _ = _at_first_sight(search)
    if any(note.reason is Reason.LINE_HAS_PRIORITY for note in in_time.notes):
        return in_time
    on_its_way = ride_on_its_way(search)
    rides = [offer for offer in (on_its_way, *in_time.offers) if offer is not None]
    if any(offer.is_bookable() for offer in rides):
        return Answer(ranked(search, rides)[:MOST_OFFERS])
    return Answer(tuple(rides), notes=(against,)) if rides else None


def _at_first_sight(search: EnquirySearch) -> tuple[Answer, bool]:
    """What fits as things stand, or a refusal without alternatives; and whether rides may only feed lines."""
    lines = _lines(search)
    priority = _priority(search, lines)
    if priority is not None and priority.action is PriorityAction.REFUSE:
        return _line_first(search, priority.itinerary, lines, ()), False
    feeds_only = priority is not None and priority.action is PriorityAction.FEEDER_ONLY
    rides = _rides(search, feeds_only=feeds_only)
    if priority is not None and (rides or priority.itinerary in lines):
        return _line_first(search, priority.itinerary, lines, rides), feeds_only
    by_line = _by_line(search, lines)
    if rides:
        return Answer(ranked(search, [*rides, *by_line])[:MOST_OFFERS]), feeds_only
    explanation = refuse_ride(search)
    if by_line:
        return Answer(by_line, notes=(explanation,)), feeds_only
    return Answer((), Refusal(explanation, search.enquiry, search.rules.version)), feeds_only


def _lines(search: EnquirySearch) -> tuple[Itinerary, ...]:
    ends = search.enquiry.origin, search.enquiry.destination
    return query_lines(search, walking_ends(search, ends[0]), walking_ends(search, ends[1]))


def _by_line(search: EnquirySearch, lines: Iterable[Itinerary]) -> tuple[Offer, ...]:
    """The next journeys by line alone."""
    later = [it for it in lines if not search.departs or it.departure_s >= search.wished_s]
    return tuple(line_offer(search, line_legs(search, it), FITS) for it in later[:2])


def _rides(search: EnquirySearch, *, feeds_only: bool) -> list[Offer]:
    """Rides that fit the wish as it is."""
    combined = () if is_too_short(search) else find_combined(search)
    rides = [ride_offer(search, journey, ()) for journey in combined]
    direct = None if feeds_only else find_direct(search, wish_window(search))
    if direct is not None:
        rides.append(ride_offer(search, direct, (FITS,)))
    if not rides and not feeds_only and not is_too_short(search):
        over_a_hub = find_transfer(search)
        rides += [] if over_a_hub is None else [ride_offer(search, over_a_hub, (FITS,))]
    return rides


def _flexible_rides(search: EnquirySearch, *, feeds_only: bool) -> list[Offer]:
    """The nearest rides within what the rider stated would do as well."""
    found = []
    if not feeds_only:
        journeys = (find_direct(search, window) for window in flexible_windows(search))
        direct = next((journey for journey in journeys if journey is not None), None)
        if direct is not None:
            found.append(direct)
    shift_s = -search.enquiry.earlier_s if search.departs else search.enquiry.later_s
    if shift_s and not is_too_short(search):
        found += list(islice(find_combined(search.shifted(shift_s)), 1))
    offers = [ride_offer(search, journey, (explain_shift(search, journey.legs),)) for journey in found]
    return [offer for offer in offers if fits_stated(offer, search.enquiry)]


def with_stated_flexibility(refusal: Refusal) -> Answer:
    """What a refusal has to offer: alternatives that lie within what the rider stated are offers, and no refusal."""
    within = tuple(offer for offer in refusal.alternatives if fits_stated(offer, refusal.enquiry))
    if within:
        return Answer(within[:MOST_OFFERS])
    return Answer((), replace(refusal, alternatives=refusal.alternatives[:MOST_ALTERNATIVES]))


def _priority(search: EnquirySearch, lines: tuple[Itinerary, ...]) -> Priority | None:
    """Whether a line goes first; where rides may only feed lines, one that serves a part of the way does as well."""
    ride_s = ride_time_s(search)
    priority = line_with_priority(search, lines, ride_s)
    if priority is None and search.rules.line_priority.action is PriorityAction.FEEDER_ONLY:
        return line_with_priority(search, hub_itineraries(search), ride_s)
    return priority


def _line_first(
    search: EnquirySearch, priority: Itinerary, lines: Iterable[Itinerary], rides: Sequence[Offer]
) -> Answer:
    """The line that goes first and others near it, then the rides that are given all the same."""
    leg = priority.line_legs()[0]
    params: dict[str, str | int | datetime] = {"line": leg.route_name, "at": search.at(leg.departure_s)}
    note = Explanation(Reason.LINE_HAS_PRIORITY, f"{search.rules.version}/line_priority", params)
    others = [it for it in lines if it is not priority and it.departure_s >= min(search.wished_s, priority.departure_s)]
    by_line = [it for it in (priority, *others[:2]) if not any(leg.kind is LegKind.ON_DEMAND for leg in it.legs)]
    offers = [line_offer(search, line_legs(search, it), note) for it in by_line]
    return Answer((*offers, *ranked(search, rides))[:MOST_OFFERS], notes=(note,))


def _alternatives(search: EnquirySearch, *, feeds_only: bool) -> tuple[Offer, ...]:
    """The nearest journeys around the wish, at most a few; where rides may only feed lines, none goes all the way."""
    found: list[Offer] = []
    for shift_s in time_shifts(search):
        shifted = search.shifted(shift_s)
        journey = None if feeds_only else find_direct(shifted, wish_window(shifted))
        if journey is None and shift_s % LINE_STEP_S == 0:
            journey = next(find_combined(shifted), None)
        if journey is not None:
            found.append(ride_offer(search, journey, (explain_shift(search, journey.legs),)))
        if len(found) >= MOST_ALTERNATIVES:
            break
    return ranked(search, found)
