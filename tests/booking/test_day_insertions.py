"""A day that is known from before answers as if it had just been packed."""

from dataclasses import replace

import pytest

from booking import day_insertions
from booking.day import Day, open_day
from booking.day_insertions import DayInsertions, PackedDays, pack
from booking.enquiry_search import Network
from booking.model import StopId
from booking.rides import insert_request
from routing.model import Load, Request, RequestId, TimeWindow
from tests.tiny_network import service_day

EIGHT = 8 * 3600


@pytest.fixture
def packings(monkeypatch: pytest.MonkeyPatch) -> list[Day]:
    """Which days were packed."""
    packed: list[Day] = []

    def count(day: Day, *given: object) -> object:
        packed.append(day)
        return pack(day, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(day_insertions, "pack", count)
    return packed


def ride(network: Network, name: str, at_s: int = EIGHT) -> Request:
    index = network.district.stop_index
    origin, goal = index[StopId("brueelow-markt")], index[StopId("cramnitz-markt")]
    wide = TimeWindow(at_s, at_s + 3600)
    return Request(RequestId(name), origin, goal, wide, wide, Load(seat=1), 60, 60, 3600)


@pytest.fixture
def day(tiny: Network) -> Day:
    return open_day(tiny.district, service_day(tiny))


def test_a_day_that_grows_is_packed_once(tiny: Network, day: Day, packings: list[Day]) -> None:
    network = Network(tiny.district, tiny.artefacts)
    plain = day
    for number in range(20):
        request = ride(network, f"r{number}", EIGHT + 900 * number)
        grown = insert_request(day, request, network, 0)
        alone = insert_request(plain, request, Network(tiny.district, tiny.artefacts), 0)
        assert grown is not None
        assert alone is not None
        assert grown.plan == alone.plan
        # What is written is read again with its own version: another value with the same runs and rides.
        day, plain = replace(grown, version=day.version + 7), replace(alone)
    assert len(packings) == 1 + 20, "once for the one that grows"


def test_time_goes_on_without_packing(tiny: Network, day: Day, packings: list[Day]) -> None:
    times, packed = tiny.artefacts.times, PackedDays()
    full = insert_request(day, ride(tiny, "first"), tiny, 0)
    assert full is not None
    packings.clear()
    again = ride(tiny, "again")
    for not_before_s in (-10_000, 0, EIGHT - 600, EIGHT + 60, EIGHT + 600, EIGHT + 7200):
        found = packed.of(full, times, not_before_s).best(again)
        assert found == pack(full, times, not_before_s).best(again)
    assert len(packings) == 1


def test_another_day_is_not_taken_for_this_one(tiny: Network, day: Day, packings: list[Day]) -> None:
    times, packed = tiny.artefacts.times, PackedDays()
    request = ride(tiny, "first")
    full = insert_request(day, request, tiny, 0)
    assert full is not None
    packings.clear()
    packed.of(full, times, 0)
    cancelled = full.changed(day.plan, day.requests)
    assert packed.of(cancelled, times, 0).best(request) == pack(day, times, 0).best(request)
    swapped = replace(full, requests={request.id: replace(request, load=Load(seat=2))})
    assert packed.of(swapped, times, 0).best(ride(tiny, "next")) == pack(swapped, times, 0).best(ride(tiny, "next"))
    locked = replace(full, order_locked=frozenset(full.shifts))
    packed.of(locked, times, 0)
    assert packings == [full, cancelled, locked], "the swapped one is the cancelled one with a ride more"


def test_what_one_enquiry_tries_is_known_to_it_alone(tiny: Network, day: Day, packings: list[Day]) -> None:
    times, packed = tiny.artefacts.times, PackedDays()
    mine, other = DayInsertions(packed), DayInsertions(packed)
    tried = insert_request(day, ride(tiny, "tried"), tiny, 0)
    assert tried is not None
    packings.clear()
    mine.of(day, times, 0)
    mine.of(tried, times, 0)
    other.of(day, times, 0)
    assert packings == [day]
    assert mine.of(tried, times, 0) is mine.of(tried, times, 0)
    assert packed.of(tried, times, 0) is not mine.of(tried, times, 0)
