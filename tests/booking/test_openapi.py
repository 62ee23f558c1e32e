"""The published OpenAPI document: docs/openapi.json is what the application says, and what it says is whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from booking.api.app import create_api
from booking.api.cli import document_text
from booking.api.codes import Code
from booking.operation import Operation

DOCS = Path(__file__).resolve().parents[2] / "docs"
WRITES = {"post", "put", "patch", "delete"}


@pytest.fixture
def document(operation: Operation) -> dict[str, Any]:
    return create_api(operation).openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, all_of in document["paths"].items() for method, one in all_of.items()]


def test_the_published_document_is_the_applications(document: dict[str, Any]) -> None:
    published = (DOCS / "openapi.json").read_text("utf-8")
    assert published == document_text(document), "run `make openapi`: does the difference break programs?"


def test_the_document_is_openapi_3_1_with_a_name_for_every_call(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    names = [one["operationId"] for _, _, one in operations(document)]
    assert len(names) == len(set(names))
    assert {tag["name"] for tag in document["tags"]} >= {one["tags"][0] for _, _, one in operations(document)}


def test_every_call_says_what_it_answers_when_something_is_wrong(document: dict[str, Any]) -> None:
    for path, method, one in operations(document):
        missing = {"401", "422", "429", "500", "503"} - one["responses"].keys()
        assert not missing, f"{method} {path}"
        for status, response in one["responses"].items():
            if status >= "4":
                shared = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
                assert list(shared["content"]) == ["application/problem+json"], f"{method} {path} {status}"


def test_every_write_takes_an_idempotency_key_but_those_that_change_nothing_or_make_secrets(
    document: dict[str, Any],
) -> None:
    without = {
        path
        for path, method, one in operations(document)
        if method in WRITES and not any(p["name"] == "Idempotency-Key" for p in one.get("parameters", ()))
    }
    assert without == {
        "/offers", "/returns/offers", "/returns/back", "/groups/offers", "/bookings/change/offers", "/places/search",
        "/bookings/find", "/series/find", "/waiting/find", "/bookings/connections", "/staff/no-shows/standing",
        "/staff/login", "/keys", "/privacy/export",
    }  # fmt: skip


def test_the_handbook_lists_every_problem_and_every_call_exists(document: dict[str, Any]) -> None:
    handbook = (DOCS / "api.md").read_text("utf-8")
    assert [code for code in Code if f"`{code}`" not in handbook] == []
    assert json.dumps(document)  # nothing in it that is no JSON
