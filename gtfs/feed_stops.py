"""Stops, stations and the other places of stops.txt."""

import numpy as np
import polars as pl

from gtfs.feed_rows import chosen, filled, keep, tell, with_unique_ids
from gtfs.findings import Fault, FindingList, Severity
from gtfs.geometry import distances_m
from gtfs.text_tables import TextTable

STOP, STATION, ENTRANCE, NODE, BOARDING_AREA = range(5)
"""Location types."""
PLACES = {
    "stop_id": pl.String,
    "name": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "parent_id": pl.String,
    "platform_code": pl.String,
    "wheelchair_boarding": pl.Int8,
    "location_type": pl.Int8,
    "zone_id": pl.String,
    "level_id": pl.String,
}

_FAR_M = 1_000_000
"""No line is so long that a stop may be so far from most others without a word."""

_BAD_LAT = Fault("number_out_of_range", "{} is no latitude from -90 to 90")
_BAD_LON = Fault("number_out_of_range", "{} is no longitude from -180 to 180")
_OCEAN = Fault("point_near_origin", "0, 0 is in the ocean, not a stop")
_SWAPPED = Fault("swapped_coordinates", "stop_lat {} and stop_lon look exchanged")
_FAR = Fault(
    "stop_far_from_others", "latitude {} puts it over 1,000 km from most stops", "it was kept", Severity.WARNING
)
_ALONE = "the stop was kept without a station"
_UNKNOWN_PARENT = Fault("foreign_key_violation", "station {} is not in stops.txt", _ALONE)
_PARENT_CIRCLE = Fault("cyclic_parent_station", "its station {} belongs to it in turn", _ALONE)
_PARENT_NO_STATION = Fault("wrong_parent_location_type", "{} is no station (location_type 1)", _ALONE)
_STATION_WITH_PARENT = Fault("station_with_parent_station", "a station cannot belong to {}", "that was ignored")
_PLAIN_PARENT = Fault(
    "wrong_parent_location_type", "{} has not location_type 1", "it was taken as a station", Severity.WARNING
)


