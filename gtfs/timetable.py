"""The timetable of a district: built from its feeds, kept on disk as arrays that every process maps into memory."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from gtfs.calendar import Calendar
from gtfs.feed import Feed
from gtfs.feed_joining import join_feeds
from gtfs.findings import FeedError
from gtfs.footpaths import Footpaths, find_footpaths, list_stations, walks_s
from gtfs.frequencies import write_out_frequencies
from gtfs.itinerary import FixedStopId, RouteId, TripId
from gtfs.station_ways import find_station_walks
from gtfs.timetable_model import DayTimetable, FixedStop, Route, Timetable, TripTable, empty_timetable
from gtfs.transfer_rules import ANY, IN_SEAT, NOT_GIVEN, SpecialRules, TransferRule, make_special_rules

__all__ = [
    "DayTimetable",
    "FixedStop",
    "Route",
    "Timetable",
    "build_timetable",
    "empty_timetable",
    "read_timetable",
    "write_timetable",
]

_FORMAT = 3
_NAMES = "timetable.json"
_PARTS: dict[type, str] = {TripTable: "trips", Calendar: "calendar", Footpaths: "footpaths", SpecialRules: "rules"}
_P = TypeVar("_P", TripTable, Calendar, Footpaths, SpecialRules)


def build_timetable(feeds: Sequence[Feed]) -> Timetable:
    """The timetable of one or more feeds; how their ids are kept apart says :func:`gtfs.feed_joining.join_feeds`.

    Raises
    ------
    FeedError
        When the feeds do not share a time zone.
    """
    feed = join_feeds([write_out_frequencies(feed) for feed in feeds])
    stops = _stops(feed.stops)
    routes = tuple(Route(RouteId(row[0]), row[1], row[2]) for row in _routes(feed.routes).iter_rows())
    trips = _trip_table(feed)
    lon, lat = feed.stops["lon"].to_numpy(), feed.stops["lat"].to_numpy()
    stop_index = {stop.id: i for i, stop in enumerate(stops)}
    stations = list_stations([-1 if stop.parent_id is None else stop_index[stop.parent_id] for stop in stops])
    rules = _transfer_rules(feed)
    return Timetable(
        zone=feed.zone,
        stops=stops,
        routes=routes,
        trips=trips,
        calendar=feed.calendar,
        footpaths=find_footpaths(lon, lat, stations, rules, find_station_walks(feed)),
        rules=make_special_rules(rules, stations, lambda a, b: int(walks_s(lon, lat, np.array([a]), np.array([b]))[0])),
    )


def _stops(table: pl.DataFrame) -> tuple[FixedStop, ...]:
    columns = (table[name] for name in ("stop_id", "name", "lon", "lat", "parent_id"))
    wheelchair = _column(table, "wheelchair_boarding", 0)
    return tuple(
        FixedStop(FixedStopId(stop_id), name, lon, lat, FixedStopId(parent_id) if parent_id else None, boarding)
        for stop_id, name, lon, lat, parent_id, boarding in zip(*columns, wheelchair, strict=True)
    )


def _routes(table: pl.DataFrame) -> pl.DataFrame:
    return table.select("route_id", "name", "route_type")


def _column(table: pl.DataFrame, name: str, default: int | str) -> pl.Series:
    """A column, or one of the default where a feed was read without it."""
    if name in table.columns:
        return table[name].fill_null(default)
    return pl.Series(name, [default]).new_from_index(0, table.height)


def _trip_table(feed: Feed) -> TripTable:
    trips = feed.trips.with_row_index("trip")
    calls = feed.calls.join(trips.select("trip_id", "trip"), on="trip_id", maintain_order="left")
    calls = calls.sort("trip", maintain_order=True)
    stop = _index_of(calls["stop_id"], feed.stops["stop_id"])
    call_counts = np.bincount(calls["trip"].to_numpy(), minlength=trips.height)
    first_call = np.concatenate([[0], np.cumsum(call_counts)]).astype(np.int64)
    last_stop_names = feed.stops["name"].gather(stop[first_call[1:] - 1])
    headsigns = trips.select(pl.when(pl.col("headsign") == "").then(last_stop_names).otherwise("headsign"))
    signs = headsigns.to_series()
    unique_signs = signs.unique(maintain_order=True)
    return TripTable(
        ids=tuple(TripId(trip_id) for trip_id in trips["trip_id"]),
        headsigns=tuple(unique_signs),
        route=_index_of(trips["route_id"], feed.routes["route_id"]),
        service=_index_of(trips["service_id"], pl.Series(feed.calendar.service_ids, dtype=pl.String)),
        headsign=_index_of(signs, unique_signs),
        first_call=first_call,
        stop=stop,
        arrival_s=calls["arrival_s"].to_numpy().astype(np.int32),
        departure_s=calls["departure_s"].to_numpy().astype(np.int32),
        can_board=calls["can_board"].to_numpy().astype(np.bool_),
        can_alight=calls["can_alight"].to_numpy().astype(np.bool_),
        wheelchair=_column(trips, "wheelchair_accessible", 0).to_numpy().astype(np.int8),
        bikes=_column(trips, "bikes_allowed", 0).to_numpy().astype(np.int8),
        sequence=_sequence(calls, first_call),
    )


def _sequence(calls: pl.DataFrame, first_call: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """The number of each call in its trip, counted from 1 where a feed was read without them."""
    if "stop_sequence" in calls.columns:
        return calls["stop_sequence"].to_numpy().astype(np.int32)
    return (np.arange(calls.height) - np.repeat(first_call[:-1], np.diff(first_call)) + 1).astype(np.int32)


def _index_of(values: pl.Series, table: pl.Series) -> npt.NDArray[np.int32]:
    """The place of each value in a column of unique values."""
    places = pl.DataFrame({"value": table, "place": np.arange(len(table), dtype=np.int32)})
    found = values.alias("value").to_frame().join(places, on="value", how="left", maintain_order="left")
    return found["place"].to_numpy().astype(np.int32)


def _transfer_rules(feed: Feed) -> list[TransferRule]:
    table = feed.transfers
    tables = {"stop": feed.stops["stop_id"], "route": feed.routes["route_id"], "trip": feed.trips["trip_id"]}
    names = [f"{side}_{kind}" for kind in tables for side in ("from", "to")]
    indices = {name: _rule_index(table, name, tables[name.split("_")[1]]) for name in names}
    rest = (table["transfer_type"], table["min_transfer_s"].fill_null(NOT_GIVEN))
    rules = [
        TransferRule(from_stop, to_stop, kind, min_s, *others)
        for from_stop, to_stop, *others, kind, min_s in zip(*indices.values(), *rest, strict=True)
        if _UNKNOWN not in (from_stop, to_stop, *others)
    ]
    return [rule for rule in rules if _makes_sense(rule)]


def _makes_sense(rule: TransferRule) -> bool:
    """Whether a rule says where it holds, or between which trips one stays seated."""
    if rule.transfer_type == IN_SEAT:
        return ANY not in (rule.from_trip, rule.to_trip)
    return ANY not in (rule.from_stop, rule.to_stop) and (rule.transfer_type < IN_SEAT or rule.is_special)


_UNKNOWN = -2


def _rule_index(table: pl.DataFrame, name: str, ids: pl.Series) -> list[int]:
    """The places of the ids in a column of the rules, ``ANY`` for empty ones."""
    place = {value: i for i, value in enumerate(ids)}
    return [ANY if not value else place.get(value, _UNKNOWN) for value in _column(table, f"{name}_id", "")]


def write_timetable(folder: Path, timetable: Timetable) -> None:
    """Write a timetable into a folder, made if it is missing; readers of an older one are not disturbed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in _arrays(timetable):
        # A process may have the old file mapped: it keeps it, since the new one takes only its name.
        new = folder / f"{name}.npy.new"
        with new.open("wb") as file:
            np.save(file, array)
        new.replace(folder / f"{name}.npy")
    new = folder / f"{_NAMES}.new"
    new.write_text(json.dumps(_names(timetable), ensure_ascii=False), encoding="utf-8")
    new.replace(folder / _NAMES)


