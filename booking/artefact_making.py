"""Making each artefact: one function each, from the district and the artefacts made before it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import cached_property
from pathlib import Path

from booking.artefact_sources import SourceError, local_path
from booking.artefact_store import Entry
from booking.basemap import BasemapWriter
from booking.district import District
from booking.district_closures import FILE_NAME as CLOSURES_FILE
from booking.district_problems import DistrictError, Problem
from booking.gazetteer_build import write_gazetteer
from booking.road_map import iter_graph_features
from booking.road_stops import StopRows, StopsOnRoads
from gtfs.feed import FeedError, read_feed
from gtfs.timetable import build_timetable, empty_timetable, write_timetable
from routing.closures import closed_edges, list_unknown_ways
from routing.graph import read_road_graph, write_road_graph
from routing.matrix import travel_times_between
from routing.osm import OsmError, import_roads, import_roads_from_place
from routing.osm_features import MapFeature, NamedFeature, NamedKind, iter_features
from routing.road_network import RoadNetwork
from routing.road_network_files import read_road_network, write_road_network
from routing.travel_times import write_travel_times


class Making:
    """Makes the artefacts of one district, with the closures of a day; collects what should be known in ``notes``."""

    def __init__(self, district: District, folder: Path, on: date) -> None:
        self._district = district
        self._folder = folder
        self._on = on
        self.notes: list[str] = []

    def make(self, name: str, entries: Mapping[str, Entry], draft: Path) -> str:
        """Fill the folder of an artefact and return its summary."""
        make = {
            "roads": self._make_roads,
            "network": self._make_network,
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
            graph, report = import_roads(self._road_file, self._district.speeds)
        else:
            graph, report = import_roads_from_place(sources.roads_place, self._district.speeds)
        write_road_graph(draft, graph)
        first, *others = report.lines()
        self.notes += [f"Roads: {line}" for line in others]
        return first

    def _make_network(self, draft: Path, made: Mapping[str, Path]) -> str:
        graph = read_road_graph(made["roads"])
        closures = [closure for closure in self._district.closures if closure.is_in_force(self._on)]
        for way in list_unknown_ways(graph, closures):
            remedy = "name a way next to it in the same street, or draw an area"
            self.notes.append(f"{CLOSURES_FILE}: no road goes by way {way}; {remedy}.")
        network = RoadNetwork.build(graph, closed=closed_edges(graph, closures))
        write_road_network(draft, network)
        closed = f", {int(network.closed.sum())} edges closed" if closures else ""
        return f"{network.turns.arc_count:,} turns, {network.hierarchy.shortcut_count:,} shortcuts{closed}"

    def _make_times(self, draft: Path, made: Mapping[str, Path]) -> str:
        graph = read_road_graph(made["roads"])
        network = read_road_network(made["network"], graph)
        stops = self._district.stops
        times, snaps = travel_times_between(network, [stop.lon for stop in stops], [stop.lat for stop in stops])
        on_roads = StopsOnRoads(self._stop_rows, graph, snaps)
        problems = on_roads.problems(times)
        if problems:
            raise DistrictError(problems)
        self.notes += on_roads.notes()
        write_travel_times(draft, times)
        return f"between {len(stops)} stops; farthest apart {times.durations_s.max() // 60} min"

    @cached_property
    def _stop_rows(self) -> StopRows:
        return StopRows(self._district)

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
                self.notes.append(
                    str(self._stop_rows.problem(i, message, "correct it, or leave it empty to match by distance"))
                )
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
