"""One's own account in the browser: two steps of the login, a new password, logins elsewhere."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from fastapi.testclient import TestClient

from booking.database import Database
from booking.enquiry_search import Network
from booking.operation import Operation
from tests.tiny_network import FakeClock, operation_of
from web.app import create_app
from web.staff import COOKIE

PASSWORD = "a good long password"  # noqa: S105 - of tests
LOGIN = {"name": "anna", "password": PASSWORD}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2026-03-03 06:00")


@pytest.fixture
def operation(tiny: Network, database: Database, clock: FakeClock) -> Operation:
    operation = operation_of(tiny, database, clock)
    operation.save_staff("anna", PASSWORD, "dispatcher")
    return operation


@pytest.fixture
def browser(operation: Operation) -> Iterator[TestClient]:
    """Not logged in yet."""
    with TestClient(create_app(operation), follow_redirects=False, headers={"Accept-Language": "de"}) as client:
        yield client


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def set_up(browser: TestClient, clock: FakeClock) -> tuple[pyotp.TOTP, list[str]]:
    """Switch the second step on, as the pages lead to it; gives what the telephone has, and the recovery codes."""
    assert browser.post("/staff/login", data=LOGIN).status_code == 303
    page = browser.post("/staff/account/second-factor").text
    assert "<svg" in page
    totp = pyotp.TOTP(field(page, "secret"))
    wrong = browser.post("/staff/account/second-factor/on", data={"secret": totp.secret, "code": "000000"})
    assert wrong.status_code == 422
    assert field(wrong.text, "secret") == totp.secret, "the picture that was scanned stays"
    done = browser.post("/staff/account/second-factor/on", data={"secret": totp.secret, "code": totp.at(clock.at)})
    codes = re.findall(r"<li><bdi dir=\"ltr\">([0-9A-Z-]{14})</bdi></li>", done.text)
    assert len(codes) == 8
    assert codes[0] not in browser.get("/staff/account").text, "shown once"
    return totp, codes


def test_the_second_step_is_set_up_used_and_switched_off(browser: TestClient, clock: FakeClock) -> None:
    totp, codes = set_up(browser, clock)
    browser.post("/staff/logout")
    asked = browser.post("/staff/login", data={**LOGIN, "next": "/staff/book"})
    assert asked.status_code == 200
    assert COOKIE not in browser.cookies
    half = field(asked.text, "half")
    wrong = browser.post("/staff/login/code", data={"half": half, "code": "123456", "next": "/staff/book"})
    assert (wrong.status_code, COOKIE in browser.cookies) == (401, False)
    given = {"half": field(wrong.text, "half"), "code": codes[0], "next": field(wrong.text, "next")}
    right = browser.post("/staff/login/code", data=given)
    assert (right.status_code, right.headers["location"]) == (303, "/staff/book")
    assert "Übrige Notfall-Codes: 7" in browser.get("/staff/account").text
    assert browser.post("/staff/account/second-factor/off", data={"off_code": "000000"}).status_code == 422
    off = browser.post("/staff/account/second-factor/off", data={"off_code": totp.at(clock.at + timedelta(seconds=30))})
    assert "Der zweite Schritt ist ausgeschaltet." in off.text
    browser.post("/staff/logout")
    assert browser.post("/staff/login", data=LOGIN).status_code == 303


def test_whoever_guesses_is_told_to_wait(browser: TestClient) -> None:
    for _ in range(5):
        assert browser.post("/staff/login", data={**LOGIN, "password": "guessed"}).status_code == 401
    answer = browser.post("/staff/login", data=LOGIN)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "16")
    assert "Zu viele falsche Versuche." in answer.text
    assert COOKIE not in browser.cookies
    told = browser.post("/api/v1/staff/login", json=LOGIN)
    assert (told.status_code, told.json()["code"]) == (429, "too_many_requests")


def test_a_new_password_ends_other_logins(browser: TestClient, operation: Operation) -> None:
    browser.post("/staff/login", data=LOGIN)
    other = operation.log_in("anna", PASSWORD)
    assert other is not None
    change = "/staff/account/password"
    assert (
        "nicht Ihr jetziges Passwort" in browser.post(change, data={"old": "wrong", "new": "Tasse Wolke Garten"}).text
    )
    assert "zu leicht zu erraten" in browser.post(change, data={"old": PASSWORD, "new": "anna"}).text
    assert operation.find_staff(other) is not None
    assert (
        "Das Passwort ist geändert." in browser.post(change, data={"old": PASSWORD, "new": "Tasse Wolke Garten"}).text
    )
    assert operation.find_staff(other) is None
    assert browser.get("/staff/account").status_code == 200


def test_all_others_are_logged_out(browser: TestClient, operation: Operation) -> None:
    browser.post("/staff/login", data=LOGIN)
    other = operation.log_in("anna", PASSWORD)
    assert other is not None
    assert "angemeldet sind: 2" in browser.get("/staff/account").text
    assert "angemeldet sind: 1" in browser.post("/staff/account/elsewhere").text
    assert operation.find_staff(other) is None


def test_by_api_the_code_comes_with_the_password(browser: TestClient, clock: FakeClock) -> None:
    totp, _ = set_up(browser, clock)
    clock.at = clock.at.replace(minute=5)
    asked = browser.post("/api/v1/staff/login", json=LOGIN)
    assert (asked.status_code, asked.json()["code"]) == (401, "not_allowed")
    assert "second factor" in asked.json()["detail"]
    assert browser.post("/api/v1/staff/login", json={**LOGIN, "code": totp.at(clock.at)}).status_code == 200
