"""Lakes and rivers of invented shape at about the right place."""

import itertools
import math

import numpy as np
import shapely
from numpy.typing import NDArray

from districts.make_lup_sample.facts import Facts, LakeFact

SHORE_POINTS = 48
RIVER_STEP_M = 250.0


def make_lakes(facts: Facts, rng: np.random.Generator) -> dict[str, shapely.Polygon]:
    """A wavy ellipse for each lake."""
    return {lake.name: _shape(lake, rng) for lake in facts.lakes}


def _shape(lake: LakeFact, rng: np.random.Generator) -> shapely.Polygon:
    bearing = math.radians(lake.bearing_deg)
    amplitudes = rng.normal(size=5) * 0.07
    phases = rng.random(5) * 2 * math.pi
    shore = []
    for k in range(SHORE_POINTS):
        angle = 2 * math.pi * k / SHORE_POINTS
        waves = sum(a * math.sin((i + 2) * angle + p) for i, (a, p) in enumerate(zip(amplitudes, phases, strict=True)))
        along = math.cos(angle) * lake.length_m / 2 * (1 + waves)
        across = math.sin(angle) * lake.width_m / 2 * (1 + 1.5 * waves)
        shore.append(
            (
                lake.x + along * math.sin(bearing) + across * math.cos(bearing),
                lake.y + along * math.cos(bearing) - across * math.sin(bearing),
            )
        )
    return shapely.Polygon(shore).buffer(0)


def make_rivers(facts: Facts, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """Rivers through the known points of their courses, with bends between; one that ends in another meets it."""
    return {name: _meander(np.array(course), rng) for name, course in facts.rivers}


def _meander(course: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Bend every stretch by sine waves that fade out at the known points."""
    pieces = [course[:1]]
    for a, b in itertools.pairwise(course):
        step = b - a
        along = np.linspace(0, 1, max(6, round(float(np.hypot(*step)) / RIVER_STEP_M)))
        orders = np.arange(1, 9)
        waves = rng.normal(size=8) / orders
        offset = 0.045 * np.sin(np.pi * along) * (np.sin(np.pi * np.outer(along, orders)) @ waves)
        bent = a + along[:, None] * step + offset[:, None] * np.array([-step[1], step[0]])
        pieces.append(bent[1:])
    return np.vstack(pieces)
