"""Road graphs of a handful of nodes, drawn by Hypothesis: one-ways, loops, parallels, delays, forbidden sequences."""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from routing.graph import Floats, RoadGraph, lengths_m

_STREETS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 40), st.booleans()), min_size=1, max_size=22
)


@st.composite
def made_up_roads(draw: st.DrawFn) -> RoadGraph:
    """Streets between nine nodes on a spiral; durations are whole seconds that differ by direction."""
    streets = draw(_STREETS)
    angle = np.arange(9) * 2.4
    lon = 11 + 0.004 * np.sqrt(np.arange(9) + 1) * np.cos(angle)
    lat = 53 + 0.0025 * np.sqrt(np.arange(9) + 1) * np.sin(angle)
    tails, heads, seconds, twins = [], [], [], []
    for tail, head, duration_s, is_oneway in streets:
        number = len(tails)
        tails.append(tail)
        heads.append(head)
        seconds.append(duration_s)
        twins.append(-1 if is_oneway else number + 1)
        if not is_oneway:
            tails.append(head)
            heads.append(tail)
            seconds.append(duration_s + 1)
            twins.append(number)
    points_lon, points_lat, offset = [], [], [0]
    for number, (tail, head) in enumerate(zip(tails, heads, strict=True)):
        is_back = 0 <= twins[number] < number
        between = _bends(number - is_back, *((head, tail) if is_back else (tail, head)), lon, lat)
        between = between[::-1] if is_back else between
        points_lon += [lon[tail], *(east for east, _ in between), lon[head]]
        points_lat += [lat[tail], *(north for _, north in between), lat[head]]
        offset.append(len(points_lon))
    lon_array, lat_array = np.array(points_lon), np.array(points_lat)
    steps = lengths_m(lon_array[:-1], lat_array[:-1], lon_array[1:], lat_array[1:])
    length = [steps[a : b - 1].sum() for a, b in pairwise(offset)]
    forbidden = draw(_forbidden(tails, heads))
    zeros = np.zeros(len(tails), np.int32)
    return RoadGraph(
        node_lon=lon,
        node_lat=lat,
        edge_from=np.array(tails, np.int32),
        edge_to=np.array(heads, np.int32),
        edge_length_m=np.array(length, np.float32),
        edge_duration_s=np.array(seconds, np.float32),
        edge_way_id=np.arange(len(tails)),
        edge_name=zeros,
        edge_class=zeros,
        edge_twin=np.array(twins, np.int32),
        geometry_offset=np.array(offset),
        geometry_lon=lon_array,
        geometry_lat=lat_array,
        names=("",),
        classes=("residential",),
        node_delay_s=np.array(draw(st.lists(st.sampled_from([0, 0, 3, 7.5]), min_size=9, max_size=9)), np.float32),
        forbidden_offset=np.cumsum([0, *map(len, forbidden)]).astype(np.int64),
        forbidden_edges=np.array([edge for sequence in forbidden for edge in sequence], np.int32),
    )


def _bends(number: int, tail: int, head: int, lon: Floats, lat: Floats) -> list[tuple[float, float]]:
    """A loop has corners; other streets bend a little, each its own way, so that none lies upon another."""
    bend = 0.02 + 0.01 * number
    if tail == head:
        return [(lon[tail] + 0.002, lat[tail] + 0.01 * bend), (lon[tail] + 0.01 * bend, lat[tail] + 0.002)]
    east, north = lon[head] - lon[tail], lat[head] - lat[tail]
    return [(lon[tail] + 0.5 * east - bend * north, lat[tail] + 0.5 * north + bend * east)]


@st.composite
def _forbidden(draw: st.DrawFn, tails: list[int], heads: list[int]) -> list[list[int]]:
    """Some walks of two to four edges."""
    sequences = []
    for _ in range(draw(st.integers(0, 6))):
        walk = [draw(st.integers(0, len(tails) - 1))]
        for _ in range(draw(st.integers(1, 3))):
            following = [edge for edge, tail in enumerate(tails) if tail == heads[walk[-1]]]
            if following:
                walk.append(draw(st.sampled_from(following)))
        if len(walk) > 1:
            sequences.append(walk)
    return sequences
