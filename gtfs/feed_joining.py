"""Several feeds as one, with ids that mean one thing each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from gtfs.calendar import join_calendars
from gtfs.feed import Feed
from gtfs.feed_extras import FareTables
from gtfs.findings import FeedError
from gtfs.geometry import distances_m

SAME_STOP_M = 500
"""Two feeds that give one stop id to places at most so far apart mean the same stop."""


def join_feeds(feeds: Sequence[Feed]) -> Feed:
    """One feed out of one or more.

    The first feed keeps its ids. An id of a later feed that is taken already becomes ``<number>:<id>``, the number
    being the feed's place in the order given (the second is 2). Stop ids are the exception: national ids (DHID) mean
    the same stop in every feed, so an equal id within ``SAME_STOP_M`` is the same stop, with the first feed's name.

    On-demand rows (``flex``) are no part of a timetable: those of the first feed stay, others are left out.

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
        joined = _joined(joined, _renamed(feed, _new_names(feed, joined, number)))
    return joined


@dataclass(frozen=True)
class _NewNames:
    """New ids by old ones, for ids that another feed has taken."""

    of_stops: Mapping[str, str]
    of_routes: Mapping[str, str]
    of_trips: Mapping[str, str]
    of_services: Mapping[str, str]
    of_agencies: Mapping[str, str]
    of_shapes: Mapping[str, str]
    of_blocks: Mapping[str, str]
    of_levels: Mapping[str, str]
    of_fares: Mapping[str, str]
    of_fare_zones: Mapping[str, str]
    of_pathways: Mapping[str, str]


def _new_names(feed: Feed, taken: Feed, number: int) -> _NewNames:
    def free(ids: pl.Series, taken_ids: pl.Series) -> dict[str, str]:
        # Blocks, shapes and zones may be left out: a blank is no id.
        both = (one.unique(maintain_order=True) for one in (ids, taken_ids))
        mine, theirs = (one.filter(one != "").to_list() for one in both)
        return _free_names(mine, theirs, number)

    stops = _free_names(_far_apart(feed, taken), [*_place_ids(feed), *_place_ids(taken)], number)
    return _NewNames(
        of_stops=stops,
        of_routes=free(feed.routes["route_id"], taken.routes["route_id"]),
        of_trips=free(feed.trips["trip_id"], taken.trips["trip_id"]),
        of_services=_free_names(feed.calendar.service_ids, taken.calendar.service_ids, number),
        of_agencies=free(feed.agencies["agency_id"], taken.agencies["agency_id"]),
        of_shapes=free(feed.shapes["shape_id"], taken.shapes["shape_id"]),
        of_blocks=free(feed.trips["block_id"], taken.trips["block_id"]),
        of_levels=free(feed.levels["level_id"], taken.levels["level_id"]),
        of_fares=free(feed.fares.attributes["fare_id"], taken.fares.attributes["fare_id"]),
        of_fare_zones=free(feed.stops["zone_id"], taken.stops["zone_id"]),
        of_pathways=free(feed.pathways["pathway_id"], taken.pathways["pathway_id"]),
    )


def _renamed(feed: Feed, names: _NewNames) -> Feed:
    stop = pl.col("stop_id", "parent_id").replace(names.of_stops)
    fare_zone = pl.col("zone_id").replace(names.of_fare_zones)
    ends = pl.col("from_stop_id", "to_stop_id").replace(names.of_stops)
    trip, route = pl.col("trip_id").replace(names.of_trips), pl.col("route_id").replace(names.of_routes)
    agency = pl.col("agency_id").replace(names.of_agencies)
    service_ids = [names.of_services.get(service, service) for service in feed.calendar.service_ids]
    return replace(
        feed,
        agencies=feed.agencies.with_columns(agency),
        stops=feed.stops.with_columns(stop, fare_zone),
        places=feed.places.with_columns(stop, fare_zone, pl.col("level_id").replace(names.of_levels)),
        levels=feed.levels.with_columns(pl.col("level_id").replace(names.of_levels)),
        pathways=feed.pathways.with_columns(ends, pl.col("pathway_id").replace(names.of_pathways)),
        routes=feed.routes.with_columns(route, agency),
        trips=feed.trips.with_columns(
            trip,
            route,
            pl.col("service_id").replace(names.of_services),
            pl.col("block_id").replace(names.of_blocks),
            pl.col("shape_id").replace(names.of_shapes),
        ),
        calls=feed.calls.with_columns(trip, pl.col("stop_id").replace(names.of_stops)),
        calendar=join_calendars([feed.calendar], service_ids),
        frequencies=feed.frequencies.with_columns(trip),
        shapes=feed.shapes.with_columns(pl.col("shape_id").replace(names.of_shapes)),
        transfers=feed.transfers.with_columns(
            ends,
            pl.col("from_route_id", "to_route_id").replace(names.of_routes),
            pl.col("from_trip_id", "to_trip_id").replace(names.of_trips),
        ),
        attributions=feed.attributions.with_columns(trip, route, agency),
        translations=feed.translations.with_columns(_translated(names)),
        fares=_renamed_fares(feed.fares, names),
    )


