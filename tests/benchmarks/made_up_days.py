"""Days of a made-up district for benchmarks: villages on a plane, requests in the morning and at noon."""

from dataclasses import dataclass
from math import hypot

import numpy as np

from routing.insertion import best_insertion
from routing.model import Load, LocationIndex, Plan, Request, RequestId, Shift, ShiftId, TimeWindow, VehicleId
from routing.problem import Problem
from routing.schedule import opening_run
from routing.travel_times import MatrixTravelTimes

HOUR_S = 3600
DAY_S = (6 * HOUR_S, 18 * HOUR_S)
SPEED_M_S = 14.0
SIDE_M = 40_000
VISITS = 20


@dataclass(frozen=True)
class MadeUpDay:
    """A problem, a plan for it, and requests that are in neither."""

    problem: Problem
    plan: Plan
    more: tuple[Request, ...]


def made_up_day(*, vehicles: int, requests: int, seed: int, more: int = 0, is_planned: bool = False) -> MadeUpDay:
    """A day. Rides of a few kilometres, half-hour windows, up to three riders; a vehicle has eight seats.

    Parameters
    ----------
    is_planned
        Fill the runs up to ``VISITS`` visits, each request at the cheapest place of a few runs drawn by lot; else
        nobody is served.
    """
    rng = np.random.default_rng(seed)
    places = rng.integers(0, SIDE_M, size=(300, 2))
    times = _travel_times(places)
    shifts = {shift.id: shift for shift in (_shift(number, rng, len(places)) for number in range(vehicles))}
    drawn = [_request(number, rng, places, times) for number in range(requests + more)]
    problem = Problem(shifts, {request.id: request for request in drawn[:requests]}, times)
    plan = Plan({shift.id: opening_run(shift) for shift in shifts.values()}, frozenset(problem.requests))
    if is_planned:
        plan = _filled(problem, plan, rng)
    return MadeUpDay(problem, plan, tuple(drawn[requests:]))


def _filled(problem: Problem, plan: Plan, rng: np.random.Generator) -> Plan:
    for request in problem.requests.values():
        runs = [run for run in plan.runs.values() if len(run.visits) < VISITS]
        few = [runs[number] for number in rng.choice(len(runs), size=min(3, len(runs)), replace=False)]
        insertion = best_insertion(request, problem, Plan({run.shift_id: run for run in few}))
        if insertion is not None:
            plan = Plan(plan.with_run(insertion.run).runs, plan.unserved - {request.id})
    return plan


def _travel_times(places: np.ndarray) -> MatrixTravelTimes:
    metres = np.hypot(*(places[:, None, axis] - places[None, :, axis] for axis in (0, 1))) * 1.3
    return MatrixTravelTimes(np.ceil(metres / SPEED_M_S).astype(np.int32), np.rint(metres).astype(np.int32))


def _shift(number: int, rng: np.random.Generator, places: int) -> Shift:
    depot = LocationIndex(int(rng.integers(places)))
    name = f"bus {number}"
    return Shift(ShiftId(name), VehicleId(name), depot, depot, *DAY_S, (Load(seat=8),))


def _request(number: int, rng: np.random.Generator, places: np.ndarray, times: MatrixTravelTimes) -> Request:
    origin = int(rng.integers(len(places)))
    lengths = np.array([hypot(*(places[origin] - place)) for place in places])
    near = np.flatnonzero((lengths > 2_000) & (lengths < 15_000))
    pickup, dropoff = LocationIndex(origin), LocationIndex(int(rng.choice(near)))
    direct_s = times.duration_s(pickup, dropoff)
    earliest_s = int(rng.integers(DAY_S[0] + HOUR_S, DAY_S[1] - 2 * HOUR_S))
    ride_s = round(direct_s * 1.5) + 600
    return Request(
        id=RequestId(f"request {number}"),
        pickup=pickup,
        dropoff=dropoff,
        pickup_window=TimeWindow(earliest_s, earliest_s + 1800),
        dropoff_window=TimeWindow(earliest_s, earliest_s + 1800 + 120 + ride_s),
        load=Load(seat=int(rng.integers(1, 4))),
        boarding_s=60,
        alighting_s=30,
        max_ride_s=ride_s,
    )
