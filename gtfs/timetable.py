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
from gtfs.footpaths import NOT_GIVEN, Footpaths, TransferRule, find_footpaths
from gtfs.frequencies import write_out_frequencies
from gtfs.itinerary import FixedStopId, RouteId, TripId
from gtfs.timetable_model import DayTimetable, FixedStop, Route, Timetable, TripTable, empty_timetable

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

_FORMAT = 1
_NAMES = "timetable.json"
_STOP_COLUMNS = ("stop_id", "name", "lon", "lat", "parent_id")
_RULE_COLUMNS = ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_s")
_PARTS: dict[type, str] = {TripTable: "trips", Calendar: "calendar", Footpaths: "footpaths"}
_P = TypeVar("_P", TripTable, Calendar, Footpaths)


def build_timetable(feeds: Sequence[Feed]) -> Timetable:
    """The timetable of one or more feeds; how their ids are kept apart says :func:`gtfs.feed_joining.join_feeds`.

    Raises
    ------
    FeedError
        When the feeds do not share a time zone.
    """
    feed = join_feeds([write_out_frequencies(feed) for feed in feeds])
    stops = tuple(
        FixedStop(FixedStopId(stop_id), name, lon, lat, FixedStopId(parent_id) if parent_id else None)
        for stop_id, name, lon, lat, parent_id in feed.stops.select(_STOP_COLUMNS).iter_rows()
    )
    stop_index = {stop.id: i for i, stop in enumerate(stops)}
    return Timetable(
        zone=feed.zone,
        stops=stops,
        routes=tuple(Route(RouteId(row[0]), row[1], row[2]) for row in feed.routes.iter_rows()),
        trips=_trip_table(feed),
        calendar=feed.calendar,
        footpaths=find_footpaths(
            feed.stops["lon"].to_numpy(),
            feed.stops["lat"].to_numpy(),
            [-1 if stop.parent_id is None else stop_index[stop.parent_id] for stop in stops],
            _transfer_rules(feed, stop_index),
        ),
    )


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
    )


def _index_of(values: pl.Series, table: pl.Series) -> npt.NDArray[np.int32]:
    """The place of each value in a column of unique values."""
    places = pl.DataFrame({"value": table, "place": np.arange(len(table), dtype=np.int32)})
    found = values.alias("value").to_frame().join(places, on="value", how="left", maintain_order="left")
    return found["place"].to_numpy().astype(np.int32)


def _transfer_rules(feed: Feed, stop_index: dict[FixedStopId, int]) -> list[TransferRule]:
    # Rules for single routes and trips, and transfers in the seat, are no ways on foot.
    narrower = pl.any_horizontal(pl.col("from_route_id", "to_route_id", "from_trip_id", "to_trip_id") != "")
    rules = feed.transfers.filter(~narrower & (pl.col("transfer_type") <= 3))
    return [
        TransferRule(
            stop_index[FixedStopId(from_id)],
            stop_index[FixedStopId(to_id)],
            transfer_type,
            NOT_GIVEN if min_transfer_s is None else min_transfer_s,
        )
        for from_id, to_id, transfer_type, min_transfer_s in rules.select(_RULE_COLUMNS).iter_rows()
    ]


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
    lons, lats = (_array(folder, name).tolist() for name in ("stops-lon", "stops-lat"))
    stops = tuple(
        FixedStop(FixedStopId(stop_id), name, lon, lat, None if parent_id is None else FixedStopId(parent_id))
        for (stop_id, name, parent_id), lon, lat in zip(names["stops"], lons, lats, strict=True)
    )
    return Timetable(
        zone=ZoneInfo(names["zone"]),
        stops=stops,
        routes=tuple(Route(RouteId(route_id), name, kind) for route_id, name, kind in names["routes"]),
        trips=_part(folder, TripTable, ids=tuple(map(TripId, names["trips"])), headsigns=tuple(names["headsigns"])),
        calendar=_part(folder, Calendar, service_ids=tuple(names["services"])),
        footpaths=_part(folder, Footpaths, stop_count=len(stops)),
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
