"""Which OpenStreetMap ways a public minibus may drive, and in which direction.

The minibus is a vehicle of scheduled transport in the sense of the tags ``psv`` and ``bus``: where these say more than
``motor_vehicle`` or ``access``, they decide. It is up to 3.0 m high, 2.3 m wide and 5.5 t heavy.

Where tags leave a question open, the careful answer is given: an access tag whose value is not understood closes the
way, an unmarked gate closes a service road or a track but not a public road, a locked one every road, and a ferry must
be said to take vehicles. Conditional tags (times of day, permits, seasons) are not followed; those that would close a
road at times are counted, so that a report can say how many there are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from routing.osm_values import read_metres, read_tonnes

Tags = Mapping[str, str]

MINIBUS_HEIGHT_M = 3.0
MINIBUS_WIDTH_M = 2.3
MINIBUS_WEIGHT_T = 5.5

ROAD_CLASSES = (
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "road",
    "busway",
    "service",
    "track",
    "pedestrian",
)
"""The values of ``highway`` that are roads for us; a pedestrian street only where buses are let in."""

FERRY_CLASS = "ferry"
"""The class of ferries, which have no ``highway`` of their own."""

_BUSES_ONLY = frozenset({"pedestrian"})
_LESSER = frozenset({"service", "track"})
_PAVED = frozenset({"asphalt", "concrete", "concrete:lanes", "concrete:plates", "paved", "paving_stones"})
_GOOD_TRACKS = frozenset({"grade1", "grade2"})
_CLOSED_SERVICES = frozenset({"emergency_access", "drive-through", "slipway", "parking_aisle"})

_ACCESS_KEYS = ("access", "vehicle", "motor_vehicle", "psv", "bus", "minibus")
"""From the general to the special: the last one that a way has decides."""

_OPEN = frozenset({"yes", "permissive", "designated", "official", "public", "psv", "bus", "unknown"})
_DESTINATION = frozenset({"destination", "customers", "residents"})
_SOLID_BARRIERS = frozenset(
    {
        *("block", "bollard", "bus_trap", "cycle_barrier", "motorcycle_barrier", "planter", "jersey_barrier", "spikes"),
        *("debris", "ditch", "fence", "hedge", "log", "rock", "rope", "stone", "tank_trap", "wall", "yes"),
        *("stile", "horse_stile", "kissing_gate", "turnstile", "full-height_turnstile"),
    }
)
GATES = frozenset(
    {"chain", "gate", "hampshire_gate", "lift_gate", "sliding_beam", "sliding_gate", "swing_gate", "wicket_gate"}
)
"""Barriers that can be opened."""

_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0"})
_BACK = frozenset({"-1", "reverse"})
_ROUND = frozenset({"roundabout", "circular"})
_ONEWAY_FOR_US = ("oneway:bus", "oneway:psv", "oneway:motor_vehicle")
_CONTRAFLOW = frozenset({"opposite", "opposite_lane"})
_BUS_LANES_BACK = ("lanes:psv:backward", "lanes:bus:backward")
_NOT_BUILT = frozenset({"construction", "proposed", "planned", "abandoned", "disused", "razed"})
_FERRY_KEYS = ("vehicle", "motor_vehicle", "motorcar", "psv", "bus", "minibus")
"""A ferry that none of these opens is for people on foot."""

_CLOSING = re.compile(r"^\s*(no|private|agricultural|forestry|delivery)\s*@")


class Passage(IntEnum):
    """Whether a direction of a way may be driven; ``DESTINATION`` is for reaching what lies on it."""

    CLOSED = 0
    DESTINATION = 1
    OPEN = 2


class Dropped(StrEnum):
    """Why a way with a ``highway`` tag is no road for us; the value is how a report says it."""

    NOT_FOR_VEHICLES = "foot, cycle and other ways without motor traffic"
    CLOSED = "closed to us by access tags"
    ROUGH_TRACK = "tracks rougher than grade 2 or of unknown surface"
    MINOR_SERVICE = "parking aisles, emergency access and drive-throughs"
    AREA = "squares drawn as areas"
    TOO_SMALL = "too low, narrow or weak for a minibus"
    REVERSIBLE = "lanes whose direction changes by the hour"
    NOT_BUILT = "not built yet, or out of use"
    FERRY = "ferries that are not said to take vehicles"
    INCOMPLETE = "without at least two nodes in the file"


class Barrier(IntEnum):
    """A barrier at a node: ``GATE`` closes service roads and tracks only."""

    NONE = 0
    GATE = 1
    SOLID = 2


@dataclass(frozen=True, slots=True)
class Directions:
    """What is allowed along a way and against it."""

    forward: Passage
    backward: Passage


def read_class(tags: Tags) -> str:
    """The class of a way: its ``highway``, or that of ferries, or empty."""
    return tags.get("highway", "") or (FERRY_CLASS if tags.get("route") == FERRY_CLASS else "")


def is_closed_at_times(tags: Tags) -> bool:
    """Whether a condition (a time of day, a season) would close the way to us."""
    return any(_CLOSING.match(tags.get(f"{key}:conditional", "")) for key in _ACCESS_KEYS)


def read_directions(tags: Tags) -> Directions | Dropped:
    """What a minibus may do on a way, or why it may do nothing."""
    reason = _find_reason_to_drop(tags)
    if reason is not None:
        return reason
    forward, backward = (_passage(tags, suffix) for suffix in (":forward", ":backward"))
    along, against = _oneway(tags)
    allowed = Directions(forward if along else Passage.CLOSED, backward if against else Passage.CLOSED)
    if allowed.forward or allowed.backward:
        return allowed
    return Dropped.REVERSIBLE if tags.get("oneway") == "reversible" else Dropped.CLOSED


def read_barrier(tags: Tags) -> Barrier:
    """What stands at a node. Access tags of the node decide; without them it is the kind that does."""
    kind = tags.get("barrier", "no")
    if kind == "height_restrictor":
        return Barrier.SOLID if _is_too_small({"maxheight": "0", **tags}) else Barrier.NONE
    if kind not in _SOLID_BARRIERS and kind not in GATES:
        return Barrier.NONE
    if any(key in tags for key in _ACCESS_KEYS):
        return Barrier.NONE if _passage(tags) else Barrier.SOLID
    return Barrier.GATE if kind in GATES and tags.get("locked") != "yes" else Barrier.SOLID


def is_blocked(barrier: Barrier, road_class: str) -> bool:
    """Whether a barrier at a node ends a road of a class there."""
    return barrier is Barrier.SOLID or (barrier is Barrier.GATE and road_class in _LESSER)


def _find_reason_to_drop(tags: Tags) -> Dropped | None:
    road_class = read_class(tags)
    if road_class == FERRY_CLASS:
        return None if any(tags.get(key) in _OPEN for key in _FERRY_KEYS) else Dropped.FERRY
    if road_class not in ROAD_CLASSES or (road_class in _BUSES_ONLY and not _names_buses(tags)):
        return Dropped.NOT_BUILT if road_class in _NOT_BUILT else Dropped.NOT_FOR_VEHICLES
    if tags.get("area") == "yes":
        return Dropped.AREA
    if road_class == "track" and not _is_good_track(tags):
        return Dropped.ROUGH_TRACK
    if road_class == "service" and tags.get("service") in _CLOSED_SERVICES and not _names_buses(tags):
        return Dropped.MINOR_SERVICE
    return Dropped.TOO_SMALL if _is_too_small(tags) else None


def _names_buses(tags: Tags) -> bool:
    return any(tags.get(key) in {"yes", "designated"} for key in ("psv", "bus", "minibus"))


def _is_good_track(tags: Tags) -> bool:
    if "tracktype" in tags:
        return tags["tracktype"] in _GOOD_TRACKS
    return tags.get("surface") in _PAVED


def _is_too_small(tags: Tags) -> bool:
    height_m, width_m = read_metres(tags.get("maxheight", "")), read_metres(tags.get("maxwidth", ""))
    weight_t = read_tonnes(tags.get("maxweight", ""))
    return (
        (height_m is not None and height_m < MINIBUS_HEIGHT_M)
        or (width_m is not None and width_m < MINIBUS_WIDTH_M)
        or (weight_t is not None and weight_t < MINIBUS_WEIGHT_T)
    )


def _passage(tags: Tags, suffix: str = "") -> Passage:
    """Passage by the most special access tag; a tag for one direction is more special than the one for both."""
    for key in reversed(_ACCESS_KEYS):
        value = (tags.get(key + suffix) if suffix else None) or tags.get(key)
        if value is not None:
            return _read_access(value)
    return Passage.OPEN


def _read_access(text: str) -> Passage:
    values = {value.strip() for value in text.split(";")}
    if values & _OPEN:
        return Passage.OPEN
    return Passage.DESTINATION if values & _DESTINATION else Passage.CLOSED


def _oneway(tags: Tags) -> tuple[bool, bool]:
    """Whether the way may be driven along and against its direction."""
    value = next((tags[key] for key in _ONEWAY_FOR_US if key in tags), tags.get("oneway", ""))
    if value == "reversible":
        return False, False
    if value in _BACK:
        return False, True
    is_implied = tags.get("junction") in _ROUND or tags.get("highway") == "motorway"
    if value in _YES or (is_implied and value not in _NO):
        return True, _has_contraflow(tags)
    return True, True


def _has_contraflow(tags: Tags) -> bool:
    """A bus lane against a one-way street."""
    if any(tags.get(key, "0") not in {"0", "no"} for key in _BUS_LANES_BACK):
        return True
    return any(tags.get(key) in _CONTRAFLOW for key in ("busway", "busway:left", "busway:right", "busway:both"))
