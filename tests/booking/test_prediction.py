"""Predicted times in the made-up district, added up by hand.

Towns are 5 km apart: 212 s. Boarding and alighting take 60 s. Anna rides Brüelow 7:30 → Cramnitz 7:34:32, Bert Cramnitz
7:50 → Altwiek 7:58:04, both in the same vehicle; a window is 15 minutes.
"""

from dataclasses import replace
from itertools import permutations

import pytest

from booking.day import Day
from booking.driver_events import DriverEvent, EventKind, delayed
from booking.following import stop_points
from booking.operation import Operation
from booking.prediction import Prediction, predict
from routing.model import Action, Break, RequestId, Run, TimeWindow, Visit
from tests.booking.riding import WEST, event, ride, ride_id
from tests.tiny_network import local, service_day

ARRIVED, BOARDED, ALIGHTED = EventKind.ARRIVED, EventKind.BOARDED, EventKind.ALIGHTED


@pytest.fixture
def anna(operation: Operation) -> RequestId:
    return ride_id(ride(operation, "brueelow-markt", "cramnitz-markt", "07:30"))


@pytest.fixture
def bert(operation: Operation, anna: RequestId) -> RequestId:
    assert anna
    return ride_id(ride(operation, "cramnitz-markt", "altwiek-markt", "07:50"))


@pytest.fixture
def day(operation: Operation, bert: RequestId) -> Day:
    assert bert
    return operation._load_day(service_day(operation.network))


def at(prediction: Prediction, day: Day, ride: RequestId, action: Action) -> str:
    start_s = prediction.start_s(ride, action)
    assert start_s is not None
    return f"{day.service_day.local(start_s):%H:%M:%S}"


def expected(operation: Operation, day: Day, events: list[DriverEvent], now: str, *rides: RequestId) -> list[str]:
    found = predict(day, events, local(now), operation.artefacts.times, stop_points(operation.network))
    return [at(found, day, ride, action) for ride in rides for action in (Action.PICKUP, Action.DROPOFF)]


def test_without_reports_the_plan_is_all_that_is_known(
    operation: Operation, day: Day, anna: RequestId, bert: RequestId
) -> None:
    told = expected(operation, day, [], "08:30", anna, bert)
    assert told == ["07:30:00", "07:34:32", "07:50:00", "07:58:04"]


def test_whoever_was_fetched_late_arrives_late_and_the_rest_keeps_its_times_while_it_can(
    operation: Operation, day: Day, anna: RequestId, bert: RequestId
) -> None:
    told = expected(operation, day, [event(BOARDED, "07:40", anna)], "07:41", anna, bert)
    # boarded by 7:40, 212 s to Cramnitz: 7:43:32; Bert's pickup at 7:50 is not touched
    assert told == ["07:39:00", "07:43:32", "07:50:00", "07:58:04"]


def test_lateness_goes_on_to_the_next_ride(operation: Operation, day: Day, anna: RequestId, bert: RequestId) -> None:
    told = expected(operation, day, [event(BOARDED, "07:50", anna)], "07:51", anna, bert)
    # 7:50 + 212 s = 7:53:32, out by 7:54:32, Bert in by 7:55:32, 424 s to Altwiek: 8:02:36
    assert told == ["07:49:00", "07:53:32", "07:54:32", "08:02:36"]


def test_a_reported_delay_moves_the_next_visit_whatever_is_planned_meanwhile(
    operation: Operation, day: Day, anna: RequestId, bert: RequestId
) -> None:
    report = delayed(event(EventKind.DELAY, "07:20"), day, (), 20 * 60)
    assert report.expected_at == local("07:50")
    told = expected(operation, day, [report], "07:21", anna, bert)
    assert told == ["07:50:00", "07:54:32", "07:55:32", "08:03:36"]
    done = expected(operation, day, [report, event(BOARDED, "07:32", anna)], "07:33", anna, bert)
    assert done == ["07:31:00", "07:35:32", "07:50:00", "07:58:04"], "it was not that late after all"


def test_a_position_says_how_long_the_way_is_still(operation: Operation, day: Day, anna: RequestId) -> None:
    doessin = operation.district.stop_by_id[operation.district.stops[6].id]
    seen = event(EventKind.POSITION, "07:40", lon=doessin.lon, lat=doessin.lat)
    # from Dößin to Brüelow are 10 km: 424 s after 7:40
    assert expected(operation, day, [seen], "07:41", anna)[0] == "07:47:04"


