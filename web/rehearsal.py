"""A rehearsal: a whole day of a district driven through the public API, in minutes, on a database that is thrown away.

Residents ask, choose, book and cancel; drivers report what they do, some a little late, and some riders stay away; some
trains are late. The worker follows the day, keeps connections and re-plans. The clock is the rehearsal's own and jumps
from one event to the next; everything else is the service as it runs: server, API, PostgreSQL.
"""

import heapq
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http import HTTPStatus
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import numpy as np
import uvicorn

from booking.artefacts import Artefacts
from booking.database import open_database
from booking.district import District
from booking.improve import improve_day
from booking.model import Place
from booking.operation import Operation
from booking.settings import Settings
from gtfs.service_day import ServiceDay
from planning.demand import Wish
from web.demo import HOST
from web.rehearsal_drivers import Drivers, late_trips, news_of
from web.server import create_server, warm_up

SHARE_CANCELLED = 0.083
"""Of the real service's first ten weeks: 977 passengers ordered, 882 were carried, 14 did not come."""
DRIVE_EVERY, LOOK_EVERY = timedelta(minutes=10), timedelta(minutes=30)
"""At least so much lies between two looks at what vehicles do, and at most."""
IMPROVE_EVERY = timedelta(minutes=10)
DISPATCHER = "leitstelle"
IMPROVE_STEPS = 2_000
"""Steps of ruin and recreate each time the worker looks at a day that has changed."""
FIRST_HOUR, LAST_HOUR = 4, 27
PHONE = "0152 28817386"
"""One of the numbers kept free for fiction by the German regulator."""


class RehearsalClock:
    """The time of the rehearsal. It never goes back."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The time now."""
        return self.at


@dataclass
class Counts:
    """What is counted on the way.

    Parameters
    ----------
    served, refused
        Wishes by what served them (ride, combined, line), and by the reason why nothing did.
    shifted
        Of the served: at another time than wished, within what the rider can give.
    taken
        Offers that somebody else had taken when they were confirmed.
    latency_s
        Seconds on the wall that each call took, by its kind.
    """

    served: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    shifted: int = 0
    taken: int = 0
    cancelled: int = 0
    improved: int = 0
    latency_s: dict[str, list[float]] = field(default_factory=dict)

    def quantile_ms(self, kind: str, share: float) -> float:
        """A quantile of a kind of calls in milliseconds; 0 where there was none."""
        values = self.latency_s.get(kind, [])
        return 1000 * float(np.quantile(values, share)) if values else 0.0


@contextmanager
def open_stage(district: District, artefacts: Artefacts, first_at: datetime) -> Iterator[tuple[Operation, str]]:
    """A service with a clock of its own on a database of its own: gives it and its address; all is gone at the end."""
    with TemporaryDirectory(prefix="rufnetz-rehearsal-") as folder:
        Path(folder).chmod(0o755)
        # All of the day comes from one address: limits would measure the limits.
        settings = Settings(
            state_folder=Path(folder), database_url=None, api_per_min=0, api_key_per_min=0, api_logins_per_min=0
        )
        with open_database(settings) as database:
            operation = Operation(district, artefacts, database, settings, RehearsalClock(first_at))
            operation.save_places()
            warm_up()
            # The server opens its port itself, as in operation: asyncio leaves Nagle's algorithm on (40 ms for every
            # answer) where it is given a socket that was made without naming TCP.
            server = create_server(operation, HOST, 0)
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            try:
                _wait_until_started(server, thread)
                port = server.servers[0].sockets[0].getsockname()[1]
                yield operation, f"http://{HOST}:{port}"
            finally:
                server.should_exit = True
                thread.join(timeout=30)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        if not thread.is_alive():
            msg = "the server of the rehearsal ended before it began"
            raise RuntimeError(msg)
        time.sleep(0.02)


