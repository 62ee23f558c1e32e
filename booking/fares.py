"""What a party pays, before it books: by the tariff of the rules, with tickets that are recognised. Pure."""

from collections.abc import Collection, Mapping

from booking.fare_model import Fare, FareKind, FarePart
from booking.model import AreaId, Party
from booking.rulebook import Rules
from booking.rulebook_fares import Concession, FareBasis, FareRules


def full_fare_ct(tariff: FareRules, distance_m: int, zones: tuple[Collection[AreaId], Collection[AreaId]]) -> int:
    """What one person without any ticket pays.

    Parameters
    ----------
    zones
        The areas that the way begins in, and those it ends in.
    """
    match tariff.basis:
        case FareBasis.DISTANCE:
            single_ct = min(tariff.max_ct, tariff.base_ct + tariff.ct_per_km * distance_m // 1000)
        case FareBasis.BANDS:
            single_ct = next((band.ct for band in tariff.bands if distance_m <= band.up_to_m), tariff.max_ct)
        case FareBasis.ZONES:
            single_ct = _zone_ct(tariff, *map(frozenset, zones))
    return round_up(single_ct, tariff.round_up_ct)


def _zone_ct(tariff: FareRules, here: frozenset[AreaId], there: frozenset[AreaId]) -> int:
    if here & there:
        return tariff.same_zone_ct
    fitting = [pair.ct for pair in tariff.zone_pairs if pair.areas & here and pair.areas & there]
    return min(fitting, default=tariff.other_zone_ct)


def round_up(ct: int, unit_ct: int) -> int:
    """A price rounded up to full multiples of a unit."""
    return -(-ct // unit_ct) * unit_ct


def read_tickets(tickets: Collection[str]) -> Mapping[str, int]:
    """How many riders hold each ticket: ``deutschlandticket`` is one rider's, ``deutschlandticket:2`` two riders'.

    A count that is none is read as one.
    """
    counts: dict[str, int] = {}
    for text in sorted(tickets):
        name, _, count = text.partition(":")
        counts[name] = counts.get(name, 0) + (int(count) if count.isdecimal() else 1)
    return counts


def fare_of(
    rules: Rules,
    distance_m: int,
    zones: tuple[Collection[AreaId], Collection[AreaId]],
    party: Party,
    tickets: Collection[str] = (),
    *,
    doors: int = 0,
) -> Fare:
    """The fare of a party for one journey.

    Those who pay least are counted first, and nobody twice: tickets beyond the number of riders change nothing.

    Parameters
    ----------
    doors
        How many rides of the journey begin or end at an address.
    """
    tariff = rules.fare
    full_ct = full_fare_ct(tariff, distance_m, zones)
    held = read_tickets(tickets)
    left = party.persons
    parts: list[FarePart] = []
    paying_door = 0
    companions = min(left - 1, getattr(party, "companions", 0))
    for concession in sorted(tariff.concessions, key=lambda c: c.pays_percent):
        count = min(left, held.get(concession.id, 0))
        if not count:
            continue
        left -= count
        companions += concession.companions * count
        parts.append(FarePart(FareKind.CONCESSION, count, _reduced_ct(full_ct, concession, tariff), concession.id))
        paying_door += count if concession.pays_surcharge else 0
    companions = min(left, companions)
    if companions:
        parts.append(FarePart(FareKind.COMPANION, companions, 0))
    if left > companions:
        parts.append(FarePart(FareKind.FULL, left - companions, full_ct))
        paying_door += left - companions
    if doors and tariff.door_ct and paying_door:
        parts.append(FarePart(FareKind.DOOR, paying_door, doors * tariff.door_ct))
    known = {concession.id for concession in tariff.concessions}
    return Fare(
        tuple(parts),
        f"{rules.version}/fare",
        tuple(payment.value for payment in tariff.payments),
        tuple(name for name in held if name not in known),
    )


def _reduced_ct(full_ct: int, concession: Concession, tariff: FareRules) -> int:
    return round_up(-(-full_ct * concession.pays_percent // 100), tariff.round_up_ct)
