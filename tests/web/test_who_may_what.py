"""Every address of the service, called by everybody: who is let in stands in this table, and nowhere is anybody else.

A new route fails here until somebody has decided who may call it.
"""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from booking.api.app import API_PATH, create_api
from booking.database import Database
from booking.enquiry_search import Network
from booking.operation import Operation
from booking.staff import Role
from tests.tiny_network import FakeClock, operation_of
from web import dispatcher_live
from web.app import create_app

PASSWORD = "a good long password"  # noqa: S105 - of tests
DESK, DRIVES, PLANS = {Role.DISPATCHER, Role.ADMIN}, {Role.DISPATCHER, Role.ADMIN, Role.DRIVER}, {*Role} - {Role.DRIVER}
ALL = {*Role}

PAGES: dict[str, set[Role]] = {
    "get /staff": ALL,
    "get /staff/": ALL,
    "get /staff/day": DESK,
    "get /staff/day/{on}": DESK,
    "get /staff/day/{on}/run/{shift_id}": DESK,
    "get /staff/day/{on}/runs.geojson": DESK,
    "get /staff/day/{on}/ride/{ride}": DESK,
    "post /staff/day/{on}/ride/{ride}/move": DESK,
    "post /staff/day/{on}/ride/{ride}/lock": DESK,
    "get /staff/search": DESK,
    "post /staff/search": DESK,
    "post /staff/cancel": DESK,
    "post /staff/cancel/confirmed": DESK,
    "get /staff/day/{on}/alerts": DESK,
    "post /staff/day/{on}/alerts/cure": DESK,
    "post /staff/day/{on}/alerts/told": DESK,
    "post /staff/day/{on}/alerts/retry": DESK,
    "get /staff/day/{on}/live": DESK,
    "get /staff/day/{on}/replan": DESK,
    "post /staff/day/{on}/replan": DESK,
    "post /staff/day/{on}/replan/accepted": DESK,
    "get /staff/day/{on}/run/{shift_id}/end": DESK,
    "post /staff/day/{on}/run/{shift_id}/end": DESK,
    "post /staff/day/{on}/run/{shift_id}/end/confirmed": DESK,
    "get /staff/audit": DESK,
    "post /staff/audit": DESK,
    "get /staff/book": DESK,
    "post /staff/book": DESK,
    "post /staff/book/offers": DESK,
    "post /staff/book/caller": DESK,
    "post /staff/book/known": DESK,
    "post /staff/book/confirmed": DESK,
    "get /staff/manifest": DRIVES,
    "get /staff/manifest/{on}": DRIVES,
    "get /staff/manifest/{on}/{shift_id}": DRIVES,
    "post /staff/manifest/{on}/{shift_id}/reports": DRIVES,
    "get /staff/account": ALL,
    "post /staff/account/password": ALL,
    "post /staff/account/second-factor": ALL,
    "post /staff/account/second-factor/on": ALL,
    "post /staff/account/second-factor/off": ALL,
    "post /staff/account/elsewhere": ALL,
    "get /staff/planner": PLANS,
    "get /staff/planner/{name}": PLANS,
    "get /staff/planner/{name}/page": PLANS,
    "get /staff/planner/{name}/file": PLANS,
}
API: dict[str, set[Role]] = {
    "get /days/{on}": DRIVES,
    "get /days/{on}/runs/{shift_id}": DRIVES,
    "get /days/{on}/expected": DRIVES,
    "get /days/{on}/risks": DRIVES,
    "get /days/{on}/cures": DRIVES,
    "get /days/{on}/connections": DRIVES,
    "post /days/{on}/runs/{shift_id}/events": DRIVES,
    "post /staff/no-shows": DRIVES,
    "post /staff/no-shows/standing": DESK,
    "get /days/{on}/rides/{ride_id}/placements": DESK,
    "post /days/{on}/rides/{ride_id}/move": DESK,
    "post /days/{on}/rides/{ride_id}/lock": DESK,
    "post /days/{on}/runs/{shift_id}/lock": DESK,
    "post /days/{on}/runs/{shift_id}/end": DESK,
    "post /days/{on}/cures/apply": DESK,
    "post /degraded-modes": DESK,
    "delete /degraded-modes/{mode_id}": DESK,
    "get /days/{on}/bookings": DESK,
    "post /bookings/import": DESK,
    "get /staff/notices": DESK,
    "post /staff/notices/retry": DESK,
    "post /staff/notices/{notice_id}/told": DESK,
    "get /tables/{table}": PLANS,
    "post /tables/{table}/import": {Role.ADMIN},
    "get /keys": {Role.ADMIN},
    "post /keys": {Role.ADMIN},
    "delete /keys/{prefix}": {Role.ADMIN},
}
"""What is not for everybody."""
OPEN_PAGES = {
    "get /staff/login",
    "post /staff/login",
    "post /staff/login/code",
    "post /staff/logout",
    "get /staff/manifest-worker.js",
    "get /staff/manifest-offline",
    "get /staff/manifest.webmanifest",
}
"""Staff pages that say nothing of anybody."""
OPEN_CALLS = {
    *("get /service", "get /stops", "get /privacy", "get /problems", "get /problems/{code}", "get /degraded-modes"),
    *("post /places/search", "post /offers", "post /staff/login"),
    *("post /bookings", "post /bookings/find", "post /bookings/cancel", "post /bookings/connections"),
    *("post /bookings/change", "post /bookings/change/offers"),
    *("post /returns", "post /returns/offers", "post /returns/back", "post /groups", "post /groups/offers"),
    *(f"post /series{act}" for act in ("", "/find", "/skip", "/suspend", "/resume", "/end", "/change")),
    *(f"post /waiting{act}" for act in ("", "/find", "/accept", "/withdraw")),
    *("post /privacy/export", "post /privacy/delete"),
}
"""What everybody may call: a code, or a code and the contact, says which booking."""
SAMPLES = {
    "on": "2026-03-03",
    "shift_id": "west-early",
    "ride": "x.0",
    "ride_id": "x.0",
    "mode_id": "1",
    "prefix": "abcd2345",
    "table": "stops",
    "notice_id": "1",
    "name": "report",
}


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of events ends after its first event."""
    monkeypatch.setattr(dispatcher_live, "LASTS_S", 0.0)


def list_routes(paths: dict[str, dict[str, object]]) -> set[str]:
    return {f"{method} {path}" for path, methods in paths.items() for method in methods}


@pytest.fixture
def operation(tiny: Network, database: Database) -> Operation:
    return operation_of(tiny, database, FakeClock("2026-03-03 06:00"))


@pytest.fixture
def clients(operation: Operation) -> Iterator[dict[Role | None, tuple[TestClient, str]]]:
    """A browser and a program for each role, and for somebody who is not logged in."""
    app = create_app(operation)
    found: dict[Role | None, tuple[TestClient, str]] = {}
    for role in (None, *Role):
        client = TestClient(app, follow_redirects=False, headers={"Accept-Language": "de"})
        token = ""
        if role is not None:
            operation.save_staff(role.value, PASSWORD, role.value)
            login = {"name": role.value, "password": PASSWORD}
            token = client.post(f"{API_PATH}/staff/login", json=login).json()["token"]
            assert client.post("/staff/login", data=login).status_code == 303
        found[role] = (client, token)
    yield found
    for client, _ in found.values():
        client.close()


def is_let_in(clients: dict[Role | None, tuple[TestClient, str]], role: Role | None, route: str, prefix: str) -> bool:
    """Whether a role gets further than the gate."""
    client, token = clients[role]
    method, path = route.split(" ")
    address = prefix + re.sub(r"\{(\w+)\}", lambda name: SAMPLES[name[1]], path)
    if prefix:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = client.request(method.upper(), address, headers=headers, json={} if method == "post" else None)
    else:
        answer = client.request(method.upper(), address)
    assert answer.status_code < 500
    to_login = answer.status_code == 303 and answer.headers["location"].startswith("/staff/login")
    return not to_login and answer.status_code not in {401, 403}


def test_every_page_of_the_staff_lets_in_whom_it_should(
    operation: Operation, clients: dict[Role | None, tuple[TestClient, str]]
) -> None:
    routes = {route for route in list_routes(create_app(operation).openapi()["paths"]) if " /staff" in route}
    assert routes == PAGES.keys() | OPEN_PAGES, "decide who may see a new page, and forget those that are gone"
    wrong = [
        (route, role)
        for route, roles in PAGES.items()
        for role in clients
        if is_let_in(clients, role, route, "") != (role in roles)
    ]
    assert wrong == []


def test_every_call_of_the_api_lets_in_whom_it_should(
    operation: Operation, clients: dict[Role | None, tuple[TestClient, str]]
) -> None:
    routes = list_routes(create_api(operation).openapi()["paths"])
    assert routes == API.keys() | OPEN_CALLS, "decide who may use a new call, and forget those that are gone"
    wrong = [
        (route, role)
        for route, roles in API.items()
        for role in clients
        if is_let_in(clients, role, route, API_PATH) != (role in roles)
    ]
    assert wrong == []
