"""``rufnetz export``: what other programs may know of the service, as files."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from booking.clock import now
from booking.district import District
from booking.district_files import read_district
from booking.district_main import is_url
from booking.errors import BookingError
from booking.flex_export import ExportOptions, Places, list_export_notes, make_flex_feed
from gtfs.findings import FeedError
from gtfs.flex_reading import FlexFeed
from gtfs.flex_writing import pack, write_flex_feed
from gtfs.text_tables import read_files, read_text_table

_MAX_DAYS = 3 * 366

console = Console(highlight=False, soft_wrap=True)


def flex(
    district: Annotated[
        Path, typer.Argument(help="The district's folder, e.g. districts/lup-sample", show_default=False)
    ],
    out: Annotated[Path, typer.Argument(help="The zip to write; one that exists is replaced.", show_default=False)],
    first_on: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day of the feed; today if left out."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=_MAX_DAYS, help="How many days the feed holds.")] = 365,
    url: Annotated[
        str,
        typer.Option(
            envvar="RUFNETZ_PUBLIC_URL",
            help="Where residents book, such as https://rufbus.example.org; trip planners lead there.",
        ),
    ] = "",
    places: Annotated[
        Places,
        typer.Option(
            help="What an area is: stops (rides begin and end at stops, as they are booked here), or zones (its "
            "border: trip planners then offer rides from door to door)."
        ),
    ] = Places.STOPS,
) -> None:
    """Write where, when and how rides can be booked as GTFS-Flex, for trip planners such as MOTIS or OpenTripPlanner.

    Areas, hubs, stops, service hours, holidays, notice and horizon come from the district's folder, versions of the
    rules in the time they hold. The same folder and the same options give the same bytes.

    Export again whenever the folder changes, and before the feed's days are over. docs/gtfs-flex.md says what the feed
    holds and how to set up a trip planner for it.
    """
    if out.suffix != ".zip":
        msg = f"{out} is no name of a zip; let it end in .zip."
        raise BookingError(msg)
    if url and not is_url(url):
        msg = f'"{url}" is no address; begin it with https://'
        raise BookingError(msg)
    read = read_district(district)
    first: date = first_on.date() if first_on is not None else now().astimezone(read.zone).date()
    options = ExportOptions(
        first, first + timedelta(days=days - 1), url.rstrip("/") or _operator_url(read), url.rstrip("/"), places
    )
    feed = make_flex_feed(read, options)
    if not feed.services.trips:
        msg = (
            f"There is no ride from {options.first_on} to {options.last_on}: no area has stops, or the rules give no "
            f"service hours. See rufnetz district check {district}"
        )
        raise BookingError(msg)
    _write(out, pack(write_flex_feed(feed)))
    console.print(f"{out} is written: {_contents(feed)}; from {options.first_on} to {options.last_on}.", markup=False)
    for note in list_export_notes(read, options):
        console.print(f"Note: {note}", markup=False)
    console.print(f"Next: rufnetz gtfs check {out}", markup=False)


def _operator_url(district: District) -> str:
    """The address of the operator in the district's timetables: GTFS does not do without one."""
    for source in district.sources.timetables:
        found = "" if is_url(source) else _agency_url(Path(source), district.contact.operator)
        if found:
            return found
    msg = (
        "GTFS needs the operator's address, and no timetable in the district's folder gives it; "
        "give the page where residents book with --url (or RUFNETZ_PUBLIC_URL)."
    )
    raise BookingError(msg)


def _agency_url(timetable: Path, operator: str) -> str:
    """The address in agency.txt: the operator's own if it is there, else the first; "" if there is none."""
    try:
        raw = read_files(timetable, ["agency.txt"])["agency.txt"]
        rows = read_text_table(timetable, "agency.txt", raw).text
        urls = rows.filter(pl.col("agency_url").is_not_null()).select("agency_name", "agency_url").rows()
    except (FeedError, KeyError, pl.exceptions.ColumnNotFoundError):
        return ""
    own = [url for name, url in urls if name == operator]
    return next(iter([*own, *(url for _, url in urls)]), "")


def _contents(feed: FlexFeed) -> str:
    routes, stops = (feed.tables[f"{name}.txt"].height for name in ("routes", "stops"))
    services = feed.services
    parts = {
        "routes": routes,
        "stops": stops,
        "groups": len(services.groups),
        "zones": len(services.zones),
        "trips": len(services.trips),
        "booking rules": len(services.rules),
    }
    return ", ".join(f"{count} {name if count != 1 else name[:-1]}" for name, count in parts.items() if count)


def _write(path: Path, raw: bytes) -> None:
    """Replace the file in one step: whoever fetches it meets the old one or the new one."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(raw)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        msg = f"{path} cannot be written ({error.strerror}); check that the folder is there and may be written to."
        raise BookingError(msg) from error
