"""The best set of runs out of all that a search has seen: set partitioning.

After S. N. Parragh and V. Schmid (2013), Hybrid column generation and large neighborhood search for the dial-a-ride
problem, Computers & Operations Research 40, 490-497: every request in exactly one of the chosen runs. The linear
relaxation (HiGHS) gives each run a reduced cost; a run whose reduced cost is more than what the best plan lies above
the relaxation can't be in a better plan and is left out. OR-Tools' CP-SAT chooses among the rest.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import csc_array

from routing.pool_kernel import CODES, RUNS, Pool

_RUNS_EACH, _MOST_RUNS = 2_000, 150_000
"""Room for so many runs for each request; it has never been full within a minute."""
_CODES_EACH = 30
_FEW, _MANY = 600, 1_200
"""CP-SAT chooses among so many runs of the least reduced costs. Measured on pr05, a8-80 and b8-96: 600 take it 0.05 s,
1,200 take 0.8 s, 1,500 four seconds and more without a proof; and the best choice was among the first 600."""
_MOST_EFFORT = 2.0
"""Of CP-SAT's own measure, about as many seconds: where nothing may depend on a clock, it ends there."""
_SCALE = 1_000
"""Costs are counted in thousandths of the mean cost of a request's share: finer than any difference that matters."""


def new_pool(requests: int, group: NDArray[np.int32], rng: np.random.Generator) -> Pool:
    """An empty pool for so many requests and for shifts of these groups."""
    runs = min(_MOST_RUNS, _RUNS_EACH * (requests + 1))
    return Pool(
        request_key=rng.integers(1, 2**63, requests, dtype=np.uint64),
        group_key=rng.integers(1, 2**63, group.size, dtype=np.uint64),
        group=group,
        place=np.full(2 ** (2 * runs).bit_length(), -1, dtype=np.int32),
        key=np.zeros(runs, dtype=np.uint64),
        cost=np.zeros(runs),
        of_group=np.zeros(runs, dtype=np.int32),
        begin=np.zeros(runs + 1, dtype=np.int32),
        codes=np.zeros(_CODES_EACH * runs, dtype=np.int32),
        used=np.zeros(2, dtype=np.int64),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """Runs chosen from a pool: the group and the codes of each."""

    runs: tuple[tuple[int, NDArray[np.int32]], ...]
    cost: float


def choose(
    pool: Pool, penalty: NDArray[np.float64], best: float, *, seconds: float, seed: int, is_thorough: bool
) -> Choice | None:
    """The cheapest plan made of runs of the pool, if it costs less than ``best`` and is found in time; else None.

    Parameters
    ----------
    penalty
        ``(R,)`` what it costs to serve a request by no run.
    best
        Cost of the best plan known, with the same penalties.
    seconds
        How long all of it may take, by the clock on the wall (neither solver knows another); infinite if what comes out
        must be the same on every machine.
    is_thorough
        Whether to choose among more runs than can be done in a moment.
    """
    end = time.monotonic() + seconds
    count, requests = int(pool.used[RUNS]), penalty.size
    if count == 0:
        return None
    codes, begin = pool.codes[: pool.used[CODES]], pool.begin[: count + 1]
    is_pickup = (codes < 2 * requests) & (codes % 2 == 0)
    of_run = np.repeat(np.arange(count), np.diff(begin))[is_pickup]
    served = csc_array((np.ones(of_run.size), (codes[is_pickup] // 2, of_run)), shape=(requests, count))
    sizes = np.bincount(pool.group)
    groups = csc_array((np.ones(count), (pool.of_group[:count], np.arange(count))), shape=(sizes.size, count))
    cost = pool.cost[:count]
    relaxed = linprog(  # type: ignore[call-overload]  # its stubs don't know sparse rows
        np.concatenate((cost, penalty)),
        A_eq=_beside(served, csc_array(np.eye(requests))),
        b_eq=np.ones(requests),
        A_ub=_beside(groups, csc_array((sizes.size, requests))),
        b_ub=sizes,
        method="highs",
        options={"time_limit": seconds} if isfinite(seconds) else {},
    )
    if relaxed.x is None or relaxed.status != 0:
        return None
    reduced = cost - served.T @ relaxed.eqlin.marginals - groups.T @ relaxed.ineqlin.marginals
    worth = np.flatnonzero(reduced <= best - relaxed.fun)
    worth = worth[np.argsort(reduced[worth], kind="stable")]
    chosen = None
    for size in (_FEW, _MANY):
        some = worth[:size]
        seconds = end - time.monotonic()
        if seconds <= 0:
            break
        found = _solve(cost[some], served[:, some], groups[:, some], sizes, (penalty, best), seconds=seconds, seed=seed)
        if found is not None:
            chosen, best = found, min(best, float(cost[some][found].sum()))
        if worth.size <= size or not is_thorough:
            break
    if chosen is None:
        return None
    picked = worth[chosen]
    left_out = np.ones(requests, dtype=np.bool_)
    left_out[served[:, picked].indices] = False
    return Choice(
        tuple((int(pool.of_group[m]), codes[begin[m] : begin[m + 1]]) for m in picked),
        float(cost[picked].sum() + penalty[left_out].sum()),
    )


def _beside(left: csc_array, right: csc_array) -> csc_array:
    return csc_array(
        (
            np.concatenate((left.data, right.data)),
            np.concatenate((left.indices, right.indices)),
            np.concatenate((left.indptr, left.indptr[-1] + right.indptr[1:])),
        ),
        shape=(left.shape[0], left.shape[1] + right.shape[1]),
    )


def _solve(
    cost: NDArray[np.float64],
    served: csc_array,
    groups: csc_array,
    sizes: NDArray[np.int64],
    bounds: tuple[NDArray[np.float64], float],
    *,
    seconds: float,
    seed: int,
) -> Sequence[int] | None:
    """Which of the runs make the cheapest plan, or None if none better than the best was found in time."""
    penalty, best = bounds
    requests = penalty.size
    unit = _SCALE * max(1, requests) / max(best, 1e-9)
    model = cp_model.CpModel()
    takes = [model.new_bool_var("") for _ in range(cost.size)]
    by_request: list[list[cp_model.IntVar]] = [[] for _ in range(requests)]
    by_group: list[list[cp_model.IntVar]] = [[] for _ in range(sizes.size)]
    for run, take in enumerate(takes):
        for request in served.indices[served.indptr[run] : served.indptr[run + 1]]:
            by_request[request].append(take)
        by_group[groups.indices[groups.indptr[run]]].append(take)
    can_leave = penalty < best
    leaves = {int(request): model.new_bool_var("") for request in np.flatnonzero(can_leave)}
    for request, row in enumerate(by_request):
        model.add_exactly_one(row + ([leaves[request]] if request in leaves else []))
    for row, size in zip(by_group, sizes, strict=True):
        if len(row) > size:
            model.add(sum(row) <= int(size))
    total = sum(round(float(value) * unit) * take for value, take in zip(cost, takes, strict=True)) + sum(
        round(float(penalty[request]) * unit) * leave for request, leave in leaves.items()
    )
    model.add(total <= int(best * unit))
    model.minimize(total)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    if isfinite(seconds):
        solver.parameters.max_time_in_seconds = seconds
    solver.parameters.max_deterministic_time = min(seconds, _MOST_EFFORT)
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [run for run, take in enumerate(takes) if solver.value(take)]
