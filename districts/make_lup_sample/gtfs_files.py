"""The timetable as GTFS text files."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from districts.make_lup_sample.facts import Facts, Line
from districts.make_lup_sample.holidays import FIRST_YEAR, LAST_YEAR, Holiday
from districts.make_lup_sample.plane import unproject
from districts.make_lup_sample.tables import write_csv
from districts.make_lup_sample.timetable import Trip, fixed_stops

AGENCY = "Beispiel-Verkehrsgesellschaft (erfunden)"
_ROUTE_TYPE = {"rail": 2, "bus": 3, "school": 3, "town": 3}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RUNS_ON = {"weekday": "1111100", "saturday": "0000010", "sunday": "0000001", "school_day": "1111100"}


def write_gtfs(folder: Path, facts: Facts, trips: list[Trip], holidays: Sequence[Holiday]) -> None:
    """Write all files into a folder that is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    first, last = f"{FIRST_YEAR}0101", f"{LAST_YEAR}1231"
    write_csv(
        folder / "agency.txt",
        ("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"),
        [("sample", AGENCY, "https://example.org/", "Europe/Berlin", "de")],
    )
    write_csv(
        folder / "feed_info.txt",
        ("feed_publisher_name", "feed_publisher_url", "feed_lang", "feed_start_date", "feed_end_date", "feed_version"),
        [("Rufnetz sample district", "https://example.org/", "de", first, last, "1")],
    )
    write_csv(
        folder / "stops.txt",
        ("stop_id", "stop_name", "stop_lat", "stop_lon"),
        [(stop.id, stop.name, *_lat_lon(stop.x, stop.y)) for stop in fixed_stops(trips)],
    )
    write_csv(
        folder / "routes.txt",
        ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
        [(line.name, "sample", line.name, _long_name(line), str(_ROUTE_TYPE[line.kind])) for line in facts.lines],
    )
    write_csv(
        folder / "calendar.txt",
        ("service_id", *_DAYS, "start_date", "end_date"),
        [(service, *days, first, last) for service, days in _RUNS_ON.items()],
    )
    write_csv(folder / "calendar_dates.txt", ("service_id", "date", "exception_type"), _exceptions(holidays))
    _write_trips(folder, trips)


def _write_trips(folder: Path, trips: list[Trip]) -> None:
    write_csv(
        folder / "trips.txt",
        ("route_id", "service_id", "trip_id", "trip_headsign", "direction_id"),
        [(trip.line, trip.service, trip.id, trip.calls[-1][0].name, str(trip.direction)) for trip in trips],
    )
    write_csv(
        folder / "stop_times.txt",
        ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
        [
            (trip.id, _clock(arrival_s), _clock(departure_s), stop.id, str(sequence))
            for trip in trips
            for sequence, (stop, arrival_s, departure_s) in enumerate(trip.calls, start=1)
        ],
    )


def _long_name(line: Line) -> str:
    if line.kind == "town":
        return f"Stadtverkehr {line.via[0]}"
    return " - ".join(line.via)


def _lat_lon(x: float, y: float) -> tuple[str, str]:
    lon, lat = unproject(x, y)
    return f"{lat:.6f}", f"{lon:.6f}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _exceptions(holidays: Sequence[Holiday]) -> Iterable[tuple[str, str, str]]:
    """Holidays run as Sundays do; school buses rest on every day off."""
    public = {h.first_on for h in holidays if h.kind == "public"}
    rows: set[tuple[str, str, str]] = set()
    for day in public:
        if day.weekday() < 6:
            rows |= {("saturday" if day.weekday() == 5 else "weekday", _ymd(day), "2"), ("sunday", _ymd(day), "1")}
    for holiday in holidays:
        day = max(holiday.first_on, date(FIRST_YEAR, 1, 1))
        while day <= min(holiday.last_on, date(LAST_YEAR, 12, 31)):
            if day.weekday() < 5:
                rows.add(("school_day", _ymd(day), "2"))
            day += timedelta(1)
    return sorted(rows)


def _ymd(day: date) -> str:
    return day.strftime("%Y%m%d")
