"""The rules about ordering: when an order must be in, who answers the telephone, what is kept for later orders.

An empty set of channels, days or needs means: whichever. Seconds count from the start of the service day.
"""

from dataclasses import dataclass, field

from booking.life_rules import LifeRules
from booking.model import Channel
from booking.rider_classes import RiderClass
from routing.model import DAY_END_S


@dataclass(frozen=True, slots=True)
class LeadTime:
    """An exception from the general lead time, for some pickups. The first that fits counts.

    Parameters
    ----------
    lead_s
        How long before pickup the order must be in.
    days
        Kinds of day of the pickup (``weekday``, ``saturday``, ``sunday_or_holiday``).
    from_s, to_s
        Pickups from the one time of day to the other, half-open.
    min_persons
        Only for parties of so many persons or more.
    """

    lead_s: int
    channels: frozenset[Channel] = frozenset()
    days: frozenset[str] = frozenset()
    from_s: int = 0
    to_s: int = DAY_END_S + 1
    min_persons: int = 1

    def is_for(self, channel: Channel, day_kind: str, pickup_s: int, persons: int) -> bool:
        """Whether the exception holds for a pickup."""
        return (
            (not self.channels or channel in self.channels)
            and (not self.days or day_kind in self.days)
            and self.from_s <= pickup_s < self.to_s
            and persons >= self.min_persons
        )


@dataclass(frozen=True, slots=True)
class LatestOrder:
    """Early trips must be ordered on an earlier day: before 08:00, by 17:00 the day before.

    Parameters
    ----------
    before_s
        Pickups before this time of day.
    order_by_s
        The time of day by which the order must be in, ``days_before`` days earlier.
    counts_workdays
        Whether only Mondays to Fridays that are no public holidays count as days.
    days
        Kinds of day of the pickup.
    """

    before_s: int
    order_by_s: int
    days_before: int = 1
    counts_workdays: bool = False
    channels: frozenset[Channel] = frozenset()
    days: frozenset[str] = frozenset()
    min_persons: int = 1

    def is_for(self, channel: Channel, day_kind: str, pickup_s: int, persons: int) -> bool:
        """Whether the rule holds for a pickup."""
        return (
            (not self.channels or channel in self.channels)
            and (not self.days or day_kind in self.days)
            and pickup_s < self.before_s
            and persons >= self.min_persons
        )


@dataclass(frozen=True, slots=True)
class PhoneRules:
    """Orders by telephone.

    Parameters
    ----------
    needs_desk
        Orders by phone are taken in the desk hours only. What a member of staff types in is taken at any time.
    closed_on
        Days of the year on which nobody answers, as ``(month, day)``, whatever the desk hours say.
    only
        Who orders by phone only.
    """

    needs_desk: bool = False
    closed_on: frozenset[tuple[int, int]] = frozenset()
    only: frozenset[RiderClass] = frozenset()


@dataclass(frozen=True, slots=True)
class LateQuota:
    """A share of the capacity is kept free for those who order late.

    In each clock hour, shifts on duty in the middle of it carry ``rides_per_shift_hour`` rides each; of these, at most
    ``early_percent`` may be booked more than ``early_s`` before their pickup.
    """

    early_percent: int = 100
    early_s: int = 0
    rides_per_shift_hour: int = 2

    @property
    def is_on(self) -> bool:
        """Whether anything is kept."""
        return self.early_percent < 100


@dataclass(frozen=True, slots=True)
class NoShowPolicy:
    """Whoever did not come ``max_no_shows`` times within ``within_days`` days books by a talk with the desk.

    ``max_no_shows`` 0: no such rule.
    """

    max_no_shows: int = 0
    within_days: int = 90


@dataclass(frozen=True, slots=True)
class SoftDeadline:
    """After the deadline an order is taken if a vehicle is on its way there anyway.

    Parameters
    ----------
    max_extra_s
        The ride makes the vehicle drive at most so much longer. 0: the deadline is hard.
    within_s
        The vehicle serves somebody else at most so long before or after the pickup.
    """

    max_extra_s: int = 0
    within_s: int = 0

    @property
    def is_on(self) -> bool:
        """Whether the deadline gives way at all."""
        return self.max_extra_s > 0


@dataclass(frozen=True, slots=True)
class OrderRules:
    """Everything about ordering beside the general lead times and the horizon."""

    lead_exceptions: tuple[LeadTime, ...] = ()
    latest: tuple[LatestOrder, ...] = ()
    phone: PhoneRules = field(default_factory=PhoneRules)
    late_quota: LateQuota = field(default_factory=LateQuota)
    no_show: NoShowPolicy = field(default_factory=NoShowPolicy)
    soft_deadline: SoftDeadline = field(default_factory=SoftDeadline)
    life: LifeRules = field(default_factory=LifeRules)
    """What may become of a booking once it is made."""
