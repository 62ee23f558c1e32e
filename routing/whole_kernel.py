"""Compiled: numbers out of arrays as functions take them, so that each function is compiled for one kind only."""

import numpy as np

from routing.compiled import compiled


@compiled
def whole(value: int) -> int:
    """A whole number with 64 bits, whatever it had."""
    return int(np.int64(value))
