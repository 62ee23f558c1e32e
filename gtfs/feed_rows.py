"""Stops, routes, trips, frequencies and transfers of a feed, checked row by row."""

from collections.abc import Iterable

import polars as pl

from gtfs.findings import FindingList
from gtfs.text_tables import TextTable

LEFT_OUT = "the row was left out"
_STOP, _STATION = 0, 1


def filled(table: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The table with these text columns present and without nulls."""
    present = set(table.columns)
    return table.with_columns(
        (pl.col(name).fill_null("") if name in present else pl.lit("")).alias(name) for name in columns
    )


def keep(
    table: TextTable, rows: pl.DataFrame, condition: pl.Expr, field: str, what: str, findings: FindingList
) -> pl.DataFrame:
    """The rows for which a condition is true; the others become findings.

    Parameters
    ----------
    rows
        Rows of the table, with the column ``row``.
    field
        The column at fault.
    what
        What is wrong, as half a sentence; ``{}`` stands for what the file has in that column.
    """
    marked = rows.with_columns(condition.fill_null(value=False).alias("is_kept"))
    faulty = marked.filter(~pl.col("is_kept")).sort("row")
    if not faulty.is_empty():
        table.report(findings, field, _described(table, faulty["row"].to_list(), field, what), LEFT_OUT)
    return marked.filter("is_kept").drop("is_kept")


def _described(table: TextTable, rows: list[int], field: str, what: str) -> Iterable[tuple[int, str]]:
    values = table.text[field].gather(rows).fill_null("") if field in table.text.columns else [""] * len(rows)
    return ((row, what.format(repr(str(value)))) for row, value in zip(rows, values, strict=True))


def read_stops(table: TextTable, findings: FindingList) -> pl.DataFrame:
    """Stops and stations: ``stop_id, name, lon, lat, parent_id``.

    Entrances, nodes and boarding areas are no places to board at and left out without a finding.
    """
    # gtfs-parquet keeps coordinates in single precision, half a metre off: they are taken from the text.
    coordinates = table.text.select(
        pl.col("stop_lon").cast(pl.Float64, strict=False).alias("lon"),
        pl.col("stop_lat").cast(pl.Float64, strict=False).alias("lat"),
    )
    rows = pl.concat([filled(table.typed, "stop_id", "stop_name", "parent_station"), coordinates], how="horizontal")
    if "location_type" in rows.columns:
        rows = rows.filter(pl.col("location_type").fill_null(_STOP).is_in([_STOP, _STATION]))
    rows = keep(table, rows, pl.col("stop_id") != "", "stop_id", "the id is missing", findings)
    rows = keep(table, rows, pl.col("stop_id").is_first_distinct(), "stop_id", "{} is there already", findings)
    lat_fits = pl.col("lat").is_between(-90, 90)
    rows = keep(table, rows, lat_fits, "stop_lat", "{} is no latitude from -90 to 90", findings)
    lon_fits = pl.col("lon").is_between(-180, 180)
    rows = keep(table, rows, lon_fits, "stop_lon", "{} is no longitude from -180 to 180", findings)
    is_placed = (pl.col("lon") != 0) | (pl.col("lat") != 0)
    rows = keep(table, rows, is_placed, "stop_lat", "0, 0 is in the ocean, not a stop", findings)
    is_known = pl.col("parent_station").is_in(rows["stop_id"].implode())
    return rows.select(
        "stop_id",
        pl.when(pl.col("stop_name") == "").then("stop_id").otherwise("stop_name").alias("name"),
        "lon",
        "lat",
        pl.when(is_known).then("parent_station").otherwise(pl.lit("")).alias("parent_id"),
    )


def read_routes(table: TextTable, findings: FindingList) -> pl.DataFrame:
    """Routes: ``route_id, name, route_type``; the name is the short one, else the long one, else the id."""
    rows = filled(table.typed, "route_id", "route_short_name", "route_long_name")
    rows = keep(table, rows, pl.col("route_id") != "", "route_id", "the id is missing", findings)
    rows = keep(table, rows, pl.col("route_id").is_first_distinct(), "route_id", "{} is there already", findings)
    has_type = pl.col("route_type").is_not_null()
    rows = keep(table, rows, has_type, "route_type", "{} is no number of a route type", findings)
    names = (pl.col(name).str.strip_chars() for name in ("route_short_name", "route_long_name"))
    name = pl.coalesce(pl.when(name != "").then(name) for name in (*names, pl.col("route_id")))
    return rows.select("route_id", name.alias("name"), pl.col("route_type").cast(pl.Int32))


def read_trips(
    table: TextTable, routes: pl.DataFrame, service_ids: frozenset[str], findings: FindingList
) -> pl.DataFrame:
    """Trips: ``trip_id, route_id, service_id, headsign``."""
    rows = filled(table.typed, "trip_id", "route_id", "service_id", "trip_headsign")
    rows = keep(table, rows, pl.col("trip_id") != "", "trip_id", "the id is missing", findings)
    rows = keep(table, rows, pl.col("trip_id").is_first_distinct(), "trip_id", "{} is there already", findings)
    has_route = pl.col("route_id").is_in(routes["route_id"].implode())
    rows = keep(table, rows, has_route, "route_id", "route {} is not in routes.txt", findings)
    has_service = pl.col("service_id").is_in(list(service_ids))
    unknown = "service {} is in neither calendar.txt nor calendar_dates.txt"
    rows = keep(table, rows, has_service, "service_id", unknown, findings)
    return rows.select("trip_id", "route_id", "service_id", pl.col("trip_headsign").str.strip_chars().alias("headsign"))


def read_frequencies(table: TextTable | None, trips: pl.DataFrame, findings: FindingList) -> pl.DataFrame:
    """Frequencies: ``trip_id, start_s, end_s, headway_s``, by trip and start."""
    if table is None:
        schema = {"trip_id": pl.String, "start_s": pl.Int64, "end_s": pl.Int64, "headway_s": pl.Int64}
        return pl.DataFrame(schema=schema)
    rows = filled(table.typed, "trip_id").with_columns(
        pl.col("start_time").dt.total_seconds().alias("start_s"), pl.col("end_time").dt.total_seconds().alias("end_s")
    )
    has_trip = pl.col("trip_id").is_in(trips["trip_id"].implode())
    rows = keep(table, rows, has_trip, "trip_id", "there is no usable trip {}", findings)
    rows = keep(table, rows, pl.col("start_s").is_not_null(), "start_time", "{} is no time", findings)
    ends = pl.col("end_s") > pl.col("start_s")
    rows = keep(table, rows, ends, "end_time", "{} is no time after start_time", findings)
    moves = pl.col("headway_secs") > 0
    rows = keep(table, rows, moves, "headway_secs", "{} is no number of seconds above 0", findings)
    return rows.select("trip_id", "start_s", "end_s", pl.col("headway_secs").cast(pl.Int64).alias("headway_s")).sort(
        "trip_id", "start_s"
    )


def read_transfers(table: TextTable | None, stops: pl.DataFrame, findings: FindingList) -> pl.DataFrame:
    """Transfers between stops: ``from_stop_id, to_stop_id, transfer_type, min_transfer_s``.

    Rules for single routes or trips, and in-seat transfers (types 4 and 5), are left out without a finding.
    """
    if table is None:
        schema = {
            "from_stop_id": pl.String,
            "to_stop_id": pl.String,
            "transfer_type": pl.Int8,
            "min_transfer_s": pl.Int32,
        }
        return pl.DataFrame(schema=schema)
    narrower = ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id")
    rows = filled(table.typed, "from_stop_id", "to_stop_id", *narrower)
    rows = rows.filter(pl.all_horizontal(pl.col(name) == "" for name in narrower))
    # A blank transfer_type means 0 in GTFS.
    rows = rows.with_columns(pl.col("transfer_type").fill_null(0)).filter(pl.col("transfer_type").is_between(0, 3))
    for field in ("from_stop_id", "to_stop_id"):
        is_known = pl.col(field).is_in(stops["stop_id"].implode())
        rows = keep(table, rows, is_known, field, "stop {} is not in stops.txt", findings)
    if "min_transfer_time" not in rows.columns:
        rows = rows.with_columns(pl.lit(None, pl.Int32).alias("min_transfer_time"))
    min_transfer = pl.when(pl.col("min_transfer_time") >= 0).then("min_transfer_time").alias("min_transfer_s")
    return rows.select("from_stop_id", "to_stop_id", "transfer_type", min_transfer)
