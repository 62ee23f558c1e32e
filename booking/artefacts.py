"""What is computed from a district once and used by every process: roads, times, timetable, gazetteer, basemap.

Artefacts can be deleted and built again at any time; nothing that must not be lost is among them.
"""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path

from booking.artefact_making import Making
from booking.artefact_sources import Fingerprints, SourceError, digest, local_path, refresh
from booking.artefact_store import (
    Entry,
    Manifest,
    find_finished,
    make_artefact,
    read_manifest,
    tidy,
    write_manifest,
)
from booking.clock import now
from booking.district import District
from booking.district_speeds import FILE_NAME as SPEEDS_FILE
from booking.errors import BookingError
from booking.gazetteer import Gazetteer
from booking.links import Links
from booking.switched_days import switch_days
from gtfs.timetable import Timetable, read_timetable
from routing.graph import RoadGraph, read_road_graph
from routing.road_network import RoadNetwork
from routing.road_network_files import read_road_network
from routing.travel_times import TravelTimes, read_travel_times

_MADE_BY = {"roads": 2, "network": 2, "times": 2, "timetable": 2, "map": 1, "gazetteer": 1}
"""Every artefact in the order of making, and the version of the code that makes it: a change there is a new input."""


class NotBuiltError(BookingError):
    """The artefacts of a district are missing or were made for other stops; the text names the command to run."""


@dataclass(frozen=True)
class Artefacts:
    """The artefacts of a district, opened."""

    times: TravelTimes
    timetable: Timetable
    gazetteer: Gazetteer
    links: Links
    folder: Path
    entries: Mapping[str, Entry]

    def roads(self) -> RoadGraph:
        """The road graph, opened when first asked for."""
        return self._roads

    @cached_property
    def _roads(self) -> RoadGraph:
        return read_road_graph(self._folder_of("roads"))

    def network(self) -> RoadNetwork:
        """The roads prepared for ways between any points, opened when first asked for."""
        return self._network

    @cached_property
    def _network(self) -> RoadNetwork:
        return read_road_network(self._folder_of("network"), self._roads)

    @property
    def basemap_path(self) -> Path:
        """The PMTiles file. Its path changes whenever its content does."""
        return self._folder_of("map") / "basemap.pmtiles"

    def _folder_of(self, name: str) -> Path:
        return self.folder / self.entries[name].folder


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One artefact of a build."""

    name: str
    was_built: bool
    seconds: float
    summary: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did."""

    steps: tuple[BuildStep, ...]
    notes: tuple[str, ...]
    """What somebody should know: faulty rows of a timetable, sources that could not be refreshed."""


