"""``[version.bookings]``: what becomes of a booking once it is made. Each parameter has an answer computed by hand."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from booking.database import Database
from booking.enquiry_search import Network
from booking.errors import DuplicateBookingError, TooLateToChangeError
from booking.model import Channel, Party
from booking.operation import Operation
from booking.people import People
from booking.waiting_store import WishState
from tests.booking.kinds import ERIKA, ask, book, fill, offer_at
from tests.booking.rule_cases import covers, rules_of, under
from tests.tiny_network import FakeClock, local, operation_of

Under = Callable[[str], Operation]


@pytest.fixture
def ruled(tiny: Network, database: Database, clock: FakeClock) -> Under:
    """The made-up district with a parameter of its own."""
    return lambda parameter: operation_of(
        under(tiny, rules_of(add=f"\n[version.bookings]\n{parameter}\n")), database, clock
    )


@covers("orders.life.free_cancel_s")
@pytest.mark.parametrize(("at", "is_late"), [("07:59", False), ("08:01", True)])
def test_cancelling_is_late_two_hours_before(ruled: Under, clock: FakeClock, at: str, *, is_late: bool) -> None:
    operation = ruled("free_cancel_min = 120")
    mine = book(operation, offer_at(operation, "10:00"))
    assert mine.offer.rides()[0].promise.pickup_from_at == local("10:00")
    clock.at = local(at)
    assert operation.cancel(mine.code).cancelled_late is is_late


@covers("orders.life.change_s")
def test_nothing_is_changed_in_the_last_two_hours(ruled: Under, clock: FakeClock) -> None:
    operation = ruled("change_min = 120")
    mine = book(operation, offer_at(operation, "10:00"))
    wish = ask(operation, "12:00")
    clock.at = local("08:00")
    assert operation.changes.options(mine.code, wish).offers
    clock.at = local("08:01")
    with pytest.raises(TooLateToChangeError):
        operation.changes.options(mine.code, wish)


@covers("orders.life.duplicates.same_wish_s")
@pytest.mark.parametrize(("at", "is_asked"), [("10:59", True), ("11:00", False)])
def test_the_same_way_within_an_hour_is_asked_about(ruled: Under, at: str, *, is_asked: bool) -> None:
    operation = ruled("same_wish_min = 60")
    book(operation, offer_at(operation, "10:00"))
    token = operation.token(offer_at(operation, at))
    if is_asked:
        with pytest.raises(DuplicateBookingError):
            operation.confirm(token, ERIKA, Channel.WEB, allow_duplicate=False)
    else:
        operation.confirm(token, ERIKA, Channel.WEB, allow_duplicate=False)


@covers("orders.life.waiting.hold_s", "orders.life.waiting.answer_before_s")
@pytest.mark.parametrize(("now", "until"), [("05:00", "05:20"), ("06:50", "07:00")])
def test_a_place_is_held_for_twenty_minutes_and_not_in_the_last_hour(
    ruled: Under, clock: FakeClock, now: str, until: str
) -> None:
    operation = ruled("hold_min = 20\nanswer_min = 60")
    clock.at = local("04:00")
    full = fill(operation, "08:00")
    wish = operation.waiting_list.join(ask(operation, "08:00", party=Party(4)), People(ERIKA))
    operation.cancel(full[0].code)
    clock.at = local(now)
    assert operation.waiting_list.serve() == 1
    assert operation.get_booking(wish.code).offer.rides()[0].promise.pickup_from_at == local("08:00")
    assert operation.waiting_list.get(wish.code).held_until == local(until)


@covers("orders.life.waiting.most_offers")
def test_whoever_lets_one_place_lapse_is_off_the_list(ruled: Under, clock: FakeClock) -> None:
    operation = ruled("most_offers = 1")
    clock.at = local("2026-03-02 12:00")
    full = fill(operation, "08:00")
    wish = operation.waiting_list.join(ask(operation, "08:00", party=Party(4)), People(ERIKA))
    operation.cancel(full[0].code)
    assert operation.waiting_list.serve() == 1
    clock.at += timedelta(minutes=45)
    operation.waiting_list.serve()
    assert operation.waiting_list.get(wish.code).state is WishState.EXPIRED
