"""Runs are planned anew before a ride is refused; riders who can give time get a ride at another time.

Six towns 5 km apart, about five minutes' drive from one to the next (tests/tiny_district.py). Until the afternoon one
bus drives in the west: six seats, or four and a wheelchair.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from booking.bookings import place, place_as_found
from booking.day import Day, open_day
from booking.enquiry_search import Network
from booking.journeys import Answerer
from booking.model import Answer, Channel, Contact, Enquiry, Offer, OfferId, Party, Reason, StopId, Timing
from booking.operation import Operation
from booking.policy import INSERTION_ONLY, Policy
from booking.second_look import FoundDays, SecondLook
from gtfs.service_day import ServiceDay
from gtfs.timetable import empty_timetable
from routing.violations import violations
from tests.tiny_network import enquiry_of, local, service_day

NOW = local("06:00")
STEPS_ALONE = SecondLook(seconds=None, steps=400, rides=2)
LOOKS_AGAIN = Policy(STEPS_ALONE, shifts_wishes=False)
SHIFTS = Policy(None, shifts_wishes=True)


class Service:
    """The made-up district's service in memory, with one policy."""

    def __init__(self, network: Network, policy: Policy) -> None:
        self.network = network
        self.days: dict[object, Day] = {}
        numbers = count()
        self.answerer = Answerer(network, self._day, lambda: OfferId(f"o{next(numbers)}"), policy)

    def _day(self, on: ServiceDay) -> Day:
        return self.days.setdefault(on.on, open_day(self.network.district, on))

    def ask(self, enquiry: Enquiry) -> Answer:
        return self.answerer.answer(enquiry, NOW)

    def book(self, offer: Offer) -> bool:
        day = self.days[offer.service_on]
        found = self.answerer.found.find(offer.id, day)
        placed = place_as_found(offer, day, found, self.network, NOW) or place(offer, day, self.network, NOW)
        if placed is not None:
            self.days[offer.service_on] = placed
        return placed is not None

    def fill(self, wish: Enquiry, most: int = 20) -> int:
        """Book the same wish until it is refused; how often it was booked."""
        for booked in range(most):
            answer = self.ask(wish)
            ride = next((offer for offer in answer.offers if offer.is_bookable()), None)
            if ride is None:
                return booked
            assert self.book(ride)
        return most

    def faults(self) -> int:
        times = self.network.artefacts.times
        return sum(len(violations(day.plan, day.problem(times, 0))) for day in self.days.values())


def _wish(tiny: Network, at: str, *, persons: int = 4, flexible_min: int = 0) -> Enquiry:
    wish = enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", at, party=Party(persons))
    return replace(wish, earlier_s=flexible_min * 60, later_s=flexible_min * 60)


def test_the_second_look_serves_no_fewer_and_breaks_nothing(tiny: Network) -> None:
    # Parties of two and four want the same half hour: as they come, and with runs planned anew for whoever is left.
    served = {}
    for policy in (INSERTION_ONLY, LOOKS_AGAIN):
        service = Service(tiny, policy)
        wishes = [_wish(tiny, f"07:{minute:02d}", persons=persons) for minute in (0, 20, 40) for persons in (2, 4, 4)]
        back = [replace(w, origin=w.destination, destination=w.origin) for w in wishes]
        served[policy] = 0
        for wish in [*wishes, *back]:
            answer = service.ask(wish)
            ride = next((offer for offer in answer.offers if offer.is_bookable()), None)
            served[policy] += ride is not None and service.book(ride)
        assert service.faults() == 0
    assert served[LOOKS_AGAIN] >= served[INSERTION_ONLY]


def test_a_wish_that_states_nothing_is_refused_and_the_nearest_times_are_shown(tiny: Network) -> None:
    service = Service(tiny, SHIFTS)
    wish = _wish(tiny, "21:00")
    assert service.fill(wish) >= 1
    answer = service.ask(wish)
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.NO_VEHICLE_FREE
    assert answer.refusal.alternatives


