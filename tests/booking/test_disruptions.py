"""Breakdowns, shifts that end early, cures and degraded modes, on a real database."""

import pytest
from sqlalchemy import select

from booking import disruptions
from booking.cures import CureKind
from booking.database import Database
from booking.degraded import DegradedKind
from booking.disruptions import Ending
from booking.driver_events import EventKind
from booking.errors import DayBusyError, NotFoundError, OfferTakenError
from booking.model import AreaId, Booking, Channel, OfferKind, Reason, StopId
from booking.operation import Operation
from booking.store import load_day
from booking.tables import AuditRow, OutboxRow, RideRow
from routing.model import ShiftId
from routing.violations import violations
from tests.booking.riding import EAST, ERIKA, WEST, event, ride, ride_id, times_of
from tests.tiny_network import FakeClock, enquiry_of, local, service_day

TODAY = local("12:00").date()
LATE = ShiftId("west-late")


@pytest.fixture
def anna(operation: Operation) -> Booking:
    return ride(operation, "brueelow-markt", "cramnitz-markt", "07:30")


@pytest.fixture
def bert(operation: Operation, anna: Booking) -> Booking:
    assert anna
    return ride(operation, "cramnitz-markt", "altwiek-markt", "08:30")


def outbox(database: Database) -> list[str]:
    with database.sessions() as session:
        return list(session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)))


def audit(database: Database, action: str) -> list[dict[str, object]]:
    with database.sessions() as session:
        return list(session.scalars(select(AuditRow.details).where(AuditRow.action == action).order_by(AuditRow.id)))


def assert_clean(operation: Operation) -> None:
    with operation.database.sessions() as session:
        day = load_day(session, operation.district, service_day(operation.network))
    assert violations(day.plan, day.problem(operation.artefacts.times, 0)) == ()


def test_after_a_breakdown_riders_on_board_and_riders_to_come_are_placed_anew(
    operation: Operation, database: Database, clock: FakeClock, anna: Booking, bert: Booking
) -> None:
    a, b = ride_id(anna), ride_id(bert)
    operation.dispatch.report(event(EventKind.BOARDED, "07:33", a))
    clock.at = local("07:35")
    operation.dispatch.follow(TODAY)
    broken = operation.district.stop_by_id[StopId("brueelow-siedlung")]
    operation.dispatch.report(event(EventKind.BREAKDOWN, "07:35", lon=broken.lon, lat=broken.lat))
    # Bus 2 is in Lübzow, 20 km and a side street away: its day begins at 5, so it may leave at 7:50 (freezing time).
    found = times_of(operation, EAST)
    assert {key for key in found if key[1] != "break"} == {(r, x) for r in (a, b) for x in ("pickup", "dropoff")}
    assert times_of(operation, WEST) == {}
    assert found[b, "pickup"] == "08:30:00", "his promise is kept"
    assert found[a, "pickup"] > "07:50:00"
    with database.sessions() as session:
        row = session.get_one(RideRow, a)
        assert row.pickup_stop == "brueelow-siedlung", "she waits where the vehicle stands"
    (ended,) = audit(database, "shift_ended")
    assert (ended["widened"], ended["unplaced"], ended["kept"]) == ([a], [], [b])
    assert [entry["ride"] for entry in audit(database, "promise_changed")] == [a]
    assert outbox(database) == ["confirmed", "confirmed", "delayed"]
    assert_clean(operation)


