"""A made-up district small enough to compute by hand, written as a folder like any other.

Six towns stand in a row, ``TOWN_SPACING_M`` apart, along one straight road from west to east::

    Altwiek   Brüelow   Cramnitz     Dößin    Eldehof   Lübzow          Fernstadt (by train only)
      0 km      5 km      10 km      15 km      20 km     25 km             60 km
    |---------- area west ----------|---------- area east ----------|
     hub RE 1                                              hub RE 1 ------- RE 1

Each town has two stops: ``<town>-markt`` on the road and ``<town>-siedlung`` at the end of a street that leads
``SIDE_STREET_M`` north. So every driving distance can be added up in the head (:func:`distance_m`).

* RE 1 runs daily, hourly: Altwiek :00 → Lübzow :20/:22 → Fernstadt :50 and Fernstadt :05 → Lübzow :35/:37 →
  Altwiek :57, first departures at 05:00 and 05:05, last at 22:00 and 22:05.
* Bus 10 runs on weekdays, hourly from 06 to 19: Altwiek Markt :10 → Brüelow Markt :20, and back :30 → :40.
* Both buses take a wheelchair; only bus 2, which does not drive on Sundays, takes a dog, child seats and luggage.
* The rules are one version, valid from 2020-01-01; the timetable holds from 2020-01-01 to 2035-12-31.
"""

import json
from pathlib import Path

from tests.tiny_roads import CENTRE_LAT, TOWN_SPACING_M, lat_north_of_road, lon_east_of_altwiek, roads_osm

TOWNS = ("Altwiek", "Brüelow", "Cramnitz", "Dößin", "Eldehof", "Lübzow")
SIDE_STREET_M = 500
STATION_WALK_M = 100
"""Altwiek's station lies so far east of the stop in the market place; Lübzow's stop is the station itself."""

_DISTRICT = """\
id = "tiny"
name = "Landkreis Reihendorf"
time_zone = "Europe/Berlin"
languages = ["de", "de-simple", "en", "uk", "ru", "ar", "fa", "pl", "tr"]
sample = true

[contact]
operator = "Verkehrsbetrieb Reihendorf"
phone = "+49 385 0000000"
email = "rufbus@example.org"

[sources]
roads = "roads.osm"
timetables = ["timetable"]
attribution = "made up"
"""

RULES = """\
[[version]]
name = "2020-01"
valid_from = 2020-01-01
source = "made up"
horizon_days = 28
max_party = 8
max_party_online = 4
offer_valid_min = 15
freeze_min = 15
allows_area_to_area = false

[version.lead_min]
web = 60
phone = 60
api = 60

[version.service_hours]
weekday = ["05:00", "23:00"]
saturday = ["06:00", "25:00"]
sunday_or_holiday = ["07:00", "22:00"]

[version.desk_hours]
weekday = ["06:00", "20:00"]
saturday = ["08:00", "16:00"]

[version.line_priority]
is_on = true
before_min = 30
after_min = 30
max_walk_m = 500
max_extra_min = 20
exempts_reduced_mobility = true

[version.ride]
pickup_window_min = 15
max_detour_factor = 1.5
max_detour_min = 15
max_ride_min = 60
min_distance_m = 800
boarding_s = 60
boarding_wheelchair_s = 180
boarding_walking_frame_s = 60
boarding_pram_s = 60
boarding_bike_s = 60
max_walk_to_stop_m = 1000

[version.connection]
min_change_min = 5
max_wait_min = 30
hold_min = 10

[version.fare]
base_ct = 200
ct_per_km = 12
max_ct = 900
"""

_FLEET = """\
vehicle_id,name,owner,layouts,always,ct_per_hour,ct_per_km
bus-1,Rufbus 1,Verkehrsbetrieb Reihendorf,seat:6|seat:4+wheelchair:1|seat:4+pram:1+walking_frame:1,,3200,55
bus-2,Rufbus 2,Verkehrsbetrieb Reihendorf,seat:8|seat:5+wheelchair:1+pram:1,1 dog + 2 child seats + 3 luggage,3400,60
taxi-1,Taxi 1,Taxi Reihendorf,4 seats,,2800,45
"""

