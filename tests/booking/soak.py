"""Ten minutes of everything at once, on real processes and a real database, while things break. ``make soak``.

Two servers and a worker run as processes of their own beside this one, which plays residents, drivers and the desk
through the public API, each noting what it was told. Meanwhile one thing after another is broken: a server, the worker
or PostgreSQL is killed with -9, connections are cut, rows are locked, the mail server says no. After each of these, and
in the end, nothing that was confirmed may be missing, and all that :mod:`tests.booking.day_oracle` knows has to hold.
"""

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from booking.clock import now
from booking.database import Database, connect, open_database
from booking.model import BookingCode
from booking.operation import Operation
from booking.private_cluster import PrivateCluster, open_cluster
from booking.settings import Settings
from tests.booking.day_oracle import DayOracle
from tests.booking.fake_servers import MailServer, mail_server
from tests.tiny_network import SECRET, build_tiny_network

PROJECT = Path(__file__).parents[2]
SERVERS, RESIDENTS, DRIVERS = 2, 6, 2
EVERY_S = 8.0
"""Something breaks so often."""
QUIET_S = 25.0
"""Before the end nothing breaks any more, so that what waits can go out."""
LONGEST_WAIT_S = 420.0
"""For messages that were refused: they are tried again after minutes; a lease of a killed worker lasts five."""
_DELIVERIES = """
    select state, count(*) from outbox_delivery d join outbox o on o.id = d.outbox_id
    where o.created_at <= :until and not (d.state = 'waiting' and d.next_attempt_at > now() + interval '15 minutes')
    group by state
"""
_UNPLANNED = "select count(*) from outbox where sent_at is null and planned_at is null and created_at <= :until"
PASSWORD = "a password for a soak only"  # noqa: S105 - of a database that is thrown away
STOPS = [f"{t}-{s}" for t in ("altwiek", "brueelow", "cramnitz", "luebzow", "eldehof") for s in ("markt", "siedlung")]
REFUSED = (400, 404, 409, 410, 422, 429)
"""Answers that say no and why."""


@dataclass
class Told:
    """What people were told, and what was counted. Threads share it."""

    counts: Counter[str] = field(default_factory=Counter)
    confirmed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    """A cancellation was asked for, and no answer came."""
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, number: int = 1) -> None:
        """One more."""
        with self.lock:
            self.counts[what] += number

    def fault(self, what: str) -> None:
        """Something that must not be."""
        with self.lock:
            self.faults.append(what)


