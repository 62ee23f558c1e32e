"""``rufnetz demo``: a district with its day running, on this machine, in one command."""

import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import httpx2
from rich.console import Console

from booking.opening import open_operation
from booking.operation import Operation
from booking.settings import Settings
from web.demo_day import book_day
from web.server import create_server

STAFF = "leitstelle"
HOST = "127.0.0.1"

console = Console(highlight=False)


def run_demo(district: Path, settings: Settings, *, port: int, bookings: int) -> None:
    """Build, start, book, print the addresses, run until Ctrl-C, stop all of it."""
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s[/]  {text}", soft_wrap=True)

    say(f"opening {district}")
    with open_operation(district, settings, build=say) as operation:
        say("database is running")
        password = secrets.token_urlsafe(9)
        operation.save_staff(STAFF, password, "dispatcher")
        port = free_port(port)
        server = create_server(operation, HOST, port)
        worker = _start_worker(district)
        address = f"http://{HOST}:{port}"

        def prepare() -> None:
            try:
                _wait_for(address)
                say(f"server is running at {address}, worker beside it")
                day = book_day(operation, address, bookings, say)
                _print_addresses(operation, address, day, password)
                say("ready. Ctrl-C stops server, worker and database.")
            except httpx2.HTTPError as fault:
                if not server.should_exit:
                    say(f"the server cannot be reached: {fault}")

        threading.Thread(target=prepare, daemon=True).start()
        # uvicorn ends the program by the signal it got; for SIGTERM, too, there is something left to stop.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            server.run()
        except KeyboardInterrupt:
            pass
        finally:
            say("stopping")
            worker.terminate()
            worker.wait(timeout=30)
    say("stopped")


def free_port(wanted: int) -> int:
    """The port that was asked for, or the next one that nobody listens on."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    msg = f"no free port from {wanted} to {wanted + 49}"
    raise OSError(msg)


def _start_worker(district: Path) -> subprocess.Popen[bytes]:
    # A process of its own, so that the search for better runs never makes a resident wait.
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "web", "worker", str(district)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            httpx2.get(f"{address}/health", timeout=2).raise_for_status()
        except httpx2.HTTPError:
            time.sleep(0.1)
        else:
            return
    console.print("the server did not answer within a minute")


def _print_addresses(operation: Operation, address: str, day: date, password: str) -> None:
    runs = operation.day_view(day).runs
    busiest = max(runs, key=lambda run: len(run.visits), default=None)
    rows = [
        ("Residents: book a ride", f"{address}/de/"),
        ("Dispatchers: the day", f"{address}/staff/day/{day}"),
        ("API documentation", f"{address}/api/docs"),
        ("Planners: simulations", f"{address}/staff/planner"),
    ]
    if busiest is not None:
        rows.insert(2, ("Drivers: a manifest", f"{address}/staff/manifest/{day}/{busiest.shift_id}"))
    console.print()
    for label, link in rows:
        console.print(f"  {label:<26} {link}", soft_wrap=True)
    console.print(f"  {'Staff login':<26} name [bold]{STAFF}[/]   password [bold]{password}[/]")
    console.print()
