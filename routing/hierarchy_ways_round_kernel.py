"""Compiled: whether a contracted state has to be replaced, or a way round it is as short.

Lists and their pool are those of :mod:`routing.hierarchy_kernel`. Most ways round have one arc or two: they are found
by looking, without a queue. Only for what is left is there a search.
"""

from typing import cast

import numpy as np

from routing.compiled import compiled_loop
from routing.graph import Ints, LongInts
from routing.hierarchy_heap_kernel import ABSENT, pop, sift_up

FAR = 2**62
END, COST, HOPS = 0, 1, 3
"""Columns of the pool."""

# Typed, because for plain constants the compiler would compile whatever they are passed to once more.
ONE_HOP = cast("int", np.int64(1))

PATIENCE = cast("int", np.int64(300))
"""States that a search for a way round may settle before a shortcut is added unproven."""


@compiled_loop
def _search_around(
    origin: int,
    avoided: int,
    limit: int,
    targets: int,
    patience: int,
    start: Ints,
    count: Ints,
    pool: LongInts,
    distance: LongInts,
    position: Ints,
    heap: Ints,
    touched: Ints,
    is_target: Ints,
) -> int:
    """Costs from a state without passing another one, up to a limit, until all targets are reached or patience ends.

    Returns how many states were touched; the caller clears them.
    """
    seen = 1
    touched[0] = origin
    distance[origin] = 0
    heap[0] = origin
    position[origin] = 0
    size = ONE_HOP
    while size > 0:
        state = pop(heap, position, distance, size)
        size -= 1
        here = distance[state]
        if here > limit:
            break
        if is_target[state] == 1:
            targets -= 1
            if targets == 0:
                break
        if patience == 0:
            break
        patience -= 1
        for row in range(start[state], start[state] + count[state]):
            head = pool[row, END]
            there = here + pool[row, COST]
            if head != avoided and there < distance[head]:
                if distance[head] == FAR:
                    touched[seen] = head
                    seen += 1
                    position[head] = size
                    heap[size] = head
                    size += 1
                distance[head] = there
                sift_up(heap, position, distance, position[head])
    return seen


@compiled_loop
def look_around(tail: int, avoided: int, start: Ints, count: Ints, pool: LongInts, near: LongInts) -> None:
    """Note what the states one arc away cost."""
    for row in range(start[tail], start[tail] + count[tail]):
        near[pool[row, END]] = pool[row, COST]
    near[avoided] = FAR
    near[tail] = 0


@compiled_loop
def look_away(tail: int, start: Ints, count: Ints, pool: LongInts, near: LongInts) -> None:
    """Forget them."""
    for row in range(start[tail], start[tail] + count[tail]):
        near[pool[row, END]] = FAR
    near[tail] = FAR


@compiled_loop
def is_near(head: int, cost: int, start: Ints, count: Ints, pool: LongInts, near: LongInts) -> bool:
    """Whether a state is reached at that cost by one arc or two."""
    least = near[head]
    first = start[near.size + head]
    for row in range(first, first + count[near.size + head]):
        if least <= cost:
            break
        least = near[pool[row, END]] + pool[row, COST]
    return bool(least <= cost)


@compiled_loop
def shortcuts(
    state: int,
    patience: int,
    start: Ints,
    count: Ints,
    pool: LongInts,
    distance: LongInts,
    position: Ints,
    heap: Ints,
    touched: Ints,
    is_target: Ints,
    found: LongInts,
) -> int:
    """The shortcuts that contracting a state needs, into the rows of ``found``: tail, head, cost, hops.

    The state of a chain is replaced without a search for a way round: that would cost more than it saves.
    """
    states = distance.size
    added = 0
    first, last = start[state], start[state] + count[state]
    came_first, came_last = start[states + state], start[states + state] + count[states + state]
    is_chain = last - first == 1 and came_last - came_first == 1
    for came in range(came_first, came_last):
        tail = pool[came, END]
        begin = added
        limit = 0
        if not is_chain:
            look_around(tail, state, start, count, pool, distance)
        for row in range(first, last):
            head = pool[row, END]
            cost = pool[came, COST] + pool[row, COST]
            if head != tail and (is_chain or not is_near(head, cost, start, count, pool, distance)):
                found[added, 0], found[added, 1] = tail, head
                found[added, 2], found[added, 3] = cost, pool[came, HOPS] + pool[row, HOPS]
                added += 1
                limit = max(limit, cost)
        if is_chain:
            continue
        look_away(tail, start, count, pool, distance)
        if added == begin:
            continue
        for i in range(begin, added):
            is_target[found[i, 1]] = 1
        seen = _search_around(
            tail,
            state,
            limit,
            added - begin,
            patience,
            start,
            count,
            pool,
            distance,
            position,
            heap,
            touched,
            is_target,
        )
        kept = begin
        for i in range(begin, added):
            is_target[found[i, 1]] = 0
            if found[i, 2] < distance[found[i, 1]]:
                for column in range(4):
                    found[kept, column] = found[i, column]
                kept += 1
        added = kept
        for i in range(seen):
            distance[touched[i]] = FAR
            position[touched[i]] = ABSENT
    return added
