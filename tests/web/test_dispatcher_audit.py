"""Who decided what and when can be looked up: by day, by kind, for one booking."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from booking import audit_trail
from booking.database import Database
from booking.enquiry_search import Network
from booking.operation import Operation
from tests.booking.riding import ERIKA, ride
from tests.tiny_network import FakeClock, operation_of
from web import dispatcher_audit
from web.app import create_app

PASSWORD = "a good long password"  # noqa: S105 - of tests


@pytest.fixture
def operation(tiny: Network, database: Database) -> Operation:
    return operation_of(tiny, database, FakeClock("2026-03-03 06:00"))


@pytest.fixture
def desk(operation: Operation) -> Iterator[TestClient]:
    operation.save_staff("anna", PASSWORD, "dispatcher")
    with TestClient(create_app(operation), headers={"Accept-Language": "de"}) as client:
        client.post("/staff/login", data={"name": "anna", "password": PASSWORD})
        yield client


def rows(page: str) -> list[str]:
    """The lines of the table."""
    return page.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0].split("</tr>")[:-1] if "<tbody>" in page else []


def test_what_was_decided_stands_there_with_who_and_for_which_day(desk: TestClient, operation: Operation) -> None:
    booking = ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")
    operation.cancel(booking.code, actor="staff anna")
    page = desk.get("/staff/audit").text
    cancelled, confirmed, login = rows(page)
    for said in ("staff anna", "storniert", booking.code, "/staff/day/2026-03-03"):
        assert said in cancelled
    assert "gebucht" in confirmed
    assert "angemeldet" in login
    assert ERIKA.name not in page


def test_it_is_found_by_day_kind_and_whether_people_did_it(desk: TestClient, operation: Operation) -> None:
    ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")
    assert len(rows(desk.get("/staff/audit", params={"about": "2026-03-03"}).text)) == 1
    assert rows(desk.get("/staff/audit", params={"about": "2026-03-04"}).text) == []
    assert len(rows(desk.get("/staff/audit", params={"action": "login"}).text)) == 1
    assert len(rows(desk.get("/staff/audit", params={"people": "true"}).text)) == 2
    assert "Dazu steht nichts" in desk.get("/staff/audit", params={"action": "<b>"}).text
    assert len(rows(desk.get("/staff/audit", params={"about": "soon"}).text)) == 2


def test_one_booking_is_found_by_its_code_which_stands_in_no_address(desk: TestClient, operation: Operation) -> None:
    first = ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")
    ride(operation, "brueelow-markt", "cramnitz-markt", "13:00")
    page = desk.post("/staff/audit", data={"code": first.code.lower()})
    assert len(rows(page.text)) == 1
    assert first.code not in str(page.url)
    assert rows(desk.post("/staff/audit", data={"code": "0000-0000"}).text) == []


def test_older_entries_are_on_the_next_page(
    desk: TestClient, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (audit_trail, dispatcher_audit):
        monkeypatch.setattr(module, "PAGE", 2)
    for at in ("10:00", "13:00"):
        ride(operation, "brueelow-markt", "cramnitz-markt", at)
    first = desk.get("/staff/audit").text
    assert len(rows(first)) == 2
    older = first.split('href="/staff/audit?about')[1].split('"')[0].replace("&amp;", "&")
    second = desk.get(f"/staff/audit?about{older}").text
    assert len(rows(second)) == 1
    assert "angemeldet" in rows(second)[0]
