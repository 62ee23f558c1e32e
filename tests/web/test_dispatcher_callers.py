"""Whoever has called before need not say everything again."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from booking.booking_search import search_bookings
from booking.database import Database
from booking.enquiry_search import Network
from booking.model import BookingCode
from booking.operation import Operation
from tests.booking.riding import ERIKA, ride
from tests.tiny_network import FakeClock, enquiry_of, operation_of
from tests.web.html_forms import fields
from tests.web.resident_fakes import ride_offer
from web.app import create_app
from web.i18n import LANGUAGES
from web.spelling import WORDS, spelled
from web.templating import create_templates

PASSWORD = "a good long password"  # noqa: S105 - of tests


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2026-03-03 06:00")


@pytest.fixture
def operation(tiny: Network, database: Database, clock: FakeClock) -> Operation:
    return operation_of(tiny, database, clock)


@pytest.fixture
def desk(operation: Operation) -> Iterator[TestClient]:
    operation.save_staff("anna", PASSWORD, "dispatcher")
    with TestClient(create_app(operation), headers={"Accept-Language": "de"}) as client:
        client.post("/staff/login", data={"name": "anna", "password": PASSWORD})
        yield client


def test_the_last_ride_is_asked_for_again_and_booked_without_typing(desk: TestClient, operation: Operation) -> None:
    before = ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")
    known = desk.post("/staff/book/known", data={"phone": "+49 152 28817386"}).text
    assert before.contact.name in known
    assert before.code in known
    again = desk.post("/staff/book", data=fields(known, "/staff/book", 1)).text
    way = fields(again, "/staff/book/offers")
    assert (way["origin"], way["destination"]) == ("Cramnitz, Markt", "Brüelow, Markt"), "the second is the way back"
    offers = desk.post("/staff/book/offers", data={**way, "day": "2026-03-03", "hour": "13", "minute": "00"}).text
    caller = desk.post("/staff/book/caller", data=fields(offers, "/staff/book/caller")).text
    taken = fields(caller, "/staff/book/confirmed")
    assert (taken["name"], taken["phone"]) == (before.contact.name, before.contact.phone)
    booked = desk.post("/staff/book/confirmed", data=taken)
    assert booked.status_code == 200
    with operation.database.sessions() as session:
        assert len(search_bookings(session, before.contact.name, operation.today())) == 2


def test_what_is_over_today_is_asked_for_tomorrow(desk: TestClient, operation: Operation, clock: FakeClock) -> None:
    ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")
    clock.at += timedelta(hours=6)
    known = desk.post("/staff/book/known", data={"phone": ERIKA.phone}).text
    assert fields(known, "/staff/book")["day"] == "2026-03-04"


def test_a_number_that_is_new_or_no_number_is_said_so(desk: TestClient) -> None:
    unknown = desk.post("/staff/book/known", data={"phone": "0385 7654321"})
    assert "Mit dieser Nummer hat noch niemand bestellt." in unknown.text
    assert 'value="0385 7654321"' in unknown.text
    none = desk.post("/staff/book/known", data={"phone": "038"})
    assert none.status_code == 422
    assert none.text.count("Bitte geben Sie die ganze Telefonnummer ein.") == 2


def test_messages_are_in_the_language_that_the_desk_chose(desk: TestClient, operation: Operation) -> None:
    way = {"origin": "Brüelow, Markt", "destination": "Cramnitz, Markt", "day": "2026-03-03", "hour": "10"}
    offers = desk.post("/staff/book/offers", data=way).text
    chosen = {**fields(offers, "/staff/book/caller"), "name": "Olena", "phone": ERIKA.phone, "caller_language": "uk"}
    booked = desk.post("/staff/book/confirmed", data=chosen).text
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", booked)
    assert found is not None
    assert operation.get_booking(BookingCode(found[0])).contact.language == "uk"
    assert f"Ihr Code ist: {spelled(found[0])}." in booked, "it is read out letter by letter"


def test_each_letter_has_a_word_of_its_own() -> None:
    assert all(word.startswith(letter) for letter, word in WORDS.items())
    assert len(WORDS) == 26
    assert spelled("7k-q") == "7, K (Köln), Q (Quickborn)"


def test_what_is_read_out_makes_sense_from_its_first_leg_on(tiny: Network) -> None:
    wish = enquiry_of(tiny, "altwiek-markt", "eldehof-markt", "10:00")
    ride_leg, line = ride_offer(wish, held=True).legs
    offer = replace(ride_offer(wish), legs=(line, ride_leg))
    page = create_templates(tiny.district).env.from_string(
        '{% import "dispatcher/book_parts.html" as parts with context %}{{ parts.read_aloud(offer) }}'
    )
    said = re.sub(r"<[^>]+>", "", page.render(language=LANGUAGES["de"], offer=offer))
    assert "fährt die Linie RE 8 Richtung Küste. Einstieg: Hinterburg, Bahnhof. Ankunft um" in said
    assert "Dann" not in said
    assert "Soll ich das so buchen?" in said
