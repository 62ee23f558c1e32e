"""The command ``rufnetz``: every package's commands under one name, imported when they are called."""

import sys

from rich.console import Console
from rich.markup import escape

from booking.commands import (
    api_app,
    api_keys_app,
    database_app,
    degraded_app,
    dispatch_app,
    district_app,
    export_app,
    gtfs_app,
    notices_app,
    privacy_app,
    roads_app,
    rules_app,
    staff_app,
    table_app,
)
from booking.errors import BookingError
from booking.lazy_commands import lazy_app
from planning.commands import plan_app

console = Console(stderr=True)

app = lazy_app(
    "Rufnetz: on-demand public transport for rural districts.\n\n"
    "Start with: rufnetz demo. Then: rufnetz district new FOLDER, and build it, and serve it.",
    {
        "solve": (
            "planning.solve_cli:solve_file",
            "Plan the runs of a problem in a file. Ctrl-C ends the search with the best plan so far.",
        ),
        "worker": (
            "booking.cli:run_worker",
            "Run the worker: follow the running day, send notices, re-plan the coming days. Ctrl-C ends it.",
        ),
        "manifest": (
            "booking.cli:print_manifest",
            "Print runs as their drivers read them: where, when, who boards and who alights.",
        ),
        "statistics": (
            "booking.privacy_cli:print_statistics",
            "Print how many wishes were served and refused, with every total, fit to be published.",
        ),
        "serve": (
            "web.service_cli:serve",
            "Serve a district: residents' pages, staff pages, API. Run `rufnetz worker` beside it. Ctrl-C ends it.",
        ),
        "paper": (
            "web.service_cli:paper",
            "Write the runs of today and tomorrow as pages that open without a server: for the worst day.",
        ),
        "leaflets": (
            "web.service_cli:leaflets",
            "Write a leaflet for each stop, as PDF: how to order, when the service runs, which lines leave there.",
        ),
        "demo": (
            "web.service_cli:demo",
            "Show everything: build the district, start database, server and worker, book rides, print the addresses.",
        ),
        "demo-day": (
            "web.service_cli:demo_day",
            "Drive a whole day through the public API, on a database that is thrown away, and print what it came to.",
        ),
    },
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(district_app, name="district")
app.add_typer(plan_app, name="plan")
app.add_typer(roads_app, name="roads")
app.add_typer(rules_app, name="rules")
app.add_typer(dispatch_app, name="dispatch")
app.add_typer(degraded_app, name="degraded")
app.add_typer(notices_app, name="notices")
app.add_typer(gtfs_app, name="gtfs")
app.add_typer(export_app, name="export")
app.add_typer(privacy_app, name="privacy")
app.add_typer(table_app, name="table")
app.add_typer(staff_app, name="staff")
app.add_typer(api_app, name="api")
app.add_typer(api_keys_app, name="api-keys")
app.add_typer(database_app, name="database")


def main() -> None:
    """Run the program; a fault that a person can mend is a sentence, not a traceback."""
    try:
        app()
    except BookingError as fault:
        console.print(f"[bold red]rufnetz:[/] {escape(str(fault))}", highlight=False, soft_wrap=True)
        sys.exit(1)
