"""The values of the engine are valid from birth."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.model import (
    NOTHING,
    Action,
    Break,
    Load,
    LocationIndex,
    OwnerCosts,
    Plan,
    RequestId,
    Run,
    ShiftId,
    TimeWindow,
    Visit,
)
from tests.strategies import dropoff, pause, pickup, ride, shift_of

LOADS = st.builds(Load, *(st.integers(0, 9) for _ in range(5)))


def test_a_time_window_holds_both_its_ends() -> None:
    window = TimeWindow(100, 200)
    assert [time_s in window for time_s in (99, 100, 150, 200, 201)] == [False, True, True, True, False]


def test_a_time_window_may_be_one_moment_but_does_not_end_before_it_begins() -> None:
    assert 5 in TimeWindow(5, 5)
    with pytest.raises(ValueError, match="must not end"):
        TimeWindow(6, 5)


def test_a_load_fits_when_every_count_does() -> None:
    family = Load(seat=3, pram=1)
    assert family.fits_in(Load(seat=3, pram=1))
    assert family.fits_in(Load(seat=8, pram=2, bike=1))
    assert not family.fits_in(Load(seat=8))
    assert not family.fits_in(Load(seat=2, pram=1))


def test_layouts_are_alternatives_and_not_added_up() -> None:
    layouts = (Load(seat=6), Load(seat=4, wheelchair=1))
    assert Load(seat=6).fits_one_of(layouts)
    assert Load(seat=4, wheelchair=1).fits_one_of(layouts)
    assert not Load(seat=5, wheelchair=1).fits_one_of(layouts)


@given(LOADS, LOADS)
def test_what_boards_and_alights_again_leaves_the_load_as_it_was(load: Load, party: Load) -> None:
    assert load + party - party == load
    assert load + NOTHING == load
    assert load.fits_in(load + party)


def test_a_load_has_no_negative_counts() -> None:
    with pytest.raises(ValueError, match="no negative"):
        Load(seat=1) - Load(seat=2)


def test_a_load_tells_what_is_not_zero() -> None:
    assert Load(seat=2, bike=1).as_dict() == {"seat": 2, "bike": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dropoff": LocationIndex(1)}, "same location"),
        ({"boarding_s": -1}, "negative duration"),
        ({"max_ride_s": -1}, "negative duration"),
        ({"load": NOTHING}, "carries nobody"),
    ],
)
def test_a_request_that_makes_no_sense_is_not_born(change: dict[str, object], message: str) -> None:
    request = ride("anna", (1, 2), (0, 60))
    with pytest.raises(ValueError, match=message):
        replace(request, **change)  # type: ignore[arg-type] # one wrong field at a time


@pytest.mark.parametrize(
    "make",
    [
        lambda: shift_of(hours_s=(100, 100)),
        lambda: shift_of(layouts=()),
        lambda: Visit(Action.BREAK, LocationIndex(0), 0, RequestId("anna")),
        lambda: Visit(Action.PICKUP, LocationIndex(0), 0),
    ],
)
def test_an_impossible_shift_or_visit_is_not_born(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"shift|visit"):
        make()


def test_a_break_lasts_no_negative_time_and_a_vehicle_charges_at_a_place() -> None:
    window = TimeWindow(0, 60)
    with pytest.raises(ValueError, match="no negative duration"):
        Break(window, -1)
    with pytest.raises(ValueError, match="give the break a location"):
        Break(window, 60, recharges=True)
    assert Break(window, 60, LocationIndex(0), recharges=True).recharges


def test_what_an_owner_asks_is_not_negative() -> None:
    with pytest.raises(ValueError, match="not negative"):
        OwnerCosts(when_used=-1)


def test_a_plan_knows_whom_its_runs_serve_and_changes_one_run_at_a_time() -> None:
    anna, ben = ride("anna", (1, 2), (0, 60)), ride("ben", (2, 3), (0, 60))
    early, late = ShiftId("early"), ShiftId("late")
    plan = Plan({early: Run(early, (pause(0), pickup(anna), dropoff(anna))), late: Run(late)})
    assert plan.request_ids() == {"anna"}
    changed = plan.with_run(Run(late, (pickup(ben), dropoff(ben))))
    assert changed.request_ids() == {"anna", "ben"}
    assert plan.request_ids() == {"anna"}
    assert Plan({}).request_ids() == frozenset()
