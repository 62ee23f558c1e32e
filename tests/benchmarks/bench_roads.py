"""Importing roads: ours beside OSMnx, on the same file, in turn, in one run. ``make bench-roads``.

OSMnx reads every way and sets no travel times here; ours keeps what may be driven and gives it travel times.
"""

import argparse
import gzip
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

import osmnx as ox

from routing.graph import as_multidigraph
from routing.osm import import_roads

DEFAULT = Path(__file__).parents[3] / "shared" / "data" / "north_bayreuth" / "north-bayreuth.osm.gz"


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds that a piece of work takes in this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=DEFAULT, help="an .osm.gz file")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if not arguments.file.exists():
        parser.error(f"{arguments.file} is not there: name an .osm.gz file")
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "roads.osm"
        xml.write_bytes(gzip.decompress(arguments.file.read_bytes()))

        def ours() -> object:
            return import_roads(arguments.file)

        def ours_as_graph() -> object:
            return as_multidigraph(import_roads(arguments.file)[0])

        def osmnx() -> object:
            return ox.graph_from_xml(xml, simplify=True, retain_all=False)

        rounds = [(cpu_s(ours), cpu_s(ours_as_graph), cpu_s(osmnx)) for _ in range(arguments.runs)]
    print(
        f"{arguments.file.name}; osmnx {version('osmnx')}, osmium {version('osmium')}; {arguments.runs} rounds, CPU s"
    )
    names = ("arrays", "arrays and MultiDiGraph", "OSMnx from XML")
    for name, column in zip(names, zip(*rounds, strict=True), strict=True):
        ratio = median(other / own for (*_, other), own in zip(rounds, column, strict=True))
        print(f"{name:<26}{median(column):8.2f} s   OSMnx takes {ratio:5.1f} x")


if __name__ == "__main__":
    main()
