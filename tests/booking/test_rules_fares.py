"""Each parameter of the tariff, with the price computed by hand.

The usual tariff: 2 EUR and 12 ct a kilometre, at most 9 EUR.
"""

from dataclasses import replace

import pytest

from booking.enquiry_search import Network
from booking.fare_model import Fare, FareKind
from booking.fares import fare_of, full_fare_ct, read_tickets
from booking.model import AreaId, OfferKind, Party
from tests.booking.rule_cases import answer_of, covers, rules_of, under
from tests.tiny_network import enquiry_of

WEST, EAST, FAR = (AreaId("west"),), (AreaId("east"),), ()


def fare(
    add: str,
    *changes: tuple[str, str],
    km: float = 10,
    zones: object = (WEST, WEST),
    party: Party | None = None,
    tickets: tuple[str, ...] = (),
    doors: int = 0,
) -> Fare:
    rules = rules_of(*changes, add=add)
    return fare_of(rules, round(km * 1000), zones, party or Party(), tickets, doors=doors)  # type: ignore[arg-type]


def parts(found: Fare) -> list[tuple[str, int, int]]:
    return [(part.concession or part.kind.value, part.persons, part.each_ct) for part in found.parts]


@covers("fare.base_ct", "fare.ct_per_km", "fare.max_ct", "fare.round_up_ct")
@pytest.mark.parametrize(
    ("km", "changes", "each_ct"),
    [
        (10, (), 320),  # 200 + 120
        (6.5, (), 280),  # 278, in full 10 ct
        (100, (), 900),
        (10, (("base_ct = 200", "base_ct = 150"),), 270),
        (10, (("ct_per_km = 12", "ct_per_km = 20"),), 400),
        (10, (("max_ct = 900", "max_ct = 250"),), 250),
        (6.5, (("max_ct = 900", "max_ct = 900\nround_up_ct = 1"),), 278),
        (6.5, (("max_ct = 900", "max_ct = 900\nround_up_ct = 50"),), 300),
    ],
)
def test_the_way_has_its_price(km: float, changes: tuple[tuple[str, str], ...], each_ct: int) -> None:
    assert parts(fare("", *changes, km=km)) == [("full", 1, each_ct)]
    assert fare("", *changes, km=km, party=Party(3)).total_ct == 3 * each_ct


_BANDS = """basis = "bands"
[[version.fare.band]]
up_to_km = 5
ct = 210
[[version.fare.band]]
up_to_km = 12.5
ct = 340
"""


@covers("fare.basis", "fare.bands.up_to_m", "fare.bands.ct")
@pytest.mark.parametrize(("km", "each_ct"), [(1, 210), (5, 210), (5.001, 340), (12.5, 340), (12.6, 900)])
def test_a_table_has_a_price_up_to_each_length(km: float, each_ct: int) -> None:
    assert fare(_BANDS, km=km).total_ct == each_ct


_ZONES = """basis = "zones"
same_zone_ct = 200
other_zone_ct = 450
[[version.fare.zone_pair]]
areas = ["west", "east"]
ct = 300
"""


@covers("fare.same_zone_ct", "fare.other_zone_ct", "fare.zone_pairs.areas", "fare.zone_pairs.ct")
@pytest.mark.parametrize(
    ("zones", "each_ct"), [((WEST, WEST), 200), ((WEST, EAST), 300), ((EAST, WEST), 300), ((WEST, FAR), 450)]
)
def test_areas_are_zones_of_the_tariff(zones: object, each_ct: int) -> None:
    assert fare(_ZONES, zones=zones).total_ct == each_ct


_CONCESSIONS = """
[[version.fare.concession]]
id = "deutschlandticket"
name = "Deutschlandticket"
pays_percent = 0

[[version.fare.concession]]
id = "child"
name = "Child under 14"
pays_percent = 50
pays_surcharge = false

[[version.fare.concession]]
id = "disabled"
name = "Severely disabled, with token"
pays_percent = 0
pays_surcharge = false
companions = 1
"""


