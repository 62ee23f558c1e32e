"""A district from a real file of the countryside: villages and hamlets north of Bayreuth, without a timetable.

Every village and hamlet of the map that is near a road that may be driven has one stop, on that road.
"""

from pathlib import Path

from routing.osm import import_roads
from routing.osm_features import NamedFeature, NamedKind, iter_features
from routing.snapping import Snapper
from tests.real_district import RealStop, shared_file, write_folder

HUB = "ramsenthal"
MAX_TO_ROAD_M = 250


def write_bayreuth_district(folder: Path, vehicles: int = 3) -> Path:
    """Write the folder (roads stay where they are) and return it; skips the test without the file."""
    roads = shared_file("north_bayreuth", "north-bayreuth.osm.gz")
    main = {
        "id": "bayreuth-north",
        "name": "Bayreuth Nord",
        "roads": str(roads),
        "timetables": "[]",
        "valid_from": "2020-01-01",
    }
    return write_folder(folder, main, _stops(roads), {"north": [HUB]}, {HUB: vehicles})


def _stops(roads: Path) -> list[RealStop]:
    graph, _ = import_roads(roads)
    snapper = Snapper(graph)
    stops: dict[str, RealStop] = {}
    for feature in iter_features(roads):
        if not isinstance(feature, NamedFeature) or feature.kind is not NamedKind.PLACE:
            continue
        snap = snapper.snap(feature.lon, feature.lat)
        if feature.cls not in {"village", "hamlet"} or snap.distance_m > MAX_TO_ROAD_M:
            continue
        stop_id = feature.name.lower().replace(" ", "-")
        stop_id = f"{stop_id}-2" if stop_id in stops else stop_id
        stops[stop_id] = RealStop(
            stop_id, feature.name, feature.name, snap.lon, snap.lat, "north", is_hub=stop_id == HUB
        )
    return list(stops.values())
