"""A contraction hierarchy over states and arcs: prepared once in seconds, then asked in microseconds.

States are contracted one after the other: taken out, and replaced by shortcuts between their neighbours wherever no
other way is as short [1]_. A search then only ever leads up: to states contracted later. That the states are edges and
the arcs turns [2]_ is nothing to the hierarchy.

The order is that of Geisberger et al. with levels and the ratios of arcs and of hops that are added to those removed.
States that come before all their neighbours are contracted in one round [3]_: then every other one is looked at once a
round, not once for each neighbour that goes. How many shortcuts a state needs is only estimated while looking for the
next ones, by ways round of one arc or two, and looked for with patience when it is contracted. Given the order of
another hierarchy over the same states, the work takes two thirds of the time: closures and other speeds change little
about which roads are important.

.. [1] R. Geisberger, P. Sanders, D. Schultes, C. Vetter (2012): Exact routing in large road networks using contraction
   hierarchies. Transportation Science 46(3), 388-404.
.. [2] R. Geisberger, C. Vetter (2011): Efficient routing in road networks with turn costs. SEA 2011, 100-111.
.. [3] C. Vetter (2009): Parallel time-dependent contraction hierarchies. Student research project, Karlsruhe.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing import hierarchy_kernel as kernel
from routing.costs import HUNDREDTH_S, NO_WAY
from routing.graph import Floats, Ints, LongInts
from routing.hierarchy_search_kernel import Lists, Workspace
from routing.hierarchy_sweep_kernel import Descents
from routing.hierarchy_top_kernel import TOP, costs_within_top
from routing.turns import TurnGraph


@dataclass(frozen=True, eq=False, slots=True)
class Hierarchy:
    """A contracted graph.

    Parameters
    ----------
    rank_of
        For each state its number in the lists; 0 was contracted last.
    lists
        The arcs between ranks.
    top
        The costs between the highest states.
    """

    rank_of: Ints
    lists: Lists
    top: LongInts

    @property
    def shortcut_count(self) -> int:
        """How many arcs stand for several."""
        return int((self.lists.middles >= 0).sum())

    def state_of(self) -> Ints:
        """For each rank its state."""
        return np.argsort(self.rank_of).astype(np.int32)

    def order(self) -> Ints:
        """The states in an order of contraction that leads to this hierarchy."""
        return self.state_of()[::-1].copy()

    def workspace(self) -> Workspace:
        """Room for searches, one at a time."""
        states = self.rank_of.size
        levels = int(self.lists.level.max()) + 1
        return Workspace(
            distance=np.full((2, states), NO_WAY, dtype=np.int64),
            came_from=np.empty((2, states), dtype=np.int32),
            came_by=np.empty((2, states), dtype=np.int32),
            waiting=np.full((2, levels), -1, dtype=np.int32),
            next_waiting=np.empty((2, states), dtype=np.int32),
            touched=np.empty((2, states), dtype=np.int32),
            size=np.zeros(2, dtype=np.int32),
            doors=np.empty((2, self.top.shape[0]), dtype=np.int32),
        )

    def descents(self) -> Descents:
        """What a sweep through all states passes."""
        states = self.rank_of.size
        first = int(self.lists.offset[states])
        return Descents(
            self.lists.offset[states:] - np.int32(first),
            self.lists.ends[first:],
            (self.lists.costs[first:] // HUNDREDTH_S).astype(np.int32),
        )


def build_hierarchy(turns: TurnGraph, x: Floats, y: Floats, order: Ints | None = None) -> Hierarchy:
    """Contract a graph.

    Parameters
    ----------
    x, y
        Where each state lies: states of a level that lie together are numbered together, which keeps what a search
        touches close in memory.
    order
        The order of contraction, if it is known.
    """
    given = np.empty(0, dtype=np.int32) if order is None else order
    level, offset, ends, costs, middles = kernel.contract(turns.offset, turns.heads, turns.costs, given)
    state_of = np.lexsort((_along_z_curve(x, y), -level)).astype(np.int32)
    rank_of, offset, ends, costs, middles = kernel.renumber(state_of, offset, ends, costs, middles)
    lists = Lists(level[state_of], offset, ends, costs, middles)
    return Hierarchy(rank_of, lists, costs_within_top(lists, min(TOP, state_of.size)))


_SPREADING = ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333))


def _along_z_curve(x: Floats, y: Floats) -> NDArray[np.uint64]:
    """Numbers by which places are in the order of a curve that passes near ones soon after each other."""
    key = np.zeros(x.size, dtype=np.uint64)
    for place, values in enumerate((x, y)):
        extent = max(float(np.ptp(values)), 1e-12)
        bits = ((values - values.min()) / extent * (2**31 - 1)).astype(np.uint64)
        for shift, mask in (*_SPREADING, (1, 0x5555555555555555)):
            bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
        key |= bits << np.uint64(place)
    return key
