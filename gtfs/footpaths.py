"""Which stops one can change between on foot, and how long it takes."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from gtfs.geometry import EARTH_RADIUS_M, distances_m, unit_vectors
from gtfs.transfer_rules import IMPOSSIBLE, MIN_TIME, NOT_GIVEN, TIMED, TransferRule

__all__ = ["NOT_GIVEN", "Footpaths", "TransferRule", "Ways", "find_footpaths", "list_stations", "walks_s"]

MAX_WALK_M = 200
"""Stops at most so far apart in a straight line are within walking distance, whatever the feed says."""
DETOUR_FACTOR = 1.3
"""How much longer a way on foot is than the straight line."""
WALK_M_PER_S = 1.2
"""A person with luggage or a walking frame; others are faster."""


class Ways(NamedTuple):
    """For every stop, the stops one gets to (or, reversed, comes from) and the seconds it takes, quickest first.

    Parameters
    ----------
    first
        ``int64``, one entry more than stops: the ways of stop ``s`` are ``first[s]:first[s + 1]``.
    stop, seconds
        ``int32``, per way.
    """

    first: npt.NDArray[np.int64]
    stop: npt.NDArray[np.int32]
    seconds: npt.NDArray[np.int32]

    def of(self, stop: int) -> list[tuple[int, int]]:
        """The ways of one stop."""
        part = slice(int(self.first[stop]), int(self.first[stop + 1]))
        return list(zip(self.stop[part].tolist(), self.seconds[part].tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Footpaths:
    """Ways on foot between stops, and staying at a stop, as parallel arrays, ``int32``.

    Parameters
    ----------
    stop_count
        How many stops there are.
    from_stop, to_stop
        Indices of stops, sorted by both; equal for a change at one stop.
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
    def walks(self) -> Callable[[bool], Ways]:
        """Walks to *other* stops, or with ``True`` from them."""
        return lru_cache(maxsize=2)(self._walks)

    @cached_property
    def changes(self) -> Callable[[int, bool], Ways]:
        """Changes from line to line with the seconds they need, given the least time for a change.

        Where the feed names a time, it is kept, but never less than the least time; elsewhere the least time comes on
        top of the walk. With ``True`` as second argument, the stops are those one comes from.
        """
        return lru_cache(maxsize=8)(self._changes)

    def _walks(self, is_reversed: bool) -> Ways:  # noqa: FBT001 - reached through lru_cache only
        is_walk = self.from_stop != self.to_stop
        return self._ways(self.from_stop[is_walk], self.to_stop[is_walk], self.walk_s[is_walk], is_reversed)

    def _changes(self, min_change_s: int, is_reversed: bool) -> Ways:  # noqa: FBT001 - as above
        need_s = change_needs_s(self.walk_s, self.change_s, min_change_s)
        return self._ways(self.from_stop, self.to_stop, need_s, is_reversed)

    def _ways(
        self,
        from_stop: npt.NDArray[np.int32],
        to_stop: npt.NDArray[np.int32],
        seconds: npt.NDArray[np.int32],
        is_reversed: bool,  # noqa: FBT001 - as above
    ) -> Ways:
        here, there = (to_stop, from_stop) if is_reversed else (from_stop, to_stop)
        order = np.lexsort((seconds, here))
        first = np.searchsorted(here[order], np.arange(self.stop_count + 1)).astype(np.int64)
        return Ways(first, there[order].astype(np.int32), seconds[order].astype(np.int32))

    def walk_between(self, from_stop: int, to_stop: int) -> int | None:
        """Seconds of the walk between two stops, ``None`` if there is none."""
        from_stops, to_stops = self._pairs
        begin = bisect_left(from_stops, from_stop)
        after = bisect_right(from_stops, from_stop, begin)
        at = bisect_left(to_stops, to_stop, begin, after)
        return int(self.walk_s[at]) if at < after and to_stops[at] == to_stop else None

    @cached_property
    def _pairs(self) -> tuple[memoryview, memoryview]:
        """Both stops of all ways: a search from Python through views is ten times as quick as through arrays."""
        return self.from_stop.data, self.to_stop.data


def change_needs_s(
    walk_s: npt.NDArray[np.int32], change_s: npt.NDArray[np.int32], min_change_s: int
) -> npt.NDArray[np.int32]:
    """How long changes take: as the feed says, but never less than the least time; else that on top of the walk."""
    given_s = np.maximum(change_s, min_change_s)
    return np.where(change_s == NOT_GIVEN, walk_s + min_change_s, given_s).astype(np.int32)


def list_stations(parents: Sequence[int]) -> dict[int, list[int]]:
    """The stops of each station, itself included; ``parents`` has for every stop the index of its station, or -1."""
    stations: dict[int, list[int]] = defaultdict(list)
    for stop, parent in enumerate(parents):
        stations[stop if parent < 0 else parent].append(stop)
    return dict(stations)