def test_a_breakdown_that_could_not_be_dealt_with_is_dealt_with_when_it_is_sent_again(
    operation: Operation, clock: FakeClock, anna: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.at = local("07:00")
    broken = event(EventKind.BREAKDOWN, "07:00")

    def is_busy(*_given: object, **_named: object) -> None:
        raise DayBusyError

    with monkeypatch.context() as patched:
        patched.setattr(disruptions, "end_shift", is_busy)
        with pytest.raises(DayBusyError):
            operation.dispatch.report(broken)
    assert (ride_id(anna), "pickup") in times_of(operation, WEST)
    assert not operation.dispatch.report(broken), "it is known"
    assert times_of(operation, WEST) == {}
    assert (ride_id(anna), "pickup") in times_of(operation, EAST)
    with monkeypatch.context() as patched:
        patched.setattr(disruptions, "end_shift", is_busy)
        assert not operation.dispatch.report(broken), "all is done: nothing is ended a second time"


def test_nobody_is_given_to_a_shift_that_has_ended(operation: Operation, clock: FakeClock, anna: Booking) -> None:
    clock.at = local("07:00")
    operation.dispatch.end_shift(TODAY, Ending(WEST), actor="anna", reason="driver ill")
    later = ride(operation, "cramnitz-markt", "brueelow-siedlung", "10:00")
    assert later.rides[0].vehicle_label == "Rufbus 2"
    found = operation.get_booking(anna.code)
    assert found.rides[0].vehicle_label == "Rufbus 2"
    assert_clean(operation)


def test_a_shift_that_ends_later_drives_until_then(
    operation: Operation, clock: FakeClock, anna: Booking, bert: Booking
) -> None:
    clock.at = local("07:00")
    ending = Ending(WEST, local("08:00"), StopId("cramnitz-markt"))
    operation.dispatch.end_shift(TODAY, ending, actor="anna", reason="driver ill")
    assert {ride for ride, _ in times_of(operation, WEST)} == {ride_id(anna)}
    assert (ride_id(bert), "pickup") in times_of(operation, EAST)
    assert_clean(operation)


@pytest.mark.parametrize("stop", ["luebzow-markt", "cramnitz-siedlung"])
def test_a_shift_that_never_began_ends_where_it_would_have_begun(
    operation: Operation, clock: FakeClock, anna: Booking, stop: str
) -> None:
    clock.at = local("05:30")
    assert anna
    ending = Ending(LATE, local("06:00"), StopId(stop))
    operation.dispatch.end_shift(TODAY, ending, actor="anna", reason="no driver")
    assert times_of(operation, LATE) == {}
    assert_clean(operation)


def test_no_shift_gets_longer_by_being_ended_after_its_end(
    operation: Operation, clock: FakeClock, anna: Booking
) -> None:
    clock.at = local("23:50")
    assert anna
    before_s = operation._load_day(service_day(operation.network)).shifts[WEST].end_s
    operation.dispatch.end_shift(TODAY, Ending(WEST), actor="anna", reason="forgotten")
    assert operation._load_day(service_day(operation.network)).shifts[WEST].end_s <= before_s
    operation.dispatch.end_shift(TODAY, Ending(LATE, stop=StopId("luebzow-markt")), actor="anna", reason="forgotten")
    assert_clean(operation)


def test_a_break_that_was_late_is_no_violation_after_a_breakdown(
    operation: Operation, clock: FakeClock, anna: Booking
) -> None:
    """Break 9 to 11; the rider of half past seven is reported on board at eleven only."""
    a = ride_id(anna)
    clock.at = local("11:05")
    operation.dispatch.report(event(EventKind.BOARDED, "11:00", a))
    operation.dispatch.report(event(EventKind.ALIGHTED, "11:06", a))
    operation.dispatch.follow(TODAY)
    clock.at = local("12:30")
    operation.dispatch.follow(TODAY)
    assert_clean(operation)
    operation.dispatch.report(event(EventKind.BREAKDOWN, "12:30"))
    assert_clean(operation)


def test_who_cannot_be_placed_stays_visible_and_is_placed_as_soon_as_there_is_a_way(
    operation: Operation, database: Database, clock: FakeClock, anna: Booking
) -> None:
    clock.at = local("07:00")
    operation.dispatch.end_shift(TODAY, Ending(EAST), actor="anna", reason="no driver")
    replaced = operation.dispatch.end_shift(TODAY, Ending(WEST), actor="anna", reason="no driver")
    assert replaced.unplaced == (ride_id(anna),)
    assert [(r.kind, r.request_id) for r in operation.dispatch.risks(TODAY)] == [("unplaced", ride_id(anna))]
    assert outbox(database) == ["confirmed", "at_risk"]
    assert operation.dispatch.place_unplaced(TODAY) is None
    cancelled = operation.cancel(anna.code)
    assert cancelled.cancelled_at is not None
    assert operation.dispatch.risks(TODAY) == ()


def test_a_shift_that_is_not_driven_cannot_end(operation: Operation) -> None:
    with pytest.raises(NotFoundError, match="no shift"):
        operation.dispatch.end_shift(TODAY, Ending(type(WEST)("nobody")), actor="anna", reason="x")


def test_a_cure_is_told_as_a_difference_and_applied_in_one_step(
    operation: Operation, database: Database, clock: FakeClock, anna: Booking, bert: Booking
) -> None:
    b = ride_id(bert)
    clock.at = local("07:34")
    operation.dispatch.report(event(EventKind.BOARDED, "07:33", ride_id(anna)))
    operation.dispatch.report(event(EventKind.DELAY, "07:34", ride_id(anna)), delay_s=90 * 60)
    operation.dispatch.follow(TODAY)
    # She is out in Cramnitz at 9:06: Bert, promised by 8:45, would be fetched 21 minutes late.
    (cure, *_) = operation.dispatch.cures(TODAY)
    assert (cure.kind, cure.shift_id, cure.rides) == (CureKind.OTHER_VEHICLE, WEST, (b,))
    (change,) = [c for c in cure.changes if c.request_id == b]
    assert (change.from_shift, change.to_shift, change.keeps_promise) == (WEST, EAST, True)
    assert change.pickup_later_s < -20 * 60
    operation.dispatch.apply_cure(TODAY, cure.kind, cure.rides, actor="dora")
    assert times_of(operation, EAST)[b, "pickup"] <= "08:45:00"
    assert [entry["ride"] for entry in audit(database, "cured")] == [b]
    assert outbox(database)[-1] == "changed"
    assert_clean(operation)
    with pytest.raises(NotFoundError, match="not possible any more"):
        operation.dispatch.apply_cure(TODAY, cure.kind, cure.rides, actor="dora")


def test_in_a_degraded_mode_nothing_new_is_booked_and_everybody_affected_is_told(
    operation: Operation, database: Database, clock: FakeClock, anna: Booking
) -> None:
    eastern = ride(operation, "doessin-markt", "eldehof-markt", "09:00")
    wish = enquiry_of(operation.network, "brueelow-siedlung", "cramnitz-siedlung", "10:00")
    before = next(o for o in operation.answer(wish).offers if o.kind is OfferKind.ON_DEMAND)
    mode = operation.dispatch.switch_on(
        DegradedKind.SEVERE_WEATHER, local("06:00"), local("20:00"), AreaId("west"), actor="dora"
    )
    answer = operation.answer(wish)
    assert not any(offer.is_bookable() for offer in answer.offers)
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.SERVICE_SUSPENDED
    with pytest.raises(OfferTakenError, match="No new rides"):
        operation.confirm(operation.token(before), ERIKA, Channel.WEB)
    assert outbox(database) == ["confirmed", "confirmed", "degraded"], "Anna's; the ride in the east goes on"
    assert operation.get_booking(anna.code).state == operation.get_booking(eastern.code).state == "confirmed"
    evening = enquiry_of(operation.network, "brueelow-siedlung", "cramnitz-siedlung", "20:30")
    assert any(offer.is_bookable() for offer in operation.answer(evening).offers)
    operation.dispatch.switch_off(mode.id, actor="dora")
    operation.dispatch.switch_off(mode.id, actor="dora")
    assert operation.confirm(operation.token(before), ERIKA, Channel.WEB).state == "confirmed"
    assert [len(audit(database, action)) for action in ("degraded_on", "degraded_off")] == [1, 1]
    assert clock.at == local("06:00")
