"""When a journey begins and ends for the resident: as promised where it is on demand, as timetabled where it is not."""

from datetime import datetime, timedelta

from booking.model import JourneyLeg, LineLeg, Offer, RideLeg, WalkLeg


def first_vehicle(offer: Offer) -> JourneyLeg:
    """The first leg that is driven (the only one on foot, if nothing is)."""
    return next((leg for leg in offer.legs if not isinstance(leg, WalkLeg)), offer.legs[0])


def latest_arrival_at(offer: Offer) -> datetime:
    """When the resident is there at the latest: the end of the promise, or the arrival of the line, and the walk."""
    walk = timedelta()
    for leg in reversed(offer.legs):
        if isinstance(leg, RideLeg):
            return leg.promise.dropoff_to_at + walk
        if isinstance(leg, LineLeg):
            return leg.arrival_at + walk
        walk += leg.arrival_at - leg.departure_at
    return offer.arrival_at


def is_ride(leg: JourneyLeg) -> bool:
    """Whether a leg is on demand."""
    return isinstance(leg, RideLeg)


def is_walk(leg: JourneyLeg) -> bool:
    """Whether a leg is on foot."""
    return isinstance(leg, WalkLeg)
