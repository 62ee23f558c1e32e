"""The breadth of rules: what the library gtfs-guru finds in a feed, as findings of ours.

It knows the rules of the canonical GTFS validator and calls kinds of faults by the same codes. What it says of German
feeds against their custom, and what our own reading says better, is left out.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import gtfs_guru

from gtfs.feed_files import OPTIONAL, REQUIRED
from gtfs.feed_flex import ZONES
from gtfs.findings import Fault, FeedError, Finding, FindingList, Severity
from gtfs.text_tables import TextTable, has_folder, read_files, read_text_table

_QUIET = {
    "unknown_column",  # every publisher has some of their own, and GTFS allows it
    "unknown_file",
    "invalid_input_files_in_subfolder",  # read all the same
}
AS_IT_STANDS = "it was read as it stands"
"""What was done about whatever the library found: nothing."""
_FILE_NAMES = ("filename", "childFilename")
_FIELD_NAMES = ("fieldName", "childFieldName", "columnName")
_ROW_NUMBERS = ("csvRowNumber", "childCsvRowNumber", "csvRowNumberB")
_NEVER_SHOWN = {
    *(*_FILE_NAMES, *_FIELD_NAMES, *_ROW_NUMBERS),
    *("fileName", "currentDate", "parentFieldName", "suggestedExpirationDate"),
    *("prevCsvRowNumber", "prevStopSequence", "latFieldName", "lonFieldName"),
}
_SHOWN_DETAILS = 4


@dataclass(frozen=True)
class _Place:
    file: str
    row: int | None
    field: str


def find_by_rules(
    path: Path, on: date, *, on_demand_rows: Mapping[str, frozenset[int]] | None = None
) -> tuple[Finding, ...]:
    """What the library finds; the worst first, then by kind, file and line. Nothing in what is no zip or folder.

    Parameters
    ----------
    path
        A folder or zip that :func:`gtfs.feed.read_feed` read, or at least began to.
    on
        The day from which a calendar counts as over.
    on_demand_rows
        Lines of on-demand services by file. The library does not know the column names of GTFS-Flex's draft and takes
        such rows for calls without a time.
    """
    on_demand_rows = on_demand_rows or {}
    kinds: dict[tuple[Severity, str, str, str], list[tuple[int | None, str]]] = {}
    for notice in _notices(path, on):
        place = _place(notice)
        if not _is_quiet(notice, place, on_demand_rows):
            kind = (Severity(notice.severity.lower()), notice.code, place.file, place.field)
            kinds.setdefault(kind, []).append((place.row, _sentence(notice)))
    lines = _Lines(path)
    order = list(Severity)
    found = FindingList()
    for (severity, code, file, field), rows in sorted(
        kinds.items(), key=lambda kind: (order.index(kind[0][0]), kind[0])
    ):
        placed = sorted(((lines.of(file, row), text) for row, text in rows), key=lambda r: (r[0] or 0, r[1]))
        found.add_rows(file, field, Fault(code, "", AS_IT_STANDS, severity), placed)
    return found.as_tuple()


@cache
def summary_of(code: str) -> str:
    """One sentence on a kind of fault; "" for codes the library does not know."""
    return str(gtfs_guru.notice_schema().get(code, {}).get("shortSummary", ""))


def rules_version() -> str:
    """The library and its version, to be named in a report."""
    return f"gtfs-guru {gtfs_guru.version()}"


def _notices(path: Path, on: date) -> Sequence[gtfs_guru.Notice]:
    try:
        with _flat(path) as flat:
            return gtfs_guru.validate(str(flat), country_code="DE", date=on.isoformat()).notices
    except FeedError:  # whoever read the feed has said so
        return ()


@contextmanager
def _flat(path: Path) -> Iterator[Path]:
    """The feed as the library wants it: no folder within the zip."""
    read_files(path, ())  # a sentence of ours, where the library has only a fault
    with ExitStack() as stack:
        if path.is_file() and has_folder(path):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            for name, raw in read_files(path, (*REQUIRED, *OPTIONAL, ZONES)).items():
                (folder / name).write_bytes(raw)
            path = folder
        yield path


def _place(notice: gtfs_guru.Notice) -> _Place:
    details = notice.context()
    references = _files_of(notice.code)
    file = notice.file or _first(details, _FILE_NAMES) or (references[0] if len(references) == 1 else "")
    row = notice.row or _first(details, _ROW_NUMBERS)
    if row is not None and not file:
        file = _file_by_ids(details)
    field = notice.field or _first(details, _FIELD_NAMES) or ""
    return _Place(str(file), int(row) if row is not None and file else None, str(field))


def _first(details: Mapping[str, Any], names: Sequence[str]) -> Any:  # noqa: ANN401 - the library says no more
    return next((details[name] for name in names if details.get(name) is not None), None)


@cache
def _files_of(code: str) -> tuple[str, ...]:
    """The files that a rule is about."""
    references = gtfs_guru.notice_schema().get(code, {}).get("references", {})
    return tuple(references.get("fileReferences", ()))


def _file_by_ids(details: Mapping[str, Any]) -> str:
    """The file whose row a notice without a file is about, by the ids it names."""
    if "stopSequence" in details:
        return "stop_times.txt"
    ids = {"tripId": "trips.txt", "tripIdB": "trips.txt", "serviceId": "calendar.txt", "stopId": "stops.txt"}
    ids |= {"routeId": "routes.txt", "shapeId": "shapes.txt"}
    return next((file for name, file in ids.items() if name in details), "")


def _is_quiet(notice: gtfs_guru.Notice, place: _Place, on_demand_rows: Mapping[str, frozenset[int]]) -> bool:
    if notice.code in _QUIET:
        return True
    if notice.code == "unexpected_enum_value" and place.field == "route_type":
        # Extended route types are the custom in Germany; our own reading tells of those that are none.
        return True
    is_about_times = notice.code in {"missing_trip_edge", "unusable_trip"}
    return is_about_times and place.row is not None and place.row in on_demand_rows.get(place.file, ())


def _sentence(notice: gtfs_guru.Notice) -> str:
    message = str(notice.message)
    details = {name: str(value) for name, value in sorted(notice.context().items()) if value is not None}
    told = [(name, value) for name, value in details.items() if name not in _NEVER_SHOWN and value not in message]
    shown = ", ".join(f"{_snake(name)} {value}" for name, value in told[:_SHOWN_DETAILS])
    return f"{message} ({shown})" if shown else message


def _snake(name: str) -> str:
    """``stopId`` as ``stop_id``: the library's names as authors of feeds know them."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", name).lower()


class _Lines:
    """Lines of rows: the library counts rows, and a row with a line break in quotes takes several lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tables: dict[str, TextTable | None] = {}

    def of(self, file: str, row: int | None) -> int | None:
        if row is None or row < 2 or file not in {*REQUIRED, *OPTIONAL} - {ZONES}:
            return row
        if file not in self._tables:
            self._tables[file] = self._read(file)
        table = self._tables[file]
        return row if table is None else table.line(row - 2)

    def _read(self, file: str) -> TextTable | None:
        """A file in which rows and lines may differ; None where they cannot, or it is no table at all."""
        raw = read_files(self._path, [file]).get(file, b"")
        if b'"' not in raw:
            return None
        try:
            return read_text_table(self._path, file, raw)
        except FeedError:
            return None
