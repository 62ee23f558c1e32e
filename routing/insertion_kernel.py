"""Compiled: the cheapest places in all runs for a request, or for one of several at once, exactly.

What an insertion is, :mod:`routing.insertion` says; tests hold the two against each other, number by number. As there,
a sweep forward and one backward along each run rule out most pairs of positions by comparisons alone, and a bound on
the cost says which schedules need not be worked out. Both hold for any travel times.

Where a ride may begin and end at several stops, the ways to and from each stop are looked up once for each gap, and
whatever costs more than the best so far is left aside, whichever stops it is for.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.compiled import compiled_loop
from routing.gaps_kernel import ON_BOARD, SHORT, TIGHT, USED, Gaps
from routing.runs_kernel import CODE, FAR, LOW, WIDTH, Sheet, fetch_later, settle, timed_totals, write_limits

if TYPE_CHECKING:
    from routing.packed import PackedProblem

SAME_COST = 2e-6
"""Costs that may be equal to as many digits as costs are compared to; more than floating point can lose."""

PLACE, FROM, TO, SERVICE = range(4)


class Wish(NamedTuple):
    """One request with ``P`` pickup stops and ``Q`` drop-off stops to choose from.

    Parameters
    ----------
    pickups, dropoffs
        ``(4, P)`` and ``(4, Q)``: location, earliest and latest start, duration of service.
    limit
        ``(P, Q)`` most seconds from the start of the pickup to the start of the drop-off, less than none for a pair
        that is no choice.
    load, riders
        ``(D,)`` what they take, and their number.
    kinds
        ``(U,)`` the kinds of places that they or anybody of the day takes; the others need not be looked at.
    allowed
        ``(S,)`` which shifts may serve it.
    """

    pickups: NDArray[np.int64]
    dropoffs: NDArray[np.int64]
    limit: NDArray[np.int64]
    load: NDArray[np.int32]
    kinds: NDArray[np.int32]
    riders: int
    allowed: NDArray[np.bool_]


class Draft(NamedTuple):
    """Room for what may be a place, and for what is one.

    Parameters
    ----------
    bound
        Least cost of each candidate; not a number if it was tried.
    candidates
        ``(N, 6)`` shift, choice, positions of pickup and drop-off, seconds and metres driven more.
    best
        Least cost found so far: of all, or of each choice.
    cost, places
        What was found: its added cost, ``(M, 4)`` choice, shift, positions.
    """

    bound: NDArray[np.float64]
    candidates: NDArray[np.int64]
    best: NDArray[np.float64]
    cost: NDArray[np.float64]
    places: NDArray[np.int32]


@compiled_loop
def _has_room(p: "PackedProblem", gaps: Gaps, s: int, k: int, wish: Wish) -> bool:
    """Whether a request fits in beside those who are on board in a gap."""
    load, kinds = wish.load, wish.kinds
    for layout in range(p.layout_offset[s], p.layout_offset[s + 1]):
        is_enough = True
        for number in range(kinds.size):
            d = kinds[number]
            if gaps.room[s, k, d] + load[d] > p.layouts[layout, d]:
                is_enough = False
                break
        if is_enough:
            return True
    return False


@compiled_loop
def _cost(rates: NDArray[np.float64], s: int, drive_s: int, drive_m: int, timed: tuple[int, int, int, int]) -> float:
    """The cost of totals, its terms added up in the order of :meth:`routing.objective.CostWeights.of`."""
    return float(
        rates[s, 0] * drive_s
        + rates[s, 1] * drive_m
        + rates[s, 2] * timed[0]
        + rates[s, 3] * timed[1]
        + rates[s, 4] * timed[2]
        + rates[s, 5] * timed[3]
    )


@compiled_loop
def time_place(p: "PackedProblem", gaps: Gaps, wish: Wish, choice: int, s: int, i: int, j: int, sheet: Sheet) -> bool:
    """The starts in ``sheet`` of a run with a choice before visits ``i`` and ``j``; False if there are none.

    The choice is written under the last number there is for requests.
    """
    r = p.limit.size - 1
    a, z = choice // wish.limit.shape[1], choice % wish.limit.shape[1]
    p.limit[r] = wish.limit[a, z]
    p.riders[r] = wish.riders
    p.place[2 * r], p.place[2 * r + 1] = wish.pickups[PLACE, a], wish.dropoffs[PLACE, z]
    p.earliest[2 * r], p.earliest[2 * r + 1] = wish.pickups[FROM, a], wish.dropoffs[FROM, z]
    p.latest[2 * r], p.latest[2 * r + 1] = wish.pickups[TO, a], wish.dropoffs[TO, z]
    p.promised[2 * r], p.promised[2 * r + 1] = wish.pickups[TO, a], wish.dropoffs[TO, z]
    p.service[2 * r], p.service[2 * r + 1] = wish.pickups[SERVICE, a], wish.dropoffs[SERVICE, z]
    n, fixed = gaps.visits[s], gaps.fixed[s]
    row = sheet.row
    at = 0
    for k in range(n + 1):
        if k == i:
            row[WIDTH * at + CODE] = 2 * r
            row[WIDTH * at + LOW] = -FAR
            at += 1
        if k == j:
            row[WIDTH * at + CODE] = 2 * r + 1
            row[WIDTH * at + LOW] = -FAR
            at += 1
        if k < n:
            row[WIDTH * at + CODE] = gaps.code[s, k]
            row[WIDTH * at + LOW] = gaps.start[s, k] if k < fixed else -FAR
            at += 1
    if not write_limits(p, s, n + 2, fixed, sheet) or not settle(p, s, n + 2, fixed, 1, n + 3, row):
        return False
    fetch_later(p, n + 2, fixed, sheet)
    return True


@compiled_loop
def _try(
    p: "PackedProblem",
    gaps: Gaps,
    wish: Wish,
    rates: NDArray[np.float64],
    draft: Draft,
    sheet: Sheet,
    candidate: int,
    found: int,
    keeps_all: bool,  # noqa: FBT001 - compiled functions take no keywords
) -> int:
    """Work out the schedule of a candidate, and note it unless it is too dear; returns how many are noted."""
    s = draft.candidates[candidate, 0]
    choice = draft.candidates[candidate, 1]
    i, j = draft.candidates[candidate, 2], draft.candidates[candidate, 3]
    if not time_place(p, gaps, wish, choice, s, i, j, sheet):
        return found
    on_board, tight, short = timed_totals(p, gaps.visits[s] + 2, sheet)
    timed = (
        on_board - gaps.totals[s, ON_BOARD],
        tight - gaps.totals[s, TIGHT],
        short - gaps.totals[s, SHORT],
        1 - gaps.totals[s, USED],
    )
    cost = _cost(rates, s, draft.candidates[candidate, 4], draft.candidates[candidate, 5], timed)
    best = choice if draft.best.size > 1 else 0
    if cost > draft.best[best] + SAME_COST:
        return found
    if not keeps_all:
        draft.best[best] = min(draft.best[best], cost)
    if found < draft.cost.size:
        draft.cost[found] = cost
        draft.places[found, 0] = choice
        draft.places[found, 1] = s
        draft.places[found, 2] = i
        draft.places[found, 3] = j
    return found + 1


@compiled_loop
def _try_all(
    p: "PackedProblem",
    gaps: Gaps,
    wish: Wish,
    rates: NDArray[np.float64],
    draft: Draft,
    sheet: Sheet,
    candidates: int,
    found: int,
    keeps_all: bool,  # noqa: FBT001 - compiled functions take no keywords
) -> int:
    """Try every candidate that may be cheap enough; returns how many are noted."""
    for candidate in range(candidates):
        best = draft.candidates[candidate, 1] if draft.best.size > 1 else 0
        if draft.bound[candidate] <= draft.best[best] + SAME_COST:
            found = _try(p, gaps, wish, rates, draft, sheet, candidate, found, keeps_all)
    return found


@compiled_loop
def insert_wish(
    p: "PackedProblem",
    gaps: Gaps,
    wish: Wish,
    rates: NDArray[np.float64],
    draft: Draft,
    sheet: Sheet,
    keeps_all: bool,  # noqa: FBT001 - compiled functions take no keywords
) -> int:
    """Note the cheapest places for a wish, and whatever was the cheapest before they were found.

    Parameters
    ----------
    rates
        ``(S, 6)`` cost of each figure of :class:`routing.objective.RunTotals`.
    draft
        Filled from the front; ``best`` holds bounds on the cost to begin with, one for all choices or one for each.
    keeps_all
        Note every place there is.

    Returns how many were noted. If there is no room for so many, the rest is lost.
    """
    pauses_from = 2 * p.limit.size
    duration, distance = p.duration, p.distance
    pickups, dropoffs, limits = wish.pickups, wish.dropoffs, wish.limit
    sources, targets = limits.shape
    first_due, last_pickup, last_dropoff, longest = FAR, -FAR, -FAR, np.int64(0)
    for a in range(sources):
        first_due = min(first_due, pickups[FROM, a] + pickups[SERVICE, a])
        last_pickup = max(last_pickup, pickups[TO, a])
        for z in range(targets):
            longest = max(longest, limits[a, z])
    for z in range(targets):
        last_dropoff = max(last_dropoff, dropoffs[TO, z])
    is_single = draft.best.size == 1
    candidates, found = 0, 0
    for s in range(gaps.visits.size):
        if not gaps.is_open[s] or not wish.allowed[s]:
            continue
        n = gaps.visits[s]
        cheapest, least = -1, np.inf
        spare = (
            gaps.least_on_board[s] - gaps.totals[s, ON_BOARD],
            -gaps.totals[s, TIGHT],
            -gaps.totals[s, SHORT],
            1 - gaps.totals[s, USED],
        )
        base = _cost(rates, s, 0, 0, spare)
        rate_s, rate_m, rate_rider = rates[s, 0], rates[s, 1], rates[s, 2]
        # The first gap for a pickup: the visit behind it must not be due before.
        begin, end = gaps.fixed[s], n
        while begin < end:
            middle = (begin + end) >> 1
            if gaps.due_anyway[s, middle] < first_due:
                begin = middle + 1
            else:
                end = middle
        for i in range(begin, n + 1):
            ready = gaps.ready[s, i]
            if ready > last_pickup:
                break
            if not _has_room(p, gaps, s, i, wish):
                continue
            prior, after = gaps.before[s, i], gaps.ahead[s, i]
            gap_s, gap_m = np.int64(duration[prior, after]), np.int64(distance[prior, after])
            # Behind this visit the load fits no more, or a break forbids it.
            stop = i
            while (
                stop < n
                and gaps.code[s, stop] < pauses_from
                and p.earliest[gaps.code[s, stop]] <= last_dropoff
                and _has_room(p, gaps, s, stop + 1, wish)
            ):
                stop += 1
            for a in range(sources):
                origin = pickups[PLACE, a]
                way_s = np.int64(duration[prior, origin])
                picks = max(ready + way_s, pickups[FROM, a])
                if picks > pickups[TO, a]:
                    continue
                boarding = pickups[SERVICE, a]
                to_s, to_m = way_s - gap_s, np.int64(distance[prior, origin]) - gap_m
                pick_s, pick_m = to_s + duration[origin, after], to_m + distance[origin, after]
                waited = gaps.riders[s, i] * (pick_s + boarding)
                clock, ride, place = picks + boarding, np.int64(0), origin
                for k in range(i, stop + 1):
                    if k > i:
                        c = gaps.code[s, k - 1]
                        here = np.int64(gaps.before[s, k])
                        way_s = np.int64(duration[place, here])
                        start = max(clock + way_s, p.earliest[c])
                        if start > p.latest[c]:
                            break
                        clock = start + p.service[c]
                        ride += way_s + p.service[c]
                        place = here
                    if clock > last_dropoff or boarding + ride > longest:
                        break
                    behind = gaps.ahead[s, k]
                    c = gaps.code[s, k]
                    moves = c >= pauses_from and p.place[c] < 0
                    for z in range(targets):
                        limit = limits[a, z]
                        goal = dropoffs[PLACE, z]
                        way_s = np.int64(duration[place, goal])
                        if boarding + ride + way_s > limit:
                            continue
                        drops = max(clock + way_s, dropoffs[FROM, z])
                        if drops > dropoffs[TO, z] or drops > pickups[TO, a] + limit:
                            continue
                        alighting = dropoffs[SERVICE, z]
                        onward_s = np.int64(duration[goal, behind])
                        if drops + alighting + (0 if moves else onward_s) > gaps.due[s, k]:
                            continue
                        if k == i:
                            drive_s = to_s + way_s + onward_s
                            drive_m = to_m + distance[place, goal] + distance[goal, behind]
                            others = gaps.riders[s, i] * (drive_s + boarding + alighting)
                        else:
                            drop_s = way_s + onward_s - duration[place, behind]
                            drive_s = pick_s + drop_s
                            drive_m = pick_m + distance[place, goal] + distance[goal, behind] - distance[place, behind]
                            others = waited + gaps.riders[s, k] * (drop_s + alighting)
                        on_board = wish.riders * (ride + way_s) + others
                        bound = base + rate_s * drive_s + rate_m * drive_m + rate_rider * on_board
                        choice = a * targets + z
                        if bound > draft.best[0 if is_single else choice] + SAME_COST:
                            continue
                        if candidates >= draft.bound.size:
                            found = _try_all(p, gaps, wish, rates, draft, sheet, candidates, found, keeps_all)
                            candidates, cheapest, least = 0, -1, np.inf
                        draft.bound[candidates] = bound
                        draft.candidates[candidates, 0] = s
                        draft.candidates[candidates, 1] = choice
                        draft.candidates[candidates, 2] = i
                        draft.candidates[candidates, 3] = k
                        draft.candidates[candidates, 4] = drive_s
                        draft.candidates[candidates, 5] = drive_m
                        if bound < least:
                            cheapest, least = candidates, bound
                        candidates += 1
        if cheapest >= 0 and not keeps_all:
            # Its cost is a bound for the other runs.
            found = _try(p, gaps, wish, rates, draft, sheet, cheapest, found, keeps_all)
            draft.bound[cheapest] = np.nan
    return _try_all(p, gaps, wish, rates, draft, sheet, candidates, found, keeps_all)
