"""A caller who has booked before is known by the number."""

from datetime import timedelta

import pytest

from booking.callers import way_back
from booking.model import Contact
from booking.operation import Operation
from tests.booking.kinds import book, offer_at
from tests.tiny_network import FakeClock

BEFORE = Contact("Erika Müller-Beispiel", "0152 28817386", language="uk")
NOW_CALLED = Contact("Erika Beispiel", "+49 152 28817386", "erika@example.org", language="uk")


@pytest.mark.parametrize("typed", ["0152 28817386", "0152/288173-86", "+49 (0)152 28817386", "004915228817386"])
def test_somebody_is_known_by_the_number_as_they_called_themselves_last(
    operation: Operation, clock: FakeClock, typed: str
) -> None:
    book(operation, offer_at(operation, "10:00"), BEFORE)
    clock.at += timedelta(hours=1)
    book(operation, offer_at(operation, "13:00"), NOW_CALLED)
    caller = operation.find_caller(typed)
    assert caller is not None
    assert (caller.name, caller.email, caller.language) == ("Erika Beispiel", "erika@example.org", "uk")


@pytest.mark.parametrize("typed", ["", "0152", "0152 28817387", "28817386", "Erika"])
def test_nobody_is_known_by_part_of_a_number_or_another_one(operation: Operation, typed: str) -> None:
    book(operation, offer_at(operation, "10:00"), BEFORE)
    assert operation.find_caller(typed) is None


def test_each_way_is_told_once_and_only_what_stands_is_to_come(operation: Operation, clock: FakeClock) -> None:
    first = book(operation, offer_at(operation, "10:00"), BEFORE)
    cancelled = book(operation, offer_at(operation, "13:00"), BEFORE)
    operation.cancel(cancelled.code)
    clock.at += timedelta(days=1)
    later = book(operation, offer_at(operation, "2026-03-05 10:00"), BEFORE)
    sooner = book(operation, offer_at(operation, "2026-03-04 13:00"), BEFORE)
    caller = operation.find_caller(BEFORE.phone)
    assert caller is not None
    assert [booking.code for booking in caller.coming] == [sooner.code, later.code]
    (journey,) = caller.journeys
    asked = sooner.offer.enquiry
    assert (journey.origin, journey.destination) == (asked.origin, asked.destination)
    assert first.code not in {booking.code for booking in caller.coming}


def test_the_way_back_goes_from_there_to_here(operation: Operation) -> None:
    enquiry = offer_at(operation, "10:00").enquiry
    back = way_back(enquiry)
    assert (back.origin, back.destination) == (enquiry.destination, enquiry.origin)
    assert way_back(back) == enquiry
