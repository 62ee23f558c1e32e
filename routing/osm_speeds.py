"""How fast a minibus drives on an OpenStreetMap way.

Three speeds are looked up in a :class:`SpeedTable`, and the lowest counts:

1. ``driven_share`` of the legal limit: ``maxspeed`` (per direction, in km/h, mph or knots), else ``maxspeed:type``,
   ``source:maxspeed``, ``zone:maxspeed`` (``DE:urban``, ``DE:zone30`` …), else the urban limit where lamps or
   pavements show a built-up area. German limits are the general ones of § 3 StVO (50 and 100 km/h) and walking pace
   in living streets (sign 325.1).
2. What the class of road allows, narrow places counted in. A road without any speed tag keeps to the lower, cautious
   value, because one does not see where its villages are; where the file draws built-up areas, it keeps to the urban
   limit within and to the third value outside them.
3. What its surface allows, smoothness and tracktype (grade 2: 20 km/h) included.

==============  ============  ==============  ==================
class           km/h, limit   km/h, without   and seen to lie in
                is known      any speed tag   the open country
==============  ============  ==============  ==================
motorway        100           100             100
trunk           90            80              90
primary         85            70              80
secondary       85            65              75
tertiary        75            55              65
unclassified    60            40              45
residential     40            25              25
living_street   7             7               7
road            40            30              30
busway          40            30              30
service         15            15              15
track           30            30              30
pedestrian      7             7               7
==============  ============  ==============  ==================

Links (ramps) drive 60 % of their class. Ways "for destination only" are entered at half the speed, so that nobody is
driven through them to save a moment. A ferry takes its ``duration``, else its length at 10 km/h, and half the time
between two departures (``interval``), else ten minutes of waiting. Bends (:mod:`routing.osm_curves`) and what stands
on the road (:mod:`routing.osm_delays`) are counted besides.

The order of magnitude of the columns and the surfaces follow the car profile of OSRM
(https://github.com/Project-OSRM/osrm-backend, ``profiles/car.lua``: 80 % of the limit; without one 65 km/h on primary,
55 on secondary, 40 on tertiary, 25 on unclassified and residential roads); the values for untagged roads outside towns
are higher, because in rural Germany these are legally roads for 100 km/h. They are assumptions to be
calibrated against the vehicles' recorded runs, not measurements: a district's ``speeds.toml`` replaces any of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from routing.graph import RoadGraph, ShortFloats
from routing.osm_delays import DELAY_S
from routing.osm_values import read_duration

Tags = Mapping[str, str]


class ClassSpeed(NamedTuple):
    """Highest km/h of a class of road.

    Parameters
    ----------
    known_kmh
        Where its limit is known.
    unknown_kmh
        Where nothing is known.
    open_kmh
        Where no speed is tagged, but the file shows that no built-up area is there.
    """

    known_kmh: float
    unknown_kmh: float
    open_kmh: float


CLASS_KMH: Mapping[str, ClassSpeed] = {
    "motorway": ClassSpeed(100, 100, 100),
    "trunk": ClassSpeed(90, 80, 90),
    "primary": ClassSpeed(85, 70, 80),
    "secondary": ClassSpeed(85, 65, 75),
    "tertiary": ClassSpeed(75, 55, 65),
    "unclassified": ClassSpeed(60, 40, 45),
    "residential": ClassSpeed(40, 25, 25),
    "living_street": ClassSpeed(7, 7, 7),
    "road": ClassSpeed(40, 30, 30),
    "busway": ClassSpeed(40, 30, 30),
    "service": ClassSpeed(15, 15, 15),
    "track": ClassSpeed(30, 30, 30),
    "pedestrian": ClassSpeed(7, 7, 7),
}
"""The classes of road and their speeds; links count as their class."""

SURFACE_KMH: Mapping[str, float] = {
    "paving_stones": 60,
    "concrete:plates": 60,
    "metal": 60,
    "bricks": 50,
    "concrete:lanes": 40,
    "compacted": 40,
    "sett": 40,
    "fine_gravel": 30,
    "gravel": 30,
    "unpaved": 30,
    "cobblestone": 30,
    "unhewn_cobblestone": 20,
    "pebblestone": 20,
    "wood": 20,
    "grass_paver": 20,
    "ground": 15,
    "dirt": 15,
    "earth": 15,
    "clay": 15,
    "grass": 10,
    "sand": 10,
    "mud": 5,
}
SMOOTHNESS_KMH: Mapping[str, float] = {"bad": 30, "very_bad": 15, "horrible": 5, "very_horrible": 5}
TRACK_KMH: Mapping[str, float] = {"grade1": 30, "grade2": 20}

_WALK: Final = frozenset({"walk", "living_street", "pedestrian_zone"})
_NO_LIMIT: Final = frozenset({"none", "trunk", "motorway"})
_BICYCLE_ROAD_KMH = 30.0


@dataclass(frozen=True, slots=True)
class Period:
    """A time of day at which roads are slower or faster.

    Parameters
    ----------
    days
        Kinds of day in the caller's words (``weekday``); empty: every day.
    from_s, to_s
        Seconds of the service day, half-open.
    factor
        What durations are multiplied by: 1.2 is a fifth longer.
    class_factors
        The same for some classes of road, their links included.
    """

    name: str
    days: frozenset[str]
    from_s: int
    to_s: int
    factor: float = 1.0
    class_factors: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name or not 0 <= self.from_s < self.to_s:
            msg = "a period has a name, and begins before it ends"
            raise ValueError(msg)
        if not all(factor > 0 for factor in (self.factor, *self.class_factors.values())):
            msg = f"factors of period {self.name!r} must be greater than 0"
            raise ValueError(msg)
        _check_names("class_factors", self.class_factors, CLASS_KMH)


@dataclass(frozen=True, slots=True)
class SpeedTable:
    """Everything that decides how long roads take; a district may calibrate each value.

    Parameters
    ----------
    driven_share
        Share of the legal limit that is driven on average between two junctions.
    fastest_kmh
        Nobody is driven faster, even where there is no limit.
    lateral_m_s2
        Acceleration to the side that riders bear in bends; 0: bends slow nobody.
    urban_kmh, rural_kmh, walk_kmh
        The legal limits that words in tags stand for.
    ferry_kmh, ferry_wait_s
        Of ferries whose tags tell neither duration nor interval.
    classes, surfaces, smoothness, tracktypes
        Highest km/h.
    delays_s
        What things on the road cost who passes them; keys as in :data:`routing.osm_delays.DELAY_S`.
    """

    driven_share: float = 0.85
    fastest_kmh: float = 100.0
    link_share: float = 0.6
    destination_share: float = 0.5
    lateral_m_s2: float = 2.0
    urban_kmh: float = 50.0
    rural_kmh: float = 100.0
    walk_kmh: float = 7.0
    ferry_kmh: float = 10.0
    ferry_wait_s: float = 600.0
    classes: Mapping[str, ClassSpeed] = field(default_factory=lambda: CLASS_KMH)
    surfaces: Mapping[str, float] = field(default_factory=lambda: SURFACE_KMH)
    smoothness: Mapping[str, float] = field(default_factory=lambda: SMOOTHNESS_KMH)
    tracktypes: Mapping[str, float] = field(default_factory=lambda: TRACK_KMH)
    delays_s: Mapping[str, float] = field(default_factory=lambda: DELAY_S)
    periods: tuple[Period, ...] = ()

    def __post_init__(self) -> None:
        positive = (self.driven_share, self.fastest_kmh, self.link_share, self.destination_share, self.urban_kmh)
        speeds = (self.rural_kmh, self.walk_kmh, self.ferry_kmh, *(v for c in self.classes.values() for v in c))
        tables = (*self.surfaces.values(), *self.smoothness.values(), *self.tracktypes.values())
        if not all(value > 0 for value in (*positive, *speeds, *tables)):
            msg = "speeds and shares must be greater than 0"
            raise ValueError(msg)
        if not all(value >= 0 for value in (self.lateral_m_s2, self.ferry_wait_s, *self.delays_s.values())):
            msg = "lateral_m_s2, ferry_wait_s and delays must not be negative"
            raise ValueError(msg)
        if set(self.classes) != set(CLASS_KMH) or set(self.delays_s) != set(DELAY_S):
            msg = "classes and delays_s must have the keys of CLASS_KMH and DELAY_S"
            raise ValueError(msg)

    def get_period(self, name: str) -> Period:
        """The period of that name.

        Raises
        ------
        ValueError
            There is none.
        """
        for period in self.periods:
            if period.name == name:
                return period
        known = ", ".join(period.name for period in self.periods) or "none"
        msg = f"there is no period {name!r}; known are: {known}"
        raise ValueError(msg)


def _check_names(what: str, given: Mapping[str, float], known: Mapping[str, object]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        msg = f"{what} has unknown names: {', '.join(unknown)}"
        raise ValueError(msg)


DEFAULT_SPEEDS: Final = SpeedTable()
"""The table above, for districts that calibrate nothing."""


def durations_in(graph: RoadGraph, table: SpeedTable, period: str) -> ShortFloats:
    """How long each edge takes in a period of the table: a copy of ``edge_duration_s``, multiplied.

    Ferries keep their times.

    Raises
    ------
    ValueError
        The table has no such period.
    """
    chosen = table.get_period(period)
    of_class = [_factor(chosen, road_class) for road_class in graph.classes]
    durations_s: ShortFloats = graph.edge_duration_s * np.array(of_class, dtype=np.float32)[graph.edge_class]
    return durations_s


def _factor(period: Period, road_class: str) -> float:
    if road_class == "ferry":
        return 1.0
    return period.class_factors.get(road_class.removesuffix("_link"), period.factor)


_LIMIT_TYPES = ("maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic")
_LIMIT_PATTERN = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$")
_KMH_OF: Mapping[str, float] = {"mph": 1.609344, "knots": 1.852}


class Driven(NamedTuple):
    """Speeds on a way in one direction; all the same where a tag tells the limit.

    Parameters
    ----------
    kmh
        Where the file does not show what is built up.
    open_kmh, built_up_kmh
        Outside of built-up areas, and within them.
    """

    kmh: float
    open_kmh: float
    built_up_kmh: float


def driven_kmh(tags: Tags, suffix: str, table: SpeedTable = DEFAULT_SPEEDS) -> Driven:
    """Speeds on a way in one direction (``":forward"`` or ``":backward"``)."""
    road_class = tags.get("highway", "road")
    speeds = table.classes[road_class.removesuffix("_link")]
    highest_kmh = table.fastest_kmh
    if road_class.endswith("_link"):
        highest_kmh = min(highest_kmh, speeds.known_kmh * table.link_share)
    for values, key in ((table.surfaces, "surface"), (table.smoothness, "smoothness"), (table.tracktypes, "tracktype")):
        if tags.get(key) in values:
            highest_kmh = min(highest_kmh, values[tags[key]])
    limit_kmh = _find_limit(tags, suffix, table)
    if limit_kmh is not None:
        kmh = min(highest_kmh, speeds.known_kmh, table.driven_share * limit_kmh)
        return Driven(kmh, kmh, kmh)
    unknown_kmh = min(highest_kmh, speeds.unknown_kmh)
    return Driven(
        unknown_kmh, min(highest_kmh, speeds.open_kmh), min(unknown_kmh, table.driven_share * table.urban_kmh)
    )


def ferry_kmh(tags: Tags, length_m: float, table: SpeedTable = DEFAULT_SPEEDS) -> float:
    """Speed of a ferry on a way of that length, the waiting for it counted in."""
    duration_s = read_duration(tags.get("duration", ""))
    interval_s = read_duration(tags.get("interval", ""))
    sails_s = length_m / table.ferry_kmh * 3.6 if duration_s is None else duration_s
    waits_s = table.ferry_wait_s if interval_s is None else interval_s / 2
    return length_m / max(sails_s + waits_s, 1.0) * 3.6


def _find_limit(tags: Tags, suffix: str, table: SpeedTable) -> float | None:
    """The legal limit, or None where neither a tag nor the looks of the road tell it."""
    for key in ("maxspeed:bus" + suffix, "maxspeed:bus", "maxspeed" + suffix, "maxspeed", *_LIMIT_TYPES):
        if key in tags:
            limit_kmh = read_limit(tags[key], table)
            if limit_kmh is not None:
                return limit_kmh
    return table.urban_kmh if _looks_built_up(tags) else None


def _looks_built_up(tags: Tags) -> bool:
    return tags.get("lit") in {"yes", "24/7"} or any(
        tags.get(key) in {"both", "left", "right", "yes", "separate"} for key in ("sidewalk", "sidewalk:both")
    )


def read_limit(text: str, table: SpeedTable = DEFAULT_SPEEDS) -> float | None:
    """A limit in km/h out of a speed tag; the lowest of several; None where it is no speed (``signals``, ``sign``).

    Understands ``50``, ``30 mph``, ``none``, ``walk``, ``DE:urban``, ``DE:zone30``, ``DE:zone:30``, ``DE:30``.
    """
    limits_kmh = [limit for part in text.split(";") if (limit := _read_one_limit(part, table)) is not None]
    return min(limits_kmh, default=None)


def _read_one_limit(text: str, table: SpeedTable) -> float | None:
    _, _, rule = text.strip().lower().rpartition(":")
    if rule in _WALK:
        return table.walk_kmh
    if rule in _NO_LIMIT:
        return table.fastest_kmh / table.driven_share
    word_kmh = {"urban": table.urban_kmh, "rural": table.rural_kmh, "bicycle_road": _BICYCLE_ROAD_KMH}.get(rule)
    if word_kmh is not None:
        return word_kmh
    found = _LIMIT_PATTERN.match(rule.removeprefix("zone"))
    if found is None or float(found[1]) == 0:
        return None
    return float(found[1]) * _KMH_OF.get(found[2], 1.0)
