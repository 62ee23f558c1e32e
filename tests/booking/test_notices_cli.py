"""``rufnetz notices``: what the desk does at the command line."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from booking.database import Database
from booking.enquiry_search import Network
from booking.model import Booking, Channel, Contact
from booking.operation import Operation
from tests.booking.kinds import first
from tests.tiny_network import FakeClock, enquiry_of, operation_of
from web.cli import app


@pytest.fixture
def now_operation(tiny: Network, database: Database) -> Operation:
    """The service at this moment, as the command line opens it."""
    clock = FakeClock("06:00")
    clock.at = datetime.now(UTC)
    return operation_of(tiny, database, clock)


@pytest.fixture
def environment(tiny: Network, database: Database) -> dict[str, str]:
    state = tiny.district.folder.parent / "state"
    (state / "artefacts").mkdir(parents=True, exist_ok=True)
    link = state / "artefacts" / tiny.district.id
    if not link.exists():
        link.symlink_to(tiny.artefacts.folder, target_is_directory=True)
    url = database.url.render_as_string(hide_password=False)
    return {"RUFNETZ_STATE_FOLDER": str(state), "DATABASE_URL": url, "COLUMNS": "300"}


def book(operation: Operation, contact: Contact) -> Booking:
    ride_on = f"{operation.clock() + timedelta(days=10):%Y-%m-%d}"
    wish = enquiry_of(operation.network, "brueelow-markt", "cramnitz-markt", f"{ride_on} 12:00")
    return operation.confirm(operation.token(first(operation.answer(wish))), contact, Channel.PHONE)


def run(environment: dict[str, str], tiny: Network, *words: str) -> Result:
    name, *rest = words
    result = CliRunner().invoke(app, ["notices", name, str(tiny.district.folder), *rest], env=environment)
    assert result.exit_code == 0, result.output
    return result


def test_what_nobody_has_got_is_listed_without_names_and_told_by_hand(
    now_operation: Operation, tiny: Network, environment: dict[str, str]
) -> None:
    booking = book(now_operation, Contact("Erika Beispiel", "03871 123456", "erika@example.org"))
    now_operation.notices.prepare()
    listed = run(environment, tiny, "list").output
    assert booking.code in listed
    assert "desk" in listed
    assert not any(secret in listed for secret in ("Erika", "123456", "example.org"))
    number = re.search(r"^\W*(\d+)", listed.splitlines()[-2])
    assert number is not None
    assert "1" in run(environment, tiny, "retry").output
    run(environment, tiny, "told", number[1])
    assert booking.code not in run(environment, tiny, "list").output
    assert "command line" not in listed
    assert [view.settled_by for view in now_operation.notices.list("told")] == ["command line"]


def test_letters_are_written_into_a_folder_once(
    now_operation: Operation, tiny: Network, environment: dict[str, str], tmp_path: Path
) -> None:
    book(now_operation, Contact("Anna Muster", address="Dorfstr. 1\n19370 Parchim"))
    said = [run(environment, tiny, "letters", "--out", str(tmp_path)).output.strip() for _ in range(2)]
    assert said == ["Letters written: 1", "Letters written: 0"]
    assert len(list(tmp_path.glob("letter-*.pdf"))) == 1
    assert run(environment, tiny, "letters", "--out", str(tmp_path / "b"), "--again").output.strip().endswith("1")
