"""What a party pays, as a value: its parts, the tariff behind them, how it can be paid. Money is euro cents."""

from dataclasses import dataclass
from enum import StrEnum


class FareKind(StrEnum):
    """What a part of a fare is for."""

    FULL = "full"
    CONCESSION = "concession"
    COMPANION = "companion"
    DOOR = "door"


@dataclass(frozen=True, slots=True)
class FarePart:
    """So many persons pay so much each. ``concession`` names the ticket or pass behind a part of that kind."""

    kind: FareKind
    persons: int
    each_ct: int
    concession: str = ""

    @property
    def total_ct(self) -> int:
        """What the part comes to."""
        return self.persons * self.each_ct


@dataclass(frozen=True, slots=True)
class Fare:
    """What a party pays, by its parts.

    Parameters
    ----------
    rule
        The tariff it rests on: version and key.
    payments
        How it can be paid: ``cash``, ``card``, ``invoice``.
    unknown_tickets
        Tickets that the riders named and this tariff does not know: they were not counted.
    """

    parts: tuple[FarePart, ...]
    rule: str
    payments: tuple[str, ...] = ()
    unknown_tickets: tuple[str, ...] = ()

    @property
    def total_ct(self) -> int:
        """What the party pays in all."""
        return sum(part.total_ct for part in self.parts)
