"""Compiled: the runs that a search has seen, each set of requests with the cheapest order that served it."""

# mypy: disable-error-code="assignment, no-any-return, return-value"
# (to compiled loops NumPy's and Python's numbers are the same)

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.compiled import compiled_loop
from routing.runs_kernel import CODE, WIDTH

if TYPE_CHECKING:
    from routing.packed import PackedProblem, PackedRuns

RUNS, CODES = 0, 1


class Pool(NamedTuple):
    """Runs seen, in the order in which they were first seen.

    Parameters
    ----------
    request_key, group_key
        Random numbers; the key of a run is all of its requests' and its group's, by exclusive or (A. Zobrist 1970).
    group
        ``(S,)`` shifts of the same group can drive each other's runs at the same cost.
    place, key
        ``(H,)`` hash table from keys to numbers of runs, -1 for none; ``(M,)`` key of each run.
    cost, of_group, begin, codes
        ``(M,)`` cost and group of a run; its codes are ``codes[begin[m]:begin[m + 1]]``.
    used
        How many runs and how many codes there are.
    """

    request_key: NDArray[np.uint64]
    group_key: NDArray[np.uint64]
    group: NDArray[np.int32]
    place: NDArray[np.int32]
    key: NDArray[np.uint64]
    cost: NDArray[np.float64]
    of_group: NDArray[np.int32]
    begin: NDArray[np.int32]
    codes: NDArray[np.int32]
    used: NDArray[np.int64]


@compiled_loop
def remember(p: "PackedProblem", runs: "PackedRuns", pool: Pool, s: int) -> None:
    """Put a run into the pool, or its order if it is cheaper than the one known; nothing if the pool is full."""
    requests = p.limit.size
    n = runs.count[s]
    row = runs.row[s]
    key = pool.group_key[pool.group[s]]
    has_riders = False
    for k in range(n):
        c = row[WIDTH * k + CODE]
        if c < 2 * requests and c & 1 == 0:
            key ^= pool.request_key[c >> 1]
            has_riders = True
    if not has_riders:
        return
    cost = runs.drive[s] + runs.timed[s]
    mask = np.uint64(pool.place.size - 1)
    at = key & mask
    while True:
        m = pool.place[at]
        if m < 0:
            break
        if pool.key[m] == key:
            if cost < pool.cost[m] - 1e-6 and pool.begin[m + 1] - pool.begin[m] == n:
                pool.cost[m] = cost
                for k in range(n):
                    pool.codes[pool.begin[m] + k] = row[WIDTH * k + CODE]
            return
        at = (at + np.uint64(1)) & mask
    m, end = pool.used[RUNS], pool.used[CODES]
    if m + 1 >= pool.cost.size or end + n > pool.codes.size:
        return
    pool.place[at] = m
    pool.key[m] = key
    pool.cost[m] = cost
    pool.of_group[m] = pool.group[s]
    for k in range(n):
        pool.codes[end + k] = row[WIDTH * k + CODE]
    pool.begin[m + 1] = end + n
    pool.used[RUNS] = m + 1
    pool.used[CODES] = end + n
