"""``rules.toml``: the versions of the operator's rules."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from booking.district import DayKind
from booking.district_problems import Problems
from booking.district_rules_fares import read_fare
from booking.district_rules_forms import read_service
from booking.district_rules_ordering import read_orders
from booking.district_rules_words import read_word, read_words
from booking.district_toml import TomlTable, read_toml
from booking.district_units import parse_span
from booking.model import Channel
from booking.rider_classes import RiderClass
from booking.rulebook import ConnectionRules, Hours, LinePriority, RideRules, Rulebook, Rules
from gtfs.line_priority import PriorityAction

_DAY_MIN = 24 * 60
_WEEK_MIN = 7 * _DAY_MIN


def read_rulebook(path: Path, problems: Problems) -> Rulebook | None:
    """Read all versions; None if there is none that could be read."""
    before = len(problems)
    document = read_toml(path, problems)
    if document is None:
        return None
    tables = document.tables("version")
    versions = [_read_version(table) for table in tables]
    document.finish()
    if document.has("version") and not versions:
        document.add_problem("version", "there is no version of the rules", "begin one with [[version]]")
    for earlier, later, table in zip(versions, versions[1:], tables[1:], strict=False):
        if later.valid_from <= earlier.valid_from != date.min:
            message = f'version "{later.version}" does not begin later than the one above it'
            table.add_problem("valid_from", message, "order the versions by valid_from, oldest first")
    names = [rules.version for rules in versions]
    for i, table in enumerate(tables):
        if names[i] and names[i] in names[:i]:
            table.add_problem("name", f'there are two versions named "{names[i]}"', "give each its own name")
    return Rulebook(tuple(versions)) if versions and len(problems) == before else None


def _read_version(table: TomlTable) -> Rules:
    rules = Rules(
        version=table.text("name"),
        valid_from=table.day("valid_from"),
        source=table.text("source"),
        lead_s=_read_lead_s(table.table("lead_min")),
        horizon_days=table.whole("horizon_days", 1, 366),
        max_party=table.whole("max_party", 1, 100),
        max_party_online=table.whole("max_party_online", 0, 100),
        offer_valid_s=table.whole("offer_valid_min", 1, 120) * 60,
        freeze_s=table.whole("freeze_min", 0, _DAY_MIN) * 60,
        allows_area_to_area=table.yes_no("allows_area_to_area"),
        service_hours=_read_hours(table.table("service_hours")),
        desk_hours=_read_hours(table.table("desk_hours")),
        line_priority=_read_line_priority(table.table("line_priority")),
        ride=_read_ride(table.table("ride")),
        connection=_read_connection(table.table("connection")),
        fare=read_fare(table.table("fare")),
        joins_areas_without_line=table.has("joins_areas_without_line") and table.yes_no("joins_areas_without_line"),
        rank_extra_s=(table.whole("rank_extra_min", 0, 120) if table.has("rank_extra_min") else 0) * 60,
        orders=read_orders(table),
        service=read_service(table),
        lines=table.lines_within(),
    )
    table.finish()
    if table.is_sound("max_party") and rules.max_party_online > rules.max_party:
        table.add_problem("max_party_online", "it is larger than max_party", "write max_party or less")
    return rules


def _read_lead_s(table: TomlTable) -> Mapping[Channel, int]:
    lead_s = {channel: table.whole(channel, 0, _WEEK_MIN) * 60 for channel in Channel}
    table.finish()
    return lead_s


def _read_hours(table: TomlTable) -> Mapping[str, Hours]:
    hours = {}
    for kind in DayKind:
        span = table.parsed(kind, parse_span) if table.has(kind) else None
        if span is not None:
            hours[str(kind)] = Hours(*span)
    table.finish()
    return hours


def _read_line_priority(table: TomlTable) -> LinePriority:
    priority = LinePriority(
        is_on=table.yes_no("is_on"),
        before_s=table.whole("before_min", 0, _DAY_MIN) * 60,
        after_s=table.whole("after_min", 0, _DAY_MIN) * 60,
        max_walk_m=table.whole("max_walk_m", 0, 5000),
        max_extra_s=table.whole("max_extra_min", 0, _DAY_MIN) * 60,
        exempts_reduced_mobility=table.yes_no("exempts_reduced_mobility"),
        min_distance_m=table.whole("min_distance_m", 0, 100_000) if table.has("min_distance_m") else 0,
        exempts=frozenset(read_words(table, "exempts", RiderClass, "no class of riders")),
        action=read_word(table, "action", PriorityAction.REFUSE, "nothing a line can do to rides"),
    )
    table.finish()
    return priority


def _read_ride(table: TomlTable) -> RideRules:
    ride = RideRules(
        pickup_window_s=table.whole("pickup_window_min", 0, 120) * 60,
        max_detour_factor=table.number("max_detour_factor", 1, 10),
        max_detour_s=table.whole("max_detour_min", 0, _DAY_MIN) * 60,
        max_ride_s=table.whole("max_ride_min", 1, _DAY_MIN) * 60,
        min_distance_m=table.whole("min_distance_m", 0, 50_000),
        boarding_s=table.whole("boarding_s", 0, 3600),
        boarding_wheelchair_s=table.whole("boarding_wheelchair_s", 0, 3600),
        boarding_walking_frame_s=table.whole("boarding_walking_frame_s", 0, 3600),
        boarding_pram_s=table.whole("boarding_pram_s", 0, 3600),
        boarding_bike_s=table.whole("boarding_bike_s", 0, 3600),
        max_walk_to_stop_m=table.whole("max_walk_to_stop_m", 0, 5000),
        boarding_dog_s=_optional_s(table, "boarding_dog_s"),
        boarding_child_seat_s=_optional_s(table, "boarding_child_seat_s"),
        boarding_luggage_s=_optional_s(table, "boarding_luggage_s"),
    )
    table.finish()
    return ride


def _optional_s(table: TomlTable, key: str) -> int:
    """Seconds that are none where nothing is said."""
    return table.whole(key, 0, 3600) if table.has(key) else 0


def _read_connection(table: TomlTable) -> ConnectionRules:
    connection = ConnectionRules(
        min_change_s=table.whole("min_change_min", 0, 120) * 60,
        max_wait_s=table.whole("max_wait_min", 0, _DAY_MIN) * 60,
        hold_s=table.whole("hold_min", 0, 120) * 60,
    )
    table.finish()
    return connection
