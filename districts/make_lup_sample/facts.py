"""The facts the sample stands on: small tables in ``facts/``, each row with its source."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from districts.make_lup_sample.plane import project

FOLDER = Path(__file__).parent / "facts"


@dataclass(frozen=True, slots=True)
class Place:
    """A town or village; ``x`` and ``y`` are metres in the plane of :mod:`plane`.

    Parameters
    ----------
    is_inside
        Whether it belongs to the served district; the others are only destinations of lines and ends of roads.
    """

    name: str
    x: float
    y: float
    inhabitants: int
    kind: str
    postcode: str
    is_inside: bool
    is_municipality: bool

    @property
    def radius_m(self) -> float:
        """How far its streets reach: a plain rule that gives 330 m for 220 inhabitants and 2 km for 18,000."""
        return 120 + 14 * math.sqrt(min(self.inhabitants, 20_000))

    @property
    def is_town(self) -> bool:
        """Whether it has the streets of a town."""
        return self.kind in {"town", "city"}


@dataclass(frozen=True, slots=True)
class Station:
    """A railway station and the place whose streets lead to it."""

    name: str
    x: float
    y: float
    place: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the timetable: the stations, or the places it passes, and when it runs.

    Parameters
    ----------
    weekday_min, weekend_min
        Headways; 0 for school lines, which run once in the morning and twice back.
    first_out_s, first_back_s, last_s
        First departures in both directions and the latest departure at all, seconds of the day. For school lines:
        the departure to school and the two departures back.
    """

    name: str
    kind: str
    via: tuple[str, ...]
    weekday_min: int
    weekend_min: int
    first_out_s: int
    first_back_s: int
    last_s: int


@dataclass(frozen=True, slots=True)
class LakeFact:
    """Where a lake lies and about how large it is; its shape is invented."""

    name: str
    x: float
    y: float
    length_m: float
    width_m: float
    bearing_deg: float


@dataclass(frozen=True, slots=True)
class HubFact:
    """A place where rides meet lines; with a railway station or without."""

    place: str
    name: str
    station: str


@dataclass(frozen=True, slots=True)
class SchoolHolidays:
    """School holidays from one date to another, inclusive."""

    first_on: date
    last_on: date
    name: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All tables."""

    places: tuple[Place, ...]
    stations: tuple[Station, ...]
    federal_roads: tuple[tuple[str, tuple[str, ...]], ...]
    lakes: tuple[LakeFact, ...]
    rivers: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    lines: tuple[Line, ...]
    hubs: tuple[HubFact, ...]
    school_holidays: tuple[SchoolHolidays, ...]

    def place(self, name: str) -> Place:
        """The place of that name."""
        return next(place for place in self.places if place.name == name)

    def station(self, name: str) -> Station:
        """The station of that name."""
        return next(station for station in self.stations if station.name == name)


def read_facts() -> Facts:
    """Read every table."""
    return Facts(
        places=_without_double_counting((*_read_places("places.csv"), *_read_places("outside.csv"))),
        stations=tuple(Station(row["name"], *_xy(row), row["place"]) for row in _rows("stations.csv")),
        federal_roads=tuple((row["ref"], tuple(row["via"].split(";"))) for row in _rows("federal_roads.csv")),
        lakes=tuple(
            LakeFact(row["name"], *_xy(row), float(row["length_m"]), float(row["width_m"]), float(row["bearing_deg"]))
            for row in _rows("lakes.csv")
        ),
        rivers=_read_rivers(),
        lines=tuple(_line(row) for row in _rows("lines.csv")),
        hubs=tuple(HubFact(row["place"], row["name"], row["station"]) for row in _rows("hubs.csv")),
        school_holidays=tuple(
            SchoolHolidays(date.fromisoformat(row["first_on"]), date.fromisoformat(row["last_on"]), row["name"])
            for row in _rows("school_holidays.csv")
        ),
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _xy(row: dict[str, str]) -> tuple[float, float]:
    return project(float(row["lon"]), float(row["lat"]))


def _read_places(name: str) -> tuple[Place, ...]:
    return tuple(
        Place(
            row["name"],
            *_xy(row),
            int(row["inhabitants"]),
            row["kind"],
            row["postcode"],
            is_inside=name == "places.csv",
            is_municipality="GV-ISys" in row["source"],
        )
        for row in _rows(name)
    )


def _without_double_counting(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Take villages out of the inhabitants of the municipality next to them, which counts them already."""
    inhabitants = {place.name: place.inhabitants for place in places}
    municipalities = [place for place in places if place.is_municipality]
    for place in places:
        if place.is_inside and not place.is_municipality:
            owner = min(municipalities, key=lambda m: math.hypot(m.x - place.x, m.y - place.y))
            inhabitants[owner.name] = max(owner.inhabitants * 2 // 5, inhabitants[owner.name] - place.inhabitants)
    return tuple(
        Place(p.name, p.x, p.y, inhabitants[p.name], p.kind, p.postcode, p.is_inside, p.is_municipality) for p in places
    )


def _read_rivers() -> tuple[tuple[str, tuple[tuple[float, float], ...]], ...]:
    courses: dict[str, list[tuple[float, float]]] = {}
    for row in _rows("rivers.csv"):
        courses.setdefault(row["name"], []).append(_xy(row))
    return tuple((name, tuple(course)) for name, course in courses.items())


def _line(row: dict[str, str]) -> Line:
    return Line(
        name=row["line"],
        kind=row["kind"],
        via=tuple(row["via"].split(";")),
        weekday_min=int(row["weekday_min"]),
        weekend_min=int(row["weekend_min"]),
        first_out_s=_seconds(row["first_out"]),
        first_back_s=_seconds(row["first_back"]),
        last_s=_seconds(row["last"]),
    )


def _seconds(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60
