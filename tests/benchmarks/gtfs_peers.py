"""What the connection search is measured beside: a plain one in Python, a networkx graph, and the engine pynigiri."""

import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import networkx as nx

from gtfs.query import Query
from gtfs.timetable import DayTimetable

sys.path.insert(0, str(Path(__file__).parents[1] / "gtfs"))

Answer = int | None
"""Earliest arrival in seconds of the service day."""
Ask = Callable[[Query], Answer]


def open_plain(day: DayTimetable) -> Ask:
    """The search the tests hold the fast one against: a Dijkstra over lists and dictionaries."""
    search = importlib.import_module("plain_search").PlainSearch(day)

    def ask(query: Query) -> Answer:
        found = search.first_arrival(query)
        return None if found is None else int(found[0])

    return ask


def open_networkx(day: DayTimetable) -> Ask:  # noqa: C901 - as one writes it down
    """A time-expanded graph as one writes it down: events as nodes, riding, waiting and changing as edges.

    It knows no greatest number of vehicles. Start and goal are nodes that are added for a question and taken away.
    """
    graph: Any = nx.DiGraph()
    boards: dict[int, list[tuple[int, int, int]]] = {}
    for number, trip in enumerate(day.trips):
        stops, times = trip.stops.tolist(), trip.times.tolist()
        for at in range(len(stops)):
            if at:
                graph.add_edge(("in", number, at - 1), ("out", number, at), s=times[0][at] - times[1][at - 1])
                graph.add_edge(("out", number, at), ("in", number, at), s=times[1][at] - times[0][at])
            if trip.flags[0, at] and at + 1 < len(stops):
                boards.setdefault(stops[at], []).append((times[1][at], number, at))
    for stop, events in boards.items():
        events.sort()
        for i, (time_s, number, at) in enumerate(events):
            graph.add_edge(("wait", stop, i), ("in", number, at), s=0)
            if i:
                graph.add_edge(("wait", stop, i - 1), ("wait", stop, i), s=time_s - events[i - 1][0])

    def first_from(stop: int, ready_s: int) -> tuple[tuple[str, int, int], int] | None:
        events = boards.get(stop, [])
        for i, (time_s, _, _) in enumerate(events):
            if time_s >= ready_s:
                return ("wait", stop, i), time_s
        return None

    changes = day.timetable.footpaths.changes(120, False)
    calls_at: dict[int, list[tuple[tuple[str, int, int], int]]] = {}
    for number, trip in enumerate(day.trips):
        for at, (stop, arrival_s) in enumerate(zip(trip.stops.tolist(), trip.times[0].tolist(), strict=True)):
            if at and trip.flags[1, at]:
                calls_at.setdefault(stop, []).append((("out", number, at), arrival_s))
                for other, need_s in changes.of(stop):
                    onward = first_from(other, arrival_s + need_s)
                    if onward:
                        graph.add_edge(("out", number, at), onward[0], s=onward[1] - arrival_s)
    index = day.timetable.stop_index

    def ask(query: Query) -> Answer:
        begin_s = query.depart_after_s or 0
        for leg in query.access:
            first = first_from(index[leg.stop_id], begin_s + leg.duration_s)
            if first:
                graph.add_edge("start", first[0], s=first[1] - begin_s)
        for leg in query.egress:
            for node, arrival_s in calls_at.get(index[leg.stop_id], []):
                if arrival_s > begin_s:
                    graph.add_edge(node, "goal", s=leg.duration_s)
        try:
            return begin_s + int(nx.dijkstra_path_length(graph, "start", "goal", weight="s"))
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            return None
        finally:
            graph.remove_nodes_from(["start", "goal"])

    return ask


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing is written meanwhile, not by compiled code either."""
    sys.stdout.flush()
    kept = os.dup(1), os.dup(2)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)


def open_nigiri(feed: Path, on: date, day: DayTimetable) -> tuple[Ask, float]:
    """The C++ engine nigiri, and the CPU seconds loading the feed took; whole minutes, walks of the feed only.

    Raises
    ------
    ImportError
        When its wheel is not installed; there is one for Linux and Python 3.11 only.
    """
    nigiri = importlib.import_module("pynigiri")
    began = time.process_time()
    with _silence():
        source = nigiri.TimetableSource("feed", str(feed))
        loaded = nigiri.load_timetable([source], str(on), str(on + timedelta(days=2)))
    took = time.process_time() - began
    start_at = day.service_day.start_at
    epoch_s = int((start_at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())

    def ask(query: Query) -> Answer:
        asked = nigiri.Query()
        asked.start_time = (epoch_s + (query.depart_after_s or 0)) // 60
        for name, legs in (("start", query.access), ("destination", query.egress)):
            places = ((loaded.find_location(leg.stop_id), leg.duration_s // 60) for leg in legs)
            setattr(asked, name, [nigiri.Offset(place, minutes, 0) for place, minutes in places if place is not None])
        asked.start_match_mode = asked.dest_match_mode = nigiri.LocationMatchMode.INTERMODAL
        asked.max_transfers = query.max_line_legs - 1
        asked.max_travel_time = query.longest_s // 60
        journeys = nigiri.route(loaded, asked)
        return min((60 * int(journey.arrival_time()) - epoch_s for journey in journeys), default=None)

    return ask, took
