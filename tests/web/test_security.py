"""What every answer carries, what is refused, what is not logged, and that nothing comes from other sites."""

import hashlib
import logging
import re
import tomllib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from web.security import CONTENT_SECURITY_POLICY, PrivateAccessLog, keep_access_log_private
from web.static_files import STATIC_FOLDER

PAGES = ("/de/", "/ar/booking/find", "/nowhere", "/api/docs", "/static/page.css", "/api/v1/openapi.json")
LOCKS = (STATIC_FOLDER / "vendor", Path(__file__).parents[1] / "e2e" / "vendor")
TEXT_FILES = (".css", ".js", ".html")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith(CONTENT_SECURITY_POLICY)
    assert "script-src" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"


def test_only_the_page_of_the_api_may_have_style_attributes(client: TestClient) -> None:
    loose = [path for path in PAGES if "unsafe-inline" in client.get(path).headers["content-security-policy"]]
    assert loose == ["/api/docs"]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
    ],
)
def test_a_form_of_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/de/booking/cancel", headers=headers)
    assert answer.status_code == 403
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "http://testserver"}, {}])
def test_our_own_forms_and_programs_are_heard(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/de/booking/cancel", headers=headers).status_code == 303


def test_other_sites_may_use_the_api_but_not_with_our_cookies(client: TestClient) -> None:
    headers = {"origin": "https://elsewhere.example"}
    for cookie, status in (("", 200), ("somebody", 403)):
        if cookie:
            client.cookies.set("rufnetz_staff", cookie)
        answer = client.post("/api/v1/places/search", json={"text": "dross"}, headers=headers)
        assert answer.status_code == status


def test_the_access_log_holds_neither_addresses_nor_queries() -> None:
    keep_access_log_private()
    keep_access_log_private()
    (kept,) = [f for f in logging.getLogger("uvicorn.access").filters if isinstance(f, PrivateAccessLog)]
    record = logging.LogRecord(
        "uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d',
        ("203.0.113.7:5000", "GET", "/de/?name=Kim", "1.1", 200), None,
    )  # fmt: skip
    assert kept.filter(record)
    assert record.getMessage() == '- - "GET /de/ HTTP/1.1" 200'


def test_files_that_never_change_are_kept_for_long_and_others_are_asked_for_again(client: TestClient) -> None:
    page = client.get("/de/").text
    (address,) = re.findall(r'href="(/static/page\.css\?v=\w+)"', page)
    marked = client.get(address)
    assert "immutable" in marked.headers["cache-control"]
    assert client.get("/static/page.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/vendor/fira-sans/latin-400.woff2").headers["cache-control"].endswith("immutable")
    again = client.get("/static/page.css", headers={"if-none-match": marked.headers["etag"]})
    assert again.status_code == 304


def test_answers_are_compressed(client: TestClient) -> None:
    assert client.get("/de/", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_pages_with_what_somebody_asked_are_kept_by_no_cache(client: TestClient, filled: dict[str, str]) -> None:
    assert client.post("/de/offers", data=filled).headers["cache-control"] == "no-store"
    assert client.get("/de/booking/find").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("folder", LOCKS, ids=lambda folder: folder.parent.name)
def test_vendored_files_are_those_that_were_locked_and_have_a_licence(folder: Path) -> None:
    packages = tomllib.loads((folder / "vendor.toml").read_text(encoding="utf-8"))["package"]
    locked = {folder / p["folder"] / f["path"]: f["sha256"] for p in packages for f in p["file"]}
    present = {path for path in folder.rglob("*") if path.is_file() and path.parent != folder}
    # a package that brings no licence text has one written beside it
    assert {path for path in present if not path.name.startswith("LICENSE")} <= set(locked) <= present
    for path, sha256 in locked.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256, path
    for package in packages:
        assert package["licence"]
        assert list((folder / package["folder"]).glob("LICENSE*")), package["name"]


def test_our_own_files_ask_nothing_of_other_sites() -> None:
    own = [p for p in STATIC_FOLDER.rglob("*") if p.suffix in TEXT_FILES and "vendor" not in p.parts]
    own += (STATIC_FOLDER.parent / "templates").rglob("*.html")
    for path in own:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
        assert not re.search(r"""(?:src|href|url|import|fetch)\s*[=(]?\s*["'(]*(?:https?:)?//""", text), path
