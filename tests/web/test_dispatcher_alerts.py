"""What waits for a dispatcher to look at it, and what one press does about it."""

from collections.abc import Iterator
from datetime import date

import pytest
from fastapi.testclient import TestClient

from booking.booking_search import search_bookings
from booking.database import Database
from booking.driver_events import EventKind
from booking.enquiry_search import Network
from booking.operation import Operation
from tests.booking.riding import ERIKA, event, ride, ride_id
from tests.tiny_network import FakeClock, local, operation_of
from tests.web.html_forms import actions, fields
from web import dispatcher_live
from web.app import create_app

PASSWORD = "a good long password"  # noqa: S105 - of tests
ON = "2026-03-03"
TODAY = date(2026, 3, 3)
PAGE = f"/staff/day/{ON}/alerts"
CURE = f"{PAGE}/cure"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2026-03-03 06:00")


@pytest.fixture
def operation(tiny: Network, database: Database, clock: FakeClock) -> Operation:
    return operation_of(tiny, database, clock)


@pytest.fixture
def desk(operation: Operation) -> Iterator[TestClient]:
    operation.save_staff("anna", PASSWORD, "dispatcher")
    with TestClient(create_app(operation), headers={"Accept-Language": "de"}) as client:
        client.post("/staff/login", data={"name": "anna", "password": PASSWORD})
        yield client


@pytest.fixture
def late(operation: Operation, clock: FakeClock) -> None:
    """Anna gets out at 9:06; Bert, who is promised half past eight, waits for the same bus. The other has time."""
    anna = ride(operation, "brueelow-markt", "cramnitz-markt", "07:30")
    ride(operation, "cramnitz-markt", "altwiek-markt", "08:30")
    clock.at = local("07:34")
    operation.dispatch.report(event(EventKind.BOARDED, "07:33", ride_id(anna)))
    operation.dispatch.report(event(EventKind.DELAY, "07:34", ride_id(anna)), delay_s=90 * 60)
    operation.dispatch.follow(TODAY)


def test_a_day_on_which_all_goes_well_says_so(desk: TestClient) -> None:
    page = desk.get(PAGE).text
    for said in ("Alle Zusagen dieses Tages", "Alle Anschlüsse gelten", "Alle Nachrichten sind angekommen"):
        assert said in page
    assert "Keine Hinweise" in desk.get(f"/staff/day/{ON}").text


@pytest.mark.usefixtures("late")
def test_a_late_vehicle_is_shown_with_whom_to_call_and_is_counted_on_the_day(desk: TestClient) -> None:
    page = desk.get(PAGE).text
    assert "wird später abgeholt als zugesagt" in page
    assert ERIKA.name in page
    assert f'href="tel:{ERIKA.phone.replace(" ", "")}"' in page
    assert "Hinweise</strong>" in desk.get(f"/staff/day/{ON}").text.replace("Hinweis<", "Hinweise<")


@pytest.mark.usefixtures("late")
def test_a_cure_is_done_by_one_press(desk: TestClient, operation: Operation) -> None:
    page = desk.get(PAGE).text
    assert operation.dispatch.risks(TODAY)
    done = desk.post(CURE, data=fields(page, CURE))
    assert "Erledigt." in done.text
    assert len(operation.dispatch.risks(TODAY)) < 3
    assert not any(risk.kind == "pickup_late" for risk in operation.dispatch.risks(TODAY))


@pytest.mark.usefixtures("late")
def test_of_two_dispatchers_the_second_is_told_that_the_day_has_changed(desk: TestClient, operation: Operation) -> None:
    page = desk.get(PAGE).text
    ride(operation, "brueelow-markt", "cramnitz-markt", "13:00")
    second = desk.post(CURE, data=fields(page, CURE))
    assert second.status_code == 409
    assert "Es wurde nichts geändert" in second.text
    assert CURE in actions(second.text), "and sees what helps now"


@pytest.mark.usefixtures("late")
def test_what_is_not_possible_any_more_is_said_so(desk: TestClient) -> None:
    sent = fields(desk.get(PAGE).text, CURE)
    gone = desk.post(CURE, data={**sent, "rides": "nobody.0"})
    assert gone.status_code == 409
    assert "Das geht nicht mehr." in gone.text


def test_a_message_that_nobody_got_is_told_by_phone(desk: TestClient, operation: Operation) -> None:
    ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")
    with operation.database.sessions() as session:
        (found,) = search_bookings(session, "Erika", operation.today())
    assert operation.notices.prepare() >= 1
    page = desk.get(PAGE).text
    assert "1 Bestätigung, die nur beim Buchen" in page
    assert "Alle Nachrichten sind angekommen" in page, "whoever booked has seen that it is booked"
    operation.cancel(found.code, actor="staff anna")
    operation.notices.prepare()
    page = desk.get(PAGE).text
    assert "Stornierung" in page, "no server for mail is set up: the desk has to tell"
    assert found.code in page
    told = desk.post(f"{PAGE}/told", data=fields(page, f"{PAGE}/told")).text
    assert "Alle Nachrichten sind angekommen" in told


def test_the_stream_says_at_once_that_there_is_something_new_and_nothing_to_whom_has_seen_it(
    desk: TestClient, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher_live, "LASTS_S", 0.0)
    monkeypatch.setattr(dispatcher_live, "LOOKS_S", 0.0)
    live = f"/staff/day/{ON}/live"
    seen = operation.day_state(TODAY)
    assert "event: changed" not in desk.get(live, params={"seen": seen}).text
    ride(operation, "brueelow-markt", "cramnitz-markt", "10:00")
    first = desk.get(live, params={"seen": seen})
    assert first.headers["content-type"].startswith("text/event-stream")
    assert first.text.count("event: changed") == 1
    now = operation.day_state(TODAY)
    assert f"id: {now}\n" in first.text
    again = desk.get(live, params={"seen": seen}, headers={"Last-Event-ID": now})
    assert "event: changed" not in again.text, "a browser that comes back has seen that event"


def test_the_state_of_a_day_changes_with_reports_of_drivers(operation: Operation) -> None:
    before = operation.day_state(TODAY)
    operation.dispatch.report(event(EventKind.DELAY, "06:00"), delay_s=600)
    late = operation.day_state(TODAY)
    assert late != before
    operation.dispatch.report(event(EventKind.POSITION, "06:00", lon=11.0, lat=53.4))
    assert operation.day_state(TODAY) == late, "a position alone is nothing new to see"
