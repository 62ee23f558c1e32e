"""Compiled: the exact schedule of a run, and the cheapest place for a request in it.

The meaning of every limit is that of :mod:`routing.schedule` and :mod:`routing.objective`, number by number; tests hold
the two against each other. What is different is the work saved:

* the least and the greatest start of each visit are kept, so that most positions are ruled out by one comparison;
* after an insertion the least starts are raised from the old ones instead of computed anew (the least solution of more
  limits is never below that of fewer);
* of two places the dearer one's schedule is never worked out.

All limits are difference constraints (R. Bellman 1958, L. R. Ford 1956). For the classical schedule of dial-a-ride
routes see J.-F. Cordeau and G. Laporte (2003), A tabu search heuristic for the static multi-vehicle dial-a-ride
problem, Transportation Research Part B 37, 579-594; for insertion tests with slack kept in advance T. Gschwind and
M. Drexl (2019), Adaptive large neighborhood search with a constant-time feasibility test for the dial-a-ride problem,
Transportation Science 53, 480-491.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.compiled import compiled_loop

if TYPE_CHECKING:
    from routing.packed import PackedProblem, PackedRuns

FAR = 2**60
ROUNDING_S = 2
"""A detour over a place may seem a second faster than the direct way; an insertion makes two of them."""


WIDTH = 8
"""Numbers in a row for each visit, side by side because they are used and copied together."""
CODE, HERE, STEP, LOW, UP, MATE, MOST, FREE = range(WIDTH)


class Sheet(NamedTuple):
    """Room to work out one run with a request more.

    Parameters
    ----------
    row
        As a row of the runs.
    start
        By visit: when it begins.
    pickup_at
        By request: the position of its pickup.
    """

    row: NDArray[np.int64]
    start: NDArray[np.int64]
    pickup_at: NDArray[np.int32]


def new_sheet(room: int, requests: int) -> Sheet:
    """A sheet for runs of up to so many visits, of so many requests."""
    size = room + 4
    return Sheet(np.zeros(WIDTH * size, np.int64), np.zeros(size, np.int64), np.zeros(requests + 1, np.int32))


@compiled_loop
def throw(dice: NDArray[np.uint64]) -> float:
    """A random number of [0, 1); the generator's state is one number (G. Marsaglia 2003, xorshift64*)."""
    x = dice[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    dice[0] = x
    return np.float64((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@compiled_loop
def write_limits(p: "PackedProblem", s: int, n: int, fixed: int, sheet: Sheet) -> bool:
    """Fill the sheet from its codes. ``LOW`` of fixed visits is their time, of others something already known.

    Returns whether the range of the vehicle is enough.
    """
    pauses_from = 2 * p.limit.size
    row = sheet.row
    now = p.spans[2]
    range_m = p.range_m[s]
    before = np.int64(p.shift_from[s])
    done = np.int64(0)
    driven = np.int64(0)
    for k in range(n):
        b = WIDTH * k
        c = row[b + CODE]
        place = np.int64(p.place[c])
        row[b + MATE] = -1
        row[b + MOST] = 0
        limit = p.latest[c]
        if c >= pauses_from:
            if place < 0:
                place = before
        elif c & 1 == 0:
            sheet.pickup_at[c >> 1] = k
        else:
            m = sheet.pickup_at[c >> 1]
            if m < k and row[WIDTH * m + CODE] == c - 1:
                row[b + MATE] = m
                row[b + MOST] = p.limit[c >> 1]
                row[WIDTH * m + MATE] = k
                if m < fixed:
                    limit = min(limit, row[WIDTH * m + LOW] + p.limit[c >> 1])
        row[b + HERE] = place
        way = np.int64(p.duration[before, place])
        if range_m < FAR:
            driven += p.distance[before, place]
            if driven > range_m and k >= fixed:
                return False
            if c >= pauses_from and p.recharges[c - pauses_from]:
                driven = np.int64(0)
        if k < fixed:
            row[b + UP] = row[b + LOW]
            row[b + STEP] = -FAR
        else:
            row[b + STEP] = done + way
            leaves = now if k > 0 else max(now, p.begins[s])
            row[b + LOW] = max(row[b + LOW], p.earliest[c], leaves + way)
            row[b + UP] = limit
        before = place
        done = p.service[c]
    end = np.int64(p.shift_to[s])
    way = np.int64(p.duration[before, end])
    b = WIDTH * n
    row[b + CODE] = -1
    row[b + HERE] = end
    row[b + STEP] = done + way
    row[b + LOW] = p.begins[s] + (way if n == 0 else 0)
    row[b + UP] = p.ends[s]
    row[b + MATE] = -1
    row[b + MOST] = 0
    return bool(range_m >= FAR or driven + p.distance[before, end] <= range_m)


@compiled_loop
def settle(p: "PackedProblem", s: int, n: int, fixed: int, first: int, sure: int, row: NDArray[np.int64]) -> bool:
    """Raise ``LOW`` to the least starts that keep every limit; False if there are none.

    A sweep raises each visit to what the one before needs; a pickup whose ride would last too long (or the start of a
    shift that would) is raised, and the sweep begins again behind the first that was.

    Parameters
    ----------
    first
        The first visit that may have to be raised.
    sure
        Behind this one everything was settled before: where nothing is raised there any more, the sweep ends.
    """
    has_no_waiting = p.no_waiting.size > 0
    longest = FAR
    if p.max_duration[s] < FAR and n > 0:
        longest = p.max_duration[s] - p.duration[p.shift_from[s], row[HERE]]
    if row[LOW] > row[UP]:
        return False
    begin = max(first, fixed, 1)
    dirty = sure
    for _ in range(2 * n + 3):
        again = n + 1
        last = row[WIDTH * (begin - 1) + LOW]
        for k in range(begin, n + 1):
            b = WIDTH * k
            start = last + row[b + STEP]
            if start > row[b + LOW]:
                row[b + LOW] = start
            elif k > dirty:
                break
            else:
                start = row[b + LOW]
            if start > row[b + UP]:
                return False
            m = row[b + MATE]
            if 0 <= m < k:
                least = start - row[b + MOST]
                if least > row[WIDTH * m + LOW]:
                    if least > row[WIDTH * m + UP]:
                        return False
                    row[WIDTH * m + LOW] = least
                    again = min(again, m)
                    dirty = max(dirty, m + 1)
            if (
                has_no_waiting
                and fixed <= k < n
                and p.no_waiting[row[b + HERE]]
                and p.no_waiting[row[b - WIDTH + HERE]]
            ):
                least = start - row[b + STEP]
                if least > last:
                    if least > row[b - WIDTH + UP]:
                        return False
                    row[b - WIDTH + LOW] = least
                    again = min(again, k - 1)
                    dirty = max(dirty, k)
            last = start
        if longest < FAR:
            least = row[WIDTH * n + LOW] - longest
            if least > row[LOW]:
                if least > row[UP]:
                    return False
                row[LOW] = least
                again = 0
                dirty = max(dirty, 1)
        if again > n:
            return True
        # What was raised may be the later end of a wait that is not allowed; else it needs no second look itself.
        begin = max(again if has_no_waiting else again + 1, fixed, 1)
    return False


@compiled_loop
def _settle_late(p: "PackedProblem", runs: "PackedRuns", s: int) -> None:
    """Lower ``late`` to the greatest starts that keep every limit, those of fixed visits to their times.

    The way after a break that is taken where the vehicle stands is left out: the break may come to stand elsewhere.
    """
    n, fixed = runs.count[s], runs.fixed[s]
    pauses_from = 2 * p.limit.size
    late, row = runs.late[s], runs.row[s]
    for k in range(n + 1):
        late[k] = row[WIDTH * k + UP]
    begin = n - 1
    for _ in range(n + 2):
        again = -1
        for k in range(begin, fixed - 1, -1):
            b = WIDTH * k
            way = row[b + WIDTH + STEP]
            c = row[b + CODE]
            if c >= pauses_from and p.place[c] < 0:
                way = p.service[c]
            late[k] = min(late[k], late[k + 1] - way)
            d = row[b + MATE]
            if d > k:
                latest = late[k] + row[WIDTH * d + MOST]
                if latest < late[d]:
                    late[d] = latest
                    again = max(again, d)
        if again < 0:
            return
        begin = again


@compiled_loop
def fetch_later(p: "PackedProblem", n: int, fixed: int, sheet: Sheet) -> None:
    """Fill ``start`` as :func:`routing.schedule.start_times` does.

    Everything begins as early as it can, but a pickup as late as the next visit allows.
    """
    pauses_from = 2 * p.limit.size
    start, row = sheet.start, sheet.row
    for k in range(n + 1):
        start[k] = row[WIDTH * k + LOW]
    for k in range(n - 1, fixed - 1, -1):
        b = WIDTH * k
        c = row[b + CODE]
        if c < pauses_from and c & 1 == 0:
            start[k] = min(row[b + UP], start[k + 1] - row[b + WIDTH + STEP])
    if p.no_waiting.size > 0:
        for k in range(max(1, fixed), n):
            b = WIDTH * k
            c = row[b + CODE]
            is_pickup = c < pauses_from and c & 1 == 0
            if is_pickup and p.no_waiting[row[b + HERE]] and p.no_waiting[row[b - WIDTH + HERE]]:
                start[k] = min(start[k], start[k - 1] + row[b + STEP])


@compiled_loop
def timed_totals(p: "PackedProblem", n: int, sheet: Sheet) -> tuple[int, int, int]:
    """Riders' seconds on board, seconds too near to the ends of windows, seconds of short waits; by ``start``."""
    pauses_from = 2 * p.limit.size
    start, row = sheet.start, sheet.row
    on_board, tight, short = np.int64(0), np.int64(0), np.int64(0)
    for k in range(n):
        b = WIDTH * k
        c = row[b + CODE]
        if c < pauses_from:
            if c & 1 == 0:
                on_board -= p.riders[c >> 1] * (start[k] + p.service[c])
            else:
                on_board += p.riders[c >> 1] * start[k]
            tight += max(0, start[k] + p.spans[0] - p.promised[c])
        if k > 0:
            way = p.duration[row[b - WIDTH + HERE], row[b + HERE]]
            wait = start[k] - start[k - 1] - p.service[row[b - WIDTH + CODE]] - way
            if 0 < wait < p.spans[1]:
                short += wait
    return int(on_board), int(tight), int(short)


@compiled_loop
def timed_cost(p: "PackedProblem", n: int, fixed: int, sheet: Sheet) -> float:
    """The cost that depends on times, with the starts that :func:`routing.schedule.start_times` gives, in ``start``."""
    fetch_later(p, n, fixed, sheet)
    on_board, tight, short = timed_totals(p, n, sheet)
    return float(p.weights[0] * on_board + p.weights[1] * tight + p.weights[2] * short)


@compiled_loop
def refresh(p: "PackedProblem", runs: "PackedRuns", s: int, sheet: Sheet) -> bool:
    """Work out everything that is kept of a run from its codes (and its fixed visits' times); False if infeasible."""
    n, fixed = runs.count[s], runs.fixed[s]
    pauses_from = 2 * p.limit.size
    row, kept = sheet.row, runs.row[s]
    for k in range(n):
        row[WIDTH * k + CODE] = kept[WIDTH * k + CODE]
        row[WIDTH * k + LOW] = kept[WIDTH * k + LOW] if k < fixed else -FAR
    if not write_limits(p, s, n, fixed, sheet) or not settle(p, s, n, fixed, 1, n + 1, row):
        return False
    drive = 0.0
    is_used = False
    stands = p.range_m[s] < FAR
    cost = p.cost[p.cost_group[s]]
    room = runs.room[s]
    before = np.int64(p.shift_from[s])
    kinds = p.load.shape[1]
    for d in range(kinds):
        room[0, d] = 0
    for k in range(n):
        b = WIDTH * k
        c = row[b + CODE]
        row[b + FREE] = row[b + LOW] + p.service[c]
        if c < pauses_from:
            is_used = True
            sign = 1 if c & 1 == 0 else -1
            for d in range(kinds):
                room[k + 1, d] = room[k, d] + sign * p.load[c >> 1, d]
        else:
            stands = stands or p.place[c] < 0
            for d in range(kinds):
                room[k + 1, d] = room[k, d]
        drive += cost[before, row[b + HERE]]
        before = row[b + HERE]
    drive += cost[before, row[WIDTH * n + HERE]]
    for q in range(WIDTH * (n + 1)):
        kept[q] = row[q]
    _settle_late(p, runs, s)
    ahead = runs.ahead[s]
    ahead[n] = row[WIDTH * n + HERE]
    for k in range(n - 1, -1, -1):
        c = row[WIDTH * k + CODE]
        ahead[k] = ahead[k + 1] if c >= pauses_from and p.place[c] < 0 else row[WIDTH * k + HERE]
    runs.stands[s] = stands
    runs.is_used[s] = is_used
    runs.drive[s] = drive + (p.cost_used[s] if is_used else 0.0)
    runs.timed[s] = 0.0
    runs.least[s] = 0.0
    if p.is_timed[0]:
        runs.least[s] = _least_timed(p, n, fixed, sheet)
        runs.timed[s] = timed_cost(p, n, fixed, sheet)
    return True


@compiled_loop
def _least_timed(p: "PackedProblem", n: int, fixed: int, sheet: Sheet) -> float:
    """A cost that no schedule of these visits, or of more, falls short of: nobody waits in the vehicle."""
    total = np.int64(0)
    clock = np.int64(0)
    clocks, row = sheet.start, sheet.row
    for k in range(n):
        b = WIDTH * k
        clock += row[b + STEP] if k >= fixed else 0
        clocks[k] = row[b + LOW] if k < fixed else clock
        m = row[b + MATE]
        if 0 <= m < k:
            end = row[b + LOW] if m < fixed else clock
            c = row[WIDTH * m + CODE]
            total += p.riders[c >> 1] * max(0, end - clocks[m] - p.service[c] - ROUNDING_S)
    return float(p.weights[0] * total)


@compiled_loop
def fits(p: "PackedProblem", runs: "PackedRuns", s: int, k: int, r: int) -> bool:
    """Whether a request fits in beside those who are on board before visit ``k``."""
    for row in range(p.layout_offset[s], p.layout_offset[s + 1]):
        is_enough = True
        for d in range(p.load.shape[1]):
            if runs.room[s, k, d] + p.load[r, d] > p.layouts[row, d]:
                is_enough = False
                break
        if is_enough:
            return True
    return False


@compiled_loop
def write_with(p: "PackedProblem", runs: "PackedRuns", s: int, r: int, i: int, j: int, sheet: Sheet) -> int:
    """The sheet of a run with the pickup of ``r`` before visit ``i`` and its drop-off before visit ``j``.

    Returns the number of visits, or -1 if the vehicle's range is not enough.
    """
    n, fixed = runs.count[s], runs.fixed[s]
    row, kept = sheet.row, runs.row[s]
    for q in range(WIDTH * i):
        row[q] = kept[q]
    for q in range(WIDTH * i, WIDTH * j):
        row[q + WIDTH] = kept[q]
    for q in range(WIDTH * j, WIDTH * (n + 1)):
        row[q + 2 * WIDTH] = kept[q]
    pick, drop = 2 * r, 2 * r + 1
    at, to = WIDTH * i, WIDTH * (j + 1)
    row[at + CODE] = pick
    row[to + CODE] = drop
    if runs.stands[s]:
        row[at + LOW] = row[to + LOW] = -FAR
        return int(n) + 2 if write_limits(p, s, n + 2, fixed, sheet) else -1
    for k in range(n + 2):
        m = row[WIDTH * k + MATE]
        row[WIDTH * k + MATE] = m + (m >= i) + (m >= j)
    origin, goal = np.int64(p.place[pick]), np.int64(p.place[drop])
    prior = row[at - WIDTH + HERE] if i > 0 else np.int64(p.shift_from[s])
    way = np.int64(p.duration[prior, origin])
    leaves = p.spans[2] if i > 0 else max(p.spans[2], p.begins[s])
    row[at + HERE] = origin
    row[at + LOW] = max(p.earliest[pick], leaves + way)
    row[at + UP] = p.latest[pick]
    row[at + STEP] = way + (p.service[row[at - WIDTH + CODE]] if i > 0 else 0)
    row[at + MATE] = j + 1
    row[at + MOST] = 0
    if j > i:
        row[at + WIDTH + STEP] = p.service[pick] + p.duration[origin, row[at + WIDTH + HERE]]
    row[to + HERE] = goal
    row[to + LOW] = p.earliest[drop]
    row[to + UP] = p.latest[drop]
    row[to + STEP] = p.service[row[to - WIDTH + CODE]] + p.duration[row[to - WIDTH + HERE], goal]
    row[to + MATE] = i
    row[to + MOST] = p.limit[r]
    row[to + WIDTH + STEP] = p.service[drop] + p.duration[goal, row[to + WIDTH + HERE]]
    return int(n) + 2


@compiled_loop
def added_cost(
    p: "PackedProblem", runs: "PackedRuns", s: int, r: int, i: int, j: int, sheet: Sheet, drive: float
) -> float:
    """What it costs to put a request at a pair of positions, exactly; infinite if there is no schedule.

    ``drive`` is what the driving costs more.
    """
    fixed = runs.fixed[s]
    n = write_with(p, runs, s, r, i, j, sheet)
    if n < 0 or not settle(p, s, n, fixed, i, n + 1 if runs.stands[s] else j + 2, sheet.row):
        return np.inf
    if p.is_timed[0]:
        return float(drive + timed_cost(p, n, fixed, sheet) - runs.timed[s])
    return drive


@compiled_loop
def best_in_run(
    p: "PackedProblem",
    runs: "PackedRuns",
    s: int,
    r: int,
    bound: float,
    sheet: Sheet,
    blink: float,
    dice: NDArray[np.uint64],
) -> tuple[float, int, int]:
    """The cheapest place for a request in one run that costs less than ``bound``.

    A gap is overlooked with probability ``blink``, as a search wants that must not do the same every time.

    Returns the added cost and the visits before which pickup and drop-off come; ``bound, -1, -1`` if there is none.
    """
    best, best_i, best_j = bound, -1, -1
    if not runs.is_open[s] or not p.allowed[r, s]:
        return best, best_i, best_j
    n, fixed = runs.count[s], runs.fixed[s]
    row, ahead, late = runs.row[s], runs.ahead[s], runs.late[s]
    pauses_from = 2 * p.limit.size
    pick, drop = 2 * r, 2 * r + 1
    origin, goal = np.int64(p.place[pick]), np.int64(p.place[drop])
    pick_from, pick_to, drop_from, drop_to = p.earliest[pick], p.latest[pick], p.earliest[drop], p.latest[drop]
    boarding, alighting = p.service[pick], p.service[drop]
    last_drop = min(drop_to, pick_to + p.limit[r])
    longest = p.limit[r] - boarding
    direct = np.int64(p.duration[origin, goal])
    if direct > longest:
        return best, best_i, best_j
    cost = p.cost[p.cost_group[s]]
    rider_s = p.weights[0] * p.riders[r]
    use = 0.0 if runs.is_used[s] else p.cost_used[s]
    spare = use + runs.least[s] - runs.timed[s]
    direct_cost = cost[origin, goal]
    # The first gap that the pickup can be in: the visit behind it must not be due before.
    due = pick_from + boarding - ROUNDING_S
    begin, end = fixed, n
    while begin < end:
        middle = (begin + end) >> 1
        if late[middle] < due:
            begin = middle + 1
        else:
            end = middle
    for i in range(begin, n + 1):
        ready = max(p.spans[2], row[WIDTH * (i - 1) + FREE] if i > 0 else p.begins[s])
        if ready > pick_to:
            break
        prior = row[WIDTH * (i - 1) + HERE] if i > 0 else np.int64(p.shift_from[s])
        picks = max(ready + p.duration[prior, origin], pick_from)
        if picks > pick_to or (blink > 0.0 and throw(dice) < blink) or not fits(p, runs, s, i, r):
            continue
        after = ahead[i]
        gap_cost = cost[prior, after]
        to_origin = cost[prior, origin]
        # Both in the same gap.
        drops = max(picks + boarding + direct, drop_from)
        stands = i < n and row[WIDTH * i + CODE] >= pauses_from and p.place[row[WIDTH * i + CODE]] < 0
        if drops <= last_drop:
            onward = 0 if stands else np.int64(p.duration[goal, after])
            if drops + alighting + onward <= late[i] + ROUNDING_S:
                drive = to_origin + direct_cost + cost[goal, after] - gap_cost
                if drive + spare + rider_s * direct < best:
                    added = added_cost(p, runs, s, r, i, i, sheet, drive + use)
                    if added < best:
                        best, best_i, best_j = added, i, i
        # The drop-off behind some visits.
        pick_cost = to_origin + cost[origin, after] - gap_cost
        if pick_cost + spare >= best:
            continue  # the way to the drop-off comes on top
        clock, ride, place = picks + boarding, np.int64(0), origin
        for k in range(i, n):
            b = WIDTH * k
            if row[b + CODE] >= pauses_from:
                break
            way = np.int64(p.duration[place, row[b + HERE]])
            start = max(clock + way, row[b + LOW])
            if start > late[k] + ROUNDING_S or not fits(p, runs, s, k + 1, r):
                break
            service = row[b + FREE] - row[b + LOW]
            clock = start + service
            ride += way + service
            place = row[b + HERE]
            if clock > last_drop or ride > longest:
                break
            way = np.int64(p.duration[place, goal])
            drops = max(clock + way, drop_from)
            if drops > last_drop or ride + way > longest:
                continue
            behind = ahead[k + 1]
            stands = k + 1 < n and row[b + WIDTH + CODE] >= pauses_from and p.place[row[b + WIDTH + CODE]] < 0
            onward = 0 if stands else np.int64(p.duration[goal, behind])
            if drops + alighting + onward > late[k + 1] + ROUNDING_S:
                continue
            drive = pick_cost + cost[place, goal] + cost[goal, behind] - cost[place, behind]
            if drive + spare + rider_s * (ride + way) < best:
                added = added_cost(p, runs, s, r, i, k + 1, sheet, drive + use)
                if added < best:
                    best, best_i, best_j = added, i, k + 1
    return best, best_i, best_j


@compiled_loop
def insert(runs: "PackedRuns", s: int, r: int, i: int, j: int) -> None:
    """Put a request into a run; :func:`refresh` has to follow."""
    n = runs.count[s]
    row = runs.row[s]
    for k in range(n - 1, j - 1, -1):
        row[WIDTH * (k + 2) + CODE] = row[WIDTH * k + CODE]
    row[WIDTH * (j + 1) + CODE] = 2 * r + 1
    for k in range(j - 1, i - 1, -1):
        row[WIDTH * (k + 1) + CODE] = row[WIDTH * k + CODE]
    row[WIDTH * i + CODE] = 2 * r
    runs.count[s] = n + 2
    runs.where[r] = s
