"""Every kind of booking through the JSON API: right status codes, sentences that say what to do."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from booking.api.problems import install_problems
from booking.api.router import create_router
from booking.model import Booking, Party
from booking.operation import Operation
from tests.booking.kinds import assert_sound, fill
from tests.tiny_network import FakeClock, local

PREFIX = "/api/v1"
ERIKA = {"name": "Erika Beispiel", "phone": "0152 28817386"}
STOPS = {"origin": {"stop_id": "brueelow-markt"}, "destination": {"stop_id": "cramnitz-markt"}}


@pytest.fixture
def client(operation: Operation) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(create_router(operation), prefix=PREFIX)
    install_problems(app)
    with TestClient(app, base_url=f"http://localhost{PREFIX}/") as opened:
        yield opened


def enquiry(at: str = "10:00", **changes: object) -> dict[str, Any]:
    return {**STOPS, "depart_after": local(at).isoformat(), **changes}


def post(client: TestClient, path: str, body: dict[str, Any], status: int = 200, **headers: str) -> Any:  # noqa: ANN401
    response = client.post(path, json=body, headers=headers)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


def token_of(answer: dict[str, Any]) -> str:
    return next(offer["token"] for offer in answer["offers"] if offer["token"])


def test_out_and_back_are_shown_and_booked_in_one_step(client: TestClient) -> None:
    found = post(client, "returns/offers", {"enquiry": enquiry(), "stay_min": 90})
    trip = found["round_trips"][0]
    body = {**ERIKA, "out_token": trip["out"]["token"], "back_token": token_of(trip["back"])}
    booked = post(client, "returns", body, 201)
    assert booked["out"]["linked"] == [booked["back"]["code"]]
    assert post(client, "returns", body, 201) == booked
    again = post(client, "returns/back", {"out_token": trip["out"]["token"], "back_at": local("15:00").isoformat()})
    assert again["offers"][0]["departure_at"] >= "2026-03-03T14:00"
    post(client, "bookings/cancel", {"code": booked["out"]["code"], "with_linked": True})
    assert post(client, "bookings/find", {"code": booked["back"]["code"]})["state"] == "cancelled"
    both = {"enquiry": enquiry(), "stay_min": 90, "back_at": local("15:00").isoformat()}
    assert post(client, "returns/offers", both, 422)["code"] == "invalid_input"


def test_a_booking_is_changed_and_keeps_its_code(client: TestClient) -> None:
    token = token_of(post(client, "offers", enquiry()))
    code = post(client, "bookings", {**ERIKA, "token": token}, 201)["code"]
    new = token_of(post(client, "bookings/change/offers", {"code": code, "enquiry": enquiry("12:00")}))
    changed = post(client, "bookings/change", {"code": code, "token": new})
    assert (changed["code"], changed["state"]) == (code, "confirmed")
    assert changed["legs"][0]["departure_at"] >= "2026-03-03T11:00"
    unknown = {"code": "AAAA-AAAA", "token": new}
    assert post(client, "bookings/change", unknown, 404)["code"] == "booking_not_found"


def test_a_change_that_is_taken_meanwhile_says_what_is_possible_now(client: TestClient, operation: Operation) -> None:
    four = {"party": {"persons": 4}}
    code = post(client, "bookings", {**ERIKA, "token": token_of(post(client, "offers", enquiry("12:00", **four)))}, 201)
    new = token_of(post(client, "offers", enquiry("08:00", **four)))
    fill(operation, "08:00")
    problem = post(client, "bookings/change", {"code": code["code"], "token": new}, 409)
    assert problem["code"] == "does_not_fit"
    assert problem["answer"]["offers"] or problem["answer"]["refusal"]


def test_a_duplicate_is_told_without_giving_the_code_away(client: TestClient) -> None:
    first = post(client, "bookings", {**ERIKA, "token": token_of(post(client, "offers", enquiry()))}, 201)
    second = {"name": "E. Beispiel", "phone": "+49 152 28817386", "token": token_of(post(client, "offers", enquiry()))}
    problem = post(client, "bookings", second, 409)
    assert problem["code"] == "duplicate_booking"
    assert problem["bookings"] == [f"{first['code'][:4]}-····"]
    assert post(client, "bookings", {**second, "allow_duplicate": True}, 201)["code"] != first["code"]


def test_a_wish_waits_is_held_and_accepted(client: TestClient, operation: Operation) -> None:
    full: list[Booking] = fill(operation, "08:00")
    wish = {**ERIKA, "enquiry": enquiry("08:00", party={"persons": 4})}
    waiting = post(client, "waiting", wish, 201)
    assert (waiting["state"], waiting["ahead"]) == ("waiting", 0)
    code = {"code": waiting["code"]}
    assert post(client, "waiting/accept", code, 410)["code"] == "offer_expired"
    operation.cancel(full[0].code)
    operation.waiting_list.serve()
    assert post(client, "waiting/find", code)["state"] == "held"
    assert post(client, "bookings/find", code)["state"] == "held"
    assert post(client, "waiting/accept", code)["state"] == "confirmed"
    assert post(client, "waiting/withdraw", code)["state"] == "booked"
    hopeless = {**ERIKA, "enquiry": enquiry("08:00", party={"persons": 6})}
    problem = post(client, "waiting", hopeless, 422)
    assert problem["code"] == "order_invalid"
    assert "+49 385" in problem["detail"]
    assert_sound(operation)


def test_a_standing_order_from_the_first_ride_to_the_last(client: TestClient, operation: Operation) -> None:
    rule = {
        **STOPS,
        "depart_after": "10:00",
        "back_after": "14:00",
        "first_on": "2026-03-03",
        "weekdays": ["tue"],
        "later_min": 15,
    }
    series = post(client, "series", {**ERIKA, "rule": rule}, 201)
    assert [one["state"] for one in series["dates"]] == ["booked"] * 4
    assert series["weekdays"] == ["tue"]
    code = {"code": series["code"]}
    skipped = post(client, "series/skip", {**code, "on": "2026-03-10"})
    assert [one["state"] for one in skipped["dates"]] == ["booked", "skipped", "booked", "booked"]
    post(client, "series/suspend", {**code, "from_on": "2026-03-17"})
    resumed = post(client, "series/resume", code)
    assert [one["state"] for one in resumed["dates"]] == ["booked", "skipped", "booked", "booked"]
    changed = post(
        client, "series/change", {**code, "from_on": "2026-03-17", "rule": {**rule, "depart_after": "09:00"}}
    )
    assert [(one["on"], one["reason"]) for one in changed["dates"]] == [("2026-03-17", ""), ("2026-03-24", "")]
    ended = post(client, "series/end", {"code": changed["code"], "on": "2026-03-17"})
    assert [one["state"] for one in ended["dates"]] == ["booked", "skipped"]
    assert post(client, "series/find", code)["last_on"] == "2026-03-16"
    for wrong in ({"weekdays": []}, {"depart_after": "ten"}, {"back_after": "09:00"}, {"arrive_by": "10:00"}):
        assert post(client, "series", {**ERIKA, "rule": {**rule, **wrong}}, 422)["code"] == "invalid_input"
    assert_sound(operation)


def test_somebody_orders_for_somebody_else(client: TestClient, operation: Operation) -> None:
    booker = {"name": "Praxis Dr. Beispiel", "email": "praxis@example.org", "notices_to": "booker"}
    body = {**ERIKA, "booker": booker, "token": token_of(post(client, "offers", enquiry()))}
    code = post(client, "bookings", body, 201)["code"]
    assert [c.email for c in operation.get_booking(code).notice_contacts()] == ["praxis@example.org"]


def test_a_group_in_two_vehicles(client: TestClient, operation: Operation) -> None:
    found = post(client, "groups/offers", enquiry(party={"persons": 4, "wheelchairs": 2}))
    assert len(found["parts"]) == 2
    tokens = [token_of(part) for part in found["parts"]]
    booked = post(client, "groups", {**ERIKA, "tokens": tokens}, 201)["bookings"]
    assert {len(one["linked"]) for one in booked} == {1}
    (too_many,) = post(client, "groups/offers", enquiry(party={"persons": 6}))["parts"]
    assert too_many["refusal"]["explanation"]["params"]["phone"] == "+49 385 0000000"
    assert operation.day_view(local("10:00").date()).riders == Party(4).persons


def test_staff_record_no_shows(client: TestClient, operation: Operation, clock: FakeClock) -> None:
    booked = post(client, "bookings", {**ERIKA, "token": token_of(post(client, "offers", enquiry()))}, 201)
    no_show = {"booking_id": booked["id"], "fault": "rider"}
    assert post(client, "staff/no-shows", no_show, 401)["code"] == "not_allowed"
    operation.save_staff("anna", "a good long password", "dispatcher")
    login = post(client, "staff/login", {"name": "anna", "password": "a good long password"})
    bearer = f"Bearer {login['token']}"
    assert post(client, "staff/no-shows", no_show, 409, Authorization=bearer)["code"] == "not_changeable"
    clock.at = local("10:30")
    assert post(client, "staff/no-shows", no_show, 204, Authorization=bearer) is None
    standing = post(client, "staff/no-shows/standing", {"phone": "+4915228817386"}, Authorization=bearer)
    assert standing == {"count": 1, "must_call": False}
    for unknown in ("nobody", "00000000-0000-0000-0000-000000000000"):
        body = {"booking_id": unknown, "fault": "driver"}
        assert post(client, "staff/no-shows", body, 404, Authorization=bearer)["code"] == "booking_not_found"


def test_every_call_is_described(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    described = app.openapi()["paths"]
    for path in ("returns", "bookings/change", "series", "waiting", "groups", "staff/no-shows"):
        assert described[f"{PREFIX}/{path}"]["post"]["description"]
