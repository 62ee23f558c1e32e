"""Making each artefact: one function each, from the district and the artefacts made before it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np

from booking.artefact_sources import SourceError, local_path
from booking.artefact_store import Entry
from booking.basemap import BasemapWriter
from booking.district import District
from booking.district_problems import DistrictError, Problem
from booking.district_tables import list_stop_lines
from booking.gazetteer_build import write_gazetteer
from booking.model import StopId
from booking.road_map import iter_graph_features
from gtfs.feed import FeedError, read_feed
from gtfs.timetable import build_timetable, empty_timetable, write_timetable
from routing.graph import RoadGraph, read_road_graph, write_road_graph
from routing.matrix import travel_times_between
from routing.osm import OsmError, import_roads, import_roads_from_place
from routing.osm_features import MapFeature, NamedFeature, NamedKind, iter_features
from routing.snapping import Snap
from routing.travel_times import UNREACHABLE_S, MatrixTravelTimes, write_travel_times

MAX_SNAP_M = 250
"""A stop farther than this from any road that may be driven cannot be right."""


class Making:
    """Makes the artefacts of one district; collects what should be known in ``notes``."""

    def __init__(self, district: District, folder: Path) -> None:
        self._district = district
        self._folder = folder
        self.notes: list[str] = []

    def make(self, name: str, entries: Mapping[str, Entry], draft: Path) -> str:
        """Fill the folder of an artefact and return its summary."""
        make = {
            "roads": self._make_roads,
            "times": self._make_times,
            "timetable": self._make_timetable,
            "map": self._make_map,
            "gazetteer": self._make_gazetteer,
        }[name]
        try:
            return make(draft, {made: self._folder / entry.folder for made, entry in entries.items()})
        except (OsmError, FeedError) as error:  # faults of engines, which know no base of ours
            raise SourceError(str(error)) from error

    @property
    def _road_file(self) -> Path:
        return local_path(self._district.sources.roads, self._folder / "sources")

    def _make_roads(self, draft: Path, _made: Mapping[str, Path]) -> str:
        sources = self._district.sources
        if sources.roads:
            graph, report = import_roads(self._road_file)
        else:
            graph, report = import_roads_from_place(sources.roads_place)
        write_road_graph(draft, graph)
        first, *others = report.lines()
        self.notes += [f"Roads: {line}" for line in others]
        return first

    def _make_times(self, draft: Path, made: Mapping[str, Path]) -> str:
        graph = read_road_graph(made["roads"])
        stops = self._district.stops
        times, snaps = travel_times_between(graph, [stop.lon for stop in stops], [stop.lat for stop in stops])
        problems = [*self._off_road(graph, snaps), *self._cut_off(times)]
        if problems:
            raise DistrictError(problems)
        write_travel_times(draft, times)
        return f"between {len(stops)} stops; farthest apart {times.durations_s.max() // 60} min"

    @cached_property
    def _stop_lines(self) -> Mapping[StopId, int]:
        return list_stop_lines(self._district.folder / "stops.csv")

    def _problem(self, index: int, message: str, remedy: str) -> Problem:
        stop = self._district.stops[index]
        return Problem(
            "stops.csv", self._stop_lines.get(stop.id, 0), f'stop "{stop.name}" ({stop.id}) {message}', remedy
        )

    def _off_road(self, graph: RoadGraph, snaps: tuple[Snap, ...]) -> list[Problem]:
        west, east = float(graph.node_lon.min()), float(graph.node_lon.max())
        south, north = float(graph.node_lat.min()), float(graph.node_lat.max())
        problems = []
        for i, (stop, snap) in enumerate(zip(self._district.stops, snaps, strict=True)):
            if snap.distance_m <= MAX_SNAP_M:
                continue
            remedy = "move it to the road, or take a road file that reaches it"
            if west <= stop.lat <= east and south <= stop.lon <= north:
                remedy = "lon and lat look exchanged: lon is the way east, lat the way north"
            message = f"is {snap.distance_m:.0f} m from the nearest road that may be driven"
            problems.append(self._problem(i, message, remedy))
        return problems

    def _cut_off(self, times: MatrixTravelTimes) -> list[Problem]:
        """Stops that most others cannot reach, or that cannot reach most others."""
        both = (times.durations_s < UNREACHABLE_S) & (times.durations_s.T < UNREACHABLE_S)
        main = both[int(np.argmax(both.sum(axis=1)))]
        remedy = "move it to a road that leads both to it and away from it, or correct the road file"
        return [
            self._problem(int(i), "cannot be reached from most other stops, or not left again", remedy)
            for i in np.flatnonzero(~main)
        ]

    def _make_timetable(self, draft: Path, _made: Mapping[str, Path]) -> str:
        district = self._district
        paths = [local_path(source, self._folder / "sources") for source in district.sources.timetables]
        feeds = [read_feed(path) for path in paths]
        self.notes += [
            f"{path.name}: {finding}" for path, feed in zip(paths, feeds, strict=True) for finding in feed.findings
        ]
        timetable = build_timetable(feeds) if feeds else empty_timetable(district.zone)
        if timetable.zone.key != district.zone.key:
            message = f"the timetable is in time zone {timetable.zone.key}, the district in {district.zone.key}"
            raise DistrictError([Problem("district.toml", 0, message, "make time_zone that of the timetable")])
        write_timetable(draft, timetable)
        known = {str(name) for stop in timetable.stops for name in (stop.id, stop.parent_id)}
        for i, stop in enumerate(district.stops):
            if feeds and stop.fixed_stop_id and stop.fixed_stop_id not in known:
                message = f'has fixed_stop_id "{stop.fixed_stop_id}", which is not in the timetable'
                self.notes.append(str(self._problem(i, message, "correct it, or leave it empty to match by distance")))
        if not feeds:
            return "none"
        return (
            f"{len(timetable.stops)} stops, {len(timetable.routes)} lines, {len(timetable.trips.ids)} trips, "
            f"valid {timetable.first_on} to {timetable.last_on}"
        )

    def _make_map(self, draft: Path, made: Mapping[str, Path]) -> str:
        """The basemap, and what the same reading of the file found for the gazetteer."""
        has_file = bool(self._district.sources.roads)
        features = iter_features(self._road_file) if has_file else iter_graph_features(read_road_graph(made["roads"]))
        shown = named = 0
        with (
            BasemapWriter(draft, self._district.sources.attribution) as basemap,
            (draft / "named.jsonl").open("w", encoding="utf-8") as file,
        ):
            for feature in features:
                if isinstance(feature, MapFeature):
                    basemap.add(feature)
                    shown += 1
                else:
                    file.write(json.dumps(asdict(feature), ensure_ascii=False) + "\n")
                    named += 1
        size_mb = basemap.path.stat().st_size / 1e6
        return f"{shown} features on the map ({size_mb:.1f} MB), {named} with names"

    def _make_gazetteer(self, draft: Path, made: Mapping[str, Path]) -> str:
        features = []
        with (made["map"] / "named.jsonl").open(encoding="utf-8") as file:
            for line in file:
                values = json.loads(line)
                features.append(NamedFeature(**{**values, "kind": NamedKind(values["kind"])}))
        count = write_gazetteer(draft / "gazetteer.sqlite", self._district, features)
        return f"{count} entries"
