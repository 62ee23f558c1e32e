"""Travel times between numbered locations, as every other part of the engine sees them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from routing.model import LocationIndex

UNREACHABLE_S = 10**8
"""Duration of a pair without a path. Adding a few of them stays far below the limit of int32."""


class TravelTimes(Protocol):
    """Durations in seconds and distances in metres between numbered locations."""

    @property
    def size(self) -> int:
        """How many locations there are; they are numbered from 0."""

    def duration_s(self, origin: LocationIndex, destination: LocationIndex) -> int:
        """Driving time, or ``UNREACHABLE_S``."""

    def distance_m(self, origin: LocationIndex, destination: LocationIndex) -> int:
        """Driving distance along the fastest path."""


class MatrixTravelTimes:
    """Travel times from two ``(n, n)`` int32 matrices, row = origin, column = destination."""

    def __init__(self, durations_s: NDArray[np.int32], distances_m: NDArray[np.int32]) -> None:
        if durations_s.ndim != 2 or durations_s.shape[0] != durations_s.shape[1]:
            msg = f"durations must be a square matrix, not of shape {durations_s.shape}"
            raise ValueError(msg)
        if durations_s.shape != distances_m.shape:
            msg = "durations and distances must have the same shape"
            raise ValueError(msg)
        self.durations_s = durations_s
        self.distances_m = distances_m

    @property
    def size(self) -> int:
        """How many locations there are."""
        return int(self.durations_s.shape[0])

    def duration_s(self, origin: LocationIndex, destination: LocationIndex) -> int:
        """Driving time, or ``UNREACHABLE_S``."""
        return int(self.durations_s[origin, destination])

    def distance_m(self, origin: LocationIndex, destination: LocationIndex) -> int:
        """Driving distance along the fastest path."""
        return int(self.distances_m[origin, destination])

    @classmethod
    def from_rows(cls, durations_s: Sequence[Sequence[int]]) -> "MatrixTravelTimes":
        """Build from durations alone; distances are counted as 15 m for each second (54 km/h)."""
        durations = np.array(durations_s, dtype=np.int32)
        return cls(durations, (durations * np.int32(15)).astype(np.int32))


def write_travel_times(folder: Path, times: MatrixTravelTimes) -> None:
    """Write ``durations_s.npy`` and ``distances_m.npy`` into an existing folder."""
    np.save(folder / "durations_s.npy", times.durations_s)
    np.save(folder / "distances_m.npy", times.distances_m)


def read_travel_times(folder: Path) -> MatrixTravelTimes:
    """Read what :func:`write_travel_times` wrote, memory-mapped so that processes share it."""
    # As plain arrays: reading one number through a memmap takes four times as long.
    durations_s, distances_m = (
        np.asarray(np.load(folder / name, mmap_mode="r")) for name in ("durations_s.npy", "distances_m.npy")
    )
    return MatrixTravelTimes(durations_s, distances_m)
