"""The waiting list: first come, first served, held for a while, forgotten when it is over."""

from datetime import timedelta

import pytest

from booking.database import Database
from booking.errors import BookingNotFoundError, OfferExpiredError, OrderInvalidError
from booking.model import Booker, Booking, BookingCode, BookingState, Contact, NoticesTo, Party
from booking.operation import Operation
from booking.people import People
from booking.waiting_store import Wish, WishState
from booking.waiting_tables import WaitingContactRow
from tests.booking.kinds import ERIKA, MAX, ask, assert_sound, book, count, fill, kinds_told, offer_at
from tests.tiny_network import FakeClock, local

FOUR = Party(4)


@pytest.fixture
def full(operation: Operation) -> list[Booking]:
    """At eight no vehicle has room for another four."""
    return fill(operation, "08:00")


def wait(operation: Operation, contact: Contact = ERIKA, at: str = "08:00") -> Wish:
    return operation.waiting_list.join(ask(operation, at, party=FOUR), People(contact))


def test_whoever_waits_gets_the_place_that_a_cancellation_opens(
    operation: Operation, full: list[Booking], database: Database
) -> None:
    wish = wait(operation)
    assert (wish.state, wish.ahead) == (WishState.WAITING, 0)
    assert operation.waiting_list.serve() == 0
    operation.cancel(full[0].code)
    assert operation.waiting_list.serve() == 1
    held = operation.get_booking(wish.code)
    assert held.state is BookingState.HELD
    assert operation.waiting_list.get(wish.code).held_until == local("06:45")
    assert kinds_told(database, wish.code) == ["waiting_list"]
    assert_sound(operation)
    booked = operation.waiting_list.accept(wish.code)
    assert (booked.state, booked.code, booked.contact) == (BookingState.CONFIRMED, wish.code, ERIKA)
    assert operation.waiting_list.accept(wish.code) == booked, "a double click"
    assert kinds_told(database, wish.code) == ["waiting_list", "confirmed"]
    assert count(database, WaitingContactRow) == 0
    assert_sound(operation)


def test_a_held_place_is_nobody_elses_and_the_driver_knows_of_it(operation: Operation, full: list[Booking]) -> None:
    wish = wait(operation)
    operation.cancel(full[0].code)
    operation.waiting_list.serve()
    answer = operation.answer(ask(operation, "08:00", party=FOUR))
    assert not any(offer.is_bookable() for offer in answer.offers)
    riders = [r.code for run in operation.day_view(local("08:00").date()).runs for v in run.visits for r in v.riders]
    assert wish.code in riders


def test_first_come_first_served(operation: Operation, full: list[Booking], clock: FakeClock) -> None:
    earlier = wait(operation, ERIKA)
    clock.at += timedelta(seconds=1)
    later = wait(operation, MAX)
    assert operation.waiting_list.get(later.code).ahead == 1
    operation.cancel(full[0].code)
    assert operation.waiting_list.serve() == 1
    assert operation.waiting_list.get(earlier.code).state is WishState.HELD
    assert operation.waiting_list.get(later.code).state is WishState.WAITING


def test_a_place_that_is_not_accepted_goes_to_the_next(
    operation: Operation, full: list[Booking], clock: FakeClock, database: Database
) -> None:
    earlier = wait(operation, ERIKA)
    clock.at += timedelta(seconds=1)
    later = wait(operation, MAX)
    operation.cancel(full[0].code)
    operation.waiting_list.serve()
    until = operation.waiting_list.get(earlier.code).held_until
    assert until is not None
    clock.at = until
    with pytest.raises(OfferExpiredError, match="stay on the list"):
        operation.waiting_list.accept(earlier.code)
    assert operation.waiting_list.serve() == 1
    assert operation.waiting_list.get(earlier.code).state is WishState.WAITING
    assert operation.waiting_list.get(later.code).state is WishState.HELD
    assert operation.waiting_list.accept(later.code).state is BookingState.CONFIRMED
    assert operation.find_booking(earlier.code) is None, "filed away"
    assert kinds_told(database, BookingCode(f"{earlier.code}.1"))[-1] == "waiting_list"
    assert_sound(operation)


