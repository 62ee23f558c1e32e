"""Riders that a rule may treat apart, by what they have with them."""

from enum import StrEnum

from booking.model import Party


class RiderClass(StrEnum):
    """What a party has with it, as rules name it."""

    WHEELCHAIR = "wheelchair"
    WALKING_FRAME = "walking_frame"
    PRAM = "pram"
    BIKE = "bike"
    DOG = "dog"


def classes_of(party: Party) -> frozenset[RiderClass]:
    """The classes a party belongs to."""
    counts = {
        RiderClass.WHEELCHAIR: party.wheelchairs,
        RiderClass.WALKING_FRAME: party.walking_frames,
        RiderClass.PRAM: party.prams,
        RiderClass.BIKE: party.bikes,
        RiderClass.DOG: getattr(party, "dogs", 0),
    }
    return frozenset(rider for rider, count in counts.items() if count)
