"""Idempotency keys: a write is done once, whatever becomes of its answer."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import func, select

from booking.api_tables import IdempotencyRow
from booking.database import Database
from booking.errors import KeyInProgressError
from booking.idempotency import KEPT, LEASE, Attempt, IdempotencyKeys
from booking.operation import Operation
from booking.operations_tables import DegradedModeRow
from booking.tables import AuditRow, BookingRow
from booking.waiting_tables import WaitingRow
from tests.booking.kinds import fill
from tests.tiny_network import FakeClock, local

Key = Callable[..., dict[str, str]]
KEY = {"Idempotency-Key": "desk-4711"}


def enquiry(at: str = "10:00", **changes: object) -> dict[str, Any]:
    stops = {"origin": {"stop_id": "brueelow-markt"}, "destination": {"stop_id": "cramnitz-markt"}}
    return {**stops, "depart_after": local(at).isoformat(), **changes}


def order(api: TestClient, at: str = "10:00") -> dict[str, Any]:
    offers = api.post("/offers", json=enquiry(at)).json()["offers"]
    return {"token": offers[0]["token"], "name": "Erika Beispiel", "allow_duplicate": True}


def wish(at: str = "10:00") -> dict[str, Any]:
    return {"enquiry": enquiry(at, party={"persons": 4}), "name": "Erika Beispiel", "phone": "0152 28817386"}


def count(database: Database, table: type) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def is_problem(response: Response, status: int, code: str) -> bool:
    return (response.status_code, response.json()["code"]) == (status, code)


def test_the_same_call_twice_gives_the_first_answer_and_one_booking(api: TestClient, database: Database) -> None:
    body = order(api)
    first, again = (api.post("/bookings", json=body, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (again.headers["content-type"], again.headers["Idempotent-Replayed"]) == ("application/json", "true")
    assert "Idempotent-Replayed" not in first.headers
    assert count(database, BookingRow) == 1


def test_the_kept_answer_stays_the_first_even_when_things_have_changed(api: TestClient) -> None:
    booked = api.post("/bookings", json=order(api), headers=KEY).json()
    body = {"code": booked["code"]}
    cancelled = api.post("/bookings/cancel", json=body, headers={"Idempotency-Key": "c"})
    again = api.post("/bookings/cancel", json=body, headers={"Idempotency-Key": "c"})
    assert again.json() == cancelled.json()


def test_a_write_that_is_not_the_same_twice_is_done_once(api: TestClient, key: Key, database: Database) -> None:
    admin, mode = key(), {"kind": "severe_weather"}
    first, again = (api.post("/degraded-modes", json=mode, headers=KEY | admin) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert count(database, DegradedModeRow) == 1
    api.post("/degraded-modes", json=mode, headers=admin)
    assert count(database, DegradedModeRow) == 2, "without a key it is another one"


def test_a_key_belongs_to_one_call_of_one_caller(api: TestClient, key: Key) -> None:
    body = order(api)
    api.post("/bookings", json=body, headers=KEY)
    assert is_problem(api.post("/bookings", json={**body, "name": "Otto"}, headers=KEY), 422, "key_reused")
    assert is_problem(api.post("/bookings/cancel", json={"code": "7KQM-2X9C"}, headers=KEY), 422, "key_reused")
    other = api.post("/bookings", json={**body, "name": "Otto"}, headers=KEY | key())
    assert other.status_code == 201, "another caller's key is another key"
    assert is_problem(api.post("/bookings", json=body, headers={"Idempotency-Key": "a b"}), 422, "invalid_input")


def test_a_fault_keeps_nothing_so_the_key_can_be_used_again(api: TestClient, database: Database) -> None:
    assert is_problem(api.post("/bookings/cancel", json={"code": "7KQM-2X9C"}, headers=KEY), 404, "booking_not_found")
    assert is_problem(api.post("/bookings/cancel", json={}, headers=KEY), 422, "invalid_input")
    assert count(database, IdempotencyRow) == 0


def test_of_two_calls_at_once_one_is_done_and_the_other_told_to_wait(
    api: TestClient, operation: Operation, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(operation, "10:00")
    is_inside, may_go_on = threading.Event(), threading.Event()
    join = operation.waiting_list.join

    def slow(*args: Any, **kwargs: Any) -> object:  # noqa: ANN401 - passed on
        is_inside.set()
        assert may_go_on.wait(20)
        return join(*args, **kwargs)

    monkeypatch.setattr(operation.waiting_list, "join", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(api.post, "/waiting", json=wish(), headers=KEY)
        assert is_inside.wait(20)
        second = api.post("/waiting", json=wish(), headers=KEY)
        may_go_on.set()
        assert first.result().status_code == 201
    assert is_problem(second, 409, "key_in_progress")
    assert int(second.headers["Retry-After"]) > 0
    assert api.post("/waiting", json=wish(), headers=KEY).json() == first.result().json()
    assert count(database, WaitingRow) == 1


def test_many_calls_at_once_write_once(api: TestClient, operation: Operation, database: Database) -> None:
    fill(operation, "10:00")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post("/waiting", json=wish(), headers=KEY), range(16)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.text for answer in answers if answer.status_code == 201}) == 1
    assert count(database, WaitingRow) == 1


def cut(*_: object, **__: object) -> None:
    """As if the process ended here."""
    raise RuntimeError


def cut_before_the_answer_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IdempotencyKeys, "keep", cut)


def crash(api: TestClient, path: str, body: dict[str, Any]) -> None:
    assert api.post(path, json=body, headers=KEY).status_code == 500


def test_after_a_crash_between_write_and_answer_nothing_is_written_twice(
    api: TestClient, operation: Operation, database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(operation, "10:00")
    with monkeypatch.context() as patch:
        cut_before_the_answer_is_kept(patch)
        crash(api, "/waiting", wish())
    assert count(database, WaitingRow) == 1
    assert is_problem(api.post("/waiting", json=wish(), headers=KEY), 409, "key_in_progress")
    clock.at += LEASE
    assert is_problem(api.post("/waiting", json=wish(), headers=KEY), 409, "answer_lost")
    assert count(database, WaitingRow) == 1


def test_after_a_crash_a_confirmation_gives_the_booking_there_is(
    api: TestClient, database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = order(api)
    with monkeypatch.context() as patch:
        cut_before_the_answer_is_kept(patch)
        crash(api, "/bookings", body)
    clock.at += LEASE
    again = api.post("/bookings", json=body, headers=KEY)
    assert again.status_code == 201
    with database.sessions() as session:
        assert session.scalars(select(BookingRow.code)).all() == [again.json()["code"]]


def test_after_a_crash_before_the_write_it_is_done_now(
    api: TestClient, operation: Operation, database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(operation, "10:00")

    with monkeypatch.context() as patch:
        patch.setattr(operation.waiting_list, "join", cut)
        patch.setattr(IdempotencyKeys, "release", lambda *_: None)  # a dead process tidies nothing up
        crash(api, "/waiting", wish())
    clock.at += LEASE
    assert api.post("/waiting", json=wish(), headers=KEY).status_code == 201
    assert count(database, WaitingRow) == 1


def test_an_attempt_that_was_taken_for_dead_cannot_commit(operation: Operation, clock: FakeClock) -> None:
    keys, sessions = operation.idempotency, operation.database.sessions
    call = keys.call("anonymous", "k", "POST", "/x?", b"{}")
    dead = keys.begin(call, is_repeatable=False)
    clock.at += LEASE
    alive = keys.begin(call, is_repeatable=False)
    assert isinstance(dead, Attempt)
    assert isinstance(alive, Attempt)

    def write() -> None:
        with sessions.begin() as session:
            session.add(AuditRow(actor="test", action="test", details={}))

    with keys.under(dead), pytest.raises(KeyInProgressError):
        write()
    with keys.under(alive):
        write()
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.actor == "test")) == 1
        assert session.scalars(select(IdempotencyRow.state)).all() == ["written"]


def test_answers_are_kept_for_a_day_and_hold_no_key_and_no_name(
    api: TestClient, operation: Operation, database: Database, clock: FakeClock
) -> None:
    api.post("/bookings", json=order(api), headers=KEY)
    with database.sessions() as session:
        row = session.scalars(select(IdempotencyRow)).one()
    assert (row.state, row.status, row.caller) == ("answered", 201, "anonymous")
    kept = f"{row.key_hash}{row.call_hash}{row.headers}{row.body}"
    assert "desk-4711" not in kept
    assert "Erika" not in kept
    clock.at += KEPT - timedelta(seconds=1)
    assert operation.idempotency.forget() == 0
    clock.at += timedelta(seconds=1)
    assert operation.idempotency.forget() == 1
