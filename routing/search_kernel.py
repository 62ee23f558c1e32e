"""Compiled: ruin and recreate. Take some neighbouring rides out, put them back one by one, keep what is not too bad.

The moves are those of J. Christiaens and G. Vanden Berghe (2020), Slack induction by string removals for vehicle
routing problems, Transportation Science 54, 417-433, made for rides: with a visit its other end leaves, too. A new plan
is kept if it is not dearer than the old one by more than a threshold that falls (simulated annealing, S. Kirkpatrick,
C. D. Gelatt and M. P. Vecchi 1983).
"""

# mypy: disable-error-code="assignment, no-any-return, return-value"
# (to compiled loops NumPy's and Python's numbers are the same)

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.compiled import compiled_loop
from routing.pool_kernel import Pool, remember
from routing.runs_kernel import CODE, WIDTH, Sheet, best_in_run, insert, refresh, throw

if TYPE_CHECKING:
    from routing.packed import PackedProblem, PackedRuns

LEAST_GAIN = 1e-6

# What ``Desk.counts`` counts.
ABSENT, TOUCHED, REMOVED = 0, 1, 2

_ODD = np.uint64(0x9E3779B97F4A7C15)
_ODD_TOO = np.uint64(0xD1B54A32D192ED03)


class Tuning(NamedTuple):
    """How the search behaves.

    Parameters
    ----------
    visits
        How many visits a ruin takes out on average, before their other ends.
    longest
        Most visits in a row.
    split, split_on
        How often a string keeps some visits in its middle, and how likely it is that those are more.
    blink, blink_gap
        How often a run is not looked at properly when a request is put in: one that was ruined with so many of its
        gaps overlooked, another not at all.
    look
        How often a run is tried that was not ruined and for which the cheapest place is not known any more.
    worth
        Runs of plans that cost at most this part more than the best are put into the pool.
    """

    visits: float = 10.0
    longest: int = 10
    split: float = 0.5
    split_on: float = 0.01
    blink: float = 0.1
    blink_gap: float = 0.1
    worth: float = 0.05
    look: float = 0.2


MEMO = np.dtype([("key", np.uint64), ("cost", np.float64), ("i", np.int32), ("j", np.int32)])
"""What is known of one request and one run: both as one number; added cost and positions of the request's cheapest
place, or -1 if there is none for less than that cost."""


class Desk(NamedTuple):
    """What one search works with beside the runs.

    Parameters
    ----------
    near
        ``(R, N)`` the requests that have most to do with each, itself first.
    can_move
        ``(R,)`` whether a request may be taken out of its run.
    saved
        Room for the runs as they were before a step.
    is_saved, touched
        ``(S,)`` which runs are saved; their numbers.
    group, tried
        ``(S,)`` shifts of one group are interchangeable; for whom an empty one of a group was last tried.
    absent, removed
        ``(R,)`` who is in no run; who was taken out in this step.
    absent_before
        ``(R,)`` the absent before the step.
    key
        ``(R,)`` order in which requests are put in.
    counts
        How many are absent, touched, removed.
    penalty
        ``(R,)`` cost of leaving out.
    memo
        ``(H,)`` the cheapest places worked out lately, at places that their keys give.
    memo_shift
        By how many bits a key is shifted to the right to give its place in the memo, ``(1,)``.
    best_row, best_count, best_where
        The best runs found, as in the runs.
    """

    near: NDArray[np.int32]
    can_move: NDArray[np.bool_]
    saved: "PackedRuns"
    is_saved: NDArray[np.bool_]
    touched: NDArray[np.int32]
    group: NDArray[np.int32]
    tried: NDArray[np.int32]
    absent: NDArray[np.int32]
    removed: NDArray[np.int32]
    absent_before: NDArray[np.int32]
    key: NDArray[np.float64]
    counts: NDArray[np.int64]
    penalty: NDArray[np.float64]
    memo: NDArray[np.void]
    memo_shift: NDArray[np.uint64]
    best_row: NDArray[np.int64]
    best_count: NDArray[np.int32]
    best_where: NDArray[np.int32]


