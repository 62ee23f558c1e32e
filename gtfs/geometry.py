"""Distances between stops in a straight line."""

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_M = 6_371_008.8
"""The mean radius of the earth (IUGG)."""

_Floats = npt.NDArray[np.float64]


def distances_m(from_lon: _Floats, from_lat: _Floats, to_lon: _Floats, to_lat: _Floats) -> _Floats:
    """Great-circle distances between pairs of places, by the haversine formula."""
    lon_1, lat_1, lon_2, lat_2 = (np.radians(angle) for angle in (from_lon, from_lat, to_lon, to_lat))
    half_chord = np.sin((lat_2 - lat_1) / 2) ** 2 + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    metres: _Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half_chord, 1.0)))
    return metres


def unit_vectors(lon: _Floats, lat: _Floats) -> _Floats:
    """Places as points on the unit sphere, shape (n, 3)."""
    lon_rad, lat_rad = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(lat_rad) * np.cos(lon_rad), np.cos(lat_rad) * np.sin(lon_rad), np.sin(lat_rad)], axis=-1)
