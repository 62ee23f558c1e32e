"""Compiled: a heap of numbered entries whose keys lie outside, smallest key first, four children each."""

from routing.compiled import compiled_loop
from routing.graph import Ints, LongInts

ABSENT = -1
"""The position of an entry that is not in the heap."""


@compiled_loop
def sift_up(heap: Ints, position: Ints, keys: LongInts, place: int) -> None:
    """Move an entry towards the root after its key became smaller."""
    entry = heap[place]
    key = keys[entry]
    while place > 0:
        parent = (place - 1) >> 2
        above = heap[parent]
        if keys[above] <= key:
            break
        heap[place] = above
        position[above] = place
        place = parent
    heap[place] = entry
    position[entry] = place


@compiled_loop
def sift_down(heap: Ints, position: Ints, keys: LongInts, place: int, size: int) -> None:
    """Move an entry towards the leaves after its key became larger."""
    entry = heap[place]
    key = keys[entry]
    while True:
        child = 4 * place + 1
        if child >= size:
            break
        best = child
        best_key = keys[heap[child]]
        for other in range(child + 1, min(child + 4, size)):
            if keys[heap[other]] < best_key:
                best = other
                best_key = keys[heap[other]]
        if best_key >= key:
            break
        heap[place] = heap[best]
        position[heap[best]] = place
        place = best
    heap[place] = entry
    position[entry] = place


@compiled_loop
def pop(heap: Ints, position: Ints, keys: LongInts, size: int) -> int:
    """Take the root out of a heap of ``size`` entries."""
    top = heap[0]
    position[top] = ABSENT
    if size > 1:
        heap[0] = heap[size - 1]
        sift_down(heap, position, keys, 0, size - 1)
    return int(top)
