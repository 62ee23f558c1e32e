"""What the rules say about a booking's life: until when it may be changed and cancelled, what counts as twice."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DuplicateRules:
    """When two journeys of one person are told as a duplicate.

    Parameters
    ----------
    same_wish_s
        Two journeys the same way on one day are one wish if they begin less than this apart.
    """

    same_wish_s: int = 3 * 3600


@dataclass(frozen=True, slots=True)
class WaitingRules:
    """How a place that opens is held for whoever waits.

    Parameters
    ----------
    hold_s
        How long; never longer than until ``answer_before_s`` before the pickup.
    most_offers
        Whoever lets so many lapse is taken off the list.
    """

    hold_s: int = 45 * 60
    answer_before_s: int = 30 * 60
    most_offers: int = 2


@dataclass(frozen=True, slots=True)
class LifeRules:
    """Parameters of everything that happens to a booking after it was confirmed.

    Parameters
    ----------
    free_cancel_s
        Whoever cancels later than this before the earliest promised pickup cancels late: recorded, not forbidden.
    change_s
        No change later than this before the earliest promised pickup.
    """

    free_cancel_s: int = 60 * 60
    change_s: int = 30 * 60
    duplicates: DuplicateRules = field(default_factory=DuplicateRules)
    waiting: WaitingRules = field(default_factory=WaitingRules)
