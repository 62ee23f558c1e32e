"""Solvers on every published instance, beside each other at equal seconds. ``make bench-solver``.

Every run is a process of its own on one core. Ours, plain OR-Tools and PyVRP get CPU seconds, VROOM and vrp-cli wall
seconds on one thread, as they have no other clock: leave them the core to themselves. Compiling is done before the time
begins. What comes out is judged by :mod:`verify_answers` from the file's own numbers, ours by the product's judge, too.
A run of ours ends early when it has the optimum, or the best known fleet and distance of the Li and Lim set: it can't
get better.

Results go into a file, a line each, so that a long run can be broken off and continued::

    bench_solver.py --sets a,b --seeds 5 --seconds 10,60 --solvers joined,vroom
    bench_solver.py report --into docs/benchmarks.md
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from importlib.metadata import version
from itertools import product
from pathlib import Path

from bench_solver_report import print_report
from made_up_days import made_up_day
from verify_answers import read_raw, verify

from routing.instance_files import read_instance
from routing.model import Plan
from routing.objective import CostWeights
from routing.solve import Budget, Solver, solve
from routing.violations import violations

INSTANCES = Path(__file__).parents[2].parent / "shared" / "benchmarks"
RESULTS = Path("var") / "benchmarks" / "solver.jsonl"
OURS = ("joined", "search", "ortools")
PEERS = {"ortools-plain": "ortools", "vroom": "pyvroom", "pyvrp": "pyvrp", "vrp-cli": "vrp-cli"}
SETS = {"a": "darp_ab", "b": "darp_ab", "pr": "darp_pr", "lilim": "pdptw_li_lim_100"}
ROUNDING = 0.0051
"""Best known values are published with two decimals."""


@dataclass(frozen=True)
class Case:
    """An instance with the best value that is known."""

    set_name: str
    path: Path
    best_cost: float
    best_vehicles: int | None
    is_proven: bool

    def is_best(self, cost: float, vehicles: int) -> bool:
        """Whether a plan is as good as the best known."""
        if self.best_vehicles is not None and vehicles != self.best_vehicles:
            return vehicles < self.best_vehicles
        return cost <= self.best_cost + ROUNDING


def list_cases(sets: list[str], pattern: str) -> list[Case]:
    """The instances of some sets whose names match a pattern."""
    cases = []
    for set_name in sets:
        folder = INSTANCES / SETS[set_name]
        with (folder / "best_known.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                name = row["instance"]
                if fnmatch(name, pattern) and (set_name not in "ab" or name.startswith(set_name)):
                    path = folder / name if set_name == "pr" else folder / f"{name}.txt"
                    if set_name == "lilim":
                        cases.append(Case(set_name, path, float(row["distance"]), int(row["vehicles"]), is_proven=True))
                    else:
                        is_proven = set_name in "ab" or "proven" in row["status"]
                        cases.append(Case(set_name, path, float(row["best_known"]), None, is_proven))
    return cases


def solve_with_peer(case: Case, solver: str, seconds: float, seed: int) -> dict[str, object]:
    """One run of somebody else's solver."""
    raw = read_raw(case.path)
    module = import_module(f"peer_{solver.replace('-', '_')}")
    began, began_cpu = time.perf_counter(), time.process_time()
    routes = module.solve(raw, seconds, seed)
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    return judged(case, routes, wall_s=wall_s, cpu_s=cpu_s)


def solve_with_ours(case: Case, solver: str, seconds: float, seed: int) -> dict[str, object]:
    """One run of ours, warmed up so that nothing is compiled on the clock."""
    instance = read_instance(case.path)
    warm_up(solver)
    reached = []

    def clock() -> float:
        return float("inf") if reached else time.process_time()

    def note(plan: Plan, _cost: float) -> None:
        if case.is_proven and not plan.unserved and case.is_best(instance.cost_of(plan), instance.fleet_of(plan)):
            reached.append(time.process_time() - began_cpu)

    began, began_cpu = time.perf_counter(), time.process_time()
    found = solve(
        instance.problem,
        weights=instance.weights,
        seed=seed,
        budget=Budget(seconds, None, clock),
        solver=Solver(solver),
        on_better=note,
    )
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    routes = [[int(visit.location) for visit in run.visits] for run in found.plan.runs.values()]
    result = judged(case, routes, wall_s=wall_s, cpu_s=cpu_s)
    result["faults"] += [f"judge: {fault.kind.value}" for fault in violations(found.plan, instance.problem)]
    return {**result, "iterations": found.iterations, "reached_s": round(reached[0], 2) if reached else None}


