"""Ways within stations: how long one walks from platform to platform by pathways.txt."""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from gtfs.feed import Feed
from gtfs.feed_stops import BOARDING_AREA
from gtfs.footpaths import DETOUR_FACTOR, WALK_M_PER_S
from gtfs.geometry import distances_m

_LONGEST_S = 1800
"""No way within a station takes longer; what does is a mistake, and the straight line serves better."""
_INSTANT_S, _ROUNDING_S = 1e-6, 1e-3
_AT_ONCE = 64
"""From so many platforms ways are searched together: a matrix of them by all places is in memory."""


def find_station_walks(feed: Feed) -> dict[tuple[int, int], int]:
    """Seconds on foot between stops that pathways join, by their places in ``feed.stops``.

    A pathway takes its ``traversal_time``, else its length at walking speed, else the straight line with a detour.
    """
    if feed.pathways.is_empty():
        return {}
    places = _places(feed)
    index = {stop_id: i for i, stop_id in enumerate(places["stop_id"])}
    edges = _edges(feed, places, index)
    platforms = np.unique([end for ends in edges[:2] for end in ends if end < feed.stops.height]).astype(np.int64)
    graph = _graph(edges, len(index))
    found: dict[tuple[int, int], int] = {}
    for begin in range(0, platforms.size, _AT_ONCE):
        some = platforms[begin : begin + _AT_ONCE]
        times = dijkstra(graph, indices=some, limit=_LONGEST_S)[:, platforms]
        for origin, row in zip(some.tolist(), times, strict=True):
            reached = np.flatnonzero(np.isfinite(row))
            ends = zip(platforms[reached].tolist(), row[reached].tolist(), strict=True)
            found |= {(origin, end): int(np.ceil(seconds - _ROUNDING_S)) for end, seconds in ends if end != origin}
    return found


def _places(feed: Feed) -> pl.DataFrame:
    """Stops first, in their order, then the other places."""
    columns = ("stop_id", "lon", "lat", "parent_id", "location_type")
    return pl.concat([feed.stops.select(columns), feed.places.select(columns)])


_Edges = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]


def _edges(feed: Feed, places: pl.DataFrame, index: dict[str, int]) -> _Edges:
    """From, to and seconds, in both directions where one may walk in both."""
    ways = feed.pathways.with_columns(
        pl.col("from_stop_id", "to_stop_id").replace_strict(index, return_dtype=pl.Int64, default=-1)
    )
    tail, head = ways["from_stop_id"].to_numpy(), ways["to_stop_id"].to_numpy()
    seconds = _seconds(ways, places, tail, head)
    is_usable = (tail >= 0) & (head >= 0) & np.isfinite(seconds)
    both = is_usable & ways["is_bidirectional"].to_numpy()
    areas = places.with_row_index("area").filter(pl.col("location_type") == BOARDING_AREA)
    areas = areas.filter(pl.col("parent_id").is_in([*index]))
    area = areas["area"].to_numpy().astype(np.int64)
    platform = np.array([index[parent] for parent in areas["parent_id"]], np.int64)
    none = np.zeros(area.size)
    return (
        np.concatenate([tail[is_usable], head[both], area, platform]),
        np.concatenate([head[is_usable], tail[both], platform, area]),
        np.concatenate([seconds[is_usable], seconds[both], none, none]),
    )


def _seconds(
    ways: pl.DataFrame, places: pl.DataFrame, tail: npt.NDArray[np.int64], head: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """How long each pathway takes; NaN where nothing says so."""
    lon, lat = (places[name].fill_null(np.nan).to_numpy() for name in ("lon", "lat"))
    straight_m = distances_m(lon[tail], lat[tail], lon[head], lat[head]) * DETOUR_FACTOR
    told_s = ways["traversal_s"].cast(pl.Float64).fill_null(0.0).to_numpy()
    length_m = ways["length_m"].fill_null(0.0).to_numpy()
    walked_s = np.where(length_m > 0, length_m, straight_m) / WALK_M_PER_S
    seconds: npt.NDArray[np.float64] = np.where(told_s > 0, told_s, walked_s)
    return seconds


def _graph(edges: _Edges, size: int) -> coo_array:
    """The quickest edge between two places each; a sparse array would add them up."""
    table = pl.DataFrame(dict(zip(("tail", "head", "seconds"), edges, strict=True)))
    # A stored zero is no edge to SciPy's search: nothing takes no time at all.
    table = table.group_by("tail", "head").agg(pl.col("seconds").min().clip(_INSTANT_S)).sort("tail", "head")
    ends = (table["tail"].to_numpy(), table["head"].to_numpy())
    return coo_array((table["seconds"].to_numpy(), ends), shape=(size, size))
