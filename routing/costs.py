"""What driving costs: one integer that holds a duration and the distance that belongs to it.

A *cost* is a duration in hundredths of a second and a length in decimetres, ``duration * 2**26 + length``. Costs add up
without rounding, and the smallest is the fastest way and, of equally fast ones, the shortest: one search gives
durations and the distances of the same ways, whichever way it searches.
"""

import numpy as np
from numpy.typing import ArrayLike

from routing.graph import Ints, LongInts, RoadGraph
from routing.travel_times import UNREACHABLE_S

HUNDREDTH_S = 2**26
"""The cost of a hundredth of a second; lengths below it reach to 6,700 km."""

NO_WAY = 2**62
"""The cost where there is no way. Adding any cost to it does not overflow."""

MOST = 2**61
"""Whatever costs more than this is no way: sums of ``NO_WAY`` and the (possibly negative) rest of an edge."""


def as_costs(durations_s: ArrayLike, lengths_m: ArrayLike) -> LongInts:
    """Costs of durations and lengths, each rounded to its unit."""
    hundredths = np.rint(np.asarray(durations_s, dtype=np.float64) * 100).astype(np.int64)
    decimetres = np.rint(np.asarray(lengths_m, dtype=np.float64) * 10).astype(np.int64)
    return hundredths * HUNDREDTH_S + decimetres


def edge_costs(graph: RoadGraph) -> LongInts:
    """The cost of each edge; at least a hundredth of a second."""
    return as_costs(np.maximum(graph.edge_duration_s, 0.01), graph.edge_length_m)


def split_costs(costs: LongInts) -> tuple[Ints, Ints]:
    """Durations in seconds, rounded up, and distances in metres; ``UNREACHABLE_S`` and 0 where there is no way."""
    is_found = costs < MOST
    hundredths, decimetres = np.divmod(np.where(is_found, costs, 0), HUNDREDTH_S)
    durations_s = np.where(is_found, -(-hundredths // 100), UNREACHABLE_S)
    return durations_s.astype(np.int32), ((decimetres + 5) // 10).astype(np.int32)


def split_cost(cost: int) -> tuple[int, int]:
    """The same for one cost."""
    if cost >= MOST:
        return UNREACHABLE_S, 0
    hundredths, decimetres = divmod(cost, HUNDREDTH_S)
    return -(-hundredths // 100), (decimetres + 5) // 10


def part_of_costs(costs: LongInts, fraction: float) -> LongInts:
    """What a part of each edge costs: the same fraction of its duration and of its length, each rounded."""
    hundredths, decimetres = np.divmod(costs, HUNDREDTH_S)
    return as_costs(hundredths * fraction / 100, decimetres * fraction / 10)
