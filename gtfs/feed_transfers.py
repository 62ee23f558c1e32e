"""Transfers, levels and pathways of a feed."""

import polars as pl

from gtfs.feed_rows import chosen, filled, keep, with_columns_present, with_unique_ids
from gtfs.findings import Fault, FindingList, Severity
from gtfs.text_tables import TextTable

TRANSFERS = {
    "from_stop_id": pl.String,
    "to_stop_id": pl.String,
    "transfer_type": pl.Int8,
    "min_transfer_s": pl.Int32,
    "from_route_id": pl.String,
    "to_route_id": pl.String,
    "from_trip_id": pl.String,
    "to_trip_id": pl.String,
}
PATHWAYS = {
    "pathway_id": pl.String,
    "from_stop_id": pl.String,
    "to_stop_id": pl.String,
    "mode": pl.Int8,
    "is_bidirectional": pl.Boolean,
    "length_m": pl.Float64,
    "traversal_s": pl.Int32,
    "stair_count": pl.Int32,
}
LEVELS = {"level_id": pl.String, "level_index": pl.Float64, "name": pl.String}

_IN_SEAT_TYPES = [4, 5]
_UNKNOWN_STOP = Fault("foreign_key_violation", "stop {} is not in stops.txt")
_UNKNOWN_ROUTE = Fault("foreign_key_violation", "route {} is not in routes.txt")
_UNKNOWN_TRIP = Fault("foreign_key_violation", "there is no usable trip {}")
_BAD_TYPE = Fault("unexpected_enum_value", "{} is no transfer type from 0 to 5")
_NO_TRIP = Fault("missing_required_field", "a transfer in the seat (types 4 and 5) needs both trips")
_NEGATIVE = Fault(
    "number_out_of_range", "{} is no number of seconds", "the transfer was kept without it", Severity.WARNING
)
_UNKNOWN_PLACE = Fault("foreign_key_violation", "{} is not in stops.txt")


def read_transfers(
    table: TextTable | None, stops: pl.DataFrame, routes: pl.DataFrame, trips: pl.DataFrame, findings: FindingList
) -> pl.DataFrame:
    """Transfers of all types: see ``TRANSFERS``; what a row leaves open is ""."""
    if table is None:
        return pl.DataFrame(schema=TRANSFERS)
    rows = filled(table.typed, *(name for name, kind in TRANSFERS.items() if kind == pl.String))
    # A blank transfer_type means 0 in GTFS.
    blank = table.text["transfer_type"].is_null()
    is_type = pl.col("transfer_type").is_between(0, 5).fill_null(value=False) | pl.lit(blank)
    rows = keep(table, rows, is_type, "transfer_type", _BAD_TYPE, findings)
    rows = rows.with_columns(pl.col("transfer_type").fill_null(0).cast(pl.Int8))
    is_in_seat = pl.col("transfer_type").is_in(_IN_SEAT_TYPES)
    for field in ("from_stop_id", "to_stop_id"):
        is_known = pl.col(field).is_in(stops["stop_id"].implode()) | (is_in_seat & (pl.col(field) == ""))
        rows = keep(table, rows, is_known, field, _UNKNOWN_STOP, findings)
    for field in ("from_route_id", "to_route_id"):
        is_known = (pl.col(field) == "") | pl.col(field).is_in(routes["route_id"].implode())
        rows = keep(table, rows, is_known, field, _UNKNOWN_ROUTE, findings)
    for field in ("from_trip_id", "to_trip_id"):
        rows = keep(table, rows, ~is_in_seat | (pl.col(field) != ""), field, _NO_TRIP, findings)
        is_known = (pl.col(field) == "") | pl.col(field).is_in(trips["trip_id"].implode())
        rows = keep(table, rows, is_known, field, _UNKNOWN_TRIP, findings)
    rows = with_columns_present(rows, {"min_transfer_time": pl.Int32})
    is_time = pl.col("min_transfer_time") >= 0
    if "min_transfer_time" in table.text.columns:
        written = table.text["min_transfer_time"].is_null().gather(rows["row"])
        keep(table, rows, is_time.fill_null(value=False) | pl.lit(written), "min_transfer_time", _NEGATIVE, findings)
    seconds = pl.when(is_time).then("min_transfer_time").cast(pl.Int32).alias("min_transfer_s")
    return rows.with_columns(seconds).select(*TRANSFERS)


def read_pathways(table: TextTable | None, place_ids: pl.Series, findings: FindingList) -> pl.DataFrame:
    """Ways within stations: see ``PATHWAYS``; lengths and times are null where the feed gives none."""
    if table is None:
        return pl.DataFrame(schema=PATHWAYS)
    rows = filled(table.typed, "pathway_id", "from_stop_id", "to_stop_id")
    rows = with_unique_ids(table, rows, "pathway_id", findings)
    for field in ("from_stop_id", "to_stop_id"):
        rows = keep(table, rows, pl.col(field).is_in(place_ids.implode()), field, _UNKNOWN_PLACE, findings)
    rows = chosen(table, rows, "pathway_mode", range(1, 8), findings, default=1)
    rows = chosen(table, rows, "is_bidirectional", (0, 1), findings)
    measures = {"length": pl.Float64, "traversal_time": pl.Int32, "stair_count": pl.Int32}
    rows = with_columns_present(rows, measures)
    return rows.select(
        "pathway_id",
        "from_stop_id",
        "to_stop_id",
        pl.col("pathway_mode").alias("mode"),
        pl.col("is_bidirectional") == 1,
        pl.col("length").cast(pl.Float64).alias("length_m"),
        pl.col("traversal_time").cast(pl.Int32).alias("traversal_s"),
        pl.col("stair_count").cast(pl.Int32),
    )


def read_levels(table: TextTable | None, findings: FindingList) -> pl.DataFrame:
    """Floors of stations: see ``LEVELS``; 0 is the ground, an index is null where it is no number."""
    if table is None:
        return pl.DataFrame(schema=LEVELS)
    rows = with_unique_ids(table, filled(table.typed, "level_id", "level_name"), "level_id", findings)
    rows = with_columns_present(rows, {"level_index": pl.Float64})
    return rows.select("level_id", pl.col("level_index").cast(pl.Float64), pl.col("level_name").alias("name"))
