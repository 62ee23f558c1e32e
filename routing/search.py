"""Ruin and recreate: the solver that packs runs best, alone or together with the choice among all runs it has seen.

The steps are in :mod:`routing.search_kernel`. Here the problem is packed, the threshold is led from hot to cold (again
and again on small problems), the fleet is made smaller where vehicles cost something by themselves, and the best runs
become a plan, which gets its times from the exact schedule of :mod:`routing.schedule`.
"""

from collections.abc import Callable
from dataclasses import replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from routing.budget import Budget
from routing.model import Plan, RequestId, Run, Shift, ShiftId, TimeWindow
from routing.objective import CostWeights, plan_cost
from routing.packed import NO_PLACE, Numbers, PackedProblem, PackedRuns, empty_runs, pack_problem, pack_runs
from routing.pool import Choice, choose, new_pool
from routing.problem import Problem
from routing.runs_kernel import CODE, WIDTH, new_sheet, refresh
from routing.schedule import fixed_count, start_times, with_breaks_in_place, with_times
from routing.search_kernel import ABSENT, MEMO, TOUCHED, Desk, Tuning, anneal, keep_best, name_run, recreate

NEVER = 1e15
"""Penalty of leaving out somebody who has a promise."""

_HOT, _COLD = 0.4, 0.03
"""The threshold at the beginning and at the end, in shares of what the plan drives for one request."""
_STEPS_PER_CYCLE = 7_000
"""Steps for each request until the threshold begins anew."""
_STEPS_FROM_NOTHING = 1_000
_SHARE_FROM_NOTHING = 0.35
"""Share of the budget in which a cycle begins from nothing; the later ones begin from the best plan. Runs of several
beginnings in one pool make better plans together than one long search, whose last basin is a matter of luck."""
_LAST_SHARE = 0.6
"""A cycle that would take more than this part of what is left takes all of it."""
_TRIAL_SHARE = 0.02
"""Share of the budget in which the speed is found."""
_CHOICE_SHARE = 0.08
"""Share of the time that choosing among the runs seen may take."""
_CHOICE_EVERY = 0.04
"""Share of the budget between two choices at least."""
_FLEET_SHARE = 0.25
"""Share of the budget for a smaller fleet. It is found in the first tenth of that or not at all."""
_FLEET_HEAT, _FIRST_PRICE, _DEARER, _FLEET_CHUNK = 0.3, 2.0, 0.3, 50
_STEPS_PER_TRY, _MORE_STEPS = 200, 1.3
"""Steps for each request until another run is closed instead, and how many more for each further try."""
_NEIGHBOURS = 100
_MEMO_FACTOR, _MOST_MEMO_BITS = 32, 20
"""Places in the memo for each pair of request and run, as long as it does not grow beyond a processor's cache."""
_WAIT_WEIGHT = 0.3
"""A second of waiting keeps two requests as far apart as so many seconds of driving."""
_CHUNK_S = 0.05
_FIRST_CHUNK = 100


