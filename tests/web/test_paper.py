"""Paper for when everything is down: complete without a server, readable for its owner alone."""

import re
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from booking.database import Database
from booking.enquiry_search import Network
from booking.operation import Operation
from tests.booking.riding import ride
from tests.tiny_network import FakeClock, operation_of
from web.paper import keep_paper, write_paper


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2026-03-03 06:00")


@pytest.fixture
def operation(tiny: Network, database: Database, clock: FakeClock) -> Operation:
    return operation_of(tiny, database, clock)


def test_all_that_a_driver_needs_stands_in_one_file(operation: Operation, tmp_path: Path) -> None:
    anna = ride(operation, "brueelow-markt", "cramnitz-markt", "07:30")
    today, tomorrow = write_paper(operation, tmp_path / "paper")
    assert [path.name for path in (today, tomorrow)] == ["fahrten-2026-03-03.html", "fahrten-2026-03-04.html"]
    page = today.read_text("utf-8")
    for needed in (
        "Erika Beispiel",
        "0152 28817386",
        anna.code,
        "Brüelow, Markt",
        "Cramnitz, Markt",
        "07:30",
        "Rufbus 1",
    ):
        assert needed in page
    assert "Erika" not in tomorrow.read_text("utf-8")
    assert not re.search(r"(src|href)=\"(?!#)", page), "nothing is loaded from anywhere"
    assert "<script" not in page


def test_nobody_else_reads_it_and_it_is_gone_when_the_day_is_over(
    operation: Operation, clock: FakeClock, tmp_path: Path
) -> None:
    folder = tmp_path / "paper"
    for path in write_paper(operation, folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "notes.txt").write_text("of somebody else")
    clock.at += timedelta(days=1)
    write_paper(operation, folder)
    found = sorted(path.name for path in folder.iterdir())
    assert found == ["fahrten-2026-03-04.html", "fahrten-2026-03-05.html", "notes.txt"]


def test_it_is_written_again_and_again(operation: Operation, tmp_path: Path) -> None:
    rounds = []

    def tell(files: list[Path]) -> None:
        rounds.append(files)
        if len(rounds) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep_paper(operation, tmp_path, 0.01, tell)
    assert len(rounds) == 3
