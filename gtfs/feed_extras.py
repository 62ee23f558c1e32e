"""What a feed says beside its timetable: agencies, shapes, fares, texts in other languages, whose data it is."""

from dataclasses import dataclass, field
from functools import partial

import polars as pl

from gtfs.feed_rows import keep, texts, with_unique_ids
from gtfs.findings import Fault, FindingList, Severity
from gtfs.text_tables import TextTable

SHAPES = {
    "shape_id": pl.String,
    "sequence": pl.Int64,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "distance": pl.Float64,
}
FARES = {
    "fare_id": pl.String,
    "price_ct": pl.Int64,
    "currency": pl.String,
    "is_paid_before": pl.Boolean,
    "transfers": pl.Int8,
    "agency_id": pl.String,
    "transfer_duration_s": pl.Int64,
}

_AGENCY = {
    "agency_id": "agency_id",
    "name": "agency_name",
    "url": "agency_url",
    "lang": "agency_lang",
    "phone": "agency_phone",
    "email": "agency_email",
    "fare_url": "agency_fare_url",
}
_INFO = {
    "publisher_name": "feed_publisher_name",
    "publisher_url": "feed_publisher_url",
    "lang": "feed_lang",
    "default_lang": "default_lang",
    "version": "feed_version",
    "contact_email": "feed_contact_email",
    "contact_url": "feed_contact_url",
}
FEED_INFO = {**dict.fromkeys(_INFO, pl.String), "start_on": pl.Date, "end_on": pl.Date}
_TRANSLATIONS = ("table_name", "field_name", "language", "translation", "record_id", "record_sub_id", "field_value")
_ATTRIBUTIONS = ("attribution_id", "agency_id", "route_id", "trip_id", "organization_name")
_RULES = dict.fromkeys(("fare_id", "route_id", "origin_id", "destination_id", "contains_id"), pl.String)

_DEAREST_CT = 10**9
_BAD_POINT = Fault("number_out_of_range", "{} is no place on earth")
_BAD_NUMBER = Fault("invalid_integer", "{} is no whole number")
_BAD_DATE = Fault("invalid_date", "{} is no date like 20260131", "it was ignored", Severity.WARNING)
_BAD_PRICE = Fault("invalid_float", "{} is no price like 2.40")
_UNKNOWN_FARE = Fault("foreign_key_violation", "fare {} is not in fare_attributes.txt")


@dataclass(frozen=True, eq=False)
class FareTables:
    """Fares, version 1.

    Parameters
    ----------
    attributes
        ``fare_id, price_ct`` (hundredths of the currency's unit), ``currency, is_paid_before, transfers`` (null: any
        number), ``agency_id, transfer_duration_s`` (null: for ever).
    rules
        ``fare_id, route_id, origin_id, destination_id, contains_id``; "" means any.
    """

    attributes: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=FARES))
    rules: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=_RULES))


def read_agencies(table: TextTable | None) -> pl.DataFrame:
    """Agencies: ``agency_id, name, url, lang, phone, email, fare_url``, as text."""
    return texts(table, _AGENCY)


def read_shapes(table: TextTable | None, findings: FindingList) -> pl.DataFrame:
    """Points of shapes in order: see ``SHAPES``; the distance is in the feed's own unit, null where not given."""
    if table is None:
        return pl.DataFrame(schema=SHAPES)
    text = table.text
    distance = text["shape_dist_traveled"] if "shape_dist_traveled" in text.columns else None
    rows = text.select(
        "row",
        pl.col("shape_id").fill_null(""),
        pl.col("shape_pt_sequence").cast(pl.Int64, strict=False).alias("sequence"),
        pl.col("shape_pt_lon").cast(pl.Float64, strict=False).alias("lon"),
        pl.col("shape_pt_lat").cast(pl.Float64, strict=False).alias("lat"),
        pl.lit(distance).cast(pl.Float64, strict=False).alias("distance"),
    )
    is_number = pl.col("sequence").is_not_null()
    rows = keep(table, rows, is_number, "shape_pt_sequence", _BAD_NUMBER, findings)
    rows = keep(table, rows, pl.col("lat").is_between(-90, 90), "shape_pt_lat", _BAD_POINT, findings)
    rows = keep(table, rows, pl.col("lon").is_between(-180, 180), "shape_pt_lon", _BAD_POINT, findings)
    return rows.select(*SHAPES).sort("shape_id", "sequence", maintain_order=True)


