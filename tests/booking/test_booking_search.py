"""A dispatcher finds a booking by whatever a caller can say."""

from datetime import timedelta

import pytest

from booking.model import Booking, BookingState, Contact
from booking.operation import Operation
from tests.booking.kinds import book, offer_at
from tests.booking.riding import WEST
from tests.tiny_network import FakeClock

ERIKA = Contact("Erika Müller-Beispiel", "0152 28817386")
MAX = Contact("Max 100% Mustermann", "+49 3871 000001", "max@example.org")


@pytest.fixture
def erika(operation: Operation) -> Booking:
    return book(operation, offer_at(operation, "10:00"), ERIKA)


@pytest.fixture
def max_(operation: Operation, erika: Booking) -> Booking:
    assert erika
    return book(operation, offer_at(operation, "13:00"), MAX)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("erika", "erika"),
        ("beispiel ERIKA", "erika"),
        ("müller", "erika"),
        ("0152 288", "erika"),
        ("00491522881", "erika"),
        ("17386", "erika"),
        ("mustermann", "max"),
        ("100%", "max"),
        ("03871-000001", "max"),
        ("", None),
        ("e", None),
        ("%", None),
        ("erika mustermann", None),
        ("386", None),
        ("' or 1=1 --", None),
    ],
)
def test_parts_of_names_and_numbers_find_whose_they_are(
    operation: Operation, erika: Booking, max_: Booking, text: str, who: str | None
) -> None:
    codes = {"erika": [erika.code], "max": [max_.code], None: []}
    assert [found.code for found in operation.search_bookings(text)] == codes[who]


def test_a_code_finds_its_booking_however_it_is_typed(operation: Operation, erika: Booking) -> None:
    for typed in (erika.code, erika.code.lower(), erika.code.replace("-", " "), erika.code[:4]):
        (found,) = operation.search_bookings(typed)
        assert (found.code, found.name, found.shift_id) == (erika.code, ERIKA.name, WEST)


def test_what_is_to_come_stands_first_and_what_is_over_last(operation: Operation, clock: FakeClock) -> None:
    first = book(operation, offer_at(operation, "10:00"), ERIKA)
    clock.at += timedelta(days=1)
    second = book(operation, offer_at(operation, "2026-03-05 10:00"), ERIKA)
    third = book(operation, offer_at(operation, "2026-03-04 13:00"), ERIKA)
    assert [found.code for found in operation.search_bookings("erika")] == [third.code, second.code, first.code]


def test_a_cancelled_booking_is_found_and_said_to_be_cancelled(operation: Operation, erika: Booking) -> None:
    operation.cancel(erika.code)
    (found,) = operation.search_bookings("erika")
    assert (found.state, found.shift_id) == (BookingState.CANCELLED, None)
