"""Our own JSON: everything of a problem comes back, and mistakes are named with their place."""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from routing.instance import Instance, InstanceError, InstanceFormat
from routing.instance_darp import read_darp
from routing.instance_files import guess_format
from routing.instance_json import read_json
from routing.instance_json_write import as_document, write_json
from routing.model import Break, Load, LocationIndex, OwnerCosts, Plan, TimeWindow
from routing.objective import CostWeights, plan_cost
from routing.problem import Problem
from routing.travel_times import MatrixTravelTimes
from tests.strategies import HOUR_S, MadeUpDay, made_up_days

DAY: dict[str, Any] = {
    "rufnetz": 1,
    "name": "a morning",
    "locations": [
        {"id": "depot", "lon": 11.0, "lat": 53.0},
        {"id": "mill", "lon": 11.0, "lat": 53.1},
        {"id": "station", "lon": 11.1, "lat": 53.1},
    ],
    "travel": {
        "durations_s": [[0, 600, 900], [600, 0, 500], [900, 500, None]],
        "distances_m": [[0, 9000, 12000], [9000, 0, 7000], [12000, 7000, 0]],
    },
    "shifts": [
        {
            "id": "early",
            "vehicle": "bus",
            "start": "depot",
            "end": "mill",
            "start_s": 21600,
            "end_s": 50400,
            "layouts": [{"seat": 8}, {"seat": 4, "wheelchair": 1}],
            "breaks": [{"window": [30000, 36000], "duration_s": 1800, "location": "depot", "recharges": True}],
            "max_duration_s": 28000,
            "range_m": 200000,
            "costs": {"drive_s_factor": 1.4, "when_used": 50},
        },
        {"id": "late", "start": "depot", "end": "depot", "start_s": 0, "end_s": 90000, "layouts": [{"seat": 4}]},
    ],
    "requests": [
        {
            "id": "anna",
            "pickup": "mill",
            "dropoff": "station",
            "pickup_window": [28800, 30600],
            "dropoff_window": [28800, 32400],
            "load": {"seat": 1, "pram": 1},
            "boarding_s": 60,
            "alighting_s": 30,
            "max_ride_s": 1200,
            "shifts": ["early"],
            "unserved_cost": 750.5,
        },
        {
            "id": "ben",
            "pickup": "depot",
            "dropoff": "station",
            "pickup_window": [28800, 30600],
            "dropoff_window": [28800, 32400],
            "load": {"wheelchair": 1},
            "max_ride_s": 1200,
        },
    ],
    "not_before_s": 25000,
    "order_locked": ["late"],
    "no_waiting": ["station"],
    "weights": {"on_board_s": 0.5, "margin_s": 60},
}


def write(folder: Path, document: object) -> Path:
    path = folder / "day.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_every_field_has_its_meaning(tmp_path: Path) -> None:
    instance = read_json(write(tmp_path, DAY))
    problem = instance.problem
    assert (instance.name, instance.format, instance.unit) == ("a morning", InstanceFormat.JSON, 1)
    assert instance.places == ("depot", "mill", "station")
    early, late = problem.shifts.values()
    assert (early.id, early.vehicle_id, early.start, early.end) == ("early", "bus", 0, 1)
    assert early.layouts == (Load(seat=8), Load(seat=4, wheelchair=1))
    assert early.breaks == (Break(TimeWindow(30000, 36000), 1800, location=LocationIndex(0), recharges=True),)
    assert (early.max_duration_s, early.range_m) == (28000, 200000)
    assert early.costs == OwnerCosts(drive_s_factor=1.4, drive_m_factor=1, when_used=50)
    assert (late.vehicle_id, late.breaks, late.max_duration_s, late.range_m, late.costs) == (
        *("late", (), None, None),
        OwnerCosts(),
    )
    anna, ben = problem.requests.values()
    assert (anna.pickup, anna.dropoff, anna.load) == (1, 2, Load(seat=1, pram=1))
    assert (anna.pickup_window, anna.dropoff_window) == (TimeWindow(28800, 30600), TimeWindow(28800, 32400))
    assert (anna.boarding_s, anna.alighting_s, anna.max_ride_s) == (60, 30, 1200)
    assert (anna.shift_ids, anna.unserved_cost) == ({"early"}, 750.5)
    assert (ben.boarding_s, ben.shift_ids, ben.unserved_cost) == (0, None, None)
    assert (problem.not_before_s, problem.order_locked, problem.no_waiting) == (25000, {"late"}, {2})
    assert instance.weights == CostWeights(on_board_s=0.5, margin_s=60)
    assert problem.times.duration_s(LocationIndex(2), LocationIndex(2)) == 10**8
    assert instance.start is None


