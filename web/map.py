"""The map: basemap tiles of the imported OpenStreetMap file, stops and areas for everybody, runs for dispatchers.

Nothing on it comes from anywhere else, and nothing is on it only: each page with a map says the same as a list.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.templating import Jinja2Templates

from booking.district import District, Stop
from booking.errors import NotFoundError
from booking.operation import Operation
from booking.views import DayView, RunView, StaffView
from routing.model import Action
from web.formats import time_text
from web.i18n import LANGUAGES
from web.staff import PREFIX, StaffGate, StaffRoute

BASEMAP_PATH = "/map/basemap.pmtiles"
GEOJSON = "application/geo+json"
LINE_KINDS = 6
"""How many different lines the map and its key have for runs; then they begin again."""
MARGIN_DEG = 0.01
DECIMALS = 5
"""Of coordinates: about a metre."""

Feature = dict[str, Any]


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The map and its data."""
    router = APIRouter()
    router.include_router(_public_routes(operation, templates))
    router.include_router(_staff_routes(operation, templates))
    return router


def _public_routes(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    routes = APIRouter()
    district = operation.district

    @routes.get(BASEMAP_PATH)
    def send_basemap() -> Response:
        path = operation.artefacts.basemap_path
        if not path.exists():
            msg = f"There is no basemap: run `rufnetz district build {district.folder.name}`."
            raise NotFoundError(msg)
        # named identity, so that it is left alone by compression: readers ask for byte ranges of the file itself
        headers = {"Cache-Control": "public, max-age=3600", "Content-Encoding": "identity"}
        return FileResponse(path, media_type="application/vnd.pmtiles", headers=headers)

    @routes.get("/map/stops.geojson")
    def send_stops() -> Response:
        return _geojson([stop_feature(stop) for stop in district.stops], "public, max-age=3600")

    @routes.get("/map/areas.geojson")
    def send_areas() -> Response:
        return _geojson(area_features(district), "public, max-age=3600")

    def show_map(request: Request) -> Response:
        context = {"bounds": bounds_text(district), "places_by_letter": places_by_letter(district.stops)}
        return templates.TemplateResponse(request, "map/map.html", context)

    for code in district.languages:
        if code in LANGUAGES:
            routes.add_api_route(f"/{code}/map", show_map, methods=["GET"], name=f"map-{code}")
    return routes


def _staff_routes(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    routes = APIRouter(prefix=PREFIX, route_class=StaffRoute)
    gate = StaffGate(operation, templates)

    @routes.get("/day/{on}/runs.geojson")
    def send_runs(_staff: Annotated[StaffView, Depends(gate.require())], on: date) -> Response:
        return _geojson(run_features(operation, operation.day_view(on)), "no-store")

    return routes


def _geojson(features: Sequence[Feature], cache_control: str) -> Response:
    content = {"type": "FeatureCollection", "features": features}
    return JSONResponse(content, media_type=GEOJSON, headers={"Cache-Control": cache_control})


def stop_feature(stop: Stop) -> Feature:
    """A stop as a point."""
    properties = {"name": stop.name, "hub": stop.is_hub, "accessible": stop.is_accessible}
    return _feature("Point", _rounded(stop.lon, stop.lat), properties)


def area_features(district: District) -> list[Feature]:
    """The areas as polygons."""
    return [
        {
            "type": "Feature",
            "properties": {"name": area.name},
            "geometry": shapely.geometry.mapping(shapely.set_precision(area.polygon, 10**-DECIMALS)),
        }
        for area in district.areas
    ]


def run_features(operation: Operation, day: DayView) -> list[Feature]:
    """The runs of a day: the way of each along the roads, and its visits. No names, no phone numbers."""
    features: list[Feature] = []
    for number, run in enumerate(ridden_runs(day)):
        line = [_rounded(lon, lat) for lon, lat in operation.run_geometry(run)]
        shared = {"run": run.vehicle_name, "line": number % LINE_KINDS}
        if line:
            features.append(_feature("LineString", line, {"kind": "way", **shared}))
        features += [_feature("Point", point, {**shared, **what}) for point, what in _visits(operation.district, run)]
    return features


def ridden_runs(day: DayView) -> tuple[RunView, ...]:
    """The runs of a day that have riders, in the order of their kinds of line on the map."""
    return tuple(run for run in day.runs if any(visit.riders for visit in run.visits))


def _visits(district: District, run: RunView) -> Iterable[tuple[list[float], dict[str, Any]]]:
    visits = [visit for visit in run.visits if not visit.is_break]
    for number, visit in enumerate(visits, start=1):
        persons = {
            action: sum(rider.party.persons for rider in visit.riders if rider.action is action) for action in Action
        }
        yield (
            _rounded(visit.lon, visit.lat),
            {
                "kind": "visit",
                "number": number,
                "stop": visit.stop_name,
                "time": time_text(visit.arrival_at, district.zone),
                "boarding": persons[Action.PICKUP],
                "alighting": persons[Action.DROPOFF],
            },
        )


def _feature(kind: str, coordinates: Sequence[Any], properties: dict[str, Any]) -> Feature:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def _rounded(lon: float, lat: float) -> list[float]:
    return [round(lon, DECIMALS), round(lat, DECIMALS)]


def bounds_text(district: District) -> str:
    """West, south, east, north of all stops with a margin, as the browser module reads them."""
    lons, lats = [stop.lon for stop in district.stops], [stop.lat for stop in district.stops]
    edges = (min(lons) - MARGIN_DEG, min(lats) - MARGIN_DEG, max(lons) + MARGIN_DEG, max(lats) + MARGIN_DEG)
    return ",".join(f"{edge:.{DECIMALS}f}" for edge in edges)


def places_by_letter(stops: Iterable[Stop]) -> list[tuple[str, list[tuple[str, list[Stop]]]]]:
    """The stops of each village or town, by first letter, in the order of the alphabet: what the map says, as text."""
    ordered = sorted(stops, key=lambda stop: (_sort_key(stop.place), stop.place, _sort_key(stop.name)))
    places = [(place, list(group)) for place, group in groupby(ordered, key=lambda stop: stop.place)]
    return [
        (letter.upper(), list(group)) for letter, group in groupby(places, key=lambda place: _sort_key(place[0])[:1])
    ]


def _sort_key(name: str) -> str:
    """German dictionaries file umlauts under their letter (DIN 5007, variant 1)."""
    return unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
