"""From ways to a road graph: cut at junctions, keep what hangs together, join what is the same street.

A node with two neighbours is kept only where something changes (name, class or speed), where passing it takes time, or
where a turn restriction is about it. All steps are linear and vectorised, but for one walk along the chains and the
few turn restrictions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from routing.graph import Floats, Ints, LongInts, RoadGraph, ShortFloats
from routing.osm_islands import Islands, PlaceName, keep_largest_part
from routing.osm_pieces import Cut, Pieces, WayParts, cut_at_junctions
from routing.osm_restrictions import Resolved, Resolver, Restriction, Stretches
from routing.osm_speeds import SpeedTable

_LESSER: Final = frozenset({"residential", "living_street", "unclassified", "road"})
_DRIVES: Final = frozenset({"service", "track", "busway", "pedestrian"})


@dataclass(frozen=True, eq=False, slots=True)
class Extract:
    """What was read of a file.

    Parameters
    ----------
    delay_of_node
        Seconds that passing a node takes, by its id; not all of them need be on roads.
    highways
        Ids of all ways with a class, those included that are not driven.
    places
        Names for islands.
    """

    parts: WayParts
    delay_of_node: Mapping[int, float]
    restrictions: Sequence[Restriction]
    highways: LongInts
    places: Sequence[PlaceName]


def build_graph(extract: Extract, table: SpeedTable) -> tuple[RoadGraph, Islands, Resolved]:
    """Make the road graph of all parts that hang together.

    Raises
    ------
    ValueError
        There is not one stretch of road.
    """
    parts = extract.parts
    via_nodes = [restriction.via_node for restriction in extract.restrictions if restriction.via_node >= 0]
    kept_nodes = np.array([*extract.delay_of_node, *via_nodes], dtype=np.int64)
    cut = cut_at_junctions(parts, kept_nodes, table.lateral_m_s2)
    if cut.pieces.first.size == 0:
        msg = "there is no road that can be driven"
        raise ValueError(msg)
    kept, islands = keep_largest_part(parts, cut.pieces, extract.places)
    resolved = _resolver(parts, kept, cut, extract, via_nodes).resolve(extract.restrictions)
    graph = _Assembly(parts, kept, cut).graph(resolved.sequences, _delays(cut, kept, extract, table))
    return graph, islands, resolved


def _resolver(parts: WayParts, pieces: Pieces, cut: Cut, extract: Extract, via_nodes: list[int]) -> Resolver:
    wanted = np.array(via_nodes, dtype=np.int64)
    found = np.minimum(np.searchsorted(cut.node_id, wanted), cut.node_id.size - 1)
    is_there = (cut.node_id[found] == wanted).tolist()
    place_of_node = {
        node: place for node, place, there in zip(via_nodes, found.tolist(), is_there, strict=True) if there
    }
    is_open = np.concatenate((pieces.forward_opens, pieces.backward_opens))
    stretches = Stretches(pieces.tail, pieces.head, is_open, parts.way_id[pieces.part])
    return Resolver(stretches, place_of_node, extract.highways)


def _find_joints(parts: WayParts, pieces: Pieces, is_kept: NDArray[np.bool_]) -> LongInts:
    """For each end of a piece the end that continues it, or -1.

    End ``p`` is the beginning of piece ``p``, end ``p + n`` its other end (of ``n`` pieces).
    """
    count = pieces.first.size
    node_of_end = np.concatenate((pieces.tail, pieces.head))
    piece_of_end = np.tile(np.arange(count), 2)
    forward, backward = parts.forward_kmh[pieces.part], parts.backward_kmh[pieces.part]
    leaving = np.concatenate((forward, backward))
    arriving = np.concatenate((backward, forward))
    kind = np.column_stack((parts.name[pieces.part], parts.road_class[pieces.part]))
    order = np.argsort(node_of_end, kind="stable")
    node, start, degree = np.unique(node_of_end[order], return_index=True, return_counts=True)
    pair = start[(degree == 2) & ~is_kept[node]]
    one, other = order[pair], order[pair + 1]
    is_same = (
        (piece_of_end[one] != piece_of_end[other])
        & (arriving[one] == leaving[other]).all(axis=1)
        & (arriving[other] == leaving[one]).all(axis=1)
        & (kind[piece_of_end[one]] == kind[piece_of_end[other]]).all(axis=1)
    )
    joints = np.full(2 * count, -1, dtype=np.int64)
    joints[one[is_same]] = other[is_same]
    joints[other[is_same]] = one[is_same]
    return joints


def _walk_chains(joints: LongInts) -> tuple[LongInts, LongInts]:
    """Follow the joints from free ends, then around rings without any.

    Returns
    -------
    The entry ends of the pieces in the order of driving, and the positions at which chains begin (one more than
    there are chains).
    """
    count = joints.size // 2
    continues = joints.tolist()
    is_done = bytearray(count)
    entries: list[int] = []
    begins = [0]
    free = np.flatnonzero(joints < 0).tolist()
    for begin in (*free, *range(count)):
        end = begin
        while end >= 0 and not is_done[end % count]:
            is_done[end % count] = 1
            entries.append(end)
            end = continues[end + count if end < count else end - count]
        if len(entries) > begins[-1]:
            begins.append(len(entries))
    return np.array(entries, dtype=np.int64), np.array(begins, dtype=np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class _Streets:
    """Chains in the direction they were walked, not yet split into directions of traffic."""

    tail: LongInts
    head: LongInts
    length_m: Floats
    opens: NDArray[np.bool_]
    seconds: Floats
    part: Ints
    points: LongInts
    offset: LongInts


class _Assembly:
    """Makes streets of pieces, and edges of streets."""

    def __init__(self, parts: WayParts, pieces: Pieces, cut: Cut) -> None:
        self._parts, self._pieces = parts, pieces
        self._joints = _find_joints(parts, pieces, cut.is_kept)
        self._entries, self._begins = _walk_chains(self._joints)
        self._piece = self._entries % pieces.first.size
        self._is_turned = self._entries >= pieces.first.size
        self._streets = self._join()
        self._edge_of = np.where(
            self._streets.opens, np.cumsum(self._streets.opens.ravel()).reshape(self._streets.opens.shape) - 1, -1
        )

    def graph(self, sequences: Sequence[tuple[int, ...]], delay_of_place: ShortFloats) -> RoadGraph:
        """The graph, with forbidden sequences given in directed pieces."""
        parts, streets = self._parts, self._streets
        street, column = np.nonzero(streets.opens)
        is_back = column == 1
        ends = np.concatenate((streets.tail, streets.head))
        used, ends = np.unique(ends, return_inverse=True)
        tail, head = ends[: streets.tail.size], ends[streets.tail.size :]
        positions = np.concatenate((streets.points[streets.offset[:-1]], streets.points[streets.offset[1:] - 1]))
        node_lon, node_lat = np.empty(used.size), np.empty(used.size)
        node_lon[ends], node_lat[ends] = parts.lon[positions], parts.lat[positions]
        points, offset = _directed_points(streets, street, is_back)
        part = streets.part[street]
        forbidden_offset, forbidden_edges = self._forbidden(sequences)
        return RoadGraph(
            node_lon=node_lon,
            node_lat=node_lat,
            edge_from=np.where(is_back, head[street], tail[street]).astype(np.int32),
            edge_to=np.where(is_back, tail[street], head[street]).astype(np.int32),
            edge_length_m=streets.length_m[street].astype(np.float32),
            edge_duration_s=streets.seconds[street, column].astype(np.float32),
            edge_way_id=parts.way_id[part],
            edge_name=parts.name[part],
            edge_class=parts.road_class[part],
            edge_twin=self._edge_of[street, 1 - column].astype(np.int32),
            geometry_offset=offset,
            geometry_lon=parts.lon[points],
            geometry_lat=parts.lat[points],
            names=parts.names,
            classes=parts.classes,
            node_delay_s=delay_of_place[used],
            forbidden_offset=forbidden_offset,
            forbidden_edges=forbidden_edges,
        )

    def _join(self) -> _Streets:
        pieces, piece, is_turned = self._pieces, self._piece, self._is_turned
        count, opening, closing = pieces.first.size, self._begins[:-1], self._begins[1:] - 1
        node_at = np.concatenate((pieces.tail, pieces.head)).astype(np.int64)
        exits = np.where(is_turned, self._entries - count, self._entries + count)
        points, sizes = _point_positions(pieces, piece, is_turned, opening)
        first, is_first_turned = piece[opening], is_turned[opening]
        opens = np.column_stack((pieces.forward_opens[first], pieces.backward_opens[first]))
        seconds = np.column_stack((pieces.forward_s[piece], pieces.backward_s[piece]))
        seconds[is_turned] = seconds[is_turned][:, ::-1]
        opens[is_first_turned] = opens[is_first_turned][:, ::-1]
        return _Streets(
            tail=node_at[self._entries[opening]],
            head=node_at[exits[closing]],
            length_m=np.add.reduceat(pieces.length_m[piece], opening),
            opens=opens,
            seconds=np.add.reduceat(seconds, opening, axis=0),
            part=pieces.part[first],
            points=points,
            offset=np.concatenate(([0], np.cumsum(np.add.reduceat(sizes, opening)))),
        )

    def _forbidden(self, sequences: Sequence[tuple[int, ...]]) -> tuple[LongInts, Ints]:
        """Sequences of directed pieces as sequences of edges, each once."""
        count = self._pieces.first.size
        street_of_piece, turned = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.bool_)
        street_of_piece[self._piece] = np.repeat(np.arange(self._begins.size - 1), np.diff(self._begins))
        turned[self._piece] = self._is_turned
        found: dict[tuple[int, ...], None] = {}
        for sequence in sequences:
            edges = []
            for i, stretch in enumerate(sequence):
                piece, is_back = stretch % count, stretch >= count
                if i and self._joints[_exit(sequence[i - 1], count)] == stretch:
                    continue  # goes on along the same edge
                edges.append(int(self._edge_of[street_of_piece[piece], int(is_back != turned[piece])]))
            if len(edges) > 1:
                found[tuple(edges)] = None
        sizes = np.array([len(edges) for edges in found], dtype=np.int64)
        return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64), np.array(
            [edge for edges in found for edge in edges], dtype=np.int32
        )


def _exit(stretch: int, count: int) -> int:
    """The end of a piece at which a directed piece ends; it begins at the end of its own number."""
    return stretch + count if stretch < count else stretch - count


def _delays(cut: Cut, pieces: Pieces, extract: Extract, table: SpeedTable) -> ShortFloats:
    """What passing each place takes: things on the road, or priority to the right."""
    delay_s = np.zeros(cut.node_id.size, dtype=np.float32)
    delay_s[_equal_junctions(extract.parts, pieces, cut.node_id.size)] = table.delays_s["equal_junction"]
    ids = np.array(list(extract.delay_of_node), dtype=np.int64)
    if ids.size:
        found = np.minimum(np.searchsorted(cut.node_id, ids), cut.node_id.size - 1)
        is_there = cut.node_id[found] == ids
        given_s = np.array(list(extract.delay_of_node.values()), dtype=np.float32)
        delay_s[found[is_there]] = given_s[is_there]
    return delay_s


def _equal_junctions(parts: WayParts, pieces: Pieces, place_count: int) -> NDArray[np.bool_]:
    """Where three lesser streets meet and no greater one: priority is to the right. Drives and tracks do not count."""
    ends = np.concatenate((pieces.tail, pieces.head))
    road_class = np.tile(parts.road_class[pieces.part], 2)

    def count(classes: frozenset[str]) -> LongInts:
        chosen = [number for number, name in enumerate(parts.classes) if name in classes]
        return np.bincount(ends[np.isin(road_class, chosen)], minlength=place_count).astype(np.int64)

    is_equal: NDArray[np.bool_] = (count(_LESSER) >= 3) & (count(frozenset(parts.classes) - _LESSER - _DRIVES) == 0)
    return is_equal


def _point_positions(
    pieces: Pieces, piece: LongInts, is_turned: NDArray[np.bool_], opening: LongInts
) -> tuple[LongInts, LongInts]:
    """Positions of the points along all chains, and how many each piece adds; shared points come once."""
    is_opening = np.zeros(piece.size, dtype=np.bool_)
    is_opening[opening] = True
    skipped = np.where(is_opening, 0, 1)
    sizes = pieces.last[piece] - pieces.first[piece] + 1 - skipped
    sign = np.where(is_turned, -1, 1)
    begin = np.where(is_turned, pieces.last[piece], pieces.first[piece]) + sign * skipped
    rank = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(begin, sizes) + np.repeat(sign, sizes) * rank, sizes


def _directed_points(streets: _Streets, street: LongInts, is_back: NDArray[np.bool_]) -> tuple[LongInts, LongInts]:
    sizes = np.diff(streets.offset)[street]
    offset = np.concatenate(([0], np.cumsum(sizes)))
    begin = np.where(is_back, streets.offset[street + 1] - 1, streets.offset[street])
    rank = np.arange(offset[-1]) - np.repeat(offset[:-1], sizes)
    sign = np.where(is_back, -1, 1)
    return streets.points[np.repeat(begin, sizes) + np.repeat(sign, sizes) * rank], offset
