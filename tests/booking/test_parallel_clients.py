"""Fifty clients at once, over HTTP, on real PostGIS: they all want the last seats of half past eight."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx2
import pytest
from sqlalchemy import text

from booking.database import Database
from booking.model import BookingCode, Party
from booking.operation import Operation
from tests.booking.day_oracle import DayOracle
from tests.booking.kinds import ask
from tests.booking.serving import served

CLIENTS = 50
WISH = {
    "origin": {"stop_id": "brueelow-markt"},
    "destination": {"stop_id": "cramnitz-markt"},
    "depart_after": "2026-03-03T08:30:00+01:00",
    "party": {"persons": 4},
}


@pytest.mark.timeout(180)
def test_of_fifty_who_want_the_last_seats_as_many_get_one_as_there_are_and_the_others_hear_what_else_there_is(
    operation: Operation, database: Database
) -> None:
    operation.settings = operation.settings.model_copy(update={"api_per_min": 0})
    together, lost = Barrier(CLIENTS), list[int]()

    def client(number: int) -> tuple[int, dict[str, object]]:
        """Ask, wait until all have an offer, confirm it at the same moment; then what is offered instead."""
        with httpx2.Client(base_url=f"{address}/api/v1", timeout=60) as http:
            token = http.post("/offers", json=WISH).json()["offers"][0]["token"]
            together.wait(60)
            for attempt in range(CLIENTS):
                answer = http.post("/bookings", json={"token": token, "name": f"Gruppe {number}"})
                lost.extend([number] * (answer.status_code == 409))
                bookable = [] if answer.status_code != 409 else answer.json()["answer"]["offers"]
                if not bookable:
                    break
                assert attempt < CLIENTS - 1, "somebody must be first"
                token = bookable[0]["token"]
            return answer.status_code, answer.json()

    with served(operation) as address, ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(client, range(CLIENTS)))
    statuses = Counter(status for status, _ in answers)
    assert set(statuses) == {201, 409}, statuses
    assert statuses[201] >= 2
    assert len(set(lost)) > CLIENTS // 2, "most were too late at first"
    oracle = DayOracle(operation)
    oracle.promised(BookingCode(str(body["code"])) for status, body in answers if status == 201)
    oracle.look("after the rush")
    for status, body in answers:
        if status == 409:
            fresh = body["answer"]
            assert isinstance(fresh, dict)
            assert fresh["refusal"]["alternatives"], "there is room later in the day"
    again = operation.answer(ask(operation, "08:30", party=Party(4)))
    assert not any(offer.is_bookable() for offer in again.offers), "nobody was refused while there was room"
    with database.engine.connect() as connection:
        counts = connection.execute(text("select count(*), count(distinct offer_id) from booking")).one()
        deadlocks = connection.scalar(text("select deadlocks from pg_stat_database where datname = current_database()"))
    assert tuple(counts) == (statuses[201], statuses[201])
    assert deadlocks == 0
