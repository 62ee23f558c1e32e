"""The text files of a GTFS feed as typed tables, from a zip or a folder, through gtfs-parquet.

gtfs-parquet does the typing. Three things it does not tell are added here: which file is at fault when one cannot be
read, what stood in a field that it could not convert (it becomes null without a word), and the line of a row.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

import polars as pl
from gtfs_parquet.parse import parse_gtfs_file

from gtfs.findings import Fault, FeedError, FindingList

_BOM = b"\xef\xbb\xbf"
_TOO_LONG = Fault("invalid_row_length", "", "the cells at its end were ignored")
_READABLE_ZIP = "copy or download the file again and check that it opens as a zip"


@dataclass(frozen=True, eq=False)
class TextTable:
    """One text file of a feed.

    Parameters
    ----------
    file
        Its name, such as ``stops.txt``.
    raw
        Its bytes, without a byte order mark.
    text
        Its rows as they stand there, without surrounding blanks; an empty field is null. The column ``row`` counts
        them from 0.
    has_long_rows
        Whether rows have more cells than the header; these cells are not in ``text``.
    """

    file: str
    raw: bytes
    text: pl.DataFrame
    has_long_rows: bool = False

    @cached_property
    def typed(self) -> pl.DataFrame:
        """The same rows as gtfs-parquet types them; what it cannot read is null."""
        # Given the numbered rows: it drops a row it can read nothing in.
        typed: pl.DataFrame = parse_gtfs_file(self.text.write_csv().encode(), self.file)
        return typed.with_columns(pl.col("row").cast(pl.UInt32))

    def with_blank_columns(self, *columns: str) -> "TextTable":
        """The table with these columns too, blank in every row."""
        return replace(self, text=self.text.with_columns(pl.lit(None, pl.String).alias(name) for name in columns))

    @cached_property
    def _lines(self) -> list[int]:
        # A quoted field may hold line breaks and empty lines are no rows, so a row's number alone is not its line.
        try:
            return [line for line, cells in _records(self.raw) if any(cells)][1:]
        except csv.Error:  # a cell that is too long for the module
            return []

    def line(self, row: int) -> int | None:
        """The line a row begins at; the header is line 1."""
        return self._lines[row] if len(self._lines) == self.text.height else None

    def report_long_rows(self, findings: FindingList) -> None:
        """Add findings for rows that say something beyond the last column."""
        if not self.has_long_rows:
            return
        records = _records(self.raw)
        _, header = next(records)
        width = len(header)
        long = (
            (line, f"the row has {len(cells)} cells, the header {width}")
            for line, cells in records
            if any(cells[width:])
        )
        findings.add_rows(self.file, "", _TOO_LONG, long)

    def report(self, findings: FindingList, field: str, fault: Fault, rows: pl.Series) -> None:
        """Add findings for faulty rows, given by number; with each goes what the file has in the field."""
        # Only the first few are named, and finding the lines of a large file takes a while.
        values = self.text[field].gather(rows).fill_null("") if field in self.text.columns else [""] * len(rows)
        told = ((self.line(row), fault.about(value)) for row, value in zip(rows, values, strict=True))
        findings.add_rows(self.file, field, fault, told)


def read_files(path: Path, files: Iterable[str]) -> Mapping[str, bytes]:
    """The bytes of those of some files that a feed has, by name.

    Parameters
    ----------
    path
        A folder with text files or a zip of them (at its top or in one folder inside).

    Raises
    ------
    FeedError
        When the path does not exist or is no readable zip.
    """
    try:
        raws = _folder_files(path, files) if path.is_dir() else _zip_files(path, files)
    except FileNotFoundError as error:
        msg = f"There is no timetable at {path}; check the path, it must be a folder of GTFS text files or a zip."
        raise FeedError(msg) from error
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror or error}); check that this program may read it."
        raise FeedError(msg) from error
    return raws


def read_text_table(path: Path, file: str, raw: bytes) -> TextTable:
    """A file of a feed as a table.

    Raises
    ------
    FeedError
        When it is no UTF-8 table.
    """
    return _table(path, file, raw.removeprefix(_BOM))


def has_folder(path: Path) -> bool:
    """Whether the files of a zip lie in a folder within it; no for what is no zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "/" in _members(archive).get("stop_times.txt", "")
    except (zipfile.BadZipFile, OSError):
        return False


def _folder_files(path: Path, files: Iterable[str]) -> Mapping[str, bytes]:
    return {file: (path / file).read_bytes() for file in files if (path / file).is_file()}


def _zip_files(path: Path, files: Iterable[str]) -> Mapping[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            return {file: archive.read(members[file]) for file in files if file in members}
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        msg = f"{path} is no zip, or only a part of one ({error}); {_READABLE_ZIP}."
        raise FeedError(msg) from error
    except (RuntimeError, NotImplementedError) as error:
        msg = f"{path} is a zip that cannot be unpacked ({error}); pack the feed again without a password."
        raise FeedError(msg) from error


def _members(archive: zipfile.ZipFile) -> dict[str, str]:
    """The feed's files in a zip, by name: the shallowest of a name, since some exports pack them in a folder."""
    members: dict[str, str] = {}
    for name in sorted(archive.namelist(), key=lambda n: (n.count("/"), n)):
        members.setdefault(PurePosixPath(name).name, name)
    return members


def _table(path: Path, file: str, raw: bytes) -> TextTable:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        msg = f"{file} in {path} is not UTF-8 text (line {line}); save the file as UTF-8."
        raise FeedError(msg) from error
    try:
        text, has_long_rows = _text(raw)
    except pl.exceptions.NoDataError:
        msg = f"{file} in {path} is empty, even the header is missing; export the feed again."
        raise FeedError(msg) from None
    except pl.exceptions.PolarsError as error:
        line, reason = _fault_of_table(raw)
        place = f" (line {line})" if line else ""
        reason = reason or str(error).splitlines()[0]
        msg = f"{file} in {path} is no comma-separated table{place}: {reason}; check the quotes and export it again."
        raise FeedError(msg) from error
    return TextTable(file, raw, text, has_long_rows)


def _text(raw: bytes) -> tuple[pl.DataFrame, bool]:
    """The rows, and whether some have more cells than the header."""
    try:
        table, has_long_rows = pl.read_csv(raw, infer_schema_length=0), False
    except pl.exceptions.ComputeError:
        table, has_long_rows = pl.read_csv(raw, infer_schema_length=0, truncate_ragged_lines=True), True
    table = table.rename({name: name.strip() for name in table.columns})
    table = table.filter(~pl.all_horizontal(pl.all().is_null())).drop("row", strict=False)
    return table.with_columns(pl.all().str.strip_chars().replace("", None)).with_row_index("row"), has_long_rows


def _records(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    """The header and the rows with the line each begins at; a quoted cell may run over several lines."""
    reader = csv.reader(io.StringIO(raw.decode("utf-8"), newline=""))
    last = 0
    for record in reader:
        yield last + 1, record
        last = reader.line_num


def _fault_of_table(raw: bytes) -> tuple[int, str]:
    """The line where the first row begins that is none, and why; (0, "") if there is none."""
    reader = csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True)
    last = 0
    try:
        for _ in reader:
            last = reader.line_num
    except csv.Error as error:
        is_open = "end of data" in str(error)
        return last + 1, "a quotation mark is never closed" if is_open else str(error)
    return 0, ""
