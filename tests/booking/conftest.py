import pytest

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