def read_timetable(folder: Path) -> Timetable:
    """Read a timetable that :func:`write_timetable` wrote; its arrays are mapped into memory, read-only.

    Raises
    ------
    FeedError
        When the folder holds none, only a part of one, or one of another version.
    """
    try:
        names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        if names["format"] != _FORMAT:
            msg = f"The timetable in {folder} was built by another version of this program; build the district again."
            raise FeedError(msg)
        return _timetable(folder, names)
    except (OSError, KeyError, EOFError, ValueError) as error:
        if isinstance(error, FeedError):
            raise
        msg = f"The built timetable in {folder} is missing or incomplete ({error}); build the district again."
        raise FeedError(msg) from error


def _arrays(timetable: Timetable) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    for kind, part in _PARTS.items():
        for field in fields(kind):
            value = getattr(getattr(timetable, part), field.name)
            if isinstance(value, np.ndarray):
                yield f"{part}-{field.name}", value
    yield "stops-lon", np.array([stop.lon for stop in timetable.stops], np.float64)
    yield "stops-lat", np.array([stop.lat for stop in timetable.stops], np.float64)
    yield "stops-wheelchair", np.array([stop.wheelchair for stop in timetable.stops], np.int8)


def _names(timetable: Timetable) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "zone": timetable.zone.key,
        "stops": [[stop.id, stop.name, stop.parent_id] for stop in timetable.stops],
        "routes": [[route.id, route.name, route.route_type] for route in timetable.routes],
        "trips": timetable.trips.ids,
        "headsigns": timetable.trips.headsigns,
        "services": timetable.calendar.service_ids,
    }


def _timetable(folder: Path, names: dict[str, Any]) -> Timetable:
    columns = (_array(folder, f"stops-{name}").tolist() for name in ("lon", "lat", "wheelchair"))
    stops = tuple(
        FixedStop(FixedStopId(stop_id), name, lon, lat, None if parent_id is None else FixedStopId(parent_id), boarding)
        for (stop_id, name, parent_id), lon, lat, boarding in zip(names["stops"], *columns, strict=True)
    )
    return Timetable(
        zone=ZoneInfo(names["zone"]),
        stops=stops,
        routes=tuple(Route(RouteId(route_id), name, kind) for route_id, name, kind in names["routes"]),
        trips=_part(folder, TripTable, ids=tuple(map(TripId, names["trips"])), headsigns=tuple(names["headsigns"])),
        calendar=_part(folder, Calendar, service_ids=tuple(names["services"])),
        footpaths=_part(folder, Footpaths, stop_count=len(stops)),
        rules=_part(folder, SpecialRules),
    )


def _part(folder: Path, kind: type[_P], **names: Any) -> _P:  # noqa: ANN401 - fields of three classes, checked where it is called
    """A part of a timetable: its arrays from their files, the other fields as given."""
    arrays: dict[str, Any] = {
        field.name: _array(folder, f"{_PARTS[kind]}-{field.name}") for field in fields(kind) if field.name not in names
    }
    return kind(**names, **arrays)


def _array(folder: Path, name: str) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r")
    return array
