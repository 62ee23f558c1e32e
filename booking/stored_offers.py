"""Offers as they are kept: their ends are stops; the addresses that were asked for stand with the contact.

So a booking leads to no home by itself, and deleting the contact deletes the addresses.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, cast

from booking.district import District, Stop
from booking.model import Door, Explanation, JourneyLeg, Offer, Place, RideLeg, StopId
from booking.tables import BookingRow
from booking.tokens import OFFERS

ENDS = ("origin", "destination")
DOORS = ("pickup_door", "dropoff_door")


def nearest_stop(district: District, lon: float, lat: float) -> Stop:
    """The stop nearest to a point."""
    return min(district.stops, key=lambda stop: ((stop.lon - lon) * 0.6) ** 2 + (stop.lat - lat) ** 2)


def addresses_of(offer: Offer, district: District) -> dict[str, Any]:
    """What :func:`without_addresses` takes out of an offer, as JSON; empty if it is all about stops."""
    enquiry, doors = offer.enquiry, _doors_of(offer)
    if not doors and all(place == _stop_at(place, district) for place in (enquiry.origin, enquiry.destination)):
        return {}
    return {
        "origin": _as_json(enquiry.origin),
        "destination": _as_json(enquiry.destination),
        "from_label": offer.legs[0].from_label,
        "to_label": offer.legs[-1].to_label,
        "doors": doors,
    }


def offer_of(row: BookingRow) -> Offer:
    """The offer that was booked, with the addresses that stand with the contact as long as there is one.

    ``row.contact`` has to be loaded.
    """
    return with_addresses(OFFERS.validate_python(row.offer), {} if row.contact is None else row.contact.places)


def without_addresses(offer: Offer, district: District) -> Offer:
    """The offer with the nearest stop in place of each address, wherever it is named."""
    enquiry = offer.enquiry
    stops = {end: _stop_at(getattr(enquiry, end), district) for end in ENDS}
    labels = {getattr(enquiry, end).label: stops[end].label for end in ENDS}
    return replace(
        offer,
        enquiry=replace(enquiry, origin=stops["origin"], destination=stops["destination"]),
        legs=tuple(_relabelled(leg, labels) for leg in offer.legs),
        explanations=tuple(_relabelled_params(explanation, labels) for explanation in offer.explanations),
    )


def with_addresses(offer: Offer, addresses: Mapping[str, Any]) -> Offer:
    """The offer as it was made, by what :func:`addresses_of` gave."""
    if not addresses:
        return offer
    places = {end: Place(**addresses[end]) for end in ENDS}
    *before, last = offer.legs
    legs = [*before, replace(last, to_label=addresses["to_label"])]
    legs[0] = replace(legs[0], from_label=addresses["from_label"])
    enquiry = replace(offer.enquiry, origin=places["origin"], destination=places["destination"])
    for door in addresses["doors"]:
        leg = cast("RideLeg", legs[door["leg"]])
        legs[door["leg"]] = _with_door(leg, door["end"], Door(**door["door"]))
    return replace(offer, enquiry=enquiry, legs=tuple(legs))


def anonymous(offer: Offer, district: District) -> Offer:
    """The offer as it may be kept for ever: stops, the hour of the wish, the space that was needed."""
    reduced = without_addresses(offer, district)
    enquiry = reduced.enquiry
    party = replace(enquiry.party, boarding_extra_s=0)
    return replace(reduced, enquiry=replace(enquiry, wished_at=hour_of(enquiry.wished_at), party=party))


def hour_of(at: datetime) -> datetime:
    """The full hour before."""
    return at.replace(minute=0, second=0, microsecond=0)


def _stop_at(place: Place, district: District) -> Place:
    stop = None if place.stop_id is None else district.stop_by_id.get(place.stop_id)
    stop = stop or nearest_stop(district, place.lon, place.lat)
    return Place(stop.name, stop.lon, stop.lat, StopId(stop.id))


def _as_json(place: Place) -> dict[str, str | float | None]:
    return {"label": place.label, "lon": place.lon, "lat": place.lat, "stop_id": place.stop_id}


def _doors_of(offer: Offer) -> list[dict[str, Any]]:
    return [
        {"leg": number, "end": end, "door": asdict(door)}
        for number, leg in enumerate(offer.legs)
        if isinstance(leg, RideLeg)
        for end in DOORS
        if (door := getattr(leg, end)) is not None
    ]


def _with_door(leg: RideLeg, end: str, door: Door) -> RideLeg:
    return replace(leg, pickup_door=door) if end == "pickup_door" else replace(leg, dropoff_door=door)


def _relabelled(leg: JourneyLeg, labels: Mapping[str, str]) -> JourneyLeg:
    relabelled = replace(
        leg,
        from_label=labels.get(leg.from_label, leg.from_label),
        to_label=labels.get(leg.to_label, leg.to_label),
    )
    return replace(relabelled, pickup_door=None, dropoff_door=None) if isinstance(relabelled, RideLeg) else relabelled


def _relabelled_params(explanation: Explanation, labels: Mapping[str, str]) -> Explanation:
    params = {
        name: labels.get(value, value) if isinstance(value, str) else value
        for name, value in explanation.params.items()
    }
    return replace(explanation, params=params)
