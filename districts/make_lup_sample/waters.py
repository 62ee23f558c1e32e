"""Lakes of invented shape at about the right place."""

import math

import numpy as np
import shapely

from districts.make_lup_sample.facts import Facts, LakeFact

SHORE_POINTS = 48


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
