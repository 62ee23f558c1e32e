"""How long connections take to find, beside a plain search, networkx and nigiri. ``make bench-gtfs``.

Each feed is measured in a process of its own, in CPU time of one core, after a first call that loads what is compiled.
A question has ten on-demand legs of 5 to 40 minutes at either end, to the stops around two random ones: "within 50 km"
with at most three vehicles, "anywhere" with at most six. Peers answer some of the same questions: their time stands
beside ours for these questions in the same run. Against networkx and nigiri only the arrival within the product's
limits is compared, they know fewer rules.
"""

import argparse
import multiprocessing
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from gtfs.feed import read_feed
from gtfs.itinerary import EndLeg, LegKind
from gtfs.search import Query, find_first_itinerary, find_itineraries, search_every_stop
from gtfs.service_day import ServiceDay
from gtfs.timetable import DayTimetable, build_timetable, read_timetable, write_timetable

sys.path.insert(0, str(Path(__file__).parent))

from gtfs_peers import Ask, open_networkx, open_nigiri, open_plain
from make_feed import SIZES, make_feed, write_feed

VRN = Path(__file__).parents[3] / "shared/data/heidelberg_vrn/vrn_gtfs_cut.zip"
DAYS = {"vrn": date(2022, 9, 14), "state": date(2026, 3, 11), "country": date(2026, 3, 11)}
LEGS = 10
HOUR_S = 3600
NETWORKX_CALLS = 500_000
"""A graph of more calls does not fit beside everything else into 5 GB."""


@dataclass(frozen=True)
class Kind:
    """A kind of question."""

    name: str
    farthest_m: float
    max_line_legs: int
    longest_s: int


KINDS = (Kind("within 50 km", 50_000, 3, 6 * HOUR_S), Kind("anywhere", 1e9, 6, 12 * HOUR_S))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", default="vrn,state,country")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--peers", type=int, default=10, help="so many questions are asked of the slow peers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where made-up feeds are kept (else made anew)")
    arguments = parser.parse_args()
    print(versions(), f"seed {arguments.seed} (feeds: 0), {arguments.questions} questions, CPU time of one core\n")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.feeds.split(","):
            process = multiprocessing.get_context("spawn").Process(
                target=measure, args=(name, arguments, arguments.folder or Path(folder))
            )
            process.start()
            process.join()


def versions() -> str:
    """What was measured with what."""

    def of(name: str) -> str:
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            return f"{name} not installed"

    return ", ".join([*map(of, ("rufnetz", "numba", "networkx", "pynigiri")), f"Python {platform.python_version()}"])


def measure(name: str, arguments: argparse.Namespace, folder: Path) -> None:
    """Print the table of one feed."""
    path = VRN if name == "vrn" else folder / f"{name}.zip"
    if name == "vrn" and not path.exists():
        print(f"vrn: left out, {path.name} is not beside the repository")
        return
    if not path.exists():
        write_feed(path, make_feed(SIZES[name], seed=0))
    day = open_day(name, path, folder)
    chance = np.random.default_rng(arguments.seed)
    for kind in KINDS:
        queries = [draw(day, kind, chance) for _ in range(arguments.questions)]
        print(f"  {kind.name}, up to {kind.max_line_legs} vehicles:")
        print_ours(day, queries, kind)
        print_peers(day, path, DAYS[name], queries, arguments.peers)
    print(flush=True)


def open_day(name: str, path: Path, folder: Path) -> DayTimetable:
    """Build, write and open the timetable, say how long each took; returns the day that is asked about."""
    began = time.process_time()
    timetable = build_timetable([read_feed(path)])
    built_s = time.process_time() - began
    write_timetable(folder / f"{name}.built", timetable)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.process_time()
    timetable = read_timetable(folder / f"{name}.built")
    opened_s = time.process_time() - began
    zone = timetable.zone
    other = timetable.day(ServiceDay(DAYS[name] - timedelta(days=7), zone))
    _ = other.forward, other.backward  # loads what is compiled
    began = time.process_time()
    day = timetable.day(ServiceDay(DAYS[name], zone))
    arrays = [array for patterns in (day.forward, day.backward) for array in patterns]
    arranged_s = time.process_time() - began
    print(
        f"{name}: {len(timetable.trips.ids):,} trips, {timetable.trips.stop.size:,} calls, "
        f"{day.calls.trip.size:,} trips on {DAYS[name]}"
    )
    print(
        f"  read and built {built_s:.2f} s (peak {peak_mb:,.0f} MB), opened {opened_s:.2f} s, day arranged in both "
        f"directions {arranged_s:.2f} s, {sum(array.nbytes for array in arrays) / 1e6:.1f} MB"
    )
    return day


