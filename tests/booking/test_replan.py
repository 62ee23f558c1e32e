"""A better plan is shown as what would change, falls apart into what belongs together, and is taken over in part."""

from datetime import timedelta

import pytest

from booking.errors import StaleError
from booking.model import Booking
from booking.operation import Operation
from booking.replan import MovedRide, linked_runs
from routing.model import RequestId, ShiftId
from routing.violations import violations
from tests.booking.riding import EAST, WEST, ride, ride_id, times_of
from tests.tiny_network import FakeClock, service_day


def move(name: str, one: str, other: str) -> MovedRide:
    return MovedRide(RequestId(name), ShiftId(one), ShiftId(other), 0, 60)


def test_runs_between_which_riders_move_belong_together() -> None:
    changed = [ShiftId(name) for name in "abcdef"]
    moves = [move("1", "a", "b"), move("2", "b", "c"), move("3", "d", "d"), move("4", "e", "f"), move("5", "f", "c")]
    assert sorted(map(sorted, linked_runs(changed, moves))) == [["a", "b", "c", "e", "f"], ["d"]]
    assert linked_runs([], []) == []


@pytest.fixture
def detour(operation: Operation) -> Booking:
    """A ride in the west that somebody has put into the bus of the east, which has to come for it from afar."""
    booking = ride(operation, "cramnitz-markt", "altwiek-markt", "08:30")
    put_into(operation, booking, EAST)
    return booking


def put_into(operation: Operation, booking: Booking, shift: ShiftId) -> None:
    """Move it into another run, and leave it free to be moved again."""
    operation.moves.move(service_day(operation.network), ride_id(booking), shift, actor="staff anna", locks=False)


def test_what_would_change_is_shown_and_nothing_changes(operation: Operation, detour: Booking) -> None:
    before = times_of(operation, EAST)
    (group,) = operation.replans.propose(service_day(operation.network)).groups
    (moved,) = group.rides
    assert (moved.ride, moved.from_shift, moved.to_shift) == (ride_id(detour), EAST, WEST)
    assert group.shifts == (EAST, WEST)
    assert group.saved > 5 * 60, "the bus of the east need not come any more"
    assert times_of(operation, EAST) == before


def test_what_is_taken_over_is_what_was_shown(operation: Operation, detour: Booking) -> None:
    on = service_day(operation.network)
    shown = operation.replans.propose(on)
    taken = operation.replans.accept(on, (shown.version, shown.at), [shown.groups[0].name], actor="staff anna")
    assert taken == shown.groups
    day = operation._load_day(on)
    pickup_s = next(v.start_s for v in day.plan.runs[WEST].visits if v.request_id == ride_id(detour))
    assert pickup_s == shown.groups[0].rides[0].after_s
    assert violations(day.plan, day.problem(operation.artefacts.times, 0)) == ()
    assert operation.replans.propose(on).groups == (), "nothing more to be found"


@pytest.mark.usefixtures("detour")
def test_nothing_is_taken_over_that_was_not_chosen_or_is_not_so_any_more(
    operation: Operation, clock: FakeClock
) -> None:
    on = service_day(operation.network)
    shown = operation.replans.propose(on)
    before = times_of(operation, EAST)
    assert operation.replans.accept(on, (shown.version, shown.at), [ShiftId("nobody")], actor="staff anna") == ()
    clock.at += timedelta(hours=3)  # the vehicle is on its way, or has been
    with pytest.raises(StaleError):
        operation.replans.accept(on, (shown.version, shown.at), [shown.groups[0].name], actor="staff anna")
    assert times_of(operation, EAST) == before
    clock.at -= timedelta(hours=3)
    ride(operation, "brueelow-markt", "cramnitz-markt", "13:00")
    with pytest.raises(StaleError):
        operation.replans.accept(on, (shown.version, shown.at), [shown.groups[0].name], actor="staff anna")


def test_a_day_on_which_nobody_rides_has_nothing_to_be_planned(operation: Operation) -> None:
    assert operation.replans.propose(service_day(operation.network)).groups == ()
