"""``speeds.toml``: how fast this district's roads are driven, where it differs from the default; may be left out."""

from collections.abc import Mapping
from pathlib import Path

from booking.district import DayKind
from booking.district_problems import Problems, meant
from booking.district_toml import TomlTable, read_toml
from booking.district_units import parse_span
from routing.osm_speeds import DEFAULT_SPEEDS, ClassSpeed, Period, SpeedTable

FILE_NAME = "speeds.toml"

_FASTEST_KMH = 130.0
_SLOWEST_KMH = 1.0
_LONGEST_DELAY_S = 600.0
_NUMBERS: Mapping[str, tuple[float, float]] = {
    "driven_share": (0.3, 1.0),
    "fastest_kmh": (30.0, _FASTEST_KMH),
    "link_share": (0.1, 1.0),
    "destination_share": (0.1, 1.0),
    "lateral_m_s2": (0.0, 5.0),
    "urban_kmh": (20.0, 100.0),
    "rural_kmh": (30.0, _FASTEST_KMH),
    "walk_kmh": (3.0, 20.0),
    "ferry_kmh": (_SLOWEST_KMH, 60.0),
    "ferry_wait_s": (0.0, 7200.0),
}
"""The single numbers, and the range in which each makes sense."""

_FACTORS = (0.2, 5.0)
_SURFACES_WITHOUT_LIMIT = ("asphalt", "concrete", "paved")
"""Surfaces that slow nobody unless a district says so."""


def read_speeds(path: Path, problems: Problems) -> SpeedTable:
    """Read the table; the default where there is no file, or where a value has a problem."""
    if not path.exists():
        return DEFAULT_SPEEDS
    document = read_toml(path, problems)
    if document is None:
        return DEFAULT_SPEEDS
    before = len(problems)
    default = DEFAULT_SPEEDS
    numbers = {key: document.number(key, *limits) for key, limits in _NUMBERS.items() if document.has(key)}
    known_surfaces = {**dict.fromkeys(_SURFACES_WITHOUT_LIMIT, _FASTEST_KMH), **default.surfaces}
    classes = _read_classes(document)
    surfaces = _read_values(document, "surface_kmh", known_surfaces, (_SLOWEST_KMH, _FASTEST_KMH))
    smoothness = _read_values(document, "smoothness_kmh", default.smoothness, (_SLOWEST_KMH, _FASTEST_KMH))
    tracktypes = _read_values(document, "tracktype_kmh", default.tracktypes, (_SLOWEST_KMH, _FASTEST_KMH))
    delays_s = _read_values(document, "delay_s", default.delays_s, (0.0, _LONGEST_DELAY_S))
    periods = _read_periods(document)
    document.finish()
    if len(problems) > before:
        return default
    return SpeedTable(
        **numbers,
        classes=classes,
        surfaces=surfaces,
        smoothness=smoothness,
        tracktypes=tracktypes,
        delays_s=delays_s,
        periods=periods,
    )


def _read_classes(document: TomlTable) -> Mapping[str, ClassSpeed]:
    classes = dict(DEFAULT_SPEEDS.classes)
    if not document.has("class"):
        return classes
    table = document.table("class")
    for name, speeds in DEFAULT_SPEEDS.classes.items():
        if table.has(name):
            given = table.table(name)
            values = {
                key: given.number(key, _SLOWEST_KMH, _FASTEST_KMH) for key in ClassSpeed._fields if given.has(key)
            }
            given.finish()
            classes[name] = speeds._replace(**values)
    table.finish()
    return classes


def _read_values(
    document: TomlTable, key: str, default: Mapping[str, float], limits: tuple[float, float]
) -> Mapping[str, float]:
    """The default values, and those of a table in their place."""
    if not document.has(key):
        return default
    table = document.table(key)
    given = {name: table.number(name, *limits) for name in default if table.has(name)}
    table.finish()
    return {**default, **given}


def _read_periods(document: TomlTable) -> tuple[Period, ...]:
    if not document.has("period"):
        return ()
    periods: list[Period] = []
    for table in document.tables("period"):
        period = _read_period(table)
        if period is not None and period.name in {other.name for other in periods}:
            table.add_problem("name", f'there are two periods named "{period.name}"', "give each its own name")
        elif period is not None:
            periods.append(period)
    return tuple(periods)


def _read_period(table: TomlTable) -> Period | None:
    """A period; None if there is a problem with it."""
    name = table.text("name")
    days = table.texts("days") if table.has("days") else ()
    for day in days:
        if day not in set(DayKind):
            table.add_problem("days", f'"{day}" is not a kind of day', meant(day, DayKind))
    span = table.parsed("hours", parse_span)
    factor = table.number("factor", *_FACTORS) if table.has("factor") else 1.0
    factors: Mapping[str, float] = {}
    if table.has("class_factor"):
        given = table.table("class_factor")
        known = DEFAULT_SPEEDS.classes
        factors = {road_class: given.number(road_class, *_FACTORS) for road_class in known if given.has(road_class)}
        given.finish()
    table.finish()
    if not name or span is None:
        return None
    return Period(name, frozenset(days), *span, factor=factor, class_factors=factors)
