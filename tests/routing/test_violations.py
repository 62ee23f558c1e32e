"""The judge finds every kind of fault, and nothing in a plan that is right."""

from dataclasses import replace

import pytest

from routing.model import Break, Load, LocationIndex, Plan, Request, RequestId, Run, ShiftId, TimeWindow, Visit
from routing.problem import Problem
from routing.travel_times import UNREACHABLE_S, MatrixTravelTimes
from routing.violations import ViolationKind, change_violations, violations
from tests.strategies import HOUR_S, dropoff, pause, pickup, problem_of, ride, shift_of

SIX = 6 * HOUR_S
ANNA = ride("anna", (1, 3), (SIX, SIX + HOUR_S), (SIX, SIX + HOUR_S), max_ride_s=1800)
BEN = ride("ben", (3, 1), (SIX, SIX + 3 * HOUR_S), load=Load(seat=3))
SHIFT = shift_of(breaks=(Break(TimeWindow(SIX + HOUR_S, SIX + 2 * HOUR_S), 1800),))
EARLY, OTHER = SHIFT.id, ShiftId("other")
PROBLEM = problem_of((SHIFT, shift_of("other")), ANNA, BEN)
# Anna boards at 6:10 and alights at 6:31, the break is at 7:00 in town 3, Ben rides back from 7:30 to 7:51
VISITS = (
    pickup(ANNA, SIX + 600),
    dropoff(ANNA, SIX + 1860),
    pause(3, SIX + HOUR_S),
    pickup(BEN, SIX + HOUR_S + 1800),
    dropoff(BEN, SIX + HOUR_S + 3060),
)
PLAN = Plan({EARLY: Run(EARLY, VISITS), OTHER: Run(OTHER)})


def plan_of(*visits: Visit) -> Plan:
    return PLAN.with_run(Run(EARLY, visits))


def kinds_of(plan: Plan, problem: Problem = PROBLEM) -> set[ViolationKind]:
    return {violation.kind for violation in violations(plan, problem)}


def with_request(request: Request) -> Problem:
    return PROBLEM.with_request(request)


def test_a_right_plan_has_no_violations() -> None:
    assert violations(PLAN, PROBLEM) == ()


def test_a_request_nobody_serves_is_lost_unless_the_plan_says_so() -> None:
    without_ben = plan_of(*VISITS[:3])
    assert kinds_of(without_ben) == {ViolationKind.LOST}
    assert violations(Plan(without_ben.runs, frozenset({BEN.id})), PROBLEM) == ()


def moved(index: int, **changes: object) -> Plan:
    """The plan with one visit changed."""
    visits = list(VISITS)
    visits[index] = replace(visits[index], **changes)  # type: ignore[arg-type] # a field of a visit
    return plan_of(*visits)


def without(*indices: int) -> Plan:
    return plan_of(*(visit for index, visit in enumerate(VISITS) if index not in indices))


_KIND = ViolationKind


