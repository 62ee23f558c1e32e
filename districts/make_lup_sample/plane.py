"""A flat map of the district in metres, and the few geometric questions the generator asks on it."""

import math

ORIGIN_LON, ORIGIN_LAT = 11.5, 53.45
METRES_PER_DEGREE = 111_195.0
METRES_PER_DEGREE_LON = METRES_PER_DEGREE * math.cos(math.radians(ORIGIN_LAT))


def project(lon: float, lat: float) -> tuple[float, float]:
    """Metres east and north of the origin; distances are right to about 0.5 % within 60 km."""
    return (lon - ORIGIN_LON) * METRES_PER_DEGREE_LON, (lat - ORIGIN_LAT) * METRES_PER_DEGREE


def unproject(x: float, y: float) -> tuple[float, float]:
    """``lon, lat`` with six decimals, about a decimetre."""
    return round(ORIGIN_LON + x / METRES_PER_DEGREE_LON, 6), round(ORIGIN_LAT + y / METRES_PER_DEGREE, 6)


def distance_m(ax: float, ay: float, bx: float, by: float) -> float:
    """Distance of two points."""
    return math.hypot(bx - ax, by - ay)
