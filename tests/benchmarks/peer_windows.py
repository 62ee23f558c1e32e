"""Instances as solvers without a ride limit need them: whole numbers, and windows so narrow that no ride is too long.

Windows are tightened first (Cordeau 2006, section 5.1.1), then the wider one of the two is shaved until even the
earliest boarding and the latest alighting are within the ride limit. Nothing else is known that makes such solvers keep
it; good plans are lost by it, which is what the table shows.
"""

from dataclasses import dataclass
from math import ceil, floor, inf

from verify_answers import Raw

UNIT = 1000
"""Whole numbers for one unit of the file."""

FIXED_COST = 10_000 * UNIT
"""A vehicle costs more than any detour where the fleet counts first."""


@dataclass(frozen=True)
class Whole:
    """An instance in whole numbers. ``windows`` has a pair for each place, ``rides`` pickup, drop-off and load."""

    raw: Raw
    durations: list[list[int]]
    distances: list[list[int]]
    services: list[int]
    windows: list[tuple[int, int]]
    rides: list[tuple[int, int, int]]
    fixed_cost: int
    longest_duration: int | None


def whole_numbers(raw: Raw) -> Whole:
    """The instance for a solver that knows no ride limit."""
    places = range(len(raw.places))
    windows = [(place.earliest, place.latest) for place in raw.places]
    if raw.longest_ride < inf:
        for pickup, dropoff in raw.dropoff_of.items():
            windows[pickup], windows[dropoff] = _shaved(raw, pickup, dropoff)
    return Whole(
        raw=raw,
        durations=[[ceil(raw.way(a, b) * UNIT - 1e-6) for b in places] for a in places],
        distances=[[round(raw.way(a, b) * UNIT) for b in places] for a in places],
        services=[ceil(place.service * UNIT - 1e-6) for place in raw.places],
        windows=[(ceil(a * UNIT - 1e-6), floor(b * UNIT + 1e-6)) for a, b in windows],
        rides=[(pickup, dropoff, raw.places[pickup].load) for pickup, dropoff in raw.dropoff_of.items()],
        fixed_cost=FIXED_COST if raw.fleet_first else 0,
        longest_duration=None if raw.longest_duration == inf else floor(raw.longest_duration * UNIT),
    )


def _shaved(raw: Raw, pickup: int, dropoff: int) -> tuple[tuple[float, float], tuple[float, float]]:
    first, last, depot = raw.places[pickup], raw.places[dropoff], raw.places[0]
    direct = first.service + raw.way(pickup, dropoff)
    longest = first.service + raw.longest_ride
    boards = max(first.earliest, depot.earliest + raw.way(0, pickup), last.earliest - longest)
    alights_by = min(last.latest, depot.latest - last.service - raw.way(dropoff, 0), first.latest + longest)
    boards_by = min(first.latest, alights_by - direct)
    alights = max(last.earliest, boards + direct)
    excess = alights_by - boards - longest
    if excess > 0:
        if boards_by - boards > alights_by - alights:
            boards += excess
        else:
            alights_by -= excess
    return (boards, min(boards_by, alights_by - direct)), (max(alights, boards + direct), alights_by)