@pytest.mark.parametrize(
    ("plan", "kinds"),
    [
        pytest.param(Plan({**PLAN.runs, ShiftId("x"): Run(ShiftId("x"))}), {_KIND.UNKNOWN_SHIFT}, id="unknown shift"),
        pytest.param(
            Plan({**PLAN.runs, OTHER: PLAN.runs[EARLY]}), {_KIND.UNKNOWN_SHIFT, _KIND.SERVED_TWICE}, id="swap"
        ),
        pytest.param(Plan(PLAN.runs, frozenset({RequestId("eve")})), {_KIND.UNKNOWN_REQUEST}, id="unserved stranger"),
        pytest.param(Plan(PLAN.runs, frozenset({ANNA.id})), {_KIND.SERVED_AND_UNSERVED}, id="served and unserved"),
        pytest.param(without(1), {_KIND.NOT_PAIRED, _KIND.BREAK_WITH_RIDERS, _KIND.BREAK_WRONG_PLACE}, id="no dropoff"),
        pytest.param(without(0), {_KIND.NOT_PAIRED}, id="no pickup"),
        pytest.param(
            moved(0, location=LocationIndex(0)), {_KIND.WRONG_LOCATION, _KIND.NOT_ENOUGH_TIME}, id="wrong place"
        ),
        pytest.param(moved(0, start_s=SIX + 599), {_KIND.OUTSIDE_SHIFT}, id="leaves before the shift"),
        pytest.param(moved(1, start_s=SIX + 1859), {_KIND.NOT_ENOUGH_TIME}, id="too fast"),
        pytest.param(moved(1, start_s=SIX + 2461), {_KIND.RIDE_TOO_LONG}, id="rides too long"),
        pytest.param(
            moved(4, start_s=SIX + 8 * HOUR_S - 659), {_KIND.OUTSIDE_SHIFT, _KIND.RIDE_TOO_LONG}, id="late home"
        ),
        pytest.param(without(2), {_KIND.BREAK_MISSING}, id="no break"),
        pytest.param(moved(2, start_s=SIX + HOUR_S - 1), {_KIND.BREAK_OUTSIDE_WINDOW}, id="early break"),
        pytest.param(
            moved(2, location=LocationIndex(2)),
            {_KIND.BREAK_WRONG_PLACE, _KIND.NOT_ENOUGH_TIME},
            id="break elsewhere",
        ),
        pytest.param(moved(2, break_index=1), {_KIND.BREAK_OUT_OF_ORDER, _KIND.BREAK_MISSING}, id="unknown break"),
        pytest.param(
            plan_of(VISITS[0], pause(1, SIX + HOUR_S), dropoff(ANNA, SIX + 6600), *VISITS[3:]),
            {
                _KIND.BREAK_WITH_RIDERS,
                _KIND.OUTSIDE_WINDOW,
                _KIND.RIDE_TOO_LONG,
                _KIND.NOT_ENOUGH_TIME,
            },
            id="break with Anna",
        ),
    ],
)
def test_each_fault_has_its_kind(plan: Plan, kinds: set[ViolationKind]) -> None:
    assert kinds_of(plan) == kinds


def test_a_visit_outside_its_window_is_found_at_either_end() -> None:
    narrow = replace(ANNA, pickup_window=TimeWindow(SIX, SIX + 599))
    assert kinds_of(PLAN, with_request(narrow)) == {ViolationKind.OUTSIDE_WINDOW}
    narrow = replace(ANNA, dropoff_window=TimeWindow(SIX + 1861, SIX + HOUR_S))
    assert kinds_of(PLAN, with_request(narrow)) == {ViolationKind.OUTSIDE_WINDOW}


def test_a_request_the_problem_has_not_is_unknown_but_its_place_counts() -> None:
    stranger = Problem(PROBLEM.shifts, {BEN.id: BEN}, PROBLEM.times)
    assert kinds_of(PLAN, stranger) == {ViolationKind.UNKNOWN_REQUEST}


def test_a_dropoff_before_the_pickup_is_found() -> None:
    plan = plan_of(dropoff(ANNA, SIX + 1800), pickup(ANNA, SIX + 3060), *VISITS[2:])
    assert ViolationKind.PICKUP_AFTER_DROPOFF in kinds_of(plan)


def test_the_ends_of_one_request_in_two_runs_are_not_paired() -> None:
    split = without(1).with_run(Run(OTHER, (dropoff(ANNA, SIX + 1860),)))
    not_paired = {v.shift_id for v in violations(split, PROBLEM) if v.kind is ViolationKind.NOT_PAIRED}
    assert not_paired == {EARLY, OTHER}


def test_a_request_in_two_runs_is_served_twice() -> None:
    twice = PLAN.with_run(Run(OTHER, VISITS[:2]))
    assert kinds_of(twice) == {ViolationKind.SERVED_TWICE}


