"""Everything the engine needs to judge or change a plan, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from routing.model import Request, RequestId, Shift, ShiftId
from routing.travel_times import TravelTimes


@dataclass(frozen=True, slots=True)
class Problem:
    """The shifts and requests of a service day, and how long it takes to drive.

    Parameters
    ----------
    not_before_s
        Nothing that a vehicle does before this time can be changed. A visit is *fixed* when the vehicle sets off
        towards it (``start_s`` minus the drive from the place before) earlier than this.
    """

    shifts: Mapping[ShiftId, Shift]
    requests: Mapping[RequestId, Request]
    times: TravelTimes
    not_before_s: int = 0

    def with_request(self, request: Request) -> "Problem":
        """The problem with one request more (or replaced)."""
        return replace(self, requests={**self.requests, request.id: request})
