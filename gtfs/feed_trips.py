"""Routes, trips and frequencies of a feed, checked row by row."""

import polars as pl

from gtfs.feed_rows import chosen, filled, keep, texts, with_unique_ids
from gtfs.findings import Fault, FindingList, Severity
from gtfs.text_tables import TextTable

_NO_ROUTE_TYPE = Fault("invalid_integer", "{} is no number of a route type")
_ODD_ROUTE_TYPE = Fault(
    "unexpected_enum_value", "there is no route type {}", "it was kept as it stands", Severity.WARNING
)
_UNKNOWN_ROUTE = Fault("foreign_key_violation", "route {} is not in routes.txt")
_UNKNOWN_SERVICE = Fault("foreign_key_violation", "service {} is in neither calendar.txt nor calendar_dates.txt")
_UNKNOWN_AGENCY = Fault(
    "foreign_key_violation", "agency {} is not in agency.txt", "the route was kept without agency", Severity.WARNING
)
_UNKNOWN_TRIP = Fault("foreign_key_violation", "there is no usable trip {}")
_NO_TIME = Fault("invalid_time", "{} is no time")
_NO_LATER_TIME = Fault("start_and_end_range_out_of_order", "{} is no time after start_time")
_NO_HEADWAY = Fault("number_out_of_range", "{} is no number of seconds above 0")
_LOOSE = "rows are of trips that run every so often, without exact times"
_WRITTEN_OUT = "they were written out from start_time on, as if the times were exact"
_EXTENDED = (100, 1799)
"""Extended route types as German feeds use them; the plain ones are 0 to 7, 11 and 12."""
_PLAIN = (0, 1, 2, 3, 4, 5, 6, 7, 11, 12)

FREQUENCIES = {
    "trip_id": pl.String,
    "start_s": pl.Int64,
    "end_s": pl.Int64,
    "headway_s": pl.Int64,
    "is_exact": pl.Boolean,
}


def read_routes(table: TextTable, agencies: pl.DataFrame, findings: FindingList) -> pl.DataFrame:
    """Routes: ``route_id, name, route_type, agency_id, short_name, long_name, color, text_color``.

    The name is the short one, else the long one, else the id.
    """
    rows = filled(table.typed, "route_id", "route_short_name", "route_long_name", "agency_id")
    rows = with_unique_ids(table, rows, "route_id", findings)
    has_type = pl.col("route_type").is_not_null()
    rows = keep(table, rows, has_type, "route_type", _NO_ROUTE_TYPE, findings)
    is_type = pl.col("route_type").is_in(_PLAIN) | pl.col("route_type").is_between(*_EXTENDED)
    keep(table, rows, is_type, "route_type", _ODD_ROUTE_TYPE, findings)
    is_agency = (pl.col("agency_id") == "") | pl.col("agency_id").is_in(agencies["agency_id"].implode())
    keep(table, rows, is_agency, "agency_id", _UNKNOWN_AGENCY, findings)
    # With one agency the feed need not say whose a route is.
    only_agency = agencies["agency_id"][0] if agencies.height == 1 else ""
    agency = pl.when(~is_agency).then(pl.lit("")).when(pl.col("agency_id") == "").then(pl.lit(only_agency))
    short, long = (pl.col(name).str.strip_chars() for name in ("route_short_name", "route_long_name"))
    name = pl.coalesce(pl.when(name != "").then(name) for name in (short, long, pl.col("route_id")))
    colors = texts(table, {"color": "route_color", "text_color": "route_text_color"})
    return rows.select(
        "route_id",
        name.alias("name"),
        pl.col("route_type").cast(pl.Int32),
        agency.otherwise("agency_id").alias("agency_id"),
        short.alias("short_name"),
        long.alias("long_name"),
        *(pl.lit(colors[column].gather(rows["row"])).alias(column) for column in colors.columns),
    )


def read_trips(
    table: TextTable, routes: pl.DataFrame, service_ids: frozenset[str], findings: FindingList
) -> pl.DataFrame:
    """Trips; the columns are those of :class:`gtfs.feed.Feed`."""
    rows = filled(table.typed, "trip_id", "route_id", "service_id", "trip_headsign")
    rows = filled(rows, "trip_short_name", "block_id", "shape_id")
    rows = with_unique_ids(table, rows, "trip_id", findings)
    has_route = pl.col("route_id").is_in(routes["route_id"].implode())
    rows = keep(table, rows, has_route, "route_id", _UNKNOWN_ROUTE, findings)
    has_service = pl.col("service_id").is_in(list(service_ids))
    rows = keep(table, rows, has_service, "service_id", _UNKNOWN_SERVICE, findings)
    rows = chosen(table, rows, "direction_id", (0, 1), findings, default=-1)
    for field in ("wheelchair_accessible", "bikes_allowed"):
        rows = chosen(table, rows, field, (0, 1, 2), findings)
    return rows.select(
        "trip_id",
        "route_id",
        "service_id",
        pl.col("trip_headsign").str.strip_chars().alias("headsign"),
        pl.col("trip_short_name").alias("short_name"),
        "direction_id",
        "block_id",
        "shape_id",
        "wheelchair_accessible",
        "bikes_allowed",
    )


def read_frequencies(table: TextTable | None, trips: pl.DataFrame, findings: FindingList) -> pl.DataFrame:
    """Frequencies: ``trip_id, start_s, end_s, headway_s, is_exact``, by trip and start."""
    if table is None:
        return pl.DataFrame(schema=FREQUENCIES)
    rows = filled(table.typed, "trip_id").with_columns(
        pl.col("start_time").dt.total_seconds().alias("start_s"), pl.col("end_time").dt.total_seconds().alias("end_s")
    )
    has_trip = pl.col("trip_id").is_in(trips["trip_id"].implode())
    rows = keep(table, rows, has_trip, "trip_id", _UNKNOWN_TRIP, findings)
    rows = keep(table, rows, pl.col("start_s").is_not_null(), "start_time", _NO_TIME, findings)
    ends = pl.col("end_s") > pl.col("start_s")
    rows = keep(table, rows, ends, "end_time", _NO_LATER_TIME, findings)
    rows = keep(table, rows, pl.col("headway_secs") > 0, "headway_secs", _NO_HEADWAY, findings)
    rows = chosen(table, rows, "exact_times", (0, 1), findings)
    loose = int((rows["exact_times"] == 0).sum())
    if loose:
        findings.add(
            table.file,
            "exact_times",
            Fault("frequency_without_exact_times", f"{loose} {_LOOSE}", _WRITTEN_OUT, Severity.INFO),
        )
    return rows.select(
        "trip_id",
        "start_s",
        "end_s",
        pl.col("headway_secs").cast(pl.Int64).alias("headway_s"),
        (pl.col("exact_times") == 1).alias("is_exact"),
    ).sort("trip_id", "start_s")
