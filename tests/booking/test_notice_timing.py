"""Reminders and "your vehicle is near": each once, none for what was cancelled, none when it is too late."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from booking.database import Database
from booking.driver_events import DriverEvent, EventKind
from booking.enquiry_search import Network
from booking.model import BookingCode
from booking.notice_rules import NoticeRules
from booking.notice_timing import queue_near, queue_reminders, reminder_times
from booking.operation import Operation
from booking.tables import OutboxRow
from tests.booking.kinds import book, offer_at
from tests.tiny_network import FakeClock, local, service_day


def queued(database: Database, kind: str) -> list[str | None]:
    with database.sessions() as session:
        rows = select(OutboxRow.dedupe_key).where(OutboxRow.kind == kind).order_by(OutboxRow.id)
        return list(session.scalars(rows))


def reminded(operation: Operation, at: str) -> int:
    operation.clock.at = local(at)  # type: ignore[attr-defined]
    with operation.database.sessions.begin() as session:
        return queue_reminders(session, operation.network, operation.clock())


def near(operation: Operation, at: str) -> int:
    operation.clock.at = local(at)  # type: ignore[attr-defined]
    with operation.database.sessions.begin() as session:
        return queue_near(session, operation.network, service_day(operation.network), operation.clock())


def test_riders_are_reminded_on_the_evening_before_and_an_hour_before_each_once(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    clock.at = local("2026-03-01 12:00")
    booking = book(operation, offer_at(operation, "10:00"))
    times = ("2026-03-02 17:59", "2026-03-02 18:00", "2026-03-02 19:00", "08:59", "09:00", "09:30")
    assert [reminded(operation, at) for at in times] == [0, 1, 0, 0, 1, 0]
    assert queued(database, "reminder") == [f"reminder/{booking.id}/evening", f"reminder/{booking.id}/before"]


def test_whoever_booked_after_the_time_of_a_reminder_needs_none(operation: Operation, clock: FakeClock) -> None:
    clock.at = local("2026-03-02 18:01")
    book(operation, offer_at(operation, "10:00"))
    assert reminded(operation, "2026-03-02 18:05") == 0
    assert reminded(operation, "09:00") == 1


def test_a_worker_that_slept_over_both_reminds_once_and_not_of_what_has_begun(
    operation: Operation, clock: FakeClock
) -> None:
    clock.at = local("2026-03-01 12:00")
    book(operation, offer_at(operation, "10:00"))
    assert reminded(operation, "09:10") == 1
    assert reminded(operation, "09:20") == 0
    clock.at = local("2026-03-01 12:00")
    book(operation, offer_at(operation, "12:00"))
    assert reminded(operation, "12:30") == 0


def test_nobody_is_reminded_of_a_cancelled_ride(operation: Operation, clock: FakeClock) -> None:
    clock.at = local("2026-03-01 12:00")
    booking = book(operation, offer_at(operation, "10:00"))
    operation.cancel(BookingCode(booking.code))
    assert reminded(operation, "2026-03-02 18:00") == 0
    assert near(operation, "09:55") == 0


def test_the_times_go_by_the_local_clock_also_where_it_changes(tiny: Network) -> None:
    """On 29 March 2026 clocks go forward at two: the evening before is still winter time."""
    pickup_at, zone = local("2026-03-29 07:00"), tiny.district.zone  # 8 o'clock in summer time
    times = reminder_times(pickup_at, NoticeRules(), zone)
    assert times == {"evening": local("2026-03-28 18:00"), "before": local("2026-03-29 06:00")}
    assert reminder_times(pickup_at, NoticeRules(reminder_evening_s=None, reminder_before_s=0), zone) == {}


def test_a_rider_hears_once_that_the_vehicle_is_near(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    clock.at = local("06:00")
    booking = book(operation, offer_at(operation, "10:00"))
    ride = booking.rides[0]
    pickup_at = operation.get_booking(booking.code).rides[0].leg.departure_at
    clock.at = pickup_at - timedelta(minutes=10, seconds=1)
    with database.sessions.begin() as session:
        assert queue_near(session, operation.network, service_day(operation.network), clock()) == 0
    clock.at += timedelta(seconds=1)
    for expected in (1, 0):
        with database.sessions.begin() as session:
            assert queue_near(session, operation.network, service_day(operation.network), clock()) == expected
    assert queued(database, "near") == [f"near/{ride.request_id}"]


def test_a_vehicle_that_is_late_is_near_when_it_is_near(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    clock.at = local("06:00")
    booking = book(operation, offer_at(operation, "10:00"))
    on = service_day(operation.network).on
    planned_at = booking.rides[0].leg.departure_at
    with database.sessions() as session:
        day = operation._load_day(service_day(operation.network))
        shift = next(s for s, run in day.plan.runs.items() if booking.rides[0].request_id in run.request_ids())
        session.rollback()
    clock.at = planned_at - timedelta(minutes=12)
    late = DriverEvent(
        id="late-1",
        on=on,
        shift_id=shift,
        kind=EventKind.DELAY,
        at=clock.at,
        ride_id=booking.rides[0].request_id,
        expected_at=planned_at + timedelta(minutes=20),
    )
    operation.dispatch.report(late)
    clock.at = planned_at - timedelta(minutes=9)
    with database.sessions.begin() as session:
        assert queue_near(session, operation.network, service_day(operation.network), clock()) == 0
    clock.at = planned_at + timedelta(minutes=11)
    with database.sessions.begin() as session:
        assert queue_near(session, operation.network, service_day(operation.network), clock()) == 1
        params = session.scalars(select(OutboxRow.params).where(OutboxRow.kind == "near")).one()
    assert params["pickup_at"] == (planned_at + timedelta(minutes=20)).isoformat()


@pytest.mark.parametrize("near_s", [0])
def test_a_district_may_do_without(operation: Operation, clock: FakeClock, near_s: int) -> None:
    clock.at = local("06:00")
    book(operation, offer_at(operation, "10:00"))
    district = replace(operation.district, notices=NoticeRules(near_s=near_s, reminder_before_s=0))
    network = Network(district, operation.artefacts)
    with operation.database.sessions.begin() as session:
        assert queue_near(session, network, service_day(network), local("09:55")) == 0
        assert queue_reminders(session, network, local("09:30")) == 0
