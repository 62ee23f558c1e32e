"""Import of roads from OpenStreetMap: from a file, or from a place's name through OSMnx.

A file is read once, in its order (nodes, ways, relations); what a minibus may drive is kept in flat arrays and becomes
a :class:`~routing.graph.RoadGraph`. What may be driven is said in :mod:`routing.osm_access`, how fast in
:mod:`routing.osm_speeds`, where one must not turn in :mod:`routing.osm_restrictions`.
"""

from pathlib import Path

import osmium
import osmium.filter
import osmium.osm

from routing.graph import RoadGraph
from routing.multidigraph import from_multidigraph
from routing.osm_chains import build_graph
from routing.osm_islands import Islands
from routing.osm_reader import KEYS, RoadReader
from routing.osm_report import ImportReport
from routing.osm_restrictions import Resolved
from routing.osm_speeds import DEFAULT_SPEEDS, SpeedTable

SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
"""Endings of file names that can be read."""

_OSMIUM_ERRORS = (RuntimeError, ValueError, osmium.InvalidLocationError)
"""What osmium raises for the many things that can be wrong with a file."""


class OsmError(ValueError):
    """Roads that cannot be imported; the message names the file and says what to do."""


def import_roads(path: Path, table: SpeedTable = DEFAULT_SPEEDS) -> tuple[RoadGraph, ImportReport]:
    """Read the roads of an OpenStreetMap extract (``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``).

    Only the largest part within which everything can be reached from everything is kept.

    Raises
    ------
    OsmError
        The file is missing, empty, damaged, no OpenStreetMap file, or has no road that a minibus may drive.
    """
    _check_file(path)
    reader = RoadReader(table)
    processor = osmium.FileProcessor(str(path)).with_locations("flex_mem")
    try:
        for item in processor.with_filter(osmium.filter.KeyFilter(*KEYS)):
            if isinstance(item, osmium.osm.Way):
                reader.add_way(item)
            elif isinstance(item, osmium.osm.Node):
                reader.add_node(item)
            elif isinstance(item, osmium.osm.Relation):
                reader.add_relation(item)
    except _OSMIUM_ERRORS as error:
        msg = (
            f"{path} is damaged, cut off, or no OpenStreetMap file ({error}). Download or export it again and compare "
            "its size or checksum with the source's."
        )
        raise OsmError(msg) from error
    _check_roads(path, reader)
    return _build(reader, table)


def import_roads_from_place(name: str, table: SpeedTable = DEFAULT_SPEEDS) -> tuple[RoadGraph, ImportReport]:
    """Download the roads of a place (``"Landkreis Ludwigslust-Parchim, Germany"``) with OSMnx; needs a network.

    Barriers, tracks, ferries and turn restrictions are not part of what OSMnx downloads: an extract gives better roads.

    Raises
    ------
    OsmError
        No network, no such place, or no roads there.
    """
    import osmnx as ox  # noqa: PLC0415 - takes seconds to import, and only this function needs it

    try:
        downloaded = ox.graph_from_place(name, network_type="drive_service", retain_all=True)
    except Exception as error:  # OSMnx lets errors of several libraries through
        msg = (
            f"The roads of {name!r} could not be downloaded ({error}). Check the spelling and the network, or name an "
            "extract (.osm.pbf) in district.toml instead."
        )
        raise OsmError(msg) from error
    return from_multidigraph(downloaded, table)


def _check_file(path: Path) -> None:
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        msg = f"{path} {what}. Give the path of an OpenStreetMap extract, for example one of download.geofabrik.de."
        raise OsmError(msg)
    if not path.name.lower().endswith(SUFFIXES):
        msg = f"{path} has an ending that is not known. OpenStreetMap files end in {', '.join(SUFFIXES)}."
        raise OsmError(msg)
    if path.stat().st_size == 0:
        msg = f"{path} is empty. Download or export it again."
        raise OsmError(msg)


def _check_roads(path: Path, reader: RoadReader) -> None:
    if reader.ways:
        return
    msg = f"{path} has no road that a minibus may drive (ways with a highway tag: {reader.highways:,}). "
    hint = "Many of their points are not in the file: it was cut without them. " if reader.missing_nodes else ""
    raise OsmError(msg + hint + "Use an extract of the whole district with its roads.")


def _build(reader: RoadReader, table: SpeedTable) -> tuple[RoadGraph, ImportReport]:
    graph, islands, resolved = build_graph(reader.finish(), table)
    return graph, _report(reader, graph, islands, resolved)


def _report(reader: RoadReader, graph: RoadGraph, islands: Islands, resolved: Resolved) -> ImportReport:
    broken = {reason.value: tuple(ids) for reason, ids in reader.broken.items()}
    for reason, ids in resolved.broken.items():
        broken[reason.value] = broken.get(reason.value, ()) + ids
    needless = {reason.value: count for reason, count in reader.needless.items()}
    for other, count in resolved.needless.items():
        needless[other.value] = needless.get(other.value, 0) + count
    return ImportReport(
        ways=reader.ways,
        nodes=graph.node_count,
        edges=graph.edge_count,
        length_m=graph.street_length_m(),
        dropped=dict(reader.dropped),
        blocking_nodes=len(reader.blocking_nodes),
        missing_nodes=reader.missing_nodes,
        islands=islands.count,
        island_length_m=islands.length_m,
        largest_islands=islands.largest,
        turn_restrictions=resolved.honoured,
        restrictions_needless=needless,
        restrictions_broken=broken,
        ferries=tuple(reader.ferries),
        delayed_nodes=int((graph.node_delay_s > 0).sum()),
        closed_at_times=reader.closed_at_times,
    )
