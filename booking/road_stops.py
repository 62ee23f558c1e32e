"""How a district's stops lie on its roads: which are too far away, and which cannot be reached or left again."""

from collections.abc import Sequence

import numpy as np

from booking.district import District, Stop
from booking.district_problems import Problem
from booking.district_tables import list_stop_lines
from routing.graph import RoadGraph
from routing.matrix import travel_times_between
from routing.snapping import Snap
from routing.travel_times import UNREACHABLE_S, MatrixTravelTimes

MAX_SNAP_M = 250
"""A stop farther than this from any road that may be driven cannot be right."""

NOTED_SNAP_M = 60
"""A stop farther than this is told about: its riders walk to the road, or the road is missing."""

_FILE = "stops.csv"


class StopRows:
    """Tells of problems with stops, by their row in the file."""

    def __init__(self, district: District) -> None:
        self.stops = district.stops
        self._lines = list_stop_lines(district.folder / _FILE)

    def problem(self, index: int, message: str, remedy: str) -> Problem:
        """Something to put right about the stop with that number."""
        stop = self.stops[index]
        line = self._lines.get(stop.id, 0)
        return Problem(_FILE, line, f'stop "{stop.name}" ({stop.id}) {message}', remedy)


class StopsOnRoads:
    """The stops of a district beside the roads that they are joined to."""

    def __init__(self, rows: StopRows, graph: RoadGraph, snaps: Sequence[Snap]) -> None:
        self._rows = rows
        self._graph = graph
        self._snaps = snaps

    def problems(self, times: MatrixTravelTimes) -> list[Problem]:
        """Stops that are too far from a road, the farthest first, and stops that are cut off from most others."""
        far = [i for i, snap in enumerate(self._snaps) if snap.distance_m > MAX_SNAP_M]
        off_road = [self._far_away(i) for i in sorted(far, key=lambda i: -self._snaps[i].distance_m)]
        return [*off_road, *(self._cut_off(i, times) for i in _outside_main_part(times))]

    def notes(self) -> list[str]:
        """Stops that are so far from their road that somebody should look, the farthest first."""
        noted = [
            (snap.distance_m, i) for i, snap in enumerate(self._snaps) if NOTED_SNAP_M < snap.distance_m <= MAX_SNAP_M
        ]
        remedy = "is it in its place? Riders are counted to walk there"
        return [str(self._rows.problem(i, self._distance(i), remedy)) for _, i in sorted(noted, reverse=True)]

    def _distance(self, index: int) -> str:
        snap = self._snaps[index]
        street = self._graph.edge_street(snap.edge)
        road = f"the nearest road that may be driven ({street})" if street else "the nearest road that may be driven"
        return f"is {snap.distance_m:.0f} m from {road}"

    def _far_away(self, index: int) -> Problem:
        remedy = "move it to the road, or take a road file that reaches it"
        if self._looks_exchanged(self._rows.stops[index]):
            remedy = "lon and lat look exchanged: lon is the way east, lat the way north"
        return self._rows.problem(index, self._distance(index), remedy)

    def _looks_exchanged(self, stop: Stop) -> bool:
        lons, lats = self._graph.node_lon, self._graph.node_lat
        return bool(lons.min() <= stop.lat <= lons.max() and lats.min() <= stop.lon <= lats.max())

    def _cut_off(self, index: int, times: MatrixTravelTimes) -> Problem:
        arrives = int((times.durations_s[:, index] < UNREACHABLE_S).sum()) - 1
        leaves = int((times.durations_s[index] < UNREACHABLE_S).sum()) - 1
        others = len(self._rows.stops) - 1
        message = (
            f"cannot be reached from {others - arrives} of {others} other stops and leads to {leaves} of them; it "
            f"{self._distance(index)}"
        )
        remedy = "move it to a road that leads both to it and away from it, or correct the road file"
        return self._rows.problem(index, message, remedy)


def check_stops(district: District, graph: RoadGraph) -> tuple[list[Problem], list[str]]:
    """What is wrong with a district's stops on its roads, and what somebody should look at."""
    stops = district.stops
    times, snaps = travel_times_between(graph, [stop.lon for stop in stops], [stop.lat for stop in stops])
    on_roads = StopsOnRoads(StopRows(district), graph, snaps)
    return on_roads.problems(times), on_roads.notes()


def _outside_main_part(times: MatrixTravelTimes) -> list[int]:
    """Stops that most others cannot reach, or that cannot reach most others."""
    both = (times.durations_s < UNREACHABLE_S) & (times.durations_s.T < UNREACHABLE_S)
    main = both[int(np.argmax(both.sum(axis=1)))]
    return [int(i) for i in np.flatnonzero(~main)]
