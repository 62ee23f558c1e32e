"""A real server on the made-up district, and a browser that looks at it."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from booking.database import Database
from booking.enquiry_search import Network
from booking.model import Channel, Contact, Offer
from booking.operation import Operation
from tests.tiny_network import FakeClock, enquiry_of, operation_of
from web.app import create_app

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Server:
    """A server that can be killed, and started again at the same address."""

    def __init__(self, app: FastAPI) -> None:
        self._app, self._port = app, 0
        self._running: tuple[uvicorn.Server, threading.Thread] | None = None
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        # the socket listens before the server runs: whoever connects early waits
        listening = socket.create_server(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(self._app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        self._running = server, thread

    def kill(self) -> None:
        """No answer any more, also on connections that are open."""
        if self._running is not None:
            server, thread = self._running
            server.should_exit = server.force_exit = True
            thread.join(timeout=10)
            self._running = None


@dataclass
class Site:
    """A server that runs, and what the browser asked and complained about."""

    server: Server
    operation: Operation
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.server.address

    def open_page(self, context: BrowserContext, path: str) -> Page:
        """A page whose requests and complaints are kept."""
        page = context.new_page()
        page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108 - a bound method of a list takes no mark
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.goto(self.address + path)
        return page


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        pytest.skip(f"no browser: install one of {', '.join(BROWSERS)}")
    is_root = os.geteuid() == 0
    with sync_playwright() as playwright:
        # the sandbox of the browser refuses to run for root, as in most containers
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"] if is_root else [])
        yield browser
        browser.close()


@pytest.fixture
def site(tiny: Network, database: Database) -> Iterator[Site]:
    """The service at six in the morning of Tuesday, 3 March 2026; nothing is booked yet."""
    operation = operation_of(tiny, database, FakeClock("06:00"))
    server = Server(create_app(operation))
    yield Site(server, operation)
    server.kill()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window of its own with JavaScript, as wide as the smallest phones."""
    context = browser.new_context(viewport={"width": 320, "height": 640})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def plain_context(browser: Browser) -> Iterator[BrowserContext]:
    """A window without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def booked(site: Site) -> Offer:
    """One ride that is booked."""
    enquiry = enquiry_of(site.operation.network, "brueelow-markt", "cramnitz-markt", "10:00")
    offer = site.operation.answer(enquiry).offers[0]
    site.operation.confirm(site.operation.token(offer), Contact("Erika Beispiel", "0385 0000001"), Channel.WEB)
    return offer
