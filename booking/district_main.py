"""``district.toml``: name, time zone, languages, contact, and where roads and timetables come from."""

import re
import zoneinfo
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from booking.district import Contact, Sources
from booking.district_notices import read_notices
from booking.district_problems import Problems, meant
from booking.district_toml import TomlTable, read_toml
from booking.notice_rules import NoticeRules
from booking.retention import DEFAULT_RETENTION, LONGEST_DAYS, PURPOSES, Retention

_ROAD_FILES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")


@dataclass(frozen=True, slots=True)
class Main:
    """What the main file says; see :class:`booking.district.District`."""

    id: str
    name: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    is_sample: bool
    contact: Contact
    sources: Sources
    retention: Retention
    notices: NoticeRules


def is_url(source: str) -> bool:
    """Whether a source is to be downloaded."""
    return source.startswith(("http://", "https://"))


def read_main(path: Path, problems: Problems) -> Main | None:
    """Read the main file; None (and a problem) if it is missing or not TOML."""
    table = read_toml(path, problems)
    if table is None:
        return None
    main = Main(
        id=_read_id(table),
        name=table.text("name"),
        zone=_read_zone(table),
        languages=_read_languages(table),
        is_sample=table.yes_no("sample", default=False),
        contact=_read_contact(table.table("contact")),
        sources=_read_sources(table.table("sources"), path.parent),
        retention=_read_retention(table.table("retention_days")) if table.has("retention_days") else DEFAULT_RETENTION,
        notices=read_notices(table),
    )
    table.finish()
    return main


def _read_id(table: TomlTable) -> str:
    name = table.text("id")
    if name and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        remedy = "use small letters, digits and single hyphens: it names folders"
        table.add_problem("id", f'"id" is "{name}"', remedy)
    return name


def _read_zone(table: TomlTable) -> ZoneInfo:
    name = table.text("time_zone")
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        if name:
            message = f'"time_zone" is "{name}", which is no time zone'
            table.add_problem("time_zone", message, meant(name, zoneinfo.available_timezones()))
        return ZoneInfo("UTC")


def _read_languages(table: TomlTable) -> tuple[str, ...]:
    before = table.texts("languages")
    for language in before:
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]+)?", language):
            message = f'"{language}" is no language code'
            table.add_problem("languages", message, 'write two letters, as "de"; easy language is "de-simple"')
    if table.is_sound("languages") and not before:
        table.add_problem("languages", "there is no language", 'write at least one, as ["de"]')
    return before


def _read_contact(table: TomlTable) -> Contact:
    contact = Contact(
        operator=table.text("operator"),
        phone=table.text("phone"),
        email=table.text("email"),
        address=table.text("address", ""),
    )
    table.finish()
    return contact


def _read_sources(table: TomlTable, folder: Path) -> Sources:
    roads = table.text("roads") if table.has("roads") else ""
    roads_place = table.text("roads_place") if table.has("roads_place") else ""
    timetables = table.texts("timetables")
    attribution = table.text("attribution", "")
    table.finish()
    if not table.is_absent and table.has("roads") == table.has("roads_place"):
        remedy = 'write roads = "FILE.osm.pbf" (a path or an address), or roads_place = "NAME"; one of the two'
        table.add_problem("roads", "there must be one source of roads", remedy)
    resolved = _resolve(table, "roads", roads, folder)
    if resolved and not is_url(resolved) and not resolved.endswith(_ROAD_FILES):
        table.add_problem(
            "roads", f'"{roads}" is not an OpenStreetMap file', f"its name must end in {', '.join(_ROAD_FILES)}"
        )
    paths = tuple(_resolve(table, "timetables", source, folder) for source in timetables)
    return Sources(roads=resolved, roads_place=roads_place, timetables=paths, attribution=attribution)


def _read_retention(table: TomlTable) -> Retention:
    """For how long personal data is kept, where it differs from the default."""
    names = [purpose.name for purpose in PURPOSES if table.has(purpose.name)]
    retention = Retention({name: table.whole(name, 0, LONGEST_DAYS) for name in names})
    table.finish()
    return retention


def _resolve(table: TomlTable, key: str, source: str, folder: Path) -> str:
    """A source as an address or an absolute path; a path that does not exist is a problem."""
    if not source or is_url(source):
        return source
    path = (folder / source).resolve()
    if not path.exists():
        remedy = "put it there, or write the path from the district folder or an address (https://…)"
        table.add_problem(key, f'"{source}" does not exist', remedy)
    return str(path)