class Stage:
    """The processes and the database, and how to break and mend them."""

    def __init__(self, folder: Path, mail: MailServer) -> None:
        self.network = build_tiny_network(folder)
        self.folder, self.mail = folder, mail
        self.said = folder / "processes.log"
        state = folder / "state"
        (state / "artefacts").mkdir(parents=True)
        (state / "artefacts" / self.network.district.id).symlink_to(folder / "artefacts", target_is_directory=True)
        self.settings = Settings(state_folder=state, secret=SECRET, database_url=None)
        self.clusters: list[PrivateCluster] = [open_cluster(folder / "postgres")]
        url = self.clusters[0].url("rufnetz").render_as_string(hide_password=False)
        self.environment = os.environ | {
            "RUFNETZ_STATE_FOLDER": str(state),
            "RUFNETZ_SECRET": SECRET,
            "RUFNETZ_SMTP_URL": mail.url,
            "DATABASE_URL": url,
            "RUFNETZ_API_PER_MIN": "0",
            "RUFNETZ_API_LOGINS_PER_MIN": "0",
            "OMP_NUM_THREADS": "1",
        }
        self.url = url
        with open_database(self.settings.model_copy(update={"database_url": url})) as database:
            operation = self.operation(database)
            operation.save_places()
            operation.save_staff("desk", PASSWORD, "dispatcher")
        self.ports = [_free_port() for _ in range(SERVERS)]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = self.said.open("ab")

    def operation(self, database: Database) -> Operation:
        """A look at the service from this process."""
        return Operation(self.network.district, self.network.artefacts, database, self.settings, now)

    def names(self) -> list[str]:
        """The processes."""
        return [*(f"server {n}" for n in range(SERVERS)), "worker"]

    def start(self, name: str) -> None:
        """Start a process that does not run."""
        folder = str(self.network.district.folder)
        words = ["worker", folder]
        if name != "worker":
            words = ["serve", folder, "--port", str(self.ports[int(name.split()[1])])]
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "web", *words],
            cwd=PROJECT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
        )

    def kill(self, name: str) -> None:
        """Kill -9."""
        self.processes[name].kill()
        self.processes[name].wait()

    def wait_until_served(self) -> None:
        """Until all servers answer."""
        end = time.monotonic() + 90
        for port in self.ports:
            while not _answers(port):
                if time.monotonic() > end:
                    msg = f"no server answers on port {port}; see {self.folder / 'processes.log'}"
                    raise RuntimeError(msg)
                time.sleep(0.1)

    def kill_database(self) -> None:
        """Kill -9 of PostgreSQL with all its processes, then start it again."""
        pid = int((self.folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        children = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False)
        for one in (pid, *map(int, children.stdout.split())):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        time.sleep(0.5)
        self.clusters.append(open_cluster(self.folder / "postgres"))

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A connection of our own."""
        database = connect(make_url(self.url))
        try:
            yield database
        finally:
            database.close()

    def close(self) -> None:
        """End all processes and PostgreSQL."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
        for cluster in self.clusters:
            cluster.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/health", timeout=2).is_success
    except httpx2.HTTPError:
        return False


class Person:
    """Somebody who calls the API, on any server, and calls again when nobody answers."""

    def __init__(self, stage: Stage, told: Told, number: int, stop: threading.Event) -> None:
        self.stage, self.told, self.stop = stage, told, stop
        self.random = random.Random(number)
        self.number = number
        self.client = httpx2.Client(timeout=30)
        self.header: dict[str, str] = {}

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx2.Response | None:
        """An answer, None where there was none (the server is being killed)."""
        port = self.random.choice(self.stage.ports)
        try:
            answer = self.client.request(
                method, f"http://127.0.0.1:{port}/api/v1{path}", json=body, headers=self.header
            )
        except httpx2.HTTPError:
            self.told.count("no answer")
            self.stop.wait(0.3)
            return None
        if answer.status_code == 500:
            self.told.fault(f"{method} {path.split('?', maxsplit=1)[0]} was answered 500")
        elif answer.status_code > 500:
            self.told.count(f"answered {answer.status_code}")  # while the database is away
        return answer

    def live(self) -> None:
        """Until the end."""
        while not self.stop.is_set():
            try:
                self.act()
            except Exception as fault:  # noqa: BLE001 - told in the end
                self.told.fault(f"{type(self).__name__} {self.number}: {type(fault).__name__}: {fault}")
            self.stop.wait(self.random.uniform(0.02, 0.25))

    def act(self) -> None:
        """One thing."""
        raise NotImplementedError


class Resident(Person):
    """Asks, books out and back, cancels, changes."""

    mine: list[str]

    def __init__(self, stage: Stage, told: Told, number: int, stop: threading.Event) -> None:
        super().__init__(stage, told, number, stop)
        self.mine = []
        self.booked = 0

    def act(self) -> None:
        if self.mine and self.random.random() < 0.25:
            self.cancel(self.mine.pop(self.random.randrange(len(self.mine))))
        else:
            self.book()

    def wish(self) -> dict[str, Any]:
        origin, destination = self.random.sample(STOPS, 2)
        minutes = self.random.choice((70, 90, 120, 200, 400, 1440, 1500, 2900)) + self.random.randrange(60)
        at = datetime.now(UTC) + timedelta(minutes=minutes)
        return {
            "origin": {"stop_id": origin},
            "destination": {"stop_id": destination},
            "depart_after": at.isoformat(),
            "party": {"persons": self.random.choice((1, 1, 2, 4))},
            "earlier_min": self.random.choice((0, 30)),
            "later_min": 60,
        }

    def book(self) -> None:
        answer = self.call("POST", "/offers", self.wish())
        if answer is None or not answer.is_success:
            return
        self.told.count("enquiries")
        offers = [offer for offer in answer.json().get("offers") or () if offer["token"]]
        if not offers:
            self.told.count("refused or a line only")
            return
        self.booked += 1
        mail = f"person{self.number}-{self.booked}@example.org"
        body = {"token": offers[0]["token"], "name": f"Person {self.number}", "email": mail, "allow_duplicate": True}
        for _ in range(20):  # the same order again until it is known what became of it
            answer = self.call("POST", "/bookings", body)
            if answer is not None and answer.status_code < 500:
                break
            self.stop.wait(0.5)
        if answer is None or answer.status_code >= 500:
            self.told.count("never answered")
        elif answer.is_success:
            code = answer.json()["code"]
            self.mine.append(code)
            with self.told.lock:
                self.told.confirmed.add(code)
            self.told.count("confirmed")
        elif answer.status_code == 409:
            self.told.count("somebody else was first")
            if not answer.json().get("answer"):  # fresh offers, or why there is none
                self.told.fault(f"whoever came second got nothing else: {answer.text[:200]}")
        elif answer.status_code not in REFUSED:
            self.told.fault(f"a booking was answered {answer.status_code}: {answer.text[:200]}")

    def cancel(self, code: str) -> None:
        with self.told.lock:
            self.told.unsure.add(code)
        for _ in range(20):
            answer = self.call("POST", "/bookings/cancel", {"code": code})
            if answer is not None and answer.status_code < 500:
                break
            self.stop.wait(0.5)
        else:
            return
        if answer is not None and answer.is_success:
            with self.told.lock:
                self.told.gone.add(code)
            self.told.count("cancelled")
        with self.told.lock:
            self.told.unsure.discard(code)


class Staff(Person):
    """Whoever logs in first."""

    def log_in(self) -> bool:
        answer = self.call("POST", "/staff/login", {"name": "desk", "password": PASSWORD})
        if answer is None or not answer.is_success:
            return False
        self.header = {"Authorization": f"Bearer {answer.json()['token']}"}
        return True

    def today(self) -> str:
        return datetime.now(self.stage.network.district.zone).date().isoformat()


class Driver(Staff):
    """Reports the next stops of all runs, sometimes that nobody came, once in a while that the vehicle broke down."""

    reports = 0

    def act(self) -> None:
        if not self.header and not self.log_in():
            return
        on = self.today()
        answer = self.call("GET", f"/days/{on}/expected")
        if answer is None or not answer.is_success:
            self.header = {} if answer is not None and answer.status_code == 401 else self.header
            return
        coming = [visit for visit in answer.json() if not visit["is_done"] and visit["ride_id"]]
        if not coming:
            self.stop.wait(1)
            return
        next_of_run: dict[str, dict[str, Any]] = {}
        for one in coming:
            next_of_run.setdefault(one["shift_id"], one)
        visit = self.random.choice(list(next_of_run.values()))
        self.reports += 1
        kind = "alighted"
        if visit["action"] == "pickup":
            kind = "no_show" if self.random.random() < 0.1 else "boarded"
        at = datetime.now(UTC).isoformat()
        body = {"id": f"soak-{self.number}-{self.reports}", "kind": kind, "at": at, "ride_id": visit["ride_id"]}
        if self.random.random() < 0.01:
            body = {"id": body["id"], "kind": "breakdown", "at": at}
        for _ in range(3):  # sent again where no answer came: kept once
            answer = self.call("POST", f"/days/{on}/runs/{visit['shift_id']}/events", body)
            if answer is not None and answer.status_code < 500:
                break
        if answer is not None and answer.is_success:
            self.told.count(f"reported: {body['kind']}")
        self.stop.wait(1)


class Desk(Staff):
    """Looks at the day and cures what is late."""

    def act(self) -> None:
        if not self.header and not self.log_in():
            return
        on = self.today()
        self.call("GET", f"/days/{on}/risks")
        answer = self.call("GET", f"/days/{on}/cures")
        if answer is not None and answer.is_success and answer.json():
            cure = self.random.choice(answer.json())
            done = self.call("POST", f"/days/{on}/cures/apply", {"kind": cure["kind"], "rides": cure["rides"]})
            if done is not None and done.is_success:
                self.told.count("cured")
        elif answer is not None and answer.status_code == 401:
            self.header = {}
        self.stop.wait(1)


class Breaker:
    """Breaks one thing after another."""

    def __init__(self, stage: Stage, told: Told, seed: int) -> None:
        self.stage, self.told, self.random = stage, told, random.Random(seed)

    def break_something(self) -> None:
        """One fault."""
        acts: dict[str, tuple[int, Callable[[], None]]] = {
            "a server killed": (4, self.kill_server),
            "the worker killed": (3, lambda: self.kill_and_start("worker")),
            "PostgreSQL killed": (2, self.stage.kill_database),
            "connections cut": (2, self.cut),
            "a day locked": (2, self.lock_day),
            "mail refused": (2, self.refuse_mail),
        }
        name = self.random.choices(list(acts), [weight for weight, _ in acts.values()])[0]
        self.told.count(name)
        try:
            acts[name][1]()
        except DBAPIError:
            self.told.count("could not be broken")

    def kill_server(self) -> None:
        """One of them; the other goes on."""
        self.kill_and_start(f"server {self.random.randrange(SERVERS)}")

    def kill_and_start(self, name: str) -> None:
        """Kill -9, and start it again after a moment."""
        self.stage.kill(name)
        time.sleep(self.random.uniform(0, 2))
        self.stage.start(name)

    def cut(self) -> None:
        """The connections of everybody end, in the middle of whatever they do."""
        with self.stage.database() as database, database.engine.begin() as connection:
            connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = 'rufnetz' and pid <> pg_backend_pid()"
                )
            )

    def lock_day(self) -> None:
        """Somebody holds a day for two seconds."""
        with self.stage.database() as database, database.engine.begin() as connection:
            connection.execute(text("select * from service_day for update"))
            time.sleep(2)

    def refuse_mail(self) -> None:
        """The mail server has had enough for a while."""
        self.stage.mail.answer = "451 later"
        time.sleep(3)
        self.stage.mail.answer = "250 OK"


