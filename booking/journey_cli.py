"""``rufnetz gtfs journey|departures|isochrone``: what a timetable says, for a person or for a program."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from booking.clock import now
from booking.errors import BookingError
from booking.journey_places import JourneyError, JourneyPlace, find_place, open_timetable, read_when
from booking.journey_search import JourneyWish, Manner, find_departures, find_isochrone, find_journeys
from booking.journey_views import (
    departure_lines,
    departures_as_json,
    journey_lines,
    journeys_as_json,
    reach_as_geojson,
    reach_as_json,
    reach_lines,
)
from booking.realtime_fetch import RealtimeFetchError, fetch_realtime, told_source
from gtfs.findings import FeedError
from gtfs.itinerary import FixedStopId
from gtfs.realtime import RealtimeFeed, joined_realtime

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Feeds = Annotated[
    list[Path],
    typer.Option(
        "--feed",
        help="A zip or folder of GTFS text files, a district's folder, or a folder of built arrays. Give it several "
        "times to join feeds.",
        show_default=False,
    ),
]
PLACE = (
    "The id or name of a stop (a part of the name will do if only one has it), or lon,lat. Write --from=-1.5,52 for a "
    "place west of Greenwich."
)
WHEN = "2026-03-11T08:00, or 08:00 for today, or now; local time of the feed unless an offset is given."
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
MaxWalk = Annotated[
    int,
    typer.Option(
        min=0,
        max=20_000,
        help="How many metres one walks between lon,lat and a stop: 1.3 times the straight line, at 1.2 m/s.",
    ),
]
Wheelchair = Annotated[
    bool, typer.Option("--wheelchair", help="Only vehicles and stops the feed says take a wheelchair.")
]
Bike = Annotated[bool, typer.Option("--bike", help="Only vehicles the feed says take a bike.")]
MinChange = Annotated[float, typer.Option(min=0, max=60, help="Minutes one needs at least to change.")]
Realtime = Annotated[
    list[str] | None,
    typer.Option(
        "--realtime",
        help="A realtime feed (GTFS Realtime) to lay over the timetable: an address or a file. Give it several times "
        "for trips and notices apart.",
        show_default=False,
    ),
]
MaxAge = Annotated[
    int, typer.Option(min=1, help="How many seconds old a realtime feed may be; older ones are not used.")
]
MaxChanges = Annotated[int, typer.Option(min=0, max=8, help="How often one changes at most.")]


def journey(  # noqa: PLR0913 - one parameter per option
    feed: Feeds,
    *,
    origin: Annotated[str, typer.Option("--from", help=PLACE, show_default=False)],
    destination: Annotated[str, typer.Option("--to", help="Likewise.", show_default=False)],
    depart: Annotated[str | None, typer.Option(help=f"Begin at this time or later: {WHEN}", show_default=False)] = None,
    arrive: Annotated[str | None, typer.Option(help="End at this time or earlier; written likewise.")] = None,
    within: Annotated[
        int, typer.Option("--range", min=0, max=1440, help="Minutes from WHEN on (or back) that journeys may lie.")
    ] = 60,
    via: Annotated[str | None, typer.Option(help="A stop or station to come past, by id or name.")] = None,
    max_walk: MaxWalk = 1000,
    max_changes: MaxChanges = 4,
    min_change: MinChange = 2,
    wheelchair: Wheelchair = False,
    bike: Bike = False,
    realtime: Realtime = None,
    max_age: MaxAge = 300,
    as_json: AsJson = False,
) -> None:
    """Journeys by line: all that no other beats in departing later, arriving earlier and changing less.

    Without --depart and --arrive: now. Where nothing goes in the range, the next journey within a day is shown. Exit
    code 1 if there is none at all, or the question has a mistake.

    For example: rufnetz gtfs journey --feed vrn.zip --from "Heidelberg, Bismarckplatz" --to 8.47,49.48 --depart
    2022-09-14T08:00
    """
    with _told():
        if depart is not None and arrive is not None:
            message = "Give either --depart or --arrive, not both."
            raise JourneyError(message)
        timetable = open_timetable(feed, now().date())
        hub = find_place(via, timetable, 0) if via is not None else None
        wish = JourneyWish(
            origin=find_place(origin, timetable, max_walk),
            destination=find_place(destination, timetable, max_walk),
            at=read_when(arrive or depart or "now", timetable.zone, now()),
            arrives=arrive is not None,
            window_s=within * 60,
            manner=Manner(
                max_changes + 1, round(min_change * 60), wheelchair, bike, None if hub is None else _station_of(hub)
            ),
        )
        news = _news(realtime, max_age)
        found = find_journeys(timetable, wish, news)
        _print(journeys_as_json(wish, found, news) if as_json else journey_lines(wish, found, news))
        if not found.itineraries and found.next is None:
            _explain_none(wish)


def departures(
    stop: Annotated[str, typer.Argument(help="The id or name of a stop.", show_default=False)],
    feed: Feeds,
    *,
    when: Annotated[str, typer.Option(help=WHEN)] = "now",
    within: Annotated[int, typer.Option("--range", min=1, max=1440, help="Minutes from then on.")] = 60,
    realtime: Realtime = None,
    max_age: MaxAge = 300,
    as_json: AsJson = False,
) -> None:
    """The departure board of a stop: time, line, where to. Exit code 1 if nothing leaves.

    For example: rufnetz gtfs departures Bismarckplatz --feed vrn.zip --when 2022-09-14T08:00
    """
    with _told():
        timetable = open_timetable(feed, now().date())
        place, at = find_place(stop, timetable, 0), read_when(when, timetable.zone, now())
        day, found = find_departures(timetable, _news(realtime, max_age), place, at, within * 60)
        _print(departures_as_json(place, at, day, found) if as_json else departure_lines(place, at, day, found))
        if not found:
            message = (
                f"Nothing leaves {place.label} within {within} minutes from {at:%Y-%m-%d %H:%M} on. Raise --range."
            )
            raise JourneyError(message)


def isochrone(  # noqa: PLR0913 - one parameter per option
    feed: Feeds,
    *,
    origin: Annotated[str, typer.Option("--from", help=PLACE, show_default=False)],
    depart: Annotated[str, typer.Option(help=f"When to set out: {WHEN}")] = "now",
    within: Annotated[int, typer.Option("--within", min=1, max=720, help="Minutes the way may take.")] = 60,
    max_walk: MaxWalk = 1000,
    max_changes: MaxChanges = 4,
    min_change: MinChange = 2,
    wheelchair: Wheelchair = False,
    bike: Bike = False,
    realtime: Realtime = None,
    max_age: MaxAge = 300,
    as_json: AsJson = False,
    as_geojson: Annotated[bool, typer.Option("--geojson", help="Print the stops as GeoJSON points.")] = False,
) -> None:
    """Every stop one gets to by line within a time, with the minutes it takes, waiting for the first one included.

    For example: rufnetz gtfs isochrone --feed vrn.zip --from Bismarckplatz --depart 2022-09-14T08:00 --geojson
    """
    with _told():
        timetable = open_timetable(feed, now().date())
        place, at = find_place(origin, timetable, max_walk), read_when(depart, timetable.zone, now())
        manner = Manner(max_changes + 1, round(min_change * 60), wheelchair, bike)
        day, found = find_isochrone(timetable, _news(realtime, max_age), manner, (place, at), within * 60)
        if as_geojson:
            _print(reach_as_geojson(at, day, found))
        else:
            _print(reach_as_json(place, at, day, found) if as_json else reach_lines(place, at, day, found))


def _news(sources: list[str] | None, max_age_s: int) -> RealtimeFeed:
    """What the sources say; of one that cannot be had or is too old, nothing but that."""
    fresh = []
    for source in sources or ():
        try:
            fetched = fetch_realtime(source, now())
        except RealtimeFetchError as error:
            errors.print(str(error), markup=False)
            continue
        stale = fetched.staleness(now(), max_age_s)
        if stale:
            errors.print(f"{told_source(source)}: {stale}", markup=False)
        else:
            fresh.append(fetched.feed)
    return joined_realtime(fresh)


def _station_of(place: JourneyPlace) -> FixedStopId:
    """The id by which all stops of a place can be meant: that of its station where it has one."""
    first = place.stops[0].stop
    return first.parent_id or first.id


def _explain_none(wish: JourneyWish) -> None:
    until = "before" if wish.arrives else "after"
    message = (
        f"There is no journey within 24 hours {until} {wish.at:%Y-%m-%d %H:%M}. Try another day, more changes "
        "(--max-changes), or a longer walk (--max-walk)."
    )
    raise JourneyError(message)


def _print(what: dict[str, object] | Iterable[str]) -> None:
    if isinstance(what, dict):
        sys.stdout.write(json.dumps(what, ensure_ascii=False) + "\n")
        return
    for line in what:
        console.print(line, markup=False)


@contextmanager
def _told() -> Iterator[None]:
    """Print a fault that a person can mend as sentences, and end the command with exit code 1."""
    try:
        yield
    except (BookingError, FeedError) as error:
        errors.print(str(error), markup=False)
        raise typer.Exit(1) from None
