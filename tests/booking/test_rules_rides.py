"""Each parameter of rides, connections and line priority, in the made-up town, with its answer computed by hand.

Brüelow and Cramnitz lie 5 km apart on the road, each market 500 m from its estate. RE 1 leaves Altwiek on the hour and
reaches Lübzow 20 minutes later; bus 10 leaves Altwiek at ten past and Brüelow at half past.
"""

import math
from datetime import timedelta

import pytest

from booking.enquiry_search import Network
from booking.model import Answer, OfferKind, Party, Reason, RideLeg, Timing
from booking.rides import boarding_s
from tests.booking.rule_cases import answer_of, covers, rules_of, search_of, under
from tests.tiny_network import enquiry_of, local


def direct(answer: Answer) -> RideLeg:
    return next(offer for offer in answer.offers if offer.kind is OfferKind.ON_DEMAND).rides()[0]


def has_ride(answer: Answer) -> bool:
    return any(offer.kind is OfferKind.ON_DEMAND for offer in answer.offers)


@covers("version", "valid_from", "source", "lines")
def test_a_version_says_what_it_is_from_when_it_holds_and_where_each_rule_stands() -> None:
    rules = rules_of(('name = "2020-01"', 'name = "x"'), ("valid_from = 2020-01-01", "valid_from = 2021-05-01"))
    assert (rules.version, rules.valid_from.isoformat(), rules.source) == ("x", "2021-05-01", "made up")
    assert rules.line_of("horizon_days") == 5
    assert rules.line_of("ride.max_ride_min") == rules.line_of("ride") + 4
    assert rules.line_of("ride.no_such_key") == rules.line_of("ride")


@covers("ride.pickup_window_s")
def test_the_promised_window_is_so_wide(tiny: Network) -> None:
    network = under(tiny, rules_of(("pickup_window_min = 15", "pickup_window_min = 6")))
    promise = direct(answer_of(network, enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "21:00"))).promise
    assert promise.pickup_to_at - promise.pickup_from_at == timedelta(minutes=6)


@covers("ride.max_detour_factor", "ride.max_detour_s", "ride.max_ride_s")
@pytest.mark.parametrize(
    ("direct_min", "longest_min"),
    [
        (10, 25),  # 1.5 times is 15, fifteen minutes more is 25
        (40, 60),  # 1.5 times
        (20, 35),
        (50, 60),  # 75, but never longer than an hour
        (70, 70),  # the direct ride itself is allowed
    ],
)
def test_a_ride_is_as_long_as_factor_minutes_and_cap_allow(direct_min: int, longest_min: int) -> None:
    assert rules_of().ride.max_ride_time_s(direct_min * 60) == longest_min * 60
    factor = rules_of(("max_detour_factor = 1.5", "max_detour_factor = 3")).ride
    assert factor.max_ride_time_s(15 * 60) == 45 * 60
    minutes = rules_of(("max_detour_min = 15", "max_detour_min = 2")).ride
    assert minutes.max_ride_time_s(3 * 60) == 5 * 60
    cap = rules_of(("max_ride_min = 60", "max_ride_min = 20")).ride
    assert cap.max_ride_time_s(18 * 60) == 20 * 60


