"""The page on which a dispatcher finds a booking."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from booking.database import Database
from booking.enquiry_search import Network
from booking.operation import Operation
from tests.booking.riding import ride, ride_id
from tests.tiny_network import FakeClock, operation_of
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


def test_what_is_found_leads_to_what_can_be_done(desk: TestClient, operation: Operation) -> None:
    mine = ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")
    page = desk.post("/staff/search", data={"text": "Erika"}).text
    assert "1 Buchung<" in page
    assert mine.code in page
    for path in ("/staff/day/2026-03-03/run/west-early", f"/staff/day/2026-03-03/ride/{ride_id(mine)}"):
        assert f'href="{path}"' in page
        assert desk.get(path).status_code == 200
    asked = desk.post("/staff/cancel", data={"code": mine.code, "on": "2026-03-03", "shift_id": "west-early"})
    assert "Diese Buchung stornieren?" in asked.text
    operation.cancel(mine.code)
    again = desk.post("/staff/search", data={"text": mine.code}).text
    assert "storniert" in again
    assert "Verlegen" not in again


def test_nothing_found_is_said_so_and_what_was_typed_stays(desk: TestClient) -> None:
    page = desk.post("/staff/search", data={"text": '"><b>Nobody'}).text
    assert "0 Buchungen" in page
    assert 'value="&#34;&gt;&lt;b&gt;Nobody"' in page
    assert "Buchungen<" not in desk.get("/staff/search").text
