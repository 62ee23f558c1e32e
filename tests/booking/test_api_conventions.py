"""What all calls have in common: problems, ETags, pages, links to the form."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from booking.api.codes import KINDS, Code
from booking.api.problems import CODES
from booking.errors import BookingError
from booking.operation import Operation
from tests.booking.kinds import book, offer_at
from tests.tiny_network import local

ON = "2026-03-03"
JSON = {"Content-Type": "application/json"}
Key = Callable[..., dict[str, str]]


def enquiry(**changes: object) -> dict[str, Any]:
    stops = {"origin": {"stop_id": "brueelow-markt"}, "destination": {"stop_id": "cramnitz-markt"}}
    return {**stops, "depart_after": local("10:00").isoformat(), **changes}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "not_found"),
        ("PUT", "/offers", {}, 405, "method_not_allowed"),
        ("POST", "/offers", {"content": b"<xml/>", "headers": {"Content-Type": "a/b"}}, 415, "unsupported_media_type"),
        ("POST", "/offers", {"content": b'{"a": NaN', "headers": JSON}, 422, "invalid_input"),
        ("POST", "/offers", {"json": {"text": "x" * 5_000_000}}, 413, "content_too_large"),
        ("POST", "/places/search", {"json": {"text": "a\x00b"}}, 422, "invalid_input"),
        ("POST", "/places/search", {"content": b'{"text": "\\ud800"}', "headers": JSON}, 422, "invalid_input"),
        ("POST", "/offers", {"json": enquiry(depart_after="9999-12-31T23:59:59+00:00")}, 422, "invalid_input"),
        ("GET", "/days/0001-01-01", {}, 401, "not_allowed"),
        ("GET", "/problems/nothing", {}, 422, "invalid_input"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_is_a_problem(
    api: TestClient, method: str, path: str, sent: dict[str, Any], status: int, code: str
) -> None:
    response = api.request(method, path, **sent)
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"/api/v1/problems/{code}"
    assert problem["title"] == KINDS[Code(code)].title


def test_every_mistake_is_pointed_at_and_no_value_repeated(api: TestClient) -> None:
    body = enquiry(origin={"lon": 200.5, "lat": 53.0}, **{"Erika Beispiel, Dorfstr. 1": 1})
    problem = api.post("/offers", json=body).json()
    assert problem["errors"][0]["pointer"] == "#/origin/lon"
    assert "Erika" not in json.dumps(problem)
    assert "200.5" not in json.dumps(problem)


def test_a_fault_of_ours_and_a_database_that_is_away_are_problems_too(
    api: TestClient, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    def away(*_: object, **__: object) -> None:
        raise OperationalError(None, {}, Exception())

    monkeypatch.setattr(operation, "answer", broken)
    fault = api.post("/offers", json=enquiry())
    assert (fault.status_code, fault.json()["code"]) == (500, "internal_error")
    monkeypatch.setattr(operation, "answer", away)
    absent = api.post("/offers", json=enquiry())
    assert (absent.status_code, absent.json()["code"]) == (503, "unavailable")
    assert absent.headers["Retry-After"] == "2"
    monkeypatch.setattr(operation, "find_staff", away)
    unknown = api.post("/offers", json=enquiry(), headers={"Authorization": "Bearer whoever-this-is"})
    assert (unknown.status_code, unknown.json()["code"]) == (503, "unavailable"), "before anybody knows who calls"


def test_every_fault_of_the_service_has_a_code_and_every_code_a_meaning(api: TestClient) -> None:
    faults = {one for one in BookingError.__subclasses__() if one.__module__ == "booking.errors"}
    assert faults == set(CODES)
    assert {one["code"] for one in api.get("/problems").json()} == set(Code) == set(KINDS)
    shown = api.get("/problems/offer_expired").json()
    assert (shown["status"], shown["title"]) == (410, "The time of the offer is over")


def test_the_methods_of_an_address_are_all_told(api: TestClient) -> None:
    assert api.put("/degraded-modes").headers["Allow"] == "GET, POST"


def test_what_has_not_changed_is_not_sent_again(api: TestClient) -> None:
    first = api.get("/stops")
    again = api.get("/stops", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert api.get("/stops", headers={"If-None-Match": '"another"'}).status_code == 200


def test_a_change_of_a_day_says_which_state_was_seen(api: TestClient, key: Key, operation: Operation) -> None:
    admin, path = key(), f"/days/{ON}/runs/west-early/end"
    book(operation, offer_at(operation))
    seen = api.get(f"/days/{ON}", headers=admin).headers["ETag"]
    assert api.get(f"/days/{ON}/risks", headers=admin).headers["ETag"].split("-")[0] == seen.split("-")[0]
    missing = api.post(path, json={"reason": "ill"}, headers=admin)
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    book(operation, offer_at(operation, "12:00"))
    stale = api.post(path, json={"reason": "ill"}, headers=admin | {"If-Match": seen})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    fresh = api.get(f"/days/{ON}", headers=admin).headers["ETag"]
    assert api.post(path, json={"reason": "ill"}, headers=admin | {"If-Match": fresh}).status_code == 200


def test_a_change_between_the_look_and_the_write_is_noticed(
    api: TestClient, key: Key, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(operation, offer_at(operation))
    other = offer_at(operation, "12:00")
    admin = key()
    seen = api.get(f"/days/{ON}", headers=admin).headers["ETag"]
    end_shift = operation.dispatch.end_shift

    def somebody_books_first(*args: Any, **kwargs: Any) -> object:  # noqa: ANN401 - passed on
        from booking.preconditions import having_seen  # noqa: PLC0415 - only here

        with having_seen(local("12:00").date(), None):
            book(operation, other)
        return end_shift(*args, **kwargs)

    monkeypatch.setattr(operation.dispatch, "end_shift", somebody_books_first)
    path = f"/days/{ON}/runs/west-early/end"
    stale = api.post(path, json={"reason": "ill"}, headers=admin | {"If-Match": seen})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")


def test_a_rider_may_say_which_booking_they_saw(api: TestClient, operation: Operation) -> None:
    code = book(operation, offer_at(operation)).code
    seen = api.post("/bookings/find", json={"code": code}).headers["ETag"]
    stale = api.post("/bookings/cancel", json={"code": code}, headers={"If-Match": '"other"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert api.post("/bookings/cancel", json={"code": code}, headers={"If-Match": seen}).status_code == 200


def test_a_list_comes_in_pages_that_together_are_the_list(api: TestClient) -> None:
    whole = [stop["id"] for stop in api.get("/stops").json()]
    assert whole == sorted(whole)
    assert len(whole) == 12
    found, path = [], "/stops?limit=5"
    while path:
        page = api.get(path)
        found.append([stop["id"] for stop in page.json()])
        path = page.links.get("next", {}).get("url", "")
    assert [len(page) for page in found] == [5, 5, 2]
    assert [one for page in found for one in page] == whole
    assert api.get("/stops?limit=1001").status_code == 422
    assert api.get("/stops?cursor=nonsense").status_code == 404


def test_an_offer_leads_to_the_form_with_its_wish_and_without_an_address(api: TestClient) -> None:
    body = enquiry(party={"persons": 2, "prams": 1}, destination={"lon": 11.9, "lat": 53.4, "label": "Dorfstr. 1"})
    answer = api.post("/offers", json=enquiry(party={"persons": 2, "prams": 1})).json()
    link = urlsplit(answer["offers"][0]["deep_link"])
    assert parse_qs(link.query) == {
        "from": ["brueelow-markt"], "to": ["cramnitz-markt"], "date": [ON], "time": ["10:00"],
        "passengers": ["2"], "prams": ["1"],
    }  # fmt: skip
    private = json.dumps(api.post("/offers", json=body).json())
    assert "to=11" not in private
    assert "Dorfstr" not in "".join(part for part in private.split('"') if part.startswith("http"))
