"""A shift that ends before its time: looked at first, then done, and who has to be called stands on top."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from booking.database import Database
from booking.enquiry_search import Network
from booking.model import Booking
from booking.operation import Operation
from tests.booking.riding import EAST, WEST, ride, ride_id, times_of
from tests.tiny_network import FakeClock, operation_of
from tests.web.html_forms import fields
from web.app import create_app

PASSWORD = "a good long password"  # noqa: S105 - of tests
END = "/staff/day/2026-03-03/run/west-early/end"
CONFIRMED = f"{END}/confirmed"


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
def booked(operation: Operation) -> Booking:
    return ride(operation, "cramnitz-markt", "altwiek-markt", "08:30")


def test_first_it_is_shown_who_would_go_where_and_nothing_changes(
    desk: TestClient, operation: Operation, booked: Booking
) -> None:
    before = times_of(operation)
    assert (ride_id(booked), "pickup") in before
    shown = desk.post(END, data=fields(desk.get(END).text, END)).text
    assert "Tour so beenden?" in shown
    assert booked.contact.name in shown
    assert "Rufbus 2" in shown
    assert times_of(operation) == before


def test_then_the_riders_are_in_another_vehicle_and_the_page_says_so(
    desk: TestClient, operation: Operation, booked: Booking
) -> None:
    shown = desk.post(END, data=fields(desk.get(END).text, END)).text
    done = desk.post(CONFIRMED, data=fields(shown, CONFIRMED)).text
    assert "Die Tour ist beendet" in done
    assert "Rufbus 2" in done
    assert (ride_id(booked), "pickup") in times_of(operation, EAST)
    assert times_of(operation, WEST) == {}


def test_whoever_nobody_can_take_is_shown_to_be_called(desk: TestClient, operation: Operation) -> None:
    booking = ride(operation, "cramnitz-markt", "altwiek-markt", "08:30")
    for shift in (f"/staff/day/2026-03-03/run/{EAST}/end", END):
        shown = desk.post(shift, data=fields(desk.get(shift).text, shift)).text
        done = desk.post(f"{shift}/confirmed", data=fields(shown, f"{shift}/confirmed")).text
    assert "bitte anrufen" in done
    assert f'href="tel:{booking.contact.phone.replace(" ", "")}"' in done
    assert "hat kein Fahrzeug" in desk.get("/staff/day/2026-03-03/alerts").text


def test_what_has_changed_since_is_looked_at_again_before_it_counts(
    desk: TestClient, operation: Operation, booked: Booking
) -> None:
    shown = desk.post(END, data=fields(desk.get(END).text, END)).text
    ride(operation, "brueelow-markt", "cramnitz-markt", "13:00")
    before = times_of(operation)
    again = desk.post(CONFIRMED, data=fields(shown, CONFIRMED))
    assert again.status_code == 409
    assert "Es wurde nichts geändert" in again.text
    assert times_of(operation) == before
    assert (ride_id(booked), "pickup") in before
    done = desk.post(CONFIRMED, data=fields(again.text, CONFIRMED))
    assert "Die Tour ist beendet" in done.text


@pytest.mark.parametrize("changes", [{"time": "05:00"}, {"time": "25:00"}, {"time": "soon"}, {"reason": "bored"}])
def test_mistakes_stand_beside_their_fields(desk: TestClient, changes: dict[str, str]) -> None:
    form = {**fields(desk.get(END).text, END), **changes}
    for target in (END, CONFIRMED):
        answer = desk.post(target, data=form)
        assert answer.status_code == 422
        assert f'href="#{next(iter(changes))}"' in answer.text


def test_a_shift_that_drives_nobody_ends_without_anybody_being_concerned(desk: TestClient) -> None:
    shown = desk.post(END, data={**fields(desk.get(END).text, END), "time": "13:30"}).text
    assert "Niemand ist betroffen" in shown
    assert "um 13:30 Uhr" in shown
    assert desk.get("/staff/day/2026-03-03/run/nobody/end").status_code == 404
