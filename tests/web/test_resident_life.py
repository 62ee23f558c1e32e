"""What residents do with a booking, and without one: change it, order again, take their data, wait for a place."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from booking.booking_search import search_bookings
from booking.database import Database
from booking.driver_events import EventKind
from booking.enquiry_search import Network
from booking.model import Booking, BookingState
from booking.operation import Operation
from tests.booking.kinds import fill
from tests.booking.riding import ERIKA, event, ride, ride_id
from tests.tiny_network import FakeClock, local, operation_of
from tests.web.html_forms import actions, fields
from web.app import create_app


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2026-03-03 06:00")


@pytest.fixture
def operation(tiny: Network, database: Database, clock: FakeClock) -> Operation:
    return operation_of(tiny, database, clock)


@pytest.fixture
def client(operation: Operation) -> Iterator[TestClient]:
    with TestClient(create_app(operation), headers={"Accept-Language": "de"}) as opened:
        yield opened


@pytest.fixture
def mine(operation: Operation, client: TestClient) -> Booking:
    """A booking at ten, and the browser knows it."""
    booking = ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")
    found = client.post("/de/booking/find", data={"code": booking.code, "phone": ERIKA.phone})
    assert booking.code in found.text
    return booking


# Changing


def change_to(client: TestClient, hour: str) -> str:
    """The page that asks whether the booking shall be changed to another hour."""
    form = fields(client.get("/de/booking/change").text, "/de/booking/change/offers")
    offers = client.post("/de/booking/change/offers", data={**form, "hour": hour, "minute": "00"}).text
    return client.post("/de/booking/change/check", data=fields(offers, "/de/booking/change/check")).text


def test_a_ride_is_changed_to_another_time_and_keeps_its_code(
    client: TestClient, operation: Operation, mine: Booking
) -> None:
    asked = change_to(client, "13")
    assert "Möchten Sie die Fahrt so ändern?" in asked
    assert operation.get_booking(mine.code).offer == mine.offer, "nothing has changed before it is confirmed"
    changed = client.post("/de/booking/change/confirmed", data=fields(asked, "/de/booking/change/confirmed"))
    assert changed.url.path == "/de/booking"
    assert mine.code in changed.text
    now = operation.get_booking(mine.code)
    assert now.offer.departure_at >= local("13:00")
    assert now.contact == ERIKA


def test_the_form_of_a_change_holds_what_is_booked(client: TestClient, mine: Booking) -> None:
    page = client.get("/de/booking/change").text
    form = fields(page, "/de/booking/change/offers")
    assert (form["origin"], form["destination"], form["hour"]) == ("Brüelow, Markt", "Cramnitz, Markt", "10")
    assert "bleibt, wie sie ist" in page
    assert mine.code not in str(form)


def test_a_mistake_and_a_question_stay_on_the_way_of_the_change(client: TestClient, mine: Booking) -> None:
    assert mine
    form = fields(client.get("/de/booking/change").text, "/de/booking/change/offers")
    wrong = client.post("/de/booking/change/offers", data={**form, "hour": "x"})
    assert wrong.status_code == 422
    assert "/de/booking/change/offers" in actions(wrong.text)
    which = client.post("/de/booking/change/offers", data={**form, "origin": "Brüel", "origin_choice": ""}).text
    assert "Welchen Ort meinen Sie?" in which
    assert "/de/booking/change/offers" in actions(which)
    refused = client.post("/de/booking/change/offers", data={**form, "hour": "23"}).text
    assert "/de/waiting" not in actions(refused), "whoever has a ride does not wait for one"


def test_shortly_before_the_ride_the_page_says_to_call(
    client: TestClient, operation: Operation, clock: FakeClock, mine: Booking
) -> None:
    asked = change_to(client, "13")
    clock.at = local("09:58")
    for answer in (
        client.get("/de/booking/change"),
        client.post("/de/booking/change/confirmed", data=fields(asked, "/de/booking/change/confirmed")),
    ):
        assert answer.status_code in (409, 410, 422)
    assert "kann man hier nicht mehr ändern" in client.get("/de/booking/change").text
    assert operation.get_booking(mine.code).offer == mine.offer


def test_without_a_booking_there_is_nothing_to_change(client: TestClient) -> None:
    for answer in (client.get("/de/booking/change"), client.post("/de/booking/change", data={})):
        assert answer.url.path == "/de/booking/find"


# How it stands


def test_the_page_says_when_the_vehicle_comes_and_when_it_is_late(
    client: TestClient, operation: Operation, clock: FakeClock, mine: Booking
) -> None:
    assert "voraussichtlich" not in client.get("/de/booking").text, "hours before, the promise says it all"
    clock.at = local("09:30")
    assert "voraussichtlich um" in client.get("/de/booking").text
    operation.dispatch.report(event(EventKind.DELAY, "09:30"), delay_s=40 * 60)
    late = client.get("/de/booking").text
    assert "Das Fahrzeug kommt später." in late
    clock.at = local("10:45")
    operation.dispatch.report(event(EventKind.BOARDED, "10:44", ride_id(mine)))
    assert "Sie sind unterwegs." in client.get("/de/booking").text
    clock.at = local("11:00")
    operation.dispatch.report(event(EventKind.ALIGHTED, "10:59", ride_id(mine)))
    assert "Diese Fahrt ist vorbei." in client.get("/de/booking").text


def test_the_same_ride_is_ordered_again_for_today_or_tomorrow(
    client: TestClient, clock: FakeClock, mine: Booking
) -> None:
    assert mine
    again = fields(client.get("/de/booking").text, "/de/", 1)
    assert (again["origin"], again["hour"], again["day"]) == ("Brüelow, Markt", "10", "2026-03-03")
    clock.at = local("12:00")
    assert fields(client.get("/de/booking").text, "/de/", 1)["day"] == "2026-03-04"


def test_the_way_back_is_asked_for_by_one_press(client: TestClient, clock: FakeClock, mine: Booking) -> None:
    assert mine
    back = fields(client.get("/de/booking").text, "/de/")
    assert (back["origin"], back["destination"], back["day"]) == ("Cramnitz, Markt", "Brüelow, Markt", "2026-03-03")
    assert back["hour"] == "12", "there shortly after ten, and two hours' stay"
    assert client.post("/de/offers", data=back).text.count("/de/check") >= 1
    clock.at = local("18:00")
    assert fields(client.get("/de/booking").text, "/de/")["day"] == "2026-03-04"


# Data


def test_riders_take_their_data_along_and_see_only_that_of_this_booking(
    client: TestClient, operation: Operation, mine: Booking
) -> None:
    other = ride(operation, "brueelow-markt", "cramnitz-markt", "13:00")
    page = client.get("/de/booking/data").text
    assert ERIKA.email in page
    assert "92 Tage" in page
    file = client.post("/de/booking/data/file")
    assert file.headers["content-disposition"].startswith("attachment")
    assert [booking["code"] for booking in file.json()["bookings"]] == [mine.code]
    assert other.code not in file.text


def test_whoever_deletes_their_data_is_cancelled_and_forgotten(
    client: TestClient, operation: Operation, mine: Booking
) -> None:
    assert "Möchten Sie Ihre Daten löschen?" in client.get("/de/booking/data/delete").text
    assert operation.get_booking(mine.code).state is BookingState.CONFIRMED, "asking deletes nothing"
    deleted = client.post("/de/booking/data/delete")
    assert "Ihre Daten sind gelöscht" in deleted.text
    assert operation.find_booking(mine.code) is None
    with operation.database.sessions() as session:
        assert search_bookings(session, "Erika", operation.today()) == ()
    assert client.get("/de/booking").url.path == "/de/booking/find"


def test_while_the_vehicle_is_on_its_way_nothing_is_deleted(
    client: TestClient, operation: Operation, clock: FakeClock, mine: Booking
) -> None:
    clock.at = mine.rides[0].leg.departure_at
    refused = client.post("/de/booking/data/delete")
    assert refused.status_code == 409
    assert "Es ist nichts gelöscht" in refused.text
    assert operation.get_booking(mine.code).contact == ERIKA


# Waiting

WISH = {
    "origin": "Brüelow, Markt",
    "destination": "Cramnitz, Markt",
    "day": "2026-03-03",
    "hour": "08",
    "minute": "00",
    "persons": "4",
}
ERIKA_WAITS = {"name": "Erika Beispiel", "phone": ERIKA.phone}


def wait(client: TestClient) -> None:
    """Leave the wish of a party of four for eight o'clock."""
    refusal = client.post("/de/offers", data=WISH).text
    asked = client.post("/de/waiting", data=fields(refusal, "/de/waiting")).text
    waiting = client.post("/de/waiting/join", data={**fields(asked, "/de/waiting/join"), **ERIKA_WAITS})
    assert waiting.url.path == "/de/waiting"
    assert "Sie stehen auf der Warteliste" in waiting.text


