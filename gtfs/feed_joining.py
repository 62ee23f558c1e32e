"""Several feeds as one, with ids that mean one thing each."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import polars as pl

from gtfs.calendar import join_calendars
from gtfs.feed import Feed
from gtfs.findings import FeedError
from gtfs.geometry import distances_m

SAME_STOP_M = 500
"""Two feeds that give one stop id to places at most so far apart mean the same stop."""


def join_feeds(feeds: Sequence[Feed]) -> Feed:
    """One feed out of one or more.

    The first feed keeps its ids. An id of a later feed that is taken already becomes ``<number>:<id>``, the number
    being the feed's place in the order given (the second is 2). Stop ids are the exception: national ids (DHID) mean
    the same stop in every feed, so an equal id within ``SAME_STOP_M`` is the same stop, with the first feed's name.

    Raises
    ------
    FeedError
        When the agencies of the feeds live in different time zones, or there is no feed.
    """
    if not feeds:
        msg = "There is no feed to join; give one at least, or take an empty timetable."
        raise FeedError(msg)
    joined = feeds[0]
    for number, feed in enumerate(feeds[1:], start=2):
        if feed.zone.key != joined.zone.key:
            msg = (
                f"{feed.name} is in the time zone {feed.zone.key} and {feeds[0].name} in {joined.zone.key}; all "
                "timetables of a district must share one, so correct agency_timezone in agency.txt or leave one out."
            )
            raise FeedError(msg)
        joined = _joined(joined, _with_free_ids(feed, joined, number))
    return joined


def _with_free_ids(feed: Feed, taken: Feed, number: int) -> Feed:
    stop_names = _free_names(_far_apart(feed.stops, taken.stops), _all_stops(feed, taken), number)
    route_names = _free_names(feed.routes["route_id"].to_list(), taken.routes["route_id"].to_list(), number)
    trip_names = _free_names(feed.trips["trip_id"].to_list(), taken.trips["trip_id"].to_list(), number)
    service_names = _free_names(feed.calendar.service_ids, taken.calendar.service_ids, number)
    stops = pl.col("stop_id", "parent_id").replace(stop_names)
    trip = pl.col("trip_id").replace(trip_names)
    return replace(
        feed,
        stops=feed.stops.with_columns(stops),
        routes=feed.routes.with_columns(pl.col("route_id").replace(route_names)),
        trips=feed.trips.with_columns(
            trip, pl.col("route_id").replace(route_names), pl.col("service_id").replace(service_names)
        ),
        calls=feed.calls.with_columns(trip, pl.col("stop_id").replace(stop_names)),
        calendar=join_calendars([feed.calendar], [service_names.get(s, s) for s in feed.calendar.service_ids]),
        frequencies=feed.frequencies.with_columns(trip),
        transfers=feed.transfers.with_columns(pl.col("from_stop_id", "to_stop_id").replace(stop_names)),
    )


def _joined(first: Feed, second: Feed) -> Feed:
    new_stops = second.stops.join(first.stops, on="stop_id", how="anti", maintain_order="left")
    calendars = (first.calendar, second.calendar)
    return replace(
        first,
        name=f"{first.name}, {second.name}",
        stops=pl.concat([first.stops, new_stops]),
        routes=pl.concat([first.routes, second.routes]),
        trips=pl.concat([first.trips, second.trips]),
        calls=pl.concat([first.calls, second.calls]),
        calendar=join_calendars(calendars, [s for calendar in calendars for s in calendar.service_ids]),
        frequencies=pl.concat([first.frequencies, second.frequencies]),
        transfers=pl.concat([first.transfers, second.transfers]),
        findings=first.findings + second.findings,
    )


def _far_apart(stops: pl.DataFrame, taken: pl.DataFrame) -> list[str]:
    """The stop ids that both have for different places."""
    both = stops.join(taken, on="stop_id", suffix="_taken", maintain_order="left")
    places = (both[name].to_numpy() for name in ("lon", "lat", "lon_taken", "lat_taken"))
    return both.filter(pl.Series(distances_m(*places) > SAME_STOP_M, dtype=pl.Boolean))["stop_id"].to_list()


def _all_stops(feed: Feed, taken: Feed) -> list[str]:
    return [*feed.stops["stop_id"], *taken.stops["stop_id"]]


def _free_names(ids: Collection[str], taken: Collection[str], number: int) -> dict[str, str]:
    """A new name for each of the ids that is taken."""
    used = {*taken}
    names: dict[str, str] = {}
    for old in ids:
        if old in used:
            new = f"{number}:{old}"
            while new in used or new in ids:
                new = f"{number}:{new}"
            names[old] = new
            used.add(new)
    return names
