"""Out and back in one step, groups in several vehicles: all of it, or nothing."""

from datetime import date, timedelta

import pytest

from booking.database import Database
from booking.errors import DoesNotFitError, DuplicateBookingError, OrderInvalidError
from booking.model import BookingState, Channel, Party, Reason
from booking.operation import Operation
from booking.returns import split
from booking.tables import BookingRow
from tests.booking.kinds import ERIKA, MAX, ask, assert_sound, book, count, fill, first, offer_at
from tests.tiny_network import local


def test_the_way_back_is_shown_before_anything_is_booked(operation: Operation, database: Database) -> None:
    answer, trips = operation.returns.answer(ask(operation, "10:00"), stay=timedelta(hours=2))
    assert trips[0].out == answer.offers[0]
    back = first(trips[0].back)
    arrived_at = trips[0].out.rides()[0].promise.dropoff_to_at
    assert back.departure_at >= arrived_at + timedelta(hours=2), "counted from the latest promised arrival"
    assert (back.enquiry.origin, back.enquiry.destination) == (
        trips[0].out.enquiry.destination,
        trips[0].out.enquiry.origin,
    )
    assert count(database, BookingRow) == 0


def test_the_way_back_takes_the_way_out_as_booked(operation: Operation) -> None:
    # One vehicle takes wheelchairs in the west in the morning. While it brings somebody out it can't bring them back,
    # so the way back is answered as if the way out stood in the plan.
    party = Party(1, wheelchairs=1)
    out = offer_at(operation, "10:00", party=party)
    back = first(operation.returns.options(out, stay=timedelta()))
    booked = operation.returns.confirm(operation.token(out), operation.token(back), ERIKA, Channel.WEB)
    assert [booking.offer for booking in booked] == [out, back]
    assert_sound(operation)


def test_both_ways_are_booked_with_a_code_each_that_know_of_each_other(operation: Operation) -> None:
    out = offer_at(operation)
    back = first(operation.returns.options(out, back_at=local("14:00")))
    tokens = operation.token(out), operation.token(back)
    booked = operation.returns.confirm(*tokens, ERIKA, Channel.WEB)
    assert booked[0].linked == (booked[1].code,)
    assert booked[1].linked == (booked[0].code,)
    assert operation.returns.confirm(*tokens, ERIKA, Channel.WEB) == booked, "a double click"
    operation.cancel(booked[1].code)
    assert operation.get_booking(booked[0].code).state is BookingState.CONFIRMED
    operation.cancel(booked[0].code, with_linked=True)
    assert operation.get_booking(booked[0].code).state is BookingState.CANCELLED
    assert operation.day_view(local("10:00").date()).bookings == 0
    assert_sound(operation)


def test_one_call_cancels_both_ways(operation: Operation) -> None:
    out = offer_at(operation)
    back = first(operation.returns.options(out, back_at=local("14:00")))
    booked = operation.returns.confirm(operation.token(out), operation.token(back), ERIKA, Channel.WEB)
    operation.cancel(booked[0].code, with_linked=True)
    assert {operation.get_booking(one.code).state for one in booked} == {BookingState.CANCELLED}


def test_a_way_back_on_another_day_is_booked_in_the_same_step(operation: Operation) -> None:
    out = offer_at(operation)
    back = offer_at(operation, "2026-03-05 10:00", "cramnitz-markt", "brueelow-markt")
    booked = operation.returns.confirm(operation.token(out), operation.token(back), ERIKA, Channel.WEB)
    assert [one.offer.service_on for one in booked] == [date(2026, 3, 3), date(2026, 3, 5)]
    assert_sound(operation)


def test_a_way_back_after_midnight_belongs_to_the_evening_before(operation: Operation) -> None:
    # Saturdays are served until one in the night, by a taxi of the west until half past
    stops = ("cramnitz-markt", "brueelow-markt")
    out = offer_at(operation, "2026-03-07 22:00", *stops)
    back = first(operation.returns.options(out, back_at=local("2026-03-08 00:20")))
    booked = operation.returns.confirm(operation.token(out), operation.token(back), ERIKA, Channel.WEB)
    assert {one.offer.service_on for one in booked} == {date(2026, 3, 7)}
    assert booked[1].offer.departure_at >= local("2026-03-08 00:20")


