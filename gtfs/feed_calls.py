"""The calls of a feed: stop_times.txt checked, ordered and with the times it leaves open filled in."""

import numpy as np
import polars as pl

from gtfs.feed_rows import filled, keep
from gtfs.findings import FindingList
from gtfs.geometry import distances_m
from gtfs.text_tables import TextTable

_TIME = r"^\d{1,3}:[0-5]?\d:[0-5]?\d$"
_NO_TIME = "{} is no time like 08:15:00"
_FORBIDDEN = 1
"""The pickup_type and drop_off_type of a call at which nobody may board or alight."""
_WINDOW_STARTS = ("start_pickup_drop_off_window", "start_pickup_dropoff_window")
"""The adopted name of GTFS-Flex and the one of its draft, both seen in real feeds."""


def read_calls(
    table: TextTable, all_trip_ids: pl.Series, trips: pl.DataFrame, stops: pl.DataFrame, findings: FindingList
) -> pl.DataFrame:
    """Calls: ``trip_id, stop_id, arrival_s, departure_s, can_board, can_alight``, trips of one call left out.

    Parameters
    ----------
    all_trip_ids
        Every id in trips.txt, including trips that were left out: their calls go with them, unmentioned.
    """
    rows = _timed_stop_rows(table, findings)
    is_known = pl.col("trip_id").is_in(all_trip_ids.drop_nulls().implode())
    rows = keep(table, rows, is_known, "trip_id", "trip {} is not in trips.txt", findings)
    rows = rows.join(trips.select("trip_id"), on="trip_id", how="semi")
    has_stop = pl.col("stop_id").is_in(stops["stop_id"].implode())
    rows = keep(table, rows, has_stop, "stop_id", "{} is no usable stop of stops.txt", findings)
    for field, seconds in (("arrival_time", "arrival_s"), ("departure_time", "departure_s")):
        is_time = pl.col(f"{field}_text").is_null() | pl.col(seconds).is_not_null()
        rows = keep(table, rows, is_time, field, _NO_TIME, findings)
    is_number = pl.col("stop_sequence").is_not_null()
    rows = keep(table, rows, is_number, "stop_sequence", "{} is no whole number", findings)
    rows = rows.sort("trip_id", "stop_sequence", "row")
    is_first = pl.struct("trip_id", "stop_sequence").is_first_distinct()
    rows = keep(table, rows, is_first, "stop_sequence", "the trip has {} already", findings)
    rows = _in_order_of_time(table, rows, findings)
    rows = rows.filter(pl.len().over("trip_id") >= 2)
    return _interpolated(rows, stops).select(
        "trip_id",
        "stop_id",
        "arrival_s",
        "departure_s",
        _may("pickup_type", "can_board"),
        _may("drop_off_type", "can_alight"),
    )


def _timed_stop_rows(table: TextTable, findings: FindingList) -> pl.DataFrame:
    """The rows of stop_times.txt that are calls of a line, with their times in seconds."""
    text = {"arrival_time": "arrival_s", "departure_time": "departure_s"}
    rows = filled(table.typed, "trip_id", "stop_id").with_columns(
        *(table.text[field].alias(f"{field}_text") for field in text),
        *(
            pl.when(table.text[field].str.contains(_TIME)).then(pl.col(field).dt.total_seconds()).alias(seconds)
            for field, seconds in text.items()
        ),
    )
    for name in ("pickup_type", "drop_off_type"):
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(0, pl.Int8).alias(name))
    on_demand = [pl.col(name).is_not_null() for name in _WINDOW_STARTS if name in rows.columns]
    on_demand += [
        (pl.col("stop_id") == "") & (pl.col(name).fill_null("") != "")
        for name in ("location_id", "location_group_id")
        if name in rows.columns
    ]
    if not on_demand:
        return rows
    calls = rows.filter(~pl.any_horizontal(on_demand))
    if calls.height < rows.height:
        message = f"{rows.height - calls.height} rows are on-demand services (GTFS-Flex) and no part of the timetable."
        findings.add(table.file, None, "location_id", message)
    return calls


def _in_order_of_time(table: TextTable, rows: pl.DataFrame, findings: FindingList) -> pl.DataFrame:
    """The rows of each trip with times that never go back, beginning and ending with a time."""
    # One of the two times may be left open: the vehicle does not wait there.
    arrival = pl.coalesce("arrival_s", "departure_s").alias("arrival_s")
    departure = pl.coalesce("departure_s", "arrival_s").alias("departure_s")
    rows = rows.with_columns(arrival, departure)
    is_open = pl.col("arrival_s").is_null()
    waits = is_open | (pl.col("departure_s") >= pl.col("arrival_s"))
    rows = keep(table, rows, waits, "departure_time", "{} is before arrival_time", findings)
    before = pl.col("departure_s").cum_max().forward_fill().shift(1).over("trip_id")
    goes_on = is_open | (pl.col("arrival_s") >= before.fill_null(-1))
    rows = keep(table, rows, goes_on, "arrival_time", "{} is before the trip left an earlier stop", findings)
    is_timed = pl.col("arrival_s").is_not_null().cast(pl.Int32)
    begun = is_timed.cum_sum().over("trip_id") > 0
    goes_on_timed = is_timed.cum_sum(reverse=True).over("trip_id") > 0
    untimed = "the first and last call of a trip need a time"
    return keep(table, rows, begun & goes_on_timed, "arrival_time", untimed, findings)


def _interpolated(rows: pl.DataFrame, stops: pl.DataFrame) -> pl.DataFrame:
    """The rows with open times filled in as if the vehicle drove evenly along the straight lines between stops."""
    if rows["arrival_s"].null_count() == 0:
        return rows
    places = rows.join(stops.select("stop_id", "lon", "lat"), on="stop_id", how="left", maintain_order="left")
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    # A metre more per call keeps calls at one place apart and the sum strictly growing.
    along_m = np.concatenate([[0.0], np.cumsum(distances_m(lon[:-1], lat[:-1], lon[1:], lat[1:]) + 1.0)])
    timed = np.flatnonzero(rows["arrival_s"].is_not_null().to_numpy())
    still_open = np.flatnonzero(rows["arrival_s"].is_null().to_numpy())
    # Every trip begins and ends with a time, so the neighbours found here are calls of the same trip.
    after = np.searchsorted(timed, still_open)
    left, right = timed[after - 1], timed[after]
    arrival = rows["arrival_s"].fill_null(0).to_numpy().copy()
    departure = rows["departure_s"].fill_null(0).to_numpy().copy()
    share = (along_m[still_open] - along_m[left]) / (along_m[right] - along_m[left])
    filled_in = departure[left] + np.rint(share * (arrival[right] - departure[left])).astype(np.int64)
    arrival[still_open] = filled_in
    departure[still_open] = filled_in
    return rows.with_columns(pl.Series("arrival_s", arrival), pl.Series("departure_s", departure))


def _may(field: str, name: str) -> pl.Expr:
    return (pl.col(field).fill_null(0) != _FORBIDDEN).alias(name)
