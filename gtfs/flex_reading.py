"""On-demand services of a feed as values, from the adopted form of GTFS-Flex and from what its drafts had.

Of the drafts is read what feeds in use have: windows named ``start_pickup_dropoff_window``; zones and groups whose id
stands in ``stop_id``; groups as areas.txt with stop_areas.txt, or with members in ``location_groups.location_id``;
durations in stop_times.txt, their offsets in minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from gtfs.feed import Feed, read_feed
from gtfs.feed_files import OPTIONAL, REQUIRED
from gtfs.feed_flex import ZONES
from gtfs.findings import Finding
from gtfs.flex_calls import Known
from gtfs.flex_cells import RowFaults
from gtfs.flex_groups import has_areas, read_groups
from gtfs.flex_model import FlexServices, Place, PlaceKind
from gtfs.flex_rules import read_rules
from gtfs.flex_trips import read_trips
from gtfs.flex_zones import read_zones
from gtfs.text_tables import read_files, read_text_table

TYPED_FILES = ("booking_rules.txt", "location_groups.txt", "location_group_stops.txt", ZONES)
"""Files that hold nothing but on-demand services."""


@dataclass(frozen=True, eq=False)
class FlexFeed:
    """A feed with on-demand services, to be written.

    Parameters
    ----------
    services
        What is on demand.
    tables
        Everything else by file, as text with nulls where blank: agency.txt, stops.txt, routes.txt, the calendar and
        so on. In trips.txt and stop_times.txt stand the lines, if there are any.
    """

    services: FlexServices
    tables: Mapping[str, pl.DataFrame]


def read_services(feed: Feed) -> tuple[FlexServices, tuple[Finding, ...]]:
    """The on-demand services of a feed, and what was left out of them; none for a feed of lines alone."""
    flex = feed.flex
    if flex is None:
        return FlexServices(), ()
    faults = RowFaults()
    zones = read_zones(flex.locations, faults)
    stop_ids, zone_ids = frozenset(feed.stops["stop_id"]), frozenset(zone.id for zone in zones)
    groups = read_groups(flex, stop_ids, zone_ids, faults)
    rules = read_rules(flex.booking_rules, feed.calendar.service_ids, faults)
    known = Known(stop_ids, zone_ids, {group.id for group in groups}, {rule.id for rule in rules})
    routes, services = frozenset(feed.routes["route_id"]), frozenset(feed.calendar.service_ids)
    trips = read_trips(flex, known, routes, services, faults)
    if has_areas(flex):
        used = {call.place for trip in trips for call in trip.calls}
        groups = tuple(group for group in groups if Place(PlaceKind.GROUP, group.id) in used)
    return FlexServices(zones, groups, rules, trips), faults.as_tuple()


def read_flex_feed(path: Path) -> tuple[FlexFeed, tuple[Finding, ...]]:
    """A whole feed with on-demand services, and what was wrong with it.

    Files that GTFS does not know are left out, and on-demand trips that cannot be used.

    Raises
    ------
    FeedError
        See :func:`gtfs.feed.read_feed`.
    """
    feed = read_feed(path, may_lack_trips=True)
    services, findings = read_services(feed)
    of_groups = {"areas.txt", "stop_areas.txt"} if feed.flex is not None and has_areas(feed.flex) else set()
    tables = {}
    for file, raw in read_files(path, (*REQUIRED, *OPTIONAL)).items():
        if file not in {*TYPED_FILES, *of_groups}:
            tables[file] = read_text_table(path, file, raw).text.drop("row")
    if feed.flex is not None:
        on_demand = pl.concat([feed.flex.trips["trip_id"], feed.flex.stop_times["trip_id"]])
        for file in ("trips.txt", "stop_times.txt"):
            tables[file] = tables[file].filter(~pl.col("trip_id").is_in(on_demand.implode()))
    return FlexFeed(services, tables), (*feed.findings, *findings)
