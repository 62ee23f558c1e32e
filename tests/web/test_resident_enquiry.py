"""From the form to the offers: what residents type, what they are told, in which status."""

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from booking.model import Explanation, Reason, Timing
from tests.web.resident_fakes import FakeOperation, made_up_district
from web.app import create_app


def hidden_fields(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def test_the_start_page_asks_for_everything_at_once(client: TestClient) -> None:
    page = client.get("/de/").text
    names = set(re.findall(r'name="(\w+)"', page))
    assert {"origin", "destination", "day", "timing", "hour", "minute", "persons", "wheelchairs"} <= names
    assert {"prams", "walking_frames", "bikes"} <= names
    assert "Heute, 1. Dezember" in page
    assert "Donnerstag, 3. Dezember" in page
    assert page.count('<option value="2026-') == 29
    assert '<a class="phone" href="tel:0999912345">' in page
    assert "Beispieldaten" in page


def test_a_district_in_earnest_has_no_banner() -> None:
    operation = FakeOperation(district=made_up_district(is_sample=False))
    with TestClient(create_app(operation)) as client:  # type: ignore[arg-type] # a fake
        assert "Beispieldaten" not in client.get("/de/").text


def test_the_root_leads_to_the_language_of_the_browser(client: TestClient) -> None:
    answer = client.get("/", headers={"accept-language": "uk,de;q=0.5"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/uk/")
    assert answer.headers["vary"] == "Accept-Language"


def test_a_district_offers_only_its_own_languages() -> None:
    operation = FakeOperation(district=replace(made_up_district(), languages=("de", "pl")))
    with TestClient(create_app(operation)) as client:  # type: ignore[arg-type] # a fake
        assert client.get("/tr/").status_code == 404
        assert "Türkçe" not in client.get("/de/").text


def test_the_form_becomes_an_enquiry(client: TestClient, fake_operation: FakeOperation, filled: dict[str, str]) -> None:
    answer = client.post("/de/offers", data=filled)
    assert answer.status_code == 200
    (enquiry,) = fake_operation.enquiries
    assert enquiry.origin.label == "Neudrossen, Markt"
    assert enquiry.origin.stop_id == "nd"
    assert enquiry.timing is Timing.DEPART_AFTER
    assert enquiry.wished_at == datetime(2026, 12, 3, 8, 5, tzinfo=UTC)
    assert (enquiry.party.persons, enquiry.party.prams) == (2, 1)


def test_offers_say_pickup_window_walk_line_price_and_why(
    client: TestClient, fake_operation: FakeOperation, filled: dict[str, str]
) -> None:
    fake_operation.with_line = fake_operation.held = True
    page = client.post("/de/offers", data=filled).text
    assert "Abholung zwischen 09:35 und 09:50 Uhr" in page
    assert 'Anschluss: Linie <bdi lang="de">RE 8</bdi> um 10:15 Uhr' in page
    assert "spätestens um 10:45 Uhr" in page
    assert "3,80" in page
    assert "Der Anschluss ist gesichert." in page
    assert "350 Meter" in page
    assert page.count("Diese Fahrt wählen") == 2, "the line alone cannot be booked"
    assert "Hier müssen Sie nichts bestellen." in page


def test_what_holds_for_the_whole_answer_is_said_once(
    client: TestClient, fake_operation: FakeOperation, filled: dict[str, str]
) -> None:
    fake_operation.notes = (Explanation(Reason.FITS_THE_WISH),)
    page = client.post("/de/offers", data=filled).text
    assert page.count("Diese Fahrt passt zu Ihrem Wunsch.") == 1


def test_a_refusal_names_reason_rule_nearest_rides_and_phone(
    client: TestClient, fake_operation: FakeOperation, filled: dict[str, str]
) -> None:
    fake_operation.refusal = Explanation(Reason.PARTY_TOO_LARGE, "2026-01/max_party", {"max": 8})
    answer = client.post("/de/offers", data=filled)
    assert answer.status_code == 200
    assert "Für so viele Personen ist der Rufbus zu klein." in answer.text
    assert "2026-01/max_party" in answer.text
    assert answer.text.count("Diese Fahrt wählen") == 1
    assert answer.text.count("09999 12345") == 2


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"origin": ""}, "origin", "Bitte geben Sie ein, wo die Fahrt beginnt."),
        ({"destination": " "}, "destination", "Bitte geben Sie ein, wohin Sie fahren."),
        ({"origin": "Atlantis"}, "origin", "Diesen Ort haben wir nicht gefunden."),
        ({"day": "gestern"}, "day", "Bitte wählen Sie einen Tag."),
        ({"hour": "25"}, "hour", "Bitte geben Sie die Uhrzeit ein"),
        ({"hour": "", "minute": ""}, "hour", "Bitte geben Sie die Uhrzeit ein"),
        ({"minute": "x"}, "hour", "Bitte geben Sie die Uhrzeit ein"),
        ({"timing": "whenever"}, "timing", "Bitte wählen Sie, ob"),
        ({"persons": "0"}, "persons", "Mindestens eine Person fährt mit."),
        ({"bikes": "ja"}, "bikes", "Bitte geben Sie eine Zahl ein."),
        ({"persons": "1", "wheelchairs": "2"}, "wheelchairs", "Es sind mehr Rollstühle als Personen."),
    ],
)
def test_a_mistake_is_said_above_and_beside_its_field(
    client: TestClient, filled: dict[str, str], changes: dict[str, str], field: str, sentence: str
) -> None:
    answer = client.post("/de/offers", data=filled | changes)
    assert answer.status_code == 422
    assert "<title>Fehler: " in answer.text
    assert f'<a class="kern-link" href="#{field}">{sentence}' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert re.search(rf'aria-describedby="[^"]*{field}-error"', answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert f'id="{field}"' in answer.text, "the link of the summary leads somewhere"


def test_a_minute_may_be_left_out(client: TestClient, fake_operation: FakeOperation, filled: dict[str, str]) -> None:
    client.post("/de/offers", data=filled | {"minute": ""})
    assert fake_operation.enquiries[0].wished_at == datetime(2026, 12, 3, 8, 0, tzinfo=UTC)


def test_a_place_that_could_be_two_is_asked_about(
    client: TestClient, fake_operation: FakeOperation, filled: dict[str, str]
) -> None:
    asked = client.post("/de/offers", data=filled | {"origin": "dross"})
    assert asked.status_code == 200
    assert not fake_operation.enquiries
    picks = [html.unescape(v) for v in re.findall(r'name="origin_pick" value="([^"]*)"', asked.text)]
    assert [json.loads(pick)["label"] for pick in picks] == ["Neudrossen, Markt", "Altdrossen, Kirche"]
    client.post("/de/offers", data=hidden_fields(asked.text) | {"origin_pick": picks[1]})
    assert fake_operation.enquiries[0].origin.stop_id == "ad"
    assert fake_operation.enquiries[0].destination.stop_id == "hb", "the other end is not asked for again"


def test_a_suggestion_taken_in_the_browser_needs_no_second_question(
    client: TestClient, fake_operation: FakeOperation, filled: dict[str, str]
) -> None:
    choice = json.dumps({"label": "Dorfstraße 3", "lon": 11.51, "lat": 50.0, "stop_id": None})
    client.post("/de/offers", data=filled | {"origin": "Dorfstraße 3", "origin_choice": choice})
    assert fake_operation.enquiries[0].origin.label == "Dorfstraße 3"
    assert (fake_operation.enquiries[0].origin.lon, fake_operation.enquiries[0].origin.stop_id) == (11.51, None)


@pytest.mark.parametrize(
    "choice",
    [
        "{",
        "[]",
        "null",
        '{"label": "Neudrossen"}',
        '{"label": "Neudrossen", "lon": 999, "lat": 0, "stop_id": null}',
        '{"label": "Neudrossen", "lon": 1, "lat": 0, "stop_id": "no-such-stop"}',
        '{"label": "Somewhere else", "lon": 1, "lat": 0, "stop_id": null}',
    ],
)
def test_a_hidden_choice_that_is_broken_or_out_of_date_is_looked_up_again(
    client: TestClient, fake_operation: FakeOperation, filled: dict[str, str], choice: str
) -> None:
    assert client.post("/de/offers", data=filled | {"origin_choice": choice}).status_code == 200
    assert fake_operation.enquiries[0].origin.stop_id == "nd"


def test_what_was_typed_can_be_changed(client: TestClient, filled: dict[str, str]) -> None:
    offers = client.post("/de/offers", data=filled)
    form = client.post("/de/", data=hidden_fields(offers.text))
    assert form.status_code == 200
    for fragment in ('value="Neudrossen, Markt"', '<option value="2026-12-03" selected>', 'value="09"', 'value="05"'):
        assert fragment in form.text
    assert '<option value="2" selected>2</option>' in form.text


def test_a_form_that_is_no_form_gets_a_page(client: TestClient, filled: dict[str, str]) -> None:
    answer = client.post("/pl/offers", data=filled | {"origin": "x" * 5000})
    assert answer.status_code == 422
    assert "Nie zrozumieliśmy tego" in answer.text


def test_what_somebody_typed_is_never_markup(client: TestClient, filled: dict[str, str]) -> None:
    page = client.post("/de/offers", data=filled | {"origin": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("language", "heading"),
    [("de", "Diese Seite gibt es nicht"), ("tr", "Böyle bir sayfa yok"), ("en", "does not exist")],
)
def test_a_page_that_is_not_there_says_so_in_the_language_of_its_address(
    client: TestClient, language: str, heading: str
) -> None:
    answer = client.get(f"/{language}/nowhere")
    assert answer.status_code == 404
    assert heading in answer.text


def test_a_fault_of_ours_is_a_page_without_its_details(fake_operation: FakeOperation, filled: dict[str, str]) -> None:
    def broken(*_: object) -> None:
        msg = "secret detail"
        raise RuntimeError(msg)

    fake_operation.answer = broken  # type: ignore[method-assign,assignment]
    with TestClient(create_app(fake_operation), raise_server_exceptions=False) as client:  # type: ignore[arg-type] # a fake
        answer = client.post("/de/offers", data=filled)
    assert answer.status_code == 500
    assert "Das hat nicht geklappt" in answer.text
    assert "secret detail" not in answer.text
    assert "content-security-policy" in answer.headers


def test_the_api_answers_faults_as_problems_and_never_as_pages(client: TestClient) -> None:
    malformed = client.post("/api/v1/bookings", json={"token": "made up", "name": "Kim"})
    assert (malformed.status_code, malformed.headers["content-type"]) == (422, "application/problem+json")
    assert [error["field"] for error in malformed.json()["errors"]] == ["token"]
    forged = client.post("/api/v1/bookings", json={"token": "made.up", "name": "Kim"})
    assert (forged.status_code, forged.headers["content-type"]) == (400, "application/problem+json")
    assert client.get("/api/v1/nowhere").headers["content-type"].startswith("application/")


def test_the_documentation_of_the_api_needs_nobody_else(client: TestClient) -> None:
    page = client.get("/api/docs").text
    assert "/static/vendor/swagger-ui/" in page
    assert 'data-openapi-url="/api/v1/openapi.json"' in page
    assert client.get("/api/v1/openapi.json").json()["servers"] == [{"url": "/api/v1"}]


def test_health_is_plain(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
