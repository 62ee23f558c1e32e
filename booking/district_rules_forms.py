"""The part of ``rules.toml`` about how areas are served: forms of service, door to door, overflow."""

from collections.abc import Sequence

from booking.district import Area, DestinationPlace, Stop, Vehicle
from booking.district_problems import Problems, meant
from booking.district_rules_words import (
    check_unique,
    optional_table,
    optional_tables,
    read_clock,
    read_days,
    read_span,
    read_whole,
    read_word,
    read_words,
)
from booking.district_toml import TomlTable
from booking.district_units import parse_clock
from booking.model import AreaId, StopId
from booking.rider_classes import RiderClass
from booking.rulebook import Rulebook, Rules
from booking.rulebook_forms import (
    EVERY_PLACE,
    USUAL_DIRECTIONS,
    Departures,
    Direction,
    DoorService,
    Overflow,
    SchoolDays,
    ServiceForm,
    ServiceRules,
)
from booking.rulebook_hours import Hours

__all__ = ["check_forms", "read_service"]


def read_service(table: TomlTable) -> ServiceRules:
    """How areas are served in a version; what is missing leaves them free."""
    forms = optional_tables(table, "form")
    read = tuple(_read_form(part) for part in forms)
    check_unique(forms, "name", {i: form.name for i, form in enumerate(read)})
    return ServiceRules(
        forms=read,
        door=_read_door(optional_table(table, "door_to_door")),
        overflow=_read_overflow(optional_table(table, "overflow")),
    )


def _read_form(table: TomlTable) -> ServiceForm:
    span = read_span(table, "hours")
    form = ServiceForm(
        name=table.text("name"),
        areas=frozenset(AreaId(area) for area in _optional_texts(table, "areas")),
        days=read_days(table),
        school=read_word(table, "school_days", SchoolDays.ANY, "no choice of school days"),
        hours=None if span is None else Hours(*span),
        directions=frozenset(read_words(table, "directions", Direction, "no direction")) or USUAL_DIRECTIONS,
        stop_order=tuple(StopId(stop) for stop in _optional_texts(table, "stop_order")),
        departures=tuple(_read_departures(part) for part in optional_tables(table, "departures")),
        door_places=frozenset(_optional_texts(table, "door_places")),
    )
    table.finish()
    if len(set(form.stop_order)) < len(form.stop_order):
        table.add_problem("stop_order", "a stop stands in the order twice", "name every stop of the corridor once")
    return form


def _optional_texts(table: TomlTable, key: str) -> tuple[str, ...]:
    return table.texts(key) if table.has(key) else ()


def _read_departures(table: TomlTable) -> Departures:
    departures = Departures(
        guide_times_s=_read_guide_times(table),
        directions=frozenset(read_words(table, "directions", Direction, "no direction")),
        days=read_days(table),
        school=read_word(table, "school_days", SchoolDays.ANY, "no choice of school days"),
        earlier_s=read_whole(table, "earlier_min", (0, 240), 0) * 60,
        later_s=read_whole(table, "later_min", (0, 240), 0) * 60,
        is_at_hub=table.yes_no("at_hub", default=False),
    )
    table.finish()
    return departures


def _read_guide_times(table: TomlTable) -> tuple[int, ...]:
    """A list of times, or a raster from the first to the last."""
    if not table.has("every_min"):
        return tuple(sorted(table.parsed("times", lambda texts: [parse_clock(text) for text in texts]) or ()))
    if table.has("times"):
        table.add_problem("times", "there are both times and a raster", "keep either times or every_min")
    every_s = table.whole("every_min", 1, 1440) * 60
    first_s, last_s = read_clock(table, "first"), read_clock(table, "last")
    if table.is_sound("first") and table.is_sound("last") and first_s > last_s:
        table.add_problem("last", "the last departure is before the first", "exchange them")
        return ()
    return tuple(range(first_s, last_s + 1, every_s))


def _read_door(table: TomlTable | None) -> DoorService:
    if table is None:
        return DoorService()
    door = DoorService(
        needs=frozenset(read_words(table, "needs", RiderClass, "no class of riders")),
        is_exempt_from_lines=table.yes_no("exempt_from_lines", default=True),
        max_m=read_whole(table, "max_m", (0, 20_000), 2000),
    )
    table.finish()
    return door


def _read_overflow(table: TomlTable | None) -> Overflow:
    if table is None:
        return Overflow()
    overflow = Overflow(
        owners=frozenset(table.texts("owners")),
        cost_factor=table.number("cost_factor", 1, 1000) if table.has("cost_factor") else 20.0,
    )
    table.finish()
    return overflow


def check_forms(
    rulebook: Rulebook,
    areas: Sequence[Area],
    places: Sequence[DestinationPlace],
    stops: Sequence[Stop],
    vehicles: Sequence[Vehicle],
    problems: Problems,
) -> None:
    """Tell of areas, stops, places and owners that the rules name and the other files do not have."""
    known: dict[str, tuple[set[str], str]] = {
        "areas": ({area.id for area in areas}, "an area of areas.geojson"),
        "stop_order": ({stop.id for stop in stops}, "a stop of stops.csv"),
        "door_places": ({place.id for place in places}, "a destination place of areas.geojson"),
        "owners": ({vehicle.owner for vehicle in vehicles}, "an owner in fleet.csv"),
    }

    def check(rules: Rules, key: str, names: Sequence[str], kind: str) -> None:
        ids, noun = known[kind]
        for name in names:
            if name not in ids and (ids or kind == "door_places"):
                remedy = meant(name, ids) if ids else 'draw it in areas.geojson, with the kind "destination_place"'
                problems.add("rules.toml", rules.line_of(key), f'"{name}" is not {noun}', remedy)

    for rules in rulebook.versions:
        for i, form in enumerate(rules.service.forms):
            check(rules, f"form.{i}.areas", sorted(form.areas), "areas")
            check(rules, f"form.{i}.stop_order", form.stop_order, "stop_order")
            check(rules, f"form.{i}.door_places", sorted(form.door_places - {EVERY_PLACE}), "door_places")
        check(rules, "overflow.owners", sorted(rules.service.overflow.owners), "owners")
        for i, pair in enumerate(rules.fare.zone_pairs):
            check(rules, f"fare.zone_pair.{i}.areas", sorted(pair.areas), "areas")
