"""How fast a minibus drives on an OpenStreetMap way.

Three speeds are looked up, and the lowest counts:

1. ``DRIVEN_SHARE`` of the legal limit: ``maxspeed`` (per direction, in km/h, mph or knots), else ``maxspeed:type``,
   ``source:maxspeed``, ``zone:maxspeed`` (``DE:urban``, ``DE:zone30`` …), else 50 km/h where lamps or pavements show a
   built-up area, else what the law says for the class of road. German limits are the general ones of § 3 StVO (50 and
   100 km/h) and walking pace in living streets (sign 325.1).
2. What the class of road allows, curves and narrow places counted in (:data:`CLASS_KMH`). A road without any speed tag
   keeps to the lower, cautious value beside it, because one does not see where its villages are.
3. What its surface allows (:data:`SURFACE_KMH`), smoothness and tracktype (grade 2: 20 km/h) included.

==============  ============  ==============
class           km/h, limit   km/h, without
                is known      any speed tag
==============  ============  ==============
motorway        100           100
trunk           90            80
primary         85            70
secondary       85            65
tertiary        75            55
unclassified    60            40
residential     40            25
living_street   7             7
road            40            30
busway          40            30
service         15            15
track           30            30
pedestrian      7             7
==============  ============  ==============

Links (ramps) drive 60 % of their class. Ways "for destination only" are entered at half the speed, so that nobody is
driven through them to save a moment.

The order of magnitude of both columns and the surfaces follow the car profile of OSRM
(https://github.com/Project-OSRM/osrm-backend, ``profiles/car.lua``: 80 % of the limit; without one 65 km/h on primary,
55 on secondary, 40 on tertiary, 25 on unclassified and residential roads); the values for untagged roads outside towns
are higher, because in rural Germany these are legally roads for 100 km/h. They are assumptions to be
calibrated against the vehicles' recorded runs, not measurements. Neither traffic nor waiting at junctions is counted.
"""

import re
from collections.abc import Mapping

Tags = Mapping[str, str]

DRIVEN_SHARE = 0.85
"""Share of the legal limit that is driven on average between two junctions."""

FASTEST_KMH = 100.0
"""Nobody is driven faster, even where there is no limit."""

CLASS_KMH: Mapping[str, tuple[float, float]] = {
    "motorway": (100, 100),
    "trunk": (90, 80),
    "primary": (85, 70),
    "secondary": (85, 65),
    "tertiary": (75, 55),
    "unclassified": (60, 40),
    "residential": (40, 25),
    "living_street": (7, 7),
    "road": (40, 30),
    "busway": (40, 30),
    "service": (15, 15),
    "track": (30, 30),
    "pedestrian": (7, 7),
}
"""Highest km/h of a class: where its limit is known, and where nothing is known."""

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
_SMOOTHNESS_KMH: Mapping[str, float] = {"bad": 30, "very_bad": 15, "horrible": 5, "very_horrible": 5}
_TRACK_KMH: Mapping[str, float] = {"grade1": 30, "grade2": 20}

LINK_SHARE = 0.6
DESTINATION_SHARE = 0.5

_WALK_KMH = 7.0
_URBAN_KMH = 50.0
_RURAL_KMH = 100.0
_LIMIT_WORDS: Mapping[str, float] = {
    "none": FASTEST_KMH / DRIVEN_SHARE,
    "walk": _WALK_KMH,
    "living_street": _WALK_KMH,
    "pedestrian_zone": _WALK_KMH,
    "urban": _URBAN_KMH,
    "rural": _RURAL_KMH,
    "trunk": FASTEST_KMH / DRIVEN_SHARE,
    "motorway": FASTEST_KMH / DRIVEN_SHARE,
    "bicycle_road": 30.0,
}
_LIMIT_TYPES = ("maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic")
_LIMIT_PATTERN = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$")
_KMH_OF: Mapping[str, float] = {"mph": 1.609344, "knots": 1.852}
_SIZE_PATTERN = re.compile(r"(\d+(?:[.,]\d+)?)\s*(m|t)?$")
_FEET_PATTERN = re.compile(r"(\d+)'(?:\s*(\d+)\")?$")


def driven_kmh(tags: Tags, suffix: str) -> float:
    """Speed on a way in one direction (``":forward"`` or ``":backward"``)."""
    road_class = tags.get("highway", "road")
    known_kmh, unknown_kmh = CLASS_KMH[road_class.removesuffix("_link")]
    limit_kmh = _find_limit(tags, suffix)
    speeds_kmh = [FASTEST_KMH, unknown_kmh if limit_kmh is None else min(known_kmh, DRIVEN_SHARE * limit_kmh)]
    if road_class.endswith("_link"):
        speeds_kmh.append(known_kmh * LINK_SHARE)
    for table, key in ((SURFACE_KMH, "surface"), (_SMOOTHNESS_KMH, "smoothness"), (_TRACK_KMH, "tracktype")):
        if tags.get(key) in table:
            speeds_kmh.append(table[tags[key]])
    return min(speeds_kmh)


def _find_limit(tags: Tags, suffix: str) -> float | None:
    """The legal limit, or None where neither a tag nor the looks of the road tell it."""
    for key in ("maxspeed:bus" + suffix, "maxspeed:bus", "maxspeed" + suffix, "maxspeed", *_LIMIT_TYPES):
        if key in tags:
            limit_kmh = read_limit(tags[key])
            if limit_kmh is not None:
                return limit_kmh
    return _URBAN_KMH if _looks_built_up(tags) else None


def _looks_built_up(tags: Tags) -> bool:
    return tags.get("lit") in {"yes", "24/7"} or any(
        tags.get(key) in {"both", "left", "right", "yes", "separate"} for key in ("sidewalk", "sidewalk:both")
    )


def read_limit(text: str) -> float | None:
    """A limit in km/h out of a speed tag; the lowest of several; None where it is no speed (``signals``, ``sign``).

    Understands ``50``, ``30 mph``, ``none``, ``walk``, ``DE:urban``, ``DE:zone30``, ``DE:zone:30``, ``DE:30``.
    """
    limits_kmh = [limit for limit in map(_read_one_limit, text.split(";")) if limit is not None]
    return min(limits_kmh, default=None)


def _read_one_limit(text: str) -> float | None:
    word = text.strip().lower()
    _, _, rule = word.rpartition(":")
    if rule in _LIMIT_WORDS:
        return _LIMIT_WORDS[rule]
    found = _LIMIT_PATTERN.match(rule.removeprefix("zone"))
    if found is None or float(found[1]) == 0:
        return None
    return float(found[1]) * _KMH_OF.get(found[2], 1.0)


def read_metres(text: str) -> float | None:
    """A length in metres out of a tag such as ``2.8``, ``2,8 m`` or ``9'6"``; None where it is none."""
    feet = _FEET_PATTERN.match(text.strip())
    if feet is not None:
        return int(feet[1]) * 0.3048 + int(feet[2] or 0) * 0.0254
    return _read_size(text, "m")


def read_tonnes(text: str) -> float | None:
    """A weight in tonnes out of a tag such as ``3.5`` or ``3,5 t``; None where it is none."""
    return _read_size(text, "t")


def _read_size(text: str, unit: str) -> float | None:
    found = _SIZE_PATTERN.match(text.strip())
    return float(found[1].replace(",", ".")) if found is not None and found[2] in {None, unit} else None
