"""A service day in memory: its shifts, its requests, its plan. What the database keeps, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gtfs.service_day import ServiceDay
from routing.model import Plan, Request, RequestId, Shift, ShiftId


@dataclass(frozen=True, slots=True)
class Day:
    """A service day as it stands.

    Parameters
    ----------
    version
        Counts every change; a writer that saw an older one has to look again.
    """

    service_day: ServiceDay
    version: int
    shifts: Mapping[ShiftId, Shift]
    requests: Mapping[RequestId, Request]
    plan: Plan

    def with_plan(self, plan: Plan, requests: Mapping[RequestId, Request]) -> "Day":
        """The day after a change."""
        return replace(self, version=self.version + 1, plan=plan, requests=requests)
