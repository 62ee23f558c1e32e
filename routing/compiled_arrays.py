"""Arrays as compiled functions take them: one type each, contiguous, and not marked as read-only.

A compiled function is compiled once for every kind of argument. Arrays that are mapped from files for reading only
would be another kind; they are copied.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from routing.graph import Floats, Ints, LongInts

_KIND: Final[tuple[Literal["C", "W"], ...]] = ("C", "W")


def as_ints(values: ArrayLike) -> Ints:
    """Whole numbers of 32 bits."""
    return np.require(np.asarray(values), np.int32, _KIND)


def as_longs(values: ArrayLike) -> LongInts:
    """Whole numbers of 64 bits."""
    return np.require(np.asarray(values), np.int64, _KIND)


def as_floats(values: ArrayLike) -> Floats:
    """Numbers of 64 bits."""
    return np.require(np.asarray(values), np.float64, _KIND)
