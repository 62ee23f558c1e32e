"""Rides to and from the door, in the made-up town: Dorfstraße 5 in Cramnitz lies on the side street, 300 m north of the
market and so 200 m before the estate, where the stop is that the run is planned by.
"""

import json
from dataclasses import replace

import pytest
import shapely

from booking.bookings import ask_judge, offer_requests, place
from booking.district import DestinationPlace
from booking.enquiry_search import Network
from booking.model import Answer, Enquiry, OfferKind, Party, Place, RideLeg, StopId, Timing
from booking.stored_offers import addresses_of, with_addresses, without_addresses
from tests.booking.rule_cases import Days, answer_of, covers, rules_of, under
from tests.tiny_network import enquiry_of, local, service_day
from tests.tiny_roads import lat_north_of_road, lon_east_of_altwiek

_FORM = '\n[[version.form]]\nname = "west"\nareas = ["west"]\ndoor_places = ["cramnitz"]\n'
_FARE = "door_ct = 100\n"
_DOOR = '\n[version.door_to_door]\nneeds = ["walking_frame"]\n'


def network_of(tiny: Network, add: str = _FARE + _FORM) -> Network:
    """The town with Cramnitz as a destination place, 700 m to each side of its market."""
    west, east = lon_east_of_altwiek(9_300), lon_east_of_altwiek(10_700)
    polygon = shapely.box(west, lat_north_of_road(-700), east, lat_north_of_road(700))
    network = under(tiny, rules_of(add=add))
    places = (DestinationPlace("cramnitz", "Cramnitz", polygon),)
    return replace(network, district=replace(network.district, destination_places=places))


def dorfstrasse(north_m: float = 300) -> Place:
    return Place("Dorfstraße 5", lon_east_of_altwiek(10_000), lat_north_of_road(north_m))


def wish(tiny: Network, *, to_door: bool = True, party: Party | None = None, at: str = "21:00") -> Enquiry:
    enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", at, party=party)
    return replace(enquiry, destination=dorfstrasse(), to_door=to_door)


def ride_of(answer: Answer) -> RideLeg:
    offer = next(offer for offer in answer.offers if offer.kind is OfferKind.ON_DEMAND)
    return offer.rides()[0]


@covers("service.forms.door_places")
def test_one_may_be_brought_to_an_address_in_a_destination_place(tiny: Network) -> None:
    network = network_of(tiny)
    answer = answer_of(network, wish(tiny))
    ride = ride_of(answer)
    assert ride.dropoff_door is not None
    assert (ride.to_label, ride.dropoff_stop) == ("Dorfstraße 5", "cramnitz-siedlung")
    assert ride.dropoff_door.way_m == pytest.approx(200, abs=5)
    assert answer.offers[0].legs == (ride,), "nobody walks"
    assert answer.offers[0].price_ct == 280 + 100
    everywhere = network_of(tiny, _FARE + _FORM.replace('"cramnitz"', '"*"'))
    assert ride_of(answer_of(everywhere, wish(tiny))).dropoff_door == ride.dropoff_door
    # Whoever does not ask for the door, and where the form knows no such place, is brought to a stop.
    assert ride_of(answer_of(network, wish(tiny, to_door=False))).dropoff_door is None
    assert answer_of(network, wish(tiny, to_door=False)).offers[0].price_ct == 280
    assert ride_of(answer_of(network_of(tiny, _FARE), wish(tiny))).dropoff_door is None
    # Rides begin at stops.
    there = wish(tiny)
    back = replace(there, origin=there.destination, destination=there.origin)
    assert ride_of(answer_of(network, back)).pickup_door is None


def test_an_address_outside_of_the_place_is_not_driven_to(tiny: Network) -> None:
    network = network_of(tiny)
    outside = replace(wish(tiny), destination=Place("Feldweg 1", lon_east_of_altwiek(9_200), lat_north_of_road(0)))
    assert ride_of(answer_of(network, outside)).dropoff_door is None


def test_the_way_to_the_door_and_back_is_part_of_alighting_and_the_promise_holds_at_the_door(tiny: Network) -> None:
    network = network_of(tiny)
    offer = next(o for o in answer_of(network, wish(tiny)).offers if o.kind is OfferKind.ON_DEMAND)
    (ride,) = offer.rides()
    assert ride.dropoff_door is not None
    (request,) = offer_requests(offer, network, service_day(network))
    way_s = ride.dropoff_door.way_s
    assert 10 < way_s < 60
    assert request.alighting_s == 60 + 2 * way_s
    assert request.boarding_s == 60
    day = Days(network)(service_day(network))
    assert request.dropoff_window.latest_s == day.service_day.seconds(ride.promise.dropoff_to_at) - way_s
    placed = place(offer, day, network, local("06:00"))
    assert placed is not None
    ask_judge(day, placed, network, local("06:00"))