def test_if_the_way_back_is_taken_the_way_out_is_not_booked(operation: Operation, database: Database) -> None:
    out = offer_at(operation, "12:00", party=Party(4))
    back = offer_at(operation, "08:00", "cramnitz-markt", "brueelow-markt", party=Party(4))
    late_back = offer_at(operation, "2026-03-04 08:00", "cramnitz-markt", "brueelow-markt", party=Party(4))
    with pytest.raises(OrderInvalidError, match="before the way out ends"):
        operation.returns.confirm(operation.token(out), operation.token(back), ERIKA, Channel.WEB)
    taken = len(fill(operation, "2026-03-04 08:00", ("cramnitz-markt", "brueelow-markt")))
    with pytest.raises(DoesNotFitError, match="nothing was booked"):
        operation.returns.confirm(operation.token(out), operation.token(late_back), ERIKA, Channel.WEB)
    assert count(database, BookingRow) == taken
    assert operation.day_view(date(2026, 3, 3)).bookings == 0


def test_a_way_back_before_the_arrival_is_none(operation: Operation) -> None:
    with pytest.raises(OrderInvalidError, match="before you have arrived"):
        operation.returns.options(offer_at(operation, "10:00"), back_at=local("10:01"))


def test_a_line_there_and_a_ride_back_is_no_pair(operation: Operation) -> None:
    by_line = operation.answer(ask(operation, "10:00", "altwiek-markt", "brueelow-markt")).offers[0]
    back = offer_at(operation, "14:00", "cramnitz-markt", "brueelow-markt")
    with pytest.raises(OrderInvalidError, match="by line"):
        operation.returns.confirm(operation.token(by_line), operation.token(back), ERIKA, Channel.WEB)


def test_the_same_journey_there_and_back_twice_is_told(operation: Operation) -> None:
    book(operation, offer_at(operation, "14:00", "cramnitz-markt", "brueelow-markt"))
    out = offer_at(operation)
    back = first(operation.returns.options(out, back_at=local("14:30")))
    with pytest.raises(DuplicateBookingError):
        operation.returns.confirm(operation.token(out), operation.token(back), ERIKA, Channel.WEB)
    booked = operation.returns.confirm(
        operation.token(out), operation.token(back), ERIKA, Channel.WEB, allow_duplicate=True
    )
    assert booked[0].linked == (booked[1].code,)


def test_what_one_vehicle_cannot_take_rides_in_two(operation: Operation) -> None:
    # two wheelchairs: each vehicle has place for one
    group = ask(operation, "10:00", party=Party(4, wheelchairs=2))
    parts = operation.groups.options(group)
    assert [first(part).enquiry.party for part in parts] == [Party(2, wheelchairs=1)] * 2
    tokens = tuple(operation.token(first(part)) for part in parts)
    booked = operation.groups.confirm(tokens, MAX, Channel.PHONE)
    assert {one.linked for one in booked} == {(booked[1].code,), (booked[0].code,)}
    assert operation.day_view(local("10:00").date()).riders == 4
    assert_sound(operation)


def test_a_group_that_fits_one_vehicle_is_not_split(operation: Operation) -> None:
    (answer,) = operation.groups.options(ask(operation, party=Party(4)))
    assert answer.refusal is None


def test_a_group_the_rules_leave_to_the_phone_is_told_the_number(operation: Operation) -> None:
    (answer,) = operation.groups.options(ask(operation, party=Party(6)))
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.BY_PHONE_ONLY
    assert answer.refusal.explanation.params["phone"] == "+49 385 0000000"


def test_parties_are_split_as_evenly_as_can_be() -> None:
    assert split(Party(7, wheelchairs=1, prams=2), 3) == (
        Party(3, wheelchairs=1, prams=1),
        Party(2, prams=1),
        Party(2),
    )
    assert split(Party(2), 3) is None