def test_an_overdue_vehicle_is_late_by_now_but_a_silent_one_keeps_its_last_lateness(
    operation: Operation, day: Day, anna: RequestId, bert: RequestId
) -> None:
    heard = [event(BOARDED, "07:31", anna), event(ALIGHTED, "07:36", anna)]
    assert expected(operation, day, heard, "07:50", bert) == ["07:50:00", "07:58:04"]
    near = [*heard, event(EventKind.ARRIVED, "07:48", bert)]
    # he stands there until 7:57 and nobody has boarded: boarding, which takes a minute, ends now at the earliest
    assert expected(operation, day, near, "07:57", bert) == ["07:56:00", "08:04:04"]
    assert expected(operation, day, heard, "08:30", bert) == ["07:50:00", "07:58:04"], "nothing heard for 54 minutes"


def test_reports_may_come_in_any_order_and_twice(
    operation: Operation, day: Day, anna: RequestId, bert: RequestId
) -> None:
    reports = [event(ARRIVED, "07:37", anna), event(BOARDED, "07:39", anna), event(ALIGHTED, "07:45", anna)]
    first = expected(operation, day, reports, "07:46", anna, bert)
    assert first == ["07:38:00", "07:44:00", "07:50:00", "07:58:04"]
    for order in permutations(reports):
        assert expected(operation, day, [*order, order[0]], "07:46", anna, bert) == first


def test_a_lost_report_of_boarding_is_no_matter_once_the_rider_is_out(
    operation: Operation, day: Day, anna: RequestId
) -> None:
    found = predict(day, [event(ALIGHTED, "07:36", anna)], local("07:37"), operation.artefacts.times)
    assert found.is_done(anna, Action.PICKUP)
    assert found.runs[WEST].done == 2
    assert found.runs[WEST].on_board() == frozenset()


def test_a_break_is_where_the_vehicle_is_when_nobody_came_before_it(
    operation: Operation, day: Day, anna: RequestId, bert: RequestId
) -> None:
    """Anna does not come, so the break is in Altwiek and no longer in Cramnitz: the way to Bert is after it."""
    pause = Break(TimeWindow(7 * 3600, 9 * 3600), 1800)
    shift = replace(day.shifts[WEST], breaks=(pause,))
    to_cramnitz = replace(day.requests[anna], pickup=day.requests[bert].dropoff)
    wide = replace(day.requests[bert], pickup_window=TimeWindow(8 * 3600, 9 * 3600))
    wide = replace(wide, dropoff_window=TimeWindow(8 * 3600, 10 * 3600))
    at_s = 7 * 3600 + 32 * 60
    out_s = at_s + 60 + 424
    back_s = out_s + 60 + 1800
    visits = (
        Visit(Action.PICKUP, to_cramnitz.pickup, at_s, anna),
        Visit(Action.DROPOFF, to_cramnitz.dropoff, out_s, anna),
        Visit(Action.BREAK, to_cramnitz.dropoff, out_s + 60, None, 0),
        Visit(Action.PICKUP, wide.pickup, back_s, bert),
        Visit(Action.DROPOFF, wide.dropoff, back_s + 60 + 424, bert),
    )
    day = replace(
        day,
        shifts={**day.shifts, WEST: shift},
        requests={**day.requests, anna: to_cramnitz, bert: wide},
        plan=day.plan.with_run(Run(WEST, visits)),
    )
    absent = event(EventKind.NO_SHOW, "07:40", anna)
    found = predict(day, [absent], local("07:41"), operation.artefacts.times).runs[WEST]
    assert [v.action for v in found.visits] == [Action.BREAK, Action.PICKUP, Action.DROPOFF]
    assert found.visits[0].location == shift.start
    assert found.visits[0].start_s >= 7 * 3600 + 40 * 60, "until then the driver waited for Anna"
    pairs = [(v.action.value, f"{day.service_day.local(v.start_s):%H:%M:%S}") for v in found.visits]
    # 7:40 and half an hour, 424 s to Cramnitz
    assert pairs == [("break", "07:40:00"), ("pickup", "08:17:04"), ("dropoff", "08:25:08")]


def test_whoever_did_not_come_is_not_carried_and_the_vehicle_goes_on_from_there(
    operation: Operation, day: Day, anna: RequestId, bert: RequestId
) -> None:
    found = predict(day, [event(EventKind.NO_SHOW, "07:52", anna)], local("07:53"), operation.artefacts.times)
    assert found.start_s(anna, Action.PICKUP) is None
    # from Brüelow at 7:52, 212 s to Cramnitz
    assert at(found, day, bert, Action.PICKUP) == "07:55:32"
