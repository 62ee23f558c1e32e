"""API keys: scopes, expiry, limits; what is kept of them; what everybody may do without one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from booking.api.rates import Buckets
from booking.api_keys import Scope
from booking.operation import Operation
from tests.tiny_network import FakeClock, local

ON = "2026-03-03"
Key = Callable[..., dict[str, str]]


def enquiry() -> dict[str, Any]:
    stops = {"origin": {"stop_id": "brueelow-markt"}, "destination": {"stop_id": "cramnitz-markt"}}
    return {**stops, "depart_after": local("10:00").isoformat()}


def test_a_key_opens_what_its_scopes_say_and_nothing_else(api: TestClient, key: Key) -> None:
    runs, asks = key(Scope.READ_RUNS), key(Scope.ENQUIRE)
    assert api.get(f"/days/{ON}", headers=runs).status_code == 200
    assert api.post("/offers", json=enquiry(), headers=asks).status_code == 200
    refused = api.post("/offers", json=enquiry(), headers=runs)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "enquire" in refused.json()["detail"]
    assert api.get(f"/days/{ON}", headers=asks).status_code == 403
    assert api.get("/keys", headers=key(Scope.DISPATCH)).status_code == 403
    assert api.get(f"/days/{ON}", headers=key(Scope.ADMIN)).status_code == 200
    missing = api.get(f"/days/{ON}")
    assert (missing.status_code, missing.headers["WWW-Authenticate"]) == (401, 'Bearer realm="rufnetz"')


def test_keys_are_made_listed_and_revoked_by_administrators(api: TestClient, key: Key, operation: Operation) -> None:
    admin = key()
    made = api.post("/keys", json={"name": "Planner", "scopes": ["read:runs"], "per_min": 5}, headers=admin)
    assert made.status_code == 201
    token, prefix = made.json()["token"], made.json()["key"]["prefix"]
    assert token.startswith(f"rn_{prefix}_")
    theirs = {"Authorization": f"Bearer {token}"}
    assert api.get(f"/days/{ON}", headers=theirs).status_code == 200
    listed = {one["prefix"]: one for one in api.get("/keys", headers=admin).json()}
    assert listed[prefix]["last_used_at"] == "2026-03-03T05:00:00Z"
    assert token not in str(listed)
    for _ in range(2):
        assert api.delete(f"/keys/{prefix}", headers=admin).json()["revoked_at"]
    after = api.get(f"/days/{ON}", headers=theirs)
    assert (after.status_code, after.json()["code"]) == (401, "not_allowed")
    with operation.database.sessions() as session:
        rows = str(session.execute(text("select * from api_key")).all())
        actions = session.scalars(text("select action from audit order by id")).all()
    assert token not in rows
    assert token.rpartition("_")[2] not in rows
    assert actions[-1] == "api_key_revoked"


def test_a_key_ends_at_its_time(api: TestClient, operation: Operation, clock: FakeClock) -> None:
    _, token = operation.api_keys.create("a", [Scope.READ_RUNS], by="t", expires_at=clock() + timedelta(hours=1))
    header = {"Authorization": f"Bearer {token}"}
    assert api.get(f"/days/{ON}", headers=header).status_code == 200
    clock.at += timedelta(hours=1)
    assert api.get(f"/days/{ON}", headers=header).status_code == 401
    assert api.get("/stops", headers=header).status_code == 401, "a program must notice that its key is over"


def test_where_the_settings_ask_for_a_key_nobody_books_without(api: TestClient, key: Key, operation: Operation) -> None:
    operation.settings = operation.settings.model_copy(update={"api_needs_key": True})
    assert api.post("/offers", json=enquiry()).status_code == 401
    assert api.post("/offers", json=enquiry(), headers=key(Scope.ENQUIRE)).status_code == 200
    assert api.get("/stops").status_code == 200
    assert api.post("/places/search", json={"text": "Markt"}).status_code == 200


def test_a_key_has_a_limit_and_is_told_what_is_left(api: TestClient, key: Key) -> None:
    header = key(Scope.FEEDS, per_min=2)
    left = [api.get("/stops", headers=header).headers["RateLimit-Remaining"] for _ in range(2)]
    assert left == ["1", "0"]
    refused = api.get("/stops", headers=header)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.headers["Retry-After"], refused.headers["RateLimit-Limit"]) == ("30", "2"), "one call each 30 s"
    assert api.get("/stops", headers=key(Scope.FEEDS, per_min=2)).status_code == 200, "another key is another bucket"


def test_callers_without_a_key_and_logins_have_limits_too(api: TestClient, operation: Operation) -> None:
    operation.settings = operation.settings.model_copy(update={"api_per_min": 3, "api_logins_per_min": 1})
    wrong = {"name": "nobody", "password": "wrong"}
    assert api.post("/staff/login", json=wrong).status_code == 401
    assert api.post("/staff/login", json=wrong).status_code == 429
    assert [api.get("/nowhere").status_code for _ in range(4)] == [404, 404, 404, 429]


def test_whoever_logs_in_anew_may_still_send_the_login_that_is_over(api: TestClient, operation: Operation) -> None:
    operation.save_staff("anna", "a good long password", "dispatcher")
    body = {"name": "anna", "password": "a good long password"}
    assert api.post("/staff/login", json=body, headers={"Authorization": "Bearer over"}).status_code == 200


def test_guessing_keys_is_limited(api: TestClient, operation: Operation) -> None:
    operation.settings = operation.settings.model_copy(update={"api_per_min": 2})
    guess = {"Authorization": "Bearer rn_aaaaaaaa_guess"}
    assert [api.get("/stops", headers=guess).status_code for _ in range(3)] == [401, 401, 429]


def test_a_bucket_fills_evenly_and_holds_a_minute() -> None:
    clock = [0.0]
    buckets = Buckets(lambda: clock[0])
    took = [buckets.take("a", 6).after_s for _ in range(7)]
    assert took == [0, 0, 0, 0, 0, 0, 10], "six at once, the next one sixth of a minute later"
    clock[0] = 10.0
    assert buckets.take("a", 6).after_s == 0
    assert buckets.take("a", 6).after_s == 10
    clock[0] = 1000.0
    assert buckets.take("a", 6).remaining == 5


@pytest.mark.parametrize("role", ["dispatcher", "driver", "admin"])
def test_a_login_goes_on_as_before(api: TestClient, operation: Operation, role: str) -> None:
    operation.save_staff(role, "a good long password", role)
    token = api.post("/staff/login", json={"name": role, "password": "a good long password"}).json()["token"]
    assert api.get(f"/days/{ON}", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    api.cookies.set("rufnetz_staff", token)
    assert api.get(f"/days/{ON}").status_code == 200
    api.cookies.set("rufnetz_staff", "a login that is over")
    assert api.get("/stops").status_code == 200
    assert api.get(f"/days/{ON}").status_code == 401
