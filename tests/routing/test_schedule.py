"""Schedules computed by hand on a line of towns ten minutes apart."""

from collections.abc import Sequence

import pytest

from routing.model import Break, LocationIndex, Run, Shift, TimeWindow, Visit
from routing.problem import Problem
from routing.schedule import Slack, fixed_count, opening_run, start_times, visit_slacks, with_breaks_in_place
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


def test_a_break_with_a_place_is_driven_to() -> None:
    anna = ride("anna", (1, 3), (SIX, SIX + HOUR_S))
    ben = ride("ben", (3, 2), (SIX, SIX + 3 * HOUR_S))
    at_five = Break(TimeWindow(SIX, SIX + 2 * HOUR_S), 1800, location=LocationIndex(5))
    shift = shift_of(breaks=(at_five,))
    visits = with_breaks_in_place(shift, [pickup(anna), dropoff(anna), pause(0), pickup(ben), dropoff(ben)])
    assert [visit.location for visit in visits] == [1, 3, 5, 3, 2]
    # Anna is out at 6:31, the driver is in town 5 at 6:52 and back in town 3 at 7:42
    assert starts_of(shift, visits, problem_of(shift, anna, ben)) == (
        SIX + 600,
        SIX + 1860,
        SIX + 1860 + 60 + 1200,
        SIX + 3120 + 1800 + 1200,
        SIX + 6120 + 60 + 600,
    )


def test_a_break_without_a_place_follows_one_that_has_one() -> None:
    window = TimeWindow(SIX, SIX + 2 * HOUR_S)
    shift = shift_of(breaks=(Break(window, 900, location=LocationIndex(2)), Break(window, 900)))
    assert opening_run(shift, problem_of(shift)).visits == (pause(2, SIX + 1200, 0), pause(2, SIX + 2100, 1))


def test_to_open_a_shift_with_breaks_elsewhere_takes_the_ways_there() -> None:
    elsewhere = shift_of(breaks=(Break(TimeWindow(SIX, SIX + HOUR_S), 900, location=LocationIndex(2)),))
    with pytest.raises(ValueError, match="give the problem"):
        opening_run(elsewhere)
    too_far = shift_of(breaks=(Break(TimeWindow(SIX, SIX + 599), 900, location=LocationIndex(1)),))
    with pytest.raises(ValueError, match="break 1 of shift early"):
        opening_run(too_far, problem_of(too_far))
    no_way_back = shift_of(hours_s=(SIX, SIX + 1200 + 900 + 1199), breaks=elsewhere.breaks)
    with pytest.raises(ValueError, match="even with nobody to serve"):
        opening_run(no_way_back, problem_of(no_way_back))
    out_of_range = shift_of(ends=(0, 3), range_m=26_999)
    with pytest.raises(ValueError, match="its range"):
        opening_run(out_of_range, problem_of(out_of_range))


def test_the_first_break_is_put_off_where_the_shift_would_last_too_long() -> None:
    pauses = (Break(TimeWindow(SIX, SIX + HOUR_S), 900), Break(TimeWindow(SIX + 2 * HOUR_S, SIX + 3 * HOUR_S), 900))
    # the second break ends at 8:15; half an hour of duration lets the first begin at 7:45, which is too late
    for most_s, first_s in ((5400, SIX + 2 * HOUR_S + 900 - 5400), (10 * HOUR_S, SIX)):
        shift = shift_of(breaks=pauses, max_duration_s=most_s)
        assert opening_run(shift, problem_of(shift)).visits[0] == pause(0, first_s, 0)
    shift = shift_of(breaks=pauses, max_duration_s=1800)
    with pytest.raises(ValueError, match="duration"):
        opening_run(shift, problem_of(shift))


