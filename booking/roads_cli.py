"""``rufnetz roads``: building, checking and asking roads."""

import csv
import io
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from booking.district_problems import DistrictError
from booking.errors import BookingError
from booking.road_sources import (
    Point,
    RoadsError,
    RoadSource,
    find_point,
    open_roads,
    read_speed_table,
)
from booking.road_stops import check_stops
from booking.settings import read_settings
from routing.graph import write_road_graph
from routing.matrix import RoadLeg, legs_between, travel_times_between
from routing.osm import OsmError, import_roads, import_roads_from_place
from routing.osm_report import ImportReport
from routing.travel_times import UNREACHABLE_S
from routing.turns import TurnKind

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

_TURNS = {
    TurnKind.STRAIGHT: "straight on",
    TurnKind.RIGHT: "right",
    TurnKind.SHARP_RIGHT: "sharp right",
    TurnKind.LEFT: "left",
    TurnKind.SHARP_LEFT: "sharp left",
    TurnKind.U_TURN: "turn round",
}

Source = Annotated[
    Path, typer.Argument(help="An extract, a folder made by build, or a district's folder.", show_default=False)
]
Speeds = Annotated[
    Path | None, typer.Option(help="A speeds.toml to drive by (districts/README.md explains it); for extracts only.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def build(
    file: Annotated[Path, typer.Argument(help="The extract; with --place the name of a place.", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="Where to write the arrays; made if missing.", show_default=False)],
    *,
    speeds: Speeds = None,
    place: Annotated[
        bool, typer.Option("--place", help="FILE is a place's name: download its roads with OSMnx instead.")
    ] = False,
) -> None:
    """Read an extract into a folder of arrays, and tell what was found and left out.

    For example: rufnetz roads build mecklenburg.osm.pbf /tmp/roads
    """
    with _told():
        table = read_speed_table(speeds)
        began = time.perf_counter()
        if not place and file.is_file():
            console.print(f"Reading {file} ({file.stat().st_size / 1e6:.1f} MB) …", markup=False)
        graph, report = import_roads_from_place(str(file), table) if place else import_roads(file, table)
        _write_to(folder)
        write_road_graph(folder, graph)
        _print_report(report)
        size_mb = sum(path.stat().st_size for path in folder.glob("*.npy")) / 1e6
        seconds = time.perf_counter() - began
        console.print(f"Written to {folder} ({size_mb:.1f} MB) in {seconds:.1f} s.", markup=False)


def check(source: Source, *, speeds: Speeds = None, as_json: AsJson = False) -> None:
    """Read roads and tell what was left out and why; for a district, which stops lie badly on them as well.

    A district's extract is read anew. Exit code 1 if a stop is too far from a road, or cut off.
    """
    with _told():
        roads = open_roads(source, read_settings, speeds, is_fresh=True)
        problems, notes = check_stops(roads.district, roads.graph) if roads.district is not None else ([], [])
        if as_json:
            _print_json({**_as_json(roads), "problems": list(map(str, problems)), "notes": notes})
        else:
            _print_roads(roads)
            for text in (*notes, *problems):
                console.print(str(text), markup=False)
            if roads.district is not None and not problems:
                console.print(f"All {len(roads.district.stops)} stops can be reached.", markup=False)
        if problems:
            raise typer.Exit(1)


def route(
    source: Source,
    places: Annotated[
        list[str],
        typer.Argument(
            help="Two places or more, in the order of driving: lon,lat, or a district's stop by id or name. Write -- "
            "before a place west of Greenwich.",
            show_default=False,
        ),
    ],
    *,
    speeds: Speeds = None,
    as_geojson: Annotated[bool, typer.Option("--geojson", help="Print the way as GeoJSON, for a map.")] = False,
    as_json: AsJson = False,
) -> None:
    """The fastest way past places: minutes, kilometres, and the streets in the order of driving.

    For example: rufnetz roads route districts/lup-sample 11.41,53.63 11.85,53.43
    """
    with _told():
        if len(places) < 2:
            message = "One place is no way: name two or more, as 11.41,53.63 11.85,53.43"
            raise RoadsError(message)
        roads = open_roads(source, read_settings, speeds)
        named = [find_point(text, roads.district) for text in places]
        legs = legs_between(roads.graph, [point for _, point in named])
        names = [name for name, _ in named]
        if as_geojson:
            _print_json(_geojson(names, legs))
        elif as_json:
            _print_json({"legs": [_leg_as_json(leg, *pair) for leg, pair in _by_pair(names, legs)]})
        else:
            _print_way(names, legs)
        if any(leg.duration_s >= UNREACHABLE_S for leg in legs):
            raise typer.Exit(1)


def matrix(
    source: Source,
    points: Annotated[
        Path,
        typer.Argument(
            help="A CSV file with columns lon and lat, and id if you like; - for input.", show_default=False
        ),
    ],
    *,
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of printing.")] = None,
    speeds: Speeds = None,
) -> None:
    """Times and distances between all points of a table, as CSV: from, to, duration_s, distance_m.

    Where there is no way, both are left empty. For example: rufnetz roads matrix extract.osm.pbf points.csv
    """
    with _told():
        ids, where = _read_points(points)
        roads = open_roads(source, read_settings, speeds)
        times, _ = travel_times_between(roads.graph, [lon for lon, _ in where], [lat for _, lat in where])
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("from", "to", "duration_s", "distance_m"))
        rows = zip(ids, times.durations_s.tolist(), times.distances_m.tolist(), strict=True)
        for origin, durations_s, distances_m in rows:
            for destination, duration_s, distance_m in zip(ids, durations_s, distances_m, strict=True):
                is_found = duration_s < UNREACHABLE_S
                writer.writerow((origin, destination, *((duration_s, distance_m) if is_found else ("", ""))))
        if output is None:
            sys.stdout.write(text.getvalue())
        else:
            output.write_text(text.getvalue(), encoding="utf-8")
            console.print(f"{len(ids) ** 2:,} times written to {output}.", markup=False)


