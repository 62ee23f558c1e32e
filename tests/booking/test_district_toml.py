"""The line of a key is found in the text of a TOML file, whatever else stands in it."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from booking.district_toml import KeyPath, find_line, key_lines

TEXT = '''\
# [not] a = table
name = "x"
"quoted key" = 1

[contact]
phone = "a = b"
dotted.key = 2
text = """
phone = not a key
[nor.a.table]
"""

[[version]]
name = "first"
  [version.ride]
  boarding_s = 60

[[version]]   # the second
name = "second"
hours = [
  "05:00",
]
[version.ride]
boarding_s = 90
inline = { a = 1 }
'''


def test_keys_are_found_by_line_through_tables_lists_of_tables_and_long_texts() -> None:
    lines = key_lines(TEXT)
    assert {path: TEXT.splitlines()[line - 1].strip() for path, line in lines.items()} == {
        ("name",): 'name = "x"',
        ("quoted key",): '"quoted key" = 1',
        ("contact",): "[contact]",
        ("contact", "phone"): 'phone = "a = b"',
        ("contact", "dotted", "key"): "dotted.key = 2",
        ("contact", "text"): 'text = """',
        ("version", 0): "[[version]]",
        ("version", 0, "name"): 'name = "first"',
        ("version", 0, "ride"): "[version.ride]",
        ("version", 0, "ride", "boarding_s"): "boarding_s = 60",
        ("version", 1): "[[version]]   # the second",
        ("version", 1, "name"): 'name = "second"',
        ("version", 1, "hours"): "hours = [",
        ("version", 1, "ride"): "[version.ride]",
        ("version", 1, "ride", "boarding_s"): "boarding_s = 90",
        ("version", 1, "ride", "inline"): "inline = { a = 1 }",
    }


def test_a_key_that_is_not_there_has_the_line_of_the_table_around_it() -> None:
    lines = key_lines(TEXT)
    assert find_line(lines, ("version", 1, "ride", "inline", "a")) == lines["version", 1, "ride", "inline"]
    assert find_line(lines, ("version", 0, "missing")) == lines["version", 0]
    assert find_line(lines, ("missing",)) == 0


names = st.from_regex(r"[a-z][a-z0-9_-]{0,6}", fullmatch=True)
values = st.one_of(
    st.integers(-99, 99).map(str), st.sampled_from(["true", '"a = b"', "[1, 2]", "2026-01-01", "'[x]'", '"#"'])
)
tables = st.dictionaries(names, values, max_size=4)


@given(
    main=tables,
    single=st.dictionaries(names, tables, max_size=3),
    many=st.lists(tables, min_size=0, max_size=3),
    gap=names,
)
def test_every_key_of_any_file_is_found_where_it_was_written(
    main: dict[str, str], single: dict[str, dict[str, str]], many: list[dict[str, str]], gap: str
) -> None:
    written: dict[KeyPath, int] = {}
    lines: list[str] = []

    def write(path: KeyPath, table: dict[str, str]) -> None:
        for key, value in table.items():
            lines.append(f"{key} = {value}")
            written[(*path, key)] = len(lines)
            lines.append(f"# {gap} = 0")

    names_taken = set(main)
    write((), main)
    for name, table in single.items():
        if name in names_taken:
            continue
        names_taken.add(name)
        lines.append(f"[{name}]")
        written[(name,)] = len(lines)
        write((name,), table)
    if "many" not in names_taken:
        for i, table in enumerate(many):
            lines.append(" [[ many ]]")
            written["many", i] = len(lines)
            write(("many", i), table)
    text = "\n".join(lines)
    tomllib.loads(text)
    assert key_lines(text) == written


def test_what_the_test_writes_is_what_the_parser_reads() -> None:
    read: dict[str, Any] = tomllib.loads(TEXT)
    for path in key_lines(TEXT):
        value: Any = read
        for step in path:
            value = value[step]