@covers("service.door.needs")
def test_whoever_needs_it_is_fetched_from_the_door_and_brought_to_it_without_surcharge(tiny: Network) -> None:
    network = network_of(tiny, _FARE + _DOOR)
    frail = wish(tiny, to_door=False, party=Party(1, walking_frames=1))
    ride = ride_of(answer_of(network, frail))
    assert ride.dropoff_door is not None
    assert answer_of(network, frail).offers[0].price_ct == 280
    back = ride_of(answer_of(network, replace(frail, origin=frail.destination, destination=frail.origin)))
    assert back.pickup_door is not None
    assert (back.from_label, back.pickup_stop) == ("Dorfstraße 5", "cramnitz-siedlung")
    assert local("21:00") <= back.promise.pickup_from_at <= back.departure_at <= back.promise.pickup_to_at
    assert ride_of(answer_of(network, wish(tiny, to_door=False))).dropoff_door is None, "others go to the stop"


def test_whoever_must_arrive_by_a_time_is_at_the_door_by_then(tiny: Network) -> None:
    network = network_of(tiny)
    enquiry = replace(wish(tiny, at="21:00"), timing=Timing.ARRIVE_BY)
    ride = ride_of(answer_of(network, enquiry))
    assert ride.dropoff_door is not None
    assert ride.promise.dropoff_to_at <= local("20:59")


@covers("service.door.max_m")
@pytest.mark.parametrize(("max_m", "has_door"), [(190, False), (210, True)])
def test_a_door_lies_so_far_from_a_stop_at_most(tiny: Network, max_m: int, has_door: bool) -> None:  # noqa: FBT001
    network = network_of(tiny, _FARE + _FORM + f"\n[version.door_to_door]\nneeds = []\nmax_m = {max_m}\n")
    assert (ride_of(answer_of(network, wish(tiny))).dropoff_door is not None) is has_door


@covers("service.door.is_exempt_from_lines")
@pytest.mark.parametrize(("exempt", "has_ride"), [("true", True), ("false", False)])
def test_who_is_driven_from_door_to_door_gets_a_ride_beside_a_line(
    tiny: Network,
    exempt: str,
    has_ride: bool,  # noqa: FBT001
) -> None:
    rules = rules_of(
        ("exempts_reduced_mobility = true", "exempts_reduced_mobility = false"),
        add=_DOOR + f"exempt_from_lines = {exempt}\n",
    )
    enquiry = enquiry_of(tiny, "altwiek-markt", "brueelow-markt", "10:00", party=Party(1, walking_frames=1))
    answer = answer_of(under(tiny, rules), enquiry)
    assert any(offer.kind is OfferKind.ON_DEMAND for offer in answer.offers) is has_ride


def test_a_door_ride_from_a_train_begins_at_the_hub(tiny: Network) -> None:
    network = network_of(tiny)
    station = next(s for s in network.artefacts.timetable.stops if s.name == "Fernstadt Hbf")
    enquiry = replace(wish(tiny, at="10:00"), origin=Place("Fernstadt Hbf", station.lon, station.lat))
    offer = next(o for o in answer_of(network, enquiry).offers if o.kind is OfferKind.COMBINED)
    ride = offer.rides()[-1]
    assert ride.pickup_stop == StopId("altwiek-markt")
    assert ride.dropoff_door is not None
    assert offer.price_ct == (offer.fare.total_ct if offer.fare else 0)


def test_the_address_of_a_door_is_kept_with_the_contact_only(tiny: Network) -> None:
    network = network_of(tiny)
    offer = next(o for o in answer_of(network, wish(tiny)).offers if o.kind is OfferKind.ON_DEMAND)
    reduced = without_addresses(offer, network.district)
    assert "Dorfstraße" not in repr(reduced)
    (ride,) = reduced.rides()
    assert (ride.dropoff_door, ride.dropoff_stop) == (None, "cramnitz-siedlung")
    kept = json.loads(json.dumps(addresses_of(offer, network.district)))
    assert with_addresses(reduced, kept) == offer
