"""schemathesis against the published OpenAPI document and the running server, on real PostgreSQL: nothing is found.

It makes up calls from the document, well-formed and not, follows what one call gives into the next, and holds every
answer against the document. schemathesis.toml says how; ``make schemathesis`` looks longer, at random.
"""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from booking.api_keys import Scope
from booking.operation import Operation
from tests.booking.kinds import fill
from tests.booking.serving import served
from tests.tiny_network import FakeClock

HERE = Path(__file__).resolve().parent
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "")


@pytest.fixture
def unlimited(operation: Operation) -> Operation:
    """The service without limits of rate: thousands of calls come from one address."""
    no_limits = {"api_per_min": 0, "api_key_per_min": 0, "api_logins_per_min": 0}
    operation.settings = operation.settings.model_copy(update=no_limits)
    return operation


def schemathesis(address: str, folder: Path, *options: str) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run"]
    command += [f"{address}/api/v1/openapi.json", "--no-color", "--workers", "2", *options]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(HERE.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout[done.stdout.find("SUMMARY") :])  # noqa: T201 - the counts, with -s
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]


@pytest.mark.timeout(3600)
def test_nothing_is_found_as_an_administrator(
    unlimited: Operation, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, token = unlimited.api_keys.create(
        "schemathesis", [Scope.ADMIN], by="test", expires_at=clock() + timedelta(days=1)
    )
    monkeypatch.setenv("SCHEMATHESIS_OWN_KEY", own.prefix)
    fill(unlimited, "10:00")
    phases = (
        ["--phases", "examples,coverage,fuzzing,stateful"] if EXAMPLES else ["--phases", "examples,fuzzing,stateful"]
    )
    with served(unlimited) as address:
        schemathesis(address, tmp_path, *phases, "-n", EXAMPLES or "8", "-H", f"Authorization: Bearer {token}")


@pytest.mark.timeout(3600)
def test_nothing_is_found_as_a_rider_without_a_key(unlimited: Operation, tmp_path: Path) -> None:
    with served(unlimited) as address:
        schemathesis(address, tmp_path, "--phases", "examples,fuzzing", "-n", EXAMPLES or "4")
