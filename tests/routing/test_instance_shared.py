"""The published instances: all can be read, and their known values are met where that takes little time."""

import csv
from pathlib import Path

import pytest

from routing.instance import Instance
from routing.instance_files import read_instance
from routing.model import Action, Plan, RequestId
from routing.solve import Budget, Solver, solve
from routing.tightening import tightened
from routing.violations import violations
from tests.benchmarks.verify_answers import read_raw, verify

SHARED = Path(__file__).parents[2].parent / "shared" / "benchmarks"
pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"the published instances are not there: {SHARED}"),
]


def best_known(folder: str) -> dict[Path, dict[str, str]]:
    """The rows of the table of best known values, by instance."""
    rows = {}
    with (SHARED / folder / "best_known.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            path = SHARED / folder / row["instance"]
            rows[path if path.exists() else path.with_suffix(".txt")] = row
    return rows


def places(plan: Plan) -> list[list[int]]:
    return [[int(visit.location) for visit in run.visits] for run in plan.runs.values()]


def check(instance: Instance, path: Path, plan: Plan) -> None:
    """Both judges agree that all is well, and on the cost."""
    verdict = verify(read_raw(path), places(plan))
    assert violations(plan, instance.problem) == ()
    assert (verdict.faults, verdict.unserved) == ((), len(plan.unserved))
    assert verdict.cost == pytest.approx(instance.cost_of(plan))
    assert verdict.vehicles == instance.fleet_of(plan)


@pytest.mark.parametrize(("folder", "count"), [("darp_ab", 48), ("darp_pr", 10), ("pdptw_li_lim_100", 56)])
def test_every_instance_is_read_and_its_windows_can_be_tightened(folder: str, count: int) -> None:
    found = best_known(folder)
    assert len(found) == count
    for path in found:
        instance, raw = read_instance(path), read_raw(path)
        problem = instance.problem
        assert (len(problem.shifts), len(problem.requests)) == (raw.vehicles, len(raw.dropoff_of))
        for request in problem.requests.values():
            assert raw.dropoff_of[int(request.pickup)] == int(request.dropoff)
            assert raw.places[int(request.pickup)].load == request.load.seat
        narrow = tightened(problem).requests
        assert any(narrow[name] != request for name, request in problem.requests.items())


@pytest.mark.parametrize("solver", list(Solver))
def test_the_smallest_dial_a_ride_instance_is_solved_to_its_optimum(solver: Solver) -> None:
    path = SHARED / "darp_ab" / "a2-16.txt"
    instance = read_instance(path)
    found = solve(instance.problem, weights=instance.weights, seed=1, budget=Budget(iterations=5000), solver=solver)
    check(instance, path, found.plan)
    assert found.plan.unserved == frozenset()
    assert instance.cost_of(found.plan) == pytest.approx(float(best_known("darp_ab")[path]["best_known"]), abs=0.006)


def test_a_delivery_instance_is_solved_to_its_best_known_fleet_and_distance() -> None:
    path = SHARED / "pdptw_li_lim_100" / "lc101.txt"
    instance = read_instance(path)
    budget = Budget(iterations=200)
    found = solve(instance.problem, weights=instance.weights, seed=1, budget=budget, solver=Solver.ORTOOLS)
    check(instance, path, found.plan)
    row = best_known("pdptw_li_lim_100")[path]
    assert instance.fleet_of(found.plan) == int(row["vehicles"])
    assert instance.cost_of(found.plan) == pytest.approx(float(row["distance"]), abs=1e-3)


def test_the_independent_verifier_finds_what_the_judge_finds() -> None:
    path = SHARED / "darp_ab" / "a2-16.txt"
    instance, raw = read_instance(path), read_raw(path)
    found = solve(
        instance.problem, weights=instance.weights, seed=1, budget=Budget(iterations=300), solver=Solver.ORTOOLS
    )
    routes = places(found.plan)
    assert verify(raw, [*routes, routes[0]]).faults[0].endswith("is visited twice")
    assert any("no schedule" in fault for fault in verify(raw, [list(reversed(routes[0])), routes[1]]).faults)
    assert any("before its pickup" in fault for fault in verify(raw, [list(reversed(routes[0])), routes[1]]).faults)
    first = next(v.request_id for v in next(iter(found.plan.runs.values())).visits if v.action is Action.PICKUP)
    short = [place for place in routes[0] if place != raw.dropoff_of[int(RequestId(first or ""))]]
    assert any("without its drop-off" in fault for fault in verify(raw, [short, routes[1]]).faults)
