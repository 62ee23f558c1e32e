"""Roads: import, preparation, times and ways, beside other libraries on the same graph of turns. ``make bench-roads``.

Measured are CPU seconds of this process, compiled functions warm. Without arguments: a made-up district extract (about
50 MB, 150,000 directed edges; kept in the temporary folder) and the real files beside the project, as far as they are
there. Answers of all libraries are compared with ours.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from make_roads import SIZES, write_roads
from roads_peers import Peer, States, arcs_of, ours, peers

from routing.graph import read_road_graph, write_road_graph
from routing.matrix import legs_between
from routing.osm import import_roads
from routing.road_network import RoadNetwork
from routing.road_network_kernel import Places

SEED = 1
PROCESS_STATUS = Path("/proc/self/status")  # Linux alone has it
SHARED = Path(__file__).parents[3] / "shared" / "data"
REAL_FILES = (SHARED / "north_bayreuth" / "north-bayreuth.osm.gz", SHARED / "heidelberg_vrn" / "heidelberg.test.pbf")


def cpu_s(work: Callable[[], object], rounds: int = 1) -> float:
    """CPU seconds that a piece of work takes in this process: the median of some rounds."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return median(taken)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", help="OpenStreetMap extracts")
    parser.add_argument("--import-into", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--no-peers", action="store_true", help="measure only ours")
    arguments = parser.parse_args()
    if arguments.import_into:
        _import_apart(arguments.files[0], arguments.import_into)
        return
    for path in arguments.files or [_made_up_district(), *(path for path in REAL_FILES if path.exists())]:
        _measure(path, with_peers=not arguments.no_peers)


def _made_up_district() -> Path:
    path = Path(tempfile.gettempdir()) / "rufnetz-bench" / "district-0.osm.pbf"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        write_roads(path, SIZES["district"], seed=0)
    return path


def _import_apart(path: Path, folder: Path) -> None:
    """Import in a process of its own, whose memory tells what an import takes."""
    start = time.process_time()
    graph, _ = import_roads(path)
    seconds = time.process_time() - start
    write_road_graph(folder, graph)
    print(f"{seconds:.2f} {_peak_mb():.0f}")


def _peak_mb() -> float:
    """The most memory this process had; ``getrusage`` would count what its parent had when it started this one."""
    if not PROCESS_STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = dict(line.split(":", 1) for line in PROCESS_STATUS.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def _measure(path: Path, *, with_peers: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, str(path), "--import-into", folder]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        graph = read_road_graph(Path(folder))
        RoadNetwork.build(graph)  # compiles
        prepare_s = cpu_s(lambda: RoadNetwork.build(graph), 3)
        network = RoadNetwork.build(graph)
        print(f"\n### {path.name}\n")
        print(
            f"{path.stat().st_size / 1e6:.1f} MB; {graph.node_count:,} nodes, {graph.edge_count:,} directed edges, ",
            end="",
        )
        print(f"{network.turns.arc_count:,} turns, {len(graph.forbidden_sequences()):,} forbidden; seed {SEED}\n")
        print("| | |\n|---|---|")
        print(f"| import | {told[0]} s, {told[1]} MB |")
        print(f"| preparation | {prepare_s:.2f} s |")
        _measure_ours(network)
        if with_peers:
            print("\nFrom state to state of the turn-expanded graph:\n")
            _measure_peers(network, prepare_s)


def _measure_ours(network: RoadNetwork) -> None:
    """From door to door: whatever a caller asks."""
    graph, generator = network.graph, np.random.default_rng(SEED)
    nodes = generator.integers(0, graph.node_count, 4000)
    lon = graph.node_lon[nodes] + generator.normal(0, 1e-3, nodes.size)
    lat = graph.node_lat[nodes] + generator.normal(0, 1e-3, nodes.size)
    points = list(zip(lon.tolist(), lat.tolist(), strict=True))
    pairs = list(zip(points[:2000], points[2000:], strict=True))
    places = network.places(lon, lat)

    def some(begin: int, count: int) -> Places:
        return Places(*(column[begin : begin + count] for column in places))

    closed = np.zeros(graph.edge_count, dtype=np.bool_)
    closed[generator.integers(0, graph.edge_count, 20)] = True
    slower = (graph.edge_duration_s * np.float32(1.2)).astype(np.float32)
    network.time_between(*pairs[0])
    legs_between(network, pairs[0])
    for count in (500, 2000):
        seconds = cpu_s(lambda count=count: network.times_between(some(0, count), some(2000, count)), 3)
        print(f"| {count:,} x {count:,} | {seconds:.3f} s |")
    network.durations_to_nodes(some(0, 16))
    sweep_s = cpu_s(lambda: network.durations_to_nodes(some(0, 64)), 5)
    print(f"| one to all nodes, 64 at once | {sweep_s / 64 * 1e3:.2f} ms |")
    pair_s = cpu_s(lambda: [network.time_between(*pair) for pair in pairs], 3) / len(pairs)
    print(f"| one coordinate to another | {pair_s * 1e6:.0f} µs |")
    print(
        f"| … of it joining both to the road | {cpu_s(lambda: network.places(lon, lat), 3) / nodes.size * 2e6:.1f} µs |"
    )
    way_s = cpu_s(lambda: [legs_between(network, pair) for pair in pairs[:200]]) / 200
    print(f"| … with geometry, streets and turns | {way_s * 1e3:.2f} ms |")
    print(f"| 20 edges closed | {cpu_s(lambda: network.with_changes(closed=closed)):.2f} s |")
    print(f"| all speeds changed | {cpu_s(lambda: network.with_changes(durations_s=slower)):.2f} s |")


def _measure_peers(network: RoadNetwork, prepare_s: float) -> None:
    arcs = arcs_of(network)
    begins, ends = np.random.default_rng(SEED).integers(0, arcs.states, (2, 2000))
    own = ours(network, prepare_s)
    own.pair(0, 1)  # compiles
    own_pair_s = _pair_s(own, begins, ends, 2000)
    print("| | preparation s | pair µs | x ours | one to all ms | 500 x 500 s | 2,000 x 2,000 s |")
    print("|---|---|---|---|---|---|---|")
    print(f"| {own.name} | {prepare_s:.2f} | {own_pair_s * 1e6:.0f} | 1 | see above | see above | see above |")
    for peer in peers(arcs):
        _compare(own, peer, begins, ends)
        pair_s = _pair_s(peer, begins, ends, 2000 if peer.table and not peer.one_to_all else 10)
        one = f"{_one_to_all_s(peer, begins[:3]) * 1e3:.1f}" if peer.one_to_all else ""
        tables = [_table_s(peer, begins, ends, count) for count in (500, 2000)]
        print(
            f"| {peer.name} | {peer.prepare_s:.2f} | {pair_s * 1e6:,.0f} | {pair_s / own_pair_s:,.1f} | {one} "
            f"| {tables[0]} | {tables[1]} |",
            flush=True,
        )


def _compare(own: Peer, peer: Peer, begins: States, ends: States) -> None:
    """All must answer alike."""
    for origin, goal in zip(begins[:10].tolist(), ends[:10].tolist(), strict=True):
        expected, found = own.pair(origin, goal), peer.pair(origin, goal)
        if expected != found:
            msg = f"{peer.name} finds {found} from {origin} to {goal}, ours is {expected}"
            raise AssertionError(msg)


def _pair_s(peer: Peer, begins: States, ends: States, count: int) -> float:
    chosen = list(zip(begins[:count].tolist(), ends[:count].tolist(), strict=True))
    return cpu_s(lambda: [peer.pair(*pair) for pair in chosen]) / count


def _one_to_all_s(peer: Peer, begins: States) -> float:
    search = peer.one_to_all
    return cpu_s(lambda: [search(origin) for origin in begins.tolist()] if search else None) / begins.size


def _table_s(peer: Peer, begins: States, ends: States, count: int) -> str:
    """Seconds for a table; where every row is a search of its own, five rows are measured and scaled up (~)."""
    table = peer.table
    if table is None:
        return ""
    rows = 5 if peer.one_to_all else count
    if "pandana" in peer.name and count > 500:
        rows = 100
    seconds = cpu_s(lambda: table(begins[:rows], ends[:count])) * count / rows
    return f"{seconds:.2f}" if rows == count else f"~{seconds:.1f}"


if __name__ == "__main__":
    main()
