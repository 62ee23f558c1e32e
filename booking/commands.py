"""The groups of commands of the service, without what they do: that is imported when one is called."""

from pathlib import Path
from typing import Annotated

import typer

from booking.lazy_commands import lazy_app

DistrictFolder = Annotated[Path, typer.Argument(help="The district's folder, e.g. districts/lup-sample")]

district_app = lazy_app(
    "Make, check, build and show a district: a folder of tables that holds everything which makes one district "
    "differ from another.\n\n"
    "new writes such a folder with examples in it, check tells what is wrong (file, line, remedy), build computes "
    "roads, travel times, timetable, place search and map from it, show counts what is in it.",
    {
        "new": (
            "booking.district_cli:new",
            "Write a district folder to fill in: every file with an example and an explanation.",
        ),
        "check": (
            "booking.district_cli:check",
            "Read everything and tell all that is wrong, with file, line and remedy; exit code 1 if anything is.",
        ),
        "build": (
            "booking.district_cli:build",
            "Compute roads, travel times, timetable, place search and map. Only what changed is built again.",
        ),
        "show": (
            "booking.district_cli:show",
            "Count what is in a district, and tell which rules hold today and how its artefacts stand.",
        ),
    },
)

roads_app = lazy_app(
    "Build, check and ask roads.\n\n"
    "build reads an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz, .osm.bz2) into a folder of arrays, check tells "
    "what was left out and which stops lie badly, route tells the way between places, matrix the times between many."
    "\n\n"
    "SOURCE is always an extract, a folder made by build, or a district's folder. Begin with:\n\n"
    "rufnetz roads check districts/lup-sample",
    {
        "build": (
            "booking.roads_cli:build",
            "Read an extract into a folder of arrays, and tell what was found and left out.",
        ),
        "check": (
            "booking.roads_cli:check",
            "Read roads and tell what was left out and why; for a district, which stops lie badly on them as well.",
        ),
        "route": (
            "booking.roads_cli:route",
            "The fastest way past places: minutes, kilometres, and the streets in the order of driving.",
        ),
        "matrix": (
            "booking.roads_cli:matrix",
            "Times and distances between all points of a table, as CSV: from, to, duration_s, distance_m.",
        ),
    },
)

gtfs_app = lazy_app(
    "Check and ask timetables (GTFS).\n\n"
    "FEED is a zip or a folder of text files. Begin with:\n\n"
    "rufnetz gtfs check districts/lup-sample/timetable\n\n"
    "rufnetz gtfs departures 'Parchim, Markt' --feed districts/lup-sample/timetable",
    {
        "check": (
            "booking.gtfs_cli:check",
            "Read feeds and tell what is wrong with them, for whoever publishes them.",
        ),
        "journey": (
            "booking.journey_cli:journey",
            "Journeys by line: all that no other beats in departing later, arriving earlier and changing less.",
        ),
        "departures": (
            "booking.journey_cli:departures",
            "The departure board of a stop: time, line, where to. Exit code 1 if nothing leaves.",
        ),
        "isochrone": (
            "booking.journey_cli:isochrone",
            (
                "Every stop one gets to by line within a time, with the minutes it takes, waiting for the first one "
                "included."
            ),
        ),
    },
)

dispatch_app = lazy_app(
    "The running day: promises at risk, shifts that end early.",
    {
        "risks": (
            "booking.dispatch_cli:print_risks",
            "Print the promises of today that will not be kept as things stand, and what can be done.",
        ),
        "end-shift": ("booking.dispatch_cli:end_shift", "End a shift of today now and place its riders anew."),
    },
)

degraded_app = lazy_app(
    "Stop new bookings for a time, and tell riders.",
    {
        "on": (
            "booking.dispatch_cli:switch_on",
            "Stop new bookings, keep those there are, tell everybody who is affected.",
        ),
        "off": ("booking.dispatch_cli:switch_off", "Allow new bookings again."),
        "list": ("booking.dispatch_cli:print_modes", "Print what is switched on."),
    },
)

