"""Whatever drivers report, in whatever order: the judge has nothing to say about a day that was followed."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.at_risk import excused_day
from booking.day import Day, open_day
from booking.driver_events import DriverEvent, EventKind
from booking.enquiry_search import Network
from booking.following import OF_FACTS, stop_points
from booking.prediction import predict
from booking.rides import insert_request
from routing.model import Action, Load, Request, RequestId, ShiftId, TimeWindow
from routing.violations import violations
from tests.tiny_network import local, service_day

TODAY = local("12:00").date()
RIDES = 6


@pytest.fixture(scope="module")
def busy(tiny: Network) -> Day:
    """Rides of half an hour's window between neighbouring towns, all morning, as insertion puts them."""
    day = open_day(tiny.district, service_day(tiny))
    stops = len(tiny.district.stops)
    for number in range(RIDES):
        from_s = 7 * 3600 + number * 900
        request = Request(
            RequestId(f"r{number}"),
            tiny.district.stop_index[tiny.district.stops[(3 * number) % stops].id],
            tiny.district.stop_index[tiny.district.stops[(3 * number + 4) % stops].id],
            TimeWindow(from_s, from_s + 1800),
            TimeWindow(from_s, from_s + 4500),
            Load(seat=1),
            60,
            60,
            3600,
        )
        placed = insert_request(day, request, tiny, 0)
        assert placed is not None
        day = placed
    return day


@st.composite
def reports(draw: st.DrawFn) -> tuple[list[DriverEvent], int]:
    """Some reports of some rides, in any order, and a minute of the day."""
    now_min = draw(st.integers(6 * 60, 12 * 60))
    events = []
    for number in range(draw(st.integers(0, 10))):
        kind = draw(st.sampled_from(EventKind))
        at = local("00:00") + timedelta(minutes=draw(st.integers(6 * 60, now_min)))
        ride = RequestId(f"r{draw(st.integers(0, RIDES - 1))}")
        shift = ShiftId(draw(st.sampled_from(["west-early", "east-day"])))
        later = at + timedelta(minutes=draw(st.integers(0, 120)))
        events.append(DriverEvent(f"e{number}", TODAY, shift, kind, at, ride, 11.5, 53.4, later))
    return events, now_min


def test_a_day_that_was_followed_can_be_driven(tiny: Network, busy: Day) -> None:
    @settings(max_examples=150)
    @given(told=reports())
    def check(told: tuple[list[DriverEvent], int]) -> None:
        check_followed(tiny, busy, *told)

    check()


def check_followed(tiny: Network, busy: Day, events: list[DriverEvent], now_min: int) -> None:
    now = local("00:00") + timedelta(minutes=now_min)
    times, points = tiny.artefacts.times, stop_points(tiny)
    found = predict(busy, events, now, times, points)
    absent = frozenset().union(*(run.absent for run in found.runs.values()))
    present = busy.changed(busy.plan, {r: q for r, q in busy.requests.items() if r not in absent})
    lost = [r for r in present.requests if found.start_s(r, Action.PICKUP) is None]
    assert lost == [], "only who did not come leaves a run"
    excused = excused_day(present, found)
    kinds = {v.kind for v in violations(excused.plan, excused.problem(times, 0))}
    assert kinds <= OF_FACTS
    assert predict(busy, [*reversed(events), *events], now, times, points) == found, "order and repetition don't matter"
    # What was followed is followed again without a change.
    again = predict(present.changed(excused.plan, present.requests), events, now, times, points)
    assert {s: run.visits for s, run in again.runs.items()} == {s: run.visits for s, run in found.runs.items()}
