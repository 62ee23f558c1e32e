"""Trips that run every so many minutes, written out as single trips."""

from dataclasses import replace

import polars as pl

from gtfs.feed import Feed


def write_out_frequencies(feed: Feed) -> Feed:
    """The feed with every repeated trip written out, one trip per departure, as ``<trip_id>@HH:MM:SS``.

    The trip in trips.txt is only the model for them and does not run itself. Departures that are no promise
    (``exact_times`` 0) are treated like others: a plan needs a time. Transfers that name a model trip are left out.
    """
    if feed.frequencies.is_empty():
        return feed
    starts = (
        feed.frequencies.with_columns(pl.int_ranges("start_s", "end_s", "headway_s").alias("start_s"))
        .select("trip_id", pl.col("start_s"))
        .explode("start_s")
        .unique(maintain_order=True)
        .with_columns(pl.format("{}@{}", "trip_id", _clock(pl.col("start_s"))).alias("new_id"))
    )
    models = starts["trip_id"].unique().implode()
    is_model = pl.col("trip_id").is_in(models)
    trips = feed.trips.join(starts, on="trip_id", how="inner", maintain_order="left_right")
    model_starts = feed.calls.group_by("trip_id").agg(pl.col("departure_s").first().alias("model_start_s"))
    calls = feed.calls.join(model_starts, on="trip_id").join(starts, on="trip_id", maintain_order="right_left")
    shift_s = pl.col("start_s") - pl.col("model_start_s")
    calls = calls.with_columns(pl.col("arrival_s") + shift_s, pl.col("departure_s") + shift_s)
    return replace(
        feed,
        trips=pl.concat([feed.trips.filter(~is_model), _renamed(trips, feed.trips.columns)]),
        calls=pl.concat([feed.calls.filter(~is_model), _renamed(calls, feed.calls.columns)]),
        frequencies=feed.frequencies.clear(),
        transfers=feed.transfers.filter(~pl.any_horizontal(pl.col("from_trip_id", "to_trip_id").is_in(models))),
    )


def _clock(seconds: pl.Expr) -> pl.Expr:
    parts = (seconds // 3600, seconds // 60 % 60, seconds % 60)
    return pl.concat_str([part.cast(pl.String).str.zfill(2) for part in parts], separator=":")


def _renamed(table: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    return table.with_columns(pl.col("new_id").alias("trip_id")).select(columns)
