"""Road networks in a folder: arrays that processes map into memory and share."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.graph import RoadGraph, RoadGraphError
from routing.hierarchy import Hierarchy
from routing.hierarchy_search_kernel import Lists
from routing.road_network import RoadNetwork
from routing.snapping_kernel import Grid
from routing.turns import TurnCosts, TurnGraph

_TURN_COSTS = "turn_costs.json"
_TURN_ARRAYS = tuple(f.name for f in fields(TurnGraph))


def write_road_network(folder: Path, network: RoadNetwork) -> None:
    """Write a network into an existing folder: one ``.npy`` file for each array. The graph itself is not written."""
    for name, array in _arrays(network).items():
        np.save(folder / f"{name}.npy", array)
    (folder / _TURN_COSTS).write_text(json.dumps(asdict(network.turn_costs)), encoding="utf-8")


def read_road_network(folder: Path, graph: RoadGraph) -> RoadNetwork:
    """Read what :func:`write_road_network` wrote for the same graph, memory-mapped so that processes share it.

    Raises
    ------
    RoadGraphError
        A file is missing or damaged, or belongs to another graph.
    """

    def load(name: str) -> Any:  # noqa: ANN401 - the type is that of the file
        # Mapped "copy on write" though nobody writes: to the compiler arrays that may not be written are another kind,
        # for which it would compile everything anew.
        return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="c"))

    try:
        turn_costs = TurnCosts(**json.loads((folder / _TURN_COSTS).read_text(encoding="utf-8")))
        closed = load("closed")
        turns = TurnGraph(**{name: load(f"turns_{name}") for name in _TURN_ARRAYS})
        lists = Lists(*(load(f"hierarchy_{name}") for name in Lists._fields))
        hierarchy = Hierarchy(load("hierarchy_rank_of"), lists, load("hierarchy_top"))
        grid = Grid(*(load(f"grid_{name}") for name in Grid._fields))
        if closed.size != graph.edge_count:
            msg = "they were made for other roads"
            raise ValueError(msg)  # noqa: TRY301 - told like a damaged file
    except (OSError, EOFError, ValueError, TypeError) as error:
        msg = f"The roads in {folder} cannot be read ({error}). Build the district again: rufnetz district build."
        raise RoadGraphError(msg) from error
    return RoadNetwork(graph, turn_costs, closed, turns, hierarchy, grid)


def _arrays(network: RoadNetwork) -> Mapping[str, NDArray[np.generic]]:
    return {
        "closed": network.closed,
        **{f"turns_{name}": getattr(network.turns, name) for name in _TURN_ARRAYS},
        "hierarchy_rank_of": network.hierarchy.rank_of,
        "hierarchy_top": network.hierarchy.top,
        **{f"hierarchy_{name}": array for name, array in network.hierarchy.lists._asdict().items()},
        **{f"grid_{name}": array for name, array in network.grid._asdict().items()},
    }
