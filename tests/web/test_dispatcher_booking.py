"""Booking for a caller, from the enquiry to the code that is read out."""

import re

import pytest
from fastapi.testclient import TestClient

from booking.model import Channel, Explanation, Reason
from tests.web.staff_fakes import CODE, StaffOperation, at, staff_client

ENQUIRY = {
    "origin": "Neudrossen",
    "destination": "Hinterburg",
    "day": "2026-12-01",
    "timing": "depart_after",
    "hour": "14",
    "minute": "00",
    "persons": "2",
    "wheelchairs": "1",
}


def take_first_offer(client: TestClient) -> str:
    """The token of the first offer for the enquiry."""
    offers = client.post("/staff/book/offers", data=ENQUIRY)
    assert offers.status_code == 200
    found = re.search(r'name="offer" value="([^"]+)"', offers.text)
    assert found is not None
    return found[1]


def test_a_caller_gets_a_ride_and_a_code() -> None:
    operation = StaffOperation(bookings={})
    with staff_client(operation) as client:
        assert client.get("/staff/book").status_code == 200
        token = take_first_offer(client)
        read_out = client.post("/staff/book/caller", data={"offer": token})
        assert "Abholung zwischen 14:30 und 14:45 Uhr" in read_out.text
        assert "2 Personen, 1 Rollstuhl" in read_out.text
        caller = {"offer": token, "name": "Erika Beispiel", "phone": "0170 0000000"}
        booked = client.post("/staff/book/confirmed", data=caller)
        assert booked.status_code == 200
        assert CODE in booked.text
        assert operation.bookings[CODE].contact.name == "Erika Beispiel"


def test_the_rules_of_the_phone_hold() -> None:
    operation = StaffOperation()
    with staff_client(operation) as client:
        take_first_offer(client)
    (enquiry,) = operation.enquiries
    assert (enquiry.channel, enquiry.wished_at) == (Channel.PHONE, at(14))


def test_mistakes_come_back_beside_their_fields_with_what_was_typed() -> None:
    with staff_client(StaffOperation()) as client:
        answer = client.post("/staff/book/offers", data={**ENQUIRY, "origin": "", "hour": "drei"})
        assert answer.status_code == 422
        assert "<title>Fehler: Fahrt am Telefon aufnehmen" in answer.text
        assert 'href="#origin"' in answer.text
        assert 'value="drei"' in answer.text
        assert 'value="Hinterburg"' in answer.text


def test_a_name_that_means_several_places_is_asked_about() -> None:
    with staff_client(StaffOperation()) as client:
        asked = client.post("/staff/book/offers", data={**ENQUIRY, "origin": "drossen"})
        assert "Welcher Ort ist gemeint?" in asked.text
        assert asked.text.count('name="origin_pick"') == 2


def test_a_refusal_gives_reason_rule_and_what_is_possible_instead() -> None:
    operation = StaffOperation(refusal=Explanation(Reason.NO_VEHICLE_FREE, "2026-01/runs"))
    with staff_client(operation) as client:
        answer = client.post("/staff/book/offers", data=ENQUIRY)
        for expected in (
            "Diese Fahrt geht nicht",
            "Zu dieser Zeit ist kein Fahrzeug frei.",
            "2026-01/runs",
            "Stattdessen möglich",
            "Abholung zwischen 15:00 und 15:15 Uhr",
        ):
            assert expected in answer.text


@pytest.mark.parametrize(
    ("caller", "field", "sentence"),
    [
        ({"name": "", "phone": "0170 0000000"}, "name", "Bitte geben Sie Ihren Namen ein."),
        ({"name": "Erika", "phone": ""}, "phone", "Bitte fragen Sie nach einer Telefonnummer"),
        ({"name": "Erika", "phone": "ja"}, "phone", "Bitte geben Sie eine Telefonnummer mit Ziffern ein"),
    ],
)
def test_without_name_and_number_nothing_is_booked(caller: dict[str, str], field: str, sentence: str) -> None:
    operation = StaffOperation(bookings={})
    with staff_client(operation) as client:
        answer = client.post("/staff/book/confirmed", data={"offer": take_first_offer(client), **caller})
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        assert answer.text.count(sentence) == 2
        assert not operation.bookings


def test_a_ride_that_was_just_taken_is_told_with_what_is_possible_now() -> None:
    operation = StaffOperation(bookings={}, is_taken=True)
    with staff_client(operation) as client:
        caller = {"offer": take_first_offer(client), "name": "Erika Beispiel", "phone": "0170 0000000"}
        answer = client.post("/staff/book/confirmed", data=caller)
        assert answer.status_code == 409
        assert "Es ist nichts gebucht." in answer.text
        assert 'action="/staff/book/caller"' in answer.text


def test_whoever_has_booked_for_that_time_is_told_of_before_it_counts() -> None:
    operation = StaffOperation(bookings={}, is_twice=True)
    with staff_client(operation) as client:
        caller = {"offer": take_first_offer(client), "name": "Erika Beispiel", "phone": "0170 0000000"}
        answer = client.post("/staff/book/confirmed", data=caller)
        assert answer.status_code == 409
        assert "zu dieser Zeit schon gebucht" in answer.text
        assert not operation.bookings
        assert '<input type="hidden" name="again" value="yes">' in answer.text
        assert client.post("/staff/book/confirmed", data={**caller, "again": "yes"}).status_code == 200
        assert operation.bookings


def test_an_expired_offer_leads_back_to_the_form() -> None:
    operation = StaffOperation()
    with staff_client(operation) as client:
        token = take_first_offer(client)
        operation.is_expired = True
        for path in ("caller", "confirmed"):
            caller = {"offer": token, "name": "Erika Beispiel", "phone": "0170 0000000"}
            answer = client.post(f"/staff/book/{path}", data=caller)
            assert "Das Angebot ist abgelaufen." in answer.text
            assert 'name="origin"' in answer.text


def test_the_enquiry_can_be_changed_without_typing_it_again() -> None:
    with staff_client(StaffOperation()) as client:
        changed = client.post("/staff/book", data=ENQUIRY)
        assert changed.status_code == 200
        assert 'value="Neudrossen"' in changed.text
        assert 'value="14"' in changed.text
