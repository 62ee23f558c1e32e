"""Where ``rufnetz roads`` takes roads from: an OpenStreetMap file, a folder of built roads, or a district."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from booking.artefact_sources import local_path
from booking.artefact_store import artefact_folder, read_manifest
from booking.district import District, Stop
from booking.district_files import read_district
from booking.district_main import is_url
from booking.district_problems import Problems, meant
from booking.district_speeds import read_speeds
from booking.errors import BookingError
from booking.settings import Settings
from routing.graph import RoadGraph, RoadGraphError, read_road_graph
from routing.osm import OsmError, import_roads
from routing.osm_report import ImportReport
from routing.osm_speeds import DEFAULT_SPEEDS, SpeedTable

Point = tuple[float, float]


class RoadsError(BookingError):
    """Roads or places on them that cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class RoadSource:
    """Roads, and what came with them.

    Parameters
    ----------
    report
        What the import found; None where the roads were built before.
    district
        None where the source is no district.
    """

    graph: RoadGraph = field(repr=False)
    report: ImportReport | None = None
    district: District | None = None


def open_roads(
    source: Path, settings: Callable[[], Settings], speeds: Path | None = None, *, is_fresh: bool = False
) -> RoadSource:
    """Open roads by what the path is.

    Parameters
    ----------
    settings
        Asked only for what a district keeps elsewhere.
    speeds
        A ``speeds.toml`` for an OpenStreetMap file; a district has its own.
    is_fresh
        Import a district's roads anew instead of taking what was built.

    Raises
    ------
    RoadsError
        There is nothing that could be roads, or it is damaged.
    DistrictError
        The district folder or the speeds have problems.
    """
    try:
        if (source / "district.toml").is_file():
            return _open_district(read_district(source), settings, is_fresh=is_fresh)
        if source.is_dir():
            return RoadSource(_read_folder(source))
        return RoadSource(*import_roads(source, read_speed_table(speeds)))
    except (OsmError, RoadGraphError) as error:
        raise RoadsError(str(error)) from error


def read_speed_table(path: Path | None) -> SpeedTable:
    """The table of a file; the default where none is named.

    Raises
    ------
    DistrictError
        The file has problems.
    RoadsError
        There is no such file.
    """
    if path is None:
        return DEFAULT_SPEEDS
    if not path.is_file():
        message = f"{path} does not exist. Leave --speeds out for the default, or name a speeds.toml."
        raise RoadsError(message)
    problems = Problems()
    table = read_speeds(path, problems)
    problems.raise_if_any()
    return table


def _read_folder(folder: Path) -> RoadGraph:
    if not (folder / "edge_from.npy").is_file():
        message = (
            f"{folder} holds no roads: it is neither a district (no district.toml) nor built roads. "
            f"Build some: rufnetz roads build FILE.osm.pbf {folder}"
        )
        raise RoadsError(message)
    return read_road_graph(folder)


def _open_district(district: District, settings: Callable[[], Settings], *, is_fresh: bool) -> RoadSource:
    if not is_fresh:
        kept_in = artefact_folder(settings(), district.id)
        manifest = read_manifest(kept_in)
        roads = manifest.entries.get("roads") if manifest else None
        if roads is not None and (kept_in / roads.folder).is_dir():
            return RoadSource(read_road_graph(kept_in / roads.folder), None, district)
    file = find_road_file(district, settings)
    if file is None:
        message = f"The roads of {district.name} are not here yet. Run: rufnetz district build {district.folder}"
        raise RoadsError(message)
    return RoadSource(*import_roads(file, district.speeds), district)


def find_road_file(district: District, settings: Callable[[], Settings]) -> Path | None:
    """Where a district's OpenStreetMap file lies; None if it comes by place name or is not downloaded yet."""
    source = district.sources.roads
    if not source:
        return None
    if not is_url(source):
        return Path(source)
    path = local_path(source, artefact_folder(settings(), district.id) / "sources")
    return path if path.is_file() else None


def find_point(text: str, district: District | None) -> tuple[str, Point]:
    """A place out of ``lon,lat``, or the id or the name of a stop.

    Returns
    -------
    How it is called, and where it lies.

    Raises
    ------
    RoadsError
        It is none of these.
    """
    numbers = [part.strip() for part in text.split(",")]
    if len(numbers) == 2 and all(_is_number(part) for part in numbers):
        lon, lat = float(numbers[0]), float(numbers[1])
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            message = f'"{text}" is no place on earth: write lon,lat in degrees, as 11.493,53.624'
            raise RoadsError(message)
        return text, (lon, lat)
    stop = _find_stop(text, district)
    return stop.name, (stop.lon, stop.lat)


def _find_stop(text: str, district: District | None) -> Stop:
    if district is None:
        message = f'"{text}" is not a place: write lon,lat in degrees, as 11.493,53.624 (names are known to districts)'
        raise RoadsError(message)
    wanted = text.strip().casefold()
    found = [stop for stop in district.stops if wanted in {stop.id.casefold(), stop.name.casefold()}]
    if len(found) > 1:
        ids = ", ".join(stop.id for stop in found)
        message = f'"{text}" is the name of {len(found)} stops: write one of their ids ({ids})'
        raise RoadsError(message)
    if not found:
        names = [stop.name for stop in district.stops]
        message = f'there is no stop "{text}" in {district.name}: {meant(text, names)}, or write lon,lat'
        raise RoadsError(message)
    return found[0]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