def look(stage: Stage, told: Told, when: str) -> None:
    """Everything that must hold at every moment; faults are noted."""
    with told.lock:
        confirmed, gone, unsure = set(told.confirmed), set(told.gone), set(told.unsure)
    try:
        with stage.database() as database:
            oracle = DayOracle(stage.operation(database))
            oracle.promised(BookingCode(code) for code in confirmed - unsure - gone)
            oracle.cancelled(BookingCode(code) for code in gone)
            oracle.look(when)
            with database.engine.connect() as connection:
                deadlocks = connection.scalar(text("select deadlocks from pg_stat_database where datname = 'rufnetz'"))
        told.count("looks")
        if deadlocks:
            told.fault(f"{when}: {deadlocks} deadlocks")
    except DBAPIError:
        told.count("looks cut off")
    except AssertionError as violation:
        told.fault(str(violation))


def notices(stage: Stage, told: Told, until: datetime) -> None:
    """Every message queued before a time goes out, once at least; more often only where something was killed meanwhile.

    What is kept for a better hour on purpose is left out.
    """
    end = time.monotonic() + LONGEST_WAIT_S
    while True:
        with stage.database() as database, database.engine.connect() as connection:
            rows = connection.execute(text(_DELIVERIES), {"until": until}).all()
            unplanned = connection.scalar(text(_UNPLANNED), {"until": until})
        states = {row[0]: int(row[1]) for row in rows}
        if (not unplanned and not states.get("waiting")) or time.monotonic() > end:
            break
        time.sleep(2)
    arrived = Counter(mail["Message-ID"] for mail in stage.mail.mails)
    for state, number in states.items():
        told.count(f"mails {state}", number)
    told.count("mails that arrived", sum(arrived.values()))
    told.count("mails that arrived twice", sum(number > 1 for number in arrived.values()))
    if states.get("sent", 0) > len(arrived):
        told.fault("fewer mails arrived than are noted as sent")
    if unplanned or states.get("waiting") or states.get("dead"):
        told.fault(f"messages are left: {states}, and {unplanned} not looked at")


