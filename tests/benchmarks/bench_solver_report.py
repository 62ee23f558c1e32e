"""The tables of ``bench_solver.py``."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from statistics import mean

BEGIN, END = "<!-- bench-solver: written by make bench-solver -->", "<!-- end of bench-solver -->"
ORDER = ("joined", "search", "ortools", "ortools-plain", "vroom", "pyvrp", "vrp-cli")
TITLES = {
    "ab": "Dial-a-ride, sets a and b (48 instances, optima known)",
    "pr": "Dial-a-ride, pr01 to pr10 (best known values)",
    "lilim": "Pickup and delivery, Li and Lim, 100 tasks (fleet first, then distance)",
}
AT_BEST = 0.006
"""Per cent: within the rounding of the published values."""

Result = dict[str, object]


def print_report(results: Path, into: Path | None) -> None:
    """Print the tables, and put them into a document between the two marks (at its end if it has none)."""
    lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    text = "\n".join(tables([json.loads(line) for line in lines]))
    print(text)
    if into is not None:
        before = into.read_text(encoding="utf-8") if into.exists() else ""
        head, _, rest = before.partition(BEGIN)
        tail = rest.partition(END)[2]
        into.write_text(f"{head.rstrip()}\n\n{BEGIN}\n\n{text}\n\n{END}\n{tail.lstrip()}".lstrip(), encoding="utf-8")


def tables(results: list[Result]) -> Iterable[str]:
    """A table for each set and time limit."""
    groups: dict[tuple[str, float], dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        group = "ab" if result["set"] in ("a", "b") else str(result["set"])
        groups[group, result["seconds"]][str(result["solver"])].append(result)
    for group, seconds in sorted(groups, key=lambda key: (list(TITLES).index(key[0]), key[1])):
        yield f"### {TITLES[group]}, {seconds:g} s"
        yield ""
        yield "| solver | runs | mean gap % | worst gap % | at best known | more vehicles | unserved or broken |"
        yield "|---|---|---|---|---|---|---|"
        found = groups[group, seconds]
        for solver in sorted(found, key=ORDER.index):
            yield row(solver, found[solver])
        yield ""
    versions = sorted({str(result["version"]) for result in results})
    cores = sorted({str(result["cores"]) for result in results})
    yield (
        f"One core of {' or '.join(cores)}; {', '.join(versions)}. Gaps are over runs that serve everybody with the "
        "best known fleet; several seeds per instance, one where a solver takes none."
    )


def row(solver: str, results: list[Result]) -> str:
    """One line of a table."""
    clean = [result for result in results if not result["faults"] and not result["unserved"]]
    with_fleet = [r for r in clean if r["best_vehicles"] is None or r["vehicles"] <= r["best_vehicles"]]
    gaps = [100 * (result["cost"] / result["best_cost"] - 1) for result in with_fleet]
    at_best = sum(gap <= AT_BEST for gap in gaps)
    instances = len({result["instance"] for result in results})
    figures = (f"{round(mean(gaps), 2) + 0:.2f} | {round(max(gaps), 2) + 0:.2f}") if gaps else "- | -"
    return (
        f"| {solver} | {len(results)} on {instances} | {figures} | {at_best} ({100 * at_best / len(results):.0f} %) | "
        f"{len(clean) - len(with_fleet)} | {len(results) - len(clean)} |"
    )
