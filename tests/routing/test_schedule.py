"""Schedules computed by hand on a line of towns ten minutes apart."""

from collections.abc import Sequence

import pytest

from routing.model import Break, Run, Shift, TimeWindow, Visit
from routing.problem import Problem
from routing.schedule import fixed_count, opening_run, start_times, with_breaks_in_place
from tests.strategies import HOUR_S, dropoff, pause, pickup, problem_of, ride, shift_of

SIX = 6 * HOUR_S
MIN = 60


def starts_of(shift: Shift, visits: Sequence[Visit], problem: Problem) -> tuple[int, ...] | None:
    """The schedule of a day on which nothing is fixed."""
    return start_times(shift, visits, problem, fixed=0)


def test_a_single_ride_begins_as_soon_as_the_vehicle_can_be_there() -> None:
    anna = ride("anna", (1, 3), (SIX, SIX + HOUR_S))
    shift = shift_of()
    # ten minutes to town 1, a minute of boarding, twenty minutes to town 3
    assert starts_of(shift, [pickup(anna), dropoff(anna)], problem_of(shift, anna)) == (SIX + 600, SIX + 600 + 1260)


def test_the_vehicle_waits_for_a_window_to_open() -> None:
    anna = ride("anna", (1, 3), (SIX + HOUR_S, SIX + 2 * HOUR_S))
    shift = shift_of()
    assert starts_of(shift, [pickup(anna), dropoff(anna)], problem_of(shift, anna)) == (
        SIX + HOUR_S,
        SIX + HOUR_S + 1260,
    )


def test_nobody_is_fetched_early_to_sit_in_a_waiting_vehicle() -> None:
    anna = ride("anna", (1, 3), (SIX, SIX + 2 * HOUR_S), (SIX + HOUR_S, SIX + 2 * HOUR_S))
    shift = shift_of()
    # the earliest drop-off is 7:00, so boarding begins 21 minutes before
    assert starts_of(shift, [pickup(anna), dropoff(anna)], problem_of(shift, anna)) == (
        SIX + HOUR_S - 1260,
        SIX + HOUR_S,
    )


def test_fetching_later_stays_within_the_window() -> None:
    anna = ride("anna", (1, 3), (SIX, SIX + 15 * MIN), (SIX + HOUR_S, SIX + 2 * HOUR_S))
    shift = shift_of()
    assert starts_of(shift, [pickup(anna), dropoff(anna)], problem_of(shift, anna)) == (SIX + 15 * MIN, SIX + HOUR_S)


def test_services_at_one_place_add_up_without_a_drive() -> None:
    anna = ride("anna", (1, 3), (SIX, SIX + HOUR_S))
    ben = ride("ben", (1, 3), (SIX, SIX + HOUR_S), service_s=180)
    shift = shift_of()
    visits = [pickup(anna), pickup(ben), dropoff(anna), dropoff(ben)]
    assert starts_of(shift, visits, problem_of(shift, anna, ben)) == (
        SIX + 600,
        SIX + 660,
        SIX + 660 + 180 + 1200,
        SIX + 660 + 180 + 1200 + 60,
    )


def test_a_ride_limit_makes_the_vehicle_come_later_to_the_first_rider() -> None:
    # Ben's window opens at 7:00 in town 2; Anna, from town 1, may be on board for 25 minutes and goes to town 3
    anna = ride("anna", (1, 3), (SIX, SIX + 2 * HOUR_S), max_ride_s=25 * MIN)
    ben = ride("ben", (2, 4), (SIX + HOUR_S, SIX + 2 * HOUR_S))
    shift = shift_of()
    visits = [pickup(anna), pickup(ben), dropoff(anna), dropoff(ben)]
    starts = starts_of(shift, visits, problem_of(shift, anna, ben))
    # Ben at 7:00, Anna out at 7:11; she would have to be fetched by 6:45, and can be as late as 6:49
    seven = SIX + HOUR_S
    assert starts == (seven - 660, seven, seven + 660, seven + 660 + 660)


def test_a_ride_limit_that_waiting_breaks_leaves_no_schedule() -> None:
    anna = ride("anna", (1, 3), (SIX, SIX + 10 * MIN), max_ride_s=25 * MIN)
    ben = ride("ben", (2, 4), (SIX + HOUR_S, SIX + 2 * HOUR_S))
    shift = shift_of()
    visits = [pickup(anna), pickup(ben), dropoff(anna), dropoff(ben)]
    assert starts_of(shift, visits, problem_of(shift, anna, ben)) is None


def test_two_rides_that_push_one_another_for_ever_leave_no_schedule() -> None:
    # each ride alone could be put right by coming later, but Anna's drop-off waits for Ben's pickup and the other
    # way round; no window stops it for hours
    wide = (SIX, SIX + 7 * HOUR_S)
    anna = ride("anna", (1, 4), wide, max_ride_s=30 * MIN)
    ben = ride("ben", (3, 2), wide, max_ride_s=30 * MIN)
    shift = shift_of()
    visits = [pickup(anna), pickup(ben), dropoff(ben), dropoff(anna)]
    assert starts_of(shift, visits, problem_of(shift, anna, ben)) is None


