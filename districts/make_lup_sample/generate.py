"""Writes the folder of the sample district."""

import shutil
from pathlib import Path

from districts.make_lup_sample.addresses import add_addresses, add_places, add_pois
from districts.make_lup_sample.built import SEED, Built, build
from districts.make_lup_sample.land import add_land
from districts.make_lup_sample.osm_file import FIRST_ID, OsmFile
from districts.make_lup_sample.plane import unproject
from districts.make_lup_sample.service import TEXTS, write_service

MAP_NAME = "roads.osm.pbf"


def generate(folder: Path, seed: int = SEED) -> None:
    """Write the map and all tables; the same seed gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    built = build(seed)
    write_map(folder / MAP_NAME, built, seed)
    write_service(folder, built)
    shutil.copyfile(TEXTS / "README.md", folder / "README.md")


def write_map(path: Path, built: Built, seed: int) -> None:
    """Write the OpenStreetMap file: roads first, then land, places, houses and destinations."""
    file = OsmFile()
    _add_roads(file, built)
    add_land(file, built, seed)
    add_places(file, built.facts)
    add_pois(file, built)
    add_addresses(file, built, seed)
    file.write(path)


def _add_roads(file: OsmFile, built: Built) -> None:
    net = built.net
    for x, y in zip(net.xs, net.ys, strict=True):
        file.add_node(*unproject(x, y))
    for way in net.ways:
        file.add_way([FIRST_ID + node for node in way.nodes], way.tags)
    for rule in net.restrictions:
        members = [
            ("w", FIRST_ID + rule.from_way, "from"),
            ("n", FIRST_ID + rule.via, "via"),
            ("w", FIRST_ID + rule.to_way, "to"),
        ]
        file.add_relation(members, {"type": "restriction", "restriction": rule.kind})
