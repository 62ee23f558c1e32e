"""Every kind of message with params as they are queued, and a booking with everything in it, for tests of telling."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from booking.enquiry_search import Network
from booking.model import (
    BookedRide,
    Booking,
    BookingCode,
    BookingId,
    BookingState,
    Contact,
    HeldConnection,
    LineLeg,
    Offer,
    OfferId,
    OfferKind,
    Party,
    Promise,
    RideLeg,
    StopId,
)
from booking.notice_rules import NoticeKind
from gtfs.itinerary import RouteId, TripId
from routing.model import RequestId
from tests.tiny_network import enquiry_of, local, service_day

ERIKA = Contact("Erika Beispiel", "0152 28817386", "erika@example.org", "Dorfstr. 1\n19370 Cramnitz")
RIDE = RequestId("ride-1")
AT = {"ride": RIDE, "pickup_at": local("10:20").isoformat(), "dropoff_at": local("10:40").isoformat()}
OFFER = {"departure_at": local("11:10").isoformat(), "arrival_at": local("11:50").isoformat()}

CASES: tuple[tuple[NoticeKind, Mapping[str, Any]], ...] = (
    (NoticeKind.CONFIRMED, {}),
    (NoticeKind.CHANGED, {}),
    (NoticeKind.CHANGED, {**AT, "reason": "breakdown"}),
    (NoticeKind.CHANGED, {**AT, "line": "RE 1", "decision": "other_vehicle", "minutes": 12, "line_expected_at": None}),
    (NoticeKind.CANCELLED, {"late": False}),
    (NoticeKind.CANCELLED, {"late": True}),
    (NoticeKind.REMINDER, {}),
    (NoticeKind.NEAR, {"ride": RIDE, "pickup_at": local("10:07").isoformat()}),
    (NoticeKind.DELAYED, {"ride": RIDE, "minutes": 10, "before": 0, "pickup_at": AT["pickup_at"], "reason": "vehicle"}),
    (NoticeKind.DELAYED, {"ride": RIDE, "minutes": 0, "before": 10, "pickup_at": AT["pickup_at"], "reason": "vehicle"}),
    (NoticeKind.DELAYED, {"ride": RIDE, "minutes": 10, "before": 0, "pickup_at": None, "reason": "vehicle"}),
    (NoticeKind.DELAYED, {**AT, "reason": "breakdown"}),
    (NoticeKind.DELAYED, {**AT, "line": "RE 1", "decision": "waits", "wait_min": 4, "minutes": 9, "shift": "x"}),
    (NoticeKind.AT_RISK, {"ride": RIDE, "pickup_at": None, "dropoff_at": None, "reason": "breakdown"}),
    (NoticeKind.AT_RISK, {**AT, "line": "RE 1", "decision": "new_offer", "minutes": 40, "offer": OFFER}),
    (NoticeKind.AT_RISK, {**AT, "line": "RE 1", "decision": "new_offer", "minutes": 40, "line_expected_at": None}),
    (NoticeKind.WAITING_LIST, {"until": local("09:15").isoformat(), "price_ct": 260}),
    (NoticeKind.WAITING_LIST, {"lapsed": True}),
    (NoticeKind.WAITING_LIST, {"open_on": "2026-03-10", "reason": "no_vehicle_free"}),
    (NoticeKind.NO_SHOW, {"ride": RIDE}),
    (NoticeKind.NO_SHOW, {"fault": "rider"}),
    (NoticeKind.NO_SHOW, {"fault": "driver"}),
    (NoticeKind.NO_SHOW, {"fault": "service"}),
    (NoticeKind.NO_SHOW, {"fault": "unknown"}),
    (NoticeKind.DEGRADED, {"kind": "severe_weather", "state": "on", "until_at": local("20:00").isoformat()}),
    (NoticeKind.DEGRADED, {"kind": "severe_weather", "state": "on", "until_at": None}),
    (NoticeKind.DEGRADED, {"kind": "lines_stopped", "state": "on", "until_at": None}),
    (NoticeKind.DEGRADED, {"kind": "lines_stopped", "state": "off", "until_at": None}),
)


def booked(network: Network, **changes: Any) -> Booking:  # noqa: ANN401 - any field of a booking
    """A ride to the train and on by train, for two: everything that a message may speak of."""
    day = service_day(network)
    promise = Promise(local("10:00"), local("10:15"), local("10:20"), local("10:45"))
    held = HeldConnection(TripId("re1-e-11"), day.on, StopId("luebzow-markt"), "RE 1", local("11:22"))
    ride = RideLeg(
        "Dößin, Markt",
        "Lübzow, Markt",
        local("10:02"),
        local("10:22"),
        StopId("doessin-markt"),
        StopId("luebzow-markt"),
        promise,
        3600,
        10_000,
        held=held,
    )
    line = LineLeg(
        "Lübzow, Bahnhof",
        "Fernstadt Hbf",
        local("11:22"),
        local("11:50"),
        "RE 1",
        "Fernstadt Hbf",
        TripId("re1-e-11"),
        RouteId("re1"),
    )
    enquiry = enquiry_of(network, "doessin-markt", "luebzow-markt", "10:00", party=Party(2))
    offer = Offer(
        OfferId("offer-1"), OfferKind.COMBINED, enquiry, day.on, (ride, line), 640, (), "2020-01", local("09:30")
    )
    booking = Booking(
        BookingId("00000000-0000-0000-0000-000000000001"),
        BookingCode("7KQM-2X9C"),
        offer,
        ERIKA,
        BookingState.CONFIRMED,
        local("06:00"),
        (BookedRide(RIDE, ride, "Rufbus 2"),),
    )
    return replace(booking, **changes)
