"""From the offer to the booking and back: checking, ordering, cancelling, finding it again."""

import pytest
from fastapi import Response
from fastapi.testclient import TestClient

from booking.model import BookingCode
from tests.web.resident_fakes import FakeOperation
from web.booking_cookie import BookingCookie

PERSON = {"name": "Kim Muster", "phone": "+49 9999 555", "email": ""}


@pytest.fixture
def offer(client: TestClient, filled: dict[str, str]) -> str:
    client.post("/de/offers", data=filled)
    return "token-o1"


def order(client: TestClient, offer: str, **changes: str) -> int:
    return client.post("/de/bookings", data={"offer": offer, **PERSON, **changes}).status_code


def test_before_ordering_everything_is_said_again(client: TestClient, offer: str) -> None:
    page = client.post("/de/check", data={"offer": offer}).text
    for text in (
        "Neudrossen, Markt",
        "Hinterburg, Bahnhof",
        "Donnerstag, 3. Dezember 2026",
        "2 Personen, 1 Kinderwagen",
    ):
        assert text in page
    assert "Dieses Angebot gilt bis 09:15 Uhr." in page
    assert 'autocomplete="name"' in page
    assert 'autocomplete="tel"' in page


def test_ordering_leads_to_a_page_whose_address_says_nothing(
    client: TestClient, fake_operation: FakeOperation, offer: str
) -> None:
    answer = client.post("/de/bookings", data={"offer": offer, **PERSON})
    assert (answer.status_code, answer.headers["location"]) == (303, "/de/booking")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = client.get("/de/booking").text
    assert "AB3D-7KPQ" in page
    assert "Abholung zwischen 09:35 und 09:50 Uhr" in page
    assert "Kim Muster" in page
    assert fake_operation.channels == ["web"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"phone": "call me"}, "phone"),
        ({"email": "kim"}, "email"),
        ({"email": "a@b"}, "email"),
    ],
)
def test_a_mistake_about_the_person_is_said_beside_its_field(
    client: TestClient, fake_operation: FakeOperation, offer: str, changes: dict[str, str], field: str
) -> None:
    answer = client.post("/de/bookings", data={"offer": offer, **PERSON, **changes})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert f'value="{offer}"' in answer.text, "the offer is still there"
    assert not fake_operation.bookings


def test_phone_and_mail_are_of_free_will(client: TestClient, offer: str) -> None:
    assert order(client, offer, phone="", email="") == 303


def test_an_offer_that_was_tampered_with_is_refused_kindly(client: TestClient) -> None:
    answer = client.post("/en/check", data={"offer": "made up"})
    assert answer.status_code == 400
    assert "This offer is not valid" in answer.text
    assert "09999 12345" in answer.text


def test_an_offer_whose_time_is_over_is_gone(client: TestClient, fake_operation: FakeOperation, offer: str) -> None:
    fake_operation.is_expired = True
    answer = client.post("/de/bookings", data={"offer": offer, **PERSON})
    assert answer.status_code == 410
    assert "Dieses Angebot ist abgelaufen" in answer.text


def test_whoever_was_too_slow_gets_fresh_offers(client: TestClient, fake_operation: FakeOperation, offer: str) -> None:
    fake_operation.is_taken = True
    answer = client.post("/de/bookings", data={"offer": offer, **PERSON})
    assert answer.status_code == 409
    assert "Es ist nichts bestellt." in answer.text
    assert "Diese Fahrt wählen" in answer.text


def test_whoever_often_did_not_come_is_asked_to_call(
    client: TestClient, fake_operation: FakeOperation, offer: str
) -> None:
    fake_operation.must_call = True
    answer = client.post("/de/bookings", data={"offer": offer, **PERSON})
    assert answer.status_code == 409
    assert "Bitte bestellen Sie am Telefon." in answer.text
    assert "2026-01/no_show" in answer.text
    assert not fake_operation.bookings