def soak(seconds: float, seed: int, keep: Path | None) -> Told:
    """Play, break, look."""
    told, stop = Told(), threading.Event()
    with tempfile.TemporaryDirectory(prefix="rufnetz-soak-") as name, mail_server() as mail:
        Path(name).chmod(0o755)
        stage = Stage(Path(name), mail)
        try:
            for process in stage.names():
                stage.start(process)
            stage.wait_until_served()
            people: list[Person] = [Resident(stage, told, n, stop) for n in range(RESIDENTS)]
            people += [Driver(stage, told, 100 + n, stop) for n in range(DRIVERS)]
            people.append(Desk(stage, told, 200, stop))
            threads = [threading.Thread(target=person.live) for person in people]
            for thread in threads:
                thread.start()
            breaker, began, said = Breaker(stage, told, seed), time.monotonic(), 0.0
            while (gone := time.monotonic() - began) < seconds - QUIET_S:
                time.sleep(EVERY_S)
                breaker.break_something()
                look(stage, told, f"after {gone:.0f} s")
                if gone - said > 60:
                    said = gone
                    print(f"{gone:.0f} s: {dict(told.counts)}", flush=True)
            stop.set()
            for thread in threads:
                thread.join()
            stage.mail.answer = "250 OK"
            until = datetime.now(UTC)
            time.sleep(QUIET_S)
            look(stage, told, "in the end")
            notices(stage, told, until)
        finally:
            stop.set()
            stage.close()
            if keep is not None:
                keep.write_bytes(stage.said.read_bytes())
    return told


def main(arguments: Sequence[str] | None = None) -> None:
    """Soak, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path, help="keep here what the processes said")
    given = parser.parse_args(arguments)
    told = soak(given.seconds, given.seed, given.log)
    for name, number in sorted(told.counts.items()):
        print(f"{number:7} {name}")
    for fault in told.faults[:20]:
        print(f"VIOLATION: {fault[:1000]}")
    print(f"{len(told.faults)} violations")
    sys.exit(bool(told.faults))


if __name__ == "__main__":
    main()