def read_stops(table: TextTable, findings: FindingList) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Stops with stations, and the other places; both have the columns of ``Feed.stops``, the others ``level_id``."""
    rows = _placed(table, findings)
    rows = chosen(table, rows, "wheelchair_boarding", (0, 1, 2), findings)
    rows = _with_parents(table, rows, findings)
    parents = rows.select(pl.col("stop_id").alias("parent_id"), pl.col("wheelchair_boarding").alias("of_parent"))
    rows = rows.join(parents, on="parent_id", how="left", maintain_order="left")
    own = pl.col("wheelchair_boarding")
    name = pl.when(pl.col("stop_name") == "").then("stop_id").otherwise("stop_name").alias("name")
    inherited = pl.when(own == 0).then(pl.col("of_parent").fill_null(0)).otherwise(own).alias("wheelchair_boarding")
    rows = rows.with_columns(name, inherited).select(*PLACES)
    is_stop = pl.col("location_type").is_in([STOP, STATION])
    return rows.filter(is_stop).drop("level_id"), rows.filter(~is_stop)


def _placed(table: TextTable, findings: FindingList) -> pl.DataFrame:
    """The rows with an id and a place on earth."""
    # gtfs-parquet keeps coordinates in single precision, half a metre off: they are taken from the text.
    coordinates = table.text.select(
        pl.col("stop_lon").cast(pl.Float64, strict=False).alias("lon"),
        pl.col("stop_lat").cast(pl.Float64, strict=False).alias("lat"),
    )
    columns = ("stop_id", "stop_name", "parent_station", "platform_code", "zone_id", "level_id")
    rows = pl.concat([filled(table.typed, *columns), coordinates], how="horizontal")
    rows = chosen(table, rows, "location_type", range(5), findings)
    rows = with_unique_ids(table, rows, "stop_id", findings)
    # Nodes and boarding areas need no place of their own.
    needs_none = pl.col("location_type") >= NODE
    lat_fits = pl.col("lat").is_between(-90, 90)
    rows = keep(table, rows, lat_fits | needs_none, "stop_lat", _BAD_LAT, findings)
    lon_fits = pl.col("lon").is_between(-180, 180)
    rows = keep(table, rows, lon_fits | needs_none, "stop_lon", _BAD_LON, findings)
    is_placed = (pl.col("lon") != 0) | (pl.col("lat") != 0) | needs_none
    rows = keep(table, rows, is_placed, "stop_lat", _OCEAN, findings)
    return _without_far_ones(table, rows, findings)


def _without_far_ones(table: TextTable, rows: pl.DataFrame, findings: FindingList) -> pl.DataFrame:
    """The rows but those whose coordinates are exchanged; what is far from most others is told."""
    if rows.is_empty():
        return rows
    lon, lat = (rows[name].fill_null(rows[name].median()).to_numpy() for name in ("lon", "lat"))
    middle_lon, middle_lat = np.full(len(lon), np.median(lon)), np.full(len(lat), np.median(lat))
    far = distances_m(lon, lat, middle_lon, middle_lat) > _FAR_M
    if not far.any():
        return rows
    swapped = far & (distances_m(lat, lon, middle_lon, middle_lat) < _FAR_M)
    rows = rows.with_columns(pl.Series("is_far", far), pl.Series("is_swapped", swapped))
    rows = keep(table, rows, ~pl.col("is_swapped"), "stop_lat", _SWAPPED, findings)
    tell(table, rows, ~pl.col("is_far"), "stop_lat", _FAR, findings)
    return rows


def _with_parents(table: TextTable, rows: pl.DataFrame, findings: FindingList) -> pl.DataFrame:
    """The rows with ``parent_id``: a place that is there and has no parent itself, else empty."""
    above = rows.select(
        pl.col("stop_id").alias("parent_station"),
        pl.col("location_type").alias("parent_type"),
        pl.col("parent_station").alias("grandparent"),
    )
    rows = rows.join(above, on="parent_station", how="left", maintain_order="left")
    named, kind = pl.col("parent_station") != "", pl.col("location_type")
    is_station = kind == STATION
    tell(table, rows, ~(named & is_station), "parent_station", _STATION_WITH_PARENT, findings)
    is_area = kind == BOARDING_AREA
    asked = named & ~is_station
    is_known = pl.col("parent_type").is_not_null()
    tell(table, rows, ~(asked & ~is_known), "parent_station", _UNKNOWN_PARENT, findings)
    circle = asked & pl.col("stop_id").is_in(_in_circles(rows))
    tell(table, rows, ~circle, "parent_station", _PARENT_CIRCLE, findings)
    # Boarding areas belong to a platform, everything else to a station. Some feeds don't mark their stations.
    is_plain = (pl.col("parent_type") == STOP) & (pl.col("grandparent") == "")
    fits = pl.when(is_area).then(pl.col("parent_type") == STOP).otherwise(pl.col("parent_type") == STATION)
    is_taken = asked & is_known & ~circle & (fits | (is_plain & ~is_area)).fill_null(value=False)
    tell(table, rows, ~(asked & is_known & ~circle & ~is_taken), "parent_station", _PARENT_NO_STATION, findings)
    tell(table, rows, ~(is_taken & is_plain & ~is_area), "parent_station", _PLAIN_PARENT, findings)
    return rows.with_columns(pl.when(is_taken).then("parent_station").otherwise(pl.lit("")).alias("parent_id"))


def _in_circles(rows: pl.DataFrame) -> list[str]:
    """The ids of all places from which the way from parent to parent leads back to them."""
    parents = dict(rows.select("stop_id", "parent_station").filter(pl.col("parent_station") != "").iter_rows())
    found: list[str] = []
    seen: set[str] = set()
    for start in parents:
        way: dict[str, None] = {}
        place = start
        while place in parents and place not in seen:
            seen.add(place)
            way[place] = None
            place = parents[place]
        if place in way:
            ids = [*way]
            found += ids[ids.index(place) :]
    return found
