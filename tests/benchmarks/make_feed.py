"""A made-up timetable to measure on: market towns on a jittered grid, buses past the villages between them, railways.

``--size state`` gives about 20,000 trips with 300,000 calls, ``--size country`` sixteen times as many, ``--size small``
a hundredth of a state. The same size and seed give the same feed. Like German feeds it has platforms below stations,
national stop ids, school days and nights before free days as services of their own, and trips past midnight; more
than nine in ten of its trips run on a Wednesday of school.

    uv run python tests/benchmarks/make_feed.py /tmp/state.zip --size state
"""

import argparse
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

LON, LAT = 9.5, 50.0
_METRES_PER_DEGREE = 111_195.0
_TOWN_GRID_M = 16_000.0
_VILLAGE_GAP_M, _HALT_GAP_M = 1_300.0, 5_500.0
_BUS_M_PER_S, _RAIL_M_PER_S = 9.0, 18.0
"""In a straight line, stops included."""
_RAIL_TOWNS = 8
"""So many towns a railway passes before passengers change."""
_PLATFORMS = 6
"""Of a town's station: four for buses, two for trains."""

_SYLLABLES = ("Alt", "Buch", "Dam", "Eich", "Gar", "Holt", "Krem", "Lin", "Mühl", "Neu", "Poch", "Ros", "Torn", "Wend")
_MIDDLES = ("", "en", "er", "el", "in", "ken", "len", "ster", "ten", "zel")
_ENDINGS = ("beck", "dorf", "feld", "hagen", "hof", "itz", "ow", "rade", "see", "walde", "wiek")

_SERVICES = (
    ("daily", "1111111"),
    ("weekdays", "1111100"),
    ("school", "1111100"),
    ("nights", "0000110"),
    ("weekend", "0000011"),
)
_DAILY, _WEEKDAYS, _SCHOOL, _NIGHTS, _WEEKEND = range(5)
_FIRST_ON, _LAST_ON = "20260101", "20261212"
_SCHOOL_HOLIDAYS = [f"202607{day:02}" for day in range(13, 32)] + ["20260402", "20260407", "20260408"]
_HOLIDAYS = ["20260101", "20260403", "20260406", "20260501", "20260514", "20260525", "20261003"]

SIZES: Mapping[str, int] = {"small": 2, "state": 10, "country": 38}
"""Towns in each direction."""

_Ints = NDArray[np.int64]


@dataclass
class Network:
    """What is drawn so far: columns of the feed's tables, filled line by line."""

    chance: np.random.Generator
    stop_ids: list[str] = field(default_factory=list)
    stops: list[tuple[str, str, float, float, int, str, str, int]] = field(default_factory=list)
    routes: list[tuple[str, str, str, str, int]] = field(default_factory=list)
    trips: list[pl.DataFrame] = field(default_factory=list)
    calls: list[pl.DataFrame] = field(default_factory=list)
    shapes: list[pl.DataFrame] = field(default_factory=list)
    trip_count: int = 0

    def name(self) -> str:
        """A name as places have them; not always a new one, as in life."""
        return "".join(str(self.chance.choice(parts)) for parts in (_SYLLABLES, _MIDDLES, _ENDINGS))

    def add_stop(
        self, stop_id: str, name: str, xy: NDArray[np.float64], *, parent: str = "", platform: str = ""
    ) -> int:
        """Add a stop (or, with an id that others name as parent, a station) and return its index."""
        lat = LAT + xy[1] / _METRES_PER_DEGREE
        lon = LON + xy[0] / _METRES_PER_DEGREE / np.cos(np.radians(51.5))
        wheelchair = int(self.chance.choice([0, 1, 2], p=[0.5, 0.35, 0.15]))
        kind = int(platform == "station")
        shown = "" if kind else platform
        self.stops.append((stop_id, name, round(lat, 6), round(lon, 6), kind, parent, shown, wheelchair))
        self.stop_ids.append(stop_id)
        return len(self.stops) - 1

    def places(self, stops: Sequence[int]) -> NDArray[np.float64]:
        """Metres east and north of stops, shape (n, 2)."""
        lat, lon = np.array([self.stops[stop][2:4] for stop in stops]).T
        east = (lon - LON) * _METRES_PER_DEGREE * np.cos(np.radians(51.5))
        return np.column_stack((east, (lat - LAT) * _METRES_PER_DEGREE))


