from dataclasses import replace
from datetime import timedelta

import pytest

from booking.enquiry_search import Network
from booking.model import Channel, Enquiry, Party, Reason, StopId, Timing
from booking.rules import area_pairs, earliest_pickup_at, refuse_enquiry
from tests.tiny_network import enquiry_of, local, service_day


def reason(network: Network, enquiry: Enquiry, now: str = "06:00", on: str = "2026-03-03") -> Reason | None:
    day = service_day(network, on)
    rules = network.district.rulebook.rules_on(day.on)
    explanation = refuse_enquiry(enquiry, network.district, rules, day, local(now))
    return None if explanation is None else explanation.reason


def test_a_wish_within_all_rules_is_not_refused(tiny: Network) -> None:
    assert reason(tiny, enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00")) is None


def test_an_order_less_than_an_hour_ahead_is_too_late_and_says_what_is_the_earliest(tiny: Network) -> None:
    day = service_day(tiny)
    rules = tiny.district.rulebook.rules_on(day.on)
    enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00")
    explanation = refuse_enquiry(enquiry, tiny.district, rules, day, local("09:30"))
    assert explanation is not None
    assert explanation.reason is Reason.TOO_LATE_TO_ORDER
    assert explanation.params == {"lead_min": 60, "earliest_at": local("10:30")}
    assert explanation.rule == "2020-01/lead_min"


def test_an_order_exactly_an_hour_ahead_is_in_time(tiny: Network) -> None:
    assert reason(tiny, enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00"), now="09:00") is None


def test_the_earliest_pickup_is_rounded_up_to_a_full_minute(tiny: Network) -> None:
    rules = tiny.district.rulebook.versions[0]
    assert earliest_pickup_at(rules, Channel.WEB, local("09:00") + timedelta(seconds=1)) == local("10:01")
    assert earliest_pickup_at(rules, Channel.WEB, local("09:00")) == local("10:00")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-03 04:00", Reason.OUTSIDE_SERVICE_HOURS),
        ("2026-03-03 22:59", None),
        ("2026-03-03 23:00", Reason.OUTSIDE_SERVICE_HOURS),
        ("2026-03-08 06:30", Reason.OUTSIDE_SERVICE_HOURS),
        ("2026-03-08 07:00", None),
    ],
)
def test_service_hours_depend_on_the_kind_of_day(tiny: Network, at: str, expected: Reason | None) -> None:
    enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", at)
    assert reason(tiny, enquiry, now="2026-03-02 00:00", on=at.partition(" ")[0]) == expected


def test_half_past_midnight_on_sunday_belongs_to_saturdays_service(tiny: Network) -> None:
    enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "2026-03-08 00:30")
    assert reason(tiny, enquiry, on="2026-03-07") is None


def test_one_may_arrive_at_the_minute_the_service_ends(tiny: Network) -> None:
    enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "23:00", timing=Timing.ARRIVE_BY)
    assert reason(tiny, enquiry) is None


def test_yesterday_is_in_the_past_and_next_year_too_far_ahead(tiny: Network) -> None:
    past = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "2026-03-02 10:00")
    assert reason(tiny, past, on="2026-03-02") is Reason.IN_THE_PAST
    far = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "2027-03-03 10:00")
    assert reason(tiny, far, on="2027-03-03") is Reason.TOO_FAR_AHEAD


def test_parties_are_limited_online_more_strictly_than_by_phone(tiny: Network) -> None:
    def of(persons: int, channel: Channel) -> Reason | None:
        enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00", party=Party(persons))
        return reason(tiny, replace(enquiry, channel=channel))

    assert of(4, Channel.WEB) is None
    assert of(5, Channel.WEB) is Reason.BY_PHONE_ONLY
    assert of(5, Channel.PHONE) is None
    assert of(40, Channel.PHONE) is Reason.PARTY_TOO_LARGE
    assert of(40, Channel.WEB) is Reason.PARTY_TOO_LARGE


def test_a_need_that_no_vehicle_of_the_fleet_can_take_is_said_at_once(tiny: Network) -> None:
    enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00", party=Party(2, wheelchairs=2))
    assert reason(tiny, enquiry) is Reason.NO_SUITABLE_VEHICLE


def test_the_same_place_twice_is_no_journey(tiny: Network) -> None:
    assert reason(tiny, enquiry_of(tiny, "brueelow-markt", "brueelow-markt", "10:00")) is Reason.SAME_PLACE


def test_rides_stay_within_an_area_or_go_to_its_hub(tiny: Network) -> None:
    pairs = area_pairs(tiny.district, tiny.district.rulebook.versions[0])

    def joined(one: str, other: str) -> bool:
        assert pairs.may_join(StopId(one), StopId(other)) == pairs.may_join(StopId(other), StopId(one))
        return pairs.may_join(StopId(one), StopId(other))

    assert joined("brueelow-markt", "cramnitz-siedlung")
    assert joined("brueelow-markt", "altwiek-markt")
    assert not joined("cramnitz-markt", "doessin-markt")
    assert not joined("cramnitz-markt", "luebzow-markt"), "Lübzow is the hub of the other area"


def test_a_rule_may_allow_rides_from_area_to_area(tiny: Network) -> None:
    rules = replace(tiny.district.rulebook.versions[0], allows_area_to_area=True)
    assert area_pairs(tiny.district, rules).may_join(StopId("cramnitz-markt"), StopId("doessin-markt"))