_SHIFTS = """\
shift_id,vehicle_id,days,start,end,start_stop,end_stop,breaks
west-early,bus-1,weekday+saturday+sunday_or_holiday,05:00,14:00,altwiek-markt,altwiek-markt,09:00-11:00/30
west-late,bus-1,weekday+saturday+sunday_or_holiday,14:00,23:00,altwiek-markt,altwiek-markt,17:00-19:00/30
east-day,bus-2,weekday+saturday,05:00,23:00,luebzow-markt,luebzow-markt,10:00-12:00/45;16:00-18:00/30
taxi-evening,taxi-1,weekday+saturday,16:00,25:30,cramnitz-markt,cramnitz-markt,
"""

_HOLIDAYS = """\
first_on,last_on,kind,name
2026-01-01,2026-01-01,public,Neujahr
2026-12-25,2026-12-26,public,Weihnachten
2026-07-13,2026-08-22,school,Sommerferien
"""


def write_tiny_district(folder: Path) -> Path:
    """Write the whole district into a folder (made if it is missing) and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "district.toml": _DISTRICT,
        "rules.toml": RULES,
        "fleet.csv": _FLEET,
        "shifts.csv": _SHIFTS,
        "holidays.csv": _HOLIDAYS,
        "stops.csv": _stops(),
        "places.csv": _places(),
        "destinations.csv": _destinations(),
        "areas.geojson": json.dumps(_areas(), indent=1),
        "roads.osm": roads_osm(TOWNS, SIDE_STREET_M, STATION_WALK_M),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "timetable").mkdir(exist_ok=True)
    for name, text in timetable_files().items():
        (folder / "timetable" / name).write_text(text, encoding="utf-8")
    return folder


def stop_id(town: str, kind: str = "markt") -> str:
    """Id of one of a town's two stops (``markt``, ``siedlung``)."""
    return f"{town.lower().replace('ü', 'ue').replace('ö', 'oe').replace('ß', 'ss')}-{kind}"


def distance_m(origin: str, destination: str) -> int:
    """Driving distance between two stops by their ids, added up by hand."""
    if origin == destination:
        return 0
    (town_a, kind_a), (town_b, kind_b) = (s.rsplit("-", 1) for s in (origin, destination))
    slugs = [stop_id(town, "").rstrip("-") for town in TOWNS]
    along = abs(slugs.index(town_a) - slugs.index(town_b)) * TOWN_SPACING_M
    return along + SIDE_STREET_M * [kind_a, kind_b].count("siedlung")


def _stops() -> str:
    rows = ["stop_id,name,place,lon,lat,accessible,hub,fixed_stop_id"]
    for i, town in enumerate(TOWNS):
        lon = lon_east_of_altwiek(i * TOWN_SPACING_M)
        is_hub = "yes" if town in {TOWNS[0], TOWNS[-1]} else "no"
        fixed = "station-luebzow" if town == TOWNS[-1] else ""
        rows.append(f'{stop_id(town)},"{town}, Markt",{town},{lon:.7f},{CENTRE_LAT:.7f},yes,{is_hub},{fixed}')
        lat = lat_north_of_road(SIDE_STREET_M)
        rows.append(f'{stop_id(town, "siedlung")},"{town}, Siedlung",{town},{lon:.7f},{lat:.7f},no,no,')
    return "\n".join(rows) + "\n"


def _areas() -> dict[str, object]:
    def feature(area_id: str, name: str, west_m: int, east_m: int, hub: str) -> dict[str, object]:
        west, east = lon_east_of_altwiek(west_m), lon_east_of_altwiek(east_m)
        south, north = lat_north_of_road(-2000), lat_north_of_road(2000)
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        return {
            "type": "Feature",
            "properties": {"id": area_id, "name": name, "hubs": [hub]},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }

    half = TOWN_SPACING_M // 2
    features = [
        feature("west", "Reihendorf West", -half, 5 * half, stop_id(TOWNS[0])),
        feature("east", "Reihendorf Ost", 5 * half, 11 * half, stop_id(TOWNS[-1])),
    ]
    return {"type": "FeatureCollection", "features": features}


def _places() -> str:
    rows = ["name,lon,lat,inhabitants,kind"]
    for i, (town, inhabitants) in enumerate(zip(TOWNS, (4200, 350, 900, 280, 150, 6100), strict=True)):
        kind = "town" if inhabitants > 3000 else "village"
        lon, lat = lon_east_of_altwiek(i * TOWN_SPACING_M), lat_north_of_road(SIDE_STREET_M / 2)
        rows.append(f"{town},{lon:.7f},{lat:.7f},{inhabitants},{kind}")
    return "\n".join(rows) + "\n"


