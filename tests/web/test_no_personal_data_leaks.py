"""A whole life of bookings, run with marked names: none of them appears in a log, a URL, or a table that is kept.

The real application under uvicorn, the real database, a mail server of our own; every logger at DEBUG.
"""

import html
import json
import logging
import re
import smtplib
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_string
from typing import Any
from urllib.parse import unquote_plus

import httpx2
import pytest
import uvicorn
from pydantic import SecretStr
from sqlalchemy import select
from starlette.types import ASGIApp, Receive, Scope, Send

from booking import bookings, worker
from booking.database import Database
from booking.enquiry_search import Network
from booking.model import BookingCode
from booking.notice_desk import Notices
from booking.operation import Operation
from booking.tables import Base
from tests.tiny_network import FakeClock, local, operation_of
from tests.tiny_roads import CENTRE_LAT, lon_east_of_altwiek
from web.app import create_app

NAME = "Zyprian Kanarienvogel"
PHONE = "0151 55507771"
EMAIL = "zyprian@kanarien.example"
HOME = "Kanariengasse 13b, Brüelow"
HOME_LON, HOME_LAT = round(lon_east_of_altwiek(5_040), 7), round(CENTRE_LAT + 0.0004321, 7)
MARKS = ("kanarien", "zyprian", "55507771", "5550 7771", str(HOME_LAT), str(HOME_LON))
CLIENT = ("httpx2", "httpcore2")
"""What the client of this test logs about its own requests is not ours."""
STAFF = {"name": "anna", "password": "a good long password"}


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server that takes everything but what is for somebody it does not know."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Postman)
        self.mails: list[str] = []
        self.knows_nobody = False

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Postman(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "DATA":
                self._say("354 go on")
                self.server.mails.append(self._read_mail())
                self._say("250 taken")
            elif word == "QUIT":
                self._say("221 bye")
                return
            elif word == "RCPT" and self.server.knows_nobody:
                self._say(f"550 unknown: {line[8:]}")  # servers like to repeat the address
            else:
                self._say("250 fine")

    def _read_mail(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        return "\n".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Listener(logging.Handler):
    """Everything that anybody logs, formatted as it would be written, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(CLIENT):
            self.said.append(self.format(record))


@dataclass
class Watch:
    """Sees every request before the application does."""

    app: ASGIApp
    urls: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.urls.append(f"{scope['path']}?{scope['query_string'].decode()}")
        await self.app(scope, receive, send)


def readable(mail: str) -> str:
    """The texts of a mail as they are shown."""
    parts = message_from_string(mail).walk()
    return "\n".join(
        bytes(part.get_payload(decode=True) or b"").decode(errors="replace")  # type: ignore[arg-type]
        for part in parts
        if not part.is_multipart()
    )


@dataclass
class World:
    """The service, running, with everything that can be seen of it from outside."""

    operation: Operation
    clock: FakeClock
    client: httpx2.Client
    log: Listener
    mailbox: Mailbox
    urls: list[str]
    pages: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def post(self, path: str, status: int, **body: Any) -> Any:  # noqa: ANN401 - JSON
        """Ask the API."""
        answer = self.client.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if status < 500 else None

    def page(self, method: str, path: str, status: int, **form: str) -> str:
        """Ask for a page, as a form would."""
        answer = self.client.request(method, path, data=form or None)
        assert answer.status_code == status, answer.text
        self.pages.append(answer.text + answer.headers.get("location", ""))
        return answer.text

    def work(self) -> None:
        """A round of the worker, as it runs for ever."""
        worker.work_once(self.operation, {}, threading.Event(), improve_s=0.1)


@pytest.fixture
def world(tiny: Network, database: Database) -> Iterator[World]:
    clock = FakeClock("06:00")
    operation = operation_of(tiny, database, clock)
    operation.save_staff(STAFF["name"], STAFF["password"], "dispatcher")
    mailbox = Mailbox()
    operation.settings = operation.settings.model_copy(update={"smtp_url": SecretStr(mailbox.url)})
    operation.notices = Notices(operation)
    log = Listener()
    root = logging.getLogger()
    level_before = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    loggers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "uvicorn.asgi")]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.propagate = True
    watch = Watch(create_app(operation))
    server = uvicorn.Server(uvicorn.Config(watch, port=0, log_config=None, log_level="debug", access_log=True))
    threads = [threading.Thread(target=run, daemon=True) for run in (server.run, mailbox.serve_forever)]
    for thread in threads:
        thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    # After a fault of ours the server closes the connection; a new one for each request does not mind.
    headers = {"Connection": "close"}
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, headers=headers) as client:
        yield World(operation, clock, client, log, mailbox, watch.urls)
    server.should_exit = True
    mailbox.shutdown()
    for thread in threads:
        thread.join(timeout=10)
    mailbox.server_close()
    root.removeHandler(log)
    root.setLevel(level_before)


def enquiry(at: str = "10:00", **changes: object) -> dict[str, Any]:
    home = {"lon": HOME_LON, "lat": HOME_LAT, "label": HOME}
    return {
        "origin": home,
        "destination": {"stop_id": "cramnitz-markt"},
        "depart_after": local(at).isoformat(),
        **changes,
    }


def contact(**changes: str) -> dict[str, str]:
    return {"name": NAME, "phone": PHONE, "email": EMAIL, **changes}


def meant(**changes: str) -> dict[str, Any]:
    """The same contact once more, for another journey at the same time."""
    return {**contact(**changes), "allow_duplicate": True}


def live_by_api(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Book, find, cancel, ask for one's data and have it deleted; and everything that can go wrong."""
    world.post("places/search", 200, text=HOME)
    offers = world.post("offers", 200, **enquiry())["offers"]
    code = world.post("bookings", 201, token=offers[0]["token"], **meant())["code"]
    world.codes.append(code)
    world.post("bookings/find", 200, code=code)
    world.work()
    world.post("bookings", 422, token=NAME, **contact(name=NAME * 20, colour=NAME))
    world.post("offers", 422, **enquiry(origin={"lon": 200.0, "lat": HOME_LAT, "label": HOME}))
    world.post("offers", 422, **enquiry("2026-03-02 10:00"))
    world.post("offers", 404, **enquiry(destination={"stop_id": HOME}))
    world.post("bookings", 422, token=NAME, **meant())
    world.post("bookings", 400, token=NAME.split(maxsplit=1)[0], **meant())
    world.post("bookings/find", 404, code=NAME[:20])
    world.post("privacy/export", 404, code=code, reached_by=f"x{EMAIL}")
    world.client.post("/api/v1/bookings", content=f'{{"name": "{NAME}", ')
    fill_the_day(world)
    break_the_database(world, monkeypatch, code)
    world.post("privacy/export", 200, code=code, reached_by=EMAIL)
    second = world.post("offers", 200, **enquiry("2026-03-04 10:00"))["offers"][0]
    second_code = world.post("bookings", 201, token=second["token"], **meant(name=f"{NAME} II"))["code"]
    world.codes.append(second_code)
    world.post("bookings/cancel", 200, code=second_code)
    world.post("privacy/delete", 200, code=second_code, reached_by=PHONE)


def fill_the_day(world: World) -> None:
    """Until somebody else is first (409), and until the offer is too old (410)."""
    party = {"persons": 4}
    tokens = [world.post("offers", 200, **enquiry("08:00", party=party))["offers"][0]["token"] for _ in range(12)]
    statuses = []
    for token in tokens:
        answer = world.client.post("/api/v1/bookings", json={"token": token, **meant()})
        statuses.append(answer.status_code)
        if answer.status_code == 201:
            world.codes.append(answer.json()["code"])
    assert 409 in statuses
    world.clock.at += timedelta(minutes=20)
    world.post("bookings", 410, token=tokens[-1], **meant())


def break_the_database(world: World, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Faults of ours, whose tracebacks are logged: the database repeats values, the worker's round fails."""
    token = world.post("offers", 200, **enquiry("12:00"))["offers"][0]["token"]
    with monkeypatch.context() as patched:
        patched.setattr(bookings, "new_code", lambda: BookingCode(code))  # Key (code)=(…) already exists
        world.post("bookings", 500, token=token, **meant())
        patched.undo()
    with monkeypatch.context() as patched:
        patched.setattr(bookings, "ContactRow", _without_name)  # Failing row contains (…)
        world.post("bookings", 500, token=token, **meant())
        world.page("POST", "/de/bookings", 500, offer=token, again="yes", **contact())
    with monkeypatch.context() as patched:
        patched.setattr(world.operation.notices, "prepare", _refused_recipient)
        world.work()
    world.mailbox.knows_nobody = True
    world.post("bookings", 201, token=token, **meant())
    world.work()
    world.mailbox.knows_nobody = False


def _without_name(**values: Any) -> Any:  # noqa: ANN401 - a row
    from booking.tables import ContactRow  # noqa: PLC0415 - the name is patched

    return ContactRow(**{**values, "name": None})


def _refused_recipient(*_: object) -> int:
    raise smtplib.SMTPRecipientsRefused({"somebody": (550, b"unknown")})


def live_by_pages(world: World) -> None:
    """The same with a browser, and as a caller of a dispatcher."""
    typed = {"origin": HOME, "origin_choice": _choice(), "destination": "Cramnitz, Markt", "day": "2026-03-03"}
    wish = {**typed, "timing": "depart_after", "hour": "14", "minute": "00", "persons": "1"}
    world.page("GET", "/de/", 200)
    offers = world.page("POST", "/de/offers", 200, **wish)
    token = _hidden(offers, "offer")
    world.page("POST", "/de/check", 200, offer=token)
    world.page("POST", "/de/bookings", 422, offer=token, **contact(email="kanarien"))
    world.page("POST", "/de/bookings", 409, offer=token, **contact())  # the same person at the same time: meant so?
    world.page("POST", "/de/bookings", 303, offer=token, again="yes", **contact())
    shown = world.page("GET", "/de/booking", 200)
    assert NAME in shown
    code = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", shown)
    assert code is not None
    world.codes.append(code[0])
    world.page("GET", "/de/booking/calendar.ics", 200)
    world.page("POST", "/de/booking/find", 422, code=code[0], phone="0385 1")
    world.page("POST", "/de/booking/find", 303, code=code[0], phone=PHONE)
    world.page("POST", "/de/booking/cancel", 303, _="")
    world.page("POST", "/staff/login", 303, **STAFF)
    called = world.page("POST", "/staff/book/offers", 200, **{**wish, "hour": "16"})
    token = _hidden(called, "offer")
    world.page("POST", "/staff/book/caller", 200, offer=token)
    booked = world.page("POST", "/staff/book/confirmed", 200, offer=token, **contact())
    found = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", booked)
    assert found is not None
    world.codes.append(found[0])
    assert found[0] in world.page("POST", "/staff/search", 200, text=NAME)
    day = world.page("GET", "/staff/day/2026-03-03", 200)
    assert "Kanarienvogel" in day or "run/" in day
    for shift in ("west-early", "west-late", "east-day", "taxi-evening"):
        world.page("GET", f"/staff/day/2026-03-03/run/{shift}", 200)
    cancelled = {"code": found[0], "on": "2026-03-03", "shift_id": "west-late"}
    world.page("POST", "/staff/cancel", 200, **cancelled)
    world.page("POST", "/staff/cancel/confirmed", 303, **cancelled)


def _choice() -> str:
    return json.dumps({"label": HOME, "lon": HOME_LON, "lat": HOME_LAT, "stop_id": None})


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) or re.search(
        rf'value="([^"]+)"[^>]*name="{name}"', page
    )
    assert found is not None, page
    return html.unescape(found[1])


def marks_in(text: str, codes: list[str]) -> list[str]:
    """Which of the marks stand in a text, also percent-encoded."""
    plain = unquote_plus(text).casefold()
    return [mark for mark in (*MARKS, *codes) if mark.casefold() in plain]


def test_no_personal_data_reaches_logs_urls_or_tables_that_are_kept(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_by_api(world, monkeypatch)
    live_by_pages(world)
    world.work()

    said = "\n".join(world.log.said)
    assert any(NAME in readable(mail) for mail in world.mailbox.mails), "mails do name the rider"
    assert '"POST /api/v1/bookings' in said, "the access log is on"
    assert "UniqueViolation" in said, "and so are tracebacks of database errors"
    assert "NotNullViolation" in said
    assert "the worker's step 'tell' failed" in said
    assert len(set(world.codes)) > 5
    assert marks_in(said, world.codes) == []

    assert any("/de/bookings" in url for url in world.urls)
    assert marks_in("\n".join(world.urls), world.codes) == []
    links = [link for page in world.pages for link in re.findall(r'(?:href|action|src)="([^"]*)"', page)]
    assert len(links) > 100
    asked = [html.unescape(link) for link in links if not link.startswith("tel:")]  # that asks no server
    assert marks_in("\n".join(asked), world.codes) == []

    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = "\n".join(str(tuple(row)) for row in connection.execute(select(table)))
            # A booking is found by its code; whoever reads its row learns no name and no address.
            allowed = world.codes if table.name == "booking" else []
            marks = [] if table.name == "contact" else marks_in(rows, world.codes)
            assert set(marks) <= set(allowed), table.name

    # Half a year later nothing of it is left anywhere.
    world.clock.at = local("2026-09-01 12:00")
    world.work()
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = "\n".join(str(tuple(row)) for row in connection.execute(select(table)))
            assert marks_in(rows, world.codes) == [], table.name
    assert marks_in("\n".join(world.log.said), world.codes) == []


def test_the_marks_are_found_where_they_are() -> None:
    assert marks_in(f"GET /x?name={NAME.replace(' ', '+')}", []) == ["kanarien", "zyprian"]
    assert marks_in("tel:%2B49 5550%207771", []) == ["5550 7771"]
    assert marks_in("code=7kqm-2x9c", ["7KQM-2X9C"]) == ["7KQM-2X9C"]
