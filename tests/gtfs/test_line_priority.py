"""The rule against parallel traffic by hand: a bus from 10:10 to 10:40, five minutes on foot at each end."""

from dataclasses import replace

import pytest

from gtfs.itinerary import EndLeg, FixedStopId, Itinerary, Leg, LegKind, RouteId, TripId
from gtfs.line_priority import Priority, PriorityAction, PriorityRule, PriorityWish, find_priority

A, B = FixedStopId("a"), FixedStopId("b")
MIN = 60


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def bus(departure: str, arrival: str, walks: tuple[int, int] = (5, 5), kind: LegKind = LegKind.WALK) -> Itinerary:
    """From door to door; the walks in minutes."""
    before_s, after_s = (minutes * MIN for minutes in walks)
    begin_s, end_s = clock(departure), clock(arrival)
    first = Leg(kind, None, A, begin_s, begin_s + before_s, end_leg=EndLeg(A, before_s, kind))
    line = Leg(LegKind.LINE, A, B, begin_s + before_s, end_s - after_s, TripId("t"), RouteId("10"), "10")
    last = Leg(LegKind.WALK, B, None, end_s - after_s, end_s, end_leg=EndLeg(B, after_s, LegKind.WALK))
    return Itinerary((first, line, last))


BUS = bus("10:05", "10:45")
RULE = PriorityRule(before_s=30 * MIN, after_s=30 * MIN, max_walk_s=7 * MIN, max_extra_s=20 * MIN)
WISH = PriorityWish(clock("10:00"), departs=True, ride_s=25 * MIN, distance_m=12_000)


def test_the_line_is_cited_with_its_figures() -> None:
    # It leaves five minutes after the wish and takes 40 minutes, a quarter of an hour more than the ride.
    expected = Priority(PriorityAction.REFUSE, BUS, offset_s=5 * MIN, walk_s=5 * MIN, extra_s=15 * MIN)
    assert find_priority(RULE, WISH, [BUS]) == expected


@pytest.mark.parametrize(
    ("wished", "goes_first"),
    [("09:34", False), ("09:35", True), ("10:05", True), ("10:35", True), ("10:36", False)],
)
def test_minutes_before_and_after_a_wished_departure(wished: str, *, goes_first: bool) -> None:
    assert (find_priority(RULE, replace(WISH, wished_s=clock(wished)), [BUS]) is not None) is goes_first


@pytest.mark.parametrize(
    ("wished", "goes_first"), [("10:44", False), ("10:45", True), ("11:15", True), ("11:16", False)]
)
def test_for_a_wished_arrival_a_line_that_comes_too_late_is_no_use(wished: str, *, goes_first: bool) -> None:
    wish = replace(WISH, wished_s=clock(wished), departs=False)
    assert (find_priority(RULE, wish, [BUS]) is not None) is goes_first


def test_before_and_after_need_not_be_alike() -> None:
    # The region of Halle and Leipzig: 15 minutes before to 45 minutes after.
    rule = replace(RULE, before_s=15 * MIN, after_s=45 * MIN)
    wishes = {
        text: find_priority(rule, replace(WISH, wished_s=clock(text)), [BUS]) for text in ("09:20", "10:20", "10:21")
    }
    assert {text: found is not None for text, found in wishes.items()} == {"09:20": True, "10:20": True, "10:21": False}


@pytest.mark.parametrize("walks", [(8, 5), (5, 8)])
def test_a_longer_walk_at_either_end_is_too_much(walks: tuple[int, int]) -> None:
    assert find_priority(RULE, WISH, [bus("10:05", "10:45", walks)]) is None
    assert find_priority(replace(RULE, max_walk_s=8 * MIN), WISH, [bus("10:05", "10:45", walks)]) is not None


def test_a_walk_on_from_the_stop_one_comes_to_counts_as_well() -> None:
    first, line, last = BUS.legs
    over = Leg(LegKind.WALK, A, FixedStopId("a2"), first.arrival_s, first.arrival_s + 3 * MIN)
    longer = Itinerary((first, over, replace(line, from_stop_id=FixedStopId("a2"), departure_s=over.arrival_s), last))
    assert find_priority(RULE, WISH, [longer]) is None


def test_a_line_that_takes_much_longer_than_the_ride_does_not_go_first() -> None:
    assert find_priority(RULE, replace(WISH, ride_s=20 * MIN), [BUS]) is not None, "20 minutes more are allowed"
    assert find_priority(RULE, replace(WISH, ride_s=20 * MIN - 1), [BUS]) is None


def test_short_ways_are_exempt_where_the_rule_says_so() -> None:
    rule = replace(RULE, min_distance_m=7_000)
    assert find_priority(rule, replace(WISH, distance_m=6_999), [BUS]) is None
    assert find_priority(rule, replace(WISH, distance_m=7_000), [BUS]) is not None


def test_exempt_riders_get_their_ride() -> None:
    rule = replace(RULE, exempt=frozenset({"wheelchair", "pram"}))
    assert find_priority(rule, replace(WISH, riders=frozenset({"pram", "bike"})), [BUS]) is None
    assert find_priority(rule, replace(WISH, riders=frozenset({"bike"})), [BUS]) is not None


def test_of_several_lines_the_nearest_to_the_wish_is_cited_then_the_one_that_arrives_first() -> None:
    earlier, slower = bus("09:50", "10:30"), bus("10:05", "10:50")
    found = find_priority(RULE, WISH, [earlier, slower, BUS])
    assert found is not None
    assert found.itinerary == BUS


def test_a_journey_with_a_ride_counts_only_where_rides_may_feed_lines() -> None:
    fed = bus("10:05", "10:45", kind=LegKind.ON_DEMAND)
    for action in PriorityAction:
        found = find_priority(replace(RULE, action=action), WISH, [fed])
        assert (found is not None) is (action is PriorityAction.FEEDER_ONLY)


def test_walking_all_the_way_is_no_line() -> None:
    first = BUS.legs[0]
    assert find_priority(RULE, WISH, [Itinerary((first,))]) is None
    assert find_priority(RULE, WISH, []) is None


def test_negative_limits_are_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        PriorityRule(-1, 0, 0, 0)