@pytest.mark.parametrize(("seats", "is_clean"), [(4, True), (3, False)])
def test_those_on_board_together_have_to_fit(*, seats: int, is_clean: bool) -> None:
    anna, ben = replace(ANNA, dropoff_window=BEN.pickup_window), replace(BEN, pickup=LocationIndex(2))
    shift = shift_of(layouts=(Load(seat=seats), Load(wheelchair=2)))
    visits = (
        pickup(anna, SIX + 600),
        pickup(ben, SIX + 1260),
        dropoff(anna, SIX + 1920),
        dropoff(ben, SIX + 3180),
    )
    found = violations(Plan({shift.id: Run(shift.id, visits)}), problem_of(shift, anna, ben))
    assert [(v.kind, v.request_id) for v in found] == ([] if is_clean else [(ViolationKind.OVERLOADED, "ben")])


def test_a_shift_without_a_run_misses_its_breaks() -> None:
    assert kinds_of(Plan({OTHER: Run(OTHER)}, frozenset({ANNA.id, BEN.id}))) == {ViolationKind.BREAK_MISSING}


def test_a_place_that_no_way_leads_to_is_unreachable() -> None:
    island = [[0, UNREACHABLE_S], [UNREACHABLE_S, 0]]
    request = ride("cem", (1, 0), (SIX, SIX + HOUR_S))
    shift = shift_of()
    plan = Plan({shift.id: Run(shift.id, (pickup(request, SIX + 600), dropoff(request, SIX + 1860)))})
    problem = problem_of(shift, request, times=MatrixTravelTimes.from_rows(island))
    assert [v.kind for v in violations(plan, problem)] == [ViolationKind.UNREACHABLE] * 2


def with_shift(**changes: object) -> Problem:
    """The problem with a changed early shift."""
    return replace(PROBLEM, shifts={**PROBLEM.shifts, EARLY: replace(SHIFT, **changes)})  # type: ignore[arg-type] # a field


def test_a_request_in_the_run_of_a_shift_it_is_not_for_is_found() -> None:
    for_other = with_request(replace(ANNA, shift_ids=frozenset({OTHER})))
    assert [(v.kind, v.request_id) for v in violations(PLAN, for_other)] == [(_KIND.WRONG_SHIFT, "anna")]
    assert violations(PLAN, with_request(replace(ANNA, shift_ids=frozenset({EARLY})))) == ()


def test_a_run_lasts_from_setting_off_to_the_return() -> None:
    # it sets off to town 1 at 6:00 and is back from there at 8:02
    lasts_s = HOUR_S + 3060 + 60 + 600
    assert violations(PLAN, with_shift(max_duration_s=lasts_s)) == ()
    assert kinds_of(PLAN, with_shift(max_duration_s=lasts_s - 1)) == {_KIND.RUN_TOO_LONG}


@pytest.mark.parametrize(("range_m", "stretches"), [(27_000, 0), (26_999, 2)])
def test_each_stretch_without_charging_stays_in_range(*, range_m: int, stretches: int) -> None:
    # 27 km to town 3, where the vehicle charges in the break, and as much back
    charging = replace(SHIFT.breaks[0], location=LocationIndex(3), recharges=True)
    found = violations(PLAN, with_shift(range_m=range_m, breaks=(charging,)))
    assert [v.kind for v in found] == [_KIND.OUT_OF_RANGE] * stretches
    elsewhere = replace(charging, recharges=False)
    assert violations(PLAN, with_shift(range_m=54_000, breaks=(elsewhere,))) == ()
    assert kinds_of(PLAN, with_shift(range_m=53_999, breaks=(elsewhere,))) == {_KIND.OUT_OF_RANGE}


