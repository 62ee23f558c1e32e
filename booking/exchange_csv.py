"""CSV as other programs write and read it: UTF-8, commas, fixed columns, and no cell that a spreadsheet would run.

A text that begins like a formula gets an apostrophe before it (OWASP, "CSV injection"), which reading takes away
again. Numbers stay numbers.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

MEDIA_TYPE = "text/csv"
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_PROTECTED = re.compile(r"^'(?=[=+\-@\t\r])")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")

Cells = Mapping[str, str]


def write_csv(columns: Sequence[str], rows: Iterable[Cells]) -> str:
    """Rows as CSV with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_protected(row.get(column, "")) for column in columns] for row in rows)
    return text.getvalue()


def read_csv(text: str) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Header and rows, each with the line it begins at.

    Raises
    ------
    csv.Error
        The text is no CSV.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}")), strict=True)
    header = [name.strip() for name in next(reader, [])]
    rows, line = [], reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            rows.append((line, {name: _PROTECTED.sub("", cell) for name, cell in zip(header, cells, strict=False)}))
        line = reader.line_num + 1
    return header, rows


def _protected(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.match(cell) else cell