def test_straight_lines_at_a_speed_stand_in_for_a_matrix(tmp_path: Path) -> None:
    # a tenth of a degree of latitude is 11.12 km; with the usual detour 14.455 km, at 36 km/h 1445.5 s
    document = {**DAY, "requests": [], "travel": {"speed_kmh": 36}}
    times = read_json(write(tmp_path, document)).problem.times
    assert times.distance_m(LocationIndex(0), LocationIndex(1)) == 14455
    assert times.duration_s(LocationIndex(0), LocationIndex(1)) == 1446
    straight = read_json(write(tmp_path, {**document, "travel": {"speed_kmh": 36, "detour": 1}})).problem.times
    assert straight.duration_s(LocationIndex(0), LocationIndex(1)) == 1112


@settings(max_examples=40)
@given(made_up_days(most_shifts=3, most_requests=5))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, day: MadeUpDay) -> None:
    path = tmp_path_factory.mktemp("json") / "day.json"
    has_breaks = any(shift.breaks for shift in day.problem.shifts.values())
    served = day.plan.request_ids()  # among the others some contradict themselves
    problem = replace(
        day.problem,
        requests={name: request for name, request in day.problem.requests.items() if name in served},
        order_locked=frozenset(sorted(day.problem.shifts)[:1]),
        # where breaks have places of their own, waits between them may be necessary
        no_waiting=day.problem.no_waiting if has_breaks else frozenset({LocationIndex(1)}),
    )
    places = tuple(f"town {number}" for number in range(problem.times.size))
    weights = CostWeights(tight_s=0.5, short_wait_s=0.1)
    given_instance = Instance("day", InstanceFormat.JSON, problem, weights, 1, places, start=Plan(day.plan.runs))
    write_json(path, given_instance)
    instance = read_json(path)
    assert without_times(instance.problem) == without_times(problem)
    times, again = problem.times, instance.problem.times
    assert isinstance(times, MatrixTravelTimes)
    assert isinstance(again, MatrixTravelTimes)
    assert again.durations_s.tolist() == times.durations_s.tolist()
    assert again.distances_m.tolist() == times.distances_m.tolist()
    assert (instance.weights, instance.places) == (weights, places)
    assert instance.start is not None
    # shifts without visits are not written; reading gives them the breaks they have to take
    assert {run for run in instance.start.runs.values() if run.visits} >= {
        run for run in day.plan.runs.values() if run.visits
    }
    assert instance.cost_of(instance.start) == plan_cost(instance.start, problem, weights)


def without_times(problem: Problem) -> tuple[object, ...]:
    return problem.shifts, problem.requests, problem.not_before_s, problem.order_locked, problem.no_waiting


