"""Sources are downloaded politely, and artefacts lie in their folder whole or not at all."""

import hashlib
import http.server
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from booking.artefact_sources import Fingerprints, SourceError, refresh
from booking.artefact_store import Entry, Manifest, find_finished, make_artefact, tidy, write_manifest
from booking.artefacts import build_artefacts, is_up_to_date
from booking.district import District
from booking.district_files import read_district
from tests.tiny_district import write_tiny_district


class _Server(http.server.ThreadingHTTPServer):
    """Serves one text with an ETag, counts what it sends, and can be told to fail."""

    text = b"first"
    sent = 0
    asked = 0
    status = 200


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        etag = f'"{hashlib.sha256(self.server.text).hexdigest()}"'
        self.server.asked += 1
        if self.server.status != 200:
            self.send_response(self.server.status)
            self.end_headers()
        elif self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
        else:
            self.server.sent += 1
            self.send_response(200)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(self.server.text)))
            self.end_headers()
            self.wfile.write(self.server.text)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def address(server: _Server, name: str = "roads.osm") -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/{name}"


def test_a_download_is_repeated_only_when_the_file_changed(server: _Server, tmp_path: Path) -> None:
    path, note = refresh(address(server), tmp_path)
    assert (path.read_bytes(), path.name.endswith("-roads.osm")) == (b"first", True)
    assert "was downloaded" in note
    assert "has not changed" in refresh(address(server), tmp_path)[1]
    assert (server.asked, server.sent) == (2, 1)
    server.text = b"second"
    assert refresh(address(server), tmp_path)[0].read_bytes() == b"second"
    assert (server.asked, server.sent) == (3, 2)


def test_if_the_server_fails_the_copy_from_last_time_serves(server: _Server, tmp_path: Path) -> None:
    refresh(address(server), tmp_path)
    server.status = 503
    path, note = refresh(address(server), tmp_path)
    assert path.read_bytes() == b"first"
    assert "HTTP 503" in note


def test_without_a_copy_a_failing_server_is_an_error_that_names_the_address(server: _Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(SourceError, match=rf"{re.escape(address(server))} cannot be downloaded \(HTTP 404\)"):
        refresh(address(server), tmp_path)


def test_a_server_that_is_not_there_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be downloaded"):
        refresh("http://127.0.0.1:9/roads.osm", tmp_path)


def rebuilt(district: District, folder: Path) -> list[str]:
    report = build_artefacts(district, folder, progress=lambda _text: None)
    return [step.name for step in report.steps if step.was_built]


def test_a_district_whose_roads_are_downloaded_is_built_and_follows_the_file(server: _Server, tmp_path: Path) -> None:
    folder = write_tiny_district(tmp_path / "tiny")
    server.text = (folder / "roads.osm").read_bytes()
    main = folder / "district.toml"
    main.write_text(main.read_text(encoding="utf-8").replace('"roads.osm"', f'"{address(server)}"'), encoding="utf-8")
    remote = read_district(folder)
    assert not is_up_to_date(remote, tmp_path / "a")
    rebuilt(remote, tmp_path / "a")
    assert is_up_to_date(remote, tmp_path / "a")
    assert rebuilt(remote, tmp_path / "a") == []
    server.text = server.text.replace(b'v="100"', b'v="70"')
    assert rebuilt(remote, tmp_path / "a") == ["roads", "network", "times", "map", "gazetteer"]


def test_fingerprints_read_a_file_again_only_if_its_size_or_time_changed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a", encoding="utf-8")
    first = Fingerprints()
    print_a = first.of(path)
    stat = path.stat()
    path.write_text("b", encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert Fingerprints(first.used).of(path) == print_a, "as if unchanged: same size, same time"
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert Fingerprints(first.used).of(path) != print_a
    with pytest.raises(SourceError, match="cannot be read"):
        Fingerprints().of(tmp_path / "nothing")


def test_a_folders_fingerprint_follows_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1", encoding="utf-8")
    first = Fingerprints().of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert Fingerprints().of(tmp_path) != first


def test_an_artefact_is_complete_or_absent(tmp_path: Path) -> None:
    def fail(draft: Path) -> str:
        (draft / "half").write_text("…", encoding="utf-8")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_artefact(tmp_path, "roads", "k" * 64, fail)
    assert list(tmp_path.iterdir()) == []
    entry = make_artefact(tmp_path, "roads", "k" * 64, lambda _draft: "done")
    assert find_finished(tmp_path, "roads", "k" * 64) == entry
    assert find_finished(tmp_path, "roads", "k" * 63 + "x") is None, "a name is not enough"


def test_tidying_keeps_what_is_in_use_downloads_and_other_builds_under_way(tmp_path: Path) -> None:
    for name in ("roads-old", "roads-new", "sources", "unfinished-fresh", "unfinished-old"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / "unfinished-old", (0, 0))
    (tmp_path / "unfinished-old.json").write_text("", encoding="utf-8")
    os.utime(tmp_path / "unfinished-old.json", (0, 0))
    manifest = Manifest("", {"roads": Entry("roads-new", "k", 1.0, "")}, {})
    write_manifest(tmp_path, manifest)
    tidy(tmp_path, manifest, ("roads",))
    assert {path.name for path in tmp_path.iterdir()} == {"roads-new", "sources", "unfinished-fresh", "manifest.json"}
