"""``rufnetz solve``: plan the runs of a problem in a file."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

from routing.instance import Instance, InstanceError, InstanceFormat
from routing.instance_files import read_instance
from routing.instance_json_write import list_routes
from routing.model import Action, Plan
from routing.solve import Budget, Solution, Solver, solve
from routing.violations import Violation, violations

_USUAL_SECONDS = 10.0

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


@dataclass
class Watch:
    """Follows a search: keeps the best plan so far, and ends the search when somebody presses Ctrl-C.

    A search that goes by the clock is told that its time is over, and ends by itself; one that does not is broken off
    with :class:`KeyboardInterrupt`, and the plan kept here is what it found.
    """

    seconds: float | None
    on_better: Callable[[Plan, float], None]
    best: tuple[Plan, float] | None = None
    is_stopped: bool = False
    began: float = field(default_factory=time.perf_counter)

    def clock(self) -> float:
        """The seconds of the budget."""
        return inf if self.is_stopped else time.perf_counter()

    def keep(self, plan: Plan, cost: float) -> None:
        """Remember a better plan."""
        self.best = plan, cost
        self.on_better(plan, cost)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take Ctrl-C as the wish for the best plan so far; a second one breaks off."""
        before = signal.signal(signal.SIGINT, self._stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _stop(self, _number: int, _frame: object) -> None:
        if self.is_stopped or self.seconds is None:
            raise KeyboardInterrupt
        self.is_stopped = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What is printed about a solved instance."""

    instance: Instance
    plan: Plan
    violations: tuple[Violation, ...]
    seconds: float
    iterations: int
    seed: int
    solver: Solver

    def as_json(self) -> dict[str, object]:
        """The answer as one JSON object; times and costs in the unit of the instance's file."""
        return {
            "instance": self.instance.name,
            "format": self.instance.format.value,
            "solver": self.solver.value,
            "seed": self.seed,
            "cost": self.instance.cost_of(self.plan),
            "vehicles": self.instance.fleet_of(self.plan),
            "violations": [
                {
                    "kind": violation.kind.value,
                    "shift": violation.shift_id,
                    "request": violation.request_id,
                    "detail": violation.detail,
                }
                for violation in self.violations
            ],
            "unserved": sorted(self.plan.unserved, key=_by_number),
            "seconds": round(self.seconds, 3),
            "iterations": self.iterations,
            "routes": list_routes(self.instance, self.plan),
        }


def solve_file(
    file: Annotated[Path, typer.Argument(help="The instance: a text file, or our own JSON (docs/solve-json.md).")],
    file_format: Annotated[
        InstanceFormat | None, typer.Option("--format", help="What the file is; seen from its beginning if left out.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0.01, help="Time limit; 10 if no limit is given at all.")] = None,
    iterations: Annotated[
        int | None, typer.Option(min=1, help="Limit on the steps of the search: the same result on every machine.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed takes another way through the search.")] = 0,
    solver: Annotated[Solver, typer.Option(help="How to search.")] = Solver.JOINED,
    as_json: AsJson = False,  # noqa: FBT002 - an option of the command line
    out: Annotated[Path | None, typer.Option(help="Also write the JSON object to this file.")] = None,
) -> None:
    """Plan the runs of a problem in a file. Ctrl-C ends the search with the best plan so far.

    Reads dial-a-ride instances (darp, Cordeau and Laporte), pickup and delivery instances (pdptw, Li and Lim: fleet
    first, then distance) and our own JSON. Ends with 1 if the judge finds a violation.
    """
    try:
        instance = read_instance(file, file_format)
    except InstanceError as fault:
        errors.print(f"[bold red]rufnetz:[/] {fault}", soft_wrap=True)
        raise typer.Exit(2) from fault
    if seconds is None and iterations is None:
        seconds = _USUAL_SECONDS
    answer = _answer(instance, seconds=seconds, iterations=iterations, seed=seed, solver=solver)
    text = json.dumps(answer.as_json(), ensure_ascii=False)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    if as_json:
        typer.echo(text)
    else:
        _print_answer(answer)
    if answer.violations:
        raise typer.Exit(1)


def _answer(instance: Instance, *, seconds: float | None, iterations: int | None, seed: int, solver: Solver) -> Answer:
    """Search, and show how the search gets on if somebody looks on."""
    with Status("", console=errors) as status:

        def show(plan: Plan, _cost: float) -> None:
            left = f", {len(plan.unserved)} unserved" if plan.unserved else ""
            cost, fleet = instance.cost_of(plan), instance.fleet_of(plan)
            passed = time.perf_counter() - watch.began
            status.update(f"{instance.name}: cost {cost:.2f}, {fleet} vehicles{left} after {passed:.1f} s")

        watch = Watch(seconds, show)
        status.update(f"{instance.name}: {len(instance.problem.requests)} requests, looking for a first plan")
        with watch.listening():
            found = _solution(instance, Budget(seconds, iterations, watch.clock), watch, seed=seed, solver=solver)
    return Answer(
        instance=instance,
        plan=found.plan,
        violations=violations(found.plan, instance.problem),
        seconds=time.perf_counter() - watch.began,
        iterations=found.iterations,
        seed=seed,
        solver=solver,
    )


def _solution(instance: Instance, budget: Budget, watch: Watch, *, seed: int, solver: Solver) -> Solution:
    try:
        return solve(
            instance.problem,
            weights=instance.weights,
            seed=seed,
            budget=budget,
            start=instance.start,
            solver=solver,
            on_better=watch.keep,
        )
    except KeyboardInterrupt:
        if watch.best is None:
            raise
        plan, cost = watch.best
        return Solution(plan, cost, 0, 0)


def _by_number(request_id: str) -> tuple[bool, int, str]:
    """Numbers in the order of their size, before names in the order of the alphabet."""
    is_name = not request_id.isdecimal()
    return is_name, 0 if is_name else int(request_id), request_id


def _print_answer(answer: Answer) -> None:
    instance, plan = answer.instance, answer.plan
    table = Table("shift", "visits", box=None, pad_edge=False)
    for run in plan.runs.values():
        if run.visits:
            table.add_row(run.shift_id, " ".join(_words(instance, run.shift_id, plan)))
    console.print(table)
    if plan.unserved:
        console.print(f"unserved: {', '.join(sorted(plan.unserved, key=_by_number))}", soft_wrap=True)
    console.print(
        f"{instance.name}: cost {instance.cost_of(plan):.4f}, {instance.fleet_of(plan)} vehicles, "
        f"{len(plan.unserved)} unserved; {answer.solver.value}, seed {answer.seed}, {answer.seconds:.1f} s",
        soft_wrap=True,
    )
    if answer.violations:
        for violation in answer.violations:
            where = " ".join(filter(None, (violation.shift_id, violation.request_id)))
            console.print(f"[red]violation:[/] {violation.kind.value} ({where}): {violation.detail}", soft_wrap=True)
    else:
        console.print("the judge finds no violation")


def _words(instance: Instance, shift_id: str, plan: Plan) -> Iterator[str]:
    """The visits of a run as + for boarding and - for alighting."""
    signs = {Action.PICKUP: "+", Action.DROPOFF: "-"}
    for run in plan.runs.values():
        if run.shift_id == shift_id:
            for visit in run.visits:
                if visit.action is Action.BREAK:
                    yield f"break@{instance.places[visit.location]}"
                else:
                    yield f"{signs[visit.action]}{visit.request_id}"
