"""Answers in the made-up district: six towns 5 km apart, RE 1 and bus 10 (see tests/tiny_district.py)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.bookings import place, place_as_found
from booking.day import Day, open_day
from booking.enquiry_search import Network
from booking.journeys import Answerer
from booking.model import (
    Answer,
    Enquiry,
    LineLeg,
    Offer,
    OfferId,
    OfferKind,
    Party,
    Place,
    Reason,
    RideLeg,
    StopId,
    Timing,
    WalkLeg,
)
from booking.policy import Policy
from booking.rulebook import RiderClass, Rulebook
from booking.second_look import SecondLook
from gtfs.line_priority import PriorityAction
from gtfs.service_day import ServiceDay
from routing.model import Plan
from routing.violations import violations
from tests.tiny_district import TOWNS, stop_id
from tests.tiny_network import enquiry_of, local

NOW = local("06:00")
STEPS_ALONE = Policy(SecondLook(seconds=None, steps=200, rides=2))
"""All the service does, the same on every computer."""


class Days:
    """Days in memory, as a simulation keeps them."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.by_date: dict[object, Day] = {}

    def __call__(self, service_day: ServiceDay) -> Day:
        return self.by_date.setdefault(service_day.on, open_day(self.network.district, service_day))


@pytest.fixture
def days(tiny: Network) -> Days:
    return Days(tiny)


@pytest.fixture
def ask(tiny: Network, days: Days) -> Callable[..., Answer]:
    numbers = count()
    answerer = Answerer(tiny, days, lambda: OfferId(f"o{next(numbers)}"))

    def answer(enquiry: Enquiry, now: datetime = NOW) -> Answer:
        return answerer.answer(enquiry, now)

    return answer


def kinds(answer: Answer) -> list[OfferKind]:
    return [offer.kind for offer in answer.offers]


def first(answer: Answer, kind: OfferKind) -> Offer:
    return next(offer for offer in answer.offers if offer.kind is kind)


