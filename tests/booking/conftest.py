from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from booking.api.app import create_api
from booking.api_keys import Scope
from booking.database import Database
from booking.enquiry_search import Network
from booking.operation import Operation
from tests.tiny_network import FakeClock, operation_of


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("06:00")


@pytest.fixture
def operation(tiny: Network, database: Database, clock: FakeClock) -> Operation:
    return operation_of(tiny, database, clock)


@pytest.fixture
def api(operation: Operation) -> Iterator[TestClient]:
    """The whole API as it is published, with its limits; faults of ours are answers here, as outside."""
    with TestClient(create_api(operation), base_url="http://localhost/", raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def key(operation: Operation) -> Callable[..., dict[str, str]]:
    """The header of a new API key with some scopes."""

    def make(*scopes: Scope, per_min: int | None = None) -> dict[str, str]:
        _, token = operation.api_keys.create("a program", scopes or [Scope.ADMIN], by="test", per_min=per_min)
        return {"Authorization": f"Bearer {token}"}

    return make
