"""``rufnetz demo`` from nothing to a served day with bookings, and back to nothing."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.tiny_district import write_tiny_district
from web.demo import free_port

PROJECT = Path(__file__).parents[2]


def test_the_demo_serves_a_booked_day_and_stops_all_of_it(open_folder: Path) -> None:
    district = write_tiny_district(open_folder / "district")
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    environment |= {"RUFNETZ_STATE_FOLDER": str(open_folder / "var"), "COLUMNS": "200"}
    command = [sys.executable, "-m", "web", "demo", "--district", str(district), "--bookings", "3", "--port", "8765"]
    with subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if "ready" in line:
                break
        said = "".join(lines)
        assert "ready" in said, said
        assert "3 booked" in said
        addresses = re.findall(r"http://127\.0\.0\.1:\d+/\S+", said)
        with httpx2.Client(follow_redirects=True) as client:
            statuses = {address: client.get(address).status_code for address in addresses}
        assert len(statuses) == 5
        assert set(statuses.values()) == {200}
        password = re.search(r"password (\S+)", said)
        assert password is not None
        login = addresses[0].removesuffix("de/") + "api/v1/staff/login"
        answer = httpx2.post(login, json={"name": "leitstelle", "password": password[1]})
        assert answer.status_code == 200
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=60)
        assert "stopped" in rest
        assert demo.returncode == 0
    left = subprocess.run(["pgrep", "-f", str(open_folder)], capture_output=True, text=True, check=False)
    assert left.stdout == "", "server, worker and database have ended"


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_there_is_a_sentence_where_no_port_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(OSError, match="no free port from 8000"):
        free_port(8000)
