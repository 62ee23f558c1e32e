"""Compile everything before somebody waits for it: ``python -m routing.warm_up``.

A compiled function is compiled when it is first called, and kept on disk. Here each is called once, on a district of
three places, with arrays of the types that a real one has. That takes a minute or two the first time, then a second.
"""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from routing.fast_insertion import Choice, End, Insertions
from routing.graph import RoadGraph
from routing.matrix import legs_between, travel_times_between
from routing.model import Load, LocationIndex, Plan, Request, RequestId, Run, Shift, ShiftId, TimeWindow, VehicleId
from routing.objective import DEFAULT_WEIGHTS
from routing.problem import Problem
from routing.road_network import RoadNetwork
from routing.road_network_files import read_road_network, write_road_network
from routing.solve import Budget, Solver, solve
from routing.travel_times import MatrixTravelTimes, read_travel_times, write_travel_times

_HOUR_S = 3600
_POINTS = ((11.40, 53.50), (11.41, 53.50), (11.42, 53.50))


def warm_up() -> None:
    """Call what is compiled, so that it is in memory and on disk."""
    warm_up_runs()
    warm_up_roads()


def warm_up_runs() -> None:
    """What is compiled for runs."""
    warm_up_insertion()
    warm_up_search()


def warm_up_insertion() -> None:
    """What is compiled for an answer to an enquiry."""
    problem = _problem(MatrixTravelTimes.from_rows([[0, 600, 900], [600, 0, 600], [900, 600, 0]]))
    (shift,) = problem.shifts.values()
    first, second = problem.requests.values()
    insertions = Insertions(problem, Plan({shift.id: Run(shift.id)}))
    insertion = insertions.best(first)
    if insertion is not None:
        insertions.with_run(insertion.run).list_all(second)
    ends = tuple(End(LocationIndex(place), TimeWindow(0, 30 * _HOUR_S), 60) for place in range(2))
    insertions.best_of(Choice(second.id, ends, ends, Load(seat=1), [[_HOUR_S] * 2] * 2))


def warm_up_search() -> None:
    """What is compiled for the improvement of a plan."""
    problem = _problem(MatrixTravelTimes.from_rows([[0, 600, 900], [600, 0, 600], [900, 600, 0]]))
    solve(problem, weights=DEFAULT_WEIGHTS, seed=0, budget=Budget(iterations=20), solver=Solver.JOINED)


def warm_up_roads() -> None:
    """What is compiled for travel times on roads, prepared just now and read from files."""
    network = RoadNetwork.build(_roads())
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_road_network(folder, network)
        for roads in (network, read_road_network(folder, network.graph)):
            lons, lats = zip(*_POINTS, strict=True)
            times, _ = travel_times_between(roads, lons, lats)
            roads.time_between(_POINTS[0], _POINTS[2])
            roads.durations_to_nodes(roads.places(lons, lats))
            legs_between(roads, _POINTS)
        network.with_changes(durations_s=network.graph.edge_duration_s * np.float32(2))
        write_travel_times(folder, times)
        read_travel_times(folder)


def _problem(times: MatrixTravelTimes) -> Problem:
    """A vehicle and two requests."""
    depot, origin, goal = (LocationIndex(place) for place in range(3))
    shift = Shift(ShiftId("bus"), VehicleId("bus"), depot, depot, 6 * _HOUR_S, 20 * _HOUR_S, (Load(seat=8),))
    windows = [TimeWindow(hour * _HOUR_S, (hour + 1) * _HOUR_S) for hour in (8, 9)]
    requests = [
        Request(RequestId(f"{n}"), origin, goal, window, TimeWindow(0, 20 * _HOUR_S), Load(seat=1), 60, 60, _HOUR_S)
        for n, window in enumerate(windows)
    ]
    return Problem({shift.id: shift}, {request.id: request for request in requests}, times)


def _roads() -> RoadGraph:
    """A straight road past three points, a kilometre from one to the next, in both directions."""
    lon, lat = np.array(_POINTS).T
    tails, heads = np.array([0, 1, 1, 2]), np.array([1, 0, 2, 1])
    return RoadGraph(
        node_lon=lon,
        node_lat=lat,
        edge_from=tails.astype(np.int32),
        edge_to=heads.astype(np.int32),
        edge_length_m=np.full(4, 663.0, dtype=np.float32),
        edge_duration_s=np.full(4, 60.0, dtype=np.float32),
        edge_way_id=np.array([1, 1, 2, 2], dtype=np.int64),
        edge_name=np.zeros(4, dtype=np.int32),
        edge_class=np.zeros(4, dtype=np.int32),
        edge_twin=np.array([1, 0, 3, 2], dtype=np.int32),
        geometry_offset=np.arange(0, 10, 2, dtype=np.int64),
        geometry_lon=np.ascontiguousarray(lon[np.stack([tails, heads], axis=1).ravel()]),
        geometry_lat=np.ascontiguousarray(lat[np.stack([tails, heads], axis=1).ravel()]),
        names=("",),
        classes=("tertiary",),
    )


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:  # compiling keeps a core busy for more than a minute
        for done in [pool.submit(warm_up_roads), pool.submit(warm_up_runs)]:
            done.result()