@contextmanager
def _told() -> Iterator[None]:
    """Print a fault that a person can mend as sentences, and end the command with exit code 1."""
    try:
        yield
    except DistrictError as error:
        for problem in error.problems:
            errors.print(str(problem), markup=False)
        raise typer.Exit(1) from None
    except (BookingError, OsmError) as error:
        errors.print(str(error), markup=False)
        raise typer.Exit(1) from None
    except OSError as error:
        errors.print(f"{error.filename}: {error.strerror}. Choose another path.", markup=False)
        raise typer.Exit(1) from None


def _write_to(folder: Path) -> None:
    """Make the folder; one that holds other things than roads is not written to."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "edge_from.npy").is_file():
        message = f"{folder} holds other things. Name a folder that does not exist yet, or an older one of roads."
        raise RoadsError(message)
    folder.mkdir(parents=True, exist_ok=True)


def _print_roads(roads: RoadSource) -> None:
    if roads.report is not None:
        _print_report(roads.report)
        return
    graph = roads.graph
    console.print(
        f"{graph.street_length_m() / 1000:,.1f} km of streets: {graph.node_count:,} junctions and ends, "
        f"{graph.edge_count:,} directed edges, {len(graph.forbidden_sequences()):,} forbidden turns. "
        "(What was left out is told when an extract is read.)"
    )


def _print_report(report: ImportReport) -> None:
    for line in report.lines():
        console.print(line, markup=False)


def _as_json(roads: RoadSource) -> dict[str, object]:
    graph = roads.graph
    return {
        "nodes": graph.node_count,
        "edges": graph.edge_count,
        "length_m": round(graph.street_length_m()),
        "forbidden_turns": len(graph.forbidden_sequences()),
        "report": list(roads.report.lines()) if roads.report is not None else [],
    }


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def _by_pair(names: Sequence[str], legs: Sequence[RoadLeg]) -> Iterator[tuple[RoadLeg, tuple[str, str]]]:
    return zip(legs, pairwise(names), strict=True)


def _leg_as_json(leg: RoadLeg, origin: str, destination: str) -> dict[str, object]:
    is_found = leg.duration_s < UNREACHABLE_S
    return {
        "from": origin,
        "to": destination,
        "duration_s": leg.duration_s if is_found else None,
        "distance_m": leg.distance_m if is_found else None,
        "streets": list(leg.street_names),
        "steps": [
            {
                "turn": "" if step.turn is None else step.turn.name.lower(),
                "street": step.street,
                "distance_m": step.distance_m,
                "duration_s": step.duration_s,
                "lon": step.lon,
                "lat": step.lat,
            }
            for step in leg.steps
        ],
    }


def _geojson(names: Sequence[str], legs: Sequence[RoadLeg]) -> dict[str, object]:
    """One line for each leg; a leg that cannot be driven has no geometry."""
    features = [
        {
            "type": "Feature",
            "properties": _leg_as_json(leg, *pair),
            "geometry": {"type": "LineString", "coordinates": [list(point) for point in leg.points]}
            if leg.duration_s < UNREACHABLE_S
            else None,
        }
        for leg, pair in _by_pair(names, legs)
    ]
    return {"type": "FeatureCollection", "features": features}


def _print_way(names: Sequence[str], legs: Sequence[RoadLeg]) -> None:
    for leg, (origin, destination) in _by_pair(names, legs):
        if leg.duration_s >= UNREACHABLE_S:
            console.print(f"{origin} → {destination}: there is no way.", markup=False)
            continue
        minutes, km = leg.duration_s / 60, leg.distance_m / 1000
        console.print(f"{origin} → {destination}: {minutes:.1f} min, {km:.1f} km", markup=False)
        table = Table.grid(padding=(0, 2))
        for number, step in enumerate(leg.steps, start=1):
            turn = "begin" if step.turn is None else _TURNS[step.turn]
            length = f"{step.distance_m / 1000:.1f} km" if step.distance_m >= 1000 else f"{step.distance_m} m"
            table.add_row(f"{number:>3}", turn, step.street or "(no name)", length)
        console.print(table)


def _read_points(path: Path) -> tuple[list[str], list[Point]]:
    """Ids and places of a table.

    Raises
    ------
    RoadsError
        The table is missing, empty, without columns lon and lat, or has a value that is no number.
    """
    if str(path) != "-" and not path.is_file():
        message = f"{path} does not exist. Give a CSV file with columns lon and lat."
        raise RoadsError(message)
    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    reader = csv.DictReader(io.StringIO(text))
    if not {"lon", "lat"} <= set(reader.fieldnames or ()):
        message = f"{path}, line 1: the columns lon and lat are missing. Begin the table with: id,lon,lat"
        raise RoadsError(message)
    ids: list[str] = []
    places: list[Point] = []
    for number, row in enumerate(reader, start=1):
        _, place = _find_point_in_row(path, reader.line_num, row)
        ids.append(row.get("id") or str(number))
        places.append(place)
    if not places:
        message = f"{path} has no rows. Write one for each point: id,lon,lat"
        raise RoadsError(message)
    return ids, places


def _find_point_in_row(path: Path, line: int, row: dict[str, str]) -> tuple[str, Point]:
    """The place in a row of a table; an error names file and line."""
    try:
        return find_point(f"{row['lon']},{row['lat']}", None)
    except RoadsError as error:
        message = f"{path}, line {line}: {error}"
        raise RoadsError(message) from error
