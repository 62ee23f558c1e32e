"""Reading a district folder. All problems are told at once, each with its file, its line and its remedy."""

import statistics
from collections.abc import Sequence
from pathlib import Path

from booking.district import Area, Destination, DestinationPlace, District, Stop, Village
from booking.district_areas import read_areas
from booking.district_closures import FILE_NAME as CLOSURES_FILE
from booking.district_closures import read_closures
from booking.district_csv import Row
from booking.district_main import read_main
from booking.district_problems import DistrictError, Problem, Problems
from booking.district_rules import read_rulebook
from booking.district_rules_forms import check_forms
from booking.district_speeds import FILE_NAME as SPEEDS_FILE
from booking.district_speeds import read_speeds
from booking.district_switched_days import FILE_NAME as SWITCHED_DAYS_FILE
from booking.district_switched_days import read_switched_days
from booking.district_tables import (
    Placed,
    read_destinations,
    read_holidays,
    read_shifts,
    read_stops,
    read_vehicles,
    read_villages,
)

__all__ = ["DistrictError", "Problem", "read_district"]

_MAX_DEGREES_NORTH = 1.5
_MAX_DEGREES_EAST = 3.0
"""Points farther than this from the middle of all stops (about 170 km) cannot belong to a district."""


def read_district(folder: Path) -> District:
    """Read and check a district folder.

    Raises
    ------
    DistrictError
        If anything is wrong; it holds every problem found, not only the first.
    """
    folder = folder.resolve()
    problems = Problems()
    if not folder.is_dir():
        problems.add(str(folder), 0, "there is no such folder", "rufnetz district new FOLDER makes one to start from")
        problems.raise_if_any()
    main = read_main(folder / "district.toml", problems)
    rulebook = read_rulebook(folder / "rules.toml", problems)
    speeds = read_speeds(folder / SPEEDS_FILE, problems)
    closures = read_closures(folder / CLOSURES_FILE, problems)
    stops = read_stops(folder / "stops.csv", problems)
    vehicles = read_vehicles(folder / "fleet.csv", problems)
    shifts = read_shifts(folder / "shifts.csv", stops, vehicles, problems)
    areas, door_places = read_areas(folder / "areas.geojson", {stop.id: stop for _, stop in reversed(stops)}, problems)
    villages = read_villages(folder / "places.csv", problems)
    destinations = read_destinations(folder / "destinations.csv", problems)
    holidays = read_holidays(folder / "holidays.csv", problems)
    switched_days = read_switched_days(folder / SWITCHED_DAYS_FILE, problems)
    _check_whereabouts(stops, [*stops, *villages, *destinations], [*areas, *door_places], problems)
    if rulebook is not None:
        values = ([area for _, area in areas], [place for _, place in door_places], [stop for _, stop in stops])
        check_forms(rulebook, *values, [vehicle for _, vehicle in vehicles], problems)
    if len(problems) or main is None or rulebook is None:
        problems.raise_if_any()
        msg = "a file that cannot be read is a problem"
        raise AssertionError(msg)
    return District(
        id=main.id,
        name=main.name,
        folder=folder,
        zone=main.zone,
        languages=main.languages,
        is_sample=main.is_sample,
        contact=main.contact,
        sources=main.sources,
        notices=main.notices,
        rulebook=rulebook,
        stops=tuple(stop for _, stop in stops),
        areas=tuple(area for _, area in areas),
        vehicles=tuple(vehicle for _, vehicle in vehicles),
        shifts=tuple(shift for _, shift in shifts),
        villages=tuple(village for _, village in villages),
        destinations=tuple(destination for _, destination in destinations),
        holidays=holidays,
        speeds=speeds,
        closures=closures,
        switched_days=switched_days,
        destination_places=tuple(place for _, place in door_places),
        retention=main.retention,
    )


def _check_whereabouts(
    stops: Sequence[Placed[Stop]],
    points: Sequence[tuple[Row, Stop | Village | Destination]],
    areas: Sequence[tuple[int, Area | DestinationPlace]],
    problems: Problems,
) -> None:
    """Tell of points far from where most stops are: a digit too many, or lon and lat exchanged.

    The median stands firm as long as most stops are right. If all are wrong,
    no road is near them, and the build says so.
    """
    if not any(row.is_sound for row, _ in stops):
        return
    lon = statistics.median(stop.lon for row, stop in stops if row.is_sound)
    lat = statistics.median(stop.lat for row, stop in stops if row.is_sound)

    def is_near(x: float, y: float) -> bool:
        return abs(x - lon) <= _MAX_DEGREES_EAST and abs(y - lat) <= _MAX_DEGREES_NORTH

    for row, point in points:
        if row.is_sound and not is_near(point.lon, point.lat):
            row.add_problem(*_far_away(point.lon, point.lat, is_swapped=is_near(point.lat, point.lon)))
    for line, area in areas:
        if area.polygon.is_empty:
            continue
        west, south, east, north = area.polygon.bounds
        if not (is_near(west, south) and is_near(east, north)):
            is_swapped = is_near(south, west) and is_near(north, east)
            message, remedy = _far_away(west, south, is_swapped=is_swapped)
            problems.add("areas.geojson", line, f'area "{area.id}": {message}', remedy)


def _far_away(lon: float, lat: float, *, is_swapped: bool) -> tuple[str, str]:
    if is_swapped:
        return f"lon {lon}, lat {lat} look exchanged", "exchange them: lon is the way east, lat the way north"
    return f"lon {lon}, lat {lat} is more than 150 km from most stops", "check the coordinates (degrees, EPSG:4326)"