def test_the_same_wish_with_two_hours_to_give_gets_a_ride_within_them(tiny: Network) -> None:
    service = Service(tiny, SHIFTS)
    service.fill(_wish(tiny, "21:00"))
    answer = service.ask(_wish(tiny, "21:00", flexible_min=120))
    assert answer.refusal is None
    (offer, *_) = answer.offers
    assert offer.explanations[0].reason in (Reason.SHIFTED_EARLIER, Reason.SHIFTED_LATER)
    off_s = (offer.departure_at - local("21:00")).total_seconds()
    assert 0 < abs(off_s) <= 2 * 3600
    assert service.book(offer)
    assert service.faults() == 0


@pytest.mark.parametrize(("flexible_min", "is_served"), [(0, False), (20, False), (90, True)])
def test_only_what_the_rider_can_give_counts_before_the_service_begins(
    tiny: Network, flexible_min: int, *, is_served: bool
) -> None:
    # The service begins at 05:00; half past four can be served by whoever can wait more than half an hour.
    on = local("2026-03-04 04:30")
    wish = replace(_wish(tiny, "10:00", persons=1, flexible_min=flexible_min), wished_at=on)
    answer = Service(tiny, SHIFTS).ask(wish)
    assert bool(answer.offers) is is_served
    if not is_served:
        assert answer.refusal is not None
        assert answer.refusal.explanation.reason is Reason.OUTSIDE_SERVICE_HOURS
        assert answer.refusal.alternatives, "the nearest rides are shown all the same"


def test_who_must_arrive_but_can_be_late_is_served_later(tiny: Network) -> None:
    service = Service(tiny, SHIFTS)
    wish = replace(_wish(tiny, "07:30"), timing=Timing.ARRIVE_BY)
    service.fill(wish)
    late = replace(wish, later_s=2 * 3600)
    answer = service.ask(late)
    assert answer.refusal is None
    assert local("07:30") < answer.offers[0].arrival_at <= local("09:30")


def test_what_was_found_for_another_state_of_the_day_is_not_used(tiny: Network) -> None:
    found = FoundDays()
    day = open_day(tiny.district, service_day(tiny))
    found_for = Service(tiny, INSERTION_ONLY)
    offer = found_for.ask(_wish(tiny, "10:00")).offers[0]
    assert found.find(offer.id, day) is None


def test_an_offer_of_a_second_look_is_confirmed_by_the_service(operation: Operation, tiny: Network) -> None:
    booked = 0
    for _ in range(12):
        answer = operation.answer(_wish(tiny, "10:00", persons=2))
        ride = next((offer for offer in answer.offers if offer.is_bookable()), None)
        if ride is None:
            break
        operation.confirm(operation.token(ride), Contact("Ida Beispiel"), Channel.WEB)
        booked += 1
    assert booked >= 2
    day = operation._load_day(service_day(tiny))
    assert violations(day.plan, day.problem(tiny.artefacts.times, 0)) == ()


@pytest.fixture
def with_shared_hub(tiny: Network) -> Network:
    """Cramnitz, Markt, is a hub of both areas, and no line runs."""
    hub = StopId("cramnitz-markt")
    areas = tuple(replace(area, hubs=(*area.hubs, hub)) for area in tiny.district.areas)
    artefacts = replace(tiny.artefacts, timetable=empty_timetable(tiny.district.zone))
    return replace(tiny, district=replace(tiny.district, areas=areas), artefacts=artefacts)


@pytest.mark.parametrize("timing", list(Timing))
def test_two_rides_meet_at_a_hub_where_none_goes_all_the_way(with_shared_hub: Network, timing: Timing) -> None:
    service = Service(with_shared_hub, SHIFTS)
    wish = enquiry_of(with_shared_hub, "brueelow-siedlung", "eldehof-siedlung", "15:00", timing=timing)
    (offer, *_) = service.ask(wish).offers
    first, second = offer.rides()
    assert first.dropoff_stop == second.pickup_stop == StopId("cramnitz-markt")
    # a minute to get off and five to change, even if the first comes as late as promised
    assert second.promise.pickup_from_at - first.promise.dropoff_to_at >= timedelta(minutes=6)
    assert second.promise.pickup_from_at - first.promise.dropoff_to_at <= timedelta(minutes=40)
    if timing is Timing.DEPART_AFTER:
        assert local("15:00") <= offer.departure_at <= local("15:30")
    else:
        assert local("14:29") <= offer.arrival_at <= local("14:59")  # and a minute to get off
    assert service.book(offer)
    assert service.faults() == 0
    assert service.ask(replace(wish, wished_at=local("23:30"))).refusal is not None
