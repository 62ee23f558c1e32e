"""Moving a ride on the staff pages, over the real service."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from booking.database import Database
from booking.enquiry_search import Network
from booking.model import Booking
from booking.operation import Operation
from tests.booking.riding import EAST, WEST, ride, ride_id
from tests.tiny_network import FakeClock, local, operation_of
from web.app import create_app

ON = local("12:00").date()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2026-03-03 06:00")


@pytest.fixture
def operation(tiny: Network, database: Database, clock: FakeClock) -> Operation:
    return operation_of(tiny, database, clock)


@pytest.fixture
def anna(operation: Operation) -> Booking:
    return ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")


@pytest.fixture
def desk(operation: Operation) -> Iterator[TestClient]:
    operation.save_staff("Leitstelle", "ein langes Passwort", "dispatcher")
    with TestClient(create_app(operation), headers={"Accept-Language": "de"}) as client:
        client.post("/staff/login", data={"name": "Leitstelle", "password": "ein langes Passwort"})
        yield client


def path_of(booking: Booking) -> str:
    return f"/staff/day/{ON}/ride/{ride_id(booking)}"


def sent_to(page: str, shift: str) -> dict[str, str]:
    """What the button sends that moves the ride into a run."""
    forms = re.findall(r'<form action="[^"]*/move" method="post">(.*?)</form>', page, re.DOTALL)
    found = [dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) for form in forms]
    return next(fields for fields in found if fields["shift_id"] == shift)


def run_of(operation: Operation) -> list[str]:
    return [run.shift_id for run in operation.day_view(ON).runs if any(v.riders for v in run.visits)]


def test_a_ride_is_moved_from_its_run_s_page_and_stays(desk: TestClient, operation: Operation, anna: Booking) -> None:
    run = desk.get(f"/staff/day/{ON}/run/{WEST}").text
    assert f'href="{path_of(anna)}"' in run
    page = desk.get(path_of(anna)).text
    assert "hier ist die Fahrt jetzt" in page
    assert "Die Fahrt darf in ein anderes Fahrzeug kommen" in page
    moved = desk.post(f"{path_of(anna)}/move", data=sent_to(page, EAST))
    assert moved.status_code == 200
    assert "Die Fahrt bleibt in diesem Fahrzeug" in moved.text
    assert run_of(operation) == [EAST]
    freed = desk.post(f"{path_of(anna)}/lock", data={"is_locked": "false"})
    assert "Die Fahrt darf in ein anderes Fahrzeug kommen" in freed.text


def test_what_was_seen_is_what_is_changed(desk: TestClient, operation: Operation, anna: Booking) -> None:
    page = desk.get(path_of(anna)).text
    ride(operation, "doessin-markt", "eldehof-siedlung", "12:00")  # somebody books meanwhile
    answer = desk.post(f"{path_of(anna)}/move", data=sent_to(page, EAST))
    assert answer.status_code == 409
    assert "Der Tag wurde inzwischen geändert." in answer.text
    assert WEST in run_of(operation)
    again = desk.post(f"{path_of(anna)}/move", data=sent_to(answer.text, EAST))
    assert again.status_code == 200
    assert "Die Fahrt bleibt in diesem Fahrzeug" in again.text


def test_what_has_begun_is_only_shown(desk: TestClient, clock: FakeClock, anna: Booking) -> None:
    clock.at = local("10:01")
    page = desk.get(path_of(anna)).text
    assert "Diese Fahrt kann nicht mehr verlegt werden" in page
    assert "/move" not in page


def test_a_ride_that_is_not_there_is_a_page_that_says_so(desk: TestClient, operation: Operation) -> None:
    assert operation
    assert desk.get(f"/staff/day/{ON}/ride/nobody").status_code == 404


def test_only_dispatchers_move(operation: Operation, anna: Booking) -> None:
    operation.save_staff("Fahrerin", "ein langes Passwort", "driver")
    with TestClient(create_app(operation), headers={"Accept-Language": "de"}) as client:
        client.post("/staff/login", data={"name": "Fahrerin", "password": "ein langes Passwort"})
        assert client.get(path_of(anna)).status_code == 403
        assert client.post(f"{path_of(anna)}/move", data={"shift_id": EAST, "version": 1}).status_code == 403
    assert run_of(operation) == [WEST]