def warm_up(solver: str) -> None:
    """Let everything be compiled that a run needs."""
    day = made_up_day(vehicles=3, requests=12, seed=0)
    weights = CostWeights(drive_s=0, drive_m=1, on_board_s=0, unserved=1e9)
    for budget in (Budget(None, 200), Budget(0.5, None, time.process_time)):
        solve(day.problem, weights=weights, seed=0, budget=budget, solver=Solver(solver))


def judged(case: Case, routes: list[list[int]], *, wall_s: float, cpu_s: float) -> dict[str, object]:
    """What a run came to, by the independent verifier."""
    verdict = verify(read_raw(case.path), routes)
    return {
        "cost": verdict.cost,
        "vehicles": verdict.vehicles,
        "unserved": verdict.unserved,
        "faults": list(verdict.faults),
        "wall_s": round(wall_s, 2),
        "cpu_s": round(cpu_s, 2),
    }


def run_one(arguments: argparse.Namespace) -> None:
    """Do one run in this process and print its result."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {arguments.core})
    case = list_cases([arguments.sets], arguments.instances)[0]
    run = solve_with_ours if arguments.solvers in OURS else solve_with_peer
    print(json.dumps(run(case, arguments.solvers, float(arguments.seconds), arguments.seeds)))


def list_runs(arguments: argparse.Namespace) -> Iterator[tuple[Case, str, float, int]]:
    """Every run that was asked for, short ones first; solvers without a seed run once."""
    cases = list_cases(arguments.sets.split(","), arguments.instances)
    seconds = [float(word) for word in arguments.seconds.split(",")]
    for limit, solver, case, seed in product(seconds, arguments.solvers.split(","), cases, range(arguments.seeds)):
        is_seeded = solver in OURS or import_module(f"peer_{solver.replace('-', '_')}").IS_SEEDED
        if is_seeded or seed == 0:
            yield case, solver, limit, seed


def run_all(arguments: argparse.Namespace) -> None:
    """Run what is not in the file of results yet."""
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    lines = arguments.results.read_text().splitlines() if arguments.results.exists() else []
    known = {(r["instance"], r["solver"], r["seconds"], r["seed"]) for r in map(json.loads, lines)}
    for case, solver, seconds, seed in list_runs(arguments):
        name = case.path.stem
        if (name, solver, seconds, seed) in known:
            continue
        command = [sys.executable, __file__, "one", "--sets", case.set_name, "--instances", name, "--solvers", solver]
        command += ["--seconds", str(seconds), "--seeds", str(seed), "--core", str(arguments.core)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name} {solver} {seconds:g} s seed {seed} failed:\n{done.stderr[-2000:]}", file=sys.stderr)
            continue
        result = {
            "set": case.set_name,
            "instance": name,
            "solver": solver,
            "seconds": seconds,
            "seed": seed,
            **json.loads(done.stdout.splitlines()[-1]),
            "best_cost": case.best_cost,
            "best_vehicles": case.best_vehicles,
            "version": f"rufnetz {version('rufnetz')}"
            if solver in OURS
            else f"{PEERS[solver]} {version(PEERS[solver])}",
            "cores": os.cpu_count(),
        }
        with arguments.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        gap = 100 * (result["cost"] / case.best_cost - 1)
        print(
            f"{name:8} {solver:13} {seconds:3g} s seed {seed}: {result['cost']:9.2f} {gap:+6.2f} %, "
            f"{result['vehicles']} vehicles, {result['unserved']} unserved, {len(result['faults'])} faults, "
            f"{result['cpu_s']:.1f} CPU s",
            flush=True,
        )


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", nargs="?", choices=("run", "report", "one"), default="run")
    parser.add_argument("--sets", default="a,b,pr,lilim")
    parser.add_argument("--instances", default="*", help="a pattern of names, such as a8-*")
    parser.add_argument("--solvers", default=",".join((*OURS, *PEERS)))
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--seconds", default="10,60")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file of results, a line each")
    parser.add_argument("--into", type=Path, help="document to write the tables into")
    parser.add_argument("--core", type=int, default=0, help="the core to run on")
    arguments = parser.parse_args()
    if not INSTANCES.is_dir():
        sys.exit(f"no instances in {INSTANCES}: put the published ones there")
    if arguments.mode == "one":
        run_one(arguments)
        return
    if arguments.mode == "run":
        run_all(arguments)
    print_report(arguments.results, arguments.into)


if __name__ == "__main__":
    main()
