"""Which stops one can change between on foot, and how long it takes."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from gtfs.geometry import EARTH_RADIUS_M, distances_m, unit_vectors

MAX_WALK_M = 200
"""Stops at most so far apart in a straight line are within walking distance, whatever the feed says."""
DETOUR_FACTOR = 1.3
"""How much longer a way on foot is than the straight line."""
WALK_M_PER_S = 1.2
"""A person with luggage or a walking frame; others are faster."""
NOT_GIVEN = -1

_TIMED, _MIN_TIME, _IMPOSSIBLE = 1, 2, 3

FootpathLists = tuple[tuple[tuple[int, int], ...], ...]
"""For every stop, the stops one gets to (or, reversed, comes from) and the seconds it takes, quickest first."""


@dataclass(frozen=True, slots=True)
class TransferRule:
    """A row of transfers.txt with stops by their index; ``min_transfer_s`` is ``NOT_GIVEN`` when the feed is silent."""

    from_stop: int
    to_stop: int
    transfer_type: int
    min_transfer_s: int = NOT_GIVEN


@dataclass(frozen=True, eq=False)
class Footpaths:
    """Ways on foot between stops, and staying at a stop, as parallel arrays, ``int32``.

    Parameters
    ----------
    stop_count
        How many stops there are.
    from_stop, to_stop
        Indices of stops; equal for a change at one stop.
    walk_s
        How long the walk takes.
    change_s
        What the feed says a change from line to line needs, the walk included, or ``NOT_GIVEN``.
    """

    stop_count: int
    from_stop: npt.NDArray[np.int32]
    to_stop: npt.NDArray[np.int32]
    walk_s: npt.NDArray[np.int32]
    change_s: npt.NDArray[np.int32]

    @cached_property
    def walks(self) -> Callable[[bool], FootpathLists]:
        """Walks to *other* stops, or with ``True`` from them."""
        return lru_cache(maxsize=2)(self._walks)

    @cached_property
    def changes(self) -> Callable[[int, bool], FootpathLists]:
        """Changes from line to line with the seconds they need, given the least time for a change.

        Where the feed names a time, it is kept, but never less than the least time; elsewhere the least time comes on
        top of the walk. With ``True`` as second argument, the stops are those one comes from.
        """
        return lru_cache(maxsize=8)(self._changes)

    def _walks(self, is_reversed: bool) -> FootpathLists:  # noqa: FBT001 - reached through lru_cache only
        is_walk = self.from_stop != self.to_stop
        return self._lists(self.from_stop[is_walk], self.to_stop[is_walk], self.walk_s[is_walk], is_reversed)

    def _changes(self, min_change_s: int, is_reversed: bool) -> FootpathLists:  # noqa: FBT001 - as above
        given = np.maximum(self.change_s, min_change_s)
        need_s = np.where(self.change_s == NOT_GIVEN, self.walk_s + min_change_s, given)
        return self._lists(self.from_stop, self.to_stop, need_s, is_reversed)

    def _lists(
        self,
        from_stop: npt.NDArray[np.int32],
        to_stop: npt.NDArray[np.int32],
        seconds: npt.NDArray[np.int32],
        is_reversed: bool,  # noqa: FBT001 - as above
    ) -> FootpathLists:
        lists: list[list[tuple[int, int]]] = [[] for _ in range(self.stop_count)]
        ends = (to_stop, from_stop) if is_reversed else (from_stop, to_stop)
        for i in np.argsort(seconds, kind="stable"):
            lists[ends[0][i]].append((int(ends[1][i]), int(seconds[i])))
        return tuple(map(tuple, lists))

    @cached_property
    def walk_by_pair(self) -> dict[tuple[int, int], int]:
        """Seconds of every walk by the indices of its stops."""
        return {
            (int(a), int(b)): int(walk_s)
            for a, b, walk_s in zip(self.from_stop, self.to_stop, self.walk_s, strict=True)
        }


def find_footpaths(
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    parents: Sequence[int],
    rules: Iterable[TransferRule],
) -> Footpaths:
    """Footpaths between stops of one station, stops within ``MAX_WALK_M``, and as transfers.txt says.

    A rule for a station holds for all its stops unless there is one for the very stop.

    Parameters
    ----------
    parents
        For every stop the index of its station, or -1.
    """
    stations: dict[int, list[int]] = defaultdict(list)
    for stop, parent in enumerate(parents):
        stations[stop if parent < 0 else parent].append(stop)
    walks = _walks_between(lon, lat, _near_pairs(lon, lat) | _station_pairs(stations.values()))
    changes = dict.fromkeys(walks, NOT_GIVEN)
    expanded = [(rule, _members(rule.from_stop, stations), _members(rule.to_stop, stations)) for rule in rules]
    for rule, from_stops, to_stops in sorted(expanded, key=lambda e: -len(e[1]) * len(e[2])):
        pairs = {(a, b) for a in from_stops for b in to_stops}
        missing = _walks_between(lon, lat, pairs - walks.keys())
        for pair in pairs:
            walk_s = walks.get(pair, missing.get(pair, 0))
            _apply(rule, pair, walk_s, walks, changes)
    order = sorted(walks)
    pairs_array = np.array(order, np.int32).reshape(-1, 2)
    return Footpaths(
        stop_count=len(parents),
        from_stop=pairs_array[:, 0].copy(),
        to_stop=pairs_array[:, 1].copy(),
        walk_s=np.array([walks[pair] for pair in order], np.int32),
        change_s=np.array([changes[pair] for pair in order], np.int32),
    )


def _apply(
    rule: TransferRule,
    pair: tuple[int, int],
    walk_s: int,
    walks: dict[tuple[int, int], int],
    changes: dict[tuple[int, int], int],
) -> None:
    if rule.transfer_type == _IMPOSSIBLE:
        walks.pop(pair, None)
        changes.pop(pair, None)
        return
    walks[pair], changes[pair] = walk_s, NOT_GIVEN
    if rule.transfer_type == _TIMED:
        changes[pair] = walk_s
    elif rule.transfer_type == _MIN_TIME and rule.min_transfer_s != NOT_GIVEN:
        # Whoever published the feed knows the way better than the straight line does.
        walks[pair], changes[pair] = min(walk_s, rule.min_transfer_s), rule.min_transfer_s


def _members(stop: int, stations: dict[int, list[int]]) -> list[int]:
    return stations.get(stop, [stop])


def _station_pairs(stations: Iterable[Sequence[int]]) -> set[tuple[int, int]]:
    return {(a, b) for members in stations for a in members for b in members}


def _near_pairs(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> set[tuple[int, int]]:
    if not lon.size:
        return set()
    tree = cKDTree(unit_vectors(lon, lat))
    near = tree.query_pairs(MAX_WALK_M / EARTH_RADIUS_M, output_type="ndarray").tolist()
    return {(a, b) for a, b in near} | {(b, a) for a, b in near}


def _walks_between(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], pairs: set[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    order = sorted(pairs)
    if not order:
        return {}
    a, b = np.array(order, np.int64).T
    distances = distances_m(lon[a], lat[a], lon[b], lat[b])
    return {pair: math.ceil(m * DETOUR_FACTOR / WALK_M_PER_S) for pair, m in zip(order, distances, strict=True)}
