"""Checking the rows of a feed: what is kept, what is left out, what a blank or wrong value is taken as."""

from collections.abc import Mapping, Sequence

import polars as pl

from gtfs.findings import Fault, FindingList, Severity
from gtfs.text_tables import TextTable

NO_ID = Fault("missing_required_field", "the id is missing")
TAKEN_ID = Fault("duplicate_key", "{} is there already")


def filled(table: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The table with these text columns present and without nulls."""
    present = set(table.columns)
    return table.with_columns(
        (pl.col(name).fill_null("") if name in present else pl.lit("")).alias(name) for name in columns
    )


def with_columns_present(table: pl.DataFrame, columns: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """The table with these columns, full of nulls where the file has none."""
    missing = [pl.lit(None, kind).alias(name) for name, kind in columns.items() if name not in table.columns]
    return table.with_columns(missing)


def keep(
    table: TextTable, rows: pl.DataFrame, condition: pl.Expr, field: str, fault: Fault, findings: FindingList
) -> pl.DataFrame:
    """The rows for which a condition is true; the others become findings.

    Parameters
    ----------
    rows
        Rows of the table, with the column ``row``.
    field
        The column at fault.
    """
    is_kept = rows.select(condition.fill_null(value=False).alias("is_kept")).to_series()
    if is_kept.all():
        return rows
    faulty = rows.filter(~is_kept).get_column("row").sort()
    table.report(findings, field, fault, faulty)
    return rows.filter(is_kept)


def tell(
    table: TextTable, rows: pl.DataFrame, condition: pl.Expr, field: str, fault: Fault, findings: FindingList
) -> None:
    """Make findings of the rows for which a condition is *not* true; whoever calls says in the fault what is done."""
    keep(table, rows, condition, field, fault, findings)


def chosen(
    table: TextTable, rows: pl.DataFrame, field: str, allowed: Sequence[int], findings: FindingList, default: int = 0
) -> pl.DataFrame:
    """The rows with a column of whole numbers out of few: a blank is the default, and so is what GTFS does not know."""
    if field not in rows.columns:
        return rows.with_columns(pl.lit(default, pl.Int8).alias(field))
    known = pl.col(field).is_in(list(allowed))
    if field in table.text.columns:
        # gtfs-parquet makes null of what it cannot read: only the text tells a blank from a fault.
        blank = table.text.get_column(field).is_null().gather(rows.get_column("row"))
        is_right = known.fill_null(value=False) | pl.lit(blank)
        numbers = ", ".join(map(str, allowed))
        fault = Fault("unexpected_enum_value", f"{{}} is none of {numbers}", f"{default} was assumed", Severity.WARNING)
        tell(table, rows, is_right, field, fault, findings)
    return rows.with_columns(pl.when(known).then(pl.col(field)).otherwise(default).cast(pl.Int8).alias(field))


def with_unique_ids(table: TextTable, rows: pl.DataFrame, field: str, findings: FindingList) -> pl.DataFrame:
    """The rows that have an id which no earlier row has."""
    rows = keep(table, rows, pl.col(field) != "", field, NO_ID, findings)
    return keep(table, rows, pl.col(field).is_first_distinct(), field, TAKEN_ID, findings)


def texts(table: TextTable | None, columns: Mapping[str, str]) -> pl.DataFrame:
    """Columns of a file as text, under new names (``{new: in the file}``); "" where blank, no rows without the file."""
    if table is None:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    rows = filled(table.text, *columns.values())
    return rows.select(pl.col(name).alias(new) for new, name in columns.items())