@cache
def places(day: DayTimetable) -> tuple[Any, Any]:
    """The stops that are called at, and where they are in metres."""
    used = np.unique(day.calls.stop)
    stops = (day.timetable.stops[i] for i in used)
    return used, np.array([(stop.lon * 71_000, stop.lat * 111_195) for stop in stops])


def draw(day: DayTimetable, kind: Kind, chance: np.random.Generator) -> Query:
    """A random question."""
    stops = day.timetable.stops
    used, xy = places(day)
    begin_s = int(chance.integers(6, 20)) * HOUR_S

    def legs(centre: Any) -> tuple[EndLeg, ...]:  # noqa: ANN401 - a row of an array
        near = used[np.argsort(np.hypot(*(xy - centre).T))[:LEGS]]
        return tuple(EndLeg(stops[i].id, int(chance.integers(5, 41)) * 60, LegKind.ON_DEMAND) for i in near.tolist())

    origin = chance.choice(xy)
    around = np.flatnonzero(np.hypot(*(xy - origin).T) <= kind.farthest_m)
    goal = xy[chance.choice(around)]
    return Query(
        legs(origin),
        legs(goal),
        depart_after_s=begin_s,
        max_line_legs=kind.max_line_legs,
        longest_s=kind.longest_s,
    )


def print_ours(day: DayTimetable, queries: Sequence[Query], kind: Kind) -> None:
    """Print medians and 99th percentiles of ours."""
    answered = sum(find_first_itinerary(day, query) is not None for query in queries)
    print(f"    {answered} of {len(queries)} have an answer{'':18}{'median':>11}{'p99':>11}")
    reach = [
        Query(q.access, (), depart_after_s=q.depart_after_s, longest_s=2 * HOUR_S, max_line_legs=kind.max_line_legs)
        for q in queries
    ]
    late = [
        Query(q.access, q.egress, arrive_by_s=(q.depart_after_s or 0) + kind.longest_s // 2, longest_s=kind.longest_s,
              max_line_legs=kind.max_line_legs)
        for q in queries
    ]  # fmt: skip
    for label, ask, asked in (
        ("earliest arrival", find_first_itinerary, queries),
        ("latest departure", find_first_itinerary, late),
        ("all best in two hours", find_itineraries, queries),
        ("one to all, two hours", search_every_stop, reach),
    ):
        spans = milliseconds(lambda query, ask=ask: ask(day, query), asked)  # type: ignore[misc]
        print(f"    {label:40}{np.median(spans):>8.3f} ms{np.percentile(spans, 99):>8.3f} ms")


def print_peers(day: DayTimetable, path: Path, on: date, queries: Sequence[Query], count: int) -> None:
    """Print the earliest arrivals of the peers beside ours."""
    is_small = day.calls.stop.size <= NETWORKX_CALLS
    openers: list[tuple[str, Callable[[], Ask], int]] = [("nigiri", lambda: nigiri(path, on, day), len(queries))]
    openers.append(("plain search", lambda: open_plain(day), count if is_small else 2))
    if is_small:
        openers.append(("networkx", lambda: open_networkx(day), count))
    for name, opener, asked in openers:
        began = time.process_time()
        try:
            ask = opener()
        except ImportError:
            print(f"    {name}: not installed")
            continue
        opened_s = time.process_time() - began
        some = queries[:asked]
        ours = milliseconds(lambda query: find_first_itinerary(day, query), some)
        theirs = milliseconds(ask, some)
        both = [(ask(query), arrival(day, query)) for query in some[:50]]
        late, early = sum(is_later(b, a) for a, b in both), sum(is_later(a, b) for a, b in both)
        median = float(np.median(theirs))
        print(
            f"    {name + ', earliest arrival':40}{median:>8.3f} ms{np.percentile(theirs, 99):>8.3f} ms  "
            f"{median / float(np.median(ours)):,.1f} x ours, opened in {opened_s:.2f} s, "
            f"ours earlier in {early}, later in {late} of {len(both)}",
            flush=True,
        )


def nigiri(path: Path, on: date, day: DayTimetable) -> Ask:
    """Open nigiri."""
    return open_nigiri(path, on, day)[0]


def arrival(day: DayTimetable, query: Query) -> int | None:
    """Our earliest arrival."""
    found = find_first_itinerary(day, query)
    return None if found is None else found.arrival_s


def is_later(one: int | None, other: int | None) -> bool:
    """Whether an arrival is later than another by more than the two minutes that rounding can make."""
    never = 10**9
    return (never if one is None else one) > (never if other is None else other) + 120


def milliseconds(ask: Callable[[Query], object], queries: Sequence[Query]) -> list[float]:
    """CPU time of each question."""
    ask(queries[0])
    spans = []
    for query in queries:
        began = time.process_time()
        ask(query)
        spans.append(1e3 * (time.process_time() - began))
    return spans


if __name__ == "__main__":
    main()
