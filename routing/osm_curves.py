"""How curves slow a minibus down.

Through a bend of radius ``r`` nobody is driven faster than ``sqrt(a * r)``, with the lateral acceleration ``a`` that
riders bear: 2.0 m/s² by default (assumption: a fifth of gravity, as cars are driven on country roads; buses with
standing riders stay below 1.5).

A road is drawn as a line with corners; what is driven is an arc that touches the line before and after each corner
[1]_. Its tangent is half of the shorter line beside the corner, at most ``TANGENT_M``, and its radius the tangent by
``tan(angle / 2)``. Along the tangents the bend's speed counts, at least ``SLOWEST_KMH``. Braking and gathering speed
are not counted; neither are corners where one way ends and the next begins, which are turns.

.. [1] Any textbook of road alignment: a circular curve of radius ``r`` that deflects by ``d`` has tangents of length
   ``r * tan(d / 2)``.
"""

from typing import Final

import numpy as np

from routing.graph import EARTH_RADIUS_M, Floats, LongInts

TANGENT_M = 30.0
"""Assumption: longer arcs are drawn with more than one corner."""

SLOWEST_KMH = 10.0
"""So fast is the tightest bend."""

_NO_BEND: Final = np.inf
_STRAIGHT: Final = 1e-6
_ABOUT_TURN: Final = np.pi - 1e-6
"""Angles between which a corner is a bend."""


def bends(lon: Floats, lat: Floats, offset: LongInts, lateral_m_s2: float) -> tuple[Floats, Floats]:
    """How fast each corner of many lines is driven (km/h, infinite at their ends), and its tangent in metres.

    Parameters
    ----------
    offset
        ``n + 1`` positions of the lines among the points.
    """
    kmh, tangent_m = np.full(lon.size, _NO_BEND), np.zeros(lon.size)
    is_inner = np.ones(lon.size, dtype=np.bool_)
    is_inner[offset[:-1]] = False
    is_inner[offset[1:] - 1] = False
    inner = np.flatnonzero(is_inner)
    if lateral_m_s2 <= 0 or inner.size == 0:
        return kmh, tangent_m
    cos = np.cos(np.radians(lat[inner]))
    east_1, north_1 = _metres(lon, lat, inner - 1, inner, cos)
    east_2, north_2 = _metres(lon, lat, inner, inner + 1, cos)
    turned = np.abs(np.arctan2(east_1 * north_2 - north_1 * east_2, east_1 * east_2 + north_1 * north_2))
    shorter_m = np.minimum(np.hypot(east_1, north_1), np.hypot(east_2, north_2))
    is_bent = (turned > _STRAIGHT) & (shorter_m > 0)
    bent = inner[is_bent]
    tangent_m[bent] = np.minimum(shorter_m[is_bent] / 2, TANGENT_M)
    radius_m = tangent_m[bent] / np.tan(np.minimum(turned[is_bent], _ABOUT_TURN) / 2)
    kmh[bent] = np.maximum(3.6 * np.sqrt(lateral_m_s2 * radius_m), SLOWEST_KMH)
    return kmh, tangent_m


def _metres(lon: Floats, lat: Floats, begin: LongInts, end: LongInts, cos: Floats) -> tuple[Floats, Floats]:
    """East and north from one point to another."""
    scale = np.radians(1.0) * EARTH_RADIUS_M
    return (lon[end] - lon[begin]) * cos * scale, (lat[end] - lat[begin]) * scale


def seconds_of_steps(length_m: Floats, kmh: Floats, bend_kmh: Floats, tangent_m: Floats) -> Floats:
    """How long each step from a point to the next takes, the bends at both of its ends counted in.

    Parameters
    ----------
    length_m, kmh
        Of the ``n - 1`` steps; speeds are greater than 0.
    bend_kmh, tangent_m
        Of the ``n`` points, from :func:`bends`.
    """
    straight_m, seconds = length_m.copy(), np.zeros_like(length_m)
    for ends in (slice(None, -1), slice(1, None)):
        part_m = np.minimum(tangent_m[ends], straight_m)
        straight_m = straight_m - part_m
        seconds += part_m / np.minimum(bend_kmh[ends], kmh)
    return (seconds + straight_m / kmh) * 3.6
