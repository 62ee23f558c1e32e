"""What goes through the compiler gives what the same lines of Python give, or is refused."""

import numpy as np
import pytest
from numba.core.errors import NumbaError
from numpy.typing import NDArray

from routing.compiled import compiled, compiled_loop


def _squares(upto: int) -> NDArray[np.int64]:
    squares = np.zeros(upto, np.int64)
    for i in range(upto):
        squares[i] = i * i
    return squares


def _as_many_zeros(size: int) -> NDArray[np.int64]:
    return np.zeros(size, np.int64)


def _total(numbers: NDArray[np.int64]) -> int:
    total = 0
    for number in numbers:
        total += number
    return total


def test_a_function_may_make_arrays_and_hand_them_to_one_that_makes_none() -> None:
    squares = compiled(_squares)(5)
    assert squares.tolist() == [0, 1, 4, 9, 16]
    assert compiled_loop(_total)(squares) == 30


def test_a_loop_that_makes_arrays_is_refused() -> None:
    with pytest.raises(NumbaError):
        compiled_loop(_as_many_zeros)(5)