def find_footpaths(
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    stations: Mapping[int, Sequence[int]],
    rules: Iterable[TransferRule],
    known_s: Mapping[tuple[int, int], int] = MappingProxyType({}),
) -> Footpaths:
    """Footpaths between stops of one station, stops within ``MAX_WALK_M``, and as transfers.txt says.

    A rule for a station holds for all its stops unless there is one for the very stop. Rules for single routes and
    trips make no footpath.

    Parameters
    ----------
    stations
        See :func:`list_stations`.
    known_s
        How long some walks take, by both stops; the others go along the straight line with a detour.
    """
    known = np.array([*known_s], np.int64).reshape(-1, 2)
    from_stop, to_stop = np.unique(np.concatenate([_near_pairs(lon, lat), _station_pairs(stations), known]), axis=0).T
    walk_s = walks_s(lon, lat, from_stop, to_stop)
    if known_s:
        ways = zip(from_stop.tolist(), to_stop.tolist(), walk_s.tolist(), strict=True)
        walk_s = np.array([known_s.get((a, b), seconds) for a, b, seconds in ways], np.int32)
    general = [rule for rule in rules if not rule.is_special]
    if not general:
        return _footpaths(len(lon), from_stop, to_stop, walk_s, np.full(walk_s.size, NOT_GIVEN, np.int32))
    pairs = zip(from_stop.tolist(), to_stop.tolist(), strict=True)
    walks = dict(zip(pairs, walk_s.tolist(), strict=True))
    changes = dict.fromkeys(walks, NOT_GIVEN)
    expanded = [
        (rule, stations.get(rule.from_stop, [rule.from_stop]), stations.get(rule.to_stop, [rule.to_stop]))
        for rule in general
    ]
    for rule, from_stops, to_stops in sorted(expanded, key=lambda e: -len(e[1]) * len(e[2])):
        for pair in ((a, b) for a in from_stops for b in to_stops):
            walk = walks[pair] if pair in walks else _walk_s(lon, lat, pair)
            _apply(rule, pair, walk, walks, changes)
    order = sorted(walks)
    ends = np.array(order, np.int64).reshape(-1, 2).T
    return _footpaths(len(lon), *ends, *(np.array([of[pair] for pair in order], np.int32) for of in (walks, changes)))


def walks_s(
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    from_stop: npt.NDArray[np.integer],
    to_stop: npt.NDArray[np.integer],
) -> npt.NDArray[np.int32]:
    """Seconds on foot between pairs of stops, along the straight line with a detour."""
    metres = distances_m(lon[from_stop], lat[from_stop], lon[to_stop], lat[to_stop])
    return np.ceil(metres * DETOUR_FACTOR / WALK_M_PER_S).astype(np.int32)


def _walk_s(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], pair: tuple[int, int]) -> int:
    return int(walks_s(lon, lat, np.array(pair[:1]), np.array(pair[1:]))[0])


def _footpaths(
    stop_count: int,
    from_stop: npt.NDArray[np.integer],
    to_stop: npt.NDArray[np.integer],
    walk_s: npt.NDArray[np.int32],
    change_s: npt.NDArray[np.int32],
) -> Footpaths:
    return Footpaths(stop_count, from_stop.astype(np.int32), to_stop.astype(np.int32), walk_s, change_s)


def _apply(
    rule: TransferRule,
    pair: tuple[int, int],
    walk_s: int,
    walks: dict[tuple[int, int], int],
    changes: dict[tuple[int, int], int],
) -> None:
    if rule.transfer_type == IMPOSSIBLE:
        walks.pop(pair, None)
        changes.pop(pair, None)
        return
    walks[pair], changes[pair] = walk_s, NOT_GIVEN
    if rule.transfer_type == TIMED:
        changes[pair] = walk_s
    elif rule.transfer_type == MIN_TIME and rule.min_transfer_s != NOT_GIVEN:
        # Whoever published the feed knows the way better than the straight line does.
        walks[pair], changes[pair] = min(walk_s, rule.min_transfer_s), rule.min_transfer_s


def _station_pairs(stations: Mapping[int, Sequence[int]]) -> npt.NDArray[np.int64]:
    pairs = [(a, b) for members in stations.values() for a in members for b in members]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _near_pairs(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    if not lon.size:
        return np.empty((0, 2), np.int64)
    tree = cKDTree(unit_vectors(lon, lat))
    near = tree.query_pairs(MAX_WALK_M / EARTH_RADIUS_M, output_type="ndarray").astype(np.int64)
    return np.concatenate([near, near[:, ::-1]])