def test_an_instance_of_another_format_can_be_written_as_ours(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text("1 1 60 3 10\n0 0 0 0 0 0 100\n1 0 3 2 1 0 100\n2 4 3 2 -1 0 40\n")
    darp = read_darp(path)
    write_json(tmp_path / "one.json", darp)
    assert without_times(read_json(tmp_path / "one.json").problem) == without_times(darp.problem)


def test_an_answer_is_a_plan_to_begin_with(tmp_path: Path) -> None:
    routes = [
        {
            "shift": "late",
            "visits": [
                {"action": "pickup", "request": "ben", "location": "depot", "start": 28800},
                {"action": "dropoff", "request": "ben", "location": "station", "start": 29700},
            ],
        }
    ]
    answer = {"cost": 1.5, "solver": "joined", "violations": [], "routes": routes, "unserved": ["anna"]}
    start = read_json(write(tmp_path, {**DAY, "plan": answer})).start
    assert start is not None
    assert start.unserved == {"anna"}
    assert [(v.action, v.location, v.start_s) for v in start.runs[next(reversed(start.runs))].visits] == [
        ("pickup", 0, 28800),
        ("dropoff", 2, 29700),
    ]
    assert [visit.action for visit in start.runs[next(iter(start.runs))].visits] == ["break"]
    document = as_document(read_json(write(tmp_path, {**DAY, "plan": answer})))
    assert document["plan"]["routes"][1] == routes[0]  # type: ignore[index]


REQUEST, SHIFT, PLAN = ("requests", 0), ("shifts", 0), ("plan",)
VISIT = {"action": "pickup", "request": "ben", "location": "depot", "start": 28800}


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("rufnetz",), 2, "day.json.rufnetz is 2; the version of this format is 1"),
        (("speed",), 2, "day.json has a field 'speed' that is not known; known are locations, name, "),
        (("locations",), [], "day.json.locations is empty"),
        (("locations",), "town", "day.json.locations is 'town'; write a list"),
        (("locations", 1, "id"), "depot", "day.json.locations[1].id is 'depot' for the second time"),
        (("locations", 1, "lat"), 153, "day.json.locations[1].lat is 153; write degrees from -90 to 90"),
        (("travel",), {}, "day.json.travel needs either 'durations_s' and 'distances_m' or 'speed_kmh'"),
        (("travel",), {"speed_kmh": 0}, "day.json.travel needs a speed of more than 0"),
        (("travel",), {"speed_kmh": -5}, "day.json.travel.speed_kmh is -5; it can't be less than 0"),
        (("travel", "distances_m"), [[0]], "day.json.travel.distances_m[0] must be a list of 3 numbers"),
        (("travel", "distances_m"), [], "day.json.travel.distances_m has 0 rows; write 3"),
        (("travel", "durations_s", 0), [0, -1, 2], "day.json.travel.durations_s[0] must have whole numbers"),
        (("travel", "durations_s", 1, 2), None, "requests[0]: no way leads from its pickup to its drop-off"),
        ((*SHIFT, "id"), "late", "day.json.shifts[1].id is 'late' for the second time"),
        ((*SHIFT, "start"), "harbour", "shifts[0].start names 'harbour', which the file does not have"),
        ((*SHIFT, "end_s"), 21600, "shifts[0].end_s is 21600, not after start_s 21600"),
        ((*SHIFT, "start_s"), 1.5, "shifts[0].start_s is 1.5; write a whole number"),
        ((*SHIFT, "layouts"), [], "shifts[0].layouts is empty"),
        ((*SHIFT, "layouts", 0), {"sofa": 1}, "shifts[0].layouts[0] has a field 'sofa' that is not known"),
        ((*SHIFT, "breaks", 0, "location"), None, "shifts[0].breaks[0].location is missing; a vehicle charges"),
        ((*SHIFT, "breaks", 0, "recharges"), 1, "shifts[0].breaks[0].recharges is 1; write true or false"),
        ((*SHIFT, "breaks", 0, "window"), [100, 200], "day.json.shifts[0]: break 1 of shift early can't begin"),
        ((*REQUEST, "id"), "ben", "day.json.requests[1].id is 'ben' for the second time"),
        ((*REQUEST, "id"), 7, "requests[0].id is 7; write a text in quotation marks"),
        ((*REQUEST, "dropoff"), "mill", "requests[0].dropoff is the place of the pickup"),
        ((*REQUEST, "load"), {}, "requests[0].load carries nobody"),
        ((*REQUEST, "load"), {"seat": -1}, "requests[0].load.seat is -1; it can't be less than 0"),
        ((*REQUEST, "load"), None, "requests[0].load is null; write an object"),
        ((*REQUEST, "pickup_window"), [2, 1], "requests[0].pickup_window ends at 1, before it begins at 2"),
        ((*REQUEST, "pickup_window"), [1], "requests[0].pickup_window must be [earliest, latest]"),
        ((*REQUEST, "pickup_window"), [32000, 32100], "requests[0]: who boards at 32000 alights at 32560"),
        ((*REQUEST, "dropoff_window"), [32000, 32100], "requests[0]: who alights at 32000 boards at 30740 or later"),
        ((*REQUEST, "max_ride_s"), 400, "requests[0].max_ride_s is 400, but the direct way takes 500"),
        ((*REQUEST, "max_ride_s"), True, "requests[0].max_ride_s is true; write a number"),
        ((*REQUEST, "shifts"), ["night"], "requests[0].shifts names 'night'"),
        ((*REQUEST, "shifts"), [3], "requests[0].shifts[0] is 3; write a text"),
        (("order_locked",), ["night"], "day.json.order_locked names 'night'"),
        (("no_waiting",), {}, "day.json.no_waiting is an object; write a list"),
        (("weights",), {"beauty": 1}, "day.json.weights has a field 'beauty' that is not known"),
        (PLAN, [], "day.json.plan must be an object with 'routes'"),
        (PLAN, {}, "day.json.plan has no 'routes'; add it"),
        (PLAN, {"routes": [{"shift": "night", "visits": []}]}, "plan.routes[0].shift names 'night'"),
        (
            PLAN,
            {"routes": [{"shift": "late", "visits": [{**VISIT, "action": "wave"}]}]},
            "plan.routes[0].visits[0].action is 'wave'; write one of pickup, dropoff, break",
        ),
        (
            PLAN,
            {"routes": [{"shift": "late", "visits": [{**VISIT, "request": "eve"}]}]},
            "plan.routes[0].visits[0].request names 'eve'",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, place: tuple[str | int, ...], value: object, words: str
) -> None:
    document = deepcopy(DAY)
    part: Any = document
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    with pytest.raises(InstanceError) as fault:
        read_json(write(tmp_path, document))
    assert words in str(fault.value)