def _translated(names: _NewNames) -> pl.Expr:
    """The id of the record that a translation is of."""
    record = pl.col("record_id")
    by_table = {
        "agency": names.of_agencies,
        "stops": names.of_stops,
        "routes": names.of_routes,
        "trips": names.of_trips,
        "stop_times": names.of_trips,
        "levels": names.of_levels,
        "pathways": names.of_pathways,
    }
    for table, new in by_table.items():
        record = pl.when(pl.col("table_name") == table).then(pl.col("record_id").replace(new)).otherwise(record)
    return record.alias("record_id")


def _renamed_fares(fares: FareTables, names: _NewNames) -> FareTables:
    fare = pl.col("fare_id").replace(names.of_fares)
    zones = pl.col("origin_id", "destination_id", "contains_id").replace(names.of_fare_zones)
    return FareTables(
        attributes=fares.attributes.with_columns(fare, pl.col("agency_id").replace(names.of_agencies)),
        rules=fares.rules.with_columns(fare, pl.col("route_id").replace(names.of_routes), zones),
    )


def _joined(first: Feed, second: Feed) -> Feed:
    new_stops = second.stops.join(first.stops, on="stop_id", how="anti", maintain_order="left")
    new_places = second.places.join(first.places, on="stop_id", how="anti", maintain_order="left")
    calendars = (first.calendar, second.calendar)
    fares = FareTables(
        attributes=pl.concat([first.fares.attributes, second.fares.attributes]),
        rules=pl.concat([first.fares.rules, second.fares.rules]),
    )
    return replace(
        first,
        name=f"{first.name}, {second.name}",
        agencies=pl.concat([first.agencies, second.agencies]),
        stops=pl.concat([first.stops, new_stops]),
        places=pl.concat([first.places, new_places]),
        levels=pl.concat([first.levels, second.levels]),
        pathways=pl.concat([first.pathways, second.pathways]),
        routes=pl.concat([first.routes, second.routes]),
        trips=pl.concat([first.trips, second.trips]),
        calls=pl.concat([first.calls, second.calls]),
        calendar=join_calendars(calendars, [s for calendar in calendars for s in calendar.service_ids]),
        frequencies=pl.concat([first.frequencies, second.frequencies]),
        shapes=pl.concat([first.shapes, second.shapes]),
        transfers=pl.concat([first.transfers, second.transfers]),
        attributions=pl.concat([first.attributions, second.attributions]),
        translations=pl.concat([first.translations, second.translations]),
        feed_info=pl.concat([first.feed_info, second.feed_info]),
        fares=fares,
        findings=first.findings + second.findings,
    )


def _far_apart(feed: Feed, taken: Feed) -> list[str]:
    """The ids of stops and other places that both have for different places."""
    columns = ("stop_id", "lon", "lat")
    mine, theirs = (pl.concat([one.stops.select(columns), one.places.select(columns)]) for one in (feed, taken))
    both = mine.join(theirs, on="stop_id", suffix="_taken", maintain_order="left")
    places = (both[name].fill_null(0.0).to_numpy() for name in ("lon", "lat", "lon_taken", "lat_taken"))
    return both.filter(pl.Series(distances_m(*places) > SAME_STOP_M, dtype=pl.Boolean))["stop_id"].to_list()


def _place_ids(feed: Feed) -> list[str]:
    return [*feed.stops["stop_id"], *feed.places["stop_id"]]


def _free_names(ids: Collection[str], taken: Collection[str], number: int) -> dict[str, str]:
    """A new name for each of the ids that is taken."""
    used, own = {*taken}, {*ids}
    names: dict[str, str] = {}
    for old in ids:
        if old in used:
            new = f"{number}:{old}"
            while new in used or new in own:
                new = f"{number}:{new}"
            names[old] = new
            used.add(new)
    return names
