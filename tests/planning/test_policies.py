"""The same wishes under every policy: the judge finds nothing, the whole effort serves most, a seed is a day."""

import pytest

from booking.enquiry_search import Network
from booking.model import Timing
from planning.as_operated import as_operated, asked_by_timetable
from planning.demand import Wish, make_wishes
from planning.policies import PolicyName, simulation_of
from planning.simulate import Outcome, Result, ordinary_day
from tests.tiny_network import enquiry_of, local, service_day


def _wishes(tiny: Network, count: int) -> tuple[Wish, ...]:
    return make_wishes(tiny.district, ordinary_day(tiny), count=count, seed=5)


def _play(tiny: Network, name: PolicyName, count: int = 60) -> tuple[list[Result], int]:
    simulation = simulation_of(name, tiny, improve_every=10)
    simulation.improve_iterations = 100
    results = simulation.run(_wishes(tiny, count), ordinary_day(tiny), lambda: None)
    return results, simulation.count_violations()


def _refused(results: list[Result]) -> int:
    return sum(result.outcome is Outcome.REFUSED for result in results)


@pytest.mark.parametrize("name", list(PolicyName))
def test_every_policy_keeps_every_promise(tiny: Network, name: PolicyName) -> None:
    results, violations = _play(tiny, name)
    assert violations == 0
    assert len(results) == 60


def test_the_whole_effort_serves_more_than_the_service_as_operated_and_the_same_again(tiny: Network) -> None:
    full, _ = _play(tiny, PolicyName.FULL, 150)
    assert full == _play(tiny, PolicyName.FULL, 150)[0]
    as_today, _ = _play(tiny, PolicyName.AS_OPERATED, 150)
    assert _refused(full) < _refused(as_today)


def test_a_shifted_wish_lies_within_what_the_rider_can_give(tiny: Network) -> None:
    results, _ = _play(tiny, PolicyName.FULL)
    shifted = [result for result in results if result.is_shifted and result.outcome is not Outcome.REFUSED]
    assert shifted
    assert all(result.wait_s <= result.wish.flexibility_s for result in shifted)


@pytest.mark.parametrize(
    ("wished", "timing", "asked"),
    [
        ("10:10", Timing.DEPART_AFTER, ["10:10", "11:00"]),
        ("10:00", Timing.DEPART_AFTER, ["10:00"]),
        ("10:10", Timing.ARRIVE_BY, ["10:10", "09:40"]),
    ],
)
def test_who_knows_the_timetable_asks_for_the_next_course(
    tiny: Network, wished: str, timing: Timing, asked: list[str]
) -> None:
    enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", wished, timing=timing)
    found = asked_by_timetable(enquiry, service_day(tiny))
    assert [e.wished_at for e in found] == [local(text) for text in asked]


def test_as_operated_rides_begin_near_a_full_hour(tiny: Network) -> None:
    (rules,) = as_operated(tiny.district).rulebook.versions
    (form,) = rules.service.forms
    assert {seconds % 3600 for departures in form.departures for seconds in departures.guide_times_s} == {0}
    assert rules.ride.pickup_window_s == 300
