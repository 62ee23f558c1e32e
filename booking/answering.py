"""Answers for a day as it would be: with an outbound ride in it, or without the booking that is to be changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from booking.day import Day
from booking.journeys import Answerer
from booking.model import Answer, Enquiry, Offer, RideLeg, Timing
from gtfs.service_day import ServiceDay


def answerer_with(answerer: Answerer, altered: Mapping[date, Day]) -> Answerer:
    """The same answerer, looking at some days as they would be."""

    def day(service_day: ServiceDay) -> Day:
        return altered.get(service_day.on) or answerer.days(service_day)

    return replace(answerer, days=day)


def nearest_offer(answer: Answer, enquiry: Enquiry, earlier_s: int, later_s: int) -> Offer | None:
    """The bookable offer that lies nearest to a wish, within what the rider said they can shift; None if none does.

    A ride that fits the wish by the rules (it begins or ends within their half hour) needs no shifting.
    """
    fitting = [offer for offer in answer.offers if offer.is_bookable()]
    shifted = () if answer.refusal is None else answer.refusal.alternatives
    candidates = [(shift_s(offer, enquiry), True, offer) for offer in fitting]
    candidates += [(shift_s(offer, enquiry), False, offer) for offer in shifted if offer.is_bookable()]
    allowed = [
        (abs(seconds), offer)
        for seconds, fits, offer in candidates
        if -max(earlier_s, FITS_S if fits else 0) <= seconds <= max(later_s, FITS_S if fits else 0)
    ]
    return min(allowed, key=lambda pair: pair[0])[1] if allowed else None


FITS_S = 30 * 60
"""An offer counts as fitting the wish itself when it lies so near to it, see :data:`booking.direct.WISH_WIDTH_S`."""


def shift_s(offer: Offer, enquiry: Enquiry) -> int:
    """How much later than wished a journey begins (or ends, where the wish is about the end); negative: earlier."""
    at = offer.departure_at if enquiry.timing is Timing.DEPART_AFTER else offer.arrival_at
    return int((at - enquiry.wished_at).total_seconds())


def way_back(out: Offer, stay: timedelta) -> Enquiry:
    """The wish for the way back: after so long at the destination, counted from the latest promised arrival."""
    enquiry = out.enquiry
    return replace(
        enquiry,
        origin=enquiry.destination,
        destination=enquiry.origin,
        timing=Timing.DEPART_AFTER,
        wished_at=latest_arrival_at(out) + stay,
    )


def latest_arrival_at(offer: Offer) -> datetime:
    """When somebody is there even if everything comes at the end of what was promised."""
    last_ride = offer.legs[-1] if isinstance(offer.legs[-1], RideLeg) else None
    if last_ride is None and len(offer.legs) > 1 and isinstance(offer.legs[-2], RideLeg):
        last_ride = offer.legs[-2]
    if last_ride is None:
        return offer.arrival_at
    return offer.arrival_at + (last_ride.promise.dropoff_to_at - last_ride.arrival_at)
