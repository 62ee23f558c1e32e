"""Logging in, and who may see which staff page."""

import pytest

from tests.web.staff_fakes import PASSWORD, StaffOperation, staff_client
from web.staff import COOKIE, safe_path

DISPATCHERS = [
    "/staff/day/2026-12-01",
    "/staff/day/2026-12-01/run/früh",
    "/staff/book",
    "/staff/day/2026-12-01/runs.geojson",
]
DRIVERS = ["/staff/manifest/2026-12-01", "/staff/manifest/2026-12-01/früh"]
PLANNERS = ["/staff/planner"]


@pytest.mark.parametrize("path", DISPATCHERS + DRIVERS + PLANNERS)
def test_whoever_is_not_logged_in_is_led_to_the_login_and_from_there_back(path: str) -> None:
    with staff_client(StaffOperation(), name=None) as client:
        sent_away = client.get(path)
        assert sent_away.status_code == 303
        form = client.get(sent_away.headers["location"])
        assert form.status_code == 200
        assert "Erika" not in form.text
        wanted = form.text.split('name="next" value="')[1].split('"')[0]
        back = client.post("/staff/login", data={"name": "Leitstelle Eins", "password": PASSWORD, "next": wanted})
        assert back.status_code == 303
        assert client.get(back.headers["location"]).status_code == 200


def test_a_form_sent_without_a_login_leads_to_the_start_after_it() -> None:
    with staff_client(StaffOperation(), name=None) as client:
        answer = client.post("/staff/cancel/confirmed", data={"code": "x", "on": "2026-12-01", "shift_id": "früh"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/staff/login?next=/staff")


@pytest.mark.parametrize(("name", "password"), [("Leitstelle Eins", "falsch"), ("Niemand", PASSWORD), ("", "")])
def test_a_wrong_name_or_password_gives_the_same_sentence_and_no_cookie(name: str, password: str) -> None:
    with staff_client(StaffOperation(), name=None) as client:
        answer = client.post("/staff/login", data={"name": name, "password": password, "next": "/staff/planner"})
        assert answer.status_code == 401
        assert answer.text.count("Name oder Passwort stimmt nicht.") == 2  # above the form and beside the field
        assert 'name="next" value="/staff/planner"' in answer.text
        assert COOKIE not in client.cookies


def test_the_cookie_is_for_staff_pages_only_and_no_script_reads_it() -> None:
    with staff_client(StaffOperation(), name=None) as client:
        answer = client.post("/staff/login", data={"name": "Leitstelle Eins", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=lax", "Path=/staff", "Max-Age=72000"} <= set(cookie.split("; "))
        assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure() -> None:
    with staff_client(StaffOperation(), name=None) as client:
        client.base_url = "https://testserver"
        answer = client.post("/staff/login", data={"name": "Leitstelle Eins", "password": PASSWORD})
        assert "Secure" in answer.headers["set-cookie"]


def test_logging_out_ends_the_login_for_every_browser_that_has_its_cookie() -> None:
    operation = StaffOperation()
    with staff_client(operation) as client:
        token = client.cookies[COOKIE]
        assert client.post("/staff/logout").headers["location"] == "/staff/login"
        client.cookies.set(COOKIE, token)
        assert client.get("/staff/day/2026-12-01").status_code == 303


@pytest.mark.parametrize(
    ("name", "start", "allowed", "forbidden"),
    [
        ("Leitstelle Eins", "/staff/day", DISPATCHERS + DRIVERS + PLANNERS, []),
        ("Verwaltung Vier", "/staff/day", DISPATCHERS + DRIVERS + PLANNERS, []),
        ("Fahrer Zwei", "/staff/manifest", DRIVERS, DISPATCHERS + PLANNERS),
        ("Planung Drei", "/staff/planner", PLANNERS, DISPATCHERS + DRIVERS),
    ],
)
def test_each_role_sees_its_own_pages(name: str, start: str, allowed: list[str], forbidden: list[str]) -> None:
    with staff_client(StaffOperation(), name) as client:
        assert client.get("/staff").headers["location"] == start
        assert {client.get(path).status_code for path in allowed} == {200}
        for path in forbidden:
            answer = client.get(path)
            assert answer.status_code == 403
            assert "nicht für Ihr Konto" in answer.text
            assert "Erika" not in answer.text


@pytest.mark.parametrize("path", DISPATCHERS + DRIVERS)
def test_no_page_with_names_is_kept_in_a_cache(path: str) -> None:
    with staff_client(StaffOperation()) as client:
        assert client.get(path).headers["cache-control"] == "no-store"


def test_staff_pages_come_in_english_for_whoever_prefers_it() -> None:
    with staff_client(StaffOperation(), name=None) as client:
        assert "Log in" in client.get("/staff/login", headers={"Accept-Language": "en"}).text
        assert "Anmelden" in client.get("/staff/login", headers={"Accept-Language": "uk"}).text


@pytest.mark.parametrize(
    "path",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/staff/",
        "/staffelsewhere",
        "/de/",
        "/staff/\\elsewhere",
        "/staff/\nday",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_login_never_leads_to_another_place(path: str) -> None:
    assert safe_path(path) == ""


@pytest.mark.parametrize("path", ["/staff", "/staff/day/2026-12-01", "/staff/manifest/2026-12-01/früh"])
def test_a_login_leads_to_the_page_that_was_wanted(path: str) -> None:
    assert safe_path(path) == path
