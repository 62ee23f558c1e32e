"""Commands that are imported when they are called: nobody who asks for help waits for OR-Tools and a database."""

from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

Table = Mapping[str, tuple[str, str]]
"""Of each command, by its name: its function as "module:function", and the first line of that function's docstring.

A package's table names modules of that package or of packages below it, as if they were imported: import-linter does
not see them, tests/web/test_cli.py does.
"""


class LazyGroup(TyperGroup):
    """A group that lists its commands from a table, and imports one when it is called or asked for its own help."""

    table: ClassVar[Table] = {}

    def __init__(self, **attrs: Any) -> None:  # noqa: ANN401 - Typer's own, passed on
        super().__init__(**attrs)
        listed = {name: TyperCommand(name, help=line) for name, (_, line) in self.table.items()}
        self.commands = {**listed, **self.commands}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - Typer hides click's types
        """The command that is called, in place of its line in the list."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and name in self.table:
            command = _load(name, self.table[name][0])
        return name, command, rest


def lazy_app(text: str, table: Table, **settings: Any) -> typer.Typer:  # noqa: ANN401 - Typer's own, passed on
    """A program or a group of it with the commands of a table; groups are added to it as to any other.

    Parameters
    ----------
    text
        Its help.
    """
    return typer.Typer(
        cls=type("LazyGroup", (LazyGroup,), {"table": table}),
        help=text,
        callback=_no_options,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        **settings,
    )


def _no_options() -> None:
    """Typer makes a group of what has a callback, and asks it for the options of the group."""


def _load(name: str, where: str) -> Any:  # noqa: ANN401 - Typer hides click's types
    app = typer.Typer(add_completion=False)
    app.command(name)(resolve_name(where))
    return typer.main.get_command(app)
