"""The plan follows what happens, on a real database. Times as in test_prediction.py."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from booking import dispatch, store
from booking.at_risk import RiskKind, Severity
from booking.database import Database
from booking.driver_events import EventKind
from booking.errors import NotFoundError
from booking.model import Booking, BookingState
from booking.operation import Operation
from booking.operations_tables import DriverEventRow, RideLatenessRow
from booking.store import load_agreed_day, load_day
from booking.tables import AuditRow, OutboxRow
from routing.violations import ViolationKind, violations
from tests.booking.riding import event, ride, ride_id, times_of
from tests.tiny_network import FakeClock, local, service_day

TODAY = local("12:00").date()


@pytest.fixture
def anna(operation: Operation) -> Booking:
    return ride(operation, "brueelow-markt", "cramnitz-markt", "07:30")


@pytest.fixture
def bert(operation: Operation, anna: Booking) -> Booking:
    assert anna
    return ride(operation, "cramnitz-markt", "altwiek-markt", "07:50")


def kinds(database: Database) -> list[str]:
    with database.sessions() as session:
        return list(session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)))


def test_a_report_is_kept_once(operation: Operation, database: Database, anna: Booking) -> None:
    report = event(EventKind.BOARDED, "07:33", ride_id(anna))
    assert [operation.dispatch.report(report) for _ in range(3)] == [True, False, False]
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(DriverEventRow)) == 1


def test_a_report_of_nothing_we_know_is_refused(operation: Operation, anna: Booking) -> None:
    with pytest.raises(NotFoundError, match="no ride"):
        operation.dispatch.report(event(EventKind.BOARDED, "07:33", ride_id(anna) + "x"))  # type: ignore[operator]


def test_facts_and_expected_times_stand_in_the_plan_and_lateness_is_noted_and_told(
    operation: Operation, database: Database, clock: FakeClock, anna: Booking, bert: Booking
) -> None:
    a, b = ride_id(anna), ride_id(bert)
    operation.dispatch.report(event(EventKind.BOARDED, "08:05", a))
    clock.at = local("08:06")
    followed = operation.dispatch.follow(TODAY)
    assert followed is not None
    # boarding began 8:04, 212 s to Cramnitz, a minute out, a minute in, 424 s to Altwiek
    assert times_of(operation) == {
        (a, "pickup"): "08:04:00",
        (a, "dropoff"): "08:08:32",
        (b, "pickup"): "08:09:32",
        (b, "dropoff"): "08:17:36",
        ("break", "break"): "09:00:00",
    }
    assert sorted(followed.late) == sorted([a, b])
    # Anna sits in the bus; Bert, promised by 8:05, is told
    assert kinds(database) == ["confirmed", "confirmed", "delayed"]
    with database.sessions() as session:
        day = load_day(session, operation.district, service_day(operation.network))
        agreed = load_agreed_day(session, operation.district, service_day(operation.network))
        noted = list(session.scalars(select(AuditRow.details).where(AuditRow.action == "delayed")))
    times = operation.artefacts.times
    assert violations(day.plan, day.problem(times, 0)) == (), "late, and noted as late"
    assert {v.kind for v in violations(agreed.plan, agreed.problem(times, 0))} == {ViolationKind.OUTSIDE_WINDOW}
    assert {n["ride"]: n["minutes"] for n in noted} == {a: 20, b: 5}
    assert operation.dispatch.follow(TODAY) is None, "nothing new"


def test_riders_whose_pickup_is_far_off_hear_of_half_hours_only(
    operation: Operation, database: Database, clock: FakeClock, anna: Booking
) -> None:
    """Anna is promised 7:30 to 7:45: from 6:30 on she hears of every five minutes."""

    def expect(pickup_at: str, now: str) -> list[int]:
        """A driver says when they will be there: what Anna is told."""
        with database.sessions() as session:
            before = session.scalar(select(func.max(OutboxRow.id)))
        clock.at = local(now)
        late_s = int((local(pickup_at) - local(times_of(operation)[ride_id(anna), "pickup"][:5])).total_seconds())
        operation.dispatch.report(event(EventKind.DELAY, now), delay_s=late_s)
        operation.dispatch.follow(TODAY)
        with database.sessions() as session:
            told = session.scalars(select(OutboxRow).where(OutboxRow.id > before).order_by(OutboxRow.id))
            return [row.params["minutes"] for row in told]

    assert expect("07:57", now="05:40") == [], "12 minutes late, and two hours left"
    assert expect("08:22", now="05:50") == [40]
    assert expect("08:32", now="05:55") == [], "ten minutes more"
    clock.at = local("06:31")
    operation.dispatch.follow(TODAY)
    with database.sessions() as session:
        last = session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()[-1]
        assert (last.kind, last.params["minutes"], last.params["before"]) == ("delayed", 50, 40), "near now"
        noted = session.scalars(select(AuditRow.details).where(AuditRow.action == "delayed").order_by(AuditRow.id))
        assert [row["minutes"] for row in noted] == [15, 40, 50], "each is noted"
    assert operation.dispatch.follow(TODAY) is None
    assert expect("08:40", now="06:40") == [55]
    assert expect("07:30", now="06:41") == [0], "on time again"


def test_a_vehicle_that_catches_up_is_on_time_again(
    operation: Operation, database: Database, clock: FakeClock, anna: Booking, bert: Booking
) -> None:
    a, b = ride_id(anna), ride_id(bert)
    clock.at = local("07:40")
    operation.dispatch.report(event(EventKind.DELAY, "07:40"), delay_s=30 * 60)
    operation.dispatch.follow(TODAY)
    assert times_of(operation)[b, "pickup"] == "08:05:32"
    assert kinds(database)[2:] == ["delayed", "delayed"]
    operation.dispatch.report(event(EventKind.BOARDED, "07:42", a))
    clock.at = local("07:43")
    operation.dispatch.follow(TODAY)
    assert times_of(operation)[b, "pickup"] < "08:05:00"
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(RideLatenessRow)) == 0


def test_a_late_vehicle_cannot_be_given_rides_it_would_miss(
    operation: Operation, clock: FakeClock, anna: Booking
) -> None:
    operation.dispatch.report(event(EventKind.BOARDED, "07:33", ride_id(anna)))
    clock.at = local("07:34")
    operation.dispatch.report(event(EventKind.DELAY, "07:34", ride_id(anna)), delay_s=90 * 60)
    operation.dispatch.follow(TODAY)
    later = ride(operation, "cramnitz-markt", "brueelow-markt", "08:40")
    assert later.rides[0].leg.departure_at >= local("09:05"), "it alights in Cramnitz at 9:06"


def test_a_rider_who_did_not_come_leaves_the_run(
    operation: Operation, database: Database, clock: FakeClock, anna: Booking, bert: Booking
) -> None:
    operation.dispatch.report(event(EventKind.NO_SHOW, "07:46", ride_id(anna)))
    clock.at = local("07:47")
    followed = operation.dispatch.follow(TODAY)
    assert followed is not None
    assert followed.absent == (ride_id(anna),)
    assert (ride_id(anna), "pickup") not in times_of(operation)
    assert (ride_id(bert), "pickup") in times_of(operation)
    assert kinds(database)[2:] == ["no_show"]
    assert operation.dispatch.follow(TODAY) is None


@pytest.mark.usefixtures("bert")
def test_promises_at_risk_are_seen_early(operation: Operation, clock: FakeClock, anna: Booking) -> None:
    clock.at = local("07:10")
    operation.dispatch.report(event(EventKind.DELAY, "07:10"), delay_s=27 * 60)
    risks = operation.dispatch.risks(TODAY)
    # Anna 7:57 instead of by 7:45; Bert 8:02:32 is within his promise (8:05)
    pickups = [r for r in risks if r.kind is RiskKind.PICKUP_LATE]
    assert [(r.request_id, r.minutes, r.severity) for r in pickups] == [(ride_id(anna), 12, Severity.SERIOUS)]
    assert pickups[0].expected_at == local("07:57")


def test_positions_are_forgotten_after_hours(
    operation: Operation, database: Database, clock: FakeClock, anna: Booking
) -> None:
    clock.at = local("07:20")
    operation.dispatch.report(event(EventKind.POSITION, "07:20", lon=11.5, lat=53.4))
    operation.dispatch.report(event(EventKind.BOARDED, "07:33", ride_id(anna)))
    assert operation.dispatch.forget(TODAY) == 0
    clock.at += timedelta(hours=3)
    assert operation.dispatch.forget(TODAY) == 1
    with database.sessions() as session:
        assert list(session.scalars(select(DriverEventRow.kind))) == ["boarded"]


def test_the_last_shift_of_a_night_with_a_clock_change_is_followed_on_the_clock_of_its_day(
    operation: Operation, clock: FakeClock
) -> None:
    # On 2026-03-29 clocks go from 2:00 to 3:00; the taxi of Saturday evening drives until 25:30, before the change.
    clock.at = local("2026-03-28 12:00")
    late = ride(operation, "brueelow-markt", "cramnitz-markt", "2026-03-29 00:30")
    on = clock.at.date()
    day = operation._load_day(operation.service_day(on))
    (shift,) = [s for s, run in day.plan.runs.items() if run.request_ids()]
    pickup_s = next(v.start_s for v in day.plan.runs[shift].visits if v.request_id)
    assert pickup_s == 24 * 3600 + 1800
    clock.at = local("2026-03-29 00:35")
    report = event(EventKind.BOARDED, "2026-03-29 00:34", ride_id(late), shift=shift)
    assert operation.today() == on
    operation.dispatch.report(type(report)(report.id, on, shift, report.kind, report.at, report.ride_id))
    operation.dispatch.follow(on)
    day = operation._load_day(operation.service_day(on))
    assert [v.start_s for v in day.plan.runs[shift].visits if v.request_id] == [88380, 88380 + 60 + 212]


def test_whoever_is_not_in_the_vehicle_yet_may_cancel_though_drivers_have_overloaded_it(
    operation: Operation, clock: FakeClock
) -> None:
    """Three parties of four are reported on board of a bus of six seats; of two who come after, one cancels in time."""
    large = [ride(operation, "brueelow-markt", "cramnitz-markt", at, persons=4) for at in ("07:30", "08:30", "09:10")]
    _second, first = (ride(operation, "brueelow-markt", "cramnitz-markt", "07:30") for _ in range(2))
    clock.at = local("07:05")
    for minute, booking in enumerate(large):
        operation.dispatch.report(event(EventKind.BOARDED, f"07:0{minute + 1}", ride_id(booking)))
    operation.dispatch.follow(clock.at.date())
    assert operation.cancel(first.code).state is BookingState.CANCELLED


def test_a_vehicle_that_is_a_second_late_leaves_a_sound_day(
    operation: Operation, clock: FakeClock, anna: Booking
) -> None:
    """A second is not worth telling; but when the vehicle can go on is noted, and then its run has to agree with it."""
    assert times_of(operation)[ride_id(anna), "pickup"] == "07:30:00"
    doessin = operation.district.stops[6]
    clock.at = local("07:22:57")  # 424 s to Brüelow: 7:30:01
    operation.dispatch.report(event(EventKind.POSITION, "07:22:57", lon=doessin.lon, lat=doessin.lat))
    operation.dispatch.follow(TODAY)
    day = operation._load_day(service_day(operation.network))
    assert violations(day.plan, day.problem(operation.artefacts.times, 0)) == ()


def test_a_day_is_read_at_one_moment(operation: Operation, monkeypatch: pytest.MonkeyPatch, anna: Booking) -> None:
    """Somebody books between two reads: whoever looks for cures sees the day as it was before or after that."""
    assert anna
    read = store.load_states

    def read_and_be_overtaken(*given: Any) -> Any:  # noqa: ANN401 - handed on as it is
        found = read(*given)
        monkeypatch.setattr(store, "load_states", read)
        monkeypatch.setattr(dispatch, "load_states", read, raising=False)
        ride(operation, "brueelow-markt", "cramnitz-markt", "11:00")
        return found

    monkeypatch.setattr(store, "load_states", read_and_be_overtaken)
    monkeypatch.setattr(dispatch, "load_states", read_and_be_overtaken, raising=False)
    assert operation.dispatch.cures(TODAY) == ()
    assert len(operation._load_day(service_day(operation.network)).requests) == 2, "they did book"
