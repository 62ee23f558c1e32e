"""The rules about fares: what one person pays for a way, and who pays less."""

from dataclasses import dataclass
from enum import StrEnum

from booking.model import AreaId


class FareBasis(StrEnum):
    """What the price of a way is made from."""

    DISTANCE = "distance"
    """A base and so much for each kilometre, up to a maximum."""
    BANDS = "bands"
    """A table: up to so many kilometres, so much."""
    ZONES = "zones"
    """Areas are the zones: one price within, another between two."""


class Payment(StrEnum):
    """How one can pay."""

    CASH = "cash"
    CARD = "card"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class FareBand:
    """The price of a way up to a length, both ends included."""

    up_to_m: int
    ct: int


@dataclass(frozen=True, slots=True)
class ZonePair:
    """The price between two areas, in either direction."""

    areas: frozenset[AreaId]
    ct: int


@dataclass(frozen=True, slots=True)
class Concession:
    """Somebody who pays less: by a ticket that is recognised, by age, by a pass.

    Parameters
    ----------
    id
        As enquiries name it: ``deutschlandticket``.
    pays_percent
        Of the fare; rounded up to the rounding of the tariff.
    pays_surcharge
        Whether the surcharge for the door is paid all the same.
    companions
        So many persons with each holder travel free.
    """

    id: str
    name: str
    pays_percent: int = 0
    pays_surcharge: bool = True
    companions: int = 0


@dataclass(frozen=True, slots=True)
class FareRules:
    """What a ride costs a person: as the line bus.

    Parameters
    ----------
    base_ct, ct_per_km, max_ct
        For the basis ``DISTANCE``; ``max_ct`` also where a way is longer than every band.
    bands
        For ``BANDS``, shortest first.
    same_zone_ct, other_zone_ct, zone_pairs
        For ``ZONES``: within an area, between two, and exceptions.
    round_up_ct
        Each person's fare is rounded up to full multiples of this.
    door_ct
        Surcharge a person and ride for boarding or alighting at an address.
    """

    base_ct: int
    ct_per_km: int
    max_ct: int
    basis: FareBasis = FareBasis.DISTANCE
    bands: tuple[FareBand, ...] = ()
    same_zone_ct: int = 0
    other_zone_ct: int = 0
    zone_pairs: tuple[ZonePair, ...] = ()
    round_up_ct: int = 10
    door_ct: int = 0
    concessions: tuple[Concession, ...] = ()
    payments: tuple[Payment, ...] = (Payment.CASH,)