@compiled_loop
def copy_run(source: "PackedRuns", target: "PackedRuns", s: int) -> None:
    """Copy everything that is kept of one run."""
    n = source.count[s]
    target.count[s] = n
    target.drive[s] = source.drive[s]
    target.timed[s] = source.timed[s]
    target.least[s] = source.least[s]
    target.version[s] = source.version[s]
    target.stands[s] = source.stands[s]
    target.is_used[s] = source.is_used[s]
    old, new = source.row[s], target.row[s]
    for q in range(WIDTH * (n + 1)):
        new[q] = old[q]
    old_late, new_late = source.late[s], target.late[s]
    old_ahead, new_ahead = source.ahead[s], target.ahead[s]
    for k in range(n + 1):
        new_late[k] = old_late[k]
    for k in range(n + 1):
        new_ahead[k] = old_ahead[k]
    for d in range(source.room.shape[2]):
        for k in range(n + 1):
            target.room[s, k, d] = source.room[s, k, d]


@compiled_loop
def _touch(runs: "PackedRuns", desk: Desk, s: int) -> None:
    """Save a run before it is changed for the first time in a step."""
    if not desk.is_saved[s]:
        copy_run(runs, desk.saved, s)
        desk.is_saved[s] = True
        desk.touched[desk.counts[TOUCHED]] = s
        desk.counts[TOUCHED] += 1


@compiled_loop
def name_run(runs: "PackedRuns", desk: Desk, s: int) -> None:
    """Give a changed run the number of its visits: runs with the same visits have the same, others another.

    (Other visits have the same number once in 2^64 times.)
    """
    key = np.uint64(desk.group[s] + 1) * _ODD
    row = runs.row[s]
    for k in range(runs.count[s]):
        key = (key ^ np.uint64(row[WIDTH * k + CODE] + 1)) * _ODD
        key ^= key >> np.uint64(29)
    runs.version[s] = key


@compiled_loop
def _best_known(
    p: "PackedProblem",
    runs: "PackedRuns",
    memo: NDArray[np.void],
    memo_shift: np.uint64,
    s: int,
    r: int,
    bound: float,
    look: float,
    sheet: Sheet,
    dice: NDArray[np.uint64],
) -> tuple[float, int, int]:
    """The cheapest place for a request in one run, from the memo if it is there.

    If not, it is worked out with probability ``look``.
    """
    key = (runs.version[s] ^ (np.uint64(r + 1) * _ODD_TOO)) * _ODD
    known = memo[key >> memo_shift]
    if known.key == key:
        if known.i >= 0:
            return known.cost, known.i, known.j
        if known.cost >= bound:
            return bound, -1, -1
    if look < 1.0 and throw(dice) > look:
        return bound, -1, -1
    cost, i, j = best_in_run(p, runs, s, r, bound, sheet, 0.0, dice)
    known.key, known.cost, known.i, known.j = key, cost, i, j
    return cost, i, j