def build_artefacts(
    district: District,
    folder: Path,
    *,
    progress: Callable[[str], None],
    is_forced: bool = False,
    on: date | None = None,
) -> BuildReport:
    """Build what is missing or out of date, and put the whole set in use in one step.

    Parameters
    ----------
    progress
        Told in sentences what is being done.
    is_forced
        Build everything anew.
    on
        The day whose closures hold; today if not given.

    Raises
    ------
    DistrictError
        Stops that are not on a road or cannot be reached; days switched to one of which the timetable knows nothing.
    SourceError
        Roads or timetables that cannot be read or downloaded.
    BasemapError
        The basemap cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    notes = []
    for source in _addresses(district):
        progress(f"Asking for {source}")
        notes += [note for note in (refresh(source, folder / "sources")[1],) if note]
    before = read_manifest(folder)
    prints = Fingerprints(dict(before.files) if before else {})
    on = on or _today(district)
    keys = _keys(district, folder, prints, on)
    making = Making(district, folder, on)
    entries: dict[str, Entry] = {}
    steps = []
    for name, key in keys.items():
        entry = None if is_forced else find_finished(folder, name, key)
        was_built = entry is None
        if entry is None:
            progress(f"Building {name}")
            entry = make_artefact(folder, name, key, partial(making.make, name, entries))
            progress(f"{name}: {entry.summary} ({entry.seconds:.1f} s)")
        entries[name] = entry
        steps.append(BuildStep(name, was_built, entry.seconds, entry.summary))
    if district.switched_days:
        # A mistake is told now, not when the service is next started.
        switch_days(district, read_timetable(folder / entries["timetable"].folder), on)
    manifest = Manifest(_stops_key(district), entries, prints.used)
    write_manifest(folder, manifest)
    tidy(folder, manifest, tuple(_MADE_BY))
    return BuildReport(tuple(steps), (*notes, *making.notes))


def is_up_to_date(district: District, folder: Path, *, on: date | None = None) -> bool:
    """Whether a build would find nothing to do (addresses are not asked). Milliseconds, if no input file changed."""
    return not list_outdated(district, folder, on=on)


def list_outdated(district: District, folder: Path, *, on: date | None = None) -> tuple[str, ...]:
    """Names of the artefacts that are missing or were made from other inputs, closures of other days among them."""
    manifest = read_manifest(folder)
    if manifest is None:
        return tuple(_MADE_BY)
    try:
        keys = _keys(district, folder, Fingerprints(dict(manifest.files)), on or _today(district))
    except SourceError:
        return tuple(_MADE_BY)
    return tuple(name for name, key in keys.items() if not _is_there(folder, manifest, name, key))


def _is_there(folder: Path, manifest: Manifest, name: str, key: str) -> bool:
    entry = manifest.entries.get(name)
    return entry is not None and entry.key == key and (folder / entry.folder).is_dir()


def open_artefacts(district: District, folder: Path) -> Artefacts:
    """Open the artefacts of a district.

    Sources that changed since they were built are no fault: the service goes on with what it has until the next build.

    Raises
    ------
    NotBuiltError
        If there are none, or they were made for other stops.
    DistrictError
        If a day of ``timetable_days.csv`` is switched to one of which the timetable knows nothing.
    """
    manifest = read_manifest(folder)
    command = f"run: rufnetz district build {district.folder}"
    if manifest is None or not all((folder / e.folder).is_dir() for e in manifest.entries.values()):
        message = f"The artefacts of district {district.id} are not built: {command}"
        raise NotBuiltError(message)
    if manifest.stops_key != _stops_key(district) or set(manifest.entries) != set(_MADE_BY):
        message = f"The artefacts of district {district.id} were built for other stops: {command}"
        raise NotBuiltError(message)
    at = {name: folder / entry.folder for name, entry in manifest.entries.items()}
    timetable = switch_days(district, read_timetable(at["timetable"]), _today(district))
    return Artefacts(
        times=read_travel_times(at["times"]),
        timetable=timetable,
        gazetteer=Gazetteer(at["gazetteer"] / "gazetteer.sqlite"),
        links=Links(district.stops, timetable.stops),
        folder=folder,
        entries=manifest.entries,
    )


def _addresses(district: District) -> list[str]:
    sources = (district.sources.roads, *district.sources.timetables)
    return [source for source in sources if source.startswith(("http://", "https://"))]


def _stops_key(district: District) -> str:
    return digest(district.zone.key, *((stop.id, stop.lon, stop.lat) for stop in district.stops))


def _closures_key(district: District, on: date) -> str:
    closures = (closure for closure in district.closures if closure.is_in_force(on))
    return digest(*sorted((sorted(c.way_ids), c.area.wkt if c.area is not None else "") for c in closures))


def _today(district: District) -> date:
    return now().astimezone(district.zone).date()


def _keys(district: District, folder: Path, prints: Fingerprints, on: date) -> dict[str, str]:
    """The fingerprint of everything each artefact is made from, in the order of making.

    Raises
    ------
    SourceError
        A source is not there.
    """
    sources = district.sources

    def of(source: str) -> str:
        return prints.of(local_path(source, folder / "sources"))

    roads = of(sources.roads) if sources.roads else f"place {sources.roads_place}"
    speeds_file = district.folder / SPEEDS_FILE
    speeds = prints.of(speeds_file) if speeds_file.exists() else "default"
    network = (roads, speeds, _MADE_BY["roads"], _closures_key(district, on))
    inputs: dict[str, tuple[object, ...]] = {
        "roads": (roads, speeds),
        "network": network,
        "times": (*network, _MADE_BY["network"], _stops_key(district)),
        "timetable": (district.zone.key, *(of(source) for source in sources.timetables)),
        "map": (roads, sources.attribution),
        "gazetteer": (
            *(roads, _MADE_BY["map"]),
            *(astuple(stop) for stop in district.stops),
            *(astuple(village) for village in district.villages),
            *(astuple(destination) for destination in district.destinations),
        ),
    }
    return {name: digest(name, version, *inputs[name]) for name, version in _MADE_BY.items()}
