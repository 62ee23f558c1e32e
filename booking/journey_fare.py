"""The fare of a journey that was found: its length, its zones and its doors, put to the tariff."""

from collections.abc import Iterable

from booking.enquiry_search import EnquirySearch, needs_door
from booking.fare_model import Fare
from booking.fares import fare_of
from booking.model import AreaId, JourneyLeg, Place, RideLeg


def journey_fare(search: EnquirySearch, legs: Iterable[JourneyLeg]) -> Fare:
    """What the party of an enquiry pays for a journey."""
    enquiry = search.enquiry
    zones = (_areas_at(search, enquiry.origin), _areas_at(search, enquiry.destination))
    return fare_of(search.rules, search.tariff_m, zones, enquiry.party, enquiry.tickets, doors=_doors(search, legs))


def _doors(search: EnquirySearch, legs: Iterable[JourneyLeg]) -> int:
    """How many rides end at an address because the rider liked it so; who needs the door does not pay for it."""
    if needs_door(search):
        return 0
    return sum(isinstance(leg, RideLeg) and leg.dropoff_door is not None for leg in legs)


def _areas_at(search: EnquirySearch, place: Place) -> tuple[AreaId, ...]:
    return tuple(area.id for area in search.network.district.areas if area.covers(place.lon, place.lat))
