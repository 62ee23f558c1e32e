"""How the routing solver of OR-Tools searches.

There are two starts because neither always wins: cheapest insertion one request after the other is better for about a
hundred requests, parallel cheapest insertion for fewer and where it is hard to serve everybody. Iterated local search
(take ten visits of a random walk out, put them in again, descend) brings more than guided local search, which stays
near its first local optimum; but it can't start from a plan, can't be stopped, and takes its time: each step is a whole
descent. All use insertion as their large moves.
"""

from enum import Enum
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util.optional_boolean_pb2 import BOOL_TRUE

_FIRST = routing_enums_pb2.FirstSolutionStrategy
_METAHEURISTIC = routing_enums_pb2.LocalSearchMetaheuristic

_RUINED_VISITS = 10

_LONGEST_S = 10**6


class Start(Enum):
    """How the first plan is built."""

    ONE_BY_ONE = _FIRST.LOCAL_CHEAPEST_COST_INSERTION
    PARALLEL = _FIRST.PARALLEL_CHEAPEST_INSERTION


class Way(Enum):
    """How it is made better."""

    DESCENT = "descent"
    ITERATED = "iterated"
    GUIDED = "guided"


def search_parameters(start: Start, way: Way, *, seconds: float | None, solutions: int | None) -> Any:  # noqa: ANN401 - OR-Tools publishes no types
    """The parameters of one search.

    Parameters
    ----------
    seconds
        Limit in seconds of the wall clock, None for none.
    solutions
        Limit on the plans that are accepted on the way, None for none. Only a descent ends without a limit.
    """
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = start.value
    parameters.local_search_metaheuristic = (
        _METAHEURISTIC.GUIDED_LOCAL_SEARCH if way is Way.GUIDED else _METAHEURISTIC.GREEDY_DESCENT
    )
    for neighbours in ("expensive_chain", "close_nodes"):
        for insertion in ("global_cheapest", "local_cheapest"):
            setattr(parameters.local_search_operators, f"use_{insertion}_insertion_{neighbours}_lns", BOOL_TRUE)
    if way is Way.ITERATED:
        parameters.use_iterated_local_search = True
        iterated = parameters.iterated_local_search_parameters
        iterated.reference_solution_acceptance_strategy.simulated_annealing.automatic_temperatures = True
        ruin = iterated.ruin_recreate_parameters
        ruin.ruin_strategies.add().random_walk.num_removed_visits = _RUINED_VISITS
        ruin.recreate_strategy.heuristic = Start.PARALLEL.value
    if seconds is not None:
        parameters.time_limit.FromMilliseconds(max(1, round(min(seconds, _LONGEST_S) * 1000)))
    if solutions is not None:
        parameters.solution_limit = solutions
    return parameters
