"""Read a realtime feed from its bytes (protobuf)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as pb

from gtfs.itinerary import FixedStopId, RouteId, TripId
from gtfs.realtime import (
    Alert,
    CallUpdate,
    EventTime,
    Informed,
    RealtimeError,
    RealtimeFeed,
    StopState,
    TripRef,
    TripState,
    TripUpdate,
    VehiclePosition,
)

_TRIP_STATES: Final[Mapping[int, TripState]] = {
    pb.TripDescriptor.SCHEDULED: TripState.SCHEDULED,
    pb.TripDescriptor.ADDED: TripState.ADDED,
    pb.TripDescriptor.NEW: TripState.ADDED,
    pb.TripDescriptor.UNSCHEDULED: TripState.UNSCHEDULED,
    pb.TripDescriptor.CANCELED: TripState.CANCELLED,
    # Deleted means: say nothing of the cancelled trip to passengers. It does not run either way.
    pb.TripDescriptor.DELETED: TripState.CANCELLED,
    pb.TripDescriptor.REPLACEMENT: TripState.REPLACED,
    pb.TripDescriptor.DUPLICATED: TripState.DUPLICATED,
}
_STOP_STATES: Final[Mapping[int, StopState]] = {
    pb.TripUpdate.StopTimeUpdate.SCHEDULED: StopState.SCHEDULED,
    pb.TripUpdate.StopTimeUpdate.SKIPPED: StopState.SKIPPED,
    pb.TripUpdate.StopTimeUpdate.NO_DATA: StopState.NO_DATA,
    pb.TripUpdate.StopTimeUpdate.UNSCHEDULED: StopState.UNSCHEDULED,
}
_NOBODY_MAY: Final = 1
"""The pickup_type and drop_off_type of a call at which nobody may board or alight."""


def read_realtime(raw: bytes) -> RealtimeFeed:
    """What a realtime feed says.

    Entities of kinds we have no use for (shapes, stops, detours) are passed over.

    Raises
    ------
    RealtimeError
        The bytes are no realtime feed, or only a part of one.
    """
    message = pb.FeedMessage()
    try:
        message.ParseFromString(raw)
    except DecodeError as error:
        raise RealtimeError(_no_feed(raw, str(error))) from error
    if not raw or not message.HasField("header"):
        raise RealtimeError(_no_feed(raw, "it has no header"))
    updates: dict[str, TripUpdate] = {}
    vehicles: dict[str, VehiclePosition] = {}
    alerts: dict[str, Alert] = {}
    for entity in message.entity:
        if entity.is_deleted:
            continue
        if entity.HasField("trip_update"):
            updates[entity.id] = _update(entity.trip_update)
        if entity.HasField("vehicle"):
            vehicles[entity.id] = _vehicle(entity.vehicle)
        if entity.HasField("alert"):
            alerts[entity.id] = _alert(entity.alert)
    measured = [update.measured_at for update in updates.values()] + [v.measured_at for v in vehicles.values()]
    return RealtimeFeed(
        made_at=_at(message.header.timestamp) or max((at for at in measured if at is not None), default=None),
        updates=updates,
        vehicles=vehicles,
        alerts=alerts,
        is_differential=message.header.incrementality == pb.FeedHeader.DIFFERENTIAL,
        deleted=frozenset(entity.id for entity in message.entity if entity.is_deleted),
    )


def _no_feed(raw: bytes, why: str) -> str:
    begin = raw[:200].lstrip().lower()
    if not raw:
        look = "there is nothing in it"
    elif begin.startswith((b"<!doctype", b"<html", b"<?xml")):
        look = "it is a web page or XML"
    elif begin.startswith((b"{", b"[")):
        look = "it is JSON"
    elif begin.startswith((b"header", b"entity")):
        look = "it is the readable form of protobuf"
    else:
        look = f"{len(raw):,} bytes that break off or are of another format ({why})"
    return f"This is no GTFS Realtime feed: {look}. Check the address: it must serve the binary protobuf format."


def _at(posix_s: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(posix_s, UTC) if posix_s else None
    except (ValueError, OverflowError, OSError):
        return None


def _trip(descriptor: pb.TripDescriptor) -> TripRef:
    return TripRef(
        trip_id=TripId(descriptor.trip_id) if descriptor.trip_id else None,
        route_id=RouteId(descriptor.route_id) if descriptor.route_id else None,
        start_on=_date(descriptor.start_date),
        start_s=_seconds(descriptor.start_time),
        state=_TRIP_STATES.get(descriptor.schedule_relationship, TripState.SCHEDULED),
    )


def _date(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) == 8 else None
    except ValueError:
        return None


def _seconds(text: str) -> int | None:
    try:
        hours, minutes, seconds = map(int, text.split(":"))
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds


def _update(message: pb.TripUpdate) -> TripUpdate:
    new = message.trip_properties
    return TripUpdate(
        trip=_trip(message.trip),
        calls=tuple(_call(update) for update in message.stop_time_update),
        delay_s=message.delay if message.HasField("delay") else None,
        measured_at=_at(message.timestamp),
        new_trip_id=TripId(new.trip_id) if new.trip_id else None,
        new_start_on=_date(new.start_date),
        new_start_s=_seconds(new.start_time),
        headsign=new.trip_headsign,
    )


def _call(message: pb.TripUpdate.StopTimeUpdate) -> CallUpdate:
    new = message.stop_time_properties
    return CallUpdate(
        sequence=message.stop_sequence if message.HasField("stop_sequence") else None,
        stop_id=FixedStopId(message.stop_id) if message.stop_id else None,
        arrival=_event(message.arrival) if message.HasField("arrival") else None,
        departure=_event(message.departure) if message.HasField("departure") else None,
        state=_STOP_STATES.get(message.schedule_relationship, StopState.SCHEDULED),
        new_stop_id=FixedStopId(new.assigned_stop_id) if new.assigned_stop_id else None,
        can_board=new.pickup_type != _NOBODY_MAY if new.HasField("pickup_type") else None,
        can_alight=new.drop_off_type != _NOBODY_MAY if new.HasField("drop_off_type") else None,
    )


def _event(message: pb.TripUpdate.StopTimeEvent) -> EventTime | None:
    at = _at(message.time)
    delay_s = message.delay if message.HasField("delay") else None
    return None if at is None and delay_s is None else EventTime(at, delay_s)


def _vehicle(message: pb.VehiclePosition) -> VehiclePosition:
    has_place = message.HasField("position")
    return VehiclePosition(
        lon=message.position.longitude if has_place else None,
        lat=message.position.latitude if has_place else None,
        trip=_trip(message.trip) if message.HasField("trip") else None,
        vehicle_id=message.vehicle.id,
        label=message.vehicle.label,
        sequence=message.current_stop_sequence if message.HasField("current_stop_sequence") else None,
        stop_id=FixedStopId(message.stop_id) if message.stop_id else None,
        is_at_stop=message.current_status == pb.VehiclePosition.STOPPED_AT,
        measured_at=_at(message.timestamp),
    )


def _alert(message: pb.Alert) -> Alert:
    return Alert(
        informed=tuple(_informed(who) for who in message.informed_entity),
        periods=tuple((_at(period.start), _at(period.end)) for period in message.active_period),
        cause=pb.Alert.Cause.Name(message.cause).lower(),
        effect=pb.Alert.Effect.Name(message.effect).lower(),
        severity=pb.Alert.SeverityLevel.Name(message.severity_level).lower(),
        header=_texts(message.header_text),
        description=_texts(message.description_text),
        url=_texts(message.url),
    )


def _informed(message: pb.EntitySelector) -> Informed:
    trip = message.trip if message.HasField("trip") else None
    route_id = message.route_id or (trip.route_id if trip is not None else "")
    return Informed(
        agency_id=message.agency_id,
        route_id=RouteId(route_id) if route_id else None,
        route_type=message.route_type if message.HasField("route_type") else None,
        trip_id=TripId(trip.trip_id) if trip is not None and trip.trip_id else None,
        stop_id=FixedStopId(message.stop_id) if message.stop_id else None,
    )


def _texts(message: pb.TranslatedString) -> Mapping[str, str]:
    return {translation.language: translation.text for translation in message.translation}
