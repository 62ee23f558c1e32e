"""Rides moved and locked by a dispatcher, on a real database."""

import pytest
from sqlalchemy import select

from booking.database import Database
from booking.disruptions import Ending
from booking.driver_events import EventKind
from booking.errors import DoesNotFitError, NotChangeableError, NotFoundError
from booking.improve import improve_day
from booking.model import Booking
from booking.operation import Operation
from booking.tables import AuditRow, OutboxRow, RideRow
from routing.model import RequestId, ShiftId
from routing.violations import violations
from tests.booking.riding import EAST, WEST, event, ride, ride_id
from tests.tiny_network import FakeClock, local, service_day

TODAY = local("12:00").date()


@pytest.fixture
def anna(operation: Operation) -> Booking:
    return ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")


def shift_of(operation: Operation, request_id: RequestId) -> ShiftId:
    day = operation._load_day(service_day(operation.network))
    return next(s for s, run in day.plan.runs.items() if request_id in run.request_ids())


def improve(operation: Operation) -> None:
    sessions, on = operation.database.sessions, service_day(operation.network)
    improve_day(sessions, operation.network, on, operation.clock(), seconds=None, iterations=300)


def test_the_runs_a_ride_could_be_in_are_listed_with_what_they_cost(operation: Operation, anna: Booking) -> None:
    here, *others = operation.moves.placements(service_day(operation.network), ride_id(anna))
    assert (here.shift_id, here.is_current, here.added_cost, here.effects) == (WEST, True, 0, ())
    assert EAST in {p.shift_id for p in others}
    assert [p.added_cost for p in others] == sorted(p.added_cost for p in others)
    times = operation.artefacts.times
    for placement in others:
        assert not placement.is_current
        assert placement.added_cost > 0, "the offer was the cheapest"
        assert placement.pickup_s in placement.day.requests[ride_id(anna)].pickup_window
        assert violations(placement.day.plan, placement.day.problem(times, 0)) == ()


def test_others_in_the_run_are_told_of_before_choosing(operation: Operation, anna: Booking) -> None:
    """What Anna's coming does to Bert in the east is the difference of his times before and after."""
    bert = ride(operation, "doessin-markt", "eldehof-siedlung", "10:00")
    there = shift_of(operation, ride_id(bert))
    before = {v.action: v.start_s for v in _visits(operation, there) if v.request_id == ride_id(bert)}
    placements = operation.moves.placements(service_day(operation.network), ride_id(anna))
    east = next(p for p in placements if p.shift_id == there)
    after = {v.action: v.start_s for v in east.day.plan.runs[there].visits if v.request_id == ride_id(bert)}
    shifts = {a: after[a] - before[a] for a in before}
    told = {e.request_id: (e.pickup_shift_s, e.dropoff_shift_s) for e in east.effects}
    assert told == ({ride_id(bert): tuple(shifts.values())} if any(shifts.values()) else {})


def test_a_ride_that_was_moved_stays_where_it_was_put(operation: Operation, database: Database, anna: Booking) -> None:
    mine, on = ride_id(anna), service_day(operation.network)
    moved = operation.moves.move(on, mine, EAST, actor="staff kim")
    assert moved.shift_id == shift_of(operation, mine) == EAST
    improve(operation)
    assert shift_of(operation, mine) == EAST, "locked"
    with database.sessions() as session:
        (note,) = session.scalars(select(AuditRow).where(AuditRow.action == "moved"))
        kinds = session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)).all()
    assert (note.actor, note.details["from"], note.details["to"]) == ("staff kim", WEST, EAST)
    assert kinds == ["confirmed", "changed"]
    # undone: back again, and free
    operation.moves.move(on, mine, WEST, actor="staff kim", locks=False)
    assert shift_of(operation, mine) == WEST
    with database.sessions() as session:
        assert session.scalars(select(RideRow.locked_shift)).all() == [None]


