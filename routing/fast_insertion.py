"""Putting requests into the runs of a plan, compiled: what :mod:`routing.insertion` does, some thousand times as fast.

A plan is made into arrays once and then asked many times. Costs, times, places and the order among equals are those of
:mod:`routing.insertion`, to the last digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.insertion import COST_DIGITS, Insertion
from routing.insertion_kernel import Draft, Wish, insert_wish, time_place
from routing.model import Action, Load, LocationIndex, Plan, Request, RequestId, Run, ShiftId, TimeWindow, Visit
from routing.objective import DEFAULT_WEIGHTS, CostWeights
from routing.packed_day import PackedDay
from routing.problem import Problem
from routing.runs_kernel import HERE, WIDTH

_CANDIDATES = 4096
_FOUND = 256


@dataclass(frozen=True, slots=True)
class End:
    """A stop where a ride may begin, or end: when service there may begin, and how long it takes."""

    location: LocationIndex
    window: TimeWindow
    service_s: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A request with several stops to choose from at either end.

    Parameters
    ----------
    max_ride_s
        For each pickup, for each drop-off, how long the ride may last; None where the two are no choice.
    shift_ids
        As in :class:`routing.model.Request`.
    """

    id: RequestId
    pickups: tuple[End, ...]
    dropoffs: tuple[End, ...]
    load: Load
    max_ride_s: Sequence[Sequence[int | None]]
    shift_ids: frozenset[ShiftId] | None = None

    @property
    def riders(self) -> int:
        """How many people travel, as :func:`routing.objective.riders` counts them."""
        return max(1, self.load.seat + self.load.wheelchair)

    def request(self, pickup: int, dropoff: int) -> Request:
        """The request between two of the stops.

        Raises
        ------
        ValueError
            If they are no choice, or the same.
        """
        begin, end, ride_s = self.pickups[pickup], self.dropoffs[dropoff], self.max_ride_s[pickup][dropoff]
        if ride_s is None:
            msg = f"request {self.id} can't go from its pickup {pickup} to its drop-off {dropoff}"
            raise ValueError(msg)
        return Request(
            id=self.id,
            pickup=begin.location,
            dropoff=end.location,
            pickup_window=begin.window,
            dropoff_window=end.window,
            load=self.load,
            boarding_s=begin.service_s,
            alighting_s=end.service_s,
            max_ride_s=ride_s,
            shift_ids=self.shift_ids,
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """The cheapest way to put one pair of stops of a choice into a plan: which pickup, which drop-off, and how."""

    pickup: int
    dropoff: int
    insertion: Insertion


class _Place(NamedTuple):
    """Where a wish fits, in the order in which places are compared, and what it costs to all digits."""

    cost: float
    choice: int
    shift_id: str
    pickup_at: int
    dropoff_at: int
    shift: int
    added_cost: float


class Insertions:
    """A plan, ready to have requests put into it.

    Its answers are those of :func:`routing.insertion.list_insertions` for the problem, the plan and the weights. It
    never changes, and may be asked by several threads. A request that is asked about is in no run yet.

    Parameters
    ----------
    problem, plan
        The problem knows every request that the plan serves.
    packed
        The same as arrays, where they are there already.
    """

    def __init__(
        self,
        problem: Problem,
        plan: Plan,
        weights: CostWeights = DEFAULT_WEIGHTS,
        *,
        packed: PackedDay | None = None,
    ) -> None:
        self.problem, self.plan, self.weights = problem, plan, weights
        self._day = PackedDay.of(problem, plan, weights) if packed is None else packed
        self._draft = _new_draft(_FOUND)
        self._lock = Lock()

    def best(self, request: Request) -> Insertion | None:
        """The cheapest way to put a request into the plan, or None where it fits nowhere."""
        wish = self._day.wish(request)
        with self._lock:
            places = self._places(wish, 1)
            return self._insertion(wish, min(places), request.id) if places else None

    def list_all(self, request: Request, *, limit: int | None = None) -> tuple[Insertion, ...]:
        """The ways to put a request into the plan, cheapest first; at most ``limit``."""
        wish = self._day.wish(request)
        with self._lock:
            places = sorted(self._places(wish, 1, keeps_all=True))
            return tuple(self._insertion(wish, place, request.id) for place in places[:limit])

    def best_of(self, choice: Choice) -> Chosen | None:
        """The cheapest way for the cheapest pair of stops, or None where none fits.

        Of pairs that cost the same, the first: in the order of the pickups, then of the drop-offs.
        """
        wish = self._wish(choice)
        with self._lock:
            places = self._places(wish, 1)
            return self._chosen(wish, min(places), choice.id) if places else None

    def best_of_each(self, choice: Choice) -> tuple[Chosen, ...]:
        """The cheapest way for each pair of stops that fits anywhere, in the order of the pairs."""
        wish = self._wish(choice)
        with self._lock:
            cheapest: dict[int, _Place] = {}
            for place in self._places(wish, wish.limit.size):
                cheapest[place.choice] = min(place, cheapest.get(place.choice, place))
            return tuple(self._chosen(wish, cheapest[number], choice.id) for number in sorted(cheapest))

    def with_run(self, run: Run, request: Request | None = None) -> "Insertions":
        """The plan with one run replaced, and maybe a request more in the problem, without packing the rest anew."""
        problem = self.problem if request is None else self.problem.with_request(request)
        plan = self.plan.with_run(run)
        return Insertions(problem, plan, self.weights, packed=self._day.with_run(run, problem, request))

    def at(self, not_before_s: int) -> "Insertions":
        """The same plan at another time: so early nothing is changed any more."""
        if not_before_s == self.problem.not_before_s:
            return self
        problem = replace(self.problem, not_before_s=not_before_s)
        return Insertions(problem, self.plan, self.weights, packed=self._day.at(problem, self.plan))

    def _wish(self, choice: Choice) -> Wish:
        """A choice as arrays."""
        limits = [
            [
                -1 if ride_s is None or begin.location == end.location else begin.service_s + ride_s
                for end, ride_s in zip(choice.dropoffs, rides_s, strict=True)
            ]
            for begin, rides_s in zip(choice.pickups, choice.max_ride_s, strict=True)
        ]
        return Wish(
            pickups=_columns(choice.pickups),
            dropoffs=_columns(choice.dropoffs),
            limit=np.array(limits, dtype=np.int64).reshape(len(choice.pickups), len(choice.dropoffs)),
            load=np.array(choice.load.counts(), dtype=np.int32),
            kinds=self._day.kinds_with(choice.load),
            riders=choice.riders,
            allowed=self._day.allowed(choice.shift_ids),
        )

    def _places(self, wish: Wish, bounds: int, *, keeps_all: bool = False) -> list[_Place]:
        """Every place that is the cheapest to so many digits, of all or of each choice, and maybe others."""
        if not wish.limit.size:
            return []
        day = self._day
        while True:
            draft = self._draft._replace(best=np.full(bounds, np.inf))
            count = insert_wish(day.packed, day.gaps, wish, day.rates, draft, day.sheet, keeps_all)
            if count <= draft.cost.size:
                break
            self._draft = _new_draft(count)
        shifts = day.numbers.shifts
        return [
            _Place(round(cost, COST_DIGITS), choice, str(shifts[shift].id), pickup_at, dropoff_at, shift, cost)
            for cost, (choice, shift, pickup_at, dropoff_at) in zip(
                draft.cost[:count].tolist(), draft.places[:count].tolist(), strict=True
            )
        ]

    def _insertion(self, wish: Wish, place: _Place, request_id: RequestId) -> Insertion:
        """The run with the request at a place, timed."""
        day = self._day
        sheet, shift = day.sheet, day.numbers.shifts[place.shift]
        before = self.plan.runs[shift.id].visits
        at = (place.pickup_at, place.dropoff_at)
        time_place(day.packed, day.gaps, wish, place.choice, place.shift, *at, sheet)
        count = len(before) + 2
        starts_s = sheet.start[:count].tolist()
        locations = map(LocationIndex, sheet.row[HERE : WIDTH * count : WIDTH].tolist())
        visits = list(before)
        visits.insert(at[1], Visit(Action.DROPOFF, LocationIndex(0), 0, request_id))
        visits.insert(at[0], Visit(Action.PICKUP, LocationIndex(0), 0, request_id))
        timed = tuple(
            visit
            if visit.start_s == start_s and visit.location == location
            else Visit(visit.action, location, start_s, visit.request_id, visit.break_index)
            for visit, start_s, location in zip(visits, starts_s, locations, strict=True)
        )
        return Insertion(Run(shift.id, timed), place.added_cost, starts_s[at[0]], starts_s[at[1] + 1])

    def _chosen(self, wish: Wish, place: _Place, request_id: RequestId) -> Chosen:
        pickup, dropoff = divmod(place.choice, wish.limit.shape[1])
        return Chosen(pickup, dropoff, self._insertion(wish, place, request_id))


def _columns(ends: Sequence[End]) -> NDArray[np.int64]:
    rows = [(end.location, end.window.earliest_s, end.window.latest_s, end.service_s) for end in ends]
    return np.ascontiguousarray(np.array(rows, dtype=np.int64).reshape(len(ends), 4).T)


def _new_draft(found: int) -> Draft:
    return Draft(
        bound=np.empty(_CANDIDATES),
        candidates=np.empty((_CANDIDATES, 6), dtype=np.int64),
        best=np.empty(1),
        cost=np.empty(found),
        places=np.empty((found, 4), dtype=np.int32),
    )
