"""``kill -9`` while ways out and back are booked: afterwards no half journey, nothing confirmed lost."""

import os
import signal
import subprocess
import threading
import time
from collections import Counter

import httpx2
from sqlalchemy import select

from booking.database import Database
from booking.enquiry_search import Network
from booking.life_tables import BookingLinkRow
from booking.tables import BookingRow, OutboxRow
from tests.booking.kinds import assert_sound
from tests.booking.test_crash import STOPS, server
from tests.tiny_network import FakeClock, operation_of

__all__ = ["server"]
CLIENTS = 5
CONFIRMED_BEFORE_KILL = 6


def test_kill_9_in_the_middle_of_returns_leaves_no_half_journey(
    server: tuple[subprocess.Popen[bytes], str],
    tiny: Network,
    database: Database,
) -> None:
    process, address = server
    confirmed: list[tuple[str, str]] = []
    threads = [threading.Thread(target=_book_until_gone, args=(address, n, confirmed)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 120
    while len(confirmed) < CONFIRMED_BEFORE_KILL and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert len(confirmed) >= CONFIRMED_BEFORE_KILL
    with database.sessions() as session:
        rows = {row.id: row for row in session.scalars(select(BookingRow))}
        links = session.scalars(select(BookingLinkRow)).all()
        told = Counter(session.scalars(select(OutboxRow.booking_id)))
    assert {code for pair in confirmed for code in pair} <= {row.code for row in rows.values()}
    assert {link.booking_id for link in links} == set(rows), "each booking has its other half"
    assert set(Counter(link.link_id for link in links).values()) == {2}
    assert told == Counter(rows.keys()), "each is told once"
    assert_sound(operation_of(tiny, database, FakeClock("06:00")))


def _book_until_gone(address: str, number: int, confirmed: list[tuple[str, str]]) -> None:
    """Ask for both ways and confirm them, on days ahead, until the server is gone."""
    with httpx2.Client(base_url=f"{address}/api/v1", timeout=20) as client:
        for attempt in range(200):
            day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400 * (2 + attempt % 10)))
            enquiry = {
                "origin": {"stop_id": STOPS[(number + attempt) % len(STOPS)]},
                "destination": {"stop_id": STOPS[(number + attempt + 2) % len(STOPS)]},
                "depart_after": f"{day}T{8 + number}:00:00+01:00",
            }
            stay_min = 120 if attempt % 2 else 1440 + 120
            try:
                found = client.post("/returns/offers", json={"enquiry": enquiry, "stay_min": stay_min}).json()
                pair = next(iter(_pairs(found)), None)
                if pair is None:
                    continue
                body = {"name": f"Person {number}", "out_token": pair[0], "back_token": pair[1]}
                done = client.post("/returns", json=body)
                if done.status_code == 201:
                    confirmed.append((done.json()["out"]["code"], done.json()["back"]["code"]))
            except httpx2.HTTPError:
                return


def _pairs(found: dict[str, list[dict[str, dict[str, list[dict[str, str]]]]]]) -> list[tuple[str, str]]:
    return [
        (str(trip["out"]["token"]), back["token"])
        for trip in found.get("round_trips", [])
        for back in trip["back"]["offers"]
        if trip["out"]["token"] and back["token"]
    ]
