"""The calendar of a feed, from calendar.txt and calendar_dates.txt."""

import numpy as np
import polars as pl

from gtfs.calendar import Calendar
from gtfs.feed_rows import NO_ID, filled, keep, with_unique_ids
from gtfs.findings import Fault, FindingList
from gtfs.text_tables import TextTable

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ADDED, _REMOVED = 1, 2
_UNIX_EPOCH_DAY = 719_163
"""1970-01-01 as ``date.toordinal`` counts, where polars counts from 0."""

_NO_BIT = Fault("unexpected_enum_value", "{} is neither 0 nor 1")
_NO_DATE = Fault("invalid_date", "{} is no date like 20260131")
_ENDS_FIRST = Fault("start_and_end_range_out_of_order", "{} is before start_date")
_NO_EXCEPTION = Fault("unexpected_enum_value", "{} is neither 1 (added) nor 2 (removed)")
_TAKEN_DATE = Fault("duplicate_key", "the service has a row for {} already")


def read_calendar(rules: TextTable | None, exceptions: TextTable | None, findings: FindingList) -> Calendar:
    """Which services run when; a service may have a weekly rule, single dates, or both."""
    rule_rows = _rule_rows(rules, findings)
    exception_rows = _exception_rows(exceptions, findings)
    services = pl.concat([rule_rows["service_id"], exception_rows["service_id"]]).unique(maintain_order=True)
    index = {service: i for i, service in enumerate(services)}
    weekdays = np.zeros(len(index), np.uint8)
    first_day, last_day = np.zeros(len(index), np.int32), np.zeros(len(index), np.int32)
    weekdays[: rule_rows.height] = rule_rows["weekdays"].to_numpy()
    first_day[: rule_rows.height] = rule_rows["first_day"].to_numpy()
    last_day[: rule_rows.height] = rule_rows["last_day"].to_numpy()
    return Calendar(
        tuple(index),
        weekdays,
        first_day,
        last_day,
        np.array([index[service] for service in exception_rows["service_id"]], np.int32),
        exception_rows["day"].to_numpy().astype(np.int32),
        (exception_rows["exception_type"] == _ADDED).to_numpy().astype(np.bool_),
    )


def _rule_rows(table: TextTable | None, findings: FindingList) -> pl.DataFrame:
    if table is None:
        schema = {"service_id": pl.String, "weekdays": pl.UInt8, "first_day": pl.Int32, "last_day": pl.Int32}
        return pl.DataFrame(schema=schema)
    rows = filled(table.typed, "service_id")
    rows = with_unique_ids(table, rows, "service_id", findings)
    for field in _DAYS:
        rows = keep(table, rows, pl.col(field).is_in([0, 1]), field, _NO_BIT, findings)
    rows = keep(table, rows, pl.col("start_date").is_not_null(), "start_date", _NO_DATE, findings)
    rows = keep(table, rows, pl.col("end_date").is_not_null(), "end_date", _NO_DATE, findings)
    is_ordered = pl.col("start_date") <= pl.col("end_date")
    rows = keep(table, rows, is_ordered, "end_date", _ENDS_FIRST, findings)
    return rows.select(
        "service_id",
        pl.sum_horizontal(pl.col(day).cast(pl.UInt8) * (1 << bit) for bit, day in enumerate(_DAYS)).alias("weekdays"),
        _day_of("start_date").alias("first_day"),
        _day_of("end_date").alias("last_day"),
    )


def _exception_rows(table: TextTable | None, findings: FindingList) -> pl.DataFrame:
    if table is None:
        return pl.DataFrame(schema={"service_id": pl.String, "day": pl.Int32, "exception_type": pl.Int8})
    rows = filled(table.typed, "service_id")
    rows = keep(table, rows, pl.col("service_id") != "", "service_id", NO_ID, findings)
    rows = keep(table, rows, pl.col("date").is_not_null(), "date", _NO_DATE, findings)
    is_known = pl.col("exception_type").is_in([_ADDED, _REMOVED])
    rows = keep(table, rows, is_known, "exception_type", _NO_EXCEPTION, findings)
    is_first = pl.struct("service_id", "date").is_first_distinct()
    rows = keep(table, rows, is_first, "date", _TAKEN_DATE, findings)
    return rows.select("service_id", _day_of("date").alias("day"), "exception_type")


def _day_of(field: str) -> pl.Expr:
    return pl.col(field).cast(pl.Int32) + _UNIX_EPOCH_DAY