def _destinations() -> str:
    rows = ["name,category,lon,lat,place"]
    for name, category, town in (
        ("Hausarztpraxis Dr. Beispiel", "doctor", 0),
        ("Löwen-Apotheke", "pharmacy", 0),
        ("Grundschule Cramnitz", "school", 2),
        ("Einkaufsmarkt Lübzow", "shop", 5),
        ("Kreisverwaltung", "office", 5),
        ("Bahnhof Lübzow", "hub", 5),
    ):
        lon, lat = lon_east_of_altwiek(town * TOWN_SPACING_M + 80), lat_north_of_road(60)
        rows.append(f"{name},{category},{lon:.7f},{lat:.7f},{TOWNS[town]}")
    return "\n".join(rows) + "\n"


def timetable_files() -> dict[str, str]:
    """The GTFS text files by name: RE 1 and bus 10."""
    stops = ["stop_id,stop_name,stop_lat,stop_lon"]
    for fixed_id, name, east_m in (
        ("station-altwiek", "Altwiek, Bahnhof", STATION_WALK_M),
        ("station-luebzow", "Lübzow, Bahnhof", 5 * TOWN_SPACING_M),
        ("station-fernstadt", "Fernstadt Hbf", 60_000),
        ("bus-altwiek", "Altwiek, Markt", 0),
        ("bus-brueelow", "Brüelow, Markt", TOWN_SPACING_M),
    ):
        stops.append(f'{fixed_id},"{name}",{CENTRE_LAT:.7f},{lon_east_of_altwiek(east_m):.7f}')
    trips = ["route_id,service_id,trip_id,trip_headsign,direction_id"]
    times = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    for hour in range(5, 23):
        _add_trip(trips, times, f"re1-e-{hour}", "re1,daily", "Fernstadt Hbf,0", _train_east(hour))
        _add_trip(trips, times, f"re1-w-{hour}", "re1,daily", '"Altwiek, Bahnhof",1', _train_west(hour))
    for hour in range(6, 20):
        out = [("bus-altwiek", hour * 60 + 10, 0), ("bus-brueelow", hour * 60 + 20, 0)]
        back = [("bus-brueelow", hour * 60 + 30, 0), ("bus-altwiek", hour * 60 + 40, 0)]
        _add_trip(trips, times, f"b10-e-{hour}", "b10,weekdays", '"Brüelow, Markt",0', out)
        _add_trip(trips, times, f"b10-w-{hour}", "b10,weekdays", '"Altwiek, Markt",1', back)
    return {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
        "vr,Verkehrsbetrieb Reihendorf,https://example.org,Europe/Berlin\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\n"
        "re1,vr,RE 1,Altwiek - Fernstadt,2\nb10,vr,10,Altwiek - Brüelow,3\n",
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "daily,1,1,1,1,1,1,1,20200101,20351231\nweekdays,1,1,1,1,1,0,0,20200101,20351231\n",
        "calendar_dates.txt": "service_id,date,exception_type\nweekdays,20261225,2\n",
        "stops.txt": "\n".join(stops) + "\n",
        "trips.txt": "\n".join(trips) + "\n",
        "stop_times.txt": "\n".join(times) + "\n",
    }


def _train_east(hour: int) -> list[tuple[str, int, int]]:
    start = hour * 60
    return [("station-altwiek", start, 0), ("station-luebzow", start + 20, 2), ("station-fernstadt", start + 50, 0)]


def _train_west(hour: int) -> list[tuple[str, int, int]]:
    start = hour * 60 + 5
    return [("station-fernstadt", start, 0), ("station-luebzow", start + 30, 2), ("station-altwiek", start + 52, 0)]


def _add_trip(
    trips: list[str], times: list[str], trip_id: str, route: str, sign: str, calls: list[tuple[str, int, int]]
) -> None:
    """Add a trip; a call is a stop, its arrival in minutes of the day, and how many minutes it stays."""
    trips.append(f"{route},{trip_id},{sign}")
    for i, (fixed_id, arrival_min, dwell_min) in enumerate(calls, start=1):
        times.append(f"{trip_id},{_clock(arrival_min)},{_clock(arrival_min + dwell_min)},{fixed_id},{i}")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"
