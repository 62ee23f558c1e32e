"""Everything the engine needs to judge or change a plan, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from routing.model import LocationIndex, Request, RequestId, Shift, ShiftId
from routing.travel_times import TravelTimes


@dataclass(frozen=True, slots=True)
class Problem:
    """The shifts and requests of a service day, and how long it takes to drive.

    Parameters
    ----------
    not_before_s
        Nothing that a vehicle does before this time can be changed. A visit is *fixed* when the vehicle sets off
        towards it (``start_s`` minus the drive from the place before) earlier than this.
    order_locked
        Shifts whose rides stay in their run and in their order. Others may be put in between.
    no_waiting
        Places where no vehicle may stand and wait. Between two visits at such places there is no time but for service
        and drive; elsewhere the vehicle waits at the one of the two places that allows it.
    """

    shifts: Mapping[ShiftId, Shift]
    requests: Mapping[RequestId, Request]
    times: TravelTimes
    not_before_s: int = 0
    order_locked: frozenset[ShiftId] = frozenset()
    no_waiting: frozenset[LocationIndex] = frozenset()

    def with_request(self, request: Request) -> "Problem":
        """The problem with one request more (or replaced)."""
        return replace(self, requests={**self.requests, request.id: request})