notices_app = lazy_app(
    "What riders are told: what nobody has got, and letters for the printer.",
    {
        "list": (
            "booking.notices_cli:print_notices",
            "Print messages to riders: those that nobody has got, unless another state is asked for.",
        ),
        "retry": (
            "booking.notices_cli:retry",
            "Try messages again that nobody has got, by whatever reaches the person now.",
        ),
        "told": ("booking.notices_cli:told", "Note that a person has told it."),
        "letters": ("booking.notices_cli:letters", "Write the letters that wait as PDF files, each once."),
    },
)

rules_app = lazy_app(
    "Check the rules of a district, and ask which of them decide about an enquiry.",
    {
        "check": (
            "booking.rules_cli:check",
            "Tell everything that is wrong with the rules, with file, line and remedy; exit code 1 if anything is.",
        ),
        "explain": (
            "booking.rules_cli:explain",
            "Which rules decide about an enquiry and why: each with its line in rules.toml and its values.",
        ),
    },
)

export_app = lazy_app(
    "Write the service as files for other programs.\n\n"
    "Begin with: rufnetz export flex districts/lup-sample rufbus.zip --url https://rufbus.example.org",
    {
        "flex": (
            "booking.export_cli:flex",
            (
                "Write where, when and how rides can be booked as GTFS-Flex, for trip planners such as MOTIS or "
                "OpenTripPlanner."
            ),
        ),
    },
)

staff_app = lazy_app(
    "Accounts of dispatchers, drivers and planners.",
    {
        "add": (
            "booking.cli:add_staff",
            "Create an account, or give an existing one a new password. Its logins end.",
        ),
        "list": (
            "booking.cli:list_staff",
            "Print the accounts: who, as what, with a second factor or without, and how often logged in.",
        ),
        "remove": (
            "booking.cli:remove_staff",
            "Delete an account. Its logins end; what it did stays in the audit trail.",
        ),
        "reset-second-factor": (
            "booking.cli:reset_second_factor",
            "Ask an account for its password alone, for somebody who has lost telephone and recovery codes.",
        ),
    },
)

database_app = lazy_app(
    "The database: where it is, its schema.",
    {
        "upgrade": (
            "booking.cli:upgrade_database",
            "Open the database (making a private one where none is given) and bring its schema up to date.",
        ),
    },
)

privacy_app = lazy_app(
    "Personal data: what is kept, what is deleted, what riders ask for.",
    {
        "report": (
            "booking.privacy_cli:print_report",
            "Print for each purpose how long data is kept and how much of it is due, and what was deleted lately.",
        ),
        "run": (
            "booking.privacy_cli:run_anonymiser",
            "Delete what is due now. The worker does so once a day by itself.",
        ),
        "export": (
            "booking.privacy_cli:export_rider",
            "Print all that is kept about a booking and every other of the same contact, as JSON.",
        ),
        "delete": (
            "booking.privacy_cli:delete_rider",
            "Cancel what is to come of a booking and every other of the same contact, and delete the personal data.",
        ),
    },
)

table_app = lazy_app(
    "Stops, areas, shifts and bookings as CSV and GeoJSON, out and in.\n\n"
    "Begin with: rufnetz table export districts/lup-sample stops",
    {
        "export": ("booking.exchange_cli:export", "Write stops, areas or shifts of a district as CSV or GeoJSON."),
        "import": (
            "booking.exchange_cli:take",
            "Check a table with the rest of the folder and tell what would change; with --write put it there, whole.",
        ),
        "bookings": (
            "booking.exchange_cli:bookings",
            "Write a day's bookings as CSV, with names and numbers of riders: handle the file accordingly.",
        ),
        "orders": (
            "booking.exchange_cli:orders",
            "Take a desk's list of orders (CSV): each is answered, and with --write booked, like any other.",
        ),
    },
)

api_app = lazy_app(
    "The JSON API: its document.",
    {
        "openapi": (
            "booking.api.cli:openapi",
            "Write the OpenAPI document of the API; it is the same for every district.",
        ),
    },
)

api_keys_app = lazy_app(
    "Keys with which programs call the API.\n\n"
    "Begin with: rufnetz api-keys create districts/lup-sample 'Trip planner' --scope enquire --scope book",
    {
        "create": ("booking.api.cli:create_key", "Make an API key and print it, this once."),
        "list": ("booking.api.cli:list_keys", "List all API keys there ever were, without their secrets."),
        "revoke": ("booking.api.cli:revoke_key", "End an API key at once."),
    },
)
