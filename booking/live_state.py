"""How a booked ride stands right now, for its rider: what is expected, and whether the vehicle has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from booking.model import Booking, BookingState
from routing.model import Action

if TYPE_CHECKING:
    from booking.operation import Operation

EXPECTED_FROM = timedelta(hours=2)
"""Sooner than this before the pickup nothing is known that the promise does not say."""
WORTH_SAYING = timedelta(minutes=3)


class Phase(StrEnum):
    """How far a ride is."""

    PLANNED = "planned"
    SOON = "soon"
    LATE = "late"
    ON_BOARD = "on_board"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class LiveRide:
    """One ride of a booking as it stands.

    Parameters
    ----------
    expected_at
        When the vehicle is expected at the stop of the pickup; None where nothing more is known than was promised.
    """

    phase: Phase
    expected_at: datetime | None = None


def live_rides(booking: Booking, operation: "Operation") -> Sequence[LiveRide]:
    """The rides of a confirmed booking, in the order of the journey; nothing for one that does not stand."""
    if booking.state is not BookingState.CONFIRMED:
        return ()
    now = operation.clock()
    first, last = booking.rides[0].leg.promise, booking.rides[-1].leg.promise
    if now < first.pickup_from_at - EXPECTED_FROM:
        return tuple(LiveRide(Phase.PLANNED) for _ in booking.rides)
    if now > last.dropoff_to_at + EXPECTED_FROM:
        return tuple(LiveRide(Phase.OVER) for _ in booking.rides)
    prediction = operation.dispatch.predict(booking.offer.service_on)
    service_day = operation.service_day(booking.offer.service_on)
    found = []
    for ride in booking.rides:
        promise = ride.leg.promise
        pickup_s = prediction.start_s(ride.request_id, Action.PICKUP)
        dropoff_s = prediction.start_s(ride.request_id, Action.DROPOFF)
        if prediction.is_done(ride.request_id, Action.DROPOFF) or pickup_s is None or dropoff_s is None:
            found.append(LiveRide(Phase.OVER if now > promise.pickup_to_at else Phase.PLANNED))
            continue
        if prediction.is_done(ride.request_id, Action.PICKUP):
            found.append(LiveRide(Phase.ON_BOARD))
            continue
        expected_at = service_day.at(pickup_s)
        is_late = expected_at > promise.pickup_to_at + WORTH_SAYING
        found.append(LiveRide(Phase.LATE if is_late else Phase.SOON, expected_at))
    return tuple(found)
