"""PyVRP with shipments, which it has had since 0.14."""

import time

import numpy as np
from peer_windows import whole_numbers
from pyvrp import Depot, Location, ProblemData, Shipment, VehicleType
from pyvrp import solve as solve_pyvrp
from verify_answers import Raw

IS_SEEDED = True


def solve(raw: Raw, seconds: float, seed: int) -> list[list[int]]:
    """Routes as places of the file. Ends after so many CPU seconds of this process."""
    whole = whole_numbers(raw)
    limits = {} if whole.longest_duration is None else {"shift_duration": whole.longest_duration}
    opens, closes = whole.windows[0]
    data = ProblemData(
        locations=[Location(place.x, place.y) for place in raw.places],
        clients=[],
        depots=[Depot(0)],
        vehicle_types=[
            VehicleType(
                raw.vehicles, [raw.capacity], fixed_cost=whole.fixed_cost, tw_early=opens, tw_late=closes, **limits
            )
        ],
        distance_matrices=[np.array(whole.distances, dtype=np.int64)],
        duration_matrices=[np.array(whole.durations, dtype=np.int64)],
        shipments=[
            Shipment(
                pickup,
                dropoff,
                *whole.windows[pickup],
                whole.services[pickup],
                *whole.windows[dropoff],
                whole.services[dropoff],
                [load],
            )
            for pickup, dropoff, load in whole.rides
        ],
    )
    end = time.process_time() + seconds
    best = solve_pyvrp(data, lambda _cost: time.process_time() >= end, seed=seed, collect_stats=False).best
    routes = []
    for route in best.routes():
        places = []
        for activity in route:
            if not activity.is_depot():
                pickup, dropoff, _ = whole.rides[activity.idx]
                places.append(pickup if activity.is_pickup() else dropoff)
        routes.append(places)
    return routes
