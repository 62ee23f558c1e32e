"""How long a search may take."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Budget:
    """When a search ends: after so many seconds of the clock, or so many iterations, whichever comes first.

    An iteration is one step of ruin and recreate, or one plan that OR-Tools accepts. With iterations alone the result
    is the same on every machine.

    Parameters
    ----------
    is_over
        Asked now and then; True ends the search before its time.
    """

    seconds: float | None = None
    iterations: int | None = None
    clock: Callable[[], float] = time.perf_counter
    is_over: Callable[[], bool] | None = None

    def __post_init__(self) -> None:
        if self.seconds is None and self.iterations is None:
            msg = "a search needs a limit: give seconds, or iterations for a result that can be repeated"
            raise ValueError(msg)

    def used(self, began: float, iterations: int) -> float:
        """The share that is used, of the limit that is nearer; infinite once it is over."""
        if self.is_over is not None and self.is_over():
            return inf
        shares = [0.0]
        if self.seconds is not None:
            shares.append((self.clock() - began) / max(self.seconds, 1e-9))
        if self.iterations is not None:
            shares.append(iterations / max(self.iterations, 1))
        return max(shares)