@dataclass(frozen=True)
class Town:
    """A market town: where it lies, and its platforms."""

    name: str
    xy: NDArray[np.float64]
    platforms: tuple[int, ...]


def make_feed(towns_across: int, *, seed: int) -> dict[str, pl.DataFrame]:
    """The tables of a feed by file name; times are text as in the files."""
    network = Network(np.random.default_rng(seed))
    towns = _draw_towns(network, towns_across)
    for row in range(towns_across):
        for column in range(towns_across):
            town = towns[row][column]
            _draw_town_bus(network, town)
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                if row + down < towns_across and 0 <= column + right < towns_across:
                    _draw_bus(network, town, towns[row + down][column + right])
    for line in [*towns, *map(list, zip(*towns, strict=True))]:
        for first in range(0, towns_across - 1, _RAIL_TOWNS - 1):
            _draw_railway(network, line[first : first + _RAIL_TOWNS])
    return _tables(network)


def write_feed(path: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write tables as a zip of text files; the same tables give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, table in tables.items():
            text = io.BytesIO()
            table.write_csv(text)
            archive.writestr(zipfile.ZipInfo(name), text.getvalue(), zipfile.ZIP_DEFLATED)


def _draw_towns(network: Network, towns_across: int) -> list[list[Town]]:
    towns = []
    for row in range(towns_across):
        towns.append([])
        for column in range(towns_across):
            jitter = network.chance.normal(0, 1_500, 2)
            xy = np.array((column, row)) * _TOWN_GRID_M + jitter
            towns[-1].append(_draw_station(network, xy))
    return towns


def _draw_station(network: Network, xy: NDArray[np.float64]) -> Town:
    name = network.name()
    station = f"de:99:{len(network.stops):06}"
    network.add_stop(station, f"{name}, Bahnhof", xy, platform="station")
    platforms = []
    for number in range(1, _PLATFORMS + 1):
        where = xy + network.chance.normal(0, 40, 2)
        shown = str(number - 4) if number > 4 else chr(64 + number)
        platforms.append(
            network.add_stop(f"{station}:1:{number}", f"{name}, Bahnhof", where, parent=station, platform=shown)
        )
    return Town(name, xy, tuple(platforms))


def _draw_bus(network: Network, first: Town, last: Town) -> None:
    """A bus from town to town, past villages that have a stop on either side of the road."""
    there, back = [first.platforms[0]], [first.platforms[1]]
    for xy in _between(network, first.xy, last.xy, _VILLAGE_GAP_M):
        stop_id, name = f"de:99:{len(network.stops):06}", network.name()
        there.append(network.add_stop(f"{stop_id}:1", f"{name}, Dorf", xy))
        back.append(network.add_stop(f"{stop_id}:2", f"{name}, Dorf", xy + 12.0))
    there.append(last.platforms[2])
    back.append(last.platforms[3])
    number = str(100 + len(network.routes))
    route = _add_route(network, "bus", number, f"{first.name} - {last.name}", 700)
    minute = int(network.chance.integers(60))
    _add_trips(network, route, (there, last.name), _hourly(minute, with_peaks=True), _BUS_M_PER_S)
    minute = int(network.chance.integers(60))
    _add_trips(network, route, (back[::-1], first.name), _hourly(minute, with_peaks=True), _BUS_M_PER_S)


def _draw_town_bus(network: Network, town: Town) -> None:
    """A ring through the town, every half hour."""
    angles = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    ring = town.xy + np.column_stack((np.cos(angles) - 1, np.sin(angles))) * 700 + network.chance.normal(0, 60, (9, 2))
    stops = [town.platforms[1]]
    for number, xy in enumerate(ring[1:]):
        stop_id = f"de:99:{len(network.stops):06}:1"
        stops.append(network.add_stop(stop_id, f"{town.name}, {network.name()}straße {number + 1}", xy))
    stops.append(town.platforms[3])
    route = _add_route(network, "bus", f"T{len(network.routes)}", f"Stadtverkehr {town.name}", 704)
    minute = int(network.chance.integers(30))
    starts = np.arange(6 * 60 + minute, 21 * 60, 30) * 60
    services = np.where(starts >= 19 * 3600, _DAILY, _WEEKDAYS)
    _add_trips(network, route, (stops, town.name), (starts, services), _BUS_M_PER_S)


def _draw_railway(network: Network, towns: Sequence[Town]) -> None:
    if len(towns) < 2:
        return
    there, back = [], []
    for town, following in zip(towns, [*towns[1:], None], strict=True):
        there.append(town.platforms[4])
        back.append(town.platforms[5])
        for xy in _between(network, town.xy, following.xy, _HALT_GAP_M) if following else ():
            halt, name = f"de:99:{len(network.stops):06}", network.name()
            there.append(network.add_stop(f"{halt}:1", f"{name}, Haltepunkt", xy, platform="1"))
            back.append(there[-1])
    name = f"{towns[0].name} - {towns[-1].name}"
    route = _add_route(network, "rail", f"RB {len(network.routes)}", name, 106)
    for stops, sign in ((there, towns[-1].name), (back[::-1], towns[0].name)):
        minute = int(network.chance.integers(60))
        _add_trips(network, route, (stops, sign), _hourly(minute, with_peaks=False), _RAIL_M_PER_S)


def _between(
    network: Network, first: NDArray[np.float64], last: NDArray[np.float64], gap_m: float
) -> NDArray[np.float64]:
    """Places on a way that is not quite straight, both ends left out."""
    count = max(1, int(np.hypot(*(last - first)) / gap_m) - 1)
    share = np.arange(1, count + 1)[:, None] / (count + 1)
    bend = np.sin(share * np.pi) * network.chance.normal(0, gap_m, 2)
    return first + share * (last - first) + bend + network.chance.normal(0, gap_m / 8, (count, 2))


def _hourly(minute: int, *, with_peaks: bool) -> tuple[_Ints, _Ints]:
    """Departures in seconds with their services: every hour from six to eleven at night, half-hourly in the peaks."""
    hours = np.arange(6, 24)
    services = np.where(hours % 2 == 0, _DAILY, _WEEKDAYS)
    services[hours == 22] = _WEEKEND
    services[hours == 23] = _NIGHTS
    if not with_peaks:
        return hours * 3600 + minute * 60, np.where(hours == 23, _NIGHTS, _DAILY)
    peaks = np.array([6, 7, 12, 15, 16, 17])
    starts = np.concatenate((hours * 3600 + minute * 60, peaks * 3600 + (minute + 30) * 60))
    services = np.concatenate((services, np.where(peaks < 13, _SCHOOL, _WEEKDAYS)))
    order = np.argsort(starts, kind="stable")
    return starts[order], services[order]


def _add_route(network: Network, agency: str, number: str, name: str, route_type: int) -> str:
    route = f"r{len(network.routes)}"
    network.routes.append((route, agency, number, name, route_type))
    return route


def _add_trips(
    network: Network,
    route: str,
    way: tuple[Sequence[int], str],
    departures: tuple[_Ints, _Ints],
    m_per_s: float,
) -> None:
    """Add the trips of one direction: all stop at the same stops and take as long."""
    stops, headsign = way
    starts, services = departures
    places = network.places(stops)
    drive_s = np.ceil(np.hypot(*np.diff(places, axis=0).T) / m_per_s / 60).clip(1) * 60
    arrival_s = np.concatenate([[0], np.cumsum(drive_s)]).astype(np.int64)
    is_rail = m_per_s == _RAIL_M_PER_S
    departure_s = arrival_s + (30 if is_rail else 0)
    departure_s[-1] = arrival_s[-1]
    departure_s[0] = 0
    direction = len(network.shapes) % 2
    ids = [f"t{network.trip_count + i}" for i in range(len(starts))]
    network.trip_count += len(starts)
    shape = f"s{len(network.shapes)}"
    network.trips.append(
        pl.DataFrame(
            {
                "route_id": route,
                "service_id": [_SERVICES[service][0] for service in services],
                "trip_id": ids,
                "trip_headsign": headsign,
                "direction_id": direction,
                "shape_id": shape,
                "wheelchair_accessible": network.chance.choice([0, 1, 2], len(ids), p=[0.2, 0.7, 0.1]),
                "bikes_allowed": 1 if is_rail else 0,
            }
        )
    )
    count = len(stops)
    network.calls.append(
        pl.DataFrame(
            {
                "trip_id": np.repeat(ids, count),
                "arrival_s": (starts[:, None] + arrival_s).ravel(),
                "departure_s": (starts[:, None] + departure_s).ravel(),
                "stop": np.tile(np.array(stops), len(ids)),
                "stop_sequence": np.tile(np.arange(count), len(ids)),
            }
        )
    )
    network.shapes.append(_shape(network, shape, stops))


def _shape(network: Network, shape: str, stops: Sequence[int]) -> pl.DataFrame:
    """Through all stops, with three points between two of them."""
    lat, lon = np.array([network.stops[stop][2:4] for stop in stops]).T
    at = np.arange(len(stops) * 4 - 3) / 4
    return pl.DataFrame(
        {
            "shape_id": shape,
            "shape_pt_lat": np.interp(at, np.arange(len(stops)), lat).round(6),
            "shape_pt_lon": np.interp(at, np.arange(len(stops)), lon).round(6),
            "shape_pt_sequence": np.arange(len(at)),
        }
    )


def _tables(network: Network) -> dict[str, pl.DataFrame]:
    stop_columns = ["stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station", "platform_code"]
    calls = pl.concat(network.calls)
    ids = pl.Series("stop_id", network.stop_ids).gather(calls["stop"])
    stations = [stop for stop in network.stops if stop[4] == 1]
    return {
        "agency.txt": pl.DataFrame(
            {
                "agency_id": ["bus", "rail"],
                "agency_name": ["Landbus", "Landbahn"],
                "agency_url": "https://example.org",
                "agency_timezone": "Europe/Berlin",
                "agency_lang": "de",
            }
        ),
        "stops.txt": pl.DataFrame(network.stops, [*stop_columns, "wheelchair_boarding"], orient="row"),
        "routes.txt": pl.DataFrame(
            network.routes,
            ["route_id", "agency_id", "route_short_name", "route_long_name", "route_type"],
            orient="row",
        ),
        "trips.txt": pl.concat(network.trips),
        "stop_times.txt": calls.select(
            "trip_id",
            _clock("arrival_s").alias("arrival_time"),
            _clock("departure_s").alias("departure_time"),
            ids,
            "stop_sequence",
        ),
        "calendar.txt": _calendar(),
        "calendar_dates.txt": _exceptions(),
        "shapes.txt": pl.concat(network.shapes),
        "transfers.txt": pl.DataFrame(
            [(stop[0], stop[0], 2, 180) for stop in stations],
            ["from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time"],
            orient="row",
        ),
        "feed_info.txt": pl.DataFrame(
            {
                "feed_publisher_name": ["Landbus"],
                "feed_publisher_url": "https://example.org",
                "feed_lang": "de",
                "feed_start_date": _FIRST_ON,
                "feed_end_date": _LAST_ON,
            }
        ),
    }


def _clock(seconds: str) -> pl.Expr:
    at = pl.col(seconds)
    parts = (at // 3600, at // 60 % 60, at % 60)
    return pl.concat_str([part.cast(pl.String).str.zfill(2) for part in parts], separator=":")


def _calendar() -> pl.DataFrame:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    rows = [(name, *map(int, bits), _FIRST_ON, _LAST_ON) for name, bits in _SERVICES]
    return pl.DataFrame(rows, ["service_id", *days, "start_date", "end_date"], orient="row")


def _exceptions() -> pl.DataFrame:
    """No school in the holidays; on holidays as on Sundays."""
    removed = [("school", day, 2) for day in sorted({*_SCHOOL_HOLIDAYS, *_HOLIDAYS})]
    removed += [("weekdays", day, 2) for day in _HOLIDAYS]
    added = [("weekend", day, 1) for day in _HOLIDAYS]
    return pl.DataFrame([*removed, *added], ["service_id", "date", "exception_type"], orient="row")


def main() -> None:
    """Write the file and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="where to write, ending in .zip")
    parser.add_argument("--size", choices=SIZES, default="state")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    tables = make_feed(SIZES[arguments.size], seed=arguments.seed)
    write_feed(arguments.file, tables)
    counts = ", ".join(
        f"{tables[f'{name}.txt'].height:,} {name}" for name in ("stops", "routes", "trips", "stop_times")
    )
    print(f"{arguments.file}: {arguments.file.stat().st_size / 1e6:.1f} MB, {counts}")


if __name__ == "__main__":
    main()
