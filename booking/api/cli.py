"""``rufnetz api``: keys of programs, and the document they are written from."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.table import Table

from booking.api.app import create_api
from booking.api_keys import Scope
from booking.commands import DistrictFolder
from booking.opening import open_operation
from booking.settings import read_settings

console = Console()


def openapi(
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it; the screen if left out.")] = None,
) -> None:
    """Write the OpenAPI document of the API; it is the same for every district."""
    # No call is answered, so there is nobody behind it.
    text = document_text(create_api(cast("Any", None)).openapi())
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


def document_text(document: object) -> str:
    """The document as a file that shows in a diff what has changed."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def create_key(
    district: DistrictFolder,
    name: Annotated[str, typer.Argument(help="Whose program it is: an organisation, not a person.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be repeated.")],
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="For how many days; for ever if left out.")] = None,
    per_min: Annotated[int | None, typer.Option(min=1, help="Calls a minute, if not the usual number.")] = None,
) -> None:
    """Make an API key and print it, this once."""
    with open_operation(district, read_settings()) as operation:
        expires_at = None if days is None else operation.clock() + timedelta(days=days)
        key, token = operation.api_keys.create(name, scope, by="command line", expires_at=expires_at, per_min=per_min)
    console.print(f"Key {key.prefix} for {name} was made. It is shown this once:", highlight=False)
    typer.echo(token)


def list_keys(district: DistrictFolder) -> None:
    """List all API keys there ever were, without their secrets."""
    with open_operation(district, read_settings()) as operation:
        keys, now = operation.api_keys.list(), operation.clock()
    table = Table("key", "name", "scopes", "valid", "expires", "last used")
    for key in keys:
        ends, used = (at.date().isoformat() if at else "-" for at in (key.expires_at, key.last_used_at))
        table.add_row(key.prefix, key.name, " ".join(sorted(key.scopes)), str(key.is_valid(now)), ends, used)
    console.print(table)


def revoke_key(
    district: DistrictFolder, prefix: Annotated[str, typer.Argument(help="The eight letters that name the key.")]
) -> None:
    """End an API key at once."""
    with open_operation(district, read_settings()) as operation:
        operation.api_keys.revoke(prefix, by="command line")
    console.print(f"Key {prefix} opens nothing any more.", highlight=False)
