"""The calls of a feed: stop_times.txt checked, ordered and with the times it leaves open filled in."""

import polars as pl

from gtfs.feed_flex import is_on_demand
from gtfs.feed_open_times import with_open_times
from gtfs.feed_rows import chosen, filled, keep
from gtfs.findings import Fault, FindingList, Severity
from gtfs.text_tables import TextTable

_TIME = r"^\d{1,3}:[0-5]?\d:[0-5]?\d$"
_FORBIDDEN = 1
"""The pickup_type and drop_off_type of a call at which nobody may board or alight."""

_NO_TIME = Fault("invalid_time", "{} is no time like 08:15:00")
_UNKNOWN_TRIP = Fault("foreign_key_violation", "trip {} is not in trips.txt")
_UNKNOWN_STOP = Fault("foreign_key_violation", "{} is no usable stop of stops.txt")
_NO_NUMBER = Fault("invalid_integer", "{} is no whole number")
_TAKEN_NUMBER = Fault("duplicate_key", "the trip has {} already")
_LEAVES_FIRST = Fault("start_and_end_range_out_of_order", "{} is before arrival_time")
_GOES_BACK = Fault(
    "stop_time_with_arrival_before_previous_departure_time", "{} is before the trip left an earlier stop"
)
_NO_EDGE = Fault("missing_trip_edge", "the first and last call of a trip need a time")
_ON_DEMAND = Fault(
    "on_demand_rows",
    "rows are on-demand services (GTFS-Flex)",
    "they are no part of the timetable",
    Severity.INFO,
)


def read_calls(
    table: TextTable, all_trip_ids: pl.Series, trips: pl.DataFrame, stops: pl.DataFrame, findings: FindingList
) -> pl.DataFrame:
    """Calls with the columns of :class:`gtfs.feed.Feed`, trips of one call left out.

    Parameters
    ----------
    all_trip_ids
        Every id in trips.txt, including trips that were left out: their calls go with them, unmentioned.
    """
    rows = _timed_stop_rows(table, findings)
    is_known = pl.col("trip_id").is_in(all_trip_ids.drop_nulls().implode())
    rows = keep(table, rows, is_known, "trip_id", _UNKNOWN_TRIP, findings)
    rows = rows.join(trips.select("trip_id"), on="trip_id", how="semi", maintain_order="left")
    has_stop = pl.col("stop_id").is_in(stops["stop_id"].implode())
    rows = keep(table, rows, has_stop, "stop_id", _UNKNOWN_STOP, findings)
    for field, seconds in (("arrival_time", "arrival_s"), ("departure_time", "departure_s")):
        is_time = ~pl.col(f"{field}_given") | pl.col(seconds).is_not_null()
        rows = keep(table, rows, is_time, field, _NO_TIME, findings)
    is_number = pl.col("stop_sequence").is_not_null()
    rows = keep(table, rows, is_number, "stop_sequence", _NO_NUMBER, findings)
    rows = rows.sort("trip_id", "stop_sequence", "row")
    is_first = (pl.col("trip_id") != pl.col("trip_id").shift(1)) | (
        pl.col("stop_sequence") != pl.col("stop_sequence").shift(1)
    )
    rows = keep(table, rows, is_first.fill_null(value=True), "stop_sequence", _TAKEN_NUMBER, findings)
    rows = _in_order_of_time(table, rows, findings)
    rows = rows.filter(pl.len().over("trip_id") >= 2)
    was_open = rows["arrival_s"].is_null()
    return with_open_times(rows, stops).select(
        "trip_id",
        "stop_id",
        "arrival_s",
        "departure_s",
        _may("pickup_type", "can_board"),
        _may("drop_off_type", "can_alight"),
        "pickup_type",
        "drop_off_type",
        ((pl.col("timepoint") == 1) & ~pl.lit(was_open)).alias("is_timepoint"),
        pl.col("stop_headsign").alias("headsign"),
        "stop_sequence",
    )


def _timed_stop_rows(table: TextTable, findings: FindingList) -> pl.DataFrame:
    """The rows of stop_times.txt that are calls of a line, with their times in seconds."""
    text = {"arrival_time": "arrival_s", "departure_time": "departure_s"}
    has_distance = "shape_dist_traveled" in table.text.columns
    distance = table.text["shape_dist_traveled"].cast(pl.Float64, strict=False) if has_distance else None
    rows = filled(table.typed, "trip_id", "stop_id", "stop_headsign").with_columns(
        *(table.text[field].is_not_null().alias(f"{field}_given") for field in text),
        *(
            pl.when(table.text[field].str.contains(_TIME)).then(pl.col(field).dt.total_seconds()).alias(seconds)
            for field, seconds in text.items()
        ),
        pl.lit(distance).cast(pl.Float64).alias("distance"),
    )
    # Asked of the text: a blank is null there.
    on_demand = table.text.with_columns(is_on_demand(table.text.columns).alias("is_on_demand"))["is_on_demand"]
    calls = rows.filter(~on_demand)
    if calls.height < rows.height:
        kind = Fault(_ON_DEMAND.code, f"{on_demand.sum()} {_ON_DEMAND.what}", _ON_DEMAND.effect, _ON_DEMAND.severity)
        findings.add(table.file, "location_id", kind)
    for name in ("pickup_type", "drop_off_type"):
        calls = chosen(table, calls, name, (0, 1, 2, 3), findings)
    return chosen(table, calls, "timepoint", (0, 1), findings, default=1)


def _in_order_of_time(table: TextTable, rows: pl.DataFrame, findings: FindingList) -> pl.DataFrame:
    """The rows of each trip with times that never go back, beginning and ending with a time."""
    # One of the two times may be left open: the vehicle does not wait there.
    arrival = pl.coalesce("arrival_s", "departure_s").alias("arrival_s")
    departure = pl.coalesce("departure_s", "arrival_s").alias("departure_s")
    rows = rows.with_columns(arrival, departure)
    is_open = pl.col("arrival_s").is_null()
    waits = is_open | (pl.col("departure_s") >= pl.col("arrival_s"))
    rows = keep(table, rows, waits, "departure_time", _LEAVES_FIRST, findings)
    before = pl.col("departure_s").cum_max().forward_fill().shift(1).over("trip_id")
    goes_on = is_open | (pl.col("arrival_s") >= before.fill_null(-1))
    rows = keep(table, rows, goes_on, "arrival_time", _GOES_BACK, findings)
    if rows["arrival_s"].null_count() == 0:
        return rows
    is_timed = pl.col("arrival_s").is_not_null().cast(pl.Int32)
    begun = is_timed.cum_sum().over("trip_id") > 0
    goes_on_timed = is_timed.cum_sum(reverse=True).over("trip_id") > 0
    return keep(table, rows, begun & goes_on_timed, "arrival_time", _NO_EDGE, findings)


def _may(field: str, name: str) -> pl.Expr:
    return (pl.col(field) != _FORBIDDEN).alias(name)