def test_a_ride_within_an_area_begins_within_half_an_hour_of_the_wish(
    tiny: Network, ask: Callable[..., Answer]
) -> None:
    answer = ask(enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", "10:00"))
    offer = first(answer, OfferKind.ON_DEMAND)
    (ride,) = offer.rides()
    assert len(offer.legs) == 1
    assert local("10:00") <= ride.departure_at <= local("10:30")
    assert ride.promise.pickup_from_at <= ride.departure_at <= ride.promise.pickup_to_at
    assert ride.promise.pickup_to_at - ride.promise.pickup_from_at == timedelta(minutes=15)
    assert ride.arrival_at <= ride.promise.dropoff_to_at
    assert ride.distance_m == pytest.approx(6000, abs=20), "500 m + 5 km + 500 m"
    assert [e.reason for e in offer.explanations] == [Reason.FITS_THE_WISH]


def test_the_price_is_the_tariffs(tiny: Network, ask: Callable[..., Answer]) -> None:
    one = ask(enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00"))
    two = ask(enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00", party=Party(2)))
    # 5 km in a straight line count as 6.5 km: 200 ct + 6.5 * 12 ct = 278 ct, in full 10 ct
    assert first(one, OfferKind.ON_DEMAND).price_ct == 280
    assert first(two, OfferKind.ON_DEMAND).price_ct == 560


def test_whoever_must_arrive_by_a_time_has_alighted_by_then(tiny: Network, ask: Callable[..., Answer]) -> None:
    enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00", timing=Timing.ARRIVE_BY)
    (ride,) = first(ask(enquiry), OfferKind.ON_DEMAND).rides()
    assert ride.promise.dropoff_to_at <= local("10:00") - timedelta(seconds=60)
    assert ride.arrival_at >= local("09:25")


def test_the_line_goes_first_where_it_serves_the_wish(tiny: Network, ask: Callable[..., Answer]) -> None:
    answer = ask(enquiry_of(tiny, "altwiek-markt", "brueelow-markt", "10:00"))
    assert set(kinds(answer)) == {OfferKind.LINE}
    (note,) = answer.notes
    assert note.reason is Reason.LINE_HAS_PRIORITY
    assert note.params == {"line": "10", "at": local("10:10")}
    assert not answer.offers[0].is_bookable()


def test_whoever_cannot_walk_far_gets_a_ride_beside_the_line(tiny: Network, ask: Callable[..., Answer]) -> None:
    party = Party(1, walking_frames=1)
    answer = ask(enquiry_of(tiny, "altwiek-markt", "brueelow-markt", "10:00", party=party))
    assert OfferKind.ON_DEMAND in kinds(answer)
    assert answer.notes == ()


def with_priority(network: Network, **changes: object) -> Network:
    """The network with another rule of line priority."""
    (rules,) = network.district.rulebook.versions
    other = replace(rules, line_priority=replace(rules.line_priority, **changes))  # type: ignore[arg-type]
    return replace(network, district=replace(network.district, rulebook=Rulebook((other,))))


def answer_under(network: Network, origin: str, destination: str, party: Party | None = None) -> Answer:
    answerer = Answerer(network, Days(network), map(OfferId, map(str, count())).__next__)
    return answerer.answer(enquiry_of(network, origin, destination, "10:00", party=party), NOW)


def test_where_the_line_is_only_shown_first_a_ride_follows_it(tiny: Network) -> None:
    network = with_priority(tiny, action=PriorityAction.LINE_FIRST)
    answer = answer_under(network, "altwiek-markt", "brueelow-markt")
    assert kinds(answer)[0] is OfferKind.LINE
    assert kinds(answer)[-1] is OfferKind.ON_DEMAND
    (note,) = answer.notes
    assert note.params == {"line": "10", "at": local("10:10")}


def test_where_rides_only_feed_lines_none_is_driven_beside_the_bus(tiny: Network) -> None:
    network = with_priority(tiny, action=PriorityAction.FEEDER_ONLY)
    answer = answer_under(network, "altwiek-markt", "brueelow-markt")
    assert OfferKind.ON_DEMAND not in kinds(answer)
    assert OfferKind.LINE in kinds(answer)
    assert [note.reason for note in answer.notes] == [Reason.LINE_HAS_PRIORITY]
    # No line is near these two: the ride goes all the way.
    assert OfferKind.ON_DEMAND in kinds(answer_under(network, "brueelow-siedlung", "cramnitz-siedlung"))


def test_classes_of_riders_and_short_ways_can_be_exempt(tiny: Network) -> None:
    question = ("altwiek-markt", "brueelow-markt")
    prams = with_priority(tiny, exempts=frozenset({RiderClass.PRAM}))
    assert OfferKind.ON_DEMAND in kinds(answer_under(prams, *question, Party(1, prams=1)))
    assert OfferKind.ON_DEMAND not in kinds(answer_under(prams, *question))
    # 5 km in a straight line count as 6.5 km.
    assert OfferKind.ON_DEMAND in kinds(answer_under(with_priority(tiny, min_distance_m=7000), *question))
    assert OfferKind.ON_DEMAND not in kinds(answer_under(with_priority(tiny, min_distance_m=6000), *question))


def test_whoever_named_a_stop_may_walk_to_the_next_one_where_a_ride_leads_on(tiny: Network) -> None:
    # Lübzow's market is a hub of Eldehof's area, and its estate of streets lies 500 m away in the same area; without
    # the estate in the area only the walk to the market is left.
    east = next(area for area in tiny.district.areas if area.id == "east")
    south_of_the_estates = replace(east, polygon=shapely.box(*east.polygon.bounds[:3], local_lat(tiny, 250)))
    fewer = replace(tiny.district, areas=(tiny.district.areas[0], south_of_the_estates))
    days = Days(replace(tiny, district=fewer))
    answerer = Answerer(days.network, days, lambda: OfferId("o"))
    answer = answerer.answer(enquiry_of(tiny, "luebzow-siedlung", "eldehof-markt", "10:00"), NOW)
    offer = first(answer, OfferKind.ON_DEMAND)
    assert isinstance(offer.legs[0], WalkLeg)
    assert offer.rides()[0].pickup_stop == "luebzow-markt"
    frail = enquiry_of(tiny, "luebzow-siedlung", "eldehof-markt", "10:00", party=Party(1, walking_frames=1))
    assert all(offer.rides()[0].pickup_stop != "luebzow-markt" for offer in answerer.answer(frail, NOW).offers)


def test_where_no_line_is_near_in_time_a_ride_is_given(tiny: Network, ask: Callable[..., Answer]) -> None:
    answer = ask(enquiry_of(tiny, "altwiek-markt", "brueelow-markt", "21:00"))
    assert OfferKind.ON_DEMAND in kinds(answer), "the bus stops running at 19:10"


def test_a_ride_brings_one_to_the_train_in_time(tiny: Network, ask: Callable[..., Answer]) -> None:
    enquiry = replace(enquiry_of(tiny, "cramnitz-markt", "altwiek-markt", "10:00"), destination=_fernstadt(tiny))
    offer = first(ask(enquiry), OfferKind.COMBINED)
    ride = next(leg for leg in offer.legs if isinstance(leg, RideLeg))
    line = next(leg for leg in offer.legs if isinstance(leg, LineLeg))
    walk = next(leg for leg in offer.legs if isinstance(leg, WalkLeg))
    assert (ride.pickup_stop, ride.dropoff_stop) == ("cramnitz-markt", "altwiek-markt")
    assert line.line_name == "RE 1"
    assert line.departure_at.minute == 0, "RE 1 leaves Altwiek on the hour"
    assert line.arrival_at - line.departure_at == timedelta(minutes=50)
    assert walk.distance_m == pytest.approx(130, abs=2), "100 m to the station, 1.3 times the straight line"
    # latest arrival: change of 5 min and the walk before departure, and a minute to alight
    latest = line.departure_at - timedelta(minutes=5) - (walk.arrival_at - walk.departure_at) - timedelta(seconds=60)
    assert ride.promise.dropoff_to_at <= latest
    assert ride.held is not None
    assert ride.held.line_at == line.departure_at
    held = next(e for e in offer.explanations if e.reason is Reason.CONNECTION_HELD)
    assert held.params == {"line": "RE 1", "hub": "Altwiek, Markt"}, "the train waits for nobody"


def test_a_ride_waits_for_whoever_comes_by_train(tiny: Network, ask: Callable[..., Answer]) -> None:
    enquiry = replace(enquiry_of(tiny, "altwiek-markt", "doessin-siedlung", "10:00"), origin=_fernstadt(tiny))
    offer = first(ask(enquiry), OfferKind.COMBINED)
    line = next(leg for leg in offer.legs if isinstance(leg, LineLeg))
    (ride,) = offer.rides()
    assert (ride.pickup_stop, ride.dropoff_stop) == ("luebzow-markt", "doessin-siedlung")
    assert line.arrival_at.minute == 35
    assert ride.departure_at >= line.arrival_at + timedelta(minutes=5)
    held = next(e for e in offer.explanations if e.reason is Reason.CONNECTION_HELD)
    assert held.params == {"line": "RE 1", "hub": "Lübzow, Markt", "minutes": 10}


def test_rides_at_both_ends_of_a_line_are_one_offer(tiny: Network, ask: Callable[..., Answer]) -> None:
    answer = ask(enquiry_of(tiny, "cramnitz-siedlung", "doessin-siedlung", "10:00"))
    assert OfferKind.ON_DEMAND not in kinds(answer), "the two areas are not joined"
    offer = first(answer, OfferKind.COMBINED)
    one, other = offer.rides()
    assert (one.pickup_stop, one.dropoff_stop) == ("cramnitz-siedlung", "altwiek-markt")
    assert (other.pickup_stop, other.dropoff_stop) == ("luebzow-markt", "doessin-siedlung")
    assert one.arrival_at < other.departure_at


def test_too_late_is_refused_with_the_earliest_ride_that_is_possible(tiny: Network, ask: Callable[..., Answer]) -> None:
    answer = ask(enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00"), local("09:30"))
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.TOO_LATE_TO_ORDER
    assert answer.refusal.alternatives[0].departure_at >= local("10:30")


def test_before_the_service_opens_its_first_ride_is_shown(tiny: Network, ask: Callable[..., Answer]) -> None:
    answer = ask(enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "2026-03-04 04:00"))
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.OUTSIDE_SERVICE_HOURS
    assert min(o.departure_at for o in answer.refusal.alternatives) >= local("2026-03-04 05:00")


def test_far_from_every_stop_the_nearest_one_is_named(tiny: Network, ask: Callable[..., Answer]) -> None:
    wish = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "21:00")
    answer = ask(replace(wish, origin=Place("Waldhaus", wish.origin.lon, wish.origin.lat + 0.05)))
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.OUTSIDE_SERVICE_AREA
    assert answer.refusal.explanation.params == {"place": "Waldhaus", "stop": "Brüelow, Siedlung", "km": 5}


def test_the_same_town_is_too_short_a_ride_except_for_who_cannot_walk(
    tiny: Network, ask: Callable[..., Answer]
) -> None:
    answer = ask(enquiry_of(tiny, "eldehof-markt", "eldehof-siedlung", "10:00"))
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.TOO_SHORT_TO_RIDE
    frail = ask(enquiry_of(tiny, "eldehof-markt", "eldehof-siedlung", "10:00", party=Party(1, walking_frames=1)))
    assert kinds(frail) == [OfferKind.ON_DEMAND]


def test_a_wheelchair_is_not_offered_a_stop_without_a_step_free_kerb(tiny: Network, ask: Callable[..., Answer]) -> None:
    party = Party(1, wheelchairs=1)
    answer = ask(enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00", party=party))
    assert OfferKind.ON_DEMAND in kinds(answer)
    assert ask(enquiry_of(tiny, "brueelow-siedlung", "cramnitz-markt", "21:00", party=party)).offers == ()


def test_late_on_saturday_only_the_taxi_drives_and_takes_no_wheelchair(
    tiny: Network, ask: Callable[..., Answer]
) -> None:
    late = "2026-03-07 23:30"
    assert kinds(ask(enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", late))) == [OfferKind.ON_DEMAND]
    party = Party(1, wheelchairs=1)
    answer = ask(enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", late, party=party))
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.NONE_SUITABLE_ON_DUTY


def test_when_every_vehicle_is_taken_the_nearest_free_time_is_shown(
    tiny: Network, ask: Callable[..., Answer], days: Days
) -> None:
    # In the evening three vehicles are on duty, with 6, 8 and 4 seats, and no bus runs: parties of four fill them up.
    wish = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "21:00", party=Party(4))
    for _ in range(20):
        answer = ask(wish)
        if answer.refusal is not None:
            break
        offer = answer.offers[0]
        day = days.by_date[offer.service_on]
        placed = place(offer, day, tiny, NOW)
        assert placed is not None, "an offer made a moment ago can be kept"
        days.by_date[offer.service_on] = placed
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.NO_VEHICLE_FREE
    shifted = answer.refusal.alternatives
    assert shifted
    assert all(o.explanations[0].reason in {Reason.SHIFTED_EARLIER, Reason.SHIFTED_LATER} for o in shifted)


def test_two_ended_journeys_stand_or_fall_together(tiny: Network, ask: Callable[..., Answer], days: Days) -> None:
    answer = ask(enquiry_of(tiny, "cramnitz-siedlung", "doessin-siedlung", "10:00"))
    offer = first(answer, OfferKind.COMBINED)
    day = days.by_date[offer.service_on]
    second = offer.rides()[1]
    serving = [s for s in day.shifts.values() if tiny.district.stops[s.start].id != "luebzow-markt"]
    # without the eastern bus nobody drives the second ride in time, so the first one is not placed either
    fewer = replace(
        day,
        shifts={s.id: s for s in serving if s.start_s > 12 * 3600 or s.end_s < 9 * 3600},
        plan=Plan({s.id: day.plan.runs[s.id] for s in serving if s.start_s > 12 * 3600 or s.end_s < 9 * 3600}),
    )
    assert second.pickup_stop == StopId("luebzow-markt")
    assert place(offer, fewer, tiny, NOW) is None
    assert place(offer, day, tiny, NOW) is not None


def local_lat(network: Network, metres_north: float) -> float:
    return network.district.stop_by_id[StopId("luebzow-markt")].lat + metres_north / 111_195


def _fernstadt(network: Network) -> Place:
    stop = next(s for s in network.artefacts.timetable.stops if s.name == "Fernstadt Hbf")
    return Place("Fernstadt Hbf", stop.lon, stop.lat)


STOPS = [stop_id(town, kind) for town in TOWNS for kind in ("markt", "siedlung")]


@settings(max_examples=25)
@given(
    wishes=st.lists(
        st.tuples(
            st.sampled_from(STOPS),
            st.sampled_from(STOPS),
            st.integers(8 * 12, 22 * 12),
            st.sampled_from(list(Timing)),
            st.sampled_from([Party(), Party(2), Party(1, wheelchairs=1), Party(1, prams=1), Party(4)]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_is_asked_there_is_an_answer_and_every_offer_can_be_kept_without_violation(
    tiny: Network,
    wishes: list[tuple[str, str, int, Timing, Party]],
) -> None:
    days = Days(tiny)
    numbers = count()
    answerer = Answerer(tiny, days, lambda: OfferId(f"o{next(numbers)}"), STEPS_ALONE)
    for origin, destination, twelfths, timing, party in wishes:
        at = f"{twelfths // 12:02d}:{twelfths % 12 * 5:02d}"
        answer = answerer.answer(enquiry_of(tiny, origin, destination, at, timing=timing, party=party), NOW)
        assert answer.offers or answer.refusal is not None
        for offer in [*answer.offers, *(answer.refusal.alternatives if answer.refusal else ())]:
            _check_offer(offer)
        bookable = [offer for offer in answer.offers if offer.is_bookable()]
        for offer in bookable:
            assert _keep(offer, days.by_date[offer.service_on], answerer) is not None
        if bookable:
            placed = _keep(bookable[0], days.by_date[bookable[0].service_on], answerer)
            assert placed is not None
            days.by_date[bookable[0].service_on] = placed
            assert violations(placed.plan, placed.problem(tiny.artefacts.times, 0)) == ()


def _keep(offer: Offer, day: Day, answerer: Answerer) -> Day | None:
    found = answerer.found.find(offer.id, day)
    return place_as_found(offer, day, found, answerer.network, NOW) or place(offer, day, answerer.network, NOW)


def _check_offer(offer: Offer) -> None:
    """Legs follow each other in time; a promise holds the planned times."""
    for before, after in zip(offer.legs, offer.legs[1:], strict=False):
        assert before.arrival_at <= after.departure_at
    for ride in offer.rides():
        assert ride.promise.pickup_from_at <= ride.departure_at <= ride.promise.pickup_to_at
        assert ride.promise.dropoff_from_at <= ride.arrival_at <= ride.promise.dropoff_to_at
    assert offer.expires_at > NOW


def test_where_no_line_joins_two_areas_in_time_the_next_journey_is_shown(
    tiny: Network, ask: Callable[..., Answer]
) -> None:
    # 22:20: no train of the evening can be reached any more that would still be met by a ride before 23:00
    answer = ask(enquiry_of(tiny, "cramnitz-siedlung", "doessin-siedlung", "22:20"))
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.AREAS_NOT_CONNECTED
    (nearest, *_) = answer.refusal.alternatives
    assert nearest.kind is OfferKind.COMBINED
    assert nearest.departure_at < local("22:20")
    assert nearest.explanations[0].reason is Reason.SHIFTED_EARLIER
    minutes = nearest.explanations[0].params["minutes"]
    assert isinstance(minutes, int)
    assert timedelta(minutes=minutes - 1) <= local("22:20") - nearest.departure_at + timedelta(minutes=15)
