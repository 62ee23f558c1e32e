"""Confirming and cancelling on a real database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from booking.database import Database
from booking.enquiry_search import Network
from booking.errors import (
    BookingNotFoundError,
    NotFoundError,
    OfferExpiredError,
    OfferTakenError,
    TooLateToCancelError,
)
from booking.model import BookingCode, BookingState, Channel, Contact, Offer, Party
from booking.operation import Operation
from booking.store import load_day
from booking.tables import AuditRow, BookingRow, ContactRow, OutboxRow, RefusalRow, RideRow, VisitRow
from routing.violations import violations
from tests.tiny_network import FakeClock, enquiry_of, local, service_day

ERIKA = Contact("Erika Beispiel", "0152 28817386")


def offer_of(operation: Operation, at: str = "10:00", *, party: Party | None = None) -> Offer:
    answer = operation.answer(enquiry_of(operation.network, "brueelow-markt", "cramnitz-markt", at, party=party))
    return next(offer for offer in answer.offers if offer.is_bookable())


def book(operation: Operation, offer: Offer, contact: Contact = ERIKA) -> BookingCode:
    return operation.confirm(operation.token(offer), contact, Channel.WEB).code


def count(database: Database, table: type) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_looking_reserves_nothing_and_writes_nothing(operation: Operation, database: Database) -> None:
    offer_of(operation)
    assert [count(database, table) for table in (BookingRow, RideRow, VisitRow, RefusalRow)] == [0, 0, 0, 0]


def test_a_confirmed_offer_stands_in_a_run_with_all_that_belongs_to_it(
    operation: Operation, database: Database, tiny: Network
) -> None:
    offer = offer_of(operation)
    booking = operation.confirm(operation.token(offer), ERIKA, Channel.WEB)
    assert booking.state is BookingState.CONFIRMED
    assert booking.offer == offer
    assert booking.contact == ERIKA
    assert booking.rides[0].leg == offer.rides()[0], "planned as it was offered"
    assert booking.rides[0].vehicle_label.startswith(("Rufbus", "Taxi"))
    assert [count(database, t) for t in (BookingRow, ContactRow, RideRow, OutboxRow, AuditRow)] == [1, 1, 1, 1, 1]
    with database.sessions() as session:
        day = load_day(session, tiny.district, service_day(tiny))
    assert day.version == 1
    assert len(day.requests) == 1
    assert violations(day.plan, day.problem(tiny.artefacts.times, 0)) == ()


def test_a_double_click_books_once(operation: Operation, database: Database) -> None:
    offer = offer_of(operation)
    assert book(operation, offer) == book(operation, offer)
    assert count(database, BookingRow) == 1


def test_codes_are_read_as_people_type_them(operation: Operation) -> None:
    code = book(operation, offer_of(operation))
    found = operation.find_booking(BookingCode(f"  {code.lower().replace('-', ' ')} "))
    assert found is not None
    assert found.code == code
    assert operation.find_booking(BookingCode("AAAA-AAAA")) is None
    with pytest.raises(BookingNotFoundError, match="check the code"):
        operation.get_booking(BookingCode("AAAA-AAAA"))


def test_both_ends_of_a_journey_are_booked_and_cancelled_together(operation: Operation, database: Database) -> None:
    answer = operation.answer(enquiry_of(operation.network, "cramnitz-siedlung", "doessin-siedlung", "10:00"))
    offer = next(o for o in answer.offers if len(o.rides()) == 2)
    code = book(operation, offer)
    assert count(database, RideRow) == 2
    assert count(database, VisitRow) >= 4
    booking = operation.cancel(code)
    assert booking.state is BookingState.CANCELLED
    day = operation._load_day(operation.service_day(offer.service_on))
    assert day.requests == {}
    assert day.plan.request_ids() == frozenset()


def test_cancelling_gives_the_seats_back(operation: Operation) -> None:
    code = book(operation, offer_of(operation, party=Party(4)))
    before = operation.day_view(local("10:00").date())
    operation.cancel(code)
    after = operation.day_view(local("10:00").date())
    assert (before.bookings, before.riders) == (1, 4)
    assert (after.bookings, after.riders) == (0, 0)
    assert not any(visit.riders for run in after.runs for visit in run.visits)


def test_cancelling_twice_is_the_same_as_once(operation: Operation, database: Database) -> None:
    code = book(operation, offer_of(operation))
    assert operation.cancel(code).cancelled_at == operation.cancel(code).cancelled_at
    with database.sessions() as session:
        kinds = session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)).all()
    assert list(kinds) == ["confirmed", "cancelled"]


def test_a_vehicle_on_its_way_cannot_be_cancelled_any_more(operation: Operation, clock: FakeClock) -> None:
    offer = offer_of(operation)
    code = book(operation, offer)
    clock.at = offer.rides()[0].departure_at
    with pytest.raises(TooLateToCancelError, match="call us"):
        operation.cancel(code)
    found = operation.find_booking(code)
    assert found is not None
    assert found.state is BookingState.CONFIRMED


def test_an_expired_offer_books_nothing(operation: Operation, clock: FakeClock, database: Database) -> None:
    offer = offer_of(operation)
    clock.at = offer.expires_at
    with pytest.raises(OfferExpiredError):
        book(operation, offer)
    assert count(database, BookingRow) == 0


def test_a_line_alone_cannot_be_booked(operation: Operation) -> None:
    answer = operation.answer(enquiry_of(operation.network, "altwiek-markt", "brueelow-markt", "10:00"))
    with pytest.raises(NotFoundError, match="just board"):
        book(operation, answer.offers[0])


def test_whoever_comes_too_late_gets_fresh_offers(operation: Operation, database: Database) -> None:
    # parties of four: in the morning two vehicles are on duty
    offers = [offer_of(operation, "08:00", party=Party(4)) for _ in range(12)]
    booked, taken = 0, None
    for offer in offers:
        try:
            book(operation, offer)
        except OfferTakenError as error:
            taken = error
            break
        booked += 1
    assert taken is not None
    assert booked >= 2
    assert taken.answer.offers or taken.answer.refusal
    assert count(database, BookingRow) == booked


def test_twenty_clients_at_once_never_overbook(operation: Operation, database: Database, tiny: Network) -> None:
    offers = [offer_of(operation, "08:00", party=Party(3)) for _ in range(20)]

    def confirm(number: int) -> bool:
        try:
            book(operation, offers[number], replace(ERIKA, name=f"Person {number} Beispiel"))
        except OfferTakenError:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        confirmed = sum(pool.map(confirm, range(20)))
    with database.sessions() as session:
        day = load_day(session, tiny.district, service_day(tiny))
    assert count(database, BookingRow) == confirmed
    assert len(day.plan.request_ids()) == confirmed
    assert day.version == confirmed
    assert violations(day.plan, day.problem(tiny.artefacts.times, 0)) == ()
    assert 2 <= confirmed < 20


def test_a_ride_stands_in_the_plan_until_it_is_cancelled_even_if_written_around_the_program(
    operation: Operation, database: Database
) -> None:
    book(operation, offer_of(operation))
    with database.engine.begin() as connection, pytest.raises(Exception, match="uq_visit_ride_id"):
        connection.execute(
            text(
                "insert into visit (service_on, shift_id, position, action, stop_id, start_s, ride_id)"
                " select service_on, shift_id, 99, action, stop_id, start_s, ride_id from visit"
                " where action = 'pickup'"
            )
        )


def test_refusals_are_kept_by_wish_and_without_personal_data(operation: Operation, database: Database) -> None:
    wish = enquiry_of(operation.network, "brueelow-markt", "cramnitz-markt", "07:00")
    clock_before = operation.answer(replace(wish, wished_at=local("06:30")))
    assert clock_before.refusal is not None
    for _ in range(2):
        operation.answer(replace(wish, wished_at=local("06:30")))
    with database.sessions() as session:
        (row,) = session.scalars(select(RefusalRow)).all()
    assert (row.reason, row.clicks, row.hour) == ("too_late_to_order", 3, 6)
    assert (row.origin_stop, row.destination_stop) == ("brueelow-markt", "cramnitz-markt")


def test_a_slip_of_the_finger_is_no_refused_wish(operation: Operation, database: Database) -> None:
    operation.answer(enquiry_of(operation.network, "brueelow-markt", "cramnitz-markt", "2026-03-02 10:00"))
    assert count(database, RefusalRow) == 0


def test_the_days_view_puts_visits_at_one_place_together(operation: Operation) -> None:
    offer = offer_of(operation)
    booked = {book(operation, offer)}
    second = offer_of(operation)
    booked.add(book(operation, second))
    view = operation.day_view(offer.service_on)
    run = next(run for run in view.runs if any(v.riders for v in run.visits))
    boarding = next(v for v in run.visits if v.riders)
    assert {rider.code for rider in boarding.riders} == booked
    assert boarding.on_board_after == 2
    assert boarding.departure_at > boarding.arrival_at
    assert run.drive_m >= 5000
    assert operation.manifest(offer.service_on, run.shift_id) == run
    assert operation.run_geometry(run)[0] == pytest.approx((boarding.lon, boarding.lat), abs=1e-3)


def test_a_wait_between_two_visits_at_one_place_makes_them_two_halts(operation: Operation) -> None:
    there = operation.answer(enquiry_of(operation.network, "eldehof-siedlung", "luebzow-siedlung", "09:00"))
    back = operation.answer(enquiry_of(operation.network, "luebzow-siedlung", "eldehof-siedlung", "09:40"))
    codes = {book(operation, next(o for o in answer.offers if o.is_bookable())) for answer in (there, back)}
    (run,) = [run for run in operation.day_view(local("09:00").date()).runs if any(v.riders for v in run.visits)]
    assert {rider.code for visit in run.visits for rider in visit.riders} == codes
    halts = [visit for visit in run.visits if visit.stop_name == "Lübzow, Siedlung"]
    assert [[rider.action for rider in halt.riders] for halt in halts] == [["dropoff"], ["pickup"]]
    assert [halt.on_board_after for halt in halts] == [0, 1]


def test_a_shift_that_is_not_driven_has_no_manifest(operation: Operation) -> None:
    with pytest.raises(NotFoundError, match="no shift"):
        operation.manifest(local("10:00").date(), "taxi-of-nobody")  # type: ignore[arg-type]
