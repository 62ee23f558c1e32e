"""The second look: before a ride is refused, the runs of that time are planned anew around all promises.

What is found changes no promise, for promises are the windows of the requests; it may change the vehicle that comes and
the minute within the window.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from booking.day import Day
from booking.model import OfferId
from routing.model import Action, Plan, Request, RequestId, Run
from routing.objective import DEFAULT_WEIGHTS
from routing.problem import Problem
from routing.repair import make_room

_FOUND_KEPT = 500
_TO_SEARCH = 0.8
"""Share of the time in which searches may go on; the rest is for packing the day before and putting back after."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """How long the second look may take.

    Parameters
    ----------
    seconds
        For one answer, all rides of all journeys that are tried together. None: ``steps`` alone limit it, and the
        result is the same on every computer.
    steps
        Of the search, for each ride that is tried.
    rides
        How many rides are tried for one answer.
    """

    seconds: float | None = 2.0
    steps: int = 1_200
    rides: int = 6
    seed: int = 0
    clock: Callable[[], float] = time.perf_counter


@dataclass(frozen=True, slots=True)
class Found:
    """A day as a second look planned it for an offer, and the day that it looked at."""

    before: Day
    after: Day


class FoundDays:
    """What second looks found, until the offers are confirmed or forgotten. Safe to use from several threads.

    It spares the search when an offer is confirmed; nothing depends on its being there.
    """

    def __init__(self) -> None:
        self._found: dict[OfferId, Found] = {}
        self._lock = threading.Lock()

    def keep(self, offer_id: OfferId, found: Found) -> None:
        """Remember it; of too many, the oldest is forgotten."""
        with self._lock:
            self._found[offer_id] = found
            while len(self._found) > _FOUND_KEPT:
                del self._found[next(iter(self._found))]

    def find(self, offer_id: OfferId, day: Day) -> Day | None:
        """The day as it was found for an offer, if it was this very day that was looked at."""
        found = self._found.get(offer_id)
        return found.after if found is not None and found.before is day else None


@dataclass(frozen=True, slots=True)
class SecondLooks:
    """What confirming needs of second looks: how long they may take, and what they found before."""

    limits: SecondLook
    found: FoundDays


class Look:
    """The second look of one answer: it counts what it has spent."""

    def __init__(self, limits: SecondLook) -> None:
        self._limits = limits
        self._rides = limits.rides
        self._end = None if limits.seconds is None else limits.clock() + _TO_SEARCH * limits.seconds

    def is_over(self) -> bool:
        """Whether nothing more may be tried."""
        return self._rides <= 0 or (self._end is not None and self._limits.clock() >= self._end)

    def place(self, day: Day, request: Request, problem: Problem) -> Day | None:
        """The day with the request in it and everything promised kept, or None where none was found in time."""
        if self.is_over():
            return None
        self._rides -= 1
        limits = self._limits
        left = None if self._end is None else self._end - limits.clock()
        repair = make_room(
            problem,
            day.plan,
            request,
            weights=DEFAULT_WEIGHTS,
            seed=limits.seed,
            seconds=left,
            iterations=limits.steps,
            clock=limits.clock,
        )
        return None if repair is None else day.changed(repair.plan, {**day.requests, request.id: request})


def planned_times(day: Day, request_id: RequestId) -> tuple[int, int]:
    """When a ride is picked up and dropped off, seconds of the service day.

    Raises
    ------
    KeyError
        It is in no run.
    """
    times = {
        visit.action: visit.start_s
        for run in day.plan.runs.values()
        for visit in run.visits
        if visit.request_id == request_id
    }
    return times[Action.PICKUP], times[Action.DROPOFF]


def adopted(found: Day, before: Day, promised: list[Request]) -> Day:
    """A day that a second look found, with the promises of an offer in place of the wishes it was found for.

    Parameters
    ----------
    promised
        The requests of the offer, in the order in which their wishes were put in.
    """
    wishes = [request_id for request_id in found.requests if request_id not in before.requests]
    names = dict(zip(wishes, (request.id for request in promised), strict=True))
    runs = {shift_id: _renamed(run, names) for shift_id, run in found.plan.runs.items()}
    return before.changed(Plan(runs, found.plan.unserved), {**before.requests, **{r.id: r for r in promised}})


def _renamed(run: Run, names: dict[RequestId, RequestId]) -> Run:
    if not run.request_ids() & names.keys():
        return run
    visits = tuple(
        replace(visit, request_id=names[visit.request_id]) if visit.request_id in names else visit
        for visit in run.visits
    )
    return Run(run.shift_id, visits)