class TestDuration:
    # ten minutes to town 1 at 6:10 at the earliest; the way home from town 3 takes half an hour
    anna = ride("anna", (1, 3), (SIX, SIX + HOUR_S), (SIX + HOUR_S, SIX + 2 * HOUR_S))
    shortest_s = 600 + 60 + 1200 + 60 + 1800

    def test_the_start_is_put_off_so_that_the_shift_is_short_enough(self) -> None:
        ben = ride("ben", (1, 3), (SIX + 3 * HOUR_S, SIX + 4 * HOUR_S))
        visits = [pickup(self.anna), dropoff(self.anna), pickup(ben), dropoff(ben)]
        # Ben boards at 9:00, the vehicle is home at 9:52; it sets off 190 minutes before, at 6:42
        shift = shift_of(max_duration_s=190 * MIN)
        nine = SIX + 3 * HOUR_S
        assert starts_of(shift, visits, problem_of(shift, self.anna, ben)) == (
            SIX + 52 * MIN,
            SIX + 73 * MIN,
            nine,
            nine + 21 * MIN,
        )

    @pytest.mark.parametrize(("spare_s", "is_possible"), [(0, True), (-1, False)])
    def test_it_counts_from_setting_off_to_the_return(self, *, spare_s: int, is_possible: bool) -> None:
        shift = shift_of(max_duration_s=self.shortest_s + spare_s)
        starts = starts_of(shift, [pickup(self.anna), dropoff(self.anna)], problem_of(shift, self.anna))
        assert (starts is not None) == is_possible

    def test_an_empty_run_has_no_duration(self) -> None:
        shift = shift_of(ends=(0, 3), max_duration_s=60)
        assert starts_of(shift, [], problem_of(shift)) == ()

    def test_a_vehicle_that_has_set_off_has_to_be_back_in_time(self) -> None:
        shift = shift_of(max_duration_s=self.shortest_s)
        problem = problem_of(shift, self.anna, not_before_s=SIX + 1)
        visits = [pickup(self.anna, SIX + 600), dropoff(self.anna)]
        assert start_times(shift, visits, problem, fixed=1) is None
        # it came so late that nothing can be said against it any more
        shift = shift_of(max_duration_s=self.shortest_s + 1740)
        assert start_times(shift, visits, problem, fixed=1) == (SIX + 600, SIX + HOUR_S)


class TestRange:
    # 54 km: from town 0 to town 3 and back
    anna = ride("anna", (1, 3), (SIX, SIX + 6 * HOUR_S))
    charging = Break(TimeWindow(SIX, SIX + 6 * HOUR_S), 600, location=LocationIndex(3), recharges=True)

    @pytest.mark.parametrize(("range_m", "is_possible"), [(54_000, True), (53_999, False)])
    def test_it_has_to_last_to_the_end(self, *, range_m: int, is_possible: bool) -> None:
        shift = shift_of(range_m=range_m)
        starts = starts_of(shift, [pickup(self.anna), dropoff(self.anna)], problem_of(shift, self.anna))
        assert (starts is not None) == is_possible

    @pytest.mark.parametrize(("range_m", "is_possible"), [(27_000, True), (26_999, False)])
    def test_charging_makes_it_whole_again(self, *, range_m: int, is_possible: bool) -> None:
        shift = shift_of(range_m=range_m, breaks=(self.charging,))
        visits = [pickup(self.anna), dropoff(self.anna), pause(3)]
        assert (starts_of(shift, visits, problem_of(shift, self.anna)) is not None) == is_possible

    def test_metres_that_are_driven_count_but_are_not_tested_again(self) -> None:
        shift = shift_of(range_m=26_999, breaks=(self.charging,))
        problem = problem_of(shift, self.anna, not_before_s=SIX + 3000)
        visits = [pickup(self.anna, SIX + 600), dropoff(self.anna, SIX + 1860), pause(3, SIX + 1920)]
        assert start_times(shift, visits, problem, fixed=2) is None  # town 3 is out of range, and so the charger
        assert start_times(shift, visits, problem, fixed=3) is None  # the way home is too long again
        near = shift_of(range_m=26_999, ends=(0, 1), breaks=(self.charging,))
        assert start_times(near, visits, problem, fixed=3) is not None

    def test_a_break_elsewhere_charges_nothing(self) -> None:
        shift = shift_of(range_m=30_000, breaks=(Break(self.charging.window, 600, location=LocationIndex(3)),))
        visits = [pickup(self.anna), dropoff(self.anna), pause(3)]
        assert starts_of(shift, visits, problem_of(shift, self.anna)) is None