def read_feed_info(table: TextTable | None, findings: FindingList) -> pl.DataFrame:
    """Who publishes the feed, and its first and last day ``start_on, end_on`` (null where not given); a row at most."""
    if table is None:
        return pl.DataFrame(schema=FEED_INFO)
    days = {"start_on": "feed_start_date", "end_on": "feed_end_date"}
    rows = texts(table, {**_INFO, **days}).with_row_index("row")
    dates = rows.with_columns(pl.col(day).str.to_date("%Y%m%d", strict=False) for day in days)
    for day, column in days.items():
        is_read = pl.lit(rows[day] == "") | pl.col(day).is_not_null()
        keep(table, dates, is_read, column, _BAD_DATE, findings)
    return dates.select(*FEED_INFO)


def read_translations(table: TextTable | None) -> pl.DataFrame:
    """Texts in other languages, with GTFS's own column names, "" where blank."""
    return texts(table, {name: name for name in _TRANSLATIONS})


def read_attributions(table: TextTable | None) -> pl.DataFrame:
    """Whose data and whose service it is, by agency, route or trip ("" where the row is not about one)."""
    columns = {name: name for name in _ATTRIBUTIONS}
    roles = ("is_producer", "is_operator", "is_authority")
    contact = {"url": "attribution_url", "email": "attribution_email", "phone": "attribution_phone"}
    rows = texts(table, columns | {role: role for role in roles} | contact)
    return rows.with_columns(pl.col(role) == "1" for role in roles)


def read_fares(
    attributes: TextTable | None, rules: TextTable | None, agencies: pl.DataFrame, findings: FindingList
) -> FareTables:
    """Fares, version 1; see :class:`FareTables`."""
    fares = pl.DataFrame(schema=FARES) if attributes is None else _fares(attributes, agencies, findings)
    if rules is None:
        return FareTables(fares)
    rows = texts(rules, {name: name for name in _RULES}).with_row_index("row")
    is_known = pl.col("fare_id").is_in(fares["fare_id"].implode())
    rows = keep(rules, rows, is_known, "fare_id", _UNKNOWN_FARE, findings)
    return FareTables(fares, rows.drop("row"))


def _fares(table: TextTable, agencies: pl.DataFrame, findings: FindingList) -> pl.DataFrame:
    names = ("fare_id", "price", "payment_method", "transfers", "agency_id", "transfer_duration")
    rows = texts(table, {**{name: name for name in names}, "currency": "currency_type"}).with_row_index("row")
    rows = with_unique_ids(table, rows, "fare_id", findings)
    rows = rows.with_columns((pl.col("price").cast(pl.Float64, strict=False) * 100).round().alias("price_ct"))
    rows = keep(table, rows, pl.col("price_ct").is_between(0, _DEAREST_CT), "price", _BAD_PRICE, findings)
    only_agency = agencies["agency_id"][0] if agencies.height == 1 else ""
    return rows.select(
        "fare_id",
        pl.col("price_ct").cast(pl.Int64),
        "currency",
        (pl.col("payment_method") == "1").alias("is_paid_before"),
        pl.col("transfers").cast(pl.Int8, strict=False),
        pl.when(pl.col("agency_id") == "").then(pl.lit(only_agency)).otherwise("agency_id").alias("agency_id"),
        pl.col("transfer_duration").cast(pl.Int64, strict=False).alias("transfer_duration_s"),
    )