def test_what_opens_is_held_and_taken_by_one_press(client: TestClient, operation: Operation) -> None:
    full = fill(operation, "08:00")
    wait(client)
    operation.cancel(full[0].code)
    assert operation.waiting_list.serve() == 1
    held = client.get("/de/waiting").text
    assert "Ein Platz ist frei geworden" in held
    assert client.get("/de/booking").url.path == "/de/waiting", "it is not booked yet"
    taken = client.post("/de/waiting/accept")
    assert taken.url.path == "/de/booking"
    assert "Ihre Fahrt ist bestellt" in taken.text


def test_what_was_held_too_long_is_gone_and_the_page_says_so(
    client: TestClient, operation: Operation, clock: FakeClock
) -> None:
    full = fill(operation, "08:00")
    wait(client)
    operation.cancel(full[0].code)
    operation.waiting_list.serve()
    clock.at += timedelta(hours=3)
    operation.waiting_list.serve()
    answer = client.post("/de/waiting/accept")
    assert "Sie warten nicht mehr" in answer.text
    assert "nichts frei geworden" in answer.text


def test_whoever_does_not_want_to_wait_any_more_says_so(client: TestClient, operation: Operation) -> None:
    fill(operation, "08:00")
    wait(client)
    gone = client.post("/de/waiting/withdraw")
    assert "Sie warten nicht mehr" in gone.text
    assert client.get("/de/waiting").text.count("Nicht mehr warten") == 0


def test_nobody_waits_without_a_way_to_tell_them(client: TestClient, operation: Operation) -> None:
    fill(operation, "08:00")
    refusal = client.post("/de/offers", data=WISH).text
    sent = {**fields(refusal, "/de/waiting"), "name": "Erika Beispiel"}
    answer = client.post("/de/waiting/join", data=sent)
    assert answer.status_code == 422
    assert answer.text.count("Sonst können wir nicht Bescheid sagen.") == 2


def test_whom_waiting_cannot_help_is_not_offered_it_and_told_when_they_try(client: TestClient) -> None:
    late = client.post("/de/offers", data={**WISH, "hour": "23"}).text
    assert "/de/waiting" not in actions(late)
    answer = client.post("/de/waiting/join", data={**WISH, **ERIKA_WAITS})
    assert answer.status_code == 409
    assert "Warten ist hier nicht nötig" in answer.text
    assert "/de/offers" in actions(answer.text)
