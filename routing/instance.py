"""A problem read from a file, with what its file counts in.

The engine's times and distances are whole numbers; those of the published instances are not. One unit of such a file is
:attr:`Instance.unit` of the engine's seconds and metres. Ways are rounded up to the next second, so that what the judge
lets pass also holds in the file's own numbers; the cost of a plan is computed anew from those numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import ceil, floor, hypot

import numpy as np

from routing.model import LocationIndex, Plan, Request, Run
from routing.objective import CostWeights, plan_cost
from routing.problem import Problem
from routing.travel_times import MatrixTravelTimes

UNIT = 10_000
"""Seconds and metres of the engine for one unit of a published instance: four decimals."""

_ROUNDING = 1e-6
"""So much of a second is an error of floating point and no reason to round up."""


class InstanceError(ValueError):
    """A file that can't be read as an instance. The message names the file, the place in it, and the remedy."""


class InstanceFormat(StrEnum):
    """The formats that can be read."""

    DARP = "darp"
    """Dial-a-ride after Cordeau and Laporte (2003), and Ropke, Cordeau and Laporte (2007)."""
    PDPTW = "pdptw"
    """Pickup and delivery with time windows after Li and Lim (2001)."""
    JSON = "json"
    """Our own, see ``docs/solve-json.md``."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A problem with the name, the unit and the places of its file.

    Parameters
    ----------
    weights
        What makes one plan better than another by the rules of the file.
    unit
        How many of the engine's seconds, or metres, are one unit of the file.
    places
        What the file calls each location.
    coordinates
        x and y of each location if the cost is the straight-line distance, else None: then the weights give the cost.
    start
        The plan to begin with, if the file has one.
    """

    name: str
    format: InstanceFormat
    problem: Problem
    weights: CostWeights
    unit: int
    places: tuple[str, ...]
    coordinates: tuple[tuple[float, float], ...] | None = None
    start: Plan | None = None

    def cost_of(self, plan: Plan) -> float:
        """The cost of a plan as the file counts it, requests that nobody serves left out if it is a distance."""
        if self.coordinates is None:
            return plan_cost(plan, self.problem, self.weights)
        return sum(self._length_of(run) for run in plan.runs.values() if run.visits)

    def fleet_of(self, plan: Plan) -> int:
        """How many vehicles serve somebody."""
        return sum(bool(run.request_ids()) for run in plan.runs.values())

    def _length_of(self, run: Run) -> float:
        shift, points = self.problem.shifts[run.shift_id], self.coordinates or ()
        places = (shift.start, *(visit.location for visit in run.visits), shift.end)
        return sum(hypot(points[a][0] - points[b][0], points[a][1] - points[b][1]) for a, b in pairwise(places))


def straight_line_times(coordinates: Sequence[tuple[float, float]]) -> MatrixTravelTimes:
    """Straight-line ways by the unit: durations rounded up, distances to the nearest."""
    points = np.array(coordinates, dtype=np.float64).reshape(-1, 2)
    lengths = np.hypot(points[:, None, 0] - points[None, :, 0], points[:, None, 1] - points[None, :, 1]) * UNIT
    return MatrixTravelTimes(
        np.ceil(lengths - _ROUNDING).astype(np.int32), np.rint(np.maximum(lengths, 0)).astype(np.int32)
    )


def at_least(units: float) -> int:
    """A lower limit in the engine's seconds."""
    return ceil(units * UNIT - _ROUNDING)


def at_most(units: float) -> int:
    """An upper limit in the engine's seconds."""
    return floor(units * UNIT + _ROUNDING)


def distance_bound(requests: Iterable[Request], times: MatrixTravelTimes, depot: LocationIndex) -> int:
    """A power of ten that no sensible plan's distance passes: a vehicle of its own for every request."""
    total_m = sum(
        times.distance_m(depot, request.pickup)
        + times.distance_m(request.pickup, request.dropoff)
        + times.distance_m(request.dropoff, depot)
        for request in requests
    )
    return int(10 ** len(str(total_m)))