def test_whoever_lets_two_places_lapse_is_off_the_list(
    operation: Operation, full: list[Booking], clock: FakeClock, database: Database
) -> None:
    clock.at = local("2026-03-02 12:00")
    wish = wait(operation)
    operation.cancel(full[0].code)
    for _ in range(2):
        assert operation.waiting_list.serve() == 1
        until = operation.waiting_list.get(wish.code).held_until
        assert until == clock.at + timedelta(minutes=45)
        clock.at = until
    assert operation.waiting_list.serve() == 0
    assert operation.waiting_list.get(wish.code).state is WishState.EXPIRED
    assert count(database, WaitingContactRow) == 0
    assert_sound(operation)


def test_a_wish_whose_time_is_over_leaves_no_personal_data(
    operation: Operation, full: list[Booking], clock: FakeClock, database: Database
) -> None:
    wish = wait(operation)
    assert full
    assert count(database, WaitingContactRow) == 1
    clock.at = local("08:00")
    operation.waiting_list.serve()
    assert operation.waiting_list.get(wish.code).state is WishState.EXPIRED
    assert count(database, WaitingContactRow) == 0


def test_withdrawing_frees_a_held_place(operation: Operation, full: list[Booking], database: Database) -> None:
    wish = wait(operation)
    operation.cancel(full[0].code)
    operation.waiting_list.serve()
    assert operation.waiting_list.withdraw(wish.code).state is WishState.WITHDRAWN
    assert operation.waiting_list.withdraw(wish.code).state is WishState.WITHDRAWN
    assert operation.get_booking(wish.code).state is BookingState.CANCELLED
    assert count(database, WaitingContactRow) == 0
    assert any(offer.is_bookable() for offer in operation.answer(ask(operation, "08:00", party=FOUR)).offers)
    assert_sound(operation)


def test_cancelling_the_held_booking_takes_the_wish_off_the_list(
    operation: Operation, full: list[Booking], clock: FakeClock
) -> None:
    wish = wait(operation)
    operation.cancel(full[0].code)
    operation.waiting_list.serve()
    operation.cancel(wish.code)
    clock.at = local("06:45")
    operation.waiting_list.serve()
    assert operation.waiting_list.get(wish.code).state is WishState.WITHDRAWN


def test_whoever_found_another_ride_meanwhile_is_taken_off(operation: Operation, full: list[Booking]) -> None:
    wish = wait(operation)
    book(operation, offer_at(operation, "09:30"), ERIKA)
    operation.cancel(full[0].code)
    assert operation.waiting_list.serve() == 0
    assert operation.waiting_list.get(wish.code).state is WishState.WITHDRAWN


def test_the_same_wish_waits_once(operation: Operation, full: list[Booking]) -> None:
    assert full
    assert wait(operation).code == wait(operation).code
    assert wait(operation, MAX).code != wait(operation).code


def test_people_of_a_wish_become_those_of_the_booking(operation: Operation, full: list[Booking]) -> None:
    booker = Booker(MAX, NoticesTo.BOTH)
    wish = operation.waiting_list.join(ask(operation, "08:00", party=FOUR), People(ERIKA, booker))
    operation.cancel(full[0].code)
    operation.waiting_list.serve()
    assert operation.waiting_list.accept(wish.code).notice_contacts() == (ERIKA, MAX)


def test_waiting_is_refused_where_it_cannot_help(operation: Operation) -> None:
    with pytest.raises(OrderInvalidError, match="right now"):
        wait(operation)
    for wish in (ask(operation, "08:00", party=Party(6)), ask(operation, "2026-03-03 03:30"), ask(operation, "05:30")):
        with pytest.raises(OrderInvalidError, match="will not help"):
            operation.waiting_list.join(wish, People(ERIKA))
    with pytest.raises(BookingNotFoundError):
        operation.waiting_list.get(BookingCode("AAAA-AAAA"))


def test_a_place_is_never_held_longer_than_the_vehicle_can_wait_for_an_answer(
    operation: Operation, full: list[Booking], clock: FakeClock
) -> None:
    # until half an hour before the pickup at eight, although three quarters of an hour would last longer
    wish = wait(operation)
    clock.at = local("06:50")
    operation.cancel(full[0].code)
    assert operation.waiting_list.serve() == 1
    assert operation.waiting_list.get(wish.code).held_until == local("07:30")
