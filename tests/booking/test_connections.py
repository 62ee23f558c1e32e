"""Held connections with late trains, on a real database.

RE 1 leaves Fernstadt at 9:05 and is in Lübzow at 9:35; with 5 minutes for the change riders are ready at 9:40. Vehicles
wait up to 10 minutes. Lübzow to Eldehof are 212 s.
"""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from booking.database import Database
from booking.driver_events import EventKind
from booking.held_connections import Decision
from booking.model import Booking, Channel, Enquiry, Place, Timing
from booking.operation import Operation
from booking.store import claim_version, load_day
from booking.tables import AuditRow, OutboxRow, RideRow
from gtfs.itinerary import TripId
from gtfs.realtime import RealtimeFeed, TripRef, TripState, TripUpdate
from routing.violations import violations
from tests.booking.riding import EAST, ERIKA, event, ride, ride_id, times_of
from tests.tiny_district import CENTRE_LAT, lon_east_of_altwiek
from tests.tiny_network import FakeClock, local, place_of, service_day

TODAY = local("12:00").date()
FERNSTADT = Place("Fernstadt Hbf", lon_east_of_altwiek(60_000), CENTRE_LAT)


def book(operation: Operation, wish: Enquiry) -> Booking:
    offer = next(o for o in operation.answer(wish).offers if o.is_bookable())
    return operation.confirm(operation.token(offer), ERIKA, Channel.WEB)


@pytest.fixture
def from_train(operation: Operation) -> Booking:
    eldehof = place_of(operation.network, "eldehof-markt")
    return book(operation, Enquiry(FERNSTADT, eldehof, Timing.DEPART_AFTER, local("09:00")))


@pytest.fixture
def to_train(operation: Operation) -> Booking:
    eldehof = place_of(operation.network, "eldehof-markt")
    return book(operation, Enquiry(eldehof, FERNSTADT, Timing.DEPART_AFTER, local("09:30")))


def feed(now: datetime, minutes: int | None, trip: str = "re1-w-9") -> RealtimeFeed:
    """News about one trip: so many minutes late, or cancelled."""
    state = TripState.CANCELLED if minutes is None else TripState.SCHEDULED
    about = TripRef(TripId(trip), start_on=TODAY, state=state)
    return RealtimeFeed(now, {"1": TripUpdate(about, delay_s=None if minutes is None else 60 * minutes)})


def ride_of(booking: Booking) -> str:
    (ride,) = booking.rides
    return str(ride.request_id)


def hub_times(operation: Operation, booking: Booking) -> tuple[str, str]:
    found = times_of(operation, EAST)
    return found[ride_of(booking), "pickup"], found[ride_of(booking), "dropoff"]


def kinds(database: Database) -> list[str]:
    with database.sessions() as session:
        return list(session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)))


def test_the_ride_is_planned_for_when_the_rider_is_ready(operation: Operation, from_train: Booking) -> None:
    assert hub_times(operation, from_train) == ("09:40:00", "09:44:32")
    held = from_train.rides[0].leg.held
    assert held is not None
    assert (held.trip_id, held.line_at) == ("re1-w-9", local("09:35"))


@pytest.mark.parametrize(("minutes", "at"), [(4, "09:44:00"), (9, "09:49:00"), (10, "09:50:00")])
def test_the_vehicle_waits_for_a_train_that_is_a_little_late(
    operation: Operation, database: Database, clock: FakeClock, from_train: Booking, minutes: int, at: str
) -> None:
    clock.at = local("09:20")
    (decision,) = operation.dispatch.keep_connections(TODAY, feed(clock.at, minutes))
    assert (decision.decision, decision.reason) == (Decision.WAITS, "within_hold")
    assert decision.line_expected_at == local("09:35") + timedelta(minutes=minutes)
    assert decision.details["wait_min"] == minutes
    assert hub_times(operation, from_train)[0] == at
    assert kinds(database) == ["confirmed", "delayed"]
    assert operation.dispatch.keep_connections(TODAY, feed(clock.at, minutes)) == (), "told once"
    with database.sessions() as session:
        day = load_day(session, operation.district, service_day(operation.network))
    assert violations(day.plan, day.problem(operation.artefacts.times, 0)) == ()


