"""Offers as values: price, reasons, expiry, order."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from booking.combined import PlacedJourney
from booking.enquiry_search import EnquirySearch
from booking.journey_fare import journey_fare
from booking.model import (
    Enquiry,
    Explanation,
    JourneyLeg,
    LineLeg,
    Offer,
    OfferKind,
    Reason,
    RideLeg,
    Timing,
    WalkLeg,
)
from booking.second_look import Found

CHANGE_S = 5 * 60
"""What a change of vehicle is worth in travel time when offers are ranked."""
WORTH_S = 75 * 60
"""An offer that is a burden by so much more than the best one is not shown."""


def ride_offer(search: EnquirySearch, journey: PlacedJourney, why: tuple[Explanation, ...]) -> Offer:
    """An offer with at least one on-demand ride; the connections it holds are among its reasons."""
    kind = OfferKind.COMBINED if any(isinstance(leg, LineLeg) for leg in journey.legs) else OfferKind.ON_DEMAND
    first = next(leg for leg in journey.legs if isinstance(leg, RideLeg))
    held = tuple(_connection_held(search, leg) for leg in journey.legs if isinstance(leg, RideLeg) and leg.held)
    first_pickup_s = search.day.service_day.seconds(first.promise.pickup_from_at)
    offer = _offer(search, kind, journey.legs, why + held, search.expires_at(first_pickup_s))
    offer = replace(offer, added_cost=round(journey.added_cost, 2))
    if search.keep_found is not None:
        search.keep_found(offer.id, Found(search.day, journey.day))
    return offer


def fits_stated(offer: Offer, enquiry: Enquiry) -> bool:
    """Whether an offer lies within what the rider said would do as well."""
    is_departure = enquiry.timing is Timing.DEPART_AFTER
    at = offer.departure_at if is_departure else offer.arrival_at
    off_s = (at - enquiry.wished_at).total_seconds()
    return -enquiry.earlier_s <= off_s <= enquiry.later_s and bool(enquiry.earlier_s or enquiry.later_s)


def line_offer(search: EnquirySearch, legs: tuple[JourneyLeg, ...], why: Explanation) -> Offer:
    """A journey by line alone: shown beside the rides, nothing to confirm."""
    expires_at = search.now + timedelta(seconds=search.rules.offer_valid_s)
    return _offer(search, OfferKind.LINE, legs, (why,), expires_at)


def _offer(
    search: EnquirySearch,
    kind: OfferKind,
    legs: tuple[JourneyLeg, ...],
    why: tuple[Explanation, ...],
    expires_at: datetime,
) -> Offer:
    enquiry = search.enquiry
    fare = journey_fare(search, legs)
    return Offer(
        id=search.next_offer_id(),
        kind=kind,
        enquiry=enquiry,
        service_on=search.day.service_day.on,
        legs=legs,
        price_ct=fare.total_ct,
        explanations=why,
        rules_version=search.rules.version,
        expires_at=expires_at,
        fare=fare,
    )


def _connection_held(search: EnquirySearch, leg: RideLeg) -> Explanation:
    if leg.held is None:
        msg = "no connection hangs on this ride"
        raise ValueError(msg)
    hub = search.network.district.stop_by_id[leg.held.hub]
    params: dict[str, str | int | datetime] = {"line": leg.held.line_name, "hub": hub.name}
    if leg.held.line_at <= leg.departure_at:
        # Our vehicle waits for the line; the line does not wait for our vehicle, which therefore comes in good time.
        params["minutes"] = search.rules.connection.hold_s // 60
    return Explanation(Reason.CONNECTION_HELD, f"{search.rules.version}/connection", params)


def ranked(search: EnquirySearch, offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """Best first: close to the wish, short, few changes; without those that another one clearly beats.

    The burden of an offer is the time from the wish to its far end, plus a price for each change. Offers whose burden
    is nearly the least (``rank_extra_s`` of the rules) come before the others, the cheapest for the service first.
    """
    unique: dict[tuple[JourneyLeg, ...], Offer] = {}
    for offer in offers:
        unique.setdefault(offer.legs, offer)
    kept = [o for o in unique.values() if not any(_beats(other, o) for other in unique.values())]
    burdens = {offer.id: _burden_s(search, offer) for offer in kept}
    least_s = min(burdens.values(), default=0)
    worthwhile = (offer for offer in kept if burdens[offer.id] <= least_s + WORTH_S)
    good_s = least_s + search.rules.rank_extra_s

    def rank(offer: Offer) -> tuple[bool, float, float]:
        burden_s = burdens[offer.id]
        return burden_s > good_s, offer.added_cost if burden_s <= good_s else 0.0, burden_s

    return tuple(sorted(worthwhile, key=rank))


def _vehicles(offer: Offer) -> int:
    return sum(not isinstance(leg, WalkLeg) for leg in offer.legs)


def _beats(one: Offer, other: Offer) -> bool:
    """Whether ``one`` leaves no earlier, arrives no later, changes no more often, and is better in one of these."""
    if one.kind is not other.kind:
        return False
    ours = (-one.departure_at.timestamp(), one.arrival_at.timestamp(), _vehicles(one))
    theirs = (-other.departure_at.timestamp(), other.arrival_at.timestamp(), _vehicles(other))
    return ours != theirs and all(a <= b for a, b in zip(ours, theirs, strict=True))


def _burden_s(search: EnquirySearch, offer: Offer) -> float:
    wished_at = search.enquiry.wished_at
    if search.departs:
        burden = max((offer.arrival_at - wished_at).total_seconds(), 0)
        early_s = max((wished_at - offer.departure_at).total_seconds(), 0)
    else:
        burden = max((wished_at - offer.departure_at).total_seconds(), 0)
        early_s = max((offer.arrival_at - wished_at).total_seconds(), 0)
    return burden + early_s + CHANGE_S * _vehicles(offer)