def test_without_its_lock_a_ride_goes_back_to_where_it_costs_least(operation: Operation, anna: Booking) -> None:
    mine, on = ride_id(anna), service_day(operation.network)
    operation.moves.move(on, mine, EAST, actor="staff kim")
    operation.moves.lock(on, mine, actor="staff kim", is_locked=False)
    improve(operation)
    assert shift_of(operation, mine) == WEST
    operation.moves.lock(on, mine, actor="staff kim", is_locked=True)
    with pytest.raises(NotFoundError, match="no ride"):
        operation.moves.lock(on, RequestId("nobody"), actor="staff kim", is_locked=True)


def test_nobody_s_promise_is_broken_for_a_move(operation: Operation, anna: Booking) -> None:
    """Anna is promised to be fetched by half past ten; the late shift in the west begins at two."""
    on, late = service_day(operation.network), ShiftId("west-late")
    assert operation._load_day(on).shifts[late].start_s > 11 * 3600
    assert late not in {p.shift_id for p in operation.moves.placements(on, ride_id(anna))}
    with pytest.raises(DoesNotFitError, match="does not fit there"):
        operation.moves.move(on, ride_id(anna), late, actor="staff kim")
    with pytest.raises(NotFoundError, match="no shift"):
        operation.moves.move(on, ride_id(anna), ShiftId("nowhere"), actor="staff kim")
    assert shift_of(operation, ride_id(anna)) == WEST


def test_what_has_begun_is_not_moved(operation: Operation, clock: FakeClock, anna: Booking) -> None:
    clock.at = local("10:01")
    with pytest.raises(NotChangeableError, match="has set off"):
        operation.moves.placements(service_day(operation.network), ride_id(anna))


def test_a_lock_ends_with_the_shift_that_it_names(
    operation: Operation, database: Database, clock: FakeClock, anna: Booking
) -> None:
    mine, on = ride_id(anna), service_day(operation.network)
    operation.moves.move(on, mine, EAST, actor="staff kim")
    operation.moves.lock_order(on, EAST, actor="staff kim", is_locked=True)
    clock.at = local("08:30")
    operation.dispatch.report(event(EventKind.BREAKDOWN, "08:30", shift=EAST))
    assert shift_of(operation, mine) == WEST
    with database.sessions() as session:
        assert session.scalars(select(RideRow.locked_shift)).all() == [None]
    assert operation._load_day(on).order_locked == frozenset()


def test_the_order_of_a_run_is_left_alone_while_it_is_locked(operation: Operation, anna: Booking) -> None:
    """Anna and Bert were put into the east by hand, the unlocked order of which nobody would choose."""
    on, bert = service_day(operation.network), ride(operation, "cramnitz-markt", "altwiek-markt", "10:00")
    for booking in (anna, bert):
        operation.moves.move(on, ride_id(booking), EAST, actor="staff kim", locks=False)
    operation.moves.lock_order(on, EAST, actor="staff kim", is_locked=True)
    before = [(v.action, v.request_id) for v in _visits(operation, EAST)]
    improve(operation)
    assert [(v.action, v.request_id) for v in _visits(operation, EAST)] == before
    with pytest.raises(NotChangeableError, match="order of this run is locked"):
        operation.moves.move(on, ride_id(anna), WEST, actor="staff kim")
    assert operation.dispatch.cures(TODAY) == ()
    operation.moves.lock_order(on, EAST, actor="staff kim", is_locked=False)
    improve(operation)
    assert {shift_of(operation, ride_id(b)) for b in (anna, bert)} == {WEST}
    with pytest.raises(NotFoundError, match="no shift"):
        operation.moves.lock_order(on, ShiftId("nowhere"), actor="staff kim", is_locked=True)


def test_a_shift_that_ends_early_may_be_locked(operation: Operation, clock: FakeClock, anna: Booking) -> None:
    on = service_day(operation.network)
    operation.moves.lock(on, ride_id(anna), actor="staff kim", is_locked=True)
    clock.at = local("08:30")
    replaced = operation.dispatch.end_shift(TODAY, Ending(WEST), actor="staff kim", reason="ill")
    assert replaced.unplaced == ()
    assert shift_of(operation, ride_id(anna)) != WEST


def _visits(operation: Operation, shift: ShiftId):  # type: ignore[no-untyped-def] # noqa: ANN202
    return operation._load_day(service_day(operation.network)).plan.runs[shift].visits