class Search:
    """One search from a plan that was given.

    Parameters
    ----------
    given
        Its fixed visits stay, those who are served stay served, and runs that don't keep their own limits stay as they
        are.
    on_better
        Is told every better plan and its cost, once after each spell of steps.
    around
        Nobody is moved who cannot be under way in this time; None: everybody may be.
    """

    def __init__(  # noqa: PLR0913 - all but the first three have defaults
        self,
        problem: Problem,
        given: Plan,
        weights: CostWeights,
        *,
        seed: int,
        budget: Budget,
        is_joined: bool = True,
        on_better: Callable[[Plan, float], None] | None = None,
        tuning: Tuning | None = None,
        around: TimeWindow | None = None,
    ) -> None:
        self.problem, self.given, self.weights, self.budget = problem, given, weights, budget
        self.is_joined, self.on_better, self.seed = is_joined, on_better, seed
        self.tuning = Tuning() if tuning is None else tuning
        self.began = budget.clock()
        facts = frozenset(
            visit.request_id
            for run in given.runs.values()
            for visit in run.visits[: fixed_count(run, problem)]
            if visit.request_id is not None
        )
        far = frozenset() if around is None else _not_around(problem, around)
        self.packed, self.numbers = pack_problem(problem, weights, facts=facts | far)
        self.room = 2 * len(self.numbers.requests) + max(
            (len(shift.breaks) for shift in self.numbers.shifts), default=0
        )
        self.runs = pack_runs(given, problem, self.packed, self.numbers, room=self.room)
        self.rng = np.random.default_rng(seed)
        self.dice = self.rng.integers(1, 2**63, 1, dtype=np.uint64)
        self.sheet = new_sheet(self.room, len(self.numbers.requests))
        self.groups = _groups(problem, given, self.numbers, self.packed)
        self.pool = new_pool(len(self.numbers.requests), self.groups, self.rng)
        can_move = _can_move(problem, given, self)
        can_move[[self.numbers.of_request[r] for r in far]] = False
        self.desk = new_desk(self.packed, self.runs, self.groups, can_move, given, self.numbers)
        for s in range(len(self.numbers.shifts)):
            name_run(self.runs, self.desk, s)
        self.iterations, self.next_choice = 0, _CHOICE_EVERY
        self.cost = self.best = self._total()
        self.best_plan, self.best_cost = given, plan_cost(given, problem, weights)
        keep_best(self.runs, self.desk)

    def run(self) -> None:
        """Search until the limits are reached. The best plan is in ``best_plan``."""
        if not self.numbers.requests or not self.numbers.shifts:
            return
        self._insert_all()
        self._warm_up()
        if self.packed.cost_used.max() > 0:
            self._shrink_fleet()
        speed = self._find_speed()
        last_from_nothing = self._used() + _SHARE_FROM_NOTHING * self._left()
        is_first = True
        while self._left() > 0.0:
            begins_anew = self._used() < last_from_nothing
            if begins_anew and not is_first:
                self._begin_anew()
            elif not is_first:
                self._restore()
            self._cycle(self._cycle_share(speed, _STEPS_FROM_NOTHING if begins_anew else _STEPS_PER_CYCLE))
            if self.is_joined:
                self._choose(is_thorough=True)
            is_first = False
        self._show()

    def go_on(self, budget: Budget, tuning: Tuning) -> None:
        """Search once more from the best runs, with other limits: what was packed once need not be packed again."""
        self._restore()
        self.budget, self.tuning = budget, tuning
        self.began, self.iterations, self.next_choice = budget.clock(), 0, _CHOICE_EVERY
        self.run()

    def serves(self, request_id: RequestId) -> bool:
        """Whether the best runs so far serve a request."""
        code = 2 * self.numbers.of_request[request_id]
        return any(
            bool((self.desk.best_row[s, CODE : WIDTH * int(n) : WIDTH] == code).any())
            for s, n in enumerate(self.desk.best_count)
        )

    def _begin_anew(self) -> None:
        """Take out everybody who may be taken out, and put them in again."""
        is_free = np.append(np.repeat(self.desk.can_move, 2), False)  # the last stands for all breaks
        if self._take([row[~is_free[np.minimum(row, is_free.size - 1)]] for row in self._codes()]):
            self.rng.shuffle(self.desk.absent[: self.desk.counts[ABSENT]])
            self._put_in()
        else:
            self._restore()

    def _put_in(self) -> None:
        """Put in whoever fits."""
        self.desk.counts[TOUCHED] = 0  # what the last step touched is over
        recreate(self.packed, self.runs, self.desk, self.tuning, self.sheet, inf, self.dice)
        self.desk.counts[TOUCHED] = 0
        self.desk.is_saved[:] = False
        self.cost = self._total()

    def _insert_all(self) -> None:
        """Begin with as many as insertion alone serves."""
        self._put_in()
        if self.cost < self.best:
            self.best = self.cost
            keep_best(self.runs, self.desk)

    def _warm_up(self) -> None:
        """A step without effect: what has to be compiled is compiled before time is measured."""
        before = self.budget.clock()
        self._anneal(1.0, 1.0, 0)
        self.began += self.budget.clock() - before

    def _used(self) -> float:
        """Share of the budget that is used."""
        return self.budget.used(self.began, self.iterations)

    def _left(self) -> float:
        """Share of the budget that is left for steps."""
        return 1.0 - self._used() - (_CHOICE_SHARE if self.is_joined else 0.0)

    def _find_speed(self) -> float:
        """How many steps the whole budget would be enough for; found by doing some where it is one of time."""
        if self.budget.iterations is not None:
            return float(self.budget.iterations)
        self._restore()
        hot = self._threshold() * _HOT
        first, began = self._used(), self.iterations
        while (taken := self._used() - first) < _TRIAL_SHARE:
            self._anneal(hot, hot, _FIRST_CHUNK)
        return (self.iterations - began) / taken

    def _cycle_share(self, speed: float, steps_each: int) -> float:
        """Share of the budget for the next cycle; all that is left where that is not enough for two."""
        left = self._left()
        share = steps_each * len(self.numbers.requests) / max(speed, 1e-9)
        return left if share > _LAST_SHARE * left else share

    def _cycle(self, share: float) -> None:
        """Lead the threshold from hot to cold once."""
        hot, cold = self._threshold() * _HOT, self._threshold() * _COLD
        first = self._used()
        chunk = _FIRST_CHUNK
        while (part := (self._used() - first) / max(share, 1e-9)) < 1.0:
            steps = chunk
            if self.budget.iterations is not None:
                steps = max(1, min(chunk, self.budget.iterations - self.iterations))
            before = self.budget.clock()
            threshold = hot * (cold / hot) ** part
            self._anneal(threshold, threshold, steps)
            if self.budget.seconds is not None and self.budget.iterations is None:
                chunk = _next_chunk(chunk, self.budget.clock() - before)
            if self.is_joined and self._used() >= self.next_choice:
                self._choose(is_thorough=False)
            if self.on_better is not None:
                self._show()

    def _anneal(self, hot: float, cold: float, steps: int) -> None:
        self.cost, self.best = anneal(
            self.packed,
            self.runs,
            self.desk,
            self.pool,
            self.tuning,
            self.sheet,
            self.dice,
            self.cost,
            self.best,
            hot,
            cold,
            steps,
        )
        self.iterations += steps

    def _threshold(self) -> float:
        """What the plan drives for one request."""
        served = int((self.runs.where >= 0).sum())
        drive = self.runs.drive - np.where(self.runs.is_used, self.packed.cost_used, 0.0)
        return max(1e-6, float((drive + np.maximum(self.runs.timed, 0.0)).sum()) / max(served, 1))

    def _total(self) -> float:
        absent = self.desk.absent[: self.desk.counts[ABSENT]]
        return float((self.runs.drive + self.runs.timed).sum() + self.desk.penalty[absent].sum())

    def _restore(self) -> None:
        """Go back to the best runs."""
        self._take(
            [self.desk.best_row[s, : WIDTH * n].reshape(-1, WIDTH)[:, CODE] for s, n in enumerate(self.desk.best_count)]
        )

    def _take(self, codes: list[NDArray[np.int64]]) -> bool:
        """Make these the runs; False if one of them has no schedule."""
        self.runs.where[:] = -1
        is_possible = True
        limit = 2 * len(self.numbers.requests)
        for s, row in enumerate(codes):
            if self.runs.is_open[s]:
                self.runs.row[s, CODE : WIDTH * row.size : WIDTH] = row
                self.runs.count[s] = row.size
                is_possible = refresh(self.packed, self.runs, s, self.sheet) and is_possible
                name_run(self.runs, self.desk, s)
            own = self.runs.row[s, CODE : WIDTH * self.runs.count[s] : WIDTH]
            self.runs.where[own[own < limit] // 2] = s
        absent = np.flatnonzero((self.runs.where < 0) & self.desk.can_move)
        self.desk.absent[: absent.size] = absent
        self.desk.counts[ABSENT] = absent.size
        self.cost = self._total()
        return is_possible

    def _choose(self, *, is_thorough: bool) -> None:
        """Take the best set of all runs seen, if it is better than the best plan."""
        before = self._used()
        seconds = inf
        if self.budget.seconds is not None:
            seconds = max(0.0, min(_CHOICE_SHARE, 1.0 - before)) * self.budget.seconds
        choice = choose(
            self.pool, self.desk.penalty, self.best, seconds=seconds, seed=self.seed, is_thorough=is_thorough
        )
        if choice is not None and choice.cost < self.best - 1e-6:
            if self._take(self._codes_of(choice)) and self.cost < self.best - 1e-6:
                self.best = self.cost
                keep_best(self.runs, self.desk)
            else:
                self._restore()
        self.next_choice = self._used() + max(_CHOICE_EVERY, (self._used() - before) / _CHOICE_SHARE)

    def _codes(self) -> list[NDArray[np.int64]]:
        """What the vehicles do now."""
        return [self.runs.row[s, CODE : WIDTH * n : WIDTH].copy() for s, n in enumerate(self.runs.count)]

    def _codes_of(self, choice: Choice) -> list[NDArray[np.int64]]:
        """The chosen runs given to shifts of their groups; a shift without one has only its breaks."""
        limit = 2 * len(self.numbers.requests)
        codes = []
        for s in range(len(self.numbers.shifts)):
            own = self.runs.row[s, CODE : WIDTH * self.runs.count[s] : WIDTH]
            codes.append(own[own >= limit].copy())
        free = {group: list(np.flatnonzero(self.groups == group)) for group in set(self.groups.tolist())}
        for group, row in choice.runs:
            shift = free[group].pop(0)
            offset = codes[shift].min() - row[row >= limit].min() if (row >= limit).any() else 0
            codes[shift] = np.where(row >= limit, row + offset, row).astype(np.int64)
        return codes

    def _shrink_fleet(self) -> None:
        """Close one run after the other as long as all riders of a closed one find a place in the others.

        Somebody who stays absent becomes more expensive to leave out, and so the search turns to who is hard to place
        (the absence counters of Christiaens and Vanden Berghe, as prices).
        """
        end = self._used() + _FLEET_SHARE * (1.0 - self._used())
        self._serve_all(end)
        tries, steps = 0, _STEPS_PER_TRY * len(self.numbers.requests)
        while self._used() < end and self.desk.counts[ABSENT] == 0:
            used = [int(s) for s in np.flatnonzero(self.runs.is_used & self.runs.is_open & (self.runs.fixed == 0))]
            if len(used) < 2:
                break
            used.sort(key=lambda s: int(self.runs.count[s]))
            if self._close_one(used[tries % len(used)], end, steps, anew=tries % 2 == 1):
                tries = 0
                continue
            self._open_again()  # once more from another side: what is not soon found is seldom found later
            tries, steps = tries + 1, int(steps * _MORE_STEPS)
        self._open_again()

    def _serve_all(self, end: float) -> None:
        """Insertion may have left out somebody who can be served: a smaller fleet is looked for when all are."""
        threshold = self._threshold() * _FLEET_HEAT
        last = self.iterations + _STEPS_PER_TRY * len(self.numbers.requests)
        while self._used() < end and self.iterations < last and self.desk.counts[ABSENT] > 0:
            self._anneal(threshold, threshold, _FLEET_CHUNK)

    def _open_again(self) -> None:
        """Go back to the best runs, with all vehicles there are."""
        self.runs.is_open[:] = self._was_open
        self._forget_places()
        self._restore()

    def _forget_places(self) -> None:
        """What the memo knows was worked out with other costs."""
        self.desk.memo[:] = np.zeros((), dtype=MEMO)

    @property
    def _was_open(self) -> NDArray[np.bool_]:
        return pack_runs(self.given, self.problem, self.packed, self.numbers, room=self.room).is_open

    def _close_one(self, closed: int, end: float, most_steps: int, *, anew: bool) -> bool:
        """Try to serve everybody without one run and without any vehicle that is not used yet."""
        best, penalty, cost_used = self.best, self.desk.penalty.copy(), self.packed.cost_used.copy()
        limit = 2 * len(self.numbers.requests)
        codes = self._codes()
        codes[closed] = codes[closed][codes[closed] >= limit]
        self.packed.cost_used[:] = 0.0  # else it would be cheapest to close the others, too
        self._forget_places()
        self._take(codes)
        self.runs.is_open[:] = self.runs.is_open & self.runs.is_used
        mean = self._threshold()
        if anew:
            self._begin_anew()
        threshold = _FLEET_HEAT * mean
        self.desk.penalty[:] = np.minimum(penalty, _FIRST_PRICE * mean)
        chunk = _FLEET_CHUNK
        self.cost = self._total()
        last = self.iterations + most_steps
        while self._used() < end and self.iterations < last and self.desk.counts[ABSENT] > 0:
            before = self.budget.clock()
            self.best = -inf  # nothing is a best plan while prices are made up
            self._anneal(threshold, threshold, chunk)
            self.best = best
            self.desk.penalty[self.desk.absent[: self.desk.counts[ABSENT]]] += _DEARER * mean
            self.cost = self._total()
            if self.budget.iterations is None:
                chunk = min(_next_chunk(chunk, self.budget.clock() - before), _FLEET_CHUNK)
        self.desk.penalty[:] = penalty
        self.packed.cost_used[:] = cost_used
        self._forget_places()
        is_possible = self._take(self._codes())
        if is_possible and self.desk.counts[ABSENT] == 0 and self.cost < best:
            self.best = self.cost
            keep_best(self.runs, self.desk)
            return True
        return False

    def _show(self) -> None:
        """Make the best runs a plan with exact times, and tell whoever wants to know."""
        plan = self._plan()
        cost = plan_cost(plan, self.problem, self.weights)
        if cost < self.best_cost - 1e-6:
            self.best_plan, self.best_cost = plan, cost
            if self.on_better is not None:
                self.on_better(plan, cost)

    def _plan(self) -> Plan:
        runs: dict[ShiftId, Run] = dict(self.given.runs)
        for s, shift in enumerate(self.numbers.shifts):
            if self.runs.is_open[s]:
                n = int(self.desk.best_count[s])
                codes = self.desk.best_row[s, CODE : WIDTH * n : WIDTH]
                runs[shift.id] = _timed(shift, codes, self.problem, self.packed, self.numbers, self.given)
        served = Plan(runs).request_ids()
        return Plan(runs, frozenset(self.problem.requests.keys() - served) | (self.given.unserved - served))


def _timed(
    shift: Shift, codes: NDArray[np.int64], problem: Problem, packed: PackedProblem, numbers: Numbers, given: Plan
) -> Run:
    """A run with the times of the exact schedule."""
    before = given.runs.get(shift.id, Run(shift.id))
    fixed = fixed_count(before, problem)
    visits = [
        numbers.visit(int(code), int(packed.place[code]) if packed.place[code] != NO_PLACE else int(shift.start))
        for code in codes
    ]
    placed = with_breaks_in_place(shift, [*before.visits[:fixed], *visits[fixed:]])
    starts_s = start_times(shift, placed, problem, fixed=fixed)
    if starts_s is None:
        msg = f"the search made a run of shift {shift.id} that has no schedule"
        raise RuntimeError(msg)
    return Run(shift.id, with_times(placed, starts_s))


def new_desk(
    packed: PackedProblem,
    runs: PackedRuns,
    groups: NDArray[np.int32],
    can_move: NDArray[np.bool_],
    given: Plan,
    numbers: Numbers,
) -> Desk:
    """Everything a search works with beside the runs; whoever is in no run is absent."""
    requests, shifts, room = packed.limit.size, runs.count.size, runs.ahead.shape[1] - 1
    absent = np.zeros(requests, dtype=np.int32)
    missing = np.flatnonzero(runs.where < 0)
    absent[: missing.size] = missing
    bits = min(_MOST_MEMO_BITS, (_MEMO_FACTOR * requests * shifts).bit_length())
    penalty = packed.penalty.copy()
    for request_id in given.request_ids():
        if request_id in numbers.of_request:
            penalty[numbers.of_request[request_id]] = NEVER
    return Desk(
        near=neighbours(packed, can_move),
        can_move=can_move,
        saved=empty_runs(shifts, requests, packed.load.shape[1], room),
        is_saved=np.zeros(shifts, dtype=np.bool_),
        touched=np.zeros(shifts, dtype=np.int32),
        group=groups,
        tried=np.zeros(shifts, dtype=np.int32),
        absent=absent,
        removed=np.zeros(requests, dtype=np.int32),
        absent_before=np.zeros(requests, dtype=np.int32),
        key=np.zeros(requests),
        counts=np.array([missing.size, 0, 0], dtype=np.int64),
        penalty=penalty,
        memo=np.zeros(2**bits, dtype=MEMO),
        memo_shift=np.array([64 - bits], dtype=np.uint64),
        best_row=np.zeros((shifts, WIDTH * (room + 1)), dtype=np.int64),
        best_count=np.zeros(shifts, dtype=np.int32),
        best_where=np.zeros(requests, dtype=np.int32),
    )


def neighbours(packed: PackedProblem, can_move: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The requests that have most to do with each, itself first; of those that may be moved, if any may.

    Two visits are near if one can follow the other after a short drive and a short wait; two requests are as near as
    the nearest of their visits. The row of a request that stays where it is is that of another: a search that begins
    anywhere takes out what may be taken out.
    """
    movable = np.flatnonzero(can_move)
    if movable.size == 0:
        return np.zeros((can_move.size, 0), dtype=np.int32)
    size = movable.size
    ends = np.stack((2 * movable, 2 * movable + 1), axis=1).ravel()
    earliest, latest, service = (v[ends].astype(np.float64) for v in (packed.earliest, packed.latest, packed.service))
    places = packed.place[ends]
    way = packed.duration[np.ix_(places, places)].astype(np.float64)
    wait = np.maximum(0.0, earliest[None, :] - latest[:, None] - service[:, None] - way)
    far = np.where((earliest + service)[:, None] + way > latest[None, :], inf, way + _WAIT_WEIGHT * wait)
    between = np.minimum(far, far.T).reshape(size, 2, size, 2).min(axis=(1, 3))
    np.fill_diagonal(between, -1.0)
    near = movable[np.argsort(between, axis=1, kind="stable")[:, : min(size, _NEIGHBOURS)]].astype(np.int32)
    rows = np.arange(can_move.size) % size
    rows[movable] = np.arange(size)
    return near[rows]


def _not_around(problem: Problem, around: TimeWindow) -> frozenset[RequestId]:
    """The requests that cannot be under way in a time."""
    return frozenset(
        request.id
        for request in problem.requests.values()
        if request.dropoff_window.latest_s < around.earliest_s or request.pickup_window.earliest_s > around.latest_s
    )


def _groups(problem: Problem, given: Plan, numbers: Numbers, packed: PackedProblem) -> NDArray[np.int32]:
    """The same number for shifts that are the same but for their names and have nothing fixed or locked."""
    seen: dict[object, int] = {}
    groups = np.zeros(len(numbers.shifts), dtype=np.int32)
    for s, shift in enumerate(numbers.shifts):
        run = given.runs.get(shift.id, Run(shift.id))
        alike = replace(shift, id=ShiftId(""), vehicle_id=numbers.shifts[0].vehicle_id)
        is_free = fixed_count(run, problem) == 0 and shift.id not in problem.order_locked
        key: object = (alike, packed.allowed[:, s].tobytes()) if is_free else shift.id
        groups[s] = seen.setdefault(key, len(seen))
    return groups


def _can_move(problem: Problem, given: Plan, search: Search) -> NDArray[np.bool_]:
    """Who may be taken out of the run: nobody whose visit is fixed or whose run is locked or late."""
    can_move = np.ones(len(search.numbers.requests), dtype=np.bool_)
    for run in given.runs.values():
        row = search.numbers.of_shift.get(run.shift_id)
        is_stuck = row is None or run.shift_id in problem.order_locked or not search.runs.is_open[row]
        held: frozenset[RequestId | None] = frozenset(
            visit.request_id for visit in run.visits[: None if is_stuck else fixed_count(run, problem)]
        )
        for request_id in held:
            if request_id is not None and request_id in search.numbers.of_request:
                can_move[search.numbers.of_request[request_id]] = False
    return can_move


def _next_chunk(chunk: int, seconds: float) -> int:
    """How many steps to do at once, so that the clock is looked at often enough and the threshold falls smoothly."""
    if seconds <= 0:
        return chunk * 2
    return max(10, min(chunk * 2, int(chunk * _CHUNK_S / seconds)))