@covers("ride.min_distance_m")
@pytest.mark.parametrize(("metres", "is_given"), [(6100, False), (5900, True)])
def test_ways_shorter_than_the_minimum_are_walked(tiny: Network, metres: int, is_given: bool) -> None:  # noqa: FBT001
    network = under(tiny, rules_of(("min_distance_m = 800", f"min_distance_m = {metres}")))
    answer = answer_of(network, enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", "21:00"))
    assert has_ride(answer) is is_given, "it is 6 km"


@covers(
    "ride.boarding_s",
    "ride.boarding_wheelchair_s",
    "ride.boarding_walking_frame_s",
    "ride.boarding_pram_s",
    "ride.boarding_bike_s",
    "ride.boarding_dog_s",
    "ride.boarding_child_seat_s",
    "ride.boarding_luggage_s",
)
def test_boarding_takes_its_time_and_more_for_what_one_has_along() -> None:
    ride = rules_of(
        ("boarding_s = 60", "boarding_s = 10"),
        ("boarding_wheelchair_s = 180", "boarding_wheelchair_s = 200"),
        ("boarding_walking_frame_s = 60", "boarding_walking_frame_s = 3000"),
        ("boarding_pram_s = 60", "boarding_pram_s = 40"),
        (
            "boarding_bike_s = 60",
            "boarding_bike_s = 5\nboarding_dog_s = 7\nboarding_child_seat_s = 90\nboarding_luggage_s = 20",
        ),
    ).ride
    assert boarding_s(Party(3), ride) == 10
    assert boarding_s(Party(2, wheelchairs=2), ride) == 410
    assert boarding_s(Party(1, walking_frames=1), ride) == 3010
    assert boarding_s(Party(1, prams=1, bikes=1), ride) == 55
    assert boarding_s(Party(2, dogs=1, child_seats=1, luggage=3), ride) == 10 + 7 + 90 + 3 * 20


@covers("ride.max_walk_to_stop_m")
@pytest.mark.parametrize(
    ("metres", "stops"), [(450, ["brueelow-markt"]), (550, ["brueelow-markt", "brueelow-siedlung"])]
)
def test_stops_farther_away_than_the_longest_walk_are_not_offered(tiny: Network, metres: int, stops: list[str]) -> None:
    network = under(tiny, rules_of(("max_walk_to_stop_m = 1000", f"max_walk_to_stop_m = {metres}")))
    search = search_of(network, enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00"))
    assert [stop.stop_id for stop in search.origin_stops] == stops, "the estate lies 500 m away"


def to_luebzow(network: Network) -> tuple[RideLeg, object]:
    """The ride and the train of a journey from Cramnitz to the east, between 10 and 11."""
    answer = answer_of(network, enquiry_of(network, "cramnitz-siedlung", "luebzow-markt", "10:05"))
    offer = next(offer for offer in answer.offers if offer.kind is OfferKind.COMBINED)
    return offer.rides()[0], next(leg for leg in offer.legs if getattr(leg, "line_name", ""))


@covers("connection.min_change_s")
@pytest.mark.parametrize("minutes", [5, 12])
def test_one_has_at_least_so_long_to_change(tiny: Network, minutes: int) -> None:
    network = under(tiny, rules_of(("min_change_min = 5", f"min_change_min = {minutes}")))
    ride, line = to_luebzow(network)
    walk_s = math.ceil(100 * 1.3 / 1.2)
    alighted = ride.promise.dropoff_to_at + timedelta(seconds=60)
    assert alighted + timedelta(minutes=minutes, seconds=walk_s) <= line.departure_at  # type: ignore[attr-defined]


@covers("connection.max_wait_s")
def test_one_waits_at_a_hub_no_longer_than_this(tiny: Network) -> None:
    network = under(tiny, rules_of(("max_wait_min = 30", "max_wait_min = 4")))
    ride, line = to_luebzow(network)
    walk_s = math.ceil(100 * 1.3 / 1.2)
    # Ready for the train five minutes and the walk before it, at most four minutes earlier.
    latest_at = line.departure_at - timedelta(minutes=5, seconds=walk_s + 60)  # type: ignore[attr-defined]
    assert latest_at - timedelta(minutes=4, seconds=60) <= ride.arrival_at <= latest_at


@covers("connection.hold_s")
def test_a_vehicle_waits_for_a_late_train_as_long_as_the_rule_says(tiny: Network) -> None:
    network = under(tiny, rules_of(("hold_min = 10", "hold_min = 7")))
    answer = answer_of(network, enquiry_of(tiny, "luebzow-markt", "cramnitz-siedlung", "10:05"))
    offer = next(offer for offer in answer.offers if offer.kind is OfferKind.COMBINED)
    (held,) = [e for e in offer.explanations if e.reason is Reason.CONNECTION_HELD]
    assert held.params["minutes"] == 7


@covers(
    "line_priority.is_on",
    "line_priority.before_s",
    "line_priority.after_s",
    "line_priority.max_walk_m",
    "line_priority.max_extra_s",
    "line_priority.min_distance_m",
)
@pytest.mark.parametrize(
    ("at", "changes", "is_given"),
    [
        ("10:00", (), False),  # the bus goes at 10:10
        ("10:00", (("is_on = true", "is_on = false"),), True),
        ("10:00", (("after_min = 30", "after_min = 9"), ("before_min = 30", "before_min = 9")), True),
        ("10:00", (("after_min = 30", "after_min = 10"), ("before_min = 30", "before_min = 9")), False),
        ("10:20", (("after_min = 30", "after_min = 9"), ("before_min = 30", "before_min = 10")), False),
        ("10:20", (("after_min = 30", "after_min = 9"), ("before_min = 30", "before_min = 9")), True),
        # The bus takes 10 minutes; a ride of 5 km takes longer than 0, so no extra minute is needed.
        ("10:00", (("max_extra_min = 20", "max_extra_min = 0"),), True),
        ("10:00", (("max_extra_min = 20", "max_extra_min = 20\nmin_distance_m = 7000"),), True),  # 6.5 km count
        ("10:00", (("max_extra_min = 20", "max_extra_min = 20\nmin_distance_m = 6000"),), False),
    ],
)
def test_where_a_line_goes_no_ride_is_given(
    tiny: Network,
    at: str,
    changes: tuple[tuple[str, str], ...],
    is_given: bool,  # noqa: FBT001
) -> None:
    answer = answer_of(under(tiny, rules_of(*changes)), enquiry_of(tiny, "altwiek-markt", "brueelow-markt", at))
    assert has_ride(answer) is is_given


@pytest.mark.parametrize(("metres", "is_given"), [(660, False), (640, True)])
def test_a_line_counts_if_the_walk_to_it_is_short(tiny: Network, metres: int, is_given: bool) -> None:  # noqa: FBT001
    # Brüelow's estate lies 500 m from the stop of the bus, counted as 650 m on foot.
    rules = rules_of(("max_walk_m = 500", f"max_walk_m = {metres}"), ("max_extra_min = 20", "max_extra_min = 60"))
    answer = answer_of(under(tiny, rules), enquiry_of(tiny, "altwiek-markt", "brueelow-siedlung", "10:00"))
    assert has_ride(answer) is is_given


@covers("line_priority.exempts_reduced_mobility", "line_priority.exempts", "line_priority.action")
@pytest.mark.parametrize(
    ("changes", "party", "is_given"),
    [
        ((), Party(1, walking_frames=1), True),
        ((("exempts_reduced_mobility = true", "exempts_reduced_mobility = false"),), Party(1, walking_frames=1), False),
        ((), Party(1, prams=1), False),
        ((("max_extra_min = 20", 'max_extra_min = 20\nexempts = ["pram"]'),), Party(1, prams=1), True),
        ((("max_extra_min = 20", 'max_extra_min = 20\naction = "line_first"'),), Party(), True),
        ((("max_extra_min = 20", 'max_extra_min = 20\naction = "feeder_only"'),), Party(), False),
    ],
)
def test_some_riders_get_a_ride_all_the_same(
    tiny: Network,
    changes: tuple[tuple[str, str], ...],
    party: Party,
    is_given: bool,  # noqa: FBT001
) -> None:
    wish = enquiry_of(tiny, "altwiek-markt", "brueelow-markt", "10:00", party=party)
    assert has_ride(answer_of(under(tiny, rules_of(*changes)), wish)) is is_given


def test_whoever_must_arrive_by_a_time_orders_by_the_same_rules(tiny: Network) -> None:
    wish = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "22:00", timing=Timing.ARRIVE_BY)
    assert direct(answer_of(tiny, wish)).arrival_at <= local("22:00")