@compiled_loop
def _take_out(p: "PackedProblem", runs: "PackedRuns", s: int) -> None:
    """Close the gaps of those who were marked as removed (``where`` below zero) in a run."""
    requests = p.limit.size
    n, kept = runs.count[s], 0
    row = runs.row[s]
    for k in range(n):
        code = runs.row[s, WIDTH * k + CODE]
        if code >= 2 * requests or runs.where[code // 2] == s:
            row[WIDTH * kept + CODE] = code
            kept += 1
    runs.count[s] = kept


@compiled_loop
def _ruin(p: "PackedProblem", runs: "PackedRuns", desk: Desk, tuning: Tuning, dice: NDArray[np.uint64]) -> None:
    """Take strings of visits out of runs that lie near each other."""
    requests = p.limit.size
    used, visits = 0, 0
    for s in range(runs.count.size):
        if runs.count[s] > 0:
            used += 1
            visits += runs.count[s]
    longest = max(1.0, min(float(tuning.longest), visits / max(used, 1)))
    strings = int(throw(dice) * (4.0 * tuning.visits / (1.0 + longest) - 1.0)) + 1
    seed = int(throw(dice) * requests)
    for other in range(desk.near.shape[1]):
        if strings == 0:
            break
        r = desk.near[seed, other]
        s = runs.where[r]
        if s < 0 or desk.is_saved[s] or not desk.can_move[r] or not runs.is_open[s]:
            continue
        strings -= 1
        _touch(runs, desk, s)
        n, fixed = runs.count[s], runs.fixed[s]
        wanted = 2 * r if throw(dice) < 0.5 else 2 * r + 1
        at = fixed
        for k in range(fixed, n):
            if runs.row[s, WIDTH * k + CODE] == wanted:
                at = k
                break
        size = min(n - fixed, int(throw(dice) * min(float(n - fixed), longest)) + 1)
        kept = 0
        if size > 1 and throw(dice) < tuning.split:
            kept = 1
            while size + kept < n - fixed and throw(dice) > tuning.split_on:
                kept += 1
        span = size + kept
        first = max(fixed, at - span + 1)
        last = min(at, n - span)
        begin = first + int(throw(dice) * (last - first + 1))
        hole = begin + 1 + int(throw(dice) * max(1, size - 1)) if kept > 0 else n
        for k in range(begin, begin + span):
            if hole <= k < hole + kept:
                continue
            code = runs.row[s, WIDTH * k + CODE]
            if code < 2 * requests and desk.can_move[code // 2] and runs.where[code // 2] == s:
                runs.where[code // 2] = -1
                desk.removed[desk.counts[REMOVED]] = code // 2
                desk.counts[REMOVED] += 1
        _take_out(p, runs, s)


@compiled_loop
def _order(p: "PackedProblem", desk: Desk, first: int, last: int, dice: NDArray[np.uint64]) -> None:
    """Sort the absent from ``first`` on: at random, by tightness, by length, by time."""
    choice = throw(dice)
    for a in range(first, last):
        r = desk.absent[a]
        if choice < 0.4:
            key = throw(dice)
        elif choice < 0.6:
            key = float(min(p.latest[2 * r] - p.earliest[2 * r], p.latest[2 * r + 1] - p.earliest[2 * r + 1]))
        elif choice < 0.75:
            key = -float(p.duration[p.place[2 * r], p.place[2 * r + 1]])
        elif choice < 0.9:
            key = float(p.earliest[2 * r] + p.earliest[2 * r + 1])
        else:
            key = -float(p.earliest[2 * r] + p.earliest[2 * r + 1])
        desk.key[r] = key
    for a in range(first + 1, last):
        r = desk.absent[a]
        b = a
        while b > first and desk.key[desk.absent[b - 1]] > desk.key[r]:
            desk.absent[b] = desk.absent[b - 1]
            b -= 1
        desk.absent[b] = r


@compiled_loop
def recreate(
    p: "PackedProblem",
    runs: "PackedRuns",
    desk: Desk,
    tuning: Tuning,
    sheet: Sheet,
    allowed: float,
    dice: NDArray[np.uint64],
) -> float:
    """Put the absent where they cost least, one after the other.

    Returns what that costs with the penalties of those who stay absent; infinity as soon as it is more than
    ``allowed``: as each costs something, the rest need not be tried.
    """
    shifts = runs.count.size
    still, total = 0, 0.0
    desk.tried[:] = 0
    memo_shift = desk.memo_shift[0]
    for a in range(desk.counts[ABSENT]):
        r = desk.absent[a]
        best, best_s, best_i, best_j = allowed - total, -1, -1, -1
        for s in range(shifts):
            if not runs.is_open[s]:  # asked here, because the memo does not know it
                continue
            if not runs.is_used[s]:  # of several empty vehicles that are all the same, one is enough
                if desk.tried[desk.group[s]] == a + 1:
                    continue
                desk.tried[desk.group[s]] = a + 1
            if tuning.blink > 0.0 and throw(dice) < tuning.blink:
                if not desk.is_saved[s]:
                    continue
                cost, i, j = best_in_run(p, runs, s, r, best, sheet, tuning.blink_gap, dice)
            else:
                look = 1.0 if desk.is_saved[s] or best_s < 0 else tuning.look
                cost, i, j = _best_known(p, runs, desk.memo, memo_shift, s, r, best, look, sheet, dice)
            if i >= 0 and cost < best:
                best, best_s, best_i, best_j = cost, s, i, j
        if best_s >= 0 and best < desk.penalty[r]:
            _touch(runs, desk, best_s)
            insert(runs, best_s, r, best_i, best_j)
            refresh(p, runs, best_s, sheet)
            name_run(runs, desk, best_s)
            total += best
        else:
            desk.absent[still] = r
            still += 1
            total += desk.penalty[r]
        if total > allowed:
            return np.inf
    desk.counts[ABSENT] = still
    return total


@compiled_loop
def anneal(
    p: "PackedProblem",
    runs: "PackedRuns",
    desk: Desk,
    pool: Pool,
    tuning: Tuning,
    sheet: Sheet,
    dice: NDArray[np.uint64],
    cost: float,
    best: float,
    hot: float,
    cold: float,
    steps: int,
) -> tuple[float, float]:
    """So many steps of ruin and recreate while the threshold falls from ``hot`` to ``cold``.

    Returns the cost of the runs as they are then, and that of the best ever found, which is in ``desk``.
    """
    requests = p.limit.size
    if requests == 0:
        return cost, best
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    threshold = hot
    counts = desk.counts
    for _ in range(steps):
        threshold *= cooling
        counts[TOUCHED] = 0
        counts[REMOVED] = 0
        before = counts[ABSENT]
        old = 0.0
        for a in range(before):
            desk.absent_before[a] = desk.absent[a]
            old += desk.penalty[desk.absent[a]]
        _ruin(p, runs, desk, tuning, dice)
        is_possible = True
        for t in range(counts[TOUCHED]):
            is_possible = refresh(p, runs, desk.touched[t], sheet) and is_possible
            name_run(runs, desk, desk.touched[t])
        for a in range(counts[REMOVED]):
            desk.absent[before + a] = desk.removed[a]
        counts[ABSENT] = before + counts[REMOVED]
        # What is saved so far; a plan that is dearer by up to ``spare`` is kept.
        change, spare = -old, -threshold * np.log(1.0 - throw(dice))
        if is_possible:
            for t in range(counts[TOUCHED]):
                s = desk.touched[t]
                change += runs.drive[s] + runs.timed[s] - desk.saved.drive[s] - desk.saved.timed[s]
            _order(p, desk, 0, counts[ABSENT], dice)
            change += recreate(p, runs, desk, tuning, sheet, spare - change, dice)
        if is_possible and change < spare:
            cost += change
            is_near = cost < best + tuning.worth * abs(best)
            for t in range(counts[TOUCHED]):
                s = desk.touched[t]
                desk.is_saved[s] = False
                if is_near and runs.version[s] != desk.saved.version[s]:
                    remember(p, runs, pool, s)
            if cost < best - LEAST_GAIN:
                best = cost
                keep_best(runs, desk)
        else:
            undo(p, runs, desk, before)
    return cost, best


@compiled_loop
def keep_best(runs: "PackedRuns", desk: Desk) -> None:
    """Remember the runs as the best."""
    for s in range(runs.count.size):
        desk.best_count[s] = runs.count[s]
        for q in range(WIDTH * runs.count[s]):
            desk.best_row[s, q] = runs.row[s, q]
    for r in range(runs.where.size):
        desk.best_where[r] = runs.where[r]


@compiled_loop
def undo(p: "PackedProblem", runs: "PackedRuns", desk: Desk, absent: int) -> None:
    """Put the runs back as they were before the step, when ``absent`` requests were in none."""
    requests = p.limit.size
    for a in range(absent):
        desk.absent[a] = desk.absent_before[a]
        runs.where[desk.absent_before[a]] = -1
    desk.counts[ABSENT] = absent
    for t in range(desk.counts[TOUCHED]):
        s = desk.touched[t]
        copy_run(desk.saved, runs, s)
        desk.is_saved[s] = False
        for k in range(runs.count[s]):
            code = runs.row[s, WIDTH * k + CODE]
            if code < 2 * requests:
                runs.where[code // 2] = s