@pytest.mark.parametrize(("end_s", "is_possible"), [(SIX + 600 + 60 + 1200 + 60 + 1800, True), (SIX + 3719, False)])
def test_the_vehicle_has_to_be_back_by_the_end_of_its_shift(*, end_s: int, is_possible: bool) -> None:
    anna = ride("anna", (1, 3), (SIX, SIX + HOUR_S))
    shift = shift_of(hours_s=(SIX, end_s))
    starts = starts_of(shift, [pickup(anna), dropoff(anna)], problem_of(shift, anna))
    assert (starts is not None) == is_possible


def test_a_window_that_closes_before_the_vehicle_can_be_there_leaves_no_schedule() -> None:
    anna = ride("anna", (1, 3), (SIX, SIX + 599))
    shift = shift_of()
    assert starts_of(shift, [pickup(anna), dropoff(anna)], problem_of(shift, anna)) is None


def test_an_empty_run_has_an_empty_schedule_if_the_way_to_the_end_fits_the_shift() -> None:
    assert starts_of(shift_of(), [], problem_of(shift_of())) == ()
    too_short = shift_of(ends=(0, 3), hours_s=(SIX, SIX + 1799))
    assert starts_of(too_short, [], problem_of(too_short)) is None


def test_a_break_is_taken_where_the_vehicle_stands_and_takes_its_time() -> None:
    anna = ride("anna", (1, 3), (SIX, SIX + HOUR_S))
    ben = ride("ben", (3, 2), (SIX, SIX + 3 * HOUR_S))
    shift = shift_of(breaks=(Break(TimeWindow(SIX, SIX + 2 * HOUR_S), 1800),))
    visits = with_breaks_in_place(shift, [pickup(anna), dropoff(anna), pause(0), pickup(ben), dropoff(ben)])
    assert [visit.location for visit in visits] == [1, 3, 3, 3, 2]
    starts = starts_of(shift, visits, problem_of(shift, anna, ben))
    assert starts is not None
    assert starts[2] == starts[1] + 60
    assert starts[3] == starts[2] + 1800


def test_a_shift_opens_with_its_breaks_one_after_the_other_at_its_start() -> None:
    pauses = (Break(TimeWindow(SIX, SIX + HOUR_S), 900), Break(TimeWindow(SIX, SIX + HOUR_S), 1800))
    assert opening_run(shift_of(ends=(2, 0), breaks=pauses)).visits == (pause(2, SIX, 0), pause(2, SIX + 900, 1))
    assert opening_run(shift_of()) == Run(shift_of().id)


def test_breaks_that_do_not_fit_into_the_shift_are_refused() -> None:
    pauses = (Break(TimeWindow(SIX, SIX), 900), Break(TimeWindow(SIX, SIX + 899), 900))
    with pytest.raises(ValueError, match="break 2 of shift early"):
        opening_run(shift_of(breaks=pauses))


class TestOnceTheDayIsUnderWay:
    anna = ride("anna", (1, 3), (SIX, SIX + 3 * HOUR_S))
    ben = ride("ben", (3, 1), (SIX, SIX + 3 * HOUR_S))
    shift = shift_of()
    run = Run(
        shift.id,
        (
            pickup(anna, SIX + 600),
            dropoff(anna, SIX + 1860),
            pickup(ben, SIX + 2400),
            dropoff(ben, SIX + 3660),
        ),
    )

    @pytest.mark.parametrize(
        ("now_s", "count"),
        [
            (SIX, 0),  # the vehicle sets off at six sharp: not before the moment from which it can be told
            (SIX + 1, 1),
            (SIX + 660, 1),  # it sets off to town 3 at 6:11
            (SIX + 661, 2),
            (SIX + 2401, 3),
            (SIX + 2461, 4),
        ],
    )
    def test_a_visit_is_fixed_when_the_vehicle_has_set_off_towards_it(self, now_s: int, count: int) -> None:
        problem = problem_of(self.shift, self.anna, self.ben, not_before_s=now_s)
        assert fixed_count(self.run, problem) == count

    def test_fixed_visits_keep_their_times_and_the_others_begin_after_a_drive_from_now(self) -> None:
        problem = problem_of(self.shift, self.anna, self.ben, not_before_s=SIX + 2300)
        # Ben's pickup, at the place where the vehicle stands, moves to now; his ride follows
        assert start_times(self.shift, self.run.visits, problem, fixed=2) == (
            SIX + 600,
            SIX + 1860,
            SIX + 2300,
            SIX + 2300 + 1260,
        )

    def test_what_has_happened_is_not_tested_again(self) -> None:
        late = Run(self.shift.id, (pickup(self.anna, SIX + 4 * HOUR_S), dropoff(self.anna, SIX + 4 * HOUR_S + 60)))
        problem = problem_of(self.shift, self.anna, not_before_s=SIX + 5 * HOUR_S)
        assert start_times(self.shift, late.visits, problem, fixed=2) == (SIX + 4 * HOUR_S, SIX + 4 * HOUR_S + 60)

    def test_a_ride_limit_holds_for_those_on_board(self) -> None:
        hurried = ride("anna", (1, 3), (SIX, SIX + 3 * HOUR_S), max_ride_s=1300)
        problem = problem_of(self.shift, hurried, not_before_s=SIX + 661)
        visits = [pickup(hurried, SIX + 600), dropoff(hurried)]
        assert start_times(self.shift, visits, problem, fixed=1) == (SIX + 600, SIX + 1861)
        too_late = problem_of(self.shift, hurried, not_before_s=SIX + 761)
        assert start_times(self.shift, visits, too_late, fixed=1) is None
