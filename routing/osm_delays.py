"""What a minibus loses at things that stand on the road: signals, level crossings, signs, gates.

A delay is counted when the node is passed. Signs, and signals that are drawn for one direction, stand where both
directions pass: half of what they cost is counted in each.

================  ========  ==============================================================================
kind              seconds   source
================  ========  ==============================================================================
signals           10        border between levels of service A and B of signalled junctions (HCM 2000)
level_crossing    8         assumption: slowing down each time, waiting for a train now and then
stop              6         assumption: braking, looking and starting again
give_way          3         assumption: slowing down, sometimes waiting
crossing          1         assumption: zebra crossings only; elsewhere the road has priority
mini_roundabout   3         assumption: slowing down
calming           3         assumption: a hump or chicane between stretches at 30 km/h
gate              30        assumption: a gate, chain or lift gate that we may open and close
equal_junction    2         assumption: priority to the right where three lesser streets or more meet
================  ========  ==============================================================================
"""

from collections.abc import Mapping

from routing.osm_access import GATES

Tags = Mapping[str, str]

DELAY_S: Mapping[str, float] = {
    "signals": 10,
    "level_crossing": 8,
    "stop": 6,
    "give_way": 3,
    "crossing": 1,
    "mini_roundabout": 3,
    "calming": 3,
    "gate": 30,
    "equal_junction": 2,
}
"""Seconds of each kind."""

DELAY_KEYS = ("highway", "railway", "traffic_calming", "barrier")
"""A node with none of these keys delays nobody."""

_SIGNS = frozenset({"stop", "give_way"})
_ZEBRA = frozenset({"zebra", "marked"})
_NO_CALMING = frozenset({"no", "island", "rumble_strip", "table_ahead"})


def delay_at(tags: Tags, delays_s: Mapping[str, float]) -> float:
    """Seconds that a node costs who passes it, by a table with the keys of :data:`DELAY_S`."""
    highway = tags.get("highway", "")
    if highway == "traffic_signals" or (highway == "crossing" and tags.get("crossing") == "traffic_signals"):
        return delays_s["signals"] * (0.5 if _is_for_one_direction(tags) else 1.0)
    found = [0.0]
    if highway in _SIGNS:
        found.append(delays_s[highway] * (1.0 if tags.get("stop") == "all" else 0.5))
    if highway == "mini_roundabout":
        found.append(delays_s["mini_roundabout"])
    if highway == "crossing" and (tags.get("crossing") in _ZEBRA or tags.get("crossing_ref") == "zebra"):
        found.append(delays_s["crossing"])
    if tags.get("railway") == "level_crossing":
        found.append(delays_s["level_crossing"])
    if tags.get("traffic_calming", "no") not in _NO_CALMING:
        found.append(delays_s["calming"])
    if tags.get("barrier") in GATES and tags.get("open") != "yes":
        found.append(delays_s["gate"])
    return max(found)


def _is_for_one_direction(tags: Tags) -> bool:
    return tags.get("traffic_signals:direction") in {"forward", "backward"} or tags.get("direction") in {
        "forward",
        "backward",
    }
