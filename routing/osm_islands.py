"""What cannot be reached from the main part of the roads, or not left again: found, named and left out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from routing.graph import Ints, lengths_m, strong_components
from routing.osm_pieces import Pieces, WayParts

NAMED_ISLANDS = 10
"""So many of the longest are named."""

_NEAR_M = 5_000.0
"""A place farther away says nothing about where an island is."""


class Cause(StrEnum):
    """Why a part is left out; the value is how a report says it."""

    APART = "no road leads there"
    NO_WAY_BACK = "one can drive there, but not back"
    NO_WAY_THERE = "one can drive away from there, but not there"


@dataclass(frozen=True, slots=True)
class Island:
    """A part of the roads that was left out.

    Parameters
    ----------
    street
        The longest of its named streets; empty where none has a name.
    place
        The nearest place that the file names; empty where none is near.
    lon, lat
        One of its points.
    """

    street: str
    place: str
    length_m: float
    cause: Cause
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Islands:
    """All that was left out, and the longest parts of it."""

    count: int = 0
    length_m: float = 0.0
    largest: tuple[Island, ...] = ()


PlaceName = tuple[str, float, float]
"""A name, lon, lat."""


def keep_largest_part(parts: WayParts, pieces: Pieces, places: Sequence[PlaceName]) -> tuple[Pieces, Islands]:
    """The longest part within which everything can be reached from everything, and the rest.

    Where there is no such part at all, everything is kept.
    """
    forward, backward = pieces.forward_opens, pieces.backward_opens
    tails = np.concatenate((pieces.tail[forward], pieces.head[backward]))
    heads = np.concatenate((pieces.head[forward], pieces.tail[backward]))
    node_count = int(max(pieces.tail.max(), pieces.head.max())) + 1
    count, component = strong_components(tails, heads, node_count)
    of_tail, of_head = component[pieces.tail], component[pieces.head]
    inside = of_tail == of_head
    length_m = np.bincount(of_tail[inside], weights=pieces.length_m[inside], minlength=count)
    is_main = component == int(length_m.argmax())
    chosen = is_main[pieces.tail] & is_main[pieces.head]
    if not chosen.any():
        return pieces, Islands()
    return pieces.take(chosen), _find_islands(parts, pieces.take(~chosen), is_main, places)


def _find_islands(parts: WayParts, lost: Pieces, is_main: NDArray[np.bool_], places: Sequence[PlaceName]) -> Islands:
    """What hangs together without the main part is one island."""
    if lost.tail.size == 0:
        return Islands()
    inner = np.where(is_main[lost.tail], lost.head, lost.tail)
    other = np.where(is_main[lost.head], lost.tail, lost.head)
    links = coo_array((np.ones(inner.size, np.int8), (inner, other)), shape=(is_main.size, is_main.size))
    _, label = connected_components(links, directed=False)
    _, island = np.unique(label[inner], return_inverse=True)
    length_m = np.bincount(island, weights=lost.length_m)
    longest = np.argsort(-length_m, kind="stable")[:NAMED_ISLANDS]
    largest = tuple(_describe(parts, lost, island == number, is_main, places) for number in longest)
    return Islands(length_m.size, float(length_m.sum()), largest)


def _describe(
    parts: WayParts, lost: Pieces, members: NDArray[np.bool_], is_main: NDArray[np.bool_], places: Sequence[PlaceName]
) -> Island:
    own = lost.take(members)
    streets: Counter[str] = Counter()
    for name, length_m in zip(parts.name[own.part].tolist(), own.length_m.tolist(), strict=True):
        streets[parts.names[name]] += length_m
    streets.pop("", None)
    middle = int(own.first[int(own.length_m.argmax())])
    lon, lat = float(parts.lon[middle]), float(parts.lat[middle])
    street = max(streets, key=lambda name: streets[name]) if streets else ""
    return Island(street, _nearest(places, lon, lat), float(own.length_m.sum()), _cause(own, is_main), lon, lat)


def _cause(own: Pieces, is_main: NDArray[np.bool_]) -> Cause:
    forward, backward = own.forward_opens, own.backward_opens
    from_tail, from_head = _opens(own.tail, is_main, forward, backward), _opens(own.head, is_main, backward, forward)
    if from_tail[0] or from_head[0]:
        return Cause.NO_WAY_BACK
    return Cause.NO_WAY_THERE if from_tail[1] or from_head[1] else Cause.APART


def _opens(
    ends: Ints, is_main: NDArray[np.bool_], away: NDArray[np.bool_], back: NDArray[np.bool_]
) -> tuple[bool, bool]:
    """Whether pieces lead away from the main part at these ends, and back to it."""
    at_main = is_main[ends]
    return bool((at_main & away).any()), bool((at_main & back).any())


def _nearest(places: Sequence[PlaceName], lon: float, lat: float) -> str:
    if not places:
        return ""
    names, lons, lats = zip(*places, strict=True)
    here = np.full(len(names), lon), np.full(len(names), lat)
    away_m = lengths_m(np.array(lons), np.array(lats), *here)
    nearest = int(away_m.argmin())
    return str(names[nearest]) if away_m[nearest] <= _NEAR_M else ""
