"""How long it takes to find the best place of one request in a day's runs. ``make bench-insertion``.

A made-up district: 300 places on 40 km by 40 km, runs of about 20 visits, half-hour windows. Each line is the mean over
requests that are in no run, the day prepared beforehand. "Compiled" is the whole answer with the new run as a value;
the plain road, the oracle that tests hold the compiled one against, is timed for fewer requests. Their answers are
compared.
"""

import argparse
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from statistics import mean, median

import numpy as np
from made_up_days import MadeUpDay, made_up_day

from routing.fast_insertion import Choice, End, Insertions
from routing.insertion import COST_DIGITS, best_insertion
from routing.model import LocationIndex, Request

STOPS = 10
MORE = 60
ROUNDS = 15


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vehicles", default="20,60,200")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    versions = ", ".join(f"{name} {version(name)}" for name in ("rufnetz", "numba", "numpy"))
    print(f"{versions}, Python {platform.python_version()}, seed {arguments.seed}, CPU time of one core")
    print(
        "One stop at either end, and the best of so many; how often as long plain Python takes. Prepared once: packed."
    )
    heads = (
        "vehicles",
        "visits",
        "packed",
        "plain",
        "compiled",
        "ratio",
        f"plain {STOPS}x{STOPS}",
        "compiled",
        "ratio",
    )
    print(" ".join(f"{head:>11}" for head in heads))
    for vehicles in map(int, arguments.vehicles.split(",")):
        print(line(vehicles, arguments.seed), flush=True)


def line(vehicles: int, seed: int) -> str:
    """One line of the table."""
    day = made_up_day(vehicles=vehicles, requests=11 * vehicles, seed=seed, more=MORE, is_planned=True)
    insertions = Insertions(day.problem, day.plan)
    choices = {request.id: choice_of(day, request) for request in day.more}
    few = day.more[:10]
    for request in few:
        if insertions.best(request) != best_insertion(request, day.problem, day.plan):
            msg = f"{request} is answered differently by the two roads"
            raise SystemExit(msg)
    chosen, cost = insertions.best_of(choices[few[0].id]), plainly_with_stops(day, few[0])
    if (chosen and round(chosen.insertion.added_cost, COST_DIGITS)) != (cost and round(cost, COST_DIGITS)):
        msg = f"{few[0]} with a choice of stops is answered differently by the two roads"
        raise SystemExit(msg)
    packed = microseconds(lambda _: Insertions(day.problem, day.plan), few)
    plain = microseconds(lambda request: plainly(day, request), few)
    fast = microseconds(insertions.best, day.more, rounds=ROUNDS)
    plain_choice = microseconds(lambda request: plainly_with_stops(day, request), few[:1])
    fast_choice = microseconds(lambda request: insertions.best_of(choices[request.id]), day.more, rounds=ROUNDS)
    figures = (
        f"{vehicles}",
        f"{mean(len(run.visits) for run in day.plan.runs.values()):.1f}",
        f"{packed / 1000:.1f} ms",
        f"{plain / 1000:.1f} ms",
        f"{fast:.0f} µs",
        f"{plain / fast:.0f}",
        f"{plain_choice / 1000:,.0f} ms",
        f"{fast_choice:.0f} µs",
        f"{plain_choice / fast_choice:,.0f}",
    )
    return " ".join(f"{figure:>11}" for figure in figures)


def choice_of(day: MadeUpDay, request: Request) -> Choice:
    """The request with the nearest stops at either end to choose from."""
    return Choice(
        id=request.id,
        pickups=tuple(End(p, request.pickup_window, request.boarding_s) for p in nearest_stops(day, request.pickup)),
        dropoffs=tuple(
            End(p, request.dropoff_window, request.alighting_s) for p in nearest_stops(day, request.dropoff)
        ),
        load=request.load,
        max_ride_s=[[request.max_ride_s] * STOPS] * STOPS,
    )


def microseconds(insert: Callable[[Request], object], requests: Sequence[Request], *, rounds: int = 1) -> float:
    """CPU time for each request, the median of some rounds."""
    insert(requests[0])
    spans = []
    for _ in range(rounds):
        began = time.process_time()
        for request in requests:
            insert(request)
        spans.append(time.process_time() - began)
    return 1e6 * median(spans) / len(requests)


def plainly(day: MadeUpDay, request: Request) -> float | None:
    """The cost of the best place."""
    insertion = best_insertion(request, day.problem, day.plan)
    return None if insertion is None else insertion.added_cost


def plainly_with_stops(day: MadeUpDay, request: Request) -> float | None:
    """The cost of the best place for the best pair of the nearest stops at either end."""
    costs = [
        plainly(day, replace(request, pickup=pickup, dropoff=dropoff))
        for pickup in nearest_stops(day, request.pickup)
        for dropoff in nearest_stops(day, request.dropoff)
        if pickup != dropoff
    ]
    return min((cost for cost in costs if cost is not None), default=None)


def nearest_stops(day: MadeUpDay, place: LocationIndex) -> list[LocationIndex]:
    """The stops next to a place, itself the first."""
    lengths = [day.problem.times.distance_m(place, LocationIndex(other)) for other in range(day.problem.times.size)]
    return [LocationIndex(int(other)) for other in np.argsort(lengths, kind="stable")[:STOPS]]


if __name__ == "__main__":
    main()
