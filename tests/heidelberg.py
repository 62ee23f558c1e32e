"""A district from real files: Heidelberg and the villages of bus 757, with the timetable of 2022.

Stops are the stops of the lines within 100 m of a road that may be driven. The hub of both areas is the main station
(one stop, whose platforms are linked through ``fixed_stop_id``), the villages have a second one at the tram in
Rohrbach. Service dates: 2022-06-12 to 2022-12-10.
"""

import csv
import io
import zipfile
from pathlib import Path

from routing.osm import import_roads
from routing.snapping import Snapper
from tests.real_district import RealStop, shared_file, write_folder

MAIN_STATION = "de:08221:1160_Parent"
TRAM_HUB = "de:08221:1276:1:TrRiN"
"""Rohrbach, Markt: trams from here take 10 to 15 minutes to the main station."""
FIRST_ON, LAST_ON = "2022-06-12", "2022-12-10"
VILLAGES = frozenset({"Leimen", "Gaiberg", "Gauangelloch", "Ochsenbach", "Schatthausen"})
MAX_TO_ROAD_M = 100


def write_heidelberg_district(folder: Path, vehicles: int = 6) -> Path:
    """Write the folder (roads and timetable stay where they are) and return it; skips the test without the files."""
    roads = shared_file("heidelberg_vrn", "heidelberg.test.pbf")
    timetable = shared_file("heidelberg_vrn", "vrn_gtfs_cut.zip")
    stops = _stops(roads, timetable)
    main = {
        "id": "heidelberg",
        "name": "Heidelberg",
        "roads": str(roads),
        "timetables": f'["{timetable}"]',
        "valid_from": "2022-01-01",
    }
    hubs = {"town": [MAIN_STATION], "villages": [MAIN_STATION, TRAM_HUB]}
    village_depot = next(stop.id for stop in stops if stop.place == "Gaiberg")
    depots = {MAIN_STATION: vehicles - vehicles // 2, village_depot: vehicles // 2}
    return write_folder(folder, main, stops, hubs, depots)


def _stops(roads: Path, timetable: Path) -> list[RealStop]:
    with zipfile.ZipFile(timetable) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("stops.txt").decode("utf-8-sig"))))
    graph, _ = import_roads(roads)
    snaps = Snapper(graph).snap_all([float(row["stop_lon"]) for row in rows], [float(row["stop_lat"]) for row in rows])
    stops = []
    for row, snap in zip(rows, snaps, strict=True):
        is_hub = row["stop_id"] in {MAIN_STATION, TRAM_HUB}
        is_place_to_board = row["location_type"] != "1" and row["parent_station"] != MAIN_STATION
        if snap.distance_m > MAX_TO_ROAD_M or not (is_hub or is_place_to_board):
            continue
        place = row["stop_name"].partition(",")[0]
        stops.append(
            RealStop(
                id=row["stop_id"],
                name=row["stop_name"],
                place=place,
                lon=float(row["stop_lon"]),
                lat=float(row["stop_lat"]),
                area="villages" if place in VILLAGES else "town",
                is_hub=is_hub,
                fixed_stop_id=row["stop_id"],
            )
        )
    return stops