def test_a_break_is_taken_at_its_place() -> None:
    at_four = (replace(SHIFT.breaks[0], location=LocationIndex(4)),)
    assert kinds_of(PLAN, with_shift(breaks=at_four)) == {_KIND.BREAK_WRONG_PLACE}
    there = moved(2, location=LocationIndex(4))
    assert kinds_of(there, with_shift(breaks=at_four)) == {_KIND.NOT_ENOUGH_TIME}  # ten minutes to town 3 are missing


@pytest.mark.parametrize(
    ("places", "is_clean"), [((), True), ((1,), True), ((3,), False), ((1, 2), True), ((0, 1, 2, 3, 4, 5), False)]
)
def test_a_wait_is_found_where_neither_place_allows_one(*, places: tuple[int, ...], is_clean: bool) -> None:
    # between 6:32, when Anna is out, and the break at 7:00 the vehicle stands in town 3
    problem = replace(PROBLEM, no_waiting=frozenset(map(LocationIndex, places)))
    assert [v.kind for v in violations(PLAN, problem)] == ([] if is_clean else [_KIND.WAITS_WHERE_IT_MUST_NOT])


class TestChanges:
    now = replace(PROBLEM, not_before_s=SIX + 700)  # Anna is on board, the vehicle on its way to town 3

    def test_no_change_is_a_right_change(self) -> None:
        assert change_violations(PLAN, PLAN, self.now) == ()

    def test_a_fixed_visit_must_not_move(self) -> None:
        later = moved(0, start_s=SIX + 601)
        assert {v.kind for v in change_violations(PLAN, later, self.now)} == {ViolationKind.FIXED_VISIT_CHANGED}

    def test_a_vehicle_can_not_be_sent_off_in_the_past(self) -> None:
        before = plan_of(*VISITS[:2], VISITS[2])
        earlier = plan_of(VISITS[0], VISITS[1], replace(VISITS[2], start_s=SIX + 699))
        kinds = {v.kind for v in change_violations(before, earlier, self.now)}
        assert kinds == {ViolationKind.SETS_OFF_TOO_EARLY}

    def test_who_was_served_stays_served_unless_the_request_is_gone(self) -> None:
        dropped = Plan(without(3, 4).runs, frozenset({BEN.id}))
        found = change_violations(PLAN, dropped, self.now)
        assert [(v.kind, v.request_id) for v in found] == [(ViolationKind.DROPPED, "ben")]
        cancelled = replace(self.now, requests={ANNA.id: ANNA})
        assert change_violations(PLAN, dropped, cancelled) == ()

    def test_rides_of_a_locked_shift_stay_in_their_run_and_in_their_order(self) -> None:
        cem = ride("cem", (1, 2), (SIX, SIX + 3 * HOUR_S))
        problem = replace(PROBLEM.with_request(cem), order_locked=frozenset({EARLY}))
        ends = (pickup(cem, SIX + 660), dropoff(cem, SIX + 1320))
        between = plan_of(VISITS[0], *ends, *VISITS[1:])
        assert change_violations(PLAN, between, problem) == ()
        moved_breaks = plan_of(VISITS[2], VISITS[0], VISITS[1], *VISITS[3:])
        assert change_violations(PLAN, moved_breaks, problem) == ()
        swapped = plan_of(*VISITS[3:], *VISITS[:3])
        elsewhere = without(3, 4).with_run(Run(OTHER, VISITS[3:]))
        for after in (swapped, elsewhere):
            assert [v.kind for v in change_violations(PLAN, after, problem)] == [ViolationKind.ORDER_CHANGED]
            assert change_violations(PLAN, after, PROBLEM) == ()

    def test_who_is_left_out_of_a_locked_shift_is_dropped_and_no_more(self) -> None:
        problem = replace(PROBLEM, order_locked=frozenset({EARLY}))
        assert [v.kind for v in change_violations(PLAN, without(3, 4), problem)] == [ViolationKind.DROPPED]
        cancelled = replace(problem, requests={ANNA.id: ANNA})
        assert change_violations(PLAN, without(3, 4), cancelled) == ()