class TestNoWaiting:
    # Anna from town 1 to town 2, Ben from town 3 on, not before 7:00
    anna = ride("anna", (1, 2), (SIX, SIX + 2 * HOUR_S))
    ben = ride("ben", (3, 4), (SIX + HOUR_S, SIX + 2 * HOUR_S))
    shift = shift_of()

    def starts(self, *no_waiting: int) -> tuple[int, ...] | None:
        visits = [pickup(self.anna), dropoff(self.anna), pickup(self.ben), dropoff(self.ben)]
        return starts_of(self.shift, visits, problem_of(self.shift, self.anna, self.ben, no_waiting=no_waiting))

    def test_the_vehicle_waits_where_it_may(self) -> None:
        seven = SIX + HOUR_S
        early = (SIX + 600, SIX + 600 + 660, seven, seven + 660)
        assert self.starts() == self.starts(2) == self.starts(3) == self.starts(1, 2) == early

    def test_it_comes_later_where_it_may_wait_at_neither_end(self) -> None:
        seven = SIX + HOUR_S
        assert self.starts(2, 3) == (seven - 660 - 660, seven - 660, seven, seven + 660)

    def test_there_is_no_schedule_where_nobody_can_come_later(self) -> None:
        early = ride("anna", (1, 2), (SIX, SIX + 600))
        visits = [pickup(early), dropoff(early), pickup(self.ben), dropoff(self.ben)]
        # Anna would have to sit in a vehicle that waits in town 1
        problem = problem_of(self.shift, early, self.ben, no_waiting=(2, 3))
        assert starts_of(self.shift, visits, problem) == (SIX + 600, SIX + 2940, SIX + HOUR_S, SIX + HOUR_S + 660)
        assert starts_of(self.shift, visits, problem_of(self.shift, early, self.ben, no_waiting=(1, 2, 3))) is None

    def test_a_pickup_without_a_wait_before_it_moves_only_with_the_one_before(self) -> None:
        # both ride to town 4 for 7:00; Anna's window closes at 6:20, so that Ben can't be fetched later than 6:31
        anna = ride("anna", (1, 4), (SIX, SIX + 1200), (SIX + HOUR_S, SIX + 2 * HOUR_S))
        ben = ride("ben", (2, 4), (SIX, SIX + HOUR_S), (SIX + HOUR_S, SIX + 2 * HOUR_S))
        visits = [pickup(anna), pickup(ben), dropoff(anna), dropoff(ben)]
        seven = SIX + HOUR_S
        problem = problem_of(self.shift, anna, ben, no_waiting=(1, 2))
        assert starts_of(self.shift, visits, problem) == (SIX + 1200, SIX + 1860, seven, seven + 60)
        problem = problem_of(self.shift, anna, ben, no_waiting=(1, 4))
        assert starts_of(self.shift, visits, problem) == (SIX + 1200, seven - 1260, seven, seven + 60)


def test_every_visit_knows_how_early_and_how_late_it_could_be() -> None:
    # Anna boards within an hour and rides 25 minutes at most; the vehicle is home by eight
    anna = ride("anna", (1, 3), (SIX, SIX + HOUR_S), max_ride_s=1500)
    shift = shift_of(hours_s=(SIX, SIX + 2 * HOUR_S))
    problem = problem_of(shift, anna)
    visits = [pickup(anna), dropoff(anna)]
    home_by = SIX + 2 * HOUR_S - 1800 - 60
    assert visit_slacks(shift, visits, problem, fixed=0) == (
        Slack(SIX + 600, SIX + HOUR_S),
        Slack(SIX + 1860, SIX + HOUR_S + 60 + 1500),
    )
    assert home_by > SIX + HOUR_S + 60 + 1500
    assert visit_slacks(shift, [pickup(anna, SIX + 900), dropoff(anna)], problem, fixed=1) == (
        Slack(SIX + 900, SIX + 900),
        Slack(SIX + 2160, SIX + 900 + 60 + 1500),
    )
    assert Slack(SIX, SIX + 60).room_s == 60
    assert visit_slacks(shift_of(range_m=1), visits, problem, fixed=0) is None
    assert visit_slacks(shift_of(max_duration_s=1), visits, problem, fixed=0) is None


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

    def test_a_ride_that_has_been_too_long_does_not_close_the_run(self) -> None:
        hurried = ride("anna", (1, 3), (SIX, SIX + 3 * HOUR_S), max_ride_s=1199)
        problem = problem_of(self.shift, hurried, self.ben, not_before_s=SIX + 2300)
        starts = start_times(self.shift, self.run.visits, problem, fixed=2)
        assert starts == (SIX + 600, SIX + 1860, SIX + 2300, SIX + 2300 + 1260)

    def test_a_ride_limit_holds_for_those_on_board(self) -> None:
        hurried = ride("anna", (1, 3), (SIX, SIX + 3 * HOUR_S), max_ride_s=1300)
        problem = problem_of(self.shift, hurried, not_before_s=SIX + 661)
        visits = [pickup(hurried, SIX + 600), dropoff(hurried)]
        assert start_times(self.shift, visits, problem, fixed=1) == (SIX + 600, SIX + 1861)
        too_late = problem_of(self.shift, hurried, not_before_s=SIX + 761)
        assert start_times(self.shift, visits, too_late, fixed=1) is None
