"""Which files and columns a feed has, and which it must have."""

from collections.abc import Collection, Mapping
from pathlib import Path

from gtfs.findings import Fault, FeedError, FindingList
from gtfs.text_tables import TextTable, read_text_table

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
REQUIRED = {
    "agency.txt": ("agency_timezone",),
    "stops.txt": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id", "route_type"),
    "trips.txt": ("trip_id", "route_id", "service_id"),
    "stop_times.txt": ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"),
}
"""Files that every feed has, with the columns read without which nothing can be made of them."""
OPTIONAL = {
    "calendar.txt": ("service_id", *_DAYS, "start_date", "end_date"),
    "calendar_dates.txt": ("service_id", "date", "exception_type"),
    "frequencies.txt": ("trip_id", "start_time", "end_time", "headway_secs"),
    "transfers.txt": ("from_stop_id", "to_stop_id", "transfer_type"),
    "pathways.txt": ("pathway_id", "from_stop_id", "to_stop_id", "pathway_mode", "is_bidirectional"),
    "levels.txt": ("level_id", "level_index"),
    "shapes.txt": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
    "feed_info.txt": ("feed_publisher_name", "feed_lang"),
    "translations.txt": ("table_name", "field_name", "language", "translation"),
    "attributions.txt": ("organization_name",),
    "fare_attributes.txt": ("fare_id", "price", "currency_type"),
    "fare_rules.txt": ("fare_id",),
    "location_groups.txt": (),
    "location_group_stops.txt": (),
    "areas.txt": (),
    "stop_areas.txt": (),
    "booking_rules.txt": ("booking_rule_id",),
}
_OF_TIMETABLE = {"calendar.txt", "calendar_dates.txt", "frequencies.txt", "transfers.txt"}
_ON_DEMAND_MAY_LACK = {"stop_id", "arrival_time", "departure_time"}

EXPORT_AGAIN = "export the feed again, or ask whoever publishes it"
ON_DEMAND_ONLY = (
    "{} has on-demand services only (stop_times.txt gives areas and time windows, no calls at stops), so "
    "there is no timetable in it; leave it out of the district's timetables."
)


def check_files(path: Path, files: Collection[str]) -> None:
    """Refuse a feed that lacks a required file.

    Raises
    ------
    FeedError
        It does.
    """
    missing = [file for file in REQUIRED if file not in files]
    if not {"calendar.txt", "calendar_dates.txt"} & {*files}:
        missing.append("calendar.txt (or calendar_dates.txt)")
    if len(missing) == len(REQUIRED) + 1:
        msg = f"{path} holds no GTFS feed: none of its text files is there; check the path."
        raise FeedError(msg)
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        msg = f"{', '.join(missing)} {verb} missing in {path}; {EXPORT_AGAIN}."
        raise FeedError(msg)


def _missing_columns(table: TextTable) -> list[str]:
    """Columns that a file needs and does not have."""
    return [column for column in {**REQUIRED, **OPTIONAL}[table.file] if column not in table.text.columns]


def read_tables(
    path: Path, raws: Mapping[str, bytes], findings: FindingList, *, may_lack_trips: bool
) -> dict[str, TextTable]:
    """The files of a feed as tables; a faulty one that a timetable can do without is left out with a finding.

    Raises
    ------
    FeedError
        Another is no table, or lacks a column it needs.
    """
    tables = {}
    for file, raw in raws.items():
        try:
            table = read_text_table(path, file, raw)
            table.report_long_rows(findings)
            tables[file] = _with_all_columns(path, table, may_lack_trips=may_lack_trips)
        except FeedError as error:
            if file not in OPTIONAL or file in _OF_TIMETABLE:
                raise
            findings.add(file, "", Fault("unusable_file", str(error).rstrip("."), "the file was left out"))
    return tables


def _with_all_columns(path: Path, table: TextTable, *, may_lack_trips: bool) -> TextTable:
    missing = _missing_columns(table)
    if not missing:
        return table
    if table.file == "stop_times.txt" and {"location_id", "location_group_id"} & set(table.text.columns):
        if may_lack_trips and {*missing} <= _ON_DEMAND_MAY_LACK:
            return table.with_blank_columns(*missing)
        raise FeedError(ON_DEMAND_ONLY.format(path))
    word = "column" if len(missing) == 1 else "columns"
    msg = f"{table.file} in {path} has no {word} {', '.join(missing)} in its header (line 1); {EXPORT_AGAIN}."
    raise FeedError(msg)