def test_connections_are_decided_by_where_vehicles_are_and_not_by_where_they_should_be(
    operation: Operation, database: Database, clock: FakeClock, from_train: Booking
) -> None:
    """What is reported and not yet in the runs makes others late; no decision may rest on the runs as they were."""
    other = ride(operation, "eldehof-markt", "luebzow-markt", "10:00")
    clock.at = local("09:20")
    operation.dispatch.report(event(EventKind.DELAY, "09:20", shift=EAST), delay_s=45 * 60)
    decided = operation.dispatch.keep_connections(TODAY, feed(clock.at, 9))
    assert {d.request_id for d in decided} == {ride_of(from_train)}
    assert "delayed" in kinds(database)
    assert other
    with database.sessions() as session:
        day = load_day(session, operation.district, service_day(operation.network))
    assert violations(day.plan, day.problem(operation.artefacts.times, 0)) == ()


def test_a_train_that_is_later_than_the_rule_is_not_waited_for_but_the_rider_is_fetched_later(
    operation: Operation, database: Database, clock: FakeClock, from_train: Booking
) -> None:
    clock.at = local("09:20")
    (decision,) = operation.dispatch.keep_connections(TODAY, feed(clock.at, 15))
    assert decision.decision is Decision.OTHER_VEHICLE
    assert hub_times(operation, from_train)[0] == "09:55:00", "ready 15 minutes later; nobody else needs the vehicle"
    assert kinds(database) == ["confirmed", "changed"]
    with database.sessions() as session:
        noted = session.scalars(select(AuditRow.details).where(AuditRow.action == "promise_changed")).one()
    assert noted["reason"] == "connection:line_late"
    assert operation.dispatch.keep_connections(TODAY, feed(clock.at, 15)) == ()


def test_a_train_that_is_cancelled_means_a_new_offer(
    operation: Operation, database: Database, clock: FakeClock, from_train: Booking
) -> None:
    clock.at = local("08:00")
    before = hub_times(operation, from_train)
    (decision,) = operation.dispatch.keep_connections(TODAY, feed(clock.at, None))
    assert (decision.decision, decision.reason, decision.line_expected_at) == (
        Decision.NEW_OFFER,
        "line_cancelled",
        None,
    )
    assert datetime.fromisoformat(decision.details["offer"]["departure_at"]) >= local("10:05"), "the next train"
    assert hub_times(operation, from_train) == before, "the ride stays until the rider decides"
    assert kinds(database) == ["confirmed", "at_risk"]


def test_a_vehicle_that_drivers_have_overloaded_waits_all_the_same(
    operation: Operation, clock: FakeClock, from_train: Booking
) -> None:
    """Three parties of four are reported on board of a bus of six seats before it meets the train."""
    large = [ride(operation, "eldehof-markt", "luebzow-markt", at, persons=4) for at in ("10:30", "11:00", "11:30")]
    clock.at = local("09:20")
    for minute, booking in enumerate(large):
        operation.dispatch.report(event(EventKind.BOARDED, f"09:1{minute + 1}", ride_id(booking), shift=EAST))
    operation.dispatch.follow(TODAY)
    assert "overloaded" in {risk.kind for risk in operation.dispatch.risks(TODAY)}
    decided = operation.dispatch.keep_connections(TODAY, feed(clock.at, 9))
    assert [d.decision for d in decided] == [Decision.WAITS]
    assert hub_times(operation, from_train)[0] >= "09:49:00"


def test_a_train_that_catches_up_is_met_as_planned(
    operation: Operation, database: Database, clock: FakeClock, from_train: Booking
) -> None:
    clock.at = local("09:10")
    operation.dispatch.keep_connections(TODAY, feed(clock.at, 9))
    clock.at = local("09:15")
    (decision,) = operation.dispatch.keep_connections(TODAY, feed(clock.at, 4))
    assert (decision.decision, decision.details["wait_min"]) == (Decision.WAITS, 4)
    assert hub_times(operation, from_train) == ("09:44:00", "09:48:32")
    clock.at = local("09:20")
    (decision,) = operation.dispatch.keep_connections(TODAY, feed(clock.at, 0))
    assert (decision.decision, decision.reason) == (Decision.KEPT, "line_caught_up")
    assert hub_times(operation, from_train) == ("09:40:00", "09:44:32")
    assert kinds(database) == ["confirmed", "delayed", "delayed", "changed"]


