"""Compiled: the times of the trips of patterns that stay."""

# mypy: disable-error-code="assignment, no-any-return, return-value"
# (to compiled loops NumPy's and Python's numbers are the same)

import numpy as np
from numpy.typing import NDArray

from gtfs.patterns_kernel import Patterns
from routing.compiled import compiled_loop


@compiled_loop
def copy_patterns(
    source: Patterns, is_kept: NDArray[np.uint8], arrivals: NDArray[np.int32], departures: NDArray[np.int32]
) -> int:
    """Write the arrivals and departures of the trips that stay, in the order of patterns; returns where they end.

    Parameters
    ----------
    is_kept
        Per trip of the patterns.
    """
    at = 0
    for p in range(source.first_position.size - 1):
        first, after = source.first_trip[p], source.first_trip[p + 1]
        count = after - first
        length = source.first_position[p + 1] - source.first_position[p]
        time = source.first_time[p]
        kept = 0
        for t in range(count):
            if is_kept[first + t]:
                for i in range(length):
                    arrivals[at + kept * length + i] = source.arrivals[time + t * length + i]
                kept += 1
        for i in range(length):
            there = at + i * kept
            for t in range(count):
                if is_kept[first + t]:
                    departures[there] = source.departures[time + i * count + t]
                    there += 1
        at += kept * length
    return at
