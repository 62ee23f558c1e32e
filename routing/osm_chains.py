"""From ways to a road graph: cut at junctions, keep what hangs together, join what is the same street.

A node with two neighbours is kept only where something changes (name, class or speed), so that every edge has one
speed all along and a point half way is half the time away. All steps are linear and vectorised, but for one walk
along the chains.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.graph import Floats, Ints, LongInts, RoadGraph, lengths_m, strong_components


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
        For each part, 0 where that direction is closed.
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


@dataclass(frozen=True, slots=True)
class Islands:
    """What was left out because one cannot drive there from the largest part of the roads and back."""

    count: int
    edges: int
    length_m: float


@dataclass(frozen=True, eq=False, slots=True)
class _Pieces:
    """Stretches between two junctions: positions ``first`` to ``last`` among the points, within one part."""

    first: LongInts
    last: LongInts
    tail: Ints
    head: Ints
    length_m: Floats
    part: Ints

    def take(self, chosen: NDArray[np.bool_]) -> "_Pieces":
        return _Pieces(
            self.first[chosen],
            self.last[chosen],
            self.tail[chosen],
            self.head[chosen],
            self.length_m[chosen],
            self.part[chosen],
        )


def build_graph(parts: WayParts) -> tuple[RoadGraph, Islands]:
    """Make the road graph of all parts that hang together.

    Raises
    ------
    ValueError
        There is not one stretch of road.
    """
    pieces = _cut_at_junctions(parts)
    if pieces.first.size == 0:
        msg = "there is no road that can be driven"
        raise ValueError(msg)
    kept, islands = _keep_largest_part(parts, pieces)
    return _assemble(parts, kept), islands


def _cut_at_junctions(parts: WayParts) -> _Pieces:
    _, place, uses = np.unique(parts.node_id, return_inverse=True, return_counts=True)
    part = np.repeat(np.arange(parts.offset.size - 1), np.diff(parts.offset))
    is_cut = uses[place] > 1
    is_cut[parts.offset[:-1]] = True
    is_cut[parts.offset[1:] - 1] = True
    step_m = lengths_m(parts.lon[:-1], parts.lat[:-1], parts.lon[1:], parts.lat[1:])
    along_m = np.concatenate(([0.0], np.cumsum(np.where(part[1:] == part[:-1], step_m, 0.0))))
    cuts = np.flatnonzero(is_cut)
    within = part[cuts[:-1]] == part[cuts[1:]]
    first, last = cuts[:-1][within], cuts[1:][within]
    return _Pieces(
        first,
        last,
        place[first].astype(np.int32),
        place[last].astype(np.int32),
        along_m[last] - along_m[first],
        part[first].astype(np.int32),
    )


def _keep_largest_part(parts: WayParts, pieces: _Pieces) -> tuple[_Pieces, Islands]:
    forward, backward = parts.forward_kmh[pieces.part] > 0, parts.backward_kmh[pieces.part] > 0
    tails = np.concatenate((pieces.tail[forward], pieces.head[backward]))
    heads = np.concatenate((pieces.head[forward], pieces.tail[backward]))
    node_count = int(max(pieces.tail.max(), pieces.head.max())) + 1
    count, component = strong_components(tails, heads, node_count)
    of_tail, of_head = component[pieces.tail], component[pieces.head]
    inside = of_tail == of_head
    length_m = np.bincount(of_tail[inside], weights=pieces.length_m[inside], minlength=count)
    chosen = inside & (of_tail == int(length_m.argmax()))
    if not chosen.any():
        return pieces, Islands(0, 0, 0.0)
    others = np.unique(np.concatenate((of_tail[~chosen], of_head[~chosen])))
    lost = Islands(
        int(np.count_nonzero(others != int(length_m.argmax()))),
        int(np.count_nonzero(~chosen)),
        float(pieces.length_m[~chosen].sum()),
    )
    return pieces.take(chosen), lost


def _joints(parts: WayParts, pieces: _Pieces) -> LongInts:
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
    _, start, degree = np.unique(node_of_end[order], return_index=True, return_counts=True)
    pair = start[degree == 2]
    one, other = order[pair], order[pair + 1]
    is_same = (
        (piece_of_end[one] != piece_of_end[other])
        & (arriving[one] == leaving[other])
        & (arriving[other] == leaving[one])
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
    forward_kmh: Floats
    backward_kmh: Floats
    part: Ints
    points: LongInts
    offset: LongInts


def _join(parts: WayParts, pieces: _Pieces) -> _Streets:
    count = pieces.first.size
    entries, begins = _walk_chains(_joints(parts, pieces))
    piece, is_turned = entries % count, entries >= count
    opening, closing = begins[:-1], begins[1:] - 1
    node_at = np.concatenate((pieces.tail, pieces.head)).astype(np.int64)
    exits = np.where(is_turned, entries - count, entries + count)
    part = pieces.part[piece[opening]]
    forward, backward = parts.forward_kmh[part], parts.backward_kmh[part]
    points, sizes = _point_positions(pieces, piece, is_turned, opening)
    return _Streets(
        tail=node_at[entries[opening]],
        head=node_at[exits[closing]],
        length_m=np.add.reduceat(pieces.length_m[piece], opening),
        forward_kmh=np.where(is_turned[opening], backward, forward),
        backward_kmh=np.where(is_turned[opening], forward, backward),
        part=part,
        points=points,
        offset=np.concatenate(([0], np.cumsum(np.add.reduceat(sizes, opening)))),
    )


def _point_positions(
    pieces: _Pieces, piece: LongInts, is_turned: NDArray[np.bool_], opening: LongInts
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


def _assemble(parts: WayParts, pieces: _Pieces) -> RoadGraph:
    streets = _join(parts, pieces)
    street, is_back, twin = _directed(streets)
    ends = np.concatenate((streets.tail, streets.head))
    used, ends = np.unique(ends, return_inverse=True)
    tail, head = ends[: streets.tail.size], ends[streets.tail.size :]
    positions = np.concatenate((streets.points[streets.offset[:-1]], streets.points[streets.offset[1:] - 1]))
    node_lon, node_lat = np.empty(used.size), np.empty(used.size)
    node_lon[ends], node_lat[ends] = parts.lon[positions], parts.lat[positions]
    points, offset = _directed_points(streets, street, is_back)
    length_m, part = streets.length_m[street], streets.part[street]
    kmh = np.where(is_back, streets.backward_kmh[street], streets.forward_kmh[street])
    return RoadGraph(
        node_lon=node_lon,
        node_lat=node_lat,
        edge_from=np.where(is_back, head[street], tail[street]).astype(np.int32),
        edge_to=np.where(is_back, tail[street], head[street]).astype(np.int32),
        edge_length_m=length_m.astype(np.float32),
        edge_duration_s=(length_m / kmh * 3.6).astype(np.float32),
        edge_way_id=parts.way_id[part],
        edge_name=parts.name[part],
        edge_class=parts.road_class[part],
        edge_twin=twin,
        geometry_offset=offset,
        geometry_lon=parts.lon[points],
        geometry_lat=parts.lat[points],
        names=parts.names,
        classes=parts.classes,
    )


def _directed(streets: _Streets) -> tuple[LongInts, NDArray[np.bool_], Ints]:
    """One entry for each direction of traffic: its street, whether it runs against it, its twin."""
    opens = np.column_stack((streets.forward_kmh > 0, streets.backward_kmh > 0))
    number = np.where(opens, np.cumsum(opens.ravel()).reshape(opens.shape) - 1, -1)
    street, column = np.nonzero(opens)
    return street, column == 1, number[street, 1 - column].astype(np.int32)


def _directed_points(streets: _Streets, street: LongInts, is_back: NDArray[np.bool_]) -> tuple[LongInts, LongInts]:
    sizes = np.diff(streets.offset)[street]
    offset = np.concatenate(([0], np.cumsum(sizes)))
    begin = np.where(is_back, streets.offset[street + 1] - 1, streets.offset[street])
    rank = np.arange(offset[-1]) - np.repeat(offset[:-1], sizes)
    sign = np.where(is_back, -1, 1)
    return streets.points[np.repeat(begin, sizes) + np.repeat(sign, sizes) * rank], offset
