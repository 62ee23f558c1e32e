"""The command ``rufnetz``: help does not wait for what commands need, and every command that is listed is there."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.testing import CliRunner

import booking.commands
import planning.commands
import web.cli
from booking.lazy_commands import LazyGroup
from web.cli import app

PROJECT = Path(__file__).parents[2]

HEAVY = (
    *("alembic", "argon2", "babel", "fastapi", "geoalchemy2", "google.protobuf", "gtfs_guru", "gtfs_parquet"),
    *("httpx2", "jinja2", "matplotlib", "networkx", "numba", "numpy", "ortools", "osmium", "osmnx", "pandas", "polars"),
    *("psycopg", "pydantic_settings", "scipy", "shapely", "sqlalchemy", "starlette", "uvicorn"),
)
"""What takes a tenth of a second to import, or more. Typer itself needs pydantic and rich."""

LAYERS = ("booking", "planning", "web")
"""From below: a package may name its own modules and those of packages below it."""

RUN_AND_TELL = """
import sys
from web.cli import main
try:
    main()
finally:
    print("loaded:", *(name for name in {heavy!r} if name in sys.modules))
"""


def walk(group: LazyGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], LazyGroup]]:
    """All groups by the words one types for them."""
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, LazyGroup):
            yield from walk(command, (*path, name))


def root() -> LazyGroup:
    found = typer.main.get_command(app)
    assert isinstance(found, LazyGroup)
    return found


GROUPS = dict(walk(root()))
COMMANDS = [(path, name) for path, group in GROUPS.items() for name in group.table]


def loaded_by(*words: str) -> set[str]:
    """The heavy modules that a fresh process has loaded when the command has ended."""
    program = RUN_AND_TELL.format(heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert "Usage: " in done.stdout
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_the_groups_are_these() -> None:
    assert {" ".join(path) for path in GROUPS} == {
        *("", "api", "api-keys", "database", "degraded", "dispatch", "district", "export", "gtfs", "notices"),
        *("plan", "privacy", "roads", "rules", "staff", "table"),
    }


@pytest.mark.parametrize("path", GROUPS, ids=" ".join)
def test_help_of_a_group_loads_nothing_heavy(path: tuple[str, ...]) -> None:
    assert loaded_by(*path, "--help") == set()


def test_asking_a_timetable_needs_no_database_no_solver_and_no_pages() -> None:
    needless = {"alembic", "fastapi", "geoalchemy2", "gtfs_guru", "jinja2", "networkx", "numba", "ortools", "osmium"}
    needless |= {"osmnx", "pandas", "psycopg", "sqlalchemy", "starlette", "uvicorn"}
    assert loaded_by("gtfs", "journey", "--help") & needless == set()


@pytest.mark.parametrize(("path", "name"), COMMANDS)
def test_a_listed_command_is_there_and_says_what_the_list_says(path: tuple[str, ...], name: str) -> None:
    group = GROUPS[path]
    context = typer.Context(group)
    _, command, rest = group.resolve_command(context, [name, "--help"])
    assert (command.name, rest) == (name, ["--help"])
    assert command.help.partition("\n\n")[0].replace("\n", " ") == group.table[name][1]
    shown = CliRunner().invoke(app, [*path, name, "--help"])
    assert shown.exit_code == 0
    assert f"{' '.join((*path, name))} [OPTIONS]" in shown.stdout


@pytest.mark.parametrize("module", [booking.commands, planning.commands, web.cli], ids=lambda module: module.__name__)
def test_a_table_names_modules_of_its_own_package_or_of_those_below(module: ModuleType) -> None:
    # These imports are strings, so import-linter does not see them.
    groups = [value.info.cls for value in vars(module).values() if isinstance(value, typer.Typer)]
    assert groups
    named = {
        where.partition(".")[0]
        for group in groups
        if group is not None and issubclass(group, LazyGroup)
        for where, _ in group.table.values()
    }
    assert named
    own = LAYERS.index(module.__name__.partition(".")[0])
    assert named <= set(LAYERS[: own + 1])


def test_a_name_mistyped_is_told_with_the_nearest() -> None:
    result = CliRunner().invoke(app, ["gtfs", "jurney"])
    assert result.exit_code == 2
    assert "Did you mean 'journey'?" in result.stderr