class Rehearsal:
    """Events in the order of their time; each may add others.

    Parameters
    ----------
    operation
        Its clock is a :class:`RehearsalClock`.
    """

    def __init__(self, operation: Operation, address: str, *, seed: int) -> None:
        if not isinstance(operation.clock, RehearsalClock):
            msg = "a rehearsal needs a clock that can be set"
            raise TypeError(msg)
        self.operation, self.clock = operation, operation.clock
        self.counts = Counts()
        self.random = np.random.default_rng([seed, 1])  # the wishes are drawn from the seed itself
        self._client = httpx2.Client(base_url=f"{address}/api/v1", timeout=60)
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = count()
        self._improved_at: dict[date, int] = {}
        self.drivers = Drivers(self._call, self._expected, self.random)
        self.late = late_trips(operation.artefacts, self.random)

    def _log_in(self) -> None:
        """Drivers and the desk report and ask as staff do."""
        password = secrets.token_urlsafe(12)
        self.operation.save_staff(DISPATCHER, password, "dispatcher")
        answer = self._call("login", "/staff/login", {"name": DISPATCHER, "password": password})
        self._client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"

    def _expected(self, on: date) -> list[dict[str, Any]]:
        answer = self._client.get(f"/days/{on}/expected")
        if answer.status_code == HTTPStatus.UNAUTHORIZED:  # a login lasts for a shift, the rehearsal for weeks
            self._log_in()
            answer = self._client.get(f"/days/{on}/expected")
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    def _drive(self, service_day: ServiceDay) -> None:
        """Vehicles drive, lines run, the worker follows; again in a few minutes until the day is over."""
        now, on = self.clock.at, service_day.on
        next_at = self.drivers.drive(on, now)
        self.operation.dispatch.follow(on)
        self.operation.dispatch.keep_connections(on, news_of(self.late, service_day, now))
        self.operation.dispatch.place_unplaced(on)
        if now < service_day.at(LAST_HOUR * 3600):
            soonest, latest = now + DRIVE_EVERY, now + LOOK_EVERY
            at = latest if next_at is None else min(max(next_at, soonest), latest)
            self.at(at, lambda: self._drive(service_day))

    def at(self, at: datetime, event: Callable[[], None]) -> None:
        """Let something happen at a time."""
        heapq.heappush(self._events, (at, next(self._number), event))

    def play(self, wishes: tuple[Wish, ...], service_day: ServiceDay, progress: Callable[[], None]) -> None:
        """The whole day: the orders of the days before it as well."""
        for wish in wishes:

            def ask(wish: Wish = wish) -> None:
                self._ask(wish)
                progress()

            self.at(service_day.at(wish.asked_s), ask)
        self.at(service_day.at(0), lambda: self._improve(service_day))
        self.at(service_day.at(FIRST_HOUR * 3600), lambda: self._drive(service_day))
        with self._client:
            while self._events:
                at, _, event = heapq.heappop(self._events)
                self.clock.at = max(self.clock.at, at)
                event()

    def _call(self, kind: str, path: str, body: dict[str, Any]) -> httpx2.Response:
        began = time.perf_counter()
        answer = self._client.post(path, json=body)
        self.counts.latency_s.setdefault(kind, []).append(time.perf_counter() - began)
        if answer.status_code >= 500:
            msg = f"{path} answered {answer.status_code}: {answer.text[:500]}"
            raise RuntimeError(msg)
        return answer

    def _ask(self, wish: Wish) -> None:
        body = self._call("offer", "/offers", enquiry_json(wish)).json()
        offer, is_shifted = choose(wish, body)
        if offer is None:
            self.counts.refused[refusal_reason(body)] += 1
            return
        if offer["token"] is not None and not self._book(wish, offer["token"]):
            return
        self.counts.served[offer["kind"]] += 1
        self.counts.shifted += is_shifted

    def _book(self, wish: Wish, token: str) -> bool:
        answer = self._call(
            "confirm",
            "/bookings",
            {"token": token, "name": f"Gast {wish.number}", "phone": PHONE, "allow_duplicate": True},
        )
        if answer.status_code == 409:
            self.counts.taken += 1
            self.counts.refused["taken"] += 1
            return False
        booking = answer.raise_for_status().json()
        if self.random.random() < SHARE_CANCELLED:
            departs_at = datetime.fromisoformat(booking["legs"][0]["departure_at"])
            share = float(self.random.random())
            self.at(self.clock.at + share * (departs_at - self.clock.at), lambda: self._cancel(booking["code"]))
        return True

    def _cancel(self, code: str) -> None:
        if self._call("cancel", "/bookings/cancel", {"code": code}).is_success:
            self.counts.cancelled += 1

    def _improve(self, service_day: ServiceDay) -> None:
        """What the worker does, with steps in place of seconds: the same on every computer."""
        operation, version = self.operation, self.operation.version(service_day.on)
        if version not in (0, self._improved_at.get(service_day.on)):
            sessions = operation.database.sessions
            now = operation.clock()
            found = improve_day(
                sessions, operation.network, service_day, now, seconds=None, iterations=IMPROVE_STEPS, seed=0
            )
            self.counts.improved += found is not None
            self._improved_at[service_day.on] = operation.version(service_day.on)
        if self.clock.at < service_day.at(LAST_HOUR * 3600):
            self.at(self.clock.at + IMPROVE_EVERY, lambda: self._improve(service_day))


def enquiry_json(wish: Wish) -> dict[str, Any]:
    """A wish as the API takes it."""
    enquiry = wish.enquiry
    party = {name: value for name, value in _party_json(wish).items() if value}
    return {
        "origin": _place_json(enquiry.origin),
        "destination": _place_json(enquiry.destination),
        enquiry.timing.value: enquiry.wished_at.isoformat(),
        "party": party,
        "earlier_min": wish.flexibility_s // 60,
        "later_min": wish.flexibility_s // 60,
    }


def _party_json(wish: Wish) -> dict[str, int]:
    party = wish.enquiry.party
    return {
        "persons": party.persons,
        "wheelchairs": party.wheelchairs,
        "prams": party.prams,
        "walking_frames": party.walking_frames,
        "bikes": party.bikes,
    }


def _place_json(place: Place) -> dict[str, Any]:
    if place.stop_id is not None:
        return {"stop_id": place.stop_id}
    return {"lon": place.lon, "lat": place.lat, "label": place.label}


def choose(wish: Wish, body: dict[str, Any]) -> tuple[dict[str, Any] | None, bool]:
    """The rider's choice among the offers of an answer, and whether it is at another time than wished."""
    if body.get("offers"):
        first = body["offers"][0]
        return first, any(why["reason"] in ("shifted_earlier", "shifted_later") for why in first["explanations"])
    found = body.get("alternatives") or (body.get("refusal") or {}).get("alternatives") or []
    in_reach = [offer for offer in found if wait_s(wish, offer) <= wish.flexibility_s]
    return min(in_reach, key=lambda offer: wait_s(wish, offer), default=None), True


def wait_s(wish: Wish, offer: dict[str, Any]) -> int:
    """How far an offer lies from the wish."""
    end = "departure_at" if wish.enquiry.timing == "depart_after" else "arrival_at"
    return abs(int((datetime.fromisoformat(offer[end]) - wish.enquiry.wished_at).total_seconds()))


def refusal_reason(body: dict[str, Any]) -> str:
    """Why an answer holds nothing that helps."""
    if body.get("refusal"):
        return str(body["refusal"]["explanation"]["reason"])
    return str(body.get("code", "unknown"))
