"""Ways cut into pieces between junctions, with the time that each direction of a piece takes."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from routing.graph import EARTH_RADIUS_M, Floats, Ints, LongInts, lengths_m
from routing.osm_curves import bends, seconds_of_steps

DWELLING_M = 100.0
"""Assumption: a road without a speed tag is built up where a residential street is as near as this."""

_DWELLINGS: Final = ("residential", "living_street")

UNKNOWN, OPEN, BUILT_UP = 0, 1, 2
"""Columns of speeds: see :class:`routing.osm_speeds.Driven`."""


@dataclass(frozen=True, eq=False, slots=True)
class WayParts:
    """Drivable stretches of ways as they stand in the file.

    Parameters
    ----------
    node_id, lon, lat
        The points of all parts one after the other. Equal ids are the same place.
    offset
        ``n + 1`` positions of the parts in these.
    forward_kmh, backward_kmh
        Shape ``(n, 3)``: the speeds of :class:`routing.osm_speeds.Driven`, 0 where that direction is closed.
    way_id, name, road_class
        For each part; ``name`` and ``road_class`` are indices into ``names`` and ``classes``.
    """

    node_id: LongInts
    lon: Floats
    lat: Floats
    offset: LongInts
    forward_kmh: Floats
    backward_kmh: Floats
    way_id: LongInts
    name: Ints
    road_class: Ints
    names: tuple[str, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Pieces:
    """Stretches between two cuts: positions ``first`` to ``last`` among the points, within one part.

    Parameters
    ----------
    tail, head
        Places: numbers of node ids in their order.
    forward_opens, backward_opens
        Which directions may be driven.
    forward_s, backward_s
        How long that takes.
    """

    first: LongInts
    last: LongInts
    tail: Ints
    head: Ints
    length_m: Floats
    forward_opens: NDArray[np.bool_]
    backward_opens: NDArray[np.bool_]
    forward_s: Floats
    backward_s: Floats
    part: Ints

    def take(self, chosen: NDArray[np.bool_]) -> "Pieces":
        """Some of them."""
        return Pieces(*(getattr(self, column.name)[chosen] for column in fields(self)))


@dataclass(frozen=True, eq=False, slots=True)
class Cut:
    """All pieces, the node id of each place, and which places must stay nodes though only two pieces meet there."""

    pieces: Pieces
    node_id: LongInts
    is_kept: NDArray[np.bool_]


def cut_at_junctions(parts: WayParts, kept_nodes: LongInts, lateral_m_s2: float) -> Cut:
    """Cut where parts meet or end, where a node is to be kept, and where a built-up area begins."""
    node_id, place, uses = np.unique(parts.node_id, return_inverse=True, return_counts=True)
    part = np.repeat(np.arange(parts.offset.size - 1), np.diff(parts.offset))
    column, is_border = _surroundings(parts, part)
    is_kept = np.isin(node_id, kept_nodes)
    is_kept[place[is_border]] = True
    is_cut = (uses[place] > 1) | is_kept[place]
    is_cut[parts.offset[:-1]] = True
    is_cut[parts.offset[1:] - 1] = True
    cuts = np.flatnonzero(is_cut)
    within = part[cuts[:-1]] == part[cuts[1:]]
    first, last = cuts[:-1][within], cuts[1:][within]
    steps = _Steps(parts, part, column, lateral_m_s2)
    pieces = Pieces(
        first,
        last,
        place[first].astype(np.int32),
        place[last].astype(np.int32),
        steps.sum(steps.length_m, first, last),
        parts.forward_kmh[part[first], UNKNOWN] > 0,
        parts.backward_kmh[part[first], UNKNOWN] > 0,
        steps.sum(steps.seconds(parts.forward_kmh), first, last),
        steps.sum(steps.seconds(parts.backward_kmh), first, last),
        part[first].astype(np.int32),
    )
    return Cut(pieces, node_id, is_kept)


class _Steps:
    """From each point to the next of the same part."""

    def __init__(self, parts: WayParts, part: LongInts, column: LongInts, lateral_m_s2: float) -> None:
        self._part, self._column = part, column
        self._within = part[1:] == part[:-1]
        away_m = lengths_m(parts.lon[:-1], parts.lat[:-1], parts.lon[1:], parts.lat[1:])
        self.length_m: Floats = np.where(self._within, away_m, 0.0)
        self._bend_kmh, self._tangent_m = bends(parts.lon, parts.lat, parts.offset, lateral_m_s2)

    def seconds(self, kmh: Floats) -> Floats:
        """How long each step takes; 0 where it is closed."""
        step_kmh = kmh[self._part[:-1], self._column]
        is_open = self._within & (step_kmh > 0)
        taken_s = seconds_of_steps(self.length_m, np.where(is_open, step_kmh, 1.0), self._bend_kmh, self._tangent_m)
        return np.where(is_open, taken_s, 0.0)

    def sum(self, values: Floats, first: LongInts, last: LongInts) -> Floats:
        """The sums from one point to another, for many pairs."""
        along = np.concatenate(([0.0], np.cumsum(values)))
        return along[last] - along[first]


def _surroundings(parts: WayParts, part: LongInts) -> tuple[LongInts, NDArray[np.bool_]]:
    """For each step the column of its speed, and for each point whether another column begins there."""
    column = np.full(part.size - 1, UNKNOWN)
    is_border = np.zeros(part.size, dtype=np.bool_)
    dwellings = [number for number, name in enumerate(parts.classes) if name in _DWELLINGS]
    is_dwelling = np.isin(parts.road_class, dwellings)[part]
    varies = (parts.forward_kmh.min(axis=1) != parts.forward_kmh.max(axis=1)) | (
        parts.backward_kmh.min(axis=1) != parts.backward_kmh.max(axis=1)
    )
    asked = np.flatnonzero(varies[part])
    if not is_dwelling.any() or asked.size == 0:
        return column, is_border
    scale = np.radians(1.0) * EARTH_RADIUS_M
    xy = np.column_stack((parts.lon * np.cos(np.radians(parts.lat.mean())), parts.lat)) * scale
    near_m, _ = KDTree(xy[is_dwelling]).query(xy[asked], distance_upper_bound=DWELLING_M)
    is_near = np.ones(part.size, dtype=np.bool_)
    is_near[asked] = np.isfinite(near_m)
    column = np.where(is_near[:-1] & is_near[1:], BUILT_UP, OPEN)
    changes = (column[1:] != column[:-1]) & (part[2:] == part[:-2])
    is_border[1:-1] = changes & varies[part[1:-1]]
    return column, is_border
