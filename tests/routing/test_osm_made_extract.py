"""The made-up extract that benchmarks measure on is what it says it is."""

from pathlib import Path

import numpy as np

from routing.osm import import_roads
from tests.benchmarks.make_roads import SIZES, write_roads


def test_the_same_seed_draws_the_same_extract(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_roads(tmp_path / f"{name}.osm.pbf", SIZES["small"], seed=seed)
    contents = [(tmp_path / f"{name}.osm.pbf").read_bytes() for name in "abc"]
    assert contents[0] == contents[1] != contents[2]


def test_its_restrictions_are_honoured_and_its_roads_hang_together(tmp_path: Path) -> None:
    path = tmp_path / "roads.osm.pbf"
    write_roads(path, SIZES["small"], seed=1)
    graph, report = import_roads(path)
    assert report.turn_restrictions > 5
    assert report.restrictions_broken == {}
    assert report.island_length_m < 0.02 * report.length_m
    assert {len(sequence) for sequence in graph.forbidden_sequences()} == {2, 3}
    assert np.isfinite(graph.edge_duration_s).all()
    assert (graph.edge_duration_s > 0).all()
