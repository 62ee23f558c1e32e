"""A plan as arrays, for compiled insertion: what is known of every gap, and numbers for requests to come."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.gaps_kernel import Gaps, survey, survey_all
from routing.insertion_kernel import Wish
from routing.model import Action, Load, Plan, Request, RequestId, Run, Shift, ShiftId, Visit
from routing.objective import CostWeights, riders
from routing.packed import Numbers, PackedProblem, pack_problem
from routing.problem import Problem
from routing.runs_kernel import Sheet, new_sheet
from routing.schedule import fixed_count

_SPARE = 64
"""Numbers for requests to come; the last is that of the wish that is just looked at."""
_MORE_VISITS = 16
"""By so many visits a run may grow."""
_OF_REQUESTS = ("place", "earliest", "latest", "service", "promised", "limit", "riders", "load")
"""The arrays of a packed problem that requests are written into."""


class PackedDay:
    """A problem and a plan for it as arrays. Only the last number there is for requests is ever written anew.

    Parameters
    ----------
    packed, numbers, gaps, number_of
        As :class:`routing.packed.PackedProblem` and so on; ``number_of`` tells the number of each request, also of
        those that came later.
    rates
        ``(S, 6)`` what each figure of :class:`routing.objective.RunTotals` costs.
    """

    def __init__(
        self,
        packed: PackedProblem,
        numbers: Numbers,
        gaps: Gaps,
        rates: NDArray[np.float64],
        number_of: Mapping[RequestId, int],
    ) -> None:
        self.packed, self.numbers, self.gaps, self.rates, self.number_of = packed, numbers, gaps, rates, number_of
        self.sheet: Sheet = new_sheet(gaps.code.shape[1], packed.limit.size)
        self.all_allowed = np.ones(len(numbers.shifts), dtype=np.bool_)
        self._takes = packed.load.any(axis=0).tolist()
        self._kinds: dict[tuple[bool, ...], NDArray[np.int32]] = {}

    @classmethod
    def of(cls, problem: Problem, plan: Plan, weights: CostWeights) -> "PackedDay":
        """Pack a problem and a plan whose requests it knows."""
        packed, numbers = pack_problem(problem, weights, is_exact=True, spare=_SPARE)
        room = _MORE_VISITS + max((len(run.visits) for run in plan.runs.values()), default=0)
        gaps = _empty_gaps(len(numbers.shifts), room, packed.load.shape[1])
        day = cls(packed, numbers, gaps, _rates(numbers.shifts, weights), numbers.of_request)
        for run in plan.runs.values():
            day.write_run(run, problem)
        survey_all(packed, gaps, day.sheet)
        return day

    def with_run(self, run: Run, problem: Problem, request: Request | None) -> "PackedDay | None":
        """The day with a run replaced, and maybe a request more; None if there is no space left for them."""
        is_full = len(self.number_of) > len(self.numbers.requests) + _SPARE - 2
        is_known = request is not None and request.id in self.number_of
        if is_full or is_known or len(run.visits) >= self.gaps.code.shape[1]:
            return None
        packed, gaps = self._copies()
        number_of = dict(self.number_of)
        if request is not None:
            number = number_of[request.id] = len(number_of)
            wish = self.wish(request)
            for end, values in enumerate((wish.pickups[:, 0], wish.dropoffs[:, 0])):
                code = 2 * number + end
                packed.place[code], packed.earliest[code], packed.latest[code], packed.service[code] = values
                packed.promised[code] = packed.latest[code]
            packed.limit[number], packed.riders[number] = wish.limit[0, 0], wish.riders
            packed.load[number] = wish.load
        day = PackedDay(packed, self.numbers, gaps, self.rates, number_of)
        day.write_run(run, problem)
        survey(packed, gaps, self.numbers.of_shift[run.shift_id], day.sheet)
        return day

    def at(self, problem: Problem, plan: Plan) -> "PackedDay":
        """The day with another time before which nothing is changed."""
        packed, gaps = self._copies()
        margin_s, usable_s, _ = packed.spans.tolist()
        packed = packed._replace(spans=np.array((margin_s, usable_s, problem.not_before_s), dtype=np.int64))
        day = PackedDay(packed, self.numbers, gaps, self.rates, self.number_of)
        for run in plan.runs.values():
            row = self.numbers.of_shift[run.shift_id]
            gaps.fixed[row], gaps.is_open[row] = fixed_count(run, problem), True
        survey_all(packed, gaps, day.sheet)
        return day

    def _copies(self) -> tuple[PackedProblem, Gaps]:
        """What is written into, for somebody else."""
        packed = self.packed._replace(**{name: getattr(self.packed, name).copy() for name in _OF_REQUESTS})
        return packed, Gaps(**{name: values.copy() for name, values in self.gaps._asdict().items()})

    def write_run(self, run: Run, problem: Problem) -> None:
        """Write the visits of a run; what follows from them has to be surveyed."""
        row, count, gaps = self.numbers.of_shift[run.shift_id], len(run.visits), self.gaps
        gaps.visits[row] = count
        gaps.fixed[row] = fixed_count(run, problem)
        gaps.is_open[row] = True
        gaps.code[row, :count] = [self._code(visit, run.shift_id) for visit in run.visits]
        gaps.start[row, :count] = [visit.start_s for visit in run.visits]

    def wish(self, request: Request) -> Wish:
        """A request as arrays."""
        pickup, dropoff = request.pickup_window, request.dropoff_window
        return Wish(
            pickups=_column(request.pickup, pickup.earliest_s, pickup.latest_s, request.boarding_s),
            dropoffs=_column(request.dropoff, dropoff.earliest_s, dropoff.latest_s, request.alighting_s),
            limit=np.array([[request.boarding_s + request.max_ride_s]], dtype=np.int64),
            load=np.array(request.load.counts(), dtype=np.int32),
            kinds=self.kinds_with(request.load),
            riders=riders(request),
            allowed=self.allowed(request.shift_ids),
        )

    def allowed(self, shift_ids: frozenset[ShiftId] | None) -> NDArray[np.bool_]:
        """Which shifts may serve a request."""
        if shift_ids is None:
            return self.all_allowed
        return np.array([shift.id in shift_ids for shift in self.numbers.shifts], dtype=np.bool_)

    def kinds_with(self, load: Load) -> NDArray[np.int32]:
        """The kinds of places that anybody of the day takes, or this load."""
        counts = tuple(map(bool, load.counts()))
        if counts not in self._kinds:
            self._kinds[counts] = np.flatnonzero(np.logical_or(self._takes, counts)).astype(np.int32)
        return self._kinds[counts]

    def _code(self, visit: Visit, shift_id: ShiftId) -> int:
        if visit.request_id is None:
            return self.numbers.code(visit, shift_id)
        return 2 * self.number_of[visit.request_id] + (visit.action is Action.DROPOFF)


def _rates(shifts: Sequence[Shift], weights: CostWeights) -> NDArray[np.float64]:
    """What each figure of the totals of each shift costs, in their order."""
    rates = [
        (
            weights.drive_s * shift.costs.drive_s_factor,
            weights.drive_m * shift.costs.drive_m_factor,
            weights.on_board_s,
            weights.tight_s,
            weights.short_wait_s,
            shift.costs.when_used,
        )
        for shift in shifts
    ]
    return np.array(rates, dtype=np.float64).reshape(len(shifts), 6)


def _column(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64).reshape(4, 1)


def _empty_gaps(shifts: int, room: int, kinds: int) -> Gaps:
    """Arrays for runs of up to ``room`` visits, none of them open."""
    wide = (shifts, room + 1)
    return Gaps(
        visits=np.zeros(shifts, dtype=np.int32),
        fixed=np.zeros(shifts, dtype=np.int32),
        is_open=np.zeros(shifts, dtype=np.bool_),
        code=np.zeros(wide, dtype=np.int32),
        start=np.zeros(wide, dtype=np.int64),
        before=np.zeros(wide, dtype=np.int32),
        ahead=np.zeros(wide, dtype=np.int32),
        ready=np.zeros(wide, dtype=np.int64),
        due=np.zeros(wide, dtype=np.int64),
        due_anyway=np.zeros(wide, dtype=np.int64),
        riders=np.zeros(wide, dtype=np.int64),
        room=np.zeros((*wide, kinds), dtype=np.int32),
        totals=np.zeros((shifts, 4), dtype=np.int64),
        least_on_board=np.zeros(shifts, dtype=np.int64),
    )
