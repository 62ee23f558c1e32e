"""Points on the globe searched by great-circle distance, without a map projection that would be wrong somewhere."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

EARTH_RADIUS_M = 6_371_009


def on_unit_sphere(lons: Sequence[float], lats: Sequence[float]) -> NDArray[np.float64]:
    """Points as ``(n, 3)`` coordinates on the unit sphere; a chord there is monotone in the distance on the ground."""
    lon, lat = np.radians(np.asarray(lons, dtype=float)), np.radians(np.asarray(lats, dtype=float))
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def distance_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Great-circle distance in metres."""
    a, b = on_unit_sphere([lon_a, lon_b], [lat_a, lat_b])
    return float(_metres(np.linalg.norm(a - b)))


def _metres(chords: NDArray[np.float64] | np.floating | float) -> NDArray[np.float64]:
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(np.asarray(chords) / 2, 1)))


class SpherePoints:
    """A set of points to be searched by distance."""

    def __init__(self, lons: Sequence[float], lats: Sequence[float]) -> None:
        self._places = on_unit_sphere(lons, lats)
        self._tree = cKDTree(self._places)

    def within(self, lon: float, lat: float, max_m: float) -> list[tuple[float, int]]:
        """Distances in metres and indices of the points at most so far away, nearest first."""
        centre = on_unit_sphere([lon], [lat])[0]
        # A millimetre more: rounding must not lose a point that is exactly as far away as asked.
        chord = 2 * math.sin(min((max_m + 0.001) / EARTH_RADIUS_M, math.pi) / 2)
        found = self._tree.query_ball_point(centre, chord) if len(self._places) else []
        metres = _metres(np.linalg.norm(self._places[found] - centre, axis=1)) if found else np.empty(0)
        return sorted((float(m), int(i)) for m, i in zip(metres, found, strict=True))

    def nearest(self, lons: Sequence[float], lats: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """For each point given, the distance in metres to the nearest point of the set, and that point's index."""
        chords, indices = self._tree.query(on_unit_sphere(lons, lats))
        return _metres(chords), np.asarray(indices, dtype=np.int64)

    def best(self, lons: Sequence[float], lats: Sequence[float], reach_m: Sequence[float]) -> NDArray[np.int64]:
        """For each point given, the index of the point of the set whose distance is smallest in units of its reach."""
        reach = np.asarray(reach_m, dtype=float)
        found = np.empty(len(lons), dtype=np.int64)
        for start in range(0, len(lons), 1000):  # bounded memory: 1000 rows of distances at a time
            block = on_unit_sphere(lons[start : start + 1000], lats[start : start + 1000])
            # Chords stand for distances: within a district the two are proportional.
            chords = np.sqrt(np.maximum(2 - 2 * block @ self._places.T, 0))
            found[start : start + 1000] = np.argmin(chords / reach, axis=1)
        return found
