"""OR-Tools as its documentation shows it: default parameters, guided local search, droppable pairs, a ride limit.

Three things better than the usual example, or it would serve nobody at all (the defaults fail to find a first plan
without them): travel times as matrices, a penalty for every request left out, no "cheapest arc" as first strategy.
"""

import time
from collections.abc import Callable
from math import inf
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from peer_windows import FIXED_COST, UNIT, whole_numbers
from verify_answers import Raw

IS_SEEDED = False
PENALTY = 10_000 * FIXED_COST


def solve(raw: Raw, seconds: float, _seed: int) -> list[list[int]]:
    """Routes as places of the file. Ends after so many CPU seconds of this process."""
    whole = whole_numbers(raw)
    manager = pywrapcp.RoutingIndexManager(len(raw.places), raw.vehicles, 0)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(whole.distances))
    routing.SetFixedCostOfAllVehicles(whole.fixed_cost)
    steps = [[way + service for way in row] for row, service in zip(whole.durations, whole.services, strict=True)]
    closes = whole.windows[0][1]
    routing.AddDimension(routing.RegisterTransitMatrix(steps), closes, closes, False, "time")
    clock = routing.GetDimensionOrDie("time")
    for vehicle in range(raw.vehicles):
        for index in (routing.Start(vehicle), routing.End(vehicle)):
            clock.CumulVar(index).SetRange(*whole.windows[0])
        if whole.longest_duration is not None:
            clock.SetSpanUpperBoundForVehicle(whole.longest_duration, vehicle)
    loads = routing.RegisterUnaryTransitVector([place.load for place in raw.places])
    routing.AddDimension(loads, 0, raw.capacity, True, "load")
    add_rides(raw, routing, manager.NodeToIndex, clock)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(round(seconds * 10_000))
    routing.CloseModelWithParameters(parameters)
    end = time.process_time() + seconds
    routing.AddSearchMonitor(routing.solver().CustomLimit(lambda: time.process_time() > end))
    found = routing.SolveWithParameters(parameters)
    return [] if found is None else [_places(routing, manager, found, vehicle) for vehicle in range(raw.vehicles)]


def add_rides(raw: Raw, routing: Any, index_of: Callable[[int], int], clock: Any) -> None:  # noqa: ANN401 - untyped
    """Pairs with their windows as the file gives them, not shaved, and the ride limit as a constraint."""
    solver = routing.solver()
    for pickup, dropoff in raw.dropoff_of.items():
        first, last = index_of(pickup), index_of(dropoff)
        routing.AddPickupAndDelivery(first, last)
        solver.Add(routing.VehicleVar(first) == routing.VehicleVar(last))
        solver.Add(clock.CumulVar(first) <= clock.CumulVar(last))
        for place, index in ((pickup, first), (dropoff, last)):
            clock.CumulVar(index).SetRange(
                round(raw.places[place].earliest * UNIT), round(raw.places[place].latest * UNIT)
            )
            routing.AddDisjunction([index], PENALTY)
        if raw.longest_ride < inf:
            longest = round((raw.longest_ride + raw.places[pickup].service) * UNIT)
            solver.Add(clock.CumulVar(last) - clock.CumulVar(first) <= longest)


def _places(routing: Any, manager: Any, found: Any, vehicle: int) -> list[int]:  # noqa: ANN401 - untyped
    index = found.Value(routing.NextVar(routing.Start(vehicle)))
    places = []
    while not routing.IsEnd(index):
        places.append(manager.IndexToNode(index))
        index = found.Value(routing.NextVar(index))
    return places
