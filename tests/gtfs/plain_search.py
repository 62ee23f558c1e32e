"""A slow, obvious search to hold the fast one against: Dijkstra over calls of trips and departures at stops.

Its time being fixed, all that can be better about a node is how few vehicles took one there.
"""

import heapq
from bisect import bisect_left
from collections import defaultdict

from gtfs.itinerary import EndLeg, LegKind
from gtfs.query import Query
from gtfs.timetable_model import DayTimetable

Node = tuple[int, int]
"""A trip of the day and the number of one of its calls; or -1 minus a stop, and the number of one of its departures."""


class PlainSearch:
    """A day's trips in lists and dictionaries; no rules for single routes or trips, no wishes."""

    def __init__(self, day: DayTimetable, min_change_s: int = 120) -> None:
        self._stop_index = day.timetable.stop_index
        footpaths = day.timetable.footpaths
        self._walks, changes = footpaths.walks(False), footpaths.changes(min_change_s, False)
        self._changes = [changes.of(stop) for stop in range(len(day.timetable.stops))]
        self._trips = [(trip.stops.tolist(), *trip.times.tolist(), *trip.flags.tolist()) for trip in day.trips]
        departures: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for number, (stops, _, leaves, can_board, _) in enumerate(self._trips):
            for position in range(len(stops) - 1):
                if can_board[position]:
                    departures[stops[position]].append((leaves[position], number, position))
        self._departures = {stop: sorted(found) for stop, found in departures.items()}

    def first_arrival(self, query: Query) -> tuple[int, int] | None:  # noqa: C901, PLR0912 - one loop, as in the books
        """The earliest arrival from ``depart_after_s`` on, and how few vehicles it takes."""
        begin_s = query.depart_after_s or 0
        exits = defaultdict(list)
        for leg in query.egress:
            for stop, walk_s in self._beside(leg):
                exits[stop].append((leg, walk_s))
        queue: list[tuple[int, int, int, int]] = []
        for leg in query.access:
            leg_begin_s = max(begin_s, leg.earliest_s)
            if leg_begin_s <= leg.latest_s:
                for stop, walk_s in self._beside(leg):
                    self._board(queue, stop, leg_begin_s + leg.duration_s + walk_s, 1)
        fewest: dict[Node, int] = {}
        found = []
        while queue:
            # By time, then vehicles: a node comes up with the fewest first, or again with fewer.
            time_s, vehicles, number, position = heapq.heappop(queue)
            if found and time_s > min(found)[0]:
                break
            if vehicles >= fewest.get((number, position), query.max_line_legs + 1):
                continue
            fewest[number, position] = vehicles
            if number < 0:
                _, trip, call = self._departures[-1 - number][position]
                heapq.heappush(queue, (time_s, vehicles, trip, call))
                self._wait(queue, -1 - number, position + 1, vehicles)
                continue
            stops, comes, leaves, _, can_alight = self._trips[number]
            if position + 1 == len(stops):
                continue
            stop, arrival_s = stops[position + 1], comes[position + 1]
            if arrival_s - begin_s > query.longest_s:
                continue
            heapq.heappush(queue, (leaves[position + 1], vehicles, number, position + 1))
            if can_alight[position + 1]:
                for leg, walk_s in exits[stop]:
                    if arrival_s + walk_s <= leg.latest_s:
                        end_s = max(arrival_s + walk_s, leg.earliest_s) + leg.duration_s
                        if end_s - begin_s <= query.longest_s:
                            found.append((end_s, vehicles))
                if vehicles < query.max_line_legs:
                    for other, need_s in self._changes[stop]:
                        self._board(queue, other, arrival_s + need_s, vehicles + 1)
        return min(found, default=None)

    def _beside(self, leg: EndLeg) -> list[tuple[int, int]]:
        stop = self._stop_index[leg.stop_id]
        return [(stop, 0), *([] if leg.kind is LegKind.WALK else self._walks.of(stop))]

    def _board(self, queue: list[tuple[int, int, int, int]], stop: int, ready_s: int, vehicles: int) -> None:
        self._wait(queue, stop, bisect_left(self._departures.get(stop, []), (ready_s,)), vehicles)

    def _wait(self, queue: list[tuple[int, int, int, int]], stop: int, departure: int, vehicles: int) -> None:
        """Wait for a departure: one can take it, or wait for the next."""
        departures = self._departures.get(stop, [])
        if departure < len(departures):
            heapq.heappush(queue, (departures[departure][0], vehicles, -1 - stop, departure))
