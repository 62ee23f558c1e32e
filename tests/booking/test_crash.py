"""``kill -9`` at any moment loses no confirmed booking: a real server process, a real database, clients that write down
what was confirmed to them.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from booking.database import Database
from booking.enquiry_search import Network
from booking.store import load_day
from booking.tables import BookingRow, VisitRow
from gtfs.service_day import ServiceDay
from routing.violations import violations

CLIENTS = 6
CONFIRMED_BEFORE_KILL = 8
STOPS = ("brueelow-markt", "cramnitz-markt", "altwiek-siedlung", "brueelow-siedlung", "cramnitz-siedlung")


@pytest.fixture
def server(tiny: Network, database: Database) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    state = tiny.district.folder.parent / "state"
    (state / "artefacts").mkdir(parents=True, exist_ok=True)
    link = state / "artefacts" / tiny.district.id
    if not link.exists():
        link.symlink_to(tiny.artefacts.folder, target_is_directory=True)
    environment = os.environ | {
        "RUFNETZ_STATE_FOLDER": str(state),
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "web", "serve", str(tiny.district.folder), "--port", str(port)],
        env=environment,
        cwd=Path(__file__).parents[2],
    )
    address = f"http://127.0.0.1:{port}"
    _wait_for(address, process)
    yield process, address
    process.kill()
    process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended before it answered"
        try:
            httpx2.get(f"{address}/health", timeout=1)
        except httpx2.HTTPError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not answer within a minute")


def test_kill_9_in_the_middle_of_confirms_loses_no_confirmed_booking(
    server: tuple[subprocess.Popen[bytes], str], tiny: Network, database: Database
) -> None:
    process, address = server
    confirmed: list[str] = []
    threads = [threading.Thread(target=_book_until_gone, args=(address, n, confirmed)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while len(confirmed) < CONFIRMED_BEFORE_KILL and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert len(confirmed) >= CONFIRMED_BEFORE_KILL
    with database.sessions() as session:
        rows = {row.code: row for row in session.scalars(select(BookingRow))}
        boarded = set(session.scalars(select(VisitRow.ride_id).where(VisitRow.action == "pickup")))
        assert set(confirmed) <= set(rows), "every booking that was confirmed to somebody is there"
        for on in {row.service_on for row in rows.values()}:
            day = load_day(session, tiny.district, ServiceDay(on, tiny.district.zone))
            assert violations(day.plan, day.problem(tiny.artefacts.times, 0)) == ()
            assert set(day.requests) == set(day.plan.request_ids()), "nothing stands half-written"
        assert boarded == {ride for on in rows.values() for ride in _ride_ids(on)}


def _ride_ids(row: BookingRow) -> list[str]:
    return [f"{row.offer_id}.{index}" for index, leg in enumerate(row.offer["legs"]) if "pickup_stop" in leg]


def _book_until_gone(address: str, number: int, confirmed: list[str]) -> None:
    """Ask and confirm again and again, on days ahead, until the server is gone."""
    with httpx2.Client(base_url=f"{address}/api/v1", timeout=20) as client:
        for attempt in range(200):
            day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400 * (2 + attempt % 20)))
            enquiry = {
                "origin": {"stop_id": STOPS[(number + attempt) % len(STOPS)]},
                "destination": {"stop_id": STOPS[(number + attempt + 2) % len(STOPS)]},
                "depart_after": f"{day}T{10 + number}:00:00+01:00",
            }
            try:
                offers = client.post("/offers", json=enquiry).json().get("offers", [])
                token = next((o["token"] for o in offers if o["token"]), None)
                if token is None:
                    continue
                done = client.post("/bookings", json={"token": token, "name": f"Person {number} Beispiel"})
                if done.status_code == 201:
                    confirmed.append(done.json()["code"])
            except httpx2.HTTPError:
                return
