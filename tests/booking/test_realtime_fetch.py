"""Realtime feeds from a server of this computer and from files: asked sparingly, kept when something fails."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from booking import realtime_fetch
from booking.realtime_fetch import RealtimeFetchError, fetch_realtime, told_source

NOW = datetime(2026, 3, 11, 7, 0, tzinfo=UTC)


def feed_bytes(trip: str, made_at: datetime | None = NOW, *, is_differential: bool = False) -> bytes:
    feed = pb.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    if made_at is not None:
        feed.header.timestamp = int(made_at.timestamp())
    if is_differential:
        feed.header.incrementality = pb.FeedHeader.DIFFERENTIAL
    feed.entity.add(id=trip).trip_update.trip.trip_id = trip
    return feed.SerializeToString()


@dataclass
class Server:
    """What the server answers, and what it was asked."""

    address: str = ""
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    says = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            says.asked.append(dict(self.headers))
            known = self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since")
            is_known = known is not None and known in says.headers.values()
            self.send_response(304 if is_known else says.status)
            for name, value in says.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if not is_known:
                self.wfile.write(says.body)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    says.address = f"http://127.0.0.1:{http.server_port}/trips.pb"
    yield says
    http.shutdown()
    http.server_close()


def trips(fetched: realtime_fetch.Fetched) -> list[str]:
    return [str(update.trip.trip_id) for update in fetched.feed.updates.values()]


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_a_feed_that_has_not_changed_is_not_sent_again(server: Server, header: str) -> None:
    value = '"v1"' if header == "ETag" else "Wed, 11 Mar 2026 07:00:00 GMT"
    server.body, server.headers = feed_bytes("t1"), {header: value}
    first = fetch_realtime(server.address, NOW)
    again = fetch_realtime(server.address, NOW + timedelta(seconds=30), first)
    assert (first.is_new, again.is_new, again.note) == (True, False, "")
    assert again.feed is first.feed
    assert again.fetched_at == NOW + timedelta(seconds=30)
    server.body, server.headers = feed_bytes("t2"), {header: '"v2"'}
    changed = fetch_realtime(server.address, NOW, again)
    assert (changed.is_new, trips(changed)) == (True, ["t2"])


def test_a_key_is_sent_and_never_told(server: Server) -> None:
    server.status = 403
    with pytest.raises(RealtimeFetchError) as fault:
        fetch_realtime(server.address + "?key=secret", NOW, headers={"X-Api-Key": "hidden"})
    assert server.asked[0]["X-Api-Key"] == "hidden"
    assert "HTTP 403" in str(fault.value)
    assert "secret" not in str(fault.value)
    assert told_source("https://me:pass@example.org:8443/rt?key=1") == "https://example.org:8443/rt"


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [(500, b"", "HTTP 500"), (200, b"<html>Wartung</html>", "a web page"), (200, b"", "nothing in it")],
)
def test_when_a_server_fails_the_last_feed_serves_on(server: Server, status: int, body: bytes, told: str) -> None:
    server.body = feed_bytes("t1")
    first = fetch_realtime(server.address, NOW)
    server.status, server.body = status, body
    failed = fetch_realtime(server.address, NOW + timedelta(minutes=5), first)
    assert trips(failed) == ["t1"]
    assert failed.fetched_at == NOW, "when it was good"
    assert not failed.is_new
    assert told in failed.note
    assert "the feed from last time is used" in failed.note


def test_without_a_feed_from_before_a_failure_is_a_fault_with_its_remedy(server: Server) -> None:
    server.body = b"{}"
    with pytest.raises(RealtimeFetchError, match="it is JSON"):
        fetch_realtime(server.address, NOW)
    with pytest.raises(RealtimeFetchError, match="could not be fetched"):
        fetch_realtime("http://127.0.0.1:9/none.pb", NOW)
    with pytest.raises(RealtimeFetchError, match="No such file"):
        fetch_realtime("/nowhere/trips.pb", NOW)


def test_a_feed_that_is_too_large_is_not_swallowed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realtime_fetch, "MOST_BYTES", 2**20)
    server.body = bytes(2**21)
    with pytest.raises(RealtimeFetchError, match="larger than 1 MB"):
        fetch_realtime(server.address, NOW)


def test_an_old_feed_is_noticed(server: Server) -> None:
    server.body = feed_bytes("t1", NOW - timedelta(minutes=10))
    fetched = fetch_realtime(server.address, NOW)
    assert fetched.staleness(NOW, 900) == ""
    assert fetched.staleness(NOW, 300) == "The realtime feed is 10 min 0 s old; at most 300 s are trusted."


def test_where_a_feed_is_silent_about_its_age_the_server_is_believed(server: Server) -> None:
    server.body, server.headers = feed_bytes("t1", None), {"Last-Modified": "Wed, 11 Mar 2026 06:59:00 GMT"}
    assert fetch_realtime(server.address, NOW).feed.age_s(NOW) == 60
    server.headers = {}
    assert "does not say" in fetch_realtime(server.address, NOW).staleness(NOW, 300)


def test_a_file_is_read_again_when_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "trips.pb"
    path.write_bytes(feed_bytes("t1"))
    first = fetch_realtime(str(path), NOW)
    assert not fetch_realtime(str(path), NOW, first).is_new
    path.write_bytes(feed_bytes("t22"))
    os.utime(path, (1, 1))
    assert trips(fetch_realtime(str(path), NOW, first)) == ["t22"]


def test_a_differential_feed_adds_to_the_one_before(server: Server) -> None:
    server.body = feed_bytes("t1")
    first = fetch_realtime(server.address, NOW)
    server.body = feed_bytes("t2", is_differential=True)
    assert trips(fetch_realtime(server.address, NOW, first)) == ["t1", "t2"]
