"""Buttons of the manifest, pressed in a browser without scripts, over the real service."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from booking.database import Database
from booking.enquiry_search import Network
from booking.model import Booking
from booking.operation import Operation
from booking.operations_tables import DriverEventRow
from tests.booking.riding import ride, ride_id
from tests.tiny_network import FakeClock, local, operation_of
from web.app import create_app

ON = local("12:00").date()
MANIFEST = f"/staff/manifest/{ON}/west-early"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2026-03-03 06:00")


@pytest.fixture
def operation(tiny: Network, database: Database, clock: FakeClock) -> Operation:
    return operation_of(tiny, database, clock)


@pytest.fixture
def anna(operation: Operation) -> Booking:
    return ride(operation, "brueelow-markt", "cramnitz-markt", "07:30")


@pytest.fixture
def driver(operation: Operation, anna: Booking) -> Iterator[TestClient]:
    assert anna
    operation.save_staff("Fahrerin", "ein langes Passwort", "driver")
    with TestClient(create_app(operation), headers={"Accept-Language": "de"}) as client:
        client.post("/staff/login", data={"name": "Fahrerin", "password": "ein langes Passwort"})
        yield client


def buttons(page: str) -> dict[str, dict[str, str]]:
    """What each button sends, by its text."""
    found = {}
    for form in re.findall(r'<form method="post" action="[^"]*/reports"[^>]*>(.*?)</form>', page, re.DOTALL):
        text = re.search(r"<button[^>]*>(.*?)</button>", form)
        assert text is not None
        found[text[1]] = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return found


def press(driver: TestClient, text: str) -> str:
    """Read the manifest, press a button, read what comes."""
    sent = buttons(driver.get(MANIFEST).text)[text]
    answer = driver.post(f"{MANIFEST}/reports", data=sent)
    assert answer.status_code == 200, "the manifest again"
    return answer.text


def kept(database: Database) -> list[tuple[str, str]]:
    with database.sessions() as session:
        rows = session.scalars(select(DriverEventRow).order_by(DriverEventRow.at))
        return [(row.kind, row.source) for row in rows]


def test_on_board_then_off(driver: TestClient, database: Database, clock: FakeClock) -> None:
    clock.at = local("07:33")
    page = press(driver, "Eingestiegen")
    assert "eingestiegen, 07:33 Uhr" in page
    assert "Eingestiegen" not in buttons(page)
    assert page.count('aria-current="step"') == 1
    clock.at = local("07:39")
    page = press(driver, "Ausgestiegen")
    assert "ausgestiegen, 07:39 Uhr" in page
    assert kept(database) == [("boarded", "driver"), ("alighted", "driver")]


def test_pressed_twice_is_reported_once(driver: TestClient, database: Database, clock: FakeClock) -> None:
    clock.at = local("07:33")
    sent = buttons(driver.get(MANIFEST).text)["Eingestiegen"]
    for _ in range(2):
        assert driver.post(f"{MANIFEST}/reports", data=sent).status_code == 200
    assert kept(database) == [("boarded", "driver")]


def test_whoever_did_not_come_leaves_the_run(driver: TestClient, database: Database, clock: FakeClock) -> None:
    clock.at = local("07:46")
    page = press(driver, "Nicht gekommen")
    assert kept(database) == [("no_show", "driver")]
    assert "Auf dieser Tour ist noch nichts gebucht." in page


def test_a_delay_moves_what_is_expected(driver: TestClient, clock: FakeClock) -> None:
    clock.at = local("07:00")
    before = driver.get(MANIFEST).text
    times = re.findall(r'manifest__time">(\d\d:\d\d)', before)
    page = press(driver, "15 Minuten")
    after = re.findall(r'manifest__time">(\d\d:\d\d)', page)
    assert times != after
    assert any(local(b) - local(a) == local("00:15") - local("00:00") for a, b in zip(times, after, strict=True))


def test_a_breakdown_gives_the_riders_another_vehicle(
    driver: TestClient, clock: FakeClock, operation: Operation
) -> None:
    clock.at = local("07:00")
    page = press(driver, "Panne melden")
    assert "Erika Beispiel" not in page
    run_of_anna = [run.shift_id for run in operation.day_view(ON).runs if any(v.riders for v in run.visits)]
    assert run_of_anna not in ([], ["west-early"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "boarded", "ride": "nobody"},
        {"kind": "boarded"},
        {"kind": "delay"},
        {"kind": "position"},
    ],
)
def test_what_is_not_on_the_run_is_not_kept(driver: TestClient, database: Database, wrong: dict[str, str]) -> None:
    answer = driver.post(f"{MANIFEST}/reports", data={"id": "12345678", **wrong})
    assert "Es ist nichts gemeldet." in answer.text
    assert kept(database) == []


def test_only_the_running_day_has_buttons(driver: TestClient) -> None:
    assert buttons(driver.get(MANIFEST).text)
    assert not buttons(driver.get("/staff/manifest/2026-03-04/west-early").text)


def test_nobody_reports_without_a_login(operation: Operation, anna: Booking) -> None:
    assert anna
    with TestClient(create_app(operation), follow_redirects=False) as client:
        answer = client.post(f"{MANIFEST}/reports", data={"id": "12345678", "kind": "breakdown"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/staff/login")


def send(driver: TestClient, **fields: str) -> tuple[int, object]:
    """What a telephone sends that has waited for a network."""
    answer = driver.post(f"{MANIFEST}/reports", data=fields, headers={"Accept": "application/json"})
    return answer.status_code, answer.json()


def test_a_report_that_waited_says_how_long_ago_it_was(
    driver: TestClient, database: Database, clock: FakeClock, anna: Booking
) -> None:
    clock.at = local("08:00")
    report = {"id": "waited-for-it", "kind": "boarded", "ride": ride_id(anna), "ago_s": "1620"}
    assert send(driver, **report) == (200, {"kept": True})
    assert send(driver, **report) == (200, {"kept": True}), "sent twice is the same as once"
    assert "eingestiegen, 07:33 Uhr" in driver.get(MANIFEST).text
    assert kept(database) == [("boarded", "driver")]


def test_a_report_of_yesterday_belongs_to_yesterday(driver: TestClient, clock: FakeClock, anna: Booking) -> None:
    clock.at = local("2026-03-04 06:00")
    driver.post("/staff/login", data={"name": "Fahrerin", "password": "ein langes Passwort"})
    early = {"kind": "boarded", "ride": ride_id(anna)}
    assert send(driver, id="pressed-today", **early) == (409, {"kept": False})
    assert send(driver, id="pressed-yesterday", **early, ago_s=str(22 * 3600)) == (200, {"kept": True})


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "boarded", "ride": "nobody.0"},
        {"kind": "boarded"},
        {"kind": "position"},
        {"kind": "delay"},
        {"kind": "arrived", "ride": "x"},
    ],
)
def test_a_telephone_hears_what_is_not_taken(driver: TestClient, wrong: dict[str, str]) -> None:
    assert send(driver, id="something-wrong", **wrong) == (409, {"kept": False})


def test_a_position_is_kept(driver: TestClient, database: Database) -> None:
    assert send(driver, id="position-one", kind="position", lon="11.25", lat="53.5") == (200, {"kept": True})
    assert kept(database) == [("position", "driver")]


def test_what_a_telephone_keeps_is_open_to_all_and_says_nothing_of_anybody(operation: Operation) -> None:
    with TestClient(create_app(operation)) as client:
        worker = client.get("/staff/manifest-worker.js")
        assert (worker.headers["content-type"].split(";")[0], worker.headers["cache-control"]) == (
            "text/javascript",
            "no-cache",
        )
        assert client.get("/staff/manifest-offline").status_code == 200
        shown = client.get("/staff/manifest.webmanifest").json()
        assert (shown["scope"], shown["start_url"]) == ("/staff/", "/staff/manifest")
        for icon in shown["icons"]:
            assert client.get(icon["src"]).status_code == 200