def test_others_in_the_vehicle_wait_too_within_their_promises(
    operation: Operation, database: Database, clock: FakeClock, from_train: Booking
) -> None:
    # Doris rides Eldehof 9:46 to Lübzow, promised by 10:01. The vehicle is in Eldehof at 9:44:32 and done there at
    # 9:45:32; it would be 9:54:32 with a wait of nine minutes: within her promise.
    doris = ride(operation, "eldehof-markt", "luebzow-markt", "09:46")
    clock.at = local("09:10")
    (decision,) = operation.dispatch.keep_connections(TODAY, feed(clock.at, 9))
    assert decision.decision is Decision.WAITS
    assert times_of(operation, EAST)[ride_id(doris), "pickup"] == "09:54:32"
    assert from_train.rides
    assert kinds(database) == ["confirmed", "confirmed", "delayed"]


def test_the_vehicle_does_not_wait_at_the_cost_of_somebody_elses_promise(
    operation: Operation, database: Database, clock: FakeClock, from_train: Booking
) -> None:
    # Doris is promised 9:46 to 9:50: with a wait of nine minutes she would be fetched at 9:54:32.
    doris = ride_id(ride(operation, "eldehof-markt", "luebzow-markt", "09:46"))
    with database.sessions.begin() as session:
        claim_version(session, TODAY, load_day(session, operation.district, service_day(operation.network)).version)
        session.get_one(RideRow, doris).pickup_to_s = 9 * 3600 + 50 * 60
    clock.at = local("09:10")
    (decision,) = operation.dispatch.keep_connections(TODAY, feed(clock.at, 9))
    assert decision.decision is Decision.OTHER_VEHICLE
    assert times_of(operation, EAST)[doris, "pickup"] <= "09:50:00"
    assert times_of(operation, EAST)[ride_of(from_train), "pickup"] > times_of(operation, EAST)[doris, "pickup"]


def test_old_news_counts_as_none(operation: Operation, clock: FakeClock, from_train: Booking) -> None:
    clock.at = local("09:20")
    assert operation.dispatch.keep_connections(TODAY, feed(local("09:00"), 9)) == ()
    assert operation.dispatch.keep_connections(TODAY, None) == ()
    assert from_train.rides


def test_a_ride_that_will_miss_its_train_gets_another_vehicle_or_a_new_offer(
    operation: Operation, database: Database, clock: FakeClock, to_train: Booking
) -> None:
    (booked,) = to_train.rides
    held = booked.leg.held
    assert held is not None
    assert held.trip_id == "re1-e-10", "10:22 from Lübzow"
    clock.at = local("09:40")
    operation.dispatch.report(event(EventKind.DELAY, "09:40", booked.request_id, shift=EAST), delay_s=3600)
    operation.dispatch.follow(TODAY)
    (decision,) = operation.dispatch.keep_connections(TODAY, None)
    assert (decision.decision, decision.reason) in {
        (Decision.NEW_OFFER, "ride_late"),
        (Decision.OTHER_VEHICLE, "ride_late"),
    }
    told = kinds(database)
    assert told[:2] == ["confirmed", "delayed"]
    assert told[2] in {"at_risk", "changed"}


def test_a_late_train_saves_a_late_ride(operation: Operation, clock: FakeClock, to_train: Booking) -> None:
    (booked,) = to_train.rides
    clock.at = local("09:40")
    operation.dispatch.report(event(EventKind.DELAY, "09:40", booked.request_id, shift=EAST), delay_s=900)
    operation.dispatch.follow(TODAY)
    late = feed(clock.at, 60, "re1-e-10")
    (decision,) = operation.dispatch.keep_connections(TODAY, late)
    assert decision.decision is Decision.KEPT
