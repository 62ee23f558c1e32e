"""Turn restrictions of OpenStreetMap: which of them hold for a minibus, and which stretches of road they forbid.

A relation names the way one comes from, a node or ways it is about (*via*), and the way one goes to. It holds for us
unless it is for other vehicles only or ``except`` lists ``psv``, ``bus``, ``motor_vehicle`` or ``motorcar``;
``restriction:bus`` and ``restriction:psv`` count before the general ``restriction``. Restrictions with a condition
(hours, days) count always, so that a run may be a little longer but never turns where it must not; only conditions on
a weight or length that a minibus does not have free it.

``only_…`` forbids every other way out of the via node, turning back included. Over via ways it forbids every other way
out at the end of the last of them, once all of them have been driven.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from routing.graph import Ints, LongInts

Tags = Mapping[str, str]

RESTRICTION_KEYS = (
    "restriction",
    "restriction:conditional",
    "restriction:motorcar",
    "restriction:motor_vehicle",
    "restriction:psv",
    "restriction:bus",
)
"""From the general to the special: the last one that a relation has decides."""

_EXEMPTING = frozenset({"psv", "bus", "minibus", "motor_vehicle", "motorcar", "vehicle"})
_LIFTED = frozenset({"none", "no", ""})
_LARGER = re.compile(r"^\s*(weight|length)\s*>=?\s*(\d+(?:\.\d+)?)")
_OUR_SIZE: Mapping[str, float] = {"weight": 5.5, "length": 8.0}
"""Tonnes and metres; conditions on more than these are not about us."""


class Needless(StrEnum):
    """Why a restriction changes nothing for us; the value is how a report says it."""

    OTHERS = "for other vehicles only"
    NOT_DRIVEN = "about roads that are not driven"
    NO_TURN = "about turns that one-way streets rule out anyway"


class Broken(StrEnum):
    """What is wrong with a restriction; the value is how a report says it."""

    MEMBERS = "without its members from, via and to"
    KIND = "of an unknown kind"
    NOT_IN_FILE = "with ways that are not in the file, as at the border of an extract"
    NO_MEETING = "whose ways do not meet"
    AMBIGUOUS = "on a way that runs on past the turn, so that two turns could be meant"


@dataclass(frozen=True, slots=True)
class Restriction:
    """A restriction that holds for us, in ids of the file.

    Parameters
    ----------
    kinds
        ``no_left_turn``, ``only_straight_on`` …; all of them hold.
    via_node
        -1 where it leads over ways.
    """

    relation_id: int
    kinds: tuple[str, ...]
    came: tuple[int, ...]
    via_node: int
    via_ways: tuple[int, ...]
    goes: tuple[int, ...]


Member = tuple[str, int, str]
"""Type (``n``, ``w``, ``r``), id, role."""


def read_restriction(relation_id: int, tags: Tags, members: Iterable[Member]) -> Restriction | Needless | Broken:
    """What a relation says, why it does not matter to us, or what is wrong with it."""
    kinds = _read_kinds(tags)
    if not kinds:
        return Needless.OTHERS
    if not all(kind.startswith(("no_", "only_")) for kind in kinds):
        return Broken.KIND
    by_role: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for kind, ref, role in members:
        by_role[kind, role].append(ref)
    came, goes = by_role["w", "from"], by_role["w", "to"]
    nodes, ways = by_role["n", "via"], by_role["w", "via"]
    is_whole = came and goes and (len(nodes) == 1) != bool(ways) and len(nodes) <= 1
    if not is_whole:
        return Broken.MEMBERS
    return Restriction(relation_id, kinds, tuple(came), nodes[0] if nodes else -1, tuple(ways), tuple(goes))


def _read_kinds(tags: Tags) -> tuple[str, ...]:
    """The kinds that hold for us, none if it is not about us."""
    exempt = {word.strip() for word in tags.get("except", "").split(";")}
    key = next((key for key in reversed(RESTRICTION_KEYS) if key in tags and not _is_lifted_by(key, tags)), None)
    if key is None or (exempt & _EXEMPTING and key in {"restriction", "restriction:conditional"}):
        return ()
    values = tags[key].split(";") if key != "restriction:conditional" else _conditional(tags[key])
    return tuple(value for value in (value.strip() for value in values) if value not in _LIFTED)


def _is_lifted_by(key: str, tags: Tags) -> bool:
    """A condition that only lifts the general restriction at times leaves it to the general one."""
    return key == "restriction:conditional" and "restriction" in tags and not _conditional(tags[key])


def _conditional(text: str) -> list[str]:
    """The restrictions out of ``no_left_turn @ (Mo-Fr 07:00-09:00); no_u_turn @ (weight>7.5)`` that may be about us."""
    found = re.findall(r"([a-z_]+)\s*@\s*(?:\(([^)]*)\)|([^;]*))", text)
    return [kind for kind, inner, bare in found if kind not in _LIFTED and not _is_about_larger(inner or bare)]


def _is_about_larger(condition: str) -> bool:
    size = _LARGER.match(condition)
    return size is not None and float(size[2]) >= _OUR_SIZE[size[1]]


@dataclass(frozen=True, eq=False, slots=True)
class Stretches:
    """Directed stretches of road between cuts, as restrictions are resolved on them.

    Stretch ``s < n`` runs along piece ``s``, stretch ``s + n`` against it.

    Parameters
    ----------
    tail, head
        Of the pieces, in numbers of places.
    is_open
        For each stretch, whether it may be driven.
    way_id
        Of the pieces.
    """

    tail: Ints
    head: Ints
    is_open: NDArray[np.bool_]
    way_id: LongInts


@dataclass(frozen=True, slots=True)
class Resolved:
    """Forbidden sequences of stretches, and what became of each restriction.

    Parameters
    ----------
    broken
        Ids of the relations, by what is wrong with them.
    """

    sequences: tuple[tuple[int, ...], ...]
    honoured: int
    needless: Mapping[Needless, int]
    broken: Mapping[Broken, tuple[int, ...]]


class Resolver:
    """Finds the stretches that restrictions are about."""

    def __init__(self, stretches: Stretches, place_of_node: Mapping[int, int], ways_in_file: LongInts) -> None:
        """``place_of_node`` knows the via nodes that are on roads."""
        self._stretches = stretches
        self._place_of_node = place_of_node
        self._ways_in_file = np.sort(ways_in_file)
        self._order = np.argsort(stretches.way_id, kind="stable")
        self._sorted = stretches.way_id[self._order]
        count = stretches.tail.size
        self._count = count
        starts = np.concatenate((stretches.tail, stretches.head))
        self._start, self._end = starts, np.concatenate((stretches.head, stretches.tail))
        leaving = np.flatnonzero(stretches.is_open)
        self._leaving = leaving[np.argsort(starts[leaving], kind="stable")]
        self._leaving_start = starts[self._leaving]

    def resolve(self, restrictions: Sequence[Restriction]) -> Resolved:
        """The sequences that all restrictions together forbid, each once."""
        sequences: dict[tuple[int, ...], None] = {}
        needless: defaultdict[Needless, int] = defaultdict(int)
        broken: defaultdict[Broken, list[int]] = defaultdict(list)
        honoured = 0
        for restriction in restrictions:
            found = self._resolve(restriction)
            if isinstance(found, Needless):
                needless[found] += 1
            elif isinstance(found, Broken):
                broken[found].append(restriction.relation_id)
            else:
                sequences |= dict.fromkeys(found)
                honoured += 1
        told = {reason: tuple(ids) for reason, ids in broken.items()}
        return Resolved(tuple(sequences), honoured, dict(needless), told)

    def _resolve(self, restriction: Restriction) -> list[tuple[int, ...]] | Needless | Broken:
        ways = (*restriction.came, *restriction.via_ways, *restriction.goes)
        if not all(self._is_in_file(way) for way in ways):
            return Broken.NOT_IN_FILE
        if not all(self._pieces(way).size for way in ways):
            return Needless.NOT_DRIVEN
        found: list[tuple[int, ...]] = []
        problem: Needless | Broken | None = None
        for kind in restriction.kinds:
            for came in restriction.came:
                for goes in restriction.goes:
                    turns = self._turns(restriction, kind, came, goes)
                    if isinstance(turns, Needless | Broken):
                        problem = turns
                    else:
                        found += self._forbidden(kind, turns)
        return problem if problem is not None and not found else found

    def _turns(
        self, restriction: Restriction, kind: str, came: int, goes: int
    ) -> list[tuple[int, ...]] | Needless | Broken:
        """The sequences of stretches from one way to the other: one, or both directions' of turning back."""
        if restriction.via_ways:
            return self._turns_over_ways(came, restriction.via_ways, goes)
        place = self._place_of_node.get(restriction.via_node, -1)
        if not (self._touches(came, place) and self._touches(goes, place)):
            return Broken.NO_MEETING
        before, after = self._arriving(came, place), self._departing(goes, place)
        if not before or not after:
            return Needless.NO_TURN
        if kind.endswith("_u_turn") and came == goes:
            backs: list[tuple[int, ...]] = [(one, self._back(one)) for one in before if self._back(one) in after]
            return backs or Needless.NO_TURN
        if len(before) > 1 or len(after) > 1:
            return Broken.AMBIGUOUS
        return [(before[0], after[0])]

    def _turns_over_ways(self, came: int, via: tuple[int, ...], goes: int) -> list[tuple[int, ...]] | Needless | Broken:
        """The shortest chain over the via ways, in whatever order the relation lists them."""
        on_via = {int(piece) for way in via for piece in self._pieces(way)}
        inner = {s for piece in on_via for s in (piece, piece + self._count) if self._stretches.is_open[s]}
        places = {
            int(place) for piece in on_via for place in (self._stretches.tail[piece], self._stretches.head[piece])
        }
        meets_before = [place for place in places if self._touches(came, place)]
        meets_after = {place for place in places if self._touches(goes, place)}
        if not meets_before or not meets_after:
            return Broken.NO_MEETING
        chains = []
        for place in meets_before:
            for before in self._arriving(came, place):
                chains += self._chains(before, inner, meets_after, goes)
        if not chains:
            return Needless.NO_TURN
        shortest = min(map(len, chains))
        best = [chain for chain in chains if len(chain) == shortest]
        return best if len(best) == 1 else Broken.AMBIGUOUS

    def _chains(self, before: int, inner: set[int], ends: set[int], goes: int) -> list[tuple[int, ...]]:
        """The shortest chains from a stretch over stretches of the via ways to the way one goes to."""
        layer: list[tuple[int, ...]] = [(before,)]
        seen = {before}
        while layer:
            following = [
                (*chain, s)
                for chain in layer
                for s in self._leaving_at(int(self._end[chain[-1]]))
                if s in inner and s not in seen and s != self._back(chain[-1])
            ]
            seen.update(chain[-1] for chain in following)
            found = [
                (*chain, s)
                for chain in following
                if int(self._end[chain[-1]]) in ends
                for s in self._departing(goes, int(self._end[chain[-1]]))
                if s != self._back(chain[-1])
            ]
            if found:
                return found
            layer = following
        return []

    def _forbidden(self, kind: str, turns: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
        if kind.startswith("no_"):
            return turns
        allowed = {turn[-1] for turn in turns}
        return [
            (*turn[:-1], out)
            for turn in turns
            for out in self._leaving_at(int(self._start[turn[-1]]))
            if out not in allowed
        ]

    def _is_in_file(self, way: int) -> bool:
        position = int(np.searchsorted(self._ways_in_file, way))
        return position < self._ways_in_file.size and int(self._ways_in_file[position]) == way

    def _pieces(self, way: int) -> LongInts:
        begin, end = np.searchsorted(self._sorted, [way, way + 1])
        return self._order[begin:end]

    def _touches(self, way: int, place: int) -> bool:
        pieces = self._pieces(way)
        return bool(((self._stretches.tail[pieces] == place) | (self._stretches.head[pieces] == place)).any())

    def _both_ways(self, way: int) -> LongInts:
        pieces = self._pieces(way)
        both = np.concatenate((pieces, pieces + self._count))
        return both[self._stretches.is_open[both]]

    def _arriving(self, way: int, place: int) -> list[int]:
        both = self._both_ways(way)
        return [int(s) for s in both[self._end[both] == place]]

    def _departing(self, way: int, place: int) -> list[int]:
        both = self._both_ways(way)
        return [int(s) for s in both[self._start[both] == place]]

    def _leaving_at(self, place: int) -> list[int]:
        begin, end = np.searchsorted(self._leaving_start, [place, place + 1])
        return [int(s) for s in self._leaving[begin:end]]

    def _back(self, stretch: int) -> int:
        return stretch - self._count if stretch >= self._count else stretch + self._count