def test_whoever_orders_twice_is_asked_whether_they_mean_it(
    client: TestClient, fake_operation: FakeOperation, offer: str
) -> None:
    fake_operation.is_twice = True
    answer = client.post("/de/bookings", data={"offer": offer, **PERSON})
    assert answer.status_code == 409
    assert "Sie haben zu dieser Zeit schon eine Fahrt bestellt" in answer.text
    assert "AB3D-7KPQ" not in answer.text, "whose code it is nobody knows"
    assert not fake_operation.bookings
    assert '<input type="hidden" name="again" value="yes">' in answer.text
    assert client.post("/de/bookings", data={"offer": offer, "again": "yes", **PERSON}).status_code == 303


def test_the_calendar_file_holds_pickup_and_arrival_in_utc(client: TestClient, offer: str) -> None:
    order(client, offer)
    answer = client.get("/de/booking/calendar.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    lines = answer.text.replace("\r\n ", "").split("\r\n")
    assert "DTSTART:20261203T083500Z" in lines
    assert "DTEND:20261203T091000Z" in lines
    assert "LOCATION:Neudrossen\\, Markt" in lines
    assert all(len(line.encode()) <= 75 for line in answer.text.split("\r\n"))


def test_cancelling_asks_first_and_happens_once(client: TestClient, fake_operation: FakeOperation, offer: str) -> None:
    order(client, offer)
    asked = client.get("/de/booking/cancel")
    assert "Möchten Sie diese Fahrt stornieren?" in asked.text
    assert fake_operation.bookings["AB3D-7KPQ"].cancelled_at is None
    for _ in range(2):
        answer = client.post("/de/booking/cancel")
        assert (answer.status_code, answer.headers["location"]) == (303, "/de/booking")
    assert "Ihre Fahrt ist storniert" in client.get("/de/booking").text
    assert "Ihre Fahrt ist storniert" in client.get("/de/booking/cancel").text


@pytest.mark.parametrize("path", ["", "/cancel", "/calendar.ics"])
def test_without_its_cookie_a_booking_has_to_be_found(client: TestClient, path: str) -> None:
    answer = client.get(f"/de/booking{path}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/de/booking/find")


def test_a_cookie_that_we_did_not_sign_opens_nothing(client: TestClient, offer: str) -> None:
    order(client, offer)
    client.cookies.clear()
    client.cookies.set("rufnetz_booking", "AB3D-7KPQ")
    assert client.get("/de/booking").status_code == 303


@pytest.mark.parametrize(
    ("code", "phone", "status"),
    [
        ("ab3d-7kpq", "09999/555", 303),
        ("AB3D-7KPQ", "0049 9999 555", 303),
        ("AB3D-7KPQ", "", 422),
        ("AB3D-7KPQ", "09999 556", 422),
        ("XXXX-XXXX", "09999 555", 422),
    ],
)
def test_a_booking_with_a_phone_number_is_found_by_code_and_number(
    client: TestClient, offer: str, code: str, phone: str, status: int
) -> None:
    order(client, offer)
    client.cookies.clear()
    answer = client.post("/de/booking/find", data={"code": code, "phone": phone})
    assert answer.status_code == status
    assert client.get("/de/booking").status_code == (200 if status == 303 else 303)


def test_a_booking_without_a_phone_number_is_found_by_its_code_alone(client: TestClient, offer: str) -> None:
    order(client, offer, phone="")
    client.cookies.clear()
    assert client.post("/de/booking/find", data={"code": "AB3D-7KPQ"}).status_code == 303


def test_a_search_without_a_code_says_what_is_missing(client: TestClient) -> None:
    answer = client.post("/de/booking/find", data={})
    assert answer.status_code == 422
    assert "Bitte geben Sie den Code Ihrer Buchung ein." in answer.text


def test_on_https_the_cookie_travels_by_https_only(fake_operation: FakeOperation) -> None:
    fake_operation.settings = fake_operation.settings.model_copy(update={"public_url": "https://rufbus.example"})
    response = Response()
    BookingCookie(fake_operation).set(response, BookingCode("AB3D-7KPQ"))  # type: ignore[arg-type] # a fake
    assert "Secure" in response.headers["set-cookie"]
