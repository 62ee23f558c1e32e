"""The JSON API: right status codes, sentences that say what to do, nothing half-written."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from booking.api.problems import install_problems
from booking.api.router import create_router
from booking.database import Database
from booking.operation import Operation
from booking.tables import BookingRow
from tests.tiny_network import FakeClock, local

PREFIX = "/api/v1"


@pytest.fixture
def client(operation: Operation) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(create_router(operation), prefix=PREFIX)
    install_problems(app)
    with TestClient(app, base_url=f"http://localhost{PREFIX}/") as opened:
        yield opened


def enquiry(at: str = "10:00", **changes: object) -> dict[str, Any]:
    return {
        "origin": {"stop_id": "brueelow-markt"},
        "destination": {"stop_id": "cramnitz-markt"},
        "depart_after": local(at).isoformat(),
        **changes,
    }


def offer(client: TestClient, at: str = "10:00", **changes: object) -> dict[str, Any]:
    answer = client.post("offers", json=enquiry(at, **changes))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["offers"][0]
    return found


def confirm(client: TestClient, token: str) -> Any:  # noqa: ANN401 - the client's response type is not public
    person = {"name": "Erika Beispiel", "phone": "0152 28817386", "allow_duplicate": True}
    return client.post("bookings", json={"token": token, **person})


def test_a_ride_goes_all_the_way_from_enquiry_to_manifest(client: TestClient, operation: Operation) -> None:
    found = offer(client)
    assert found["kind"] == "on_demand"
    booked = confirm(client, found["token"])
    assert booked.status_code == 201
    body = booked.json()
    assert body["state"] == "confirmed"
    again = client.post("bookings/find", json={"code": body["code"]})
    assert again.json() == body
    operation.save_staff("anna", "a good long password", "dispatcher")
    token = client.post("staff/login", json={"name": "anna", "password": "a good long password"}).json()["token"]
    day = client.get("days/2026-03-03", headers={"Authorization": f"Bearer {token}"}).json()
    (run,) = [run for run in day["runs"] if any(visit["riders"] for visit in run["visits"])]
    names = [(r["name"], r["action"]) for v in run["visits"] for r in v["riders"]]
    assert names == [("Erika Beispiel", "pickup"), ("Erika Beispiel", "dropoff")]
    cancelled = client.post("bookings/cancel", json={"code": body["code"]})
    assert cancelled.json()["state"] == "cancelled"


def test_a_place_is_found_by_what_people_type(client: TestClient) -> None:
    (hit, *_) = client.post("places/search", json={"text": "cramnitz mark"}).json()
    assert hit["stop_id"] == "cramnitz-markt"
    assert client.post("places/search", json={"text": ""}).status_code == 422


def test_the_service_says_who_it_is_and_where_it_stops(client: TestClient) -> None:
    service = client.get("service").json()
    assert (service["id"], service["is_sample"], service["rules_version"]) == ("tiny", True, "2020-01")
    assert len(client.get("stops").json()) == 12


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        (enquiry("2026-03-02 10:00"), "in_the_past", "is over"),
        (enquiry(destination={"stop_id": "brueelow-markt"}), "same_place", "same place"),
        (enquiry(party={"persons": 40}), "party_too_large", "At most 8 persons"),
        (enquiry(party={"persons": 0}), "invalid_input", "party.persons"),
        (enquiry(party={"persons": 1, "wheelchairs": 2}), "invalid_input", "more wheelchairs than persons"),
        (enquiry(arrive_by=local("11:00").isoformat()), "invalid_input", "exactly one of depart_after and arrive_by"),
        (enquiry(depart_after="2026-03-03T10:00:00"), "invalid_input", "timezone"),
        (enquiry(depart_after="tomorrow"), "invalid_input", "depart_after"),
        (enquiry(origin={"lon": 11.0}), "invalid_input", "give a stop_id, or lon and lat"),
        (enquiry(origin={"lon": 200.0, "lat": 53.0}), "invalid_input", "origin.lon"),
        (enquiry(colour="blue"), "invalid_input", "colour"),
    ],
)
def test_a_wrong_enquiry_gets_a_sentence_that_says_what_is_wrong(
    client: TestClient, body: dict[str, Any], code: str, sentence: str
) -> None:
    response = client.post("offers", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert sentence in response.json()["detail"]


def test_an_unknown_stop_is_not_found(client: TestClient) -> None:
    response = client.post("offers", json=enquiry(origin={"stop_id": "nowhere"}))
    assert response.status_code == 404
    assert "no stop nowhere" in response.json()["detail"]


def test_a_body_that_is_no_json_is_told_so(client: TestClient) -> None:
    response = client.post("offers", content=b"{", headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert "JSON" in response.json()["detail"]


def test_a_refusal_is_an_answer_with_reason_and_alternatives(client: TestClient, clock: FakeClock) -> None:
    clock.at = local("09:30")
    response = client.post("offers", json=enquiry("10:00"))
    assert response.status_code == 200
    refusal = response.json()["refusal"]
    assert refusal["explanation"]["reason"] == "too_late_to_order"
    assert "60 minutes ahead" in refusal["explanation"]["sentence"]
    assert refusal["alternatives"][0]["token"]


def test_a_tampered_offer_is_400_an_expired_one_410_and_neither_books(
    client: TestClient, clock: FakeClock, database: Database
) -> None:
    token = offer(client)["token"]
    tampered = confirm(client, ("A" if token[0] != "A" else "B") + token[1:])
    assert (tampered.status_code, tampered.json()["code"]) == (400, "offer_invalid")
    clock.at += timedelta(minutes=15)
    expired = confirm(client, token)
    assert (expired.status_code, expired.json()["code"]) == (410, "offer_expired")
    assert "search for your ride again" in expired.json()["detail"]
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(BookingRow)) == 0


def test_an_offer_that_somebody_else_took_is_409_with_fresh_offers(client: TestClient) -> None:
    tokens = [offer(client, "08:00", party={"persons": 4})["token"] for _ in range(12)]
    responses = [confirm(client, token) for token in tokens]
    taken = next(response for response in responses if response.status_code != 201)
    assert taken.status_code == 409
    assert taken.json()["code"] == "offer_taken"
    answer = taken.json()["answer"]
    assert answer["offers"] or answer["refusal"]["explanation"]["reason"] == "no_vehicle_free"


def test_an_unknown_code_is_404(client: TestClient) -> None:
    for call in ("bookings/find", "bookings/cancel"):
        response = client.post(call, json={"code": "AAAA-AAAA"})
        assert (response.status_code, response.json()["code"]) == (404, "booking_not_found")


def test_runs_are_for_staff_only(client: TestClient) -> None:
    for call in ("days/2026-03-03", "days/2026-03-03/runs/west-early"):
        response = client.get(call)
        assert (response.status_code, response.json()["code"]) == (401, "not_allowed")
    assert client.get("days/2026-03-03", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert client.post("staff/login", json={"name": "anna", "password": "wrong password"}).status_code == 401


def test_no_value_of_a_wrong_body_is_repeated_in_the_answer(client: TestClient) -> None:
    response = client.post("bookings", json={"token": "x", "name": "Erika Beispiel" * 50, "phone": "0152 28817386"})
    assert response.status_code == 422
    assert "Erika" not in response.text
