"""The map: tiles in ranges, data without names, a list for whoever does not see it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.web.staff_fakes import StaffOperation, staff_client
from web.map import bounds_text, places_by_letter

TILES = bytes(range(256)) * 64


@pytest.fixture
def with_basemap(tmp_path: Path) -> StaffOperation:
    (tmp_path / "basemap.pmtiles").write_bytes(TILES)
    return StaffOperation(tmp_path)


def test_tiles_are_read_in_ranges_and_never_compressed(with_basemap: StaffOperation) -> None:
    with staff_client(with_basemap, name=None) as client:
        part = client.get("/map/basemap.pmtiles", headers={"Range": "bytes=256-511", "Accept-Encoding": "gzip"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 256-511/{len(TILES)}"
    assert part.content == TILES[256:512]
    assert part.headers["content-encoding"] == "identity"
    assert part.headers["etag"]


def test_the_whole_file_can_be_had_too(with_basemap: StaffOperation) -> None:
    with staff_client(with_basemap, name=None) as client:
        whole = client.get("/map/basemap.pmtiles", headers={"Accept-Encoding": "gzip"})
    assert (whole.status_code, whole.content) == (200, TILES)
    assert whole.headers["accept-ranges"] == "bytes"


def test_without_a_basemap_there_is_none(tmp_path: Path) -> None:
    with staff_client(StaffOperation(tmp_path), name=None) as client:
        assert client.get("/map/basemap.pmtiles").status_code == 404


def test_stops_and_areas_are_for_everybody() -> None:
    with staff_client(StaffOperation(), name=None) as client:
        stops, areas = client.get("/map/stops.geojson"), client.get("/map/areas.geojson")
    assert stops.headers["content-type"] == "application/geo+json"
    first = stops.json()["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [11.5, 50.01]}
    assert first["properties"] == {"name": "Neudrossen, Markt", "hub": False, "accessible": True}
    (area,) = areas.json()["features"]
    assert area["properties"] == {"name": "Drossen"}
    assert area["geometry"]["coordinates"][0][0] in ([11.62, 50.0], [11.48, 50.0])


def test_runs_show_ways_and_visits_but_nobody_by_name() -> None:
    with staff_client(StaffOperation()) as client:
        answer = client.get("/staff/day/2026-12-01/runs.geojson")
    assert "Erika" not in answer.text
    assert "+49" not in answer.text
    features = answer.json()["features"]
    ways = [f for f in features if f["geometry"]["type"] == "LineString"]
    visits = [f["properties"] for f in features if f["geometry"]["type"] == "Point"]
    assert [way["properties"] for way in ways] == [
        {"kind": "way", "run": "Rufbus 1", "line": 0},
        {"kind": "way", "run": "Rufbus 2", "line": 1},
    ]
    assert len(visits) == 5 + 2  # the break is none
    assert visits[1] == {
        "run": "Rufbus 1",
        "line": 0,
        "kind": "visit",
        "number": 2,
        "stop": "Altdrossen, Kirche",
        "time": "07:15",
        "boarding": 2,
        "alighting": 0,
    }


@pytest.mark.parametrize("code", ["de", "ar", "de-simple"])
def test_the_map_page_says_the_same_as_a_list(code: str) -> None:
    with staff_client(StaffOperation(), name=None) as client:
        text = client.get(f"/{code}/map").text
    for place in ("Neudrossen", "Altdrossen", "Hinterburg"):
        assert re.search(rf"<dt><bdi[^>]*>{place}</bdi></dt>", text)
    assert text.count("<dd><bdi") == 3
    assert 'data-bounds="11.49000,50.00000,11.61000,50.06000"' in text
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)", text)


def test_all_that_the_page_loads_comes_from_here() -> None:
    with staff_client(StaffOperation(), name=None) as client:
        text = client.get("/de/map").text
        loaded = re.findall(r'(?:src|data-maplibre|<link [^>]*href)="([^"]+)"', text)
        assert loaded
        assert all(path.startswith("/static/") for path in loaded)
        assert {client.get(path).status_code for path in loaded} == {200}
        module = client.get("/static/vendor/maplibre-gl/maplibre-gl-worker.mjs")
        assert module.headers["content-type"].startswith("text/javascript")


def test_the_bounds_hold_every_stop_with_a_margin() -> None:
    assert bounds_text(StaffOperation().district) == "11.49000,50.00000,11.61000,50.06000"


def test_places_are_listed_by_letter_and_umlauts_stand_with_their_letter() -> None:
    stop = StaffOperation().district.stops[0]
    names = ("Zülow", "Ölsen", "Altwiek", "Aukrug", "Ochsen", "Ähren")
    listed = places_by_letter(replace(stop, place=name, name=f"{name}, Markt") for name in names)
    assert [(letter, [place for place, _ in places]) for letter, places in listed] == [
        ("A", ["Ähren", "Altwiek", "Aukrug"]),
        ("O", ["Ochsen", "Ölsen"]),
        ("Z", ["Zülow"]),
    ]