@covers("fare.concessions.id", "fare.concessions.pays_percent", "fare.concessions.companions")
@pytest.mark.parametrize(
    ("persons", "tickets", "expected"),
    [
        (1, (), [("full", 1, 320)]),
        (1, ("deutschlandticket",), [("deutschlandticket", 1, 0)]),
        (2, ("deutschlandticket",), [("deutschlandticket", 1, 0), ("full", 1, 320)]),
        (3, ("deutschlandticket:2",), [("deutschlandticket", 2, 0), ("full", 1, 320)]),
        (1, ("deutschlandticket:5",), [("deutschlandticket", 1, 0)]),
        (2, ("child",), [("child", 1, 160), ("full", 1, 320)]),
        (2, ("disabled",), [("disabled", 1, 0), ("companion", 1, 0)]),
        (3, ("disabled",), [("disabled", 1, 0), ("companion", 1, 0), ("full", 1, 320)]),
        (1, ("disabled",), [("disabled", 1, 0)]),
        (1, ("child", "deutschlandticket"), [("deutschlandticket", 1, 0)]),  # the cheapest first, nobody twice
    ],
)
def test_tickets_and_passes_make_a_ride_cheaper(
    persons: int, tickets: tuple[str, ...], expected: list[tuple[str, int, int]]
) -> None:
    assert parts(fare(_CONCESSIONS, party=Party(persons), tickets=tickets)) == expected


@covers("fare.door_ct", "fare.concessions.pays_surcharge")
@pytest.mark.parametrize(
    ("tickets", "doors", "total_ct"),
    [
        ((), 0, 320),
        ((), 1, 420),
        ((), 2, 520),
        (("deutschlandticket",), 1, 100),
        (("child",), 1, 160),
        (("disabled",), 1, 0),
    ],
)
def test_the_door_costs_more_even_with_a_ticket_unless_the_pass_says_otherwise(
    tickets: tuple[str, ...], doors: int, total_ct: int
) -> None:
    found = fare("door_ct = 100\n" + _CONCESSIONS, tickets=tickets, doors=doors)
    assert found.total_ct == total_ct
    assert any(part.kind is FareKind.DOOR for part in found.parts) == (
        doors > 0 and tickets not in {("child",), ("disabled",)}
    )


@covers("fare.concessions.name")
def test_concessions_have_names_for_people() -> None:
    assert [c.name for c in rules_of(add=_CONCESSIONS).fare.concessions][1] == "Child under 14"


@covers("fare.payments")
def test_cash_with_the_driver_is_the_usual_way_to_pay() -> None:
    assert fare("").payments == ("cash",)
    assert fare('payments = ["cash", "invoice"]\n').payments == ("cash", "invoice")


def test_a_ticket_that_nobody_knows_is_told_and_not_counted() -> None:
    found = fare(_CONCESSIONS, tickets=("deutschland_ticket",))
    assert found.unknown_tickets == ("deutschland_ticket",)
    assert found.total_ct == 320
    assert found.rule == "2020-01/fare"


def test_tickets_are_counted() -> None:
    assert read_tickets({"a", "b:2", "c:x"}) == {"a": 1, "b": 2, "c": 1}


def test_the_zones_of_a_way_are_the_areas_at_its_ends(tiny: Network) -> None:
    network = under(tiny, rules_of(add=_ZONES))
    within = enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", "21:00")
    assert answer_of(network, within).offers[0].price_ct == 200
    across = answer_of(network, enquiry_of(tiny, "cramnitz-siedlung", "doessin-siedlung", "10:00"))
    assert across.offers[0].price_ct == 300


def test_what_each_rider_pays_stands_in_the_offer(tiny: Network) -> None:
    network = under(tiny, rules_of(add=_CONCESSIONS))
    wish = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "21:00", party=Party(2))
    (offer,) = answer_of(network, replace(wish, tickets=frozenset({"deutschlandticket"}))).offers
    assert offer.kind is OfferKind.ON_DEMAND
    assert offer.price_ct == 280
    assert offer.fare is not None
    assert parts(offer.fare) == [("deutschlandticket", 1, 0), ("full", 1, 280)]


def test_the_full_fare_is_rounded_up_before_it_is_halved() -> None:
    tariff = rules_of(add=_CONCESSIONS).fare
    assert full_fare_ct(tariff, 6500, (WEST, WEST)) == 280
    assert parts(fare(_CONCESSIONS, km=6.5, tickets=("child",))) == [("child", 1, 140)]
    assert parts(fare(_CONCESSIONS, km=5.5, tickets=("child",))) == [("child", 1, 140)], "266 → 270 → 135 → 140"
