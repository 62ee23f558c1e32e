"""Compiled: what is known of each gap between the visits of a run before anything is put in, for any travel times."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.compiled import compiled_loop
from routing.runs_kernel import (
    CODE,
    FAR,
    HERE,
    LOW,
    MATE,
    STEP,
    UP,
    WIDTH,
    Sheet,
    settle,
    timed_totals,
    write_limits,
)

if TYPE_CHECKING:
    from routing.packed import PackedProblem

ON_BOARD, TIGHT, SHORT, USED = range(4)


class Gaps(NamedTuple):
    """What is known of each run, and of each gap: before a visit, or behind the last.

    Parameters
    ----------
    visits, fixed, is_open
        ``(S,)`` how many visits there are, how many of them are facts, and whether they keep their limits.
    code, start
        ``(S, C + 1)`` of the visit behind the gap as the plan has it.
    before, ahead
        ``(S, C + 1)`` where the vehicle stands before the gap, and where it drives then.
    ready
        ``(S, C + 1)`` the vehicle can't set off before.
    due, due_anyway
        ``(S, C + 1)`` the visit behind the gap can't begin later, if nothing is put in behind it, and whatever is.
    riders
        ``(S, C + 1)`` how many people are on board in the gap.
    room
        ``(S, C + 1, D)`` what they take.
    totals
        ``(S, 4)`` what the run adds up to as the plan has it.
    least_on_board
        ``(S,)`` riders' seconds on board if nobody ever waited.
    """

    visits: NDArray[np.int32]
    fixed: NDArray[np.int32]
    is_open: NDArray[np.bool_]
    code: NDArray[np.int32]
    start: NDArray[np.int64]
    before: NDArray[np.int32]
    ahead: NDArray[np.int32]
    ready: NDArray[np.int64]
    due: NDArray[np.int64]
    due_anyway: NDArray[np.int64]
    riders: NDArray[np.int64]
    room: NDArray[np.int32]
    totals: NDArray[np.int64]
    least_on_board: NDArray[np.int64]


@compiled_loop
def survey(p: "PackedProblem", gaps: Gaps, s: int, sheet: Sheet) -> None:
    """Work out what is known of a run from its codes and starts."""
    n, fixed = gaps.visits[s], gaps.fixed[s]
    pauses_from = 2 * p.limit.size
    row = sheet.row
    now = p.spans[2]
    for k in range(n):
        row[WIDTH * k + CODE] = gaps.code[s, k]
        row[WIDTH * k + LOW] = gaps.start[s, k] if k < fixed else -FAR
    gaps.code[s, n] = -1
    gaps.is_open[s] = write_limits(p, s, n, fixed, sheet)
    if not gaps.is_open[s]:
        return
    gaps.before[s, 0] = p.shift_from[s]
    gaps.ready[s, 0] = max(now, p.begins[s])
    gaps.riders[s, 0] = 0
    gaps.room[s, 0] = 0
    clock = -FAR
    total, straight = np.int64(0), np.int64(0)
    for k in range(n):
        b = WIDTH * k
        c = row[b + CODE]
        clock = row[b + LOW] if k == 0 else max(row[b + LOW], clock + row[b + STEP])
        gaps.before[s, k + 1] = row[b + HERE]
        gaps.ready[s, k + 1] = max(now, clock + p.service[c])
        gaps.riders[s, k + 1] = gaps.riders[s, k]
        for d in range(p.load.shape[1]):
            gaps.room[s, k + 1, d] = gaps.room[s, k, d]
        if c < pauses_from:
            sign = 1 if c & 1 == 0 else -1
            gaps.riders[s, k + 1] += sign * p.riders[c >> 1]
            for d in range(p.load.shape[1]):
                gaps.room[s, k + 1, d] += sign * p.load[c >> 1, d]
        # As if nobody ever waited; facts are as they are.
        straight = row[b + LOW] if k < fixed else straight + row[b + STEP]
        sheet.start[k] = straight
        m = row[b + MATE]
        if 0 <= m < k:
            total += p.riders[c >> 1] * (straight - sheet.start[m] - p.service[c - 1])
    gaps.least_on_board[s] = total
    gaps.ahead[s, n] = row[WIDTH * n + HERE]
    gaps.due[s, n] = gaps.due_anyway[s, n] = row[WIDTH * n + UP]
    for k in range(n - 1, -1, -1):
        b = WIDTH * k
        c = row[b + CODE]
        moves = c >= pauses_from and p.place[c] < 0
        gaps.ahead[s, k] = gaps.ahead[s, k + 1] if moves else row[b + HERE]
        gaps.due[s, k] = gaps.due_anyway[s, k] = row[b + UP]
        if k >= fixed:
            way = p.service[c] if moves else row[b + WIDTH + STEP]
            gaps.due[s, k] = min(row[b + UP], gaps.due[s, k + 1] - way)
            gaps.due_anyway[s, k] = min(row[b + UP], gaps.due_anyway[s, k + 1] - p.service[c])
    gaps.is_open[s] = settle(p, s, n, fixed, 1, n + 1, row)
    for k in range(n):
        sheet.start[k] = gaps.start[s, k]
    on_board, tight, short = timed_totals(p, n, sheet)
    gaps.totals[s, ON_BOARD] = on_board
    gaps.totals[s, TIGHT] = tight
    gaps.totals[s, SHORT] = short
    gaps.totals[s, USED] = 0
    for k in range(n):
        if row[WIDTH * k + CODE] < pauses_from:
            gaps.totals[s, USED] = 1


@compiled_loop
def survey_all(p: "PackedProblem", gaps: Gaps, sheet: Sheet) -> None:
    """Work out what is known of every open run."""
    for s in range(gaps.visits.size):
        if gaps.is_open[s]:
            survey(p, gaps, s, sheet)
