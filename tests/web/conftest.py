"""Residents' pages over a made-up operation."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.web.resident_fakes import FILLED, FakeOperation
from web.app import create_app


@pytest.fixture
def fake_operation() -> FakeOperation:
    return FakeOperation()


@pytest.fixture
def client(fake_operation: FakeOperation) -> Iterator[TestClient]:
    with TestClient(create_app(fake_operation), follow_redirects=False) as client:  # type: ignore[arg-type] # a fake
        yield client


@pytest.fixture
def filled() -> dict[str, str]:
    """The enquiry form as somebody fills it in."""
    return dict(FILLED)
