"""``rufnetz solve``: an answer in words or as one JSON object, and errors that say what to do."""

import json
import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planning.solve_cli import Watch
from routing.instance_files import read_instance
from routing.instance_json import read_json
from routing.instance_json_write import write_json
from routing.model import Plan
from tests.benchmarks.verify_answers import read_raw, verify
from web.cli import app

KEYS = {
    *("cost", "vehicles", "violations", "unserved", "seconds", "iterations", "seed", "solver", "routes"),
    *("instance", "format"),
}

# two riders live on the triangle with the sides three, four and five
TRIANGLE = """\
2 2 60 3 10
0 0.000 0.000 0 0 0 100
1 0.000 3.000 2 1 0 100
2 4.000 3.000 1 2 10 20
3 4.000 3.000 2 -1 0 40
4 0.000 0.000 1 -2 0 100
"""
LINE = """\
2 10 1
0 0 0 0 0 1000 0 0 0
1 -10 0 6 0 500 5 0 2
2 10 0 -6 0 500 5 1 0
3 5 0 -6 0 500 5 4 0
4 -5 0 6 0 500 5 0 3
"""


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["solve", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def triangle(tmp_path: Path) -> Path:
    path = tmp_path / "triangle.txt"
    path.write_text(TRIANGLE)
    return path


@pytest.mark.parametrize("solver", ["ortools", "search", "joined"])
def test_json_is_one_object_with_everything_in_the_units_of_the_file(triangle: Path, solver: str) -> None:
    code, out, _ = run(triangle, "--solver", solver, "--iterations", 100, "--seed", 3, "--json")
    assert code == 0
    assert out.count("\n") == 1
    answer = json.loads(out)
    assert answer.keys() == KEYS
    assert answer["cost"] == pytest.approx(12.0)
    assert (answer["vehicles"], answer["violations"], answer["unserved"]) == (1, [], [])
    assert (answer["solver"], answer["seed"], answer["format"]) == (solver, 3, "darp")
    assert answer["seconds"] >= 0
    (route,) = answer["routes"]
    places = [int(visit["location"]) for visit in route["visits"]]
    verdict = verify(read_raw(triangle), [places])
    assert (verdict.faults, verdict.unserved) == ((), 0)
    assert verdict.cost == pytest.approx(answer["cost"])
    assert route["visits"][0].keys() == {"action", "request", "location", "start"}
    assert 3 <= route["visits"][0]["start"] <= 20


def test_fleet_comes_before_distance_in_pickup_and_delivery(tmp_path: Path) -> None:
    path = tmp_path / "line.txt"
    path.write_text(LINE)
    _, out, _ = run(path, "--format", "pdptw", "--iterations", 100, "--json", "--solver", "ortools")
    answer = json.loads(out)
    assert (answer["vehicles"], answer["unserved"], answer["violations"]) == (1, [], [])
    # two parcels don't fit in together: one is brought and then the other fetched
    assert verify(read_raw(path), [[int(v["location"]) for v in answer["routes"][0]["visits"]]]).faults == ()
    assert answer["cost"] == pytest.approx(60.0)


def test_words_say_cost_fleet_and_verdict(triangle: Path) -> None:
    code, out, _ = run(triangle, "--solver", "ortools", "--iterations", 50)
    assert code == 0
    assert "triangle: cost 12.0000, 1 vehicles, 0 unserved; ortools, seed 0" in out
    assert "the judge finds no violation" in out
    assert {"+1", "-1", "+2", "-2"} <= set(out.split())


def test_the_same_seed_and_iterations_give_the_same_answer(triangle: Path) -> None:
    answers = [json.loads(run(triangle, "--iterations", 50, "--seed", 1, "--json")[1]) for _ in range(2)]
    for answer in answers:
        del answer["seconds"]
    assert answers[0] == answers[1]


def test_the_answer_is_written_and_can_be_gone_on_from(triangle: Path, tmp_path: Path) -> None:
    ours, answer_file = tmp_path / "ours.json", tmp_path / "answer.json"
    write_json(ours, read_instance(triangle))
    code, out, _ = run(ours, "--solver", "ortools", "--iterations", 50, "--json", "--out", answer_file)
    assert code == 0
    assert json.loads(answer_file.read_text()) == json.loads(out)
    document = json.loads(ours.read_text()) | {"plan": json.loads(out)}
    ours.write_text(json.dumps(document))
    start = read_json(ours).start
    assert start is not None
    assert start.unserved == frozenset()
    code, again, _ = run(ours, "--solver", "ortools", "--iterations", 1, "--json")
    assert json.loads(again)["cost"] <= json.loads(out)["cost"]


def test_who_can_not_be_served_is_named(tmp_path: Path) -> None:
    path = tmp_path / "two.txt"
    # one seat, one vehicle, and two who want to go at the same moment
    path.write_text("1 2 60 1 10\n0 0 0 0 0 0 100\n1 0 3 0 1 5 5\n2 0 3 0 1 5 5\n3 4 3 0 -1 9 9\n4 -4 3 0 -1 9 9\n")
    code, out, _ = run(path, "--solver", "ortools", "--iterations", 50, "--json")
    answer = json.loads(out)
    assert code == 0
    assert len(answer["unserved"]) == 1
    _, words, _ = run(path, "--solver", "ortools", "--iterations", 50)
    assert f"unserved: {answer['unserved'][0]}" in words


def test_a_plan_that_breaks_a_promise_is_said_to(triangle: Path, tmp_path: Path) -> None:
    # the day has begun, and the rider on board sits in a vehicle that is late
    ours = tmp_path / "ours.json"
    write_json(ours, read_instance(triangle))
    document = json.loads(ours.read_text())
    visits = [
        {"action": "pickup", "request": "1", "location": "1", "start": 30_000},
        {"action": "dropoff", "request": "1", "location": "3", "start": 410_000},
    ]
    document |= {"not_before_s": 420_000, "plan": {"routes": [{"shift": "1", "visits": visits}]}}
    ours.write_text(json.dumps(document))
    code, out, _ = run(ours, "--solver", "ortools", "--iterations", 10, "--json")
    kinds = {violation["kind"] for violation in json.loads(out)["violations"]}
    assert code == 1
    assert "outside_window" in kinds
    _, words, _ = run(ours, "--solver", "ortools", "--iterations", 10)
    assert "violation: outside_window (1 1)" in words


def test_a_broken_file_is_a_sentence_on_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "cut.txt"
    path.write_text(TRIANGLE[:100])
    code, out, err = run(path, "--json")
    assert (code, out) == (2, "")
    assert "cut.txt" in err
    assert "is the file cut off?" in err
    assert "Traceback" not in err
    assert run(tmp_path / "nowhere.txt")[0] == 2


def test_ctrl_c_ends_the_clock_and_a_second_one_the_search() -> None:
    watch = Watch(10.0, lambda _plan, _cost: None)
    before = watch.clock()
    found = signal.getsignal(signal.SIGINT)  # ignored where the tests run in the background of a script
    with watch.listening():
        os.kill(os.getpid(), signal.SIGINT)
        assert watch.clock() == float("inf")
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert before < float("inf")
    assert signal.getsignal(signal.SIGINT) is found


def test_without_a_time_limit_ctrl_c_breaks_off_at_once() -> None:
    watch = Watch(None, lambda _plan, _cost: None)
    with watch.listening(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_in_a_search_gives_the_best_plan_so_far(triangle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = Watch.keep

    def keep_and_press(watch: Watch, plan: Plan, cost: float) -> None:
        is_first = watch.best is None
        keep(watch, plan, cost)
        if is_first:  # not at a set time: on a fresh machine the loops are compiled first
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Watch, "keep", keep_and_press)
    code, out, _ = run(triangle, "--solver", "joined", "--seconds", 20, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["cost"] == pytest.approx(12.0)
    assert answer["seconds"] < 18


def test_better_plans_are_remembered() -> None:
    seen: list[float] = []
    watch = Watch(1.0, lambda _plan, cost: seen.append(cost))
    plans = Plan({}), Plan({}, frozenset())
    for plan, cost in zip(plans, (5.0, 4.0), strict=True):
        watch.keep(plan, cost)
    assert watch.best == (plans[1], 4.0)
    assert seen == [5.0, 4.0]