@pytest.mark.parametrize("name", sorted(DAY.keys() - {"name", "not_before_s", "order_locked", "no_waiting", "weights"}))
def test_what_has_to_be_there_is_missed(tmp_path: Path, name: str) -> None:
    document = {key: value for key, value in DAY.items() if key != name}
    with pytest.raises(InstanceError, match=f"day.json has no '{name}'; add it"):
        read_json(write(tmp_path, document))


def test_places_without_coordinates_need_a_matrix(tmp_path: Path) -> None:
    document = {**DAY, "travel": {"speed_kmh": 36}, "locations": [{"id": "depot"}, *DAY["locations"][1:]]}
    with pytest.raises(InstanceError, match=r"locations\[0\] needs 'lon' and 'lat'"):
        read_json(write(tmp_path, document))


def test_a_file_that_is_cut_off_or_no_json_is_said_to_be(tmp_path: Path) -> None:
    path = write(tmp_path, DAY)
    path.write_text(path.read_text()[:200])
    with pytest.raises(InstanceError, match=r"day\.json, line 1, column \d+ is no JSON: .* Is the file cut off\?"):
        read_json(path)
    path.write_text("[]")
    with pytest.raises(InstanceError, match=r"day\.json is a list; write an object"):
        read_json(path)
    path.write_bytes(b'{"name": "\xff"}')
    with pytest.raises(InstanceError, match="is no text in UTF-8"):
        read_json(path)
    with pytest.raises(InstanceError, match="can't be read: No such file"):
        read_json(tmp_path / "nowhere.json")


def test_the_format_is_seen_from_the_name_or_the_beginning(tmp_path: Path) -> None:
    path = write(tmp_path, DAY)
    assert guess_format(path) is InstanceFormat.JSON
    assert guess_format(path.rename(tmp_path / "day.txt")) is InstanceFormat.JSON


def test_a_shift_begins_and_ends_within_the_service_day_or_later(tmp_path: Path) -> None:
    document = deepcopy(DAY)
    document["shifts"][1]["end_s"] = 26 * HOUR_S
    assert list(read_json(write(tmp_path, document)).problem.shifts.values())[1].end_s == 26 * HOUR_S
