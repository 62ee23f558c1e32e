"""``kill -9`` of the worker when the mail server has a mail and the database does not know it yet."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from booking.database import Database
from booking.enquiry_search import Network
from booking.model import Channel, Contact
from booking.notice_tables import OutboxDeliveryRow
from tests.booking.fake_servers import mail_server
from tests.booking.kinds import first
from tests.tiny_network import FakeClock, enquiry_of, operation_of


def test_a_worker_that_dies_between_sending_and_noting_it_sends_again(tiny: Network, database: Database) -> None:
    clock = FakeClock("06:00")
    clock.at = datetime.now(UTC)
    operation = operation_of(tiny, database, clock)
    ride_on = f"{clock.at + timedelta(days=2):%Y-%m-%d}"
    offer = first(operation.answer(enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", f"{ride_on} 11:00")))
    operation.confirm(operation.token(offer), Contact("Erika Beispiel", email="erika@example.org"), Channel.WEB)
    with mail_server() as mail:
        worker = _worker(tiny, database, mail.url)
        mail.before_answer = lambda: os.kill(worker.pid, signal.SIGKILL)
        worker.wait(timeout=60)
        assert worker.returncode == -signal.SIGKILL
        assert len(mail.mails) == 1
        with database.sessions.begin() as session:
            row = session.scalars(select(OutboxDeliveryRow)).one()
            assert (row.state, row.attempts, row.lease is not None) == ("waiting", 1, True), "the mail is not noted"
            session.execute(update(OutboxDeliveryRow).values(leased_until=datetime.now(UTC)))  # minutes later
        mail.before_answer = lambda: None
        second = _worker(tiny, database, mail.url)
        try:
            _wait_until_sent(database)
        finally:
            second.terminate()
            second.wait(timeout=30)
        assert [m["Message-ID"] for m in mail.mails] == [mail.mails[0]["Message-ID"]] * 2, "known as the same mail"
        assert second.returncode == 0


def _worker(tiny: Network, database: Database, smtp_url: str) -> "subprocess.Popen[bytes]":
    state = tiny.district.folder.parent / "state"
    (state / "artefacts").mkdir(parents=True, exist_ok=True)
    link = state / "artefacts" / tiny.district.id
    if not link.exists():
        link.symlink_to(tiny.artefacts.folder, target_is_directory=True)
    environment = os.environ | {
        "RUFNETZ_STATE_FOLDER": str(state),
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "RUFNETZ_SMTP_URL": smtp_url,
    }
    command = [sys.executable, "-m", "web", "worker", str(tiny.district.folder)]
    return subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[2])


def _wait_until_sent(database: Database) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with database.sessions() as session:
            if session.scalars(select(OutboxDeliveryRow.state)).one() == "sent":
                return
        time.sleep(0.05)
    raise AssertionError
