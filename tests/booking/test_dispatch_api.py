"""The running day by JSON API and by the worker."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from booking.api.problems import install_problems
from booking.api.router import create_router
from booking.database import Database
from booking.model import Booking
from booking.operation import Operation
from booking.tables import OutboxRow
from booking.worker import work_once
from tests.booking.riding import WEST, ride, ride_id, times_of
from tests.tiny_network import FakeClock, local

PREFIX = "/api/v1"
ON = "2026-03-03"


@pytest.fixture
def client(operation: Operation) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(create_router(operation), prefix=PREFIX)
    install_problems(app)
    with TestClient(app, base_url=f"http://localhost{PREFIX}/") as opened:
        yield opened


@pytest.fixture
def as_role(client: TestClient, operation: Operation) -> Callable[[str], dict[str, str]]:
    def log_in(role: str) -> dict[str, str]:
        operation.save_staff(role, "a good long password", role)
        body = {"name": role, "password": "a good long password"}
        return {"Authorization": f"Bearer {client.post('staff/login', json=body).json()['token']}"}

    return log_in


@pytest.fixture
def anna(operation: Operation) -> Booking:
    return ride(operation, "brueelow-markt", "cramnitz-markt", "07:30")


def report(**changes: object) -> dict[str, Any]:
    return {"id": "e1", "kind": "boarded", "at": local("07:50").isoformat(), **changes}


def test_a_driver_reports_and_everybody_sees_what_is_expected(
    client: TestClient,
    operation: Operation,
    clock: FakeClock,
    as_role: Callable[[str], dict[str, str]],
    anna: Booking,
) -> None:
    driver, dispatcher = as_role("driver"), as_role("dispatcher")
    path = f"days/{ON}/runs/{WEST}/events"
    first = client.post(path, json=report(ride_id=ride_id(anna)), headers=driver)
    again = client.post(path, json=report(ride_id=ride_id(anna)), headers=driver)
    assert (first.json(), again.json()) == ({"is_new": True}, {"is_new": False})
    clock.at = local("07:51")
    work_once(operation, {}, threading.Event(), improve_s=0.1)
    expected = client.get(f"days/{ON}/expected", headers=dispatcher).json()
    assert [(e["action"], e["is_done"]) for e in expected] == [("pickup", True), ("dropoff", False)]
    assert expected[1]["expected_at"] == "2026-03-03T06:53:32Z"
    assert times_of(operation)[ride_id(anna), "dropoff"] == "07:53:32"
    risks = client.get(f"days/{ON}/risks", headers=dispatcher).json()
    assert [(r["kind"], r["minutes"]) for r in risks] == [("dropoff_late", 4)], "promised by 7:50"
    assert client.get(f"days/{ON}/cures", headers=dispatcher).json() == [], "she is on board"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "give its ride_id"),
        ({"kind": "position"}, "lon and lat"),
        ({"kind": "position", "lon": 11.0}, "both lon and lat"),
        ({"kind": "delay"}, "delay_min"),
        ({"kind": "asleep"}, "kind"),
        ({"at": "2026-03-03T07:50:00"}, "timezone"),
    ],
)
def test_a_report_that_says_too_little_is_told_so(
    client: TestClient, as_role: Callable[[str], dict[str, str]], changes: dict[str, Any], sentence: str
) -> None:
    response = client.post(f"days/{ON}/runs/{WEST}/events", json=report(**changes), headers=as_role("driver"))
    assert response.status_code == 422
    assert sentence in response.json()["detail"]


def test_only_dispatchers_change_the_day(
    client: TestClient, operation: Operation, as_role: Callable[[str], dict[str, str]], anna: Booking
) -> None:
    body = {"reason": "driver ill"}
    path = f"days/{ON}/runs/{WEST}/end"
    assert client.post(path, json=body).status_code == 401
    assert client.post(path, json=body, headers=as_role("driver")).status_code == 403
    ended = client.post(path, json=body, headers=as_role("dispatcher") | {"If-Match": "*"})
    assert ended.json() == {"kept": [ride_id(anna)], "later": [], "unplaced": []}
    assert operation.get_booking(anna.code).rides[0].vehicle_label == "Rufbus 2"


def test_a_degraded_mode_is_seen_by_everybody(client: TestClient, as_role: Callable[[str], dict[str, str]]) -> None:
    staff = as_role("dispatcher")
    made = client.post("degraded-modes", json={"kind": "severe_weather"}, headers=staff)
    assert made.status_code == 201
    assert [mode["kind"] for mode in client.get("degraded-modes").json()] == ["severe_weather"]
    enquiry = {
        "origin": {"stop_id": "brueelow-markt"},
        "destination": {"stop_id": "cramnitz-markt"},
        "depart_after": local("10:00").isoformat(),
    }
    refusal = client.post("offers", json=enquiry).json()["refusal"]
    assert refusal["explanation"]["reason"] == "service_suspended"
    assert "No new rides" in refusal["explanation"]["sentence"]
    assert client.delete(f"degraded-modes/{made.json()['id']}", headers=staff).status_code == 204
    assert client.get("degraded-modes").json() == []
    unknown = client.post("degraded-modes", json={"kind": "severe_weather", "area_id": "north"}, headers=staff)
    assert unknown.status_code == 404


def test_a_step_of_the_worker_that_fails_does_not_stop_the_others(
    operation: Operation,
    database: Database,
    anna: Booking,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(operation.dispatch, "follow", broken)
    with caplog.at_level(logging.ERROR):
        work_once(operation, {}, threading.Event(), improve_s=0.1)
    assert "'follow' failed" in caplog.text
    assert anna.contact.name not in caplog.text
    with database.sessions() as session:
        assert session.scalars(select(OutboxRow.attempts)).one() == 0, "looked at: without a mail server mails wait"
