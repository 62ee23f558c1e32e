"""What the places of vehicles say of their trips, where nobody predicts times: that they are late, and by how much."""

from collections.abc import Iterator, Mapping

from gtfs.realtime import CallUpdate, EventTime, RealtimeFeed, TripUpdate, VehiclePosition
from gtfs.realtime_trips import Instances, NotApplicableError
from gtfs.timetable_model import DayTimetable


def updates_by_vehicles(day: DayTimetable, feed: RealtimeFeed, *, prefix: str = "") -> Mapping[str, TripUpdate]:
    """The updates of a feed, and for trips without one what the place of their vehicle shows.

    A vehicle that stands at a stop after its departure there, or is on the way to a stop after its arrival there, is
    late by what has passed since. That is the least it can be; a vehicle that is early or on time says nothing.
    """
    instances = Instances(day, prefix)
    told = {key for update in feed.updates.values() if (key := _key(instances, update)) is not None}
    late = dict(_late(instances, feed.vehicles))
    return {**feed.updates, **{name: update for name, update in late.items() if _key(instances, update) not in told}}


def _key(instances: Instances, update: TripUpdate) -> tuple[int, int] | None:
    try:
        return instances.find(update.trip, update.measured_at)
    except NotApplicableError:
        return None


def _late(instances: Instances, vehicles: Mapping[str, VehiclePosition]) -> Iterator[tuple[str, TripUpdate]]:
    for entity_id, vehicle in vehicles.items():
        if vehicle.trip is None or vehicle.measured_at is None:
            continue
        try:
            trip, offset = instances.find(vehicle.trip, vehicle.measured_at)
        except NotApplicableError:
            continue
        position = _position(instances, trip, offset, vehicle)
        if position is None:
            continue
        planned_s = int(instances.planned(trip, offset).times[int(vehicle.is_at_stop), position])
        if instances.day.service_day.seconds(vehicle.measured_at) > planned_s:
            event = EventTime(at=vehicle.measured_at)
            sequence = instances.sequences(trip)[position]
            call = CallUpdate(
                sequence,
                arrival=None if vehicle.is_at_stop else event,
                departure=event if vehicle.is_at_stop else None,
            )
            yield entity_id, TripUpdate(vehicle.trip, (call,), measured_at=vehicle.measured_at)


def _position(instances: Instances, trip: int, offset: int, vehicle: VehiclePosition) -> int | None:
    """The call a vehicle is at or on the way to; by its stop only where the trip comes there once."""
    sequences = instances.sequences(trip)
    if vehicle.sequence is not None:
        return sequences.index(vehicle.sequence) if vehicle.sequence in sequences else None
    stop = None if vehicle.stop_id is None else instances.stop(vehicle.stop_id)
    found = [i for i, there in enumerate(instances.planned(trip, offset).stops.tolist()) if there == stop]
    return found[0] if len(found) == 1 else None
