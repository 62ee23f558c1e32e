"""The page that shows what a better plan would change."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from booking.database import Database
from booking.enquiry_search import Network
from booking.model import Booking
from booking.operation import Operation
from tests.booking.riding import EAST, WEST, ride, ride_id, times_of
from tests.booking.test_replan import put_into
from tests.tiny_network import FakeClock, operation_of
from tests.web.html_forms import fields
from web.app import create_app

PASSWORD = "a good long password"  # noqa: S105 - of tests
PAGE = "/staff/day/2026-03-03/replan"
ACCEPT = f"{PAGE}/accepted"


@pytest.fixture
def operation(tiny: Network, database: Database) -> Operation:
    return operation_of(tiny, database, FakeClock("2026-03-03 06:00"))


@pytest.fixture
def desk(operation: Operation) -> Iterator[TestClient]:
    operation.save_staff("anna", PASSWORD, "dispatcher")
    with TestClient(create_app(operation), headers={"Accept-Language": "de"}) as client:
        client.post("/staff/login", data={"name": "anna", "password": PASSWORD})
        yield client


@pytest.fixture
def detour(operation: Operation) -> Booking:
    booking = ride(operation, "cramnitz-markt", "altwiek-markt", "08:30")
    put_into(operation, booking, EAST)
    return booking


def test_first_what_would_change_then_it_is_so(desk: TestClient, operation: Operation, detour: Booking) -> None:
    assert "Besseren Plan suchen" in desk.get(PAGE).text
    shown = desk.post(PAGE).text
    assert detour.contact.name in shown
    assert "Zusage gehalten" in shown
    assert (ride_id(detour), "pickup") in times_of(operation, EAST)
    done = desk.post(ACCEPT, data=fields(shown, ACCEPT))
    assert "Die Touren sind geändert." in done.text
    assert (ride_id(detour), "pickup") in times_of(operation, WEST)
    assert "Touren neu geplant" in desk.get("/staff/audit").text
    assert "nichts Besseres gefunden" in desk.post(PAGE).text


@pytest.mark.usefixtures("detour")
def test_what_has_changed_since_is_shown_anew_and_nothing_chosen_is_said_so(
    desk: TestClient, operation: Operation
) -> None:
    sent = fields(desk.post(PAGE).text, ACCEPT)
    nothing = desk.post(ACCEPT, data={name: value for name, value in sent.items() if name != "group"})
    assert nothing.status_code == 422
    assert "Es war nichts ausgewählt." in nothing.text
    ride(operation, "brueelow-markt", "cramnitz-markt", "13:00")
    stale = desk.post(ACCEPT, data=sent)
    assert stale.status_code == 409
    assert "Es wurde nichts geändert" in stale.text
